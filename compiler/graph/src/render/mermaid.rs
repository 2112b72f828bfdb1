//! Mermaid: what forges draw in a comment.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use heal_check::ItemKind;

use super::{is_marked, label};
use crate::{DependencyGraph, EdgeKind, Node, NodeKind};

pub(super) fn mermaid(graph: &DependencyGraph, marked: &BTreeSet<String>) -> String {
    let mut text = String::from("flowchart LR\n");
    let nodes = graph.nodes();
    let numbers: BTreeMap<&Node, usize> = nodes.iter().enumerate().map(|(at, node)| (*node, at)).collect();
    for (at, node) in nodes.iter().enumerate() {
        let (open, close) = brackets(node.kind);
        let mark = if is_marked(node, marked) { ":::changed" } else { "" };
        let _ = writeln!(text, "  n{at}{open}\"{}\"{close}{mark}", label(node));
    }
    for edge in graph.edges() {
        let number = |node: &Node| numbers.get(node).copied().unwrap_or_default();
        let arrow = arrow(edge.kind);
        let _ =
            writeln!(text, "  n{} {arrow}|{}| n{}", number(&edge.from), edge.kind.word(), number(&edge.to));
    }
    if nodes.iter().any(|node| is_marked(node, marked)) {
        text.push_str("  classDef changed stroke-width:4px,stroke-dasharray:6 3\n");
    }
    text
}

fn brackets(kind: NodeKind) -> (&'static str, &'static str) {
    match kind {
        NodeKind::Item(ItemKind::Signal) => ("([", "])"),
        NodeKind::Item(ItemKind::Detector | ItemKind::DetectorTemplate) => ("{{", "}}"),
        NodeKind::Item(ItemKind::Policy | ItemKind::PolicyTemplate | ItemKind::SharedGuard) => ("[[", "]]"),
        NodeKind::Item(ItemKind::Let | ItemKind::Function) => ("(", ")"),
        NodeKind::Item(ItemKind::Event | ItemKind::Source) => ("[/", "/]"),
        NodeKind::Service => ("((", "))"),
        NodeKind::Item(
            ItemKind::Param
            | ItemKind::Entity
            | ItemKind::Action
            | ItemKind::Channel
            | ItemKind::Plan
            | ItemKind::Test,
        ) => ("[", "]"),
    }
}

fn arrow(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Uses => "-.->",
        EdgeKind::Disturbs => "==>",
        EdgeKind::Reads | EdgeKind::Triggers | EdgeKind::Calls | EdgeKind::Verifies | EdgeKind::DependsOn => {
            "-->"
        }
    }
}
