//! Lines of a log become events, counts and values; clocks, repeated messages and entries of several lines.

use std::fmt::Write as _;

use heal_program::{Millis, Timestamp};
use proptest::prelude::*;

use super::{check_total, lines};
use crate::{ImportError, Imported, LogImport, LogTime, Reading};

const SSHD: &str = "\
Dec 31 23:58:01 h sshd[1]: Failed password for root from 10.0.0.1 port 22
Dec 31 23:58:02 h sshd[1]: message repeated 3 times: [ Failed password for root from 10.0.0.1 port 22]
Dec 31 23:58:30 h cron[2]: hello
Dec 31 23:59:30 h cron[2]: hello
Jan  1 00:02:00 h sshd[1]: Failed password for root from 10.0.0.2 port 22
Jan  1 00:01:30 h sshd[1]: Failed password for root from 10.0.0.1 port 22
";

fn sshd(reading: Reading) -> LogImport {
    LogImport {
        name: "failed".to_owned(),
        pattern: Some("Failed password for .* from (?<ip>[0-9.]+)".to_owned()),
        matching: Vec::new(),
        labels_from: None,
        labels: [("host".to_owned(), "h".to_owned())].into(),
        reading,
        time: LogTime { year: Some(2024), ..LogTime::default() },
        multiline: None,
    }
}

fn json(reading: Reading) -> LogImport {
    LogImport { pattern: None, labels_from: Some(Vec::new()), time: LogTime::default(), ..sshd(reading) }
}

fn read(import: &LogImport, text: &str) -> Result<Imported, ImportError> {
    import.read("x.log", text.as_bytes())
}

fn events(imported: &Imported) -> String {
    let mut text = String::new();
    for event in &imported.events {
        let labels: Vec<String> =
            event.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        writeln!(text, "{} {} {}", event.at, event.name, labels.join(" ")).unwrap();
    }
    text + &imported.notes.join("\n")
}

#[track_caller]
fn check_refused(import: &LogImport, text: &str, expected: &str) {
    assert_eq!(read(import, text).unwrap_err().to_string(), expected);
}

