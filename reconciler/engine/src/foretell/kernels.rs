//! Columns of what is computed over one series.

use std::cell::RefCell;

use heal_detection::{
    Baseline,
    columns::{self, Samples, Steps},
};
use heal_program::{ForecastMethod, Learned, LearnedPart, Millis, Signal, Timestamp, WindowFunction};

use super::vector::{FALSE, TRUE, UNKNOWN};
use crate::observe::KernelSpec;

/// Memory of columns, used again for those of the next key: they are large, and the system clears what it gives.
#[derive(Debug, Default)]
pub struct Spare(RefCell<Vec<Vec<f64>>>);

/// Most columns that are kept: as many as a key may need at a time, and more are given back.
const SPARE_MAX: usize = 64;

impl Spare {
    /// A column of unknown numbers.
    pub(super) fn column(&self, count: usize) -> Vec<f64> {
        let mut column = self.0.borrow_mut().pop().unwrap_or_default();
        column.clear();
        column.resize(count, f64::NAN);
        column
    }

    /// A column of any numbers, for one who writes each of them.
    fn column_to_fill(&self, count: usize) -> Vec<f64> {
        let mut column = self.0.borrow_mut().pop().unwrap_or_default();
        column.resize(count, f64::NAN);
        column
    }

    pub(super) fn keep(&self, column: Vec<f64>) {
        let mut spare = self.0.borrow_mut();
        if spare.len() < SPARE_MAX {
            spare.push(column);
        }
    }
}

/// The last value, unless it is stale.
pub(super) fn last(samples: &Samples<'_>, steps: Steps, stale_after: Millis, spare: &Spare) -> Vec<f64> {
    filled(steps, spare, |out| columns::fresh(samples, stale_after.0, 0, steps, out))
}

/// Whether no sample came for so long.
pub(super) fn absent(samples: &Samples<'_>, steps: Steps, span: Millis, spare: &Spare) -> Vec<u8> {
    let mut newest = vec![i64::MIN; steps.count];
    spare.keep(filled(steps, spare, |out| columns::last(samples, steps, out, &mut newest)));
    let first = samples.times_ms.first().copied().unwrap_or(i64::MAX);
    let truth = |(step, newest): (usize, &i64)| {
        let now = steps.at_ms(step);
        if first > now {
            UNKNOWN
        } else if *newest <= now.saturating_sub(span.0) {
            TRUE
        } else {
            FALSE
        }
    };
    newest.iter().enumerate().map(truth).collect()
}

/// A window function.
pub(super) fn window(
    function: WindowFunction,
    span: Millis,
    stale_after: Millis,
    samples: &Samples<'_>,
    (steps, spare): (Steps, &Spare),
) -> Vec<f64> {
    let mut column = filled(steps, spare, |out| match function {
        WindowFunction::Avg => columns::avg(samples, span.0, steps, out),
        WindowFunction::Min => columns::min(samples, span.0, steps, out),
        WindowFunction::Max => columns::max(samples, span.0, steps, out),
        WindowFunction::Sum => columns::sum(samples, span.0, steps, out),
        WindowFunction::Count => columns::count(samples, span.0, steps, out),
        WindowFunction::Stddev => columns::stddev(samples, span.0, steps, out),
        WindowFunction::Median => columns::quantile(samples, 5_000, span.0, steps, out),
        WindowFunction::Quantile(parts) => columns::quantile(samples, parts, span.0, steps, out),
        WindowFunction::Rate => columns::rate(samples, span.0, steps, out),
        WindowFunction::Increase => columns::increase(samples, span.0, steps, out),
        WindowFunction::Delta => columns::delta(samples, span.0, steps, out),
        WindowFunction::Slope => columns::slope(samples, span.0, steps, out),
        WindowFunction::Lag => columns::before_span(samples, span.0, stale_after.0, steps, out),
        WindowFunction::Ewma => columns::ewma(samples, span.0, steps, out),
    });
    forget_young(&mut column, KernelSpec::of_window(function, span), samples, steps);
    column
}

/// Mean and spread of one span, which cost little more than one of them.
pub(super) fn mean_and_spread(
    span: Millis,
    samples: &Samples<'_>,
    steps: Steps,
    spare: &Spare,
) -> (Vec<f64>, Vec<f64>) {
    let mut spread = spare.column_to_fill(steps.count);
    let mut mean =
        filled(steps, spare, |out| columns::avg_and_stddev(samples, span.0, steps, out, &mut spread));
    for (column, function) in [(&mut mean, WindowFunction::Avg), (&mut spread, WindowFunction::Stddev)] {
        forget_young(column, KernelSpec::of_window(function, span), samples, steps);
    }
    (mean, spread)
}

