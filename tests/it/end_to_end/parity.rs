//! The conditions that other engines have too hold at the same points there.

use std::collections::BTreeSet;

use heal_tests::bench::peers::{alerts, query_path, ranges};
use heal_tests::bench::rules::{RULES, write_package};
use heal_tests::gauges::{EVERY_MS, Gauges, START_MS};
use heal_tests::{Prometheus, TestFolder, VictoriaMetrics, binary, clean_command, get, run_ok, skip};
use serde_json::Value;

const SLICE: Gauges = Gauges { series: 20, days: 2 };

/// The longest window of the rules.
const LONGEST_WINDOW_MS: i64 = 3_600_000;

/// The report of Heal over the slice. `holds`: whether a condition must hold for its rule's time.
fn simulate(holds: bool) -> Value {
    let folder = TestFolder::new();
    SLICE.record(&folder.path().join("recording"));
    let rules = RULES.map(|(name, when, hold, _)| (name, when, if holds { hold } else { "0s" }));
    write_package(&folder.path().join("package"), rules, false);
    let mut command = clean_command(binary("heal"), folder.path());
    command.args(["simulate", "package", "--recording", "recording", "--format", "json", "--no-cache"]);
    serde_json::from_str(&run_ok(&mut command).stdout).expect("a report in JSON")
}

fn firings<'r>(report: &'r Value, rule: &str) -> &'r [Value] {
    let detectors = report["detectors"].as_array().expect("detectors");
    let detector = detectors.iter().find(|detector| detector["path"] == rule).expect("the rule");
    detector["firings"].as_array().expect("firings")
}

/// A server, and a time in milliseconds since 1970.
type Point = (String, i64);

/// The steps at which a rule's condition holds in Heal.
fn our_points(report: &Value, rule: &str) -> BTreeSet<Point> {
    let mut points = BTreeSet::new();
    for firing in firings(report, rule) {
        let start = firing["start"].as_i64().expect("a start");
        // What still fires at the end was true at the last step too.
        let end = firing["end"].as_i64().unwrap_or(SLICE.end_ms() + EVERY_MS);
        let instance = firing["labels"][0][1].as_str().expect("a server");
        let steps = (end - start) / EVERY_MS;
        points.extend((0..steps).map(|step| (instance.to_owned(), start + step * EVERY_MS)));
    }
    points
}

/// The steps at which a query has a result in Prometheus.
fn their_points(prometheus: &Prometheus, query: &str) -> BTreeSet<Point> {
    let mut points = BTreeSet::new();
    for (start, end) in ranges(SLICE) {
        let answer = get(prometheus.port(), &query_path(query, start, end)).expect("an answer").json();
        for series in answer["data"]["result"].as_array().expect("series") {
            let instance = series["metric"]["instance"].as_str().expect("a server");
            let values = series["values"].as_array().expect("values");
            let times = values.iter().map(|value| value[0].as_i64().expect("a time") * 1_000);
            points.extend(times.map(|time| (instance.to_owned(), time)));
        }
    }
    points
}

#[test]
fn conditions_hold_at_the_same_points_as_in_prometheus() {
    let Some(prometheus) = Prometheus::start(&SLICE.open_metrics()) else {
        skip!("parity with Prometheus", "it is not installed")
    };
    let report = simulate(false);
    for (rule, _, _, query) in RULES {
        let mut ours = our_points(&report, rule);
        let mut theirs = their_points(&prometheus, query);
        // Heal knows nothing of a window that reaches back before the first sample; Prometheus takes what there is.
        ours.retain(|(_, at)| *at >= START_MS + LONGEST_WINDOW_MS);
        theirs.retain(|(_, at)| *at >= START_MS + LONGEST_WINDOW_MS);
        let differing: Vec<&Point> = ours.symmetric_difference(&theirs).collect();
        assert!(differing.is_empty(), "{rule}: {} and {} points, {differing:?}", ours.len(), theirs.len());
        assert!(theirs.len() > 50, "{rule} holds {} times", theirs.len());
    }
}

#[test]
fn what_must_hold_for_a_time_fires_when_vmalert_says_so() {
    let Some(victoria) = VictoriaMetrics::start(&SLICE.prometheus_text()) else {
        skip!("parity with vmalert", "victoria-metrics or vmalert is not installed")
    };
    let (start, end) = (START_MS / 1_000, SLICE.end_ms() / 1_000);
    // vmalert forgets what was pending from one query to the next, so it asks one.
    victoria.replay(&alerts(), (start, end), 20_000);
    let mut theirs = BTreeSet::new();
    for line in victoria.export("ALERTS{alertname=\"busy\",alertstate=\"firing\"}").lines() {
        let series: Value = serde_json::from_str(line).expect("a series in JSON");
        let instance = series["metric"]["instance"].as_str().expect("a server");
        let times = series["timestamps"].as_array().expect("times");
        theirs.extend(times.iter().map(|time| (instance.to_owned(), time.as_i64().expect("a time"))));
    }
    let report = simulate(true);
    let ours = our_points(&report, "busy");
    let differing: Vec<&Point> = ours.symmetric_difference(&theirs).collect();
    assert!(differing.is_empty(), "{} and {} points, {differing:?}", ours.len(), theirs.len());
    assert!(firings(&report, "busy").len() > 10, "{} firings", firings(&report, "busy").len());
}
