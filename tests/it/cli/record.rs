//! `heal record`: from a CSV file to a recording that simulates.

use std::fs;

use heal_tests::TestFolder;

use super::heal_ends;

const CSV: &str = "\
timestamp,value
2026-01-01 00:00:00,10
2026-01-01 00:01:00,10
2026-01-01 00:02:00,99
2026-01-01 00:02:00,11
2026-01-01 00:04:00,98
2026-01-01 00:03:00,97
2026-01-01 00:05:00,10
2026-01-01 00:30:00,10
";

const POLICY: &str = "
signal latency: duration in ms by (service) { from metric \"latency\" every 1m }
detector slow { when latency > 90ms }
policy tell { on slow try escalate }
";

#[test]
fn a_csv_file_becomes_a_recording_and_its_troubles_are_counted() {
    let folder = TestFolder::new();
    fs::write(folder.join("latency.csv"), CSV).unwrap();
    fs::write(
        folder.join("incidents.csv"),
        "name,start,end\nslow cart,2026-01-01 00:02:00,2026-01-01 00:04:00\n",
    )
    .unwrap();
    fs::write(folder.join("policy.heal"), POLICY).unwrap();
    let arguments = [
        "record",
        "csv",
        "latency.csv",
        "--into",
        "recordings/x",
        "--name",
        "latency",
        "--unit",
        "ms",
        "--unit-declared",
        "--label",
        "service=cart",
        "--incidents",
        "incidents.csv",
    ];
    heal_ends(folder.path(), &arguments, 0);
    let manifest = fs::read_to_string(folder.join("recordings/x/recording.toml")).unwrap();
    for part in ["unit_declared = true", "repeated_dropped = 1", "backward_sorted = 1", "gaps = 1"] {
        assert!(manifest.contains(part), "{part} in\n{manifest}");
    }
    heal_ends(folder.path(), &["record", "verify", "recordings/x"], 0);
    let report = heal_ends(
        folder.path(),
        &["simulate", "policy.heal", "--recording", "recordings/x", "--format", "json"],
        0,
    );
    let json: serde_json::Value = serde_json::from_str(&report.stdout).unwrap();
    let firings = json["detectors"][0]["firings"].as_array().unwrap();
    // How well the signal was recorded stands beside the policy that relies on it.
    let quality = &json["quality"][0];
    assert_eq!((quality["signal"].as_str(), quality["gaps"].as_u64()), (Some("latency"), Some(1)));
    assert_eq!(quality["policies"], serde_json::json!(["tell"]));
    let text =
        heal_ends(folder.path(), &["simulate", "policy.heal", "--recording", "recordings/x"], 0).stdout;
    assert!(text.contains("tell²") && text.contains("² reads a signal"), "{text}");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = "signal latency: 1 gap of 25m; 1 row at a repeated time, left out; 1 row out of order, sorted; \
                relied on by tell";
    assert!(words.replace('`', "").contains(said), "{words}");
    // The first row of 00:02 wins, the row of 00:03 was put in its place: one firing from 00:02 to 00:05.
    let minute = |value: &serde_json::Value| (value.as_i64().unwrap() - 1_767_225_600_000) / 60_000;
    let found: Vec<(i64, i64)> =
        firings.iter().map(|firing| (minute(&firing["start"]), minute(&firing["end"]))).collect();
    assert_eq!(found, [(2, 5)]);
    assert_eq!(json["detectors"][0]["score"]["caught"][0]["incident"], "slow cart");
}

#[test]
fn a_recording_that_was_tampered_with_is_refused() {
    let folder = TestFolder::new();
    fs::write(folder.join("latency.csv"), CSV).unwrap();
    let arguments = ["record", "csv", "latency.csv", "--into", "x", "--name", "latency", "--unit", "ms"];
    heal_ends(folder.path(), &arguments, 0);
    let samples = folder.join("x/samples.parquet");
    let mut bytes = fs::read(&samples).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&samples, bytes).unwrap();
    let refused = heal_ends(folder.path(), &["record", "verify", "x"], 2);
    assert!(refused.stderr.contains("samples.parquet"), "{}", refused.stderr);
}

#[test]
fn a_recording_in_a_unit_of_something_else_is_not_simulated() {
    let folder = TestFolder::new();
    fs::write(folder.join("latency.csv"), CSV).unwrap();
    fs::write(folder.join("policy.heal"), POLICY).unwrap();
    let arguments = [
        "record",
        "csv",
        "latency.csv",
        "--into",
        "x",
        "--name",
        "latency",
        "--unit",
        "MB",
        "--label",
        "service=a",
    ];
    heal_ends(folder.path(), &arguments, 0);
    let report = heal_ends(folder.path(), &["simulate", "policy.heal", "--recording", "x"], 0).stdout;
    assert!(report.contains("`latency` in `MB`"), "{report}");
}

