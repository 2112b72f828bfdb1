//! From Prometheus' series to those of a recording, and to alerts.

use std::collections::BTreeMap;

use heal_program::{Millis, Timestamp};

use crate::history::{Stretch, alert_events, record_query, record_signal};
use crate::tests::fixture::signal;
use crate::{Finding, HistoryError, QueryAnswer, RawSample, RawSeries};

/// A value at a time.
type Point = (i64, f64);

fn series(labels: &[(&str, &str)], samples: &[Point]) -> RawSeries {
    let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let samples = samples.iter().map(|(at, value)| RawSample { at: Timestamp(*at), value: *value }).collect();
    RawSeries { labels, samples, histograms_count: 0 }
}

fn answer(series: Vec<RawSeries>) -> QueryAnswer {
    QueryAnswer { series, warnings: vec!["careful".to_owned()] }
}

#[test]
fn a_signal_is_recorded_by_key_as_it_is_read_live() {
    let signal = signal("p.latency", "q", &["service"], 15);
    let recorded = record_signal(
        &signal,
        ("p.latency", "ms"),
        Millis(15_000),
        answer(vec![
            series(&[("service", "cart"), ("pod", "1")], &[(0, 1.0), (15_000, 2.0)]),
            // Its successor: at one time there are two, and none of them counts.
            series(&[("service", "cart"), ("pod", "2")], &[(15_000, 3.0), (30_000, 4.0)]),
            series(&[("service", "shop")], &[(0, f64::NAN), (15_000, 5.0), (30_000, f64::INFINITY)]),
            series(&[("service", "gone")], &[(0, f64::NAN)]),
            series(&[("pod", "3")], &[(0, 9.0)]),
            series(&[("service", ""), ("pod", "4")], &[(0, 9.0)]),
        ]),
    );
    let seen: Vec<(String, Vec<Point>, u64)> = recorded
        .series
        .iter()
        .map(|it| {
            assert_eq!((it.name.as_str(), it.unit.as_str(), it.unit_declared), ("p.latency", "ms", true));
            assert_eq!(it.labels.len(), 1, "the key and nothing else");
            let samples = it.samples.iter().map(|sample| (sample.at.0, sample.value)).collect();
            (it.labels["service"].clone(), samples, it.quality.non_finite)
        })
        .collect();
    let cart = ("cart".to_owned(), vec![(0, 1.0), (30_000, 4.0)], 0);
    assert_eq!(seen, [cart, ("shop".to_owned(), vec![(15_000, 5.0)], 2)]);
    let signal = || "p.latency".to_owned();
    let expected = [
        Finding::Warning { signal: signal(), text: "careful".to_owned() },
        Finding::MissingLabel { signal: signal(), label: "service".to_owned(), series_count: 2 },
        Finding::AmbiguousKey { signal: signal(), key: vec!["cart".to_owned()], keys_count: 1 },
    ];
    assert_eq!(recorded.findings, expected);
}

#[test]
fn a_query_is_recorded_with_all_labels_but_the_name_of_prometheus() {
    let ask = |names: [&str; 2], pods: [&str; 2]| {
        let of = |at: usize| series(&[("__name__", names[at]), ("pod", pods[at])], &[(0, at as f64)]);
        record_query(("x", "1"), Millis(1), answer(vec![of(0), of(1)]))
    };
    let recorded = ask(["a", "b"], ["1", "2"]).unwrap();
    let labels: Vec<BTreeMap<String, String>> = recorded.series.iter().map(|it| it.labels.clone()).collect();
    assert_eq!(labels, ["1", "2"].map(|pod| BTreeMap::from([("pod".to_owned(), pod.to_owned())])));
    let error = ask(["a", "b"], ["1", "1"]).unwrap_err();
    assert!(matches!(&error, HistoryError::SeveralNames { labels } if labels == "{pod=\"1\"}"), "{error}");
}

#[test]
fn an_alert_is_an_event_from_its_first_step_to_the_first_without_it() {
    let stretch = Stretch::on_grid("q", (Timestamp(0), Timestamp(600_000)), Millis(60_000)).unwrap();
    let at = |minutes: &[i64]| -> Vec<Point> { minutes.iter().map(|it| (it * 60_000, 1.0)).collect() };
    let high = [
        ("__name__", "ALERTS"),
        ("alertname", "High"),
        ("alertstate", "firing"),
        ("severity", "page"),
        ("end", "left"),
    ];
    let low = [("alertname", "Low"), ("alertstate", "firing")];
    let events =
        alert_events(&stretch, &answer(vec![series(&high, &at(&[1, 2, 3, 7])), series(&low, &at(&[9, 10]))]));
    let seen: Vec<(i64, &str, &str, usize)> = events
        .iter()
        .map(|it| {
            let labels = &it.labels;
            (it.at.0 / 60_000, labels["alertname"].as_str(), labels["end"].as_str(), labels.len())
        })
        .collect();
    let expected = [
        (1, "High", "1970-01-01T00:04:00Z", 4),
        (7, "High", "1970-01-01T00:08:00Z", 4),
        // It still fires at the end of the stretch.
        (9, "Low", "1970-01-01T00:10:00Z", 2),
    ];
    assert_eq!(seen, expected);
    assert!(events.iter().all(|it| it.name == "alert"));
    assert_eq!(
        (events[0].labels["severity"].as_str(), events[0].labels["exported_end"].as_str()),
        ("page", "left")
    );
}
