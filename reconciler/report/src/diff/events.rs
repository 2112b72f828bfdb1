//! Differences of what happened: incidents, firings, runs, and everything that was decided about them.

use std::collections::BTreeMap;

use heal_engine::Labels;
use heal_program::{Millis, Policy, Program, Rung, SemanticHash, Timestamp};

use super::{
    Difference, DifferenceKind as Kind, IncidentImpact, Pairing,
    deeds::{self, Deeds},
    matching::match_firings,
};
use crate::{
    ApprovalRequest, Course, DetectorReport, Escalation, Firing, Moment, PolicyReport, Report, Run, Withheld,
    Withholding,
};

/// Incidents that fared otherwise.
pub(super) fn of_incidents(incidents: &[IncidentImpact], policies: &[Pairing]) -> Vec<Difference> {
    // The reasons of what is touched and unknown: one of them is why an incident may still be caught.
    let why = policies.iter().filter(|pair| pair.detection_unknown).find_map(|pair| pair.unknown.clone());
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
        let unknown = incident.perhaps_missed && kind == Kind::IncidentMissed;
        let detail = if unknown { why.clone().unwrap_or_default() } else { String::new() };
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

/// What a side did, and the program that says whom its channels tell.
pub(super) struct Acted<'a> {
    report: &'a Report,
    program: &'a Program,
}

impl<'a> Acted<'a> {
    pub(super) fn of(report: &'a Report, program: &'a Program) -> Acted<'a> {
        Acted { report, program }
    }

    /// With what a policy tells people through its channels, by path in head; none where that is not always the same.
    fn arguments(&self, policy: Option<&str>, names: &BTreeMap<String, String>) -> Told {
        let policy = self.program.policies.iter().find(|it| Some(it.head.path.as_str()) == policy);
        policy.map(|policy| arguments(self.program, policy, names)).unwrap_or_default()
    }
}

/// With what channels are told, by path; none: now with this, now with that.
type Told = BTreeMap<String, Option<String>>;

fn arguments(program: &Program, policy: &Policy, names: &BTreeMap<String, String>) -> Told {
    let mut all = Told::new();
    for rung in &policy.ladder {
        if let Rung::Escalate { channel: Some(channel), arguments } = rung
            && let Some(channel) = program.channel(*channel)
        {
            let path = names.get(&channel.head.path).unwrap_or(&channel.head.path);
            let call = Some(deeds::call(program, arguments, names));
            let known = all.entry(path.clone()).or_insert_with(|| call.clone());
            if *known != call {
                *known = None;
            }
        }
    }
    all
}

/// Only what both sides can tell is told apart.
fn told_alike(mut base: Told, mut head: Told) -> (Told, Told) {
    let is_unclear = |told: &Told, path: &String| told.get(path) == Some(&None);
    let paths: Vec<String> = base.keys().chain(head.keys()).cloned().collect();
    for path in
        paths.iter().filter(|path| is_unclear(&base, path) || is_unclear(&head, path)).collect::<Vec<_>>()
    {
        base.remove(path);
        head.remove(path);
    }
    (base, head)
}

/// Runs, withheld rungs, approvals and escalations that are new, gone, elsewhere or other. Of what base did, `renamed` is what
/// head calls it; `deeds` are the actions that ask for something else than they did.
pub(super) fn of_policies(
    [base, head]: &[Acted<'_>; 2],
    pairs: &[Pairing],
    renamed: &BTreeMap<String, String>,
    deeds: &Deeds,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    let renamed = Renamed(renamed);
    for pair in pairs.iter().filter(|pair| pair.unknown.is_none()) {
        let before = pair.base.as_deref().and_then(|path| base.report.policy(path));
        let after = pair.head.as_deref().and_then(|path| head.report.policy(path));
        let detectors = (
            before.and_then(|policy| base.report.detector(&policy.detector)),
            after.and_then(|policy| head.report.detector(&policy.detector)),
        );
        let arguments = told_alike(
            base.arguments(pair.base.as_deref(), renamed.0),
            head.arguments(pair.head.as_deref(), &BTreeMap::new()),
        );
        let is_told_same = arguments.0 == arguments.1 && renamed.0.is_empty() && deeds.is_empty();
        if is_told_same && same_firings(detectors.0, detectors.1) && same_courses(before, after) {
            continue;
        }
        let end = head.report.recording.end;
        // What happened for a firing of head is compared with what happened for its counterpart in base.
        let counterpart: BTreeMap<SemanticHash, SemanticHash> = matched(detectors.0, detectors.1, end)
            .into_iter()
            .filter_map(|(old, new)| Some((new?.id, old?.id)))
            .collect();
        let (before, after) = those_that_act(before, after);
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
            for (mut old, mut new, kinds) in groups {
                old.iter_mut().for_each(|occurrence| renamed.apply(occurrence));
                if kinds.contains(&Kind::EscalationMoved) {
                    old.iter_mut().for_each(|occurrence| tell(occurrence, &arguments.0));
                    new.iter_mut().for_each(|occurrence| tell(occurrence, &arguments.1));
                }
                let mut found = compare(pair.path(), (old, new), &counterpart, kinds, deeds);
                if fails {
                    for it in &mut found {
                        it.only_if_failing = true;
                        it.detail = format!("if a verification fails: {}", it.detail);
                    }
                }
                differences.extend(found);
            }
        }
    }
    differences
}

