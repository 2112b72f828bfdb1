//! Rungs that a ladder never comes to.

use heal_check::StatementKind;
use heal_diagnostics::{Code, Diagnostic};
use heal_program::{Plan, Rung, Trigger};

use super::facts::{Acting, Facts};

/// One warning for each ladder: its first rung that is not reached, and why.
pub(super) fn unreachable_rungs(facts: &Facts<'_>, acting: &Acting<'_>, found: &mut Vec<Diagnostic>) {
    let before_last = acting.policy.ladder.len().saturating_sub(1);
    let mut rungs = acting.policy.ladder.iter().take(before_last).enumerate();
    let stops = rungs.find_map(|(at, rung)| Some((at, stops(acting, at, rung)?)));
    found.extend(stops.and_then(|(at, why)| report(facts, acting, at, &why)));
}

/// Why a ladder goes no further than a rung.
fn stops(acting: &Acting<'_>, at: usize, rung: &Rung) -> Option<String> {
    match rung {
        Rung::Escalate { .. } => {
            // An event is an episode that is over at once: nothing fires any more when people have been told.
            matches!(acting.policy.on, Trigger::Event(_)).then(|| {
                "the event is over when people have been told, and telling them never fails".to_owned()
            })
        }
        Rung::Plan { again: Some(every), .. } | Rung::Choose { again: Some(every), .. } => {
            let plans: Vec<&Plan> =
                acting.plans.iter().filter(|(rung, ..)| *rung == at).map(|(_, _, plan, _)| *plan).collect();
            let judged = plans.iter().any(|plan| !plan.verifies.is_empty() || !plan.requires.is_empty());
            (!judged).then(|| {
                let names: Vec<String> = plans.iter().map(|plan| format!("`{}`", plan.head.path)).collect();
                format!(
                    "{} is done again every {every} for as long as it fires, and nothing says whether it has helped",
                    names.join(" or ")
                )
            })
        }
        Rung::Plan { again: None, .. } | Rung::Choose { again: None, .. } => None,
    }
}

fn report(facts: &Facts<'_>, acting: &Acting<'_>, at: usize, why: &str) -> Option<Diagnostic> {
    let policy = acting.policy;
    let (file, range) = facts.place(&policy.head, StatementKind::Rung, at + 1)?;
    let message = format!("this rung of `{}` is not reached: {why}", policy.head.path);
    let mut diagnostic = Diagnostic::warning(Code::UNREACHABLE_RUNG, file, range, message);
    if let Some((file, range)) = facts.place(&policy.head, StatementKind::Rung, at) {
        diagnostic = diagnostic.with_secondary(file, range, "the ladder stays here");
    }
    Some(match policy.ladder.get(at) {
        Some(Rung::Escalate { .. }) | None => {
            diagnostic.with_help("put it before the rung that tells people")
        }
        Some(Rung::Plan { .. } | Rung::Choose { .. }) => diagnostic
            .with_help("let its plan `verify` what must be true, so that it fails where it does not help")
            .with_help("or leave `again` out"),
    })
}
