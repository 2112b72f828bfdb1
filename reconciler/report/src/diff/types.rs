//! What an impact diff holds. Every type here is part of the JSON form.

use std::fmt;

use heal_engine::Labels;
use heal_program::{Millis, SemanticHash, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Figures, Moment, Report};

/// What a change would have done over a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImpactDiff {
    /// Hash of both results: equal where nothing that was counted differs. What an approval is bound to.
    pub result: SemanticHash,
    /// What changes for the people on call, in one sentence.
    pub headline: String,
    /// Before the change.
    pub base: Report,
    /// After it.
    pub head: Report,
    /// What the headline compares: only policies that are known on both sides.
    pub counted: Counted,
    /// Which policies belong together, in order of what hurts.
    pub policies: Vec<Pairing>,
    /// Which detectors belong together, by path.
    pub detectors: Vec<Pairing>,
    /// The incidents that concern a counted policy, in order of time.
    pub incidents: Vec<IncidentImpact>,
    /// Every difference, in order of what hurts, then newest first.
    pub differences: Vec<Difference>,
    /// Items that were added, removed, renamed or mean something else, by kind and path.
    pub changes: Vec<SemanticChange>,
    /// Source files that differ, by path.
    pub sources: Vec<SourceChange>,
    /// Of what this recording cannot tell what the change does live, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown_live: Vec<String>,
    /// Gates that the caller found broken; none are known to this crate.
    pub gates_broken: Vec<BrokenGate>,
}

/// Figures over the policies that are known on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Before the change.
    pub base: Figures,
    /// After it.
    pub head: Figures,
    /// Median of the differences of the times to detect, over the incidents that both sides caught, not at the same time;
    /// negative: earlier. None: there are none.
    pub detected_later_by: Option<Millis>,
    /// The most by which head detects any incident later; none: it detects none later. What the gate looks at.
    #[serde(default)]
    pub detected_later_at_most: Option<Millis>,
    /// By how much the runs of head differ from those of base.
    #[serde(default)]
    pub runs_by: Shift,
    /// The same of actions.
    #[serde(default)]
    pub actions_by: Shift,
    /// The same of requests for approval.
    #[serde(default)]
    pub approvals_by: Shift,
    /// The same of pages.
    #[serde(default)]
    pub escalations_by: Shift,
}

/// By how much a count differs: the differences in the one course and in the other, in order. Negative: head has less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// At least.
    pub min: i64,
    /// At most.
    pub max: i64,
}

/// An item of base and the item of head that is the same to people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pairing {
    /// Its path in base; none: added.
    pub base: Option<String>,
    /// Its path in head; none: removed.
    pub head: Option<String>,
    /// Whether it means something else now.
    pub changed: bool,
    /// Why it cannot be told what it does, on one side or both.
    pub unknown: Option<String>,
    /// Of a policy: whether not even its detector's firings can be told. Of a detector: whether it is unknown.
    pub detection_unknown: bool,
}

impl Pairing {
    /// The path that people know it by now.
    #[must_use]
    pub fn path(&self) -> &str {
        self.head.as_deref().or(self.base.as_deref()).unwrap_or_default()
    }

    /// Whether the change touches it and what it does cannot be told.
    #[must_use]
    pub fn impact_unknown(&self) -> bool {
        self.changed && self.unknown.is_some()
    }
}

/// How an incident fared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentImpact {
    /// Its name.
    pub name: String,
    /// When it began.
    pub start: Timestamp,
    /// When it ended, inclusive.
    pub end: Timestamp,
    /// Time to detect in base; none: missed, or unknown.
    pub base: Option<Millis>,
    /// Time to detect in head; none: missed, or unknown.
    pub head: Option<Millis>,
    /// Whether a policy of which nobody knows what it sees may have caught it too: what no other one caught is then
    /// unknown, and not missed.
    #[serde(default)]
    pub perhaps: bool,
    /// Whether a policy that caught it in base may still catch it: nobody knows what it sees in head. It counts as missed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub perhaps_missed: bool,
}

impl IncidentImpact {
    /// How it fared on a side where it was caught after `time`: `caught after 7m`, `missed`, `unknown`.
    pub(crate) fn fate(&self, time: Option<Millis>) -> String {
        match time {
            Some(time) => format!("caught {}", crate::times::caught(time)),
            None if self.perhaps || self.perhaps_missed => "unknown".to_owned(),
            None => "missed".to_owned(),
        }
    }
}

