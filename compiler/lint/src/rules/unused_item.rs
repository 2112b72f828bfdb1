//! An item that nothing refers to and that does nothing by itself.

use heal_check::ItemKind;
use heal_diagnostics::{Code, Diagnostic};

use crate::linted::Linted;

pub(crate) fn check(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    for item in linted.typed.unused_items() {
        let what = match item.kind {
            // A rule of its own looks at detectors: one that starts nothing still shows its firings in every report.
            ItemKind::Detector | ItemKind::Policy | ItemKind::Test => continue,
            ItemKind::Param => "nothing reads it",
            ItemKind::Signal => "no detector reads it",
            ItemKind::Entity => "no type names it",
            ItemKind::Action => "no plan calls it",
            ItemKind::Channel => "no policy tells anyone through it",
            ItemKind::Plan => "no policy tries it",
            ItemKind::Let => "no expression reads it",
            ItemKind::Function => "no expression calls it",
            ItemKind::Event => "nothing reads it",
            ItemKind::Source => "no event comes from it",
            ItemKind::SharedGuard => "no policy names it",
            ItemKind::DetectorTemplate | ItemKind::PolicyTemplate => "nothing is made from it",
        };
        let message = format!("{} `{}` is not used: {what}", item.kind.word(), item.path);
        found.push(
            Diagnostic::warning(Code::UNUSED_ITEM, item.file, item.name_range, message)
                .with_help("remove it, use it, or make it `pub` for other packages"),
        );
    }
}
