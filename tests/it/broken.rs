//! The corpus of broken files, `tests/suite/broken/AREA/*.heal`: each mistake in it has its code at its place, and what
//! else is said follows from none.
//!
//! A mark is a comment below the line that it is about, with carets under the text that is underlined:
//!
//! ```text
//! detector slow { when latency > 64 }
//! //                             ^^ error[HEAL0203] needs a unit
//! ```
//!
//! The words after the code are a part of the message, and may be left out. Text in the first two columns, which the
//! comment's own slashes cover, is marked by its columns, `//| 1-3 error[HEAL0001]`, and the end of the file by
//! `//| end error[HEAL0001]`. A folder with a `heal.toml` is one package and one case.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use heal_tests::{TestFolder, binary, clean_command, repository_root, run};
use serde_json::Value;

/// Fewest files in the corpus.
const FILES_MIN: usize = 150;

/// Most diagnostics that no mark names, of a hundred.
const FOLLOW_UPS_PERCENT_MAX: usize = 5;

/// A diagnostic as a mark says it, or as `heal check` does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    file: String,
    line: u64,
    columns: (u64, u64),
    severity: String,
    code: String,
    words: String,
}

impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Found { file, line, columns: (from, to), severity, code, words } = self;
        write!(formatter, "{file}:{line}:{from}-{to} {severity}[{code}] {words}")
    }
}

#[test]
fn every_mistake_has_its_code_at_its_place_and_little_else_is_said() {
    let root = repository_root().join("tests/suite/broken");
    let cases = cases(&root);
    let (mut missing, mut unmarked, mut all) = (Vec::new(), Vec::new(), 0);
    let mut areas: BTreeMap<String, (usize, usize, usize)> = BTreeMap::new();
    let said = check(&root, &cases);
    for case in &cases {
        let (marks, mut found) = (marks_of(&root, case), said_of(case, &said));
        let area = areas.entry(case.split('/').next().unwrap().to_owned()).or_default();
        let (before, total) = (unmarked.len(), found.len());
        assert!(!marks.is_empty(), "{case} has no mark");
        for mark in &marks {
            match found.iter().position(|it| is_meant(mark, it)) {
                Some(at) => drop(found.remove(at)),
                None => missing.push(mark.to_string()),
            }
        }
        unmarked.extend(found.iter().map(ToString::to_string));
        all += total;
        *area = (area.0 + 1, area.1 + marks.len(), area.2 + unmarked.len() - before);
    }
    let table: Vec<String> = areas
        .iter()
        .map(|(area, (files, marks, more))| {
            format!("{area}: {files} files, {marks} marks, {more} not marked")
        })
        .collect();
    let report = format!(
        "{}\nmarked and not said:\n{}\nsaid and not marked:\n{}",
        table.join("\n"),
        missing.join("\n"),
        unmarked.join("\n")
    );
    assert!(missing.is_empty(), "{report}");
    assert!(
        unmarked.len() * 100 <= all * FOLLOW_UPS_PERCENT_MAX,
        "{} of {all} follow up\n{report}",
        unmarked.len()
    );
    assert!(cases.len() >= FILES_MIN, "{} files\n{report}", cases.len());
}

#[test]
fn every_code_of_an_error_is_in_the_corpus() {
    let root = repository_root().join("tests/suite/broken");
    let marked: BTreeSet<String> =
        cases(&root).iter().flat_map(|case| marks_of(&root, case)).map(|mark| mark.code).collect();
    let folder = TestFolder::new();
    let list = run(clean_command(binary("heal"), folder.path()).args(["explain", "--list"])).stdout;
    let codes = list.lines().filter_map(|line| line.split(' ').next());
    let missing: Vec<&str> = codes.filter(|code| *code < "HEAL0900" && !marked.contains(*code)).collect();
    assert!(missing.is_empty(), "no broken file has these: {missing:?}");
}

/// The cases below a folder by their paths: files, and folders with a manifest.
fn cases(root: &Path) -> Vec<String> {
    let mut cases = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            let name = || path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            if path.join("heal.toml").is_file() || path.extension().is_some_and(|it| it == "heal") {
                cases.push(name());
            } else if path.is_dir() {
                folders.push(path);
            }
        }
    }
    cases.sort();
    cases
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// What `heal check` says of all cases, in one run.
fn check(root: &Path, cases: &[String]) -> Vec<Found> {
    let home = TestFolder::new();
    let mut heal = clean_command(binary("heal"), home.path());
    let output =
        run(heal.current_dir(root).args(["check", "--format", "json", "--today", "2026-12-01"]).args(cases));
    assert_eq!(output.code(), 1, "{}", output.stderr);
    let json: Value = serde_json::from_str(&output.stdout).unwrap();
    json["diagnostics"].as_array().unwrap().iter().map(|it| found(root, it)).collect()
}

