//! The sums that lines are made of, in times and integers that are as small as they can be.

use super::{
    edges::Slide,
    samples::{Fixed, Samples, Steps},
    width::{Room, Width},
};
use crate::line::SlopeFactors;

/// Times as multiples of the largest unit that they all are multiples of, since the first one: small products.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    pub(super) origin_ms: i64,
    pub(super) unit_ms: i64,
    /// The unit is `2^shift` times an odd number.
    pub(super) shift: u32,
    /// What that odd number times is 1, modulo 2^64: a multiple is divided by it by a multiplication.
    pub(super) inverse: i64,
}

impl Clock {
    pub(super) fn of(times_ms: &[i64]) -> Clock {
        let origin_ms = times_ms.first().copied().unwrap_or_default();
        let mut unit: u64 = 0;
        for (earlier, later) in times_ms.iter().zip(times_ms.iter().skip(1)) {
            let apart = later.abs_diff(*earlier);
            if apart != unit {
                unit = common_divisor(apart, unit);
                if unit == 1 {
                    break;
                }
            }
        }
        let unit_ms = i64::try_from(unit).unwrap_or(1).max(1);
        let shift = unit_ms.trailing_zeros();
        let odd = unit_ms >> shift;
        // Newton's iteration doubles the number of right bits each time, from the 3 that an odd number's own has.
        let inverse = (0..5)
            .fold(odd, |inverse: i64, _| inverse.wrapping_mul(2_i64.wrapping_sub(odd.wrapping_mul(inverse))));
        Clock { origin_ms, unit_ms, shift, inverse }
    }

    #[inline]
    pub(super) fn time(self, at_ms: i64) -> i64 {
        (at_ms.wrapping_sub(self.origin_ms) >> self.shift).wrapping_mul(self.inverse)
    }
}

pub(super) fn common_divisor(mut one: u64, mut other: u64) -> u64 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

/// What makes sums of products of distances in seconds and values of those in units of time and integers, times a count:
/// numbers to multiply by and, together with the count, to divide by.
#[derive(Clone, Copy)]
pub(super) struct SpreadFactors {
    pub(super) products: (i64, i64),
    pub(super) times: (i64, i64),
    pub(super) values: i64,
}

impl SpreadFactors {
    /// None where they do not fit.
    pub(super) fn of(unit_ms: i64, power: i64) -> Option<SpreadFactors> {
        Some(SpreadFactors {
            products: lowest_terms(unit_ms, power.checked_mul(1_000)?),
            times: lowest_terms(unit_ms.checked_mul(unit_ms)?, 1_000_000),
            values: power.checked_mul(power)?,
        })
    }
}

/// Of positive numbers.
fn lowest_terms(above: i64, below: i64) -> (i64, i64) {
    let divisor = common_divisor(above.unsigned_abs(), below.unsigned_abs());
    let divisor = i64::try_from(divisor).unwrap_or(1).max(1);
    (above / divisor, below / divisor)
}

/// Whether the integers that lines are made of fit 64 bits.
pub(super) struct Bounds {
    pub(super) factors: SlopeFactors,
    /// Units in a span.
    pub(super) times: u128,
    /// Milliseconds between the first sample and the furthest instant that a line is asked for.
    pub(super) reach_ms: u128,
    pub(super) largest: u128,
}

impl Bounds {
    pub(super) fn new(
        samples: &Samples<'_>,
        fixed: Fixed<'_>,
        clock: Clock,
        span_ms: i64,
        ahead_ms: i64,
        steps: Steps,
    ) -> Bounds {
        let ends = [steps.first_ms, steps.last_ms(), samples.times_ms.last().copied().unwrap_or_default()];
        let furthest =
            ends.map(|at_ms| at_ms.abs_diff(clock.origin_ms)).into_iter().max().unwrap_or_default();
        Bounds {
            factors: SlopeFactors::of(clock.unit_ms, fixed.decimals()),
            times: u128::from(span_ms.unsigned_abs() / clock.unit_ms.unsigned_abs()) + 1,
            reach_ms: u128::from(furthest) + u128::from(ahead_ms.unsigned_abs()),
            largest: fixed.largest().unsigned_abs().max(1).into(),
        }
    }

