//! An item that nothing refers to and that does nothing by itself.

use heal_check::{ItemKind, TypedProgram};
use heal_diagnostics::{Code, Diagnostic};

pub(crate) fn check(typed: &TypedProgram, found: &mut Vec<Diagnostic>) {
    for item in typed.unused_items() {
        let what = match item.kind {
            // A detector without a policy still shows its firings in every report.
            ItemKind::Detector => continue,
            ItemKind::Param => "nothing reads it",
            ItemKind::Signal => "no detector reads it",
            ItemKind::Entity => "no type names it",
            ItemKind::Action => "no plan calls it",
            ItemKind::Channel => "no policy tells anyone through it",
            ItemKind::Plan => "no policy tries it",
            ItemKind::Policy | ItemKind::Test => continue,
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
