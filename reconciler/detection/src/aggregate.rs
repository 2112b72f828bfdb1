//! Statistics that can be put together from those of two neighbouring stretches of samples.

use serde::{Deserialize, Serialize};

use crate::{Exact, Sum};

/// A statistic of a stretch of samples. Putting stretches together is associative up to rounding, and the order of
/// the operations depends on the samples alone, so equal samples give equal bits.
pub trait Aggregate: Clone {
    /// The statistic of one sample.
    fn of(value: f64, at_ms: i64) -> Self;
    /// The statistic of this stretch and the one that follows it.
    #[must_use]
    fn followed_by(&self, later: &Self) -> Self;
}

/// Count, sum, extremes and spread.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    count: u64,
    sum: Sum,
    min: Exact,
    max: Exact,
    mean: Exact,
    /// Sum of the squares of the distances from the mean.
    squares: Exact,
}

impl Moments {
    /// Number of samples.
    #[must_use]
    pub fn count(&self) -> f64 {
        self.count as f64
    }

    /// Sum of the samples.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.sum.value()
    }

    /// Arithmetic mean.
    #[must_use]
    pub fn avg(&self) -> f64 {
        self.sum.value() / self.count as f64
    }

    /// Smallest sample.
    #[must_use]
    pub fn min(&self) -> f64 {
        self.min.0
    }

    /// Largest sample.
    #[must_use]
    pub fn max(&self) -> f64 {
        self.max.0
    }

    /// Population standard deviation; exactly 0 where all samples are equal.
    #[must_use]
    pub fn stddev(&self) -> f64 {
        (self.squares.0 / self.count as f64).sqrt()
    }
}

impl Aggregate for Moments {
    fn of(value: f64, _at_ms: i64) -> Moments {
        Moments {
            count: 1,
            sum: Sum::of(value),
            min: Exact(value),
            max: Exact(value),
            mean: Exact(value),
            squares: Exact(0.0),
        }
    }

    /// The spread by Chan, Golub and LeVeque ("Updating formulae and a pairwise algorithm for computing sample
    /// variances", 1979): nothing large is ever subtracted from something large.
    fn followed_by(&self, later: &Moments) -> Moments {
        let count = self.count + later.count;
        let distance = later.mean.0 - self.mean.0;
        let share = later.count as f64 / count as f64;
        let between = distance * distance * self.count as f64 * share;
        Moments {
            count,
            sum: self.sum.plus(later.sum),
            min: Exact(self.min.0.min(later.min.0)),
            max: Exact(self.max.0.max(later.max.0)),
            mean: Exact(self.mean.0 + distance * share),
            squares: Exact(self.squares.0 + later.squares.0 + between),
        }
    }
}

/// The way of a counter: what it grew by, with resets.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CounterSteps {
    first_at_ms: i64,
    last_at_ms: i64,
    first: Exact,
    last: Exact,
    increase: Sum,
}

impl CounterSteps {
    /// Increase a second between the first and the last sample; none with fewer than two samples.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        let seconds = self.last_at_ms.saturating_sub(self.first_at_ms) as f64 / 1_000.0;
        (seconds > 0.0).then(|| self.increase.value() / seconds)
    }
}

impl Aggregate for CounterSteps {
    fn of(value: f64, at_ms: i64) -> CounterSteps {
        CounterSteps {
            first_at_ms: at_ms,
            last_at_ms: at_ms,
            first: Exact(value),
            last: Exact(value),
            increase: Sum::ZERO,
        }
    }

    fn followed_by(&self, later: &CounterSteps) -> CounterSteps {
        // A step down is a restart of the counter from zero: what it shows now is what it grew by since.
        let step = if later.first.0 >= self.last.0 {
            Sum::of(later.first.0).plus(Sum::of(-self.last.0))
        } else {
            Sum::of(later.first.0)
        };
        CounterSteps {
            first_at_ms: self.first_at_ms,
            last_at_ms: later.last_at_ms,
            first: self.first,
            last: later.last,
            increase: self.increase.plus(step).plus(later.increase),
        }
    }
}
