//! Everything an engine remembers. Written down as it is, it is a snapshot.

use std::collections::{BTreeMap, BTreeSet};

use heal_program::{SemanticHash, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Effect, EffectId, Key, Labels, WithheldReason, pairs, series::SignalState};

/// The state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    /// The latest `now`.
    pub(crate) now: Timestamp,
    /// All samples up to here have been told.
    pub(crate) watermark: Timestamp,
    /// Whether starts are stopped.
    pub(crate) paused: bool,
    /// By signal.
    pub(crate) signals: Vec<SignalState>,
    /// By detector.
    pub(crate) detectors: Vec<DetectorState>,
    /// By policy path: what outlives edits.
    pub(crate) policies: BTreeMap<String, PolicyState>,
    /// Run starts of policies that are gone; a policy that appears later counts them, so no rename loosens a guard.
    pub(crate) orphaned_starts: Vec<Start>,
    /// Runs in flight.
    #[serde(with = "pairs")]
    pub(crate) runs: BTreeMap<SemanticHash, Run>,
    /// Effects whose result is waited for.
    #[serde(with = "pairs")]
    pub(crate) waits: BTreeMap<EffectId, Wait>,
    /// When waits end.
    pub(crate) timers: BTreeSet<(Timestamp, EffectId)>,
}

/// What is remembered of a detector.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct DetectorState {
    /// The grid step to be evaluated next; none while there are no samples.
    pub(crate) next_step: Option<Timestamp>,
    /// Keys that are pending or firing.
    #[serde(with = "pairs")]
    pub(crate) keys: BTreeMap<Key, KeyState>,
}

/// What is remembered of a detector's key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeyState {
    /// Since when `when` is true without a break.
    pub(crate) true_since: Option<Timestamp>,
    /// Since when `clear when` is true without a break.
    pub(crate) clear_since: Option<Timestamp>,
    /// Since when the condition is unknown without a break.
    pub(crate) unknown_since: Option<Timestamp>,
    /// The firing.
    pub(crate) firing: Option<Firing>,
}

/// A firing that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Firing {
    pub(crate) id: SemanticHash,
    pub(crate) started: Timestamp,
}

/// What is remembered of a policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PolicyState {
    /// Run starts, ascending in time.
    pub(crate) starts: Vec<Start>,
    /// By the firing's key.
    #[serde(with = "pairs")]
    pub(crate) ladders: BTreeMap<Key, Ladder>,
}

/// A run start, as limits and cooldowns count it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Start {
    pub(crate) at: Timestamp,
    pub(crate) labels: Labels,
}

/// Where a policy stands on its ladder for one key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ladder {
    /// The firing that it works on.
    pub(crate) firing: SemanticHash,
    /// The rung whose turn it is.
    pub(crate) rung: usize,
    /// What it is doing.
    pub(crate) status: Status,
    /// A passed rung gives the world until then.
    pub(crate) wait_until: Option<Timestamp>,
    /// When the firing ended, if it has.
    pub(crate) cleared: Option<Timestamp>,
    /// Whether the rung's `require`s have been answered with yes.
    pub(crate) required: bool,
    /// The digest that a person has agreed to.
    pub(crate) approved: Option<SemanticHash>,
    /// Since when, and by what, the rung is held back.
    pub(crate) withheld: Option<(Timestamp, WithheldReason)>,
    /// Channels that have been told in this episode.
    pub(crate) told: BTreeSet<String>,
}

/// What a ladder is doing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Status {
    /// Its rung may be decided.
    Ready,
    /// `require`s are being found out: those that are still open.
    Asking(BTreeSet<EffectId>),
    /// A team has been asked.
    AwaitingApproval(EffectId),
    /// A plan runs.
    Running(SemanticHash),
    /// Nothing more in this episode.
    Ended,
}

/// A plan in flight. It holds all it needs, so it ends under the program that started it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    /// The policy's path.
    pub(crate) policy: String,
    /// The firing's key.
    pub(crate) key: Key,
    /// The firing.
    pub(crate) firing: SemanticHash,
    /// The same, for people.
    pub(crate) labels: Labels,
    /// Entities that it works on, as text: at most one run works on one.
    pub(crate) targets: BTreeSet<String>,
    /// Steps that have not begun, in order.
    pub(crate) steps: Vec<PlannedStep>,
    /// How long after its pass the ladder waits before it goes on.
    pub(crate) settle_ms: i64,
    /// The channel that is told when it gets stuck.
    pub(crate) channel: Option<String>,
}

/// A step with everything filled in but its deadline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PlannedStep {
    pub(crate) name: String,
    pub(crate) item: String,
    pub(crate) summary: String,
    pub(crate) timeout_ms: i64,
    pub(crate) effect: Effect,
}

/// What an awaited effect is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Wait {
    /// When the wait ends.
    pub(crate) deadline: Timestamp,
    /// What for.
    pub(crate) kind: WaitKind,
}

/// The kinds of waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum WaitKind {
    /// The outcome of a step of this run.
    Step(SemanticHash),
    /// The answer to a `require` of a ladder.
    Require {
        policy: String,
        key: Key,
        /// The condition's text.
        condition: String,
    },
    /// The answer of a team.
    Approval { policy: String, key: Key, digest: SemanticHash },
}

impl Ladder {
    pub(crate) fn new(firing: SemanticHash) -> Ladder {
        Ladder {
            firing,
            rung: 0,
            status: Status::Ready,
            wait_until: None,
            cleared: None,
            required: false,
            approved: None,
            withheld: None,
            told: BTreeSet::new(),
        }
    }
}
