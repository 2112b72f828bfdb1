//! Which firings belong to which incidents, and what is said of incidents that nobody can have caught.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use heal_program::{Dimension, Entity, EntityIndex, Field, FieldKind, Head, Risk};

use crate::{
    DifferenceKind as Kind, ImpactDiff, Report, Side, SignalSamples, Telemetry,
    testing::{Source, Story, at, incident, labels, quiet},
};

const HOST: [(&str, &str); 1] = [("host", "h")];
const TOPIC: [(&str, &str); 1] = [("topic", "orders")];

/// `certificates` acts on `expiring` by host, `kafka` on `behind` by topic.
fn two_policies() -> Source {
    Source::default()
        .signal("days", Dimension::DURATION, &["host"])
        .signal("lag", Dimension::COUNT, &["topic"])
        .detector("behind", 1, 500.0, 1)
        .detector("expiring", 0, 20.0, 0)
        .plan("recycle", Risk::Low)
        .policy("certificates", 1, 0, (6, 60))
        .policy("kafka", 0, 0, (6, 60))
}

fn series(signal: &str, key: &[(&str, &str)]) -> SignalSamples {
    SignalSamples { signal: signal.to_owned(), labels: labels(key), ..SignalSamples::default() }
}

fn recorded(incident_labels: &[(&str, &str)]) -> Telemetry {
    let mut telemetry = quiet(vec![incident("outage", at(900), at(960), incident_labels)]);
    telemetry.signals = vec![series("days", &HOST), series("lag", &TOPIC)];
    telemetry
}

fn report(source: &Source, story: Story, telemetry: &Telemetry) -> Report {
    let trace = story.trace();
    let side = Side { revision: "x", program: &source.0, trace: &trace, failing: None, sources: &[] };
    Report::of(&side, telemetry).unwrap()
}

fn diff(source: &Source, before: Story, after: Story, telemetry: &Telemetry) -> ImpactDiff {
    let (before, after) = (before.trace(), after.trace());
    let side = |trace| Side { revision: "x", program: &source.0, trace, failing: None, sources: &[] };
    ImpactDiff::between(&side(&before), &side(&after), telemetry).unwrap()
}

/// `expiring` fires for a host all day long.
fn expiring() -> Story {
    Story::default().fires("expiring", &HOST, (at(10), at(1400)), &[])
}

/// Of how many incidents the detector of hosts is told, and how many of them it caught.
#[track_caller]
fn check_expiring(source: &Source, incident_labels: &[(&str, &str)], expected: (u64, usize)) {
    let report = report(source, expiring(), &recorded(incident_labels));
    let score = &report.detector("expiring").unwrap().score;
    assert_eq!((score.incidents, score.caught.len()), expected, "{incident_labels:?}");
}

#[test]
fn a_firing_belongs_to_an_incident_only_where_it_can_be_told_to_be_its_own() {
    let source = two_policies();
    check_expiring(&source, &[], (1, 1));
    check_expiring(&source, &[("host", "h")], (1, 1));
    check_expiring(&source, &[("host", "other")], (0, 0));
    // A label that something recorded has, and the firing has not.
    check_expiring(&source, &[("topic", "orders")], (0, 0));
    check_expiring(&source, &[("topic", "orders"), ("host", "h")], (1, 1));
    // Nothing recorded has it, so that nothing can be told by it.
    check_expiring(&source, &[("team", "edge")], (1, 1));
    check_expiring(&source, &[("team", "edge"), ("topic", "orders")], (0, 0));
}

#[test]
fn what_the_inventory_leads_to_is_shared() {
    let head = |path: &str| Head { path: path.to_owned(), ..Head::default() };
    let field =
        |name: &str, kind| Field { name: name.to_owned(), kind, source: None, scale: 1.0, offset: 0.0 };
    let mut source = two_policies();
    source.0.entities = vec![
        Entity {
            head: head("Host"),
            keys: vec!["host".to_owned()],
            fields: vec![field("runs", FieldKind::Entity(EntityIndex(1)))],
            feed: None,
        },
        Entity { head: head("Topic"), keys: vec!["topic".to_owned()], fields: Vec::new(), feed: None },
    ]
    .into();
    check_expiring(&source, &[("topic", "orders")], (1, 1));
}

