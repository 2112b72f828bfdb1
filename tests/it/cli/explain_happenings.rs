//! `heal explain`: why something in a simulation happened, or did not.

use std::{collections::BTreeSet, fs, path::PathBuf};

use heal_tests::{TestFolder, git};
use serde_json::Value;

use super::heal_ends;

/// The demo's package in a folder of its own.
fn demo() -> (TestFolder, PathBuf) {
    let folder = TestFolder::new();
    heal_ends(folder.path(), &["init", "x"], 0);
    let package = folder.join("x");
    (folder, package)
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The short ids in lists of a report: firings, runs, withheld rungs, pages.
fn ids_of(report: &Value) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let mut add = |list: &Value| {
        for entry in list.as_array().into_iter().flatten() {
            ids.insert(entry["id"].as_str().unwrap()[..8].to_owned());
        }
    };
    for detector in report["detectors"].as_array().unwrap() {
        add(&detector["firings"]);
    }
    for policy in report["policies"].as_array().unwrap() {
        ["runs", "withheld", "escalations"].iter().for_each(|what| add(&policy[what]));
    }
    ids
}

#[test]
fn ids_are_equal_in_every_format_and_each_can_be_explained() {
    let (_folder, package) = demo();
    let simulate = |format: &str| heal_ends(&package, &["simulate", "--format", format], 0).stdout;
    let ids = ids_of(&parsed(&simulate("json")));
    assert!(ids.len() > 10, "{ids:?}");
    let (text, html, markdown) = (simulate("text"), simulate("html"), simulate("markdown"));
    for id in &ids {
        assert!(text.contains(&format!("  {id}  ")), "{id} is not in the text");
        assert!(html.contains(&format!("id=\"d-{id}\"")), "{id} is not in the page");
        assert!(markdown.contains(&format!("`{id}`")), "{id} is not in the comment");
        let told = heal_ends(&package, &["explain", id], 0).stdout;
        assert!(told.contains(id) && told.contains("Where it is written"), "{told}");
        let json = parsed(&heal_ends(&package, &["explain", id, "--format", "json"], 0).stdout);
        assert_eq!((&json["version"], &json["kind"]), (&Value::from(1), &Value::from("explanation")));
    }
    for page in [html, markdown] {
        assert!(page.contains("heal explain ID ."), "the command is said");
    }
}

#[test]
fn what_did_not_happen_is_explained_at_a_time_and_by_an_incident() {
    let (_folder, package) = demo();
    let told = |what: &[&str]| heal_ends(&package, &[&["explain"], what].concat(), 0).stdout;
    let short = told(&["protect_press[press]", "--at", "2014-02-07T17:50:00Z"]);
    assert!(short.contains("its condition was true for 25m of 30m"), "{short}");
    assert!(short.contains("- `for 25m` or shorter"), "{short}");
    let quiet = told(&["slow", "--at", "2014-03-14T06:00:00Z"]);
    assert!(quiet.contains("its condition was false") && quiet.contains("`budget` below"), "{quiet}");
    let missed = told(&["checkout latency failure 1"]);
    assert_eq!(missed, told(&["checkout latency failure 1", "."]), "in a package its things have names");
    assert!(missed.contains("missed by slow") && missed.contains("it came nearest at"), "{missed}");
}

#[test]
fn a_difference_is_explained_on_both_sides() {
    let (folder, head) = demo();
    heal_ends(folder.path(), &["init", "base"], 0);
    fs::copy(head.join("heal.toml"), folder.join("base/heal.toml")).unwrap();
    let text = fs::read_to_string(head.join("checkout.heal")).unwrap();
    fs::write(head.join("checkout.heal"), text.replace("= 60ms", "= 50ms")).unwrap();
    let diff = parsed(&heal_ends(folder.path(), &["diff", "base", "x", "--format", "json"], 0).stdout);
    let differences = diff["differences"].as_array().unwrap();
    assert!(differences.len() > 2, "{differences:?}");
    for difference in differences {
        let id = difference["id"].as_str().unwrap();
        let arguments = ["explain", id, "x", "--base", "base", "--format", "json"];
        let json = parsed(&heal_ends(folder.path(), &arguments, 0).stdout);
        assert_eq!(json["difference"]["id"], id);
        let sides: Vec<&Value> =
            json["explanations"].as_array().unwrap().iter().map(|it| &it["revision"]).collect();
        // A bound happens at no time: what was and what is says all of it.
        if difference["kind"] == "tightened" {
            assert_eq!(sides, [""; 0], "{json}");
            assert!(json["difference"]["detail"].as_str().unwrap().contains("was"), "{json}");
        } else {
            assert_eq!(sides, ["x", "base"], "{json}");
        }
    }
    let none = heal_ends(folder.path(), &["explain", "00000000", "x", "--base", "base"], 2).stderr;
    assert!(none.contains("no difference has the id"), "{none}");
}

