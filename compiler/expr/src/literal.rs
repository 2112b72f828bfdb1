//! Number literals: digits and a unit, to a number in the base unit.

use heal_diagnostics::{Code, Safety, TextRange};
use heal_program::{Dimension, Expression as Lowered};
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
            None if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                return self.whole_number(digits, range, sign < 0.0);
            }
            None => (digits.parse().ok().map(|raw: f64| raw * sign), Type::Number),
            Some(name) if name.bytes().any(|byte| byte.is_ascii_digit()) => (
                self.compound(digits, name, range).map(|raw| raw * sign),
                Type::Quantity(Dimension::DURATION),
            ),
            Some(name) => {
                let Some(unit) = literal_unit(name) else {
                    self.unknown_unit(digits, name, range);
                    return Typed::unknown();
                };
                (unit.number(digits, sign), Type::Quantity(unit.dimension))
            }
        };
        let Some(value) = value else { return Typed::unknown() };
        if !value.is_finite() {
            self.report(Code::BAD_LITERAL, range, format!("{} is too large a number", self.quoted(range)));
            return Typed::unknown();
        }
        Typed::new(Lowered::Number(value), type_)
    }

    /// `12`: a whole number of CEL.
    fn whole_number(&mut self, digits: &str, range: TextRange, negative: bool) -> Typed {
        let signed = if negative { format!("-{digits}") } else { digits.to_owned() };
        if let Ok(number) = signed.parse() {
            return Typed::new(Lowered::Integer(number), Type::Integer);
        }
        let text = format!("{digits}.0");
        let message = format!("`{digits}` is too large a whole number");
        let diagnostic = self
            .error(Code::BAD_LITERAL, range, message)
            .with_help(format!("the largest is {}; with a point it is a double", i64::MAX))
            .with_fix(format!("write `{text}`"), Safety::Unsafe, range, text);
        self.diagnostics.push(diagnostic);
        Typed::unknown()
    }

    /// `1h15m`, in seconds: whole numbers of units of time, each smaller than the one before it.
    fn compound(&mut self, digits: &str, rest: &str, range: TextRange) -> Option<f64> {
        let written = format!("{digits}{rest}");
        let (message, help) = match compound_nanoseconds(digits, rest) {
            Ok(nanoseconds) => return format!("{nanoseconds}e-9").parse().ok(),
            Err(CompoundError::Fraction) => (
                format!("`{written}` has a point in one of its parts"),
                "write each part as a whole number, such as `1h30m`".to_owned(),
            ),
            Err(CompoundError::Unit(unit)) => (
                format!("`{written}` has a part in `{unit}`, which is no unit of time"),
                format!("the units of time are {}", units_of_time()),
            ),
            Err(CompoundError::NoUnit(part)) => (
                format!("`{written}` lacks a unit after `{part}`"),
                format!("the units of time are {}", units_of_time()),
            ),
            Err(CompoundError::Order(unit)) => (
                format!("in `{written}`, `{unit}` is not smaller than the unit before it"),
                "write the larger unit first, each once, such as `1h15m`".to_owned(),
            ),
            Err(CompoundError::TooLarge) => (format!("`{written}` is too large a number"), String::new()),
        };
        let mut diagnostic = self.error(Code::BAD_LITERAL, range, message);
        if !help.is_empty() {
            diagnostic = diagnostic.with_help(help);
        }
        self.diagnostics.push(diagnostic);
        None
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

/// What is wrong with a duration of several parts.
enum CompoundError {
    /// A part is not a whole number.
    Fraction,
    /// A unit is none of time.
    Unit(String),
    /// The last number has no unit.
    NoUnit(String),
    /// A unit is not smaller than the one before it.
    Order(String),
    /// There are too many of something.
    TooLarge,
}

fn compound_nanoseconds(digits: &str, rest: &str) -> Result<i128, CompoundError> {
    let (mut total, mut before) = (0_i128, i128::MAX);
    let (mut number, mut rest) = (digits, rest);
    loop {
        let unit_end = rest.find(|character: char| character.is_ascii_digit()).unwrap_or(rest.len());
        let (unit, tail) = rest.split_at(unit_end);
        let Some(size) = nanoseconds(unit) else {
            return Err(CompoundError::Unit(unit.to_owned()));
        };
        if size >= before {
            return Err(CompoundError::Order(unit.to_owned()));
        }
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(CompoundError::Fraction);
        }
        let count: i128 = number.parse().map_err(|_| CompoundError::TooLarge)?;
        let part = count.checked_mul(size).ok_or(CompoundError::TooLarge)?;
        total = total.checked_add(part).ok_or(CompoundError::TooLarge)?;
        before = size;
        if tail.is_empty() {
            return Ok(total);
        }
        let number_end = tail.find(|character: char| !character.is_ascii_digit()).unwrap_or(tail.len());
        (number, rest) = tail.split_at(number_end);
        if rest.is_empty() {
            return Err(CompoundError::NoUnit(number.to_owned()));
        }
    }
}

/// How many nanoseconds a unit of time has.
fn nanoseconds(unit: &str) -> Option<i128> {
    let size = literal_unit(unit).filter(|unit| unit.dimension == Dimension::DURATION)?.scale();
    // The smallest unit is one nanosecond, the largest a week: all are whole.
    Some((size * 1e9).round() as i128)
}

fn units_of_time() -> String {
    unit_names(Some(Dimension::DURATION)).collect::<Vec<_>>().join(" ")
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
