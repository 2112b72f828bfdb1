//! Strips show what happened where it happened, and stay small.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use heal_program::{Millis, Timestamp};
use heal_telemetry::Sample;
use proptest::prelude::*;

use super::{
    axis, downsample::POINTS_MAX, downsample::downsample, select::strips_of_diff, select::strips_of_report,
};
use crate::{
    ImpactDiff, Report, Side, SignalSamples, Telemetry,
    testing::{Story, at, incident, labels, one_policy, quiet, sample},
};

fn samples(values: impl Iterator<Item = f64>) -> Vec<Sample> {
    values.enumerate().map(|(step, value)| Sample { at: at(step as i64), value }).collect()
}

#[test]
fn a_single_spike_in_a_month_survives() {
    let month = samples((0..43_200).map(|step| if step == 31_337 { 99.0 } else { 1.0 }));
    let line = downsample(&month, (at(0), at(43_200)), &[]);
    let points: Vec<(Timestamp, f64)> = line.into_iter().flatten().collect();
    assert!(points.len() <= POINTS_MAX);
    assert!(points.contains(&(at(31_337), 99.0)));
}

#[test]
fn a_gap_breaks_the_line() {
    let mut all = samples((0..100).map(|_| 1.0));
    all.retain(|sample| sample.at < at(40) || sample.at > at(60));
    let line = downsample(&all, (at(0), at(100)), &[]);
    assert_eq!(line.len(), 2);
    assert_eq!(line[0].last().unwrap().0, at(39));
}

#[test]
fn what_matters_gets_more_points_than_the_rest() {
    let month = samples((0..43_200).map(|step| f64::from(step % 7)));
    let focus = (at(20_000), at(20_200));
    let inside = |line: Vec<Vec<(Timestamp, f64)>>| {
        line.into_iter().flatten().filter(|(at, _)| *at >= focus.0 && *at <= focus.1).count()
    };
    assert!(inside(downsample(&month, (at(0), at(43_200)), &[focus])) > 150);
    assert!(inside(downsample(&month, (at(0), at(43_200)), &[])) < 10);
}

#[test]
fn what_went_furthest_and_what_was_missed_is_drawn_first() {
    let mut source = one_policy(0.9);
    source.0.detectors[0].keys = Vec::new();
    let mut telemetry = quiet(vec![incident("outage", at(50), at(60), &[("host", "h07")])]);
    telemetry.signals = (0..20)
        .map(|host| SignalSamples {
            signal: "load".to_owned(),
            labels: labels(&[("host", &format!("h{host:02}"))]),
            unit: String::new(),
            samples: samples((0..100).map(|_| f64::from(u8::from(host == 15)))).into_iter().collect(),
        })
        .collect();
    let drawn = |story: Story| {
        let trace = story.trace();
        let side = Side { revision: "x", program: &source.0, trace: &trace, failing: None, sources: &[] };
        let report = Report::of(&side, &telemetry).unwrap();
        let strips = strips_of_report(&report, &telemetry).unwrap().strips;
        strips.into_iter().map(|strip| strip.name).collect::<Vec<_>>()
    };
    let names = drawn(Story::default().fires("hot", &[], (at(10), at(20)), &[]));
    assert_eq!(names[..3], ["load h15", "load h07", "load h00"]);
    assert_eq!(drawn(Story::default()), ["load h07"]);
}

#[test]
fn axes_have_round_numbers() {
    assert_eq!(axis::value_ticks(0.13, 0.46).0, (0.0, 0.6000000000000001));
    let again = axis::value_ticks(0.0, 0.6000000000000001);
    assert_eq!(again.1.len(), 4);
    let words: Vec<String> =
        axis::time_ticks((at(0), at(300)), 1_000.0).into_iter().map(|(_, word)| word).collect();
    assert_eq!(
        words,
        ["1 Oct", "00:30", "01:00", "01:30", "02:00", "02:30", "03:00", "03:30", "04:00", "04:30", "05:00"]
    );
}

#[test]
fn series_of_other_times_have_axes_of_their_own() {
    let source = one_policy(0.9);
    let story = |end: i64| {
        let one = Story::default().fires("hot", &[("host", "a")], (at(5), at(end)), &[]);
        one.fires("hot", &[("host", "b")], (at(20_005), at(20_000 + end)), &[]).trace()
    };
    let series = |host: &str, offset: i64| SignalSamples {
        signal: "load".to_owned(),
        labels: labels(&[("host", host)]),
        unit: "ratio".to_owned(),
        samples: (0..60).map(|step| Sample { at: at(offset + step), value: 0.5 }).collect(),
    };
    let telemetry = Telemetry { signals: vec![series("a", 0), series("b", 20_000)], ..quiet(Vec::new()) };
    let (before, after) = (story(10), story(12));
    let side = |trace| crate::Side { revision: "x", program: &source.0, trace, failing: None, sources: &[] };
    let diff = ImpactDiff::between(&side(&before), &side(&after), &telemetry).unwrap();
    let strips = strips_of_diff(&diff, &telemetry).unwrap().strips;
    assert_eq!(strips.len(), 2);
    assert_ne!(strips[0].group, strips[1].group);
    assert!(strips.iter().all(|strip| strip.domain.1.since(strip.domain.0) < Millis::from_minutes(62)));
    assert_eq!(strips[0].thresholds[0].text, "90%");
    assert_eq!(strips[0].thresholds[0].side, None);
}

