//! Recordings on disk are written whole or not at all, and merged without loss.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;

use heal_program::Timestamp;

use super::*;
use crate::{Incident, Labels, NewSeries, Quality, Sample};

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
        "this cannot be recorded: there are two different series `a`: replace the one with the other, or tell them \
         apart by a label"
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
    let error = merge_into(root.path(), with("a", 1.0), false).unwrap_err();
    assert!(matches!(error, RecordingError::Exists { .. }), "{error}");
    let recording = with("a", 1.0).merge(RecordingBuilder::new("r"), false).build().unwrap();
    let error = recording.write(root.path(), Overwrite::Replace).unwrap_err();
    assert!(matches!(error, RecordingError::NotARecording { .. }), "{error}");
    assert_eq!(snapshot(root.path()), before);
    let file = root.path().join("thesis.tex");
    let error = recording.write(&file, Overwrite::Replace).unwrap_err();
    assert!(matches!(error, RecordingError::Exists { .. }), "{error}");
}

#[test]
fn a_damaged_recording_is_not_added_to() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("r");
    merge_into(&folder, with("a", 1.0), false).unwrap();
    fs::write(folder.join("samples.parquet"), "").unwrap();
    let before = snapshot(root.path());
    let error = merge_into(&folder, with("b", 1.0), true).unwrap_err();
    assert_eq!(error.to_string(), "`samples.parquet` is empty");
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
        "`recording.toml` says of `a` another interval or other gaps than it has"
    );
}
