//! A real Prometheus whose past was written with `promtool`.

use std::fmt::Write as _;

use heal_program::{Millis, SignalIndex, Timestamp};
use heal_tests::{Prometheus, skip};

use super::fixture::{client, program, run, signal};
use crate::{Finding, PrometheusError, QUERY_POINTS_MAX, SignalPoller};

/// 2024-01-01T00:00:00Z, on every grid of this test.
const START_SECONDS: i64 = 1_704_067_200;

#[test]
fn a_real_prometheus_is_polled_and_its_history_fetched() {
    let Some(prometheus) = Prometheus::start(&past()) else { skip!("prometheus", "it is not installed") };
    let at = |seconds: i64| Timestamp((START_SECONDS + seconds) * 1_000);
    let temperature = {
        let mut signal = signal("p.temperature", "room_temperature_fahrenheit", &["room"], 15);
        (signal.scale, signal.offset) = (5.0 / 9.0, -160.0 / 9.0);
        signal
    };
    let signals = vec![
        temperature,
        signal("p.total", "sum(room_temperature_fahrenheit)", &[], 30),
        signal("p.nothing", "no_such_series", &["room"], 15),
        signal("p.wrong", "sum(", &[], 15),
        signal("p.floors", "room_temperature_fahrenheit", &["floor"], 15),
        signal("p.fraction", "vector(1) / 0 > bool 0", &[], 30),
    ];
    let program = program(signals, Millis::from_minutes(10));
    let poller = SignalPoller::new(client(&prometheus.url()), &program);

    let poll = run(poller.poll(at(600)));
    let seen: Vec<(u32, &[String], f64)> = poll
        .samples
        .iter()
        .map(|it| (it.signal.0, it.key.as_slice(), (it.value * 1e6).round() / 1e6))
        .collect();
    let (hall, lab) = (["hall".to_owned()], ["lab".to_owned()]);
    // 68 °F and 86 °F.
    let expected: [(u32, &[String], f64); 4] =
        [(0, &hall, 20.0), (0, &lab, 30.0), (1, &[], 154.0), (5, &[], 1.0)];
    assert_eq!(seen, expected);
    assert!(poll.samples.iter().all(|sample| sample.at == at(600)), "the time of the grid, from the answer");
    let floors =
        Finding::MissingLabel { signal: "p.floors".to_owned(), label: "floor".to_owned(), series_count: 2 };
    assert_eq!(poll.findings, [floors]);
    let [failure] = poll.failures.as_slice() else { panic!("{poll:?}") };
    assert_eq!(failure.signals, ["p.wrong"]);
    assert!(matches!(&failure.error, PrometheusError::Refused { status: 400, .. }), "{:?}", failure.error);

    // The lab is silent for longer than Prometheus looks back: missing, and not zero.
    let later = run(poller.poll(at(3_600)));
    let rooms: Vec<&str> =
        later.samples.iter().filter(|it| it.signal == SignalIndex(0)).map(|it| it.key[0].as_str()).collect();
    assert_eq!(rooms, ["hall"]);

    let new = [SignalIndex(0), SignalIndex(1)].into_iter().collect();
    let history = run(poller.backfill(&program, &new, at(1_207)));
    assert!(history.findings.is_empty(), "{:?}", history.findings);
    let hall: Vec<Timestamp> =
        history.samples.iter().filter(|it| it.key == hall).map(|sample| sample.at).collect();
    let expected: Vec<Timestamp> =
        (0..).map(|step| at(600 + 15 * step)).take_while(|it| *it <= at(1_207)).collect();
    assert_eq!(hall, expected, "ten minutes before the first step and nothing after it");
}

#[test]
fn a_long_history_comes_in_pieces_that_fit_together() {
    let Some(prometheus) = Prometheus::start(&past()) else { skip!("prometheus", "it is not installed") };
    let (start, end) = (Timestamp(START_SECONDS * 1_000), Timestamp((START_SECONDS + 3_600) * 1_000));
    let step = Millis(100);
    assert!(3_600_000 / step.0 > 3 * QUERY_POINTS_MAX, "more than Prometheus answers at once");
    let answer =
        run(client(&prometheus.url()).query_range("room_temperature_fahrenheit", (start, end), step))
            .unwrap();
    let [hall, lab] = answer.series.as_slice() else { panic!("{answer:?}") };
    let times: Vec<i64> = hall.samples.iter().map(|sample| sample.at.0 - start.0).collect();
    let expected: Vec<i64> = (0..=36_000).map(|point| point * 100).collect();
    assert_eq!(times, expected);
    assert!(lab.samples.len() < hall.samples.len(), "its gap stays a gap");
}

/// Two rooms once a minute for two hours; the lab is silent from half an hour to an hour and a half.
fn past() -> String {
    let mut text = "# TYPE room_temperature_fahrenheit gauge\n".to_owned();
    for (room, value, silent) in [("hall", 68, 0..0), ("lab", 86, 30..90)] {
        for minute in (0..120).filter(|minute| !silent.contains(minute)) {
            let at = START_SECONDS + 60 * minute;
            writeln!(text, "room_temperature_fahrenheit{{room=\"{room}\"}} {value} {at}").unwrap();
        }
    }
    text.push_str("# EOF\n");
    text
}
