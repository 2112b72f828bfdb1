//! What declared effects say of a verify in a world that does not answer to actions.
//!
//! A run whose actions say what they change, and nothing else, leaves the rest as it was recorded. What its conditions read
//! of the rest is looked at as live; the parts that read what may be changed are taken for true in one course and for
//! false in the other. Where both come to the same, the recording has decided. That telemetry stops is in neither course,
//! as ever: a run that fails in both would be inconclusive then, and would not pass either.

use std::collections::BTreeSet;

use heal_program::{
    Affected, BinaryOperator, Expression, Plan, PlanIndex, Policy, Program, Rung, UnaryOperator,
};
use serde::{Deserialize, Serialize};

use crate::{
    Engine,
    decide::Ready,
    state::{Otherwise, RunVerify},
};

/// What a run claims, in a simulation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Claims {
    /// Paths of all that it may have changed, sorted.
    pub(crate) affects: Vec<String>,
    /// Whether its detector may fire, or not, because of it.
    pub(crate) moves_trigger: bool,
    /// Whether it would have passed in the other course.
    pub(crate) passed_otherwise: bool,
    /// The conditions as they are written, in their order.
    pub(crate) written: Vec<Expression>,
}

impl Engine {
    /// The same engine in a world that does not answer to actions, where what plans and actions say that they affect holds.
    /// `unrecorded` is what the world tells nothing of. Without `assuming_verify` it changes nothing.
    #[must_use]
    pub fn trusting_claims(mut self, unrecorded: Affected) -> Engine {
        self.claims_beside = Some(unrecorded);
        self
    }

    /// What a run that begins claims; its conditions become those of this course. None: it may change all that it is judged
    /// by, so that only the course decides.
    pub(crate) fn claims(
        &self,
        (program, policy): (&Program, &Policy),
        rung: usize,
        ready: &mut Ready,
    ) -> Option<Claims> {
        let (Some(unrecorded), Some(truth)) = (&self.claims_beside, self.state.assumed_verify) else {
            return None;
        };
        if ready.verifies.is_empty() {
            return None;
        }
        let mut plans = policy.ladder.get(rung)?.plans().filter_map(|plan| program.plan(plan));
        let plan = plans.find(|plan| plan.head.path == ready.plan)?;
        let claimed = affected_so_far(program, policy, rung, plan)?;
        let affected = claimed.clone().and(unrecorded);
        let claims = taken_apart((program, policy), &affected, &mut ready.verifies, truth)?;
        let signals = claimed.signals.iter().filter_map(|it| Some(program.signal(*it)?.head.path.clone()));
        let events = claimed.events.iter().filter_map(|it| Some(program.event(*it)?.head.path.clone()));
        let mut affects: Vec<String> = signals.chain(events).collect();
        affects.sort_unstable();
        Some(Claims { affects, ..claims })
    }

    /// What is claimed of a run of a policy that was really done while the recording was made: what was recorded is what
    /// followed. Its conditions, as `before` has kept them, become those of this course.
    pub(crate) fn claims_of_recorded(
        &self,
        (policy, before): (&str, Option<&Claims>),
        verifies: &mut [RunVerify],
    ) -> Option<Claims> {
        let (Some(unrecorded), Some(truth)) = (&self.claims_beside, self.state.assumed_verify) else {
            return None;
        };
        let policy = self.program.policies.iter().find(|it| it.head.path == policy)?;
        for (verify, written) in verifies.iter_mut().zip(before.into_iter().flat_map(|it| &it.written)) {
            verify.condition.clone_from(written);
        }
        taken_apart((&self.program, policy), unrecorded, verifies, truth)
    }
}

