//! Trees of a repository to what a pull request says.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(clippy::disallowed_methods, reason = "the shipped policies are read from the repository")]

use std::{collections::BTreeMap, fs, path::Path};

use heal_driver::lock_text;
use heal_reconcile::{Assessment, Outcome, Side, Tree};
use heal_simulator::Options;

use crate::{Ground, assess, sources_of};

mod kept;
mod told;

/// The shipped policies with their recording.
fn demo() -> Tree {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/demo");
    let mut tree = Tree::new();
    for folder in ["", "recordings/nab"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            if path.is_file() && heal_reconcile::is_relevant(&name) {
                tree.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    tree
}

fn edited(tree: &Tree, file: &str, before: &str, after: &str) -> Tree {
    let text = String::from_utf8(tree.get(file).unwrap().clone()).unwrap();
    assert_eq!(text.matches(before).count(), 1, "{before}");
    let mut tree = tree.clone();
    tree.insert(file.to_owned(), text.replace(before, after).into_bytes());
    tree
}

fn assessed(base: &Tree, head: &Tree) -> Assessment {
    let ground = Ground { recording: None, base_name: "main".to_owned(), head_name: "heal/x".to_owned() };
    assess(base, head, &ground, &Options::default())
}

#[test]
fn a_change_is_assessed_over_the_recording_that_the_base_names() {
    let base = demo();
    let head = edited(&base, "heal.toml", "recordings/nab", "recordings/elsewhere");
    let assessment = assessed(&base, &edited(&head, "checkout.heal", "for 10m", "for 0s"));
    let Outcome::Impact { markdown } = &assessment.outcome else { panic!("{assessment:?}") };
    assert!(markdown.contains("recording `nab`"), "{markdown}");
    assert!(assessment.report_html.starts_with(b"<!DOCTYPE html>"));
}

#[test]
fn no_recording_is_unknown_and_says_what_to_write() {
    let base: Tree = demo().into_iter().filter(|(path, _)| !path.starts_with("recordings/")).collect();
    let assessment = assessed(&base, &base);
    let Outcome::Unknown { reason } = &assessment.outcome else { panic!("{assessment:?}") };
    assert_eq!(reason, "the repository has no recording in `recordings/nab`");
    assert!(assessment.headline.starts_with("cannot know what this change would have done"));
}

#[test]
fn a_side_that_does_not_compile_is_named_with_its_places_with_and_without_a_recording() {
    let good = demo();
    let bad = edited(&good, "checkout.heal", "> budget", "> bugdet");
    let without: Tree =
        bad.clone().into_iter().filter(|(path, _)| !path.starts_with("recordings/")).collect();
    for (base, head, expected) in
        [(&good, &bad, Side::Head), (&bad, &good, Side::Base), (&without, &without, Side::Base)]
    {
        let assessment = assessed(base, head);
        let Outcome::DoesNotCompile { side, diagnostics } = &assessment.outcome else {
            panic!("{assessment:?}")
        };
        assert_eq!(*side, expected);
        assert!(diagnostics.contains("checkout.heal:16:35"), "{diagnostics}");
    }
}

#[test]
fn a_damaged_recording_is_unknown_and_never_a_guess() {
    let mut base = demo();
    base.get_mut("recordings/nab/samples.parquet").unwrap().truncate(1_000);
    let Outcome::Unknown { reason } = assessed(&base, &base).outcome else { panic!("assessed") };
    assert!(reason.contains("samples.parquet"), "{reason}");
}

#[test]
fn a_change_does_not_choose_what_it_is_judged_on() {
    let good = demo();
    let address = edited(&good, "heal.toml", "recordings/nab", "s3://far/away");
    let mut damaged = good.clone();
    damaged.get_mut("recordings/nab/samples.parquet").unwrap().truncate(1_000);
    let gone: Tree = good.clone().into_iter().filter(|(path, _)| !path.starts_with("recordings/")).collect();
    for (base, said) in
        [(&address, "s3://far/away"), (&damaged, "samples.parquet"), (&gone, "no recording in")]
    {
        let Outcome::Unknown { reason } = assessed(base, &good).outcome else { panic!("{said}") };
        assert!(reason.contains(said), "{reason}");
    }
    // A base that names none has nothing that a change could get around: its first recording may come with it.
    let toml = String::from_utf8(good["heal.toml"].clone()).unwrap();
    let unnamed = edited(&good, "heal.toml", "default = \"recordings/nab\"", "");
    assert!(toml.contains("default = \"recordings/nab\""), "{toml}");
    let Outcome::Impact { markdown } = assessed(&unnamed, &good).outcome else { panic!("unknown") };
    assert!(markdown.contains("recording `nab`"), "{markdown}");
}

#[test]
fn an_assessment_made_twice_is_equal() {
    let base = demo();
    let head = edited(&base, "workers.heal", "> 60%", "> 40%");
    assert_eq!(assessed(&base, &head), assessed(&base, &head));
}

/// The shipped policies with their budget in a package of its own, locked as it is.
fn demo_with_a_dependency(budget: &str) -> Tree {
    let mut tree = demo();
    let checkout = String::from_utf8(tree["checkout.heal"].clone()).unwrap();
    let own = checkout.lines().find(|line| line.starts_with("param budget")).unwrap();
    let toml = String::from_utf8(tree["heal.toml"].clone()).unwrap();
    let files = [
        ("heal.toml", format!("{toml}\n[dependencies]\ncommon = {{ path = \"libs/common\" }}\n")),
        ("checkout.heal", checkout.replace(own, "use common.{budget}")),
        ("libs/common/heal.toml", "[package]\nname = \"common\"\nedition = \"2026\"\n".to_owned()),
        ("libs/common/budget.heal", format!("pub param budget: duration = {budget}\n")),
    ];
    tree.extend(files.map(|(path, text)| (path.to_owned(), text.into_bytes())));
    let lock = lock_text(&sources_of(&tree), &BTreeMap::new()).map_err(|(_, said)| said).unwrap();
    tree.insert("heal.lock".to_owned(), lock.into_bytes());
    tree
}

#[test]
fn a_change_of_what_the_policies_depend_on_is_assessed_once_it_is_locked() {
    let (base, head) = (demo_with_a_dependency("60ms"), demo_with_a_dependency("52ms"));
    let Outcome::Impact { markdown } = assessed(&base, &head).outcome else { panic!("no impact") };
    assert!(markdown.contains("libs/common/budget.heal"), "{markdown}");
    let mut stale = head;
    stale.insert("heal.lock".to_owned(), base["heal.lock"].clone());
    let Outcome::DoesNotCompile { side, diagnostics } = assessed(&base, &stale).outcome else {
        panic!("a lock that is not kept to")
    };
    assert_eq!(side, Side::Head);
    assert!(diagnostics.contains("HEAL0603"), "{diagnostics}");
}

#[test]
fn a_change_is_judged_by_the_gates_of_the_base_and_not_by_its_own() {
    let gates = |tree: &Tree, gates: &str| {
        let toml = String::from_utf8(tree["heal.toml"].clone()).unwrap();
        let mut tree = tree.clone();
        tree.insert("heal.toml".to_owned(), format!("{toml}\n{gates}").into_bytes());
        tree
    };
    let changed = edited(
        &demo(),
        "checkout.heal",
        "request_latency.avg(15m) > budget\n  for 10m\n",
        "request_latency > budget\n",
    );
    let said = |base: &str, head: &str| match assessed(&gates(&demo(), base), &gates(&changed, head)).outcome
    {
        Outcome::Impact { markdown } => markdown,
        other @ (Outcome::DoesNotCompile { .. } | Outcome::Unknown { .. }) => panic!("{other:?}"),
    };
    let strict = "[gates]\nplans_started = 0\n[gates.floors]\ncooldown = \"1h\"\n";
    let broken = said(strict, strict);
    assert!(broken.contains("Needs an owner") && broken.contains("2 gates are broken"), "{broken}");
    assert!(broken.contains("gate `plans_started`") && broken.contains("gate `floors.cooldown`"), "{broken}");
    assert!(!said("", strict).contains("Needs an owner"), "the head's own");
    assert!(said(strict, "").contains("3 gates are broken"), "they are changed too");
    let loose = "[gates]\nplans_started = 999\n[gates.floors]\ncooldown = \"1s\"\nlimit = \"99 per 1d\"\n";
    assert!(!said(loose, loose).contains("Needs an owner"), "within the gates");
}
