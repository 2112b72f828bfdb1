//! What the counters of guards are made of. A guard is a question about these records, so a new limit applies to what
//! was.

use std::collections::{BTreeMap, BTreeSet};

use heal_program::{SemanticHash, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Labels, pairs};

/// The records of one policy or shared guard.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct GuardLog {
    /// Run starts, in order of time.
    pub(crate) runs: Vec<RunRecord>,
    /// New firings, in order of time.
    pub(crate) firings: Vec<Timestamp>,
    /// Those of the last of these times: two policies on one detector hear of the same one.
    pub(crate) newest: BTreeSet<SemanticHash>,
    /// The waves that are under way.
    pub(crate) canary: Option<CanaryState>,
}

/// A run start, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunRecord {
    pub(crate) run: SemanticHash,
    /// The whole that it belongs to: itself, unless it is a target of a `for each`.
    pub(crate) whole: SemanticHash,
    pub(crate) policy: String,
    pub(crate) at: Timestamp,
    /// The firing's key, and what guards count apart by.
    pub(crate) labels: Labels,
    /// Entities that it works on, as text.
    pub(crate) targets: BTreeSet<String>,
    /// When it ended, and whether it failed or came to no conclusion; none: it is in flight.
    pub(crate) ended: Option<(Timestamp, bool)>,
    /// Whether all its steps are done, and only the whole that it belongs to is still to be verified.
    pub(crate) released: bool,
}

impl RunRecord {
    /// Whether it stands in the way of a start: it is in flight, and no part of the same whole that has nothing more to do.
    pub(crate) fn is_in_the_way_of(&self, whole: Option<SemanticHash>) -> bool {
        self.ended.is_none() && Some(self.run) != whole && !(self.released && Some(self.whole) == whole)
    }
}

/// Where a canary stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct CanaryState {
    /// Which wave, from 0.
    pub(crate) wave: usize,
    /// How many runs the wave takes: fixed when it begins.
    pub(crate) quota: u64,
    /// The wave's runs.
    pub(crate) started: BTreeSet<SemanticHash>,
    /// Those that passed.
    pub(crate) passed: BTreeSet<SemanticHash>,
    /// When the last of them did.
    pub(crate) passed_at: Option<Timestamp>,
    /// When the last target of an earlier wave did, which had been released before.
    pub(crate) earlier_passed_at: Option<Timestamp>,
    /// Targets of this wave or of earlier ones whose steps are done, each with the whole that is still to be verified: for the
    /// other targets of that they have passed, and for nobody else.
    #[serde(with = "pairs")]
    pub(crate) released: BTreeMap<SemanticHash, SemanticHash>,
    /// Whether one did not: the rest is left to people.
    pub(crate) stopped: bool,
}
