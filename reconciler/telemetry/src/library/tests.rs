//! Recordings on disk are written whole or not at all, and merged without loss.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;

use heal_program::Timestamp;

use super::*;
use crate::{Event, Incident, Inventory, Labels, LogSummary, NewSeries, Quality, Sample};

fn series(name: &str, value: f64) -> NewSeries {
    NewSeries {
        name: name.to_owned(),
        labels: Labels::new(),
        unit: "1".to_owned(),
        unit_declared: false,
        time_rule: "Unix milliseconds".to_owned(),
        samples: vec![Sample { at: Timestamp(0), value }, Sample { at: Timestamp(1_000), value }],
        quality: Quality::default(),
    }
}

fn with(name: &str, value: f64) -> RecordingBuilder {
    RecordingBuilder::new("").series(series(name, value))
}

/// All files under a folder, hidden ones too.
fn snapshot(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(snapshot(&path))
        } else {
            drop(files.insert(path.clone(), fs::read(path).unwrap()))
        }
    }
    files
}

fn names(recording: &Recording) -> Vec<&str> {
    recording.series.iter().map(|series| series.name.as_str()).collect()
}

#[test]
fn a_folder_is_made_and_then_added_to() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("deep/er");
    let made = merge_into(&folder, with("b", 1.0), false).unwrap();
    assert_eq!(made.manifest.name, "er");
    let named = RecordingBuilder::new("better").series(series("a", 2.0));
    let merged = merge_into(&folder, named, false).unwrap();
    assert_eq!((merged.manifest.name.as_str(), names(&merged)), ("better", vec!["a", "b"]));
    assert_eq!(Recording::open(&folder).unwrap(), merged);
    let hidden = fs::read_dir(root.path().join("deep")).unwrap().count();
    assert_eq!(hidden, 1, "nothing is left beside the recording");
}

#[test]
fn the_same_again_changes_nothing() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("r");
    merge_into(&folder, with("a", 1.0), false).unwrap();
    let before = snapshot(root.path());
    merge_into(&folder, with("a", 1.0), false).unwrap();
    assert_eq!(snapshot(root.path()), before);
}

#[test]
fn another_series_of_the_same_name_must_be_wanted() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("r");
    merge_into(&folder, with("a", 1.0), false).unwrap();
    let before = snapshot(root.path());
    let error = merge_into(&folder, with("a", 2.0), false).unwrap_err();
    assert_eq!(
        error.to_string(),
        "this cannot be recorded: there are two different series `a`: replace the one with the other, tell them \
         apart by a label, or where they lie apart in time, put both recordings together with `heal record merge`"
    );
    assert_eq!(snapshot(root.path()), before);
    let replaced = merge_into(&folder, with("a", 2.0), true).unwrap();
    assert_eq!(replaced.series[0].samples().unwrap()[0].value, 2.0);
    assert_eq!(verify(&folder).unwrap(), replaced);
}

#[test]
fn incidents_follow_the_same_rule() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("r");
    let outage = |end| Incident {
        name: "outage".to_owned(),
        start: Timestamp(0),
        end: Timestamp(end),
        labels: Labels::new(),
    };
    let adding = |end| with("a", 1.0).incidents([outage(end)]);
    merge_into(&folder, adding(1), false).unwrap();
    let error = merge_into(&folder, adding(2), false).unwrap_err();
    assert_eq!(error.to_string(), "this cannot be recorded: there are two different incidents `outage`");
    assert_eq!(merge_into(&folder, adding(2), true).unwrap().incidents, [outage(2)]);
}

#[test]
fn a_recording_is_not_overwritten_unless_told() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("r");
    let (one, two) = (with("a", 1.0).merge(RecordingBuilder::new("r"), false), with("a", 2.0));
    let (one, two) = (one.build().unwrap(), two.merge(RecordingBuilder::new("r"), false).build().unwrap());
    one.write(&folder, Overwrite::Refuse).unwrap();
    let before = snapshot(root.path());
    let error = two.write(&folder, Overwrite::Refuse).unwrap_err();
    assert!(matches!(error, RecordingError::Exists { .. }), "{error}");
    assert_eq!(snapshot(root.path()), before);
    two.write(&folder, Overwrite::Replace).unwrap();
    assert_eq!(Recording::open(&folder).unwrap(), two);
}

