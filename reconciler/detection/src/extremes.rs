//! The smallest and the largest sample of the last while.

use std::{cmp::Ordering, collections::VecDeque};

use serde::{Deserialize, Serialize};

use crate::Exact;

/// The extremes of the samples of the last `span_ms`, in O(1) amortised a sample.
///
/// Of the samples only those are kept that no newer one outdoes: the oldest of them is the extreme. Minus zero is below
/// zero.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extremes {
    span_ms: i64,
    /// Oldest first, rising.
    minima: VecDeque<(i64, Exact)>,
    /// Oldest first, falling.
    maxima: VecDeque<(i64, Exact)>,
}

impl Extremes {
    /// An empty window.
    #[must_use]
    pub fn new(span_ms: i64) -> Extremes {
        Extremes { span_ms, minima: VecDeque::new(), maxima: VecDeque::new() }
    }

    /// Adds a sample, which must not be older than those before it.
    pub fn push(&mut self, at_ms: i64, value: f64) {
        let open_start_ms = at_ms.saturating_sub(self.span_ms);
        for (kept, outdone) in [(&mut self.minima, Ordering::Greater), (&mut self.maxima, Ordering::Less)] {
            while kept.pop_front_if(|(oldest, _)| *oldest <= open_start_ms).is_some() {}
            let is_outdone =
                |other: f64| matches!(other.total_cmp(&value), order if order == outdone || order.is_eq());
            while kept.pop_back_if(|(_, other)| is_outdone(other.0)).is_some() {}
            kept.push_back((at_ms, Exact(value)));
        }
    }

    /// The smallest sample in `(now - span, now]`; none when there are none. `now` is not before the newest.
    #[must_use]
    pub fn min(&self, now_ms: i64) -> Option<f64> {
        self.oldest(&self.minima, now_ms)
    }

    /// The largest sample in `(now - span, now]`; none when there are none. `now` is not before the newest.
    #[must_use]
    pub fn max(&self, now_ms: i64) -> Option<f64> {
        self.oldest(&self.maxima, now_ms)
    }

    fn oldest(&self, kept: &VecDeque<(i64, Exact)>, now_ms: i64) -> Option<f64> {
        let open_start_ms = now_ms.saturating_sub(self.span_ms);
        let (at_ms, value) = kept.front()?;
        if *at_ms > open_start_ms {
            return Some(value.0);
        }
        let inside = kept.partition_point(|(at_ms, _)| *at_ms <= open_start_ms);
        kept.get(inside).map(|(_, value)| value.0)
    }
}