    /// For windows of so many samples.
    ///
    /// A spread is at most half of a range (Popoviciu), and what two quantities have in common at most the product of
    /// their spreads (Cauchy and Schwarz).
    pub(super) fn room(&self, count: usize) -> Room {
        let count = count as u128;
        let (above, below) =
            (self.factors.above.unsigned_abs().into(), self.factors.below.unsigned_abs().into());
        Room::of(&[count, count, self.times, self.largest, above], 2)
            .max(Room::of(&[count, count, self.times, self.times, below], 4))
            .max(Room::of(&[count, self.largest], 1))
            .max(Room::of(&[count, self.reach_ms, 2], 1))
    }

    /// The same with what says how far samples lie from the line.
    pub(super) fn room_with_spread(&self, count: usize, factors: &SpreadFactors) -> Room {
        let room = self.room(count);
        let count = count as u128;
        let magnitude = |number: i64| u128::from(number.unsigned_abs());
        room.max(Room::of(&[count, count, self.times, self.largest, magnitude(factors.products.0)], 2))
            .max(Room::of(&[count, count, self.times, self.times, magnitude(factors.times.0)], 4))
            .max(Room::of(&[count, count, self.largest, self.largest], 1))
            .max(Room::of(&[count, magnitude(factors.products.1)], 1))
            .max(Room::of(&[count, magnitude(factors.times.1)], 1))
            .max(Room::of(&[count, magnitude(factors.values)], 1))
    }
}

/// The sums that a line is made of, modulo 2 to their width.
pub(super) struct TimeSums<W> {
    pub(super) clock: Clock,
    pub(super) times: W,
    /// INVARIANT: fits, because of `WINDOW_SAMPLES_MAX` and `SCALED_MAX`.
    pub(super) values: i64,
    pub(super) time_squares: W,
    pub(super) products: W,
    /// For those who ask how far samples lie from the line.
    pub(super) value_squares: Option<W>,
}

impl<W: Width> TimeSums<W> {
    pub(super) fn new(clock: Clock) -> TimeSums<W> {
        let zero = W::ZERO;
        TimeSums { clock, times: zero, values: 0, time_squares: zero, products: zero, value_squares: None }
    }
}

/// Emits, for each step, what is made of its sums.
pub(super) struct Lines<W, F> {
    pub(super) sums: TimeSums<W>,
    pub(super) emit: F,
}

impl<W: Width, F: FnMut(usize, i64, i64, &TimeSums<W>)> Slide for Lines<W, F> {
    #[inline]
    fn enter(&mut self, at_ms: i64, integer: i64) {
        let sums = &mut self.sums;
        let (time, value) = (W::of(sums.clock.time(at_ms)), W::of(integer));
        sums.times = sums.times.plus(time);
        sums.values = sums.values.wrapping_add(integer);
        sums.time_squares = sums.time_squares.plus(time.times(time));
        sums.products = sums.products.plus(time.times(value));
        sums.value_squares = sums.value_squares.map(|squares| squares.plus(value.times(value)));
    }

    #[inline]
    fn leave(&mut self, at_ms: i64, integer: i64) {
        let sums = &mut self.sums;
        let (time, value) = (W::of(sums.clock.time(at_ms)), W::of(integer));
        sums.times = sums.times.minus(time);
        sums.values = sums.values.wrapping_sub(integer);
        sums.time_squares = sums.time_squares.minus(time.times(time));
        sums.products = sums.products.minus(time.times(value));
        sums.value_squares = sums.value_squares.map(|squares| squares.minus(value.times(value)));
    }

    #[inline]
    fn look(&mut self, step: usize, now_ms: i64, count: i64) {
        (self.emit)(step, now_ms, count, &self.sums);
    }
}
