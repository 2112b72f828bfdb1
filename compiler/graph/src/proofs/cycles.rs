//! Definitions that go round in a circle.

use std::collections::BTreeSet;

use heal_check::Reference;
use heal_diagnostics::{Code, Diagnostic};
use petgraph::algo::kosaraju_scc;

use crate::{DependencyGraph, EdgeKind, build::Link};

/// One error for each group of items whose definitions need each other.
#[must_use]
pub fn cycles(graph: &DependencyGraph) -> Vec<Diagnostic> {
    // Iterative, unlike Tarjan's in the same crate: a hostile chain of items must not use up the stack.
    let components = kosaraju_scc(&graph.graph);
    let mut member_of = vec![0; graph.graph.node_count()];
    for (at, component) in components.iter().enumerate() {
        for index in component {
            if let Some(slot) = member_of.get_mut(index.index()) {
                *slot = at;
            }
        }
    }
    let mut inside: Vec<Vec<&Reference>> = vec![Vec::new(); components.len()];
    for edge in graph.graph.raw_edges() {
        let ends = [edge.source(), edge.target()].map(|end| member_of.get(end.index()));
        if let ([Some(from), Some(to)], Some(reference)) = (ends, defining(&edge.weight))
            && from == to
            && let Some(references) = inside.get_mut(*from)
        {
            references.push(reference);
        }
    }
    let mut circles: Vec<Diagnostic> = components
        .iter()
        .zip(&mut inside)
        .filter_map(|(component, references)| {
            let members: BTreeSet<&str> = component
                .iter()
                .filter_map(|index| graph.graph.node_weight(*index))
                .map(|node| node.path.as_str())
                .collect();
            references.sort_by_key(|reference| (reference.file, reference.range));
            report(&members, references)
        })
        .collect();
    circles.sort_by_key(|diagnostic| (diagnostic.primary.file, diagnostic.primary.range));
    circles
}

/// Where an item needs another to mean something. Types may name each other, actions may take each other back, and a
/// plan defines no signal by disturbing it.
fn defining(link: &Link) -> Option<&Reference> {
    match link.kind {
        EdgeKind::Reads | EdgeKind::Triggers | EdgeKind::Calls => link.reference.as_ref(),
        EdgeKind::Uses | EdgeKind::Disturbs | EdgeKind::Verifies | EdgeKind::DependsOn => None,
    }
}

fn report(members: &BTreeSet<&str>, references: &[&Reference]) -> Option<Diagnostic> {
    let (first, others) = references.split_first()?;
    let names = members.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
    let message = match members.len() {
        1 => format!("{names} is defined by itself"),
        _ => format!("{names} are defined by each other"),
    };
    let mut diagnostic = Diagnostic::error(Code::CYCLE, first.file, first.range, message)
        .with_label(format!("`{}` reads `{}` here", first.from, first.to))
        .with_help("let one of them read signals only");
    for reference in others {
        let text = format!("`{}` reads `{}` here", reference.from, reference.to);
        diagnostic = diagnostic.with_secondary(reference.file, reference.range, text);
    }
    Some(diagnostic)
}