/// Makes conditions those of a course where this is affected; none, and nothing is changed, where all of them are open.
fn taken_apart(
    (program, policy): (&Program, &Policy),
    affected: &Affected,
    verifies: &mut [RunVerify],
    truth: bool,
) -> Option<Claims> {
    let moves_trigger = program.trigger_hangs_on(policy.on, affected);
    let all_open = Expression::Bool(true);
    let is_known = |verify: &RunVerify| taking(program, affected, &verify.condition, true) != all_open;
    if moves_trigger && !verifies.iter().any(is_known) {
        return None;
    }
    let written = verifies.iter().map(|verify| verify.condition.clone()).collect();
    for verify in verifies {
        let otherwise = taking(program, affected, &verify.condition, !truth);
        verify.condition = taking(program, affected, &verify.condition, truth);
        verify.otherwise = Some(Box::new(Otherwise::of(otherwise)));
    }
    Some(Claims { affects: Vec::new(), moves_trigger, passed_otherwise: false, written })
}

/// What a run of a rung's plan, and the rungs of its ladder before it, may have changed; none: anything.
fn affected_so_far(program: &Program, policy: &Policy, rung: usize, plan: &Plan) -> Option<Affected> {
    let mut affected = program.affected_by(plan)?;
    for before in policy.ladder.iter().take(rung).flat_map(Rung::plans) {
        affected = affected.and(&program.affected_by(program.plan(before)?)?);
    }
    Some(affected)
}

/// The condition as it comes out when what is affected is taken for `truth`, and what is not is looked at: each part that
/// reads anything affected so that the whole is as true as it may be, or as false.
fn taking(program: &Program, affected: &Affected, condition: &Expression, truth: bool) -> Expression {
    if !program.hangs_on(condition, affected) {
        return condition.clone();
    }
    #[expect(clippy::wildcard_enum_match_arm, reason = "whatever reads anything affected is open as a whole")]
    match condition {
        Expression::Unary(UnaryOperator::Not, operand) => match taking(program, affected, operand, !truth) {
            Expression::Bool(taken) => Expression::Bool(!taken),
            operand => Expression::Unary(UnaryOperator::Not, Box::new(operand)),
        },
        Expression::Binary(operator @ (BinaryOperator::And | BinaryOperator::Or), left, right) => {
            let left = taking(program, affected, left, truth);
            let right = taking(program, affected, right, truth);
            joined(*operator, left, right)
        }
        Expression::Conditional(on, then, otherwise) if !program.hangs_on(on, affected) => {
            let then = taking(program, affected, then, truth);
            let otherwise = taking(program, affected, otherwise, truth);
            Expression::Conditional(on.clone(), Box::new(then), Box::new(otherwise))
        }
        _ => Expression::Bool(truth),
    }
}

/// Both, without what decides nothing.
fn joined(operator: BinaryOperator, left: Expression, right: Expression) -> Expression {
    let absorbs = operator == BinaryOperator::Or;
    match (left, right) {
        (Expression::Bool(known), other) | (other, Expression::Bool(known)) => {
            if known == absorbs {
                Expression::Bool(absorbs)
            } else {
                other
            }
        }
        (left, right) => Expression::Binary(operator, Box::new(left), Box::new(right)),
    }
}

/// The parts of what plans verify that are looked at in a simulation that trusts what they claim. Of those plans that are
/// judged by what followed when they were really run, that is all.
pub(crate) fn looked_at(program: &Program, judged: &BTreeSet<PlanIndex>) -> Vec<Expression> {
    let judged = judged.iter().filter_map(|plan| program.plan(*plan)).flat_map(|plan| &plan.verifies);
    let mut parts: Vec<Expression> = judged.map(|verify| verify.condition.clone()).collect();
    if !program.declares_effects() {
        return parts;
    }
    for policy in &program.policies {
        for (rung, index) in
            policy.ladder.iter().enumerate().flat_map(|(at, rung)| rung.plans().map(move |plan| (at, plan)))
        {
            let Some(plan) = program.plan(index).filter(|plan| !plan.verifies.is_empty()) else { continue };
            let Some(affected) = affected_so_far(program, policy, rung, plan) else { continue };
            // What is open in one course is left out of both, but `a || open` is `a` in the one where it is false.
            for truth in [true, false] {
                let conditions = plan.verifies.iter().map(|verify| &verify.condition);
                parts.extend(conditions.map(|it| taking(program, &affected, it, truth)));
            }
        }
    }
    parts
}
