//! What tests can name of a package, as they need it.

use std::collections::BTreeSet;

use heal_program::{
    Asked, Dimension, FieldKind, Guard, Head, Millis, PlanIndex, Program, Rung, Table, Trigger, index::*,
    scenario::Sampled,
};

use crate::item::Item;

/// How often a field of an entity has a sample where nothing says.
const FIELD_EVERY_DEFAULT: Millis = Millis::from_minutes(1);

/// The nodes of a package.
#[derive(Clone, Copy)]
pub(crate) struct Tables<'p> {
    program: &'p Program,
    /// Whether every item has its node, so that indexes lead where they should.
    complete: bool,
}

/// Something that a test gives samples of.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) of: Sampled,
    /// As people call it: `rss`, `Workload.available`.
    pub(crate) name: String,
    pub(crate) keys: Vec<String>,
    pub(crate) dimension: Dimension,
    /// From numbers without a unit to the base unit.
    pub(crate) scale: f64,
    pub(crate) offset: f64,
    /// How often it has a sample.
    pub(crate) every: Millis,
}

/// The node of an item in a table, which is sorted by path.
pub(crate) fn node<'p, T>(table: &'p Table<T>, head: impl Fn(&T) -> &Head, item: &Item<'_>) -> Option<&'p T> {
    let path = item.path();
    let at = table.binary_search_by(|node| head(node).path.as_str().cmp(path.as_str())).ok()?;
    table.get(at)
}

impl<'p> Tables<'p> {
    pub(crate) fn new(program: &'p Program, complete: bool) -> Tables<'p> {
        Tables { program, complete }
    }

    /// A signal; none where it was reported.
    pub(crate) fn signal(self, item: &Item<'_>) -> Option<Measured> {
        let signal = node(&self.program.signals, |it| &it.head, item)?;
        Some(Measured {
            of: Sampled::Signal(SignalIndex(item.index)),
            name: item.name.value.clone(),
            keys: signal.keys.clone(),
            dimension: signal.dimension,
            scale: signal.scale,
            offset: signal.offset,
            every: signal.every,
        })
    }

    /// A field of an entity that is a number; none where the entity was reported or the field is no number.
    pub(crate) fn field(self, item: &Item<'_>, name: &str) -> Option<Measured> {
        let entity = node(&self.program.entities, |it| &it.head, item)?;
        let field = entity.fields.iter().find(|field| field.name == name)?;
        let dimension = match &field.kind {
            FieldKind::Quantity(dimension) => *dimension,
            FieldKind::Text | FieldKind::Entity(_) | FieldKind::Entities(_) => return None,
        };
        Some(Measured {
            of: Sampled::Field(EntityIndex(item.index), name.to_owned()),
            name: format!("{}.{name}", item.name.value),
            keys: entity.keys.clone(),
            dimension,
            scale: field.scale,
            offset: field.offset,
            every: entity.feed.as_ref().map_or(FIELD_EVERY_DEFAULT, |feed| feed.every),
        })
    }

    /// The key fields of an entity, and its other fields.
    pub(crate) fn entity(self, item: &Item<'_>) -> Option<(&'p [String], &'p [heal_program::Field])> {
        let entity = node(&self.program.entities, |it| &it.head, item)?;
        Some((&entity.keys, &entity.fields))
    }

    pub(crate) fn event_keys(self, item: &Item<'_>) -> Option<&'p [String]> {
        node(&self.program.events, |it| &it.head, item).map(|event| event.keys.as_slice())
    }

    pub(crate) fn detector_keys(self, item: &Item<'_>) -> Option<&'p [String]> {
        node(&self.program.detectors, |it| &it.head, item).map(|detector| detector.keys.as_slice())
    }

    /// The key fields of what a policy acts on.
    pub(crate) fn policy_keys(self, item: &Item<'_>) -> Option<Vec<String>> {
        let policy = node(&self.program.policies, |it| &it.head, item).filter(|_| self.complete)?;
        self.trigger_keys(policy.on)
    }

    /// The key fields of what the policies act on that try a plan; empty: none does. None where it cannot be known.
    pub(crate) fn plan_keys(self, plan: PlanIndex) -> Option<Option<BTreeSet<String>>> {
        self.keys_where(|rung| rung.plans().any(|other| other == plan))
    }

    /// The same of the policies that try a plan which calls an action.
    pub(crate) fn action_keys(self, action: ActionIndex) -> Option<Option<BTreeSet<String>>> {
        let calls = |plan: PlanIndex| {
            let steps = self.program.plan(plan).into_iter();
            let mut steps = steps.flat_map(|plan| plan.steps.iter().chain(&plan.undo).chain(&plan.always));
            steps.any(|step| step.action == action || self.undoes(step.action, action))
        };
        self.keys_where(|rung| rung.plans().any(calls))
    }

    /// Whether `action` is what takes `other` back.
    fn undoes(self, other: ActionIndex, action: ActionIndex) -> bool {
        let undo = self.program.action(other).and_then(|other| other.undo.as_ref());
        undo.is_some_and(|(undo, _)| *undo == action)
    }

    /// The same of the policies that tell people through a channel.
    pub(crate) fn channel_keys(self, channel: ChannelIndex) -> Option<Option<BTreeSet<String>>> {
        self.keys_where(|rung| match rung {
            Rung::Escalate { channel: told, .. } => *told == Some(channel),
            Rung::Plan { .. } | Rung::Choose { .. } => false,
        })
    }

    /// The key fields of what any policy acts on; none where they cannot be known.
    pub(crate) fn all_policy_keys(self) -> Option<BTreeSet<String>> {
        self.keys_where(|_| true).map(Option::unwrap_or_default)
    }

    fn keys_where(self, wanted: impl Fn(&Rung) -> bool) -> Option<Option<BTreeSet<String>>> {
        if !self.complete {
            return None;
        }
        let policies = self.program.policies.iter().filter(|policy| policy.ladder.iter().any(&wanted));
        Some(policies.fold(None, |keys, policy| {
            let own = self.trigger_keys(policy.on).unwrap_or_default();
            Some(keys.into_iter().flatten().chain(own).collect())
        }))
    }

    fn trigger_keys(self, trigger: Trigger) -> Option<Vec<String>> {
        self.program.trigger_keys(trigger).map(<[String]>::to_vec)
    }

    /// The paths of channels, and the names of teams, that are asked for approval; none where they cannot be known.
    pub(crate) fn asked(self) -> Option<BTreeSet<String>> {
        if !self.complete {
            return None;
        }
        let shared = self.program.shared_guards.iter().map(|shared| &shared.guard);
        let guards = self.program.policies.iter().map(|policy| &policy.guard).chain(shared);
        let asked = |guard: &Guard| {
            guard.approval.as_ref().map(|approval| match &approval.asked {
                Asked::Team(team) => team.clone(),
                Asked::Channel { channel, .. } => {
                    self.program.channel(*channel).map(|it| it.head.path.clone()).unwrap_or_default()
                }
            })
        };
        Some(guards.filter_map(asked).collect())
    }
}
