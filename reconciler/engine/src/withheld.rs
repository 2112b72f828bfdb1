//! Why a rung is held back, with the counters behind it.

use heal_program::{Millis, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Labels, Readings};

/// A field of an entity that is unknown, and is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lacking {
    /// As it is read: `queue.consumer`.
    pub read: String,
    /// The path of the entity item.
    pub entity: String,
    /// Which one.
    pub key: Labels,
    /// The field that is not known: what is read, or what it takes to know where that leads.
    pub field: String,
    /// When it was last told, if it ever was.
    pub told: Option<Timestamp>,
}

impl Lacking {
    /// What a test would give: `given Queue{queue: "orders"} = {consumer: ...}`.
    #[must_use]
    pub fn given(&self) -> String {
        let fields: Vec<String> = self.key.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
        format!("given {}{{{}}} = {{{}: ...}}", self.name(), fields.join(", "), self.field)
    }

    fn name(&self) -> &str {
        heal_program::short_name(&self.entity)
    }
}

/// As people read it.
impl std::fmt::Display for Lacking {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key: Vec<&str> = self.key.iter().map(|(_, value)| value.as_str()).collect();
        write!(formatter, "`{}` of {} {} is unknown: ", self.read, self.name(), key.join("/"))?;
        match self.read.rsplit('.').next() {
            Some(read) if read == self.field => formatter.write_str("it")?,
            Some(_) | None => write!(formatter, "its `{}`", self.field)?,
        }
        match self.told {
            None => formatter.write_str(" was never told"),
            Some(told) => write!(formatter, " was last told at {told}, and holds no longer"),
        }
    }
}

/// What held a rung back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "guard")]
pub enum WithheldReason {
    /// The policy's `where` is unknown (a false one is no matter of the policy at all).
    ConditionUnknown {
        /// Its text.
        condition: String,
        /// What it read.
        #[serde(default)]
        values: Readings,
        /// The fields for whose lack it is.
        #[serde(default)]
        lacking: Vec<Lacking>,
    },
    /// Something that a plan takes is unknown: an argument, the set of a `for each`.
    ArgumentUnknown {
        /// What, with names in backticks: ``argument `workload` ``.
        what: String,
        /// The fields for whose lack it is.
        #[serde(default)]
        lacking: Vec<Lacking>,
    },
    /// A `require` could not be found out.
    RequireUnknown {
        /// Its text.
        condition: String,
        /// `unknown`, or `not recorded` when nothing of what it reads was ever told.
        why: String,
        /// What it read.
        #[serde(default)]
        values: Readings,
        /// The fields for whose lack it is.
        #[serde(default)]
        lacking: Vec<Lacking>,
    },
    /// What a guard counts apart by is unknown.
    GroupUnknown {
        /// The guard.
        what: String,
        /// What it counts apart by: `pod.service`.
        per: String,
    },
    /// A limit is used up.
    Limit {
        /// Most run starts.
        runs_max: u32,
        /// In which window.
        window: Millis,
        /// Of which group, empty: all.
        per: Labels,
        /// How many there were.
        #[serde(default)]
        used: u32,
        /// When the oldest of them leaves the window.
        #[serde(default)]
        opens: Timestamp,
    },
    /// Another run of the group started too short a time ago.
    Cooldown {
        /// The time between.
        span: Millis,
        /// When it ends.
        until: Timestamp,
        /// Of which group.
        per: Labels,
    },
    /// As many runs of the group are in flight as may be.
    Concurrency {
        /// Most of them.
        runs_max: u32,
        /// Of which group, empty: all.
        per: Labels,
    },
    /// Too many distinct entities would have been acted on.
    BlastRadius {
        /// The kind of entity.
        entity: String,
        /// Most of them.
        most: u64,
        /// How many were acted on.
        acted: u64,
        /// Of how many that live; none: the guard says a number.
        live: Option<u64>,
        /// In which window.
        window: Millis,
        /// Of which group, empty: all.
        per: Labels,
    },
    /// Nobody says how many entities live, so no share of them is known.
    LiveCountUnknown {
        /// The kind of entity.
        entity: String,
        /// Of which group, empty: all.
        per: Labels,
    },
    /// Too many runs failed or came to no conclusion.
    Breaker {
        /// How many open it.
        failures: u32,
        /// In which window.
        window: Millis,
        /// Of which group, empty: all.
        per: Labels,
        /// When one run is let through; none: one is on its way, and what comes of it decides.
        until: Option<Timestamp>,
    },
    /// No plan starts at this time.
    Freeze {
        /// The calendar.
        calendar: String,
    },
    /// Plans start at other times only.
    Only {
        /// The calendars.
        calendars: String,
    },
    /// Nobody here knows the time zone of a calendar.
    CalendarUnknown {
        /// The calendar.
        calendar: String,
    },
    /// A wave has been started, and has not passed and settled.
    Canary {
        /// Which wave, from 1.
        wave: u32,
        /// Of how many.
        waves: u32,
        /// How many of the wave have started.
        started: u32,
        /// How many of them have passed.
        passed: u32,
        /// When the wave has settled; none: it has not passed.
        until: Option<Timestamp>,
    },
    /// A run of a wave did not pass: the rest is left to people.
    CanaryStopped {
        /// Which wave, from 1.
        wave: u32,
    },
    /// So many firings at once that something larger is wrong.
    Storm {
        /// How many make a storm.
        firings: u32,
        /// In which window.
        window: Millis,
        /// When it is over, if no more come.
        until: Timestamp,
    },
    /// A run disturbs what the detector reads.
    Disturbed {
        /// The signal's path.
        signal: String,
        /// The policy of the run.
        policy: String,
        /// When it is over; none: the run is still on its way.
        until: Option<Timestamp>,
    },
    /// Runs have disturbed what the plan disturbs for as much of an hour as may be.
    DisturbBudget {
        /// The signal's path.
        signal: String,
        /// For how long of the last hour.
        used: Millis,
        /// How long may be.
        budget: Millis,
    },
    /// What the firing depends on fires too, or may yet.
    Topology {
        /// The dependency.
        upstream: String,
        /// The detector that fires there; empty: none yet, and it is waited for.
        detector: String,
        /// Until when it is waited for.
        until: Option<Timestamp>,
    },
    /// An approval is being waited for.
    Approval {
        /// The team.
        team: String,
    },
    /// Another run works on the same entity.
    Busy {
        /// That run's policy.
        policy: String,
    },
    /// The engine cannot run an item yet.
    NotRunnable {
        /// Its path.
        item: String,
        /// What of it.
        why: String,
    },
    /// A person has stopped all starts.
    Paused,
}

