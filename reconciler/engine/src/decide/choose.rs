//! Choosing among plans by what came of them: the more often one passed the likelier it is chosen, and one that was
//! rarely tried is worth a try.

use heal_program::{Argument, Plan, PlanIndex, Policy, SemanticHash};

use super::{Case, rungs::Required};
use crate::{
    Candidate, Engine, RunEnd, TraceKind, identity,
    state::{RungResult, Tally},
};

impl Engine {
    /// A rung that chooses. The choice holds until the rung is over, so that what people approve is what runs, and no guard
    /// decides which plan it is: one that holds the chosen plan back holds the rung back. Where what the chosen plan requires is
    /// no longer so, it is chosen again.
    pub(super) fn consider_choice(
        &mut self,
        case: &Case,
        policy: &Policy,
        among: &[(PlanIndex, Vec<Argument>)],
        rung: usize,
    ) -> bool {
        let path = |plan: &PlanIndex| case.program.plan(*plan).map(|plan| plan.head.path.as_str());
        let ladder = self.ladder(&policy.head.path, &case.key);
        let (chosen, is_in_doubt) =
            ladder.map(|ladder| (ladder.chosen.clone(), ladder.is_in_doubt)).unwrap_or_default();
        let is_ruled_out = |engine: &Engine, chosen: &str| {
            let found = among.iter().find(|(plan, _)| path(plan) == Some(chosen));
            let node = found.and_then(|(plan, arguments)| Some((case.program.plan(*plan)?, arguments)));
            node.is_some_and(|(plan, arguments)| {
                let ready = engine.make_ready(case, policy, plan, arguments, (rung, 0));
                ready.is_ok_and(|ready| matches!(engine.requires(case, plan, &ready), Required::Fails(_)))
            })
        };
        let chosen = match chosen {
            Some(chosen) if !is_in_doubt && !is_ruled_out(self, &chosen) => Ok(chosen),
            before => self.choose(case, policy, (among, rung), before.as_deref()),
        };
        let chosen = match chosen {
            Ok(chosen) => chosen,
            Err(why) => {
                let of = (policy.head.path.as_str(), &case.key, case.firing.id);
                self.rung_over(of, why, RungResult::Skipped);
                return true;
            }
        };
        let found = among.iter().find(|(plan, _)| path(plan) == Some(chosen.as_str()));
        match found.and_then(|(plan, arguments)| Some((case.program.plan(*plan)?, arguments))) {
            Some((plan, arguments)) => self.consider_plan(case, policy, plan, arguments, rung),
            None => false,
        }
    }

    fn choose(
        &mut self,
        case: &Case,
        policy: &Policy,
        (among, rung): (&[(PlanIndex, Vec<Argument>)], usize),
        before: Option<&str>,
    ) -> Result<String, String> {
        let candidates = self.candidates_among(case, policy, among, rung);
        let lot = |plan: &str| -> SemanticHash {
            identity::lot(&[policy.head.path.as_bytes(), &case.firing.id.0, plan.as_bytes()])
        };
        let chosen = candidates
            .iter()
            .filter(|candidate| candidate.out.is_empty())
            .max_by(|left, right| {
                left.score.total_cmp(&right.score).then_with(|| lot(&left.plan).cmp(&lot(&right.plan)))
            })
            .map(|candidate| candidate.plan.clone());
        let is_in_doubt = chosen.is_none();
        // Unknown is not false: the rung waits with the first of those that may yet do.
        let may_yet = || candidates.iter().find(|it| !it.out.ends_with("is false")).map(|it| it.plan.clone());
        let Some(chosen) = chosen.or_else(may_yet) else {
            let out: Vec<String> = candidates.iter().map(|it| format!("{}: {}", it.plan, it.out)).collect();
            return Err(format!("no plan of the choice can run ({})", out.join("; ")));
        };
        if let Some(ladder) = self.ladder(&policy.head.path, &case.key) {
            ladder.is_in_doubt = is_in_doubt;
            if before != Some(chosen.as_str()) {
                ladder.chosen = Some(chosen.clone());
                // What holds the other plan back is said of it.
                ladder.withheld = ladder.withheld.take().filter(|_| case.is_event());
            }
        }
        if before == Some(chosen.as_str()) {
            return Ok(chosen);
        }
        self.record(TraceKind::Chosen {
            firing: case.firing.id,
            policy: policy.head.path.clone(),
            rung: u32::try_from(rung).unwrap_or(u32::MAX),
            labels: case.labels.clone(),
            plan: chosen.clone(),
            among: candidates,
        });
        Ok(chosen)
    }