#[test]
fn a_recording_in_another_unit_that_converts_is_simulated_and_the_report_says_so() {
    let folder = TestFolder::new();
    let seconds = CSV.replace(",10", ",0.010").replace(",99", ",0.099");
    fs::write(folder.join("latency.csv"), seconds).unwrap();
    fs::write(folder.join("policy.heal"), POLICY).unwrap();
    let arguments = [
        "record",
        "csv",
        "latency.csv",
        "--into",
        "x",
        "--name",
        "latency",
        "--unit",
        "s",
        "--label",
        "service=a",
    ];
    heal_ends(folder.path(), &arguments, 0);
    let simulate = ["simulate", "policy.heal", "--recording", "x", "--format", "json"];
    let report = heal_ends(folder.path(), &simulate, 0).stdout;
    let json: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(json["detectors"][0]["firings"].as_array().unwrap().len(), 1, "{report}");
    assert!(json["notes"].to_string().contains("recorded in `s`, and converted to `ms`"), "{report}");
}

#[test]
fn a_unit_that_is_none_is_refused_with_what_was_meant() {
    let folder = TestFolder::new();
    fs::write(folder.join("latency.csv"), CSV).unwrap();
    for (unit, expected) in [
        ("foo", "the units are ns us ms s"),
        ("mss", "did you mean `ms`?"),
        ("MIB", "did you mean `MiB`?"),
        ("percnt", "did you mean `percent`?"),
        ("", "a unit is missing: write `1` for a plain number"),
    ] {
        let arguments = ["record", "csv", "latency.csv", "--into", "x", "--name", "latency", "--unit", unit];
        let refused = heal_ends(folder.path(), &arguments, 2);
        assert!(refused.stderr.contains(expected), "{unit}: {}", refused.stderr);
        assert!(!folder.join("x").exists());
    }
}

