//! A layout in layers: everything stands to the right of what it comes from, and near it.
//!
//! Deterministic: it depends on the graph alone. Edges that go round in a circle are followed once.

use std::collections::BTreeMap;

use crate::{DependencyGraph, Node};

/// How often the order inside the layers is made better.
const SWEEPS: usize = 4;

/// Where a node stands: its layer from the left, and its position in it from above.
pub(super) struct Layout<'g> {
    /// The nodes of each layer, from above.
    pub(super) layers: Vec<Vec<&'g Node>>,
    /// Each edge, by the positions of its ends among all nodes.
    pub(super) edges: Vec<(usize, usize, crate::EdgeKind)>,
    /// All nodes, sorted.
    pub(super) nodes: Vec<&'g Node>,
}

pub(super) fn layout(graph: &DependencyGraph) -> Layout<'_> {
    let nodes = graph.nodes();
    let numbers: BTreeMap<&Node, usize> = nodes.iter().enumerate().map(|(at, node)| (*node, at)).collect();
    let edges: Vec<(usize, usize, crate::EdgeKind)> = graph
        .edges()
        .iter()
        .filter_map(|edge| Some((*numbers.get(&edge.from)?, *numbers.get(&edge.to)?, edge.kind)))
        .collect();
    let depth = depths(nodes.len(), &edges);
    let deepest = depth.iter().copied().max().unwrap_or(0);
    let mut layers: Vec<Vec<usize>> = vec![Vec::new(); deepest + 1];
    for (at, depth) in depth.iter().enumerate() {
        if let Some(layer) = layers.get_mut(*depth) {
            layer.push(at);
        }
    }
    for sweep in 0..SWEEPS {
        order(&mut layers, &edges, nodes.len(), sweep % 2 == 0);
    }
    let layers = layers
        .into_iter()
        .map(|layer| layer.into_iter().filter_map(|at| nodes.get(at).copied()).collect())
        .collect();
    Layout { layers, edges, nodes }
}

/// The longest way to each node over edges that are in no circle.
fn depths(count: usize, edges: &[(usize, usize, crate::EdgeKind)]) -> Vec<usize> {
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut waiting = vec![0_usize; count];
    for (from, to, _) in edges.iter().filter(|(from, to, _)| from != to) {
        if let (Some(targets), Some(waits)) = (next.get_mut(*from), waiting.get_mut(*to)) {
            targets.push(*to);
            *waits += 1;
        }
    }
    let mut depth = vec![0_usize; count];
    let mut done = vec![false; count];
    let mut ready: Vec<usize> = (0..count).filter(|at| waiting.get(*at) == Some(&0)).collect();
    let mut first_open = 0;
    loop {
        let Some(at) = ready.pop() else {
            // What is left goes round in a circle: the first of it is taken as a beginning.
            while done.get(first_open) == Some(&true) {
                first_open += 1;
            }
            if first_open >= count {
                return depth;
            }
            ready.push(first_open);
            continue;
        };
        if done.get(at).copied().unwrap_or(true) {
            continue;
        }
        if let Some(slot) = done.get_mut(at) {
            *slot = true;
        }
        let below = depth.get(at).copied().unwrap_or(0) + 1;
        for target in next.get(at).cloned().unwrap_or_default() {
            if done.get(target) == Some(&true) {
                continue;
            }
            if let (Some(slot), Some(waits)) = (depth.get_mut(target), waiting.get_mut(target)) {
                *slot = (*slot).max(below);
                *waits = waits.saturating_sub(1);
                if *waits == 0 {
                    ready.push(target);
                }
            }
        }
    }
}

/// Orders each layer by the mean position of the neighbours before it, or after it.
fn order(layers: &mut [Vec<usize>], edges: &[(usize, usize, crate::EdgeKind)], count: usize, forward: bool) {
    let mut neighbours: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (from, to, _) in edges {
        let (at, other) = if forward { (*to, *from) } else { (*from, *to) };
        if let Some(list) = neighbours.get_mut(at) {
            list.push(other);
        }
    }
    let mut position = vec![0_usize; count];
    for layer in layers.iter() {
        for (place, at) in layer.iter().enumerate() {
            if let Some(slot) = position.get_mut(*at) {
                *slot = place;
            }
        }
    }
    let sequence: Vec<usize> =
        if forward { (0..layers.len()).collect() } else { (0..layers.len()).rev().collect() };
    for at in sequence {
        let Some(layer) = layers.get_mut(at) else { continue };
        // In thousandths, so that no rounding decides.
        let mean = |node: &usize| -> usize {
            let list = neighbours.get(*node).map(Vec::as_slice).unwrap_or_default();
            let own = position.get(*node).copied().unwrap_or(0);
            let sum: usize = list.iter().filter_map(|other| position.get(*other)).sum();
            if list.is_empty() { own * 1_000 } else { sum * 1_000 / list.len() }
        };
        let mut keyed: Vec<(usize, usize)> = layer.iter().map(|node| (mean(node), *node)).collect();
        keyed.sort_unstable();
        *layer = keyed.into_iter().map(|(_, node)| node).collect();
        for (place, node) in layer.iter().enumerate() {
            if let Some(slot) = position.get_mut(*node) {
                *slot = place;
            }
        }
    }
}
