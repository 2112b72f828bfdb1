//! The kernels that expressions need over a series, by what they are told apart.

use heal_detection::{Baseline, Counter, Ewma, Extremes, Held, Line, Moments, SortedWindow, Window};
use heal_program::{Expression, ForecastMethod, Learned, LearnedPart, Millis, Timestamp, WindowFunction};
use serde::{Deserialize, Serialize};

/// Which kernel. Equal ones are computed once for all expressions that need them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum KernelSpec {
    /// Averages, sums, counts and spreads of a span.
    Moments(Millis),
    /// The smallest and the largest sample of a span.
    Extremes(Millis),
    /// Rates and increases of a counter.
    Counter(Millis),
    /// The line through a span: slopes and linear forecasts.
    Line(Millis),
    /// Medians and quantiles of a span.
    Sorted(Millis),
    /// What a signal was a span ago, and what it changed by.
    Held(Millis),
    /// A weighted mean with this half-life.
    Ewma(Millis),
    /// What is usual at this time of a season.
    Baseline {
        season: Millis,
        train: Millis,
        /// The time between two samples.
        every: Millis,
    },
}

impl KernelSpec {
    /// The kernel of a window function.
    pub(crate) fn of_window(function: WindowFunction, span: Millis) -> KernelSpec {
        match function {
            WindowFunction::Avg | WindowFunction::Sum | WindowFunction::Count | WindowFunction::Stddev => {
                KernelSpec::Moments(span)
            }
            WindowFunction::Min | WindowFunction::Max => KernelSpec::Extremes(span),
            WindowFunction::Median | WindowFunction::Quantile(_) => KernelSpec::Sorted(span),
            WindowFunction::Rate | WindowFunction::Increase => KernelSpec::Counter(span),
            WindowFunction::Delta | WindowFunction::Lag => KernelSpec::Held(span),
            WindowFunction::Slope => KernelSpec::Line(span),
            WindowFunction::Ewma => KernelSpec::Ewma(span),
        }
    }

    /// The kernel of a learned function; none where there is none yet.
    pub(crate) fn of_learned(model: &Learned, every: Millis) -> Option<KernelSpec> {
        match model {
            Learned::Baseline { season, train } => {
                Some(KernelSpec::Baseline { season: *season, train: *train, every })
            }
            Learned::Forecast { train, method, .. } => match method {
                // The only method there is: `approximations` says so.
                ForecastMethod::Auto | ForecastMethod::Linear => Some(KernelSpec::Line(*train)),
                ForecastMethod::HoltWinters | ForecastMethod::Mstl => None,
            },
            Learned::Outlier { .. }
            | Learned::Changepoint { .. }
            | Learned::Anomaly { .. }
            | Learned::Model { .. } => None,
        }
    }

    /// The kernel that a node of an expression reads, if it reads one.
    pub(crate) fn of(node: &Expression, every: Millis) -> Option<KernelSpec> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "only these three look back over samples")]
        match node {
            Expression::Window { function, span, .. } => Some(KernelSpec::of_window(*function, *span)),
            Expression::Learned { model, .. } | Expression::TimeTo { model, .. } => {
                KernelSpec::of_learned(model, every)
            }
            _ => None,
        }
    }

    /// How long a key must have lived before the kernel says anything.
    pub(crate) fn span(self) -> Millis {
        match self {
            KernelSpec::Moments(span)
            | KernelSpec::Extremes(span)
            | KernelSpec::Counter(span)
            | KernelSpec::Line(span)
            | KernelSpec::Sorted(span)
            | KernelSpec::Held(span)
            | KernelSpec::Ewma(span) => span,
            KernelSpec::Baseline { train, .. } => train,
        }
    }

    pub(crate) fn skips_disturbed(self) -> bool {
        matches!(self, KernelSpec::Baseline { .. })
    }
}

/// A kernel with what it has seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kernel {
    pub(crate) spec: KernelSpec,
    /// Since when it has seen every sample.
    pub(crate) since: Timestamp,
    /// The newest sample that it has seen.
    newest: Timestamp,
    /// Whether a new program needs it and history may still be told: samples from before it was needed.
    pub(crate) is_cold: bool,
    statistic: Statistic,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Statistic {
    Moments(Window<Moments>),
    Extremes(Extremes),
    Counter(Window<Counter>),
    Line(Window<Line>),
    Sorted(SortedWindow),
    Held(Held),
    Ewma(Ewma),
    Baseline(Baseline),
}

impl Kernel {
    pub(crate) fn new(spec: KernelSpec, since: Timestamp) -> Kernel {
        let statistic = match spec {
            KernelSpec::Moments(span) => Statistic::Moments(Window::new(span.0)),
            KernelSpec::Extremes(span) => Statistic::Extremes(Extremes::new(span.0)),
            KernelSpec::Counter(span) => Statistic::Counter(Window::new(span.0)),
            KernelSpec::Line(span) => Statistic::Line(Window::new(span.0)),
            KernelSpec::Sorted(span) => Statistic::Sorted(SortedWindow::new(span.0)),
            KernelSpec::Held(span) => Statistic::Held(Held::new(span.0)),
            KernelSpec::Ewma(span) => Statistic::Ewma(Ewma::new(span.0)),
            KernelSpec::Baseline { season, train, every } => {
                Statistic::Baseline(Baseline::new(season.0, train.0, every.0))
            }
        };
        Kernel { spec, since, newest: Timestamp::MIN, is_cold: false, statistic }
    }

    /// A kernel that a new program needs over a series that goes on.
    pub(crate) fn cold(spec: KernelSpec, since: Timestamp) -> Kernel {
        Kernel { is_cold: true, ..Kernel::new(spec, since) }
    }

