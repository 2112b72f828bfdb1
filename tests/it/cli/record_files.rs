//! `heal record openmetrics`, `logs`, `otlp`, `incidents`, `outcomes`: files of other tools, and what broken ones leave alone.

use std::{collections::BTreeMap, fs, path::Path};

use heal_tests::TestFolder;

use super::heal_says;

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (name(&path), fs::read(&path).unwrap())).collect()
}

const METRICS: &str = "# TYPE took_seconds gauge\n# UNIT took_seconds seconds\n\
took_seconds{service=\"cart\"} 0.1 1767225600\ntook_seconds{service=\"cart\"} 0.3 1767225660\n# EOF\n";

const OTLP: &str = r#"{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"cart"}}]},"scopeMetrics":[{"metrics":[{"name":"took","unit":"ms","gauge":{"dataPoints":[{"timeUnixNano":"1767225600000000000","asDouble":12.5}]}}]}]}]}
"#;

const ISSUES: &str = r#"[{"number":1,"title":"Down","labels":[],"created_at":"2026-01-01T00:00:00Z","closed_at":"2026-01-01T01:00:00Z"}]
"#;

const PAGES: &str = "Number,Title,Created On,Resolved On\n7,Slow,2026-01-01T00:00:00Z,2026-01-01T01:00:00Z\n";

const TICKETS: &str =
    "number,short_description,opened_at,resolved_at\nINC7,Slow,2026-01-01 00:00:00,2026-01-01 01:00:00\n";

const JOBS: &str = "start,plan,outcome,service\n2026-01-01 00:00:00,refill,passed,cart\n";

const LISTED: &str = "name,start,end\nslow,2026-01-01 00:00:00,2026-01-01 01:00:00\n";

/// What each importer reads, with a sound file.
const SOUND: [(&str, &str, &str); 8] = [
    ("openmetrics a.prom", "a.prom", METRICS),
    ("logs a.log --match (?<ip>10.0.0.[12]) --name seen --year 2026", "a.log", LOG),
    ("otlp a.json", "a.json", OTLP),
    ("incidents a.json --format github", "a.json", ISSUES),
    ("incidents a.csv --format pagerduty", "a.csv", PAGES),
    ("incidents a.csv --format servicenow", "a.csv", TICKETS),
    ("incidents a.csv --format csv", "a.csv", LISTED),
    ("outcomes a.csv", "a.csv", JOBS),
];

#[test]
fn whatever_is_wrong_with_a_file_the_recording_stays_as_it_was() {
    let folder = TestFolder::new();
    for (command, name, sound) in SOUND {
        let command = format!("record {command} --into x");
        fs::write(folder.join("first.csv"), "timestamp,value\n1767225600,1\n1767225660,1\n").unwrap();
        heal_says(&folder, "record csv first.csv --name a --unit 1 --into x", 0);
        let before = files(&folder.join("x"));
        // A log has no end, and whatever is cut off within its last line is a line.
        let truncated = if name == "a.log" { "Mar  1 00" } else { &sound[..sound.len() - 9] };
        let broken: [&[u8]; 5] = [
            b"",
            &[0x89, b'P', b'N', b'G', 0, 0xff],
            b"name;what\n1;2\n",
            b"{\"a\": 1}\n",
            truncated.as_bytes(),
        ];
        for bytes in broken {
            fs::write(folder.join(name), bytes).unwrap();
            let said = heal_says(&folder, &command, 2);
            assert!(said.starts_with("heal: ") && said.trim_end().lines().count() == 1, "{command}: {said}");
            assert!(said.contains(name), "{said}");
            assert_eq!(files(&folder.join("x")), before, "{command}");
        }
        fs::write(folder.join(name), sound).unwrap();
        heal_says(&folder, &command, 0);
        let after = files(&folder.join("x"));
        assert_ne!(after, before, "{command}");
        heal_says(&folder, &command, 0);
        assert_eq!(files(&folder.join("x")), after, "{command}: the same file again changes nothing");
        heal_says(&folder, "record verify x", 0);
        assert_eq!(
            fs::read_dir(folder.path())
                .unwrap()
                .filter(|entry| entry.as_ref().unwrap().path().is_dir())
                .count(),
            1
        );
        fs::remove_dir_all(folder.join("x")).unwrap();
    }
}

const LOG: &str = "\
Mar  1 00:00:01 h sshd[1]: Failed password for root from 10.0.0.1 port 22
Mar  1 00:00:02 h sshd[1]: message repeated 98 times: [ Failed password for root from 10.0.0.1 port 22]
Mar  1 00:01:30 h cron[2]: hello
Mar  1 00:03:00 h sshd[1]: Failed password for root from 10.0.0.2 port 22
";

