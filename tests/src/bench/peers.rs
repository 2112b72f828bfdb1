//! The same three rules by the peers that are installed, over a slice of the same telemetry.

use std::fmt::Write as _;

use super::process::{cpu_seconds_of, peak_mebibytes};
use super::{Figure, Report, rules};
use crate::gauges::{Gauges, START_MS};
use crate::{Prometheus, VictoriaMetrics, get};

/// The slice: peers would take minutes for all of it.
const SLICE: Gauges = Gauges { series: 20, days: 2 };
/// Points of a range query, under Prometheus' limit of 11,000.
const POINTS: i64 = 10_000;

/// Runs those that are installed.
pub(super) fn run(report: &mut Report) {
    let rule_samples = 3.0 * SLICE.samples() as f64 / 1e6;
    match prometheus() {
        Some((seconds, mebibytes)) => {
            report.figures.push(Figure::new(
                "peer.prometheus.rate",
                rule_samples / seconds,
                "M rule-samples/CPU-s",
            ));
            report.figures.push(Figure::new("peer.prometheus.memory", mebibytes, "MiB"));
            report.protocol.push(format!(
                "peer: Prometheus query_range, {} series x {} days, CPU of the server",
                SLICE.series, SLICE.days
            ));
        }
        None => report.left_out.push("Prometheus query_range: prometheus is not installed".to_owned()),
    }
    let Some(victoria) = VictoriaMetrics::start(&SLICE.prometheus_text()) else {
        report.left_out.push("vmalert -replay: victoria-metrics or vmalert is not installed".to_owned());
        return;
    };
    let time = (START_MS / 1_000, SLICE.end_ms() / 1_000);
    let cost = victoria.replay(&alerts(), time, 1_000);
    let rate = rule_samples / cost.cpu_seconds;
    report.figures.push(Figure::new("peer.vmalert.rate", rate, "M rule-samples/CPU-s"));
    report.figures.push(Figure::new("peer.vmalert.memory", cost.peak_mebibytes, "MiB"));
    report.protocol.push(format!(
        "peer: vmalert -replay, {} series x {} days, 1,000 points a query, CPU and memory of both processes",
        SLICE.series, SLICE.days
    ));
}

/// The three rules as alerts of Prometheus and vmalert.
pub fn alerts() -> String {
    let mut text = "groups:\n- name: three\n  interval: 15s\n  rules:\n".to_owned();
    for (name, _, hold, query) in rules::RULES {
        let _ = write!(text, "  - alert: {name}\n    expr: {query}\n    for: {hold}\n");
    }
    text
}

/// CPU seconds and memory of a Prometheus that answers the three conditions at every step.
fn prometheus() -> Option<(f64, f64)> {
    let mut server = Prometheus::start(&SLICE.open_metrics())?;
    let id = server.child().id();
    let before = cpu_seconds_of(id);
    for (_, _, _, query) in rules::RULES {
        for (start, end) in ranges(SLICE) {
            let path = query_path(query, start, end);
            let answer = get(server.port(), &path).expect("an answer");
            assert_eq!(answer.status, 200, "{query}");
        }
    }
    Some((cpu_seconds_of(id) - before, peak_mebibytes(id)))
}

/// Ranges of steps, in seconds, that one query each may ask for.
pub fn ranges(gauges: Gauges) -> Vec<(i64, i64)> {
    let (mut start, end) = (START_MS / 1_000, gauges.end_ms() / 1_000);
    let mut ranges = Vec::new();
    while start <= end {
        let last = end.min(start + 15 * (POINTS - 1));
        ranges.push((start, last));
        start = last + 15;
    }
    ranges
}

/// The path of a range query.
pub fn query_path(query: &str, start: i64, end: i64) -> String {
    let mut path = "/api/v1/query_range?query=".to_owned();
    for byte in query.bytes() {
        if byte.is_ascii_alphanumeric() {
            path.push(char::from(byte));
        } else {
            let _ = write!(path, "%{byte:02X}");
        }
    }
    let _ = write!(path, "&start={start}&end={end}&step=15");
    path
}
