//! The series of one signal, as those see them who look at one lateness.
//!
//! A step at `t` sees the samples up to `t` and no others, and is evaluated at `t` + lateness. Conditions of different
//! lateness therefore see a signal at different times; each of them has a lane of its own.

use std::collections::BTreeMap;

use heal_program::{Millis, Signal, Timestamp};
use serde::{Deserialize, Serialize};

use super::{KernelSpec, SeriesState, series::Taken};
use crate::{Key, pairs};

/// How long a key that went silent is remembered, beyond what anything looks back: then it begins anew, and makes room
/// for others under the cap.
pub const SILENT_KEY_MEMORY: Millis = Millis(86_400_000);

/// What is counted of a signal's samples, whoever reads them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SignalState {
    /// Samples dropped since last said, because their key is beyond the cap.
    pub(crate) capped_count: u64,
    /// Samples dropped since last said, because they came after a later one had been used.
    pub(crate) late_count: u64,
    /// Samples since last said that came after their step, and entered later ones.
    #[serde(default)]
    pub(crate) behind_count: u64,
}

/// All keys of one signal, for one lateness.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LaneState {
    /// By key.
    #[serde(with = "pairs")]
    pub(crate) series: BTreeMap<Key, SeriesState>,
    /// Samples up to here have entered last values and kernels.
    advanced: Timestamp,
    /// When it was last looked for silent keys.
    swept: Timestamp,
}

/// How lines are counted of a log that lives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    /// In spans of this length.
    pub(crate) every: Millis,
    /// Since when it lives.
    pub(crate) since: Timestamp,
    /// How far back anything looks.
    pub(crate) reach: Millis,
}

impl Default for LaneState {
    fn default() -> LaneState {
        LaneState { series: BTreeMap::new(), advanced: Timestamp::MIN, swept: Timestamp::MIN }
    }
}

impl LaneState {
    /// Takes a sample in; whether its key is new.
    pub(crate) fn take(
        &mut self,
        signal: &Signal,
        specs: &[KernelSpec],
        key: &Key,
        (at, value): (Timestamp, f64),
        counts: &mut SignalState,
    ) -> bool {
        if let Some(series) = self.series.get_mut(key) {
            match series.take(at, value) {
                Taken::Late => counts.late_count += 1,
                Taken::Waits if at <= self.advanced => counts.behind_count += 1,
                Taken::Waits | Taken::History => {}
            }
            return false;
        }
        if self.series.len() >= signal.keys_max as usize {
            counts.capped_count += 1;
            return false;
        }
        let mut series = SeriesState::new(at, specs);
        series.take(at, value);
        self.series.insert(key.clone(), series);
        true
    }

    /// Moves the samples up to and including `at` into last values and kernels. A count that lives is 0 where nothing was
    /// told of a key.
    pub(crate) fn advance(
        &mut self,
        at: Timestamp,
        counted: Option<Counted>,
        is_disturbed: impl Fn(&Key, Timestamp) -> bool,
    ) {
        if at <= self.advanced {
            return;
        }
        self.advanced = at;
        for (key, series) in &mut self.series {
            if let Some(Counted { every, since, reach }) = counted {
                series.count_nothing(at, every, since, at.minus(reach));
            }
            series.advance(at, |sampled| is_disturbed(key, sampled));
        }
    }

    /// Forgets keys that nothing can tell any more from ones that never were; whether there were any. `reach` is how far
    /// back anything looks.
    pub(crate) fn sweep(&mut self, now: Timestamp, reach: Millis) -> bool {
        let memory = Millis(reach.0.saturating_add(SILENT_KEY_MEMORY.0));
        if now.since(self.swept) < SILENT_KEY_MEMORY {
            return false;
        }
        self.swept = now;
        let before = self.series.len();
        self.series.retain(|_, series| now.since(series.heard()) <= memory);
        self.series.len() < before
    }

    /// The same lane for a program that needs other kernels.
    pub(crate) fn with_kernels(mut self, now: Timestamp, specs: &[KernelSpec]) -> LaneState {
        let series = std::mem::take(&mut self.series);
        self.series =
            series.into_iter().map(|(key, series)| (key, series.with_kernels(now, specs))).collect();
        self
    }
}
