//! What the engine derives from a program once: which kernels a signal needs, who must hear of a sample, in which order
//! detectors are asked.

mod lanes;
mod topology;

use std::collections::{BTreeMap, BTreeSet};

use heal_program::{
    Detector, DetectorIndex, EntityIndex, EventIndex, Expression, Millis, Policy, PolicyIndex, Program, Read,
    SignalIndex, Trigger,
};

pub(crate) use lanes::{PreparedLane, of_decisions, of_policy};
pub(crate) use topology::Topology;

use crate::{
    foretell::Together,
    unsupported::{Unsupported, unsupported},
};

/// How far back events and run records are kept at least.
const REACH_MIN: Millis = Millis(86_400_000);

/// Derived tables, by index.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prepared {
    pub(crate) lanes: Vec<PreparedLane>,
    /// By signal: its lanes.
    pub(crate) lanes_of: Vec<Vec<usize>>,
    /// By lateness: the lane of each signal.
    by_lateness: BTreeMap<Millis, Vec<Option<usize>>>,
    /// By signal: the detectors whose grid it drives.
    pub(crate) driven_by: Vec<Vec<DetectorIndex>>,
    /// By detector.
    pub(crate) detectors: Vec<PreparedDetector>,
    /// By detector: its conditions as they are computed for all keys at once, where they can be.
    pub(crate) together: Vec<Option<Together>>,
    /// By detector: its place in the order.
    pub(crate) place: Vec<usize>,
    /// By detector: the policies on it.
    pub(crate) policies_on: Vec<Vec<PolicyIndex>>,
    /// By event: the policies on it.
    pub(crate) policies_on_event: Vec<Vec<PolicyIndex>>,
    /// Events by what they are recorded under.
    pub(crate) events_named: BTreeMap<String, Vec<EventIndex>>,
    /// By event: the detectors whose keys it brings, with the positions of their fields.
    pub(crate) keyed_by_event: Vec<Vec<(DetectorIndex, Vec<usize>)>>,
    /// How far back events are looked for.
    pub(crate) events_reach: Millis,
    /// How far back guards look.
    pub(crate) guards_reach: Millis,
    pub(crate) topology: Topology,
    /// What cannot be run yet, by path of the item that has it.
    pub(crate) unsupported: BTreeMap<String, Unsupported>,
}

/// What is derived for a detector.
#[derive(Clone, Debug, Default)]
pub(crate) struct PreparedDetector {
    /// Signals that it reads, itself or through other detectors.
    pub(crate) signals: BTreeSet<SignalIndex>,
    /// How long it stays unknown before it is lost: the longest `stale` among its signals.
    pub(crate) stale_after: Millis,
}

/// An expression with the lateness at which it is evaluated.
pub(crate) type Timed<'a> = (&'a Expression, Millis);

