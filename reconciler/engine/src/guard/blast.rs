//! Blast radius: how many distinct entities are acted on, of those that live.

use std::collections::BTreeSet;

use heal_program::{BlastRadius, EntityIndex, Guard, Per, Share, Timestamp, short_name};

use super::{Attempt, belongs, group, open_start};
use crate::{Engine, Key, Labels, WithheldReason, facts::StepFacts, state::GuardLog};

impl Engine {
    /// Every blast radius of a guard that holds a start back.
    pub(super) fn blasts_holding<'a>(
        &'a self,
        guard: &'a Guard,
        log: &'a GuardLog,
        attempt: &'a Attempt<'a>,
    ) -> impl Iterator<Item = WithheldReason> + 'a {
        guard.blast_radius.iter().filter_map(move |blast| self.one_blast(blast, log, attempt))
    }

    fn one_blast(
        &self,
        blast: &BlastRadius,
        log: &GuardLog,
        attempt: &Attempt<'_>,
    ) -> Option<WithheldReason> {
        let kind = self.program.entity(blast.entity)?.head.path.clone();
        let entity = short_name(&kind).to_owned();
        let per = match group(&blast.per, attempt.tags) {
            Ok(per) => per,
            Err(per) => {
                return Some(WithheldReason::GroupUnknown { what: format!("blast_radius of {entity}"), per });
            }
        };
        let acted = acted_on(blast, &kind, log, &per, self.state.now);
        let own = attempt.entities.iter().filter(|target| is_of_kind(target, &kind));
        let with_it: BTreeSet<&String> = acted.iter().copied().chain(own).collect();
        let (most, live) = match blast.most {
            Share::Count(count) => (u64::from(count), None),
            Share::Part(part) => match self.live_count(blast.entity, &blast.per, &per) {
                None => return Some(WithheldReason::LiveCountUnknown { entity, per }),
                // Rounded down, but one may always be healed.
                Some(live) => (((part * live as f64).floor() as u64).max(1), Some(live)),
            },
        };
        (with_it.len() as u64 > most).then_some(WithheldReason::BlastRadius {
            entity,
            most,
            acted: acted.len() as u64,
            live,
            window: blast.within,
            per,
        })
    }

    /// How many entities of a kind live in a group: as an inventory says, or as many as were told of.
    pub(super) fn live_count(&self, entity: EntityIndex, pers: &[Per], per: &Labels) -> Option<u64> {
        let state = self.state.entities.get(entity.at())?;
        let mut sorted = per.clone();
        sorted.sort();
        if let Some((_, live)) = state.inventory.get(&sorted) {
            return Some(*live);
        }
        let node = self.program.entity(entity)?;
        let mut count = 0_u64;
        for key in state.living(node, self.state.now)? {
            // One whose group is unknown cannot be counted in or out.
            let is_inside = self.is_in_group(entity, key, pers, per)?;
            count += u64::from(is_inside);
        }
        Some(count)
    }

    fn is_in_group(&self, entity: EntityIndex, key: &Key, pers: &[Per], per: &Labels) -> Option<bool> {
        let node = self.program.entity(entity)?;
        let facts = StepFacts { names: &node.keys, key, ..self.facts_now() };
        for (what, (_, wanted)) in pers.iter().zip(per) {
            let value = match what {
                Per::Key(field) => facts.field_text(entity, key, std::slice::from_ref(field)),
                Per::Way(way) if way.entity == entity => facts.field_text(entity, key, &way.path),
                Per::Way(_) => None,
            };
            if value? != *wanted {
                return Some(false);
            }
        }
        Some(true)
    }
}

/// The entities of a kind, as text, that runs of a group have acted on within the window.
pub(super) fn acted_on<'l>(
    blast: &BlastRadius,
    kind: &str,
    log: &'l GuardLog,
    per: &Labels,
    now: Timestamp,
) -> BTreeSet<&'l String> {
    let open = open_start(now, blast.within);
    let records = log.runs.iter().filter(|run| belongs(&run.labels, per));
    let recent = records.filter(|run| run.at > open || run.ended.is_none_or(|(ended, _)| ended > open));
    recent.flat_map(|run| &run.targets).filter(|target| is_of_kind(target, kind)).collect()
}

/// Whether a target, as text, is an entity of a kind.
fn is_of_kind(target: &str, kind: &str) -> bool {
    target.strip_prefix(kind).is_some_and(|rest| rest.starts_with(' '))
}
