//! `heal tune` over the recording of the shipped policies, and over one that is imported for it.

use std::{fmt::Write as _, fs, path::Path};

use heal_tests::{TestFolder, git, repository_root};
use serde_json::Value;

use super::{
    formats::{has_jsonschema, is_valid_json},
    heal_ends,
};

const SHOP: &str = "use std.notify
use std.service

signal latency: duration in ms by (service) { from metric \"latency\" every 5m }

/// What is still fast.
param budget: duration in 40ms..200ms = 150ms

detector slow { when latency > budget for 10m }

plan restart(service: service.Service) { step restart = service.restart(service) }

policy heal_it {
  on slow
  try restart
  then escalate notify.page(\"x\")
  guard { limit 9 per 1d }
}
";

/// A package whose recording has six incidents: an hour at 100 to 110 ms, after hours at 30 to 40 in which 80 ms for twenty
/// minutes were none.
fn shop() -> TestFolder {
    let folder = TestFolder::new();
    folder.write(
        "heal.toml",
        "[package]\nname = \"shop\"\nedition = \"2026\"\n[recordings]\ndefault = \"made\"\n",
    );
    folder.write("shop.heal", SHOP);
    let time = |minute: i64| {
        format!("2026-05-{:02} {:02}:{:02}:00", 1 + minute / 1_440, minute / 60 % 24, minute % 60)
    };
    let (mut rows, mut incidents) = ("timestamp,value\n".to_owned(), "name,start,end\n".to_owned());
    for minute in (0..6_000).step_by(5) {
        let milliseconds = match minute % 1_000 {
            200..220 => 80,
            600..660 => 100 + minute * 7_919 % 11,
            _ => 30 + minute * 7_919 % 11,
        };
        writeln!(rows, "{},{milliseconds}", time(minute)).unwrap();
    }
    for at in 0..6 {
        let start = at * 1_000 + 600;
        writeln!(incidents, "outage {},{},{}", at + 1, time(start), time(start + 60)).unwrap();
    }
    folder.write("latency.csv", rows);
    folder.write("incidents.csv", incidents);
    let record = ["record", "csv", "latency.csv", "--signal", "latency", "--label", "service=cart"];
    heal_ends(folder.path(), &[&record[..], &["--incidents", "incidents.csv", "--into", "made"]].concat(), 0);
    folder
}

fn tune(folder: &Path, arguments: &[&str]) -> String {
    heal_ends(folder, &[&["tune", "--no-cache"], arguments].concat(), 0).stdout
}

#[test]
fn a_proposal_is_the_line_to_change_with_what_it_would_have_done_and_nothing_is_edited() {
    let folder = shop();
    git(folder.path(), &["init", "-q"]);
    is_on_the_page(&tune(folder.path(), &[]));
    assert_eq!(folder.read("shop.heal"), SHOP);
    // Who does what is proposed gets what was promised, and nothing more to do.
    let json: Value = serde_json::from_str(&tune(folder.path(), &["--format", "json"])).unwrap();
    let change = &json["proposals"][0]["params"][0];
    let before = change["line_before"].as_str().unwrap();
    folder.write("shop.heal", SHOP.replace(before, change["line_after"].as_str().unwrap()));
    heal_ends(folder.path(), &["check"], 0);
    let again = tune(folder.path(), &[]);
    assert!(again.starts_with("no proposal") && again.contains("`budget`: no other value"), "{again}");
}

#[test]
fn equal_input_gives_equal_bytes_for_any_threads_and_with_and_without_a_cache() {
    let folder = shop();
    for format in ["text", "json"] {
        let first = tune(folder.path(), &["--format", format, "--threads", "1"]);
        let cached = ["tune", "--cache", "kept", "--format", format, "--threads", "3"];
        for _ in 0..2 {
            assert_eq!(first, heal_ends(folder.path(), &cached, 0).stdout, "{format}");
        }
    }
}

#[test]
fn the_json_form_is_what_its_schema_says() {
    let folder = shop();
    let shop = tune(folder.path(), &["--format", "json", "--cost", "missed=1000,minute=0.5"]);
    let json: Value = serde_json::from_str(&shop).unwrap();
    assert_eq!((&json["version"], &json["kind"]), (&Value::from(1), &Value::from("tune")));
    assert_eq!(json["cost"]["missed"], 1000.0);
    assert_eq!(json["cost_from"]["missed"], "caller");
    assert_eq!(json["cost_from"]["action"], "default");
    if !has_jsonschema() {
        heal_tests::skip!("what `heal tune` prints against its schema", "python3-jsonschema is not installed")
    }
    let schema = repository_root().join("docs/schema/tune.v1.json").display().to_string();
    is_valid_json(&folder, &shop, &schema);
    heal_ends(folder.path(), &["init", "demo"], 0);
    is_valid_json(&folder, &tune(&folder.join("demo"), &["--format", "json"]), &schema);
}

#[test]
fn the_shipped_policies_are_tuned_as_the_page_shows() {
    let folder = TestFolder::new();
    heal_ends(folder.path(), &["init", "demo"], 0);
    is_on_the_page(&tune(&folder.join("demo"), &[]));
}

/// What `docs/tune.md` shows is what the command prints.
#[track_caller]
fn is_on_the_page(printed: &str) {
    let page = fs::read_to_string(repository_root().join("docs/tune.md")).unwrap();
    assert!(page.contains(&format!("```text\n{printed}```\n")), "docs/tune.md does not show\n{printed}");
}

#[test]
fn costs_of_the_package_are_used_and_said() {
    let folder = shop();
    let toml = folder.read("heal.toml");
    folder.write("heal.toml", format!("{toml}[tune.cost]\nfalse_alarm = 60\n"));
    let text = tune(folder.path(), &["--cost", "missed=500"]);
    let said =
        "missed incident 500 by --cost, false alarm 60 by [tune.cost] of heal.toml, action 5 by default";
    assert!(text.replace("\n  ", " ").contains(said), "{text}");
    folder.write("heal.toml", format!("{toml}[tune.cost]\nfalse_alarms = 60\n"));
    let wrong = heal_ends(folder.path(), &["tune"], 1).stderr;
    assert!(wrong.contains("`[tune.cost]` has no key `false_alarms`"), "{wrong}");
    assert!(wrong.contains("did you mean `false_alarm`?"), "{wrong}");
}

#[test]
fn wrong_requests_end_with_2_and_say_what_to_write() {
    let folder = shop();
    let said = |arguments: &[&str]| heal_ends(folder.path(), &[&["tune"], arguments].concat(), 2).stderr;
    for (arguments, expected) in [
        (&["--param", "bugdet"][..], "there is no param `bugdet`: did you mean `budget`?"),
        (&["--cost", "missed"], "costs are written `missed=240,false_alarm=30,action=5,minute=1`"),
        (&["--cost", "mised=3"], "did you mean `missed`?"),
        (&["--cost", "missed=0,false_alarm=0,action=0,minute=0"], "everything costs 0"),
        (&["--folds", "2"], "blocks of time are from 3"),
        (&["--budget", "1"], "a budget is at least 2 simulations"),
        (&["--recording", "nowhere"], "nowhere"),
    ] {
        let stderr = said(arguments);
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
    }
    folder.write("shop.heal", SHOP.replace(" in 40ms..200ms", ""));
    let stderr = said(&["--param", "budget"]);
    assert!(stderr.contains("`budget` has no range") && stderr.contains("shop.heal:7"), "{stderr}");
    folder.write("shop.heal", SHOP);
    let none =
        ["record", "csv", "latency.csv", "--signal", "latency", "--label", "service=cart", "--into", "bare"];
    heal_ends(folder.path(), &none, 0);
    let stderr = said(&["--recording", "bare"]);
    assert!(stderr.contains("has no incidents") && stderr.contains("heal record incidents"), "{stderr}");
}