impl Prepared {
    /// Prepares a program; `in_flight` are expressions that runs of an earlier one still need.
    pub(crate) fn of(program: &Program, in_flight: &[Timed<'_>]) -> Prepared {
        let order = dependency_order(program);
        let mut place = vec![0; program.detectors.len()];
        for (at, detector) in order.iter().enumerate() {
            if let Some(slot) = place.get_mut(detector.at()) {
                *slot = at;
            }
        }
        let detectors = prepare_detectors(program, &order);
        let nodes = program.detectors.iter().zip(&detectors);
        let mut prepared = Prepared {
            together: nodes.map(|(node, derived)| Together::of(program, node, derived)).collect(),
            driven_by: driven(program, &detectors),
            place,
            policies_on: policies(program, program.detectors.len(), |on| {
                on.detector().map(DetectorIndex::at)
            }),
            policies_on_event: policies(program, program.events.len(), |on| match on {
                Trigger::Event(event) => Some(event.at()),
                Trigger::Detector(_) => None,
            }),
            events_named: events_named(program),
            keyed_by_event: keyed_by_event(program),
            guards_reach: guards_reach(program),
            topology: Topology::of(program),
            unsupported: unsupported(program)
                .into_iter()
                .map(|lacking| (lacking.item.clone(), lacking))
                .collect(),
            detectors,
            ..Prepared::default()
        };
        prepared.add_lanes(program, in_flight);
        prepared.events_reach = events_reach(program, in_flight);
        prepared
    }

    /// The lane of a signal for conditions of a lateness.
    pub(crate) fn lane(&self, signal: SignalIndex, lateness: Millis) -> Option<usize> {
        *self.by_lateness.get(&lateness)?.get(signal.at())?
    }

    /// The lane of every signal for conditions of a lateness.
    pub(crate) fn lanes_at(&self, lateness: Millis) -> &[Option<usize>] {
        self.by_lateness.get(&lateness).map_or(&[], Vec::as_slice)
    }
}

/// How far behind the clock the conditions of a policy look: as far as its detector.
pub(crate) fn lateness_of(program: &Program, policy: &Policy) -> Millis {
    policy
        .on
        .detector()
        .and_then(|detector| program.detector(detector))
        .map_or(Millis::ZERO, |it| it.lateness)
}

/// The grid of a policy's detector. Policies on events have none of their own.
pub(crate) fn every_of(program: &Program, policy: &Policy) -> Millis {
    const EVERY_DEFAULT: Millis = Millis::from_seconds(15);
    policy.on.detector().and_then(|detector| program.detector(detector)).map_or(EVERY_DEFAULT, |it| it.every)
}

/// The conditions of a detector.
pub(crate) fn conditions(node: &Detector) -> impl Iterator<Item = &Expression> {
    std::iter::once(&node.when).chain(node.clear.iter().map(|clear| &clear.when))
}

/// What expressions read.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    pub(crate) signals: BTreeSet<SignalIndex>,
    pub(crate) detectors: BTreeSet<DetectorIndex>,
    pub(crate) events: BTreeSet<EventIndex>,
    pub(crate) entities: BTreeSet<EntityIndex>,
}

impl Reads {
    pub(crate) fn of<'a>(expressions: impl IntoIterator<Item = &'a Expression>) -> Reads {
        let mut reads = Reads::default();
        for expression in expressions {
            expression.walk(&mut |part| match part.read() {
                Some(Read::Signal(signal, _)) => {
                    reads.signals.insert(signal);
                }
                Some(Read::Detector(other)) => {
                    reads.detectors.insert(other);
                }
                Some(Read::Event(event, _)) => {
                    reads.events.insert(event);
                }
                Some(Read::Entity(entity)) => {
                    reads.entities.insert(entity);
                }
                None => {}
            });
        }
        reads
    }
}

/// Depth-first, so that a detector stands after those that it reads. The compiler lets no circle through; were there
/// one, its members would stand in table order.
fn dependency_order(program: &Program) -> Vec<DetectorIndex> {
    let mut order = Vec::new();
    let mut seen = BTreeSet::new();
    for at in (0..).take(program.detectors.len()) {
        let mut stack = vec![(DetectorIndex(at), false)];
        while let Some((detector, dependencies_done)) = stack.pop() {
            if dependencies_done {
                order.push(detector);
            } else if seen.insert(detector) {
                stack.push((detector, true));
                let read = program.detector(detector).map(|node| Reads::of(conditions(node)).detectors);
                stack.extend(read.into_iter().flatten().map(|other| (other, false)));
            }
        }
    }
    order
}

fn prepare_detectors(program: &Program, order: &[DetectorIndex]) -> Vec<PreparedDetector> {
    let mut prepared: BTreeMap<DetectorIndex, PreparedDetector> = BTreeMap::new();
    for detector in order {
        let Some(node) = program.detector(*detector) else { continue };
        let reads = Reads::of(conditions(node));
        let mut signals = reads.signals;
        for other in &reads.detectors {
            signals.extend(prepared.get(other).iter().flat_map(|other| other.signals.iter().copied()));
        }
        let stale = signals.iter().filter_map(|signal| program.signal(*signal)).map(|it| it.stale_after);
        let entities = reads.entities.iter().filter_map(|entity| program.entity(*entity)?.feed.as_ref());
        let stale_after = stale.chain(entities.map(|feed| feed.stale_after)).max().unwrap_or_default();
        prepared.insert(*detector, PreparedDetector { signals, stale_after });
    }
    (0..)
        .take(program.detectors.len())
        .map(|at| prepared.remove(&DetectorIndex(at)).unwrap_or_default())
        .collect()
}

