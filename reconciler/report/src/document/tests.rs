//! What is said of what happened: how far signals went, who was asked, and what only has another name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a test looks for one kind of event")]

use heal_engine::{Trace, TraceKind};
use heal_program::{BinaryOperator, Dimension, Expression, Millis, Program, Risk};
use heal_telemetry::Sample;

use crate::{
    ImpactDiff, Report, Side, SignalSamples,
    testing::{Source, Story, at, labels, one_policy, quiet},
};

const A: [(&str, &str); 1] = [("host", "a")];

fn side<'a>(program: &'a Program, trace: &'a Trace) -> Side<'a> {
    Side { revision: "x", program, trace, failing: None, sources: &[] }
}

fn series(key: &[(&str, &str)], values: &[f64]) -> SignalSamples {
    let sample = |(minute, value): (i64, &f64)| Sample { at: at(minute), value: *value };
    SignalSamples {
        signal: "load".to_owned(),
        labels: labels(key),
        unit: String::new(),
        samples: (0..).zip(values).map(sample).collect(),
    }
}

/// What is told of the one firing, after its times.
fn told(source: &Source, keys: &[&str], signals: Vec<SignalSamples>) -> String {
    let key: Vec<(&str, &str)> = keys.iter().map(|key| (*key, "a")).collect();
    let story = Story::default().fires("hot", &key, (at(0), at(2)), &[("load.rate(5m)", 0.8)]);
    let mut telemetry = quiet(Vec::new());
    telemetry.signals = signals;
    let trace = story.trace();
    let report = Report::of(&side(&source.0, &trace), &telemetry).unwrap();
    let text = report.to_text().replace("\n            ", " ");
    let line = text.lines().find(|line| line.contains("firing `hot`")).unwrap();
    line.split_once("UTC: ").map_or("", |(_, told)| told).to_owned()
}

fn by(keys: &[&str]) -> Source {
    Source::default()
        .signal("load", Dimension::COUNT, keys)
        .detector("hot", 0, 0.9, 0)
        .plan("recycle", Risk::Low)
        .policy("heal", 0, 0, (6, 60))
}

#[test]
fn a_signal_goes_up_or_down_to_where_its_condition_looks() {
    let values = || vec![series(&A, &[3.0, 5.0, 1.0])];
    let mut source = by(&["host"]);
    assert_eq!(told(&source, &["host"], values()), "`load` up to 5");
    let Expression::Binary(_, left, right) = source.0.detectors[0].when.clone() else { panic!() };
    source.0.detectors[0].when = Expression::Binary(BinaryOperator::Less, left, right);
    assert_eq!(told(&source, &["host"], values()), "`load` down to 1");
}

#[test]
fn of_a_counter_the_compared_value_is_told_and_not_its_total() {
    let mut source = by(&["host"]);
    source.0.signals[0].counter = true;
    assert_eq!(told(&source, &["host"], vec![series(&A, &[360_000.0])]), "`load.rate(5m)` 0.8/s");
}

#[test]
fn many_series_of_a_signal_are_one_value_with_the_key_that_has_it() {
    let mut source = by(&["host", "disk"]);
    source.0.detectors[0].keys = vec!["host".to_owned()];
    let disk = |name: &'static str, value: f64| series(&[("host", "a"), ("disk", name)], &[value]);
    let all = vec![disk("sda", 1.0), disk("sdb", 7.0), disk("sdc", 2.0)];
    assert_eq!(
        told(&source, &["host"], all),
        "`load` up to 7 (3 series, largest `load{host=\"a\", disk=\"sdb\"}`)"
    );
}

