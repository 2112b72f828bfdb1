//! `heal simulate` and `heal diff` of a package that says what its actions affect.

use std::fmt::Write as _;

use heal_tests::TestFolder;
use serde_json::Value;

use super::heal_ends;

const SHOP: &str = "use std.notify
use std.service

signal hits: ratio by (service) { from metric \"cache.hits\" every 1m }

signal disk_free: ratio by (service) { from metric \"disk.free\" every 1m }

detector cold { when hits < 50% for 5m }

action clear_cache(service: service.Service) {
  command [\"clear-cache\", service.service]
  risk low
  idempotent
  affects hits
}

plan refill(service: service.Service) {
  step clear = clear_cache(service)
  verify hits[service] > 80% && disk_free[service] > 10% within 10m
}

policy heal_cold {
  on cold
  try refill
  then escalate notify.page(\"sre\")
  guard { limit 9 per 1d }
}
";

/// Half an hour with a cold cache while the disk is full, and one while it is not.
fn shop() -> TestFolder {
    let folder = TestFolder::new();
    folder.write(
        "heal.toml",
        "[package]\nname = \"shop\"\nedition = \"2026\"\n[recordings]\ndefault = \"made\"\n",
    );
    folder.write("shop.heal", SHOP);
    let (mut hits, mut disk) = ("timestamp,value\n".to_owned(), "timestamp,value\n".to_owned());
    for minute in 0..240 {
        let time = format!("2026-05-01 {:02}:{:02}:00", minute / 60, minute % 60);
        let is_cold = matches!(minute, 30..60 | 150..180);
        writeln!(hits, "{time},{}", if is_cold { 0.3 } else { 0.9 }).unwrap();
        writeln!(disk, "{time},{}", if minute < 100 { 0.05 } else { 0.5 }).unwrap();
    }
    folder.write("hits.csv", hits);
    folder.write("disk.csv", disk);
    for (file, signal) in [("hits.csv", "hits"), ("disk.csv", "disk_free")] {
        let record = ["record", "csv", file, "--signal", signal, "--label", "service=cart", "--into", "made"];
        heal_ends(folder.path(), &record, 0);
    }
    folder
}

#[test]
fn what_is_declared_narrows_the_range_and_every_form_says_so() {
    let folder = shop();
    let of_all = "Of 2 verifications 1 is decided by what was recorded, because plans or actions say what they affect, and 1 is open";
    let of_one = "failed by what was recorded, because it affects only";
    for format in ["text", "markdown", "html"] {
        let shown = heal_ends(folder.path(), &["simulate", ".", "--format", format], 0).stdout;
        let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(of_all), "{shown}");
        assert!(words.contains(of_one), "{shown}");
    }
    let json = heal_ends(folder.path(), &["simulate", ".", "--format", "json"], 0).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    let runs = &json["policies"][0]["runs"];
    assert_eq!(runs[0]["verified_by"], serde_json::json!({"by": "declared", "affects": ["hits"]}), "{json}");
    assert_eq!(runs[1]["verified_by"], serde_json::json!({"by": "course"}), "{json}");
    // People are told of the first run in both courses, of the second in one.
    let told = &json["policies"][0]["figures"]["escalations"];
    assert_eq!(*told, serde_json::json!({"min": 1, "max": 2}), "{json}");
    let id = &runs[0]["id"].as_str().unwrap()[..8];
    let explained = heal_ends(folder.path(), &["explain", id], 0).stdout;
    assert!(
        explained.contains("verify decided by the recording: the run affects only `hits`"),
        "{explained}"
    );
}

#[test]
fn to_say_that_less_is_affected_needs_an_owner() {
    let folder = shop();
    folder.write("base/shop.heal", SHOP.replace("  affects hits\n", ""));
    folder.write("head/shop.heal", SHOP);
    for side in ["base", "head"] {
        folder.write(format!("{side}/heal.toml"), "[package]\nname = \"shop\"\nedition = \"2026\"\n");
    }
    let shown = heal_ends(folder.path(), &["diff", "base", "head", "--recording", "made"], 0).stdout;
    assert!(shown.contains("affects anything changed to affects hits"), "{shown}");
    assert!(shown.contains("Needs an owner"), "{shown}");
    let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("head: of 2 verifications 1 is decided"), "{shown}");
    assert!(!words.contains("base: of"), "{shown}");
}
