//! What the counters of guards are made of. A guard is a question about these records, so a new limit applies to what
//! was.

use std::collections::BTreeSet;

use heal_program::{SemanticHash, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Labels;

/// The records of one policy or shared guard.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct GuardLog {
    /// Run starts, in order of time.
    pub(crate) runs: Vec<RunRecord>,
    /// New firings, in order of time.
    pub(crate) firings: Vec<Timestamp>,
    /// The waves that are under way.
    pub(crate) canary: Option<CanaryState>,
}

/// A run start, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunRecord {
    pub(crate) run: SemanticHash,
    pub(crate) at: Timestamp,
    /// The firing's key, and what guards count apart by.
    pub(crate) labels: Labels,
    /// Entities that it works on, as text.
    pub(crate) targets: BTreeSet<String>,
    /// When it ended, and whether it failed or came to no conclusion; none: it is in flight.
    pub(crate) ended: Option<(Timestamp, bool)>,
    /// Whether all its steps are done, and only the whole that it belongs to is still to be verified.
    #[serde(default)]
    pub(crate) released: bool,
}

impl RunRecord {
    /// Whether it stands in the way of others.
    pub(crate) fn is_at_work(&self) -> bool {
        self.ended.is_none() && !self.released
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
    /// Whether one did not: the rest is left to people.
    pub(crate) stopped: bool,
}
