//! A plan with everything filled in: what a person agrees to, and what runs.

use std::collections::{BTreeMap, BTreeSet};

use heal_evaluate::evaluate_with_cel;
use heal_program::{
    Action, Argument, Disturbs, Expression, FieldKind, Millis, Plan, Policy, Program, Read, Revert,
    SemanticHash, Step, Way,
};

use super::Case;
use crate::{
    Engine, Key, Labels, Phase,
    arguments::{Arguments, StepContext, Unknown, bind, entities_of, entity_argument, planned},
    facts::StepFacts,
    guard::{PlannedDisturbance, tags},
    identity,
    prepared::every_of,
    rewrite::{rewrite, with_values},
    state::{PlannedStep, RunVerify, StepRun, StepStatus, Unit},
};

/// A plan that may be started: everything it takes.
pub(crate) struct Ready {
    pub(crate) run: SemanticHash,
    pub(crate) plan: String,
    pub(crate) digest: SemanticHash,
    pub(crate) arguments: Arguments,
    pub(crate) tags: Labels,
    pub(crate) units: Vec<Unit>,
    pub(crate) steps: Vec<StepRun>,
    pub(crate) undo: Vec<StepRun>,
    pub(crate) always: Vec<StepRun>,
    pub(crate) verifies: Vec<RunVerify>,
    pub(crate) disturbs: Vec<PlannedDisturbance>,
    pub(crate) revert: Option<Revert>,
    /// What a `for each` leaves out, a sentence each.
    pub(crate) notes: Vec<String>,
}

impl Ready {
    /// The unit whose start lets the whole begin.
    pub(crate) fn first_unit(&self) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.counts)
    }
}

/// A target of a `for each`: the plan's arguments with the target among them.
struct Target {
    fan: usize,
    key: Key,
    arguments: Arguments,
}

impl Engine {
    /// Fills in a plan for a case; `Err` says what is unknown.
    pub(crate) fn make_ready(
        &self,
        case: &Case,
        policy: &Policy,
        plan: &Plan,
        arguments: &[Argument],
        (rung, repeats): (usize, u32),
    ) -> Result<Ready, Unknown> {
        let facts = self.facts_of(case).ok_or("the key")?;
        let arguments = bind(&plan.parameters, arguments, &facts)
            .map_err(|it| it.named(|it| format!("argument `{it}`")))?;
        let facts = StepFacts { arguments: Some(&arguments), ..facts };
        let run = identity::run(&policy.head.path, case.firing.id, rung, repeats);
        let mut notes = Vec::new();
        let targets = targets(plan, &arguments, &facts, &mut notes)?;
        let mut units = vec![whole(plan, run)];
        units.extend(targets.iter().map(|target| {
            let named: Vec<&str> = target.key.iter().map(String::as_str).collect();
            let aim = Some((target.fan, target.key.clone()));
            Unit { counts: true, aim, ..unit(identity::unit(run, target.fan, &target.key), named.join("/")) }
        }));
        let builder = Builder {
            program: &case.program,
            policy: &policy.head.path,
            plan,
            case,
            facts,
            targets: &targets,
        };
        let steps = builder.steps(&mut units)?;
        let home = units.iter().position(|unit| unit.counts).unwrap_or_default();
        let undo = builder.last_steps(&plan.undo, Phase::Undo, (home, &units))?;
        let always = builder.last_steps(&plan.always, Phase::Always, (home, &units))?;
        if let Some(whole) = units.first_mut() {
            whole.entities.extend(entities_of(&arguments));
        }
        let digest = digest(plan, steps.iter().chain(&undo).chain(&always));
        let disturbs = builder.disturbs()?;
        let mut verified = arguments.clone();
        let verifies = builder.verifies(policy, &mut verified);
        let tags = tags(&case.guards, &case.labels, &builder.facts);
        Ok(Ready {
            run,
            plan: plan.head.path.clone(),
            digest,
            tags,
            units,
            steps,
            undo,
            always,
            verifies,
            disturbs,
            revert: plan.revert,
            notes,
            arguments: verified,
        })
    }
}

