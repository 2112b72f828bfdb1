//! What stays, and where it goes.

use std::{collections::BTreeMap, sync::Arc};

use heal_diagnostics::FileId;
use heal_program::{Program, SharedGuard, Table};

use crate::{ItemId, ItemInfo, ItemKind, Reference, StatementPlace, item::Item};

/// Whose node stands at a position of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    /// One that stays; whether it was also checked again, to be known.
    Kept { checked: bool },
    /// One that was checked.
    Fresh,
}

/// Where items and files were, and where they are.
#[derive(Debug, Default)]
pub(super) struct Moved {
    /// By the ids of before; none for what does not stay.
    items: Vec<Option<ItemId>>,
    indexes: BTreeMap<ItemKind, Vec<Option<u32>>>,
    pub(super) files: Vec<Option<FileId>>,
    slots: BTreeMap<ItemKind, Vec<Slot>>,
    /// Whether all that stays is where it was.
    pub(super) same: bool,
}

impl Moved {
    /// `files` has the new id of each file that stays by its old one; `fresh` says whether an item was checked to stay.
    /// None where what should have stayed did not.
    pub(super) fn new(
        before: &Table<ItemInfo>,
        files: Vec<Option<FileId>>,
        now: &[Item<'_>],
        fresh: impl Fn(&str) -> bool,
    ) -> Option<Moved> {
        let mut moved = Moved { files, same: true, ..Moved::default() };
        let mut before = before.iter();
        let mut counts: BTreeMap<ItemKind, u32> = BTreeMap::new();
        for run in now.chunk_by(|left, right| left.unit.module == right.unit.module) {
            let is_fresh = run.first().is_some_and(|item| fresh(&item.unit.module));
            for item in run {
                let slots = moved.slots.entry(item.kind).or_default();
                if is_fresh {
                    slots.push(Slot::Fresh);
                    continue;
                }
                slots.push(Slot::Kept { checked: item.is_checked() });
                loop {
                    let info = before.next()?;
                    if moved.step(&mut counts, info, item) {
                        break;
                    }
                }
            }
        }
        // What is left does not stay.
        for info in before {
            if moved.file(info.file).is_some() {
                return None;
            }
            moved.items.push(None);
            moved.indexes.entry(info.kind).or_default().push(None);
        }
        moved.same &= moved.items.len() == now.len();
        moved.same &= moved
            .indexes
            .iter()
            .all(|(kind, indexes)| moved.slots.get(kind).is_some_and(|slots| slots.len() == indexes.len()));
        Some(moved)
    }

    /// Goes over an item of before; whether it is the one that stays as `item`.
    fn step(&mut self, counts: &mut BTreeMap<ItemKind, u32>, info: &ItemInfo, item: &Item<'_>) -> bool {
        let count = counts.entry(info.kind).or_default();
        let stays = self.file(info.file).is_some();
        let (id, index) = (ItemId(u32::try_from(self.items.len()).unwrap_or(u32::MAX)), *count);
        *count += 1;
        self.items.push(stays.then_some(item.id));
        self.indexes.entry(info.kind).or_default().push(stays.then_some(item.index));
        self.same &= !stays || (item.id == id && item.index == index);
        stays
    }

    /// Where a file is now; none where it does not stay.
    pub(super) fn file(&self, before: FileId) -> Option<FileId> {
        self.files.get(before.0 as usize).copied().flatten()
    }

    pub(super) fn item(&self, before: ItemId) -> Option<ItemId> {
        self.items.get(before.at()).copied().flatten()
    }

    pub(super) fn index(&self, kind: ItemKind, before: u32) -> Option<u32> {
        self.indexes.get(&kind)?.get(before as usize).copied().flatten()
    }

    pub(super) fn reference(&self, before: Reference) -> Option<Reference> {
        let from = match before.from {
            Some(from) => Some(self.item(from)?),
            None => None,
        };
        Some(Reference { from, to: self.item(before.to)?, file: self.file(before.file)?, ..before })
    }

    pub(super) fn statement(&self, before: StatementPlace) -> Option<StatementPlace> {
        Some(StatementPlace { item: self.item(before.item)?, file: self.file(before.file)?, ..before })
    }

    /// Whether what stands at a position of a table was checked.
    pub(super) fn is_fresh(&self, kind: ItemKind, index: u32) -> bool {
        self.slots.get(&kind).and_then(|slots| slots.get(index as usize)) == Some(&Slot::Fresh)
    }

    /// Puts what was checked into a table in place of what has gone. `checked` has a node of each item that was.
    pub(super) fn merge<T: Clone>(
        &self,
        kind: ItemKind,
        table: &mut Table<T>,
        checked: Table<T>,
        renumber: impl Fn(&mut Arc<T>, &dyn Fn(ItemKind, u32) -> u32),
    ) {
        let none = Vec::new();
        let slots = self.slots.get(&kind).unwrap_or(&none);
        let mut checked = checked.into_iter();
        if self.same {
            for (at, slot) in slots.iter().enumerate() {
                match slot {
                    Slot::Kept { checked: false } => {}
                    Slot::Kept { checked: true } => _ = checked.next(),
                    Slot::Fresh => checked.next().into_iter().for_each(|fresh| table.set(at, fresh)),
                }
            }
            return;
        }
        let before = self.indexes.get(&kind).into_iter().flatten();
        let mut kept = std::mem::take(table).into_iter().zip(before).filter(|(_, now)| now.is_some());
        let merge = |slot: &Slot| {
            let fresh = match slot {
                Slot::Kept { checked: false } => None,
                Slot::Kept { checked: true } => {
                    checked.next();
                    None
                }
                Slot::Fresh => checked.next(),
            };
            fresh.or_else(|| {
                let (mut node, _) = kept.next()?;
                renumber(&mut node, &|kind, index| self.index(kind, index).unwrap_or(index));
                Some(node)
            })
        };
        *table = slots.iter().filter_map(merge).collect();
    }

    /// Whether policies do what they did, as far as tests may expect it: by what key they act, which plans and channels
    /// they reach, and whom they ask. `checked` has the nodes of what was checked, one after the other.
    pub(super) fn keeps_deeds(&self, before: &Program, checked: &Program) -> bool {
        self.same
            && self.alike(ItemKind::Detector, &before.detectors, &checked.detectors, |a, b| a.keys == b.keys)
            && self.alike(ItemKind::Event, &before.events, &checked.events, |a, b| a.keys == b.keys)
            && self.alike(ItemKind::Policy, &before.policies, &checked.policies, |a, b| {
                (a.on, &a.ladder, &a.guard.approval) == (b.on, &b.ladder, &b.guard.approval)
            })
            && self.alike(ItemKind::Plan, &before.plans, &checked.plans, |a, b| {
                (&a.steps, &a.undo, &a.always) == (&b.steps, &b.undo, &b.always)
            })
            && self.alike(ItemKind::Action, &before.actions, &checked.actions, |a, b| a.undo == b.undo)
            && self.alike(ItemKind::SharedGuard, &before.shared_guards, &checked.shared_guards, asks_alike)
    }

    fn alike<T>(
        &self,
        kind: ItemKind,
        before: &Table<T>,
        checked: &Table<T>,
        alike: impl Fn(&T, &T) -> bool,
    ) -> bool {
        let none = Vec::new();
        let slots = self.slots.get(&kind).unwrap_or(&none);
        let mut checked = checked.iter();
        slots.iter().zip(before).all(|(slot, before)| match slot {
            Slot::Kept { checked: false } => true,
            Slot::Kept { checked: true } => checked.next().is_some(),
            Slot::Fresh => checked.next().is_some_and(|fresh| alike(before, fresh)),
        })
    }
}

fn asks_alike(left: &SharedGuard, right: &SharedGuard) -> bool {
    left.guard.approval == right.guard.approval
}
