//! Differences of what was decided about firings: runs, what is held back, who is asked and who is told.

use std::collections::BTreeMap;

use heal_program::{Policy, Program, Rung, SemanticHash};

use super::{
    Difference, DifferenceKind as Kind, Pairing,
    deeds::{self, Deeds},
    events::{matched, same_firings},
    occurrence::{Occurrence, approvals, compare, course, escalations, runs, withheld},
};
use crate::{
    PolicyReport, Report,
    names::{AS_THEY_ARE, Names},
};

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
    fn arguments(&self, policy: Option<&str>, names: &Names) -> Told {
        let policy = self.program.policies.iter().find(|it| Some(it.head.path.as_str()) == policy);
        policy.map(|policy| arguments(self.program, policy, names)).unwrap_or_default()
    }
}

/// With what channels are told, by path; none: now with this, now with that.
type Told = BTreeMap<String, Option<String>>;

fn arguments(program: &Program, policy: &Policy, names: &Names) -> Told {
    let mut all = Told::new();
    for rung in &policy.ladder {
        if let Rung::Escalate { channel: Some(channel), arguments } = rung
            && let Some(channel) = program.channel(*channel)
        {
            let path = names.of(&channel.head.path).to_owned();
            let call = Some(deeds::call(program, arguments, names));
            let known = all.entry(path).or_insert_with(|| call.clone());
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
    renamed: &Names,
    deeds: &Deeds,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    for pair in pairs.iter().filter(|pair| pair.unknown.is_none()) {
        let before = pair.base.as_deref().and_then(|path| base.report.policy(path));
        let after = pair.head.as_deref().and_then(|path| head.report.policy(path));
        let detectors = (
            before.and_then(|policy| base.report.detector(&policy.detector)),
            after.and_then(|policy| head.report.detector(&policy.detector)),
        );
        let arguments = told_alike(
            base.arguments(pair.base.as_deref(), renamed),
            head.arguments(pair.head.as_deref(), &AS_THEY_ARE),
        );
        let is_told_same = arguments.0 == arguments.1 && renamed.is_empty() && deeds.is_empty();
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
                old.iter_mut().for_each(|occurrence| occurrence.rename(renamed));
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

/// A channel is who is told through it: `page("sre")`.
fn tell(occurrence: &mut Occurrence, told: &Told) {
    if let Some(channel) = &mut occurrence.subject
        && let Some(Some(call)) = told.get(channel.as_str())
    {
        channel.push_str(call);
    }
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
