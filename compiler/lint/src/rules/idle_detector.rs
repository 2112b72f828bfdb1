//! A detector that nothing acts on, in a package that acts on others.

use heal_check::ItemKind;
use heal_diagnostics::{Code, Diagnostic};

use crate::linted::Linted;

pub(crate) fn check(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    // A package without policies watches: its firings are what reports are made for.
    if !linted.policies().any(|policy| linted.is_written(policy.item)) {
        return;
    }
    let detectors = linted.typed.items.iter().zip(linted.typed.named());
    let idle = detectors
        .filter(|(item, named)| item.kind == ItemKind::Detector && !item.external && !named && !item.public);
    for (item, _) in idle.filter(|(item, _)| linted.is_written(item)) {
        let message = format!("no policy is `on` `{}`, and nothing reads it", item.name());
        found.push(
            Diagnostic::warning(Code::IDLE_DETECTOR, item.file, item.name_range, message)
                .with_help("tell people at least: `policy … { on … try escalate … }`, or remove it"),
        );
    }
}
