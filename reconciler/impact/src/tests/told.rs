//! What reports and diffs say is so: events are detections, and what the recording lacks is unknown.

use heal_driver::SourceSet;
use heal_program::Timestamp;
use heal_report::{ImpactDiff, Report};
use heal_simulator::Options;
use heal_telemetry::{Event, Incident, Labels, NewSeries, Quality, Recording, RecordingBuilder, Sample};

use crate::{Revision, compare, report_revision};

const ON_AN_EVENT: &str = "
use std.notify
event left by (host) { from event \"left\" }
policy tell { on left try escalate notify.page(\"team\") }
";

fn minute(minute: i64) -> Timestamp {
    Timestamp(minute * 60_000)
}

fn host(name: &str) -> Labels {
    [("host".to_owned(), name.to_owned())].into()
}

fn incident(name: &str, host_name: &str, from: i64, to: i64) -> Incident {
    Incident { name: name.to_owned(), start: minute(from), end: minute(to), labels: host(host_name) }
}

/// Two hosts over a hundred minutes: `load` of `a` is high from 20 on for ten minutes, and again from 60 on, and two incidents.
/// The hosts leave at these minutes.
fn recording(left: &[(i64, &str)]) -> Recording {
    let series = |name: &str, high: &[i64]| NewSeries {
        name: "load".to_owned(),
        labels: host(name),
        unit: "percent".to_owned(),
        unit_declared: false,
        time_rule: String::new(),
        samples: (0..100)
            .map(|at| Sample { at: minute(at), value: if high.contains(&(at / 10)) { 97.0 } else { 50.0 } })
            .collect(),
        quality: Quality::default(),
    };
    let event =
        |(at, name): &(i64, &str)| Event { at: minute(*at), name: "left".to_owned(), labels: host(name) };
    RecordingBuilder::new("small")
        .series(series("a", &[2, 6]))
        .series(series("b", &[]))
        .events(left.iter().map(event))
        .incidents([incident("first", "a", 18, 32), incident("second", "b", 40, 50)])
        .build()
        .unwrap()
}

fn revision(text: &str) -> Revision {
    let sources = SourceSet::of([("a.heal".to_owned(), text.to_owned())].into());
    Revision { name: "here".to_owned(), sources, environment: None }
}

fn report(text: &str, recording: &Recording) -> Report {
    report_revision(&revision(text), recording, &Options::default()).unwrap().report
}

fn diff(base: &str, head: &str, recording: &Recording) -> ImpactDiff {
    compare(&revision(base), &revision(head), recording, &Options::default()).unwrap().diff
}

#[test]
fn an_event_that_a_policy_is_on_is_a_detection() {
    let report = report(ON_AN_EVENT, &recording(&[(42, "b"), (70, "a"), (71, "a")]));
    let policy = report.policy("tell").unwrap();
    assert_eq!((&policy.unknown, policy.detection_unknown), (&None, false));
    let figures = &policy.figures;
    assert_eq!((figures.incidents, figures.caught, figures.firings), (2, 1, 3));
    assert_eq!(figures.median_time_to_detect, Some(heal_program::Millis::from_minutes(2)));
    assert_eq!((figures.false_alarms, figures.flapping, figures.escalations.max), (Some(2), 0, 3));
    assert_eq!((report.totals.caught, report.totals.firings, report.totals.false_alarms), (1, 3, Some(2)));
    let text = report.to_text();
    let line = text.replace('\n', " ");
    let headline =
        "Heal: catches 1 of 2 incidents, 2 min in at the median, with 2 false alarms and 0 runs of plans in ";
    assert!(line.starts_with(headline), "{text}");
    assert!(text.contains("event `left` `b` 1970-01-01 00:42 UTC, in second"), "{text}");
    assert!(text.contains("00:40 to 00:50 UTC  caught after 2m"), "{text}");
    assert!(report.to_json().unwrap().replace(' ', "").contains("\"is_event\":true"));
}

#[test]
fn an_event_that_was_not_recorded_is_unknown_with_its_reason() {
    let report = report(ON_AN_EVENT, &recording(&[]));
    let policy = report.policy("tell").unwrap();
    assert!(policy.detection_unknown);
    assert_eq!(policy.unknown.as_deref(), Some("the recording `small` holds no such event"));
    let text = report.to_text();
    assert!(
        text.starts_with(
            "Heal: cannot know what any policy would do: the recording `small` holds no such event\n"
        ),
        "{text}"
    );
    assert!(text.contains("! Unknown: `tell`, because the recording `small` holds no such event."), "{text}");
}

#[test]
fn a_policy_that_moves_to_an_event_is_compared_by_what_it_detects() {
    let on_load = ON_AN_EVENT
        .replace("policy tell { on left", "policy tell { on high")
        .replace("event left", "signal load: ratio in percent by (host) { from metric \"load\" every 1m }\ndetector high { when load > 90% for 1m }\nevent left");
    let diff = diff(&on_load, ON_AN_EVENT, &recording(&[(42, "b")]));
    let headline = "misses 1 incident that base catches and catches 1 other, with 1 fewer false alarm and 1 fewer page in ";
    assert!(diff.headline.starts_with(headline), "{}", diff.headline);
}

const WITHOUT_REQUIRE: &str = "
use std.notify
signal load: ratio in percent by (host) { from metric \"load\" every 1m }
signal unassigned: count by (host) { from metric \"unassigned\" every 1m }
detector high { when load > 90% }
action again(name: text) { command [\"again\", name] risk medium idempotent }
plan rest(name: text) {
  step again = again(name)
}
policy heal { on high try rest(host) then escalate notify.page(\"team\") guard { limit 3 per 1h } }
policy tell { on high try escalate notify.page(\"others\") }
";

fn requiring() -> String {
    WITHOUT_REQUIRE.replace("  step again", "  require unassigned[name] == 0\n  step again")
}

#[test]
fn a_require_on_a_signal_that_the_recording_lacks_makes_unknown_what_would_run() {
    let report = report(&requiring(), &recording(&[]));
    let policy = report.policy("heal").unwrap();
    let reason = "the recording `small` has no series `unassigned` with `host`";
    assert_eq!(policy.unknown.as_deref(), Some(reason));
    assert!(!policy.detection_unknown, "what fires is known");
    assert_eq!((policy.figures.runs.min, policy.figures.runs.max), (0, 2));
    let lacking: Vec<_> =
        report.not_simulated.iter().map(|it| (it.item.as_str(), it.downstream.join(" "))).collect();
    assert_eq!(lacking, [("unassigned", "heal rest".to_owned())]);
    assert_eq!(report.policy("tell").unwrap().unknown, None);
}

#[test]
fn a_change_that_only_adds_such_a_require_has_unknown_impact() {
    let diff = diff(WITHOUT_REQUIRE, &requiring(), &recording(&[]));
    assert_eq!(
        diff.headline,
        "cannot know which plans would run for `heal`: the recording `small` has no series `unassigned` with `host`"
    );
}