impl WithheldReason {
    /// The fields of entities for whose lack it is.
    #[must_use]
    pub fn lacking(&self) -> &[Lacking] {
        #[expect(clippy::wildcard_enum_match_arm, reason = "nothing else hangs on fields")]
        match self {
            WithheldReason::ConditionUnknown { lacking, .. }
            | WithheldReason::ArgumentUnknown { lacking, .. }
            | WithheldReason::RequireUnknown { lacking, .. } => lacking,
            _ => &[],
        }
    }

    /// Whether two are the same but for counters that move by themselves: then nothing new is to be said.
    #[must_use]
    pub fn is_like(&self, other: &WithheldReason) -> bool {
        self.still() == other.still()
    }

    /// The reason without what moves by itself.
    fn still(&self) -> WithheldReason {
        let mut still = self.clone();
        match &mut still {
            WithheldReason::ConditionUnknown { values, .. }
            | WithheldReason::RequireUnknown { values, .. } => values.clear(),
            WithheldReason::Limit { used, opens, .. } => {
                (*used, *opens) = (0, Timestamp(0));
            }
            WithheldReason::BlastRadius { most, acted, live, .. } => {
                (*most, *acted, *live) = (0, 0, None);
            }
            WithheldReason::Canary { started, passed, until, .. } => {
                (*started, *passed, *until) = (0, 0, None);
            }
            WithheldReason::Storm { until, .. } => *until = Timestamp(0),
            WithheldReason::Breaker { until, .. } | WithheldReason::Disturbed { until, .. } => {
                *until = until.map(|_| Timestamp(0));
            }
            WithheldReason::DisturbBudget { used, .. } => *used = Millis::ZERO,
            WithheldReason::GroupUnknown { .. }
            | WithheldReason::ArgumentUnknown { .. }
            | WithheldReason::Cooldown { .. }
            | WithheldReason::Concurrency { .. }
            | WithheldReason::LiveCountUnknown { .. }
            | WithheldReason::Freeze { .. }
            | WithheldReason::Only { .. }
            | WithheldReason::CalendarUnknown { .. }
            | WithheldReason::CanaryStopped { .. }
            | WithheldReason::Topology { .. }
            | WithheldReason::Approval { .. }
            | WithheldReason::Busy { .. }
            | WithheldReason::NotRunnable { .. }
            | WithheldReason::Paused => {}
        }
        still
    }
}