/// What a person agrees to: the plan's meaning and every filled-in step, with exactly what it does and what takes it back.
/// Secrets are in it by their names.
fn digest<'s>(plan: &Plan, steps: impl Iterator<Item = &'s StepRun>) -> SemanticHash {
    let mut parts = vec![plan.head.hash.0.to_vec()];
    for step in steps {
        parts.push(step.planned.summary.as_bytes().to_vec());
        parts.push(step.planned.done());
        parts.push(step.undo.as_ref().map(PlannedStep::done).unwrap_or_default());
    }
    SemanticHash::of(parts.iter().map(Vec::as_slice))
}

fn unit(id: SemanticHash, target: String) -> Unit {
    Unit {
        id,
        target,
        entities: BTreeSet::new(),
        counts: false,
        started: None,
        failed: false,
        withheld: None,
        aim: None,
        over: None,
        ended: false,
    }
}

/// The run itself. It counts as one where it has steps of its own; else only its targets do.
fn whole(plan: &Plan, run: SemanticHash) -> Unit {
    let has_own = plan.fans.is_empty() || plan.steps.iter().any(|step| step.fan.is_none());
    Unit { counts: has_own, ..unit(run, String::new()) }
}

/// The targets of all `for each` of a plan, in the order of their keys.
fn targets(
    plan: &Plan,
    arguments: &Arguments,
    facts: &StepFacts<'_>,
    notes: &mut Vec<String>,
) -> Result<Vec<Target>, Unknown> {
    let mut targets = Vec::new();
    for (fan, each) in plan.fans.iter().enumerate() {
        let node = facts.program.entity(each.entity).ok_or("the set of a `for each`")?;
        let unknown = || format!("which {} there are", node.head.path);
        let state = facts.state.entities.get(each.entity.at()).ok_or_else(unknown)?;
        let (mut chosen, mut unknown_count, mut beyond_count) = (0_u32, 0_u32, 0_u32);
        for key in state.living(node, facts.now).ok_or_else(unknown)? {
            let argument = entity_argument(facts.program, each.entity, key.clone()).ok_or_else(unknown)?;
            let mut arguments = arguments.clone();
            arguments.insert(each.variable.clone(), argument);
            let own = StepFacts { arguments: Some(&arguments), ..*facts };
            let is_meant = match &each.condition {
                Some(condition) => own.settled(&condition.condition, evaluate_with_cel),
                None => Some(true),
            };
            match is_meant {
                Some(false) => {}
                // A condition fails closed: nothing is done with what nobody knows about.
                None => unknown_count += 1,
                Some(true) if chosen >= each.targets_max => beyond_count += 1,
                Some(true) => {
                    chosen += 1;
                    targets.push(Target { fan, key: key.clone(), arguments });
                }
            }
        }
        let name = &node.head.path;
        // That nobody knows of any whether it is meant does not say that there is none.
        if let (0, true, Some(condition)) = (chosen, unknown_count > 0, &each.condition) {
            return Err(format!("which {name} are meant by `{}`", condition.text).into());
        }
        if unknown_count > 0 {
            notes.push(format!("{unknown_count} {name} are left out: whether they are meant is unknown"));
        }
        if beyond_count > 0 {
            let most = each.targets_max;
            notes.push(format!("{beyond_count} {name} are left out: there are more than {most}"));
        }
    }
    Ok(targets)
}

/// What fills in the steps of a plan.
struct Builder<'a> {
    program: &'a Program,
    policy: &'a str,
    plan: &'a Plan,
    case: &'a Case,
    /// With the plan's arguments.
    facts: StepFacts<'a>,
    targets: &'a [Target],
}

