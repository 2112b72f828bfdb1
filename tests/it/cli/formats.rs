//! `heal check --format …`: each form as the tools that read it describe it.

use std::fs;
use std::path::Path;

use heal_tests::{TestFolder, clean_command, find_program, repository_root, run, skip};
use serde_json::Value;

use super::{heal, heal_ends};

/// Errors, warnings and fixes, beside a file with nothing to report.
fn package() -> TestFolder {
    let folder = TestFolder::new();
    folder.write("heal.toml", "[package]\nname = \"shop\"\nedition = \"2026\"\n");
    folder.write(
        "fine.heal",
        "signal load: ratio { from metric \"load\" every 1m }\ndetector busy { when load > 90% }\n",
    );
    let broken = "signal latency: duration in ms by (service) { from metric \"latency_seconds\" every 1m }
detector slow { when latency > 64 && laod > 1 } // \u{e4}
detector slow { whne latency > 1s }
";
    folder.write("a b/broken.heal", broken);
    folder
}

fn checked(folder: &Path, format: &str) -> String {
    heal_ends(folder, &["check", "--format", format], 1).stdout
}

fn schema(name: &str) -> String {
    repository_root().join(name).display().to_string()
}

/// Holds JSON to a schema with Python's `jsonschema`.
#[track_caller]
pub(super) fn is_valid_json(folder: &TestFolder, document: &str, schema: &str) {
    folder.write("document.json", document);
    let program = "import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.validators.validator_for(schema)(schema).validate(json.load(open(sys.argv[2])))";
    let mut python = clean_command("python3", folder.path());
    let output = run(python.args(["-c", program, schema, "document.json"]));
    assert!(output.status.success(), "{}\n{document}", output.stderr);
}

pub(super) fn has_jsonschema() -> bool {
    find_program("python3").is_some_and(|python| {
        run(clean_command(python, Path::new("/")).args(["-c", "import jsonschema"])).status.success()
    })
}

#[test]
fn sarif_and_json_are_valid_against_their_schemas() {
    if !has_jsonschema() {
        skip!("SARIF against its schema", "python3-jsonschema is not installed")
    }
    let folder = package();
    let sarif = checked(folder.path(), "sarif");
    is_valid_json(&folder, &sarif, &schema("tests/fixtures/schemas/sarif-2.1.0.json"));
    let log: Value = serde_json::from_str(&sarif).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert!(results.iter().any(|result| result["fixes"].is_array()), "no fix among\n{sarif}");
    let place = &results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(place, "a%20b/broken.heal");
    let json = checked(folder.path(), "json");
    is_valid_json(&folder, &json, &schema("docs/schema/diagnostics.v1.json"));
    fs::remove_dir_all(folder.join("a b")).unwrap();
    let clean = heal_ends(folder.path(), &["check", "--format", "sarif"], 0).stdout;
    is_valid_json(&folder, &clean, &schema("tests/fixtures/schemas/sarif-2.1.0.json"));
}

#[test]
fn explanations_are_valid_against_their_schema() {
    if !has_jsonschema() {
        skip!("explanations against their schema", "python3-jsonschema is not installed")
    }
    let folder = TestFolder::new();
    heal_ends(folder.path(), &["init", "x"], 0);
    let cases: [&[&str]; 3] = [
        &["slow", "--at", "2014-03-18T22:57:00Z"],
        &["cold[press]", "--at", "2014-02-07T17:50:00Z"],
        &["checkout latency failure 1", "."],
    ];
    for what in cases {
        let arguments = [&["explain", "--format", "json"], what].concat();
        let json = heal_ends(&folder.join("x"), &arguments, 0).stdout;
        is_valid_json(&folder, &json, &schema("docs/schema/explanation.v1.json"));
    }
}

