//! What a program holds: the items of the package, and those of the standard library that they reach.
//!
//! Of the standard library the rest is left out, so that a new release of it changes a program's digest only where the
//! program uses what has changed.

use std::collections::BTreeMap;

use heal_check::{Indexes, ItemInfo, ItemKind};
use heal_program::Program;

/// A node: its kind and its position in the table of that kind.
pub(crate) type Node = (ItemKind, u32);

/// The nodes that stay.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// Of each position of a table whether what stands there stays.
    stays: BTreeMap<ItemKind, Vec<bool>>,
    /// Where it stands then.
    numbers: BTreeMap<ItemKind, Vec<u32>>,
    /// Whether nothing is left out.
    all: bool,
}

impl Kept {
    /// What the package's own items need, and those `named` besides.
    ///
    /// INVARIANT: the tables have a node for each item, in the order of the items.
    pub(crate) fn of(program: &mut Program, items: &[ItemInfo], named: Vec<Node>) -> Kept {
        let mut kept = Kept::default();
        let mut pending = named;
        for item in items {
            let stays = kept.stays.entry(item.kind).or_default();
            if !item.external {
                pending.push((item.kind, u32::try_from(stays.len()).unwrap_or(u32::MAX)));
            }
            stays.push(false);
        }
        kept.reach(program, pending);
        kept.all = true;
        for (kind, stays) in &kept.stays {
            let mut next = 0;
            let number = |stays: &bool| {
                let number = next;
                next += u32::from(*stays);
                number
            };
            kept.numbers.insert(*kind, stays.iter().map(number).collect());
            kept.all &= next as usize == stays.len();
        }
        kept
    }

    /// Keeps all that can be reached. The program stays as it is: references are visited in one way, which could change
    /// them.
    fn reach(&mut self, program: &mut Program, mut pending: Vec<Node>) {
        while let Some((kind, at)) = pending.pop() {
            let slot = self.stays.get_mut(&kind).and_then(|stays| stays.get_mut(at as usize));
            let Some(slot) = slot.filter(|stays| !**stays) else { continue };
            *slot = true;
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
    }

    /// The position of a node among those that stay.
    pub(crate) fn number(&self, kind: ItemKind, index: u32) -> u32 {
        // INVARIANT: what a kept node refers to is kept.
        let numbers = self.numbers.get(&kind);
        numbers.and_then(|numbers| numbers.get(index as usize)).copied().unwrap_or(index)
    }

    fn table<T>(&self, kind: ItemKind, table: Vec<T>) -> Vec<T> {
        let none = Vec::new();
        let stays = self.stays.get(&kind).unwrap_or(&none);
        if stays.iter().all(|stays| *stays) {
            return table;
        }
        table.into_iter().zip(stays).filter(|(_, stays)| **stays).map(|(node, _)| node).collect()
    }

    fn copied<T: Clone>(&self, kind: ItemKind, table: &[T]) -> Vec<T> {
        let none = Vec::new();
        let stays = self.stays.get(&kind).unwrap_or(&none);
        table.iter().zip(stays).filter(|(_, stays)| **stays).map(|(node, _)| node.clone()).collect()
    }

    /// The program with only these nodes, renumbered.
    pub(crate) fn select(&self, program: Program) -> Program {
        let selected = Program {
            package: program.package,
            params: self.table(ItemKind::Param, program.params),
            entities: self.table(ItemKind::Entity, program.entities),
            signals: self.table(ItemKind::Signal, program.signals),
            detectors: self.table(ItemKind::Detector, program.detectors),
            actions: self.table(ItemKind::Action, program.actions),
            channels: self.table(ItemKind::Channel, program.channels),
            plans: self.table(ItemKind::Plan, program.plans),
            policies: self.table(ItemKind::Policy, program.policies),
            sources: self.table(ItemKind::Source, program.sources),
            events: self.table(ItemKind::Event, program.events),
            shared_guards: self.table(ItemKind::SharedGuard, program.shared_guards),
            topology: program.topology,
        };
        self.renumbered(selected)
    }

    /// A copy with only these nodes, renumbered.
    pub(crate) fn copy(&self, program: &Program) -> Program {
        let selected = Program {
            package: program.package.clone(),
            params: self.copied(ItemKind::Param, &program.params),
            entities: self.copied(ItemKind::Entity, &program.entities),
            signals: self.copied(ItemKind::Signal, &program.signals),
            detectors: self.copied(ItemKind::Detector, &program.detectors),
            actions: self.copied(ItemKind::Action, &program.actions),
            channels: self.copied(ItemKind::Channel, &program.channels),
            plans: self.copied(ItemKind::Plan, &program.plans),
            policies: self.copied(ItemKind::Policy, &program.policies),
            sources: self.copied(ItemKind::Source, &program.sources),
            events: self.copied(ItemKind::Event, &program.events),
            shared_guards: self.copied(ItemKind::SharedGuard, &program.shared_guards),
            topology: program.topology.clone(),
        };
        self.renumbered(selected)
    }

    fn renumbered(&self, mut program: Program) -> Program {
        if !self.all {
            self.renumber(&mut program.entities);
            self.renumber(&mut program.detectors);
            self.renumber(&mut program.actions);
            self.renumber(&mut program.channels);
            self.renumber(&mut program.plans);
            self.renumber(&mut program.policies);
            self.renumber(&mut program.events);
            self.renumber(&mut program.shared_guards);
        }
        program
    }

    fn renumber<T: Indexes>(&self, table: &mut [T]) {
        for node in table {
            node.indexes(&mut |kind, index| *index = self.number(kind, *index));
        }
    }
}

fn references<T: Indexes>(table: &mut [T], at: usize, note: &mut dyn FnMut(ItemKind, &mut u32)) {
    if let Some(node) = table.get_mut(at) {
        node.indexes(note);
    }
}
