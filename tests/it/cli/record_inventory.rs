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

/// Pods of a tier and with a number of their own, and a plan that asks for both.
const WITH_FIELDS: &str = "use std.notify
entity Node by (node) { zone: text from prometheus `kube_node_info` every 1m }
entity Pod by (namespace, pod) {
  tier: text
  memory: bytes in MB from metric \"memory\"
  node: Node
  from prometheus `kube_pod_info` every 1m
}
signal load: count by (namespace, pod) { from metric \"load\" every 1m }
detector busy { when load > 10 }
action evict(pod: Pod) { kubernetes evict pod risk low idempotent replaces pod }
plan recycle(pod: Pod) { require pod.memory >= 1GB  step evict = evict(pod) }
policy heal_busy {
  on busy
  where pod.tier == \"web\" && pod.node.zone == \"eu\"
  try recycle
  then escalate notify.page(\"team\")
  guard { limit 9 per 1h }
}
";

/// Two web pods, of which one has got more memory before minute 100, and one without a tier.
const FIELDS: &str = "entity,namespace,pod,tier,memory,node,zone,since,until
Node,,,,,n1,eu,,
Pod,shop,p1,web,512,n1,,,
Pod,shop,p1,web,2048,n1,,2026-01-01 01:00:00,
Pod,shop,p2,web,1024,n1,,,2026-01-01 01:10:00
Pod,shop,p3,db,4096,n1,,,
Pod,shop,p4,,4096,n1,,,
";

fn package_with_fields() -> TestFolder {
    let folder = package();
    fs::write(folder.join("shop.heal"), WITH_FIELDS).unwrap();
    fs::write(folder.join("fields.csv"), FIELDS).unwrap();
    folder
}

#[test]
fn what_reads_fields_is_decided_by_what_entities_were_then() {
    let folder = package_with_fields();
    let before = run(&folder, "simulate . --recording may", 0);
    let before = before.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        before.contains("reads `pod.tier`, and the recording has no inventory of Pod; `heal record inventory FILE --into DIR`"),
        "{before}"
    );
    let said = run(&folder, "record inventory fields.csv . --into may", 0);
    assert!(said.contains("Pod: 3 to 4 live"), "{said}");
    // At minute 5 the one has too little memory and the other enough; at 100 the first one has more, and the second has ended.
    let all = done(&folder, "may");
    let runs: Vec<&String> = all.iter().filter(|it| it.ends_with("runs")).collect();
    assert_eq!(runs, ["100 runs", "5 runs"], "{all:?}");
    let [gone, never] = all.iter().filter(|it| !it.ends_with("runs")).collect::<Vec<_>>()[..] else {
        panic!("{all:?}");
    };
    assert!(
        gone.starts_with("100 ")
            && gone.contains("was last told at 2026-01-01T00:00:00Z, and holds no longer"),
        "{gone}"
    );
    assert!(
        never.starts_with("5 ") && never.contains("`pod.tier` of Pod shop/p4 is unknown: it was never told"),
        "{never}"
    );
    let shown = run(&folder, "record show may", 0);
    assert!(shown.contains("Pod     namespace, pod  memory in MB, node, tier  4         5"), "{shown}");
    assert!(run(&folder, "record ls .", 0).contains("6 rows of entities"));
    run(&folder, "record verify may", 0);
    let manifest = fs::read(folder.join("may/recording.toml")).unwrap();
    run(&folder, "record inventory fields.csv . --into may", 0);
    assert_eq!(fs::read(folder.join("may/recording.toml")).unwrap(), manifest, "the same changes nothing");
    run(&folder, "record slice may --from 2026-01-01T01:30:00Z --into late", 0);
    run(&folder, "record slice may --to 2026-01-01T01:30:00Z --into early", 0);
    run(&folder, "record merge early late --into both", 0);
    assert_eq!(done(&folder, "both"), all);
    let one = run(&folder, "explain heal_busy[shop/p1] --at 2026-01-01T00:05:00Z --recording may", 0);
    assert!(one.contains("pod.memory"), "{one}");
    // A change of what is asked of a field is a change of what is done.
    let head = WITH_FIELDS.replace(">= 1GB", ">= 100MB");
    fs::create_dir(folder.join("head")).unwrap();
    fs::copy(folder.join("heal.toml"), folder.join("head/heal.toml")).unwrap();
    fs::write(folder.join("head/shop.heal"), head).unwrap();
    let diff = heal(folder.path(), &["diff", ".", "head", "--recording", "may"]);
    assert!(diff.stdout.contains("Heal: causes 1 more run of `recycle`"), "{}{}", diff.stdout, diff.stderr);
}

#[test]
fn what_is_not_as_the_package_declares_it_is_refused_with_its_line() {
    let folder = package_with_fields();
    let refused = |rows: &str, more: &str| {
        fs::write(folder.join("x.csv"), rows).unwrap();
        let line = format!("record inventory x.csv . --into may{more}");
        run(&folder, &line, 2)
    };
    let header = "entity,namespace,pod,memory,node\n";
    let said = refused(&format!("{header}Pod,shop,p1,much,n1\n"), "");
    assert!(said.contains("`x.csv` line 2: `memory` of Pod is a number, and `much` is none"), "{said}");
    let said = refused(&format!("{header}Pod,shop,p1,1,n1\nPod,shop,p1,2,n1\n"), "");
    assert!(said.contains("`x.csv` line 3: `Pod shop/p1` lives already, by line 2"), "{said}");
    let said = refused(&format!("{header}Pod,shop,p1,1,n1\n"), " --unit memory=ms");
    assert!(said.contains("`x.csv` line 2: `ms` is no unit of `memory` of Pod"), "{said}");
    let said = refused(&format!("{header}Pod,shop,p1,1,n2\nNode,,,,n1\n"), "");
    assert!(said.contains("`x.csv` line 2: its `node` is `n2`, and no Node of the file is that"), "{said}");
}

#[test]
fn a_test_that_replays_reads_entities_from_the_recording_but_for_kinds_that_it_gives() {
    let folder = package_with_fields();
    run(&folder, "record inventory fields.csv . --into may", 0);
    fs::create_dir(folder.join("recordings")).unwrap();
    fs::rename(folder.join("may"), folder.join("recordings/may")).unwrap();
    let tests = "
test \"as it was\" {
  replay \"may\"
  expect recycle{pod: \"p1\"} exactly 1 at 90m..119m
  expect recycle{pod: \"p2\"} exactly 1 at 0m..30m
  expect no recycle{pod: \"p4\"}
}
test \"as it is given\" {
  replay \"may\"
  given Pod{namespace: \"shop\", pod: \"p4\"} = {tier: \"web\", node: \"n1\", memory: 2GB}
  expect recycle{pod: \"p4\"} exactly 1
  expect no recycle{pod: \"p2\"}
}
";
    fs::write(folder.join("shop.heal"), format!("{WITH_FIELDS}{tests}")).unwrap();
    let tested = run(&folder, "test .", 0);
    assert!(tested.contains("2 passed") || tested.contains("2 tests"), "{tested}");
}
