//! Lines through the samples of a span, at every step.

use super::{
    drive::{drive, drive_into, put},
    edges::slide,
    line_sums::{Bounds, Clock, Lines, SpreadFactors, TimeSums},
    regular::{Sliding, by_pieces},
    samples::{Fixed, Samples, Steps},
    width::{Room, Short, Width},
};
use crate::{
    Line, Statistic, Window,
    fixed::power_of_ten,
    line::{ExactLine, LineSums, SlopeFactors, Squares, on_line, spread},
};

/// The slope, a second, of the line through the samples of the span before each step.
pub fn slope(samples: &Samples<'_>, span_ms: i64, steps: Steps, out: &mut [f64]) {
    let Some(fixed) = fixed_over(samples, span_ms) else {
        let slope = |window: &Window<Line>, now_ms| window.statistic(now_ms)?.slope();
        return drive_into(samples, steps, Window::new(span_ms), out, slope);
    };
    let steps = steps.within(out.len());
    slopes(samples, fixed, span_ms, 0, steps, |step, slope, _, _| put(out, step, slope));
}

/// The value, some time after each step, of the line through the samples of the span before the step.
pub fn line_value(samples: &Samples<'_>, span_ms: i64, ahead_ms: i64, steps: Steps, out: &mut [f64]) {
    let Some(fixed) = fixed_over(samples, span_ms) else {
        let value = |window: &Window<Line>, now_ms: i64| {
            window.statistic(now_ms)?.value(now_ms.saturating_add(ahead_ms))
        };
        return drive_into(samples, steps, Window::new(span_ms), out, value);
    };
    let steps = steps.within(out.len());
    by_pieces((samples, fixed), span_ms, steps, |piece| match piece {
        Sliding::Evenly(window, some) => {
            out.get_mut(some.clone()).is_some_and(|out| window.line_value(ahead_ms, out))
        }
        Sliding::Anyhow(samples, fixed, steps, start) => {
            slopes(samples, fixed, span_ms, ahead_ms, steps, |step, slope, mean, away| {
                put(out, start + step, on_line(mean, slope, away));
            });
            true
        }
    });
}

/// The lower and upper ends of where 95 of 100 samples lie, some time after each step, by the line through the samples of
/// the span before the step.
pub fn forecast(
    samples: &Samples<'_>,
    span_ms: i64,
    ahead_ms: i64,
    steps: Steps,
    lower: &mut [f64],
    upper: &mut [f64],
) {
    let steps = steps.within(lower.len().max(upper.len()));
    let narrow = fixed_over(samples, span_ms).and_then(|fixed| {
        let clock = Clock::of(samples.times_ms);
        let factors = SpreadFactors::of(clock.unit_ms, power_of_ten(fixed.decimals()))?;
        let bounds = Bounds::new(samples, fixed, clock, span_ms, ahead_ms, steps);
        let room = bounds.room_with_spread(samples.count_bound(span_ms, steps), &factors);
        (room < Room::Wide).then_some((fixed, clock, factors, bounds.factors, room))
    });
    let Some((fixed, clock, spreads, factors, room)) = narrow else {
        return lines(samples, span_ms, steps, |step, now_ms, line| {
            let forecast = line.and_then(|line| line.forecast(now_ms.saturating_add(ahead_ms)));
            put(lower, step, forecast.map_or(f64::NAN, |it| it.lower));
            put(upper, step, forecast.map_or(f64::NAN, |it| it.upper));
        });
    };
    let emit = |step, value: f64, spread: f64| {
        put(lower, step, value - spread);
        put(upper, step, value + spread);
    };
    let parts = Parts { clock, power: power_of_ten(fixed.decimals()), ahead_ms, factors };
    let (times_ms, scaled) = (samples.times_ms, fixed.scaled());
    if room == Room::Short {
        let sums = TimeSums { value_squares: Some(Short::ZERO), ..TimeSums::new(clock) };
        slide(times_ms, scaled, span_ms, steps, &mut Lines { sums, emit: parts.emit_spread(spreads, emit) });
    } else {
        let sums = TimeSums { value_squares: Some(0_i64), ..TimeSums::new(clock) };
        slide(times_ms, scaled, span_ms, steps, &mut Lines { sums, emit: parts.emit_spread(spreads, emit) });
    }
}

/// Tells each step its time and the line through the samples of the span before it: for forecasts and times to a
/// threshold.
pub fn lines(
    samples: &Samples<'_>,
    span_ms: i64,
    steps: Steps,
    mut tell: impl FnMut(usize, i64, Option<Line>),
) {
    let Some(fixed) = fixed_over(samples, span_ms) else {
        return drive(samples, steps, Window::<Line>::new(span_ms), |step, now_ms, window| {
            tell(step, now_ms, window.statistic(now_ms));
        });
    };
    let clock = Clock::of(samples.times_ms);
    let Clock { unit_ms, origin_ms, .. } = clock;
    let sums = TimeSums::<i128> { clock, value_squares: Some(0), ..TimeSums::new(clock) };
    let emit = |step, now_ms, count, sums: &TimeSums<i128>| {
        let sums = LineSums {
            times: sums.times,
            values: i128::from(sums.values),
            time_squares: sums.time_squares,
            value_squares: sums.value_squares.unwrap_or_default(),
            products: sums.products,
        };
        let line = ExactLine { count, decimals: fixed.decimals(), unit_ms, origin_ms, sums };
        tell(step, now_ms, (count > 0).then(|| Line::exact(line)));
    };
    slide(samples.times_ms, fixed.scaled(), span_ms, steps, &mut Lines { sums, emit });
}

