//! A detector that nothing acts on, in a package that acts on others.

use heal_diagnostics::{Code, Diagnostic};

use crate::linted::Linted;

pub(crate) fn check(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    // A package without policies watches: its firings are what reports are made for.
    if linted.policies().next().is_none() {
        return;
    }
    let idle = linted.idle_detectors();
    for detector in linted.detectors() {
        if idle.get(detector.at) != Some(&true) {
            continue;
        }
        let message = format!("no policy is `on` `{}`, and nothing reads it", detector.name.value);
        found.push(
            Diagnostic::warning(Code::IDLE_DETECTOR, detector.file, detector.name.range, message)
                .with_help("tell people at least: `policy … { on … try escalate … }`, or remove it"),
        );
    }
}