/// Something that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Hexadecimal hash of its content: the same difference has the same id in every run.
    pub id: String,
    /// What kind of difference.
    pub kind: DifferenceKind,
    /// Path of the detector or policy; of an incident's difference its name.
    pub item: String,
    /// The plan, team or channel that it is about, where there is one.
    pub subject: Option<String>,
    /// The key.
    pub labels: Labels,
    /// When, in head where it is there; none: not bound to a time.
    pub at: Option<Timestamp>,
    /// How it was in base.
    pub base: Option<Moment>,
    /// How it is in head.
    pub head: Option<Moment>,
    /// How much later it is in head, where it is in both; negative: earlier.
    pub later_by: Option<Millis>,
    /// What else there is to say.
    pub detail: String,
    /// Of a missed incident: whether head may still catch it, and the detail says why nobody can tell.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub perhaps: bool,
    /// Of what is loosened: whether it is no bound, but an action that does something else than it did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other_deed: bool,
    /// Whether it is so only if a verification fails.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_if_failing: bool,
}

/// Kinds of differences, from what hurts most to what hurts least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// Base caught an incident that head misses.
    IncidentMissed,
    /// A bound holds less than it did: needs an owner whatever the simulation says.
    Loosened,
    /// The change touches something of which nothing can be told.
    ImpactUnknown,
    /// A firing that belongs to no incident, where there was none.
    FalseAlarmAdded,
    /// A plan runs that did not.
    RunAdded,
    /// A run does something else, at the same time or at another one.
    RunChanged,
    /// A plan no longer runs.
    RunRemoved,
    /// A plan runs at another time.
    RunMoved,
    /// An incident is detected later.
    IncidentLater,
    /// People are told who were not.
    EscalationAdded,
    /// People are no longer told.
    EscalationRemoved,
    /// People are told at another time.
    EscalationMoved,
    /// A team is asked that was not.
    ApprovalAdded,
    /// A team is no longer asked.
    ApprovalRemoved,
    /// A team is asked at another time.
    ApprovalMoved,
    /// A guard holds a rung back that it did not.
    WithheldAdded,
    /// A guard no longer holds a rung back.
    WithheldRemoved,
    /// A guard holds a rung back at another time.
    WithheldMoved,
    /// A firing is gone.
    FiringRemoved,
    /// A firing is new.
    FiringAdded,
    /// A firing begins or ends at another time.
    FiringMoved,
    /// Head catches an incident that base missed.
    IncidentCaught,
    /// An incident is detected earlier.
    IncidentEarlier,
    /// A firing that belonged to no incident is gone, or belongs to one now.
    FalseAlarmRemoved,
    /// A bound holds more than it did.
    Tightened,
}

/// An item that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SemanticChange {
    /// `param`, `detector`, `policy`, ...
    pub kind: String,
    /// Its path, in head where it is there.
    pub path: String,
    /// What happened to it.
    pub change: SemanticChangeKind,
    /// Its path in base, where that differs.
    pub from: Option<String>,
    /// What differs, a phrase each; of an item whose own words are the same what it reads and calls that does.
    pub details: Vec<String>,
}

/// What happened to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SemanticChangeKind {
    /// It means something else.
    Changed,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It means the same under another name.
    Renamed,
}

/// A source file that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceChange {
    /// Its path.
    pub path: String,
    /// Unified diff with three lines around.
    pub diff: String,
}

/// A gate that the change does not pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenGate {
    /// Which.
    pub gate: Gate,
    /// What was found against what is allowed, in a phrase.
    pub detail: String,
}

/// ``gate `false_alarms` 3 added, at most 2 may be``; of a change of all of them that it is one.
impl fmt::Display for BrokenGate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.gate == Gate::Themselves {
            return write!(formatter, "the gates themselves {}", self.detail);
        }
        write!(formatter, "gate `{}` {}", self.gate.name(), self.detail)
    }
}

/// What `heal.toml` asks of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// That it leaves the gates as they are.
    #[serde(rename = "gates")]
    Themselves,
    /// Incidents that are no longer caught.
    MissedIncidents,
    /// False alarms that are new.
    FalseAlarms,
    /// Plans that are started besides.
    PlansStarted,
    /// How much later an incident is detected.
    SlowerDetection,
    /// Policies that it touches with unknown impact.
    UnknownImpact,
    /// What limits every policy at least.
    #[serde(rename = "floors.limit")]
    FloorLimit,
    /// How long every policy rests at least.
    #[serde(rename = "floors.cooldown")]
    FloorCooldown,
    /// From which risk on people are asked.
    #[serde(rename = "floors.approval")]
    FloorApproval,
}

impl Gate {
    /// As `heal.toml` has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Gate::Themselves => "gates",
            Gate::MissedIncidents => "missed_incidents",
            Gate::FalseAlarms => "false_alarms",
            Gate::PlansStarted => "plans_started",
            Gate::SlowerDetection => "slower_detection",
            Gate::UnknownImpact => "unknown_impact",
            Gate::FloorLimit => "floors.limit",
            Gate::FloorCooldown => "floors.cooldown",
            Gate::FloorApproval => "floors.approval",
        }
    }
}
