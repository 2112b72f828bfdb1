//! What was really done while a recording was made, and how it ended.

use std::collections::BTreeMap;

use heal_program::Timestamp;

use crate::Labels;
use crate::labels::series_text;

/// Something that was really done to a target, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outcome {
    /// When it began.
    pub start: Timestamp,
    /// Path of the plan, or of the action, that it was.
    pub item: String,
    /// What it was done to: key fields with their values.
    pub labels: Labels,
    /// When it ended; none: nobody wrote it down.
    pub end: Option<Timestamp>,
    /// What came of it.
    pub verdict: Verdict,
    /// What people wrote about it.
    pub note: String,
    /// What it is called where it comes from: the number of a job.
    pub source: String,
    /// The name of the file that it was read from.
    pub file: String,
}

/// What came of something that was really done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It helped.
    Passed,
    /// It was done, and did not help.
    Failed,
    /// A step of it failed.
    StepFailed,
    /// It was done, and nobody wrote down whether it helped.
    Done,
    /// Nobody knows what came of it.
    Unknown,
}

impl Verdict {
    /// All of them, in the order in which they are counted.
    pub const ALL: [Verdict; 5] =
        [Verdict::Passed, Verdict::Failed, Verdict::StepFailed, Verdict::Done, Verdict::Unknown];

    /// As it is written in a recording.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Passed => "passed",
            Verdict::Failed => "failed",
            Verdict::StepFailed => "step_failed",
            Verdict::Done => "done",
            Verdict::Unknown => "unknown",
        }
    }

    /// The one that is written so; case, blanks and dashes do not matter.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Verdict> {
        let word = word.trim().to_lowercase().replace([' ', '-'], "_");
        Verdict::ALL.into_iter().find(|verdict| verdict.word() == word)
    }

    /// As people read it.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Verdict::StepFailed => "step failed",
            Verdict::Passed | Verdict::Failed | Verdict::Done | Verdict::Unknown => self.word(),
        }
    }
}

/// What tells an outcome from others: what was done to what, and when.
pub(crate) type OutcomeKey = (Timestamp, String, Labels);

impl Outcome {
    pub(crate) fn key(&self) -> OutcomeKey {
        (self.start, self.item.clone(), self.labels.clone())
    }

    /// Whether both say the same, wherever they were read from.
    #[must_use]
    pub fn says_the_same(&self, other: &Outcome) -> bool {
        let Outcome { start, item, labels, end, verdict, note, source, file: _ } = self;
        (start, item, labels, end, verdict, note, source)
            == (
                &other.start,
                &other.item,
                &other.labels,
                &other.end,
                &other.verdict,
                &other.note,
                &other.source,
            )
    }

    /// What was done to what, for people: `refill{service="cart"}`.
    pub(crate) fn text(&self) -> String {
        series_text(&self.item, &self.labels)
    }
}

/// What is recorded of one plan or action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeTally {
    /// Its path.
    pub item: String,
    /// How many there are of each verdict that there is.
    pub counts: BTreeMap<Verdict, u64>,
    /// When the first began.
    pub first: Timestamp,
    /// When the last began.
    pub last: Timestamp,
}

impl OutcomeTally {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.values().sum()
    }
}

/// What is recorded of each plan and action, sorted by path.
#[must_use]
pub fn tally_outcomes<'o>(outcomes: impl IntoIterator<Item = &'o Outcome>) -> Vec<OutcomeTally> {
    let mut tallies: BTreeMap<&str, OutcomeTally> = BTreeMap::new();
    for outcome in outcomes {
        let tally = tallies.entry(&outcome.item).or_insert_with(|| OutcomeTally {
            item: outcome.item.clone(),
            counts: BTreeMap::new(),
            first: outcome.start,
            last: outcome.start,
        });
        *tally.counts.entry(outcome.verdict).or_default() += 1;
        tally.first = tally.first.min(outcome.start);
        tally.last = tally.last.max(outcome.start);
    }
    tallies.into_values().collect()
}
