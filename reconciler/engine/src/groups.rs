//! Which policies and detectors can be decided on by themselves: what one group of them does hangs on no other one.
//!
//! An engine remembers much that more than one policy could move. Here is all of it, with what ties policies together by
//! it; whatever is not tied is decided the same whether the rest of the program runs beside it or not. Detection never hangs
//! on decisions, but for what is learned of disturbed signals, which is tied.
//!
//! | of the engine's state | moved by | ties |
//! |---|---|---|
//! | ladders, channels that were told | policies on one detector or event | policies to what they are on |
//! | counters of guards, storms, breakers, waves | the policy, or all that share the guard | policies that share a guard |
//! | runs in flight: one at a time on an entity | plans that are given the same entity | policies whose plans may be given entities of one kind |
//! | disturbances | plans that disturb a signal | them, and whoever reads a signal of that meaning |
//! | firings as causes of others | detectors whose keys lead to a service | them and the policies on such keys, where services depend on others |
//! | runs that were really done: each is the same as one run | plans that it may be the same as | policies that may run those plans |
//! | firings, read by name | the detector | policies and untold detectors that read it |
//! | samples that must be told, their windows, and how many were dropped | nobody | all that read such a signal |
//! | events and how many were dropped | nobody | all that read or are on an event that is recorded under one name |
//! | how far samples have been told | every grid step | policies on events that read what hangs on time: with everything |
//!
//! Runs, waits, reverts and what a choice learned are kept by policy or run. Entities and inventory are told to every
//! group and moved by none. How far back guards and events are remembered is that of the whole program, in every group.

use std::collections::{BTreeMap, BTreeSet};

use heal_program::{
    ActionIndex, Argument, DetectorIndex, EntityIndex, EventIndex, Expression, FieldKind, Parameter, Plan,
    Policy, PolicyIndex, Program, Read, Rung, SemanticHash, SharedGuardIndex, SignalIndex, Step, Trigger,
};

use crate::{
    Engine, Foreteller, Prophecy,
    prepared::{Prepared, Reads, conditions, of_policy},
};

/// Policies and detectors whose decisions hang on no others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Its policies.
    pub policies: BTreeSet<PolicyIndex>,
    /// Its detectors.
    pub detectors: BTreeSet<DetectorIndex>,
    /// The events that it is told of.
    pub events: BTreeSet<EventIndex>,
    /// The signals of which it is told every sample.
    pub told: BTreeSet<SignalIndex>,
}

/// What may be tied to other things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tie {
    /// Everything.
    Everything,
    Policy(PolicyIndex),
    Detector(DetectorIndex),
    Event(EventIndex),
    /// A signal whose samples are told.
    Told(SignalIndex),
    /// Signals of a meaning, which a plan disturbs.
    Disturbed(SemanticHash),
    Guard(SharedGuardIndex),
    /// Entities of a kind that plans are given.
    Entity(EntityIndex),
    /// What depends on what.
    Topology,
    /// Something that was really done, by its place among those things.
    Recalled(usize),
    /// Events that nothing reads.
    Unread,
}

