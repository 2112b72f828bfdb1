//! Plans: steps that call actions, with what must hold before, after, and when they fail.

use std::collections::BTreeSet;

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_expr::{Place, SpanKind};
use heal_program::{EntityIndex, FieldKind, Plan, Require, Revert, Risk, Step};
use heal_syntax::tree::{self, Expression, Name, PlanStatement, Spanned};

use crate::{
    act::{
        action::finished,
        risk::Riskiest,
        step::{Learned, WrittenStep},
        verify::WrittenVerify,
    },
    check::Checker,
    item::Item,
    scope::Locals,
    statements::Slot,
};

/// A plan from outside.
#[derive(Clone, Debug)]
pub(crate) struct PlanShape {
    pub(crate) risk: Risk,
    /// What gives it that risk: a step, or its own `risk`.
    pub(crate) because: Place,
    /// The kinds of entities that it works on; none where a step was reported.
    pub(crate) targets: Option<BTreeSet<EntityIndex>>,
}

/// A part of what a plan does, in written order.
enum Part<'t> {
    Step(&'t tree::Step),
    Each(&'t tree::ForEach, TextRange),
}

/// The statements of a plan, each where it may stand.
struct Written<'t> {
    risk: Slot<&'t Name>,
    requires: Vec<&'t Expression>,
    disturbs: Vec<(&'t tree::Disturbs, TextRange)>,
    steps: Vec<Part<'t>>,
    verifies: Vec<WrittenVerify<'t>>,
    undo: Slot<&'t [Spanned<tree::Step>]>,
    always: Slot<&'t [Spanned<tree::Step>]>,
    revert: Slot<Option<&'t Expression>>,
    affects: Slot<&'t tree::Affects>,
}

impl<'a> Checker<'a> {
    /// Checks a plan.
    pub(crate) fn plan(&mut self, item: &Item<'a>) -> Option<Plan> {
        let tree::ItemKind::Plan(plan) = &item.tree.kind else { return None };
        let parameters = self.parameters(item, &plan.parameters);
        let locals = Locals { telemetry: true, ..Locals::of_parameters(&parameters) };
        let written = self.plan_statements(item, plan);
        let requires: Vec<Option<Require>> =
            written.requires.iter().map(|condition| self.plan_condition(item, &locals, condition)).collect();
        let mut learned = Learned::default();
        let fans: Vec<_> = written
            .steps
            .iter()
            .filter_map(|part| match part {
                Part::Each(each, range) => Some(self.fan(item, &locals, each, *range)),
                Part::Step(_) => None,
            })
            .collect();
        let steps = self.main_steps(item, &locals, &written, &fans, &mut learned);
        let mut reached = locals.clone();
        for (_, inside) in &fans {
            reached.entities.extend(inside.entities.clone());
        }
        let disturbs = self.disturbances(item, &reached, &written.disturbs);
        let verifies = self.verifies(item, &locals, &written.verifies, &learned.replaced);
        learned.replaced.clear();
        let undo = self.last_steps(item, &locals, written.undo.value(), &mut learned);
        let always = self.last_steps(item, &locals, written.always.value(), &mut learned);
        let has_undo = written.undo.value().is_some();
        let revert = self.revert(item, &written.revert, has_undo || learned.reversible || learned.incomplete);
        let (risk, because) = self.plan_risk(item, written.risk.value().copied(), learned.riskiest);
        let own = parameters.iter().filter_map(|parameter| match parameter.kind {
            Some(FieldKind::Entity(entity) | FieldKind::Entities(entity)) => Some(entity),
            Some(FieldKind::Text | FieldKind::Quantity(_)) | None => None,
        });
        learned.targets.extend(own);
        let targets = Some(learned.targets).filter(|_| !learned.incomplete && !item.tree.incomplete);
        self.known.plans.insert(item.index, PlanShape { risk, because, targets });
        let revert = match revert {
            Some(revert) => Some(revert?),
            None => None,
        };
        let affects = self.affects(item, &written.affects);
        let lists = [&steps, &undo, &always].into_iter().flatten().flatten();
        self.affects_enough(item, &written.affects, (affects.as_ref(), disturbs.as_ref()), lists);
        Some(Plan {
            head: item.head(),
            parameters: finished(&parameters)?,
            risk,
            requires: requires.into_iter().collect::<Option<Vec<Require>>>()?,
            disturbs: disturbs?,
            fans: fans.into_iter().map(|(fan, _)| fan).collect::<Option<Vec<_>>>()?,
            steps: steps?,
            verifies: verifies?,
            undo: undo?,
            always: always?,
            revert,
            affects: affects?,
        })
    }

    fn plan_statements(&mut self, item: &Item<'a>, plan: &'a tree::Plan) -> Written<'a> {
        let mut written = Written {
            risk: Slot::new("risk"),
            requires: Vec::new(),
            disturbs: Vec::new(),
            steps: Vec::new(),
            verifies: Vec::new(),
            undo: Slot::new("undo"),
            always: Slot::new("always"),
            revert: Slot::new("revert"),
            affects: Slot::new("affects"),
        };
        for Spanned { value: statement, range } in &plan.statements {
            let range = *range;
            match statement {
                PlanStatement::Risk(word) => self.fill(item, &mut written.risk, word, range),
                PlanStatement::Require(condition) => written.requires.push(condition),
                PlanStatement::Disturbs(disturbs) => written.disturbs.push((disturbs, range)),
                PlanStatement::Affects(affects) => self.fill(item, &mut written.affects, affects, range),
                PlanStatement::Step(step) => written.steps.push(Part::Step(step)),
                PlanStatement::ForEach(each) => written.steps.push(Part::Each(each, range)),
                PlanStatement::Verify(condition, within) => {
                    written.verifies.push(WrittenVerify { condition, within, range });
                }
                PlanStatement::Undo(steps) => self.fill(item, &mut written.undo, steps, range),
                PlanStatement::Always(steps) => self.fill(item, &mut written.always, steps, range),
                PlanStatement::RevertAfter(span) => {
                    self.fill(item, &mut written.revert, Some(span), range);
                }
                PlanStatement::RevertOnClear => self.fill(item, &mut written.revert, None, range),
            }
        }
        if written.steps.is_empty() {
            self.lacks(item, "step", "step restart = restart_unit(host, \"nginx\")");
        }
        written
    }

    /// The steps of a plan, those of its fans among them.
    fn main_steps(
        &mut self,
        item: &Item<'a>,
        locals: &Locals,
        written: &Written<'a>,
        fans: &[(Option<heal_program::Fan>, Locals)],
        learned: &mut Learned<'a>,
    ) -> Option<Vec<Step>> {
        let mut list: Vec<WrittenStep<'a, '_>> = Vec::new();
        let mut next_fan = (0..).zip(fans);
        for part in &written.steps {
            match part {
                Part::Step(step) => list.push(WrittenStep { step, fan: None, locals }),
                Part::Each(each, _) => {
                    let Some((at, (_, inside))) = next_fan.next() else { continue };
                    let steps = each.steps.iter().map(|step| &step.value);
                    list.extend(steps.map(|step| WrittenStep { step, fan: Some(at), locals: inside }));
                    // Many at once: one mistake is made many times.
                    let place = Place { file: item.unit.file, range: each.variable.range };
                    let riskiest =
                        Riskiest { risk: Risk::Medium, place, why: "working on each of a set has" };
                    learned.riskiest = Riskiest::with(learned.riskiest, riskiest);
                }
            }
        }
        self.steps(item, &list, learned)
    }

    /// The steps of an `undo` or `always`.
    fn last_steps(
        &mut self,
        item: &Item<'a>,
        locals: &Locals,
        written: Option<&&'a [Spanned<tree::Step>]>,
        learned: &mut Learned<'a>,
    ) -> Option<Vec<Step>> {
        let steps = written.into_iter().flat_map(|steps| steps.iter());
        let list: Vec<_> = steps.map(|step| WrittenStep { step: &step.value, fan: None, locals }).collect();
        self.steps(item, &list, learned)
    }

    /// `revert after 1h` or `revert on clear`, of something that can be taken back.
    fn revert(
        &mut self,
        item: &Item<'a>,
        written: &Slot<Option<&'a Expression>>,
        reversible: bool,
    ) -> Option<Option<Revert>> {
        let revert = written.value()?;
        let revert = match revert {
            Some(span) => self.constant_span(item, span, SpanKind::Positive).map(Revert::After),
            None => Some(Revert::OnClear),
        };
        let range = written.range().unwrap_or(item.name.range);
        if !reversible && !item.tree.incomplete {
            let message = format!("nothing that `{}` does can be taken back", item.name.value);
            let diagnostic = Diagnostic::error(Code::NOTHING_TO_REVERT, item.unit.file, range, message)
                .with_help(
                    "name what takes it back: `undo ACTION` in an action, or `undo { step ... }` in the plan",
                );
            self.diagnostics.push(diagnostic);
            return Some(None);
        }
        Some(revert)
    }
}
