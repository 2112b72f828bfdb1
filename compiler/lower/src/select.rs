//! What a program holds: the items of the package, and those of the standard library that they reach.
//!
//! Of the standard library the rest is left out, so that a new release of it changes a program's digest only where the
//! program uses what has changed.

use std::{collections::BTreeMap, sync::Arc};

use heal_check::{ItemInfo, ItemKind, VisitIndexes, VisitIndexesMut, renumber};
use heal_program::{Program, Table};

/// A node: its kind and its position in the table of that kind.
pub(crate) type Node = (ItemKind, u32);

/// The nodes that stay.
#[derive(Clone, Debug, Default, PartialEq)]
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
    pub(crate) fn of(program: &Program, items: &Table<ItemInfo>, named: Vec<Node>) -> Kept {
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

    /// Keeps all that can be reached.
    fn reach(&mut self, program: &Program, mut pending: Vec<Node>) {
        while let Some((kind, at)) = pending.pop() {
            let slot = self.stays.get_mut(&kind).and_then(|stays| stays.get_mut(at as usize));
            let Some(slot) = slot.filter(|stays| !**stays) else { continue };
            *slot = true;
            let mut note = |kind: ItemKind, index: &u32| pending.push((kind, *index));
            let at = at as usize;
            match kind {
                ItemKind::Param | ItemKind::Signal | ItemKind::Source => {}
                ItemKind::Entity => references(&program.entities, at, &mut note),
                ItemKind::Detector => references(&program.detectors, at, &mut note),
                ItemKind::Action => references(&program.actions, at, &mut note),
                ItemKind::Channel => references(&program.channels, at, &mut note),
                ItemKind::Plan => references(&program.plans, at, &mut note),
                ItemKind::Policy => references(&program.policies, at, &mut note),
                ItemKind::Event => references(&program.events, at, &mut note),
                ItemKind::SharedGuard => references(&program.shared_guards, at, &mut note),
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

    /// Of each node of a table whether it stays.
    fn stays(&self, kind: ItemKind) -> &[bool] {
        self.stays.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// The program with only these nodes, renumbered.
    pub(crate) fn select(&self, program: Program) -> Program {
        if self.all {
            return program;
        }
        Program {
            package: program.package,
            params: self.chosen(ItemKind::Param, program.params),
            entities: self.renumbered(ItemKind::Entity, program.entities),
            signals: self.chosen(ItemKind::Signal, program.signals),
            detectors: self.renumbered(ItemKind::Detector, program.detectors),
            actions: self.renumbered(ItemKind::Action, program.actions),
            channels: self.renumbered(ItemKind::Channel, program.channels),
            plans: self.renumbered(ItemKind::Plan, program.plans),
            policies: self.renumbered(ItemKind::Policy, program.policies),
            sources: self.chosen(ItemKind::Source, program.sources),
            events: self.renumbered(ItemKind::Event, program.events),
            shared_guards: self.renumbered(ItemKind::SharedGuard, program.shared_guards),
            topology: program.topology,
        }
    }

    fn chosen<T>(&self, kind: ItemKind, table: Table<T>) -> Table<T> {
        let nodes = table.into_iter().zip(self.stays(kind));
        nodes.filter(|(_, stays)| **stays).map(|(node, _)| node).collect()
    }

    /// The nodes of a table that stay and are others than before, each with its position among those that stay.
    fn changed<'t, T>(
        &self,
        kind: ItemKind,
        before: &Table<T>,
        now: &'t Table<T>,
    ) -> impl Iterator<Item = (usize, &'t Arc<T>)> {
        let nodes = now.as_slice().iter().zip(self.stays(kind)).enumerate();
        let changed = nodes.filter(|(at, (_, stays))| **stays && !before.shares(now, *at));
        changed.map(move |(at, (node, _))| {
            (self.number(kind, u32::try_from(at).unwrap_or(u32::MAX)) as usize, node)
        })
    }

    fn renumbered<T: Renumbered>(&self, kind: ItemKind, table: Table<T>) -> Table<T> {
        let nodes = self.chosen(kind, table).into_iter();
        nodes.map(|node| self.in_place(node)).collect()
    }

    /// A node with the numbers of what stays in it.
    fn in_place<T: Renumbered>(&self, mut node: Arc<T>) -> Arc<T> {
        renumber(&mut node, |kind, index| self.number(kind, index));
        node
    }
}

/// A node that has numbers of others in it.
trait Renumbered: VisitIndexes + VisitIndexesMut + Clone {}

impl<T: VisitIndexes + VisitIndexesMut + Clone> Renumbered for T {}

/// A program that was selected of another one, and can be gone on from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selected {
    kept: Kept,
    from: Program,
    program: Program,
}

impl Selected {
    /// Selects of `program` what is kept, as [`Kept::select`] does. A node that stands where it stood before is taken over.
    pub(crate) fn select(&mut self, kept: Kept, program: &Program) -> Program {
        if kept == self.kept {
            self.renew(program);
        } else {
            self.program = kept.select(program.clone());
            self.kept = kept;
        }
        self.from = program.clone();
        self.program.clone()
    }

    /// Puts what has changed in place of what was there.
    fn renew(&mut self, now: &Program) {
        let Selected { kept, from, program } = self;
        macro_rules! tables {
            ($($table:ident: $kind:ident, $renumber:expr;)*) => {$({
                let changed = kept.changed(ItemKind::$kind, &from.$table, &now.$table);
                for (at, node) in changed {
                    program.$table.set(at, $renumber(node));
                }
            })*};
        }
        tables! {
            params: Param, Arc::clone;
            signals: Signal, Arc::clone;
            sources: Source, Arc::clone;
            entities: Entity, |node| kept.in_place(Arc::clone(node));
            events: Event, |node| kept.in_place(Arc::clone(node));
            detectors: Detector, |node| kept.in_place(Arc::clone(node));
            actions: Action, |node| kept.in_place(Arc::clone(node));
            channels: Channel, |node| kept.in_place(Arc::clone(node));
            plans: Plan, |node| kept.in_place(Arc::clone(node));
            policies: Policy, |node| kept.in_place(Arc::clone(node));
            shared_guards: SharedGuard, |node| kept.in_place(Arc::clone(node));
        }
        program.package.clone_from(&now.package);
        program.topology.clone_from(&now.topology);
    }
}

fn references<T: VisitIndexes>(table: &Table<T>, at: usize, note: &mut dyn FnMut(ItemKind, &u32)) {
    table.get(at).into_iter().for_each(|node| node.visit_indexes(note));
}
