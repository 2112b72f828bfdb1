//! All that stands in the way of a rung at a moment, for explanations: a decision stops at the first that holds it back.

use heal_program::{Argument, Plan, Policy, PolicyIndex, SemanticHash, Timestamp};

use super::{
    Case,
    rungs::{RequireCame, attempt},
};
use crate::{
    Engine, Key, WithheldReason,
    guard::{Attempt, Held, guards_of},
    run::{Meant, target_attempt},
    state::Status,
};

/// Something that stands in the way of a rung.
#[derive(Clone, Debug, PartialEq)]
pub enum Hindrance {
    /// It holds the rung back.
    Withheld {
        /// Why.
        reason: WithheldReason,
        /// The path of the policy or shared guard that does; empty: none.
        by: String,
    },
    /// A `require` is false: nothing would be withheld for it, and the rung would be skipped.
    RequireFalse {
        /// Its text.
        require: String,
    },
    /// People would have been asked first.
    Approval {
        /// Who.
        team: String,
    },
    /// Something that the plan takes is unknown, so what guards count by it could not be asked.
    NotAsked,
}

impl Hindrance {
    fn of(held: Held) -> Hindrance {
        Hindrance::Withheld { reason: held.reason, by: held.by }
    }
}

/// What was held back, and all that stood in its way when that was decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Hindered {
    /// When.
    pub at: Timestamp,
    /// The firing.
    pub firing: SemanticHash,
    /// The path of the policy.
    pub policy: String,
    /// The target, as text; empty: the rung as a whole.
    pub target: String,
    /// All of it, in the order in which it is asked: the first is what the decision rests on.
    pub all: Vec<Hindrance>,
}

impl Engine {
    /// The same engine that remembers all that stood in the way of what it held back. What it decides is the same.
    #[must_use]
    pub fn telling_hindrances(mut self) -> Engine {
        self.hindered = Some(Vec::new());
        self
    }

    /// All that stood in the way of what was held back, in order of time; nothing where nobody wanted to know.
    #[must_use]
    pub fn hindered(&self) -> &[Hindered] {
        self.hindered.as_deref().unwrap_or_default()
    }

    /// All that stands now in the way of the rung of a policy whose turn it is, for a key that fires.
    #[must_use]
    pub fn hindrances(&self, policy: PolicyIndex, key: &Key) -> Vec<Hindrance> {
        let Some(node) = self.program.policy(policy) else { return Vec::new() };
        let Some(case) = self.case_of(&node.head.path, key) else { return Vec::new() };
        let ladder = self.state.policies.get(&node.head.path).and_then(|it| it.ladders.get(key));
        let is_its_turn = ladder.is_some_and(|ladder| {
            let waits = ladder.wait_until.is_some_and(|until| self.state.now < until);
            ladder.firing == case.firing.id && ladder.status == Status::Ready && !waits
        });
        if !is_its_turn {
            return Vec::new();
        }
        self.rung_hindrances(&case, node).map(|found| found.all).unwrap_or_default()
    }

    /// Remembers what stood in the way, where somebody wants to know.
    pub(crate) fn tell_hindered(&mut self, look: impl FnOnce(&Engine) -> Option<Hindered>) {
        if self.hindered.is_none() {
            return;
        }
        let found = look(self);
        if let Some(told) = &mut self.hindered {
            told.extend(found);
        }
    }

    /// All that stands in the way of a rung whose turn it is.
    pub(super) fn rung_hindrances(&self, case: &Case, policy: &Policy) -> Option<Hindered> {
        let ladder = self.state.policies.get(&policy.head.path)?.ladders.get(&case.key)?;
        let (plan, arguments) = case.plan_of(policy, ladder)?;
        let mut all: Vec<Hindrance> = self.where_unknown(case, policy).into_iter().collect();
        self.plan_hindrances((case, policy), (plan, arguments), (ladder.rung, ladder.turn()), &mut all);
        Some(Hindered {
            at: self.state.now,
            firing: case.firing.id,
            policy: policy.head.path.clone(),
            target: String::new(),
            all,
        })
    }

