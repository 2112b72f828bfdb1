//! The numbers of a report.

use std::{collections::BTreeMap, fmt};

use heal_program::{Millis, SemanticHash};
use serde::{Deserialize, Serialize};

use super::Withholding;
use crate::units;

/// The numbers of a policy, or of all policies together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Incidents that concern it.
    pub incidents: u64,
    /// Incidents caught.
    pub caught: u64,
    /// Median over the caught incidents of the time from an incident's start to the first firing in it.
    pub median_time_to_detect: Option<Millis>,
    /// Firings.
    pub firings: u64,
    /// Firings that belong to no incident; none where nobody labelled the incidents.
    pub false_alarms: Option<u64>,
    /// Firings of a key that began within [`FLAPPING_WITHIN`] of the end of its last one.
    pub flapping: u64,
    /// Runs of plans that were started.
    pub runs: Range,
    /// Actions that were asked for.
    pub actions: Range,
    /// The most actions that were asked for in any one minute. Of all policies together: at least the most of one, at most as
    /// if all had theirs in the same minute.
    pub actions_in_worst_minute: Range,
    /// What was held back, by guard; without approvals.
    pub withheld: BTreeMap<Withholding, Range>,
    /// The same of all guards together: what they held back in the one course and in the other, which the ends of the ranges
    /// above may be of, either way. [`Figures::withheld_count`] says it of documents too that have no such field.
    #[serde(default)]
    pub withheld_in_all: Range,
    /// How often a team was asked.
    pub approvals: Range,
    /// How often people were told.
    pub escalations: Range,
    /// Over the incidents in which a run passed, the median time from their start to the end of the first one that did,
    /// were every verification true. Of one policy; of all together it is not counted.
    pub median_time_to_repair: Option<Millis>,
    /// The median of how long the same incidents lasted as they were recorded.
    pub median_time_recorded: Option<Millis>,
}

/// A key that fires again this soon has not been repaired: its detector wants a `for` or a `clear when`.
pub const FLAPPING_WITHIN: Millis = Millis::from_minutes(10);

impl Figures {
    /// How often a rung was held back, by whatever guard.
    #[must_use]
    pub fn withheld_count(&self) -> Range {
        if self.withheld_in_all == Range::default() {
            return self.withheld.values().fold(Range::default(), |sum, count| sum.plus(*count));
        }
        self.withheld_in_all
    }
}

/// A count that is known to lie between two bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// At least.
    pub min: u64,
    /// At most.
    pub max: u64,
}

impl Range {
    /// A count that is known.
    #[must_use]
    pub fn of(count: u64) -> Range {
        Range { min: count, max: count }
    }

    /// The least that holds two counts.
    #[must_use]
    pub fn between(one: u64, other: u64) -> Range {
        Range { min: one.min(other), max: one.max(other) }
    }

    /// The sum with a count that is known as well.
    #[must_use]
    pub fn plus(self, other: Range) -> Range {
        Range { min: self.min.saturating_add(other.min), max: self.max.saturating_add(other.max) }
    }
}

/// `12`, or `12..14`.
impl fmt::Display for Range {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.min == self.max {
            formatter.write_str(&units::count(self.min))
        } else {
            write!(formatter, "{}..{}", units::count(self.min), units::count(self.max))
        }
    }
}

/// How a detector did on the incidents that concern it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Incidents that concern it.
    pub incidents: u64,
    /// Those that it caught, in order of time.
    pub caught: Vec<Catch>,
    /// Names of those that it missed, in order of time.
    pub missed: Vec<String>,
    /// Median of the times to detect.
    pub median_time_to_detect: Option<Millis>,
    /// Ids of the firings that belong to no incident, in order; empty where nobody labelled the incidents.
    pub false_alarms: Vec<SemanticHash>,
}

/// An incident was caught.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catch {
    /// The incident's name.
    pub incident: String,
    /// The first firing that belongs to it.
    pub firing: SemanticHash,
    /// From the incident's start to the firing's; zero for one that fired already.
    pub time_to_detect: Millis,
}

/// The most that a policy can start whatever happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorstCase {
    /// Most run starts.
    pub runs_max: u32,
    /// In any window of this length.
    pub window: Millis,
}

impl WorstCase {
    /// Whether it lets a policy start more than `other` in the long run.
    #[must_use]
    pub fn is_more_than(&self, other: &WorstCase) -> bool {
        let product = |runs: u32, window: Millis| i128::from(runs) * i128::from(window.0.max(0));
        product(self.runs_max, other.window) > product(other.runs_max, self.window)
    }
}

/// `6/h`, `2/30m`, `100/d`.
impl fmt::Display for WorstCase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let window = self.window.to_string();
        let unit = window.strip_prefix('1').filter(|rest| rest.chars().all(|c| c.is_ascii_alphabetic()));
        write!(formatter, "{}/{}", self.runs_max, unit.unwrap_or(&window).replace(' ', ""))
    }
}
