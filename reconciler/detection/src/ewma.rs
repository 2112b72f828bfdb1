//! The exponentially weighted mean.

use serde::{Deserialize, Serialize};

use crate::Exact;

/// A mean in which a sample weighs half as much as one that is a half-life newer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ewma {
    half_life_ms: i64,
    last_at_ms: Option<i64>,
    /// Sum of the values, each with its weight.
    values: Exact,
    /// Sum of the weights.
    weights: Exact,
}

impl Ewma {
    /// A mean of nothing yet.
    #[must_use]
    pub fn new(half_life_ms: i64) -> Ewma {
        Ewma { half_life_ms, last_at_ms: None, values: Exact(0.0), weights: Exact(0.0) }
    }

    /// Adds a sample, which must not be older than those before it.
    pub fn push(&mut self, at_ms: i64, value: f64) {
        let kept = self.last_at_ms.map_or(0.0, |last_at_ms| {
            let age = at_ms.saturating_sub(last_at_ms) as f64 / self.half_life_ms.max(1) as f64;
            (-age).exp2()
        });
        self.values = Exact(self.values.0 * kept + value);
        self.weights = Exact(self.weights.0 * kept + 1.0);
        self.last_at_ms = Some(at_ms);
    }

    /// The mean; none when no sample came in the last half-life.
    #[must_use]
    pub fn value(&self, now_ms: i64) -> Option<f64> {
        let last_at_ms = self.last_at_ms?;
        (last_at_ms > now_ms.saturating_sub(self.half_life_ms)).then(|| self.values.0 / self.weights.0)
    }
}
