//! Guards and plans that rest on what nobody says, and so hold everything back.

use heal_check::StatementKind;
use heal_diagnostics::{Code, Diagnostic};
use heal_program::{Entity, EntityIndex, Guard, Head, Plan, Share, SharedGuard};

use super::facts::{Acting, Facts};

/// A policy whose guard withholds always: a share of entities of which nobody says how many there are.
pub(super) fn by_policy(facts: &Facts<'_>, acting: &Acting<'_>, found: &mut Vec<Diagnostic>) {
    check_guard(facts, &acting.policy.head, &acting.policy.guard, found);
}

/// A shared guard that does.
pub(super) fn by_shared_guard(facts: &Facts<'_>, shared: &SharedGuard, found: &mut Vec<Diagnostic>) {
    check_guard(facts, &shared.head, &shared.guard, found);
}

/// A plan with steps for each of such entities.
pub(super) fn by_plan(facts: &Facts<'_>, plan: &Plan, found: &mut Vec<Diagnostic>) {
    for entity in plan.fans.iter().filter_map(|fan| nobody_says(facts, fan.entity)) {
        let Some((file, range)) = facts.name(&plan.head) else { continue };
        let message = format!(
            "`{}` works on each of the `{}`s, and nothing says which there are",
            plan.head.path, entity.head.path
        );
        found.push(with_source(
            facts,
            Diagnostic::warning(Code::WITHHELD_ALWAYS, file, range, message),
            entity,
        ));
    }
}

fn check_guard(facts: &Facts<'_>, head: &Head, guard: &Guard, found: &mut Vec<Diagnostic>) {
    for (at, blast) in guard.blast_radius.iter().enumerate() {
        let Some(entity) = nobody_says(facts, blast.entity) else { continue };
        if matches!(blast.most, Share::Count(_)) {
            continue;
        }
        let Some((file, range)) = facts.place(head, StatementKind::BlastRadius, at) else { continue };
        let message = format!(
            "this withholds always: nothing says how many `{}`s there are, and a share of an unknown number is unknown",
            entity.head.path
        );
        found.push(with_source(
            facts,
            Diagnostic::warning(Code::WITHHELD_ALWAYS, file, range, message),
            entity,
        ));
    }
}

/// An entity without a source.
fn nobody_says<'t>(facts: &Facts<'t>, entity: EntityIndex) -> Option<&'t Entity> {
    let entity = facts.program.entity(entity)?;
    let is_fed = entity.feed.as_ref().is_some_and(|feed| feed.source.is_some());
    (!is_fed).then_some(entity)
}

fn with_source(facts: &Facts<'_>, diagnostic: Diagnostic, entity: &Entity) -> Diagnostic {
    let name = &entity.head.path;
    let diagnostic = diagnostic
        .with_help(format!("say in `{name}` where it is read which there are: `from prometheus ...`"));
    match facts.name(&entity.head) {
        Some((file, range)) => diagnostic.with_secondary(file, range, "this entity has no `from`"),
        None => diagnostic,
    }
}
