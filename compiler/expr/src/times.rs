//! Parts of points in time: `at.getHours()`, `at.getDayOfWeek("Europe/Berlin")`.

use heal_diagnostics::{Code, Safety};
use heal_program::{Dimension, Expression as Lowered, Function, TimePart};
use heal_syntax::tree::{CallArgument, Expression, Name};

use crate::{
    Type,
    arguments::optional,
    calendar::meant_zone,
    checker::{Checker, Typed},
    mismatch::{Operand, Tightness},
};

impl Checker<'_> {
    /// `at.getHours()` in UTC, `at.getHours("Europe/Berlin")` in a zone.
    pub(crate) fn time_part(
        &mut self,
        expression: &Expression,
        receiver: &Expression,
        function: &Name,
        part: TimePart,
        arguments: &[CallArgument],
    ) -> Typed {
        let typed = self.expression(receiver);
        let usage = format!("{}.{}(\"Europe/Berlin\")", self.source.line(receiver.range), function.value);
        let Some([zone]) = self.bind(function, arguments, [optional("zone")], &usage) else {
            return Typed::unknown();
        };
        let zone = zone.map(|written| (written, self.zone(written)));
        let is_reported = |zone: &(&Expression, Typed)| zone.1.type_ == Type::Unknown;
        if typed.type_ == Type::Unknown || zone.as_ref().is_some_and(is_reported) {
            return Typed::unknown();
        }
        if typed.type_ != Type::Timestamp {
            self.no_point_in_time(expression, receiver, function, part, &typed);
            return Typed::unknown();
        }
        let mut key = typed.key.clone();
        let mut operands = vec![typed.expression.clone()];
        if let Some((written, typed_zone)) = zone {
            let left = Operand { written: receiver, typed: &typed };
            let Some(joined) = self.join(left, Operand { written, typed: &typed_zone }) else {
                return Typed::unknown();
            };
            key = joined;
            operands.push(typed_zone.expression);
        }
        let expression = Lowered::Call(Function::TimePart(part), operands);
        Typed { expression, type_: Type::Integer, key, ground: None }
    }

    /// A zone: where it is a literal, one that there is.
    fn zone(&mut self, written: &Expression) -> Typed {
        let typed = self.text(written);
        let Lowered::Text(name) = &typed.expression else { return typed };
        if is_zone(name) {
            return typed;
        }
        let message = format!("`{name}` is no time zone");
        let mut diagnostic = self.error(Code::BAD_LITERAL, written.range, message);
        diagnostic = match meant_zone(name) {
            Some(meant) => diagnostic.with_help(format!("did you mean `{meant}`?")).with_fix(
                format!("write `{meant}`"),
                Safety::Unsafe,
                written.range,
                format!("\"{meant}\""),
            ),
            None => {
                diagnostic.with_help("a zone is a name such as Europe/Berlin, or an offset such as +05:30")
            }
        };
        self.diagnostics.push(diagnostic);
        Typed::unknown()
    }

    /// Reports a part of something that is no point in time, with what is written in place of it.
    fn no_point_in_time(
        &mut self,
        expression: &Expression,
        receiver: &Expression,
        function: &Name,
        part: TimePart,
        typed: &Typed,
    ) {
        let message = format!(
            "{} is {}, and only a point in time has a `{}`",
            self.quoted(receiver.range),
            self.describe(&typed.type_),
            function.value
        );
        let mut diagnostic = self.error(Code::TYPE_MISMATCH, receiver.range, message);
        let unit = match part {
            TimePart::Hours => Some("1h"),
            TimePart::Minutes => Some("1m"),
            TimePart::Seconds => Some("1s"),
            TimePart::Milliseconds => Some("1ms"),
            TimePart::FullYear
            | TimePart::Month
            | TimePart::DayOfYear
            | TimePart::DayOfMonth
            | TimePart::Date
            | TimePart::DayOfWeek => None,
        };
        if let (true, Some(unit)) = (typed.type_ == Type::Quantity(Dimension::DURATION), unit) {
            let text = format!("int({} / {unit})", self.bracketed(receiver, Tightness::Product));
            diagnostic = diagnostic
                .with_help("divide a duration by a unit, to count how often it fits")
                .with_fix(format!("write `{text}`"), Safety::Unsafe, expression.range, text.clone());
        } else if matches!(typed.type_, Type::Text | Type::Json | Type::Integer) {
            let text = format!("timestamp({})", self.source.line(receiver.range));
            diagnostic = diagnostic.with_help("make a point in time of it first").with_fix(
                format!("write `{text}`"),
                Safety::Unsafe,
                receiver.range,
                text.clone(),
            );
        }
        self.diagnostics.push(diagnostic);
    }
}

/// Whether CEL knows a zone: a name of the time zone database, an offset in hours and minutes, or nothing for UTC.
fn is_zone(name: &str) -> bool {
    let Some((hours, minutes)) = name.split_once(':') else {
        return name.is_empty() || name.parse::<chrono_tz::Tz>().is_ok();
    };
    let is_in = |text: &str, range: std::ops::RangeInclusive<i32>| {
        text.parse().is_ok_and(|number: i32| range.contains(&number))
    };
    is_in(hours, -23..=23) && is_in(minutes, 0..=59)
}
