//! A plan that affects, as it says, nothing of what decides whether it has helped.

use std::collections::BTreeSet;

use heal_check::StatementKind;
use heal_diagnostics::{Code, Diagnostic};
use heal_program::{PlanIndex, Rung, Trigger, short_name};

use crate::linted::Linted;

pub(crate) fn check(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    if !linted.program.declares_effects() {
        return;
    }
    let mut reported: BTreeSet<PlanIndex> = BTreeSet::new();
    cannot_heal(linted, &mut reported, found);
    asks_something_else(linted, &reported, found);
}

/// A rung whose plan cannot make the detector stop.
fn cannot_heal(linted: &Linted<'_>, reported: &mut BTreeSet<PlanIndex>, found: &mut Vec<Diagnostic>) {
    let program = linted.program;
    for policy in linted.policies() {
        let Trigger::Detector(detector) = policy.node.on else { continue };
        let Some(detector) = program.detector(detector) else { continue };
        for (at, rung) in policy.node.ladder.iter().enumerate() {
            for index in rung.plans() {
                let Some(plan) = program.plan(index) else { continue };
                let Some(affected) = program.affected_by(plan) else { continue };
                if program.trigger_hangs_on(policy.node.on, &affected) || !linted.is_written(policy.item) {
                    continue;
                }
                let place = linted.place(&policy.node.head.path, StatementKind::Rung, at);
                let Some((file, range)) = place else { continue };
                reported.insert(index);
                let (plan, detector) = (short_name(&plan.head.path), short_name(&detector.head.path));
                let message =
                    format!("`{plan}` affects nothing that `{detector}` reads, so it cannot make it stop");
                let diagnostic = Diagnostic::warning(Code::IDLE_PLAN, file, range, message);
                found.push(diagnostic.with_help(
                    "try what changes it; or say in `affects` all that the plan or its actions change",
                ));
            }
        }
    }
}

/// A `verify` that comes out as it would have without the plan.
fn asks_something_else(linted: &Linted<'_>, reported: &BTreeSet<PlanIndex>, found: &mut Vec<Diagnostic>) {
    let program = linted.program;
    let used = program.policies.iter().flat_map(|policy| &policy.ladder).flat_map(Rung::plans);
    let used: BTreeSet<usize> = used.filter(|plan| !reported.contains(plan)).map(PlanIndex::at).collect();
    for plan in linted.plans() {
        let is_used = used.contains(&plan.at);
        let Some(affected) = program.affected_by(plan.node).filter(|_| is_used) else { continue };
        let asks = plan.node.verifies.iter().enumerate();
        for (at, _) in asks.filter(|(_, verify)| !program.hangs_on(&verify.condition, &affected)) {
            let place = linted.place(&plan.node.head.path, StatementKind::Verify, at);
            let Some((file, range)) = place else { continue };
            let message = format!(
                "this reads nothing that `{}` affects: it comes out as without the plan",
                plan.item.name()
            );
            let diagnostic = Diagnostic::warning(Code::UNAFFECTED_VERIFY, file, range, message);
            found.push(diagnostic.with_help(
                "ask what the plan changes; or say in `affects` all that the plan or its actions change",
            ));
        }
    }
}