#[test]
fn junit_is_valid_against_its_schema() {
    if find_program("xmllint").is_none() {
        skip!("JUnit against its schema", "libxml2-utils is not installed")
    }
    let folder = package();
    let report = folder.write("report.xml", checked(folder.path(), "junit"));
    let mut lint = clean_command("xmllint", folder.path());
    let junit = schema("tests/fixtures/schemas/junit-10.xsd");
    let output = run(lint.args(["--noout", "--schema", &junit]).arg(&report));
    assert!(output.status.success(), "{}", output.stderr);
    let report = folder.read("report.xml");
    assert!(report.contains("<testcase name=\"nothing to report\" classname=\"fine.heal\"/>"), "{report}");
    assert!(report.contains("classname=\"a b/broken.heal\""), "{report}");
}

#[test]
fn github_gets_a_line_a_diagnostic() {
    let folder = package();
    let commands = checked(folder.path(), "github");
    let json: Value = serde_json::from_str(&checked(folder.path(), "json")).unwrap();
    assert_eq!(commands.lines().count(), json["diagnostics"].as_array().unwrap().len(), "{commands}");
    for line in commands.lines() {
        let kinds = ["::error", "::warning"];
        assert!(
            kinds.iter().any(|it| line.starts_with(&format!("{it} file=a b/broken.heal,line="))),
            "{line}"
        );
    }
}

#[test]
fn gitlab_fingerprints_survive_moved_lines() {
    let folder = package();
    let fingerprints = |folder: &TestFolder| -> Vec<String> {
        let report: Value = serde_json::from_str(&checked(folder.path(), "gitlab")).unwrap();
        let issues = report.as_array().unwrap();
        issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap().to_owned()).collect()
    };
    let before = fingerprints(&folder);
    let moved = format!("\n// moved down\n{}", folder.read("a b/broken.heal"));
    folder.write("a b/broken.heal", moved);
    assert_eq!(before, fingerprints(&folder));
    let distinct: std::collections::BTreeSet<&String> = before.iter().collect();
    assert_eq!(distinct.len(), before.len());
}

#[test]
fn reviewdog_gets_the_fixes() {
    let folder = package();
    let report: Value = serde_json::from_str(&checked(folder.path(), "rdjson")).unwrap();
    let diagnostics = report["diagnostics"].as_array().unwrap();
    let unit = diagnostics.iter().find(|it| it["code"]["value"] == "HEAL0203").unwrap();
    assert_eq!(unit["suggestions"][0]["text"], "64ms");
    assert_eq!(unit["location"]["path"], "a b/broken.heal");
}

#[test]
fn several_paths_are_one_document() {
    let folder = package();
    let checked = heal(folder.path(), &["check", "--format", "json", "a b/broken.heal", "fine.heal"]);
    let json: Value = serde_json::from_str(&checked.stdout).unwrap();
    assert!(json["diagnostics"].as_array().unwrap().iter().all(|it| it["file"] == "a b/broken.heal"));
    let junit = heal(folder.path(), &["check", "--format", "junit", "fine.heal"]).stdout;
    assert!(!junit.contains("broken.heal"), "only what was asked for: {junit}");
}

#[test]
fn what_is_allowed_until_a_day_is_said_after_it() {
    let folder = TestFolder::new();
    let text = "// heal: allow(HEAL0901) until 2027-01-31 because \"used next week\"
param spare: ratio = 1
signal load: ratio { from metric \"load\" every 1m }
detector busy { when load > 90% }
";
    folder.write("a.heal", text);
    heal_ends(folder.path(), &["check", "a.heal", "--today", "2027-01-31"], 0);
    let late = heal_ends(folder.path(), &["check", "a.heal", "--today", "2027-02-01"], 1).stderr;
    assert!(late.contains("HEAL0991") && late.contains("HEAL0901"), "{late}");
    let wrong = heal_ends(folder.path(), &["check", "a.heal", "--today", "tomorrow"], 2).stderr;
    assert!(wrong.contains("a day is written `2027-01-31`"), "{wrong}");
}
