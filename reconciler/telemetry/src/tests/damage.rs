//! Damage is an error that names the file, and never a panic or another recording.

use std::collections::BTreeMap;

use super::{bits, small};
use crate::manifest::{MANIFEST_FILE, read_manifest, write_manifest};
use crate::*;

type Files = BTreeMap<String, Vec<u8>>;

/// The error of opening the small recording after `damage`.
#[track_caller]
fn check(damage: impl FnOnce(&mut Files), expected: &str) {
    let mut files = small().to_files().unwrap();
    damage(&mut files);
    assert_eq!(read(&files).unwrap_err().to_string(), expected);
}

/// Opens a recording and reads all of it.
fn read(files: &Files) -> Result<(Recording, Vec<Vec<Sample>>), RecordingError> {
    let recording = Recording::open_from(files)?;
    let samples = recording.series.iter().map(Series::samples).collect::<Result<_, _>>()?;
    Ok((recording, samples))
}

/// Makes the manifest agree with the files again, as if whoever damaged them had written it.
fn seal(files: &mut Files) {
    let mut read = read_manifest(&files[MANIFEST_FILE]).unwrap();
    for (name, entry) in &mut read.manifest.files {
        let bytes = &files[name];
        *entry = FileEntry { bytes: bytes.len() as u64, sha256: digest::sha256(bytes), rows: entry.rows };
    }
    let text = write_manifest(&read.manifest, &read.incidents).0;
    files.insert(MANIFEST_FILE.to_owned(), text.into_bytes());
}

fn edit_manifest(files: &mut Files, from: &str, to: &str) {
    let text = String::from_utf8(files[MANIFEST_FILE].clone()).unwrap();
    assert!(text.contains(from), "{text}");
    let unsealed: String = text.split_inclusive('\n').filter(|line| !line.starts_with("digest")).collect();
    files.insert(MANIFEST_FILE.to_owned(), unsealed.replacen(from, to, 1).into_bytes());
}

#[test]
fn a_missing_file_is_named() {
    for file in ["recording.toml", "samples.parquet", "series.parquet", "events.parquet", "inventory.parquet"]
    {
        let expected = format!(
            "`{file}` is missing: a recording is a folder with `recording.toml` and its Parquet files"
        );
        check(|files| drop(files.remove(file)), &expected);
    }
}

#[test]
fn an_empty_file_is_named() {
    for file in ["recording.toml", "samples.parquet", "series.parquet", "events.parquet", "inventory.parquet"]
    {
        check(|files| files.get_mut(file).unwrap().clear(), &format!("`{file}` is empty"));
    }
}

#[test]
fn a_truncated_table_is_named() {
    let size = small().to_files().unwrap()["samples.parquet"].len();
    check(
        |files| files.get_mut("samples.parquet").unwrap().truncate(100),
        &format!("`samples.parquet` has 100 bytes, and the manifest says {size}: it was cut off or replaced"),
    );
}

#[test]
fn a_table_of_another_recording_is_named() {
    check(
        |files| files.get_mut("samples.parquet").unwrap()[40] ^= 1,
        "`samples.parquet` does not have the SHA-256 of the manifest: it is damaged",
    );
}

#[test]
fn a_manifest_cut_off_anywhere_is_an_error() {
    let files = small().to_files().unwrap();
    for length in 0..files[MANIFEST_FILE].len() {
        let mut cut = files.clone();
        cut.get_mut(MANIFEST_FILE).unwrap().truncate(length);
        let error = Recording::open_from(&cut).expect_err(&format!("cut at {length}"));
        assert!(error.to_string().starts_with("`recording.toml` "), "{error}");
    }
}

#[test]
fn a_manifest_without_digest_cut_off_anywhere_is_an_error() {
    let mut files = small().to_files().unwrap();
    edit_manifest(&mut files, "", "");
    assert!(Recording::open_from(&files).is_ok());
    let length = files[MANIFEST_FILE].len();
    // The last byte is a line end, which TOML does not need.
    for length in 0..length - 1 {
        let mut cut = files.clone();
        cut.get_mut(MANIFEST_FILE).unwrap().truncate(length);
        assert!(Recording::open_from(&cut).is_err(), "cut at {length}");
    }
}

#[test]
fn a_changed_byte_anywhere_is_an_error_or_changes_nothing() {
    let recording = small();
    let files = recording.to_files().unwrap();
    for (name, bytes) in &files {
        for place in 0..bytes.len() {
            let mut damaged = files.clone();
            damaged.get_mut(name).unwrap()[place] ^= [0x01, 0x20, 0x02, 0x80][place % 4];
            if let Ok((opened, _)) = read(&damaged) {
                assert_eq!(opened, recording, "byte {place} of {name}");
                assert_eq!(bits(&opened), bits(&recording), "byte {place} of {name}");
            }
        }
    }
}