/// Parts a program into groups. All detectors, policies and events are in exactly one; the order of groups is that of the
/// first thing in each.
#[must_use]
pub fn groups(program: &Program, foreteller: &Foreteller<'_>) -> Vec<Group> {
    let prepared = Prepared::of(program, &[]);
    let told = foreteller.told_signals();
    let mut ties = Ties::default();
    let disturbed = disturbed(program);
    let foretold: BTreeSet<DetectorIndex> = foreteller.levels().into_iter().flatten().collect();
    for (detector, node) in (0..).map(DetectorIndex).zip(&program.detectors) {
        let own = Tie::Detector(detector);
        ties.add(own);
        let signals = prepared.detectors.get(detector.at()).map(|it| &it.signals);
        ties.tie_disturbed(program, own, signals.into_iter().flatten(), &disturbed);
        ties.tie_topology(program, &prepared, own, &node.keys);
        if !foretold.contains(&detector) {
            ties.tie_reads(own, &Reads::of(conditions(node)), &told);
            ties.tie_told(own, signals.into_iter().flatten(), &told);
        }
    }
    for (policy, node) in (0..).map(PolicyIndex).zip(&program.policies) {
        let own = Tie::Policy(policy);
        ties.tie(own, on(node.on));
        let reads = Reads::of(of_policy(program, node));
        ties.tie_reads(own, &reads, &told);
        ties.tie_disturbed(program, own, reads.signals.iter(), &disturbed);
        ties.tie_topology(program, &prepared, own, program.trigger_keys(node.on).unwrap_or_default());
        node.guard.shared.iter().for_each(|guard| ties.tie(own, Tie::Guard(*guard)));
        for plan in node.ladder.iter().flat_map(Rung::plans) {
            let same = foreteller.recalled().iter().enumerate().filter(|(_, plans)| plans.contains(&plan));
            same.for_each(|(at, _)| ties.tie(own, Tie::Recalled(at)));
        }
        for plan in node.ladder.iter().flat_map(Rung::plans).filter_map(|plan| program.plan(plan)) {
            entities_of(program, plan).into_iter().for_each(|entity| ties.tie(own, Tie::Entity(entity)));
            let signals = plan.disturbs.iter().filter_map(|it| program.signal(it.signal));
            signals.for_each(|signal| ties.tie(own, Tie::Disturbed(signal.head.hash)));
        }
        given(node).into_iter().for_each(|entity| ties.tie(own, Tie::Entity(entity)));
        if node.on.detector().is_none() && hangs_on_time(program, node) {
            ties.tie(own, Tie::Everything);
        }
    }
    tie_events(program, &prepared, &mut ties);
    ties.parts(&told)
}

fn on(trigger: Trigger) -> Tie {
    match trigger {
        Trigger::Detector(detector) => Tie::Detector(detector),
        Trigger::Event(event) => Tie::Event(event),
    }
}

/// The meanings of the signals that plans of policies disturb.
fn disturbed(program: &Program) -> BTreeSet<SemanticHash> {
    let plans = program.policies.iter().flat_map(|policy| policy.ladder.iter().flat_map(Rung::plans));
    let disturbs = plans.filter_map(|plan| program.plan(plan)).flat_map(|plan| &plan.disturbs);
    disturbs.filter_map(|it| Some(program.signal(it.signal)?.head.hash)).collect()
}

/// Events that are recorded under one name are told together. Those that nothing reads are of one group.
fn tie_events(program: &Program, prepared: &Prepared, ties: &mut Ties) {
    for same in prepared.events_named.values() {
        for pair in same.windows(2) {
            if let [one, other] = pair {
                ties.tie(Tie::Event(*one), Tie::Event(*other));
            }
        }
    }
    for event in (0..).take(program.events.len()).map(EventIndex) {
        if !ties.is_tied(Tie::Event(event)) {
            ties.tie(Tie::Event(event), Tie::Unread);
        }
    }
}

/// The kinds of entities that a run of a plan may work on.
fn entities_of(program: &Program, plan: &Plan) -> BTreeSet<EntityIndex> {
    let mut entities: BTreeSet<EntityIndex> = plan.fans.iter().map(|fan| fan.entity).collect();
    entities.extend(kinds(&plan.parameters));
    for step in plan.steps.iter().chain(&plan.undo).chain(&plan.always) {
        entities.extend(of_step(program, step));
    }
    entities
}

fn of_step(program: &Program, step: &Step) -> BTreeSet<EntityIndex> {
    let parameters = |action: ActionIndex| {
        let action = program.action(action);
        action.map(|action| kinds(&action.parameters).collect::<Vec<_>>()).unwrap_or_default()
    };
    let mut entities: BTreeSet<EntityIndex> = parameters(step.action).into_iter().collect();
    entities.extend(made(&step.arguments));
    if let Some((undo, arguments)) = program.action(step.action).and_then(|action| action.undo.as_ref()) {
        entities.extend(parameters(*undo));
        entities.extend(made(arguments));
    }
    entities
}

