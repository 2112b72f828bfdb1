//! What is said when an expression is not what is needed where it stands.

use heal_diagnostics::{Code, Safety};
use heal_program::Dimension;
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
            .with_help("a ratio is 1 where all of it is meant: 100% is 1")
            .with_fix(format!("write `{text}`"), Safety::Unsafe, number.range, text);
        self.diagnostics.push(diagnostic);
    }
}
