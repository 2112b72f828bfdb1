//! Series: what samples look like over time.

use heal_diagnostics::{Code, Diagnostic, Safety, TextRange};
use heal_expr::SpanKind;
use heal_program::{
    Conversion, Dimension, Millis, literal_unit,
    scenario::{Segment, Shape},
    unit_names,
};
use heal_syntax::tree::{self, Expression, ExpressionKind, Series, Spanned};

use super::{
    tables::Measured,
    values::{self, SAMPLES_MAX, Unreadable, Why},
};
use crate::{check::Checker, item::Item};

/// What is known of a series while its stretches are read.
struct Course {
    /// Whether it has had a value, from which it can rise.
    begun: bool,
    right: bool,
    segments: Vec<Segment>,
}

impl<'a> Checker<'a> {
    /// The stretches of a series. One that `continues` another has a value when it begins.
    pub(crate) fn series(
        &mut self,
        item: &Item<'a>,
        measured: &Measured,
        series: &Series,
        continues: bool,
    ) -> Option<Vec<Segment>> {
        let mut course = Course { begun: continues, right: true, segments: Vec::new() };
        for (at, segment) in series.segments.iter().enumerate() {
            let is_last = at + 1 == series.segments.len();
            match self.segment(item, measured, segment, is_last, &mut course) {
                Some(segment) => course.segments.push(segment),
                None => course.right = false,
            }
        }
        course.right.then_some(course.segments)
    }

    fn segment(
        &mut self,
        item: &Item<'a>,
        measured: &Measured,
        segment: &Spanned<tree::Segment>,
        is_last: bool,
        course: &mut Course,
    ) -> Option<Segment> {
        let range = segment.range;
        let (shape, span) = match &segment.value {
            tree::Segment::Steady(value, span) => {
                let value = self.given_quantity(item, value, measured);
                course.begun = true;
                (value.map(Shape::Steady), self.stretch(item, range, span.as_ref(), is_last))
            }
            tree::Segment::Rising(rate, span) | tree::Segment::Falling(rate, span) => {
                let falls = matches!(segment.value, tree::Segment::Falling(..));
                let begun = self.begun(item, measured, range, course);
                let rate = self.slope(item, measured, rate, falls);
                let shape = if begun { rate.map(Shape::Slope) } else { None };
                (shape, self.stretch(item, range, span.as_ref(), is_last))
            }
            tree::Segment::To(value, span) => {
                let begun = self.begun(item, measured, range, course);
                let value = self.given_quantity(item, value, measured);
                if span.is_none() {
                    let message = "nothing says how long the way there takes".to_owned();
                    self.unreadable(item, range, message, "write how long, as in `to 1GiB for 3h`");
                }
                let span = span.as_ref().and_then(|span| self.stretch(item, range, Some(span), is_last));
                (if begun { value.map(Shape::To) } else { None }, span)
            }
            tree::Segment::Wave(low, high, every, span) => {
                let shape = self.wave(item, measured, low, high, every);
                course.begun = true;
                (shape, self.stretch(item, range, span.as_ref(), is_last))
            }
            tree::Segment::Missing(span) => {
                (Some(Shape::Missing), self.stretch(item, range, span.as_ref(), is_last))
            }
            tree::Segment::Values(notation) => {
                let values = self.values(item, measured, notation);
                course.begun |= values.as_ref().is_none_or(|values| values.iter().any(Option::is_some));
                let count = values.as_ref().map_or(0, Vec::len);
                let span = measured.every.0.saturating_mul(i64::try_from(count).unwrap_or(i64::MAX));
                (values.map(Shape::Values), Some(Some(Millis(span))))
            }
        };
        Some(Segment { shape: shape?, span: span? })
    }

    /// A value of what is measured. A bare number is most likely meant in the unit that the signal reads.
    fn given_quantity(&mut self, item: &Item<'a>, written: &Expression, measured: &Measured) -> Option<f64> {
        let before = self.diagnostics.len();
        let value = self.constant_quantity(item, written, measured.dimension);
        let mut units = unit_names(Some(measured.dimension));
        let unit = units.find(|name| literal_unit(name).is_some_and(|unit| unit.scale() == measured.scale));
        if let (Some(unit), ExpressionKind::Number { digits, unit: None }) = (unit, written.kind.as_ref()) {
            let reported = self.diagnostics.iter_mut().skip(before);
            for diagnostic in reported.filter(|it| it.code == Code::MISSING_UNIT && !it.fixes.is_empty()) {
                let text = format!("{digits}{unit}");
                diagnostic.fixes.clear();
                *diagnostic = diagnostic.clone().with_fix(
                    format!("write `{text}`"),
                    Safety::Unsafe,
                    written.range,
                    text,
                );
            }
        }
        if value.is_some() {
            self.likely_percent(item, written, measured);
        }
        value
    }

    /// Warns where a value of a ratio that samples bring in per cent has no `%`: `given load = 60`, which is 6000%.
    fn likely_percent(&mut self, item: &Item<'a>, written: &Expression, measured: &Measured) {
        let ExpressionKind::Number { digits, unit: None } = written.kind.as_ref() else { return };
        let is_percent = literal_unit("%").is_some_and(|percent| percent.scale() == measured.scale);
        let share = digits.parse().is_ok_and(|value: f64| value > 1.0 && value <= 100.0);
        if measured.dimension != Dimension::RATIO || !is_percent || !share {
            return;
        }
        let message = format!("`{digits}` is {digits} times all of it, and is probably meant in per cent");
        let text = format!("{digits}%");
        let diagnostic = Diagnostic::warning(Code::LIKELY_PERCENT, item.unit.file, written.range, message)
            .with_help("a ratio is 1 where all of it is meant")
            .with_fix(format!("write `{text}`"), Safety::Unsafe, written.range, text);
        self.diagnostics.push(diagnostic);
    }

