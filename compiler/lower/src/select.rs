//! What a program holds: the items of the package, and those of the standard library that they reach.
//!
//! Of the standard library the rest is left out, so that a new release of it changes a program's digest only where the
//! program uses what has changed.

use std::collections::{BTreeMap, BTreeSet};

use heal_check::{ItemInfo, ItemKind};
use heal_program::{Head, Program};

use crate::indexes::Indexes;

/// A node: its kind and its position in the table of that kind.
pub(crate) type Node = (ItemKind, u32);

/// `program` with only the nodes that its package needs, and those `named` besides, renumbered; and the new number of
/// each.
pub(crate) fn select(
    mut program: Program,
    items: &[ItemInfo],
    named: Vec<Node>,
) -> (Program, BTreeMap<Node, u32>) {
    let own: BTreeSet<(ItemKind, &str)> =
        items.iter().filter(|item| !item.external).map(|item| (item.kind, item.path.as_str())).collect();
    let pending = [own_nodes(&program, &own), named].concat();
    let kept = reached(&mut program, pending);
    let mut numbers: BTreeMap<Node, u32> = BTreeMap::new();
    let mut next: BTreeMap<ItemKind, u32> = BTreeMap::new();
    for node in &kept {
        let number = next.entry(node.0).or_default();
        numbers.insert(*node, *number);
        *number += 1;
    }
    let program = Program {
        package: program.package,
        params: keep(program.params, ItemKind::Param, &kept),
        entities: renumbered(keep(program.entities, ItemKind::Entity, &kept), &numbers),
        signals: keep(program.signals, ItemKind::Signal, &kept),
        detectors: renumbered(keep(program.detectors, ItemKind::Detector, &kept), &numbers),
        actions: renumbered(keep(program.actions, ItemKind::Action, &kept), &numbers),
        channels: renumbered(keep(program.channels, ItemKind::Channel, &kept), &numbers),
        plans: renumbered(keep(program.plans, ItemKind::Plan, &kept), &numbers),
        policies: renumbered(keep(program.policies, ItemKind::Policy, &kept), &numbers),
        sources: keep(program.sources, ItemKind::Source, &kept),
        events: renumbered(keep(program.events, ItemKind::Event, &kept), &numbers),
        shared_guards: renumbered(keep(program.shared_guards, ItemKind::SharedGuard, &kept), &numbers),
        topology: program.topology,
    };
    (program, numbers)
}

fn own_nodes(program: &Program, own: &BTreeSet<(ItemKind, &str)>) -> Vec<Node> {
    let table = |kind: ItemKind, heads: Vec<&Head>| -> Vec<Node> {
        let numbered = (0..).zip(heads);
        numbered
            .filter(|(_, head)| own.contains(&(kind, head.path.as_str())))
            .map(|(at, _)| (kind, at))
            .collect()
    };
    [
        table(ItemKind::Param, program.params.iter().map(|it| &it.head).collect()),
        table(ItemKind::Entity, program.entities.iter().map(|it| &it.head).collect()),
        table(ItemKind::Signal, program.signals.iter().map(|it| &it.head).collect()),
        table(ItemKind::Detector, program.detectors.iter().map(|it| &it.head).collect()),
        table(ItemKind::Action, program.actions.iter().map(|it| &it.head).collect()),
        table(ItemKind::Channel, program.channels.iter().map(|it| &it.head).collect()),
        table(ItemKind::Plan, program.plans.iter().map(|it| &it.head).collect()),
        table(ItemKind::Policy, program.policies.iter().map(|it| &it.head).collect()),
        table(ItemKind::Event, program.events.iter().map(|it| &it.head).collect()),
        table(ItemKind::Source, program.sources.iter().map(|it| &it.head).collect()),
        table(ItemKind::SharedGuard, program.shared_guards.iter().map(|it| &it.head).collect()),
    ]
    .concat()
}

/// Everything that can be reached from `pending`, itself included. The program stays as it is: references are visited in
/// one way, which could change them.
fn reached(program: &mut Program, mut pending: Vec<Node>) -> BTreeSet<Node> {
    let mut reached = BTreeSet::new();
    while let Some((kind, at)) = pending.pop() {
        if !reached.insert((kind, at)) {
            continue;
        }
        let mut note = |kind: ItemKind, index: &mut u32| pending.push((kind, *index));
        let at = at as usize;
        match kind {
            ItemKind::Param | ItemKind::Signal | ItemKind::Source => {}
            ItemKind::Entity => references(&mut program.entities, at, &mut note),
            ItemKind::Detector => references(&mut program.detectors, at, &mut note),
            ItemKind::Action => references(&mut program.actions, at, &mut note),
            ItemKind::Channel => references(&mut program.channels, at, &mut note),
            ItemKind::Plan => references(&mut program.plans, at, &mut note),
            ItemKind::Policy => references(&mut program.policies, at, &mut note),
            ItemKind::Event => references(&mut program.events, at, &mut note),
            ItemKind::SharedGuard => references(&mut program.shared_guards, at, &mut note),
            // These have no nodes.
            ItemKind::Let
            | ItemKind::Function
            | ItemKind::DetectorTemplate
            | ItemKind::PolicyTemplate
            | ItemKind::Test => {}
        }
    }
    reached
}

fn references<T: Indexes>(table: &mut [T], at: usize, note: &mut dyn FnMut(ItemKind, &mut u32)) {
    if let Some(node) = table.get_mut(at) {
        node.indexes(note);
    }
}

fn keep<T>(table: Vec<T>, kind: ItemKind, kept: &BTreeSet<Node>) -> Vec<T> {
    let numbered = (0..).zip(table);
    numbered.filter(|(at, _)| kept.contains(&(kind, *at))).map(|(_, node)| node).collect()
}

fn renumbered<T: Indexes>(mut table: Vec<T>, numbers: &BTreeMap<Node, u32>) -> Vec<T> {
    for node in &mut table {
        node.indexes(&mut |kind, index| {
            // INVARIANT: what a kept node refers to is kept.
            *index = numbers.get(&(kind, *index)).copied().unwrap_or(*index);
        });
    }
    table
}
