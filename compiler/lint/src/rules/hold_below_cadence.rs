//! A `for` that is over before the condition is looked at again.

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_program::Millis;
use heal_syntax::tree::DetectorStatement;

use crate::linted::Linted;

pub(crate) fn check(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    for detector in linted.detectors() {
        let node = detector.node;
        let mut report = |range: TextRange, hold: Millis| {
            if hold <= Millis::ZERO || hold >= node.every {
                return;
            }
            let written = detector.quoted(range);
            let message =
                format!("{written} is shorter than {}, the time between two steps", shown(node.every));
            found.push(
                Diagnostic::warning(Code::HOLD_BELOW_CADENCE, detector.file, range, message).with_help(
                    "the condition is looked at once in that time: write at least two steps, or leave it out",
                ),
            );
        };
        for statement in &detector.tree.statements {
            match &statement.value {
                DetectorStatement::For(span) => report(span.range, node.hold),
                DetectorStatement::Clear(_, Some(span)) => {
                    report(span.range, node.clear.as_ref().map_or(Millis::ZERO, |clear| clear.hold));
                }
                DetectorStatement::Clear(_, None)
                | DetectorStatement::When(_)
                | DetectorStatement::Severity(_) => {}
            }
        }
    }
}

/// A span in the largest unit that it is a whole number of.
pub(crate) fn shown(span: Millis) -> String {
    const UNITS: [(i64, &str); 4] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    let whole = UNITS.iter().find(|(unit, _)| span.0 >= *unit && span.0 % unit == 0);
    whole.map_or_else(|| format!("{}ms", span.0), |(unit, name)| format!("{}{name}", span.0 / unit))
}