fn driven(program: &Program, detectors: &[PreparedDetector]) -> Vec<Vec<DetectorIndex>> {
    let mut driven = vec![Vec::new(); program.signals.len()];
    for (at, detector) in (0..).zip(detectors) {
        for signal in &detector.signals {
            if let Some(driven) = driven.get_mut(signal.at()) {
                driven.push(DetectorIndex(at));
            }
        }
    }
    driven
}

fn policies(
    program: &Program,
    count: usize,
    position: impl Fn(Trigger) -> Option<usize>,
) -> Vec<Vec<PolicyIndex>> {
    let mut on = vec![Vec::new(); count];
    for (at, policy) in (0..).zip(&program.policies) {
        if let Some(policies) = position(policy.on).and_then(|position| on.get_mut(position)) {
            policies.push(PolicyIndex(at));
        }
    }
    on
}

fn events_named(program: &Program) -> BTreeMap<String, Vec<EventIndex>> {
    let mut named: BTreeMap<String, Vec<EventIndex>> = BTreeMap::new();
    for (at, event) in (0..).zip(&program.events) {
        // Whoever gives events by hand, as tests do, names the item.
        let names = BTreeSet::from([program.recorded_event(event), event.head.path.clone()]);
        for name in names {
            named.entry(name).or_default().push(EventIndex(at));
        }
    }
    named
}

/// Only an event with the whole key of a detector that reads it says which keys there are.
fn keyed_by_event(program: &Program) -> Vec<Vec<(DetectorIndex, Vec<usize>)>> {
    let mut keyed = vec![Vec::new(); program.events.len()];
    for (at, detector) in (0..).zip(&program.detectors) {
        for event in Reads::of(conditions(detector)).events {
            let keys = program.event(event).map(|node| node.keys.as_slice()).unwrap_or_default();
            if let (Some(positions), Some(keyed)) =
                (positions_of(&detector.keys, keys), keyed.get_mut(event.at()))
            {
                keyed.push((DetectorIndex(at), positions));
            }
        }
    }
    keyed
}

/// Where the fields of a key stand in another one; none where it lacks one.
pub(crate) fn positions_of(fields: &[String], keys: &[String]) -> Option<Vec<usize>> {
    fields.iter().map(|field| keys.iter().position(|name| name == field)).collect()
}

fn events_reach(program: &Program, in_flight: &[Timed<'_>]) -> Millis {
    let mut reach = REACH_MIN;
    for (expression, _) in lanes::expressions(program).into_iter().chain(in_flight.iter().copied()) {
        expression.walk(&mut |part| {
            if let Some(Read::Event(_, span)) = part.read() {
                reach = reach.max(span);
            }
        });
    }
    reach
}

fn guards_reach(program: &Program) -> Millis {
    let own = program.policies.iter().map(|policy| &policy.guard);
    let guards = own.chain(program.shared_guards.iter().map(|shared| &shared.guard));
    let spans = guards.flat_map(|guard| {
        let limits = guard.limits.iter().map(|limit| limit.window);
        let cooldown = guard.cooldown.iter().map(|cooldown| cooldown.span);
        let blasts = guard.blast_radius.iter().map(|blast| blast.within);
        let breakers = guard.breakers.iter().map(|it| Millis(it.window.0.saturating_add(it.open_for.0)));
        let storm = guard.storm.iter().map(|it| Millis(it.window.0.saturating_add(it.open_for.0)));
        limits.chain(cooldown).chain(blasts).chain(breakers).chain(storm)
    });
    spans.max().unwrap_or_default().max(crate::guard::MEMORY_MIN)
}
