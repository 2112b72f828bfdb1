//! Pictures and proofs of small packages.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod bounds;
mod proofs;

use std::collections::BTreeSet;

use heal_check::{Package, PackageRole, SourceUnit, TypedProgram, check};
use heal_diagnostics::FileId;

use crate::{DependencyGraph, cycles};

const PACKAGE: &str = "
param budget: ratio in 10%..100% = 90%
signal load: ratio by (service) { from metric \"load\" every 1m }
detector busy { when load > budget }
detector very_busy { when busy && load > 99% }
channel page(team: text) { http POST \"https://example.org\" }
policy tell { on very_busy try escalate page(\"x\") }
signal other: ratio { from metric \"other\" every 1m }
detector odd { when other > 1% }
";

fn typed(text: &str) -> TypedProgram {
    let (tree, wrong) = heal_syntax::parse(FileId(0), text);
    assert_eq!(wrong, []);
    let package = Package::own("test");
    let unit = SourceUnit {
        file: FileId(0),
        package: &package,
        module: String::new(),
        path: "a.heal".to_owned(),
        text,
        tree: &tree,
    };
    check("test", &[unit]).0
}

/// A package without errors.
fn sound(text: &str) -> TypedProgram {
    let typed = typed(text);
    assert!(typed.nodes.heads().next().is_some(), "the package has errors");
    typed
}

fn set(paths: &[&str]) -> BTreeSet<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}

#[test]
fn a_package_is_drawn_without_what_it_leaves_in_its_dependencies() {
    let texts = [
        "use common\ndetector busy { when common.load > 90% }\npolicy p = common.tells(busy)\n",
        "pub signal load: ratio { from metric \"load\" every 1m }
pub signal spare: ratio { from metric \"spare\" every 1m }
detector left { when spare < 1% }
pub channel page() { http POST \"https://example.com\" }
pub policy tells(d: detector) { on d try escalate page() }
",
    ];
    let trees = texts.map(|text| heal_syntax::parse(FileId(0), text).0);
    let common = Package { role: PackageRole::Dependency, ..Package::own("common") };
    let own = Package { dependencies: set(&["common"]), ..Package::own("test") };
    let unit = |at: usize, package, module: &str| SourceUnit {
        file: FileId(at as u32),
        package,
        module: module.to_owned(),
        path: format!("{module}/a.heal"),
        text: texts[at],
        tree: &trees[at],
    };
    let (typed, wrong) = check("test", &[unit(0, &own, ""), unit(1, &common, "common")]);
    assert_eq!(wrong, []);
    let graph = DependencyGraph::of(&typed);
    let labels = |graph: &DependencyGraph| -> Vec<String> {
        graph.nodes().iter().map(|node| format!("{} {}", node.kind.word(), node.path)).collect()
    };
    assert_eq!(
        labels(&graph.of_own()),
        [
            "detector busy",
            "signal common.load",
            "channel common.page",
            "policy template common.tells",
            "policy p"
        ]
    );
    // A detector that nothing stands on reads it.
    assert!(labels(&graph).contains(&"signal common.spare".to_owned()));
}

#[test]
fn arrows_follow_data_and_decisions() {
    let graph = DependencyGraph::of(&typed(PACKAGE));
    let edges: Vec<String> =
        graph.edges().iter().map(|edge| format!("{} > {}", edge.from.path, edge.to.path)).collect();
    assert_eq!(
        edges,
        [
            "budget > busy",
            "busy > very_busy",
            "load > busy",
            "load > very_busy",
            "other > odd",
            "tell > page",
            "very_busy > tell"
        ]
    );
}

#[test]
fn a_change_reaches_what_names_it_directly_or_not_and_nothing_else() {
    let graph = DependencyGraph::of(&typed(PACKAGE));
    assert_eq!(graph.reach(&set(&["budget"])), set(&["budget", "busy", "very_busy", "tell"]));
    assert_eq!(graph.reach(&set(&["page"])), set(&["page", "tell"]));
    let around: Vec<String> =
        graph.around(&set(&["very_busy"])).nodes().iter().map(|node| node.path.clone()).collect();
    assert_eq!(around, ["busy", "load", "page", "tell", "very_busy"]);
}

#[test]
fn mermaid_marks_what_changed_without_relying_on_colour() {
    let graph = DependencyGraph::of(&typed(PACKAGE)).around(&set(&["odd"]));
    assert_eq!(
        graph.to_mermaid(&set(&["odd"])),
        "flowchart LR\n  n0{{\"detector odd\"}}:::changed\n  n1([\"signal other\"])\n  n1 -->|reads| n0\n  \
         classDef changed stroke-width:4px,stroke-dasharray:6 3\n"
    );
}

#[test]
fn dot_and_json_name_every_node_and_edge() {
    let graph = DependencyGraph::of(&typed(PACKAGE)).around(&set(&["odd"]));
    assert!(graph.to_dot(&BTreeSet::new()).contains("\"other\" -> \"odd\" [label=\"reads\"];"));
    let json: serde_json::Value = serde_json::from_str(&graph.to_json_text(&set(&["odd"]))).unwrap();
    assert_eq!(
        json["nodes"][0],
        serde_json::json!({"id": "odd", "path": "odd", "kind": "detector", "changed": true})
    );
    assert_eq!(json["edges"][0], serde_json::json!({"from": "other", "to": "odd", "kind": "reads"}));
}

#[test]
fn a_circle_is_one_error_that_names_every_member_and_every_place() {
    let text = "
signal load: ratio { from metric \"load\" every 1m }
detector a { when b && load > 1% }
detector b { when c && load > 2% }
detector c { when a && load > 3% }
detector itself { when itself || load > 4% }
";
    let found = cycles(&typed(text));
    let messages: Vec<&str> = found.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
    assert_eq!(messages, ["`a`, `b`, `c` are defined by each other", "`itself` is defined by itself"]);
    assert_eq!(found[0].secondary.len(), 2);
    assert_eq!(cycles(&typed(PACKAGE)), []);
}
