//! People read what a recording holds and what it lacks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::path::{Path, PathBuf};

use super::*;
use crate::{RecordingError, library};

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/demo/recordings/nab")
}

#[test]
fn a_recording_is_described_by_what_it_rests_on() {
    let recording = Recording::open(&shipped()).unwrap();
    let text = describe(&recording).replace(recording.digest(), "DIGEST");
    insta::assert_snapshot!(text, @r#"
    nab: 4 series, 48,786 samples
      2013-12-02T21:15:00Z to 2014-07-15T17:19:00Z (224d 20h)
      A request latency with failures, a misconfigured scaling group, a machine that overheats, and a quiet server.
      origin: Numenta Anomaly Benchmark, https://github.com/numenta/NAB at ea702d75, MIT License, Copyright 2014-2024 Numenta Inc.; LICENSE.txt beside this file
      digest: DIGEST

    series
      name                                     unit                samples  every  quality
      app.request_latency{service="checkout"}  ms (declared)       4,021    5m     11 repeated, dropped; 2 gaps, the longest 1h 4m
      asg.cpu_utilization{service="workers"}   percent (declared)  18,050   5m     complete
      ec2.cpu_utilization{service="batch"}     percent (declared)  4,032    5m     complete
      machine.temperature{service="press"}     degF (declared)     22,683   5m     12 repeated, dropped
      times: local time without a zone, read as UTC

    incidents
      press temperature failure 1       service=press     2013-12-10T06:25:00Z  1d 23h
      press temperature failure 2       service=press     2013-12-15T17:50:00Z  1d 23h
      press temperature failure 3       service=press     2014-01-27T14:20:00Z  1d 23h
      press temperature failure 4       service=press     2014-02-07T14:55:00Z  1d 23h
      checkout latency failure 1        service=checkout  2014-03-14T03:31:00Z  11h 10m
      checkout latency failure 2        service=checkout  2014-03-18T17:06:00Z  11h 10m
      checkout latency failure 3        service=checkout  2014-03-20T21:26:00Z  6h 15m
      workers scaling misconfiguration  service=workers   2014-07-10T12:29:00Z  5d 4h

    0 events, 0 rows of inventory
    "#);
}

#[test]
fn recurring_alerts_are_ranked() {
    let event = |at: i64, name: &str, end: &str| {
        let labels = [("alertname", name), ("severity", "page"), ("end", end)];
        let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned()));
        crate::Event { at: heal_program::Timestamp(at), name: "alert".to_owned(), labels: labels.into() }
    };
    let events = [
        event(0, "DiskFull", "1970-01-01T01:00:00Z"),
        event(0, "HighLatency", "1970-01-01T00:10:00Z"),
        event(1_800_000, "HighLatency", "1970-01-01T00:34:40Z"),
    ];
    let recording = crate::RecordingBuilder::new("alerts").events(events).build().unwrap();
    let text = describe(&recording);
    let (_, alerts) = text.split_once("\nalerts\n").unwrap();
    insta::assert_snapshot!(alerts, @"
      name         severity  times  minutes
      HighLatency  page      2      15
      DiskFull     page      1      60

    3 events, 0 rows of inventory
    ");
}

#[test]
fn a_name_of_many_series_is_said_once_of_how_times_were_read() {
    let series = |name: &str, key: &str, rule: &str| NewSeries {
        name: name.to_owned(),
        labels: [("key".to_owned(), key.to_owned())].into(),
        unit: "1".to_owned(),
        unit_declared: false,
        time_rule: rule.to_owned(),
        samples: vec![crate::Sample { at: heal_program::Timestamp(0), value: 1.0 }],
        quality: Quality::default(),
    };
    let all = [series("lag", "a", "UTC"), series("lag", "b", "UTC"), series("used", "a", "unix seconds")];
    let builder = all.into_iter().fold(crate::RecordingBuilder::new("x"), crate::RecordingBuilder::series);
    let text = describe(&builder.build().unwrap());
    assert!(text.contains("  times of lag: UTC\n"), "{text}");
}

#[test]
fn a_list_has_a_line_for_each_recording_and_says_what_is_wrong() {
    let mut listed = library::list(&shipped()).unwrap();
    listed[0].folder = PathBuf::from("recordings/nab");
    listed.push(Listed {
        folder: PathBuf::from("recordings/next"),
        manifest: Err(RecordingError::Newer { found: 4 }),
    });
    insta::assert_snapshot!(describe_list(&listed), @"
      recordings/nab   nab: 4 series, 48,786 samples, 2013-12-02T21:15:00Z to 2014-07-15T17:19:00Z (224d 20h)
      recordings/next  this recording has format version 4, and this Heal reads up to 3: use a newer Heal
    ");
    assert_eq!(describe_list(&[]), "no recordings\n");
}

#[test]
fn no_control_character_reaches_a_terminal() {
    let named = |text: &str| format!("{text}\u{1b}[31m\u{7}\u{202e}");
    let series = crate::NewSeries {
        name: "a".to_owned(),
        labels: [("b".to_owned(), named("c"))].into(),
        unit: named("d"),
        unit_declared: false,
        time_rule: named("e"),
        samples: vec![crate::Sample { at: heal_program::Timestamp(0), value: 1.0 }],
        quality: Quality::default(),
    };
    let incident = crate::Incident {
        name: "f".to_owned(),
        start: heal_program::Timestamp(0),
        end: heal_program::Timestamp(0),
        labels: [("g".to_owned(), named("h"))].into(),
    };
    let line = describe_series(&series);
    let builder = crate::RecordingBuilder::new("i").description(named("j")).origin(named("k"));
    let recording = builder.series(series).incidents([incident]).build().unwrap();
    let flaws = crate::inspect(&recording).unwrap();
    let text = line + &describe(&recording) + &describe_inspection(&recording, &flaws);
    assert!(text.chars().all(|letter| letter == '\n' || !letter.is_control()), "{text:?}");
    assert!(!text.contains('\u{202e}') && text.contains("\\u{1b}[31m"), "{text:?}");
}

#[test]
fn a_single_gap_is_no_list_of_gaps() {
    let of = |gaps, longest| quality_text(&Quality { gaps, longest_gap: longest, ..Quality::default() });
    let longest = Some(heal_program::Millis(600_000));
    assert_eq!(of(0, None), "complete");
    assert_eq!(of(1, longest), "1 gap of 10m");
    assert_eq!(of(2, longest), "2 gaps, the longest 10m");
}

#[test]
fn what_is_about_to_be_recorded_has_the_gaps_that_it_will_have() {
    let minutes = (0i64..10).chain(400..420);
    let samples = minutes.map(|at| crate::Sample { at: heal_program::Timestamp(at * 60_000), value: 1.0 });
    let series = crate::NewSeries {
        name: "load".to_owned(),
        labels: crate::Labels::new(),
        unit: "percent".to_owned(),
        unit_declared: true,
        time_rule: String::new(),
        samples: samples.collect(),
        quality: Quality::default(),
    };
    assert_eq!(describe_series(&series), "load in percent: 30 samples, 1 gap of 6h 31m");
    let recording = crate::RecordingBuilder::new("r").series(series).build().unwrap();
    assert!(describe(&recording).contains("1 gap of 6h 31m"), "{}", describe(&recording));
}

#[test]
fn numbers_have_their_thousands_apart() {
    let cases = [(0, "0"), (999, "999"), (1_000, "1,000"), (48_786, "48,786"), (1_234_567, "1,234,567")];
    for (number, text) in cases {
        assert_eq!(grouped(number), text);
    }
}
