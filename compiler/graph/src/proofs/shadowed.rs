//! Shadowed policies: they act on nothing that another policy does not act on first.

use heal_check::ItemKind;
use heal_diagnostics::{Code, Diagnostic};
use heal_program::{Argument, Policy, Rung, Trigger};

use super::{
    conditions::implies,
    facts::{Acting, Facts},
};

/// Most policies on one trigger that are compared with each other.
const COMPARED_MAX: usize = 64;

/// One warning for each policy that comes after another one on the same trigger and the same entity, for no firing that
/// the other one does not take. Of two policies on one firing the first by name goes first.
pub(super) fn shadowed_policies(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let mut on: Vec<(Trigger, &Policy)> = facts
        .own(ItemKind::Policy, &facts.program.policies)
        .filter(|policy| !policy.shadow)
        .map(|policy| (policy.on, policy))
        .collect();
    // Those on one trigger stay in the order of their paths.
    on.sort_by_key(|(trigger, _)| *trigger);
    for group in on.chunk_by(|left, right| left.0 == right.0).filter(|group| group.len() > 1) {
        let group: Vec<Acting<'_>> =
            group.iter().map(|(_, policy)| Acting::of(facts.program, policy)).collect();
        for (at, later) in group.iter().enumerate().take(COMPARED_MAX) {
            let first = group.iter().take(at).find(|first| goes_first(first, later));
            found.extend(first.and_then(|first| report(facts, first, later)));
        }
    }
}

fn goes_first(first: &Acting<'_>, later: &Acting<'_>) -> bool {
    let condition = |acting: &Acting<'_>| acting.policy.condition.as_ref().map(|it| it.condition.clone());
    let same_target = match (first_targets(first), first_targets(later)) {
        (Some(left), Some(right)) => left.iter().any(|target| right.contains(target)),
        (_, _) => false,
    };
    same_target && implies(condition(later).as_ref(), condition(first).as_ref())
}

/// The entities that the first rung of a policy works on; none where it runs no plan first.
fn first_targets<'t>(acting: &Acting<'t>) -> Option<Vec<&'t Argument>> {
    if matches!(acting.policy.ladder.first(), None | Some(Rung::Escalate { .. })) {
        return None;
    }
    let of_first = acting.plans.iter().filter(|(rung, ..)| *rung == 0);
    let entities = of_first.flat_map(|(_, _, _, arguments)| arguments.iter());
    Some(entities.filter(|argument| matches!(argument, Argument::EntityFromKey(..))).collect())
}

fn report(facts: &Facts<'_>, first: &Acting<'_>, later: &Acting<'_>) -> Option<Diagnostic> {
    let (first, later) = (first.policy, later.policy);
    let (file, range) = facts.name(&later.head)?;
    let narrower =
        if first.condition == later.condition { "the same firings" } else { "no firing but those" };
    let (one, two) = (&first.head.path, &later.head.path);
    let message = format!("`{two}` acts on {narrower} that `{one}` acts on first, and on the same entity");
    let mut diagnostic = Diagnostic::warning(Code::SHADOWED_POLICY, file, range, message)
        .with_help(format!(
            "put both into one ladder, or let the `where` of `{one}` leave out what `{two}` is for"
        ))
        .with_help("one plan at a time works on an entity, and of two policies the first by name begins");
    if let Some((file, range)) = facts.name(&first.head) {
        diagnostic = diagnostic.with_secondary(file, range, "this one goes first");
    }
    Some(diagnostic)
}
