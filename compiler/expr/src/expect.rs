//! What is said when an expression is not what is needed where it stands.

use std::collections::BTreeSet;

use heal_diagnostics::{Code, Safety};
use heal_program::{AggregateFunction, BinaryOperator, Dimension, Expression as Lowered, Read, SignalIndex};
use heal_syntax::tree::Expression;

use crate::{
    Type,
    checker::{Checker, Expected, Typed},
    literal::bare_literal,
    mismatch::Operand,
};

impl Checker<'_> {
    /// Says so when `typed` is not what is expected.
    pub(crate) fn expect(&mut self, typed: Typed, expression: &Expression, expected: &Expected) -> Typed {
        let (wanted, mismatch) = match expected {
            Expected::Any => return self.expect_value(typed, expression),
            Expected::Condition => (Type::Bool, Code::NOT_A_CONDITION),
            Expected::Text => (Type::Text, Code::TYPE_MISMATCH),
            Expected::Quantity(dimension) => (Type::Quantity(*dimension), Code::DIMENSION_MISMATCH),
            Expected::Argument(type_) => (type_.clone(), Code::WRONG_ARGUMENTS),
            Expected::Value(type_) => (type_.clone(), Code::TYPE_MISMATCH),
            Expected::List => (Type::List(Box::new(Type::Unknown)), Code::TYPE_MISMATCH),
        };
        if typed.type_ == Type::Unknown || typed.type_ == wanted {
            return typed;
        }
        if matches!(typed.type_, Type::Learned(_)) {
            return self.expect_value(typed, expression);
        }
        match (&typed.type_, &wanted) {
            (Type::Number | Type::Integer | Type::Json, Type::Quantity(dimension)) => {
                let dimension = *dimension;
                if !self.number_as(Operand { written: expression, typed: &typed }, dimension, None) {
                    return Typed::unknown();
                }
                if mismatch == Code::WRONG_ARGUMENTS {
                    self.likely_percent(expression, dimension);
                }
                return Typed { type_: wanted, ..typed.into_double() };
            }
            (Type::Integer, Type::Number) => return typed.into_double(),
            (Type::Quantity(Dimension::RATIO | Dimension::COUNT), Type::Number) => {
                return Typed { type_: wanted, ..typed };
            }
            // What a value from outside is shows when it is there.
            (Type::Json, Type::Bool | Type::Text | Type::Number | Type::List(_)) => {
                return Typed {
                    type_: if expected == &Expected::List { Type::Json } else { wanted },
                    ..typed
                };
            }
            (Type::List(_), Type::List(item)) if **item == Type::Unknown => return typed,
            (Type::List(item), Type::List(_)) if **item == Type::Unknown => {
                return Typed { type_: wanted, ..typed };
            }
            (
                Type::Bool
                | Type::Text
                | Type::Quantity(_)
                | Type::Number
                | Type::Integer
                | Type::Timestamp
                | Type::List(_),
                Type::Json,
            ) => return Typed { type_: wanted, ..typed },
            _ => {}
        }
        let code = match (&typed.type_, mismatch) {
            (Type::Quantity(_), code) | (_, code @ (Code::NOT_A_CONDITION | Code::WRONG_ARGUMENTS)) => code,
            _ => Code::TYPE_MISMATCH,
        };
        self.unexpected(code, Operand { written: expression, typed: &typed }, &wanted);
        Typed::unknown()
    }

    /// Everything is a value but an entity, what a learned function knows, and an empty list.
    fn expect_value(&mut self, typed: Typed, expression: &Expression) -> Typed {
        if self.is_value(Operand { written: expression, typed: &typed }) { typed } else { Typed::unknown() }
    }

    /// Warns where a share is compared with a number that is probably meant in per cent: `errors / requests > 5`.
    pub(crate) fn likely_percent_of(&mut self, share: Operand<'_>, number: Operand<'_>) {
        if share.typed.type_ == Type::Quantity(Dimension::RATIO) && is_share(share.typed) {
            self.likely_percent(number.written, Dimension::RATIO);
        }
    }

    /// Warns where a ratio was probably meant in per cent: `objective: 99.9`.
    pub(crate) fn likely_percent(&mut self, number: &Expression, dimension: Dimension) {
        let Some(digits) = bare_literal(number).filter(|_| dimension == Dimension::RATIO) else { return };
        let Ok(value) = digits.parse::<f64>() else { return };
        if value <= 1.0 || value > 100.0 {
            return;
        }
        let text = format!("{digits}%");
        let message = format!("`{digits}` is {}%, and is probably meant in per cent", value * 100.0);
        let diagnostic = self
            .warning(Code::LIKELY_PERCENT, number.range, message)
            .with_help(format!(
                "a ratio is 1 where all of it is meant; where {digits} times as much is meant, write `{}%`",
                value * 100.0
            ))
            .with_fix(format!("write `{text}`"), Safety::Unsafe, number.range, text);
        self.diagnostics.push(diagnostic);
    }
}

/// Whether a ratio is one that people think of in per cent: something that is declared as a ratio, or a quotient of two
/// things. What is compared with its own past, or with a constant, is a multiple of it, and so is a score.
fn is_share(typed: &Typed) -> bool {
    // What is scaled, such as by 100, is no longer what was declared.
    let is_scaled =
        matches!(typed.expression, Lowered::Binary(BinaryOperator::Multiply | BinaryOperator::Divide, ..));
    // A sum over keys is how many of them there are as much as a share: two nodes that are up make 2.
    let is_sum = matches!(typed.expression, Lowered::Aggregate { function: AggregateFunction::Sum, .. });
    (typed.ground.is_some() && !is_scaled && !is_sum) || is_quotient(&typed.expression)
}

fn is_quotient(expression: &Lowered) -> bool {
    // Only aggregations are looked through, and expressions are bounded in depth.
    if let Lowered::Aggregate { operand, .. } = expression {
        return is_quotient(operand);
    }
    let Lowered::Binary(BinaryOperator::Divide, above, below) = expression else { return false };
    let (above, below) = (signals(above), signals(below));
    !above.is_empty() && !below.is_empty() && above.is_disjoint(&below)
}

fn signals(expression: &Lowered) -> BTreeSet<SignalIndex> {
    let mut found = BTreeSet::new();
    expression.walk(&mut |part| {
        if let Some(Read::Signal(signal, _)) = part.read() {
            found.insert(signal);
        }
    });
    found
}
