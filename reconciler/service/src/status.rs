//! How the service stands: what `heald status` shows, as data. `docs/heald.md` describes the JSON.

mod text;

use heal_program::Timestamp;
use serde::{Deserialize, Serialize};

pub use text::render;

/// Version of the JSON form. Raised when an older reader would misread it.
pub const STATUS_VERSION: u32 = 1;

/// How the service stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// See [`STATUS_VERSION`].
    pub heald_status_version: u32,
    /// Version of the service.
    pub tool_version: String,
    /// What runs.
    pub policies: Policies,
    /// What the engine is told.
    pub telemetry: Telemetry,
    /// What the engine has seen and does.
    pub engine: EngineStatus,
    /// The last pass over the repository; none before the first.
    pub pass: Option<PassStatus>,
    /// What went wrong lately, oldest first.
    pub errors: Vec<ErrorEntry>,
}

/// What runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Policies {
    /// The commit whose policies run; none before the first.
    pub commit: Option<String>,
    /// Digest of their program.
    pub program: Option<String>,
    /// Name of their package.
    pub package: String,
    /// When they were taken, in the engine's time.
    pub applied_at: Option<Timestamp>,
    /// The commit of the main branch that does not compile, while it is the newest one.
    pub refused: Option<RefusedCommit>,
}

/// A commit that does not compile: the policies before it go on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefusedCommit {
    /// The commit.
    pub commit: String,
    /// Why.
    pub diagnostics: String,
}

/// What the engine is told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Telemetry {
    /// `nothing`, `prometheus` or `recording`.
    pub kind: String,
    /// The server's address, or the recording's name with its digest.
    pub source: String,
    /// The last step that was polled.
    pub last_step: Option<Timestamp>,
    /// How many steps were polled since the start.
    pub steps: u64,
    /// How many samples came since the start.
    pub samples: u64,
    /// How often steps were passed over because they had become too old.
    pub gaps: u64,
    /// Whether a recording has been replayed to its end.
    pub ended: bool,
    /// What is missing or worth knowing, sorted.
    pub findings: Vec<String>,
    /// Queries that failed the last time: their signals, and why.
    pub failing: Vec<(String, String)>,
}

/// What the engine has seen and does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EngineStatus {
    /// The last time it was told; none before the first input.
    pub now: Option<Timestamp>,
    /// How many inputs it was told in its life.
    pub inputs: u64,
    /// How many of these since this process started.
    pub inputs_since_start: u64,
    /// How many things happened in it since this process started.
    pub events_since_start: u64,
    /// Whether a person has stopped all starts.
    pub paused: bool,
    /// Firings that go on, by detector and key.
    pub firings: Vec<FiringStatus>,
    /// How many actions were shown in its life, as far back as the journal goes.
    pub shadow_actions_count: u64,
    /// The last of these, newest first.
    pub shadow_actions: Vec<ShadowAction>,
    /// The last messages that people would have got and questions they would have been asked, newest first.
    pub shadow_messages: Vec<ShadowAction>,
}

/// A firing that goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FiringStatus {
    /// The detector's path.
    pub detector: String,
    /// The values of its key.
    pub key: Vec<String>,
    /// Since when.
    pub since: Timestamp,
}

/// Something that would have been done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShadowAction {
    /// The effect's id.
    pub id: String,
    /// When it was asked for, in the engine's time.
    pub at: Timestamp,
    /// What: `linux.restart_unit(host: web-1, unit: nginx)`.
    pub what: String,
    /// What the engine was told; none while it waits.
    pub outcome: Option<String>,
}

/// A pass over the repository.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PassStatus {
    /// When it ended, by the clock of the machine.
    pub ended_at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_milliseconds: u64,
    /// What it did, in order; empty when all was well.
    pub actions: Vec<String>,
    /// What it could not do; the next one tries again.
    pub problems: Vec<String>,
    /// Why it ended early, if it did.
    pub error: Option<String>,
    /// Whether waiting may be all that the error takes.
    pub error_is_temporary: bool,
    /// Tip of the main branch.
    pub main: Option<String>,
    /// Open pull requests of the branches under the pattern.
    pub pull_requests: Vec<PullRequestStatus>,
}

/// An open pull request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PullRequestStatus {
    /// Its number.
    pub number: u64,
    /// Its branch.
    pub branch: String,
    /// Its tip.
    pub head: String,
    /// Whether its impact has been written for this tip.
    pub assessed: bool,
}

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErrorEntry {
    /// When, by the clock of the machine.
    pub at: Timestamp,
    /// What.
    pub what: String,
}
