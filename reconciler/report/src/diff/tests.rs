//! What counts as a difference, what does not, and what it is called.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod reviewer;

use heal_engine::WithheldReason;
use heal_program::{
    Affects, Approval, Asked, BlastRadius, Breaker, Canary, Concurrency, Cooldown, Dimension, Entity,
    EntityIndex, Expression, Guard, Limit, Millis, OnTimeout, Per, Require, Risk, Rung, Share, SharedGuard,
    SharedGuardIndex, SignalIndex, Storm, Timestamp, Verify,
};

use crate::{
    DifferenceKind as Kind, ImpactDiff, Range,
    testing::{Source, Story, at, diff, incident, labels, on, one_policy},
};

const A: [(&str, &str); 1] = [("host", "a")];
const B: [(&str, &str); 1] = [("host", "b")];

fn kinds(diff: &ImpactDiff) -> Vec<Kind> {
    diff.differences.iter().map(|difference| difference.kind).collect()
}

fn hot(story: Story, key: &[(&str, &str)], start: i64, end: i64) -> Story {
    story.fires("hot", key, (at(start), at(end)), &[("load", 0.97)])
}

#[test]
fn a_firing_that_begins_at_another_time_has_moved_by_as_much() {
    let source = one_policy(0.9);
    let outage = vec![incident("outage", at(90), at(200), &[])];
    let base = hot(Story::default(), &A, 112, 160).runs("heal", "hot", &A, at(112), at(112));
    let head = hot(Story::default(), &A, 104, 160).runs("heal", "hot", &A, at(104), at(104));
    let diff = diff((&source, base), (&source, head), outage);
    assert_eq!(kinds(&diff), [Kind::RunMoved, Kind::FiringMoved, Kind::IncidentEarlier]);
    assert!(diff.differences.iter().all(|difference| difference.later_by == Some(Millis::from_minutes(-8))));
    assert_eq!(diff.headline, "detects 1 incident 8 min earlier in 30 days of production");
}

#[test]
fn firings_are_matched_key_by_key() {
    let source = one_policy(0.9);
    let base = hot(hot(Story::default(), &A, 100, 110), &B, 500, 510);
    let head = hot(hot(Story::default(), &B, 100, 110), &B, 500, 510);
    let diff = diff((&source, base), (&source, head), Vec::new());
    assert_eq!(kinds(&diff), [Kind::FalseAlarmAdded, Kind::FalseAlarmRemoved]);
    assert_eq!(diff.differences[0].labels, labels(&B));
    assert_eq!(diff.differences[1].labels, labels(&A));
}

#[test]
fn the_nearest_firing_is_matched_and_one_further_than_an_hour_is_another() {
    let source = one_policy(0.9);
    let incidents = vec![incident("long", at(0), at(10_000), &[])];
    let base = hot(hot(Story::default(), &A, 100, 110), &A, 130, 140);
    let head = hot(hot(Story::default(), &A, 135, 145), &A, 300, 310);
    let diff = diff((&source, base), (&source, head), incidents);
    assert_eq!(
        kinds(&diff),
        [Kind::IncidentLater, Kind::FiringRemoved, Kind::FiringAdded, Kind::FiringMoved]
    );
    let moved = &diff.differences[3];
    assert_eq!((moved.at, moved.later_by), (Some(at(135)), Some(Millis::from_minutes(5))));
    assert_eq!(diff.differences[2].at, Some(at(300)));
}

#[test]
fn gained_and_lost_incidents_false_alarms_and_runs_make_the_headline() {
    let source = one_policy(0.9);
    let incidents =
        vec![incident("one", on(2, 0, 0), on(2, 1, 0), &[]), incident("two", on(3, 0, 0), on(3, 1, 0), &[])];
    let story = |starts: &[Timestamp]| {
        starts.iter().fold(Story::default(), |story, start| {
            let end = start.plus(Millis::from_minutes(10));
            story.fires("hot", &A, (*start, end), &[]).runs("heal", "hot", &A, *start, *start)
        })
    };
    let gained = diff(
        (&source, story(&[on(2, 0, 10)])),
        (&source, story(&[on(2, 0, 6), on(3, 0, 20), on(5, 0, 0)])),
        incidents.clone(),
    );
    assert_eq!(
        gained.headline,
        "catches 1 more incident, detects 1 incident 4 min earlier, for 2 more runs of `recycle` and 1 more false \
         alarm in 30 days of production"
    );
    let lost =
        diff((&source, story(&[on(2, 0, 10), on(5, 0, 0)])), (&source, story(&[on(3, 0, 10)])), incidents);
    assert_eq!(
        lost.headline,
        "misses 1 incident that base catches and catches 1 other, with 1 fewer run of `recycle` and 1 fewer false \
         alarm in 30 days of production"
    );
    assert_eq!(lost.differences[0].kind, Kind::IncidentMissed);
}

