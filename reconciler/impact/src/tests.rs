//! Trees of a repository to what a pull request says.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
#![allow(clippy::disallowed_methods, reason = "the shipped policies are read from the repository")]

use std::{fs, path::Path};

use heal_reconcile::{Assessment, Outcome, Side, Tree};

use crate::{Ground, assess};

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
    assess(base, head, &ground)
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
fn an_assessment_made_twice_is_equal() {
    let base = demo();
    let head = edited(&base, "workers.heal", "> 60%", "> 40%");
    assert_eq!(assessed(&base, &head), assessed(&base, &head));
}
