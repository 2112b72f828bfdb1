//! Which items of base are which of head, whatever they are called: bounds are compared, and runs matched, under the names
//! that head has for them. A new name is no way around an owner.

use std::collections::{BTreeMap, BTreeSet};

use heal_program::{Guard, Head, Plan, Policy, Program, Rung, SemanticHash, Table};

use super::Pairing;
use crate::names::Names;

/// The items of both sides that are the same to people, by kind: from the path in base to that in head.
#[derive(Debug, Default)]
pub(super) struct Same {
    by_kind: BTreeMap<&'static str, BTreeMap<String, String>>,
    /// From path to path, whatever the kind, where they differ.
    renamed: Names,
}

impl Same {
    /// By path; policies and detectors as they are paired; by equal meaning; then by standing in the same place of what is the
    /// same: the plan of a rung, the channel of an escalation, the shared guard of a policy, the action of a step.
    pub(super) fn of(base: &Program, head: &Program, policies: &[Pairing], detectors: &[Pairing]) -> Same {
        let mut same = Same::default();
        let (before, after) = (tables(base), tables(head));
        let empty = BTreeMap::new();
        for (kind, old) in &before {
            let new = after.get(kind).unwrap_or(&empty);
            let known = match *kind {
                "policy" => policies,
                "detector" | "event" => detectors,
                _ => &[],
            };
            same.by_kind.insert(kind, of_kind(old, new, known));
        }
        let sides = Sides { base, head, before: &before, after: &after };
        same.add_by_place(&sides);
        let pairs = same.by_kind.values().flatten().filter(|(before, after)| before != after);
        same.renamed = pairs.map(|(before, after)| (before.clone(), after.clone())).collect();
        same
    }

    /// The path in head of an item of base; none: it is gone.
    pub(super) fn in_head(&self, kind: &str, path: &str) -> Option<&str> {
        Some(self.by_kind.get(kind)?.get(path)?.as_str())
    }

    /// What items are called in head that have another name in base.
    pub(super) fn renamed(&self) -> &Names {
        &self.renamed
    }

    fn add_by_place(&mut self, sides: &Sides<'_>) {
        let policies = pairs_of(
            &sides.base.policies,
            &sides.head.policies,
            |it: &Policy| &it.head,
            |path| self.in_head("policy", path).map(str::to_owned),
        );
        for (before, after) in policies {
            for (old, new) in before.ladder.iter().zip(&after.ladder) {
                for (old, new) in old.plans().zip(new.plans()) {
                    let (old, new) = (sides.base.plan(old), sides.head.plan(new));
                    self.add(sides, "plan", old.map(|it| &it.head), new.map(|it| &it.head));
                }
                if let (Rung::Escalate { channel: old, .. }, Rung::Escalate { channel: new, .. }) = (old, new)
                {
                    let old = old.and_then(|it| sides.base.channel(it)).map(|it| &it.head);
                    let new = new.and_then(|it| sides.head.channel(it)).map(|it| &it.head);
                    self.add(sides, "channel", old, new);
                }
            }
            let shared = |program: &'_ Program, guard: &Guard| -> Vec<Head> {
                let shared = guard.shared.iter().filter_map(|index| program.shared_guard(*index));
                shared.map(|it| it.head.clone()).collect()
            };
            let (old, new) = (shared(sides.base, &before.guard), shared(sides.head, &after.guard));
            for (old, new) in old.iter().zip(&new) {
                self.add(sides, "guard", Some(old), Some(new));
            }
        }
        let plans = pairs_of(
            &sides.base.plans,
            &sides.head.plans,
            |it: &Plan| &it.head,
            |path| self.in_head("plan", path).map(str::to_owned),
        );
        for (before, after) in plans {
            for (old, new) in before.steps.iter().zip(&after.steps) {
                let (old, new) = (sides.base.action(old.action), sides.head.action(new.action));
                self.add(sides, "action", old.map(|it| &it.head), new.map(|it| &it.head));
            }
        }
    }

    /// Takes two items for the same, unless either is another one's already.
    fn add(&mut self, sides: &Sides<'_>, kind: &'static str, old: Option<&Head>, new: Option<&Head>) {
        let (Some(old), Some(new)) = (old, new) else { return };
        let known = |tables: &Tables, path: &str| tables.get(kind).is_some_and(|it| it.contains_key(path));
        let pairs = self.by_kind.entry(kind).or_default();
        let is_free = !pairs.contains_key(&old.path) && !pairs.values().any(|path| *path == new.path);
        // What head still has, or base had, under its own name is another item.
        let is_gone = !known(sides.after, &old.path) && !known(sides.before, &new.path);
        if is_free && is_gone {
            pairs.insert(old.path.clone(), new.path.clone());
        }
    }
}

/// Two programs with the tables of their items.
struct Sides<'a> {
    base: &'a Program,
    head: &'a Program,
    before: &'a Tables,
    after: &'a Tables,
}

/// The items of a program by kind and path.
pub(super) type Tables = BTreeMap<&'static str, BTreeMap<String, SemanticHash>>;

pub(super) fn tables(program: &Program) -> Tables {
    let mut tables = Tables::new();
    for (kind, Head { path, hash, .. }) in program.heads() {
        tables.entry(kind).or_default().insert(path.clone(), *hash);
    }
    tables
}

fn of_kind(
    old: &BTreeMap<String, SemanticHash>,
    new: &BTreeMap<String, SemanticHash>,
    known: &[Pairing],
) -> BTreeMap<String, String> {
    let mut pairs: BTreeMap<String, String> = BTreeMap::new();
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    for path in old.keys().filter(|path| new.contains_key(*path)) {
        pairs.insert(path.clone(), path.clone());
        taken.insert(path);
    }
    for pair in known {
        if let (Some(before), Some(after)) = (&pair.base, &pair.head)
            && old.contains_key(before)
            && new.contains_key(after)
            && !pairs.contains_key(before)
            && taken.insert(after)
        {
            pairs.insert(before.clone(), after.clone());
        }
    }
    for (path, hash) in old {
        if pairs.contains_key(path) {
            continue;
        }
        let other = new.iter().find(|(other, its)| *its == hash && !taken.contains(other.as_str()));
        if let Some((other, _)) = other {
            taken.insert(other);
            pairs.insert(path.clone(), other.clone());
        }
    }
    pairs
}

/// The nodes of both sides that are the same.
pub(super) fn pairs_of<'a, T>(
    base: &'a Table<T>,
    head: &'a Table<T>,
    head_of: impl Fn(&T) -> &Head,
    in_head: impl Fn(&str) -> Option<String>,
) -> Vec<(&'a T, &'a T)> {
    let pair = |before: &'a T| {
        let path = in_head(&head_of(before).path)?;
        Some((before, head.iter().find(|after| head_of(after).path == path)?))
    };
    base.iter().filter_map(pair).collect()
}
