//! Whether what happened is what was expected.

use std::collections::BTreeSet;

use heal_engine::Labels;
use heal_program::{
    Millis, Program, Timestamp,
    scenario::{Condition, Count, Expectation, Selector, Subject},
};
use heal_telemetry::Incident;

use crate::occurrences::{Kind, Occurrence, RunWord};

/// What expectations are judged over.
pub(crate) struct Evidence<'e> {
    pub(crate) program: &'e Program,
    pub(crate) start: Timestamp,
    pub(crate) occurrences: &'e [Occurrence],
    /// Those of the recording that was replayed.
    pub(crate) incidents: &'e [Incident],
    /// The labels that anything in the recording has.
    pub(crate) telling: &'e BTreeSet<String>,
}

/// What an expectation came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Verdict<'e> {
    pub(crate) holds: bool,
    /// What is of its subject and key.
    pub(crate) candidates: Vec<&'e Occurrence>,
    /// What meets all its conditions.
    pub(crate) matched: Vec<&'e Occurrence>,
    /// Incidents that nothing followed.
    pub(crate) missed: Vec<&'e Incident>,
}

impl<'e> Evidence<'e> {
    /// Judges an expectation.
    pub(crate) fn judge(&self, expectation: &Expectation) -> Verdict<'e> {
        let candidates: Vec<&Occurrence> = self
            .occurrences
            .iter()
            .filter(|it| self.is_of(expectation, it) && has_key(&it.labels, &expectation.key))
            .collect();
        let matched: Vec<&Occurrence> = candidates
            .iter()
            .copied()
            .filter(|it| expectation.conditions.iter().all(|condition| self.meets(it, condition)))
            .collect();
        let missed: Vec<&Incident> = match expectation.of_every_incident_within {
            Some(within) => self
                .incidents
                .iter()
                .filter(|it| !matched.iter().any(|found| self.follows(found, it, within)))
                .collect(),
            None => Vec::new(),
        };
        let count = matched.len();
        let wanted = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let counted = match (expectation.negated, expectation.count) {
            (true, _) => count == 0,
            (false, Some(Count::Exactly(number))) => count == wanted(number),
            (false, Some(Count::AtLeast(number))) => count >= wanted(number),
            (false, Some(Count::AtMost(number))) => count <= wanted(number),
            (false, None) if expectation.of_every_incident_within.is_some() => true,
            (false, None) => count > 0,
        };
        Verdict { holds: counted && missed.is_empty(), candidates, matched, missed }
    }

    /// Whether an occurrence is of the subject; its key and its conditions aside.
    fn is_of(&self, expectation: &Expectation, occurrence: &Occurrence) -> bool {
        let withheld = expectation.conditions.iter().any(|it| matches!(it, Condition::Withheld(_)));
        let ends_before_it_begins =
            expectation.conditions.iter().any(|it| matches!(it, Condition::RunEnds(end) if never_began(end)));
        match (&expectation.subject, &occurrence.kind) {
            (Subject::Firing(wanted), Kind::Firing { detector }) => {
                wanted.is_none_or(|it| self.program.detector(it).is_some_and(|it| it.head.path == *detector))
            }
            (Subject::Run(wanted), Kind::Withheld { plan, .. }) if withheld => {
                wanted.is_none_or(|it| self.program.plan(it).is_some_and(|it| it.head.path == *plan))
            }
            (Subject::Run(wanted), Kind::Run { plan, end, .. }) if !withheld => {
                (ends_before_it_begins || !end.is_some_and(|it| never_began(it.word())))
                    && wanted.is_none_or(|it| self.program.plan(it).is_some_and(|it| it.head.path == *plan))
            }
            (Subject::PolicyRun(wanted), Kind::Withheld { policy, .. }) if withheld => {
                self.program.policy(*wanted).is_some_and(|it| it.head.path == *policy)
            }
            (Subject::PolicyRun(wanted), Kind::Run { policy, end, .. }) if !withheld => {
                (ends_before_it_begins || !end.is_some_and(|it| never_began(it.word())))
                    && self.program.policy(*wanted).is_some_and(|it| it.head.path == *policy)
            }
            (Subject::Action(wanted), Kind::Action { item, .. }) => {
                wanted.is_none_or(|it| self.program.action(it).is_some_and(|it| it.head.path == *item))
            }
            (Subject::PolicyRun(wanted), Kind::Untold { policy, .. }) if withheld => {
                self.program.policy(*wanted).is_some_and(|it| it.head.path == *policy)
            }
            (Subject::Escalation(wanted), Kind::Escalation { channel, .. }) if !withheld => {
                self.is_channel(*wanted, channel.as_ref())
            }
            (Subject::Escalation(wanted), Kind::Untold { channel, .. }) if withheld => {
                self.is_channel(*wanted, channel.as_ref())
            }
            (Subject::Approval(wanted), Kind::Approval { team, .. }) => {
                wanted.as_ref().is_none_or(|it| it == team)
            }
            (Subject::Event(wanted), Kind::Event { event }) => {
                self.program.event(*wanted).is_some_and(|it| it.head.path == *event)
            }
            (
                Subject::Firing(_)
                | Subject::Run(_)
                | Subject::PolicyRun(_)
                | Subject::Action(_)
                | Subject::Escalation(_)
                | Subject::Approval(_)
                | Subject::Event(_),
                _,
            ) => false,
        }
    }

    fn is_channel(&self, wanted: Option<heal_program::ChannelIndex>, told: Option<&String>) -> bool {
        wanted.is_none_or(|it| self.program.channel(it).is_some_and(|it| Some(&it.head.path) == told))
    }

    /// Whether an occurrence meets one condition.
    pub(crate) fn meets(&self, occurrence: &Occurrence, condition: &Condition) -> bool {
        let inside = |at: Timestamp, from: Millis, to: Millis| {
            at >= self.start.plus(from) && at <= self.start.plus(to)
        };
        match condition {
            Condition::Begins(from, to) => inside(occurrence.begin, *from, *to),
            Condition::Ends(from, to) => occurrence.end.is_some_and(|end| inside(end, *from, *to)),
            Condition::Withheld(wanted) => match (&occurrence.kind, wanted) {
                (Kind::Withheld { guard, .. }, Some(wanted)) => guard == wanted,
                (Kind::Untold { .. }, Some(wanted)) => wanted == "shadow",
                (Kind::Withheld { .. } | Kind::Untold { .. }, None) => true,
                (_, _) => false,
            },
            Condition::RunEnds(wanted) => run_word(occurrence).is_some_and(|end| end.word() == wanted),
            Condition::OutsideIncidents => !self.incidents.iter().any(|it| self.overlaps(occurrence, it)),
            Condition::Because(text) => occurrence.explanation.contains(text.as_str()),
        }
    }
}

