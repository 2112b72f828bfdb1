//! What of an answer becomes samples.

use heal_program::{SignalIndex, Timestamp};

use super::fixture::{client, http, program, run, serve, signal};
use crate::{Finding, Poll, SignalPoller};

const STEP: Timestamp = Timestamp(60_000);

fn poll(signals: Vec<heal_program::Signal>, result: &str) -> Poll {
    let body = format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{result}]}}}}"#);
    let (url, _requests) = serve(http("200 OK", "", &body));
    let program = program(signals, heal_program::Millis::ZERO);
    run(SignalPoller::new(client(&url), &program).poll(STEP))
}

#[test]
fn keys_come_from_labels_in_the_signals_order_and_values_in_the_base_unit() {
    let mut latency = signal("p.latency", "q", &["service", "region"], 15);
    (latency.scale, latency.offset) = (0.001, 1.0);
    let series = r#"{"metric":{"region":"eu","service":"cart","extra":"x"},"value":[60,"250"]}"#;
    let poll = poll(vec![latency], series);
    assert!(poll.findings.is_empty() && poll.failures.is_empty(), "{poll:?}");
    let [sample] = poll.samples.as_slice() else { panic!("{poll:?}") };
    assert_eq!((sample.signal, sample.at, sample.value), (SignalIndex(0), STEP, 1.25));
    assert_eq!(sample.key, ["cart", "eu"]);
}

#[test]
fn what_cannot_be_a_sample_is_missing_and_said() {
    let poll = poll(
        vec![signal("p.s", "q", &["pod"], 15)],
        r#"{"metric":{"pod":"a"},"value":[60,"NaN"]}, {"metric":{"pod":"b"},"value":[60,"+Inf"]},
           {"metric":{"pod":"c","container":"1"},"value":[60,"1"]}, {"metric":{"pod":"c","container":"2"},"value":[60,"2"]},
           {"metric":{"pod":"","x":"1"},"value":[60,"3"]}, {"metric":{"x":"2"},"value":[60,"4"]},
           {"metric":{"pod":"d"},"histogram":[60,{"count":"1"}]}, {"metric":{"pod":"e"},"value":[60,"0"]}"#,
    );
    let seen: Vec<(&str, f64)> =
        poll.samples.iter().map(|sample| (sample.key[0].as_str(), sample.value)).collect();
    assert_eq!(seen, [("e", 0.0)], "never a zero that was not measured");
    let signal = || "p.s".to_owned();
    let expected = [
        Finding::MissingLabel { signal: signal(), label: "pod".to_owned(), series_count: 2 },
        Finding::AmbiguousKey { signal: signal(), key: vec!["c".to_owned()], keys_count: 1 },
        Finding::Histogram { signal: signal(), points_count: 1 },
    ];
    assert_eq!(poll.findings, expected);
    assert!(poll.findings[0].to_string().contains("2 series without the label `pod` are left out"));
}

#[test]
fn only_what_is_due_is_asked_for_and_equal_queries_once() {
    let body =
        r#"{"status":"success","warnings":["careful"],"data":{"resultType":"scalar","result":[45,"7"]}}"#;
    let (url, requests) = serve(http("200 OK", "", body));
    let same =
        [signal("p.a", "same", &[], 15), signal("p.b", "same", &[], 45), signal("p.c", "minutely", &[], 60)];
    let poller = SignalPoller::new(client(&url), &program(same.to_vec(), heal_program::Millis::ZERO));
    assert_eq!(poller.next_step(Timestamp(30_000)), Some(Timestamp(45_000)));
    assert_eq!(poller.next_step(Timestamp(45_000)), Some(Timestamp(60_000)));
    let poll = run(poller.poll(Timestamp(45_000)));
    let seen: Vec<(u32, f64)> = poll.samples.iter().map(|sample| (sample.signal.0, sample.value)).collect();
    assert_eq!(seen, [(0, 7.0), (1, 7.0)]);
    let warned = |path: &str| Finding::Warning { signal: path.to_owned(), text: "careful".to_owned() };
    assert_eq!(poll.findings, [warned("p.a"), warned("p.b")]);
    let asked: Vec<String> = requests.try_iter().collect();
    let [asked] = asked.as_slice() else { panic!("{asked:?}") };
    assert!(asked.starts_with("GET /api/v1/query?query=same&time=45.000 HTTP/1.1"), "{asked}");
}

#[test]
fn a_program_without_prometheus_signals_is_never_due() {
    let mut pushed = signal("p.a", "", &[], 15);
    pushed.source = heal_program::Source::Metric { name: "m".to_owned(), matching: Vec::new() };
    let program = program(vec![pushed], heal_program::Millis::ZERO);
    let poller = SignalPoller::new(client("http://127.0.0.1:1"), &program);
    assert_eq!(poller.next_step(Timestamp(0)), None);
    assert!(run(poller.poll(Timestamp(0))).samples.is_empty());
}
