//! What lies where, and that each room says what it is for.

use heal_tests::repository_root;

use super::assert_none;
use super::repository::{manifests, rust_files};

#[test]
fn every_module_opens_with_its_purpose() {
    let silent = rust_files().into_iter().filter(|file| !says_its_purpose(&file.text));
    let silent: Vec<String> = silent.map(|file| file.path).collect();
    assert_none("these files do not open with `//!` and what they are for:", &silent);
}

#[test]
fn a_purpose_may_follow_attributes_only() {
    assert!(says_its_purpose("//! Tests of the parser.\nuse std::fmt;\n"));
    assert!(says_its_purpose(
        "#![allow(a, reason = \"tests\")]\n#![allow(\n    b,\n    c\n)]\n//! Tests of the parser.\n"
    ));
    assert!(!says_its_purpose("#![allow(a)]\nuse std::fmt;\n//! Tests of the parser.\n"));
    assert!(!says_its_purpose("//! x\n"));
    assert!(!says_its_purpose(""));
}

#[test]
fn every_test_file_is_listed() {
    let files = rust_files();
    let mut problems = Vec::new();
    for file in
        files.iter().filter(|file| file.path.starts_with("tests/it/") && file.path != "tests/it/main.rs")
    {
        let (folder, name) = file.path.rsplit_once('/').expect("a file in a folder");
        let name = name.trim_end_matches(".rs");
        let parent =
            if folder == "tests/it" { "tests/it/main.rs".to_owned() } else { format!("{folder}.rs") };
        let listed =
            files.iter().find(|file| file.path == parent).is_some_and(|file| lists(&file.text, name));
        if !listed {
            problems.push(format!("{} is not listed in {parent}, so it never runs", file.path));
        }
    }
    assert_none("tests that are not run:", &problems);
}

#[test]
fn every_crate_takes_the_workspace_settings() {
    let mut problems = Vec::new();
    for (folder, manifest) in manifests() {
        let inherits = |section: &str, key: &str| -> bool {
            let value = manifest.get(section).and_then(|section| section.get(key));
            value.and_then(|value| value.get("workspace")).and_then(toml::Value::as_bool) == Some(true)
        };
        for key in ["version", "edition", "rust-version", "license", "publish"] {
            if !inherits("package", key) {
                problems.push(format!("{folder}/Cargo.toml: {key} does not come from the workspace"));
            }
        }
        let lints =
            manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
        if lints != Some(true) {
            problems.push(format!("{folder}/Cargo.toml: [lints] workspace = true is missing"));
        }
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let dependencies =
                manifest.get(section).and_then(toml::Value::as_table).cloned().unwrap_or_default();
            for name in dependencies.keys().filter(|name| !inherits(section, name)) {
                problems
                    .push(format!("{folder}/Cargo.toml: {name} does not come from [workspace.dependencies]"));
            }
        }
    }
    assert_none("settings that belong to the workspace:", &problems);
}

#[test]
fn the_licence_is_there() {
    let licence = std::fs::read_to_string(repository_root().join("LICENSE")).expect("LICENSE");
    assert!(licence.contains("Apache License") && licence.contains("Version 2.0, January 2004"));
}

/// Whether `//!` and a few words come first. Attributes of the whole file may stand before them.
fn says_its_purpose(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        if !line.starts_with("#![") {
            return line.starts_with("//! ") && line.len() >= "//! `heal`.".len();
        }
        if !line.ends_with(']') {
            lines.by_ref().find(|line| line.ends_with(")]"));
        }
    }
    false
}

fn lists(parent: &str, name: &str) -> bool {
    let declaration = format!("mod {name};");
    parent.lines().any(|line| line == declaration)
}
