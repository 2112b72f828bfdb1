//! The line through samples that are not in fixed point.

use serde::{Deserialize, Serialize};

use crate::{Aggregate, Exact, line::Squares};

/// The least-squares line through a stretch of samples.
///
/// Times are kept as seconds since the first sample, and all squares as distances from the means, so that the size of
/// timestamps and levels costs no digits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoundedLine {
    count: u64,
    first_at_ms: i64,
    mean_time: Exact,
    mean_value: Exact,
    time_squares: Exact,
    value_squares: Exact,
    products: Exact,
}

impl RoundedLine {
    pub(crate) fn count(&self) -> f64 {
        self.count as f64
    }

    pub(crate) fn slope(&self) -> Option<f64> {
        (self.time_squares.0 > 0.0).then(|| self.products.0 / self.time_squares.0)
    }

    pub(crate) fn mean_value(&self) -> f64 {
        self.mean_value.0
    }

    pub(crate) fn since_mean_time(&self, at_ms: i64) -> f64 {
        at_ms.saturating_sub(self.first_at_ms) as f64 / 1_000.0 - self.mean_time.0
    }

    pub(crate) fn squares(&self) -> Squares {
        Squares { products: self.products.0, times: self.time_squares.0, values: self.value_squares.0 }
    }
}

impl Aggregate for RoundedLine {
    fn of(value: f64, at_ms: i64) -> RoundedLine {
        RoundedLine {
            count: 1,
            first_at_ms: at_ms,
            mean_time: Exact(0.0),
            mean_value: Exact(value),
            time_squares: Exact(0.0),
            value_squares: Exact(0.0),
            products: Exact(0.0),
        }
    }

    fn followed_by(&self, later: &RoundedLine) -> RoundedLine {
        let count = self.count + later.count;
        let share = later.count as f64 / count as f64;
        let weight = self.count as f64 * share;
        let apart = later.first_at_ms.saturating_sub(self.first_at_ms) as f64 / 1_000.0;
        let time = apart + later.mean_time.0 - self.mean_time.0;
        let value = later.mean_value.0 - self.mean_value.0;
        RoundedLine {
            count,
            first_at_ms: self.first_at_ms,
            mean_time: Exact(self.mean_time.0 + time * share),
            mean_value: Exact(self.mean_value.0 + value * share),
            time_squares: Exact(self.time_squares.0 + later.time_squares.0 + time * time * weight),
            value_squares: Exact(self.value_squares.0 + later.value_squares.0 + value * value * weight),
            products: Exact(self.products.0 + later.products.0 + time * value * weight),
        }
    }
}
