//! Number literals: digits and a unit, to a number in the base unit.

use heal_diagnostics::{Code, Safety, TextRange};
use heal_program::Expression as Lowered;
use heal_syntax::tree::{Expression, ExpressionKind, UnaryOperator};

use crate::{
    Type,
    checker::{Checker, Typed},
    nearest,
    units::{Unit, literal_unit, unit_names},
};

impl Checker<'_> {
    /// A literal as written.
    pub(crate) fn number(&mut self, digits: &str, unit: Option<&str>, range: TextRange) -> Typed {
        self.signed_number(digits, unit, range, 1.0)
    }

    /// A literal with the sign before it. The sign belongs to the number before the unit is applied: `-10degF` is
    /// not the opposite of `10degF` on the scale of degC.
    pub(crate) fn signed_number(
        &mut self,
        digits: &str,
        unit: Option<&str>,
        range: TextRange,
        sign: f64,
    ) -> Typed {
        let (value, type_) = match unit {
            None => (digits.parse().ok().map(|raw: f64| raw * sign), Type::Number),
            Some(name) => {
                let Some(unit) = literal_unit(name) else {
                    self.unknown_unit(digits, name, range);
                    return Typed::unknown();
                };
                (unit.number(digits, sign), Type::Quantity(unit.dimension))
            }
        };
        let Some(value) = value else {
            self.report(Code::BAD_LITERAL, range, format!("`{digits}` is not a number"));
            return Typed::unknown();
        };
        if !value.is_finite() {
            self.report(Code::BAD_LITERAL, range, format!("{} is too large a number", self.quoted(range)));
            return Typed::unknown();
        }
        Typed::constant(Lowered::Number(value), type_)
    }

    fn unknown_unit(&mut self, digits: &str, name: &str, range: TextRange) {
        let message = format!("unknown unit `{name}`");
        let names: Vec<&str> = unit_names(None).collect();
        let help =
            format!("the units are {}, and those over a unit of time, such as `100/s`", names.join(" "));
        let suggestion = names.iter().copied().find(|unit| unit.eq_ignore_ascii_case(name));
        let suggestion = suggestion.or_else(|| nearest(name, names.iter().copied()));
        let mut diagnostic = self.error(Code::UNKNOWN_UNIT, range, message).with_help(help);
        if let Some(unit) = suggestion {
            let text = format!("{digits}{unit}");
            diagnostic = diagnostic.with_fix(format!("write `{text}`"), Safety::Unsafe, range, text);
        }
        self.diagnostics.push(diagnostic);
    }
}

/// The unit of a literal, with or without a sign before it.
pub(crate) fn unit_of_literal(expression: &Expression) -> Option<Unit> {
    match expression.kind.as_ref() {
        ExpressionKind::Number { unit, .. } => unit.as_deref().and_then(literal_unit),
        ExpressionKind::Unary(operator, operand) if operator.value == UnaryOperator::Negate => {
            unit_of_literal(operand)
        }
        ExpressionKind::Text(_)
        | ExpressionKind::Bool(_)
        | ExpressionKind::List(_)
        | ExpressionKind::Name(_)
        | ExpressionKind::Field(..)
        | ExpressionKind::Call { .. }
        | ExpressionKind::Index(..)
        | ExpressionKind::Unary(..)
        | ExpressionKind::Binary(..)
        | ExpressionKind::Conditional(..) => None,
    }
}

/// The literal itself, when the expression is a number without a unit.
pub(crate) fn bare_literal(expression: &Expression) -> Option<&str> {
    if let ExpressionKind::Number { digits, unit: None } = expression.kind.as_ref() {
        Some(digits)
    } else {
        None
    }
}