const POLICY: &str = "
signal failed: count by (ip) { from logs \"sshd\" match `Failed password for .* from (?<ip>[0-9.]+)` count per 1m }
event failure by (ip) { from logs \"sshd\" match `Failed password for .* from (?<ip>[0-9.]+)` }
detector guessing { when failed > 90 }
detector burst { when failure.count(2m) > 90 }
policy tell { on guessing try escalate }
policy tell_of_burst { on burst try escalate }
";

#[test]
fn a_log_is_recorded_as_a_signal_declares_it_and_simulates() {
    let folder = TestFolder::new();
    fs::write(folder.join("auth.log"), LOG).unwrap();
    fs::write(folder.join("policy.heal"), POLICY).unwrap();
    let said = heal_says(&folder, "record logs auth.log --signal failed --year 2026 --into x", 0);
    assert!(said.contains("failed{ip=\"10.0.0.1\"} in 1: 3 samples"), "{said}");
    assert!(said.contains("97 more messages were told as repeated"), "{said}");
    let said = heal_says(&folder, "record logs auth.log . --event failure --year 2026 --into x", 0);
    assert!(said.contains("events: 100"), "{said}");
    let report = heal_says(&folder, "simulate policy.heal --recording x --format json", 0);
    let json: serde_json::Value =
        serde_json::from_str(report.lines().next().map_or("", |_| &report)).unwrap();
    let guessing = json["detectors"].as_array().unwrap().iter().find(|it| it["path"] == "guessing").unwrap();
    assert_eq!(guessing["firings"].as_array().unwrap().len(), 1, "{guessing:#}");
    let said = heal_says(&folder, "record logs auth.log --signal failed --into y", 2);
    assert!(said.contains("`auth.log` line 1: times here have no year"), "{said}");
    let said = heal_says(&folder, "record logs auth.log --event missing --year 2026 --into y", 2);
    assert!(said.contains("there is no event `missing`; there are: failure"), "{said}");
    assert!(!folder.join("y").exists());
}

#[test]
fn recordings_are_merged_cut_and_shown_with_what_is_wrong_with_their_samples() {
    let folder = TestFolder::new();
    let rows = |unit: f64, hour: i64| -> String {
        let rows = (0..120).map(|minute| {
            let value =
                if (40..80).contains(&minute) && hour == 1 { 7.0 } else { 50.0 + f64::from(minute * 7 % 13) };
            format!("{},{}\n", 1_767_225_600 + hour * 7_200 + i64::from(minute) * 60, value * unit)
        });
        format!("timestamp,value\n{}", rows.collect::<String>())
    };
    fs::write(folder.join("a.csv"), rows(1.0, 0)).unwrap();
    fs::write(folder.join("b.csv"), rows(1_000.0, 1)).unwrap();
    let incidents = "name,start,end\nslow 1,2026-01-01 00:10:00,2026-01-01 00:20:00\nslow 2,2026-01-01 01:50:00,2026-01-01 02:10:00\n";
    fs::write(folder.join("incidents.csv"), incidents).unwrap();
    heal_says(&folder, "record csv a.csv --name took --unit ms --into a", 0);
    heal_says(&folder, "record csv b.csv --name took --unit ms --into b", 0);
    heal_says(&folder, "record incidents incidents.csv --format csv --into a", 0);
    let missing = heal_says(&folder, "record incidents incidents.csv --format csv --into nowhere", 2);
    assert!(missing.contains("record those first") && !folder.join("nowhere").exists(), "{missing}");
    heal_says(&folder, "record merge a b --into c", 0);
    heal_says(&folder, "record verify c", 0);
    let shown = heal_says(&folder, "record show c", 0);
    for part in [
        "1 flat stretch, the longest 39m",
        "from 2026-01-01T02:00:00Z on 1000 times as much: another unit?",
        "recurring incidents",
        "slow  2      30",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&heal_says(&folder, "record show c --format json", 0)).unwrap();
    assert_eq!(json["series"][0]["quality"]["unit_jumps"][0]["factor"], 1_000.0);
    assert_eq!((&json["recurring"][0]["name"], &json["recurring"][0]["count"]), (&"slow".into(), &2.into()));
    heal_says(
        &folder,
        "record slice c --from 2026-01-01T01:00:00Z --to 2026-01-01T02:00:00Z --series took --into d",
        0,
    );
    let json: serde_json::Value =
        serde_json::from_str(&heal_says(&folder, "record show d --format json", 0)).unwrap();
    assert_eq!(json["series"][0]["samples"], 60);
    assert_eq!(json["incidents"].as_array().unwrap().len(), 1);
    assert_eq!(json["incidents"][0]["end"], "2026-01-01T01:59:59.999Z");
    let refused = heal_says(&folder, "record slice c --series took --into d", 2);
    assert!(refused.contains("d` exists"), "{refused}");
    let refused = heal_says(&folder, "record slice c --series missing --into e", 2);
    assert!(refused.contains("there is no series `missing`") && !folder.join("e").exists(), "{refused}");
}

/// Drafts policies from a recording: with these parts, without warnings, and as they are formatted. What they come to.
#[track_caller]
fn drafted(folder: &TestFolder, parts: &[&str]) -> serde_json::Value {
    heal_says(folder, "init --from x drafted", 0);
    let drafts = fs::read_to_string(folder.join("drafted/drafts.heal")).unwrap();
    for part in parts {
        assert!(drafts.contains(part), "{part} in {drafts}");
    }
    let checked = heal_says(folder, "check drafted", 0);
    assert!(!checked.contains("warning"), "{checked}");
    heal_says(folder, "fmt --check drafted", 0);
    serde_json::from_str(&heal_says(folder, "simulate drafted --format json", 0)).unwrap()
}

#[test]
fn policies_are_drafted_for_what_recurs_and_check_clean() {
    let folder = TestFolder::new();
    let rows = |bad: f64| -> String {
        let rows = (0..2_000).map(|minute| {
            let is_bad = minute % 500 >= 480;
            let value = if is_bad { bad } else { 40.0 + f64::from(minute * 7 % 13) };
            format!("{},{value}\n", 1_767_225_600 + i64::from(minute) * 60)
        });
        format!("timestamp,value\n{}", rows.collect::<String>())
    };
    fs::write(folder.join("a.csv"), rows(90.0)).unwrap();
    fs::write(folder.join("b.csv"), rows(45.0)).unwrap();
    let issue = |number: i64, title: &str| {
        let time = |minute: i64| {
            let minute = (number - 1) * 500 + minute;
            format!("2026-01-{:02}T{:02}:{:02}:00Z", 1 + minute / 1_440, minute / 60 % 24, minute % 60)
        };
        format!(
            "{{\"number\":{number},\"title\":\"{title}\",\"labels\":[\"service:cart\"],\"created_at\":\"{}\",\"closed_at\":\"{}\"}}",
            time(480),
            time(499)
        )
    };
    let issues: Vec<String> =
        (1..=4).map(|number| issue(number, "Slow cart")).chain([issue(1, "Odd")]).collect();
    fs::write(folder.join("issues.json"), format!("[{}]", issues.join(","))).unwrap();
    heal_says(&folder, "record csv a.csv --name app.took --unit ms --label service=cart --into x", 0);
    heal_says(&folder, "record csv b.csv --name app.took --unit ms --label service=shop --into x", 0);
    let none = heal_says(&folder, "init --from x drafted", 2);
    assert!(
        none.contains("there is no incident and no alert in it") && !folder.join("drafted").exists(),
        "{none}"
    );
    heal_says(&folder, "record incidents issues.json --format github --label service=service --into x", 0);
    let json = drafted(
        &folder,
        &[
            "`Slow cart`: 4 times, 76 min in all.",
            "/// Over the recording it caught 4 of 4, in the middle after 0s and at most after 0s; no false alarm.",
            "`Odd`: once, 19 min in all. `is_slow_cart` is for it too: over the recording it caught it after 0s; no false alarm.",
            "when app_took > 71ms",
            "shadow",
        ],
    );
    let slow = json["detectors"].as_array().unwrap().iter().find(|it| it["path"] == "is_slow_cart").unwrap();
    assert_eq!(slow["firings"].as_array().unwrap().len(), 4, "{slow:#}");
    let again = heal_says(&folder, "init --from x drafted", 2);
    assert!(again.contains("drafts.heal is there already"), "{again}");
}

#[test]
fn a_draft_reads_what_has_the_labels_of_its_incident_and_counters_by_what_they_grew() {
    let folder = TestFolder::new();
    let time = |minute: usize| {
        format!("2026-01-{:02}T{:02}:{:02}:00Z", 1 + minute / 1_440, minute / 60 % 24, minute % 60)
    };
    let is_wrong = |minute: usize| minute % 500 >= 480;
    let rows = |value: &dyn Fn(usize) -> f64| {
        let rows: Vec<String> =
            (0..2_500).map(|minute| format!("{},{}\n", time(minute), value(minute))).collect();
        format!("timestamp,value\n{}", rows.concat())
    };
    // The counter of one service grows fast in its incidents, and begins anew once; that of the other never does. What has no
    // label goes with the incidents even better, and nobody can say whose it is. The load goes up a little before.
    let errors = |faster: usize| {
        let grown =
            move |to: usize| -> usize { (0..to).map(|it| 2 + usize::from(is_wrong(it)) * faster).sum() };
        move |minute: usize| (grown(minute) - if minute < 1_700 { 0 } else { grown(1_700) }) as f64
    };
    let load = |minute: usize| {
        let before = if minute % 500 / 4 == 117 { 30.0 } else { 0.0 };
        50.0 + (minute * 7 % 20) as f64 + before
    };
    fs::write(folder.join("cart.csv"), rows(&errors(12))).unwrap();
    fs::write(folder.join("shop.csv"), rows(&errors(0))).unwrap();
    fs::write(folder.join("load.csv"), rows(&load)).unwrap();
    fs::write(folder.join("all.csv"), rows(&|minute| if is_wrong(minute) { 1_000.0 } else { 10.0 })).unwrap();
    let incidents: String = (0..5)
        .map(|at| {
            format!("Errors {},{},{},service=cart\n", at + 1, time(at * 500 + 480), time(at * 500 + 499))
        })
        .collect();
    let ghost = format!("Ghost,{},{},service=nobody\n", time(100), time(120));
    fs::write(folder.join("incidents.csv"), format!("name,start,end,label\n{incidents}{ghost}")).unwrap();
    heal_says(&folder, "record csv cart.csv --name errors_total --unit 1 --label service=cart --into x", 0);
    heal_says(&folder, "record csv shop.csv --name errors_total --unit 1 --label service=shop --into x", 0);
    heal_says(&folder, "record csv load.csv --name load --unit ms --label service=cart --into x", 0);
    heal_says(&folder, "record csv all.csv --name all --unit 1 --into x", 0);
    heal_says(&folder, "record incidents incidents.csv --format csv --into x", 0);
    let json = drafted(
        &folder,
        &[
            "counter errors_total: count by (service)",
            ".increase(5m) > ",
            "it caught 5 of 5, in the middle after ",
            "; no false alarm.",
            "// `Ghost`: once, 20 min in all. Not drafted: no series alone tells its times from all others.",
        ],
    );
    let score = &json["detectors"][0]["score"];
    let count = |what: &str| score[what].as_array().unwrap().len();
    assert_eq!((count("caught"), count("missed"), count("false_alarms")), (5, 0, 0), "{score:#}");
}

#[test]
fn where_nothing_would_catch_anything_nothing_is_drafted() {
    let folder = TestFolder::new();
    let rows: String = (0..300).map(|minute| format!("{},5\n", minute * 60)).collect();
    fs::write(folder.join("a.csv"), format!("timestamp,value\n{rows}")).unwrap();
    fs::write(
        folder.join("incidents.csv"),
        "name,start,end,label\nDown,1970-01-01T01:00:00Z,1970-01-01T01:20:00Z,\n",
    )
    .unwrap();
    heal_says(&folder, "record csv a.csv --name load --unit 1 --into x", 0);
    heal_says(&folder, "record incidents incidents.csv --format csv --into x", 0);
    let told = heal_says(&folder, "init --from x drafted", 2);
    assert!(told.contains("no draft for `Down`: no series alone tells its times from all others"), "{told}");
    assert!(!folder.join("drafted").exists());
}

#[test]
fn a_misspelt_label_of_an_incident_and_the_gaps_of_a_file_are_said_when_they_are_recorded() {
    let folder = TestFolder::new();
    let rows: String =
        (0..60).chain(400..600).map(|minute| format!("{},a,{minute}\n", minute * 60)).collect();
    fs::write(folder.join("load.csv"), format!("timestamp,service,load\n{rows}")).unwrap();
    let incidents = |label: &str| {
        fs::write(
            folder.join("incidents.csv"),
            format!("name,start,end,label\ndown,1970-01-01 05:00:00,1970-01-01 05:30:00,{label}=a\n"),
        )
        .unwrap();
    };
    let said = heal_says(&folder, "record csv load.csv --name load --unit percent --key service --into x", 0);
    assert!(said.contains("260 samples, 1 gap of 5h 41m"), "{said}");
    incidents("sevice");
    let said = heal_says(&folder, "record incidents incidents.csv --format csv --into x", 0);
    assert!(
        said.contains("warning: 1 of 1 incidents has the label `sevice`, which nothing recorded has")
            && said.contains("did you mean `service`?"),
        "{said}"
    );
    incidents("service");
    let said = heal_says(&folder, "record incidents incidents.csv --format csv --replace --into x", 0);
    assert!(!said.contains("warning"), "{said}");
}
