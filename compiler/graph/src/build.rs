//! Items and services as nodes, names in texts and dependencies of services as edges.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use heal_check::{ItemInfo, ItemKind, Reference, ReferenceKind, TypedProgram};
use petgraph::{
    Direction,
    graph::{DiGraph, NodeIndex},
    visit::EdgeRef,
};

/// The graph of a package: an edge leads from an item to one that its text names, and from a service to one that it
/// depends on.
#[derive(Clone, Debug, Default)]
pub struct DependencyGraph {
    pub(crate) graph: DiGraph<Node, Link>,
    by_node: BTreeMap<Node, NodeIndex>,
}

/// An item, or a service of the topology.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    /// Where the item stands, or what the service is called.
    pub path: String,
    /// What it is.
    pub kind: NodeKind,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeKind {
    /// An item.
    Item(ItemKind),
    /// A service that a `topology` names.
    Service,
}

impl NodeKind {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            NodeKind::Item(kind) => kind.word(),
            NodeKind::Service => "service",
        }
    }
}

/// Two nodes in the direction in which data and decisions flow: from a signal to the detector that reads it, from a
/// policy to the plan that it runs, from a plan to the signal that it disturbs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// What it leaves.
    pub from: Node,
    /// What it reaches.
    pub to: Node,
    /// What the one is to the other.
    pub kind: EdgeKind,
}

/// What one node is to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    /// An expression reads it.
    Reads,
    /// A policy acts on it.
    Triggers,
    /// A policy runs a plan or tells people through a channel, a plan runs an action.
    Calls,
    /// An entity is a type or in scope; a shared guard counts; an action takes another one back.
    Uses,
    /// A plan shakes a signal.
    Disturbs,
    /// A plan asks it whether it has helped.
    Verifies,
    /// A service cannot work without another.
    DependsOn,
}

impl EdgeKind {
    /// What the end of the arrow does with its beginning, or the beginning with its end.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            EdgeKind::Reads => "reads",
            EdgeKind::Triggers => "triggers",
            EdgeKind::Calls => "calls",
            EdgeKind::Uses => "uses",
            EdgeKind::Disturbs => "disturbs",
            EdgeKind::Verifies => "verifies",
            EdgeKind::DependsOn => "depends on",
        }
    }

    /// Whether what is named comes after what names it: it is run or shaken by it.
    fn is_forward(self) -> bool {
        match self {
            EdgeKind::Calls | EdgeKind::Disturbs => true,
            EdgeKind::Reads
            | EdgeKind::Triggers
            | EdgeKind::Uses
            | EdgeKind::Verifies
            | EdgeKind::DependsOn => false,
        }
    }
}

/// An edge inside the graph: from what names to what is named.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) kind: EdgeKind,
    /// Where the one names the other; none for services, whose line is no item.
    pub(crate) reference: Option<Reference>,
}

impl DependencyGraph {
    /// The graph of a checked package. Items of other packages are in it where something names them.
    #[must_use]
    pub fn of(typed: &TypedProgram) -> DependencyGraph {
        let mut built = DependencyGraph::default();
        let named: BTreeSet<&str> = typed.references.iter().map(|reference| reference.to.as_str()).collect();
        let is_shown = |item: &&ItemInfo| !item.external || named.contains(item.path.as_str());
        let mut by_path: BTreeMap<&str, NodeIndex> = BTreeMap::new();
        for item in typed.items.iter().filter(is_shown) {
            let index = built.add(Node { path: item.path.clone(), kind: NodeKind::Item(item.kind) });
            by_path.insert(&item.path, index);
        }
        for reference in &typed.references {
            let ends = (by_path.get(reference.from.as_str()), by_path.get(reference.to.as_str()));
            if let ((Some(from), Some(to)), Some(kind)) = (ends, kind_of(reference.kind)) {
                built.graph.add_edge(*from, *to, Link { kind, reference: Some(reference.clone()) });
            }
        }
        for dependency in &typed.nodes.topology {
            let [from, to] = [&dependency.from, &dependency.to]
                .map(|name| built.add(Node { path: name.clone(), kind: NodeKind::Service }));
            built.graph.add_edge(from, to, Link { kind: EdgeKind::DependsOn, reference: None });
        }
        built
    }

    fn add(&mut self, node: Node) -> NodeIndex {
        if let Some(index) = self.by_node.get(&node) {
            return *index;
        }
        let index = self.graph.add_node(node.clone());
        self.by_node.insert(node, index);
        index
    }

    /// The nodes, sorted by path.
    #[must_use]
    pub fn nodes(&self) -> Vec<&Node> {
        self.by_node.keys().collect()
    }

