//! What is remembered of runs. A run holds all it needs, so it ends under the program that started it.

use std::collections::BTreeSet;

use heal_program::{Expression, Millis, Revert, SemanticHash, Severity, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Call, Effect, EffectId, FiringEnd, Key, Labels, Request, RunEnd, WithheldReason, arguments::Arguments,
    claims::Claims, run::Recalled,
};

/// A plan in flight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    /// The policy's path.
    pub(crate) policy: String,
    /// The plan's path.
    pub(crate) plan: String,
    /// Which rung, from 0.
    pub(crate) rung: usize,
    /// Whether its policy has that rung no more, so that this is the one which goes on after it.
    #[serde(default)]
    pub(crate) is_off_ladder: bool,
    /// The firing's key.
    pub(crate) key: Key,
    /// The same, for people.
    pub(crate) labels: Labels,
    /// The firing.
    pub(crate) firing: SemanticHash,
    /// When it began.
    pub(crate) firing_started: Timestamp,
    /// The detector or event.
    pub(crate) detector: String,
    pub(crate) severity: Severity,
    /// Whether the detector still fires.
    pub(crate) trigger: TriggerState,
    /// How far behind the clock its conditions look.
    pub(crate) lateness: Millis,
    /// The plan's arguments.
    pub(crate) arguments: Arguments,
    /// The firing's key, and what guards count apart by.
    pub(crate) tags: Labels,
    /// Whether it does not count: it takes back a success.
    pub(crate) is_revert: bool,
    /// What counts as a run: the whole, or one a target of a `for each`.
    pub(crate) units: Vec<Unit>,
    pub(crate) steps: Vec<StepRun>,
    /// What is being taken back.
    pub(crate) undo: Vec<StepRun>,
    /// What its plan says is done when it fails.
    #[serde(default)]
    pub(crate) written_undo: Vec<StepRun>,
    pub(crate) always: Vec<StepRun>,
    pub(crate) verifies: Vec<RunVerify>,
    pub(crate) stage: Stage,
    /// What it ends as, once what is left to do is done.
    pub(crate) outcome: Option<RunEnd>,
    /// When it is looked at again, though nothing happens: a unit is held back, or something is to be verified.
    pub(crate) look_at: Option<Timestamp>,
    /// When the success is taken back.
    pub(crate) revert: Option<Revert>,
    /// How long after its pass the ladder waits before it goes on.
    pub(crate) settle: Millis,
    /// Whether the rung chose the plan: what comes of it is remembered.
    pub(crate) is_choice: bool,
    /// The channel that is told when it gets stuck and its policy is gone.
    pub(crate) channel: Option<String>,
    /// The same with its arguments, and with what is sent but for what people are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) page: Option<Call>,
    /// What its actions say that they affect, where that is trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) claims: Option<Claims>,
    /// The same run as it was really done, where a simulation knows of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) recalled: Option<Recalled>,
}

impl Run {
    /// The rungs of its ladder that are behind its own begin here.
    pub(crate) fn later_rungs(&self) -> usize {
        if self.is_off_ladder { self.rung } else { self.rung.saturating_add(1) }
    }
}

/// What a run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Stage {
    /// The plan's steps.
    Steps,
    /// They are done since then, and the world is looked at.
    Verifying(Timestamp),
    /// Steps are taken back.
    Undoing,
    /// What is done at the end.
    Always,
}

/// Whether what a run is for still goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TriggerState {
    /// It was an event.
    Event,
    /// It fires.
    Fires,
    /// It ended so.
    Ended(FiringEnd),
}

/// What counts as a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Unit {
    pub(crate) id: SemanticHash,
    /// The target of a `for each`; empty: the whole.
    pub(crate) target: String,
    /// Entities that it works on, as text: at most one run works on one.
    pub(crate) entities: BTreeSet<String>,
    /// Whether its start counts: the whole does not where all is done by its targets.
    pub(crate) counts: bool,
    pub(crate) started: Option<Timestamp>,
    /// Whether one of its own steps failed or came to no conclusion.
    pub(crate) failed: bool,
    /// Since when, and by what, it is held back.
    pub(crate) withheld: Option<(Timestamp, WithheldReason)>,
    /// Which `for each`, and which entity of it.
    #[serde(default)]
    pub(crate) aim: Option<(usize, Key)>,
    /// What it came to by itself, before the run did.
    #[serde(default)]
    pub(crate) over: Option<RunEnd>,
    /// Whether nothing more is done for it: its end has been said and counted, or it will never start.
    #[serde(default)]
    pub(crate) ended: bool,
}

