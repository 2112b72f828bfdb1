//! The graph as pictures and data.

mod json;
mod layout;
mod mermaid;
mod svg;

use std::{collections::BTreeSet, fmt::Write};

use crate::{DependencyGraph, Node};

impl DependencyGraph {
    /// Mermaid, which forges draw. `marked` items stand out.
    #[must_use]
    pub fn to_mermaid(&self, marked: &BTreeSet<String>) -> String {
        mermaid::mermaid(self, marked)
    }

    /// Graphviz. `marked` items stand out.
    #[must_use]
    pub fn to_dot(&self, marked: &BTreeSet<String>) -> String {
        let mut text = String::from("digraph heal {\n  rankdir=LR;\n");
        for node in self.nodes() {
            let style = if is_marked(node, marked) { " style=\"bold,dashed\"" } else { "" };
            let _ = writeln!(text, "  \"{}\" [label=\"{}\"{style}];", id(node), label(node));
        }
        for edge in self.edges() {
            let (from, to, word) = (id(&edge.from), id(&edge.to), edge.kind.word());
            let _ = writeln!(text, "  \"{from}\" -> \"{to}\" [label=\"{word}\"];");
        }
        text.push_str("}\n");
        text
    }

    /// JSON, version 1: `nodes` with path, kind, and whether they are `marked`; `edges` with the ids of their ends.
    #[must_use]
    pub fn to_json_text(&self, marked: &BTreeSet<String>) -> String {
        json::json(self, marked)
    }

    /// A picture of its own, laid out in layers from left to right. `marked` items stand out.
    #[must_use]
    pub fn to_svg(&self, marked: &BTreeSet<String>) -> String {
        svg::svg(self, marked)
    }
}

/// What tells a node from all others. Items have paths; a service, of which there may be one with an item's path, has its
/// word before its name.
fn id(node: &Node) -> String {
    match node.kind {
        crate::NodeKind::Item(_) => node.path.clone(),
        crate::NodeKind::Service => format!("service {}", node.path),
    }
}

/// A node as people read it. Paths are names and dots: nothing in them means anything to a format inside quotes.
fn label(node: &Node) -> String {
    format!("{} {}", node.kind.word(), node.path)
}

fn is_marked(node: &Node, marked: &BTreeSet<String>) -> bool {
    matches!(node.kind, crate::NodeKind::Item(_)) && marked.contains(&node.path)
}