fn kinds(parameters: &[Parameter]) -> impl Iterator<Item = EntityIndex> + '_ {
    parameters.iter().filter_map(|parameter| match &parameter.kind {
        FieldKind::Entity(entity) | FieldKind::Entities(entity) => Some(*entity),
        FieldKind::Text | FieldKind::Quantity(_) => None,
    })
}

/// The kinds of entities that are put together in arguments.
fn made(arguments: &[Argument]) -> impl Iterator<Item = EntityIndex> + '_ {
    arguments.iter().filter_map(|argument| match argument {
        Argument::EntityFromKey(entity, _) => Some(*entity),
        Argument::Entity(_) | Argument::Value(_) => None,
    })
}

/// The kinds of entities that a policy puts together for its plans.
fn given(policy: &Policy) -> BTreeSet<EntityIndex> {
    let mut entities = BTreeSet::new();
    for rung in &policy.ladder {
        match rung {
            Rung::Plan { arguments, .. } => entities.extend(made(arguments)),
            Rung::Choose { among, .. } => {
                entities.extend(among.iter().flat_map(|(_, arguments)| made(arguments)));
            }
            Rung::Escalate { .. } => {}
        }
    }
    entities
}

/// Whether what a policy evaluates hangs on how far samples have been told: of a policy on a detector that is its own
/// step, of one on an event the last step of whatever had one.
fn hangs_on_time(program: &Program, policy: &Policy) -> bool {
    let mut hangs = false;
    for expression in of_policy(program, policy) {
        expression.walk(&mut |part| {
            hangs |= matches!(part, Expression::During(_));
            hangs |= match part.read() {
                Some(Read::Signal(..) | Read::Detector(_) | Read::Event(..)) => true,
                Some(Read::Entity(entity)) => program.entity(entity).is_some_and(|it| it.feed.is_some()),
                None => false,
            };
        });
    }
    hangs
}

/// Things, and which of them are tied: each points to another one of its group, and the last to itself.
#[derive(Default)]
struct Ties {
    others: BTreeMap<Tie, Tie>,
}

impl Ties {
    fn add(&mut self, tie: Tie) {
        self.others.entry(tie).or_insert(tie);
    }

    fn is_tied(&self, tie: Tie) -> bool {
        self.others.contains_key(&tie)
    }

    /// The one that stands for a group. Whoever was on the way points to it from then on: a chain of as many as there are
    /// would else be gone along for each of them.
    fn first(&mut self, tie: Tie) -> Tie {
        let mut first = tie;
        while let Some(other) = self.others.get(&first).filter(|other| **other != first) {
            first = *other;
        }
        let mut on_the_way = tie;
        while on_the_way != first {
            on_the_way = self.others.insert(on_the_way, first).unwrap_or(first);
        }
        first
    }

    fn tie(&mut self, one: Tie, other: Tie) {
        self.add(one);
        self.add(other);
        let (one, other) = (self.first(one), self.first(other));
        self.others.insert(one.max(other), one.min(other));
    }

    fn tie_reads(&mut self, own: Tie, reads: &Reads, told: &BTreeSet<SignalIndex>) {
        reads.detectors.iter().for_each(|detector| self.tie(own, Tie::Detector(*detector)));
        reads.events.iter().for_each(|event| self.tie(own, Tie::Event(*event)));
        self.tie_told(own, reads.signals.iter(), told);
    }

