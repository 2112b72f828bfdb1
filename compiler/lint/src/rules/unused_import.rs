//! A `use` that brings in a name which nothing in its file uses.

use heal_diagnostics::{Code, Diagnostic};

use crate::linted::Linted;

pub(crate) fn check(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    for import in &linted.typed.unused_imports {
        let message = format!("`{}` is brought in and not used", import.name);
        found.push(
            Diagnostic::warning(Code::UNUSED_ITEM, import.file, import.range, message)
                .with_help("remove it, or use it"),
        );
    }
}
