//! Number literals: digits and a unit, to a number in the base unit.

use heal_diagnostics::{Code, Diagnostic, Safety, TextRange};
use heal_program::{Dimension, Expression as Lowered, Unit, hexadecimal, literal_unit, unit_names};
use heal_syntax::{
    long_unit,
    tree::{Expression, ExpressionKind, UnaryOperator},
};

use crate::{
    Type, article,
    checker::{Checker, Typed},
    nearest,
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
            None if is_whole(digits) => {
                return self.whole_number(digits, range, sign < 0.0);
            }
            None => (digits.parse().ok().map(|raw: f64| raw * sign), Type::Number),
            Some(name) if name.starts_with('_') => {
                self.parted_digits(digits, name, range);
                return Typed::unknown();
            }
            Some(name) if name.bytes().any(|byte| byte.is_ascii_digit()) => (
                self.compound(digits, name, range).map(|raw| raw * sign),
                Type::Quantity(Dimension::DURATION),
            ),
            Some(name) => {
                let Some(unit) = literal_unit(name) else {
                    self.unknown_unit(digits, name, range);
                    return Typed::unknown();
                };
                // What has no number has too many digits: hexadecimal ones, or those of an exponent.
                let number = unit.number(digits, sign).or(Some(f64::INFINITY));
                (number, Type::Quantity(unit.dimension))
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
        let sign = if negative { "-" } else { "" };
        let number = match digits.strip_prefix("0x") {
            Some(hexadecimal) => i64::from_str_radix(&format!("{sign}{hexadecimal}"), 16),
            None => format!("{sign}{digits}").parse(),
        };
        if let Ok(number) = number {
            return Typed::new(Lowered::Integer(number), Type::Integer);
        }
        if is_hexadecimal(digits) {
            let diagnostic = self.too_large(digits, range);
            self.diagnostics.push(diagnostic.with_help(format!("the largest is {:#x}", i64::MAX)));
            return Typed::unknown();
        }
        let text = format!("{digits}.0");
        let diagnostic = self
            .too_large(digits, range)
            .with_help(format!("the largest is {}; with a point it is a double", i64::MAX))
            .with_fix(format!("write `{text}`"), Safety::Unsafe, range, text);
        self.diagnostics.push(diagnostic);
        Typed::unknown()
    }

    fn too_large(&self, digits: &str, range: TextRange) -> Diagnostic {
        self.error(Code::BAD_LITERAL, range, format!("`{digits}` is too large a whole number"))
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

    /// `10_000`
    fn parted_digits(&mut self, digits: &str, rest: &str, range: TextRange) {
        let text = format!("{digits}{}", rest.replace('_', ""));
        let message = format!("the digits of a number stand together: {}", self.quoted(range));
        let diagnostic = self.error(Code::BAD_LITERAL, range, message);
        self.diagnostics.push(diagnostic.with_fix(format!("write `{text}`"), Safety::Safe, range, text));
    }

    /// `10k`, where it is not known that bytes are meant.
    fn thousands(&self, digits: &str, name: &str) -> Option<String> {
        let is_count = self.wanted.is_none_or(|wanted| wanted == Dimension::COUNT);
        let number: u64 = digits.parse().ok()?;
        let many: u64 = match name {
            "k" | "K" if is_count => 1_000,
            "M" if self.wanted == Some(Dimension::COUNT) => 1_000_000,
            _ => return None,
        };
        number.checked_mul(many).map(|number| number.to_string())
    }

    fn unknown_unit(&mut self, digits: &str, name: &str, range: TextRange) {
        let message = format!("unknown unit `{name}`");
        if let Some(text) = self.thousands(digits, name) {
            let diagnostic = self
                .error(Code::UNKNOWN_UNIT, range, message)
                .with_help("a number is written out; the units of data are B KB MB GB TB KiB MiB GiB TiB")
                .with_fix(format!("write `{text}`"), Safety::Unsafe, range, text);
            self.diagnostics.push(diagnostic);
            return;
        }
        // Units of another dimension are no help where one is needed.
        let mut names: Vec<&str> = unit_names(self.wanted).collect();
        let help = match self.wanted.filter(|_| !names.is_empty()) {
            Some(wanted) => format!("the units of {} are {}", article(wanted), names.join(" ")),
            None => {
                names = unit_names(None).collect();
                let rates = "and those over a unit of time, such as `100/s`";
                format!("the units are {}, {rates}", names.join(" "))
            }
        };
        let suggestion = long_unit(name).filter(|unit| names.contains(unit));
        let suggestion =
            suggestion.or_else(|| names.iter().copied().find(|unit| unit.eq_ignore_ascii_case(name)));
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

/// Whether digits are written with neither point nor exponent.
fn is_whole(digits: &str) -> bool {
    is_hexadecimal(digits) || digits.bytes().all(|byte| byte.is_ascii_digit())
}

pub(crate) fn is_hexadecimal(digits: &str) -> bool {
    digits.starts_with("0x")
}

/// The number of a literal without a unit: `12`, `0.5`, `0x1F`.
pub(crate) fn bare_number(digits: &str) -> Option<f64> {
    hexadecimal(digits).map(|number| number as f64).or_else(|| digits.parse().ok())
}

/// The literal itself, when the expression is a number without a unit.
pub(crate) fn bare_literal(expression: &Expression) -> Option<&str> {
    if let ExpressionKind::Number { digits, unit: None } = expression.kind.as_ref() {
        Some(digits)
    } else {
        None
    }
}
