//! Functions of values: of text, sizes, conversions, what stands in for the unknown, calendars.

use heal_diagnostics::{Code, Safety};
use heal_program::{Dimension, Expression as Lowered, Function};
use heal_syntax::tree::{CallArgument, Expression, ExpressionKind, Name};

use crate::{
    Type,
    arguments::required,
    base_unit,
    calendar::calendar_at,
    checker::{Checker, Typed},
    mismatch::{Operand, Shape, Tightness},
    patterns::pattern_problem,
};

/// Functions of a text that take another.
pub(crate) const OF_TEXT: &[(&str, Function)] = &[
    ("startsWith", Function::StartsWith),
    ("endsWith", Function::EndsWith),
    ("contains", Function::Contains),
    ("matches", Function::Matches),
];

/// The functions that are called without a receiver.
pub(crate) const GLOBAL: &[&str] =
    &["size", "has", "int", "double", "string", "bool", "duration", "timestamp", "during", "model"];

impl Checker<'_> {
    /// `size(x)`, `int(x)`, `during("...")`; `None` for a function that the language does not have.
    pub(crate) fn global(
        &mut self,
        expression: &Expression,
        function: &Name,
        arguments: &[CallArgument],
    ) -> Option<Typed> {
        let name = function.value.as_str();
        if let Some(conversion) = Conversion::named(name) {
            let Some(value) = self.one(function, arguments, &format!("{name}(x)")) else {
                return Some(Typed::unknown());
            };
            return Some(self.conversion(function, conversion, value));
        }
        Some(match name {
            "size" => match self.one(function, arguments, "size(list)") {
                Some(value) => self.size(value),
                None => Typed::unknown(),
            },
            "has" => match self.one(function, arguments, "has(body.field)") {
                Some(value) => self.has(value),
                None => Typed::unknown(),
            },
            "during" => match self.one(function, arguments, "during(\"Mon..Fri 09:00..17:00 UTC\")") {
                Some(value) => self.during(value),
                None => Typed::unknown(),
            },
            "model" => self.model(expression, function, arguments),
            _ => return None,
        })
    }

    /// The only argument.
    fn one<'e>(
        &mut self,
        function: &Name,
        arguments: &'e [CallArgument],
        usage: &str,
    ) -> Option<&'e Expression> {
        let [value] = self.bind(function, arguments, [required("value")], usage)?;
        value
    }

    /// `x.or(0)`
    pub(crate) fn or(&mut self, receiver: &Expression, function: &Name, arguments: &[CallArgument]) -> Typed {
        let typed = self.expression(receiver);
        let Some(fallback) = self.one(function, arguments, "x.or(0)") else { return Typed::unknown() };
        let (typed, typed_fallback) = Typed::balanced(typed, self.expression(fallback));
        let left = Operand { written: receiver, typed: &typed };
        let right = Operand { written: fallback, typed: &typed_fallback };
        let Some(Shape { type_, ground }) = self.alike(left, right) else { return Typed::unknown() };
        let Some(key) = self.join(left, right) else { return Typed::unknown() };
        let expression = Lowered::Or(Box::new(typed.expression), Box::new(typed_fallback.expression));
        Typed { expression, type_, key, ground }
    }

    /// `namespace.startsWith("prod-")`
    pub(crate) fn of_text(
        &mut self,
        receiver: &Expression,
        function: &Name,
        of_text: Function,
        arguments: &[CallArgument],
    ) -> Typed {
        let typed = self.text(receiver);
        let usage = format!("{}.{}(\"...\")", self.source.line(receiver.range), function.value);
        let Some(argument) = self.one(function, arguments, &usage) else { return Typed::unknown() };
        let typed_argument = if of_text == Function::Matches {
            match self.pattern(argument) {
                Some(pattern) => Typed::new(Lowered::Text(pattern), Type::Text),
                None => Typed::unknown(),
            }
        } else {
            self.text(argument)
        };
        if typed.type_ == Type::Unknown || typed_argument.type_ == Type::Unknown {
            return Typed::unknown();
        }
        let left = Operand { written: receiver, typed: &typed };
        let right = Operand { written: argument, typed: &typed_argument };
        let Some(key) = self.join(left, right) else { return Typed::unknown() };
        let expression = Lowered::Call(of_text, vec![typed.expression, typed_argument.expression]);
        Typed { expression, type_: Type::Bool, key, ground: None }
    }

    /// A regular expression, which is known and correct before anything runs.
    fn pattern(&mut self, written: &Expression) -> Option<String> {
        let text = self.constant_text(written, "a pattern is checked when the program is written")?;
        match pattern_problem(&text, written.range, self.source) {
            None => Some(text),
            Some(diagnostic) => {
                self.diagnostics.push(diagnostic);
                None
            }
        }
    }

    /// `size(x)`, `x.size()`: of a text its characters, of a list its elements.
    pub(crate) fn size(&mut self, value: &Expression) -> Typed {
        let typed = self.expression(value);
        match &typed.type_ {
            Type::Unknown => return Typed::unknown(),
            Type::Text | Type::List(_) | Type::Json => {}
            Type::Bool
            | Type::Quantity(_)
            | Type::Number
            | Type::Integer
            | Type::Timestamp
            | Type::Entity(_)
            | Type::Learned(_) => {
                let described = self.describe(&typed.type_);
                let message = format!(
                    "{} is {described}, and only a text or a list has a size",
                    self.quoted(value.range)
                );
                self.report(Code::TYPE_MISMATCH, value.range, message);
                return Typed::unknown();
            }
        }
        let expression = Lowered::Call(Function::Size, vec![typed.expression]);
        Typed { expression, type_: Type::Integer, key: typed.key, ground: None }
    }

    /// `has(body.alerts)`
    fn has(&mut self, value: &Expression) -> Typed {
        let ExpressionKind::Field(_, _) = value.kind.as_ref() else {
            let message = format!("`has` asks for a field, and {} is none", self.quoted(value.range));
            let diagnostic = self.error(Code::WRONG_ARGUMENTS, value.range, message);
            self.diagnostics.push(diagnostic.with_help("write it like `has(body.field)`"));
            return Typed::unknown();
        };
        let typed = self.expression(value);
        if typed.type_ == Type::Unknown {
            return Typed::unknown();
        }
        if matches!(typed.expression, Lowered::Select(..)) {
            let expression = Lowered::Call(Function::Has, vec![typed.expression]);
            return Typed { expression, type_: Type::Bool, ..typed };
        }
        let message = format!("{} is always there, though it may be unknown", self.quoted(value.range));
        let help =
            "`has` is for values from outside; what to read where nothing is known is written `.or(...)`";
        let diagnostic = self.error(Code::TYPE_MISMATCH, value.range, message).with_help(help);
        self.diagnostics.push(diagnostic);
        Typed::unknown()
    }

    /// `int(x)` and its relatives.
    fn conversion(&mut self, function: &Name, conversion: Conversion, value: &Expression) -> Typed {
        let typed = self.expression(value);
        if typed.type_ == Type::Unknown {
            return Typed::unknown();
        }
        let target = conversion.target();
        // What is one already is left as it is.
        if typed.type_ == target {
            return typed;
        }
        if !conversion.takes(&typed.type_) {
            self.no_conversion(function, value, &typed);
            return Typed::unknown();
        }
        let is_time = matches!(conversion, Conversion::Duration | Conversion::Timestamp);
        if let (true, Lowered::Text(text)) = (is_time, &typed.expression) {
            return self.constant_time(function, conversion, value, &text.clone(), target);
        }
        let typed = if conversion == Conversion::Double { typed.into_double() } else { typed };
        let is_double = matches!(typed.type_, Type::Quantity(_) | Type::Number);
        let expression = if conversion == Conversion::Double && is_double {
            typed.expression
        } else {
            Lowered::Call(conversion.lowered(), vec![typed.expression])
        };
        Typed { expression, type_: target, key: typed.key, ground: None }
    }

    fn no_conversion(&mut self, function: &Name, value: &Expression, typed: &Typed) {
        let message = format!(
            "{} is {}, and `{}` makes nothing of that",
            self.quoted(value.range),
            self.describe(&typed.type_),
            function.value
        );
        let code = if matches!(typed.type_, Type::Quantity(_)) {
            Code::DIMENSION_MISMATCH
        } else {
            Code::TYPE_MISMATCH
        };
        let mut diagnostic = self.error(code, value.range, message);
        if let Some(unit) = typed.type_.dimension().and_then(base_unit) {
            let text = format!("{} / 1{unit}", self.bracketed(value, Tightness::Product));
            diagnostic = diagnostic
                .with_help("divide it by a unit, to say in which one the number is")
                .with_fix(format!("write `{text}`"), Safety::Unsafe, value.range, text.clone());
        }
        self.diagnostics.push(diagnostic);
    }

    /// `duration("1h30m")`, `timestamp("2026-01-01T00:00:00Z")`: known before anything runs.
    fn constant_time(
        &mut self,
        function: &Name,
        conversion: Conversion,
        written: &Expression,
        text: &str,
        target: Type,
    ) -> Typed {
        let (seconds, help) = if conversion == Conversion::Duration {
            (cel_duration(text), "write it like \"1h30m\", with the units h m s ms us ns")
        } else {
            (rfc3339(text), "write it like \"2026-01-31T12:00:00Z\"")
        };
        if let Some(seconds) = seconds {
            return Typed::new(Lowered::Number(seconds), target);
        }
        let message = format!("{} is no {}", self.quoted(written.range), function.value);
        let diagnostic = self.error(Code::BAD_LITERAL, written.range, message).with_help(help);
        self.diagnostics.push(diagnostic);
        Typed::unknown()
    }

    /// `during("Mon..Fri 09:00..17:00 Europe/Berlin")`
    fn during(&mut self, written: &Expression) -> Typed {
        let Some(text) = self.constant_text(written, "a calendar is checked when the program is written")
        else {
            return Typed::unknown();
        };
        match calendar_at(&text, written.range, self.source, self.diagnostics) {
            Some(calendar) => Typed::new(Lowered::During(calendar), Type::Bool),
            None => Typed::unknown(),
        }
    }
}

