//! Tests: what they refer to, in the program that is kept for them.

use heal_check::{ItemKind, TypedProgram};
use heal_program::{
    Program,
    scenario::{Effect, Sampled, Scenario, Stopped, Subject},
};

use crate::{
    hashes::Hashes,
    indexes::{Indexes, Visit},
    select::{Node, select},
};

/// The tests of a checked package with the program that they run: what [`lower`](crate::lower) keeps, and whatever else
/// the tests name. None, and a program with nothing in it, for a package without tests.
#[must_use]
pub fn lower_tests(typed: &TypedProgram) -> (Program, Vec<Scenario>) {
    if typed.scenarios.is_empty() {
        return (Program { package: typed.package.clone(), ..Program::default() }, Vec::new());
    }
    let mut program = typed.nodes.clone();
    Hashes::of(&typed.nodes, &typed.detector_order).write_into(&mut program);
    let mut scenarios = typed.scenarios.clone();
    let mut named: Vec<Node> = Vec::new();
    for scenario in &mut scenarios {
        scenario.indexes(&mut |kind, index| named.push((kind, *index)));
    }
    let (program, numbers) = select(program, &typed.items, named);
    for scenario in &mut scenarios {
        // INVARIANT: what a test names is kept.
        scenario.indexes(&mut |kind, index| *index = numbers.get(&(kind, *index)).copied().unwrap_or(*index));
    }
    (program, scenarios)
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