    fn where_unknown(&self, case: &Case, policy: &Policy) -> Option<Hindrance> {
        let condition = policy.condition.as_ref()?;
        match self.truth_of(case, condition) {
            (Some(_), _) => None,
            (None, values) => Some(Hindrance::of(self.condition_unknown(case, condition, values))),
        }
    }

    fn plan_hindrances(
        &self,
        (case, policy): (&Case, &Policy),
        (plan, arguments): (&Plan, &[Argument]),
        turn: (usize, u32),
        all: &mut Vec<Hindrance>,
    ) {
        let ready = match self.make_ready(case, policy, plan, arguments, turn) {
            Ok(ready) => ready,
            Err(unknown) => {
                let reason = WithheldReason::ArgumentUnknown { what: unknown.what, lacking: unknown.lacking };
                all.push(Hindrance::of(Held::by_nobody(reason)));
                self.known_without_arguments((case, policy, plan), all);
                return;
            }
        };
        let Some(unit) = ready.first_unit() else { return };
        let attempt = attempt(case, &ready, unit);
        all.extend(self.rung_holding_back((case, policy, plan), &ready, &attempt).map(Hindrance::of));
        all.extend(self.each_require(case, plan, &ready).filter_map(|came| match came {
            RequireCame::Holds(_) => None,
            RequireCame::Fails(require) => Some(Hindrance::RequireFalse { require }),
            RequireCame::Unknown(held) => Some(Hindrance::of(held)),
        }));
        let approved = self.state.policies.get(&policy.head.path).and_then(|it| it.ladders.get(&case.key));
        let is_approved = approved.is_some_and(|ladder| ladder.approved == Some(ready.digest));
        if !policy.shadow && !is_approved {
            all.extend(self.approval_needed(case).map(|(team, _)| Hindrance::Approval { team }));
        }
    }

    /// What can be asked without the arguments of a plan: guards that count apart by the key, or by nothing.
    fn known_without_arguments(
        &self,
        (case, policy, plan): (&Case, &Policy, &Plan),
        all: &mut Vec<Hindrance>,
    ) {
        let nothing = std::collections::BTreeSet::new();
        let attempt = Attempt {
            policy: &policy.head.path,
            guards: &case.guards,
            labels: &case.labels,
            tags: &case.labels,
            entities: &nothing,
            run: None,
        };
        let is_known = |held: &Held| !matches!(held.reason, WithheldReason::GroupUnknown { .. });
        let found = self.not_runnable(case, policy, plan).chain(self.around(case));
        all.extend(found.chain(self.holding_back(&attempt).filter(is_known)).map(Hindrance::of));
        all.push(Hindrance::NotAsked);
    }

    /// All that stands in the way of a target of a run.
    pub(crate) fn target_hindrances(&self, id: SemanticHash, unit: usize) -> Option<Hindered> {
        let run = self.state.runs.get(&id)?;
        let own = run.units.get(unit)?;
        let node = self.program.policies.iter().find(|policy| policy.head.path == run.policy)?;
        let mut all = Vec::new();
        let case = self.case_of(&run.policy, &run.key).or_else(|| self.ended_case_of(run));
        // What it is meant for is asked again where it was held back before.
        if own.withheld.is_some()
            && let Some(case) = case.as_ref().filter(|it| it.firing.id == run.firing)
        {
            if let Some(condition) = &node.condition
                && let (None, values) = self.truth_of(case, condition)
            {
                all.push(Hindrance::of(self.condition_unknown(case, condition, values)));
            }
            if let Meant::Held(held) = self.target_meant(case, run, own) {
                all.push(Hindrance::of(held));
            }
        }
        if let Some(case) = &case {
            all.extend(self.around_target(case, id).map(Hindrance::of));
        }
        let guards = guards_of(&self.program, node);
        all.extend(self.holding_back(&target_attempt(&guards, id, run, own)).map(Hindrance::of));
        all.extend(self.disturbs_too_long(id).map(Hindrance::of));
        Some(Hindered {
            at: self.state.now,
            firing: run.firing,
            policy: run.policy.clone(),
            target: own.target.clone(),
            all,
        })
    }
}
