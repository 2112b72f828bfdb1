//! Items that mean something else, with what differs where that can be said in a phrase.

mod items;
mod reached;

use std::collections::BTreeSet;

use heal_program::{Dependency, Program, Severity, Signal};

use super::{
    SemanticChange, SemanticChangeKind as Kind,
    guards::TOPOLOGY,
    same::{Same, pairs_of, tables},
    topology,
};
use crate::names::{AS_THEY_ARE, Names};

/// An item of one side, and its program.
struct Side<'a> {
    program: &'a Program,
    path: &'a str,
    names: &'a Names,
}

/// Every item of base and head that is not the same, by kind in the order of what decides first, then by path; and what
/// depends on what.
pub(super) fn changes(base: &Program, head: &Program, same: &Same) -> Vec<SemanticChange> {
    let (before, after) = (tables(base), tables(head));
    let hash = |tables: &super::same::Tables, kind: &str, path: &str| tables.get(kind)?.get(path).copied();
    let (mut changes, mut changed, mut taken) = (Vec::new(), Vec::new(), BTreeSet::new());
    let items = before.iter().flat_map(|(kind, old)| old.keys().map(move |path| (*kind, path)));
    for (kind, path) in items {
        let Some(other) = same.in_head(kind, path) else {
            changes.push(change(kind, path, Kind::Removed));
            continue;
        };
        taken.insert((kind, other));
        if hash(&before, kind, path) != hash(&after, kind, other) {
            changed.push((kind, path.as_str(), other));
        } else if path != other {
            changes.push(SemanticChange { from: Some(path.clone()), ..change(kind, other, Kind::Renamed) });
        }
    }
    let added = after.iter().flat_map(|(kind, new)| new.keys().map(move |path| (*kind, path.as_str())));
    let added = added.filter(|item| !taken.contains(item));
    changes.extend(added.map(|(kind, path)| change(kind, path, Kind::Added)));

    let reachable: BTreeSet<&str> = changed.iter().map(|(_, _, path)| *path).collect();
    for (kind, path, other) in changed {
        let before = Side { program: base, path, names: same.renamed() };
        let after = Side { program: head, path: other, names: &AS_THEY_ARE };
        let mut details = items::details(kind, &before, &after);
        if details.is_empty() {
            details.extend(reached::through(kind, &after, &reachable));
        }
        let from = (path != other).then(|| path.to_owned());
        changes.push(SemanticChange { from, details, ..change(kind, other, Kind::Changed) });
    }
    changes.extend(of_topology(base, head));
    changes.sort_by(|a, b| (rank(&a.kind), &a.path).cmp(&(rank(&b.kind), &b.path)));
    changes
}

/// What the recording cannot tell, because it says itself in what units its numbers are: what they are taken for live.
pub(super) fn unknown_live(base: &Program, head: &Program, same: &Same) -> Vec<String> {
    let in_head = |path: &str| same.in_head("signal", path).map(str::to_owned);
    let pairs = pairs_of(&base.signals, &head.signals, |it: &Signal| &it.head, in_head);
    let of = |(before, after): (&Signal, &Signal)| {
        let unit = |it: &Signal| (it.dimension, it.scale, it.offset);
        if unit(before) == unit(after) {
            return None;
        }
        let said = items::unit_moved(before, after)?;
        Some(format!(
            "signal `{}` reads its samples in another unit ({said}); a recording declares its own, so this one cannot show \
             what that does live",
            after.head.path
        ))
    };
    pairs.into_iter().filter_map(of).collect()
}

fn change(kind: &str, path: &str, change: Kind) -> SemanticChange {
    SemanticChange { kind: kind.to_owned(), path: path.to_owned(), change, from: None, details: Vec::new() }
}

/// What depends on what, an edge each.
fn of_topology(base: &Program, head: &Program) -> Vec<SemanticChange> {
    let edge = |edge: &Dependency| format!("{} -> {}", edge.from, edge.to);
    let (gone, new) = topology::edges(base, head);
    let gone = gone.into_iter().map(|it| change(TOPOLOGY, &edge(it), Kind::Removed));
    gone.chain(new.into_iter().map(|it| change(TOPOLOGY, &edge(it), Kind::Added))).collect()
}

/// Where a kind stands among the others: what decides first.
fn rank(kind: &str) -> usize {
    const KINDS: [&str; 10] =
        ["policy", "guard", "detector", "plan", "action", "channel", TOPOLOGY, "signal", "param", "entity"];
    KINDS.iter().position(|other| *other == kind).unwrap_or(KINDS.len())
}

/// `for 5m → 2m` where both differ.
fn moved(what: &str, before: &str, after: &str) -> Option<String> {
    (before != after).then(|| format!("{what} {before} → {after}"))
}

/// The language's word.
pub(crate) fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Critical => "critical",
    }
}