    /// The plans of a choice, with what came of them and why one is out.
    fn candidates_among(
        &self,
        case: &Case,
        policy: &Policy,
        among: &[(PlanIndex, Vec<Argument>)],
        rung: usize,
    ) -> Vec<Candidate> {
        let mut candidates: Vec<Candidate> = Vec::new();
        let tallies = self.state.policies.get(&policy.head.path).map(|state| state.tallies.clone());
        let tallies = tallies.unwrap_or_default();
        let tally = |path: &str| tallies.get(path).copied().unwrap_or_default();
        let nodes: Vec<(&Plan, &Vec<Argument>)> = among
            .iter()
            .filter_map(|(plan, arguments)| Some((case.program.plan(*plan)?, arguments)))
            .collect();
        let tried: u32 = nodes.iter().map(|(plan, _)| tries(tally(&plan.head.path))).sum();
        for (plan, arguments) in nodes {
            let own = tally(&plan.head.path);
            let out = match self.make_ready(case, policy, plan, arguments, (rung, 0)) {
                Err(unknown) => format!("{} is unknown", unknown.what),
                Ok(ready) => match self.requires(case, plan, &ready) {
                    Required::Holds(_) => String::new(),
                    Required::Fails(require) => format!("`require {require}` is false"),
                    Required::Unknown(_) => "what it requires is unknown".to_owned(),
                },
            };
            candidates.push(Candidate {
                plan: plan.head.path.clone(),
                passed: own.passed,
                failed: own.failed,
                inconclusive: own.inconclusive,
                score: score(own, tried),
                out,
            });
        }
        candidates
    }

    /// What came of a plan that a rung chose. What came to no conclusion is counted and teaches nothing, and of what was
    /// never done there is nothing to remember.
    pub(crate) fn remember_outcome(&mut self, policy: &str, plan: &str, end: &RunEnd) {
        let state = self.state.policies.entry(policy.to_owned()).or_default();
        let count = |tally: &mut Tally, end: &RunEnd| match end {
            RunEnd::Passed => tally.passed = tally.passed.saturating_add(1),
            RunEnd::Failed { .. } => tally.failed = tally.failed.saturating_add(1),
            RunEnd::Inconclusive { .. } => tally.inconclusive = tally.inconclusive.saturating_add(1),
            RunEnd::Skipped { .. } | RunEnd::Rejected | RunEnd::Shadow => {}
        };
        count(state.tallies.entry(plan.to_owned()).or_default(), end);
    }
}

/// The runs whose end is known.
fn tries(tally: Tally) -> u32 {
    tally.passed.saturating_add(tally.failed)
}

/// The share that passed, as if it had passed once and failed once before, and the most that may still be learned of it
/// (Auer, Cesa-Bianchi, Fischer: "Finite-time analysis of the multiarmed bandit problem", 2002: UCB1).
fn score(own: Tally, tried: u32) -> f64 {
    let own_tries = f64::from(tries(own));
    let share = (f64::from(own.passed) + 1.0) / (own_tries + 2.0);
    let to_learn = (2.0 * f64::from(tried).ln_1p() / (own_tries + 1.0)).sqrt();
    share + to_learn
}
