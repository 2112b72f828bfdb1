//! How a test says that the world answers to plans.

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::{ArgumentValue, Labels, Outcome, Phase};
use heal_program::{
    Millis, Plan, Program, SemanticHash, Timestamp,
    scenario::{Answer, Effect, Sampled, Scenario, Segment, Selector},
};

/// What `half` says when it fails.
const HALF_REASON: &str = "it was done, and then it failed: the test says so";

/// The runs that a test has seen, and what its world answers to them.
pub(crate) struct Runs {
    plans: BTreeMap<String, Vec<Answer>>,
    /// The names of each plan's own steps.
    steps: BTreeMap<String, BTreeSet<String>>,
    /// The steps of each plan that must all be done before the world is another: those of one target where it has targets.
    lasts: BTreeMap<String, Vec<BTreeSet<String>>>,
    runs: BTreeMap<SemanticHash, Run>,
}

/// A run that has been seen.
#[derive(Default)]
struct Run {
    done: BTreeSet<String>,
    /// When the last of its steps ends.
    ends: Option<Timestamp>,
}

/// A step that the engine asks for.
pub(crate) struct Asked<'r> {
    pub(crate) run: SemanticHash,
    pub(crate) plan: &'r str,
    pub(crate) step: &'r str,
    pub(crate) phase: Phase,
    pub(crate) labels: &'r Labels,
    pub(crate) arguments: &'r BTreeMap<String, ArgumentValue>,
}

/// What comes of a step.
#[derive(Default)]
pub(crate) struct Reply {
    /// Its outcome and when it is known; none: never.
    pub(crate) outcome: Option<(Timestamp, Outcome)>,
    /// What becomes another.
    pub(crate) changes: Vec<Change>,
}

/// Samples that go another way.
pub(crate) struct Change {
    /// From when.
    pub(crate) at: Timestamp,
    /// What they are of.
    pub(crate) of: Sampled,
    pub(crate) segments: Vec<Segment>,
    narrowed: Selector,
    /// The key fields of the run, and of what it works on.
    run: BTreeMap<String, String>,
}

impl Change {
    /// Whether samples with these key fields are among them: no field differs from the run's, or from what narrows them.
    pub(crate) fn reaches(&self, labels: &BTreeMap<String, String>) -> bool {
        let narrowed =
            |field: &str| self.narrowed.iter().find(|(name, _)| name == field).map(|(_, value)| value);
        labels.iter().all(|(field, value)| match narrowed(field) {
            Some(wanted) => wanted == value,
            None => self.run.get(field).is_none_or(|of_run| of_run == value),
        })
    }

    /// All that is known of their key.
    pub(crate) fn fields(&self) -> BTreeMap<String, String> {
        let mut fields = self.run.clone();
        fields.extend(self.narrowed.iter().cloned());
        fields
    }
}

impl Runs {
    pub(crate) fn new(program: &Program, scenario: &Scenario) -> Runs {
        let mut plans: BTreeMap<String, Vec<Answer>> = BTreeMap::new();
        for answer in &scenario.answers {
            if let Some(plan) = program.plan(answer.plan) {
                plans.entry(plan.head.path.clone()).or_default().push(answer.clone());
            }
        }
        let steps = program
            .plans
            .iter()
            .map(|plan| (plan.head.path.clone(), plan.steps.iter().map(|step| step.name.clone()).collect()));
        let lasts = program.plans.iter().map(|plan| (plan.head.path.clone(), lasts_of(plan)));
        Runs { plans, steps: steps.collect(), lasts: lasts.collect(), runs: BTreeMap::new() }
    }

