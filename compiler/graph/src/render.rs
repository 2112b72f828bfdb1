//! The graph as pictures and data.

use std::{collections::BTreeSet, fmt::Write};

use heal_check::{ItemKind, ReferenceKind};

use crate::DependencyGraph;

impl DependencyGraph {
    /// Mermaid, which forges draw. `marked` items stand out.
    #[must_use]
    pub fn to_mermaid(&self, marked: &BTreeSet<String>) -> String {
        mermaid(self, marked)
    }

    /// Graphviz.
    #[must_use]
    pub fn to_dot(&self) -> String {
        dot(self)
    }

    /// JSON: `{"version":1,"nodes":[{"path","kind"}],"edges":[{"from","to","kind"}]}`.
    #[must_use]
    pub fn to_json_text(&self) -> String {
        json(self)
    }
}

fn mermaid(graph: &DependencyGraph, marked: &BTreeSet<String>) -> String {
    let mut text = String::from("flowchart LR\n");
    let nodes = graph.nodes();
    let id = |path: &str| nodes.iter().position(|node| node.path == path).unwrap_or_default();
    for (at, node) in nodes.iter().enumerate() {
        let (open, close) = match node.kind {
            ItemKind::Signal => ("([", "])"),
            ItemKind::Detector => ("{{", "}}"),
            ItemKind::Policy | ItemKind::PolicyTemplate | ItemKind::SharedGuard => ("[[", "]]"),
            ItemKind::Let | ItemKind::Function => ("(", ")"),
            ItemKind::Event | ItemKind::Source => ("[/", "/]"),
            ItemKind::DetectorTemplate => ("{{", "}}"),
            ItemKind::Param
            | ItemKind::Entity
            | ItemKind::Action
            | ItemKind::Channel
            | ItemKind::Plan
            | ItemKind::Test => ("[", "]"),
        };
        // Paths are names and dots: nothing in them means anything to Mermaid inside quotes.
        let mark = if marked.contains(&node.path) { ":::changed" } else { "" };
        let _ = writeln!(text, "  n{at}{open}\"{} {}\"{close}{mark}", node.kind.word(), node.path);
    }
    for edge in graph.edges() {
        let arrow = if edge.kind == ReferenceKind::Uses { "-.->" } else { "-->" };
        let _ = writeln!(text, "  n{} {arrow}|{}| n{}", id(&edge.from), edge_word(edge.kind), id(&edge.to));
    }
    if nodes.iter().any(|node| marked.contains(&node.path)) {
        text.push_str("  classDef changed stroke-width:4px,stroke-dasharray:6 3\n");
    }
    text
}

fn dot(graph: &DependencyGraph) -> String {
    let mut text = String::from("digraph heal {\n  rankdir=LR;\n");
    for node in graph.nodes() {
        let _ = writeln!(text, "  \"{}\" [label=\"{} {}\"];", node.path, node.kind.word(), node.path);
    }
    for edge in graph.edges() {
        let _ =
            writeln!(text, "  \"{}\" -> \"{}\" [label=\"{}\"];", edge.from, edge.to, edge_word(edge.kind));
    }
    text.push_str("}\n");
    text
}

fn json(graph: &DependencyGraph) -> String {
    // Paths and words are made of letters, digits, `_` and `.`: nothing to escape.
    let nodes: Vec<String> = graph
        .nodes()
        .iter()
        .map(|node| format!("{{\"path\":\"{}\",\"kind\":\"{}\"}}", node.path, node.kind.word()))
        .collect();
    let edge = |edge: &crate::Edge| {
        format!("{{\"from\":\"{}\",\"to\":\"{}\",\"kind\":\"{}\"}}", edge.from, edge.to, edge_word(edge.kind))
    };
    let edges: Vec<String> = graph.edges().iter().map(edge).collect();
    format!("{{\"version\":1,\"nodes\":[{}],\"edges\":[{}]}}\n", nodes.join(","), edges.join(","))
}

/// What the end of the arrow does with its beginning, or the beginning with its end.
fn edge_word(kind: ReferenceKind) -> &'static str {
    match kind {
        ReferenceKind::Reads => "reads",
        ReferenceKind::Triggers => "triggers",
        ReferenceKind::Calls => "calls",
        ReferenceKind::Uses => "uses",
        ReferenceKind::Tests => "tests",
    }
}
