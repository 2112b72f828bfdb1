//! `heal record prometheus`: from a real server, through kills of both sides, and from servers that misbehave.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use heal_tests::{
    ChildGuard, Output, Prometheus, TestFolder, binary, clean_command, run, serve, skip, wait_until,
};

/// 2024-01-01T00:00:00Z.
const START_SECONDS: u64 = 1_704_067_200;

const MINUTES: u64 = 2 * 1_440;

const POLICY: &str = "
signal latency: duration in ms by (service) { from prometheus `latency_ms` every 1m }
signal load: ratio in percent { from prometheus `max(latency_ms) / 10` every 5m }
signal pushed: bytes by (host) { from metric \"mem\" every 1m }
detector slow { when latency > 90ms }
detector loaded { when load > 90% }
detector big { when pushed > 90B }
policy tell_slow { on slow try escalate }
policy tell_loaded { on loaded try escalate }
policy tell_big { on big try escalate }
";

/// Two days of three services, one with a gap, one with values that are none, and of two alerts.
fn past() -> String {
    let mut text = String::from("# TYPE latency_ms gauge\n");
    for (service, factor) in [("cart", 7), ("search", 11), ("shop", 13)] {
        for minute in 0..MINUTES {
            let at = START_SECONDS + 60 * minute;
            let value = match service {
                "search" if (600..900).contains(&minute) => continue,
                "shop" if minute % 10 == 0 => "NaN".to_owned(),
                _ => format!("{:.3}", (minute * factor % 1_009) as f64 / 9.7),
            };
            writeln!(text, "latency_ms{{instance=\"{service}-1\",service=\"{service}\"}} {value} {at}")
                .unwrap();
        }
    }
    text.push_str("# TYPE ALERTS gauge\n");
    for (name, severity, state, starts, length) in [
        ("DiskFull", "ticket", "firing", vec![1_000], 60),
        ("HighLatency", "page", "firing", vec![100, 400, 700], 10),
        ("HighLatency", "page", "pending", vec![95, 395, 695, 1_200], 5),
    ] {
        for at in starts.into_iter().flat_map(|start| start..start + length) {
            let at = START_SECONDS + 60 * at;
            let labels = format!("alertname=\"{name}\",alertstate=\"{state}\",severity=\"{severity}\"");
            writeln!(text, "ALERTS{{{labels},service=\"cart\"}} 1 {at}").unwrap();
        }
    }
    text.push_str("# EOF\n");
    text
}

fn command(folder: &Path, url: &str, arguments: &[&str]) -> std::process::Command {
    let mut command = clean_command(binary("heal"), folder);
    command.args(["record", "prometheus", url]).args(arguments);
    command
}

#[track_caller]
fn heal_ends(folder: &Path, arguments: &[&str], code: i32) -> Output {
    let output = run(clean_command(binary("heal"), folder).args(arguments));
    assert_eq!(output.code(), code, "heal {arguments:?}\n{}\n{}", output.stdout, output.stderr);
    output
}

/// The files of a folder, by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|it| (it.file_name().into_string().unwrap(), fs::read(it.path()).unwrap())).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

const RANGE: [&str; 4] = ["--from", "2024-01-01", "--to", "2024-01-02T23:59:00Z"];

#[test]
fn killed_and_resumed_against_a_killed_prometheus_it_is_byte_for_byte_the_undisturbed_recording() {
    let Some(mut prometheus) = Prometheus::start(&past()) else {
        skip!("recording from Prometheus", "it is not installed")
    };
    let folder = TestFolder::new();
    folder.write("policy.heal", POLICY);
    let arguments = |into: &'static str, points: &'static str| {
        let what =
            ["--for", "policy.heal", "--alerts", "--into", into, "--recording", "past", "--points", points];
        [what.as_slice(), &RANGE].concat()
    };
    // In pieces as large as they may be.
    let url = prometheus.url();
    let output = run(&mut command(folder.path(), &url, &arguments("recordings/undisturbed", "10000")));
    assert_eq!(output.code(), 0, "{}\n{}", output.stdout, output.stderr);

    let small = arguments("recordings/killed", "3");
    let log = folder.join("heal.log");
    let start = || ChildGuard::spawn("heal", &mut command(folder.path(), &url, &small), &log);
    let work = folder.join("recordings/.killed.heal-record");
    let arrived = |count: usize| {
        let has = || (work.is_dir() && names(&work).len() >= count).then_some(());
        wait_until("pieces", Duration::from_secs(60), has);
    };
    let mut first = start();
    arrived(100);
    first.kill();
    assert!(!folder.join("recordings/killed").exists(), "half a recording is none");

    let mut second = start();
    arrived(300);
    prometheus.kill();
    let tries = || second.log().contains("trying again in").then_some(());
    wait_until("another try", Duration::from_secs(60), tries);
    assert!(second.ended().is_none(), "{}", second.log());
    prometheus.start_again();
    arrived(500);
    // Both at once.
    second.kill();
    prometheus.kill();
    let mut third = start();
    prometheus.start_again();
    let status = wait_until("the end", Duration::from_secs(100), || third.ended());
    let said = third.log();
    assert!(status.success(), "{said}");
    assert_eq!(said.matches("going on with what was begun at").count(), 2, "{said}");

    assert_eq!(names(&folder.join("recordings")), ["killed", "undisturbed"], "nothing is left behind");
    let (killed, undisturbed) =
        (files(&folder.join("recordings/killed")), files(&folder.join("recordings/undisturbed")));
    assert_eq!(killed.keys().collect::<Vec<_>>(), undisturbed.keys().collect::<Vec<_>>());
    for (name, bytes) in &undisturbed {
        assert!(killed[name] == *bytes, "{name} differs");
    }
    heal_ends(folder.path(), &["record", "verify", "recordings/killed"], 0);
}

#[test]
fn what_the_signals_of_a_package_read_is_recorded_and_simulates() {
    let Some(prometheus) = Prometheus::start(&past()) else {
        skip!("recording from Prometheus", "it is not installed")
    };
    let folder = TestFolder::new();
    folder.write("policy.heal", POLICY);
    let url = prometheus.url();
    let record = |arguments: &[&str], code: i32| {
        let output = run(&mut command(folder.path(), &url, &[arguments, &RANGE].concat()));
        assert_eq!(output.code(), code, "{}\n{}", output.stdout, output.stderr);
        output
    };
    let output = record(&["--for", "policy.heal", "--alerts", "--into", "x"], 0);
    assert!(output.stdout.contains("latency: 3 series, "), "{}", output.stdout);
    assert!(output.stdout.contains("load: 1 series, 576 samples, every 5m"), "{}", output.stdout);
    assert!(
        output.stderr.contains("`pushed` does not ask Prometheus, and is not recorded"),
        "{}",
        output.stderr
    );
    assert!(!output.stderr.contains('\u{1b}'), "no progress but on a terminal: {}", output.stderr);

    let shown = heal_ends(folder.path(), &["record", "show", "x"], 0).stdout;
    let line = |start: &str| {
        let line = shown.lines().find(|line| line.trim_start().starts_with(start));
        line.unwrap_or_else(|| panic!("{start} in\n{shown}")).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(line("latency{service=\"cart\"}").contains("ms (declared) 2,880 1m complete"), "{shown}");
    assert!(line("latency{service=\"search\"}").contains("1 gap"), "{shown}");
    assert!(line("latency{service=\"shop\"}").contains("288 not finite"), "{shown}");
    // What was written by hand ends without the mark of Prometheus, so it is looked back for five minutes.
    assert!(line("HighLatency").starts_with("HighLatency page 3 4"), "{shown}");
    assert!(line("DiskFull").starts_with("DiskFull ticket 1 6"), "{shown}");
    assert!(shown.find("HighLatency") < shown.find("DiskFull"), "{shown}");
    let arguments = ["simulate", "policy.heal", "--recording", "x", "--format", "json"];
    let json: serde_json::Value =
        serde_json::from_str(&heal_ends(folder.path(), &arguments, 0).stdout).unwrap();
    let slow = json["detectors"].as_array().unwrap().iter().find(|it| it["path"] == "slow").unwrap();
    assert!(!slow["firings"].as_array().unwrap().is_empty(), "{slow:#}");

    // Again the same: nothing changes. A query of one's own comes beside it; a signal alone makes another.
    let before = files(&folder.join("x"));
    record(&["--for", "policy.heal", "--alerts", "--into", "x"], 0);
    assert!(files(&folder.join("x")) == before);
    let own =
        ["--query", "max(latency_ms)", "--name", "worst", "--unit", "ms", "--step", "15m", "--into", "x"];
    let said = record(&own, 0).stdout;
    assert!(
        said.contains("worst: 1 series, 192 samples, every 15m") && said.contains("x has 5 series"),
        "{said}"
    );
    let one = record(&["--for", "policy.heal", "--signal", "load", "--into", "y"], 0).stdout;
    assert!(one.contains("y has 1 series"), "{one}");

    // What cannot be had is one error, and leaves what is there.
    let before = files(&folder.join("x"));
    let query = |text: &str| -> String {
        let name = ["--query", text, "--name", "other", "--unit", "1", "--into", "x"];
        record(&name, 2).stderr
    };
    assert!(query("sum(").contains("other: Prometheus refuses the query with status 400: invalid parameter"));
    assert!(query("no_such_series").contains("Prometheus has no value of the query from 2024-01-01"));
    assert!(
        query("{__name__=~\"ALERTS|latency_ms\"} * 0 @ end()").contains("means another time for every range")
    );
    assert!(files(&folder.join("x")) == before);
    let differs = record(
        &["--query", "latency_ms", "--name", "worst", "--unit", "s", "--step", "15m", "--into", "x"],
        0,
    );
    assert!(differs.stdout.contains("x has 8 series"), "by other labels: {}", differs.stdout);
    let before = files(&folder.join("x"));
    let again =
        ["--query", "min(latency_ms)", "--name", "worst", "--unit", "ms", "--step", "15m", "--into", "x"];
    let refused = record(&again, 2).stderr;
    assert!(refused.contains("two different series `worst`"), "{refused}");
    assert!(files(&folder.join("x")) == before);
    record(&[again.as_slice(), &["--replace"]].concat(), 0);
    assert!(files(&folder.join("x")) != before);
    let nothing = [
        "--for",
        "policy.heal",
        "--query",
        "no_such_series",
        "--name",
        "n",
        "--unit",
        "1",
        "--allow-empty",
        "--into",
        "z",
    ];
    let left_out = record(&nothing, 0);
    assert!(left_out.stderr.contains("n is left out: "), "{}", left_out.stderr);
}

fn http(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

#[test]
fn servers_that_misbehave_give_one_error_and_leave_earlier_recordings_intact() {
    let folder = TestFolder::new();
    let good = r#"{"status":"success","data":{"resultType":"matrix","result":[
        {"metric":{"pod":"a"},"values":[[1704067200,"1"],[1704067260,"2"]]}]}}"#;
    let histograms = r#"{"status":"success","data":{"resultType":"matrix","result":[
        {"metric":{},"histograms":[[1704067200,{"count":"1"}]]}]}}"#;
    let unsorted = r#"{"status":"success","data":{"resultType":"matrix","result":[
        {"metric":{},"values":[[1704067260,"1"],[1704067200,"1"]]}]}}"#;
    let cut_off = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{}", good.len(), &good[..40]);
    let record = |url: &str, code: i32| {
        let what = [
            "--query",
            "x",
            "--name",
            "x",
            "--unit",
            "1",
            "--retries",
            "1",
            "--timeout",
            "2s",
            "--into",
            "x",
        ];
        let range = ["--from", "2024-01-01", "--to", "2024-01-01T00:01:00Z"];
        let output = run(&mut command(folder.path(), url, &[what.as_slice(), &range].concat()));
        assert_eq!(output.code(), code, "{}\n{}", output.stdout, output.stderr);
        output
    };
    let of = |answer: String| format!("http://127.0.0.1:{}", serve(move |_| answer.clone()));
    record(&of(http("200 OK", good)), 0);
    let before = files(&folder.join("x"));
    let cases = [
        (of(http("200 OK", histograms)), "a recording holds numbers: ask for one"),
        (of(http("200 OK", unsorted)), "not in the order of time"),
        (of(http("200 OK", "<html>")), "is this the address of Prometheus"),
        (of(http("404 Not Found", "nothing here")), "is this the address of Prometheus"),
        (of(http("429 Too Many Requests", "slow down")), "status 429: slow down; what has arrived is kept"),
        (of(http("500 Oh", "<b>oh</b>")), "status 500"),
        (of(http("401 Unauthorized", "")), "check the token or password"),
        (of(cut_off), "cannot be reached"),
        (of(String::new()), "cannot be reached"),
        (format!("http://127.0.0.1:{}", heal_tests::free_port()), "cannot be reached"),
        ("prom.example".to_owned(), "it is no URL"),
        ("http://ada:s3cret@prom.example".to_owned(), "holds a user or a password"),
    ];
    for (url, said) in cases {
        let error = record(&url, 2).stderr;
        let errors: Vec<&str> = error.lines().filter(|line| line.starts_with("heal: ")).collect();
        assert!(errors.len() == 1 && errors[0].contains(said), "{url}: {error}");
        assert!(!error.contains("s3cret"), "{error}");
        assert!(files(&folder.join("x")) == before, "{url}");
    }
    let names = names(folder.path());
    let visible: Vec<&String> = names.iter().filter(|name| !name.starts_with('.')).collect();
    assert_eq!(visible, ["x"]);
}

#[test]
fn wrong_usage_is_said_before_anything_is_asked_or_written() {
    let folder = TestFolder::new();
    for (arguments, said) in [
        (vec!["--into", "x", "--since", "7d"], "required"),
        (vec!["--into", "x", "--alerts"], "required"),
        (vec!["--into", "x", "--alerts", "--since", "soon"], "`15s`, `7d` or `1d12h`"),
        (vec!["--into", "x", "--alerts", "--from", "soon"], "a point in time is written"),
        (vec!["--into", "x", "--query", "x", "--since", "7d"], "--unit"),
        (vec!["--into", "x", "--alerts", "--from", "2024-01-02", "--to", "2024-01-01"], "after its end"),
        (
            vec!["--into", "x", "--alerts", "--from", "2024-01-01T00:00:01Z", "--to", "2024-01-01T00:00:02Z"],
            "no step of 1m",
        ),
    ] {
        let error = run(&mut command(folder.path(), "http://127.0.0.1:1", &arguments));
        assert_eq!(error.code(), 2, "{arguments:?}: {}", error.stderr);
        assert!(error.stderr.contains(said), "{arguments:?}: {}", error.stderr);
        assert_eq!(names(folder.path()), Vec::<String>::new(), "{arguments:?}");
    }
}
