//! Differences of what was seen: incidents and firings.

use heal_engine::Labels;
use heal_program::{Millis, SemanticHash, Timestamp};

use super::{
    Difference, DifferenceKind as Kind, IncidentImpact, Pairing, is_lost,
    matching::{Matched, match_firings},
    occurrence::{Occurrence, difference},
};
use crate::{DetectorReport, Firing, Moment, Report};

/// Incidents that fared otherwise.
pub(super) fn of_incidents(
    incidents: &[IncidentImpact],
    of_base: &Report,
    policies: &[Pairing],
) -> Vec<Difference> {
    let differences = incidents.iter().filter_map(|incident| {
        let (kind, later_by) = match (incident.base, incident.head) {
            (Some(_), None) => (Kind::IncidentMissed, None),
            // Somebody of whom nothing is known may have caught it before.
            (None, Some(_)) if incident.perhaps => return None,
            (None, Some(_)) => (Kind::IncidentCaught, None),
            (Some(before), Some(after)) if after > before => {
                (Kind::IncidentLater, Some(Millis(after.0 - before.0)))
            }
            (Some(before), Some(after)) if after < before => {
                (Kind::IncidentEarlier, Some(Millis(after.0 - before.0)))
            }
            (Some(_), Some(_)) | (None, None) => return None,
        };
        let caught = |time: Option<Millis>| {
            time.map(|time| Moment {
                id: SemanticHash::of([incident.name.as_bytes()]),
                start: incident.start.plus(time),
                end: Some(incident.end),
            })
        };
        let (base, head) = (caught(incident.base), caught(incident.head));
        let (item, at) = (incident.name.clone(), Some(incident.start));
        let perhaps = incident.perhaps_missed && kind == Kind::IncidentMissed;
        let why = perhaps.then(|| untold(&incident.name, of_base, policies)).flatten();
        let difference = blank(kind, item, &Vec::new(), why.unwrap_or_default());
        Some(Difference { at, later_by, base, head, perhaps, ..difference })
    });
    differences.collect()
}

/// Why nobody can tell whether head still catches an incident: the reason of the policy that caught it first.
fn untold(incident: &str, base: &Report, policies: &[Pairing]) -> Option<String> {
    let catch = |pair: &Pairing| {
        let policy = base.policy(pair.base.as_deref()?).filter(|policy| is_lost(pair, policy))?;
        let caught = &base.detector(&policy.detector)?.score.caught;
        Some((caught.iter().find(|catch| catch.incident == incident)?.time_to_detect, pair.unknown.clone()?))
    };
    let first = policies.iter().filter_map(catch).min_by_key(|(time, _)| *time);
    first.map(|(_, why)| why)
}

/// What the change touches and of which nothing can be told.
pub(super) fn of_unknown(
    base: &Report,
    head: &Report,
    policies: &[Pairing],
    detectors: &[Pairing],
) -> Vec<Difference> {
    let without_policy = detectors.iter().filter(|pair| {
        let used = |report: &Report, path: &Option<String>| {
            path.as_deref()
                .and_then(|path| report.detector(path))
                .is_some_and(|detector| !detector.policies.is_empty())
        };
        // A policy speaks for its detector.
        !used(base, &pair.base) && !used(head, &pair.head)
    });
    let unknown = policies.iter().chain(without_policy).filter(|pair| pair.impact_unknown());
    unknown
        .map(|pair| {
            let why = pair.unknown.clone().unwrap_or_default();
            blank(Kind::ImpactUnknown, pair.path().to_owned(), &Vec::new(), why)
        })
        .collect()
}

/// Firings that are new, gone or elsewhere.
pub(super) fn of_detectors(base: &Report, head: &Report, pairs: &[Pairing]) -> Vec<Difference> {
    let mut differences = Vec::new();
    for pair in pairs.iter().filter(|pair| pair.unknown.is_none()) {
        let before = pair.base.as_deref().and_then(|path| base.detector(path));
        let after = pair.head.as_deref().and_then(|path| head.detector(path));
        let used = (
            before.is_some_and(|detector| base.is_acted_on(detector)),
            after.is_some_and(|detector| head.is_acted_on(detector)),
        );
        let false_alarm = |used: bool, firing: Option<&Firing>| {
            let labelled = head.recording.incidents_labelled;
            labelled && used && firing.is_some_and(|firing| firing.incidents.is_empty())
        };
        if same_firings(before, after) && used.0 == used.1 {
            continue;
        }
        for (old, new) in matched(before, after, head.recording.end) {
            let was_false = false_alarm(used.0, old);
            let is_false = false_alarm(used.1, new);
            let kind = match (old, new) {
                (_, Some(_)) if is_false && !was_false => Kind::FalseAlarmAdded,
                (Some(_), _) if was_false && !is_false => Kind::FalseAlarmRemoved,
                (None, Some(_)) => Kind::FiringAdded,
                (Some(_), None) => Kind::FiringRemoved,
                (Some(old), Some(new)) if (old.start, old.end) != (new.start, new.end) => Kind::FiringMoved,
                (Some(_), Some(_)) | (None, None) => continue,
            };
            let (old, new) = (old.map(Occurrence::of_firing), new.map(Occurrence::of_firing));
            differences.extend(difference(kind, pair.path(), old, new));
        }
    }
    differences
}

/// Whether two detectors saw the same, as far as can be told without reading it.
pub(super) fn same_firings(base: Option<&DetectorReport>, head: Option<&DetectorReport>) -> bool {
    match (base, head) {
        (Some(base), Some(head)) => base.firings.is_surely(&head.firings),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// Firings of both sides, each with its counterpart.
pub(super) fn matched<'a>(
    base: Option<&'a DetectorReport>,
    head: Option<&'a DetectorReport>,
    end: Timestamp,
) -> Vec<Matched<'a>> {
    let firings = |detector: Option<&'a DetectorReport>| detector.map_or(&[][..], |it| it.firings.as_slice());
    match_firings(firings(base), firings(head), end)
}

/// A difference that is not bound to a time. Its id is given when all are known.
pub(super) fn blank(kind: Kind, item: String, labels: &Labels, detail: String) -> Difference {
    Difference {
        id: String::new(),
        kind,
        item,
        subject: None,
        labels: labels.clone(),
        at: None,
        base: None,
        head: None,
        later_by: None,
        detail,
        only_if_failing: false,
        perhaps: false,
        other_deed: false,
    }
}
