//! The way of a counter: what it grew by, with resets.

use serde::{Deserialize, Serialize};

use crate::{
    Aggregate, Exact, Statistic, Sum,
    fixed::power_of_ten,
    fixed_window::{FixedSums, Stretch},
    ratio::ratio,
};

/// What a counter grew by over the samples of a window. A step down is a restart of the counter from zero: what it
/// shows then is what it grew by since.
#[derive(Clone, Copy, Debug)]
pub struct Counter(Form);

#[derive(Clone, Copy, Debug)]
enum Form {
    Fixed(Stretch<CounterSums>),
    Rounded(RoundedCounter),
}

impl Counter {
    /// Increase between the first and the last sample: the sum of the steps.
    #[must_use]
    pub fn steps(&self) -> f64 {
        match &self.0 {
            Form::Fixed(stretch) => ratio(stretch.sums.increase, i128::from(power_of_ten(stretch.decimals))),
            Form::Rounded(counter) => counter.increase.value(),
        }
    }

    /// Increase a second between the first and the last sample; none with fewer than two samples.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        match &self.0 {
            Form::Fixed(stretch) => {
                let apart_ms = i128::from(stretch.last_at_ms) - i128::from(stretch.first_at_ms);
                let per = apart_ms * i128::from(power_of_ten(stretch.decimals));
                (apart_ms > 0).then(|| ratio(stretch.sums.increase * 1_000, per))
            }
            Form::Rounded(counter) => {
                let seconds = counter.last_at_ms.saturating_sub(counter.first_at_ms) as f64 / 1_000.0;
                (seconds > 0.0).then(|| counter.increase.value() / seconds)
            }
        }
    }
}

impl Statistic for Counter {
    type Sums = CounterSums;
    type Rounded = RoundedCounter;

    fn of_fixed(stretch: &Stretch<CounterSums>) -> Counter {
        Counter(Form::Fixed(*stretch))
    }

    fn of_rounded(rounded: RoundedCounter) -> Counter {
        Counter(Form::Rounded(rounded))
    }
}

/// What a counter grows by when it shows `to` after `from`.
#[inline]
pub(crate) fn step(from: i64, to: i64) -> i64 {
    if to >= from { to - from } else { to }
}

/// Sum of the steps.
#[derive(Clone, Copy, Debug, Default)]
pub struct CounterSums {
    increase: i128,
}

impl FixedSums for CounterSums {
    /// The step to a window's first sample is none of its steps.
    fn take(&mut self, _at_ms: i64, integer: i64, previous: Option<i64>) -> CounterSums {
        let step = previous.map_or(0, |previous| step(previous, integer));
        self.increase = self.increase.wrapping_add(i128::from(step));
        *self
    }

    fn since(self, start: CounterSums) -> CounterSums {
        CounterSums { increase: self.increase.wrapping_sub(start.increase) }
    }

    fn times(self, factor: i64) -> CounterSums {
        CounterSums { increase: self.increase.wrapping_mul(i128::from(factor)) }
    }
}

/// The same of doubles.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoundedCounter {
    first_at_ms: i64,
    last_at_ms: i64,
    first: Exact,
    last: Exact,
    increase: Sum,
}

impl Aggregate for RoundedCounter {
    fn of(value: f64, at_ms: i64) -> RoundedCounter {
        RoundedCounter {
            first_at_ms: at_ms,
            last_at_ms: at_ms,
            first: Exact(value),
            last: Exact(value),
            increase: Sum::ZERO,
        }
    }

    fn followed_by(&self, later: &RoundedCounter) -> RoundedCounter {
        let step = if later.first.0 >= self.last.0 {
            Sum::of(later.first.0).plus(Sum::of(-self.last.0))
        } else {
            Sum::of(later.first.0)
        };
        RoundedCounter {
            first_at_ms: self.first_at_ms,
            last_at_ms: later.last_at_ms,
            first: self.first,
            last: later.last,
            increase: self.increase.plus(step).plus(later.increase),
        }
    }
}
