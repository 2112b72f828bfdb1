//! Runs with targets that wait for each other: each has what the other needs, and would for ever.

use std::collections::BTreeSet;

use heal_program::SemanticHash;

use crate::{
    Engine, Key, WithheldReason,
    decide::Case,
    guard::{belongs, guards_of},
    state::{Run, Status, Unit},
};

/// Through how many runs it is followed who waits for whom.
const ENTANGLED_MAX: usize = 64;

/// Why a target is left out, and what people are told.
const ENTANGLED: (&str, &str) =
    ("another run waits for what this one has, and has what it waits for", "two runs wait for each other");
/// The same where what it waits for is the end of a firing whose plan waits for it.
const CAUSE_WAITS: (&str, &str) = (
    "the plan for what it depends on waits for what this run has",
    "the plan for what it depends on waits for this run",
);
/// The same for something more severe that would wait as long as a freeze lasts.
const MORE_SEVERE: (&str, &str) =
    ("something more severe waits for what this run has", "something more severe waits for this run");

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
    fn blockers(&self, id: SemanticHash, unit: &Unit, reason: &WithheldReason) -> Vec<SemanticHash> {
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
            WithheldReason::Topology { until: None, .. } => {
                let case = self.state.runs.get(&id).and_then(|run| self.case_of(&run.policy, &run.key));
                let cause = case.and_then(|case| self.cause_of(&case)).map(|cause| cause.firing);
                let runs = self.state.runs.iter().filter(|(_, run)| Some(run.firing) == cause);
                runs.map(|(other, _)| *other).collect()
            }
            _ => BTreeSet::new(),
        };
        found.into_iter().filter(|other| *other != id).collect()
    }

    /// Why a target that is held back gives way; none: it does not.
    pub(super) fn gives_way(
        &self,
        id: SemanticHash,
        unit: &Unit,
        reason: &WithheldReason,
    ) -> Option<(&'static str, &'static str)> {
        let blockers = self.blockers(id, unit, reason);
        let is_entangled = self.hang_on(&blockers, id, &mut BTreeSet::new());
        is_entangled.then_some(ENTANGLED).or_else(|| self.outranked(id, reason))
    }

    /// Why a target of a run that is held back gives way to a plan that waits for what the run has; none: it does not. It waits
    /// for the end of a firing whose plan waits for the run, or for the end of a freeze, before which something more severe
    /// would not have its turn.
    fn outranked(&self, id: SemanticHash, reason: &WithheldReason) -> Option<(&'static str, &'static str)> {
        let run = self.state.runs.get(&id)?;
        let waits = |path: &str, key: &Key| self.ladder_waits_for(path, key, run);
        #[expect(clippy::wildcard_enum_match_arm, reason = "what else holds back ends by itself")]
        match reason {
            WithheldReason::Topology { until: None, .. } => {
                let case = self.case_of(&run.policy, &run.key).or_else(|| self.ended_case_of(run))?;
                let cause = self.cause_of(&case)?.firing;
                let mut ladders = self.state.policies.iter().flat_map(|(path, state)| {
                    state.ladders.iter().filter(|(_, it)| it.firing == cause).map(move |(key, _)| (path, key))
                });
                ladders.any(|(path, key)| waits(path, key)).then_some(CAUSE_WAITS)
            }
            WithheldReason::Freeze { .. } | WithheldReason::Only { .. } => {
                let mut others = self.state.outranking.iter();
                let is_more = |path: &str, key: &Key| {
                    self.case_of(path, key).is_some_and(|case| case.severity() > run.severity)
                };
                others.any(|(path, key)| is_more(path, key) && waits(path, key)).then_some(MORE_SEVERE)
            }
            _ => None,
        }
    }

    /// Whether the rung of a ladder whose turn it is waits for an entity that a run has.
    fn ladder_waits_for(&self, path: &str, key: &Key, run: &Run) -> bool {
        let ladder = self.state.policies.get(path).and_then(|state| state.ladders.get(key));
        let is_busy = ladder.is_some_and(|ladder| {
            let reason = ladder.withheld.as_ref().map(|(_, reason)| reason);
            ladder.status == Status::Ready
                && matches!(reason, Some(WithheldReason::Busy { policy }) if *policy == run.policy)
        });
        let wanted = if is_busy { self.case_of(path, key).and_then(|case| self.wanted(&case)) } else { None };
        let has = |entity: &String| {
            let mut at_work = run.units.iter().filter(|unit| unit.started.is_some() && !unit.ended);
            at_work.any(|unit| unit.entities.contains(entity))
        };
        wanted.is_some_and(|wanted| wanted.iter().any(has))
    }

    /// The entities that the plan of a rung whose turn it is works on.
    fn wanted(&self, case: &Case) -> Option<BTreeSet<String>> {
        let policy = case.policy()?;
        let ladder = self.state.policies.get(&policy.head.path)?.ladders.get(&case.key)?;
        let (plan, arguments) = case.plan_of(policy, ladder)?;
        let turn = (ladder.rung, ladder.turn());
        let ready = self.make_ready(case, policy, plan, arguments, turn).ok()?;
        Some(ready.units.into_iter().flat_map(|unit| unit.entities).collect())
    }

    /// Whether all of some runs wait, near or far, for a run: each has a unit that only its end would let go.
    fn hang_on(&self, runs: &[SemanticHash], id: SemanticHash, seen: &mut BTreeSet<SemanticHash>) -> bool {
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
