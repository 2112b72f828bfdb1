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
fn a_recording_in_another_unit_than_the_signal_reads_is_not_simulated() {
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
        "s",
        "--label",
        "service=a",
    ];
    heal_ends(folder.path(), &arguments, 0);
    let report = heal_ends(folder.path(), &["simulate", "policy.heal", "--recording", "x"], 0).stdout;
    assert!(report.contains("`latency` in `s`"), "{report}");
}
