//! JSON: `{"version":1,"nodes":[{"id","path","kind","changed"}],"edges":[{"from","to","kind"}]}`.

use std::collections::BTreeSet;

use super::{id, is_marked};
use crate::DependencyGraph;

pub(super) fn json(graph: &DependencyGraph, marked: &BTreeSet<String>) -> String {
    let nodes: Vec<String> = graph
        .nodes()
        .into_iter()
        .map(|node| {
            format!(
                "{{\"id\":{},\"path\":{},\"kind\":\"{}\",\"changed\":{}}}",
                quoted(&id(node)),
                quoted(&node.path),
                node.kind.word(),
                is_marked(node, marked)
            )
        })
        .collect();
    let edges: Vec<String> = graph
        .edges()
        .iter()
        .map(|edge| {
            format!(
                "{{\"from\":{},\"to\":{},\"kind\":\"{}\"}}",
                quoted(&id(&edge.from)),
                quoted(&id(&edge.to)),
                edge.kind.word()
            )
        })
        .collect();
    format!("{{\"version\":1,\"nodes\":[{}],\"edges\":[{}]}}\n", nodes.join(","), edges.join(","))
}

/// A text in JSON's quotes. Paths are made of letters, digits, `_`, `.` and blanks: there is nothing to escape, and what
/// there could be is left out.
fn quoted(text: &str) -> String {
    let plain: String = text.chars().filter(|it| !it.is_control() && !['"', '\\'].contains(it)).collect();
    format!("\"{plain}\"")
}
