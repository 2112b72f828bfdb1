//! A detector of events that stops firing by itself, before what is done about it can be judged.

use heal_check::StatementKind;
use heal_diagnostics::{Code, Diagnostic};
use heal_program::{Expression, Guard, Millis, Policy, Program, Rung, WindowFunction};

use crate::{found::Found, linted::Linted};

pub(crate) fn check(linted: &Linted<'_>, policy: &Policy, found: &mut Found) {
    let detector = policy.on.detector().and_then(|detector| linted.program.detector(detector));
    let Some(detector) = detector.filter(|detector| detector.clear.is_none()) else { return };
    let Some(window) = fading(&detector.when) else { return };
    for (at, rung) in policy.ladder.iter().enumerate() {
        let Some((needed, why)) = needed(linted.program, policy, rung) else { continue };
        if window >= needed {
            continue;
        }
        let place = linted.place(&policy.head.path, StatementKind::Rung, at);
        let Some((file, range)) = place else { continue };
        let name = &detector.head.path;
        let message =
            format!("the firing of `{name}` is over {} after its last event, and {why}", window.written());
        found.push(Diagnostic::warning(Code::OVER_BEFORE_JUDGED, file, range, message).with_help(format!(
            "add `clear when` to `{name}`: what says that all is well again; or count over a longer time"
        )));
        // The other rungs have the same cause.
        break;
    }
}

/// How long a condition stays true after the last event, where it reads nothing but what happened within a time.
fn fading(condition: &Expression) -> Option<Millis> {
    let mut longest = None;
    let mut others = false;
    condition.walk(&mut |node| {
        if let Expression::EventWithin { span, .. }
        | Expression::EventCount { span, .. }
        | Expression::Window { function: WindowFunction::Sum, span, .. } = node
        {
            longest = longest.max(Some(*span));
        } else {
            others |= node.read().is_some();
        }
    });
    longest.filter(|_| !others)
}

/// The longest that a rung takes until it is known what came of it, and why.
fn needed(program: &Program, policy: &Policy, rung: &Rung) -> Option<(Millis, String)> {
    let plans = rung.plans().filter_map(|plan| program.plan(plan));
    let verified = plans.filter_map(|plan| {
        let within = plan.verifies.iter().map(|verify| verify.within).max()?;
        Some((within, format!("`{}` takes {} to be judged", plan.head.path, within.written())))
    });
    let shared = policy.guard.shared.iter().filter_map(|shared| program.shared_guard(*shared));
    let guards: Vec<&Guard> = std::iter::once(&policy.guard).chain(shared.map(|it| &it.guard)).collect();
    let asked = guards.iter().filter_map(|guard| guard.approval.as_ref());
    let asked = asked.map(|approval| {
        let timeout = approval.timeout;
        (timeout, format!("`{}` has {} to answer", program.asked(approval), timeout.written()))
    });
    let is_plan = rung.plans().next().is_some();
    verified.chain(asked.filter(|_| is_plan)).max_by_key(|(time, _)| *time)
}
