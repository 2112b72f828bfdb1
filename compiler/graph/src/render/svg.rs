//! SVG: a picture that needs nothing else to be looked at, and that a screen reader can read.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use heal_check::ItemKind;

use super::{is_marked, label, layout::layout};
use crate::{DependencyGraph, EdgeKind, Node, NodeKind};

/// Sizes, in the unit of the picture.
const CHARACTER: usize = 8;
const HEIGHT: usize = 32;
const GAP: usize = 18;
const LAYER_GAP: usize = 110;
const MARGIN: usize = 20;

/// The look: readable on light and dark ground, and without colour.
const STYLE: &str = "<style>\
text{font:13px ui-monospace,monospace;fill:#1a1a1a}\
.box{fill:#fff;stroke:#444}\
.edge{fill:none;stroke:#777}\
.word{font-size:11px;fill:#555}\
.uses{stroke-dasharray:2 4}\
.disturbs{stroke-width:2.5}\
.verifies{stroke-dasharray:8 4}\
.changed .box{stroke-width:4;stroke-dasharray:6 3}\
@media (prefers-color-scheme:dark){text{fill:#eee}.box{fill:#222;stroke:#bbb}.edge{stroke:#999}.word{fill:#bbb}}\
</style>";

/// A box of the picture.
struct Placed<'g> {
    node: &'g Node,
    x: usize,
    y: usize,
    width: usize,
}

pub(super) fn svg(graph: &DependencyGraph, marked: &BTreeSet<String>) -> String {
    let layout = layout(graph);
    let (placed, width, height) = place(&layout.layers);
    let by_node: BTreeMap<&Node, &Placed<'_>> = placed.iter().map(|placed| (placed.node, placed)).collect();
    let at = |position: usize| by_node.get(*layout.nodes.get(position)?).copied();
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-labelledby=\"title\">\n<title id=\"title\">How {} items depend on each other</title>\n{STYLE}\n<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto-start-reverse\"><path d=\"M0 0L8 4L0 8z\" fill=\"#777\"/></marker></defs>\n",
        placed.len()
    );
    for (from, to, kind) in &layout.edges {
        if let (Some(from), Some(to)) = (at(*from), at(*to)) {
            edge(&mut text, from, to, *kind);
        }
    }
    for placed in &placed {
        draw(&mut text, placed, is_marked(placed.node, marked));
    }
    text.push_str("</svg>\n");
    text
}

fn place<'g>(layers: &[Vec<&'g Node>]) -> (Vec<Placed<'g>>, usize, usize) {
    let mut placed = Vec::new();
    let (mut x, mut height) = (MARGIN, 0);
    for layer in layers {
        let widest = layer.iter().map(|node| width_of(node)).max().unwrap_or(0);
        let mut y = MARGIN;
        for node in layer {
            placed.push(Placed { node, x, y, width: width_of(node) });
            y += HEIGHT + GAP;
        }
        height = height.max(y);
        x += widest + LAYER_GAP;
    }
    (placed, (x + MARGIN).saturating_sub(LAYER_GAP), height + MARGIN - GAP.min(height))
}

fn width_of(node: &Node) -> usize {
    (label(node).chars().count() + 3) * CHARACTER
}

fn edge(text: &mut String, from: &Placed<'_>, to: &Placed<'_>, kind: EdgeKind) {
    let (x1, y1) = (from.x + from.width, from.y + HEIGHT / 2);
    let (x2, y2) = (to.x, to.y + HEIGHT / 2);
    // An edge that leads back, or stays in its layer, swings out on the right.
    let bend = if x2 > x1 { (x2 - x1) / 2 } else { LAYER_GAP / 2 };
    let (class, word) = (class_of(kind), kind.word());
    let (c1, c2) = (x1 + bend, x2.saturating_sub(bend));
    let _ = writeln!(
        text,
        "<path class=\"edge {class}\" marker-end=\"url(#arrow)\" d=\"M{x1} {y1}C{c1} {y1} {c2} {y2} {x2} {y2}\"><title>{} {word} {}</title></path>",
        label(from.node),
        label(to.node)
    );
    let _ = writeln!(
        text,
        "<text class=\"word\" text-anchor=\"middle\" x=\"{}\" y=\"{}\">{word}</text>",
        (x1 + x2) / 2,
        ((y1 + y2) / 2).saturating_sub(4)
    );
}

fn draw(text: &mut String, placed: &Placed<'_>, changed: bool) {
    let Placed { node, x, y, width } = placed;
    let class = if changed { " class=\"changed\"" } else { "" };
    let _ = writeln!(
        text,
        "<g{class}><rect class=\"box\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{HEIGHT}\" rx=\"{}\"/><text x=\"{}\" y=\"{}\">{}{}</text></g>",
        roundness(node.kind),
        x + CHARACTER + CHARACTER / 2,
        y + HEIGHT / 2 + 5,
        label(node),
        if changed { " *" } else { "" }
    );
}

/// Round is what the world says, square what is done about it.
fn roundness(kind: NodeKind) -> usize {
    match kind {
        NodeKind::Item(ItemKind::Signal | ItemKind::Event | ItemKind::Source) | NodeKind::Service => {
            HEIGHT / 2
        }
        NodeKind::Item(
            ItemKind::Detector
            | ItemKind::DetectorTemplate
            | ItemKind::Let
            | ItemKind::Function
            | ItemKind::Param
            | ItemKind::Entity,
        ) => HEIGHT / 4,
        NodeKind::Item(
            ItemKind::Action
            | ItemKind::Channel
            | ItemKind::Plan
            | ItemKind::Policy
            | ItemKind::PolicyTemplate
            | ItemKind::SharedGuard
            | ItemKind::Test,
        ) => 2,
    }
}

fn class_of(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Uses => "uses",
        EdgeKind::Disturbs => "disturbs",
        EdgeKind::Verifies => "verifies",
        EdgeKind::Reads | EdgeKind::Triggers | EdgeKind::Calls | EdgeKind::DependsOn => "flow",
    }
}
