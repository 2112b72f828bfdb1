//! A policy that acts and never tells anyone.

use heal_diagnostics::{Code, Diagnostic};
use heal_program::Rung;

use crate::{
    found::Found,
    linted::{Linted, WrittenPolicy},
};

pub(crate) fn check(_: &Linted<'_>, policy: &WrittenPolicy<'_>, found: &mut Found) {
    let tells = |rung: &Rung| match rung {
        Rung::Escalate { .. } => true,
        Rung::Plan { .. } | Rung::Choose { .. } => false,
    };
    if policy.node.shadow || policy.node.ladder.iter().any(tells) {
        return;
    }
    let message = format!("when all that `{}` tries has failed, nobody is told", policy.name.value);
    found.push(
        Diagnostic::warning(Code::NO_ESCALATION, policy.file, policy.name.range, message)
            .with_help("end the ladder with `then escalate` and a channel"),
    );
}
