//! What tuning comes to. Every type here is part of the JSON form; `docs/tune.md` says what each number means.

use std::collections::BTreeMap;

use heal_program::Timestamp;
use heal_report::{BrokenGate, Figures};
use serde::Serialize;

use crate::cost::{Cost, CostFrom, Course, Tally};

/// What tuning comes to: proposals, and why there are no others.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tuning {
    /// What it rests on.
    pub recording: RecordingFacts,
    /// What things cost.
    pub cost: Cost,
    /// Who says so.
    pub cost_from: CostFrom,
    /// Most blocks of time.
    pub folds: usize,
    /// Most simulations to search by.
    pub budget: usize,
    /// How many there were. The impact of a proposal is told by two more, which are not counted.
    pub simulations: usize,
    /// How many searches were made at once, of params that share nothing: what is proposed must be more than chance among
    /// all of them.
    pub searches: usize,
    /// Proposals, by path of their first param.
    pub proposals: Vec<Proposal>,
    /// Params that no value is proposed for, with the reason; by path.
    pub refused: Vec<Refused>,
}

/// What was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordingFacts {
    /// Its name.
    pub name: String,
    /// Its first instant.
    pub start: Timestamp,
    /// Its last instant.
    pub end: Timestamp,
    /// How many incidents it has.
    pub incidents: usize,
}

/// Values that are proposed together: their params reach the same detectors or policies.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Proposal {
    /// The params that move, by path.
    pub params: Vec<ParamChange>,
    /// What it rests on.
    pub evidence: Evidence,
    /// What it would have done over the whole recording.
    pub impact: Impact,
    /// What else a reader should know, a sentence each.
    pub notes: Vec<String>,
}

/// A param with the value that is proposed for it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParamChange {
    /// Its path.
    pub path: String,
    /// The file that it stands in, from the package's root.
    pub file: String,
    /// The line.
    pub line: usize,
    /// That line.
    pub line_before: String,
    /// The same with the proposed value.
    pub line_after: String,
    /// The value that it has.
    pub present: Value,
    /// The value that is proposed.
    pub proposed: Value,
    /// The lowest and the highest value that were tried.
    pub tried: [Value; 2],
    /// How many were.
    pub tried_count: usize,
    /// How many there are that could have been.
    pub values_count: usize,
    /// All values from the first to the second cost the same, the other params as proposed.
    pub same_cost: [Value; 2],
    /// Whether that stretch may be longer: nobody looked.
    pub same_cost_open: bool,
}

/// A value of a param.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Value {
    /// As it is written.
    pub text: String,
    /// In the base unit of its dimension.
    pub value: f64,
}

/// What an improvement rests on.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Evidence {
    /// Names of the incidents that what is tuned can notice, by start.
    pub incidents: Vec<String>,
    /// Blocks of time, each judged by values that were found on all that came before it.
    pub held_out: Vec<Block>,
    /// What they say; none where they cannot.
    pub saving: Option<Saving>,
    /// The whole recording, on which the values that are proposed were found.
    pub whole: Option<BeforeAfter>,
}

/// A block of time that judges.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Block {
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
    /// By path the values that were found on all before it.
    pub values: BTreeMap<String, String>,
    /// What the present and those values come to in it.
    #[serde(flatten)]
    pub costs: BeforeAfter,
}

/// What the present values come to, and others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BeforeAfter {
    /// The present ones.
    pub now: Costed,
    /// The others.
    pub proposed: Costed,
}

/// A tally with its cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Costed {
    /// What was counted.
    #[serde(flatten)]
    pub tally: Tally,
    /// What it costs, were every verification true.
    pub cost_passing: f64,
    /// What it costs, were every verification false.
    pub cost_failing: f64,
    /// The mean of both, which is what values are compared by.
    pub cost: f64,
}

impl Costed {
    /// A tally with its cost.
    pub(crate) fn of(tally: Tally, cost: &Cost) -> Costed {
        Costed {
            tally,
            cost_passing: tally.cost(cost, Course::Passing),
            cost_failing: tally.cost(cost, Course::Failing),
            cost: tally.mean_cost(cost),
        }
    }
}

/// What the blocks that judge say of an improvement, in cost a block.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Saving {
    /// On average.
    pub mean: f64,
    /// The standard error of that.
    pub standard_error: f64,
    /// What it is at least in nine of ten such averages, over all searches that were made. Where all blocks save the same
    /// that is the average, and nothing is claimed.
    pub at_least: f64,
    /// In the block in which it is least.
    pub min: f64,
    /// In the block in which it is most.
    pub max: f64,
    /// On average, were every verification true.
    pub passing: f64,
    /// On average, were every verification false.
    pub failing: f64,
}

/// What a proposal would have done, from the impact diff of the whole recording.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Impact {
    /// Its headline.
    pub headline: String,
    /// Figures at present.
    pub base: Figures,
    /// Figures with the proposed values.
    pub head: Figures,
    /// Gates that the change would not pass.
    pub gates_broken: Vec<BrokenGate>,
}

/// Params that no value is proposed for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Refused {
    /// Their paths.
    pub params: Vec<String>,
    /// Which kind of reason.
    pub reason: RefusedReason,
    /// Why not, in words.
    pub why: String,
    /// What was found and not proposed, by path; empty: nothing.
    pub found: BTreeMap<String, String>,
    /// What was looked at; none where nothing was.
    pub evidence: Option<Evidence>,
    /// What else a reader should know, a sentence each.
    pub notes: Vec<String>,
}

/// Kinds of reasons why no value is proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusedReason {
    /// It has no range.
    NoRange,
    /// It belongs to another package.
    OtherPackage,
    /// Its range holds no other value that may be tried.
    NoOtherValue,
    /// A bound hangs on it.
    Bound,
    /// What is done hangs on it.
    Deed,
    /// No detector reads it, or none that a policy acts on.
    NothingJudged,
    /// The recording lacks what a detector that it reaches reads.
    NotSimulated,
    /// Too few incidents.
    TooFewIncidents,
    /// The incidents make too few blocks of time.
    TooFewBlocks,
    /// No value changes anything that costs.
    NothingDiffers,
    /// No value is better than the present one.
    PresentIsBest,
    /// The lowest cost is that what is tuned, or one detector of it, notices no incident at all.
    NothingCaught,
    /// What the past proposed was no better later.
    NotConfirmed,
    /// It was better by no more than chance.
    WithinNoise,
    /// Whether it is better hangs on whether verifications pass.
    HangsOnVerify,
    /// The change would loosen a bound.
    Loosens,
}