    pub(crate) fn push(&mut self, at: Timestamp, value: f64) {
        self.newest = at;
        match &mut self.statistic {
            Statistic::Moments(window) => window.push(at.0, value),
            Statistic::Extremes(window) => window.push(at.0, value),
            Statistic::Counter(window) => window.push(at.0, value),
            Statistic::Line(window) => window.push(at.0, value),
            Statistic::Sorted(window) => window.push(at.0, value),
            Statistic::Held(held) => held.push(at.0, value),
            Statistic::Ewma(mean) => mean.push(at.0, value),
            Statistic::Baseline(baseline) => baseline.push(at.0, value),
        }
    }

    /// Takes a sample of the past in, if it is one that a cold kernel waits for.
    pub(crate) fn take_history(&mut self, at: Timestamp, value: f64) -> bool {
        let is_wanted = self.is_cold && at > self.newest;
        if is_wanted {
            self.since = self.since.min(at);
            self.push(at, value);
        }
        is_wanted
    }

    /// Whether its key has lived for as long as it looks back.
    pub(crate) fn is_full(&self, at: Timestamp) -> bool {
        self.since <= at.minus(self.spec.span())
    }

    pub(crate) fn window(&self, function: WindowFunction, at: Timestamp, stale_after: Millis) -> Option<f64> {
        match (function, &self.statistic) {
            (WindowFunction::Count, Statistic::Moments(window)) => {
                Some(window.statistic(at.0).map_or(0.0, |moments| moments.count()))
            }
            (WindowFunction::Avg, Statistic::Moments(window)) => Some(window.statistic(at.0)?.avg()),
            (WindowFunction::Min, Statistic::Extremes(window)) => window.min(at.0),
            (WindowFunction::Max, Statistic::Extremes(window)) => window.max(at.0),
            (WindowFunction::Sum, Statistic::Moments(window)) => Some(window.statistic(at.0)?.sum()),
            (WindowFunction::Stddev, Statistic::Moments(window)) => Some(window.statistic(at.0)?.stddev()),
            (WindowFunction::Median, Statistic::Sorted(window)) => window.quantile(5_000, at.0),
            (WindowFunction::Quantile(parts), Statistic::Sorted(window)) => window.quantile(parts, at.0),
            (WindowFunction::Rate, Statistic::Counter(window)) => window.statistic(at.0)?.rate(),
            (WindowFunction::Increase, Statistic::Counter(window)) => {
                Some(window.statistic(at.0)?.rate()? * self.spec.span().as_seconds())
            }
            (WindowFunction::Delta, Statistic::Held(held)) => held.delta(at.0),
            (WindowFunction::Lag, Statistic::Held(held)) => {
                let then = at.minus(self.spec.span());
                let (sampled, value) = held.before_span(at.0)?;
                (then.since(Timestamp(sampled)) <= stale_after).then_some(value)
            }
            (WindowFunction::Slope, Statistic::Line(window)) => window.statistic(at.0)?.slope(),
            (WindowFunction::Ewma, Statistic::Ewma(mean)) => mean.value(at.0),
            (
                WindowFunction::Avg
                | WindowFunction::Min
                | WindowFunction::Max
                | WindowFunction::Sum
                | WindowFunction::Count
                | WindowFunction::Stddev
                | WindowFunction::Median
                | WindowFunction::Quantile(_)
                | WindowFunction::Rate
                | WindowFunction::Increase
                | WindowFunction::Delta
                | WindowFunction::Slope
                | WindowFunction::Lag
                | WindowFunction::Ewma,
                _,
            ) => None,
        }
    }

    /// What a learned function says of its series, whose last value is `last`.
    pub(crate) fn learned(
        &self,
        model: &Learned,
        part: LearnedPart,
        last: f64,
        at: Timestamp,
    ) -> Option<f64> {
        match model {
            Learned::Baseline { .. } => {
                let usual = self.baseline()?.usual(at.0)?;
                Some(match part {
                    LearnedPart::Value => usual.value,
                    LearnedPart::Lower => usual.lower,
                    LearnedPart::Upper => usual.upper,
                    LearnedPart::Score => usual.score(last),
                })
            }
            Learned::Forecast { ahead, .. } => {
                let line = self.line(at)?;
                let then = at.plus(*ahead).0;
                match part {
                    LearnedPart::Value => line.value(then),
                    LearnedPart::Lower => line.forecast(then).map(|it| it.lower),
                    LearnedPart::Upper => line.forecast(then).map(|it| it.upper),
                    LearnedPart::Score => None,
                }
            }
            Learned::Outlier { .. }
            | Learned::Changepoint { .. }
            | Learned::Anomaly { .. }
            | Learned::Model { .. } => None,
        }
    }

    pub(crate) fn line(&self, at: Timestamp) -> Option<Line> {
        match &self.statistic {
            Statistic::Line(window) => window.statistic(at.0),
            Statistic::Moments(_)
            | Statistic::Extremes(_)
            | Statistic::Counter(_)
            | Statistic::Sorted(_)
            | Statistic::Held(_)
            | Statistic::Ewma(_)
            | Statistic::Baseline(_) => None,
        }
    }

    fn baseline(&self) -> Option<&Baseline> {
        match &self.statistic {
            Statistic::Baseline(baseline) => Some(baseline),
            Statistic::Moments(_)
            | Statistic::Extremes(_)
            | Statistic::Counter(_)
            | Statistic::Line(_)
            | Statistic::Sorted(_)
            | Statistic::Held(_)
            | Statistic::Ewma(_) => None,
        }
    }
}
