//! What is said to be changed by what is done. Nobody proves it, and a system that acts never asks: a simulation does,
//! because a recording does not answer to actions.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Action, Plan, Policy, Rung, Step, Trigger};
use crate::{Expression, Program, Read, index::*};

/// `affects rss, deploy`: what an action or a plan changes, and nothing else. Both lists are sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affects {
    /// Signals, all of their keys.
    pub signals: Vec<SignalIndex>,
    /// Events, all of their keys.
    pub events: Vec<EventIndex>,
}

/// What a plan may change of what a program reads.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Affected {
    /// Signals.
    pub signals: BTreeSet<SignalIndex>,
    /// Events.
    pub events: BTreeSet<EventIndex>,
}

impl Affected {
    fn add(&mut self, affects: &Affects) {
        self.signals.extend(&affects.signals);
        self.events.extend(&affects.events);
    }

    /// Both.
    #[must_use]
    pub fn and(mut self, other: &Affected) -> Affected {
        self.signals.extend(&other.signals);
        self.events.extend(&other.events);
        self
    }
}

impl Program {
    /// What a plan changes, from its first step until it is taken back, as it says itself or its actions do, with what it
    /// disturbs; none: it may change anything.
    #[must_use]
    pub fn affected_by(&self, plan: &Plan) -> Option<Affected> {
        let mut affected = Affected::default();
        affected.signals.extend(plan.disturbs.iter().map(|it| it.signal));
        if let Some(own) = &plan.affects {
            affected.add(own);
            return Some(affected);
        }
        if plan.steps.is_empty() {
            return None;
        }
        for action in self.actions_of(plan) {
            affected.add(action?.affects.as_ref()?);
        }
        Some(affected)
    }

    /// Whether any plan or action says what it affects.
    #[must_use]
    pub fn declares_effects(&self) -> bool {
        self.actions.iter().any(|action| action.affects.is_some())
            || self.plans.iter().any(|plan| plan.affects.is_some())
    }

    /// What the steps of a plan call, and what takes those back; none where an action is not there.
    fn actions_of<'p>(&'p self, plan: &'p Plan) -> impl Iterator<Item = Option<&'p Action>> {
        let steps = plan.steps.iter().chain(&plan.undo).chain(&plan.always);
        let undo = |action: &'p Action| action.undo.as_ref().map(|(undo, _)| self.action(*undo));
        steps.flat_map(move |step: &Step| {
            let action = self.action(step.action);
            std::iter::once(action).chain(action.and_then(undo))
        })
    }

    /// Whether a condition could come out otherwise because of such a change: it reads what is affected, itself or through
    /// detectors. Fields of entities, which no declaration names, count as affected.
    #[must_use]
    pub fn hangs_on(&self, condition: &Expression, affected: &Affected) -> bool {
        self.reads_any_of(condition, affected, true)
    }

    /// Whether a condition reads signals or events of which nothing is told, itself or through detectors.
    #[must_use]
    pub fn hangs_on_untold(&self, condition: &Expression, untold: &Affected) -> bool {
        self.reads_any_of(condition, untold, false)
    }

    fn reads_any_of(&self, condition: &Expression, affected: &Affected, with_fields: bool) -> bool {
        let mut pending = vec![condition];
        let mut seen: BTreeSet<DetectorIndex> = BTreeSet::new();
        while let Some(next) = pending.pop() {
            let mut hangs = false;
            next.walk(&mut |part| match part.read() {
                Some(Read::Signal(signal, _)) => hangs |= affected.signals.contains(&signal),
                Some(Read::Event(event, _)) => hangs |= affected.events.contains(&event),
                Some(Read::Entity(_)) => hangs |= with_fields && !self.is_key_field(part),
                Some(Read::Detector(detector)) if seen.insert(detector) => {
                    pending.extend(self.conditions_of(detector));
                }
                Some(Read::Detector(_)) | None => {}
            });
            if hangs {
                return true;
            }
        }
        false
    }

    /// Whether that which a policy acts on could go on or end otherwise because of such a change. An event is over at once.
    #[must_use]
    pub fn trigger_hangs_on(&self, trigger: Trigger, affected: &Affected) -> bool {
        match trigger {
            Trigger::Detector(detector) => {
                self.conditions_of(detector).any(|condition| self.hangs_on(condition, affected))
            }
            Trigger::Event(_) => false,
        }
    }

    /// The plans that a policy may run.
    pub fn plans_of<'p>(&'p self, policy: &'p Policy) -> impl Iterator<Item = &'p Plan> {
        policy.ladder.iter().flat_map(Rung::plans).filter_map(|plan| self.plan(plan))
    }

    /// The names under which a run of a plan may have been recorded, when it was really done: the plan's, or that of the action
    /// of its only step. Empty where nothing recorded could judge it: it verifies nothing, or by target, and of the targets of a
    /// `for each` only the whole is verified.
    #[must_use]
    pub fn recorded_as<'p>(&'p self, plan: &'p Plan) -> Vec<&'p str> {
        if plan.verifies.is_empty() || plan.steps.iter().any(|step| step.fan.is_some()) {
            return Vec::new();
        }
        let mut names = vec![plan.head.path.as_str()];
        if let [step] = plan.steps.as_slice() {
            names.extend(self.action(step.action).map(|action| action.head.path.as_str()));
        }
        names
    }

    /// Whether it is a field of an entity's own key, which nothing changes.
    fn is_key_field(&self, part: &Expression) -> bool {
        let Expression::EntityField { entity, path, .. } = part else { return false };
        let node = self.entity(*entity);
        matches!(path.as_slice(), [field] if node.is_some_and(|node| node.keys.contains(field)))
    }

    fn conditions_of(&self, detector: DetectorIndex) -> impl Iterator<Item = &Expression> {
        let node = self.detector(detector).into_iter();
        node.flat_map(|node| std::iter::once(&node.when).chain(node.clear.iter().map(|clear| &clear.when)))
    }
}
