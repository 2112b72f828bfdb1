//! Sums, means and spreads at every step.

use std::ops::Range;

use super::{
    drive::{drive, drive_into, put},
    edges::{Slide, slide},
    regular::{Sliding, by_pieces},
    samples::{Fixed, Samples, Steps},
    width::{Room, Short, Width},
};
use crate::{Moments, Window, fixed::power_of_ten, ratio::small_ratio};

/// The sum of the samples of the span before each step.
pub fn sum(samples: &Samples<'_>, span_ms: i64, steps: Steps, out: &mut [f64]) {
    let Some(fixed) = samples.fixed_over(span_ms) else {
        let sum = |window: &Window<Moments>, now_ms| Some(window.statistic(now_ms)?.sum());
        return drive_into(samples, steps, Window::new(span_ms), out, sum);
    };
    let power = power_of_ten(fixed.decimals());
    sums(samples, fixed, span_ms, steps.within(out.len()), |step, count, sum| {
        put(out, step, if count == 0 { f64::NAN } else { small_ratio(sum, power) });
    });
}

/// The mean of the samples of the span before each step.
pub fn avg(samples: &Samples<'_>, span_ms: i64, steps: Steps, out: &mut [f64]) {
    let Some(fixed) = samples.fixed_over(span_ms) else {
        let avg = |window: &Window<Moments>, now_ms| Some(window.statistic(now_ms)?.avg());
        return drive_into(samples, steps, Window::new(span_ms), out, avg);
    };
    let power = power_of_ten(fixed.decimals());
    let steps = steps.within(out.len());
    by_pieces((samples, fixed), span_ms, steps, |piece| match piece {
        Sliding::Evenly(window, some) => out.get_mut(some.clone()).is_some_and(|out| window.avg(out)),
        Sliding::Anyhow(samples, fixed, steps, start) => {
            sums(samples, fixed, span_ms, steps, |step, count, sum| {
                put(out, start + step, small_ratio(sum, count * power));
            });
            true
        }
    });
}

/// The population standard deviation of the samples of the span before each step.
pub fn stddev(samples: &Samples<'_>, span_ms: i64, steps: Steps, out: &mut [f64]) {
    let Some(fixed) = samples.fixed_over(span_ms) else {
        let stddev = |window: &Window<Moments>, now_ms| Some(window.statistic(now_ms)?.stddev());
        return drive_into(samples, steps, Window::new(span_ms), out, stddev);
    };
    means_and_spreads((samples, fixed), span_ms, steps.within(out.len()), &mut [], out);
}

/// Mean and population standard deviation, in one pass.
pub fn avg_and_stddev(
    samples: &Samples<'_>,
    span_ms: i64,
    steps: Steps,
    avg: &mut [f64],
    stddev: &mut [f64],
) {
    let steps = steps.within(avg.len().max(stddev.len()));
    if let Some(fixed) = samples.fixed_over(span_ms) {
        return means_and_spreads((samples, fixed), span_ms, steps, avg, stddev);
    }
    drive(samples, steps, Window::<Moments>::new(span_ms), |step, now_ms, window| {
        let (mean, deviation) = window
            .statistic(now_ms)
            .map_or((f64::NAN, f64::NAN), |moments| (moments.avg(), moments.stddev()));
        put(avg, step, mean);
        put(stddev, step, deviation);
    });
}

/// Either column may be shorter.
fn means_and_spreads(
    (samples, fixed): (&Samples<'_>, Fixed<'_>),
    span_ms: i64,
    steps: Steps,
    avg: &mut [f64],
    stddev: &mut [f64],
) {
    by_pieces((samples, fixed), span_ms, steps, |piece| match piece {
        Sliding::Evenly(window, some) => window.avg_and_stddev(part(avg, some), part(stddev, some)),
        Sliding::Anyhow(samples, fixed, steps, start) => {
            spreads(samples, fixed, span_ms, steps, |step, mean, deviation| {
                put(avg, start + step, mean);
                put(stddev, start + step, deviation);
            });
            true
        }
    });
}

/// The places of some steps, as many as there are.
fn part<'c>(column: &'c mut [f64], some: &Range<usize>) -> &'c mut [f64] {
    let end = some.end.min(column.len());
    column.get_mut(some.start.min(end)..end).unwrap_or_default()
}

fn sums(
    samples: &Samples<'_>,
    fixed: Fixed<'_>,
    span_ms: i64,
    steps: Steps,
    emit: impl FnMut(usize, i64, i64),
) {
    slide(samples.times_ms, fixed.scaled(), span_ms, steps, &mut Sums { sum: 0, emit });
}

fn spreads(
    samples: &Samples<'_>,
    fixed: Fixed<'_>,
    span_ms: i64,
    steps: Steps,
    emit: impl FnMut(usize, f64, f64),
) {
    let power = power_of_ten(fixed.decimals());
    let count = samples.count_bound(span_ms, steps) as u128;
    let (largest, unit) = (fixed.largest().unsigned_abs().max(1).into(), power.unsigned_abs().into());
    let room = Room::of(&[count, count, largest, largest], 1).max(Room::of(&[count, count, unit, unit], 1));
    let (times_ms, scaled) = (samples.times_ms, fixed.scaled());
    match room {
        Room::Short => slide(times_ms, scaled, span_ms, steps, &mut Spreads::<Short, _>::new(power, emit)),
        Room::Narrow => slide(times_ms, scaled, span_ms, steps, &mut Spreads::<i64, _>::new(power, emit)),
        Room::Wide => slide(times_ms, scaled, span_ms, steps, &mut Spreads::<i128, _>::new(power, emit)),
    }
}

/// Emits counts and sums.
struct Sums<F> {
    /// INVARIANT: that of a window fits, because of `WINDOW_SAMPLES_MAX` and `SCALED_MAX`.
    sum: i64,
    emit: F,
}

impl<F: FnMut(usize, i64, i64)> Slide for Sums<F> {
    #[inline]
    fn enter(&mut self, _at_ms: i64, integer: i64) {
        self.sum = self.sum.wrapping_add(integer);
    }

    #[inline]
    fn leave(&mut self, _at_ms: i64, integer: i64) {
        self.sum = self.sum.wrapping_sub(integer);
    }

    #[inline]
    fn look(&mut self, step: usize, _now_ms: i64, count: i64) {
        (self.emit)(step, count, self.sum);
    }
}

/// Emits means and deviations.
struct Spreads<W, F> {
    power: i64,
    sum: i64,
    squares: W,
    emit: F,
}

impl<W: Width, F> Spreads<W, F> {
    fn new(power: i64, emit: F) -> Spreads<W, F> {
        Spreads { power, sum: 0, squares: W::ZERO, emit }
    }
}

impl<W: Width, F: FnMut(usize, f64, f64)> Slide for Spreads<W, F> {
    #[inline]
    fn enter(&mut self, _at_ms: i64, integer: i64) {
        self.sum = self.sum.wrapping_add(integer);
        self.squares = self.squares.plus(W::of(integer).times(W::of(integer)));
    }

    #[inline]
    fn leave(&mut self, _at_ms: i64, integer: i64) {
        self.sum = self.sum.wrapping_sub(integer);
        self.squares = self.squares.minus(W::of(integer).times(W::of(integer)));
    }

    #[inline]
    fn look(&mut self, step: usize, _now_ms: i64, count: i64) {
        let sum = W::of(self.sum);
        let spread = W::of(count).times(self.squares).minus(sum.times(sum));
        let per = W::of(count * self.power);
        (self.emit)(step, sum.ratio(per), spread.ratio(per.times(per)).sqrt());
    }
}
