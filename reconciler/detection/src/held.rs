//! Samples held as they are: what a signal was some time ago, and what it changed by.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::Exact;

/// The samples of the last `span_ms`, and the newest one before them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    span_ms: i64,
    samples: VecDeque<(i64, Exact)>,
}

impl Held {
    /// Nothing held yet.
    #[must_use]
    pub fn new(span_ms: i64) -> Held {
        Held { span_ms, samples: VecDeque::new() }
    }

    /// Adds a sample, which must not be older than those before it.
    pub fn push(&mut self, at_ms: i64, value: f64) {
        self.samples.push_back((at_ms, Exact(value)));
        let open_start_ms = at_ms.saturating_sub(self.span_ms);
        while self.samples.get(1).is_some_and(|(second_at_ms, _)| *second_at_ms <= open_start_ms) {
            self.samples.pop_front();
        }
    }

    /// The newest sample at or before `now - span`, with its time.
    #[must_use]
    pub fn before_span(&self, now_ms: i64) -> Option<(i64, f64)> {
        let before = self.until(now_ms.saturating_sub(self.span_ms)).checked_sub(1)?;
        self.samples.get(before).map(|(at_ms, value)| (*at_ms, value.0))
    }

    /// The last sample in `(now - span, now]` less the first one; none with fewer than two.
    #[must_use]
    pub fn delta(&self, now_ms: i64) -> Option<f64> {
        let first = self.until(now_ms.saturating_sub(self.span_ms));
        let last = self.samples.len().checked_sub(1).filter(|last| *last > first)?;
        Some(self.samples.get(last)?.1.0 - self.samples.get(first)?.1.0)
    }

    /// How many of the samples are not after `at_ms`.
    fn until(&self, at_ms: i64) -> usize {
        self.samples.partition_point(|(sample_at_ms, _)| *sample_at_ms <= at_ms)
    }
}
