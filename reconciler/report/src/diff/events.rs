//! Differences of what happened: incidents, firings, runs, and everything that was decided about them.

use std::collections::BTreeMap;

use heal_engine::Labels;
use heal_program::{Millis, SemanticHash, Timestamp};

use super::{
    Difference, DifferenceKind as Kind, IncidentImpact, Pairing, SemanticChange, SemanticChangeKind,
    matching::match_firings,
};
use crate::{
    ApprovalRequest, Course, DetectorReport, Escalation, Firing, Moment, PolicyReport, Report, Run, Withheld,
    Withholding,
};

/// Incidents that fared otherwise.
pub(super) fn of_incidents(incidents: &[IncidentImpact]) -> Vec<Difference> {
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
        let detail = String::new();
        Some(Difference { at, later_by, base, head, ..blank(kind, item, &Vec::new(), detail) })
    });
    differences.collect()
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
        let false_alarm = |detector: Option<&DetectorReport>, firing: Option<&Firing>| {
            let labelled = head.recording.incidents_labelled;
            let used = detector.is_some_and(|detector| !detector.policies.is_empty());
            labelled && used && firing.is_some_and(|firing| firing.incidents.is_empty())
        };
        let is_used = |detector: Option<&DetectorReport>| detector.is_some_and(|it| !it.policies.is_empty());
        if same_firings(before, after) && is_used(before) == is_used(after) {
            continue;
        }
        for (old, new) in matched(before, after, head.recording.end) {
            let was_false = false_alarm(before, old);
            let is_false = false_alarm(after, new);
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

/// Runs, withheld rungs, approvals and escalations that are new, gone, elsewhere or other.
pub(super) fn of_policies(
    base: &Report,
    head: &Report,
    pairs: &[Pairing],
    changes: &[SemanticChange],
) -> Vec<Difference> {
    let mut differences = Vec::new();
    let renamed = Renamed::of(changes);
    for pair in pairs.iter().filter(|pair| pair.unknown.is_none()) {
        let before = pair.base.as_deref().and_then(|path| base.policy(path));
        let after = pair.head.as_deref().and_then(|path| head.policy(path));
        let detectors = (
            before.and_then(|policy| base.detector(&policy.detector)),
            after.and_then(|policy| head.detector(&policy.detector)),
        );
        if renamed.0.is_empty() && same_firings(detectors.0, detectors.1) && same_courses(before, after) {
            continue;
        }
        // What happened for a firing of head is compared with what happened for its counterpart in base.
        let counterpart: BTreeMap<SemanticHash, SemanticHash> =
            matched(detectors.0, detectors.1, head.recording.end)
                .into_iter()
                .filter_map(|(old, new)| Some((new?.id, old?.id)))
                .collect();
        for fails in [false, true] {
            let (before, after) = (course(before, fails), course(after, fails));
            let groups = [
                (runs(before), runs(after), [Kind::RunAdded, Kind::RunRemoved, Kind::RunMoved]),
                (
                    withheld(before),
                    withheld(after),
                    [Kind::WithheldAdded, Kind::WithheldRemoved, Kind::WithheldMoved],
                ),
                (
                    approvals(before),
                    approvals(after),
                    [Kind::ApprovalAdded, Kind::ApprovalRemoved, Kind::ApprovalMoved],
                ),
                (
                    escalations(before),
                    escalations(after),
                    [Kind::EscalationAdded, Kind::EscalationRemoved, Kind::EscalationMoved],
                ),
            ];
            for (mut old, new, kinds) in groups {
                old.iter_mut().for_each(|occurrence| renamed.apply(occurrence));
                let mut found = compare(pair.path(), old, new, &counterpart, kinds);
                if fails {
                    found
                        .iter_mut()
                        .for_each(|it| it.detail = format!("if a verification fails: {}", it.detail));
                }
                differences.extend(found);
            }
        }
    }
    differences
}

/// Whether two detectors saw the same, as far as can be told without reading it.
fn same_firings(base: Option<&DetectorReport>, head: Option<&DetectorReport>) -> bool {
    match (base, head) {
        (Some(base), Some(head)) => base.firings.is_surely(&head.firings),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// Whether two policies did the same, as far as can be told without reading it.
fn same_courses(base: Option<&PolicyReport>, head: Option<&PolicyReport>) -> bool {
    let (Some(base), Some(head)) = (base, head) else { return false };
    let (one, other) = (&base.only_if_failing, &head.only_if_failing);
    base.runs.is_surely(&head.runs)
        && base.withheld.is_surely(&head.withheld)
        && base.approvals.is_surely(&head.approvals)
        && base.escalations.is_surely(&head.escalations)
        && one.runs.is_surely(&other.runs)
        && one.withheld.is_surely(&other.withheld)
        && one.approvals.is_surely(&other.approvals)
        && one.escalations.is_surely(&other.escalations)
}

/// What a policy did as if every verification passed, or what it would have done besides were every one false.
fn course(policy: Option<&PolicyReport>, fails: bool) -> Option<Events<'_>> {
    policy.map(|policy| match fails {
        false => Events {
            runs: &policy.runs,
            withheld: &policy.withheld,
            approvals: &policy.approvals,
            escalations: &policy.escalations,
        },
        true => {
            let Course { runs, withheld, approvals, escalations } = &policy.only_if_failing;
            Events { runs, withheld, approvals, escalations }
        }
    })
}

/// The events of one course.
#[derive(Clone, Copy)]
struct Events<'a> {
    runs: &'a [Run],
    withheld: &'a [Withheld],
    approvals: &'a [ApprovalRequest],
    escalations: &'a [Escalation],
}

/// Something that happened for a firing.
struct Occurrence {
    firing: SemanticHash,
    subject: Option<String>,
    /// Which of several of one subject: a rung, a guard.
    which: String,
    labels: Labels,
    moment: Moment,
    detail: String,
    /// Of a run: the paths of its actions, with how they are called.
    calls: Vec<(String, String)>,
}

/// What items of base are called in head, where they mean the same under another name.
struct Renamed<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Renamed<'a> {
    fn of(changes: &'a [SemanticChange]) -> Renamed<'a> {
        let renamed = changes.iter().filter(|change| change.change == SemanticChangeKind::Renamed);
        Renamed(renamed.filter_map(|change| Some((change.from.as_deref()?, change.path.as_str()))).collect())
    }

    /// An occurrence of base as head would call it.
    fn apply(&self, occurrence: &mut Occurrence) {
        for name in occurrence.subject.iter_mut().chain([&mut occurrence.which]) {
            if let Some(now) = self.0.get(name.as_str()) {
                *name = (*now).to_owned();
            }
        }
        for (item, call) in &mut occurrence.calls {
            if let (Some(now), Some(rest)) = (self.0.get(item.as_str()), call.strip_prefix(item.as_str())) {
                *call = format!("{now}{rest}");
            }
        }
        if !occurrence.calls.is_empty() {
            occurrence.detail = said(&occurrence.calls);
        }
    }
}

/// What a run asks for, one after the other.
fn said(calls: &[(String, String)]) -> String {
    calls.iter().map(|(_, call)| call.as_str()).collect::<Vec<_>>().join(", ")
}

impl Occurrence {
    fn of_firing(firing: &Firing) -> Occurrence {
        let readings =
            firing.readings.iter().map(|reading| format!("{} is {}", reading.expression, reading.text));
        Occurrence {
            firing: firing.id,
            subject: None,
            which: String::new(),
            labels: firing.labels.clone(),
            moment: Moment { id: firing.id, start: firing.start, end: firing.end },
            detail: readings.collect::<Vec<_>>().join(", "),
            calls: Vec::new(),
        }
    }

    fn at(id: SemanticHash, at: Timestamp) -> Moment {
        Moment { id, start: at, end: None }
    }
}

fn matched<'a>(
    base: Option<&'a DetectorReport>,
    head: Option<&'a DetectorReport>,
    end: Timestamp,
) -> Vec<super::matching::Matched<'a>> {
    let firings = |detector: Option<&'a DetectorReport>| detector.map_or(&[][..], |it| it.firings.as_slice());
    match_firings(firings(base), firings(head), end)
}

