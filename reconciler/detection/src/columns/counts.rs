//! Counts of samples, and what counters grew by, at every step.

use super::{
    drive::{drive_into, put},
    edges::each,
    samples::{Samples, Steps},
    width::Room,
};
use crate::{Counter, Window, counter::step as step_between, fixed::power_of_ten, ratio::ratio};

/// The number of samples in the span before each step; 0 where there are none.
pub fn count(samples: &Samples<'_>, span_ms: i64, steps: Steps, out: &mut [f64]) {
    each(samples.times_ms, span_ms, steps.within(out.len()), |step, _, tail, head| {
        put(out, step, (head - tail) as f64);
    });
}

/// The increase a second of a counter over the span before each step; NaN with fewer than two samples.
pub fn rate(samples: &Samples<'_>, span_ms: i64, steps: Steps, out: &mut [f64]) {
    rates(samples, span_ms, steps, out, |rate| rate);
}

/// The increase of a counter over the span before each step: its rate times the span.
pub fn increase(samples: &Samples<'_>, span_ms: i64, steps: Steps, out: &mut [f64]) {
    let span_seconds = span_ms as f64 / 1_000.0;
    rates(samples, span_ms, steps, out, |rate| rate * span_seconds);
}

fn rates(samples: &Samples<'_>, span_ms: i64, steps: Steps, out: &mut [f64], made_of: impl Fn(f64) -> f64) {
    let narrow = samples.fixed_over(span_ms).filter(|fixed| {
        Room::of(&[samples.times_ms.len() as u128, fixed.largest().unsigned_abs().into(), 2], 1)
            <= Room::Narrow
    });
    let Some(fixed) = narrow else {
        let rate = |window: &Window<Counter>, now_ms| window.statistic(now_ms)?.rate().map(&made_of);
        return drive_into(samples, steps, Window::new(span_ms), out, rate);
    };
    let grown = grown(fixed.scaled());
    let power = i128::from(power_of_ten(fixed.decimals()));
    each(samples.times_ms, span_ms, steps.within(out.len()), |step, _, tail, head| {
        let newest = head.wrapping_sub(1);
        let apart = |column: &[i64]| Some(i128::from(*column.get(newest)?) - i128::from(*column.get(tail)?));
        let rate = match (apart(samples.times_ms), apart(&grown)) {
            (Some(apart_ms), Some(increase)) if newest > tail && apart_ms > 0 => {
                made_of(ratio(increase * 1_000, apart_ms * power))
            }
            _ => f64::NAN,
        };
        put(out, step, rate);
    });
}

/// What a counter grew by from the first sample up to each.
fn grown(scaled: &[i64]) -> Vec<i64> {
    let mut total = 0;
    let mut previous = scaled.first().copied().unwrap_or_default();
    scaled
        .iter()
        .map(|integer| {
            total += step_between(previous, *integer);
            previous = *integer;
            total
        })
        .collect()
}
