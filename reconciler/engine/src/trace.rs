//! What the engine did and did not do, in order, with the ground for it. Reports are made from this and nothing else.

use heal_program::{Millis, SemanticHash, Severity, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Key;

/// One thing that happened in an engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraceEvent {
    /// When, in the engine's time.
    pub at: Timestamp,
    /// What.
    pub kind: TraceKind,
}

/// Key fields with their values, in the detector's order: `[("instance", "i-1")]`.
pub type Labels = Vec<(String, String)>;

/// What happened. Items are named by path, so that a trace can be read without its program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum TraceKind {
    /// A detector began to fire for a key.
    FiringStarted {
        /// The firing: hash of detector, key and start.
        firing: SemanticHash,
        /// The detector's path.
        detector: String,
        /// The key.
        labels: Labels,
        /// How bad.
        severity: Severity,
        /// Since when `when` was true without a break (`at` less the `for` time).
        pending_since: Timestamp,
        /// What the condition read at that moment, as text of the sub-expression and its value in the base unit
        /// (none: unknown), in the order they stand.
        values: Vec<(String, Option<f64>)>,
    },
    /// A firing ended.
    FiringEnded {
        /// The firing.
        firing: SemanticHash,
        /// The detector's path.
        detector: String,
        /// The key.
        labels: Labels,
        /// Why.
        end: FiringEnd,
    },
    /// A rung of a ladder began to run a plan.
    RunStarted {
        /// The run: hash of policy, firing, rung and start.
        run: SemanticHash,
        /// For which firing.
        firing: SemanticHash,
        /// The policy's path.
        policy: String,
        /// The plan's path.
        plan: String,
        /// Which rung, from 0.
        rung: u32,
        /// The firing's key.
        labels: Labels,
    },
    /// A step's action was asked for.
    ActionStarted {
        /// The action: hash of run and step.
        action: SemanticHash,
        /// In which run.
        run: SemanticHash,
        /// The policy's path.
        policy: String,
        /// The action item's path.
        item: String,
        /// The step's name.
        step: String,
        /// On what, as people read it: `restart_unit(host: web-1, unit: nginx)`.
        summary: String,
        /// The firing's key.
        labels: Labels,
    },
    /// An action's outcome is known, or known not to be.
    ActionEnded {
        /// The action.
        action: SemanticHash,
        /// `succeeded`, `failed: ...`, `unknown: ...`
        outcome: String,
    },
    /// A run ended.
    RunEnded {
        /// The run.
        run: SemanticHash,
        /// How.
        end: RunEnd,
    },
    /// A rung would have run, and something held it back. Said once when it begins, and again when the reason changes.
    Withheld {
        /// For which firing.
        firing: SemanticHash,
        /// The policy's path.
        policy: String,
        /// The plan's path.
        plan: String,
        /// Which rung, from 0.
        rung: u32,
        /// The firing's key.
        labels: Labels,
        /// What held it back.
        reason: WithheldReason,
    },
    /// A team was asked.
    ApprovalRequested {
        /// The request: hash of run and digest.
        approval: SemanticHash,
        /// For which firing.
        firing: SemanticHash,
        /// The policy's path.
        policy: String,
        /// The plan's path.
        plan: String,
        /// The team.
        team: String,
        /// The firing's key.
        labels: Labels,
        /// When the request lapses.
        until: Timestamp,
    },
    /// A request for approval came to its end.
    ApprovalEnded {
        /// The request.
        approval: SemanticHash,
        /// How.
        end: ApprovalEnd,
    },
    /// People were told.
    Escalated {
        /// The effect's id.
        escalation: SemanticHash,
        /// For which firing.
        firing: SemanticHash,
        /// The policy's path.
        policy: String,
        /// The channel's path, if one is named.
        channel: Option<String>,
        /// The firing's key.
        labels: Labels,
        /// Why: `the ladder says so`, `withheld for 15m`, `approval timed out`, ...
        reason: String,
    },
    /// Something of the program could not be decided for lack of data. Everything downstream is unknown, not zero.
    NotSimulated {
        /// Path of the item that lacks data.
        item: String,
        /// What is missing: `the recording has no series "queue.depth"`.
        reason: String,
        /// Paths of the detectors, plans and policies downstream, sorted.
        downstream: Vec<String>,
    },
    /// Samples that came too late for a step that had been evaluated, or of a key beyond the cap.
    SamplesDropped {
        /// The signal's path.
        signal: String,
        /// How many since the last such event.
        count: u64,
        /// Why.
        reason: String,
    },
    /// Another program runs from here on.
    ProgramSwapped {
        /// Digest of the program that ran.
        from: SemanticHash,
        /// Digest of the program that runs.
        to: SemanticHash,
        /// Paths of the detectors whose state went on.
        kept: Vec<String>,
        /// Firings whose policy is gone and whose run is parked for a person.
        parked: Vec<SemanticHash>,
    },
    /// Starts were stopped or let go on.
    Paused {
        /// Which.
        paused: bool,
        /// Who said so.
        by: String,
    },
}

/// Why a firing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FiringEnd {
    /// The condition cleared.
    Cleared,
    /// Its input went stale: not cleared, not healed.
    Lost,
    /// Its detector is no longer in the program, or means something else now.
    Replaced,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunEnd {
    /// Every step succeeded.
    Passed,
    /// A step failed.
    Failed {
        /// Which, and why.
        reason: String,
    },
    /// Nobody knows whether a step was done: parked for a person, no further rung.
    Inconclusive {
        /// What is not known.
        reason: String,
    },
    /// A `require` is false: the next rung's turn.
    Skipped {
        /// Which.
        require: String,
    },
    /// An approval was refused.
    Rejected,
}

/// How a request for approval ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalEnd {
    /// A person agreed.
    Granted {
        /// Who.
        by: String,
    },
    /// A person refused.
    Refused {
        /// Who.
        by: String,
    },
    /// Nobody answered in time.
    TimedOut,
    /// The firing ended first.
    Lapsed,
}

/// What held a rung back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "guard")]
pub enum WithheldReason {
    /// The policy's `where` is unknown (false ones are no matter of the policy at all).
    ConditionUnknown {
        /// Its text.
        condition: String,
    },
    /// A `require` could not be found out.
    RequireUnknown {
        /// Its text.
        condition: String,
        /// `unknown` or `not recorded`.
        why: String,
    },
    /// A limit is used up.
    Limit {
        /// Most run starts.
        runs_max: u32,
        /// In which window.
        window: Millis,
        /// Of which group, empty: all.
        per: Labels,
    },
    /// Another run of the group started too short a time ago.
    Cooldown {
        /// The time between.
        span: Millis,
        /// When it ends.
        until: Timestamp,
        /// Of which group.
        per: Labels,
    },
    /// An approval is being waited for.
    Approval {
        /// The team.
        team: String,
    },
    /// Another run works on the same entity.
    Busy {
        /// That run's policy.
        policy: String,
    },
    /// A person has stopped all starts.
    Paused,
}

/// The trace of one engine over one stretch of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// The events, in order of time and cause.
    pub events: Vec<TraceEvent>,
}

/// Joins a path's labels for people: `i-1, eu`; empty for no key.
#[must_use]
pub fn label_values(labels: &Labels) -> String {
    labels.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(", ")
}

/// The key of labels.
#[must_use]
pub fn key_of(labels: &Labels) -> Key {
    labels.iter().map(|(_, value)| value.clone()).collect()
}