fn runs(events: Option<Events<'_>>) -> Vec<Occurrence> {
    let of = |run: &Run| {
        let calls = run.actions.iter().map(|action| (action.item.clone(), action.summary.clone()));
        let calls: Vec<(String, String)> = calls.collect();
        Occurrence {
            firing: run.firing,
            subject: Some(run.plan.clone()),
            which: if run.is_revert { format!("revert {}", run.rung) } else { run.rung.to_string() },
            labels: run.labels.clone(),
            moment: Moment { id: run.id, start: run.start, end: run.end },
            detail: said(&calls),
            calls,
        }
    };
    events.map(|events| events.runs.iter().map(of).collect()).unwrap_or_default()
}

fn withheld(events: Option<Events<'_>>) -> Vec<Occurrence> {
    let of = |held: &Withheld| Occurrence {
        firing: held.firing,
        subject: Some(held.plan.clone()),
        which: format!("{} {}", held.rung, held.guard),
        labels: held.labels.clone(),
        moment: Occurrence::at(held.firing, held.at),
        detail: held.reason.clone(),
        calls: Vec::new(),
    };
    let counted = |events: Events<'_>| -> Vec<Occurrence> {
        events.withheld.iter().filter(|held| held.guard != Withholding::Approval).map(of).collect()
    };
    events.map(counted).unwrap_or_default()
}

