//! What is written is what is read, and equal recordings are equal bytes.

use std::collections::BTreeMap;

use heal_program::{Millis, Timestamp};
use proptest::prelude::*;

use super::{bits, builder, labels, series, small};
use crate::*;

#[test]
fn a_recording_comes_back_as_it_was() {
    let recording = small();
    let opened = Recording::open_from(&recording.to_files().unwrap()).unwrap();
    assert_eq!(opened, recording);
    assert_eq!(opened.start(), Timestamp(1_400_000_000_000));
    assert_eq!(opened.end(), Timestamp(1_400_000_120_000));
    assert_eq!(opened.manifest.entry(SeriesId(1)).unwrap().interval, Some(Millis(60_000)));
    assert_eq!(opened.to_files().unwrap(), recording.to_files().unwrap());
}

#[test]
fn the_digest_is_the_hash_of_what_follows_it() {
    let recording = small();
    let manifest =
        String::from_utf8(recording.to_files().unwrap().remove("recording.toml").unwrap()).unwrap();
    let (head, body) = manifest.split_once("tool_version").unwrap();
    assert!(head.ends_with(&format!("digest = \"{}\"\n", recording.digest())));
    assert_eq!(digest::sha256(format!("tool_version{body}").as_bytes()), recording.digest());
}

#[test]
fn the_order_of_collecting_does_not_matter() {
    let one = series("a", [], &[1.0]);
    let two = series("b", [], &[2.0]);
    let build = |first: &NewSeries, second: &NewSeries| {
        RecordingBuilder::new("r").series(first.clone()).series(second.clone()).build().unwrap()
    };
    assert_eq!(build(&one, &two).to_files().unwrap(), build(&two, &one).to_files().unwrap());
}

#[track_caller]
fn check_refused(builder: RecordingBuilder, expected: &str) {
    assert_eq!(builder.build().unwrap_err().to_string(), format!("this cannot be recorded: {expected}"));
}

#[test]
fn what_breaks_a_rule_is_refused() {
    let add = |series| RecordingBuilder::new("r").series(series);
    check_refused(RecordingBuilder::new("r"), "there is no sample and no event");
    check_refused(add(series("a", [], &[f64::NAN])), "`a` has the value NaN at 2014-05-13T16:53:20Z");
    check_refused(add(series("a", [], &[f64::INFINITY])), "`a` has the value inf at 2014-05-13T16:53:20Z");
    let mut unsorted = series("a", [("x", "1")], &[1.0, 2.0]);
    unsorted.samples.reverse();
    check_refused(
        add(unsorted),
        "the samples of `a{x=\"1\"}` are not in the order of time, or have a time twice",
    );
    let mut ancient = series("a", [], &[1.0]);
    ancient.samples[0].at = Timestamp(i64::MIN);
    check_refused(add(ancient), "`a` has a time outside the years 1 to 9999");
    let unitless = NewSeries { unit: String::new(), ..series("a", [], &[1.0]) };
    check_refused(add(unitless), "`series.parquet` has no unit for `a`: write `1` for a plain number");
    check_refused(
        add(series("a", [], &[1.0])).series(series("a", [], &[2.0])),
        "there are two different series `a`: replace the one with the other, tell them apart by a label, or where they lie \
         apart in time, put both recordings together with `heal record merge`",
    );
    check_refused(
        add(series("a", [], &[1.0])).signal("ab", "b"),
        "`recording.toml` maps the signal ab to `b`, and has no such series",
    );
    check_refused(
        add(series(" ", [], &[1.0])),
        "`series.parquet` names a series \" \": a name has letters, and no line breaks",
    );
    let backward =
        Incident { name: "x".to_owned(), start: Timestamp(2), end: Timestamp(1), labels: Labels::new() };
    check_refused(
        builder().incidents([backward]),
        "`recording.toml` has the incident `x`, which ends before it starts",
    );
    let again = Inventory {
        at: Timestamp(1_400_000_000_000),
        entity: "Pod".to_owned(),
        group: Labels::new(),
        live: 13,
    };
    check_refused(
        builder().inventory([again]),
        "`inventory.parquet` has an entity and group twice at one time, or is not sorted by time, entity and group",
    );
}

#[test]
fn the_same_twice_is_once() {
    let twice = builder().merge(builder(), false).build().unwrap();
    assert_eq!(twice, small());
    assert_eq!(RecordingBuilder::from_recording(small()).build().unwrap(), small());
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-z\"\\\\#=\\[\\]\n\t\u{7f}\u{0}é☃']{0,12}"]
}

