//! Healing loops: policies that set each other off, because what each does disturbs what the next one watches.

use std::collections::{BTreeMap, BTreeSet};

use heal_check::StatementKind;
use heal_diagnostics::{Code, Diagnostic};
use heal_program::{DetectorIndex, Read, SignalIndex};
use petgraph::{
    algo::kosaraju_scc,
    graph::{DiGraph, NodeIndex},
};

use super::facts::{Acting, Facts};

/// Most places that are shown of a loop.
const PLACES_MAX: usize = 8;

/// What stands in the graph of effects: policies, and what they go through to each other, so that its size is that of the
/// program.
#[derive(Clone, Copy)]
enum Effect {
    Policy(usize),
    Signal(SignalIndex),
    Detector,
}

/// One warning for each group of policies that go round in a loop. A policy whose plans disturb what it watches itself is
/// none: its own cooldown and ladder hold it.
pub(super) fn healing_loops(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    if facts.program.plans.iter().all(|plan| plan.disturbs.is_empty()) {
        return;
    }
    let graph = effects(facts);
    for component in kosaraju_scc(&graph) {
        let effects = component.iter().filter_map(|index| graph.node_weight(*index));
        let mut members = BTreeSet::new();
        let mut shaken = BTreeSet::new();
        for effect in effects {
            match effect {
                Effect::Policy(at) => members.insert(*at),
                Effect::Signal(signal) => shaken.insert(*signal),
                Effect::Detector => false,
            };
        }
        if members.len() > 1 {
            found.extend(report(facts, &members, &shaken));
        }
    }
}

/// From each policy to the signals that it disturbs, from these to the detectors that read them, from a detector to those
/// that read it, and to the policies on it.
fn effects(facts: &Facts<'_>) -> DiGraph<Effect, ()> {
    let mut graph: DiGraph<Effect, ()> = DiGraph::new();
    let mut signals: BTreeMap<SignalIndex, NodeIndex> = BTreeMap::new();
    let acting = facts.policies().iter().enumerate().filter(|(_, acting)| !acting.plans.is_empty());
    let policies: Vec<(&Acting<'_>, NodeIndex)> =
        acting.map(|(at, acting)| (acting, graph.add_node(Effect::Policy(at)))).collect();
    for (acting, policy) in &policies {
        for (_, _, plan, _) in &acting.plans {
            for disturbed in &plan.disturbs {
                let signal = *signals
                    .entry(disturbed.signal)
                    .or_insert_with(|| graph.add_node(Effect::Signal(disturbed.signal)));
                graph.update_edge(*policy, signal, ());
            }
        }
    }
    if signals.is_empty() {
        return graph;
    }
    let mut detectors: BTreeMap<DetectorIndex, NodeIndex> = BTreeMap::new();
    for index in &facts.typed.detector_order {
        let detector = graph.add_node(Effect::Detector);
        detectors.insert(*index, detector);
        for read in facts.reads(*index) {
            let read = match read {
                Read::Signal(signal, _) => signals.get(&signal),
                Read::Detector(other) => detectors.get(&other),
                Read::Event(..) | Read::Entity(_) => None,
            };
            if let Some(read) = read {
                graph.update_edge(*read, detector, ());
            }
        }
    }
    for (acting, policy) in &policies {
        let trigger = acting.policy.on.detector();
        if let Some(detector) = trigger.and_then(|index| detectors.get(&index)) {
            graph.update_edge(*detector, *policy, ());
        }
    }
    graph
}

fn report(
    facts: &Facts<'_>,
    members: &BTreeSet<usize>,
    shaken: &BTreeSet<SignalIndex>,
) -> Option<Diagnostic> {
    let acting: Vec<&Acting<'_>> = members.iter().filter_map(|at| facts.policies().get(*at)).collect();
    let (first, others) = acting.split_first()?;
    if others.iter().all(|other| facts.are_kept_apart(first.policy, other.policy)) {
        return None;
    }
    let names: Vec<String> = acting.iter().map(|it| format!("`{}`", it.policy.head.path)).collect();
    let message =
        format!("{} can set each other off: each disturbs what the next one watches", names.join(", "));
    let mut places = acting.iter().filter_map(|acting| disturbance(facts, acting, shaken));
    let ((file, range), text) = places.next()?;
    let mut diagnostic = Diagnostic::warning(Code::HEALING_LOOP, file, range, message)
        .with_label(text)
        .with_help("let them share one cooldown: `guard shared calm { cooldown 30m }`, and `shared calm` in the guard of each")
        .with_help("or put their plans into one ladder, so that one is tried after the other");
    for ((file, range), text) in places.take(PLACES_MAX) {
        diagnostic = diagnostic.with_secondary(file, range, text);
    }
    Some(diagnostic)
}

/// Where a policy's plan disturbs a signal of the loop.
fn disturbance(
    facts: &Facts<'_>,
    acting: &Acting<'_>,
    shaken: &BTreeSet<SignalIndex>,
) -> Option<(super::places::Place, String)> {
    acting.plans.iter().find_map(|(_, _, plan, _)| {
        let at = plan.disturbs.iter().position(|disturbed| shaken.contains(&disturbed.signal))?;
        let signal = facts.program.signal(plan.disturbs.get(at)?.signal)?;
        let place = facts.place(&plan.head, StatementKind::Disturbs, at)?;
        Some((place, format!("`{}` disturbs `{}` here", acting.policy.head.path, signal.head.path)))
    })
}