#[test]
fn what_is_the_same_changes_nothing_that_can_be_seen() {
    let source = one_policy(0.9);
    let story = || hot(Story::default(), &A, 100, 110).runs("heal", "hot", &A, at(100), at(100));
    let same = diff((&source, story()), (&source, story()), Vec::new());
    assert_eq!(same.headline, "changes nothing that can be seen in 30 days of production");
    assert!(same.differences.is_empty() && same.changes.is_empty());
}

#[test]
fn each_incident_that_is_perhaps_missed_says_why_of_what_caught_it() {
    let of = |bound: f64| {
        Source::default()
            .signal("cpu", Dimension::RATIO, &["host"])
            .signal("disk", Dimension::RATIO, &["host"])
            .detector("busy", 0, bound, 0)
            .detector("full", 1, bound, 0)
            .plan("recycle", Risk::Low)
            .policy("clean", 1, 0, (6, 60))
            .policy("heal", 0, 0, (6, 60))
    };
    let before = Story::default().fires("busy", &A, (at(100), at(110)), &[("cpu", 0.97)]).fires(
        "full",
        &A,
        (at(500), at(510)),
        &[("disk", 0.97)],
    );
    let after = Story::default().lacks("cpu", "nobody recorded cpu", &["busy", "heal"]).lacks(
        "disk",
        "nobody recorded disk",
        &["full", "clean"],
    );
    let incidents = vec![incident("first", at(90), at(120), &[]), incident("second", at(490), at(520), &[])];
    let diff = diff((&of(0.9), before), (&of(0.8), after), incidents);
    let missed = diff.differences.iter().filter(|it| it.kind == Kind::IncidentMissed);
    let mut said: Vec<(&str, bool, &str)> =
        missed.map(|it| (it.item.as_str(), it.perhaps, it.detail.as_str())).collect();
    said.sort_unstable();
    assert_eq!(said, [("first", true, "nobody recorded cpu"), ("second", true, "nobody recorded disk")]);
}

