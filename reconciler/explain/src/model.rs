//! What an explanation holds. Every type here is part of the JSON form, `docs/schema/explanation.v1.json`; times are
//! milliseconds since 1970, in UTC.

use heal_engine::{FiringEnd, Labels};
use heal_program::{Millis, SemanticHash, Severity, Timestamp};
use serde::Serialize;

use crate::Reading;

/// Why something happened, or did not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// What was asked about: an id, a policy with its key and a time, an incident.
    pub asked: String,
    /// The answer in one sentence.
    pub sentence: String,
    /// What people call the side that ran.
    pub revision: String,
    /// Digest of its program.
    pub program: SemanticHash,
    /// The recording.
    pub recording: String,
    /// What the detectors saw.
    pub detections: Vec<Detection>,
    /// What the policies did about it.
    pub policies: Vec<Conduct>,
    /// Where all that is named was written.
    pub places: Vec<Place>,
    /// What else there is to know, a sentence each.
    pub notes: Vec<String>,
}

/// What a detector saw of one key.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Detection {
    /// The detector's path, or that of an event.
    pub detector: String,
    /// The key.
    pub labels: Labels,
    /// How bad its firings are; none for an event.
    pub severity: Option<Severity>,
    /// What it came to.
    pub state: DetectionState,
    /// The firing, where there is one.
    pub firing: Option<SemanticHash>,
    /// When the firing began.
    pub start: Option<Timestamp>,
    /// When it ended; none: not within the recording.
    pub end: Option<Timestamp>,
    /// Why it ended.
    pub ended: Option<FiringEnd>,
    /// The condition, as it is written.
    pub condition: String,
    /// The step that the values below are of.
    pub at: Option<Timestamp>,
    /// The condition and its parts at that step, each below the one that it is a part of.
    pub values: Vec<Reading>,
    /// What was learned, where the condition reads any of it: value, band and score.
    pub learned: Vec<Reading>,
    /// How long the condition must be true.
    pub hold: Millis,
    /// Since when it was true without a break; none: it was not.
    pub true_since: Option<Timestamp>,
    /// The first step at which it was no longer; none: not while anybody looked.
    pub true_until: Option<Timestamp>,
    /// What it read when it ended.
    pub values_at_end: Vec<Reading>,
    /// What is to be said of it, a sentence each.
    pub why: Vec<String>,
    /// What would have had to differ. Each entry alone would have been enough.
    pub differ: Vec<String>,
}

/// What a detection came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DetectionState {
    /// It began to fire.
    Fired,
    /// It fired already, and went on.
    Fires,
    /// Its condition was true, and not for long enough.
    Pending,
    /// Its condition was false.
    False,
    /// Its condition was unknown.
    Unknown,
    /// Its key was never seen.
    Unseen,
    /// Nothing can be said of it over this recording.
    NotSimulated,
    /// An event happened.
    Happened,
}

/// What a policy did about a firing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Conduct {
    /// The policy's path.
    pub policy: String,
    /// The key that it decided about.
    pub labels: Labels,
    /// Whether it is in shadow: it decides, and nothing is done.
    pub shadow: bool,
    /// What it did, as if every verification passed and as if every one failed; one where that is the same.
    pub courses: Vec<CourseTold>,
}

/// What a policy did in one course of a simulation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CourseTold {
    /// What was assumed of the world.
    pub assuming: Assumption,
    /// What happened, in order of time.
    pub events: Vec<EventTold>,
    /// Where the policy stood, where that was asked or nothing happened.
    pub standing: Vec<String>,
}

/// What a simulation assumes of verifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Assumption {
    /// Whatever they come to.
    Whatever,
    /// Every one passes.
    Passing,
    /// Every one fails.
    Failing,
}

/// Something that a policy did, or was kept from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventTold {
    /// When.
    pub at: Timestamp,
    /// Its id, where it has one.
    pub id: Option<SemanticHash>,
    /// Whether it is what was asked about.
    pub asked: bool,
    /// What kind of event: `withheld`, `run`, `action`, `verify`, `approval`, `page`, `choice`, `revert`.
    pub kind: &'static str,
    /// What happened.
    pub text: String,
    /// What it was decided by, a line each: guards with their counters, values, arms of a choice.
    pub because: Vec<String>,
    /// What would have had to differ. Each entry alone would have been enough, but for what is `also` there: of that, one
    /// entry each would have had to differ as well.
    pub differ: Vec<String>,
    /// What else stood in the way of what was withheld at that moment.
    pub also: Vec<AlsoTold>,
}

/// Something that would have held a rung back, had what did not been there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlsoTold {
    /// What it is.
    pub text: String,
    /// What it was decided by, a line each.
    pub because: Vec<String>,
    /// What would have had to differ. Each entry alone would have been enough for this one.
    pub differ: Vec<String>,
}

/// Where an item was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// `detector`, `policy`, `param`, ...
    pub kind: String,
    /// The item's path.
    pub item: String,
    /// Path of the file from the package's root.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Who wrote that line last; none: nobody looked, or nobody knows.
    pub commit: Option<Commit>,
    /// Why there is no commit: `not committed`, `part of Heal`; empty: nobody looked.
    pub note: String,
    /// Its other lines that were written later than its first, or are not committed; the latest, in order of place.
    pub lines: Vec<LineTold>,
    /// How many more of those there are.
    pub more_lines: u32,
}

/// A line of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LineTold {
    /// Which, from 1.
    pub line: u32,
    /// What stands there, without the spaces around it.
    pub text: String,
    /// Who wrote it last; none: nobody committed it.
    pub commit: Option<Commit>,
}

/// The commit that a line is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Commit {
    /// Its id, in hexadecimal digits.
    pub id: String,
    /// Its author's name.
    pub author: String,
    /// When its author wrote it.
    pub at: Timestamp,
}
