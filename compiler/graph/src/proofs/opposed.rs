//! Opposed plans: one policy does what another one takes back.

use std::collections::{BTreeMap, BTreeSet};

use heal_check::StatementKind;
use heal_diagnostics::{Code, Diagnostic};
use heal_program::{Action, ActionIndex, FieldKind, Plan};

use super::{
    conditions::exclude_each_other,
    facts::{Acting, Facts},
};

/// Most policies of an action that are compared with those of its opposite.
const COMPARED_MAX: usize = 64;

/// A use of an action by a policy: which one, and the rung.
type Use = (usize, usize);

/// One warning for each two actions of which one takes back the other, where two policies run them on one kind of entity.
pub(super) fn opposed_plans(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let mut pairs = BTreeMap::new();
    for (index, action) in (0..).map(ActionIndex).zip(&facts.program.actions) {
        let Some((undo, _)) = &action.undo else { continue };
        let pair = [index.min(*undo), index.max(*undo)];
        let Some(undo) = facts.program.action(*undo).filter(|_| pair[0] != pair[1]) else { continue };
        if work_on_one_kind(action, undo) {
            pairs.entry(pair).or_insert((action, undo));
        }
    }
    let uses = uses(facts, &pairs.keys().flatten().copied().collect());
    for (pair, actions) in pairs {
        let none = Vec::new();
        let sides = pair.map(|action| uses.get(&action).unwrap_or(&none));
        found.extend(opposed(facts, sides).and_then(|uses| report(facts, uses, actions)));
    }
}

/// Which policies run some actions.
fn uses(facts: &Facts<'_>, wanted: &BTreeSet<ActionIndex>) -> BTreeMap<ActionIndex, Vec<Use>> {
    let mut uses: BTreeMap<ActionIndex, Vec<Use>> = BTreeMap::new();
    let is_run = |plan: &Plan| plan.steps.iter().any(|step| wanted.contains(&step.action));
    // Most packages have no plan that runs one.
    if !facts.program.plans.iter().any(is_run) {
        return uses;
    }
    for (at, acting) in facts.policies().iter().enumerate() {
        let mut seen = BTreeSet::new();
        for (rung, _, plan, _) in &acting.plans {
            for (action, _) in facts.actions_of(plan).filter(|(action, _)| wanted.contains(action)) {
                if seen.insert(action) {
                    uses.entry(action).or_default().push((at, *rung));
                }
            }
        }
    }
    uses
}

/// The first two policies that work against each other.
fn opposed(facts: &Facts<'_>, [left, right]: [&Vec<Use>; 2]) -> Option<[Use; 2]> {
    let pairs = left.iter().take(COMPARED_MAX).flat_map(|one| {
        right.iter().take(COMPARED_MAX).filter(move |other| other.0 != one.0).map(move |other| [*one, *other])
    });
    let mut pairs = pairs.map(|pair: [Use; 2]| if pair[0] > pair[1] { [pair[1], pair[0]] } else { pair });
    pairs.find(|[one, other]| match (facts.policies().get(one.0), facts.policies().get(other.0)) {
        (Some(one), Some(other)) => !are_apart(facts, one, other),
        (_, _) => false,
    })
}

fn are_apart(facts: &Facts<'_>, one: &Acting<'_>, other: &Acting<'_>) -> bool {
    let conditions = [one, other].map(|acting| acting.policy.condition.as_ref().map(|it| &it.condition));
    let never_together = match conditions {
        [Some(one), Some(other)] => exclude_each_other(one, other),
        [_, _] => false,
    };
    never_together
        || one.policy.shadow
        || other.policy.shadow
        || facts.are_kept_apart(one.policy, other.policy)
}

fn work_on_one_kind(left: &Action, right: &Action) -> bool {
    let entities = |action: &Action| -> BTreeSet<u32> {
        let kinds = action.parameters.iter().filter_map(|parameter| match &parameter.kind {
            FieldKind::Entity(entity) | FieldKind::Entities(entity) => Some(entity.0),
            FieldKind::Text | FieldKind::Quantity(_) => None,
        });
        kinds.collect()
    };
    let (left, right) = (entities(left), entities(right));
    (left.is_empty() && right.is_empty()) || left.intersection(&right).next().is_some()
}

fn report(facts: &Facts<'_>, uses: [Use; 2], (action, undo): (&Action, &Action)) -> Option<Diagnostic> {
    let [one, other] = uses;
    let (first, second) = (facts.policies().get(one.0)?.policy, facts.policies().get(other.0)?.policy);
    let (file, range) = facts.place(&second.head, StatementKind::Rung, other.1)?;
    let message = format!(
        "`{}` and `{}` work against each other: `{}` is taken back by `{}`",
        first.head.path, second.head.path, action.head.path, undo.head.path
    );
    let mut diagnostic = Diagnostic::warning(Code::OPPOSED_PLANS, file, range, message)
        .with_help("let them share one cooldown: `guard shared calm { cooldown 30m }`, and `shared calm` in the guard of each")
        .with_help("or keep them apart by `where`, so that no firing of one can meet one of the other");
    if let Some((file, range)) = facts.place(&first.head, StatementKind::Rung, one.1) {
        diagnostic =
            diagnostic.with_secondary(file, range, format!("`{}` does the opposite", first.head.path));
    }
    if let Some((file, range)) = facts.name(&action.head) {
        let text = format!("`{}` says here that `{}` takes it back", action.head.path, undo.head.path);
        diagnostic = diagnostic.with_secondary(file, range, text);
    }
    Some(diagnostic)
}
