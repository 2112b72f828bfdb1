//! A sliding window that never subtracts.

use serde::{Deserialize, Serialize};

use crate::{Aggregate, Exact};

/// Samples of the last `span_ms`, with their statistic in O(1) amortised a sample.
///
/// Two stacks (Tangwongsan, Hirzel, Schneider: "Low-latency sliding-window aggregation in worst-case constant
/// time", DEBS 2017, section 2): new samples go to the back, whose statistic grows by one; the oldest leave from the
/// front, which holds for each sample the statistic from it to the front's end. When the front is empty the back is
/// turned into it. Nothing is ever subtracted, so no cancellation can build up, however long the series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SlidingWindow<A> {
    span_ms: i64,
    /// Oldest last, each with the statistic from itself to the front's newest.
    front: Vec<(i64, A)>,
    /// Oldest first.
    back: Vec<(i64, Exact)>,
    back_statistic: Option<A>,
}

impl<A: Aggregate> SlidingWindow<A> {
    /// An empty window.
    pub(crate) fn new(span_ms: i64) -> SlidingWindow<A> {
        SlidingWindow { span_ms, front: Vec::new(), back: Vec::new(), back_statistic: None }
    }

    /// Adds a sample, which must not be older than those before it.
    ///
    /// Only this changes the window, so its state, and with it every rounding, depends on the samples alone and not
    /// on when somebody looked.
    pub(crate) fn push(&mut self, at_ms: i64, value: f64) {
        self.drop_until(at_ms.saturating_sub(self.span_ms));
        let one = A::of(value, at_ms);
        self.back.push((at_ms, Exact(value)));
        self.back_statistic = Some(match &self.back_statistic {
            Some(earlier) => earlier.followed_by(&one),
            None => one,
        });
    }

    /// The statistic of the samples in `(now - span, now]`; none when there are none. `now` is not before the newest.
    pub(crate) fn statistic(&self, now_ms: i64) -> Option<A> {
        let open_start_ms = now_ms.saturating_sub(self.span_ms);
        let inside = self.front.partition_point(|(at_ms, _)| *at_ms > open_start_ms);
        let front = inside.checked_sub(1).and_then(|oldest| self.front.get(oldest));
        match (front, &self.back_statistic, self.back.first()) {
            (Some((_, front)), Some(back), _) => Some(front.followed_by(back)),
            (Some((_, front)), None, _) => Some(front.clone()),
            (None, back, Some((oldest_at_ms, _))) if *oldest_at_ms > open_start_ms => back.clone(),
            // Nobody pushed for as long as the front lasts: the rare case of a gap pays for itself.
            (None, _, _) => suffix_statistics::<A>(&self.back, open_start_ms)
                .last()
                .map(|(_, statistic)| statistic.clone()),
        }
    }

    fn drop_until(&mut self, open_start_ms: i64) {
        while self.front.last().is_some_and(|(at_ms, _)| *at_ms <= open_start_ms) {
            self.front.pop();
        }
        let back_expired = self.back.first().is_some_and(|(at_ms, _)| *at_ms <= open_start_ms);
        if self.front.is_empty() && back_expired {
            self.front = suffix_statistics(&self.back, open_start_ms);
            self.back.clear();
            self.back_statistic = None;
        }
    }
}

/// For each sample after `open_start_ms`, newest first, the statistic from it to the newest.
fn suffix_statistics<A: Aggregate>(samples: &[(i64, Exact)], open_start_ms: i64) -> Vec<(i64, A)> {
    let mut statistics: Vec<(i64, A)> = Vec::new();
    for (at_ms, value) in samples.iter().rev().take_while(|(at_ms, _)| *at_ms > open_start_ms) {
        let one = A::of(value.0, *at_ms);
        let from_here = match statistics.last() {
            Some((_, later)) => one.followed_by(later),
            None => one,
        };
        statistics.push((*at_ms, from_here));
    }
    statistics
}
