//! The lists of rules, and what runs them.

use heal_check::{ItemKind, PerFile, SourceUnit, TakenOver, TypedProgram};
use heal_diagnostics::Diagnostic;
use heal_program::Policy;

use crate::{
    Day,
    found::{self, Found},
    linted::{self, Linted, Written, WrittenAction, WrittenDetector, WrittenPlan, WrittenPolicy},
    rules,
};

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
        if files.is_empty() {
            return;
        }
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
