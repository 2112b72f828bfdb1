//! Steps: what a plan calls, in which order, and how often.

use std::collections::{BTreeMap, BTreeSet};

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_expr::{Place, SpanKind, with_nearest};
use heal_program::{ActionIndex, EntityIndex, FieldKind, Millis, Step};
use heal_syntax::tree::{self, Expression, Name, Spanned, StepOption};

use crate::{
    ItemKind, ReferenceKind,
    act::{call::Caller, replaced::Replaced, risk::Riskiest},
    check::{Checker, range_of},
    item::Item,
    known::ActionShape,
    scope::Locals,
    statements::Slot,
};

/// Most times that a step is tried again.
const RETRIES_MAX: u32 = 100;

/// Time between two tries of a step that does not say.
const RETRY_EVERY_DEFAULT: Millis = Millis::from_seconds(10);

/// What is learned of a plan from its steps, those of `undo` and `always` too.
#[derive(Debug, Default)]
pub(super) struct Learned<'t> {
    /// The name of each step so far. Names are distinct over all lists: tests and reports tell steps by them.
    names: BTreeMap<&'t str, TextRange>,
    pub(super) riskiest: Option<Riskiest>,
    /// What the steps replace; none by `undo` and `always`, which come after.
    pub(super) replaced: Vec<Replaced>,
    /// Whether something that a step does can be taken back.
    pub(super) reversible: bool,
    /// The kinds of entities that steps work on.
    pub(super) targets: BTreeSet<EntityIndex>,
    /// Whether a step was reported, so that what is learned may lack something.
    pub(super) incomplete: bool,
}

/// A step of a list, as written.
#[derive(Clone, Copy)]
pub(super) struct WrittenStep<'t, 'l> {
    pub(super) step: &'t tree::Step,
    /// Position of its `for each`, and what can be named inside.
    pub(super) fan: Option<u32>,
    pub(super) locals: &'l Locals,
}

/// The options of a step, each where it may stand.
struct Options<'t> {
    timeout: Slot<&'t Expression>,
    retry: Slot<(&'t Expression, Option<&'t Expression>)>,
    after: Slot<&'t [Name]>,
}

