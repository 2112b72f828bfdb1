//! A file per rule: what compiles and is probably not what was meant.
//!
//! A rule sees the typed program with the trees that it came from, and never what is lowered from it; rules of texts see
//! the texts alone, and speak also where a file has errors. One line in the lists below declares a rule's module and
//! registers it. What a rule finds can be allowed for a time ([`settle`]).

mod allow;
mod day;
mod linted;
mod pieces;
mod sides;
mod spans;
mod without_data;

mod rules {
    pub(crate) mod bidirectional;
    pub(crate) mod blind_condition;
    pub(crate) mod clear_beyond_when;
    pub(crate) mod double_undo;
    pub(crate) mod duplicate_detector;
    pub(crate) mod flapping;
    pub(crate) mod idle_detector;
    pub(crate) mod idle_plan;
    pub(crate) mod impatient_canary;
    pub(crate) mod impossible_threshold;
    pub(crate) mod inline_secret;
    pub(crate) mod look_alike;
    pub(crate) mod no_escalation;
    pub(crate) mod over_before_judged;
    pub(crate) mod past_freeze;
    pub(crate) mod shell_command;
    pub(crate) mod short_window;
    pub(crate) mod slack_limit;
    pub(crate) mod text_with_holes;
    pub(crate) mod unreached_entity;
    pub(crate) mod unused_import;
    pub(crate) mod unused_item;
    pub(crate) mod unverified_plan;
}

#[cfg(test)]
mod tests;

use heal_check::{SourceUnit, TypedProgram};
use heal_diagnostics::Diagnostic;

pub use allow::settle;
pub use day::Day;

use linted::Linted;

/// A rule: a pass over a program that was checked without errors.
type Rule = fn(&Linted<'_>, &mut Vec<Diagnostic>);

/// A rule of the text of a file, whatever is wrong with it.
type TextRule = fn(&SourceUnit<'_>, &mut Vec<Diagnostic>);

const RULES: &[Rule] = &[
    rules::blind_condition::check,
    rules::clear_beyond_when::check,
    rules::double_undo::check,
    rules::duplicate_detector::check,
    rules::flapping::check,
    rules::idle_detector::check,
    rules::idle_plan::check,
    rules::impatient_canary::check,
    rules::impossible_threshold::check,
    rules::no_escalation::check,
    rules::shell_command::check,
    rules::over_before_judged::check,
    rules::short_window::check,
    rules::slack_limit::check,
    rules::text_with_holes::check,
    rules::unreached_entity::check,
    rules::unused_import::check,
    rules::unused_item::check,
    rules::unverified_plan::check,
];

const TEXT_RULES: &[TextRule] =
    &[rules::bidirectional::check, rules::inline_secret::check, rules::look_alike::check];

/// What the rules find in a program that was checked without errors, and came from `units`. Without `today` nothing is
/// past.
#[must_use]
pub fn lint(typed: &TypedProgram, units: &[SourceUnit<'_>], today: Option<Day>) -> Vec<Diagnostic> {
    let linted = Linted::new(typed, units);
    let mut found = Vec::new();
    for rule in RULES {
        rule(&linted, &mut found);
    }
    if let Some(today) = today {
        rules::past_freeze::check(&linted, today, &mut found);
    }
    found
}

/// What the rules of texts find in files, whether they have errors or not.
#[must_use]
pub fn lint_texts(units: &[SourceUnit<'_>]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for unit in units.iter().filter(|unit| !linted::is_external(unit)) {
        for rule in TEXT_RULES {
            rule(unit, &mut found);
        }
    }
    found
}