const SIGNALS: &str = "
signal asked: duration in ms by (service) { from prometheus `latency` every 1m }
signal pushed: bytes by (host) { from metric \"mem\" where kind == \"rss\" every 1m }
signal counted: count by (ip) { from logs \"sshd\" match `(?<ip>[0-9.]+)` count per 1m }
detector a { when asked > 90ms }
detector b { when pushed > 90B }
detector c { when counted > 90 }
policy tell_a { on a try escalate }
policy tell_b { on b try escalate }
policy tell_c { on c try escalate }
";

#[test]
fn a_file_is_recorded_as_what_a_signal_reads_whatever_that_is() {
    let folder = TestFolder::new();
    fs::write(folder.join("all.csv"), CSV).unwrap();
    fs::write(folder.join("policy.heal"), SIGNALS).unwrap();
    let record = |signal: &str, labels: &[&str], code: i32| {
        let mut arguments = vec!["record", "csv", "all.csv", "--into", "x", "--signal", signal];
        labels.iter().for_each(|label| arguments.extend(["--label", label]));
        heal_ends(folder.path(), &arguments, code)
    };
    let said = record("asked", &["service=a"], 0).stdout;
    assert!(said.starts_with("asked{service=\"a\"} in ms: 7 samples"), "{said}");
    record("asked", &["service=b"], 0);
    record("pushed", &["host=h1"], 0);
    record("counted", &["ip=10.0.0.1"], 0);
    let report =
        heal_ends(folder.path(), &["simulate", "policy.heal", "--recording", "x", "--format", "json"], 0);
    let json: serde_json::Value = serde_json::from_str(&report.stdout).unwrap();
    for (detector, keys) in [("a", 2), ("b", 1), ("c", 1)] {
        let found = json["detectors"].as_array().unwrap().iter().find(|it| it["path"] == detector).unwrap();
        assert_eq!(found["firings"].as_array().unwrap().len(), keys, "{detector}: {found:#}");
    }
    let no_key = record("asked", &[], 2).stderr;
    assert!(no_key.contains("`asked` is by (service)") && no_key.contains("--label service="), "{no_key}");
    let unknown = record("askde", &["service=a"], 2).stderr;
    assert!(unknown.contains("there are: asked, counted, pushed"), "{unknown}");
    let other = record("pushed", &["host=h2", "kind=vsz"], 2).stderr;
    assert!(other.contains("reads only series with `kind` \"rss\""), "{other}");
}

#[test]
fn a_signal_that_a_recording_lacks_says_how_it_is_recorded() {
    let folder = TestFolder::new();
    fs::write(folder.join("all.csv"), CSV).unwrap();
    fs::write(folder.join("policy.heal"), SIGNALS).unwrap();
    let arguments = ["record", "csv", "all.csv", "--into", "x", "--signal", "pushed", "--label", "host=h1"];
    heal_ends(folder.path(), &arguments, 0);
    let report = heal_ends(folder.path(), &["simulate", "policy.heal", "--recording", "x"], 0).stdout;
    let report = report.split_whitespace().collect::<Vec<_>>().join(" ");
    for (signal, from) in [("asked", "prometheus URL --since 7d"), ("counted", "logs FILE")] {
        let how = format!("`heal record {from} --into DIR --signal {signal}` records it");
        assert!(report.contains(&how), "{report}");
    }
}

#[test]
fn a_query_that_was_changed_is_recorded_beside_the_one_before() {
    let folder = TestFolder::new();
    fs::write(folder.join("all.csv"), CSV).unwrap();
    let arguments = ["record", "csv", "all.csv", "--into", "x", "--signal", "asked", "--label", "service=a"];
    for query in ["latency", "latency{job=\"new\"}"] {
        fs::write(folder.join("policy.heal"), SIGNALS.replace("`latency`", &format!("`{query}`"))).unwrap();
        heal_ends(folder.path(), &arguments, 0);
        let report = heal_ends(folder.path(), &["simulate", "policy.heal", "--recording", "x"], 0).stdout;
        assert!(!report.contains("--signal asked"), "{report}");
    }
    let shown = heal_ends(folder.path(), &["record", "show", "x"], 0).stdout;
    assert!(shown.contains("asked{service") && shown.contains("asked."), "{shown}");
}

#[test]
fn incidents_of_a_file_have_their_own_labels_and_those_outside_are_warned_of() {
    let folder = TestFolder::new();
    fs::write(folder.join("latency.csv"), CSV).unwrap();
    fs::write(
        folder.join("incidents.csv"),
        "name,start,end\nslow,2026-01-01 00:02:00,2026-01-01 00:04:00\nlast year,2025-01-01 00:02:00,2025-01-01 00:04:00\n",
    )
    .unwrap();
    let record = |into: &str, more: &[&str]| {
        let arguments = ["record", "csv", "latency.csv", "--into", into, "--name", "latency", "--unit", "ms"];
        let incidents = ["--label", "service=cart", "--incidents", "incidents.csv"];
        heal_ends(folder.path(), &[&arguments[..], &incidents[..], more].concat(), 0)
    };
    let labels = |recording: &str| {
        let manifest = fs::read_to_string(folder.join(recording).join("recording.toml")).unwrap();
        let (_, incidents) = manifest.split_once("[[incident]]").unwrap();
        incidents.matches("service = \"cart\"").count()
    };
    let recorded = record("x", &[]);
    assert_eq!(labels("x"), 0);
    assert!(
        recorded.stdout.contains(
            "incidents: 2, 2 without a label, which concern every detector; `--label-incidents` gives them service=cart"
        ),
        "{}",
        recorded.stdout
    );
    assert!(
        recorded.stderr.contains("warning: 1 of 2 incidents lies outside the recording"),
        "{}",
        recorded.stderr
    );
    assert!(recorded.stderr.contains("the nearest by 364d"), "{}", recorded.stderr);
    record("y", &["--label-incidents"]);
    assert_eq!(labels("y"), 2);

    fs::write(folder.join("policy.heal"), POLICY).unwrap();
    let report = heal_ends(folder.path(), &["simulate", "policy.heal", "--recording", "y"], 0).stdout;
    assert!(report.starts_with("Heal: catches 1 of 1 incident,"), "{report}");
    assert!(report.contains("! Outside the recording: 1 incident lies"), "{report}");
}

#[test]
fn a_row_may_say_of_which_series_it_is() {
    let folder = TestFolder::new();
    let rows = "time,topic,partition,lag\n2026-01-01 00:00:00,orders,0,1\n2026-01-01 00:00:00,orders,1,900\n";
    fs::write(folder.join("lag.csv"), rows).unwrap();
    fs::write(
        folder.join("policy.heal"),
        "signal lag: count by (topic, partition) { from prometheus `lag` every 1m }
detector behind { when lag > 500 }
policy tell { on behind try escalate }
",
    )
    .unwrap();
    let arguments = ["record", "csv", "lag.csv", "policy.heal", "--signal", "lag", "--into", "x"];
    let refused = heal_ends(folder.path(), &arguments, 2);
    assert!(refused.stderr.contains("or with `--key` which column says it"), "{}", refused.stderr);
    let keys = ["--key", "topic", "--key", "partition"];
    heal_ends(folder.path(), &[&arguments[..], &keys[..]].concat(), 0);
    let report = heal_ends(folder.path(), &["simulate", "policy.heal", "--recording", "x"], 0).stdout;
    assert!(report.contains("firing `behind` `orders/1`"), "{report}");
    assert!(report.contains("lag (2 series): the unit 1 was declared at import"), "{report}");

    fs::write(folder.join("bare.csv"), "2026-01-01 00:00:00,1\n2026-01-01 00:01:00,2\n").unwrap();
    let arguments = ["record", "csv", "bare.csv", "--name", "x", "--unit", "1", "--into", "y"];
    let refused = heal_ends(folder.path(), &arguments, 2);
    assert!(refused.stderr.contains("has no header"), "{}", refused.stderr);
}
