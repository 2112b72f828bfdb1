//! Runs with targets that wait for each other: each has what the other needs, and would for ever.

use std::collections::BTreeSet;

use heal_program::SemanticHash;

use crate::{
    Engine, WithheldReason,
    guard::{belongs, guards_of},
    state::{Run, Unit},
};

/// Through how many runs it is followed who waits for whom.
const ENTANGLED_MAX: usize = 64;

impl Unit {
    /// What holds it back, where it waits to start.
    fn waits_by(&self) -> Option<&WithheldReason> {
        let waits = self.started.is_none() && !self.ended;
        self.withheld.as_ref().filter(|_| waits).map(|(_, reason)| reason)
    }
}

impl Engine {
    /// The other runs for which a unit of a run waits, by what holds it back: all that work on its entities, or that count for
    /// a guard. None where time alone lets it go, or what nobody runs.
    pub(super) fn blockers(
        &self,
        id: SemanticHash,
        unit: &Unit,
        reason: &WithheldReason,
    ) -> Vec<SemanticHash> {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "what else holds back is over without a run's end"
        )]
        let found: BTreeSet<SemanticHash> = match reason {
            WithheldReason::Busy { .. } => {
                let has = |run: &Run| {
                    let mut at_work = run.units.iter().filter(|unit| unit.started.is_some() && !unit.ended);
                    at_work.any(|other| !other.entities.is_disjoint(&unit.entities))
                };
                self.state.runs.iter().filter(|(_, run)| has(run)).map(|(other, _)| *other).collect()
            }
            WithheldReason::Concurrency { per, .. } | WithheldReason::Breaker { per, until: None, .. } => {
                let Some(run) = self.state.runs.get(&id) else { return Vec::new() };
                let policy = self.program.policies.iter().find(|policy| policy.head.path == run.policy);
                let guards = policy.map(|policy| guards_of(&self.program, policy)).unwrap_or_default();
                let logs = guards.iter().filter_map(|(path, _)| self.state.guards.get(path));
                let records = logs.flat_map(|log| &log.runs);
                let counts = records.filter(|it| it.is_in_the_way_of(Some(id)) && belongs(&it.labels, per));
                counts.map(|record| record.whole).collect()
            }
            _ => BTreeSet::new(),
        };
        found.into_iter().filter(|other| *other != id).collect()
    }

    /// Whether all of some runs wait, near or far, for a run: each has a unit that only its end would let go.
    pub(super) fn hang_on(
        &self,
        runs: &[SemanticHash],
        id: SemanticHash,
        seen: &mut BTreeSet<SemanticHash>,
    ) -> bool {
        let waits = |other: &SemanticHash, seen: &mut BTreeSet<SemanticHash>| {
            if *other == id {
                return true;
            }
            if seen.len() >= ENTANGLED_MAX || !seen.insert(*other) {
                return false;
            }
            let Some(run) = self.state.runs.get(other) else { return false };
            run.units.iter().any(|unit| {
                let blockers = unit.waits_by().map(|reason| self.blockers(*other, unit, reason));
                blockers.is_some_and(|blockers| self.hang_on(&blockers, id, seen))
            })
        };
        !runs.is_empty() && runs.iter().all(|other| waits(other, seen))
    }
}
