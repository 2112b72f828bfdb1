//! A file per rule: what compiles and is probably not what was meant.
//!
//! A rule sees the typed program and never what is lowered from it. One line in the list below declares its module and
//! registers it.

use heal_check::TypedProgram;
use heal_diagnostics::Diagnostic;

mod rules {
    pub(crate) mod unused_import;
    pub(crate) mod unused_item;
}

/// A rule: a pass over a program.
type Rule = fn(&TypedProgram, &mut Vec<Diagnostic>);

/// All rules.
const RULES: &[Rule] = &[rules::unused_import::check, rules::unused_item::check];

/// What the rules find in a program that was checked without errors.
#[must_use]
pub fn lint(typed: &TypedProgram) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for rule in RULES {
        rule(typed, &mut found);
    }
    found
}