#[test]
fn what_could_not_be_simulated_is_unknown_and_never_counted_as_zero() {
    let (base, head) = (one_policy(0.9), one_policy(0.8));
    let before = hot(Story::default(), &A, 100, 110).runs("heal", "hot", &A, at(100), at(100));
    let after = Story::default().lacks("load", "the recording has no series \"load\"", &["hot", "heal"]);
    let outage = vec![incident("outage", at(90), at(200), &[])];
    let diff = diff((&base, before), (&head, after), outage);
    assert_eq!(kinds(&diff), [Kind::IncidentMissed, Kind::ImpactUnknown]);
    assert_eq!(
        diff.headline,
        "may miss 1 incident that base catches in 30 days of production; cannot know what changes for `heal`: the \
         recording has no series \"load\""
    );
    let text = diff.to_text();
    for said in ["caught after 10m → unknown", "Perhaps lost outage", "perhaps missed outage"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert_eq!((diff.counted.base.caught, diff.counted.base.runs), (0, Range::default()));
    assert!(diff.head.policy("heal").unwrap().unknown.is_some());
    assert!(diff.to_text().contains("unknown"));
    // The one that the change does not touch has no impact, whatever is missing.
    let after = Story::default().lacks("load", "missing", &["hot", "heal"]);
    let untouched = super::super::testing::diff((&base, Story::default()), (&base, after), Vec::new());
    assert!(untouched.differences.is_empty());
    assert_eq!(untouched.headline, "changes nothing that can be seen in 30 days of production");
}

#[test]
fn what_a_detector_sees_is_known_where_only_its_policy_is_not() {
    let (base, head) = (one_policy(0.9), one_policy(0.8));
    let outage = vec![incident("outage", at(90), at(200), &[])];
    let story = |start: i64| {
        let story = hot(Story::default(), &A, start, 150).runs("heal", "hot", &A, at(start), at(start));
        story.lacks("recycle", "the recording has no inventory of Host", &["recycle", "heal"])
    };
    let diff = diff((&base, story(104)), (&head, story(100)), outage);
    assert_eq!(kinds(&diff), [Kind::ImpactUnknown, Kind::FiringMoved, Kind::IncidentEarlier]);
    assert_eq!((diff.counted.head.caught, diff.counted.head.runs), (1, Range::default()));
    assert_eq!(
        diff.headline,
        "detects 1 incident 4 min earlier in 30 days of production; cannot know which plans would run for `heal`: the recording has \
         no inventory of Host"
    );
    let table = diff.to_text();
    let row: Vec<&str> = table.lines().find(|line| line.starts_with("heal ")).unwrap().split("  ").collect();
    let cells: Vec<&str> = row.into_iter().map(str::trim).filter(|cell| !cell.is_empty()).collect();
    assert_eq!(cells, ["heal", "1 of 1", "14m → 10m", "0", "unknown", "unknown", "6/h"]);
}

#[test]
fn a_require_that_the_recording_cannot_answer_makes_a_range() {
    let source = one_policy(0.9);
    let unanswered = || WithheldReason::RequireUnknown {
        condition: "n >= 2".to_owned(),
        why: "not recorded".to_owned(),
        values: Vec::new(),
        lacking: Vec::new(),
    };
    let story =
        hot(Story::default(), &A, 100, 110).withholds("heal", "hot", &A, (at(100), at(100)), unanswered());
    let story = story.withholds("heal", "hot", &A, (at(100), at(105)), unanswered());
    let diff = diff((&source, Story::default()), (&source, story), Vec::new());
    assert_eq!(diff.counted.head.runs, Range { min: 0, max: 1 });
    assert_eq!(diff.headline, "causes 0 to 1 more run and 1 more firing in 30 days of production");
}

#[test]
fn a_renamed_detector_is_matched_by_its_policy_or_its_meaning() {
    let named = |name: &str, bound: f64| {
        Source::default()
            .signal("load", Dimension::RATIO, &["host"])
            .detector(name, 0, bound, 0)
            .plan("recycle", Risk::Low)
            .policy("heal", 0, 0, (6, 60))
    };
    let story = |name: &str, start: i64| {
        Story::default().fires(name, &A, (at(start), at(120)), &[]).runs(
            "heal",
            name,
            &A,
            at(start),
            at(start),
        )
    };
    for bound in [0.9, 0.8] {
        let diff = diff(
            (&named("hot", 0.9), story("hot", 105)),
            (&named("warm", bound), story("warm", 100)),
            vec![],
        );
        assert_eq!(kinds(&diff), [Kind::RunMoved, Kind::FiringMoved]);
        assert_eq!(diff.detectors[0].base.as_deref(), Some("hot"));
        assert_eq!(diff.detectors[0].head.as_deref(), Some("warm"));
    }
}

#[test]
fn firings_of_a_detector_without_a_policy_stay_out_of_the_headline() {
    let source = Source::default().signal("load", Dimension::RATIO, &["host"]).detector("hot", 0, 0.9, 0);
    let diff = diff((&source, Story::default()), (&source, hot(Story::default(), &A, 100, 110)), Vec::new());
    assert_eq!(kinds(&diff), [Kind::FiringAdded]);
    assert_eq!(
        diff.headline,
        "changes nothing that can be seen in 30 days of production, though 1 firing differs that start nothing else \
         than before"
    );
}

#[test]
fn incidents_that_nobody_labelled_make_no_false_alarms() {
    let source = one_policy(0.9);
    let mut telemetry = crate::testing::quiet(Vec::new());
    telemetry.incidents_labelled = false;
    let (before, after) = (Story::default().trace(), hot(Story::default(), &A, 100, 110).trace());
    let side = |trace| crate::Side { revision: "x", program: &source.0, trace, failing: None, sources: &[] };
    let diff = ImpactDiff::between(&side(&before), &side(&after), &telemetry).unwrap();
    assert_eq!(kinds(&diff), [Kind::FiringAdded]);
    assert_eq!(diff.counted.head.false_alarms, None);
}

#[test]
fn ids_are_of_content_and_no_two_are_the_same() {
    let source = one_policy(0.9);
    let story = || (0..400).fold(Story::default(), |story, step| hot(story, &A, step * 90, step * 90 + 10));
    let build = || diff((&source, Story::default()), (&source, story()), Vec::new());
    let (once, twice) = (build(), build());
    assert_eq!(once, twice);
    let ids: std::collections::BTreeSet<&String> = once.differences.iter().map(|d| &d.id).collect();
    assert_eq!(ids.len(), 400);
    let first = &once.differences[0];
    assert_eq!(once.difference(&first.id), Some(first));
    assert_eq!(once.difference(""), None);
}

fn guarded(change: impl FnOnce(&mut Guard)) -> Source {
    one_policy(0.9).guard(change)
}

/// Loosened and tightened, with what is said of them.
#[track_caller]
fn check_guard(base: &Source, head: &Source, expected: &[(Kind, &str)]) {
    let diff = diff((base, Story::default()), (head, Story::default()), Vec::new());
    let found: Vec<(Kind, &str)> = diff.differences.iter().map(|d| (d.kind, d.detail.as_str())).collect();
    assert_eq!(found, expected);
    assert_eq!(diff.headline, "changes nothing that can be seen in 30 days of production");
}

fn limit(runs_max: u32, minutes: i64, per: &[&str]) -> Limit {
    let per = per.iter().map(|field| Per::Key((*field).to_owned())).collect();
    Limit { runs_max, window: Millis::from_minutes(minutes), per }
}

#[test]
fn limits_are_loosened_unless_head_implies_them() {
    let with = |limits: Vec<Limit>| guarded(|guard| guard.limits = limits);
    let base = with(vec![limit(6, 60, &[])]);
    let loosened = |text| [(Kind::Loosened, text)];
    check_guard(&base, &with(vec![limit(10, 60, &[])]), &loosened("limit 6 per 1h raised to 10 per 1h"));
    check_guard(&base, &with(vec![limit(6, 30, &[])]), &loosened("limit 6 per 1h replaced by 6 per 30m"));
    check_guard(
        &with(vec![limit(10, 60, &[])]),
        &base,
        &[(Kind::Tightened, "limit 10 per 1h lowered to 6 per 1h")],
    );
    // Three in every half hour are at most six in every hour, and two in every half hour are fewer.
    check_guard(&base, &with(vec![limit(3, 30, &[])]), &[(Kind::Tightened, "limit 3 per 30m added")]);
    let keyed = with(vec![limit(6, 60, &[]), limit(2, 60, &["host"])]);
    check_guard(&keyed, &base, &loosened("limit 2 per 1h per host removed"));
    check_guard(&base, &keyed, &[(Kind::Tightened, "limit 2 per 1h per host added")]);
    // A bound for all hosts together bounds each of them.
    let coarse = with(vec![limit(2, 60, &[])]);
    check_guard(&with(vec![limit(2, 60, &["host"])]), &coarse, &[(Kind::Tightened, "limit 2 per 1h added")]);
}

#[test]
fn what_is_repeated_sooner_does_more() {
    let repeats = |minutes: Option<i64>| {
        let mut source = guarded(|_| ());
        for rung in &mut source.0.policies[0].ladder {
            let Rung::Plan { again, .. } = rung else { continue };
            *again = minutes.map(Millis::from_minutes);
        }
        source.guard(|_| ())
    };
    let (never, late, soon) = (repeats(None), repeats(Some(30)), repeats(Some(1)));
    check_guard(&never, &soon, &[(Kind::Loosened, "recycle again every 1m added")]);
    check_guard(&late, &soon, &[(Kind::Loosened, "recycle again every 30m changed to every 1m")]);
    check_guard(&soon, &late, &[(Kind::Tightened, "recycle again every 1m changed to every 30m")]);
    check_guard(&late, &never, &[(Kind::Tightened, "recycle again every 30m removed")]);
}

#[test]
fn cooldowns_approvals_and_patience_are_bounds_too() {
    let cooldown = |minutes: i64, per: &[&str]| {
        let per = per.iter().map(|field| Per::Key((*field).to_owned())).collect();
        guarded(|guard| guard.cooldown = Some(Cooldown { span: Millis::from_minutes(minutes), per }))
    };
    let none = one_policy(0.9);
    check_guard(&cooldown(30, &[]), &none, &[(Kind::Loosened, "cooldown 30m removed")]);
    check_guard(&cooldown(30, &[]), &cooldown(10, &[]), &[(Kind::Loosened, "cooldown 30m changed to 10m")]);
    check_guard(&cooldown(30, &[]), &cooldown(30, &["host"]), &[]);
    check_guard(&none, &cooldown(30, &[]), &[(Kind::Tightened, "cooldown 30m added")]);

    let asks = |team: &str, when: Option<&str>| {
        let condition = when.map(|text| Require { condition: Expression::Bool(true), text: text.to_owned() });
        let (asked, timeout) = (Asked::Team(team.to_owned()), Millis::from_minutes(15));
        let on_timeout = OnTimeout::Escalate;
        guarded(|guard| {
            guard.approval = Some(Approval { asked, quorum: 1, condition, timeout, on_timeout });
        })
    };
    check_guard(&asks("sre", None), &none, &[(Kind::Loosened, "approval by sre removed")]);
    check_guard(
        &asks("sre", None),
        &asks("sre", Some("tier == 1")),
        &[(Kind::Loosened, "approval is asked for only when tier == 1")],
    );
    check_guard(&asks("sre", None), &asks("dev", None), &[(Kind::Loosened, "approval by sre handed to dev")]);
    let patient = guarded(|guard| guard.withheld_escalates_after = Some(Millis::from_minutes(60)));
    check_guard(
        &none,
        &patient,
        &[(Kind::Loosened, "people are told of a withheld ladder after 1h, was 15m")],
    );
}

#[test]
fn a_bound_is_kept_by_one_that_never_lets_more_through() {
    let none = one_policy(0.9);
    let host = || vec![Per::Key("host".to_owned())];
    let loosened = |text| [(Kind::Loosened, text)];
    let tightened = |text| [(Kind::Tightened, text)];

    let one = |runs_max, per| guarded(|guard| guard.concurrency = vec![Concurrency { runs_max, per }]);
    check_guard(&one(1, vec![]), &one(1, vec![]), &[]);
    check_guard(&one(1, vec![]), &none, &loosened("concurrency 1 removed"));
    check_guard(&none, &one(1, vec![]), &tightened("concurrency 1 added"));
    check_guard(&one(1, vec![]), &one(5, vec![]), &loosened("concurrency 1 changed to concurrency 5"));
    check_guard(&one(5, vec![]), &one(1, vec![]), &tightened("concurrency 5 changed to concurrency 1"));
    check_guard(
        &one(1, host()),
        &one(1, vec![]),
        &tightened("concurrency 1 per host changed to concurrency 1"),
    );
    check_guard(
        &one(1, vec![]),
        &one(1, host()),
        &loosened("concurrency 1 changed to concurrency 1 per host"),
    );

    let blast = |most, minutes, per| {
        let (entity, within) = (EntityIndex(0), Millis::from_minutes(minutes));
        let mut source =
            guarded(|guard| guard.blast_radius = vec![BlastRadius { most, entity, per, within }]);
        let head = heal_program::Head { path: "Host".to_owned(), ..source.0.policies[0].head.clone() };
        source.0.entities =
            vec![Entity { head, keys: vec!["host".to_owned()], fields: vec![], feed: None }].into();
        source
    };
    let (tenth, fifth) = (Share::Part(0.1), Share::Part(0.2));
    let said = "blast_radius 10% of Host within 1h changed to blast_radius 20% of Host within 1h";
    check_guard(&blast(tenth, 60, vec![]), &blast(fifth, 60, vec![]), &loosened(said));
    let said = "blast_radius 20% of Host within 1h changed to blast_radius 10% of Host within 2h";
    check_guard(&blast(fifth, 60, vec![]), &blast(tenth, 120, vec![]), &tightened(said));
    let said = "blast_radius 10% of Host within 1h changed to blast_radius 10% of Host within 30m";
    check_guard(&blast(tenth, 60, vec![]), &blast(tenth, 30, vec![]), &loosened(said));
    // A tenth of all may be all of one host's.
    let said = "blast_radius 10% of Host per host within 1h changed to blast_radius 10% of Host within 1h";
    check_guard(&blast(tenth, 60, host()), &blast(tenth, 60, vec![]), &loosened(said));
    let said = "blast_radius 2 of Host per host within 1h changed to blast_radius 2 of Host within 1h";
    check_guard(&blast(Share::Count(2), 60, host()), &blast(Share::Count(2), 60, vec![]), &tightened(said));
    // How many a tenth are, nobody knows before.
    let said = "blast_radius 10% of Host within 1h changed to blast_radius 1 of Host within 1h";
    check_guard(&blast(tenth, 60, vec![]), &blast(Share::Count(1), 60, vec![]), &loosened(said));
}

#[test]
fn breakers_storms_canaries_and_quorums_are_kept_by_those_that_hold_sooner_and_longer() {
    let breaker = |failures, window, open| {
        let (window, open_for) = (Millis::from_minutes(window), Millis::from_minutes(open));
        guarded(|guard| guard.breakers = vec![Breaker { failures, window, per: vec![], open_for }])
    };
    let said = "breaker 2 failures in 1h, open for 1h changed to breaker 3 failures in 1h, open for 1h";
    check_guard(&breaker(2, 60, 60), &breaker(3, 60, 60), &[(Kind::Loosened, said)]);
    let said = "breaker 3 failures in 1h, open for 1h changed to breaker 2 failures in 2h, open for 3h";
    check_guard(&breaker(3, 60, 60), &breaker(2, 120, 180), &[(Kind::Tightened, said)]);
    // Sooner open, but not for as long.
    let said = "breaker 3 failures in 1h, open for 1h changed to breaker 2 failures in 1h, open for 10m";
    check_guard(&breaker(3, 60, 60), &breaker(2, 60, 10), &[(Kind::Loosened, said)]);

    let storm = |firings, open| {
        let (window, open_for) = (Millis::from_minutes(5), Millis::from_minutes(open));
        guarded(|guard| guard.storm = Some(Storm { firings, window, open_for }))
    };
    let said = "storm 20 firings in 5m, open for 30m changed to storm 40 firings in 5m, open for 30m";
    check_guard(&storm(20, 30), &storm(40, 30), &[(Kind::Loosened, said)]);
    let said = "storm 40 firings in 5m, open for 30m changed to storm 20 firings in 5m, open for 30m";
    check_guard(&storm(40, 30), &storm(20, 30), &[(Kind::Tightened, said)]);

    let canary = |waves: &[Share], settle| {
        let (waves, settle) = (waves.to_vec(), Millis::from_minutes(settle));
        guarded(|guard| guard.canary = Some(Canary { waves, settle }))
    };
    let (one, half, all) = (Share::Count(1), Share::Part(0.5), Share::Part(1.0));
    let said = "canary 1 then 100% settle 5m changed to canary 1 then 50% then 100% settle 5m";
    check_guard(&canary(&[one, all], 5), &canary(&[one, half, all], 5), &[(Kind::Tightened, said)]);
    let said = "canary 1 then 50% then 100% settle 5m changed to canary 1 then 100% settle 5m";
    check_guard(&canary(&[one, half, all], 5), &canary(&[one, all], 5), &[(Kind::Loosened, said)]);
    let said = "canary 1 then 100% settle 5m changed to canary 1 then 100% settle 1m";
    check_guard(&canary(&[one, all], 5), &canary(&[one, all], 1), &[(Kind::Loosened, said)]);

    let quorum = |quorum| {
        let (asked, timeout) = (Asked::Team("sre".to_owned()), Millis::from_minutes(15));
        let on_timeout = OnTimeout::Escalate;
        guarded(|guard| {
            guard.approval = Some(Approval { asked, quorum, condition: None, timeout, on_timeout })
        })
    };
    check_guard(&quorum(3), &quorum(2), &[(Kind::Loosened, "approval by 3 changed to approval by 2")]);
    check_guard(&quorum(2), &quorum(3), &[(Kind::Tightened, "approval by 2 changed to approval by 3")]);
    check_guard(&quorum(2), &quorum(1), &[(Kind::Loosened, "approval by 2 no longer needed")]);
}

#[test]
fn bounds_that_nothing_is_proved_of_are_loosened_when_they_go_or_change() {
    let none = one_policy(0.9);
    let verifies = |minutes| {
        let mut source = one_policy(0.9);
        let (condition, text) = (Expression::Bool(true), "ok".to_owned());
        source.0.plans[0].verifies = vec![Verify { condition, within: Millis::from_minutes(minutes), text }];
        source
    };
    check_guard(&verifies(5), &none, &[(Kind::Loosened, "verify ok within 5m removed")]);
    check_guard(&none, &verifies(5), &[(Kind::Tightened, "verify ok within 5m added")]);
    let said = "verify ok within 5m changed to verify ok within 9m";
    check_guard(&verifies(5), &verifies(9), &[(Kind::Loosened, said)]);
    let said = "verify ok within 9m changed to verify ok within 5m";
    check_guard(&verifies(9), &verifies(5), &[(Kind::Tightened, said)]);
    let mut shadow = one_policy(0.9);
    shadow.0.policies[0].shadow = true;
    let out = diff((&shadow, Story::default()), (&none, Story::default()), Vec::new());
    assert_eq!(
        (out.differences[0].kind, out.differences[0].detail.as_str()),
        (Kind::Loosened, "shadow removed")
    );
    assert_eq!(out.headline, "takes `heal` out of shadow in 30 days of production");
}

#[test]
fn to_say_that_less_is_affected_is_loosened() {
    let affects = |signals: Option<&[u32]>| {
        let mut source = one_policy(0.9);
        let affects = |signals: &[u32]| Affects {
            signals: signals.iter().map(|at| SignalIndex(*at)).collect(),
            ..Affects::default()
        };
        source.0.plans[0].affects = signals.map(affects);
        source
    };
    let (anything, load, nothing) = (affects(None), affects(Some(&[0])), affects(Some(&[])));
    let said = "affects anything changed to affects load";
    check_guard(&anything, &load, &[(Kind::Loosened, said)]);
    check_guard(&load, &nothing, &[(Kind::Loosened, "affects load changed to affects nothing")]);
    check_guard(&nothing, &load, &[(Kind::Tightened, "affects nothing changed to affects load")]);
    check_guard(&load, &anything, &[(Kind::Tightened, "affects load changed to affects anything")]);
}

#[test]
fn a_shared_guard_is_compared_bound_by_bound() {
    let shared = |runs_max, minutes| {
        let mut source = guarded(|guard| guard.shared = vec![SharedGuardIndex(0)]);
        let guard = Guard {
            concurrency: vec![Concurrency { runs_max, per: vec![] }],
            limits: vec![limit(6, minutes, &[])],
            ..Guard::default()
        };
        source.0.shared_guards = vec![SharedGuard { head: source.0.policies[0].head.clone(), guard }].into();
        source.0.shared_guards[0].head.path = "fleet".to_owned();
        source
    };
    let said = "concurrency 2 of shared guard fleet changed to concurrency 1 of shared guard fleet";
    check_guard(&shared(2, 60), &shared(1, 60), &[(Kind::Tightened, said)]);
    let said = "limit 6 per 1h of shared guard fleet changed to limit 6 per 30m of shared guard fleet";
    check_guard(&shared(2, 60), &shared(2, 30), &[(Kind::Loosened, said)]);
}

#[test]
fn a_lower_risk_and_a_dropped_require_are_loosened() {
    let with = |risk: Risk, requires: &[&str]| {
        let mut source = one_policy(0.9);
        let plan = &mut source.0.plans[0];
        plan.risk = risk;
        let require = |text: &&str| Require { condition: Expression::Bool(true), text: (*text).to_owned() };
        plan.requires = requires.iter().map(require).collect();
        source
    };
    check_guard(
        &with(Risk::High, &["n >= 2"]),
        &with(Risk::High, &[]),
        &[(Kind::Loosened, "require n >= 2 removed")],
    );
    check_guard(
        &with(Risk::High, &[]),
        &with(Risk::Low, &[]),
        &[(Kind::Loosened, "risk lowered from high to low")],
    );
    let mut raised: Vec<(Kind, &str)> = vec![(Kind::Loosened, "riskiest plan is high, was low")];
    raised.push((Kind::Tightened, "risk raised from low to high"));
    check_guard(&with(Risk::Low, &[]), &with(Risk::High, &[]), &raised);
}

#[test]
fn an_incident_on_another_series_does_not_concern_a_detector() {
    let source = one_policy(0.9);
    let incidents = vec![
        incident("load", at(90), at(200), &[("metric", "load")]),
        incident("disk", at(90), at(200), &[("metric", "disk")]),
        incident("host b", at(90), at(200), &[("host", "b")]),
    ];
    let diff = diff((&source, Story::default()), (&source, hot(Story::default(), &A, 80, 110)), incidents);
    let score = &diff.head.detector("hot").unwrap().score;
    assert_eq!((score.incidents, score.missed.clone()), (2, vec!["host b".to_owned()]));
    assert_eq!(score.caught[0].incident, "load");
    assert_eq!(score.caught[0].time_to_detect, Millis::ZERO, "it fired already when the incident began");
}

#[test]
fn the_headline_speaks_of_the_median_over_what_is_detected_at_another_time() {
    let source = one_policy(0.9);
    let changed = one_policy(0.8);
    let days = [2, 3, 4];
    let incidents = days.map(|day| incident(&format!("day {day}"), on(day, 0, 0), on(day, 2, 0), &[]));
    let story = |minutes: [i64; 3]| {
        days.iter().zip(minutes).fold(Story::default(), |story, (day, minute)| {
            story.fires("hot", &A, (on(*day, 0, minute), on(*day, 1, 30)), &[])
        })
    };
    let diff = diff((&source, story([10, 20, 60])), (&changed, story([10, 14, 50])), incidents.to_vec());
    assert_eq!(diff.headline, "detects 2 incidents 8 min earlier at the median in 30 days of production");
    assert_eq!(diff.counted.detected_later_by, Some(Millis::from_minutes(-8)));
    assert_eq!(diff.counted.detected_later_at_most, None);
}

#[test]
fn an_incident_of_a_key_that_was_not_recorded_does_not_concern_a_detector() {
    let source = one_policy(0.9);
    let mut telemetry = crate::testing::quiet(vec![
        incident("a is down", at(90), at(200), &[("host", "a")]),
        incident("press is down", at(90), at(200), &[("host", "press")]),
    ]);
    telemetry.signals = vec![crate::SignalSamples {
        signal: "load".to_owned(),
        labels: labels(&A),
        unit: "ratio".to_owned(),
        samples: [heal_telemetry::Sample { at: at(100), value: 0.5 }].into_iter().collect(),
    }];
    let trace = Story::default().trace();
    let side = crate::Side { revision: "x", program: &source.0, trace: &trace, failing: None, sources: &[] };
    let report = crate::Report::of(&side, &telemetry).unwrap();
    assert_eq!(report.detector("hot").unwrap().score.missed, ["a is down"]);
}

#[test]
fn a_firing_that_does_not_end_reaches_to_the_end_of_the_recording() {
    let source = one_policy(0.9);
    let mut trace = hot(Story::default(), &A, 100, 110).trace();
    trace.events.truncate(1);
    let telemetry = crate::testing::quiet(vec![incident("late", on(20, 0, 0), on(20, 1, 0), &[])]);
    let side = crate::Side { revision: "x", program: &source.0, trace: &trace, failing: None, sources: &[] };
    let report = crate::Report::of(&side, &telemetry).unwrap();
    assert_eq!(report.totals.caught, 1);
    assert_eq!(report.detector("hot").unwrap().firings[0].end, None);
}

#[test]
fn totals_are_of_all_policies_whatever_is_counted() {
    let source = one_policy(0.9);
    let story = hot(hot(Story::default(), &A, 100, 110), &A, 113, 120);
    let story = story.runs("heal", "hot", &A, at(100), at(101)).runs("heal", "hot", &A, at(113), at(114));
    let trace = story.trace();
    let side = crate::Side { revision: "x", program: &source.0, trace: &trace, failing: None, sources: &[] };
    let report = crate::Report::of(&side, &crate::testing::quiet(Vec::new())).unwrap();
    let own = &report.policy("heal").unwrap().figures;
    assert_eq!((report.totals.flapping, own.flapping), (1, 1));
    assert_eq!(report.totals.actions_in_worst_minute, own.actions_in_worst_minute);
    assert_eq!(own.actions_in_worst_minute, crate::Range::of(1));
}

#[test]
fn what_hurts_comes_first_in_the_headline_and_in_the_table() {
    let source = |bound: f64| {
        Source::default()
            .signal("load", Dimension::RATIO, &["host"])
            .detector("hot", 0, bound, 0)
            .detector("warm", 0, 0.8, 0)
            .plan("recycle", Risk::Low)
            .policy("a_stays", 1, 0, (6, 60))
            .policy("heal", 0, 0, (6, 60))
    };
    let warm = || hot(Story::default(), &A, 300, 301).fires("warm", &A, (at(107), at(109)), &[]);
    let before = warm().fires("hot", &A, (at(101), at(109)), &[]);
    let outage = vec![incident("outage", at(100), at(110), &A)];
    let diff = diff((&source(0.9), before), (&source(0.95), warm()), outage.clone());
    assert_eq!(
        diff.headline,
        "leaves to other policies 1 incident that `heal` caught, detects 1 incident 6 min later in 30 days of production"
    );
    // A change that only takes false alarms away is a change all the same.
    let calmer = self::diff(
        (&source(0.9), warm()),
        (&source(0.95), Story::default().fires("warm", &A, (at(107), at(109)), &[])),
        outage,
    );
    let text = calmer.to_text();
    let place = |name: &str| text.lines().position(|line| line.starts_with(name)).unwrap();
    assert!(place("heal ") < place("a_stays "), "{text}");
}

#[test]
fn ids_of_what_several_guards_hold_back_at_one_time_differ() {
    let source = one_policy(0.9);
    let held = |story: Story, reason| story.withholds("heal", "hot", &A, (at(100), at(100)), reason);
    let cooldown =
        WithheldReason::Cooldown { span: Millis::from_minutes(5), until: at(105), per: Vec::new() };
    let story = held(hot(Story::default(), &A, 100, 110), cooldown.clone());
    let alone = diff((&source, hot(Story::default(), &A, 100, 110)), (&source, story.clone()), Vec::new());
    let story = held(story, WithheldReason::Paused);
    let diff = diff((&source, hot(Story::default(), &A, 100, 110)), (&source, story), Vec::new());
    let ids: Vec<&str> = diff.differences.iter().map(|it| it.id.as_str()).collect();
    assert_eq!((ids.len(), alone.differences.len()), (2, 1));
    for id in &ids {
        assert_eq!(diff.difference(id).map(|it| it.id.as_str()), Some(*id), "{ids:?}");
    }
    assert_eq!(alone.differences[0].id.len(), 8);
}