impl Builder<'_> {
    /// The plan's steps, those of a `for each` once a target. Unit 0 is the whole, the others are the targets in order.
    fn steps(&self, units: &mut [Unit]) -> Result<Vec<StepRun>, Unknown> {
        let mut places: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let mut steps: Vec<StepRun> = Vec::new();
        for (position, step) in self.plan.steps.iter().enumerate() {
            for of in self.units_of(step) {
                let Some(own) = units.get_mut(of) else { continue };
                let arguments = of.checked_sub(1).and_then(|target| self.targets.get(target));
                let arguments = arguments.map(|target| &target.arguments).or(self.facts.arguments);
                let facts = StepFacts { arguments, ..self.facts };
                let run = self.step(step, own.id, Phase::Step, &facts)?;
                let crate::Request::Act { arguments, .. } = &run.planned.effect.request else { continue };
                own.entities.extend(entities_of(arguments));
                places.insert((position, of), steps.len());
                let after = self.waits(position, of, &places);
                steps.push(StepRun { unit: of, after, ..run });
            }
        }
        Ok(steps)
    }

    /// The units that do a step.
    fn units_of(&self, step: &Step) -> Vec<usize> {
        match step.fan {
            None => vec![0],
            Some(fan) => {
                let own = |target: &Target| target.fan == fan as usize;
                let targets = self.targets.iter().enumerate().filter(|(_, target)| own(target));
                targets.map(|(at, _)| at + 1).collect()
            }
        }
    }

    /// What a step of a unit waits for: the unit's own steps, else those of all units. Where a `for each` has no target,
    /// what its steps wait for.
    fn waits(&self, position: usize, of: usize, places: &BTreeMap<(usize, usize), usize>) -> Vec<usize> {
        let mut waits = BTreeSet::new();
        let mut next = self.written_waits(position);
        let mut seen = BTreeSet::new();
        while let Some(before) = next.pop() {
            let Some(step) = self.plan.steps.get(before).filter(|_| seen.insert(before)) else { continue };
            if let Some(own) = places.get(&(before, of)) {
                waits.insert(*own);
                continue;
            }
            let units = self.units_of(step);
            if units.is_empty() {
                next.extend(self.written_waits(before));
            }
            waits.extend(units.iter().filter_map(|unit| places.get(&(before, *unit)).copied()));
        }
        waits.into_iter().collect()
    }

    /// Positions of the steps that a step is after. One that says nothing is after the one before it.
    fn written_waits(&self, position: usize) -> Vec<usize> {
        let step = self.plan.steps.get(position);
        let after: Vec<usize> =
            step.into_iter().flat_map(|step| &step.after).map(|it| *it as usize).collect();
        if after.is_empty() { position.checked_sub(1).into_iter().collect() } else { after }
    }

    /// The steps of an `undo` or `always`, by the unit that stands for the whole.
    fn last_steps(
        &self,
        written: &[Step],
        phase: Phase,
        (home, units): (usize, &[Unit]),
    ) -> Result<Vec<StepRun>, Unknown> {
        let Some(unit) = units.get(home) else { return Ok(Vec::new()) };
        let mut steps = Vec::new();
        for (position, step) in written.iter().enumerate() {
            let run = self.step(step, unit.id, phase, &self.facts)?;
            let after: Vec<usize> = step.after.iter().map(|it| *it as usize).collect();
            let before = position.checked_sub(1).into_iter().collect();
            steps.push(StepRun { unit: home, after: if after.is_empty() { before } else { after }, ..run });
        }
        Ok(steps)
    }

    fn step(
        &self,
        step: &Step,
        unit: SemanticHash,
        phase: Phase,
        facts: &StepFacts<'_>,
    ) -> Result<StepRun, Unknown> {
        let action = self.program.action(step.action).ok_or_else(|| format!("step `{}`", step.name))?;
        let context = StepContext {
            unit,
            policy: self.policy,
            plan: &self.plan.head.path,
            labels: &self.case.labels,
            phase,
        };
        let name = |unknown: Unknown| unknown.named(|it| format!("`{it}` of step `{}`", step.name));
        let arguments = bind(&action.parameters, &step.arguments, facts).map_err(name)?;
        let undo = self.undo_of(step, action, &arguments, context, facts)?;
        let planned = planned(context, &step.name, step.timeout, action, arguments, facts).map_err(name)?;
        Ok(StepRun {
            planned,
            unit: 0,
            after: Vec::new(),
            // Doing it twice must be as good as once.
            retries_left: if action.idempotent { step.retries_max } else { 0 },
            retry_every: step.retry_every,
            attempt: 0,
            status: StepStatus::Waiting,
            undo,
        })
    }

    /// What takes a step back, where its action says so.
    fn undo_of(
        &self,
        step: &Step,
        action: &Action,
        arguments: &Arguments,
        context: StepContext<'_>,
        facts: &StepFacts<'_>,
    ) -> Result<Option<PlannedStep>, Unknown> {
        let Some((undo, written)) = &action.undo else { return Ok(None) };
        let name =
            |unknown: Unknown| unknown.named(|it| format!("`{it}` of the undo of step `{}`", step.name));
        let action = self.program.action(*undo).ok_or_else(|| format!("the undo of step `{}`", step.name))?;
        let facts = StepFacts { arguments: Some(arguments), ..*facts };
        let bound = bind(&action.parameters, written, &facts).map_err(name)?;
        let context = StepContext { phase: Phase::Undo, ..context };
        planned(context, &step.name, action.timeout, action, bound, &facts).map(Some).map_err(name)
    }

    fn disturbs(&self) -> Result<Vec<PlannedDisturbance>, Unknown> {
        self.plan
            .disturbs
            .iter()
            .map(|disturbs| {
                let node = self.program.signal(disturbs.signal).ok_or("a disturbed signal")?;
                Ok(PlannedDisturbance {
                    signal: node.head.path.clone(),
                    hash: node.head.hash,
                    keys: self.disturbed_keys(disturbs)?,
                    span: disturbs.span,
                })
            })
            .collect()
    }

    fn disturbed_keys(&self, disturbs: &Disturbs) -> Result<Vec<Labels>, Unknown> {
        if disturbs.everywhere {
            return Ok(vec![Labels::new()]);
        }
        let own = self.facts.arguments.into_iter();
        let mut keys = Vec::new();
        for arguments in own.chain(self.targets.iter().map(|target| &target.arguments)) {
            let facts = StepFacts { arguments: Some(arguments), ..self.facts };
            for way in disturbs.reached.iter().filter(|way| arguments.contains_key(&way.root)) {
                let reached = facts.way_labels(way).ok_or_else(|| {
                    let (root, entity, path) = (way.root.clone(), way.entity, way.path.clone());
                    let lacking = facts.lacking(&Expression::EntityField { root, entity, path });
                    Unknown { what: format!("`{way}`, which is disturbed,"), lacking }
                })?;
                if !keys.contains(&reached) {
                    keys.push(reached);
                }
            }
        }
        Ok(keys)
    }

    /// What must become true. Entities that lie further are found now and are among `arguments`: what a step replaces
    /// leads nowhere afterwards.
    fn verifies(&self, policy: &Policy, arguments: &mut Arguments) -> Vec<RunVerify> {
        let verify = |verify: &heal_program::Verify| RunVerify {
            condition: self.with_owners(&with_values(&verify.condition, &self.facts), arguments),
            text: verify.text.clone(),
            within: verify.within,
            every: self.slowest(&verify.condition).unwrap_or_else(|| every_of(self.program, policy)),
            last: None,
            true_since: None,
            was_unknown: false,
            otherwise: None,
        };
        self.plan.verifies.iter().map(verify).collect()
    }

    /// `pod.workload.available` as `available` of the workload that the pod belongs to now.
    fn with_owners(&self, condition: &Expression, arguments: &mut Arguments) -> Expression {
        rewrite(condition, &mut |part| {
            let Expression::EntityField { root, entity, path } = part else { return None };
            let (last, way) = path.split_last().filter(|(_, way)| !way.is_empty())?;
            let way = Way { root: root.clone(), entity: *entity, path: way.to_vec() };
            let FieldKind::Entity(to) = self.program.way_end(&way)? else { return None };
            let node = self.program.entity(to)?;
            let found = self.facts.way_labels(&way)?;
            let value = |name: &String| Some(found.iter().find(|(field, _)| field == name)?.1.clone());
            let key: Option<Vec<String>> = node.keys.iter().map(value).collect();
            arguments.insert(way.to_string(), entity_argument(self.program, to, key?)?);
            Some(Expression::EntityField { root: way.to_string(), entity: to, path: vec![last.clone()] })
        })
    }

    /// The slowest grid of what a condition reads.
    fn slowest(&self, condition: &Expression) -> Option<Millis> {
        let mut slowest = None;
        condition.walk(&mut |part| {
            let every = match self.program.sampled(part) {
                Some(Read::Signal(signal, _)) => self.program.signal(signal).map(|it| it.every),
                Some(Read::Entity(entity)) => {
                    self.program.entity(entity).and_then(|it| it.feed.as_ref()).map(|feed| feed.every)
                }
                Some(Read::Detector(detector)) => self.program.detector(detector).map(|it| it.every),
                Some(Read::Event(..)) | None => None,
            };
            slowest = slowest.max(every);
        });
        slowest.filter(|every| *every > Millis::ZERO)
    }
}