impl Evidence<'_> {
    /// Whether an occurrence lies over an incident that can be told to be its own.
    fn overlaps(&self, occurrence: &Occurrence, incident: &Incident) -> bool {
        let end =
            occurrence.end.unwrap_or(if is_point(occurrence) { occurrence.begin } else { Timestamp::MAX });
        occurrence.begin <= incident.end && end >= incident.start && self.concerns(occurrence, incident)
    }

    /// Whether an occurrence begins in time after the beginning of an incident, or is there when it begins.
    fn follows(&self, occurrence: &Occurrence, incident: &Incident, within: Millis) -> bool {
        occurrence.begin <= incident.start.plus(within) && self.overlaps(occurrence, incident)
    }

    /// Whether none of its labels contradicts the incident, and they have one in common where the recording can tell it.
    fn concerns(&self, occurrence: &Occurrence, incident: &Incident) -> bool {
        let agrees =
            |(label, value): &(String, String)| incident.labels.get(label).is_none_or(|other| other == value);
        let keys: Vec<String> = occurrence.labels.iter().map(|(label, _)| label.clone()).collect();
        let tells = |label: &String| self.telling.contains(label);
        occurrence.labels.iter().all(agrees)
            && (keys.is_empty()
                || keys.iter().any(|key| incident.labels.contains_key(key))
                || !incident.labels.keys().any(tells)
                || self.program.reached(&keys).iter().any(|field| incident.labels.contains_key(field)))
    }
}

fn run_word(occurrence: &Occurrence) -> Option<RunWord> {
    match &occurrence.kind {
        Kind::Run { end, .. } | Kind::Action { end, .. } => *end,
        Kind::Firing { .. }
        | Kind::Withheld { .. }
        | Kind::Escalation { .. }
        | Kind::Untold { .. }
        | Kind::Approval { .. }
        | Kind::Event { .. } => None,
    }
}

/// Whether a run that ends so has never begun.
fn never_began(end: &str) -> bool {
    end == RunWord::Skipped.word() || end == RunWord::Rejected.word()
}

fn has_key(labels: &Labels, key: &Selector) -> bool {
    key.iter().all(|(field, value)| labels.iter().any(|(label, other)| label == field && other == value))
}

fn is_point(occurrence: &Occurrence) -> bool {
    match occurrence.kind {
        Kind::Firing { .. } | Kind::Run { .. } | Kind::Action { .. } | Kind::Approval { .. } => false,
        Kind::Withheld { .. } | Kind::Escalation { .. } | Kind::Untold { .. } | Kind::Event { .. } => true,
    }
}
