//! What is remembered of policies: where they stand on their ladders.

use std::collections::{BTreeMap, BTreeSet};

use heal_program::{SemanticHash, Severity, Timestamp};
use serde::{Deserialize, Serialize};

use super::Firing;
use crate::{EffectId, Key, WithheldReason, pairs};

/// What is remembered of a policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PolicyState {
    /// By the firing's key.
    #[serde(with = "pairs")]
    pub(crate) ladders: BTreeMap<Key, Ladder>,
    /// What came of the plans that its rungs chose, by path.
    pub(crate) tallies: BTreeMap<String, Tally>,
}

/// What came of a plan's runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    /// Of which nobody knows what came of them: they teach nothing.
    #[serde(default)]
    pub(crate) inconclusive: u32,
}

/// Where a policy stands on its ladder for one key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ladder {
    /// The firing that it works on.
    pub(crate) firing: SemanticHash,
    /// The event that it works on, where the policy is on one, until there is nothing more to do about it.
    pub(crate) event: Option<Firing>,
    /// The rung whose turn it is.
    pub(crate) rung: usize,
    /// How often the rung was started before, in this firing.
    pub(crate) repeats: u32,
    /// What it is doing.
    pub(crate) status: Status,
    /// A passed rung gives the world until then.
    pub(crate) wait_until: Option<Timestamp>,
    /// When the firing ended, if it has.
    pub(crate) cleared: Option<Timestamp>,
    /// The digests that people have agreed to.
    pub(crate) approved: Option<SemanticHash>,
    /// The plan that the rung chose.
    pub(crate) chosen: Option<String>,
    /// Since when, and by what, the rung is held back.
    pub(crate) withheld: Option<(Timestamp, WithheldReason)>,
    /// Channels that have been told in this episode, each with how bad it was then.
    pub(crate) told: BTreeMap<String, Severity>,
    /// When it is decided again, though no detector steps: it is on an event.
    pub(crate) look_at: Option<Timestamp>,
    /// Guards that have said in this episode that they wait for people, such as a canary that stopped.
    pub(crate) reported: BTreeSet<String>,
    /// What came of the rung before.
    #[serde(default)]
    pub(crate) before: Option<RungOutcome>,
}

/// What came of a rung: people who are told by the next one want to know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RungOutcome {
    /// The firing that it was for.
    pub(crate) firing: SemanticHash,
    /// What came of it: `restart failed: no such unit`.
    pub(crate) what: String,
    /// Whether it did what it should, so that it is news that the detector fires.
    pub(crate) is_well: bool,
}

/// What a ladder is doing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Status {
    /// Its rung may be decided.
    Ready,
    /// People have been asked.
    AwaitingApproval(EffectId),
    /// A plan runs.
    Running(SemanticHash),
    /// A simulation takes it for healed: nothing more until the firing ends.
    Healed,
    /// Nothing more in this episode.
    Ended,
}

impl Ladder {
    pub(crate) fn new(firing: SemanticHash) -> Ladder {
        Ladder {
            firing,
            event: None,
            rung: 0,
            repeats: 0,
            status: Status::Ready,
            wait_until: None,
            cleared: None,
            approved: None,
            chosen: None,
            withheld: None,
            told: BTreeMap::new(),
            look_at: None,
            reported: BTreeSet::new(),
            before: None,
        }
    }
}
