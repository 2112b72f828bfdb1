//! Plans: steps that call actions, and what must hold before the first of them.

use std::collections::BTreeMap;

use heal_diagnostics::{Code, Diagnostic, Safety, TextRange};
use heal_expr::{Expected, Place, SpanKind};
use heal_program::{ActionIndex, Plan, Require, Risk, Step};
use heal_syntax::tree::{self, Call, Expression, Name, PlanStatement, Spanned};

use crate::{
    ItemKind, ReferenceKind,
    action::finished,
    arguments::Caller,
    check::{Checker, range_of},
    item::Item,
    known::PlanShape,
    scope::Locals,
    statements::Slot,
};

impl<'a> Checker<'a> {
    /// Checks a plan.
    pub(crate) fn plan(&mut self, item: &Item<'a>) -> Option<Plan> {
        let tree::ItemKind::Plan(plan) = &item.tree.kind else { return None };
        let parameters = self.parameters(item, &plan.parameters);
        let locals = Locals::of_parameters(&parameters);
        let mut written_risk: Slot<&Name> = Slot::new("risk");
        let mut requires = Vec::new();
        let mut steps = Vec::new();
        let mut names: BTreeMap<&str, TextRange> = BTreeMap::new();
        let mut riskiest: Option<(Risk, Place)> = None;
        for Spanned { value: statement, range } in &plan.statements {
            match statement {
                PlanStatement::Risk(word) => self.fill(item, &mut written_risk, word, *range),
                PlanStatement::Require(condition) => {
                    requires.push(self.requirement(item, &locals, condition))
                }
                PlanStatement::Step(tree::Step { name, call, options }) => {
                    let timeout = options.iter().find_map(|option| match &option.value {
                        tree::StepOption::Timeout(span) => Some(span),
                        tree::StepOption::Retry(..) | tree::StepOption::After(_) => None,
                    });
                    if let Some(first) = names.insert(&name.value, name.range) {
                        self.duplicate(item, name, first, "step");
                    }
                    let (step, risk) = self.step(item, &locals, name, call, timeout);
                    let place = Place { file: item.unit.file, range: range_of(&call.target) };
                    let riskier = risk.filter(|risk| riskiest.is_none_or(|(highest, _)| *risk > highest));
                    riskiest = riskier.map(|risk| (risk, place)).or(riskiest);
                    steps.push(step);
                }
                PlanStatement::Disturbs(_)
                | PlanStatement::ForEach(_)
                | PlanStatement::Verify(..)
                | PlanStatement::Undo(_)
                | PlanStatement::Always(_)
                | PlanStatement::RevertAfter(_)
                | PlanStatement::RevertOnClear => {}
            }
        }
        if steps.is_empty() {
            self.lacks(item, "step", "step restart = restart_unit(host, \"nginx\")");
        }
        let risk = self.plan_risk(item, written_risk.value().copied(), riskiest);
        self.known.plans.insert(item.index, PlanShape { risk: risk.0, because: risk.1 });
        let requires: Option<Vec<Require>> = requires.into_iter().collect();
        let steps: Option<Vec<Step>> = steps.into_iter().collect();
        Some(Plan {
            head: item.head(),
            parameters: finished(&parameters)?,
            risk: risk.0,
            requires: requires?,
            steps: steps?,
            disturbs: Vec::new(),
            fans: Vec::new(),
            verifies: Vec::new(),
            undo: Vec::new(),
            always: Vec::new(),
            revert: None,
        })
    }

    /// A condition with its text.
    fn requirement(&mut self, item: &Item<'a>, locals: &Locals, condition: &Expression) -> Option<Require> {
        let typed = self.expression(item, locals, condition, &Expected::Condition)?;
        Some(Require { condition: typed.expression, text: item.unit.source().line(condition.range) })
    }

    /// A step, and the risk of its action where that is known.
    fn step(
        &mut self,
        item: &Item<'a>,
        locals: &Locals,
        name: &Name,
        call: &Call,
        timeout: Option<&Expression>,
    ) -> (Option<Step>, Option<Risk>) {
        let written = timeout.map(|span| self.constant_span(item, span, SpanKind::Positive));
        let need = "a step needs";
        let called = self.item_of_kind(item, &call.target, ItemKind::Action, need, ReferenceKind::Calls);
        let Some(called) = called else { return (None, None) };
        let shape = self.known.actions.get(&called.index).copied();
        let arguments = self.bind(item, call, &called, Caller::Plan(locals));
        let step = || {
            Some(Step {
                name: name.value.clone(),
                action: ActionIndex(called.index),
                arguments: arguments?,
                timeout: written.unwrap_or(shape.map(|shape| shape.timeout))?,
                retries_max: 0,
                retry_every: heal_program::Millis::ZERO,
                after: Vec::new(),
                fan: None,
            })
        };
        (step(), shape.map(|shape| shape.risk))
    }

    /// The risk of a plan, and what gives it that risk: its actions, or its own word when that is higher.
    fn plan_risk(
        &mut self,
        item: &Item<'a>,
        word: Option<&Name>,
        riskiest: Option<(Risk, Place)>,
    ) -> (Risk, Place) {
        let of_actions = riskiest.unwrap_or((Risk::Low, item.place()));
        let Some(word) = word else { return of_actions };
        let Some(written) = self.risk_word(item, word) else { return of_actions };
        if written >= of_actions.0 {
            let place = Place { file: item.unit.file, range: word.range };
            return if written == of_actions.0 { of_actions } else { (written, place) };
        }
        let needed = risk_name(of_actions.0);
        let message =
            format!("`{}` says risk `{}`, and a step of it has risk `{needed}`", item.name.value, word.value);
        let diagnostic = Diagnostic::error(Code::RISK_LOWERED, item.unit.file, word.range, message)
            .with_secondary(of_actions.1.file, of_actions.1.range, format!("this action has risk `{needed}`"))
            .with_help("a plan may raise the risk of its actions, and never lower it")
            .with_fix(format!("write `{needed}`"), Safety::Safe, word.range, needed);
        self.diagnostics.push(diagnostic);
        of_actions
    }
}

fn risk_name(risk: Risk) -> &'static str {
    match risk {
        Risk::Low => "low",
        Risk::Medium => "medium",
        Risk::High => "high",
    }
}
