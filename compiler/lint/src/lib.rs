//! A file per rule: what compiles and is probably not what was meant.
//!
//! A rule sees the typed program with the trees that it came from, and never what is lowered from it; rules of texts see
//! the texts alone, and speak also where a file has errors. One line below declares a rule's module, and one in `lints`
//! registers it. What a rule finds can be allowed for a time ([`settle`]).

mod allow;
mod day;
mod found;
mod linted;
mod lints;
mod pieces;
mod sides;
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

pub use allow::settle;
pub use day::Day;
pub use lints::{Lints, lint, lint_text};
