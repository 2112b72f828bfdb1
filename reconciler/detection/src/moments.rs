//! Count, sum, mean and spread.

use serde::{Deserialize, Serialize};

use crate::{
    Aggregate, Exact, Statistic, Sum,
    fixed::power_of_ten,
    fixed_window::{FixedSums, Stretch},
    ratio::ratio,
};

/// Count, sum, mean and spread of the samples of a window.
#[derive(Clone, Copy, Debug)]
pub struct Moments(Form);

#[derive(Clone, Copy, Debug)]
enum Form {
    Fixed { count: i64, power: i64, sums: MomentSums },
    Rounded(RoundedMoments),
}

impl Moments {
    /// Number of samples.
    #[must_use]
    pub fn count(&self) -> f64 {
        match &self.0 {
            Form::Fixed { count, .. } => *count as f64,
            Form::Rounded(moments) => moments.count as f64,
        }
    }

    /// Sum of the samples.
    #[must_use]
    pub fn sum(&self) -> f64 {
        match &self.0 {
            Form::Fixed { power, sums, .. } => ratio(sums.sum, i128::from(*power)),
            Form::Rounded(moments) => moments.sum.value(),
        }
    }

    /// Arithmetic mean.
    #[must_use]
    pub fn avg(&self) -> f64 {
        match &self.0 {
            Form::Fixed { count, power, sums } => ratio(sums.sum, i128::from(*count) * i128::from(*power)),
            Form::Rounded(moments) => moments.sum.value() / moments.count as f64,
        }
    }

    /// Population standard deviation; exactly 0 where all samples are equal.
    #[must_use]
    pub fn stddev(&self) -> f64 {
        match &self.0 {
            Form::Fixed { count, power, sums } => {
                let (count, power) = (i128::from(*count), i128::from(*power));
                let spread = count.wrapping_mul(sums.squares).wrapping_sub(sums.sum.wrapping_mul(sums.sum));
                ratio(spread, count * count * power * power).sqrt()
            }
            Form::Rounded(moments) => (moments.squares.0 / moments.count as f64).sqrt(),
        }
    }
}

impl Statistic for Moments {
    type Sums = MomentSums;
    type Rounded = RoundedMoments;

    fn of_fixed(stretch: &Stretch<MomentSums>) -> Moments {
        let power = power_of_ten(stretch.decimals);
        Moments(Form::Fixed { count: stretch.count, power, sums: stretch.sums })
    }

    fn of_rounded(rounded: RoundedMoments) -> Moments {
        Moments(Form::Rounded(rounded))
    }
}

/// Sum of integers and of their squares.
#[derive(Clone, Copy, Debug, Default)]
pub struct MomentSums {
    sum: i128,
    squares: i128,
}

impl FixedSums for MomentSums {
    fn take(&mut self, _at_ms: i64, integer: i64, _previous: Option<i64>) -> MomentSums {
        let before = *self;
        let integer = i128::from(integer);
        self.sum = self.sum.wrapping_add(integer);
        self.squares = self.squares.wrapping_add(integer * integer);
        before
    }

    fn since(self, start: MomentSums) -> MomentSums {
        MomentSums {
            sum: self.sum.wrapping_sub(start.sum),
            squares: self.squares.wrapping_sub(start.squares),
        }
    }

    fn times(self, factor: i64) -> MomentSums {
        let factor = i128::from(factor);
        MomentSums { sum: self.sum.wrapping_mul(factor), squares: self.squares.wrapping_mul(factor * factor) }
    }
}

/// The same of doubles.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoundedMoments {
    count: u64,
    sum: Sum,
    mean: Exact,
    /// Sum of the squares of the distances from the mean.
    squares: Exact,
}

impl Aggregate for RoundedMoments {
    fn of(value: f64, _at_ms: i64) -> RoundedMoments {
        RoundedMoments { count: 1, sum: Sum::of(value), mean: Exact(value), squares: Exact(0.0) }
    }

    /// The spread by Chan, Golub and LeVeque ("Updating formulae and a pairwise algorithm for computing sample
    /// variances", 1979): nothing large is ever subtracted from something large.
    fn followed_by(&self, later: &RoundedMoments) -> RoundedMoments {
        let count = self.count + later.count;
        let distance = later.mean.0 - self.mean.0;
        let share = later.count as f64 / count as f64;
        let between = distance * distance * self.count as f64 * share;
        RoundedMoments {
            count,
            sum: self.sum.plus(later.sum),
            mean: Exact(self.mean.0 + distance * share),
            squares: Exact(self.squares.0 + later.squares.0 + between),
        }
    }
}
