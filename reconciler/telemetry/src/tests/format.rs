//! The format outlives the code: recordings of released versions open, newer ones are refused.

use std::path::{Path, PathBuf};

use super::{bits, labels, small};
use crate::manifest::MANIFEST_FILE;
use crate::*;

fn fixture(version: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/v{version}"))
}

#[test]
fn a_recording_of_version_1_opens() {
    let opened = Recording::open(&fixture(1)).unwrap();
    assert_eq!(opened.digest(), "f8a7b6d12db2770654644d5cd196954859edd41e91b542d5b5007ffcfb7b9dc9");
    assert_eq!(bits(&opened), bits(&small()));
    let Recording { events, inventory, incidents, .. } = small();
    assert_eq!(opened.series[0].labels, small().series[0].labels);
    assert_eq!((&opened.events, &opened.inventory, &opened.incidents), (&events, &inventory, &incidents));
    assert_eq!(opened.manifest.signal_series("0123abcd"), Some("app.latency"));
}

#[test]
fn a_recording_of_version_2_opens() {
    let opened = Recording::open(&fixture(2)).unwrap();
    assert_eq!(opened.digest(), "4eb204e814201eb4ce219a151ed7114415b6e99175cb3eb7600deb2e4692299b");
    assert_eq!(bits(&opened), bits(&small()));
    let outcomes: Vec<(&str, Verdict, &str, bool)> = opened
        .outcomes
        .iter()
        .map(|it| (it.item.as_str(), it.verdict, it.source.as_str(), it.end.is_some()))
        .collect();
    let expected =
        [("shop.refill", Verdict::Passed, "17", true), ("shop.refill", Verdict::StepFailed, "18", false)];
    assert_eq!(outcomes, expected);
    // Without them it is the recording of version 1, but for the version of Heal that wrote it.
    assert_eq!(opened.events, Recording::open(&fixture(1)).unwrap().events);
}

#[test]
fn a_recording_of_version_3_opens() {
    let opened = Recording::open(&fixture(3)).unwrap();
    assert_eq!(opened.digest(), "c9e4a15c8d6317ebcd99e65149d8e9888b53449c01f5f81436c9d6a63472cea5");
    let entities: Vec<(String, Option<&str>, bool)> =
        opened.entities.iter().map(|row| (row.text(), row.field("ready"), row.until.is_some())).collect();
    let pod = |name: &str| format!("Pod{{pod=\"{name}\"}}");
    assert_eq!(
        entities,
        [(pod("a"), Some("2"), true), (pod("b"), Some("2"), false), (pod("a"), Some("1"), false)]
    );
    // Without them it is the recording of version 1, but for the version of Heal that wrote it.
    assert_eq!(opened.events, Recording::open(&fixture(1)).unwrap().events);
}

#[test]
fn a_newer_version_is_refused() {
    let mut files = small().to_files().unwrap();
    let text = String::from_utf8(files[MANIFEST_FILE].clone()).unwrap();
    let newer = text.replace("format_version = 1", "format_version = 4\nsomething_new = true");
    files.insert(MANIFEST_FILE.to_owned(), newer.into_bytes());
    let error = Recording::open_from(&files).unwrap_err();
    assert!(matches!(error, RecordingError::Newer { found: 4 }));
    assert_eq!(
        error.to_string(),
        "this recording has format version 4, and this Heal reads up to 3: use a newer Heal"
    );
}

#[test]
fn series_are_found_by_name_and_labels() {
    let recording = small();
    let found = |name: &str, wanted: Labels| -> Vec<u32> {
        recording.series_named(name, &wanted).map(|series| series.id.0).collect()
    };
    assert_eq!(found("app.latency", Labels::new()), [0, 1]);
    assert_eq!(found("app.latency", labels([("service", "checkout")])), [1]);
    assert_eq!(found("app.latency", labels([("service", "checkout"), ("zone", "a")])), [0; 0]);
    assert_eq!(found("app", Labels::new()), [0; 0]);
}