#[test]
fn nobody_answers_in_a_simulation() {
    let source = one_policy(0.9);
    let story = Story::default().fires("hot", &A, (at(0), at(30)), &[]).asks("heal", "hot", &A, at(0), "sre");
    let trace = story.trace();
    let text = Report::of(&side(&source.0, &trace), &quiet(Vec::new())).unwrap().to_text();
    let text = text.replace("\n            ", " ").replace("\n  ", " ");
    for part in [
        "asks `heal` `recycle` 2026-10-01 00:00 UTC: `sre`, nobody answers in a simulation: it would have waited for 15m, \
         and people are told then",
        "page `heal` `a` 2026-10-01 00:15 UTC: nobody answers a request for approval in a simulation",
        "Nobody answers a request for approval in a simulation: each waits",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    assert!(!text.contains("timed out"), "{text}");
}

#[test]
fn a_diff_speaks_of_approvals_only_where_they_differ() {
    let source = one_policy(0.9);
    let asks = |minute: i64| {
        let story = Story::default().fires("hot", &A, (at(minute), at(90)), &[]);
        story.asks("heal", "hot", &A, at(minute), "sre")
    };
    let text = |before: Story, after: Story| {
        let (before, after) = (before.trace(), after.trace());
        let diff =
            ImpactDiff::between(&side(&source.0, &before), &side(&source.0, &after), &quiet(Vec::new()));
        diff.unwrap().to_text()
    };
    assert!(!text(asks(0), asks(0)).contains("Would have waited"));
    let moved = text(asks(0), asks(5));
    assert!(
        moved.contains("Would have waited for a person 1 time, the newest on Thursday 2026-10-01 00:05 UTC"),
        "{moved}"
    );
}

#[test]
fn a_plan_or_an_action_under_another_name_does_the_same() {
    let base = one_policy(0.9);
    let mut head = base.clone();
    head.0.plans[0].head.path = "moved.again".to_owned();
    let story = || {
        let story =
            Story::default().fires("hot", &A, (at(0), at(30)), &[]).runs("heal", "hot", &A, at(0), at(0));
        story.asks("heal", "hot", &A, at(1), "sre").trace()
    };
    let (before, mut after) = (story(), story());
    for event in &mut after.events {
        match &mut event.kind {
            TraceKind::RunStarted { plan, .. }
            | TraceKind::RunEnded { plan, .. }
            | TraceKind::ApprovalRequested { plan, .. } => *plan = "moved.again".to_owned(),
            _ => {}
        }
    }
    let diff =
        ImpactDiff::between(&side(&base.0, &before), &side(&head.0, &after), &quiet(Vec::new())).unwrap();
    assert_eq!(diff.differences, []);
    assert_eq!(diff.headline, "changes nothing that can be seen in 30 days of production");
    assert!(diff.to_text().contains("renamed plan `moved.again`, was `recycle`"));
}

#[test]
fn a_share_of_samples_is_rounded_down() {
    let recording = crate::RecordingSummary {
        samples_count: 806_280,
        samples_expected: Some(806_400),
        ..crate::RecordingSummary::default()
    };
    let line = super::of_report::ground_of_recording(&recording)[0].line.plain();
    assert!(line.contains("806,280 of 806,400 expected samples (99.9%)"), "{line}");
}

/// A firing from 10:00 to 10:02 of the recording's first ten minutes, over these samples (second and value).
fn told_of(samples: &[(i64, f64)]) -> String {
    let story = Story::default().fires("hot", &A, (at(10), at(12)), &[("load", 2.0)]);
    let mut telemetry = quiet(Vec::new());
    let sample =
        |(second, value): &(i64, f64)| Sample { at: at(0).plus(Millis(second * 1_000)), value: *value };
    telemetry.signals =
        vec![SignalSamples { samples: samples.iter().map(sample).collect(), ..series(&A, &[]) }];
    let (source, trace) = (by(&["host"]), story.trace());
    let text = Report::of(&side(&source.0, &trace), &telemetry).unwrap().to_text();
    let line = text.lines().find(|line| line.contains("firing `hot`")).unwrap();
    line.split_once("UTC").map_or("", |(_, told)| told).to_owned()
}

#[test]
fn what_a_firing_began_with_came_before_its_step() {
    // Samples lie at 19 s of each minute: what was above the bound at 10:00 is of 9:19.
    let samples = [(499, 7.0), (559, 2.0), (619, 0.5), (679, 0.4)];
    assert_eq!(told_of(&samples), ": `load` up to 2");
    // At the very time of the step: what came before is not seen any more.
    assert_eq!(told_of(&[(559, 2.0), (600, 1.5), (660, 0.4)]), ": `load` up to 1.5");
    // What is stale says nothing.
    assert_eq!(told_of(&[(300, 9.0), (660, 1.2)]), ": `load` up to 1.2");
}