/// What a learned function says. `last` are the last values.
pub(super) fn learned(
    signal: &Signal,
    (model, part): (&Learned, LearnedPart),
    samples: &Samples<'_>,
    last: &[f64],
    (steps, spare): (Steps, &Spare),
) -> Vec<f64> {
    let Some(spec) = KernelSpec::of_learned(model, signal.every) else {
        return spare.column(steps.count);
    };
    let is_linear = |method: &ForecastMethod| matches!(method, ForecastMethod::Auto | ForecastMethod::Linear);
    let mut column = match (model, part) {
        (Learned::Forecast { method, .. }, LearnedPart::Value) if is_linear(method) => {
            spare.column_to_fill(steps.count)
        }
        // Of some steps nothing is said.
        (_, _) => spare.column(steps.count),
    };
    let out = column.as_mut_slice();
    match model {
        Learned::Forecast { ahead, train, method: ForecastMethod::Auto | ForecastMethod::Linear } => {
            forecast(part, *ahead, *train, samples, steps, out);
        }
        Learned::Baseline { season, train } => {
            let empty = Baseline::new(season.0, train.0, signal.every.0);
            columns::baseline(samples, empty, steps, |step, usual| {
                let (Some(place), Some(usual)) = (out.get_mut(step), usual) else { return };
                *place = match part {
                    LearnedPart::Value => usual.value,
                    LearnedPart::Lower => usual.lower,
                    LearnedPart::Upper => usual.upper,
                    LearnedPart::Score => usual.score(last.get(step).copied().unwrap_or(f64::NAN)),
                };
            });
        }
        Learned::Forecast { .. }
        | Learned::Outlier { .. }
        | Learned::Changepoint { .. }
        | Learned::Anomaly { .. }
        | Learned::Model { .. } => {}
    }
    forget_stale(&mut column, last);
    forget_young(&mut column, spec, samples, steps);
    column
}

fn forecast(
    part: LearnedPart,
    ahead: Millis,
    train: Millis,
    samples: &Samples<'_>,
    steps: Steps,
    out: &mut [f64],
) {
    let mut bound = |of: fn(heal_detection::Forecast) -> f64| {
        columns::lines(samples, train.0, steps, |step, now, line| {
            let forecast = line.and_then(|line| line.forecast(now.saturating_add(ahead.0)));
            if let (Some(place), Some(forecast)) = (out.get_mut(step), forecast) {
                *place = of(forecast);
            }
        });
    };
    match part {
        LearnedPart::Value => columns::line_value(samples, train.0, ahead.0, steps, out),
        LearnedPart::Lower => bound(|forecast| forecast.lower),
        LearnedPart::Upper => bound(|forecast| forecast.upper),
        LearnedPart::Score => {}
    }
}

/// The value now and the slope of a forecast's line. `last` are the last values.
pub(super) fn line(
    signal: &Signal,
    model: &Learned,
    samples: &Samples<'_>,
    last: &[f64],
    (steps, spare): (Steps, &Spare),
) -> Option<(Vec<f64>, Vec<f64>)> {
    let spec = KernelSpec::of_learned(model, signal.every)?;
    let train = spec.span().0;
    let mut values = filled(steps, spare, |out| columns::line_value(samples, train, 0, steps, out));
    let mut slopes = filled(steps, spare, |out| columns::slope(samples, train, steps, out));
    for column in [&mut values, &mut slopes] {
        forget_stale(column, last);
        forget_young(column, spec, samples, steps);
    }
    Some((values, slopes))
}

/// A column of which each number is written.
fn filled(steps: Steps, spare: &Spare, fill: impl FnOnce(&mut [f64])) -> Vec<f64> {
    let mut column = spare.column_to_fill(steps.count);
    fill(&mut column);
    column
}

/// Unknown while the series has lived for less than the kernel looks back.
fn forget_young(column: &mut [f64], spec: KernelSpec, samples: &Samples<'_>, steps: Steps) {
    let since = Timestamp(samples.times_ms.first().copied().unwrap_or(i64::MAX));
    let grown = since.plus(spec.span()).0.saturating_sub(steps.first_ms);
    let every = steps.every_ms.max(1);
    // The first step at which the whole span has been lived.
    let young = if grown <= 0 {
        0
    } else {
        usize::try_from(grown.saturating_add(every - 1) / every).unwrap_or(usize::MAX)
    };
    column.iter_mut().take(young).for_each(|place| *place = f64::NAN);
}

/// Unknown where there is no last value to judge.
fn forget_stale(column: &mut [f64], last: &[f64]) {
    for (place, last) in column.iter_mut().zip(last) {
        // Without a branch, so that many are looked at at a time.
        *place = if last.is_nan() { f64::NAN } else { *place };
    }
}
