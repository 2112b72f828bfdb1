//! Functions over a stretch of time: windows, absence, and whether and how often something happened.

use heal_diagnostics::{Code, Safety};
use heal_program::{Dimension, Expression as Lowered, WindowFunction};
use heal_syntax::tree::{CallArgument, Expression, Name};

use crate::{
    Type,
    arguments::required,
    checker::{Checker, Typed},
    series::{Series, SeriesKind},
};

/// The functions of a signal that take how far back they look, and nothing else.
pub(crate) const WINDOWS: &[(&str, WindowFunction)] = &[
    ("avg", WindowFunction::Avg),
    ("min", WindowFunction::Min),
    ("max", WindowFunction::Max),
    ("sum", WindowFunction::Sum),
    ("count", WindowFunction::Count),
    ("stddev", WindowFunction::Stddev),
    ("median", WindowFunction::Median),
    ("rate", WindowFunction::Rate),
    ("increase", WindowFunction::Increase),
    ("delta", WindowFunction::Delta),
    ("slope", WindowFunction::Slope),
    ("lag", WindowFunction::Lag),
    ("ewma", WindowFunction::Ewma),
];

impl Checker<'_> {
    /// `latency.avg(5m)`; of an event `deploy.count(1h)`.
    pub(crate) fn window(
        &mut self,
        expression: &Expression,
        receiver: &Expression,
        function: &Name,
        window: WindowFunction,
        arguments: &[CallArgument],
    ) -> Typed {
        let series = self.series_of(receiver, &function.value);
        let usage = format!("{}.{}(5m)", self.source.line(receiver.range), function.value);
        let span =
            self.bind(function, arguments, [required("span")], &usage).and_then(|[span]| self.span(span?));
        let (Some(series), Some(span)) = (series, span) else { return Typed::unknown() };
        if let (SeriesKind::Event(event), WindowFunction::Count) = (&series.kind, window) {
            let expression = Lowered::EventCount { event: *event, span };
            return series.typed(expression, Type::Quantity(Dimension::COUNT), None);
        }
        self.windowed(expression, function, window, series, |function, signal| Lowered::Window {
            function,
            signal,
            span,
        })
    }

    /// `latency.quantile(99%, 5m)`
    pub(crate) fn quantile(
        &mut self,
        expression: &Expression,
        receiver: &Expression,
        function: &Name,
        arguments: &[CallArgument],
    ) -> Typed {
        let series = self.series_of(receiver, &function.value);
        let usage = format!("{}.quantile(0.99, 5m)", self.source.line(receiver.range));
        let given = self.bind(function, arguments, [required("quantile"), required("span")], &usage);
        let Some([Some(share), Some(span)]) = given else { return Typed::unknown() };
        let (parts, span) = (self.ten_thousandths(share), self.span(span));
        let (Some(series), Some(parts), Some(span)) = (series, parts, span) else { return Typed::unknown() };
        let window = WindowFunction::Quantile(parts);
        self.windowed(expression, function, window, series, |function, signal| Lowered::Window {
            function,
            signal,
            span,
        })
    }

    fn windowed(
        &mut self,
        expression: &Expression,
        function: &Name,
        window: WindowFunction,
        series: Series,
        lower: impl FnOnce(WindowFunction, heal_program::SignalIndex) -> Lowered,
    ) -> Typed {
        let SeriesKind::Signal { index, dimension, counter, .. } = &series.kind else {
            self.not_of_an_event(function, &series);
            return Typed::unknown();
        };
        let (index, dimension, counter) = (*index, *dimension, *counter);
        let of_counters =
            matches!(window, WindowFunction::Rate | WindowFunction::Increase | WindowFunction::Delta);
        if counter && !of_counters {
            self.window_of_counter(expression, function, &series);
            return Typed::unknown();
        }
        if !counter && matches!(window, WindowFunction::Rate | WindowFunction::Increase) {
            self.rate_of_signal(function, &series);
            return Typed::unknown();
        }
        let (dimension, has_ground) = match window {
            WindowFunction::Count => (Dimension::COUNT, false),
            WindowFunction::Rate | WindowFunction::Slope => (dimension.over(Dimension::DURATION), false),
            WindowFunction::Avg
            | WindowFunction::Min
            | WindowFunction::Max
            | WindowFunction::Sum
            | WindowFunction::Stddev
            | WindowFunction::Median
            | WindowFunction::Quantile(_)
            | WindowFunction::Increase
            | WindowFunction::Delta
            | WindowFunction::Lag
            | WindowFunction::Ewma => (dimension, true),
        };
        let ground = if has_ground { series.ground(dimension) } else { None };
        series.typed(lower(window, index), Type::Quantity(dimension), ground)
    }

    fn window_of_counter(&mut self, expression: &Expression, function: &Name, series: &Series) {
        let message =
            format!("`{}` is a counter, and only `rate`, `increase` and `delta` can read it", series.name);
        let (file, range) = (series.place.file, series.place.range);
        let diagnostic = self
            .error(Code::COUNTER_WITHOUT_RATE, expression.range, message)
            .with_secondary(file, range, "declared as a counter here")
            .with_fix("write `rate`", Safety::Unsafe, function.range, "rate");
        self.diagnostics.push(diagnostic);
    }

    fn rate_of_signal(&mut self, function: &Name, series: &Series) {
        let message = format!("`{}` is not a counter, and has no `{}`", series.name, function.value);
        let (file, range) = (series.place.file, series.place.range);
        let diagnostic = self
            .error(Code::RATE_OF_GAUGE, function.range, message)
            .with_secondary(file, range, "declared as a signal here")
            .with_help(
                "declare it with `counter` if it only grows; how fast a signal changes is its `slope`, by how much its `delta`",
            );
        self.diagnostics.push(diagnostic);
    }

    /// Reports a function of signals that is asked of an event.
    pub(crate) fn not_of_an_event(&mut self, function: &Name, series: &Series) {
        let message = format!("`{}` is an event, and has no `{}`", series.name, function.value);
        let (file, range) = (series.place.file, series.place.range);
        let diagnostic = self
            .error(Code::TYPE_MISMATCH, function.range, message)
            .with_secondary(file, range, "declared as an event here")
            .with_help("an event can be asked whether and how often it happened: `within`, `count`");
        self.diagnostics.push(diagnostic);
    }

    /// `deploy.within(10m)`
    pub(crate) fn within(
        &mut self,
        receiver: &Expression,
        function: &Name,
        arguments: &[CallArgument],
    ) -> Typed {
        let series = self.series_of(receiver, &function.value);
        let usage = format!("{}.within(10m)", self.source.line(receiver.range));
        let span =
            self.bind(function, arguments, [required("span")], &usage).and_then(|[span]| self.span(span?));
        let (Some(series), Some(span)) = (series, span) else { return Typed::unknown() };
        if let SeriesKind::Event(event) = &series.kind {
            let expression = Lowered::EventWithin { event: *event, span };
            return series.typed(expression, Type::Bool, None);
        }
        let described = Self::described_series(&series);
        let message = format!("`within` asks about an event, and `{}` is {described}", series.name);
        let diagnostic = self
            .error(Code::TYPE_MISMATCH, receiver.range, message)
            .with_secondary(series.place.file, series.place.range, "declared here")
            .with_help("whether a signal was above something within a time is `.max(10m) > ...`");
        self.diagnostics.push(diagnostic);
        Typed::unknown()
    }

    /// `heartbeat.absent(5m)`
    pub(crate) fn absent(
        &mut self,
        receiver: &Expression,
        function: &Name,
        arguments: &[CallArgument],
    ) -> Typed {
        let series = self.series_of(receiver, &function.value);
        let usage = format!("{}.absent(5m)", self.source.line(receiver.range));
        let span =
            self.bind(function, arguments, [required("span")], &usage).and_then(|[span]| self.span(span?));
        let (Some(series), Some(span)) = (series, span) else { return Typed::unknown() };
        let SeriesKind::Signal { index, .. } = &series.kind else {
            self.not_of_an_event(function, &series);
            return Typed::unknown();
        };
        let expression = Lowered::Absent { signal: *index, span };
        series.typed(expression, Type::Bool, None)
    }
}
