//! `heal diff`: equal input, equal bytes; formatting is no change.

use std::{fs, path::Path};

use heal_tests::{TestFolder, git};

use super::heal_ends;

fn packages() -> TestFolder {
    let folder = TestFolder::new();
    for name in ["base", "head"] {
        heal_ends(folder.path(), &["init", name], 0);
    }
    // The package's name is part of its program, and here it is the same package twice.
    fs::copy(folder.join("base/heal.toml"), folder.join("head/heal.toml")).unwrap();
    folder
}

fn edit(file: &Path, before: &str, after: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert_eq!(text.matches(before).count(), 1, "{before} in {}", file.display());
    fs::write(file, text.replace(before, after)).unwrap();
}

#[test]
fn a_diff_made_twice_is_equal_byte_for_byte_in_every_format() {
    let folder = packages();
    edit(&folder.join("head/checkout.heal"), "= 60ms", "= 52ms");
    for format in ["text", "json", "markdown", "html"] {
        let diff = || heal_ends(folder.path(), &["diff", "base", "head", "--format", format], 0).stdout;
        let first = diff();
        assert!(!first.is_empty());
        assert_eq!(first, diff(), "{format}");
    }
}

#[test]
fn comments_formatting_and_the_order_of_files_change_nothing() {
    let folder = packages();
    let head = folder.join("head");
    let text = fs::read_to_string(head.join("workers.heal")).unwrap();
    fs::remove_file(head.join("workers.heal")).unwrap();
    fs::write(head.join("a_renamed_file.heal"), format!("\n// moved\n{}", text.replace("  ", "      ")))
        .unwrap();
    let diff = heal_ends(folder.path(), &["diff", "base", "head", "--format", "json"], 0).stdout;
    let json: serde_json::Value = serde_json::from_str(&diff).unwrap();
    assert_eq!(json["base"]["program"], json["head"]["program"]);
    assert_eq!(json["differences"], serde_json::json!([]));
    assert_eq!(json["changes"], serde_json::json!([]));
    let headline = json["headline"].as_str().unwrap();
    assert!(headline.starts_with("changes nothing that can be seen"), "{headline}");
}

#[test]
fn what_a_recording_lacks_is_unknown_and_never_zero() {
    let folder = packages();
    edit(&folder.join("head/batch.heal"), "\"ec2.cpu_utilization\"", "\"no.such.series\"");
    let diff = heal_ends(folder.path(), &["diff", "base", "head"], 0).stdout;
    assert!(diff.contains("unknown"), "{diff}");
    assert!(diff.contains("no series `no.such.series`"), "{diff}");
}

#[test]
fn revisions_of_a_repository_are_compared_and_the_working_tree_with_them() {
    let folder = TestFolder::new();
    heal_ends(folder.path(), &["init", "x"], 0);
    let package = folder.join("x");
    if !package.join(".git").exists() {
        git(&package, &["init", "-q", "-b", "main"]);
        git(&package, &["add", "-A"]);
        git(&package, &["commit", "-q", "-m", "first"]);
    }
    edit(&package.join("checkout.heal"), "limit 2 per 1d", "limit 9 per 1d");
    let diff = heal_ends(&package, &["diff", "HEAD"], 0).stdout;
    assert!(diff.contains("loosened") && diff.contains("2 per 1d raised to 9 per 1d"), "{diff}");
    let none = heal_ends(&package, &["diff", "no-such-branch"], 2);
    assert!(none.stderr.contains("neither a folder nor a revision"), "{}", none.stderr);
}

#[test]
fn a_side_that_does_not_compile_is_said_with_its_place() {
    let folder = packages();
    edit(&folder.join("head/checkout.heal"), "> budget", "> bugdet");
    let failed = heal_ends(folder.path(), &["diff", "base", "head"], 1);
    assert!(failed.stdout.is_empty());
    assert!(
        failed.stderr.contains("HEAL0101") && failed.stderr.contains("checkout.heal:16:"),
        "{}",
        failed.stderr
    );
}

#[test]
fn a_change_does_not_choose_the_recording_that_it_is_judged_on() {
    let folder = packages();
    let toml = folder.join("base/heal.toml");
    let named = |place: &str| edit(&toml, "recordings/nab", place);
    named("recordings/gone");
    for arguments in [&["diff", "base", "head", "--gate"][..], &["explain", "1", "head", "--base", "base"]] {
        let failed = heal_ends(folder.path(), arguments, 2);
        assert!(failed.stderr.contains("recordings/gone"), "{}", failed.stderr);
    }
    // Where the base names none, the first recording may come with the change.
    edit(&toml, "default = \"recordings/gone\"\n", "");
    let diff = heal_ends(folder.path(), &["diff", "base", "head"], 0).stdout;
    assert!(diff.contains("changes nothing that can be seen"), "{diff}");
}
