//! `heal record inventory`: entities beside samples, and the guards that count them.

use std::fs;

use heal_tests::TestFolder;
use serde_json::Value;

use super::{heal, heal_ends};

/// Of the pods of a namespace, half may be recycled an hour.
const POLICIES: &str = "use std.notify
entity Pod by (namespace, pod) { tier: text }
signal load: count by (namespace, pod) { from metric \"load\" every 1m }
detector busy { when load > 10 }
action evict(pod: Pod) { kubernetes evict pod risk low idempotent replaces pod }
plan recycle(pod: Pod) { step evict = evict(pod) }
policy heal_busy {
  on busy
  try recycle
  then escalate notify.page(\"team\")
  guard { limit 9 per 1h  blast_radius 50% of Pod per namespace within 1h }
}
";

/// The first minute, 2026-01-01T00:00:00Z.
const FIRST_SECONDS: i64 = 1_767_225_600;

/// Four pods until minute 60, and two from then on.
const PODS: &str = "entity,namespace,pod,until
Pod,shop,p1,
Pod,shop,p2,
Pod,shop,p3,2026-01-01 01:00:00
Pod,shop,p4,2026-01-01 01:00:00
Pod,mail,imap,
";

/// A package, and a recording of four pods that are busy at minute 5, and two of them again at minute 100.
fn package() -> TestFolder {
    let folder = TestFolder::new();
    fs::write(folder.join("heal.toml"), "[package]\nname = \"shop\"\nedition = \"2026\"\n").unwrap();
    fs::write(folder.join("shop.heal"), POLICIES).unwrap();
    let mut rows = "timestamp,pod,load\n".to_owned();
    for minute in 0..120 {
        for pod in 1..=4 {
            let busy = (5..8).contains(&minute) || pod <= 2 && (100..103).contains(&minute);
            rows += &format!("{},p{pod},{}\n", FIRST_SECONDS + minute * 60, if busy { 20 } else { 1 });
        }
    }
    fs::write(folder.join("load.csv"), rows).unwrap();
    let csv = "record csv load.csv --name load --unit 1 --key pod --value-column load --label namespace=shop --into may";
    heal_ends(folder.path(), &csv.split(' ').collect::<Vec<_>>(), 0);
    fs::write(folder.join("pods.csv"), PODS).unwrap();
    folder
}

fn run(folder: &TestFolder, line: &str, code: i32) -> String {
    let ran = heal_ends(folder.path(), &line.split(' ').collect::<Vec<_>>(), code);
    ran.stdout + &ran.stderr
}

/// Minutes at which runs began, or were held back and by what.
fn done(folder: &TestFolder, recording: &str) -> Vec<String> {
    let arguments = ["simulate", ".", "--recording", recording, "--format", "json"];
    let report: Value = serde_json::from_str(&heal_ends(folder.path(), &arguments, 0).stdout).unwrap();
    let list = |name: &str| report["policies"][0][name].as_array().unwrap().clone();
    let minute = |at: &Value| (at.as_i64().unwrap() / 1_000 - FIRST_SECONDS) / 60;
    let runs = list("runs").into_iter().map(|run| format!("{} runs", minute(&run["start"])));
    let withheld = list("withheld").into_iter();
    let withheld = withheld.map(|it| format!("{} {}", minute(&it["at"]), it["reason"].as_str().unwrap()));
    let mut all: Vec<String> = runs.chain(withheld).collect();
    all.sort();
    all
}

#[test]
fn a_share_is_of_what_lived_at_that_time() {
    let folder = package();
    let before = done(&folder, "may");
    let unknown = before.iter().filter(|it| it.contains("how many Pod live for namespace shop is unknown"));
    assert_eq!(unknown.count(), 6, "{before:?}");
    let said = run(&folder, "record inventory pods.csv --into may", 0);
    assert!(said.contains("Pod: 3 to 5 live"), "{said}");
    let two = "5 blast radius 2 Pod per 1h for namespace shop";
    let one = "100 blast radius 1 Pod per 1h for namespace shop";
    assert_eq!(done(&folder, "may"), [one, "100 runs", two, two, "5 runs", "5 runs"]);
    // It lies in the recording as all else does.
    run(&folder, "record verify may", 0);
    let shown = run(&folder, "record show may", 0);
    assert!(shown.contains("Pod     namespace  2       1 to 4"), "{shown}");
    run(&folder, "record slice may --from 2026-01-01T01:30:00Z --into late", 0);
    assert_eq!(done(&folder, "late"), [one, "100 runs"]);
    run(&folder, "record slice may --to 2026-01-01T01:30:00Z --into early", 0);
    run(&folder, "record merge early late --into both", 0);
    assert_eq!(done(&folder, "both"), done(&folder, "may"));
}

#[test]
fn another_inventory_of_a_kind_is_refused_until_it_is_to_replace_the_first() {
    let folder = package();
    run(&folder, "record inventory pods.csv --into may", 0);
    let before = fs::read(folder.join("may/recording.toml")).unwrap();
    run(&folder, "record inventory pods.csv --into may", 0);
    assert_eq!(fs::read(folder.join("may/recording.toml")).unwrap(), before, "the same changes nothing");
    fs::write(folder.join("more.csv"), "entity,namespace,pod\nPod,shop,p1\n").unwrap();
    let refused = run(&folder, "record inventory more.csv --into may", 2);
    assert!(
        refused.contains("another inventory of `Pod`, or has grown since it was counted: `--replace`"),
        "{refused}"
    );
    assert_eq!(fs::read(folder.join("may/recording.toml")).unwrap(), before);
    run(&folder, "record inventory more.csv --into may --replace", 0);
    let shown = run(&folder, "record show may", 0);
    assert!(shown.contains("Pod     -          1       1\n"), "{shown}");
    // Of another kind is another inventory.
    fs::write(folder.join("nodes.json"), "{\"node\": \"n1\"}\n").unwrap();
    let said = run(&folder, "record inventory nodes.json --entity Node --into may", 0);
    assert!(said.contains("Node: 1 live"), "{said}");
}

#[test]
fn what_cannot_be_counted_is_said_and_the_recording_stays_as_it_was() {
    let folder = package();
    let before = fs::read(folder.join("may/recording.toml")).unwrap();
    let refused = |text: &str, more: &str| {
        fs::write(folder.join("x.csv"), text).unwrap();
        let line = format!("record inventory x.csv --into may{more}");
        let said = heal(folder.path(), &line.split(' ').collect::<Vec<_>>());
        assert_eq!(said.code(), 2, "{}{}", said.stdout, said.stderr);
        assert_eq!(fs::read(folder.join("may/recording.toml")).unwrap(), before);
        said.stderr
    };
    assert!(
        refused("entity,pod,since\nPod,p1,soon\n", "")
            .contains("`x.csv` line 2: its `since` `soon` is not a time")
    );
    assert!(refused("pod\np1\n", "").contains("say of which kind they are with `--entity NAME`"));
    let late = refused("entity,pod,since\nPod,p1,2027-01-01 00:00:00\n", "");
    assert!(late.contains("none of its entities lived within the recording"), "{late}");
    let unknown = refused("entity,pod\nPod,p1\n", " --per namespace");
    assert!(unknown.contains("no entity has a field `namespace`; they have `pod`"), "{unknown}");
    let nowhere = run(&folder, "record inventory pods.csv --into nowhere", 2);
    assert!(nowhere.contains("record samples or events first"), "{nowhere}");
    assert!(!folder.join("nowhere").exists());
}