/// What CEL converts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Conversion {
    Int,
    Double,
    String,
    Bool,
    Duration,
    Timestamp,
}

impl Conversion {
    fn named(name: &str) -> Option<Conversion> {
        Some(match name {
            "int" => Conversion::Int,
            "double" => Conversion::Double,
            "string" => Conversion::String,
            "bool" => Conversion::Bool,
            "duration" => Conversion::Duration,
            "timestamp" => Conversion::Timestamp,
            _ => return None,
        })
    }

    fn lowered(self) -> Function {
        match self {
            Conversion::Int => Function::Int,
            Conversion::Double => Function::Double,
            Conversion::String => Function::String,
            Conversion::Bool => Function::Bool,
            Conversion::Duration => Function::Duration,
            Conversion::Timestamp => Function::Timestamp,
        }
    }

    fn target(self) -> Type {
        match self {
            Conversion::Int => Type::Integer,
            Conversion::Double => Type::Number,
            Conversion::String => Type::Text,
            Conversion::Bool => Type::Bool,
            Conversion::Duration => Type::Quantity(Dimension::DURATION),
            Conversion::Timestamp => Type::Timestamp,
        }
    }

    /// Whether something is made of a value of this type. A number with a unit has none that goes without saying.
    fn takes(self, type_: &Type) -> bool {
        let unitless = type_.is_number()
            && type_.dimension().is_none_or(|it| [Dimension::RATIO, Dimension::COUNT].contains(&it));
        let from_text = matches!(type_, Type::Text | Type::Json);
        match self {
            Conversion::Int => unitless || from_text || *type_ == Type::Timestamp,
            Conversion::Double => unitless || from_text,
            Conversion::String => unitless || from_text || *type_ == Type::Bool,
            Conversion::Timestamp => from_text || *type_ == Type::Integer,
            Conversion::Bool | Conversion::Duration => from_text,
        }
    }
}