impl<'a> Checker<'a> {
    /// Checks a list of steps.
    pub(super) fn steps<'t>(
        &mut self,
        item: &Item<'a>,
        written: &[WrittenStep<'t, '_>],
        learned: &mut Learned<'t>,
    ) -> Option<Vec<Step>> {
        let mut steps: Vec<Option<Step>> = Vec::new();
        let mut waits: Vec<Vec<u32>> = Vec::new();
        let names: Vec<&Name> = written.iter().map(|written| &written.step.name).collect();
        for (at, one) in written.iter().enumerate() {
            let options = self.step_options(item, one.step);
            let after = match options.after.value() {
                Some(after) => self.waits_for(item, one.step, after, &names, at),
                None => Some(unawaited(&waits)),
            };
            waits.push(after.clone().unwrap_or_else(|| unawaited(&waits)));
            let step = self.step(item, one, &options, learned);
            learned.incomplete |= step.is_none();
            steps.push(step.zip(after).map(|(step, after)| Step { after, ..step }));
        }
        steps.into_iter().collect()
    }

    fn step_options<'t>(&mut self, item: &Item<'a>, step: &'t tree::Step) -> Options<'t> {
        let mut options =
            Options { timeout: Slot::new("timeout"), retry: Slot::new("retry"), after: Slot::new("after") };
        for Spanned { value: option, range } in &step.options {
            match option {
                StepOption::Timeout(span) => self.fill(item, &mut options.timeout, span, *range),
                StepOption::Retry(times, every) => {
                    self.fill(item, &mut options.retry, (times, every.as_ref()), *range);
                }
                StepOption::After(names) => self.fill(item, &mut options.after, names, *range),
            }
        }
        options
    }

    fn step<'t>(
        &mut self,
        item: &Item<'a>,
        written: &WrittenStep<'t, '_>,
        options: &Options<'_>,
        learned: &mut Learned<'t>,
    ) -> Option<Step> {
        let tree::Step { name, call, options: _ } = written.step;
        if let Some(first) = learned.names.insert(&name.value, name.range) {
            self.duplicate(item, name, first, "step");
        }
        let timeout = options.timeout.value().map(|span| self.constant_span(item, span, SpanKind::Positive));
        let retry = options.retry.value().map(|(times, every)| self.retry(item, times, *every));
        let need = "a step needs";
        let called = self.item_of_kind(item, &call.target, ItemKind::Action, need, ReferenceKind::Calls)?;
        let shape = self.known.actions.get(&called.index).cloned();
        if let (Some(shape), Some(range)) = (&shape, options.retry.range()) {
            self.retried(item, &called, shape, range);
        }
        let range = range_of(&call.target);
        if let Some(shape) = &shape {
            let place = Place { file: item.unit.file, range };
            let riskiest = Riskiest { risk: self.risk_of(shape), place, why: "this action has" };
            learned.riskiest = Riskiest::with(learned.riskiest, riskiest);
            learned.reversible |= shape.undo.is_some();
        }
        let parameters = self.known.parameters.get(&called.id).into_iter().flatten();
        learned.targets.extend(parameters.filter_map(|parameter| match parameter.kind {
            Some(FieldKind::Entity(entity) | FieldKind::Entities(entity)) => Some(entity),
            Some(FieldKind::Text | FieldKind::Quantity(_)) | None => None,
        }));
        let arguments = self.bind(item, call, &called, Caller::Item(written.locals))?;
        let entities = &written.locals.entities;
        self.uses_replaced(item, &arguments, &learned.replaced, entities, range);
        let replaced = self.replaced_by(&arguments, &called, entities, (&name.value, range));
        learned.replaced.extend(replaced);
        let (retries_max, retry_every) = match retry {
            Some(retry) => retry?,
            None => (0, Millis::ZERO),
        };
        Some(Step {
            name: name.value.clone(),
            action: ActionIndex(called.index),
            arguments,
            timeout: timeout.unwrap_or(shape.map(|shape| shape.timeout))?,
            retries_max,
            retry_every,
            after: Vec::new(),
            fan: written.fan,
        })
    }

    /// `retry 2 every 10s`
    fn retry(
        &mut self,
        item: &Item<'a>,
        times: &Expression,
        every: Option<&Expression>,
    ) -> Option<(u32, Millis)> {
        let retries = self.constant_whole(item, times, 1);
        let every = match every {
            Some(every) => self.constant_span(item, every, SpanKind::ZeroOrMore),
            None => Some(RETRY_EVERY_DEFAULT),
        };
        let retries = retries?;
        if retries > RETRIES_MAX {
            let message = format!("a step is tried again at most {RETRIES_MAX} times");
            self.error(item, Code::OUT_OF_RANGE, times.range, message);
            return None;
        }
        Some((retries, every?))
    }

    /// Reports a retry of an action that must not be done twice: a failure may be an answer that was lost.
    fn retried(&mut self, item: &Item<'a>, called: &Item<'a>, shape: &ActionShape, range: TextRange) {
        if shape.idempotent {
            return;
        }
        let name = &called.name.value;
        let message = format!("`{name}` is retried, and is not idempotent");
        let diagnostic = Diagnostic::error(Code::NOT_IDEMPOTENT, item.unit.file, range, message)
            .with_secondary(shape.place.file, shape.place.range, "this action does not say `idempotent`")
            .with_help(format!(
                "what failed may have been done: leave `retry` out, or say `idempotent` in `{name}` if doing it twice is as good as once"
            ));
        self.diagnostics.push(diagnostic);
    }

    /// The positions of the steps after `after`, which come before this one.
    fn waits_for(
        &mut self,
        item: &Item<'a>,
        step: &tree::Step,
        after: &[Name],
        names: &[&Name],
        at: usize,
    ) -> Option<Vec<u32>> {
        let mut waits: Vec<Option<u32>> = Vec::new();
        for (place, name) in after.iter().enumerate() {
            if let Some(first) = after.iter().take(place).find(|before| before.value == name.value) {
                self.duplicate(item, name, first.range, "step");
                continue;
            }
            let found = names.iter().position(|step| step.value == name.value);
            waits.push(found.filter(|found| *found < at).and_then(|found| u32::try_from(found).ok()));
            let message = match found {
                Some(found) if found < at => continue,
                Some(found) if found == at => format!("`{}` waits for itself", name.value),
                Some(_) => format!("`{}` waits for `{}`, which comes later", step.name.value, name.value),
                None => {
                    let message = format!("no step `{}` stands before `{}`", name.value, step.name.value);
                    let diagnostic =
                        Diagnostic::error(Code::UNKNOWN_NAME, item.unit.file, name.range, message);
                    let known = names.iter().take(at).map(|step| step.value.as_str());
                    self.diagnostics.push(with_nearest(diagnostic, &name.value, name.range, known));
                    continue;
                }
            };
            let mut diagnostic = Diagnostic::error(Code::STEP_ORDER, item.unit.file, name.range, message);
            if let Some(later) = found.filter(|found| *found > at).and_then(|found| names.get(found)) {
                diagnostic =
                    diagnostic.with_secondary(item.unit.file, later.range, "it stands here").with_help(
                        "write a step below those that it waits for: then no two can wait for each other",
                    );
            }
            self.diagnostics.push(diagnostic);
        }
        let mut waits = waits.into_iter().collect::<Option<Vec<u32>>>()?;
        waits.sort_unstable();
        Some(waits)
    }
}

/// Without `after` a step waits for all before it: for those that no other of them waits for.
fn unawaited(waits: &[Vec<u32>]) -> Vec<u32> {
    let awaited: BTreeSet<u32> = waits.iter().flatten().copied().collect();
    (0..).zip(waits).map(|(at, _)| at).filter(|at| !awaited.contains(at)).collect()
}
