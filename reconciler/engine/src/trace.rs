//! What the engine did and did not do, in order, with the ground for it. Reports are made from this and nothing else.

use heal_program::{SemanticHash, Severity, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Key, Phase, RecordedRun, WithheldReason};

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

/// What expressions read: a part as text, and its value in the base unit; none: unknown.
pub type Readings = Vec<(String, Option<f64>)>;

/// Something that was looked at before a run was let go, and what it came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ground {
    /// What: `limit 20 per 1h`, `require pod.workload.available >= 2`.
    pub what: String,
    /// What it came to: `3 used`, `true`.
    pub reading: String,
    /// The path of the shared guard that it belongs to; empty: the policy's own.
    pub by: String,
}

/// A plan that a rung could choose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its path.
    pub plan: String,
    /// How many of its runs passed.
    pub passed: u32,
    /// How many did not.
    pub failed: u32,
    /// Of how many nobody knows: they count for neither.
    #[serde(default)]
    pub inconclusive: u32,
    /// Share of passed ones, plus what is still to be learned of it.
    pub score: f64,
    /// Why it could not be chosen; empty: it could.
    pub out: String,
}

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
        /// (none: unknown; a condition is 1 or 0), in the order they stand.
        values: Readings,
        /// The condition, as it is written.
        #[serde(default)]
        condition: String,
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
        /// What its conditions read at that moment, as above.
        #[serde(default)]
        values: Readings,
    },
    /// A declared event happened.
    Happened {
        /// The episode that it is, hash of event, key and time.
        episode: SemanticHash,
        /// The event's path.
        item: String,
        /// The key.
        labels: Labels,
        /// When it happened; the trace's time is when it was told.
        happened: Timestamp,
    },
    /// A rung chose among plans.
    Chosen {
        /// For which firing.
        firing: SemanticHash,
        /// The policy's path.
        policy: String,
        /// Which rung, from 0.
        rung: u32,
        /// The firing's key.
        labels: Labels,
        /// The path of the plan that was chosen: the one with the highest score.
        plan: String,
        /// All that there were.
        among: Vec<Candidate>,
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
        /// Of a `for each`: the target.
        #[serde(default)]
        target: String,
        /// Whether the policy is in shadow: nothing is done.
        #[serde(default)]
        shadow: bool,
        /// What was looked at before it was let go.
        #[serde(default)]
        grounds: Vec<Ground>,
        /// Key fields of the entities that its plan is given, with their values.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        given: Labels,
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
        /// What the step is for.
        #[serde(default)]
        phase: Phase,
        /// Which try this is, from 0.
        #[serde(default)]
        attempt: u32,
    },
    /// An action's outcome is known, or known not to be.
    ActionEnded {
        /// The action.
        action: SemanticHash,
        /// `succeeded`, `failed: ...`, `unknown: ...`
        outcome: String,
    },
    /// A `verify` was looked at, and what came of it is news.
    Verified {
        /// The run.
        run: SemanticHash,
        /// The condition, as it is written.
        condition: String,
        /// Whether it holds; none: unknown.
        truth: Option<bool>,
        /// What it read.
        values: Readings,
    },
    /// A simulation does not know what actions change, so a verify comes out as its course takes it. Of this run it came
    /// out as it would in either course.
    VerifyDecided {
        /// The run.
        run: SemanticHash,
        /// By what.
        by: DecidedBy,
        /// What its conditions read that was recorded.
        #[serde(default)]
        values: Readings,
    },
    /// A success is taken back, as its plan says.
    RevertStarted {
        /// The run that takes it back.
        run: SemanticHash,
        /// The run that is taken back.
        of: SemanticHash,
        /// For which firing it ran.
        firing: SemanticHash,
        /// The policy's path.
        policy: String,
        /// The plan's path.
        plan: String,
        /// The firing's key.
        labels: Labels,
    },
    /// A run ended. One that was skipped or rejected has not begun.
    RunEnded {
        /// The run.
        run: SemanticHash,
        /// How.
        end: RunEnd,
        /// For which firing.
        #[serde(default)]
        firing: SemanticHash,
        /// The policy's path.
        #[serde(default)]
        policy: String,
        /// The plan's path.
        #[serde(default)]
        plan: String,
        /// The firing's key.
        #[serde(default)]
        labels: Labels,
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
        /// Of a `for each`: the target that is held back; empty: the run.
        #[serde(default)]
        target: String,
        /// The path of the policy or shared guard whose guard it is; empty: of none.
        #[serde(default)]
        by: String,
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
        /// Why: `restart failed: no such unit`, `withheld for 15m`, `approval timed out`, ...
        reason: String,
        /// The firing of the cause that it is grouped under, where a dependency is it.
        #[serde(default)]
        under: Option<SemanticHash>,
        /// Whether the policy is in shadow: nobody is told.
        #[serde(default)]
        shadow: bool,
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
    /// Something that is done otherwise than one might read it.
    Noted {
        /// Path of the item.
        item: String,
        /// What.
        note: String,
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

/// What decides a verify in a simulation beside its course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    /// What is recorded, because the plan and its actions say what they affect.
    Declared {
        /// Paths of all signals and events that they do, sorted; empty: nothing.
        affects: Vec<String>,
    },
    /// What came of the same run when it was really done; where nobody wrote that down, what was recorded after it.
    Recorded(RecordedRun),
}

/// What people are told when nobody answered a request for approval in time. A simulation, in which nobody answers, says
/// something else of it.
pub const APPROVAL_TIMED_OUT: &str = "the approval timed out";

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
    /// Every step succeeded, and what was to be verified was.
    Passed,
    /// A step failed, or a `verify` is false.
    Failed {
        /// Which, and why.
        reason: String,
    },
    /// Nobody knows whether a step was done, or what a `verify` came to: parked for a person, no further rung.
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
    /// The policy is in shadow: it was decided, and nothing was done.
    Shadow,
}

/// Why a rung was skipped, in words.
#[must_use]
pub fn why_skipped(require: &str) -> String {
    // The set of a `for each` is no condition that could be false.
    if require.starts_with("for each ") { require.to_owned() } else { format!("`{require}` is false") }
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