#[test]
fn lines_become_events_and_repeated_messages_come_as_often_as_they_did() {
    insta::assert_snapshot!(events(&read(&sshd(Reading::Event), SSHD).unwrap()), @r"
    2024-12-31T23:58:01Z failed host=h ip=10.0.0.1
    2024-12-31T23:58:02Z failed host=h ip=10.0.0.1
    2024-12-31T23:58:02Z failed host=h ip=10.0.0.1
    2024-12-31T23:58:02Z failed host=h ip=10.0.0.1
    2025-01-01T00:02:00Z failed host=h ip=10.0.0.2
    2025-01-01T00:01:30Z failed host=h ip=10.0.0.1
    4 lines matched
    2 lines did not match
    1 line stood after a later one
    2 more messages were told as repeated
    ");
}

#[test]
fn a_span_without_lines_of_a_key_is_0_while_the_log_goes_on_and_missing_when_it_does_not() {
    let imported = read(&sshd(Reading::Count { per: Millis(60_000) }), SSHD).unwrap();
    // 23:59, 00:00, 00:02: nothing came of the log from 00:00 to 00:01.
    insta::assert_snapshot!(lines(&imported), @r#"
    failed{host="h", ip="10.0.0.1"} 1 1735689540:4 1735689600:0 1735689720:1
    failed{host="h", ip="10.0.0.2"} 1 1735689720:1
    "#);
    assert_eq!(imported.series[0].quality.backward_sorted, 1);
    assert_eq!(imported.series[0].time_rule, "%b %e %H:%M:%S, read as UTC");
}

#[test]
fn fields_of_json_are_found_by_path_and_numbers_are_values() {
    let text = "{\"ts\":\"2024-01-01T00:00:00+01:00\",\"level\":\"info\",\"ctx\":{\"service\":\"cart\",\"took\":12.5}}\n\
                not json\n{\"ts\":\"2024-01-01T00:00:01Z\",\"level\":\"debug\",\"ctx\":{\"service\":\"cart\",\"took\":1}}\n\
                {\"ts\":\"2024-01-01T00:00:02Z\",\"level\":\"info\",\"ctx\":{\"took\":1}}\n";
    let import = LogImport {
        matching: vec![("level".to_owned(), "info".to_owned())],
        labels_from: Some(vec![("service".to_owned(), "ctx.service".to_owned())]),
        ..json(Reading::Value { field: "ctx.took".to_owned(), unit: "ms".to_owned() })
    };
    let imported = read(&import, text).unwrap();
    insta::assert_snapshot!(lines(&imported), @r#"failed{host="h", service="cart"} ms? 1704063600:12.5"#);
    assert_eq!(
        imported.notes,
        ["1 line matched", "2 lines did not match", "1 line matched and lacked a label"]
    );
}

#[test]
fn lines_that_do_not_begin_an_entry_belong_to_the_one_before() {
    let text = "  left over\n2024-01-01 00:00:00,250 ERROR boom\n  at a.b(C.java)\nCaused by: Disk full\n2024-01-01 00:00:01,000 INFO fine\n";
    let import = LogImport {
        pattern: Some(r"(?s)ERROR.*Caused by: (?<cause>\w+)".to_owned()),
        multiline: Some(r"^\d{4}-".to_owned()),
        time: LogTime { zone: "+01:00".parse().unwrap(), ..LogTime::default() },
        ..sshd(Reading::Event)
    };
    insta::assert_snapshot!(events(&read(&import, text).unwrap()), @r"
    2023-12-31T23:00:00.250Z failed cause=Disk host=h
    1 line matched
    1 line did not match
    ");
}

#[test]
fn the_hour_that_a_clock_repeats_is_told_apart_and_the_one_it_skips_goes_on() {
    let times = |lines: &[&str]| {
        let import = LogImport {
            pattern: Some("(?<time>.*)".to_owned()),
            time: LogTime { zone: "Europe/Berlin".parse().unwrap(), ..LogTime::default() },
            ..sshd(Reading::Event)
        };
        let imported = read(&import, &(lines.join("\n") + "\n")).unwrap();
        let shifted = imported.notes.iter().any(|note| note.contains("skips or repeats"));
        // The recording keeps what is said.
        assert_eq!(imported.logs[0].shifted > 0, shifted);
        assert_eq!(imported.logs[0].lines, imported.events.len() as u64);
        (imported.events.iter().map(|event| event.at.to_string()).collect::<Vec<_>>().join(" "), shifted)
    };
    let autumn = [
        "2024-10-27 01:59:00",
        "2024-10-27 02:00:00",
        "2024-10-27 02:59:00",
        "2024-10-27 02:58:30",
        "2024-10-27 02:00:00",
        "2024-10-27 02:59:00",
        "2024-10-27 03:00:00",
    ];
    insta::assert_snapshot!(times(&autumn).0, @"2024-10-26T23:59:00Z 2024-10-27T00:00:00Z 2024-10-27T00:59:00Z 2024-10-27T00:58:30Z 2024-10-27T01:00:00Z 2024-10-27T01:59:00Z 2024-10-27T02:00:00Z");
    let spring = ["2024-03-31 01:59:00", "2024-03-31 02:30:00", "2024-03-31 03:31:00"];
    insta::assert_snapshot!(times(&spring).0, @"2024-03-31T00:59:00Z 2024-03-31T01:30:00Z 2024-03-31T01:31:00Z");
    assert!(times(&autumn).1 && times(&spring).1);
}

#[test]
fn a_leap_day_and_the_end_of_a_year_find_their_years() {
    let check = |year: i32, lines: &str, expected: &str| {
        let mut import = sshd(Reading::Event);
        import.pattern = Some("x".to_owned());
        import.time.year = Some(year);
        let imported = read(&import, lines).unwrap();
        let days: Vec<String> =
            imported.events.iter().map(|event| event.at.to_string()[..10].to_owned()).collect();
        assert_eq!(days.join(" "), expected);
    };
    check(2024, "Feb 29 00:00:00 x\n", "2024-02-29");
    check(2023, "Dec 31 23:59:59 x\nFeb 29 00:00:00 x\n", "2023-12-31 2024-02-29");
    check(
        2023,
        "Dec 31 23:59:59 x\nJan  1 00:00:01 x\nDec 31 23:59:58 x\nJan  1 00:00:02 x\n",
        "2023-12-31 2024-01-01 2023-12-31 2024-01-01",
    );
}

#[test]
fn how_times_are_written_can_be_said() {
    let check = |format: &str, text: &str, expected: i64| {
        let mut import = sshd(Reading::Event);
        import.pattern = Some("\\[(?<at>[^]]*)\\]".to_owned());
        import.time =
            LogTime { field: Some("at".to_owned()), format: Some(format.to_owned()), ..LogTime::default() };
        assert_eq!(
            read(&import, &format!("a [{text}] b\n")).unwrap().events[0].at,
            Timestamp(expected),
            "{format}"
        );
    };
    check("rfc3339", "2024-01-01T00:00:00Z", 1_704_067_200_000);
    check("unix", "1704067200.25", 1_704_067_200_250);
    check("unix_ms", "1704067200250", 1_704_067_200_250);
    check("%d/%b/%Y:%H:%M:%S %z", "01/Jan/2024:01:00:00 +0100", 1_704_067_200_000);
}

/// What is said of a log, and its counts.
fn said(imported: &Imported) -> String {
    let mut text = imported.warnings.join("\n");
    for series in &imported.series {
        let labels: Vec<String> =
            series.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let counts: Vec<String> =
            series.samples.iter().map(|sample| format!("{}: {}", sample.at, sample.value)).collect();
        write!(text, "\n{} {}", labels.join(" "), counts.join(", ")).unwrap();
    }
    text
}

#[test]
fn a_log_in_which_nothing_matches_is_quiet_for_as_long_as_it_lived() {
    const QUIET: &str = "Jan  1 00:00:30 h cron[2]: hello\nno time\nJan  1 00:01:10 h cron[2]: hello\nJan  1 00:04:00 h cron[2]: hello\n";
    let one = read(&sshd(Reading::Event), QUIET).unwrap();
    insta::assert_snapshot!(said(&one), @"no line of 4 matches; recorded as quiet from 2024-01-01T00:00:30Z to 2024-01-01T00:04:00Z (1 without a time): is the pattern right?");
    let log = &one.logs[0];
    assert_eq!((log.name.as_str(), log.lines, log.end.since(log.start)), ("failed", 0, Millis(210_000)));
    // Which addresses there are only a line would tell.
    let count = Reading::Count { per: Millis::from_minutes(1) };
    let by_address = read(&sshd(count.clone()), QUIET).unwrap();
    insta::assert_snapshot!(said(&by_address), @"no line of 4 matches; recorded as quiet from 2024-01-01T00:00:30Z to 2024-01-01T00:04:00Z (1 without a time), and no key is known of which 0 could be counted: `--label` says one: is the pattern right?");
    let of_host = LogImport { labels_from: Some(Vec::new()), ..sshd(count) };
    insta::assert_snapshot!(said(&read(&of_host, QUIET).unwrap()), @r"
    no line of 4 matches; recorded as quiet from 2024-01-01T00:00:30Z to 2024-01-01T00:04:00Z (1 without a time): is the pattern right?
    host=h 2024-01-01T00:01:00Z: 0, 2024-01-01T00:02:00Z: 0, 2024-01-01T00:04:00Z: 0
    ");
    let value = sshd(Reading::Value { field: "ip".to_owned(), unit: "1".to_owned() });
    check_refused(&value, QUIET, "`x.log`: no line matches, of 4: there is no number in `ip`");
}

#[test]
fn a_log_whose_time_only_the_pattern_finds_lived_all_the_same() {
    let line = |second: u32, status: u32| {
        format!("10.0.0.1 - - [02/Jan/2024:15:00:{second:02} +0000] \"GET / HTTP/1.1\" {status} 12\n")
    };
    let import = LogImport {
        pattern: Some("\\[(?<time>[^]]+)\\] \"[^\"]*\" 5".to_owned()),
        labels_from: Some(Vec::new()),
        time: LogTime::default(),
        ..sshd(Reading::Count { per: Millis::from_seconds(10) })
    };
    let quiet = line(1, 200) + &line(35, 404);
    insta::assert_snapshot!(said(&read(&import, &quiet).unwrap()), @r"
    no line of 2 matches; recorded as quiet from 2024-01-02T15:00:01Z to 2024-01-02T15:00:35Z: is the pattern right?
    host=h 2024-01-02T15:00:10Z: 0, 2024-01-02T15:00:40Z: 0
    ");
    let loud = line(1, 200) + &line(12, 500) + &line(35, 404);
    // No line says which key there is, so it is known before the first of them.
    insta::assert_snapshot!(said(&read(&import, &loud).unwrap()), @"

    host=h 2024-01-02T15:00:10Z: 0, 2024-01-02T15:00:20Z: 1, 2024-01-02T15:00:40Z: 0
    ");
}

#[test]
fn error_logs_of_nginx_have_their_times_read() {
    let import = LogImport {
        pattern: Some("upstream timed out".to_owned()),
        time: LogTime { zone: "Europe/Berlin".parse().unwrap(), ..LogTime::default() },
        ..sshd(Reading::Event)
    };
    let text = "2024/01/02 15:04:05 [error] 7#7: *1 upstream timed out (110: Connection timed out)\n";
    insta::assert_snapshot!(events(&read(&import, text).unwrap()), @r"
    2024-01-02T14:04:05Z failed host=h
    1 line matched
    ");
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let event = sshd(Reading::Event);
    let no_year = LogImport { time: LogTime::default(), ..event.clone() };
    check_refused(
        &no_year,
        SSHD,
        "`x.log` line 1: times here have no year: say the year of the first line with `--year`",
    );
    check_refused(&event, "", "`x.log`: has no line");
    let untold = ", and their times cover no span: that nothing happened is known only of a log that lived";
    check_refused(&event, "a\nb\n", &format!("`x.log`: no line matches, of 2{untold}"));
    check_refused(&event, "Jan  1 00:00:00 h\n", &format!("`x.log`: no line matches, of 1{untold}"));
    check_refused(&event, "1 a\n2 b\n", &format!("`x.log`: no line matches, of 2{untold}"));
    check_refused(
        &no_year,
        "Jan  1 00:00:00 h\nJan  1 00:01:00 h\n",
        "`x.log`: no line matches, of 2, and times here have no year: say the year of the first line with `--year`",
    );
    check_refused(
        &event,
        "Jan 32 00:00:00 h sshd: Failed password for x from 1\n",
        "`x.log` line 1: `Jan 32 00:00:00 h sshd: Failed password …` is not a time: say where it is with `--time`, and how it is \
         written with `--time-format`",
    );
    check_refused(
        &event,
        &(SSHD.to_owned() + "2024-01-01 Failed password for x from 1\n"),
        "`x.log` line 7: `2024-01-01 Failed password for x from 1` is not a time as the lines are read (%b %e %H:%M:%S)",
    );
    let group =
        LogImport { labels_from: Some(vec![("user".to_owned(), "user".to_owned())]), ..event.clone() };
    check_refused(
        &group,
        SSHD,
        "`x.log`: the pattern has no group `user`, written `(?<user>…)`; its groups are: `ip`",
    );
    let pattern = LogImport { pattern: Some("(".to_owned()), ..event.clone() };
    check_refused(&pattern, SSHD, "`x.log`: the pattern is no regular expression: unclosed group");
    let mut format = event.clone();
    format.time.format = Some("yesterday".to_owned());
    check_refused(
        &format,
        SSHD,
        "`x.log`: `yesterday` is no form of times: write `rfc3339`, `unix`, `unix_ms` or such as `%b %e %H:%M:%S`",
    );
    check_refused(
        &json(Reading::Event),
        "{\"ts\":1767225600000}\n{\"ts\":1767225660}\n",
        "`x.log` line 2: `1767225660` is not a time as the lines are read (Unix milliseconds): a time in seconds among ones in \
         milliseconds? write all of them alike",
    );
    check_refused(
        &json(Reading::Event),
        "{\"ts\":\"2026-01-01T00:00:00Z\"}\n{\"ts\":\"2006-01-01T00:00:00Z\"}\n",
        "`x.log` line 2: the line is of 2006-01-01T00:00:00Z, more than ten years from the one before, 2026-01-01T00:00:00Z: \
         mend the one that is wrong, or leave it out",
    );
    let packed = event.read("x.log", &[0x1f, 0x8b, 8, 0][..]).unwrap_err().to_string();
    assert_eq!(packed, "`x.log`: is packed with gzip: unpack it first, `gzip -dc x.log > UNPACKED`");
    let value = json(Reading::Value { field: "took".to_owned(), unit: "ms".to_owned() });
    check_refused(
        &value,
        "{\"ts\":1704067200,\"took\":\"long\"}\n",
        "`x.log`: no line has a number in `took`",
    );
    check_refused(
        &event,
        "Jan  1 00:00:00 h sshd: message repeated 99999999999 times: [ Failed password for x from 1]\n",
        "`x.log` line 1: there are more than 10000000 events: count them with `--per`",
    );
}

proptest! {
    #[test]
    fn any_bytes_give_a_recording_or_one_error(bytes in proptest::collection::vec(any::<u8>(), 0..200), json_lines: bool) {
        let count = Reading::Count { per: Millis(60_000) };
        let import = if json_lines { json(count) } else { LogImport { pattern: Some("(?<a>.)".to_owned()), multiline: Some("^a".to_owned()), ..sshd(count) } };
        check_total(import.read("x.log", bytes.as_slice()));
    }

    #[test]
    fn any_text_like_a_time_gives_a_recording_or_one_error(
        text in "((Jan|Feb|Dec) [0-9 ]{2} [0-9:]{8}|[0-9]{1,4}-[0-9]{2}-[0-9]{2}[ T][0-9:]{8}(,[0-9]{3}|Z)?|[-0-9.é]{0,14})( x)?\n?",
        year in 1_i32..9_999,
    ) {
        let mut import = sshd(Reading::Event);
        import.pattern = Some("x|$".to_owned());
        import.time.year = Some(year);
        import.time.zone = "Europe/Berlin".parse().unwrap();
        check_total(read(&import, &(text.clone() + "\n" + &text)));
    }
}