#[test]
fn an_unrelated_firing_at_the_same_time_hides_no_regression() {
    let behind = || expiring().fires("behind", &TOPIC, (at(907), at(961)), &[]);
    let diff = diff(&two_policies(), behind(), expiring(), &recorded(&TOPIC));
    let kinds: Vec<Kind> = diff.differences.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [Kind::IncidentMissed, Kind::FiringRemoved]);
    assert_eq!(diff.headline, "misses 1 incident that base catches in 30 days of production");
}

#[test]
fn what_an_unknown_policy_may_have_caught_is_not_missed() {
    let lacks = || Story::default().lacks("lag", "not recorded", &["behind", "kafka"]);
    let mut telemetry = recorded(&[]);
    let report = report(&two_policies(), lacks(), &telemetry);
    assert_eq!((report.totals.incidents, report.totals.caught), (0, 0));
    let text = report.to_text();
    assert!(text.starts_with(
        "Heal: sees 0 firings, with 0 false alarms and 0 runs of plans in 30 days of production; cannot know\n\
         whether 1 incident is caught; cannot know what 1 policy would start\n"
    ), "{text}");
    assert!(text.contains("16:00 UTC  unknown"), "{text}");
    // Caught by one that is known it is caught.
    let caught =
        self::report(&two_policies(), lacks().fires("expiring", &HOST, (at(910), at(920)), &[]), &telemetry);
    assert_eq!((caught.totals.incidents, caught.totals.caught), (1, 1));

    // The same of a difference: nobody can say that it was missed before.
    let diff = diff(&two_policies(), lacks(), lacks(), &telemetry);
    assert!(diff.incidents.iter().all(|incident| incident.perhaps));
    assert!(diff.to_text().contains("16:00 UTC  unknown"), "{}", diff.to_text());
    let gained = self::diff(
        &two_policies(),
        lacks(),
        lacks().fires("expiring", &HOST, (at(910), at(920)), &[]),
        &telemetry,
    );
    assert!(gained.differences.iter().all(|it| it.kind != Kind::IncidentCaught));
    assert!(gained.to_text().contains("unknown → caught after 10m"), "{}", gained.to_text());

    // An incident of another key is none of the unknown policy's.
    telemetry.incidents = vec![incident("outage", at(900), at(960), &HOST)];
    let report = self::report(&two_policies(), lacks(), &telemetry);
    assert_eq!((report.totals.incidents, report.totals.caught), (1, 0));
}

#[test]
fn what_lies_outside_the_recording_was_neither_caught_nor_missed() {
    let year = 365 * 1440;
    let mut telemetry = recorded(&[]);
    telemetry.incidents.push(incident("last year", at(900 - year), at(960 - year), &[]));
    let report = report(&two_policies(), expiring(), &telemetry);
    assert_eq!((report.totals.incidents, report.totals.caught), (1, 1));
    let text = report.to_text();
    assert!(text.contains(
        "! Outside the recording: 1 incident lies before or after all that was recorded, the nearest by 364\n  \
         days 8 h, and it counts nowhere: is it the year, or the time zone?\n"
    ), "{text}");
    assert!(text.contains("16:00 UTC  outside the recording"), "{text}");
    // With none inside, no firing can be called false.
    telemetry.incidents.remove(0);
    let report = self::report(&two_policies(), expiring(), &telemetry);
    assert!(
        report
            .to_text()
            .starts_with("Heal: sees 1 firing (no incident in the recording), with 0 runs of plans")
    );
}

#[test]
fn incidents_that_only_have_labels_of_nothing_recorded_are_named() {
    let notes = |incident_labels: &[(&str, &str)]| {
        report(&two_policies(), expiring(), &recorded(incident_labels)).recording.notes
    };
    let note = "1 incident has only labels that nothing recorded has, `hots`, so that any firing may be theirs; recorded are \
                `host`, `topic`";
    assert!(notes(&[("hots", "h")]).iter().any(|it| it == note), "{:?}", notes(&[("hots", "h")]));
    for fine in [&[("host", "h")][..], &[("hots", "h"), ("topic", "orders")], &[("metric", "days")], &[]] {
        assert!(!notes(fine).iter().any(|it| it.contains("nothing recorded has")), "{fine:?}");
    }
}
