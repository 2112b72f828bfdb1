//! What came of a test.

use heal_explain::Reading;
use heal_program::{Origin, Timestamp, scenario::Place};

/// What came of a test.
#[derive(Clone, Debug, PartialEq)]
pub struct TestResult {
    /// Its name.
    pub name: String,
    /// The module it stands in; empty for the package's root.
    pub module: String,
    /// Where it stands.
    pub origin: Origin,
    /// Its name, in the file of its origin.
    pub place: Place,
    /// When it began, in its own time.
    pub start: Timestamp,
    /// When it ended.
    pub end: Timestamp,
    /// How many expectations it has.
    pub expectations: usize,
    /// Why it failed; empty when it passed.
    pub failures: Vec<Failure>,
    /// What happened in it; none for one that passed.
    pub timeline: Option<Timeline>,
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was as expected.
    Passed,
    /// Something was not.
    Failed,
}

impl TestResult {
    /// How it ended.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        if self.failures.is_empty() { Outcome::Passed } else { Outcome::Failed }
    }

    /// Calls its files by other names: as they are found from where a person is.
    pub fn rename_files(&mut self, name: impl Fn(&str) -> String) {
        self.origin.file = name(&self.origin.file);
        for failure in &mut self.failures {
            match failure {
                Failure::Expectation { origin, .. } | Failure::NotGiven { origin, .. } => {
                    origin.file = name(&origin.file);
                }
                Failure::NotSimulated { .. }
                | Failure::NoRecording { .. }
                | Failure::TooLong { .. }
                | Failure::Defect { .. } => {}
            }
        }
    }
}

/// Why a test failed.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// Something was expected and did not happen, or the other way round.
    Expectation {
        /// The expectation as it was written.
        text: String,
        /// Where.
        origin: Origin,
        /// The same, in the file of its origin.
        place: Place,
        /// What was expected, in a sentence.
        expected: String,
        /// What happened, a line each.
        happened: Vec<String>,
        /// Values at the moments that decided.
        moments: Vec<Moment>,
    },
    /// The outcome hangs on something that the test does not give.
    NotGiven {
        /// Where the expectation stands whose outcome it is.
        origin: Origin,
        /// The same, in the file of its origin.
        place: Place,
        /// What it is: `rss_limit{namespace: "cart", pod: "a"}`.
        input: String,
        /// What reads it.
        because: String,
        /// What to write.
        help: String,
    },
    /// The outcome hangs on something that cannot be simulated.
    NotSimulated {
        /// The item.
        item: String,
        /// Why not.
        reason: String,
    },
    /// The recording is not there, or cannot be read.
    NoRecording {
        /// What is wrong with it.
        reason: String,
    },
    /// The test is longer than anything that runs here.
    TooLong {
        /// How many samples or steps it would take.
        count: u64,
        /// How many there may be.
        count_max: u64,
        /// `samples` or `steps`.
        what: &'static str,
    },
    /// A defect of Heal.
    Defect {
        /// What happened.
        reason: String,
    },
}

/// The values of a condition at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// Of what: `leaking, cart, a`.
    pub of: String,
    /// Why this moment: `began to fire`, `was true the longest, 8m of the 15m it needs`.
    pub why: String,
    /// The condition and its parts, each below the one that it is a part of.
    pub readings: Vec<Reading>,
}

/// What happened in a test, side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    /// Where it begins.
    pub start: Timestamp,
    /// Where it ends.
    pub end: Timestamp,
    /// A line each.
    pub lanes: Vec<Lane>,
    /// How many more there would be.
    pub left_out: usize,
}

/// A line of a timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// Its name: a signal with its key, a detector with its key, a policy with its plan.
    pub name: String,
    /// What it shows.
    pub kind: LaneKind,
}

/// What a line of a timeline shows.
#[derive(Clone, Debug, PartialEq)]
pub enum LaneKind {
    /// Samples.
    Samples {
        /// Time and value, in order.
        samples: Vec<(Timestamp, f64)>,
        /// Smallest and largest with their unit.
        range: Option<(String, String)>,
    },
    /// Stretches and points.
    Marks(Vec<Mark>),
}

/// Something on a line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// Where it begins.
    pub from: Timestamp,
    /// Where it ends; the same for a point.
    pub to: Timestamp,
    /// The character that it is drawn with.
    pub character: char,
    /// What it is, for the legend: `fires`, `runs`, `withheld`.
    pub meaning: &'static str,
}