    /// What comes of a step that is asked for at `now`.
    pub(crate) fn reply(&mut self, asked: &Asked<'_>, now: Timestamp) -> Reply {
        let answers = self.plans.get(asked.plan).map(Vec::as_slice).unwrap_or_default();
        let is_own = asked.phase == Phase::Step;
        // What takes a step back has its name, and is another action.
        let is_named = is_own || !self.steps.get(asked.plan).is_some_and(|own| own.contains(asked.step));
        let of_step = |answer: &&Answer| is_named && answer.step.as_deref() == Some(asked.step);
        let of_plan = |answer: &&Answer| answer.step.is_none() && is_own;
        let is_outcome = |answer: &&Answer| !matches!(answer.effect, Effect::Becomes { .. });
        let outcome_of = |found: Option<&Answer>| found.map(|it| it.effect.clone());
        let step_outcome = outcome_of(answers.iter().filter(is_outcome).find(of_step));
        let plan_outcome = outcome_of(answers.iter().filter(is_outcome).find(of_plan));

        let run = self.runs.entry(asked.run).or_default();
        let is_last = is_own && {
            run.done.insert(asked.step.to_owned());
            let lasts = self.lasts.get(asked.plan).map(Vec::as_slice).unwrap_or_default();
            lasts.iter().any(|all| all.contains(asked.step) && all.is_subset(&run.done))
        };
        let (after, verdict, changes_step, changes_plan) =
            what_comes(step_outcome.as_ref(), plan_outcome.as_ref(), is_last);
        let at = now.plus(after);
        let ends = run.ends.map_or(at, |ends| ends.max(at));
        run.ends = Some(ends);
        let fields = fields_of(asked);
        let changes = answers
            .iter()
            .filter(|answer| (changes_step && of_step(answer)) || (changes_plan && of_plan(answer)))
            .filter_map(|answer| match &answer.effect {
                Effect::Becomes { of, key, segments } => Some(Change {
                    at: if answer.step.is_some() { at } else { ends },
                    of: of.clone(),
                    segments: segments.clone(),
                    narrowed: key.clone(),
                    run: fields.clone(),
                }),
                Effect::SucceedsAfter(_) | Effect::Fails(_) | Effect::Hangs | Effect::Lies | Effect::Half => {
                    None
                }
            })
            .collect();
        Reply { outcome: verdict.map(|outcome| (at, outcome)), changes }
    }
}

/// The steps of a plan that are done for one target, by `for each`; of a plan without targets, all of them.
fn lasts_of(plan: &Plan) -> Vec<BTreeSet<String>> {
    let of = |fan: Option<u32>| -> BTreeSet<String> {
        plan.steps.iter().filter(|step| step.fan == fan).map(|step| step.name.clone()).collect()
    };
    let fans: BTreeSet<u32> = plan.steps.iter().filter_map(|step| step.fan).collect();
    if fans.is_empty() { vec![of(None)] } else { fans.into_iter().map(|fan| of(Some(fan))).collect() }
}

/// What comes of a step: after how long, with which outcome, and whether what the step and what the plan changes changes.
fn what_comes(
    step: Option<&Effect>,
    plan: Option<&Effect>,
    is_last: bool,
) -> (Millis, Option<Outcome>, bool, bool) {
    let done = Some(Outcome::Succeeded);
    match (step, plan) {
        (Some(Effect::Hangs), _) | (None, Some(Effect::Hangs)) => (Millis::ZERO, None, false, false),
        (Some(Effect::Fails(reason)), _) | (None, Some(Effect::Fails(reason))) => {
            (Millis::ZERO, Some(Outcome::Failed { reason: reason.clone() }), false, false)
        }
        (Some(Effect::Lies), _) | (None, Some(Effect::Lies)) => (Millis::ZERO, done, false, false),
        (Some(Effect::Half), _) => {
            (Millis::ZERO, Some(Outcome::Failed { reason: HALF_REASON.to_owned() }), true, is_last)
        }
        (None, Some(Effect::Half)) if is_last => {
            (Millis::ZERO, Some(Outcome::Failed { reason: HALF_REASON.to_owned() }), true, true)
        }
        (Some(Effect::SucceedsAfter(after)), plan) => {
            (*after, done, true, is_last && !matches!(plan, Some(Effect::Lies)))
        }
        (None, Some(Effect::SucceedsAfter(after))) => (*after, done, true, is_last),
        (None, Some(Effect::Half)) => (Millis::ZERO, done, true, false),
        (None | Some(Effect::Becomes { .. }), _) => (Millis::ZERO, done, true, is_last),
    }
}

/// The key fields of a firing, and those of the entities that a step works on where only one of them has such a field.
fn fields_of(asked: &Asked<'_>) -> BTreeMap<String, String> {
    let mut fields: BTreeMap<String, Option<String>> = BTreeMap::new();
    for argument in asked.arguments.values() {
        let ArgumentValue::Entity { key, .. } = argument else { continue };
        for (field, value) in key {
            let known = fields.entry(field.clone()).or_insert_with(|| Some(value.clone()));
            if known.as_ref() != Some(value) {
                *known = None;
            }
        }
    }
    fields.extend(asked.labels.iter().map(|(field, value)| (field.clone(), Some(value.clone()))));
    fields.into_iter().filter_map(|(field, value)| Some((field, value?))).collect()
}
