//! A file per rule: what compiles and is probably not what was meant.
//!
//! A rule sees the typed program with the trees that it came from, and never what is lowered from it; rules of texts see
//! the texts alone, and speak also where a file has errors. One line in the lists below declares a rule's module and
//! registers it. What a rule finds can be allowed for a time ([`settle`]).

mod allow;
mod day;
mod found;
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

use heal_check::{ItemKind, PerFile, SourceUnit, TakenOver, TypedProgram};
use heal_diagnostics::Diagnostic;
use heal_program::Policy;

pub use allow::settle;
pub use day::Day;

use found::Found;
use linted::{Linted, Written, WrittenAction, WrittenDetector, WrittenPlan, WrittenPolicy};

// Rules of one item: what they find follows from the item and from what that refers to, directly or not.

type ActionRule = fn(&Linted<'_>, &WrittenAction<'_>, &mut Found);

type DetectorRule = fn(&Linted<'_>, &WrittenDetector<'_>, &mut Found);

type PlanRule = fn(&Linted<'_>, &WrittenPlan<'_>, &mut Found);

type PolicyRule = fn(&Linted<'_>, &WrittenPolicy<'_>, &mut Found);

/// A rule of a policy, written out or made from a template.
type AnyPolicyRule = fn(&Linted<'_>, &Policy, &mut Found);

/// A rule of the whole program, for what hangs on other items than those that an item refers to.
type Rule = fn(&Linted<'_>, &mut Vec<Diagnostic>);

/// A rule of the text of a file, whatever is wrong with it.
type TextRule = fn(&SourceUnit<'_>, &mut Vec<Diagnostic>);

const ACTION_RULES: &[ActionRule] =
    &[rules::shell_command::check, rules::text_with_holes::in_action, rules::unreached_entity::check];

const DETECTOR_RULES: &[DetectorRule] = &[
    rules::blind_condition::in_detector,
    rules::clear_beyond_when::check,
    rules::impossible_threshold::check,
    rules::short_window::check,
];

const PLAN_RULES: &[PlanRule] =
    &[rules::blind_condition::in_plan, rules::double_undo::check, rules::text_with_holes::in_plan];

const POLICY_RULES: &[PolicyRule] = &[
    rules::blind_condition::in_policy,
    rules::impatient_canary::check,
    rules::no_escalation::check,
    rules::slack_limit::check,
    rules::text_with_holes::in_policy,
];

const ANY_POLICY_RULES: &[AnyPolicyRule] = &[rules::over_before_judged::check];

const RULES: &[Rule] = &[
    rules::duplicate_detector::check,
    rules::flapping::check,
    rules::idle_detector::check,
    rules::idle_plan::check,
    rules::unused_import::check,
    rules::unused_item::check,
    rules::unverified_plan::check,
];

const TEXT_RULES: &[TextRule] =
    &[rules::bidirectional::check, rules::inline_secret::check, rules::look_alike::check];

/// The rules, and what those of single items have found: what a check took over they do not look at again.
#[derive(Clone, Debug, Default)]
pub struct Lints {
    found: PerFile<Found>,
}

/// What the rules find in a program that was checked without errors, and came from `units`. Without `today` nothing is
/// past.
#[must_use]
pub fn lint(typed: &TypedProgram, units: &[SourceUnit<'_>], today: Option<Day>) -> Vec<Diagnostic> {
    Lints::default().lint(typed, units, today, &TakenOver::default())
}

impl Lints {
    /// What [`lint`] finds.
    pub fn lint(
        &mut self,
        typed: &TypedProgram,
        units: &[SourceUnit<'_>],
        today: Option<Day>,
        taken: &TakenOver,
    ) -> Vec<Diagnostic> {
        let linted = Linted::new(typed, units);
        self.found.take_over(taken, Found::move_files);
        self.look_at_items(&linted);
        let mut found = found::all(&self.found, &linted);
        for rule in RULES {
            rule(&linted, &mut found);
        }
        if let Some(today) = today {
            rules::past_freeze::check(&linted, today, &mut found);
        }
        found
    }

    /// Runs the rules of single items over the files of which nothing is kept.
    fn look_at_items(&mut self, linted: &Linted<'_>) {
        let files: Vec<_> = linted.files().filter(|file| !self.found.has(*file)).collect();
        let items = linted.items(|file| files.binary_search(&file).is_ok());
        for (item, at) in items {
            let found = self.found.of(item.file);
            match linted.written(item, at) {
                Some(Written::Action(action)) => {
                    ACTION_RULES.iter().for_each(|rule| rule(linted, &action, found));
                }
                Some(Written::Detector(detector)) => {
                    DETECTOR_RULES.iter().for_each(|rule| rule(linted, &detector, found));
                }
                Some(Written::Plan(plan)) => PLAN_RULES.iter().for_each(|rule| rule(linted, &plan, found)),
                Some(Written::Policy(policy)) => {
                    POLICY_RULES.iter().for_each(|rule| rule(linted, &policy, found));
                }
                None => {}
            }
            if item.kind == ItemKind::Policy
                && let Some(policy) = linted.program.policies.get(at)
            {
                ANY_POLICY_RULES.iter().for_each(|rule| rule(linted, policy, found));
            }
        }
        // That nothing was found is kept, too.
        files.into_iter().for_each(|file| _ = self.found.of(file));
    }
}

/// What the rules of texts find in a file, whether it has errors or not; nothing in one of another package.
#[must_use]
pub fn lint_text(unit: &SourceUnit<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if !linted::is_external(unit) {
        TEXT_RULES.iter().for_each(|rule| rule(unit, &mut found));
    }
    found
}
