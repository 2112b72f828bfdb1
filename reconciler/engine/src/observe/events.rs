//! Events that happened.

use std::collections::{BTreeMap, VecDeque};

use heal_program::{Millis, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Key, pairs};

/// Most events of one key that are remembered: a count that is higher is said as this.
const EVENTS_MAX: usize = 10_000;

/// What another event of the same key and time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeats {
    /// One more.
    Count,
    /// The same, told twice.
    Drop,
}

/// What came of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The first of its key and time.
    News,
    /// It counts, beside others of its key and time.
    Again,
    /// It is the same that was told before, or its key is beyond the cap.
    Dropped,
}

/// All keys of one event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct EventState {
    /// When it happened, by key, in order of time.
    #[serde(with = "pairs")]
    pub(crate) times: BTreeMap<Key, VecDeque<Timestamp>>,
    /// Events dropped since last said, because their key is beyond the cap.
    pub(crate) capped_count: u64,
}

impl EventState {
    /// Takes an event in, and forgets what nothing looks back to.
    pub(crate) fn take(
        &mut self,
        key: &Key,
        at: Timestamp,
        reach: Millis,
        (keys_max, repeats): (u32, Repeats),
    ) -> Heard {
        if !self.times.contains_key(key) && self.times.len() >= keys_max as usize {
            self.times.retain(|_, times| times.back().is_some_and(|last| at.since(*last) <= reach));
            if self.times.len() >= keys_max as usize {
                self.capped_count += 1;
                return Heard::Dropped;
            }
        }
        let times = self.times.entry(key.clone()).or_default();
        let place = times.partition_point(|other| *other < at);
        let is_repeated = times.get(place) == Some(&at);
        if is_repeated && repeats == Repeats::Drop {
            return Heard::Dropped;
        }
        times.insert(place, at);
        while times.len() > EVENTS_MAX || times.front().is_some_and(|first| at.since(*first) > reach) {
            times.pop_front();
        }
        if is_repeated { Heard::Again } else { Heard::News }
    }

    /// How many happened in `(now - span, now]`.
    pub(crate) fn count(&self, key: &Key, span: Millis, now: Timestamp) -> usize {
        let Some(times) = self.times.get(key) else { return 0 };
        let until = times.partition_point(|at| *at <= now);
        let before = times.partition_point(|at| *at <= now.minus(span));
        until.saturating_sub(before)
    }
}