#[test]
fn lines_are_told_with_the_commit_that_wrote_them() {
    let (_folder, package) = demo();
    if !package.join(".git").exists() {
        git(&package, &["init", "-q", "-b", "main"]);
        git(&package, &["add", "-A"]);
        git(&package, &["commit", "-q", "-m", "first"]);
    }
    let text = fs::read_to_string(package.join("checkout.heal")).unwrap();
    fs::write(package.join("checkout.heal"), text.replace("= 60ms", "= 59ms")).unwrap();
    let arguments = ["explain", "slow", "--at", "2014-03-14T06:00:00Z", "--format", "json"];
    let json = parsed(&heal_ends(&package, &arguments, 0).stdout);
    let places = json["explanations"][0]["places"].as_array().unwrap();
    let place = |item: &str| places.iter().find(|place| place["item"] == item).unwrap();
    assert_eq!(place("budget")["note"], "not committed");
    assert_eq!(place("slow")["commit"]["id"].as_str().unwrap().len(), 40);
    assert_eq!(place("slow")["line"], 15);
    assert_eq!(place("std.service.restart")["note"], "part of Heal");
}

#[test]
fn lines_that_are_younger_than_their_item_are_told_with_their_own_commit() {
    let (_folder, package) = demo();
    if !package.join(".git").exists() {
        git(&package, &["init", "-q", "-b", "main"]);
        git(&package, &["add", "-A"]);
        git(&package, &["commit", "-q", "-m", "first"]);
    }
    let file = package.join("checkout.heal");
    let change = |from: &str, to: &str| {
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(&file, text.replacen(from, to, 1)).unwrap();
    };
    change("limit 2 per 1d", "limit 1 per 1d");
    git(&package, &["commit", "-q", "-a", "-m", "less"]);
    change("for 10m", "for 15m");
    let asked = ["explain", "heal_checkout[checkout]", "--at", "2014-03-18T23:00:00Z"];
    let json = parsed(&heal_ends(&package, &[&asked[..], &["--format", "json"]].concat(), 0).stdout);
    let places = json["explanations"][0]["places"].as_array().unwrap();
    let place = |item: &str| places.iter().find(|place| place["item"] == item).unwrap();
    let policy = place("heal_checkout");
    let lines = policy["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 1, "{policy}");
    assert!(lines[0]["text"].as_str().unwrap().contains("limit 1 per 1d"), "{policy}");
    assert_ne!(lines[0]["commit"]["id"], policy["commit"]["id"]);
    assert_eq!(place("slow")["lines"][0]["commit"], Value::Null, "not committed yet");
    assert_eq!(place("restart")["lines"].as_array().unwrap().len(), 0);
    let text = heal_ends(&package, &asked, 0).stdout;
    assert!(text.contains("for 15m") && text.contains("not committed"), "{text}");
}

#[test]
fn what_is_meant_is_proposed_where_nothing_is_called_so() {
    let (_folder, package) = demo();
    let wrong = |what: &[&str]| heal_ends(&package, &[&["explain"], what].concat(), 2).stderr;
    assert!(wrong(&["heal_chekout", "."]).contains("did you mean `heal_checkout`?"));
    assert!(wrong(&["heal_checkout", "."]).contains("name a time: `--at "));
    assert!(wrong(&["slaw", "--at", "2014-03-14"]).contains("did you mean `slow`?"));
    assert!(wrong(&["zz", "."]).contains("`heal simulate` lists what happened, with ids"));
    assert!(wrong(&["slow", "--at", "yesterday"]).contains("a point in time is written"));
    let report = parsed(&heal_ends(&package, &["simulate", "--format", "json"], 0).stdout);
    let some = ids_of(&report).into_iter().next().unwrap();
    let other = if some.ends_with('0') { "1" } else { "0" };
    assert!(wrong(&[&format!("{}{other}", &some[..7]), "."]).contains(&some));
}

#[test]
fn an_explanation_made_twice_is_equal_byte_for_byte() {
    let (_folder, package) = demo();
    for format in ["text", "json"] {
        let told = || {
            let arguments =
                ["explain", "heal_checkout[checkout]", "--at", "2014-03-18T23:00:00Z", "--format", format];
            heal_ends(&package, &arguments, 0).stdout
        };
        assert_eq!(told(), told(), "{format}");
    }
}