fn found(root: &Path, diagnostic: &Value) -> Found {
    let text = |key: &str| diagnostic[key].as_str().unwrap().to_owned();
    let place = |end: &str, part: &str| diagnostic[end][part].as_u64().unwrap();
    let (file, line) = (text("file"), place("start", "line"));
    let from = place("start", "column");
    let to = if place("end", "line") == line {
        place("end", "column")
    } else {
        let written = fs::read_to_string(root.join(&file)).unwrap_or_default();
        let line = written.lines().nth(usize::try_from(line).unwrap() - 1).unwrap_or("");
        u64::try_from(line.chars().count()).unwrap() + 1
    };
    // What is empty is marked by the one column before which it stands.
    let columns = (from, to.max(from + 1));
    Found { file, line, columns, severity: text("severity"), code: text("code"), words: text("message") }
}

fn said_of(case: &str, said: &[Found]) -> Vec<Found> {
    let folder = format!("{case}/");
    said.iter().filter(|it| it.file == case || it.file.starts_with(&folder)).cloned().collect()
}

fn is_meant(mark: &Found, found: &Found) -> bool {
    (&mark.file, mark.line, mark.columns, &mark.severity, &mark.code)
        == (&found.file, found.line, found.columns, &found.severity, &found.code)
        && found.words.contains(&mark.words)
}

/// The marks of a case.
fn marks_of(root: &Path, case: &str) -> Vec<Found> {
    let path = root.join(case);
    let mut files = vec![path.clone()];
    let mut marks = Vec::new();
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(entries(&path));
            continue;
        }
        let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        marks.extend(marks_in(&name, &fs::read_to_string(&path).unwrap()));
    }
    marks
}

fn marks_in(file: &str, text: &str) -> Vec<Found> {
    let mut marks = Vec::new();
    let mut marked = 0;
    for (number, line) in (1..).zip(text.lines()) {
        let Some((columns, words)) = mark(line) else {
            marked = number;
            continue;
        };
        let (severity, rest) = words.split_once('[').unwrap_or_else(|| panic!("{file}:{number}: no code"));
        let (code, words) = rest.split_once(']').unwrap_or_else(|| panic!("{file}:{number}: no code"));
        let end = u64::try_from(text.lines().count()).unwrap() + 1;
        let (line, columns) = columns.map_or((end, (1, 2)), |columns| (marked, columns));
        let (severity, code, words) = (severity.to_owned(), code.to_owned(), words.trim().to_owned());
        marks.push(Found { file: file.to_owned(), line, columns, severity, code, words });
    }
    marks
}

/// The columns of a mark, none for the end of the file, and the words after them; none when the line is no mark.
fn mark(line: &str) -> Option<(Option<(u64, u64)>, &str)> {
    let comment = line.trim_start();
    let comment = comment.strip_prefix("//").or_else(|| comment.strip_prefix('#'))?;
    if let Some(places) = comment.strip_prefix("| ") {
        let (place, words) = places.split_once(' ')?;
        let columns =
            place.split_once('-').map(|(from, to)| (from.parse().unwrap(), to.parse::<u64>().unwrap() + 1));
        return Some((columns, words));
    }
    let mark = comment.trim_start();
    let carets = u64::try_from(mark.bytes().take_while(|it| *it == b'^').count()).unwrap();
    let words = mark.trim_start_matches('^').trim_start();
    let from = u64::try_from(line.find('^')?).unwrap() + 1;
    (carets > 0).then_some((Some((from, from + carets)), words))
}

#[test]
fn marks_are_read_as_they_are_written() {
    let marks = marks_in(
        "a.heal",
        "ab cde\n//  ^^ error[HEAL0203] needs\n//| 1-2 warning[HEAL0901]\n// a ^ remark\n//| end error[HEAL0001]\n",
    );
    let shown: Vec<String> = marks.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "a.heal:1:5-7 error[HEAL0203] needs",
            "a.heal:1:1-3 warning[HEAL0901] ",
            "a.heal:6:1-2 error[HEAL0001] "
        ]
    );
}
