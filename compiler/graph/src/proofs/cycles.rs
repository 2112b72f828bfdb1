//! Definitions that go round in a circle.

use std::collections::{BTreeMap, BTreeSet};

use heal_check::{ItemId, Reference, ReferenceKind, TypedProgram};
use heal_diagnostics::{Code, Diagnostic};
use petgraph::{
    algo::kosaraju_scc,
    graph::{DiGraph, NodeIndex},
};

/// One error for each group of items whose definitions need each other.
#[must_use]
pub fn cycles(typed: &TypedProgram) -> Vec<Diagnostic> {
    let named: Vec<(ItemId, &Reference)> = typed
        .references
        .iter()
        .filter(|reference| reference.kind != ReferenceKind::Tests)
        .filter_map(|reference| Some((reference.from?, reference)))
        .collect();
    let round = without_ends(typed.items.len(), &named);
    let mut graph: DiGraph<ItemId, ()> = DiGraph::new();
    let mut by_item: BTreeMap<ItemId, NodeIndex> = BTreeMap::new();
    for (from, reference) in &round {
        let [from, to] =
            [*from, reference.to].map(|item| *by_item.entry(item).or_insert_with(|| graph.add_node(item)));
        graph.add_edge(from, to, ());
    }
    // Iterative, unlike Tarjan's in the same crate: a hostile chain of items must not use up the stack.
    let components = kosaraju_scc(&graph);
    let mut member_of: BTreeMap<ItemId, usize> = BTreeMap::new();
    for (at, component) in components.iter().enumerate() {
        let items = component.iter().filter_map(|index| graph.node_weight(*index));
        member_of.extend(items.map(|item| (*item, at)));
    }
    let mut inside: Vec<Vec<&Reference>> = vec![Vec::new(); components.len()];
    for (from, reference) in round {
        let ends = [from, reference.to].map(|end| member_of.get(&end));
        if let [Some(from), Some(to)] = ends
            && from == to
            && is_defining(reference.kind)
            && let Some(references) = inside.get_mut(*from)
        {
            references.push(reference);
        }
    }
    let mut circles: Vec<Diagnostic> = components
        .iter()
        .zip(&mut inside)
        .filter_map(|(component, references)| {
            let items = component.iter().filter_map(|index| graph.node_weight(*index));
            let members: BTreeSet<&str> = items.map(|item| typed.path(*item)).collect();
            references.sort_by_key(|reference| (reference.file, reference.range));
            report(typed, &members, references)
        })
        .collect();
    circles.sort_by_key(|diagnostic| (diagnostic.primary.file, diagnostic.primary.range));
    circles
}

/// The references of items that are named by others of them: what nothing names is in no circle, and neither is what only
/// such items name. Most packages have none left.
fn without_ends<'t>(items: usize, named: &[(ItemId, &'t Reference)]) -> Vec<(ItemId, &'t Reference)> {
    let mut naming = vec![0_usize; items];
    let mut first = vec![0_usize; items + 1];
    for (from, reference) in named {
        naming.get_mut(reference.to.at()).into_iter().for_each(|count| *count += 1);
        first.get_mut(from.at() + 1).into_iter().for_each(|count| *count += 1);
    }
    let mut sum = 0;
    for slot in &mut first {
        sum += *slot;
        *slot = sum;
    }
    // INVARIANT: references are sorted by who names, so those of one item stand together.
    let mut pending: Vec<usize> = (0..items).filter(|at| naming.get(*at) == Some(&0)).collect();
    let mut gone = vec![false; items];
    while let Some(at) = pending.pop() {
        gone.get_mut(at).into_iter().for_each(|slot| *slot = true);
        let (Some(start), Some(end)) = (first.get(at), first.get(at + 1)) else { continue };
        for (_, reference) in named.get(*start..*end).unwrap_or_default() {
            let to = reference.to.at();
            if let Some(count) = naming.get_mut(to) {
                *count -= 1;
                if *count == 0 {
                    pending.push(to);
                }
            }
        }
    }
    let is_left = |item: ItemId| gone.get(item.at()) == Some(&false);
    named.iter().filter(|(from, reference)| is_left(*from) && is_left(reference.to)).copied().collect()
}

/// Where an item needs another to mean something. Types may name each other, actions may take each other back, and a
/// plan defines no signal by disturbing it.
fn is_defining(kind: ReferenceKind) -> bool {
    match kind {
        ReferenceKind::Reads | ReferenceKind::Triggers | ReferenceKind::Calls => true,
        ReferenceKind::Uses
        | ReferenceKind::Disturbs
        | ReferenceKind::Affects
        | ReferenceKind::Verifies
        | ReferenceKind::Tests => false,
    }
}

fn report(typed: &TypedProgram, members: &BTreeSet<&str>, references: &[&Reference]) -> Option<Diagnostic> {
    let says = |reference: &Reference| {
        let from = reference.from.map_or("", |from| typed.path(from));
        format!("`{from}` reads `{}` here", typed.path(reference.to))
    };
    let (first, others) = references.split_first()?;
    let names = members.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
    let message = match members.len() {
        1 => format!("{names} is defined by itself"),
        _ => format!("{names} are defined by each other"),
    };
    let mut diagnostic = Diagnostic::error(Code::CYCLE, first.file, first.range, message)
        .with_label(says(first))
        .with_help("let one of them read signals only");
    for reference in others {
        diagnostic = diagnostic.with_secondary(reference.file, reference.range, says(reference));
    }
    Some(diagnostic)
}
