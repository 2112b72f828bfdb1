//! Items as nodes, names in their texts as edges.

use std::collections::{BTreeMap, BTreeSet};

use heal_check::{ItemInfo, ItemKind, Reference, ReferenceKind, TypedProgram};
use petgraph::{
    Direction,
    graph::{DiGraph, NodeIndex},
    visit::{Dfs, Reversed},
};

/// The graph of a package: an edge leads from an item to one that its text names.
#[derive(Clone, Debug, Default)]
pub struct DependencyGraph {
    pub(crate) graph: DiGraph<Node, Reference>,
    by_path: BTreeMap<String, NodeIndex>,
}

/// An item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    /// Where it stands.
    pub path: String,
    /// What it is.
    pub kind: ItemKind,
}

/// Two items in the direction in which data and decisions flow: from a signal to the detector that reads it, from a
/// policy to the plan that it runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Path of the item that it leaves.
    pub from: String,
    /// Path of the item that it reaches.
    pub to: String,
    /// What the one is to the other.
    pub kind: ReferenceKind,
}

impl DependencyGraph {
    /// The graph of a checked package. Items of the standard library are in it where something names them.
    #[must_use]
    pub fn of(typed: &TypedProgram) -> DependencyGraph {
        let mut built = DependencyGraph::default();
        let named: BTreeSet<&str> = typed.references.iter().map(|reference| reference.to.as_str()).collect();
        let is_shown = |item: &&ItemInfo| !item.external || named.contains(item.path.as_str());
        for item in typed.items.iter().filter(is_shown) {
            let node = Node { path: item.path.clone(), kind: item.kind };
            let index = built.graph.add_node(node);
            built.by_path.insert(item.path.clone(), index);
        }
        for reference in &typed.references {
            let ends = (built.by_path.get(&reference.from), built.by_path.get(&reference.to));
            if let (Some(from), Some(to)) = ends {
                built.graph.add_edge(*from, *to, reference.clone());
            }
        }
        built
    }

    /// The items, sorted by path.
    #[must_use]
    pub fn nodes(&self) -> Vec<&Node> {
        let mut nodes: Vec<&Node> = self.graph.node_weights().collect();
        nodes.sort();
        nodes
    }

    /// How data and decisions flow, sorted; each pair and kind once.
    #[must_use]
    pub fn edges(&self) -> Vec<Edge> {
        let edges: BTreeSet<Edge> = self
            .graph
            .edge_weights()
            .map(|reference| {
                let (named, naming) = (reference.to.clone(), reference.from.clone());
                match reference.kind {
                    ReferenceKind::Calls => Edge { from: naming, to: named, kind: reference.kind },
                    ReferenceKind::Reads
                    | ReferenceKind::Triggers
                    | ReferenceKind::Uses
                    | ReferenceKind::Tests => Edge { from: named, to: naming, kind: reference.kind },
                }
            })
            .collect();
        edges.into_iter().collect()
    }

    /// Everything that a change of these items can reach: themselves and all that names them, directly or not.
    #[must_use]
    pub fn reach(&self, changed: &BTreeSet<String>) -> BTreeSet<String> {
        let mut reached = BTreeSet::new();
        for start in changed.iter().filter_map(|path| self.by_path.get(path)) {
            let mut search = Dfs::new(Reversed(&self.graph), *start);
            while let Some(index) = search.next(Reversed(&self.graph)) {
                reached.extend(self.graph.node_weight(index).map(|node| node.path.clone()));
            }
        }
        reached
    }

    /// These items, what they can reach, and what they stand on: what a reviewer of a change wants to see.
    #[must_use]
    pub fn around(&self, changed: &BTreeSet<String>) -> DependencyGraph {
        let mut kept = self.reach(changed);
        for path in kept.clone() {
            let below = self
                .by_path
                .get(&path)
                .map(|index| self.graph.neighbors_directed(*index, Direction::Outgoing));
            let below = below.into_iter().flatten().filter_map(|index| self.graph.node_weight(index));
            kept.extend(below.map(|node| node.path.clone()));
        }
        let mut part = DependencyGraph::default();
        for node in self.nodes().into_iter().filter(|node| kept.contains(&node.path)) {
            let index = part.graph.add_node(node.clone());
            part.by_path.insert(node.path.clone(), index);
        }
        for reference in self.graph.edge_weights() {
            if let (Some(from), Some(to)) =
                (part.by_path.get(&reference.from), part.by_path.get(&reference.to))
            {
                part.graph.add_edge(*from, *to, reference.clone());
            }
        }
        part
    }
}
