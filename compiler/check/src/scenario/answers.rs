//! How the world and people answer.

use std::collections::BTreeMap;

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_expr::{SpanKind, with_nearest};
use heal_program::{
    index::PlanIndex,
    scenario::{Answer, Decision, Effect},
};
use heal_syntax::tree::{self, Expression, Name, PlanStatement, Spanned};

use super::{selected::Telemetry, tables::Tables};
use crate::{ItemKind, check::Checker, item::Item};

/// What comes of an action, unless a test says so.
const FAILURE_DEFAULT: &str = "the test says so";

/// Outcomes so far, by plan and step: a step has one.
pub(crate) type Outcomes = BTreeMap<(u32, Option<String>), TextRange>;

impl<'a> Checker<'a> {
    pub(crate) fn answer(
        &mut self,
        item: &Item<'a>,
        tables: Tables<'_>,
        answer: &'a tree::Answer,
        range: TextRange,
        outcomes: &mut Outcomes,
    ) -> Option<Answer> {
        let plan = self.tested(item, &answer.plan, &[ItemKind::Plan], "`on` needs")?;
        let step = match &answer.step {
            Some(step) => Some(self.step_name(item, &plan, step)?),
            None => None,
        };
        let effect = self.effect(item, tables, &answer.effect)?;
        if !matches!(effect, Effect::Becomes { .. })
            && let Some(first) = outcomes.insert((plan.index, step.clone()), range)
        {
            let message = format!("what comes of `{}` is said twice", written(answer, &plan));
            let diagnostic = Diagnostic::error(Code::DUPLICATE_STATEMENT, item.unit.file, range, message)
                .with_secondary(item.unit.file, first, "the first one");
            self.diagnostics.push(diagnostic);
            return None;
        }
        Some(Answer { plan: PlanIndex(plan.index), step, effect })
    }

    fn step_name(&mut self, item: &Item<'a>, plan: &Item<'a>, step: &Name) -> Option<String> {
        let steps = steps_of(plan);
        if steps.contains(&step.value.as_str()) || plan.tree.incomplete {
            return Some(step.value.clone());
        }
        let message = format!("`{}` has no step `{}`", plan.name.value, step.value);
        let diagnostic = Diagnostic::error(Code::UNKNOWN_NAME, item.unit.file, step.range, message);
        let mut diagnostic = with_nearest(diagnostic, &step.value, step.range, steps.iter().copied());
        if diagnostic.help.is_empty() && !steps.is_empty() {
            diagnostic = diagnostic.with_help(format!("its steps are {}", steps.join(", ")));
        }
        self.diagnostics.push(diagnostic);
        None
    }

    fn effect(&mut self, item: &Item<'a>, tables: Tables<'_>, effect: &tree::Effect) -> Option<Effect> {
        Some(match effect {
            tree::Effect::Becomes(selected, series) => {
                let need = "what becomes another is";
                let Telemetry::Measured(measured) =
                    self.telemetry(item, tables, &selected.path, false, need)?
                else {
                    return None;
                };
                let key = self.selector(item, selected, &measured.name, &measured.keys);
                let segments = self.series(item, &measured, series, true);
                Effect::Becomes { of: measured.of, key: key?, segments: segments? }
            }
            tree::Effect::SucceedsAfter(span) => {
                Effect::SucceedsAfter(self.constant_span(item, span, SpanKind::ZeroOrMore)?)
            }
            tree::Effect::Fails(reason) => {
                Effect::Fails(reason.as_ref().map_or(FAILURE_DEFAULT.to_owned(), |it| it.value.clone()))
            }
            tree::Effect::Hangs => Effect::Hangs,
            tree::Effect::Lies => Effect::Lies,
            tree::Effect::Half => Effect::Half,
        })
    }

    pub(crate) fn decision(
        &mut self,
        item: &Item<'a>,
        tables: Tables<'_>,
        decision: tree::Decision,
        team: &Spanned<String>,
        after: &Expression,
    ) -> Option<Decision> {
        let known = self.asked(item, tables, team);
        let after = self.constant_span(item, after, SpanKind::ZeroOrMore);
        let grants = match decision {
            tree::Decision::Approve => true,
            tree::Decision::Reject => false,
        };
        known.then_some(())?;
        Some(Decision { team: team.value.clone(), grants, after: after? })
    }

    /// Reports a team that nothing asks.
    pub(crate) fn asked(&mut self, item: &Item<'a>, tables: Tables<'_>, team: &Spanned<String>) -> bool {
        let Some(asked) = tables.asked() else { return true };
        if asked.contains(&team.value) {
            return true;
        }
        let message = format!("no guard asks `{}` for approval", team.value);
        let diagnostic = Diagnostic::error(Code::UNKNOWN_NAME, item.unit.file, team.range, message);
        let nearest = heal_expr::nearest(&team.value, asked.iter().map(String::as_str));
        let diagnostic = match nearest {
            Some(meant) => diagnostic.with_help(format!("did you mean `{meant}`?")).with_fix(
                format!("write `\"{meant}\"`"),
                heal_diagnostics::Safety::Unsafe,
                team.range,
                format!("\"{meant}\""),
            ),
            None => diagnostic,
        };
        self.diagnostics.push(diagnostic);
        false
    }
}

/// `recycle`, or `recycle step evict`.
fn written(answer: &tree::Answer, plan: &Item<'_>) -> String {
    match &answer.step {
        Some(step) => format!("{} step {}", plan.name.value, step.value),
        None => plan.name.value.clone(),
    }
}

/// The names of a plan's steps, in order: those that take back and those that end it too.
fn steps_of<'a>(plan: &Item<'a>) -> Vec<&'a str> {
    let tree::ItemKind::Plan(plan) = &plan.tree.kind else { return Vec::new() };
    let mut steps = Vec::new();
    for statement in &plan.statements {
        match &statement.value {
            PlanStatement::Step(step) => steps.push(step.name.value.as_str()),
            PlanStatement::ForEach(fan) => {
                steps.extend(fan.steps.iter().map(|step| step.value.name.value.as_str()));
            }
            PlanStatement::Undo(list) | PlanStatement::Always(list) => {
                steps.extend(list.iter().map(|step| step.value.name.value.as_str()));
            }
            PlanStatement::Risk(_)
            | PlanStatement::Require(_)
            | PlanStatement::Disturbs(_)
            | PlanStatement::Affects(_)
            | PlanStatement::Verify(..)
            | PlanStatement::RevertAfter(_)
            | PlanStatement::RevertOnClear => {}
        }
    }
    steps
}