#[test]
fn a_strip_holds_both_sides_and_what_differs_from_near() {
    let sample = sample();
    let diff = ImpactDiff::between(&sample.base(), &sample.head(), &sample.telemetry).unwrap();
    let strips = strips_of_diff(&diff, &sample.telemetry).unwrap();
    let names: Vec<String> = strips.strips.iter().map(|strip| strip.name.clone()).collect();
    assert_eq!(names, ["rss cart/c, in MiB", "rss cart/b, in GiB", "rss cart/a, in GiB"]);
    let cart_a = &strips.strips[2];
    assert_eq!(cart_a.close_ups.len(), 2);
    assert_eq!(cart_a.incidents[0].fate, "caught after 12m → 4m");
    assert_eq!(cart_a.incidents[1].fate, "missed → caught after 14m");
    let signs: Vec<&str> = cart_a.badges.iter().map(|badge| badge.sign).collect();
    assert_eq!(signs, ["↔", "+", "✓"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_samples_make_a_line_of_bounded_length(
        values in prop::collection::vec((0_i64..10_000, prop::num::f64::ANY), 0..4_000),
        focus in prop::collection::vec((0_i64..10_000, 0_i64..10_000), 0..30),
    ) {
        let mut values: Vec<Sample> = values.into_iter().map(|(time, value)| Sample { at: at(time), value }).collect();
        values.sort_by_key(|sample| sample.at);
        values.dedup_by_key(|sample| sample.at);
        let focus: Vec<_> = focus.into_iter().map(|(from, to)| (at(from), at(to))).collect();
        let line = downsample(&values, (at(0), at(10_000)), &focus);
        let points: Vec<f64> = line.iter().flatten().map(|(_, value)| *value).collect();
        prop_assert!(points.len() <= POINTS_MAX + 800);
        let finite = |value: &f64| value.is_finite();
        let highest = values.iter().map(|sample| sample.value).filter(finite).fold(f64::NEG_INFINITY, f64::max);
        prop_assert_eq!(points.into_iter().fold(f64::NEG_INFINITY, f64::max), highest);
    }

    #[test]
    fn any_range_has_few_ticks(low in prop::num::f64::ANY, high in prop::num::f64::ANY) {
        let (_, ticks) = axis::value_ticks(low, high);
        prop_assert!(ticks.len() <= 12);
    }
}

/// Samples of a service that go up and down at every step between 0 and 60, and a bound.
fn noisy(bound: f64) -> (Telemetry, crate::testing::Source) {
    let mut telemetry = quiet(Vec::new());
    telemetry.signals = vec![SignalSamples {
        signal: "load".to_owned(),
        labels: labels(&[("host", "h1")]),
        unit: String::new(),
        samples: samples((0..400).map(|step| f64::from(step * 37 % 60))).into_iter().collect(),
    }];
    (telemetry, one_policy(bound))
}

fn page(source: &crate::testing::Source, telemetry: &Telemetry, story: Story) -> super::strip::Strips {
    let trace = story.trace();
    let side = Side { revision: "x", program: &source.0, trace: &trace, failing: None, sources: &[] };
    strips_of_report(&Report::of(&side, telemetry).unwrap(), telemetry).unwrap()
}

#[test]
fn the_name_of_a_bound_stands_where_nothing_is_drawn_or_the_least() {
    // Above the line of a bound that few samples reach there is room, and not below it.
    let (telemetry, source) = noisy(70.0);
    let story = Story::default().fires("hot", &[("host", "h1")], (at(10), at(20)), &[]);
    let strips = page(&source, &telemetry, story);
    let strip = &strips.strips[0];
    let canvas = super::canvas::Canvas::whole(strip);
    let line = strip.thresholds.first().unwrap();
    let svg = super::svg::draw(strip).into_string();
    let name = format!(">{}</text>", line.text);
    let tag = svg.split("<text class=\"bound").find(|tag| tag.contains(&name)).unwrap();
    let number = |what: &str| -> f64 {
        tag.split(&format!(" {what}=\"")).nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
    };
    let (x, y) = (number("x"), number("y"));
    let behind = canvas.drawn_behind((x - 7.0 * line.text.len() as f64, x), (y - 10.0, y));
    assert_eq!(behind, 0, "{tag}");
}

#[test]
fn events_that_a_policy_is_on_have_marks_beside_what_was_recorded_of_the_same() {
    use heal_program::{Event, EventIndex, EventSource, Head, SemanticHash, Trigger};
    let (telemetry, mut source) = noisy(70.0);
    let head = Head { path: "oom".to_owned(), hash: SemanticHash::of(["oom".as_bytes()]), ..Head::default() };
    let named = EventSource::Named { name: "oom".to_owned(), matching: Vec::new() };
    source.0.events.push(Event { head, keys: vec!["host".to_owned()], source: named, keys_max: 10 });
    source.0.policies[0].on = Trigger::Event(EventIndex(0));
    let mut story = Story::default();
    for (minute, host) in [(30, "h1"), (90, "h2")] {
        story.push(
            at(minute),
            heal_engine::TraceKind::Happened {
                episode: SemanticHash::of([host.as_bytes()]),
                item: "oom".to_owned(),
                labels: labels(&[("host", host)]),
                happened: at(minute),
            },
        );
    }
    let strips = page(&source, &telemetry, story);
    assert_eq!(strips.strips.len(), 1);
    let strip = &strips.strips[0];
    let marks: Vec<_> = strip.lanes.iter().flat_map(|lane| &lane.marks).collect();
    assert_eq!(marks.len(), 1, "the other one is of another host: {marks:?}");
    assert_eq!((marks[0].at, marks[0].shape), (at(30), super::strip::MarkShape::Event));
    assert!(marks[0].words.contains("oom h1 happened"), "{}", marks[0].words);
    assert!(super::svg::draw(strip).into_string().contains("M-5,-4.5H5L0,5Z"));
}
