//! Everything an engine remembers. Written down as it is, it is a snapshot.

mod guards;
mod ladders;
mod runs;

use std::collections::{BTreeMap, BTreeSet};

use heal_program::{Program, SemanticHash, Timestamp};
use serde::{Deserialize, Serialize};

pub(crate) use guards::{CanaryState, GuardLog, RunRecord};
pub(crate) use ladders::{Ladder, PolicyState, RungOutcome, RungResult, Status, Tally};
pub(crate) use runs::{
    Disturbance, Otherwise, Owed, PlannedStep, Run, RunVerify, Stage, StepRun, StepStatus, TriggerState, Unit,
};

use crate::{
    EffectId, Key, Labels,
    observe::{EntityState, EventState, LaneState, SignalState},
    pairs,
    prepared::Prepared,
};

/// The state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    /// The latest `now`.
    pub(crate) now: Timestamp,
    /// All samples up to here have been told.
    pub(crate) watermark: Timestamp,
    /// Whether starts are stopped.
    pub(crate) paused: bool,
    /// Whether what must be verified is, as a simulation assumes; none: it is looked at.
    pub(crate) assumed_verify: Option<bool>,
    /// By signal.
    pub(crate) signals: Vec<SignalState>,
    /// By lane.
    pub(crate) lanes: Vec<LaneState>,
    /// By event.
    pub(crate) events: Vec<EventState>,
    /// By entity.
    pub(crate) entities: Vec<EntityState>,
    /// Sources of events and of counted lines that are down.
    pub(crate) down: BTreeSet<String>,
    /// When sources that were down came back.
    #[serde(default)]
    pub(crate) back: BTreeMap<String, Timestamp>,
    /// By detector.
    pub(crate) detectors: Vec<DetectorState>,
    /// By policy path: what outlives edits.
    pub(crate) policies: BTreeMap<String, PolicyState>,
    /// By the path of the policy or shared guard: what its counters are made of.
    pub(crate) guards: BTreeMap<String, GuardLog>,
    /// Runs of policies that are gone; a policy that appears later counts them, so no rename loosens a guard.
    pub(crate) orphaned_runs: Vec<RunRecord>,
    /// Runs in flight.
    #[serde(with = "pairs")]
    pub(crate) runs: BTreeMap<SemanticHash, Run>,
    /// Successes that are to be taken back.
    #[serde(with = "pairs")]
    pub(crate) owed: BTreeMap<SemanticHash, Owed>,
    /// Policies and keys that wait for an entity on which something less severe is at work.
    #[serde(default)]
    pub(crate) outranking: BTreeSet<(String, Key)>,
    /// Policies and keys of events that are to be counted before anything is done about any of them.
    pub(crate) opened: Vec<(String, Key)>,
    /// What runs disturb, or did in the last hour.
    pub(crate) disturbances: Vec<Disturbance>,
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
    /// Keys that were seen.
    #[serde(with = "pairs")]
    pub(crate) keys: BTreeMap<Key, KeyState>,
    /// Keys whose last firing was lost, and of which it is not known since that they do not fire.
    pub(crate) lost: BTreeSet<Key>,
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
    /// Whether the condition was known when it was last looked at: what is not does not fire, but whoever reads the
    /// detector by its name must not take that for false.
    #[serde(default)]
    pub(crate) is_known: bool,
    /// Since when it is not, where it was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) silent_since: Option<Timestamp>,
}

impl KeyState {
    /// How a key rests after a firing.
    pub(crate) fn ended(is_known: bool, at: Timestamp) -> KeyState {
        KeyState { is_known, silent_since: (!is_known).then_some(at), ..KeyState::default() }
    }

    /// Whether the condition is known at a step, of a key that does not fire.
    pub(crate) fn hear(&mut self, is_known: bool, at: Timestamp) {
        self.silent_since = match is_known {
            true => None,
            false if self.is_known => Some(at),
            false => self.silent_since,
        };
        self.is_known = is_known;
    }

    /// Whether it holds nothing that a next look would not find anew.
    pub(crate) fn is_at_rest(&self) -> bool {
        let KeyState { true_since, clear_since, unknown_since, firing, is_known: _, silent_since: _ } = self;
        true_since.is_none() && clear_since.is_none() && unknown_since.is_none() && firing.is_none()
    }
}

/// A firing that goes on, or an event that is being worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Firing {
    pub(crate) id: SemanticHash,
    pub(crate) started: Timestamp,
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
    /// The outcome of a step of a run.
    Step { run: SemanticHash, phase: crate::Phase, step: usize },
    /// The time until a step is tried again.
    Retry { run: SemanticHash, phase: crate::Phase, step: usize },
    /// The answers of people.
    Approval {
        policy: String,
        key: Key,
        digest: SemanticHash,
        quorum: u32,
        /// Who has agreed.
        granted: BTreeSet<String>,
    },
    /// The time when a success is taken back.
    Revert(SemanticHash),
}

impl State {
    /// The state of an engine that knows nothing yet.
    pub(crate) fn empty(program: &Program, prepared: &Prepared) -> State {
        State {
            now: Timestamp::MIN,
            watermark: Timestamp::MIN,
            paused: false,
            assumed_verify: None,
            signals: vec![SignalState::default(); program.signals.len()],
            lanes: vec![LaneState::default(); prepared.lanes.len()],
            events: vec![EventState::default(); program.events.len()],
            entities: vec![EntityState::default(); program.entities.len()],
            down: BTreeSet::new(),
            back: BTreeMap::new(),
            detectors: vec![DetectorState::default(); program.detectors.len()],
            policies: BTreeMap::new(),
            guards: BTreeMap::new(),
            orphaned_runs: Vec::new(),
            runs: BTreeMap::new(),
            owed: BTreeMap::new(),
            outranking: BTreeSet::new(),
            opened: Vec::new(),
            disturbances: Vec::new(),
            waits: BTreeMap::new(),
            timers: BTreeSet::new(),
        }
    }

    /// Waits for something until a time.
    pub(crate) fn wait(&mut self, id: EffectId, deadline: Timestamp, kind: WaitKind) {
        self.waits.insert(id, Wait { deadline, kind });
        self.timers.insert((deadline, id));
    }

    /// Ends the wait for `id`, if there is one that `wanted` accepts: a result that comes twice, or for something
    /// else, changes nothing.
    pub(crate) fn end_wait_of(
        &mut self,
        id: EffectId,
        wanted: impl Fn(&WaitKind) -> bool,
    ) -> Option<WaitKind> {
        if !self.waits.get(&id).is_some_and(|wait| wanted(&wait.kind)) {
            return None;
        }
        let wait = self.waits.remove(&id)?;
        self.timers.remove(&(wait.deadline, id));
        Some(wait.kind)
    }
}

/// Whether two lists of labels agree in every field that both have.
pub(crate) fn agree(left: &Labels, right: &Labels) -> bool {
    left.iter().all(|(name, value)| right.iter().all(|(other, theirs)| other != name || theirs == value))
}
