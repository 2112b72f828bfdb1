//! What changes a semantic hash, and what does not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;

use heal_check::{Package, SourceUnit, check};
use heal_diagnostics::FileId;
use heal_program::{Program, SemanticHash};

use crate::lower;

const LIBRARY: &str = "
pub entity Node by (node) { namespace: text  pods: [Pod] }
pub entity Pod by (namespace, pod) { node: Node  tier: text }
pub entity Unrelated by (x) { }
pub action evict(pod: Pod, why: text) { kubernetes evict pod  risk low  idempotent }
pub action other(pod: Pod) { kubernetes other pod  risk low  idempotent }
";

const MAIN: &str = "use std.k8s.{Pod, evict}
/// A limit.
param budget: bytes in 1MiB..2GiB = 1GiB
signal rss: bytes by (namespace, pod) { from metric \"rss\" every 15s }
signal load: ratio in percent by (namespace) { from prometheus `load` every 1m }
detector leaking { when rss > budget && load > 50% for 5m }
detector worse { when leaking && rss.max(5m) > 3GiB severity critical }
action restart(pod: Pod, unit: text) { command [\"restart\", unit, pod.pod] on pod  risk medium  idempotent }
channel page(team: text) { http POST \"https://example.com\" }
plan recycle(pod: Pod) { require pod.tier == \"low\"  step one = evict(pod, pod.tier)  step two = restart(pod, \"x\") }
policy heal { on leaking where pod.tier == \"low\" try recycle then escalate page(namespace) guard { limit 5 per 1h } }
";

/// Files as module, path and text.
type Sources = Vec<(String, String, String)>;

fn sources(main: &str) -> Sources {
    let file = |module: &str, path: &str, text: &str| (module.to_owned(), path.to_owned(), text.to_owned());
    vec![file("", "main.heal", main), file("std.k8s", "std/k8s.heal", LIBRARY)]
}

#[track_caller]
fn compile(sources: &Sources) -> Program {
    let trees: Vec<_> = (0..)
        .zip(sources)
        .map(|(at, (_, _, text))| {
            let (tree, errors) = heal_syntax::parse(FileId(at), text);
            assert_eq!(errors, []);
            tree
        })
        .collect();
    let (own, standard) = (Package::own("demo"), Package::standard());
    let units: Vec<SourceUnit<'_>> = (0..)
        .zip(sources)
        .zip(&trees)
        .map(|((at, (module, path, text)), tree)| SourceUnit {
            file: FileId(at),
            package: if module.starts_with("std.") { &standard } else { &own },
            module: module.clone(),
            path: path.clone(),
            text,
            tree,
        })
        .collect();
    let (typed, diagnostics) = check("demo", &units);
    assert_eq!(diagnostics, []);
    lower(typed)
}

fn program(main: &str) -> Program {
    compile(&sources(main))
}

fn hashes(program: &Program) -> BTreeMap<String, SemanticHash> {
    program.heads().map(|(_, head)| (head.path.clone(), head.hash)).collect()
}

/// The paths of the items whose hash differs between two texts of the main file.
#[track_caller]
fn changed(from: &str, to: &str) -> Vec<String> {
    let main = MAIN.replace(from, to);
    assert_ne!(main, MAIN, "the change changes something");
    let (before, after) = (hashes(&program(MAIN)), hashes(&program(&main)));
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    before.into_iter().filter(|(path, hash)| after[path] != *hash).map(|(path, _)| path).collect()
}

#[test]
fn a_program_holds_what_it_uses_of_the_library() {
    let program = program(MAIN);
    let paths: Vec<&str> = program.heads().map(|(_, head)| head.path.as_str()).collect();
    assert_eq!(
        paths.join(" "),
        "budget std.k8s.Node std.k8s.Pod load rss leaking worse restart std.k8s.evict page recycle heal"
    );
    let step = &program.plans[0].steps[0];
    assert_eq!(program.action(step.action).unwrap().head.path, "std.k8s.evict");
    let detector = program.policies[0].on;
    assert_eq!(program.detector(detector.detector().unwrap()).unwrap().head.path, "leaking");
}

#[test]
fn every_node_has_a_hash_of_its_own() {
    let hashes = hashes(&program(MAIN));
    let mut distinct: Vec<&SemanticHash> = hashes.values().collect();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), hashes.len());
    assert!(!distinct.contains(&&SemanticHash::default()));
}

#[test]
fn order_comments_and_blanks_change_nothing() {
    let first = program(MAIN);
    let mut items: Vec<&str> =
        MAIN.split_inclusive('\n').skip(1).filter(|line| !line.starts_with("///")).collect();
    items.reverse();
    let other = format!("//! Backwards.\nuse std.k8s.{{Pod, evict}}\n\n{}", items.join("\n  // a comment\n"));
    let mut files = sources(&other);
    files.reverse();
    assert_eq!(compile(&files).digest(), first.digest());
    assert_eq!(hashes(&compile(&files)), hashes(&first));
}

#[test]
fn a_new_name_or_place_changes_no_hash() {
    let before = program(MAIN);
    let renamed = [
        ("budget", "allowance"),
        ("rss", "resident"),
        ("leaking", "dripping"),
        ("restart", "bounce"),
        ("recycle", "renew"),
        ("page", "call"),
        ("one =", "first ="),
        ("worse", "aaa"),
    ];
    let main = renamed.iter().fold(MAIN.to_owned(), |text, (from, to)| text.replace(from, to));
    // Those words stand in texts too, which are no names.
    let main = main.replace("metric \"resident\"", "metric \"rss\"").replace("[\"bounce\"", "[\"restart\"");
    let main = main.replace("pod: Pod", "p: Pod").replace(" pod.tier ==", " p.tier ==");
    let main = main.replace("first = evict(pod, pod.tier)", "first = evict(p, p.tier)");
    let main = main.replace("bounce(pod,", "bounce(p,").replace("pod.pod] on pod", "p.pod] on p");
    let main = main.replace("where p.tier", "where pod.tier");
    let after = program(&main);
    let sorted = |program: &Program| {
        let mut hashes: Vec<SemanticHash> = hashes(program).into_values().collect();
        hashes.sort();
        hashes
    };
    assert_eq!(sorted(&before), sorted(&after));
    assert_ne!(before.digest(), after.digest());

    let mut moved = sources(MAIN);
    moved[0].0 = "services.cart".to_owned();
    assert_eq!(sorted(&compile(&moved)), sorted(&before));
}

#[test]
fn a_change_reaches_what_rests_on_it_and_nothing_else() {
    assert_eq!(changed("= 1GiB", "= 2GiB"), ["budget", "heal", "leaking", "worse"]);
    assert_eq!(changed("1MiB..2GiB", "1MiB..4GiB"), ["budget"]);
    assert_eq!(changed("in percent", ""), ["heal", "leaking", "load", "worse"]);
    assert_eq!(changed("rss.max(5m)", "rss.max(6m)"), ["worse"]);
    assert_eq!(changed("severity critical", "severity info"), ["worse"]);
    assert_eq!(changed("\"restart\"", "\"stop\""), ["heal", "recycle", "restart"]);
    assert_eq!(changed("risk medium", "risk low"), ["heal", "recycle", "restart"]);
    assert_eq!(changed("risk medium", "affects rss risk medium"), ["heal", "recycle", "restart"]);
    assert_eq!(changed("limit 5", "limit 6"), ["heal"]);
    assert_eq!(changed("/// A limit.", "/// Another text."), [] as [&str; 0]);
    assert_eq!(changed("\"https://example.com\"", "\"https://example.org\""), ["heal", "page"]);
    assert_eq!(
        changed("{ require pod.tier == \"low\"", "{ require pod.tier != \"low\""),
        ["heal", "recycle"]
    );
    assert_eq!(changed("evict(pod, pod.tier)", "evict(why: pod.tier, pod: pod)"), [] as [&str; 0]);
}

#[test]
fn equal_values_in_other_units_are_equal() {
    assert_eq!(changed("= 1GiB", "= 1024MiB"), [] as [&str; 0]);
    assert_eq!(changed("for 5m", "for 300s"), [] as [&str; 0]);
    assert_eq!(changed("50%", "0.5"), [] as [&str; 0]);
}

#[test]
fn the_wire_form_keeps_everything() {
    let program = program(MAIN);
    let read = Program::from_wire(&program.to_wire().unwrap()).unwrap();
    assert_eq!(read, program);
    assert_eq!(read.digest(), program.digest());
}

#[test]
fn a_package_with_errors_lowers_to_nothing() {
    let (tree, _) = heal_syntax::parse(FileId(0), "signal a: ratio { every 15s }");
    let text = "signal a: ratio { every 15s }";
    let package = Package::own("demo");
    let unit = SourceUnit {
        file: FileId(0),
        package: &package,
        module: String::new(),
        path: "main.heal".to_owned(),
        text,
        tree: &tree,
    };
    let (typed, diagnostics) = check("demo", &[unit]);
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(lower(typed), Program { package: "demo".to_owned(), ..Program::default() });
}
