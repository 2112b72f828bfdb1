//! The moments that decided: when what was expected nearly happened, and when what was not expected did.

use std::collections::BTreeSet;

use heal_engine::Key;
use heal_program::{
    DetectorIndex, Program, Timestamp,
    scenario::{Condition, Expectation},
};

use crate::{
    judge::{Evidence, Verdict},
    lanes::{Truths, longest_true},
    occurrences::Kind,
    reach::Reach,
    times::exact,
};

/// Most moments of one expectation.
const MOMENTS_MAX: usize = 4;

/// A moment to read values at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decisive {
    pub(crate) detector: DetectorIndex,
    pub(crate) key: Key,
    pub(crate) at: Timestamp,
    pub(crate) why: String,
}

/// The moments that decided over an expectation that does not hold.
pub(crate) fn decisive(
    evidence: &Evidence<'_>,
    expectation: &Expectation,
    verdict: &Verdict<'_>,
    truths: &std::collections::BTreeMap<(DetectorIndex, Key), Truths>,
    end: Timestamp,
) -> Vec<Decisive> {
    let reach = Reach::of(evidence.program, expectation);
    let mut found: Vec<Decisive> = Vec::new();
    for occurrence in firings_of(evidence, &reach, verdict) {
        let Kind::Firing { detector } = &occurrence.kind else { continue };
        let Some(index) = detector_named(evidence.program, detector) else { continue };
        let key: Key = occurrence.labels.iter().map(|(_, value)| value.clone()).collect();
        let at = step_of(evidence.program, index, occurrence.begin);
        found.push(Decisive { detector: index, key, at, why: "begins to fire".to_owned() });
    }
    if found.is_empty() {
        let (from, to) = stretch(evidence.start, expectation, end);
        let keys: BTreeSet<&(DetectorIndex, Key)> = truths
            .keys()
            .filter(|(detector, key)| {
                reach.detectors.contains(detector) && has_key(evidence.program, *detector, key, expectation)
            })
            .collect();
        for (detector, key) in keys {
            if let Some(truths) = truths.get(&(*detector, key.clone())) {
                found.extend(nearest(evidence.program, *detector, key, truths, from, to));
            }
        }
    }
    found.truncate(MOMENTS_MAX);
    found
}

/// The firings that are counted, or that set off what is.
fn firings_of<'e>(
    evidence: &Evidence<'e>,
    reach: &Reach,
    verdict: &Verdict<'e>,
) -> Vec<&'e crate::occurrences::Occurrence> {
    let is_firing = |it: &&&crate::occurrences::Occurrence| matches!(it.kind, Kind::Firing { .. });
    let own: Vec<_> = verdict.matched.iter().chain(&verdict.candidates).filter(is_firing).copied().collect();
    if !own.is_empty() || !verdict.candidates.is_empty() && reach.policies.is_empty() {
        let mut seen = BTreeSet::new();
        return own.into_iter().filter(|it| seen.insert((it.begin, it.labels.clone()))).collect();
    }
    let paths: BTreeSet<&str> = reach
        .detectors
        .iter()
        .filter_map(|it| evidence.program.detector(*it))
        .map(|it| it.head.path.as_str())
        .collect();
    if reach.policies.is_empty() {
        return Vec::new();
    }
    let sets_off = |it: &&crate::occurrences::Occurrence| match &it.kind {
        Kind::Firing { detector } => paths.contains(detector.as_str()),
        Kind::Run { .. }
        | Kind::Withheld { .. }
        | Kind::Action { .. }
        | Kind::Escalation { .. }
        | Kind::Untold { .. }
        | Kind::Approval { .. }
        | Kind::Event { .. } => false,
    };
    evidence.occurrences.iter().filter(sets_off).collect()
}

/// For a detector that did not fire: where it was true the longest, or else what it saw first and last.
fn nearest(
    program: &Program,
    detector: DetectorIndex,
    key: &Key,
    truths: &Truths,
    from: Timestamp,
    to: Timestamp,
) -> Vec<Decisive> {
    let Some(node) = program.detector(detector) else { return Vec::new() };
    let moment = |at: Timestamp, why: String| Decisive { detector, key: key.clone(), at, why };
    if let Some((begin, end)) = longest_true(truths, from, to) {
        let lasted = exact(end.since(begin));
        let why = if node.hold.0 > 0 {
            format!("is true for {lasted}, the longest; it needs {}", exact(node.hold))
        } else {
            format!("is true for {lasted}, the longest")
        };
        let mut moments = vec![moment(begin, why)];
        if end < to && end > begin {
            moments.push(moment(end, "is true no longer".to_owned()));
        }
        return moments;
    }
    let inside = |at: Timestamp| at.max(from).align_up(node.every);
    let known = truths.iter().rev().find(|(at, truth)| truth.is_some() && *at <= to);
    let first = truths.first().map(|(at, _)| *at).unwrap_or(from);
    match known {
        None => vec![moment(inside(first), "is unknown, as it is to the end".to_owned())],
        Some(_) => {
            let last = heal_program::Timestamp(to.0 - to.0.rem_euclid(node.every.0.max(1)));
            let mut moments = vec![moment(inside(first), "is not true, as at any other time".to_owned())];
            if last > inside(first) {
                moments.push(moment(last, "is still not true".to_owned()));
            }
            moments
        }
    }
}

/// When the expectation looks: where it says so, else always.
fn stretch(start: Timestamp, expectation: &Expectation, end: Timestamp) -> (Timestamp, Timestamp) {
    let begins = expectation.conditions.iter().find_map(|condition| match condition {
        Condition::Begins(_, to) => Some(start.plus(*to)),
        Condition::Ends(..)
        | Condition::Withheld(_)
        | Condition::RunEnds(_)
        | Condition::OutsideIncidents
        | Condition::Because(_) => None,
    });
    (start, begins.map_or(end, |to| to.min(end)))
}

fn has_key(program: &Program, detector: DetectorIndex, key: &Key, expectation: &Expectation) -> bool {
    let names = program.detector(detector).map(|it| it.keys.as_slice()).unwrap_or_default();
    expectation.key.iter().all(|(field, value)| {
        let position = names.iter().position(|name| name == field);
        position.and_then(|at| key.get(at)).is_none_or(|own| own == value)
    })
}

fn detector_named(program: &Program, path: &str) -> Option<DetectorIndex> {
    let at = program.detectors.iter().position(|it| it.head.path == path)?;
    u32::try_from(at).ok().map(DetectorIndex)
}

/// The grid step that was evaluated at an instant.
fn step_of(program: &Program, detector: DetectorIndex, at: Timestamp) -> Timestamp {
    program.detector(detector).map_or(at, |it| at.minus(it.lateness))
}
