//! How far the machine may go: policies and guards.

use serde::{Deserialize, Serialize};

use super::{Argument, Head, Require, Way};
use crate::{Calendar, Millis, index::*};

/// `policy heal_leaks { on ... where ... try ... then ... guard { ... } }`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Path, hash, origin.
    pub head: Head,
    /// What it acts on.
    pub on: Trigger,
    /// Only firings for which this is true.
    pub condition: Option<Require>,
    /// What to try, in order.
    pub ladder: Vec<Rung>,
    /// How far it may go.
    pub guard: Guard,
    /// Whether it decides and does nothing.
    pub shadow: bool,
}

/// What a policy acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Firings of a detector.
    Detector(DetectorIndex),
    /// Each event: an episode that begins and ends with it.
    Event(EventIndex),
}

impl Trigger {
    /// The detector, if it is one.
    #[must_use]
    pub fn detector(self) -> Option<DetectorIndex> {
        match self {
            Trigger::Detector(index) => Some(index),
            Trigger::Event(_) => None,
        }
    }
}

/// A rung of a ladder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// Run a plan.
    Plan {
        /// Which.
        plan: PlanIndex,
        /// One argument a parameter of the plan.
        arguments: Vec<Argument>,
        /// The rung is repeated after this time while the firing goes on; none: once.
        again: Option<Millis>,
    },
    /// Run the plan among these that has done best so far.
    Choose {
        /// The plans with their arguments.
        among: Vec<(PlanIndex, Vec<Argument>)>,
        /// See `Plan`.
        again: Option<Millis>,
    },
    /// Tell people.
    Escalate {
        /// How; none: the service's default channel.
        channel: Option<ChannelIndex>,
        /// One argument a parameter of the channel.
        arguments: Vec<Argument>,
    },
}

impl Rung {
    /// After what time it is repeated while the firing goes on; none: it is not.
    #[must_use]
    pub fn again(&self) -> Option<Millis> {
        match self {
            Rung::Plan { again, .. } | Rung::Choose { again, .. } => *again,
            Rung::Escalate { .. } => None,
        }
    }

    /// The plans that it may run.
    pub fn plans(&self) -> impl Iterator<Item = PlanIndex> + '_ {
        let (one, among) = match self {
            Rung::Plan { plan, .. } => (Some(*plan), [].as_slice()),
            Rung::Choose { among, .. } => (None, among.as_slice()),
            Rung::Escalate { .. } => (None, [].as_slice()),
        };
        one.into_iter().chain(among.iter().map(|(plan, _)| *plan))
    }
}

/// `guard { ... }`: what bounds a policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Guard {
    /// Shared guards that hold too.
    pub shared: Vec<SharedGuardIndex>,
    /// `limit 20 per 1h, 3 per 1h per namespace`. At least one without `per` field when the ladder has a plan.
    pub limits: Vec<Limit>,
    /// `cooldown 30m per (namespace)`.
    pub cooldown: Option<Cooldown>,
    /// `blast_radius 10% of Pod per namespace within 1h`.
    pub blast_radius: Vec<BlastRadius>,
    /// `concurrency 1 per pod.service`.
    pub concurrency: Vec<Concurrency>,
    /// `breaker 2 failures in 1h per namespace, open for 1h`.
    pub breakers: Vec<Breaker>,
    /// `approval "sre" when ..., timeout 15m else escalate`.
    pub approval: Option<Approval>,
    /// `canary 1 then 25% then 100% settle 5m`.
    pub canary: Option<Canary>,
    /// `freeze "Fri 17:00..Mon 07:00 Europe/Berlin"`: no plan starts then.
    pub freeze: Vec<Calendar>,
    /// `only "Mon..Fri 09:00..17:00 Europe/Berlin"`: plans start only then, in any of these.
    pub only: Vec<Calendar>,
    /// `storm 20 firings in 5m, open for 30m`.
    pub storm: Option<Storm>,
    /// How long a ladder may be withheld before it escalates; none: [`WITHHELD_DEFAULT`].
    pub withheld_escalates_after: Option<Millis>,
}

