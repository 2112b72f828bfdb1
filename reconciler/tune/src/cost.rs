//! What things cost, and what one choice of values comes to in a stretch of time.

use std::collections::BTreeSet;

use heal_driver::TuneCost;
use heal_program::{Millis, Timestamp};
use serde::Serialize;

/// Milliseconds of a minute.
const MINUTE: f64 = 60_000.0;

/// What is weighed against what. All of it is in one unit: the defaults are minutes of somebody's time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// An incident that nothing noticed, besides its minutes.
    pub missed: f64,
    /// A firing in no incident.
    pub false_alarm: f64,
    /// An action that is asked for.
    pub action: f64,
    /// A minute in which what fires and what is the matter disagree: of an incident before it is noticed, of a missed one
    /// all of its minutes, and of firings outside of incidents.
    pub minute: f64,
}

impl Default for Cost {
    /// A minute that an incident goes unnoticed, or that people look for one in vain, is the unit. A false alarm takes half an hour of somebody's time, an
    /// action is worth five minutes, and an incident that people had to find by themselves four hours on top.
    fn default() -> Cost {
        Cost { missed: 240.0, false_alarm: 30.0, action: 5.0, minute: 1.0 }
    }
}

/// Who said what something costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CostSource {
    /// Nobody: it is the default.
    #[default]
    Default,
    /// `[tune.cost]` of the package's `heal.toml`.
    Manifest,
    /// Whoever asked.
    Caller,
}

/// Who said each cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CostFrom {
    /// Of a missed incident.
    pub missed: CostSource,
    /// Of a false alarm.
    pub false_alarm: CostSource,
    /// Of an action.
    pub action: CostSource,
    /// Of a minute.
    pub minute: CostSource,
}

impl Cost {
    /// What things cost, and who says so: what is asked for goes before what the package says, and that before the default.
    #[must_use]
    pub fn settled(asked: &TuneCost, manifest: &TuneCost) -> (Cost, CostFrom) {
        let default = Cost::default();
        let of = |asked: Option<f64>, manifest: Option<f64>, default: f64| match (asked, manifest) {
            (Some(cost), _) => (cost, CostSource::Caller),
            (None, Some(cost)) => (cost, CostSource::Manifest),
            (None, None) => (default, CostSource::Default),
        };
        let missed = of(asked.missed, manifest.missed, default.missed);
        let false_alarm = of(asked.false_alarm, manifest.false_alarm, default.false_alarm);
        let action = of(asked.action, manifest.action, default.action);
        let minute = of(asked.minute, manifest.minute, default.minute);
        let cost = Cost { missed: missed.0, false_alarm: false_alarm.0, action: action.0, minute: minute.0 };
        let from =
            CostFrom { missed: missed.1, false_alarm: false_alarm.1, action: action.1, minute: minute.1 };
        (cost, from)
    }

    /// Whether all of it is zero: nothing could be better or worse than anything else.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        [self.missed, self.false_alarm, self.action, self.minute].iter().all(|cost| *cost == 0.0)
    }
}

/// A stretch of time, half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Span {
    /// Its first instant.
    pub(crate) from: Timestamp,
    /// The first instant after it.
    pub(crate) until: Timestamp,
}

impl Span {
    /// Whether a time lies in it.
    #[must_use]
    pub(crate) fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }

    /// How much of another lies in it.
    fn share(&self, other: &Span) -> Millis {
        let (from, until) = (self.from.max(other.from), self.until.min(other.until));
        until.since(from).max(Millis::ZERO)
    }
}

/// How an incident fared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IncidentOutcome {
    /// When it began: it counts for the stretch in which that lies.
    pub(crate) start: Timestamp,
    /// How long it lasted.
    pub(crate) length: Millis,
    /// From its start to the first firing that belongs to it; none: missed.
    pub(crate) detected_after: Option<Millis>,
}

/// A firing of what is tuned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FiringOutcome {
    /// When it began.
    pub(crate) start: Timestamp,
    /// When it ended, or the recording did.
    pub(crate) end: Timestamp,
    /// For how long before an incident it is early and not wrong.
    pub(crate) look_ahead: Millis,
    /// Start and end of the incidents that it belongs to, by start.
    pub(crate) incidents: Vec<(Timestamp, Timestamp)>,
}

