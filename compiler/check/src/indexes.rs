//! Every place of a node that refers to another node.

use heal_program::{
    Action, Affects, Argument, Asked, Channel, Detector, Entity, Event, EventSource, Expression, FieldKind,
    Guard, HttpRequest, Operation, Parameter, Per, Plan, Policy, Require, Rung, SharedGuard, Trigger, Value,
    scenario::{Effect, Sampled, Scenario, Stopped, Subject},
};

use crate::ItemKind;

/// What is called for each reference: the kind of the target, and its position in the table of that kind.
pub type Visit<'v> = &'v mut dyn FnMut(ItemKind, &mut u32);

/// A node that can refer to others.
pub trait Indexes {
    /// Visits all references, in no particular order.
    fn indexes(&mut self, visit: Visit<'_>);
}

impl Indexes for Entity {
    fn indexes(&mut self, visit: Visit<'_>) {
        self.fields.iter_mut().for_each(|field| field.kind.indexes(visit));
    }
}

impl Indexes for Detector {
    fn indexes(&mut self, visit: Visit<'_>) {
        self.when.indexes(visit);
        self.clear.iter_mut().for_each(|clear| clear.when.indexes(visit));
    }
}

impl Indexes for Action {
    fn indexes(&mut self, visit: Visit<'_>) {
        self.parameters.indexes(visit);
        match &mut self.operation {
            Operation::Command { arguments, on: _ } => arguments.iter_mut().for_each(|it| it.indexes(visit)),
            Operation::Kubernetes { verb: _, target: _, options } => {
                options.iter_mut().for_each(|(_, value)| value.indexes(visit));
            }
            Operation::Http(request) => request.indexes(visit),
        }
        if let Some((action, arguments)) = &mut self.undo {
            visit(ItemKind::Action, &mut action.0);
            arguments.indexes(visit);
        }
        self.affects.iter_mut().for_each(|affects| affects.indexes(visit));
    }
}

impl Indexes for Affects {
    fn indexes(&mut self, visit: Visit<'_>) {
        self.signals.iter_mut().for_each(|signal| visit(ItemKind::Signal, &mut signal.0));
        self.events.iter_mut().for_each(|event| visit(ItemKind::Event, &mut event.0));
    }
}

impl Indexes for Channel {
    fn indexes(&mut self, visit: Visit<'_>) {
        self.parameters.indexes(visit);
        self.request.indexes(visit);
    }
}

impl Indexes for HttpRequest {
    fn indexes(&mut self, visit: Visit<'_>) {
        self.placeholders.iter_mut().for_each(|(_, value)| value.indexes(visit));
        self.headers.iter_mut().for_each(|(_, value)| value.indexes(visit));
        self.body.iter_mut().for_each(|body| body.indexes(visit));
        self.success.iter_mut().for_each(|success| success.indexes(visit));
    }
}

impl Indexes for Value {
    fn indexes(&mut self, visit: Visit<'_>) {
        match self {
            Value::Expression(expression) => expression.indexes(visit),
            Value::Object(entries) => entries.iter_mut().for_each(|(_, value)| value.indexes(visit)),
            Value::List(items) => items.iter_mut().for_each(|item| item.indexes(visit)),
        }
    }
}

impl Indexes for Event {
    fn indexes(&mut self, visit: Visit<'_>) {
        match &mut self.source {
            EventSource::Source { source, matching: _ } => visit(ItemKind::Source, &mut source.0),
            EventSource::Named { .. } | EventSource::Logs(_) => {}
        }
    }
}

impl Indexes for Plan {
    fn indexes(&mut self, visit: Visit<'_>) {
        self.parameters.indexes(visit);
        self.requires.iter_mut().for_each(|require| require.indexes(visit));
        for disturbed in &mut self.disturbs {
            visit(ItemKind::Signal, &mut disturbed.signal.0);
            disturbed.reached.iter_mut().for_each(|way| visit(ItemKind::Entity, &mut way.entity.0));
        }
        for fan in &mut self.fans {
            visit(ItemKind::Entity, &mut fan.entity.0);
            fan.condition.iter_mut().for_each(|condition| condition.indexes(visit));
        }
        for step in self.steps.iter_mut().chain(&mut self.undo).chain(&mut self.always) {
            visit(ItemKind::Action, &mut step.action.0);
            step.arguments.indexes(visit);
        }
        self.verifies.iter_mut().for_each(|verify| verify.condition.indexes(visit));
        self.affects.iter_mut().for_each(|affects| affects.indexes(visit));
    }
}

impl Indexes for Policy {
    fn indexes(&mut self, visit: Visit<'_>) {
        match &mut self.on {
            Trigger::Detector(detector) => visit(ItemKind::Detector, &mut detector.0),
            Trigger::Event(event) => visit(ItemKind::Event, &mut event.0),
        }
        self.condition.iter_mut().for_each(|require| require.indexes(visit));
        for rung in &mut self.ladder {
            match rung {
                Rung::Plan { plan, arguments, again: _ } => {
                    visit(ItemKind::Plan, &mut plan.0);
                    arguments.indexes(visit);
                }
                Rung::Choose { among, again: _ } => {
                    for (plan, arguments) in among {
                        visit(ItemKind::Plan, &mut plan.0);
                        arguments.indexes(visit);
                    }
                }
                Rung::Escalate { channel, arguments } => {
                    channel.iter_mut().for_each(|channel| visit(ItemKind::Channel, &mut channel.0));
                    arguments.indexes(visit);
                }
            }
        }
        self.guard.indexes(visit);
    }
}

impl Indexes for SharedGuard {
    fn indexes(&mut self, visit: Visit<'_>) {
        self.guard.indexes(visit);
    }
}

impl Indexes for Guard {
    fn indexes(&mut self, visit: Visit<'_>) {
        self.shared.iter_mut().for_each(|shared| visit(ItemKind::SharedGuard, &mut shared.0));
        self.blast_radius.iter_mut().for_each(|blast| visit(ItemKind::Entity, &mut blast.entity.0));
        let counted_apart = self.limits.iter_mut().map(|limit| &mut limit.per);
        let counted_apart = counted_apart
            .chain(self.cooldown.iter_mut().map(|cooldown| &mut cooldown.per))
            .chain(self.blast_radius.iter_mut().map(|blast| &mut blast.per))
            .chain(self.concurrency.iter_mut().map(|concurrency| &mut concurrency.per))
            .chain(self.breakers.iter_mut().map(|breaker| &mut breaker.per));
        for per in counted_apart.flatten() {
            match per {
                Per::Key(_) => {}
                Per::Way(way) => visit(ItemKind::Entity, &mut way.entity.0),
            }
        }
        if let Some(approval) = &mut self.approval {
            approval.condition.iter_mut().for_each(|require| require.indexes(visit));
            match &mut approval.asked {
                Asked::Team(_) => {}
                Asked::Channel { channel, arguments } => {
                    visit(ItemKind::Channel, &mut channel.0);
                    arguments.indexes(visit);
                }
            }
        }
    }
}

impl Indexes for Require {
    fn indexes(&mut self, visit: Visit<'_>) {
        self.condition.indexes(visit);
    }
}

impl Indexes for Vec<Parameter> {
    fn indexes(&mut self, visit: Visit<'_>) {
        self.iter_mut().for_each(|parameter| parameter.kind.indexes(visit));
    }
}

impl Indexes for FieldKind {
    fn indexes(&mut self, visit: Visit<'_>) {
        match self {
            FieldKind::Entity(entity) | FieldKind::Entities(entity) => visit(ItemKind::Entity, &mut entity.0),
            FieldKind::Text | FieldKind::Quantity(_) => {}
        }
    }
}

impl Indexes for Vec<Argument> {
    fn indexes(&mut self, visit: Visit<'_>) {
        for argument in self {
            match argument {
                Argument::Entity(_) => {}
                Argument::EntityFromKey(entity, _) => visit(ItemKind::Entity, &mut entity.0),
                Argument::Value(expression) => expression.indexes(visit),
            }
        }
    }
}

impl Indexes for Expression {
    fn indexes(&mut self, visit: Visit<'_>) {
        match self {
            Expression::Param(index) => visit(ItemKind::Param, &mut index.0),
            Expression::Signal(index)
            | Expression::Window { signal: index, .. }
            | Expression::Learned { signal: index, .. }
            | Expression::TimeTo { signal: index, .. }
            | Expression::Absent { signal: index, .. } => visit(ItemKind::Signal, &mut index.0),
            Expression::Firing(index) => visit(ItemKind::Detector, &mut index.0),
            Expression::EntityField { entity, .. } => visit(ItemKind::Entity, &mut entity.0),
            Expression::EventWithin { event, .. } | Expression::EventCount { event, .. } => {
                visit(ItemKind::Event, &mut event.0);
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
        self.operands_mut(&mut |operand| operand.indexes(visit));
    }
}

impl Indexes for Scenario {
    fn indexes(&mut self, visit: Visit<'_>) {
        self.series.iter_mut().for_each(|series| series.of.indexes(visit));
        self.entities.iter_mut().for_each(|given| visit(ItemKind::Entity, &mut given.entity.0));
        self.events.iter_mut().for_each(|given| visit(ItemKind::Event, &mut given.event.0));
        for answer in &mut self.answers {
            visit(ItemKind::Plan, &mut answer.plan.0);
            match &mut answer.effect {
                Effect::Becomes { of, key: _, segments: _ } => of.indexes(visit),
                Effect::SucceedsAfter(_) | Effect::Fails(_) | Effect::Hangs | Effect::Lies | Effect::Half => {
                }
            }
        }
        for stop in &mut self.stops {
            match &mut stop.of {
                Stopped::Sampled(of) => of.indexes(visit),
                Stopped::Entity(entity) => visit(ItemKind::Entity, &mut entity.0),
            }
        }
        self.expectations.iter_mut().for_each(|expectation| expectation.subject.indexes(visit));
    }
}

impl Indexes for Subject {
    fn indexes(&mut self, visit: Visit<'_>) {
        match self {
            Subject::Firing(detector) => {
                detector.iter_mut().for_each(|it| visit(ItemKind::Detector, &mut it.0));
            }
            Subject::Run(plan) => plan.iter_mut().for_each(|it| visit(ItemKind::Plan, &mut it.0)),
            Subject::PolicyRun(policy) => visit(ItemKind::Policy, &mut policy.0),
            Subject::Action(action) => action.iter_mut().for_each(|it| visit(ItemKind::Action, &mut it.0)),
            Subject::Escalation(channel) => {
                channel.iter_mut().for_each(|it| visit(ItemKind::Channel, &mut it.0));
            }
            Subject::Approval(_) => {}
            Subject::Event(event) => visit(ItemKind::Event, &mut event.0),
        }
    }
}

impl Indexes for Sampled {
    fn indexes(&mut self, visit: Visit<'_>) {
        match self {
            Sampled::Signal(signal) => visit(ItemKind::Signal, &mut signal.0),
            Sampled::Field(entity, _) => visit(ItemKind::Entity, &mut entity.0),
        }
    }
}