fn fixed_over<'a>(samples: &Samples<'a>, span_ms: i64) -> Option<Fixed<'a>> {
    samples.fixed_over(span_ms).filter(|_| span_ms <= Line::SPAN_MS_MAX)
}

/// Emits slope, mean value and seconds from the mean time, or NaN.
fn slopes(
    samples: &Samples<'_>,
    fixed: Fixed<'_>,
    span_ms: i64,
    ahead_ms: i64,
    steps: Steps,
    emit: impl FnMut(usize, f64, f64, f64),
) {
    let clock = Clock::of(samples.times_ms);
    let (times_ms, scaled) = (samples.times_ms, fixed.scaled());
    let bounds = Bounds::new(samples, fixed, clock, span_ms, ahead_ms, steps);
    let power = power_of_ten(fixed.decimals());
    let parts = Parts { clock, power, ahead_ms, factors: bounds.factors };
    match bounds.room(samples.count_bound(span_ms, steps)) {
        Room::Short => {
            let mut lines = Lines { sums: TimeSums::<Short>::new(clock), emit: parts.emit(emit) };
            slide(times_ms, scaled, span_ms, steps, &mut lines);
        }
        Room::Narrow => {
            let mut lines = Lines { sums: TimeSums::<i64>::new(clock), emit: parts.emit(emit) };
            slide(times_ms, scaled, span_ms, steps, &mut lines);
        }
        Room::Wide => {
            let mut lines = Lines { sums: TimeSums::<i128>::new(clock), emit: parts.emit(emit) };
            slide(times_ms, scaled, span_ms, steps, &mut lines);
        }
    }
}

/// What slope, mean value and distance from the mean time are made with.
#[derive(Clone, Copy)]
struct Parts {
    clock: Clock,
    power: i64,
    ahead_ms: i64,
    factors: SlopeFactors,
}

impl Parts {
    #[inline]
    fn emit<W: Width>(
        self,
        mut emit: impl FnMut(usize, f64, f64, f64),
    ) -> impl FnMut(usize, i64, i64, &TimeSums<W>) {
        let Parts { clock, power, ahead_ms, factors } = self;
        let (above, below) = (W::of(factors.above), W::of(factors.below));
        move |step, now_ms, count, sums| {
            let n = W::of(count);
            let times = n.times(sums.time_squares).minus(sums.times.times(sums.times));
            if !times.is_positive() {
                return emit(step, f64::NAN, f64::NAN, f64::NAN);
            }
            let products = n.times(sums.products).minus(sums.times.times(W::of(sums.values)));
            let at_ms = W::of(now_ms.saturating_add(ahead_ms)).minus(W::of(clock.origin_ms));
            let away_ms = n.times(at_ms).minus(sums.times.times(W::of(clock.unit_ms)));
            emit(
                step,
                products.times(above).ratio(times.times(below)),
                W::of(sums.values).ratio(n.times(W::of(power))),
                away_ms.ratio(n.times(W::of(1_000))),
            );
        }
    }

    /// Emits the value on the line and what to either side of it 95 of 100 samples lie in, or NaN.
    #[inline]
    fn emit_spread<W: Width>(
        self,
        factors: SpreadFactors,
        mut emit: impl FnMut(usize, f64, f64),
    ) -> impl FnMut(usize, i64, i64, &TimeSums<W>) {
        move |step, now_ms, count, sums| {
            let mut line = (f64::NAN, f64::NAN, f64::NAN);
            self.emit(|_, slope, mean, away| line = (slope, mean, away))(step, now_ms, count, sums);
            let (slope, mean, away) = line;
            let n = W::of(count);
            let value_squares = sums.value_squares.unwrap_or(W::ZERO);
            let values = W::of(sums.values);
            let times = n.times(sums.time_squares).minus(sums.times.times(sums.times));
            let products = n.times(sums.products).minus(sums.times.times(values));
            let ratio =
                |sum: W, (above, below): (i64, i64)| sum.times(W::of(above)).ratio(n.times(W::of(below)));
            let squares = Squares {
                products: ratio(products, factors.products),
                times: ratio(times, factors.times),
                values: ratio(n.times(value_squares).minus(values.times(values)), (1, factors.values)),
            };
            let spread = spread(count as f64, away, &squares).unwrap_or(f64::NAN);
            emit(step, on_line(mean, slope, away), spread);
        }
    }
}
