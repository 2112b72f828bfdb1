//! A canary that settles for longer than people leave a ladder waiting.

use heal_diagnostics::{Code, Diagnostic, Safety};
use heal_program::Millis;
use heal_syntax::tree::{GuardStatement, PolicyStatement};

use crate::{
    found::Found,
    linted::{Linted, WrittenPolicy, statements},
};

/// What is added to the time that the last wave waits: its runs take time, too.
const ROOM: Millis = Millis::from_minutes(15);

pub(crate) fn check(_: &Linted<'_>, policy: &WrittenPolicy<'_>, found: &mut Found) {
    let guard = &policy.node.guard;
    let Some(canary) = &guard.canary else { return };
    let waves_before = i64::try_from(canary.waves.len()).unwrap_or(i64::MAX).saturating_sub(1);
    let waits = Millis(canary.settle.0.saturating_mul(waves_before));
    let patience = guard.withheld_escalates_after();
    if waits < patience || waves_before < 1 {
        return;
    }
    let written = statements(&policy.tree.statements, |statement| match statement {
        PolicyStatement::Guard(guard) => Some(guard),
        PolicyStatement::On(_)
        | PolicyStatement::Where(_)
        | PolicyStatement::Rung(_)
        | PolicyStatement::Shadow => None,
    });
    let mut written = written.flatten();
    let Some(place) = written.find(|it| matches!(it.value, GuardStatement::Canary(..))).map(|it| it.range)
    else {
        return;
    };
    let message = format!(
        "the last wave waits for {} at least, and people are told of a ladder that has waited for {}",
        waits.written(),
        patience.written()
    );
    let statement =
        format!("escalate when withheld for {}", Millis(waits.0.saturating_add(ROOM.0)).written());
    let diagnostic = Diagnostic::warning(Code::IMPATIENT_CANARY, policy.file, place, message).with_help(
        format!("say how long it may take, with `{statement}`, or let waves settle for less time"),
    );
    // Where it is said already it stands elsewhere in the guard.
    let is_said = guard.withheld_escalates_after.is_some();
    found.push(match is_said {
        true => diagnostic,
        false => {
            let after = heal_diagnostics::TextRange::new(place.end, place.end);
            let indent = indent(policy.text, place.start);
            let title = format!("add `{statement}`");
            diagnostic.with_fix(title, Safety::Unsafe, after, format!("\n{indent}{statement}"))
        }
    });
}

/// The blanks before the first thing on a line.
fn indent(text: &str, at: u32) -> &str {
    let before = text.get(..at as usize).unwrap_or("");
    let line = before.rsplit('\n').next().unwrap_or("");
    line.get(..line.len() - line.trim_start().len()).unwrap_or("")
}