/// A duration as CEL writes it, in seconds: `1h30m`, `-1.5s`, `0`.
fn cel_duration(text: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 6] =
        [("ms", 1e6), ("us", 1e3), ("ns", 1.0), ("h", 3.6e12), ("m", 6e10), ("s", 1e9)];
    let (sign, mut rest) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    if rest == "0" {
        return Some(0.0);
    }
    let mut nanoseconds = 0_i64;
    while !rest.is_empty() {
        let end = rest.find(|it: char| !it.is_ascii_digit() && it != '.')?;
        let (number, tail) = rest.split_at(end);
        let (unit, size) = UNITS.iter().find(|(unit, _)| tail.starts_with(unit))?;
        let part = number.parse::<f64>().ok()? * size;
        if part > i64::MAX as f64 {
            return None;
        }
        nanoseconds = nanoseconds.checked_add(part as i64)?;
        rest = tail.get(unit.len()..)?;
    }
    // Whole seconds and the rest apart, as they are kept at run time.
    let (whole, part) = (nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000);
    (!text.is_empty()).then(|| sign * (whole as f64 + part as f64 / 1e9))
}

/// A point in time in seconds, in the years 1 to 9999.
fn rfc3339(text: &str) -> Option<f64> {
    use chrono::{DateTime, Datelike};
    let at = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    let in_range = (1..=9_999).contains(&at.year());
    in_range.then(|| at.timestamp() as f64 + f64::from(at.timestamp_subsec_nanos()) / 1e9)
}
