//! The events that figures are counted from.

use std::fmt;

use heal_engine::{FiringEnd, Labels, RecordedRun};
use heal_program::{SemanticHash, Severity, Timestamp};
use serde::{Deserialize, Serialize};

/// A detector fired for a key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Firing {
    /// Its id, as in the trace.
    pub id: SemanticHash,
    /// The key.
    pub labels: Labels,
    /// How bad.
    pub severity: Severity,
    /// Since when the condition held.
    pub pending_since: Timestamp,
    /// When it began.
    pub start: Timestamp,
    /// When it ended; none: it still fired when the recording ended.
    pub end: Option<Timestamp>,
    /// Why it ended.
    pub ended: Option<FiringEnd>,
    /// What the condition read when it began.
    pub readings: Vec<Reading>,
    /// The furthest that each of its signals went while it fired.
    pub peaks: Vec<Peak>,
    /// Names of the incidents that it belongs to, in order of time.
    pub incidents: Vec<String>,
}

/// A part of a condition with its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The part, as written.
    pub expression: String,
    /// Its value in the base unit of its dimension; none: unknown.
    pub value: Option<f64>,
    /// The value in the unit of its signal.
    pub text: String,
    /// Whether it is made of a counter: of one the total says nothing, and so no peak of it is told.
    #[serde(default)]
    pub counted: bool,
}

/// The furthest value of a signal in a firing, over all of its series that the firing is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Peak {
    /// The signal's path.
    pub signal: String,
    /// When.
    pub at: Timestamp,
    /// The value in the unit that the signal is shown in.
    pub value: f64,
    /// The value with its unit.
    pub text: String,
    /// Whether the condition holds below a bound, so that the furthest value is the smallest.
    #[serde(default)]
    pub falling: bool,
    /// The key of the series that went so far.
    #[serde(default)]
    pub labels: Labels,
    /// How many series of the signal the firing is about.
    #[serde(default)]
    pub series_count: u64,
}

/// A rung ran a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its id, as in the trace.
    pub id: SemanticHash,
    /// For which firing.
    pub firing: SemanticHash,
    /// The plan's path.
    pub plan: String,
    /// Which rung, from 0.
    pub rung: u32,
    /// The firing's key.
    pub labels: Labels,
    /// When it began.
    pub start: Timestamp,
    /// When it ended; none: not within the recording.
    pub end: Option<Timestamp>,
    /// How it ended: `passed`, `failed: ...`; none: not within the recording.
    pub outcome: Option<String>,
    /// What it asked the world to do, in order.
    pub actions: Vec<ActionRun>,
    /// What decided how its verification came out; none: nothing was verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_by: Option<VerifiedBy>,
    /// Whether it takes back, after a while or on clear, what a run of the plan did: it is no start of the plan.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_revert: bool,
}

/// What decided how the verification of a run came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum VerifiedBy {
    /// Nothing but the course: it is taken for passed in the one and for failed in the other.
    Course,
    /// What was recorded, because the plan or its actions say what they affect.
    Declared {
        /// Paths of all signals and events that they do, sorted; empty: nothing.
        affects: Vec<String>,
    },
    /// What came of the same run when it was really done; where nobody wrote that down, what was recorded after it.
    Recorded(RecordedRun),
}

/// An action that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionRun {
    /// Its id, as in the trace.
    pub id: SemanticHash,
    /// The action item's path.
    pub item: String,
    /// The step's name.
    pub step: String,
    /// On what, as people read it.
    pub summary: String,
    /// When.
    pub at: Timestamp,
    /// What came of it, where that is known.
    pub outcome: Option<String>,
}

/// A rung would have run and was held back. One for each firing, rung and kind of guard, at the first time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// Its id: hash of policy, firing, rung and kind of guard.
    #[serde(default)]
    pub id: SemanticHash,
    /// For which firing.
    pub firing: SemanticHash,
    /// The plan's path.
    pub plan: String,
    /// Which rung, from 0.
    pub rung: u32,
    /// The firing's key.
    pub labels: Labels,
    /// When it was first held back.
    pub at: Timestamp,
    /// By what.
    pub guard: Withholding,
    /// By what exactly: `limit 3 per 1h for namespace cart`.
    pub reason: String,
}

/// What holds a rung back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withholding {
    /// A limit is used up.
    Limit,
    /// Another run of the group started too short a time ago.
    Cooldown,
    /// An approval is waited for. Counted as an approval, not among the withheld.
    Approval,
    /// Another run works on the same entity.
    Busy,
    /// The policy's `where` is unknown.
    ConditionUnknown,
    /// A `require` is unknown.
    RequireUnknown,
    /// A `require` reads what the recording does not hold: whether the plan would have run cannot be told.
    RequireNotRecorded,
    /// A person has stopped all starts.
    Paused,
    /// What a guard counts apart by is unknown.
    GroupUnknown,
    /// As many runs of the group are in flight as may be.
    Concurrency,
    /// Too many distinct entities would have been acted on.
    BlastRadius,
    /// Nobody says how many entities live.
    LiveCountUnknown,
    /// Too many runs failed or came to no conclusion.
    Breaker,
    /// No plan starts at this time.
    Freeze,
    /// Plans start at other times only.
    Only,
    /// The time zone of a calendar is unknown.
    CalendarUnknown,
    /// An earlier wave of a canary has not passed and settled, or did not pass.
    Canary,
    /// So many firings at once that something larger is wrong.
    Storm,
    /// A run disturbs what the detector reads, or what the plan disturbs was disturbed for too long.
    Disturbed,
    /// What the firing depends on fires too, or may yet.
    Topology,
    /// This Heal cannot run an item yet.
    NotRunnable,
}

/// As a table says it.
impl fmt::Display for Withholding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Withholding::Limit => "limit",
            Withholding::Cooldown => "cooldown",
            Withholding::Approval => "approval",
            Withholding::Busy => "busy",
            Withholding::ConditionUnknown => "condition unknown",
            Withholding::RequireUnknown => "requirement unknown",
            Withholding::RequireNotRecorded => "requirement not recorded",
            Withholding::Paused => "paused",
            Withholding::GroupUnknown => "group unknown",
            Withholding::Concurrency => "concurrency",
            Withholding::BlastRadius => "blast radius",
            Withholding::LiveCountUnknown => "live count unknown",
            Withholding::Breaker => "breaker",
            Withholding::Freeze => "freeze",
            Withholding::Only => "only",
            Withholding::CalendarUnknown => "calendar unknown",
            Withholding::Canary => "canary",
            Withholding::Storm => "storm",
            Withholding::Disturbed => "disturbed",
            Withholding::Topology => "topology",
            Withholding::NotRunnable => "not runnable",
        })
    }
}

/// A team was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalRequest {
    /// Its id, as in the trace.
    pub id: SemanticHash,
    /// For which firing.
    pub firing: SemanticHash,
    /// The plan's path.
    pub plan: String,
    /// The team.
    pub team: String,
    /// The firing's key.
    pub labels: Labels,
    /// When.
    pub at: Timestamp,
    /// When the request lapses.
    pub until: Timestamp,
    /// When it ended; none: not within the recording.
    pub ended_at: Option<Timestamp>,
    /// How it ended: `granted by ...`, that nobody answers in a simulation, ...
    pub outcome: Option<String>,
}

/// People were told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// Its id, as in the trace.
    pub id: SemanticHash,
    /// For which firing.
    pub firing: SemanticHash,
    /// The channel's path, if one is named.
    pub channel: Option<String>,
    /// The firing's key.
    pub labels: Labels,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}