#[test]
fn other_files_beside_a_recording_are_kept() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("r");
    merge_into(&folder, with("a", 1.0), false).unwrap();
    fs::write(folder.join("LICENSE.txt"), "mine").unwrap();
    fs::create_dir(folder.join("notes")).unwrap();
    fs::write(folder.join("notes/one.md"), "kept").unwrap();
    merge_into(&folder, with("b", 1.0), false).unwrap();
    assert_eq!(fs::read_to_string(folder.join("LICENSE.txt")).unwrap(), "mine");
    assert_eq!(fs::read_to_string(folder.join("notes/one.md")).unwrap(), "kept");
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
}

#[test]
fn a_folder_of_other_files_is_left_alone() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("thesis.tex"), "years of work").unwrap();
    let before = snapshot(root.path());
    for replace in [false, true] {
        let error = merge_into(root.path(), with("a", 1.0), replace).unwrap_err();
        assert!(matches!(error, RecordingError::NotARecording { .. }), "{error}");
        assert!(!error.to_string().contains("replace"), "what is no recording is never replaced: {error}");
    }
    let recording = with("a", 1.0).merge(RecordingBuilder::new("r"), false).build().unwrap();
    let error = recording.write(root.path(), Overwrite::Replace).unwrap_err();
    assert!(matches!(error, RecordingError::NotARecording { .. }), "{error}");
    assert_eq!(snapshot(root.path()), before);
    let file = root.path().join("thesis.tex");
    let error = recording.write(&file, Overwrite::Replace).unwrap_err();
    assert!(matches!(error, RecordingError::NotAFolder { .. }), "{error}");
}

#[test]
fn a_damaged_recording_is_not_added_to() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("r");
    merge_into(&folder, with("a", 1.0), false).unwrap();
    fs::write(folder.join("samples.parquet"), "").unwrap();
    let before = snapshot(root.path());
    let error = merge_into(&folder, with("b", 1.0), true).unwrap_err();
    let expected = format!(
        "`{}`: `samples.parquet` is empty; restore the folder from a copy, or remove it and record it again",
        folder.display()
    );
    assert_eq!(error.to_string(), expected);
    assert_eq!(snapshot(root.path()), before);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_recording_stays_a_link() {
    let root = tempfile::tempdir().unwrap();
    let (folder, link) = (root.path().join("r"), root.path().join("latest"));
    merge_into(&folder, with("a", 1.0), false).unwrap();
    std::os::unix::fs::symlink(&folder, &link).unwrap();
    merge_into(&link, with("b", 1.0), false).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(names(&Recording::open(&folder).unwrap()), ["a", "b"]);
}

#[test]
fn recordings_of_a_folder_are_listed_sound_or_not() {
    let root = tempfile::tempdir().unwrap();
    for name in ["two", "one"] {
        merge_into(&root.path().join(name), with("a", 1.0), false).unwrap();
    }
    fs::create_dir(root.path().join("empty")).unwrap();
    fs::write(root.path().join("two/recording.toml"), "format_version = 9").unwrap();
    let listed = list(root.path()).unwrap();
    let folders: Vec<_> = listed.iter().map(|listed| listed.folder.file_name().unwrap()).collect();
    assert_eq!(folders, ["one", "two"]);
    assert_eq!(listed[0].manifest.as_ref().unwrap().name, "one");
    assert!(matches!(listed[1].manifest, Err(RecordingError::Newer { found: 9 })));
    assert_eq!(list(&root.path().join("one")).unwrap().len(), 1);
    assert!(list(&root.path().join("gone")).is_err());
}

#[test]
fn what_is_damaged_is_listed_as_such() {
    let root = tempfile::tempdir().unwrap();
    for name in ["cut", "headless", "lost", "sound"] {
        merge_into(&root.path().join(name), with("a", 1.0), false).unwrap();
    }
    fs::write(root.path().join("cut/samples.parquet"), "PAR1").unwrap();
    fs::remove_file(root.path().join("headless/recording.toml")).unwrap();
    fs::remove_file(root.path().join("lost/events.parquet")).unwrap();
    let listed = list(root.path()).unwrap();
    let text = crate::describe_list(&listed);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].contains("damaged: `samples.parquet` has 4 bytes, and the manifest says "), "{text}");
    assert!(lines[1].contains("damaged: `recording.toml` is missing"), "{text}");
    assert!(lines[2].contains("damaged: `events.parquet` is missing"), "{text}");
    assert!(lines[3].contains("sound: 1 series, 2 samples"), "{text}");
    assert_eq!(listed.iter().filter(|one| one.manifest.is_err()).count(), 3);
}

