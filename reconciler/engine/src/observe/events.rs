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

/// Looks for what may be forgotten are so many in the time for which it is remembered: beyond a cap whatever comes asks for
/// room, and each look goes through all there is.
const SWEEPS_MAX: i64 = 10;

/// Whether it is time to look again for what may be forgotten, which is remembered for so long.
pub(crate) fn sweeps_again(swept: &mut Option<Timestamp>, now: Timestamp, memory: Millis) -> bool {
    let is_time = swept.is_none_or(|swept| now.since(swept).0.saturating_abs() > memory.0 / SWEEPS_MAX);
    if is_time {
        *swept = Some(now);
    }
    is_time
}

/// All keys of one event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct EventState {
    /// When it happened, by key, in order of time.
    #[serde(with = "pairs")]
    pub(crate) times: BTreeMap<Key, VecDeque<Timestamp>>,
    /// Events dropped since last said, because their key is beyond the cap.
    pub(crate) capped_count: u64,
    /// When it was last looked for keys that nothing looks back to.
    #[serde(default)]
    swept: Option<Timestamp>,
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
            if sweeps_again(&mut self.swept, at, reach) {
                self.times.retain(|_, times| times.back().is_some_and(|last| at.since(*last) <= reach));
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_the_cap_it_is_looked_for_room_now_and_then_and_not_each_time() {
        let mut state = EventState::default();
        let hundred = Millis::from_minutes(100);
        let mut take = |name: &str, minute: i64| {
            let at = Timestamp(Millis::from_minutes(minute).0);
            state.take(&vec![name.to_owned()], at, hundred, (2, Repeats::Count))
        };
        assert_eq!((take("a", 0), take("b", 0)), (Heard::News, Heard::News));
        assert_eq!(take("c", 95), Heard::Dropped);
        assert_eq!(
            take("c", 101),
            Heard::Dropped,
            "nobody looks back to the others, which is seen at the next look"
        );
        assert_eq!(take("c", 106), Heard::News);
        assert_eq!(take("d", 107), Heard::News, "both others were forgotten");
        assert_eq!(take("e", 108), Heard::Dropped);
        assert_eq!(state.capped_count, 3);
    }
}
