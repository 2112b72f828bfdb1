//! A sample that is stale before the next one comes.

use heal_diagnostics::{Code, Diagnostic};
use heal_syntax::tree::SignalStatement;

use super::hold_below_cadence::shown;
use crate::linted::{Linted, statements};

pub(crate) fn check(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    for signal in linted.signals().filter(|signal| signal.node.stale_after <= signal.node.every) {
        let written = statements(&signal.tree.statements, |statement| match statement {
            SignalStatement::StaleAfter(span) => Some(span),
            SignalStatement::From(_) | SignalStatement::Every(_) | SignalStatement::AtMost(_) => None,
        });
        for span in written {
            let message = format!(
                "`{}` is stale after {}, and a sample comes every {}",
                signal.name.value,
                shown(signal.node.stale_after),
                shown(signal.node.every)
            );
            found.push(
                Diagnostic::warning(Code::STALE_BELOW_CADENCE, signal.file, span.range, message)
                    .with_help("its value is unknown between two samples: wait for at least two of them"),
            );
        }
    }
}
