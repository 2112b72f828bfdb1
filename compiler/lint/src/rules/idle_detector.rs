//! A detector that nothing acts on, in a package that acts on others.

use std::collections::BTreeSet;

use heal_diagnostics::{Code, Diagnostic};

use crate::linted::Linted;

pub(crate) fn check(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    // A package without policies watches: its firings are what reports are made for.
    if linted.policies().next().is_none() {
        return;
    }
    let named = linted.named();
    let public: BTreeSet<&str> =
        linted.typed.items.iter().filter(|item| item.public).map(|item| item.path.as_str()).collect();
    for detector in linted.detectors() {
        let path = detector.node.head.path.as_str();
        if named.contains(path) || public.contains(path) {
            continue;
        }
        let message = format!("no policy is `on` `{}`, and nothing reads it", detector.name.value);
        found.push(
            Diagnostic::warning(Code::IDLE_DETECTOR, detector.file, detector.name.range, message)
                .with_help("tell people at least: `policy … { on … try escalate … }`, or remove it"),
        );
    }
}