    /// How data and decisions flow, sorted; each pair and kind once.
    #[must_use]
    pub fn edges(&self) -> Vec<Edge> {
        let node = |index| self.graph.node_weight(index).cloned();
        let edges: BTreeSet<Edge> = self
            .graph
            .edge_references()
            .filter_map(|edge| {
                let kind = edge.weight().kind;
                let (naming, named) = (node(edge.source())?, node(edge.target())?);
                let (from, to) = if kind.is_forward() { (naming, named) } else { (named, naming) };
                Some(Edge { from, to, kind })
            })
            .collect();
        edges.into_iter().collect()
    }

    /// Everything that a change of these items can reach: themselves, all that names them, and what reads the signals
    /// that they disturb, directly or not.
    #[must_use]
    pub fn reach(&self, changed: &BTreeSet<String>) -> BTreeSet<String> {
        self.reached(changed).into_iter().map(|node| node.path).collect()
    }

    fn reached(&self, changed: &BTreeSet<String>) -> BTreeSet<Node> {
        let items = self.by_node.iter().filter(|(node, _)| node.kind != NodeKind::Service);
        let starts = items.filter(|(node, _)| changed.contains(&node.path)).map(|(_, index)| *index);
        let mut pending: VecDeque<NodeIndex> = starts.collect();
        let mut seen: BTreeSet<NodeIndex> = pending.iter().copied().collect();
        while let Some(at) = pending.pop_front() {
            let naming = self.graph.edges_directed(at, Direction::Incoming).map(|edge| edge.source());
            let disturbed = self.graph.edges_directed(at, Direction::Outgoing);
            let disturbed = disturbed.filter(|edge| edge.weight().kind == EdgeKind::Disturbs);
            let disturbed = disturbed.map(|edge| edge.target());
            for next in naming.chain(disturbed) {
                if seen.insert(next) {
                    pending.push_back(next);
                }
            }
        }
        seen.into_iter().filter_map(|index| self.graph.node_weight(index)).cloned().collect()
    }

    /// These items, what they can reach, and what they stand on: what a reviewer of a change wants to see.
    #[must_use]
    pub fn around(&self, changed: &BTreeSet<String>) -> DependencyGraph {
        let mut kept = self.reached(changed);
        for node in kept.clone() {
            let below = self
                .by_node
                .get(&node)
                .map(|index| self.graph.neighbors_directed(*index, Direction::Outgoing));
            let below = below.into_iter().flatten().filter_map(|index| self.graph.node_weight(index));
            kept.extend(below.cloned());
        }
        self.part(&kept)
    }

    /// The items that `is_own` chooses by their paths, and what they stand on, however far below: what a package is made
    /// of, without what else a library has. Services of the topology are all there.
    #[must_use]
    pub fn below(&self, is_own: impl Fn(&str) -> bool) -> DependencyGraph {
        let is_start = |node: &Node| node.kind == NodeKind::Service || is_own(&node.path);
        let starts = self.by_node.iter().filter(|(node, _)| is_start(node)).map(|(_, index)| *index);
        let mut pending: VecDeque<NodeIndex> = starts.collect();
        let mut seen: BTreeSet<NodeIndex> = pending.iter().copied().collect();
        while let Some(at) = pending.pop_front() {
            for next in self.graph.neighbors_directed(at, Direction::Outgoing) {
                if seen.insert(next) {
                    pending.push_back(next);
                }
            }
        }
        self.part(&seen.into_iter().filter_map(|index| self.graph.node_weight(index)).cloned().collect())
    }

    /// The graph of these nodes alone.
    fn part(&self, kept: &BTreeSet<Node>) -> DependencyGraph {
        let mut part = DependencyGraph::default();
        for node in kept {
            part.add(node.clone());
        }
        for edge in self.graph.edge_references() {
            let end = |index| part.by_node.get(self.graph.node_weight(index)?).copied();
            if let (Some(from), Some(to)) = (end(edge.source()), end(edge.target())) {
                part.graph.add_edge(from, to, edge.weight().clone());
            }
        }
        part
    }
}

/// What a reference is in the graph; a test is no node.
fn kind_of(kind: ReferenceKind) -> Option<EdgeKind> {
    match kind {
        ReferenceKind::Reads => Some(EdgeKind::Reads),
        ReferenceKind::Triggers => Some(EdgeKind::Triggers),
        ReferenceKind::Calls => Some(EdgeKind::Calls),
        ReferenceKind::Uses => Some(EdgeKind::Uses),
        ReferenceKind::Disturbs => Some(EdgeKind::Disturbs),
        ReferenceKind::Verifies => Some(EdgeKind::Verifies),
        ReferenceKind::Tests => None,
    }
}