/// A step with everything filled in but its deadline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PlannedStep {
    pub(crate) name: String,
    pub(crate) item: String,
    pub(crate) summary: String,
    pub(crate) timeout: Millis,
    pub(crate) effect: Effect,
}

impl PlannedStep {
    /// Exactly what it does, to be compared.
    pub(crate) fn done(&self) -> Vec<u8> {
        match &self.effect.request {
            Request::Act { operation, .. } => serde_json::to_vec(operation).unwrap_or_default(),
            Request::Ask { .. } | Request::Escalate { .. } => Vec::new(),
        }
    }
}

/// A step of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StepRun {
    pub(crate) planned: PlannedStep,
    /// Position of its unit.
    pub(crate) unit: usize,
    /// Positions, in the same list, of what must be done before.
    pub(crate) after: Vec<usize>,
    pub(crate) retries_left: u32,
    pub(crate) retry_every: Millis,
    /// Which try is next, from 0; a step that began has tried.
    pub(crate) attempt: u32,
    pub(crate) status: StepStatus,
    /// What takes it back.
    pub(crate) undo: Option<PlannedStep>,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum StepStatus {
    Waiting,
    Running(EffectId),
    /// It failed, and is tried again when this wait ends.
    Retrying(EffectId),
    Succeeded,
    Failed(String),
    Unknown(String),
}

impl StepStatus {
    pub(crate) fn is_over(&self) -> bool {
        match self {
            StepStatus::Succeeded | StepStatus::Failed(_) | StepStatus::Unknown(_) => true,
            StepStatus::Waiting | StepStatus::Running(_) | StepStatus::Retrying(_) => false,
        }
    }
}

/// A condition that must become true.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunVerify {
    pub(crate) condition: Expression,
    pub(crate) text: String,
    pub(crate) within: Millis,
    /// Its grid: the slowest of what it reads.
    pub(crate) every: Millis,
    /// What it last came to, and at which step of its grid; none: it was not looked at.
    pub(crate) last: Option<(Timestamp, Option<bool>)>,
    /// Since which step it is true without a break.
    pub(crate) true_since: Option<Timestamp>,
    /// Whether it was unknown at any step.
    pub(crate) was_unknown: bool,
    /// The same in the other course of a simulation; none: the run claims nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) otherwise: Option<Box<Otherwise>>,
}

/// A condition as it is taken in the other course of a simulation, and what it came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Otherwise {
    pub(crate) condition: Expression,
    pub(crate) last: Option<(Timestamp, Option<bool>)>,
    pub(crate) true_since: Option<Timestamp>,
    pub(crate) was_unknown: bool,
}

impl Otherwise {
    pub(crate) fn of(condition: Expression) -> Otherwise {
        Otherwise { condition, last: None, true_since: None, was_unknown: false }
    }
}

impl RunVerify {
    /// Puts the other course in the place of this one, and back.
    pub(crate) fn change_course(&mut self) {
        let Some(other) = &mut self.otherwise else { return };
        std::mem::swap(&mut self.condition, &mut other.condition);
        std::mem::swap(&mut self.last, &mut other.last);
        std::mem::swap(&mut self.true_since, &mut other.true_since);
        std::mem::swap(&mut self.was_unknown, &mut other.was_unknown);
    }
}

/// A success that is to be taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Owed {
    /// The firing that must clear; none: a time is waited for.
    pub(crate) firing: Option<SemanticHash>,
    /// The run that takes it back.
    pub(crate) run: Run,
}

/// What a run disturbs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Disturbance {
    pub(crate) run: SemanticHash,
    pub(crate) policy: String,
    /// The signal's path, and the hash of what it means.
    pub(crate) signal: String,
    pub(crate) hash: SemanticHash,
    /// The keys: those that agree with one of these in all fields that both have. One without fields: all.
    pub(crate) keys: Vec<Labels>,
    pub(crate) from: Timestamp,
    /// How long after the last step.
    pub(crate) span: Millis,
    /// When it ends; none: the run is in flight.
    pub(crate) until: Option<Timestamp>,
}
