//! What a report holds: figures of a side, and the events that they were counted from.
//!
//! Every type here is part of the JSON form; `docs/impact.md` says what each number means.

mod events;
mod figures;

pub use events::{
    ActionRun, ApprovalRequest, Escalation, Firing, Peak, Reading, Run, VerifiedBy, Withheld, Withholding,
};
pub use figures::{Catch, FLAPPING_WITHIN, Figures, Range, Score, WorstCase};

use heal_engine::Labels;
use heal_program::{Millis, SemanticHash, Severity, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Listed, LocalZone, OutcomesReport, SignalQuality};

/// What one program did over one recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What people call the side: a branch, a commit, a folder.
    pub revision: String,
    /// Digest of the program.
    pub program: SemanticHash,
    /// Hash of program, recording and what came of it: equal where nothing that was counted differs.
    pub result: SemanticHash,
    /// What it was simulated over.
    pub recording: RecordingSummary,
    /// Over all policies that could be simulated.
    pub totals: Figures,
    /// A policy each, sorted by path.
    pub policies: Vec<PolicyReport>,
    /// A detector each, and an event each that a policy is on, sorted by path.
    pub detectors: Vec<DetectorReport>,
    /// What could not be simulated, sorted by item.
    pub not_simulated: Vec<NotSimulated>,
    /// How well was recorded what its signals read, where there is something to say, by path.
    #[serde(default)]
    pub quality: Vec<SignalQuality>,
    /// What was really done while the recording was made, by path of plan or action.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<OutcomesReport>,
    /// Whatever else a reader should know, a sentence each: dropped samples, pauses.
    pub notes: Vec<String>,
}

/// What a recording holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RecordingSummary {
    /// Its name.
    pub name: String,
    /// Where it was recorded: `production`.
    pub environment: String,
    /// The zone in which local hours are told; UTC where the package names none.
    #[serde(default)]
    pub zone: LocalZone,
    /// Its first instant.
    pub start: Timestamp,
    /// Its last instant.
    pub end: Timestamp,
    /// How many series.
    pub series_count: u64,
    /// How many samples.
    pub samples_count: u64,
    /// How many samples there would be without gaps, where that is known.
    pub samples_expected: Option<u64>,
    /// How many gaps.
    pub gaps_count: u64,
    /// Whether somebody labelled the incidents.
    pub incidents_labelled: bool,
    /// The incidents, by start and name.
    pub incidents: Vec<IncidentSummary>,
    /// Incidents that were labelled and of which nothing was recorded: they lie wholly before or after it. Nobody can
    /// have caught or missed them.
    #[serde(default)]
    pub incidents_outside: Vec<IncidentSummary>,
    /// Its quality, a sentence each.
    pub notes: Vec<String>,
}

impl Report {
    /// Whether a policy relies on a signal that was not recorded well.
    pub(crate) fn rests_on_trouble(&self, policy: &str) -> bool {
        let troubled = self.quality.iter().filter(|quality| quality.is_in_trouble());
        troubled.flat_map(|quality| &quality.policies).any(|path| path == policy)
    }
}

impl RecordingSummary {
    /// Whether a firing can be told to be false: there are incidents, and people said which.
    #[must_use]
    pub fn has_incidents(&self) -> bool {
        self.incidents_labelled && !self.incidents.is_empty()
    }
}

/// A labelled incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentSummary {
    /// Its name, unique in a recording.
    pub name: String,
    /// When it began.
    pub start: Timestamp,
    /// When it ended, inclusive.
    pub end: Timestamp,
    /// What it concerns, sorted by label.
    pub labels: Labels,
}

/// What one policy did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyReport {
    /// Its path.
    pub path: String,
    /// Hash of its meaning.
    pub hash: SemanticHash,
    /// Path of the detector or event that it acts on.
    pub detector: String,
    /// Whether it is in shadow: what it decided is told here, enters no total, and is done by nobody.
    #[serde(default)]
    pub shadow: bool,
    /// Why it cannot be told what it starts; then its figures of runs are of no worth and are shown nowhere.
    pub unknown: Option<String>,
    /// Whether not even its detector's firings can be told; then none of its figures are of any worth.
    pub detection_unknown: bool,
    /// Its numbers; catches and false alarms are those of its detector.
    pub figures: Figures,
    /// The most it can start whatever happens: its tightest limit without `per`.
    pub worst_case: Option<WorstCase>,
    /// Its runs, in order of start.
    pub runs: Listed<Run>,
    /// What was held back, in order of time.
    pub withheld: Listed<Withheld>,
    /// Whom it asked, in order of time.
    pub approvals: Listed<ApprovalRequest>,
    /// Whom it told, in order of time.
    pub escalations: Listed<Escalation>,
    /// What it would have done besides, were every verification false.
    pub only_if_failing: Course,
}

/// What comes of one way in which verifications may end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Course {
    /// Runs, in order of start.
    pub runs: Listed<Run>,
    /// What was held back, in order of time.
    pub withheld: Listed<Withheld>,
    /// Whom it asked, in order of time.
    pub approvals: Listed<ApprovalRequest>,
    /// Whom it told, in order of time.
    pub escalations: Listed<Escalation>,
}

/// What one detector saw, or when an event happened that a policy is on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DetectorReport {
    /// Its path.
    pub path: String,
    /// Hash of its meaning.
    pub hash: SemanticHash,
    /// How bad its firings are.
    pub severity: Severity,
    /// Whether it is an event that a policy is on: each time that it happened is a firing, which begins and ends with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_event: bool,
    /// Its condition as written; of an event empty.
    pub condition: String,
    /// Paths of the policies on it, sorted. None: its firings start nothing and do not count in the headline.
    pub policies: Vec<String>,
    /// Paths of the signals it reads, sorted.
    pub signals: Vec<String>,
    /// The bounds in its condition that do not move, for pictures.
    pub thresholds: Vec<Threshold>,
    /// Why nothing can be said of it.
    pub unknown: Option<String>,
    /// How it did on the incidents that concern it.
    pub score: Score,
    /// Its firings, by start and key.
    pub firings: Listed<Firing>,
}

/// A bound in a condition that does not move: `latency > 250ms`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// Path of the signal that is compared.
    pub signal: String,
    /// The bound, in the unit that the signal is shown in.
    pub value: f64,
    /// The bound with its unit.
    pub text: String,
}

/// Something that could not be decided for lack of data. All downstream is unknown, not zero.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NotSimulated {
    /// Path of what lacks data.
    pub item: String,
    /// What is missing.
    pub reason: String,
    /// Paths of the detectors, plans and policies downstream, sorted.
    pub downstream: Vec<String>,
}

/// A stretch of time of something that has an id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Its id, as in the trace.
    pub id: SemanticHash,
    /// When it began.
    pub start: Timestamp,
    /// When it ended; none: not within the recording, or it has no length.
    pub end: Option<Timestamp>,
}

impl Moment {
    /// How much later the other began; negative: earlier.
    #[must_use]
    pub fn moved_to(&self, other: &Moment) -> Millis {
        other.start.since(self.start)
    }
}
