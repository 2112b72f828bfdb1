//! Pure crates compute and nothing else: no clock, file, network, environment, process or chance.

use super::assert_none;
use super::repository::{is_test_file, packages, rust_files, without_inline_tests};

/// The crates that touch nothing.
const PURE: [&str; 21] = [
    "check",
    "detection",
    "diagnostics",
    "driver",
    "engine",
    "evaluate",
    "explain",
    "expr",
    "format",
    "graph",
    "impact",
    "lint",
    "lower",
    "operators",
    "program",
    "reconcile",
    "report",
    "scenario",
    "simulator",
    "syntax",
    "tune",
];

/// Names of the world, as they would appear in code.
const WORLD: [&str; 11] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::os",
    "time::Instant",
    "Instant::now",
    "SystemTime",
    "rand::",
    "getrandom::",
    "tempfile::",
];

/// The same as parts of `use std::{…}`.
const WORLD_OF_STD: [&str; 5] = ["fs", "net", "env", "process", "os"];

#[test]
fn pure_crates_carry_the_same_bans() {
    let mut problems = Vec::new();
    let mut first: Option<(String, String)> = None;
    for package in packages() {
        let path = format!("{}/clippy.toml", package.folder);
        let text = std::fs::read_to_string(heal_tests::repository_root().join(&path)).ok();
        match (PURE.contains(&package.name.as_str()), text) {
            (true, None) => problems.push(format!("{path} is missing")),
            (false, Some(_)) => {
                problems.push(format!("{path} replaces the root's list, and the crate is not pure"))
            }
            (true, Some(text)) => match &first {
                None => first = Some((path, text)),
                Some((other, expected)) if *expected != text => {
                    problems.push(format!("{path} differs from {other}"))
                }
                Some(_) => {}
            },
            (false, None) => {}
        }
    }
    assert_none("the bans of the pure crates:", &problems);
    let (path, text) = first.expect("a pure crate");
    let bans: toml::Table = text.parse().expect("clippy.toml is TOML");
    for (list, name) in [
        ("disallowed-types", "std::time::Instant"),
        ("disallowed-types", "std::time::SystemTime"),
        ("disallowed-types", "std::fs::File"),
        ("disallowed-types", "std::net::TcpStream"),
        ("disallowed-types", "std::process::Command"),
        ("disallowed-methods", "std::fs::read_to_string"),
        ("disallowed-methods", "std::env::var"),
    ] {
        let listed = bans[list].as_array().expect("a list");
        assert!(listed.iter().any(|ban| ban["path"].as_str() == Some(name)), "{path} no longer bans {name}");
    }
}

#[test]
fn pure_crates_do_not_name_the_world() {
    let packages = packages();
    let pure = packages.iter().filter(|package| PURE.contains(&package.name.as_str()));
    let folders: Vec<String> = pure.map(|package| format!("{}/", package.folder)).collect();
    assert_eq!(folders.len(), PURE.len(), "a pure crate has gone");
    let mut problems = Vec::new();
    // Tests may touch the world where they tell clippy why.
    let in_pure = |path: &str| folders.iter().any(|folder| path.starts_with(folder)) && !is_test_file(path);
    for file in rust_files().iter().filter(|file| in_pure(&file.path)) {
        for (number, line) in without_inline_tests(&file.text).lines().enumerate() {
            for name in named_in(line) {
                problems.push(format!("{}:{}: {name}", file.path, number + 1));
            }
        }
    }
    assert_none("pure crates name the world:", &problems);
}

#[test]
fn names_of_the_world_are_found_in_code_and_only_there() {
    assert_eq!(named_in("use std::time::{Duration, SystemTime};"), ["SystemTime"]);
    assert_eq!(named_in("    let text = std::fs::read(path);"), ["std::fs"]);
    assert_eq!(named_in("use std::{collections::BTreeMap, fs};"), ["fs"]);
    assert_eq!(named_in("// never std::fs here"), [""; 0]);
    assert_eq!(named_in("let x = 1; // SystemTime would be wrong"), [""; 0]);
    assert_eq!(named_in("Operand::new(profs, operand::left)"), [""; 0]);
}

fn named_in(line: &str) -> Vec<&'static str> {
    let code = match line.find("//") {
        Some(start) if line[..start].trim().is_empty() || line[..start].ends_with(' ') => &line[..start],
        _ => line,
    };
    let mut names: Vec<&'static str> = WORLD.into_iter().filter(|name| has_word(code, name)).collect();
    if let Some((_, parts)) = code.split_once("use std::{") {
        names.extend(WORLD_OF_STD.into_iter().filter(|name| has_word(parts, name)));
    }
    names
}

/// Whether `text` holds `word` with no letter directly before or, if it ends in a letter, directly after it.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + word.len()..].chars().next();
        !before.is_some_and(is_part) && (word.ends_with(':') || !after.is_some_and(is_part))
    })
}