    /// How long a stretch lasts; inside, none: to the end.
    #[allow(clippy::option_option, reason = "the outer one says that something was reported")]
    fn stretch(
        &mut self,
        item: &Item<'a>,
        range: TextRange,
        span: Option<&Expression>,
        is_last: bool,
    ) -> Option<Option<Millis>> {
        match span {
            Some(span) => self.constant_span(item, span, SpanKind::Positive).map(Some),
            None if is_last => Some(None),
            None => {
                let message = "only the last stretch can go on to the end".to_owned();
                self.unreadable(item, range, message, "write how long it lasts, as in `200MiB for 1h`");
                None
            }
        }
    }

    /// Reports a stretch that goes on from a value where there is none yet.
    fn begun(&mut self, item: &Item<'a>, measured: &Measured, range: TextRange, course: &mut Course) -> bool {
        if !course.begun {
            let message = format!("nothing says which value `{}` has before that", measured.name);
            self.unreadable(
                item,
                range,
                message,
                "begin with a value, as in `200MiB for 1h then rising 4MiB/m`",
            );
        }
        std::mem::replace(&mut course.begun, true)
    }

    /// A change a second.
    fn slope(&mut self, item: &Item<'a>, measured: &Measured, rate: &Expression, falls: bool) -> Option<f64> {
        let value = self.constant_quantity(item, rate, measured.dimension.over(Dimension::DURATION))?;
        if value < 0.0 {
            let (written, meant) = if falls { ("falling", "rising") } else { ("rising", "falling") };
            let message = format!("`{written}` by less than nothing");
            let diagnostic = Diagnostic::error(Code::OUT_OF_RANGE, item.unit.file, rate.range, message)
                .with_help(format!("write `{meant}` and the change without its sign"));
            self.diagnostics.push(diagnostic);
            return None;
        }
        Some(if falls { -value } else { value })
    }

    fn wave(
        &mut self,
        item: &Item<'a>,
        measured: &Measured,
        low: &Expression,
        high: &Expression,
        every: &Expression,
    ) -> Option<Shape> {
        let lowest = self.constant_quantity(item, low, measured.dimension);
        let highest = self.constant_quantity(item, high, measured.dimension);
        let every = self.constant_span(item, every, SpanKind::Positive);
        let (lowest, highest) = (lowest?, highest?);
        if lowest > highest {
            let range = low.range.cover(high.range);
            let message = format!("no value is in `{}`", item.unit.source().line(range));
            self.error(item, Code::OUT_OF_RANGE, range, message);
            return None;
        }
        Some(Shape::Wave { low: lowest, high: highest, every: every? })
    }

    /// Samples in promtool's notation: numbers in the unit that the source has.
    fn values(
        &mut self,
        item: &Item<'a>,
        measured: &Measured,
        notation: &Spanned<String>,
    ) -> Option<Vec<Option<f64>>> {
        let Unreadable { start, end, why } = match values::samples(&notation.value) {
            Ok(samples) => {
                let conversion = Conversion::new(measured.scale, measured.offset);
                let base = |value: f64| conversion.apply(value);
                return Some(samples.into_iter().map(|sample| sample.map(base)).collect());
            }
            Err(wrong) => wrong,
        };
        let part = notation.value.get(start..end).unwrap_or("");
        let range = within(item.unit.source().slice(notation.range), notation, start, end);
        let (message, help) = match why {
            Why::Empty => ("there is no sample in it".to_owned(), "write one number a sample: `1 2 3`"),
            Why::NotASample => (
                format!("`{part}` is no sample"),
                "write a number, `1x3` for it and three more, `1+2x5` for a line, `_` for none, or `stale`",
            ),
            Why::Histogram => {
                ("a signal has numbers, no histograms".to_owned(), "give what the signal's query makes of it")
            }
            Why::NotACount => (
                format!("how many more is not a count in `{part}`"),
                "write a whole number after `x`, as in `1+2x5`",
            ),
            Why::TooMany => {
                let message = format!("these are more than {SAMPLES_MAX} samples");
                self.error(item, Code::OUT_OF_RANGE, range, message);
                return None;
            }
        };
        self.unreadable(item, range, message, help);
        None
    }

    fn unreadable(&mut self, item: &Item<'a>, range: TextRange, message: String, help: &str) {
        let diagnostic =
            Diagnostic::error(Code::SERIES_NOTATION, item.unit.file, range, message).with_help(help);
        self.diagnostics.push(diagnostic);
    }
}

/// A part of a text literal; all of it where escapes hide which bytes it is.
fn within(written: &str, literal: &Spanned<String>, start: usize, end: usize) -> TextRange {
    let offset = |at: usize| u32::try_from(at).ok().and_then(|at| literal.range.start.checked_add(1 + at));
    match (offset(start), offset(end)) {
        (Some(start), Some(end)) if written.len() == literal.value.len() + 2 && start < end => {
            TextRange::new(start, end)
        }
        (_, _) => literal.range,
    }
}