impl FiringOutcome {
    /// The incidents that it belongs to and of which somebody could know at a time. What began later excuses nothing: a
    /// score of the past that sees it would be one of the future too.
    fn known(&self, at: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> + '_ {
        self.incidents.iter().copied().filter(move |(start, _)| *start < at)
    }

    /// Whether it belongs to no incident, as far as is known at a time.
    fn is_false(&self, at: Timestamp) -> bool {
        self.known(at).next().is_none()
    }

    /// How long it fires in a stretch of time outside of the incidents that it belongs to, as far as is known at its end.
    /// Without this a detector that always fires would notice everything at once, with a single firing and at no cost.
    fn misled(&self, span: Span) -> Millis {
        let outside = |from, until| span.share(&Span { from, until }).0;
        let (mut sum, mut from) = (0_i64, self.start);
        for (start, end) in self.known(span.until) {
            sum = sum.saturating_add(outside(from, start.minus(self.look_ahead).min(self.end)));
            from = from.max(end);
        }
        Millis(sum.saturating_add(outside(from, self.end)))
    }
}

/// What one choice of values does over a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The incidents that it is judged by: the same ones whatever the choice.
    pub(crate) incidents: Vec<IncidentOutcome>,
    /// What fired of that which is tuned.
    pub(crate) firings: Vec<FiringOutcome>,
    /// Paths of the detectors that are tuned and that notice one of the incidents at least.
    pub(crate) noticed_by: BTreeSet<String>,
    /// When actions were asked for, were every verification true.
    pub(crate) actions_passing: Vec<Timestamp>,
    /// The same, were every verification false.
    pub(crate) actions_failing: Vec<Timestamp>,
}

/// What an outcome comes to in a stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Incidents that begin in it.
    pub incidents: u64,
    /// Those of them that nothing noticed.
    pub missed: u64,
    /// Time in which they were not noticed, in milliseconds.
    pub unnoticed: Millis,
    /// Firings in no incident.
    pub false_alarms: u64,
    /// Time in which something fired outside of incidents, in milliseconds; of several firings at once the sum.
    pub misled: Millis,
    /// Actions, were every verification true.
    pub actions_passing: u64,
    /// Actions, were every verification false.
    pub actions_failing: u64,
}

/// A way in which the verifications of a simulation may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// All are true.
    Passing,
    /// All are false.
    Failing,
}

impl Outcome {
    /// What it comes to in a stretch of time, by what is known at its end.
    #[must_use]
    pub(crate) fn tally(&self, span: Span) -> Tally {
        let count = |times: &[Timestamp]| times.iter().filter(|at| span.holds(**at)).count() as u64;
        let misled = self.firings.iter().fold(0_i64, |sum, it| sum.saturating_add(it.misled(span).0));
        let begun = self.firings.iter().filter(|it| span.holds(it.start));
        let mut tally = Tally {
            misled: Millis(misled),
            false_alarms: begun.filter(|it| it.is_false(span.until)).count() as u64,
            actions_passing: count(&self.actions_passing),
            actions_failing: count(&self.actions_failing),
            ..Tally::default()
        };
        for incident in self.incidents.iter().filter(|incident| span.holds(incident.start)) {
            // A firing belongs to an incident only while that lasts, so noticing it late never costs more than missing it.
            let unnoticed = incident.detected_after.unwrap_or(incident.length);
            tally.incidents += 1;
            tally.missed += u64::from(incident.detected_after.is_none());
            tally.unnoticed = Millis(tally.unnoticed.0.saturating_add(unnoticed.0));
        }
        tally
    }
}

impl Tally {
    /// What it costs in one course.
    #[must_use]
    pub fn cost(&self, cost: &Cost, course: Course) -> f64 {
        let actions = match course {
            Course::Passing => self.actions_passing,
            Course::Failing => self.actions_failing,
        };
        cost.missed * self.missed as f64
            + cost.false_alarm * self.false_alarms as f64
            + cost.action * actions as f64
            + cost.minute * ((self.unnoticed.0 as f64 + self.misled.0 as f64) / MINUTE)
    }

    /// What it costs: the mean of both courses, of which nobody can say which it would have been.
    #[must_use]
    pub fn mean_cost(&self, cost: &Cost) -> f64 {
        (self.cost(cost, Course::Passing) + self.cost(cost, Course::Failing)) / 2.0
    }
}

/// Whether two costs differ by nothing but rounding.
pub(crate) fn same(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-9 * left.abs().max(right.abs()).max(1.0)
}

#[cfg(test)]
mod tests;