#[test]
fn those_that_add_at_once_lose_nothing() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("r");
    std::thread::scope(|scope| {
        for name in ["a", "b", "c", "d", "e", "f"] {
            let folder = &folder;
            scope.spawn(move || merge_into(folder, with(name, 1.0), false).unwrap());
        }
    });
    assert_eq!(names(&Recording::open(&folder).unwrap()), ["a", "b", "c", "d", "e", "f"]);
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1, "nothing is left beside the recording");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_no_file_of_a_recording() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("r");
    merge_into(&folder, with("a", 1.0), false).unwrap();
    let path = folder.join("events.parquet");
    fs::remove_file(&path).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.is_ok_and(|status| status.success()));
    let error = Recording::open(&folder).unwrap_err().to_string();
    assert!(error.contains("`events.parquet` is no file, but a folder, pipe or device"), "{error}");
    assert!(list(&folder).unwrap()[0].manifest.is_err());
}

#[test]
fn verifying_recounts_what_the_manifest_says() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("r");
    merge_into(&folder, with("a", 1.0), false).unwrap();
    let path = folder.join("recording.toml");
    let text = fs::read_to_string(&path).unwrap().replace("interval_ms = 1000", "interval_ms = 2000");
    let text: String = text.split_inclusive('\n').filter(|line| !line.starts_with("digest")).collect();
    fs::write(&path, text).unwrap();
    assert!(Recording::open(&folder).is_ok());
    assert_eq!(
        verify(&folder).unwrap_err().to_string(),
        "`recording.toml` says of `a` another interval, other gaps or other flaws than it has"
    );
}

fn two(name: &str, from: i64, values: &[f64]) -> NewSeries {
    let samples = (from..).zip(values);
    let samples = samples.map(|(second, value)| Sample { at: Timestamp(second * 1_000), value: *value });
    NewSeries { samples: samples.collect(), ..series(name, 0.0) }
}

fn points(recording: &Recording, at: usize) -> Vec<(i64, f64)> {
    let samples = recording.series[at].samples().unwrap();
    samples.iter().map(|sample| (sample.at.0 / 1_000, sample.value)).collect()
}

fn opened(folders: [&std::path::PathBuf; 2]) -> Vec<Recording> {
    folders.map(|folder| Recording::open(folder).unwrap()).into()
}

