//! What `heal record` does with files that may be otherwise than they were meant: quiet logs, rows of several series, local
//! times, parts of one recording, and inventories of recordings that have grown.

use std::fs;

use heal_tests::TestFolder;
use serde_json::Value;

use super::{heal_ends, heal_says};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

const POLICY: &str = "
signal failed: count { from logs \"sshd\" match `Failed password` count per 1m }
signal failed_by: count by (ip) { from logs \"sshd\" match `Failed password for .* from (?<ip>[0-9.]+)` count per 1m }
event failure by (ip) { from logs \"sshd\" match `Failed password for .* from (?<ip>[0-9.]+)` }
detector calm { when failed == 0 for 10m }
detector guessing { when failed_by > 90 }
detector burst { when failure.count(2m) > 90 }
policy told { on calm try escalate }
policy tell { on guessing try escalate }
policy tell_of_burst { on burst try escalate }
";

#[test]
fn a_quiet_log_is_recorded_aloud_and_what_reads_it_is_zero() {
    let folder = TestFolder::new();
    let line = |minute: i64| format!("Mar  1 {:02}:{:02}:20 h cron[2]: hello\n", minute / 60, minute % 60);
    fs::write(folder.join("auth.log"), (0..90).map(line).collect::<String>()).unwrap();
    fs::write(folder.join("policy.heal"), POLICY).unwrap();
    for what in ["--signal failed", "--signal failed_by", "--event failure"] {
        let said =
            heal_says(&folder, &format!("record logs auth.log policy.heal {what} --year 2026 --into x"), 0);
        let expected = "warning: no line of 90 matches; recorded as quiet from 2026-03-01T00:00:20Z to 2026-03-01T01:29:20Z";
        assert!(said.contains(expected), "{said}");
    }
    heal_says(&folder, "record verify x", 0);
    let report = json(&heal_says(&folder, "simulate policy.heal --recording x --format json", 0));
    assert_eq!(report["not_simulated"].as_array().map_or(0, Vec::len), 0, "{report:#}");
    let calm = report["detectors"].as_array().unwrap().iter().find(|it| it["path"] == "calm").unwrap();
    assert_eq!(calm["firings"].as_array().unwrap().len(), 1, "{calm:#}");
    // Its zeros are right, and no flaw of the recording.
    assert_eq!(report["quality"].as_array().map_or(0, Vec::len), 0, "{:#}", report["quality"]);
    let shown = heal_says(&folder, "record show x", 0);
    assert!(!shown.contains("worth a look") && shown.contains("01:29:20Z  quiet"), "{shown}");
    let flaws = &json(&heal_says(&folder, "record show x --format json", 0))["series"][0]["quality"];
    assert_eq!((&flaws["constant"], &flaws["flat"]), (&false.into(), &0.into()), "{flaws:#}");
    // Whether it was quiet is known of a log that lived only.
    fs::write(folder.join("auth.log"), "no time\nnor here\n").unwrap();
    let said = heal_says(&folder, "record logs auth.log policy.heal --signal failed --year 2026 --into y", 2);
    assert!(said.contains("no line matches, of 2, and their times cover no span"), "{said}");
}

#[test]
fn rows_of_several_series_are_not_recorded_as_one() {
    let folder = TestFolder::new();
    let rows =
        (0..20).flat_map(|step| [0, 1, 2].map(|part| format!("{},{part},{}\n", step * 60, step + part)));
    fs::write(folder.join("lag.csv"), format!("time,partition,lag\n{}", rows.collect::<String>())).unwrap();
    let command = "record csv lag.csv --name lag --unit 1 --value-column lag --into x";
    let refused = heal_says(&folder, command, 2);
    assert!(
        refused.contains("40 of 60 rows are at the time of an earlier one")
            && refused.contains("`--key partition`"),
        "{refused}"
    );
    assert!(!folder.join("x").exists());
    let said = heal_says(&folder, &format!("{command} --key partition"), 0);
    assert!(said.contains("x has 3 series now") && !said.contains("warning"), "{said}");
    fs::write(folder.join("cut.csv"), "time,value\n0,100\n60,10").unwrap();
    let said = heal_says(&folder, "record csv cut.csv --name cut --unit 1 --into x", 0);
    assert!(said.contains("note: `cut.csv` does not end with a line break"), "{said}");
}

#[test]
fn local_times_of_a_table_go_by_their_zone() {
    let folder = TestFolder::new();
    let text = "timestamp,value\n2024-10-27 02:30:00,1\n2024-10-27 02:10:00,2\n2024-10-27 03:00:00,3\n";
    fs::write(folder.join("a.csv"), text).unwrap();
    fs::write(folder.join("i.csv"), "name,start,end\nslow,2024-10-27 01:00:00,2024-10-27 03:00:00\n")
        .unwrap();
    let command = "record csv a.csv --name a --unit 1 --incidents i.csv --into x";
    let said = heal_says(&folder, &format!("{command} --zone Europe/Berlin"), 0);
    assert!(said.contains("3 samples, 2 in an hour that the clock skips or repeats"), "{said}");
    heal_says(&folder, "record verify x", 0);
    let shown = json(&heal_says(&folder, "record show x --format json", 0));
    assert_eq!(
        (&shown["start"], &shown["end"]),
        (&"2024-10-27T00:30:00Z".into(), &"2024-10-27T02:00:00Z".into())
    );
    assert_eq!(shown["incidents"][0]["start"], "2024-10-26T23:00:00Z");
    let both = heal_says(&folder, &format!("{command} --zone Europe/Berlin --utc-offset +01:00"), 2);
    assert!(both.contains("cannot be used with"), "{both}");
}

#[test]
fn parts_of_a_recording_that_are_merged_are_that_recording() {
    let folder = TestFolder::new();
    let rows = |from: i64| -> String {
        let rows = (from..from + 60).map(|minute| format!("{},{}\n", minute * 60, minute * 7 % 13));
        // One row is repeated, with another value.
        format!("timestamp,value\n{}{},99\n", rows.collect::<String>(), from * 60)
    };
    fs::write(folder.join("a.csv"), rows(0)).unwrap();
    fs::write(folder.join("i.csv"), "name,start,end\nslow,1970-01-01 00:10:00,1970-01-01 00:50:00\n")
        .unwrap();
    heal_says(
        &folder,
        "record csv a.csv --name a --unit 1 --incidents i.csv --recording whole --into whole",
        0,
    );
    for (from, to, part) in [("00:00", "00:20", "p1"), ("00:20", "00:40", "p2"), ("00:40", "01:00", "p3")] {
        let span = format!("--from 1970-01-01T{from}:00Z --to 1970-01-01T{to}:00Z");
        heal_says(&folder, &format!("record slice whole {span} --into {part}"), 0);
    }
    heal_says(&folder, "record merge p3 p1 p2 --into again", 0);
    let manifest = |name: &str| fs::read_to_string(folder.join(name).join("recording.toml")).unwrap();
    assert_eq!(manifest("again"), manifest("whole"));
    // Two incidents that follow each other are no parts of one, but where a merge finds them so.
    fs::write(folder.join("i.csv"), "name,start,end\nslow,1970-01-01 00:50:00,1970-01-01 00:55:00\n")
        .unwrap();
    let refused = heal_says(&folder, "record incidents i.csv --format csv --into whole", 2);
    assert!(refused.contains("two different incidents `slow`"), "{refused}");
}

#[test]
fn an_inventory_of_a_recording_that_has_grown_is_warned_of() {
    let folder = TestFolder::new();
    let rows = |hour: i64| {
        let rows = (0..60).map(|minute| format!("{},{minute}\n", hour * 3_600 + minute * 60));
        format!("timestamp,value\n{}", rows.collect::<String>())
    };
    fs::write(folder.join("a.csv"), rows(0)).unwrap();
    fs::write(folder.join("b.csv"), rows(1)).unwrap();
    fs::write(folder.join("pods.csv"), "entity,pod,until\nPod,p1,\nPod,p2,1970-01-01 01:30:00\n").unwrap();
    heal_says(&folder, "record csv a.csv --name a --unit 1 --into x", 0);
    heal_says(&folder, "record inventory pods.csv --into x", 0);
    heal_says(&folder, "record inventory pods.csv --into x", 0);
    let said = heal_says(&folder, "record csv b.csv --name b --unit 1 --into x", 0);
    let expected = "warning: the recording, which has an inventory, went from 1970-01-01T00:00:00Z to 1970-01-01T00:59:00Z and goes \
                    from 1970-01-01T00:00:00Z to 1970-01-01T01:59:00Z now";
    assert!(said.contains(expected), "{said}");
    let refused = heal_says(&folder, "record inventory pods.csv --into x", 2);
    assert!(refused.contains("has grown since it was counted: `--replace`"), "{refused}");
    heal_says(&folder, "record inventory pods.csv --into x --replace", 0);
    let said = heal_says(&folder, "record csv b.csv --name c --unit 1 --into x", 0);
    assert!(!said.contains("warning"), "{said}");
}

#[test]
fn a_date_in_a_line_that_does_not_match_says_nothing_of_how_times_are_read() {
    let folder = TestFolder::new();
    let lines = "ts=1700000000 hello, certificate valid until 2040-01-01T00:00:00Z\nts=1700000060 login failed\n\
                 ts=1700000120 login failed\n";
    fs::write(folder.join("a.log"), lines).unwrap();
    fs::write(
        folder.join("p.heal"),
        "event failed { from logs \"a\" match `ts=(?<time>[0-9]+) login failed` }\n",
    )
    .unwrap();
    heal_says(&folder, "record logs a.log p.heal --event failed --into x", 0);
    let shown = heal_says(&folder, "record show x", 0);
    assert!(shown.contains("2 events"), "{shown}");
}

#[test]
fn of_few_times_with_very_many_rows_the_column_that_tells_them_apart_is_named() {
    let folder = TestFolder::new();
    let mut rows = "time,part,lag\n".to_owned();
    for minute in 0..3 {
        for part in 0..100_000 {
            rows.push_str(&format!("2026-01-01T00:0{minute}:00Z,p{part},1\n"));
        }
    }
    fs::write(folder.join("three.csv"), rows).unwrap();
    let refused =
        heal_says(&folder, "record csv three.csv --name lag --unit 1 --value-column lag --into x", 2);
    assert!(refused.contains("--key part"), "{refused}");
}

#[test]
fn what_stands_in_the_way_of_a_recording_is_said_as_it_is() {
    let folder = TestFolder::new();
    let rows: String = (0..5).map(|minute| format!("2026-05-01 00:0{minute}:00,{minute}\n")).collect();
    fs::write(folder.join("load.csv"), format!("time,load\n{rows}")).unwrap();
    // West of Greenwich a zone begins with a hyphen, and is no option.
    let line = "record csv load.csv --name load --unit 1 --zone -05:00 --into kept/west";
    assert!(heal_says(&folder, line, 0).contains("kept/west has 1 series now"));
    assert!(heal_says(&folder, "record show kept/west", 0).contains("2026-05-01T05:00:00Z"));
    // The folder that recordings are in is none, and nothing of it is to be removed.
    fs::write(folder.join("p.heal"), "signal load: count { from metric \"load\" every 1m }\n").unwrap();
    let said = heal_says(&folder, "simulate p.heal --recording kept", 2);
    assert!(
        said.contains("`kept`: this is no recording, but holds some: name one of them, `west`"),
        "{said}"
    );
    assert!(!said.contains("record it again"), "{said}");
    // What is to be copied is one word for a shell.
    let arguments = ["record", "csv", "load.csv", "--name", "load", "--unit", "1", "--into", "mine/one two"];
    let said = heal_ends(folder.path(), &arguments, 0).stdout;
    assert!(said.contains("heal record show 'mine/one two'"), "{said}");
}
