//! The straight line through samples.

use serde::{Deserialize, Serialize};

use crate::{Aggregate, Exact};

/// Standard deviations to either side in which 95 of 100 samples lie, were the errors normal.
const DEVIATIONS: f64 = 1.96;

/// The least-squares line through a stretch of samples, with how far they lie from it.
///
/// Times are kept as seconds since the first sample, and all squares as distances from the means, so that the size of
/// timestamps and levels costs no digits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    count: u64,
    first_at_ms: i64,
    mean_time: Exact,
    mean_value: Exact,
    time_squares: Exact,
    value_squares: Exact,
    products: Exact,
}

/// What a line says of an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// The value on the line.
    pub value: f64,
    /// The lower end of where 95 of 100 samples lie.
    pub lower: f64,
    /// The upper end of where 95 of 100 samples lie.
    pub upper: f64,
}

impl Line {
    /// Change a second; none with fewer than two samples.
    #[must_use]
    pub fn slope(&self) -> Option<f64> {
        (self.time_squares.0 > 0.0).then(|| self.products.0 / self.time_squares.0)
    }

    /// The value on the line at an instant; none with fewer than two samples.
    #[must_use]
    pub fn value(&self, at_ms: i64) -> Option<f64> {
        Some(self.mean_value.0 + self.slope()? * self.since_mean_time(at_ms))
    }

    /// Value and spread at an instant; none with fewer than three samples, which say nothing of a spread.
    #[must_use]
    pub fn forecast(&self, at_ms: i64) -> Option<Forecast> {
        let value = self.value(at_ms)?;
        let freedom = self.count.checked_sub(2).filter(|freedom| *freedom > 0)? as f64;
        let explained = self.products.0 * self.products.0 / self.time_squares.0;
        let residual = ((self.value_squares.0 - explained).max(0.0) / freedom).sqrt();
        let away = self.since_mean_time(at_ms);
        let widening = 1.0 + 1.0 / self.count as f64 + away * away / self.time_squares.0;
        let spread = DEVIATIONS * residual * widening.sqrt();
        Some(Forecast { value, lower: value - spread, upper: value + spread })
    }

    /// How many seconds after `at_ms` the line is at `threshold`; 0 where it is there, none where it is further than
    /// `ahead_ms` away or behind.
    #[must_use]
    pub fn seconds_to(&self, threshold: f64, at_ms: i64, ahead_ms: i64) -> Option<f64> {
        let way = threshold - self.value(at_ms)?;
        if way == 0.0 {
            return Some(0.0);
        }
        let seconds = way / self.slope()?;
        (seconds >= 0.0 && seconds <= ahead_ms as f64 / 1_000.0).then_some(seconds)
    }

    fn since_mean_time(&self, at_ms: i64) -> f64 {
        at_ms.saturating_sub(self.first_at_ms) as f64 / 1_000.0 - self.mean_time.0
    }
}

impl Aggregate for Line {
    fn of(value: f64, at_ms: i64) -> Line {
        Line {
            count: 1,
            first_at_ms: at_ms,
            mean_time: Exact(0.0),
            mean_value: Exact(value),
            time_squares: Exact(0.0),
            value_squares: Exact(0.0),
            products: Exact(0.0),
        }
    }

    fn followed_by(&self, later: &Line) -> Line {
        let count = self.count + later.count;
        let share = later.count as f64 / count as f64;
        let weight = self.count as f64 * share;
        let apart = later.first_at_ms.saturating_sub(self.first_at_ms) as f64 / 1_000.0;
        let time = apart + later.mean_time.0 - self.mean_time.0;
        let value = later.mean_value.0 - self.mean_value.0;
        Line {
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
