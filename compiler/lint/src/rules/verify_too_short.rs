//! A `verify` that is over before it can be true.

use heal_diagnostics::{Code, Diagnostic};
use heal_program::{Millis, Read};
use heal_syntax::tree::PlanStatement;

use super::hold_below_cadence::shown;
use crate::linted::{Linted, statements};

/// A verify must hold for so many steps of its slowest signal.
const STEPS: i64 = 2;

pub(crate) fn check(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    for plan in linted.plans() {
        let written = statements(&plan.tree.statements, |statement| match statement {
            PlanStatement::Verify(_, within) => Some(within),
            PlanStatement::Risk(_)
            | PlanStatement::Require(_)
            | PlanStatement::Disturbs(_)
            | PlanStatement::Step(_)
            | PlanStatement::ForEach(_)
            | PlanStatement::Undo(_)
            | PlanStatement::Always(_)
            | PlanStatement::RevertAfter(_)
            | PlanStatement::RevertOnClear => None,
        });
        for (verify, within) in plan.node.verifies.iter().zip(written) {
            let mut slowest = Millis::ZERO;
            verify.condition.walk(&mut |node| {
                slowest = slowest.max(node.read().and_then(|read| cadence(read, linted)).unwrap_or_default());
            });
            let needed = Millis(slowest.0.saturating_mul(STEPS));
            if verify.within >= needed {
                continue;
            }
            let message = format!(
                "{} is too short: it must hold for two steps, and the slowest of what it reads comes every {}",
                plan.quoted(within.range),
                shown(slowest)
            );
            found.push(
                Diagnostic::warning(Code::VERIFY_TOO_SHORT, plan.file, within.range, message)
                    .with_help(format!("give it more than {}", shown(needed))),
            );
        }
    }
}

/// How often what is read changes.
fn cadence(read: Read, linted: &Linted<'_>) -> Option<Millis> {
    match read {
        Read::Signal(signal, _) => linted.program.signal(signal).map(|signal| signal.every),
        Read::Detector(detector) => linted.program.detector(detector).map(|detector| detector.every),
        Read::Entity(entity) => {
            linted.program.entity(entity).and_then(|entity| entity.feed.as_ref()).map(|feed| feed.every)
        }
        Read::Event(..) => None,
    }
}