/// How long a ladder may be withheld before it escalates, unless its guard says so.
pub const WITHHELD_DEFAULT: Millis = Millis::from_minutes(15);

impl Guard {
    /// How long a ladder may be withheld before it escalates.
    #[must_use]
    pub fn withheld_escalates_after(&self) -> Millis {
        self.withheld_escalates_after.unwrap_or(WITHHELD_DEFAULT)
    }
}

/// `guard shared fleet { ... }`: one count for all policies that name it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SharedGuard {
    /// Path, hash, origin.
    pub head: Head,
    /// What it says.
    pub guard: Guard,
}

/// What a guard counts apart by. Untagged: a key field is its name alone, as in programs from before there were ways.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Per {
    /// A field of the key at hand: `namespace`.
    Key(String),
    /// What a way leads to from an entity that the key identifies: `pod.service`, `pod.service.tier`. Unknown withholds.
    Way(Way),
}

/// As it is written.
impl std::fmt::Display for Per {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Per::Key(field) => formatter.write_str(field),
            Per::Way(way) => way.fmt(formatter),
        }
    }
}

/// At most `runs_max` run starts in any window `(t - window, t]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// Most starts.
    pub runs_max: u32,
    /// Length of the sliding window.
    pub window: Millis,
    /// What counts apart; none: one counter.
    pub per: Vec<Per>,
}

/// At least `span` between two run starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cooldown {
    /// The time between.
    pub span: Millis,
    /// What counts apart; none: the firing's whole key.
    pub per: Vec<Per>,
}

/// At most a share of the live entities of a kind are acted on in the trailing window, or in flight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BlastRadius {
    /// Most of them.
    pub most: Share,
    /// The kind.
    pub entity: EntityIndex,
    /// What counts apart; none: all together.
    pub per: Vec<Per>,
    /// The window.
    pub within: Millis,
}

/// A share of something, or a number of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// Part of the whole, 0 to 1; rounded down, at least 1.
    Part(f64),
    /// So many.
    Count(u32),
}

/// At most `runs_max` runs at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concurrency {
    /// Most runs in flight.
    pub runs_max: u32,
    /// What counts apart; none: all together.
    pub per: Vec<Per>,
}

/// Opens after failed and inconclusive runs; after `open_for` lets one run through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    /// How many open it.
    pub failures: u32,
    /// In which window.
    pub window: Millis,
    /// What counts apart; none: all together.
    pub per: Vec<Per>,
    /// How long it stays open.
    pub open_for: Millis,
}

/// Waves of targets: the next begins when all of one passed and settled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Canary {
    /// How many of this policy's firing keys each wave reaches, the last all.
    pub waves: Vec<Share>,
    /// How long a wave must have passed.
    pub settle: Millis,
}

/// So many new firings hold every plan back: something larger is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storm {
    /// How many.
    pub firings: u32,
    /// In which window.
    pub window: Millis,
    /// How long it holds after the last of them.
    pub open_for: Millis,
}

/// People must agree before a run starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    /// Who is asked.
    pub asked: Asked,
    /// How many must agree.
    pub quorum: u32,
    /// Ask only when this is true or unknown; none: always.
    pub condition: Option<Require>,
    /// How long an answer is waited for.
    pub timeout: Millis,
    /// What happens when none comes.
    pub on_timeout: OnTimeout,
}

/// Who is asked for an approval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// A team by name.
    Team(String),
    /// A channel that brings the answer.
    Channel {
        /// Which.
        channel: ChannelIndex,
        /// One argument a parameter of the channel.
        arguments: Vec<Argument>,
    },
}

/// What an approval that ran out leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnTimeout {
    /// The ladder ends and people are told.
    Escalate,
    /// The rung counts as rejected; the ladder ends and people are told that too, as a rejection.
    Reject,
}