#[test]
fn a_changed_byte_under_a_fitting_manifest_never_panics() {
    let files = small().to_files().unwrap();
    for (name, bytes) in files.iter().filter(|(name, _)| *name != MANIFEST_FILE) {
        let hash = digest::sha256(bytes);
        for place in 0..bytes.len() {
            let mut damaged = files.clone();
            damaged.get_mut(name).unwrap()[place] ^= [0x01, 0x40, 0x7f, 0xff][place % 4];
            let fitting = digest::sha256(&damaged[name]);
            edit_manifest(&mut damaged, &hash, &fitting);
            if let Ok((_, samples)) = read(&damaged) {
                assert_eq!(samples.len(), 2);
            }
        }
    }
}

#[test]
fn a_table_of_something_else_is_named() {
    let mut files = small().to_files().unwrap();
    files.insert("events.parquet".to_owned(), b"time,name,labels\n".to_vec());
    seal(&mut files);
    let error = Recording::open_from(&files).unwrap_err().to_string();
    assert!(error.starts_with("`events.parquet` is not a Parquet file that can be read: "), "{error}");
}

#[test]
fn a_manifest_edited_under_its_digest_is_refused() {
    check(
        |files| {
            let text = String::from_utf8(files[MANIFEST_FILE].clone()).unwrap();
            files.insert(MANIFEST_FILE.to_owned(), text.replace("outage", "outrage").into_bytes());
        },
        "`recording.toml` does not match its digest: it is damaged, or was edited by hand (then remove the line with \
         `digest`)",
    );
}

#[test]
fn a_manifest_edited_without_its_digest_is_read_and_has_another_digest() {
    let mut files = small().to_files().unwrap();
    edit_manifest(&mut files, "outage", "outrage");
    let opened = Recording::open_from(&files).unwrap();
    assert_eq!(opened.incidents[0].name, "outrage");
    assert_ne!(opened.digest(), small().digest());
    edit_manifest(&mut files, "outrage", "outage");
    assert_eq!(Recording::open_from(&files).unwrap(), small());
}

#[test]
fn line_ends_of_a_checkout_change_nothing() {
    let mut files = small().to_files().unwrap();
    let text = String::from_utf8(files[MANIFEST_FILE].clone()).unwrap();
    files.insert(MANIFEST_FILE.to_owned(), text.replace('\n', "\r\n").into_bytes());
    assert_eq!(Recording::open_from(&files).unwrap(), small());
}

#[test]
fn a_manifest_that_says_something_else_than_its_tables_is_refused() {
    let cases = [
        ("samples = 3", "samples = 4", "says that `app.latency` has 4 samples, and it has 3"),
        ("unit = \"ms\"", "unit = \"s\"", "and `series.parquet` do not have the same series"),
        (
            "start = 2014-05-13T16:53:20Z",
            "start = 2014-05-13T16:53:21Z",
            "must say that the recording goes from \
          2014-05-13T16:53:20Z to 2014-05-13T16:55:20Z",
        ),
        (
            "series = \"app.latency\"",
            "series = \"gone\"",
            "maps the signal 0123abcd to `gone`, and has no such series",
        ),
        (
            "name = \"events.parquet\"",
            "name = \"event.parquet\"",
            "must list the files `events.parquet`, \
          `inventory.parquet`, `samples.parquet`, `series.parquet`",
        ),
        (
            "[[incident]]\nname = \"outage\"\nstart = 2014",
            "[[incident]]\nname = \"outage\"\nstart = 2015",
            "has the incident `outage`, which ends before it starts",
        ),
        (
            "start = 2014-05-13T16:53:20Z",
            "start = 2014-05-13T16:53:20",
            "has `2014-05-13T16:53:20` for a time: write \
          one with its zone, as 2024-01-31T08:15:00Z",
        ),
        (
            "missing = 0",
            "mising = 0",
            "is not a manifest: line 19: unknown field `mising`, expected one of `missing`, \
          `non_finite`, `repeated_dropped`, `backward_sorted`, `shifted`, `part_of`, `gaps`, `longest_gap_ms`",
        ),
    ];
    for (from, to, expected) in cases {
        check(|files| edit_manifest(files, from, to), &format!("`recording.toml` {expected}"));
    }
}
