//! The examples of the pages of codes: each bad one has its code and no other, each good one nothing to report.

use std::collections::BTreeMap;

use heal_diagnostics::{CODES, Code, page};

use super::lines;
use crate::{CompileOptions, Day, SourceSet, compile_with, lock_text};

/// A fenced example of a page.
struct Example {
    good: bool,
    files: BTreeMap<String, String>,
}

/// The blocks of a page that are fenced as "heal bad", "heal good", "toml bad" or "toml good". Lines `--- PATH` begin files.
fn examples(page: &str) -> Vec<Example> {
    let mut examples = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let (name, good) = match line {
            "```heal bad" => ("main.heal", false),
            "```heal good" => ("main.heal", true),
            "```toml bad" => ("heal.toml", false),
            "```toml good" => ("heal.toml", true),
            _ => continue,
        };
        let mut files: BTreeMap<String, String> = BTreeMap::new();
        let mut path = name.to_owned();
        for line in lines.by_ref().take_while(|line| *line != "```") {
            if let Some(header) = line.strip_prefix("--- ") {
                path = header.to_owned();
                continue;
            }
            let text = files.entry(path.clone()).or_default();
            text.push_str(line);
            text.push('\n');
        }
        examples.push(Example { good, files });
    }
    examples
}

/// What is said of an example. It is locked if it brings no lock file, unless that is what it shows: no page should be
/// full of hashes.
fn said(code: Code, example: &Example) -> Vec<String> {
    let options = CompileOptions { today: Day::read("2026-12-01") };
    let mut sources = SourceSet::of_tree(&example.files, "");
    let shows_lock = code == Code::MISSING_LOCK && !example.good;
    if let (false, Ok(lock)) = (shows_lock, lock_text(&sources, &BTreeMap::new())) {
        sources.files.entry("heal.lock".to_owned()).or_insert(lock);
    }
    lines(&compile_with(&sources, options))
}

fn problems(code: Code, page: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let examples = examples(page);
    for good in [false, true] {
        if !examples.iter().any(|example| example.good == good) {
            problems.push(format!("{code}: no {} example", if good { "good" } else { "bad" }));
        }
    }
    for example in &examples {
        let said = said(code, example);
        let expected = format!("{code} ");
        let is_right = match example.good {
            true => said.is_empty(),
            false => !said.is_empty() && said.iter().all(|line| line.starts_with(&expected)),
        };
        if !is_right {
            let kind = if example.good { "good" } else { "bad" };
            problems.push(format!("{code}: its {kind} example has {said:#?}"));
        }
    }
    problems
}

#[test]
fn every_bad_example_has_its_code_alone_and_every_good_one_has_nothing_to_report() {
    let problems: Vec<String> =
        CODES.iter().flat_map(|info| problems(info.code, page(info.code).unwrap_or_default())).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