/// What is in shadow on one side only is done on the other side only.
fn those_that_act<'a>(
    before: Option<&'a PolicyReport>,
    after: Option<&'a PolicyReport>,
) -> (Option<&'a PolicyReport>, Option<&'a PolicyReport>) {
    let is_one = before.zip(after).is_some_and(|(before, after)| before.shadow != after.shadow);
    let acts = |policy: &&PolicyReport| !(is_one && policy.shadow);
    (before.filter(acts), after.filter(acts))
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
    base.shadow == head.shadow
        && base.runs.is_surely(&head.runs)
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

/// What items of base are called in head, where they are the same under another name.
struct Renamed<'a>(&'a BTreeMap<String, String>);

impl Renamed<'_> {
    /// An occurrence of base as head would call it.
    fn apply(&self, occurrence: &mut Occurrence) {
        for name in occurrence.subject.iter_mut().chain([&mut occurrence.which]) {
            if let Some(now) = self.0.get(name.as_str()) {
                name.clone_from(now);
            }
        }
        for (item, call) in &mut occurrence.calls {
            if let Some(now) = self.0.get(item.as_str()) {
                if let Some(rest) = call.strip_prefix(item.as_str()) {
                    *call = format!("{now}{rest}");
                }
                item.clone_from(now);
            }
        }
        if !occurrence.calls.is_empty() {
            occurrence.detail = said(&occurrence.calls);
        }
    }
}

/// A channel is who is told through it: `page("sre")`.
fn tell(occurrence: &mut Occurrence, told: &Told) {
    if let Some(channel) = &mut occurrence.subject
        && let Some(Some(call)) = told.get(channel.as_str())
    {
        channel.push_str(call);
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
    (base, head): (Vec<Occurrence>, Vec<Occurrence>),
    counterpart: &BTreeMap<SemanticHash, SemanticHash>,
    [added, removed, moved]: [Kind; 3],
    deeds: &Deeds,
) -> Vec<Difference> {
    let head: Vec<(SemanticHash, Occurrence)> = head
        .into_iter()
        .map(|new| (counterpart.get(&new.firing).copied().unwrap_or(new.firing), new))
        .collect();
    let base: Vec<(SemanticHash, Occurrence)> = base.into_iter().map(|old| (old.firing, old)).collect();
    let subject = |it: &Occurrence| it.subject.clone().unwrap_or_default();
    let (mut pairs, mut left) = joined((base, head), |it| format!("{} {}", subject(it), it.which));
    if moved == Kind::RunMoved {
        // On another rung it is the same run; on the same rung another plan is another run of what is one.
        let mut more: Vec<Couple>;
        (more, left) = joined(left, |it| format!("{} {}", subject(it), it.which.starts_with("revert")));
        pairs.append(&mut more);
        (more, left) = joined(left, |it| it.which.clone());
        pairs.append(&mut more);
    }
    let mut differences = Vec::new();
    for (before, mut after) in pairs {
        // What was said about it is no difference, except for a run: there it is what it does.
        let other = (moved == Kind::RunMoved).then(|| other_deed(&before, &after, deeds)).flatten();
        let kind = match other {
            Some(said) => {
                after.detail = said;
                Kind::RunChanged
            }
            None if before.moment.start != after.moment.start => moved,
            None => continue,
        };
        differences.extend(difference(kind, path, Some(before), Some(after)));
    }
    differences.extend(left.1.into_iter().filter_map(|(_, new)| difference(added, path, None, Some(new))));
    differences.extend(left.0.into_iter().filter_map(|(_, old)| difference(removed, path, Some(old), None)));
    differences
}

/// Something of base and its counterpart of head.
type Couple = (Occurrence, Occurrence);
/// What happened on both sides, with the firing of base that it happened for.
type Both = (Vec<(SemanticHash, Occurrence)>, Vec<(SemanticHash, Occurrence)>);

/// Joins what has the same firing and key, in order, and gives back what is left.
fn joined((base, head): Both, key: impl Fn(&Occurrence) -> String) -> (Vec<Couple>, Both) {
    let mut groups: BTreeMap<(SemanticHash, String), Both> = BTreeMap::new();
    for (firing, old) in base {
        groups.entry((firing, key(&old))).or_default().0.push((firing, old));
    }
    for (firing, new) in head {
        groups.entry((firing, key(&new))).or_default().1.push((firing, new));
    }
    let (mut couples, mut left) = (Vec::new(), (Vec::new(), Vec::new()));
    for (mut old, mut new) in groups.into_values() {
        let count = old.len().min(new.len());
        left.0.extend(old.split_off(count));
        left.1.extend(new.split_off(count));
        couples.extend(old.into_iter().zip(new).map(|((_, old), (_, new))| (old, new)));
    }
    (couples, left)
}

/// What a run does now, where that is something else than it did.
fn other_deed(before: &Occurrence, after: &Occurrence, deeds: &Deeds) -> Option<String> {
    if before.subject != after.subject {
        let was = before.subject.as_deref().unwrap_or_default();
        return Some(format!("instead of `{was}`: {}", after.detail));
    }
    if before.detail != after.detail {
        return Some(format!("{}, was {}", after.detail, before.detail));
    }
    let (item, (is, was)) = after.calls.iter().find_map(|(item, _)| deeds.get_key_value(item))?;
    Some(format!("{}, where `{item}` is {is}, was {was}", after.detail))
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
        only_if_failing: false,
    }
}
