//! The line through samples in fixed point.

use crate::{
    fixed::power_of_ten,
    fixed_window::{FixedSums, Stretch},
    line::Squares,
    ratio::ratio,
};

/// The line as the integers that its parts are ratios of. Each part is the double next to the rational number that its
/// definition gives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExactLine {
    pub(crate) count: i64,
    pub(crate) decimals: u32,
    /// What times are counted in.
    pub(crate) unit_ms: i64,
    /// Where times are counted from.
    pub(crate) origin_ms: i64,
    pub(crate) sums: LineSums,
}

/// Sums over times and integers.
#[derive(Clone, Copy, Debug, Default)]
pub struct LineSums {
    pub(crate) times: i128,
    pub(crate) values: i128,
    pub(crate) time_squares: i128,
    pub(crate) value_squares: i128,
    pub(crate) products: i128,
}

impl ExactLine {
    pub(crate) fn of(stretch: &Stretch<LineSums>) -> ExactLine {
        let Stretch { count, decimals, sums, .. } = *stretch;
        ExactLine { count, decimals, unit_ms: 1, origin_ms: 0, sums }
    }

    pub(crate) fn count(&self) -> f64 {
        self.count as f64
    }

    pub(crate) fn slope(&self) -> Option<f64> {
        let (products, times, _) = self.distances();
        let SlopeFactors { above, below } = SlopeFactors::of(self.unit_ms, self.decimals);
        (times > 0).then(|| ratio(products * i128::from(above), times * i128::from(below)))
    }

    pub(crate) fn mean_value(&self) -> f64 {
        ratio(self.sums.values, i128::from(self.count) * self.power())
    }

    pub(crate) fn since_mean_time(&self, at_ms: i64) -> f64 {
        let count = i128::from(self.count);
        let away_ms = count * (i128::from(at_ms) - i128::from(self.origin_ms))
            - self.sums.times * i128::from(self.unit_ms);
        ratio(away_ms, count * 1_000)
    }

    pub(crate) fn squares(&self) -> Squares {
        let (products, times, values) = self.distances();
        let (count, unit_ms, power) = (i128::from(self.count), i128::from(self.unit_ms), self.power());
        Squares {
            products: ratio(products * unit_ms, count * 1_000 * power),
            times: ratio(times * unit_ms * unit_ms, count * 1_000_000),
            values: ratio(values, count * power * power),
        }
    }

    /// The products and squares of distances from the means, times the count.
    fn distances(&self) -> (i128, i128, i128) {
        let LineSums { times, values, time_squares, value_squares, products } = self.sums;
        let times_count = |sum: i128| i128::from(self.count).wrapping_mul(sum);
        (
            times_count(products).wrapping_sub(times.wrapping_mul(values)),
            times_count(time_squares).wrapping_sub(times.wrapping_mul(times)),
            times_count(value_squares).wrapping_sub(values.wrapping_mul(values)),
        )
    }

    fn power(&self) -> i128 {
        i128::from(power_of_ten(self.decimals))
    }
}

/// What makes a slope a second of one a unit of time and scaled value: 1000 over unit times power, in lowest terms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SlopeFactors {
    pub(crate) above: i64,
    pub(crate) below: i64,
}

impl SlopeFactors {
    pub(crate) fn of(unit_ms: i64, decimals: u32) -> SlopeFactors {
        // INVARIANT: no overflow. A unit divides what is less than a span of `LINE_SPAN_MS_MAX` = 2^35 ms, or is 1.
        let (mut above, mut below) = (1_000, i128::from(unit_ms) * i128::from(power_of_ten(decimals)));
        for factor in [2, 2, 2, 5, 5, 5] {
            if above % factor == 0 && below % i128::from(factor) == 0 {
                (above, below) = (above / factor, below / i128::from(factor));
            }
        }
        SlopeFactors { above, below: i64::try_from(below).unwrap_or(i64::MAX) }
    }
}

impl FixedSums for LineSums {
    fn take(&mut self, at_ms: i64, integer: i64, _previous: Option<i64>) -> LineSums {
        let before = *self;
        let (time, value) = (i128::from(at_ms), i128::from(integer));
        self.times = self.times.wrapping_add(time);
        self.values = self.values.wrapping_add(value);
        self.time_squares = self.time_squares.wrapping_add(time * time);
        self.value_squares = self.value_squares.wrapping_add(value * value);
        self.products = self.products.wrapping_add(time * value);
        before
    }

    fn since(self, start: LineSums) -> LineSums {
        LineSums {
            times: self.times.wrapping_sub(start.times),
            values: self.values.wrapping_sub(start.values),
            time_squares: self.time_squares.wrapping_sub(start.time_squares),
            value_squares: self.value_squares.wrapping_sub(start.value_squares),
            products: self.products.wrapping_sub(start.products),
        }
    }

    fn times(self, factor: i64) -> LineSums {
        let factor = i128::from(factor);
        LineSums {
            times: self.times,
            values: self.values.wrapping_mul(factor),
            time_squares: self.time_squares,
            value_squares: self.value_squares.wrapping_mul(factor * factor),
            products: self.products.wrapping_mul(factor),
        }
    }
}
