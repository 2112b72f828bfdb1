//! Servers that do not answer as they should.

use std::time::Duration;

use heal_program::{Millis, Timestamp};

use super::fixture::{TIMEOUT, client, http, program, run, serve, signal};
use crate::{Authentication, Prometheus, PrometheusError, SecretReference, SignalPoller};

#[track_caller]
fn check(answer: &str, is_it: impl Fn(&PrometheusError) -> bool, said: &str, temporary: bool) {
    let (url, _requests) = serve(answer);
    let error = run(client(&url).query("up", Timestamp(0))).unwrap_err();
    assert!(is_it(&error), "{error:?}");
    let message = error.to_string();
    assert!(message.contains(said), "{message}");
    assert!(!message.contains('\n') && !message.contains('\u{1b}') && message.len() < 800, "{message}");
    assert_eq!(error.is_temporary(), temporary, "{message}");
}

#[test]
fn every_bad_status_has_its_kind() {
    use PrometheusError::{Denied, Moved, Refused, Unavailable};
    let bad_data =
        r#"{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:1: no"}"#;
    check(&http("400 Bad Request", "", bad_data), |it| matches!(it, Refused { .. }), "1:1: no", false);
    check(&http("422 Unprocessable", "", "{}"), |it| matches!(it, Refused { .. }), "status 422: {}", false);
    check(
        &http("401 Unauthorized", "", "secret?"),
        |it| matches!(it, Denied { status: 401 }),
        "denies access",
        false,
    );
    check(&http("403 Forbidden", "", ""), |it| matches!(it, Denied { status: 403 }), "status 403", false);
    check(&http("503 Busy", "", ""), |it| matches!(it, Unavailable { .. }), "it does not say why", true);
    check(
        &http("429 Slow", "", "\u{1b}[2J later\n"),
        |it| matches!(it, Unavailable { .. }),
        "429: [2J later",
        true,
    );
    let long = "x ".repeat(5_000);
    check(&http("502 Bad Gateway", "", &long), |it| matches!(it, Unavailable { .. }), "…", true);
    let elsewhere = http("302 Found", "location: https://login.example/\r\n", "");
    check(&elsewhere, |it| matches!(it, Moved { .. }), "https://login.example/", false);
}

#[test]
fn answers_that_are_none_are_errors_and_not_empty_results() {
    use PrometheusError::{Malformed, Unreachable};
    check(
        &http("200 OK", "", "<html>login</html>"),
        |it| matches!(it, Malformed { .. }),
        "not one of Prometheus",
        true,
    );
    check(&http("204 No Content", "", ""), |it| matches!(it, Malformed { .. }), "status is 204", true);
    check(
        "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{",
        |it| matches!(it, Unreachable { .. }),
        "reached",
        true,
    );
    check("nonsense\r\n\r\n", |it| matches!(it, Unreachable { .. }), "cannot be reached", true);
    check("", |it| matches!(it, Unreachable { .. }), "cannot be reached", true);
}

#[test]
fn a_server_that_is_not_there_cannot_be_reached() {
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let error = run(client(&format!("http://{free}")).query("up", Timestamp(0))).unwrap_err();
    assert!(matches!(error, PrometheusError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
}

#[test]
fn a_server_that_never_finishes_costs_no_more_than_the_deadline() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let timeout = Duration::from_millis(200);
    let prometheus = Prometheus::new(&url, Authentication::Nothing, timeout).unwrap();
    let start = std::time::Instant::now();
    let error = run(prometheus.query("up", Timestamp(0))).unwrap_err();
    assert!(matches!(error, PrometheusError::TimedOut { after } if after == timeout), "{error}");
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn an_endless_answer_is_cut_off() {
    let chunk = format!("{:x}\r\n{}\r\n", 1 << 20, " ".repeat(1 << 20));
    let answer = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{}", chunk.repeat(65));
    check(&answer, |it| matches!(it, PrometheusError::TooLarge { .. }), "more than 67108864 bytes", false);
}

#[test]
fn secrets_are_sent_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "s3cret\n").unwrap();
    let file = || SecretReference::File(path.clone());
    let basic = Authentication::Basic { user: "heal".to_owned(), password: file() };
    let cases = [(Authentication::Bearer(file()), "Bearer s3cret"), (basic, "Basic aGVhbDpzM2NyZXQ=")];
    for (authentication, sent) in cases {
        let (url, requests) = serve(http("401 Unauthorized", "", "no"));
        let prometheus = Prometheus::new(&url, authentication, TIMEOUT).unwrap();
        let error = run(prometheus.query("up", Timestamp(0))).unwrap_err();
        assert!(!format!("{error} {error:?} {prometheus:?}").contains("s3cret"));
        let asked = requests.recv().unwrap();
        assert!(asked.contains(&format!("authorization: {sent}")), "{asked}");
    }
    std::fs::remove_file(&path).unwrap();
    let prometheus = Prometheus::new("http://127.0.0.1:1", Authentication::Bearer(file()), TIMEOUT).unwrap();
    let error = run(prometheus.query("up", Timestamp(0))).unwrap_err();
    assert!(matches!(error, PrometheusError::Secret(_)), "{error}");
}

#[test]
fn a_failing_query_leaves_its_signals_missing_and_names_them() {
    let (url, _requests) = serve(http("500 Oh", "", ""));
    let signals = vec![signal("p.a", "q", &[], 15), signal("p.b", "q", &["pod"], 15)];
    let program = program(signals, Millis::from_minutes(5));
    let poller = SignalPoller::new(client(&url), &program);
    let poll = run(poller.poll(Timestamp(15_000)));
    assert!(poll.samples.is_empty());
    let [failure] = poll.failures.as_slice() else { panic!("{poll:?}") };
    assert_eq!(failure.signals, ["p.a", "p.b"]);

    let all =
        program.signals.iter().enumerate().map(|(at, _)| heal_program::SignalIndex(at as u32)).collect();
    let history = run(poller.backfill(&program, &all, Timestamp(600_000)));
    assert!(history.samples.is_empty() && history.failures.is_empty());
    let said: Vec<String> = history.findings.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 1, "only what is read needs a history: {said:?}");
    assert!(
        said[0].starts_with("`p.a` starts without its history: Prometheus answers with status 500"),
        "{said:?}"
    );
}