    fn tie_told<'s>(
        &mut self,
        own: Tie,
        signals: impl Iterator<Item = &'s SignalIndex>,
        told: &BTreeSet<SignalIndex>,
    ) {
        signals.filter(|signal| told.contains(signal)).for_each(|signal| self.tie(own, Tie::Told(*signal)));
    }

    fn tie_disturbed<'s>(
        &mut self,
        program: &Program,
        own: Tie,
        signals: impl Iterator<Item = &'s SignalIndex>,
        disturbed: &BTreeSet<SemanticHash>,
    ) {
        let hashes = signals.filter_map(|signal| Some(program.signal(*signal)?.head.hash));
        hashes.filter(|hash| disturbed.contains(hash)).for_each(|hash| self.tie(own, Tie::Disturbed(hash)));
    }

    /// Ties whatever may be a symptom or a cause of another: what has a service.
    fn tie_topology(&mut self, program: &Program, prepared: &Prepared, own: Tie, keys: &[String]) {
        let leads = |entity: &EntityIndex| {
            let own = program.entity(*entity).map(|node| node.keys.as_slice()).unwrap_or_default();
            !own.is_empty() && own.iter().all(|field| keys.contains(field))
        };
        let has_service =
            keys.iter().any(|field| field == "service") || prepared.topology.ways.keys().any(leads);
        if !prepared.topology.is_empty() && has_service {
            self.tie(own, Tie::Topology);
        }
    }

    fn parts(mut self, told: &BTreeSet<SignalIndex>) -> Vec<Group> {
        if self.is_tied(Tie::Everything) {
            let all: Vec<Tie> = self.others.keys().copied().collect();
            all.into_iter().for_each(|tie| self.tie(tie, Tie::Everything));
        }
        let mut groups: BTreeMap<Tie, Group> = BTreeMap::new();
        let all: Vec<Tie> = self.others.keys().copied().collect();
        for tie in &all {
            let group = groups.entry(self.first(*tie)).or_default();
            match tie {
                Tie::Policy(policy) => {
                    group.policies.insert(*policy);
                }
                Tie::Detector(detector) => {
                    group.detectors.insert(*detector);
                }
                Tie::Event(event) => {
                    group.events.insert(*event);
                }
                Tie::Told(signal) => {
                    group.told.insert(*signal);
                }
                Tie::Everything
                | Tie::Disturbed(_)
                | Tie::Guard(_)
                | Tie::Entity(_)
                | Tie::Topology
                | Tie::Recalled(_)
                | Tie::Unread => {}
            }
        }
        debug_assert!(groups.values().flat_map(|group| &group.told).all(|signal| told.contains(signal)));
        let holds_something =
            |it: &Group| !(it.policies.is_empty() && it.detectors.is_empty() && it.events.is_empty());
        groups.into_values().filter(holds_something).collect()
    }
}

impl Engine {
    /// The same engine with eyes for one group alone: of its detectors those are foretold that have prophecies, all others
    /// are silent, and no other policy decides. For an engine that knows nothing yet and is told nothing else than what
    /// the group is told.
    #[must_use]
    pub fn of_group(self, group: &Group, prophecies: BTreeMap<DetectorIndex, Prophecy>) -> Engine {
        let streamed = group.detectors.iter().filter(|it| !prophecies.contains_key(it)).copied().collect();
        // Whatever is done about a detector or an event is decided in its group, so that nobody else hears of it.
        self.foretold(prophecies).deaf_to_all_but(streamed)
    }

    /// What the engine of a group hangs on beside the nodes that the group reaches: how far back it remembers, and what is
    /// computed over the signals that it is told of. Equal texts: the same.
    #[must_use]
    pub fn ground_of_group(&self, group: &Group) -> String {
        let prepared = &self.prepared;
        let of_signal = |signal: &SignalIndex| prepared.lanes_of.get(signal.at()).into_iter().flatten();
        let lanes: Vec<_> = group
            .told
            .iter()
            .flat_map(of_signal)
            .filter_map(|lane| prepared.lanes.get(*lane))
            .map(|lane| {
                (lane.lateness, &lane.kernels, lane.reach, lane.is_remembered, &lane.counted, &lane.keyed)
            })
            .collect();
        format!("{:?} {:?} {lanes:?}", prepared.guards_reach, prepared.events_reach)
    }
}
