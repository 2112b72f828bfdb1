//! Every place of a node that refers to another node.

use std::sync::Arc;

use heal_program::{
    Action, Affects, Argument, Asked, Channel, Detector, Entity, Event, EventSource, Expression, FieldKind,
    Guard, HttpRequest, Operation, Parameter, Per, Plan, Policy, Require, Rung, SharedGuard, Trigger, Value,
    scenario::{Effect, Sampled, Scenario, Stopped, Subject},
};

use crate::ItemKind;

/// What is called for each reference: the kind of the target, and its position in the table of that kind.
pub type Visit<'v> = &'v mut dyn FnMut(ItemKind, &mut u32);

/// A node that can refer to others.
pub trait VisitIndexes {
    /// Visits all references, in no particular order.
    fn visit_indexes(&self, visit: &mut dyn FnMut(ItemKind, &u32));
}

/// The same, to change them.
pub trait VisitIndexesMut {
    /// Visits all references, in no particular order.
    fn visit_indexes_mut(&mut self, visit: Visit<'_>);
}

/// Gives the nodes that a node refers to other numbers. A node that others hold too is copied only where one of them
/// changes.
pub fn renumber<T: VisitIndexes + VisitIndexesMut + Clone>(
    node: &mut Arc<T>,
    number: impl Fn(ItemKind, u32) -> u32,
) {
    let mut is_another = false;
    node.visit_indexes(&mut |kind, index| is_another |= number(kind, *index) != *index);
    if is_another {
        Arc::make_mut(node).visit_indexes_mut(&mut |kind, index| *index = number(kind, *index));
    }
}

/// The places of references, said once for nodes that are changed and for those that are looked at.
macro_rules! visits {
    ($trait:ident: $all:ident, $iter:ident, $operands:ident, ($($mut:tt)?)) => {
        impl $trait for Entity {
            fn $all(&$($mut)? self, visit: &mut dyn FnMut(ItemKind, &$($mut)? u32)) {
                self.fields.$iter().for_each(|field| field.kind.$all(visit));
            }
        }

        impl $trait for Detector {
            fn $all(&$($mut)? self, visit: &mut dyn FnMut(ItemKind, &$($mut)? u32)) {
                self.when.$all(visit);
                self.clear.$iter().for_each(|clear| clear.when.$all(visit));
            }
        }

        impl $trait for Action {
            fn $all(&$($mut)? self, visit: &mut dyn FnMut(ItemKind, &$($mut)? u32)) {
                self.parameters.$all(visit);
                match &$($mut)? self.operation {
                    Operation::Command { arguments, on: _ } => arguments.$iter().for_each(|it| it.$all(visit)),
                    Operation::Kubernetes { verb: _, target: _, options } => {
                        options.$iter().for_each(|(_, value)| value.$all(visit));
                    }
                    Operation::Http(request) => request.$all(visit),
                }
                if let Some((action, arguments)) = &$($mut)? self.undo {
                    visit(ItemKind::Action, &$($mut)? action.0);
                    arguments.$all(visit);
                }
                self.affects.$iter().for_each(|affects| affects.$all(visit));
            }
        }

        impl $trait for Affects {
            fn $all(&$($mut)? self, visit: &mut dyn FnMut(ItemKind, &$($mut)? u32)) {
                self.signals.$iter().for_each(|signal| visit(ItemKind::Signal, &$($mut)? signal.0));
                self.events.$iter().for_each(|event| visit(ItemKind::Event, &$($mut)? event.0));
            }
        }

        impl $trait for Channel {
            fn $all(&$($mut)? self, visit: &mut dyn FnMut(ItemKind, &$($mut)? u32)) {
                self.parameters.$all(visit);
                self.request.$all(visit);
            }
        }

        impl $trait for HttpRequest {
            fn $all(&$($mut)? self, visit: &mut dyn FnMut(ItemKind, &$($mut)? u32)) {
                self.placeholders.$iter().for_each(|(_, value)| value.$all(visit));
                self.headers.$iter().for_each(|(_, value)| value.$all(visit));
                self.body.$iter().for_each(|body| body.$all(visit));
                self.success.$iter().for_each(|success| success.$all(visit));
            }
        }

        impl $trait for Value {
            fn $all(&$($mut)? self, visit: &mut dyn FnMut(ItemKind, &$($mut)? u32)) {
                match self {
                    Value::Expression(expression) => expression.$all(visit),
                    Value::Object(entries) => entries.$iter().for_each(|(_, value)| value.$all(visit)),
                    Value::List(items) => items.$iter().for_each(|item| item.$all(visit)),
                }
            }
        }

        impl $trait for Event {
            fn $all(&$($mut)? self, visit: &mut dyn FnMut(ItemKind, &$($mut)? u32)) {
                match &$($mut)? self.source {
                    EventSource::Source { source, matching: _ } => visit(ItemKind::Source, &$($mut)? source.0),
                    EventSource::Named { .. } | EventSource::Logs(_) => {}
                }
            }
        }

        impl $trait for Plan {
            fn $all(&$($mut)? self, visit: &mut dyn FnMut(ItemKind, &$($mut)? u32)) {
                self.parameters.$all(visit);
                self.requires.$iter().for_each(|require| require.$all(visit));
                for disturbed in &$($mut)? self.disturbs {
                    visit(ItemKind::Signal, &$($mut)? disturbed.signal.0);
                    disturbed.reached.$iter().for_each(|way| visit(ItemKind::Entity, &$($mut)? way.entity.0));
                }
                for fan in &$($mut)? self.fans {
                    visit(ItemKind::Entity, &$($mut)? fan.entity.0);
                    fan.condition.$iter().for_each(|condition| condition.$all(visit));
                }
                for step in self.steps.$iter().chain(&$($mut)? self.undo).chain(&$($mut)? self.always) {
                    visit(ItemKind::Action, &$($mut)? step.action.0);
                    step.arguments.$all(visit);
                }
                self.verifies.$iter().for_each(|verify| verify.condition.$all(visit));
                self.affects.$iter().for_each(|affects| affects.$all(visit));
            }
        }

        impl $trait for Policy {
            fn $all(&$($mut)? self, visit: &mut dyn FnMut(ItemKind, &$($mut)? u32)) {
                match &$($mut)? self.on {
                    Trigger::Detector(detector) => visit(ItemKind::Detector, &$($mut)? detector.0),
                    Trigger::Event(event) => visit(ItemKind::Event, &$($mut)? event.0),
                }
                self.condition.$iter().for_each(|require| require.$all(visit));
                for rung in &$($mut)? self.ladder {
                    match rung {
                        Rung::Plan { plan, arguments, again: _ } => {
                            visit(ItemKind::Plan, &$($mut)? plan.0);
                            arguments.$all(visit);
                        }
                        Rung::Choose { among, again: _ } => {
                            for (plan, arguments) in among {
                                visit(ItemKind::Plan, &$($mut)? plan.0);
                                arguments.$all(visit);
                            }
                        }
                        Rung::Escalate { channel, arguments } => {
                            channel.$iter().for_each(|channel| visit(ItemKind::Channel, &$($mut)? channel.0));
                            arguments.$all(visit);
                        }
                    }
                }
                self.guard.$all(visit);
            }
        }

        impl $trait for SharedGuard {
            fn $all(&$($mut)? self, visit: &mut dyn FnMut(ItemKind, &$($mut)? u32)) {
                self.guard.$all(visit);
            }
        }

        impl $trait for Guard {
            fn $all(&$($mut)? self, visit: &mut dyn FnMut(ItemKind, &$($mut)? u32)) {
                self.shared.$iter().for_each(|shared| visit(ItemKind::SharedGuard, &$($mut)? shared.0));
                self.blast_radius.$iter().for_each(|blast| visit(ItemKind::Entity, &$($mut)? blast.entity.0));
                let counted_apart = self.limits.$iter().map(|limit| &$($mut)? limit.per);
                let counted_apart = counted_apart
                    .chain(self.cooldown.$iter().map(|cooldown| &$($mut)? cooldown.per))
                    .chain(self.blast_radius.$iter().map(|blast| &$($mut)? blast.per))
                    .chain(self.concurrency.$iter().map(|concurrency| &$($mut)? concurrency.per))
                    .chain(self.breakers.$iter().map(|breaker| &$($mut)? breaker.per));
                for per in counted_apart.flatten() {
                    match per {
                        Per::Key(_) => {}
                        Per::Way(way) => visit(ItemKind::Entity, &$($mut)? way.entity.0),
                    }
                }
                if let Some(approval) = &$($mut)? self.approval {
                    approval.condition.$iter().for_each(|require| require.$all(visit));
                    match &$($mut)? approval.asked {
                        Asked::Team(_) => {}
                        Asked::Channel { channel, arguments } => {
                            visit(ItemKind::Channel, &$($mut)? channel.0);
                            arguments.$all(visit);
                        }
                    }
                }
            }
        }

        impl $trait for Require {
            fn $all(&$($mut)? self, visit: &mut dyn FnMut(ItemKind, &$($mut)? u32)) {
                self.condition.$all(visit);
            }
        }

        impl $trait for Vec<Parameter> {
            fn $all(&$($mut)? self, visit: &mut dyn FnMut(ItemKind, &$($mut)? u32)) {
                self.$iter().for_each(|parameter| parameter.kind.$all(visit));
            }
        }

        impl $trait for FieldKind {
            fn $all(&$($mut)? self, visit: &mut dyn FnMut(ItemKind, &$($mut)? u32)) {
                match self {
                    FieldKind::Entity(entity) | FieldKind::Entities(entity) => visit(ItemKind::Entity, &$($mut)? entity.0),
                    FieldKind::Text | FieldKind::Quantity(_) => {}
                }
            }
        }

        impl $trait for Vec<Argument> {
            fn $all(&$($mut)? self, visit: &mut dyn FnMut(ItemKind, &$($mut)? u32)) {
                for argument in self {
                    match argument {
                        Argument::Entity(_) => {}
                        Argument::EntityFromKey(entity, _) => visit(ItemKind::Entity, &$($mut)? entity.0),
                        Argument::Value(expression) => expression.$all(visit),
                    }
                }
            }
        }

        impl $trait for Expression {
            fn $all(&$($mut)? self, visit: &mut dyn FnMut(ItemKind, &$($mut)? u32)) {
                match self {
                    Expression::Param(index) => visit(ItemKind::Param, &$($mut)? index.0),
                    Expression::Signal(index)
                    | Expression::Window { signal: index, .. }
                    | Expression::Learned { signal: index, .. }
                    | Expression::TimeTo { signal: index, .. }
                    | Expression::Absent { signal: index, .. } => visit(ItemKind::Signal, &$($mut)? index.0),
                    Expression::Firing(index) => visit(ItemKind::Detector, &$($mut)? index.0),
                    Expression::EntityField { entity, .. } => visit(ItemKind::Entity, &$($mut)? entity.0),
                    Expression::EventWithin { event, .. } | Expression::EventCount { event, .. } => {
                        visit(ItemKind::Event, &$($mut)? event.0);
                    }
                    Expression::Number(_)
                    | Expression::Integer(_)
                    | Expression::Text(_)
                    | Expression::Bool(_)
                    | Expression::List(_)
                    | Expression::Aggregate { .. }
                    | Expression::ForKey { .. }
                    | Expression::During(_)
                    | Expression::KeyField(_)
                    | Expression::Episode(_)
                    | Expression::Secret(_)
                    | Expression::Variable(_)
                    | Expression::Select(..)
                    | Expression::Element(..)
                    | Expression::Comprehension { .. }
                    | Expression::Unary(..)
                    | Expression::Binary(..)
                    | Expression::Conditional(..)
                    | Expression::Or(..)
                    | Expression::Call(..) => {}
                }
                self.$operands(&mut |operand| operand.$all(visit));
            }
        }

        impl $trait for Scenario {
            fn $all(&$($mut)? self, visit: &mut dyn FnMut(ItemKind, &$($mut)? u32)) {
                self.series.$iter().for_each(|series| series.of.$all(visit));
                self.entities.$iter().for_each(|given| visit(ItemKind::Entity, &$($mut)? given.entity.0));
                self.events.$iter().for_each(|given| visit(ItemKind::Event, &$($mut)? given.event.0));
                for answer in &$($mut)? self.answers {
                    visit(ItemKind::Plan, &$($mut)? answer.plan.0);
                    match &$($mut)? answer.effect {
                        Effect::Becomes { of, key: _, segments: _ } => of.$all(visit),
                        Effect::SucceedsAfter(_) | Effect::Fails(_) | Effect::Hangs | Effect::Lies | Effect::Half => {
                        }
                    }
                }
                for stop in &$($mut)? self.stops {
                    match &$($mut)? stop.of {
                        Stopped::Sampled(of) => of.$all(visit),
                        Stopped::Entity(entity) => visit(ItemKind::Entity, &$($mut)? entity.0),
                    }
                }
                self.expectations.$iter().for_each(|expectation| expectation.subject.$all(visit));
            }
        }

        impl $trait for Subject {
            fn $all(&$($mut)? self, visit: &mut dyn FnMut(ItemKind, &$($mut)? u32)) {
                match self {
                    Subject::Firing(detector) => {
                        detector.$iter().for_each(|it| visit(ItemKind::Detector, &$($mut)? it.0));
                    }
                    Subject::Run(plan) => plan.$iter().for_each(|it| visit(ItemKind::Plan, &$($mut)? it.0)),
                    Subject::PolicyRun(policy) => visit(ItemKind::Policy, &$($mut)? policy.0),
                    Subject::Action(action) => action.$iter().for_each(|it| visit(ItemKind::Action, &$($mut)? it.0)),
                    Subject::Escalation(channel) => {
                        channel.$iter().for_each(|it| visit(ItemKind::Channel, &$($mut)? it.0));
                    }
                    Subject::Approval(_) => {}
                    Subject::Event(event) => visit(ItemKind::Event, &$($mut)? event.0),
                }
            }
        }

        impl $trait for Sampled {
            fn $all(&$($mut)? self, visit: &mut dyn FnMut(ItemKind, &$($mut)? u32)) {
                match self {
                    Sampled::Signal(signal) => visit(ItemKind::Signal, &$($mut)? signal.0),
                    Sampled::Field(entity, _) => visit(ItemKind::Entity, &$($mut)? entity.0),
                }
            }
        }
    };
}

visits!(VisitIndexes: visit_indexes, iter, each_operand, ());
visits!(VisitIndexesMut: visit_indexes_mut, iter_mut, operands_mut, (mut));
