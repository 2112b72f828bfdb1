//! Whether a target that was held back is still meant: what is withheld is no queue, and is decided again at each look.

use heal_evaluate::evaluate_with_cel;
use heal_program::SemanticHash;

use crate::{
    Engine, TraceKind, WithheldReason,
    arguments::entity_argument,
    decide::Case,
    facts::StepFacts,
    guard::Held,
    state::{Run, Unit},
};

/// What is to become of a target that was held back.
pub(crate) enum Meant {
    /// Its guards are asked again.
    Yes,
    /// Not at this time: the policy is not concerned.
    NotNow,
    /// Nobody knows, or something larger holds it back.
    Held(Held),
    /// It is left out, and why.
    Never(String),
}

impl Engine {
    /// Decides again on a target that was held back: by its firing, what lives now, and what the policy and the plan say.
    pub(super) fn still_meant(&mut self, id: SemanticHash, unit: usize) -> Meant {
        let Some((policy, key)) = self.state.runs.get(&id).map(|run| (run.policy.clone(), run.key.clone()))
        else {
            return Meant::Yes;
        };
        let program = self.program.clone();
        if !program.policies.iter().any(|it| it.head.path == policy) {
            return Meant::Yes;
        }
        let case = self.case_of(&policy, &key);
        if let Some(case) = &case {
            self.look_around(case.policy);
        }
        let Some(run) = self.state.runs.get(&id) else { return Meant::Yes };
        let Some(case) = case.filter(|case| case.firing.id == run.firing) else {
            return Meant::Never("the episode is over".to_owned());
        };
        let Some(own) = run.units.get(unit) else { return Meant::Yes };
        if let Some(condition) = case.policy().and_then(|policy| policy.condition.as_ref()) {
            match self.truth_of(&case, condition) {
                (Some(true), _) => {}
                (Some(false), _) => return Meant::NotNow,
                (None, values) => return unknown(condition.text.clone(), values),
            }
        }
        match self.target_meant(&case, run, own) {
            Meant::Yes => {}
            other @ (Meant::NotNow | Meant::Held(_) | Meant::Never(_)) => return other,
        }
        self.around_target(&case, id).next().map_or(Meant::Yes, Meant::Held)
    }

    /// What is larger than a target, and holds it back: but for what its own run disturbs.
    pub(crate) fn around_target<'a>(
        &'a self,
        case: &'a Case,
        id: SemanticHash,
    ) -> impl Iterator<Item = Held> + 'a {
        self.storms(&case.guards).chain(self.downstream(case)).chain(self.disturbed(case, Some(id)))
    }

    /// Whether a target lives, and its `for each` means it.
    pub(crate) fn target_meant(&self, case: &Case, run: &Run, own: &Unit) -> Meant {
        let Some((fan, key)) = &own.aim else { return Meant::Yes };
        let plan = self.program.plans.iter().find(|plan| plan.head.path == run.plan);
        let Some(each) = plan.and_then(|plan| plan.fans.get(*fan)) else { return Meant::Yes };
        let (Some(node), Some(state), Some(facts)) = (
            self.program.entity(each.entity),
            self.state.entities.get(each.entity.at()),
            self.facts_of(case),
        ) else {
            return Meant::Yes;
        };
        match state.living(node, self.state.now).map(|mut living| living.any(|other| other == key)) {
            Some(true) => {}
            Some(false) => return Meant::Never("it is gone".to_owned()),
            None => {
                let what = format!("which {} there are", node.head.path);
                return Meant::Held(Held::by_nobody(WithheldReason::ArgumentUnknown {
                    what,
                    lacking: Vec::new(),
                }));
            }
        }
        let Some(condition) = &each.condition else { return Meant::Yes };
        let Some(argument) = entity_argument(&self.program, each.entity, key.clone()) else {
            return Meant::Yes;
        };
        let mut arguments = run.arguments.clone();
        arguments.insert(each.variable.clone(), argument);
        let facts = StepFacts { arguments: Some(&arguments), ..facts };
        match facts.settled(&condition.condition, evaluate_with_cel) {
            Some(true) => Meant::Yes,
            Some(false) => Meant::Never(format!("`{}` is false", condition.text)),
            None => unknown(condition.text.clone(), facts.values(&condition.condition)),
        }
    }

    /// A target is left out of its run for good.
    pub(super) fn leave_out(&mut self, id: SemanticHash, unit: usize, why: &str) {
        let Some(run) = self.state.runs.get_mut(&id) else { return };
        let plan = run.plan.clone();
        let Some(own) = run.units.get_mut(unit) else { return };
        own.ended = true;
        own.withheld = None;
        let note = format!("{} is left out: {why}", own.target);
        self.record(TraceKind::Noted { item: plan, note });
    }
}

fn unknown(condition: String, values: crate::Readings) -> Meant {
    let reason = WithheldReason::ConditionUnknown { condition, values, lacking: Vec::new() };
    Meant::Held(Held::by_nobody(reason))
}
