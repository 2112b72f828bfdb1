//! A `clear when` that is true where the detector fires.

use heal_diagnostics::{Code, Diagnostic};
use heal_syntax::tree::DetectorStatement;

use crate::{
    found::Found,
    linted::{Linted, WrittenDetector, statements},
    sides::threshold,
};

pub(crate) fn check(linted: &Linted<'_>, detector: &WrittenDetector<'_>, found: &mut Found) {
    let Some(clear) = &detector.node.clear else { return };
    let fires = threshold(&detector.node.when, linted.program);
    let clears = threshold(&clear.when, linted.program);
    let (Some(fires), Some(clears)) = (fires, clears) else { return };
    // Beyond the limit in the direction in which it fires.
    let is_beyond = if fires.above { clears.limit > fires.limit } else { clears.limit < fires.limit };
    if fires.operand != clears.operand || !(fires.above == clears.above || is_beyond) {
        return;
    }
    let written = statements(&detector.tree.statements, |statement| match statement {
        DetectorStatement::Clear(condition, _) => Some(condition),
        DetectorStatement::When(_) | DetectorStatement::For(_) | DetectorStatement::Severity(_) => None,
    });
    for condition in written {
        let message = format!("{} is true where `when` is", detector.quoted(condition.range));
        let direction = if fires.above { "below" } else { "above" };
        found.push(
            Diagnostic::warning(Code::CLEAR_BEYOND_WHEN, detector.file, condition.range, message)
                .with_help(format!("`when` wins where both hold: clear well {direction} its limit")),
        );
    }
}