#[test]
fn slices_that_follow_each_other_are_the_whole_again_with_an_incident_that_both_cut() {
    let root = tempfile::tempdir().unwrap();
    let [whole, a, b, merged] = ["whole", "a", "b", "merged"].map(|name| root.path().join(name));
    let at = |second: i64| Timestamp(second * 1_000);
    let outage = Incident {
        name: "outage".to_owned(),
        start: at(1),
        end: at(5),
        labels: Labels::from([("service".to_owned(), "cart".to_owned())]),
    };
    let one = RecordingBuilder::new("whole").series(two("x", 0, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
    let one = one.incidents([outage.clone()]).write(&whole, Overwrite::Refuse).unwrap();
    let part = |from: i64, to: i64| Part { from: at(from), to: at(to), series: Vec::new() };
    slice(&one, &part(0, 3), &a, Overwrite::Refuse).unwrap();
    slice(&one, &part(3, 6), &b, Overwrite::Refuse).unwrap();
    let again = merge(&opened([&a, &b]), &merged, Overwrite::Refuse).unwrap();
    assert_eq!(again.incidents, std::slice::from_ref(&outage));
    assert_eq!(points(&again, 0), points(&one, 0));
    // Another one of the name, which does not go on where the first was cut, is another incident.
    let apart = RecordingBuilder::new("b").series(two("x", 7, &[1.0]));
    let apart = apart.incidents([Incident { start: at(7), end: at(8), ..outage }]);
    apart.write(&b, Overwrite::Replace).unwrap();
    let wrong = merge(&opened([&a, &b]), &merged, Overwrite::Replace).unwrap_err().to_string();
    assert!(wrong.contains("two different incidents `outage`"), "{wrong}");
}

/// What is shown of a series' rows.
fn counted(recording: &Recording) -> (u64, u64, Option<u64>) {
    let quality = recording.manifest.series[0].quality;
    (quality.repeated_dropped, quality.missing, quality.part_of)
}

#[test]
fn parts_of_one_recording_are_that_recording_again_in_whatever_order() {
    let root = tempfile::tempdir().unwrap();
    let [whole, a, b, c, merged] = ["whole", "a", "b", "c", "merged"].map(|name| root.path().join(name));
    let at = |second: i64| Timestamp(second * 1_000);
    let quality = crate::Quality { repeated_dropped: 11, missing: 3, shifted: 2, ..Default::default() };
    let live = |second: i64, live: u64| Inventory {
        at: at(second),
        entity: "Pod".to_owned(),
        group: Labels::new(),
        live,
    };
    let outage = Incident { name: "outage".to_owned(), start: at(1), end: at(5), labels: Labels::new() };
    let quiet = LogSummary {
        name: "refused".to_owned(),
        start: at(0),
        end: at(5),
        time_rule: "UTC".to_owned(),
        ..LogSummary::default()
    };
    let one = RecordingBuilder::new("whole")
        .series(NewSeries { quality, ..two("x", 0, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) })
        .incidents([outage])
        .inventory([live(0, 1), live(3, 2)])
        .logs([quiet])
        .signal("0123abcd", "refused")
        .write(&whole, Overwrite::Refuse)
        .unwrap();
    let part = |from: i64, to: i64| Part { from: at(from), to: at(to), series: Vec::new() };
    for (folder, from, to) in [(&a, 0, 2), (&b, 2, 4), (&c, 4, 6)] {
        let sliced = slice(&one, &part(from, to), folder, Overwrite::Refuse).unwrap();
        let (repeated, missing, part_of) = counted(&sliced);
        assert_eq!(
            (repeated, missing, part_of.is_some()),
            (11, 3, true),
            "the counts are those of the whole"
        );
        assert_eq!(sliced.manifest.signals.len(), 1);
    }
    for order in [[&a, &b, &c], [&c, &a, &b], [&b, &c, &a]] {
        let parts: Vec<Recording> = order.iter().map(|folder| Recording::open(folder).unwrap()).collect();
        let again = merge(&parts, &merged, Overwrite::Replace).unwrap();
        assert_eq!(again.digest(), one.digest(), "{order:?}");
    }
    // Some parts first, and the rest of them later.
    let some = merge(&opened([&b, &a]), &merged, Overwrite::Replace).unwrap();
    assert_eq!(counted(&some).0, 11);
    let folder = root.path().join("rest");
    let again = merge(&opened([&merged, &c]), &folder, Overwrite::Refuse).unwrap();
    assert_eq!(again.digest(), one.digest());
    let twice = merge(&opened([&whole, &whole]), &folder, Overwrite::Replace).unwrap();
    assert_eq!(twice.digest(), one.digest());
}

#[test]
fn rows_of_two_sources_are_counted_together_and_of_one_once() {
    let root = tempfile::tempdir().unwrap();
    let [a, b, c, ab, rest] = ["a", "b", "c", "ab", "rest"].map(|name| root.path().join(name));
    let of = |from: i64, repeated_dropped: u64| {
        let quality = crate::Quality { repeated_dropped, ..Default::default() };
        RecordingBuilder::new("r").series(NewSeries { quality, ..two("x", from, &[1.0, 2.0, 3.0, 4.0]) })
    };
    let one = of(0, 5).write(&a, Overwrite::Refuse).unwrap();
    of(10, 7).write(&b, Overwrite::Refuse).unwrap();
    assert_eq!(counted(&merge(&opened([&a, &b]), &ab, Overwrite::Refuse).unwrap()), (12, 0, None));
    let first = Part { from: Timestamp(0), to: Timestamp(2_000), series: Vec::new() };
    slice(&one, &first, &c, Overwrite::Refuse).unwrap();
    assert_eq!(counted(&merge(&opened([&a, &c]), &rest, Overwrite::Refuse).unwrap()), (5, 0, None));
}

#[test]
fn only_a_merge_takes_parts_of_an_incident_for_one() {
    let incident = |start: i64, end: i64| Incident {
        name: "outage".to_owned(),
        start: Timestamp(start),
        end: Timestamp(end),
        labels: Labels::new(),
    };
    let root = tempfile::tempdir().unwrap();
    let [a, b, c, into] = ["a", "b", "c", "into"].map(|name| root.path().join(name));
    let with = |one: Incident| RecordingBuilder::new("r").series(two("x", 0, &[1.0])).incidents([one]);
    for (folder, start, end) in [(&a, 0, 999), (&b, 1_000, 1_999), (&c, 2_000, 9_000)] {
        with(incident(start, end)).write(folder, Overwrite::Refuse).unwrap();
    }
    for order in [[&a, &b, &c], [&c, &b, &a], [&b, &c, &a], [&a, &c, &b]] {
        let parts: Vec<Recording> = order.iter().map(|folder| Recording::open(folder).unwrap()).collect();
        let merged = merge(&parts, &into, Overwrite::Replace).unwrap();
        assert_eq!(merged.incidents, [incident(0, 9_000)], "{order:?}");
    }
    let conflict = |other: Incident| {
        let wrong = with(incident(0, 999)).incidents([other]).build().unwrap_err().to_string();
        assert!(wrong.contains("two different incidents `outage`"), "{wrong}");
    };
    conflict(incident(1_000, 1_999));
    conflict(incident(999, 1_999));
    with(incident(999, 1_999)).write(&b, Overwrite::Replace).unwrap();
    assert!(merge(&opened([&a, &b]), &into, Overwrite::Replace).is_err(), "a cut leaves a millisecond");
}

#[test]
fn a_quiet_log_is_a_recording_and_its_zeros_are_no_flaw() {
    let root = tempfile::tempdir().unwrap();
    let [folder, part] = ["r", "part"].map(|name| root.path().join(name));
    let quiet = LogSummary {
        name: "refused".to_owned(),
        start: Timestamp(5_000),
        end: Timestamp(65_000),
        time_rule: "UTC".to_owned(),
        ..LogSummary::default()
    };
    let alone = RecordingBuilder::new("r").logs([quiet.clone()]).signal("0123abcd", "refused");
    let alone = alone.write(&folder, Overwrite::Refuse).unwrap();
    assert_eq!((alone.start(), alone.end()), (quiet.start, quiet.end));
    let half = Part { from: Timestamp(0), to: Timestamp(35_000), series: Vec::new() };
    let half = slice(&verify(&folder).unwrap(), &half, &part, Overwrite::Refuse).unwrap();
    assert_eq!((half.start(), half.end()), (quiet.start, Timestamp(34_999)));
    let backward = LogSummary { end: Timestamp(0), ..quiet.clone() };
    assert!(RecordingBuilder::new("r").logs([backward]).build().is_err());
    let zeros = || two("refused", 0, &[0.0; 60]);
    let flaws = |builder: RecordingBuilder| builder.build().unwrap().manifest.series[0].flaws.is_constant;
    assert!(flaws(RecordingBuilder::new("r").series(zeros())));
    assert!(!flaws(RecordingBuilder::new("r").series(zeros()).logs([quiet])));
}

#[test]
fn recordings_are_merged_series_by_series_and_the_first_wins() {
    let root = tempfile::tempdir().unwrap();
    let [a, b, c] = ["a", "b", "c"].map(|name| root.path().join(name));
    let event = |second: i64| Event {
        at: Timestamp(second * 1_000),
        name: "deploy".to_owned(),
        labels: Labels::new(),
    };
    let first = RecordingBuilder::new("a").series(two("x", 0, &[1.0, 2.0])).events([event(0), event(0)]);
    first.write(&a, Overwrite::Refuse).unwrap();
    let second = RecordingBuilder::new("b").origin("there").series(two("x", 1, &[9.0, 3.0])).series(two(
        "y",
        0,
        &[5.0],
    ));
    second.events([event(0), event(1)]).write(&b, Overwrite::Refuse).unwrap();
    let merged = merge(&opened([&a, &b]), &c, Overwrite::Refuse).unwrap();
    assert_eq!((merged.manifest.name.as_str(), merged.manifest.origin.as_str()), ("a", "there"));
    assert_eq!(names(&merged), ["x", "y"]);
    assert_eq!(points(&merged, 0), [(0, 1.0), (1, 2.0), (2, 3.0)]);
    assert_eq!(merged.manifest.series[0].quality.repeated_dropped, 1);
    assert_eq!(merged.events.len(), 3);
    let before = snapshot(&c);
    assert!(merge(&opened([&a, &b]), &c, Overwrite::Refuse).is_err());
    let other = NewSeries { unit: "ms".to_owned(), ..two("x", 5, &[1.0]) };
    RecordingBuilder::new("b").series(other).write(&b, Overwrite::Replace).unwrap();
    let wrong = merge(&opened([&a, &b]), &c, Overwrite::Replace).unwrap_err().to_string();
    assert_eq!(wrong, "this cannot be recorded: `x` is in `1` here and in `ms` there");
    assert_eq!(snapshot(&c), before);
}

#[test]
fn a_part_has_what_was_in_it_and_incidents_are_cut() {
    let root = tempfile::tempdir().unwrap();
    let [a, b] = ["a", "b"].map(|name| root.path().join(name));
    let at = |second: i64| Timestamp(second * 1_000);
    let incident = |name: &str, start: i64, end: i64| Incident {
        name: name.to_owned(),
        start: at(start),
        end: at(end),
        labels: Labels::new(),
    };
    let live = |second: i64, live: u64| Inventory {
        at: at(second),
        entity: "Pod".to_owned(),
        group: Labels::new(),
        live,
    };
    RecordingBuilder::new("a")
        .series(two("app.x", 0, &[0.0, 1.0, 2.0, 3.0, 4.0]))
        .series(two("app.y", 0, &[7.0]))
        .series(two("other", 0, &[0.0, 1.0, 2.0, 3.0]))
        .incidents([incident("before", 0, 1), incident("over", 1, 9), incident("after", 4, 5)])
        .inventory([live(0, 1), live(1, 2), live(3, 4), live(4, 5)])
        .events([0, 2, 4].map(|second| Event { at: at(second), name: "e".to_owned(), labels: Labels::new() }))
        .signal("0123abcd", "app.x")
        .signal("0123abce", "other")
        .write(&a, Overwrite::Refuse)
        .unwrap();
    let part = Part { from: at(2), to: at(4), series: vec!["app.*".to_owned()] };
    let one = Recording::open(&a).unwrap();
    let part_of = slice(&one, &part, &b, Overwrite::Refuse).unwrap();
    assert_eq!(names(&part_of), ["app.x"]);
    assert_eq!(points(&part_of, 0), [(2, 2.0), (3, 3.0)]);
    assert_eq!(
        part_of.incidents,
        [Incident { start: at(2), end: Timestamp(3_999), ..incident("over", 0, 0) }]
    );
    assert_eq!(part_of.inventory, [live(2, 2), live(3, 4)]);
    assert_eq!(part_of.events.len(), 1);
    assert_eq!(part_of.manifest.signals.len(), 1);
    let before = snapshot(&b);
    let unknown = Part { series: vec!["nothing".to_owned()], ..part.clone() };
    assert!(slice(&one, &unknown, &b, Overwrite::Replace).is_err());
    let empty = Part { from: at(100), to: at(200), series: Vec::new() };
    let empty = slice(&one, &empty, &b, Overwrite::Replace);
    assert!(empty.is_ok_and(|part| part.series.is_empty() && part.inventory.len() == 1));
    assert_ne!(snapshot(&b), before);
}

#[cfg(unix)]
#[test]
fn what_a_killed_writer_left_is_removed_and_what_another_one_writes_is_not() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("r");
    merge_into(&folder, with("a", 1.0), false).unwrap();
    let left = root.path().join(".r.new-1-0");
    std::fs::create_dir(&left).unwrap();
    std::fs::write(left.join("samples.parquet"), "half of it").unwrap();
    // Killed after the exchange, it held a file of somebody else.
    std::fs::write(left.join("notes.txt"), "ours").unwrap();
    let other = crate::StagedFolder::create(&folder, Overwrite::Replace).unwrap();
    assert!(!left.exists());
    assert_eq!(std::fs::read_to_string(folder.join("notes.txt")).unwrap(), "ours");
    merge_into(&folder, with("b", 1.0), false).unwrap();
    other.write("samples.parquet", b"of the other").unwrap();
    drop(other);
    assert_eq!(names(&Recording::open(&folder).unwrap()), ["a", "b"]);
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 1);
}
