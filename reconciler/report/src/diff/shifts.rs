//! By how much counts differ that are not known but for a range: course by course, because the less in the one may be the
//! more in the other.

use std::collections::{BTreeMap, BTreeSet};

use super::{Pairing, Shift};
use crate::{Kept, Listed, PolicyReport, Range, Report, names::Names};

/// How the counts of both sides differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shifts {
    pub(super) runs: Shift,
    pub(super) actions: Shift,
    pub(super) approvals: Shift,
    pub(super) escalations: Shift,
}

impl Shifts {
    /// Over the policies that are known on both sides: of each the differences in the one course and in the other, added up
    /// to the least and the most.
    pub(super) fn of(base: &Report, head: &Report, pairs: &[Pairing]) -> Shifts {
        let mut all = Shifts::default();
        for pair in pairs.iter().filter(|pair| pair.unknown.is_none()) {
            let before = pair.base.as_deref().and_then(|path| base.policy(path));
            let after = pair.head.as_deref().and_then(|path| head.policy(path));
            let same = |(one, other): (&PolicyReport, &PolicyReport)| {
                one.figures == other.figures && one.shadow == other.shadow && !pair.changed
            };
            if before.zip(after).is_some_and(same) {
                continue;
            }
            let (before, after) = (Courses::of(before), Courses::of(after));
            all.runs.add(before.runs, after.runs);
            all.actions.add(before.actions, after.actions);
            all.approvals.add(before.approvals, after.approvals);
            all.escalations.add(before.escalations, after.escalations);
        }
        all
    }
}

impl Shift {
    /// Adds what a policy does otherwise, in both courses.
    fn add(&mut self, before: (u64, u64), after: (u64, u64)) {
        let by = |before: u64, after: u64| {
            let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
            signed(after) - signed(before)
        };
        let (one, other) = (by(before.0, after.0), by(before.1, after.1));
        self.min = self.min.saturating_add(one.min(other));
        self.max = self.max.saturating_add(one.max(other));
    }
}

/// What one policy did as if every verification passed, and as if every one failed.
#[derive(Clone, Copy, Default)]
struct Courses {
    runs: (u64, u64),
    actions: (u64, u64),
    approvals: (u64, u64),
    escalations: (u64, u64),
}

impl Courses {
    /// What a policy in shadow does is done by nobody.
    fn of(policy: Option<&PolicyReport>) -> Courses {
        let Some(policy) = policy.filter(|policy| !policy.shadow) else { return Courses::default() };
        let (mut runs, mut actions) = (0, 0);
        policy.runs.each(|run| {
            runs += u64::from(!run.is_revert);
            actions += crate::report::size(run.actions.len());
        });
        let figures = &policy.figures;
        Courses {
            runs: both(figures.runs, runs),
            actions: both(figures.actions, actions),
            approvals: both(figures.approvals, count(&policy.approvals)),
            escalations: both(figures.escalations, count(&policy.escalations)),
        }
    }
}

fn count<T: Kept>(list: &Listed<T>) -> u64 {
    crate::report::size(list.len())
}

/// A range is of two courses, of which one is listed: the other one is its other end.
fn both(range: Range, passing: u64) -> (u64, u64) {
    if passing <= range.min { (range.min, range.max) } else { (range.max, range.min) }
}

/// Plans that run another number of times, in either course; those of base under the names that head has for them.
pub(super) fn plans<'a>(
    (base, head): (&'a Report, &'a Report),
    pairs: &'a [Pairing],
    names: &'a Names,
) -> BTreeSet<&'a str> {
    let mut plans = BTreeSet::new();
    for pair in pairs.iter().filter(|pair| pair.unknown.is_none()) {
        let acting = |report: &'a Report, path: &'a Option<String>| {
            path.as_deref().and_then(|path| report.policy(path)).filter(|policy| !policy.shadow)
        };
        let (before, after) = (acting(base, &pair.base), acting(head, &pair.head));
        let runs = |policy: Option<&'a PolicyReport>| {
            let lists = policy.map(|policy| [policy.runs.as_slice(), policy.only_if_failing.runs.as_slice()]);
            lists.unwrap_or_default()
        };
        for (old, new) in runs(before).into_iter().zip(runs(after)) {
            let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
            old.iter().for_each(|run| *counts.entry(names.of(&run.plan)).or_default() -= 1);
            new.iter().for_each(|run| *counts.entry(run.plan.as_str()).or_default() += 1);
            plans.extend(counts.into_iter().filter(|(_, by)| *by != 0).map(|(plan, _)| plan));
        }
    }
    plans
}