fn any_name() -> impl Strategy<Value = String> {
    any_text().prop_map(|text| text.chars().filter(|c| !c.is_control()).chain(['x']).collect())
}

fn any_labels() -> impl Strategy<Value = Labels> {
    prop::collection::btree_map(any_name(), any_text(), 0..3)
}

fn any_time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        (EARLIEST.0..=LATEST.0).prop_map(Timestamp),
        Just(EARLIEST),
        Just(LATEST),
        (1_400_000_000_000..1_400_000_100_000_i64).prop_map(Timestamp)
    ]
}

fn any_series() -> impl Strategy<Value = NewSeries> {
    let value = prop_oneof![
        (-100_000_i32..100_000).prop_map(|n| f64::from(n) / 100.0),
        any::<f64>().prop_filter("finite", |value| value.is_finite()),
        Just(-0.0),
    ];
    let samples = prop::collection::btree_map(any_time(), value, 0..20);
    let quality = (any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>());
    (any_name(), any_labels(), any_name(), any::<bool>(), any_text(), samples, quality).prop_map(
        |(
            name,
            labels,
            unit,
            unit_declared,
            time_rule,
            samples,
            (missing, non_finite, repeated, backward),
        )| NewSeries {
            name,
            labels,
            unit,
            unit_declared,
            time_rule,
            samples: samples.into_iter().map(|(at, value)| Sample { at, value }).collect(),
            quality: Quality {
                missing: missing.into(),
                non_finite: non_finite.into(),
                repeated_dropped: repeated.into(),
                backward_sorted: backward.into(),
                ..Quality::default()
            },
        },
    )
}

/// A recording and its series.
fn any_recording() -> impl Strategy<Value = (RecordingBuilder, Vec<NewSeries>)> {
    let incident =
        (any_name(), any_time(), any_time(), any_labels()).prop_map(|(name, one, other, labels)| Incident {
            name,
            start: one.min(other),
            end: one.max(other),
            labels,
        });
    let event =
        (any_time(), any_name(), any_labels()).prop_map(|(at, name, labels)| Event { at, name, labels });
    let live = prop_oneof![0..10_u64, Just(i64::MAX as u64)];
    let inventory = (any_time(), any_name(), any_labels(), live)
        .prop_map(|(at, entity, group, live)| Inventory { at, entity, group, live });
    let texts = (any_name(), any_text(), any_text(), any_text());
    let many = (
        prop::collection::vec(any_series(), 1..4),
        prop::collection::vec(incident, 0..4),
        prop::collection::vec(event, 1..4),
        prop::collection::vec(inventory, 0..4),
    );
    (texts, many).prop_map(|((name, description, origin, hash), (series, incidents, events, inventory))| {
        let signal = series[0].name.clone();
        let builder =
            RecordingBuilder::new(name).description(description).origin(origin).signal(hash, signal);
        let builder = series.iter().cloned().fold(builder, RecordingBuilder::series);
        (builder.incidents(incidents).events(events).inventory(inventory), series)
    })
}

/// The samples that a builder was given, by series: times and bits of values.
fn samples_given(series: &[NewSeries]) -> BTreeMap<(String, Labels), Vec<(i64, u64)>> {
    let bits = |series: &NewSeries| {
        series.samples.iter().map(|sample| (sample.at.0, sample.value.to_bits())).collect()
    };
    series.iter().map(|series| ((series.name.clone(), series.labels.clone()), bits(series))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_recording_comes_back_as_it_was((builder, series) in any_recording()) {
        // Two things of one name are refused, which is tested above.
        if let Ok(recording) = builder.build() {
            let files = recording.to_files().unwrap();
            let opened = Recording::open_from(&files).unwrap();
            prop_assert_eq!(&opened, &recording);
            prop_assert_eq!(bits(&opened), bits(&recording));
            prop_assert_eq!(bits(&recording), samples_given(&series));
            prop_assert_eq!(opened.to_files().unwrap(), files);
        }
    }
}

#[test]
fn labels_are_compared_as_they_are() {
    let one = series("a", [("x", "1")], &[1.0]);
    let two = series("a", [("x", "2")], &[1.0]);
    let recording = RecordingBuilder::new("r").series(two).series(one).build().unwrap();
    assert_eq!(recording.series[0].labels, labels([("x", "1")]));
}
