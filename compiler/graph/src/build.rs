//! Items and services as nodes, names in texts and dependencies of services as edges.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, OnceLock},
};

use heal_check::{ItemInfo, ItemKind, Reference, ReferenceKind, TypedProgram};
use heal_program::{Dependency, Table};
use petgraph::{
    Direction,
    graph::{DiGraph, NodeIndex},
    visit::EdgeRef,
};

/// The graph of a package: an edge leads from an item to one that its text names, and from a service to one that it
/// depends on.
///
/// Most who compile never look at it: it is drawn up when somebody does.
#[derive(Clone, Debug, Default)]
pub struct DependencyGraph {
    items: Table<ItemInfo>,
    references: Arc<Vec<Reference>>,
    topology: Vec<Dependency>,
    drawn: OnceLock<Drawn>,
}

/// The graph itself, with an edge from what names to what is named.
#[derive(Clone, Debug, Default)]
struct Drawn {
    graph: DiGraph<Node, EdgeKind>,
    by_node: BTreeMap<Node, NodeIndex>,
    /// Items of other packages.
    foreign: BTreeSet<NodeIndex>,
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
            // It does nothing by itself: what is made from it has a node of its own.
            NodeKind::Item(ItemKind::DetectorTemplate) => "detector template",
            NodeKind::Item(ItemKind::PolicyTemplate) => "policy template",
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

impl Drawn {
    fn of(items: &Table<ItemInfo>, references: &[Reference], topology: &[Dependency]) -> Drawn {
        let mut drawn = Drawn::default();
        let mut named = vec![false; items.len()];
        for reference in references {
            named.get_mut(reference.to.at()).into_iter().for_each(|slot| *slot = true);
        }
        let nodes: Vec<Option<NodeIndex>> = items
            .iter()
            .zip(named)
            .map(|(item, named)| {
                let node = || Node { path: item.path.clone(), kind: NodeKind::Item(item.kind) };
                let index = (!item.external || named).then(|| drawn.add(node()));
                drawn.foreign.extend(index.filter(|_| item.external));
                index
            })
            .collect();
        let node = |item: heal_check::ItemId| nodes.get(item.at()).copied().flatten();
        for reference in references {
            let ends = (reference.from.and_then(node), node(reference.to));
            if let ((Some(from), Some(to)), Some(kind)) = (ends, kind_of(reference.kind)) {
                drawn.graph.add_edge(from, to, kind);
            }
        }
        for dependency in topology {
            let [from, to] = [&dependency.from, &dependency.to]
                .map(|name| drawn.add(Node { path: name.clone(), kind: NodeKind::Service }));
            drawn.graph.add_edge(from, to, EdgeKind::DependsOn);
        }
        drawn
    }

    fn add(&mut self, node: Node) -> NodeIndex {
        if let Some(index) = self.by_node.get(&node) {
            return *index;
        }
        let index = self.graph.add_node(node.clone());
        self.by_node.insert(node, index);
        index
    }
}

impl DependencyGraph {
    /// The graph of a checked package. Items of other packages are in it where something names them.
    #[must_use]
    pub fn of(typed: &TypedProgram) -> DependencyGraph {
        DependencyGraph {
            items: typed.items.clone(),
            references: typed.references.clone(),
            topology: typed.nodes.topology.clone(),
            drawn: OnceLock::new(),
        }
    }

    fn drawn(&self) -> &Drawn {
        self.drawn.get_or_init(|| Drawn::of(&self.items, &self.references, &self.topology))
    }

    /// The item at a path, with where it is written.
    #[must_use]
    pub fn item(&self, path: &str) -> Option<&ItemInfo> {
        let at = self.items.binary_search_by(|item| item.path.as_str().cmp(path)).ok()?;
        self.items.get(at)
    }

    /// The nodes, sorted by path.
    #[must_use]
    pub fn nodes(&self) -> Vec<&Node> {
        self.drawn().by_node.keys().collect()
    }

    /// How data and decisions flow, sorted; each pair and kind once.
    #[must_use]
    pub fn edges(&self) -> Vec<Edge> {
        let graph = &self.drawn().graph;
        let node = |index| graph.node_weight(index).cloned();
        let edges: BTreeSet<Edge> = graph
            .edge_references()
            .filter_map(|edge| {
                let kind = *edge.weight();
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
        let Drawn { graph, by_node, .. } = self.drawn();
        let items = by_node.iter().filter(|(node, _)| node.kind != NodeKind::Service);
        let starts = items.filter(|(node, _)| changed.contains(&node.path)).map(|(_, index)| *index);
        let mut pending: VecDeque<NodeIndex> = starts.collect();
        let mut seen: BTreeSet<NodeIndex> = pending.iter().copied().collect();
        while let Some(at) = pending.pop_front() {
            let naming = graph.edges_directed(at, Direction::Incoming).map(|edge| edge.source());
            let disturbed = graph.edges_directed(at, Direction::Outgoing);
            let disturbed = disturbed.filter(|edge| *edge.weight() == EdgeKind::Disturbs);
            let disturbed = disturbed.map(|edge| edge.target());
            for next in naming.chain(disturbed) {
                if seen.insert(next) {
                    pending.push_back(next);
                }
            }
        }
        seen.into_iter().filter_map(|index| graph.node_weight(index)).cloned().collect()
    }

    /// These items, what they can reach, and what they stand on: what a reviewer of a change wants to see.
    #[must_use]
    pub fn around(&self, changed: &BTreeSet<String>) -> DependencyGraph {
        let Drawn { graph, by_node, .. } = self.drawn();
        let mut kept = self.reached(changed);
        for node in kept.clone() {
            let below = by_node.get(&node).map(|index| graph.neighbors_directed(*index, Direction::Outgoing));
            let below = below.into_iter().flatten().filter_map(|index| graph.node_weight(index));
            kept.extend(below.cloned());
        }
        self.part(&kept)
    }

    /// The package's own items and what they stand on, however far below: what it is made of, without what else the
    /// packages have that it uses. Services of the topology are all there.
    #[must_use]
    pub fn of_own(&self) -> DependencyGraph {
        let Drawn { graph, by_node, foreign } = self.drawn();
        let starts = by_node.values().filter(|index| !foreign.contains(*index)).copied();
        let mut pending: VecDeque<NodeIndex> = starts.collect();
        let mut seen: BTreeSet<NodeIndex> = pending.iter().copied().collect();
        while let Some(at) = pending.pop_front() {
            for next in graph.neighbors_directed(at, Direction::Outgoing) {
                if seen.insert(next) {
                    pending.push_back(next);
                }
            }
        }
        self.part(&seen.into_iter().filter_map(|index| graph.node_weight(index)).cloned().collect())
    }

    /// The graph of these nodes alone.
    fn part(&self, kept: &BTreeSet<Node>) -> DependencyGraph {
        let Drawn { graph, by_node, foreign } = self.drawn();
        let mut part = Drawn::default();
        for node in kept {
            let index = part.add(node.clone());
            let is_foreign = by_node.get(node).is_some_and(|index| foreign.contains(index));
            part.foreign.extend(is_foreign.then_some(index));
        }
        for edge in graph.edge_references() {
            let end = |index| part.by_node.get(graph.node_weight(index)?).copied();
            if let (Some(from), Some(to)) = (end(edge.source()), end(edge.target())) {
                part.graph.add_edge(from, to, *edge.weight());
            }
        }
        DependencyGraph { drawn: OnceLock::from(part), ..DependencyGraph::default() }
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
        // What is said of telemetry moves no data and makes no decision.
        ReferenceKind::Affects | ReferenceKind::Tests => None,
    }
}