fn approvals(events: Option<Events<'_>>) -> Vec<Occurrence> {
    let of = |approval: &ApprovalRequest| Occurrence {
        firing: approval.firing,
        subject: Some(approval.team.clone()),
        which: approval.plan.clone(),
        labels: approval.labels.clone(),
        moment: Moment { id: approval.id, start: approval.at, end: approval.ended_at },
        detail: approval.outcome.clone().unwrap_or_else(|| "not answered".to_owned()),
        calls: Vec::new(),
    };
    events.map(|events| events.approvals.iter().map(of).collect()).unwrap_or_default()
}

fn escalations(events: Option<Events<'_>>) -> Vec<Occurrence> {
    let of = |escalation: &Escalation| Occurrence {
        firing: escalation.firing,
        subject: escalation.channel.clone(),
        which: String::new(),
        labels: escalation.labels.clone(),
        moment: Occurrence::at(escalation.id, escalation.at),
        detail: escalation.reason.clone(),
        calls: Vec::new(),
    };
    events.map(|events| events.escalations.iter().map(of).collect()).unwrap_or_default()
}

/// Pairs what happened for matched firings, subject by subject and in order, and says what differs.
fn compare(
    path: &str,
    base: Vec<Occurrence>,
    head: Vec<Occurrence>,
    counterpart: &BTreeMap<SemanticHash, SemanticHash>,
    [added, removed, moved]: [Kind; 3],
) -> Vec<Difference> {
    type Group = (Vec<Occurrence>, Vec<Occurrence>);
    let mut groups: BTreeMap<(SemanticHash, Option<String>, String), Group> = BTreeMap::new();
    for old in base {
        groups.entry((old.firing, old.subject.clone(), old.which.clone())).or_default().0.push(old);
    }
    for new in head {
        let firing = counterpart.get(&new.firing).copied().unwrap_or(new.firing);
        groups.entry((firing, new.subject.clone(), new.which.clone())).or_default().1.push(new);
    }
    let mut differences = Vec::new();
    for (old, new) in groups.into_values() {
        let (mut old, mut new) = (old.into_iter(), new.into_iter());
        loop {
            let (before, after) = (old.next(), new.next());
            let kind = match (&before, &after) {
                (None, None) => break,
                (None, Some(_)) => added,
                (Some(_), None) => removed,
                (Some(before), Some(after)) if before.moment.start != after.moment.start => moved,
                // What was said about it is no difference, except for a run: there it is what it does.
                (Some(before), Some(after)) if moved == Kind::RunMoved && before.detail != after.detail => {
                    Kind::RunChanged
                }
                (Some(_), Some(_)) => continue,
            };
            differences.extend(difference(kind, path, before, after));
        }
    }
    differences
}

fn difference(
    kind: Kind,
    path: &str,
    base: Option<Occurrence>,
    head: Option<Occurrence>,
) -> Option<Difference> {
    let later_by =
        base.as_ref().zip(head.as_ref()).map(|(before, after)| before.moment.moved_to(&after.moment));
    let shown = head.as_ref().or(base.as_ref())?;
    let mut difference = blank(kind, path.to_owned(), &shown.labels, shown.detail.clone());
    difference.subject = shown.subject.clone();
    difference.at = Some(shown.moment.start);
    difference.later_by = later_by;
    difference.base = base.map(|occurrence| occurrence.moment);
    difference.head = head.map(|occurrence| occurrence.moment);
    Some(difference)
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
    }
}
