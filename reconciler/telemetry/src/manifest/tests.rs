//! A manifest is TOML, and text in it cannot break out of its string.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use super::*;

#[test]
fn odd_text_stays_in_its_string() {
    let manifest = Manifest {
        format_version: 1,
        tool_version: "0".to_owned(),
        name: "a\"\ndigest = \"x\"\n\u{7f}\\ \u{0}\t".to_owned(),
        description: "digest".to_owned(),
        origin: String::new(),
        start: Timestamp(0),
        end: Timestamp(1),
        series: vec![SeriesEntry {
            name: "\"".to_owned(),
            labels: Labels::new(),
            unit: "1".to_owned(),
            unit_declared: true,
            time_rule: "\n".to_owned(),
            interval: None,
            samples: 1,
            quality: Quality {
                gaps: 1,
                longest_gap: Some(Millis(7)),
                shifted: 3,
                part_of: Some(0xabc),
                ..Quality::default()
            },
            flaws: Flaws {
                is_constant: true,
                flat: 2,
                longest_flat: Some(Millis(9)),
                unit_jumps: [1.0 / 1_024.0, 1_000.0]
                    .map(|factor| crate::UnitJump { at: Timestamp(1_400_000_000_250), factor })
                    .into(),
            },
        }],
        signals: BTreeMap::from([("[[file]]".to_owned(), "x".to_owned())]),
        logs: BTreeSet::from([LogSummary {
            name: "[[file]]".to_owned(),
            lines: 3,
            repeated: 2,
            shifted: 1,
            time_rule: "\"".to_owned(),
            ..LogSummary::default()
        }]),
        files: BTreeMap::from([("f".to_owned(), FileEntry { bytes: 1, rows: 2, sha256: "3".to_owned() })]),
    };
    let (text, digest) = write_manifest(&manifest, &[]);
    let read = read_manifest(text.as_bytes()).unwrap();
    assert_eq!((read.manifest, read.digest), (manifest, Some(digest)));
}

#[test]
fn what_is_no_manifest_is_refused_with_its_line() {
    let check = |text: &[u8], expected: &str| {
        let Err(error) = read_manifest(text) else { panic!("read") };
        assert_eq!(error.to_string(), format!("`recording.toml` {expected}"));
    };
    check(b"", "is empty");
    check(b"name = 1", "is not a manifest: line 1: missing field `format_version`");
    check(b"format_version = 0", "has format version 0, and the first is 1");
    check(
        b"format_version = 1\nnew = 1\n",
        "is not a manifest: line 2: unknown field `new`, expected one of \
      `format_version`, `digest`, `tool_version`, `name`, `description`, `origin`, `start`, `end`, `series`, `incident`, \
      `signal`, `log`, `file`",
    );
    check(b"\xff", "is not UTF-8: invalid utf-8 sequence of 1 bytes from index 0");
}
