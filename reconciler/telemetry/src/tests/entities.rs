//! What entities were: how it is kept, put together, cut and refused.

use heal_program::Timestamp;

use super::{builder, labels, small};
use crate::*;

/// The recording of these tests begins here.
const START: i64 = 1_400_000_000_000;

fn at(second: i64) -> Timestamp {
    Timestamp(START + second * 1_000)
}

fn row(pod: &str, ready: &str, seconds: (i64, Option<i64>)) -> LivedEntity {
    LivedEntity {
        since: at(seconds.0),
        entity: "Pod".to_owned(),
        key: labels([("pod", pod)]),
        fields: labels([("ready", ready), ("role", "web")]),
        units: labels([("ready", "1")]),
        until: seconds.1.map(at),
    }
}

fn with(rows: impl IntoIterator<Item = LivedEntity>) -> Recording {
    builder().entities(rows).build().unwrap()
}

#[test]
fn what_they_were_comes_back_as_it_was() {
    let bare = LivedEntity { fields: Labels::new(), units: Labels::new(), ..row("b", "", (0, None)) };
    let recording = with([row("a", "2", (0, Some(5))), row("a", "1", (5, None)), bare]);
    let files = recording.to_files().unwrap();
    assert!(files.contains_key("entities.parquet") && !files.contains_key("outcomes.parquet"));
    let opened = Recording::open_from(&files).unwrap();
    assert_eq!(opened, recording);
    assert_eq!((opened.entities.len(), opened.manifest.format_version), (3, 3));
    assert_eq!(opened.to_files().unwrap(), files);
    // The order of collecting does not matter.
    let mut rows = recording.entities.clone();
    rows.reverse();
    assert_eq!(with(rows).to_files().unwrap(), files);
    assert_eq!((recording.manifest.entities_count(), recording.manifest.inventory_count()), (3, 2));
}

#[test]
fn a_recording_without_them_is_of_the_format_that_it_was() {
    assert_eq!(with([]).to_files().unwrap(), small().to_files().unwrap());
    assert_eq!(small().manifest.format_version, 1);
    let outcome = Outcome {
        start: at(0),
        item: "refill".to_owned(),
        labels: Labels::new(),
        end: None,
        verdict: Verdict::Passed,
        note: String::new(),
        source: String::new(),
        file: String::new(),
    };
    let both = builder().entities([row("a", "2", (0, None))]).outcomes([outcome.clone()]).build().unwrap();
    assert_eq!(both.digest_without_outcomes(), with([row("a", "2", (0, None))]).digest());
    assert_eq!(Recording::open_from(&both.to_files().unwrap()).unwrap(), both);
    assert_eq!(builder().outcomes([outcome]).build().unwrap().manifest.format_version, 2);
}

#[test]
fn what_breaks_a_rule_is_refused() {
    let check = |rows: &[LivedEntity], expected: &str| {
        let refused = builder().entities(rows.to_vec()).build().unwrap_err().to_string();
        assert_eq!(refused, format!("this cannot be recorded: `entities.parquet` {expected}"));
    };
    let one = row("a", "2", (0, None));
    check(&[one.clone(), row("a", "1", (5, None))], "has `Pod{pod=\"a\"}` twice at one time");
    check(&[row("a", "1", (0, Some(6))), row("a", "1", (5, None))], "has `Pod{pod=\"a\"}` twice at one time");
    check(&[row("a", "1", (3, Some(3)))], "has `Pod{pod=\"a\"}`, which ends before it begins");
    check(
        &[LivedEntity { entity: String::new(), ..one.clone() }],
        "names an entity \"\": a name has letters, and no line breaks",
    );
    let unit = LivedEntity { units: labels([("memory", "MB")]), ..one.clone() };
    check(&[unit], "has a unit of `memory` of `Pod{pod=\"a\"}` for nothing");
    check(
        &[LivedEntity { fields: labels([("pod", "b")]), units: Labels::new(), ..one }],
        "has the field `pod` of `Pod{pod=\"a\"}` twice",
    );
}

#[test]
fn what_is_cut_is_whole_again_when_it_is_put_together() {
    let folder = tempfile::tempdir().unwrap();
    let whole = with([
        row("a", "2", (0, Some(1))),
        row("a", "1", (1, Some(2))),
        row("b", "2", (0, None)),
        row("c", "2", (1, Some(2))),
    ]);
    let part = |from: i64, to: i64, name: &str| {
        let part = Part { from: at(from), to: at(to), series: Vec::new() };
        slice(&whole, &part, &folder.path().join(name), Overwrite::Refuse).unwrap()
    };
    let (early, late) = (part(-100, 1, "early"), part(1, 1_000_000_000, "late"));
    assert_eq!(early.entities, [row("a", "2", (0, Some(1))), row("b", "2", (0, None))]);
    assert_eq!(late.entities.iter().map(|row| row.since).collect::<Vec<_>>(), [at(1), at(1), at(1)]);
    for (place, parts) in [[&early, &late], [&late, &early]].into_iter().enumerate() {
        let parts: Vec<Recording> = parts.into_iter().cloned().collect();
        let both = merge(&parts, &folder.path().join(place.to_string()), Overwrite::Refuse).unwrap();
        assert_eq!(both.entities, whole.entities);
    }
    let other = with([row("b", "3", (0, None))]);
    let refused = merge(&[whole.clone(), other], &folder.path().join("no"), Overwrite::Refuse).unwrap_err();
    assert!(refused.to_string().contains("say otherwise what the entities `Pod` were"), "{refused}");
    let again = RecordingBuilder::new("").entities([row("b", "3", (0, None))]).inventory([Inventory {
        at: at(0),
        entity: "Pod".to_owned(),
        group: Labels::new(),
        live: 1,
    }]);
    let replaced = RecordingBuilder::from_recording(whole).merge(again, true).build().unwrap();
    assert_eq!(replaced.entities, [row("b", "3", (0, None))]);
}
