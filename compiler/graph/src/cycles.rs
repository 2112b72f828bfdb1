//! Definitions that go round in a circle.

use std::collections::BTreeSet;

use heal_check::{Reference, ReferenceKind};
use heal_diagnostics::{Code, Diagnostic};
use petgraph::algo::kosaraju_scc;

use crate::DependencyGraph;

/// One error for each group of items whose definitions need each other.
#[must_use]
pub fn cycles(graph: &DependencyGraph) -> Vec<Diagnostic> {
    // Iterative, unlike Tarjan's in the same crate: a hostile chain of items must not use up the stack.
    let mut circles: Vec<Diagnostic> = kosaraju_scc(&graph.graph)
        .into_iter()
        .filter_map(|component| {
            let members: BTreeSet<&str> = component
                .iter()
                .filter_map(|index| graph.graph.node_weight(*index))
                .map(|node| node.path.as_str())
                .collect();
            let inside = |reference: &&Reference| {
                reference.kind != ReferenceKind::Uses
                    && members.contains(reference.from.as_str())
                    && members.contains(reference.to.as_str())
            };
            let mut references: Vec<&Reference> = graph.graph.edge_weights().filter(inside).collect();
            references.sort_by_key(|reference| (reference.file, reference.range));
            report(&members, &references)
        })
        .collect();
    circles.sort_by_key(|diagnostic| (diagnostic.primary.file, diagnostic.primary.range));
    circles
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
