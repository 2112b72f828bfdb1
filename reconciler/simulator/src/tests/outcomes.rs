//! What was really done decides the verify of the same run, and of no other.

use heal_engine::{DecidedBy, Input, Key, RecordedRun, RunEnd, Trace, TraceEvent};
use heal_program::Millis;
use heal_telemetry::{Outcome, Verdict};
use proptest::prelude::*;

use super::*;
use crate::{Groups, Recalled};

/// A plan under a detector of `latency`, tried twice, then people; and its action alone.
const PACKAGE: &str = "
use std.notify
entity Service by (service) { owner: text }
signal latency: duration in ms by (service) { from metric \"latency\" every 1m }
signal free: ratio by (service) { from metric \"free\" every 1m }
detector slow { when latency > 90ms }
action clear(service: Service) { command [\"clear\", service.service] risk low idempotent }
plan mend(service: Service) { step clear = clear(service) verify free[service] > 10% within 5m }
policy heal { on slow try mend then mend then escalate notify.page(\"sre\") guard { limit 9 per 1h cooldown 1m } }
";

/// Slow in these minutes of forty, for each service; what is free is said minute by minute.
fn over(slow: &[(&str, std::ops::Range<usize>)], free: &[f64]) -> Recording {
    let mut all = Vec::new();
    for (service, minutes) in slow {
        let latency: Vec<f64> =
            (0..40).map(|minute| if minutes.contains(&minute) { 95.0 } else { 10.0 }).collect();
        all.push(series("latency", service, "ms", &latency));
        all.push(series("free", service, "1", free));
    }
    recording(all)
}

const ROOMY: [f64; 40] = [0.5; 40];

/// `mend` of `cart` at a minute, which took half a minute.
fn outcome(minute: i64, verdict: Verdict) -> Outcome {
    Outcome {
        start: Timestamp(minute * MINUTE_MS),
        item: "mend".to_owned(),
        labels: [("service".to_owned(), "cart".to_owned())].into(),
        end: Some(Timestamp(minute * MINUTE_MS + 30_000)),
        verdict,
        note: String::new(),
        source: format!("{minute}"),
        file: "jobs.csv".to_owned(),
    }
}

fn with(recorded: &Recording, outcomes: impl IntoIterator<Item = Outcome>) -> Recording {
    RecordingBuilder::from_recording(recorded.clone()).outcomes(outcomes).build().unwrap()
}

/// What became of each run of a course, and by which recorded outcome: `1 to 3 passed by 1`.
fn runs(trace: &Trace) -> Vec<String> {
    let (mut began, mut decided) = (std::collections::BTreeMap::new(), std::collections::BTreeMap::new());
    let mut runs = Vec::new();
    for event in &trace.events {
        let minute = event.at.0 / MINUTE_MS;
        match &event.kind {
            TraceKind::RunStarted { run, labels, .. } => {
                began.insert(*run, (minute, heal_engine::label_values(labels)));
            }
            TraceKind::VerifyDecided { run, by: DecidedBy::Recorded(by), .. } => {
                decided.insert(*run, by.source.clone());
            }
            TraceKind::RunEnded { run, end, .. } => {
                let end = match end {
                    RunEnd::Passed => "passed",
                    RunEnd::Failed { .. } => "failed",
                    RunEnd::Inconclusive { .. } => "inconclusive",
                    other => panic!("{other:?}"),
                };
                let by = decided.get(run).map_or_else(String::new, |by| format!(" by {by}"));
                let (start, service) = &began[run];
                let of = if service == "cart" { String::new() } else { format!("{service} ") };
                runs.push(format!("{of}{start} to {minute} {end}{by}"));
            }
            TraceKind::Escalated { .. } => runs.push(format!("{minute} people")),
            _ => {}
        }
    }
    runs
}

fn courses(text: &str, recorded: &Recording) -> [Vec<String>; 2] {
    let program = program(text);
    let simulation = simulate(&program, recorded, &Options::default()).unwrap();
    assert_eq!(simulation, simulate_told(&program, recorded).unwrap());
    foretold::check_groups(&program, recorded, &simulation);
    [runs(&simulation.trace), runs(&simulation.failing.unwrap())]
}

#[track_caller]
fn check(text: &str, recorded: &Recording, expected: [&[&str]; 2]) {
    let found = courses(text, recorded);
    assert_eq!(found[0], expected[0], "passing");
    assert_eq!(found[1], expected[1], "failing");
}

/// Both courses come to this.
#[track_caller]
fn check_both(recorded: &Recording, expected: &[&str]) {
    check(PACKAGE, recorded, [expected, expected]);
}

#[test]
fn nothing_recorded_leaves_a_range() {
    let recorded = over(&[("cart", 1..30)], &ROOMY);
    check(PACKAGE, &recorded, [&["1 to 3 passed"], &["1 to 6 failed", "6 to 11 failed", "11 people"]]);
}

#[test]
fn what_came_of_the_same_run_decides_in_both_courses() {
    let recorded = over(&[("cart", 1..30)], &ROOMY);
    check_both(&with(&recorded, [outcome(1, Verdict::Passed)]), &["1 to 3 passed by 1"]);
    // The next rung is another run, of which nothing is recorded.
    for verdict in [Verdict::Failed, Verdict::StepFailed] {
        let failed = with(&recorded, [outcome(1, verdict)]);
        let expected: [&[&str]; 2] = [
            &["1 to 6 failed by 1", "6 to 8 passed"],
            &["1 to 6 failed by 1", "6 to 11 failed", "11 people"],
        ];
        check(PACKAGE, &failed, expected);
        let both = with(&failed, [outcome(6, Verdict::Passed)]);
        check_both(&both, &["1 to 6 failed by 1", "6 to 8 passed by 6"]);
    }
    // What nobody knows is no pass, and nothing is tried after it.
    check_both(&with(&recorded, [outcome(1, Verdict::Unknown)]), &["1 to 6 inconclusive by 1", "6 people"]);
}

#[test]
fn what_is_said_of_it_names_the_run_as_it_was_recorded() {
    let recorded = with(&over(&[("cart", 1..30)], &ROOMY), [outcome(1, Verdict::Failed)]);
    let simulation = simulate(&program(PACKAGE), &recorded, &Options::default()).unwrap();
    let reason = simulation.trace.events.iter().find_map(|event| match &event.kind {
        TraceKind::RunEnded { end: RunEnd::Failed { reason }, .. } => Some(reason.clone()),
        _ => None,
    });
    assert_eq!(reason.unwrap(), "its verify failed when it was really run, at 1970-01-01T00:01:00Z");
}

#[test]
fn where_nobody_wrote_down_whether_it_helped_what_was_recorded_afterwards_tells() {
    let mut free = [0.05; 40];
    free[8..].fill(0.5);
    let recorded = over(&[("cart", 1..9)], &free);
    let done = |start: i64, end: i64| Outcome {
        end: Some(Timestamp(end * MINUTE_MS)),
        ..outcome(start, Verdict::Done)
    };
    // It took until minute 5; its five minutes begin then.
    check_both(&with(&recorded, [done(1, 5)]), &["1 to 9 passed by 1"]);
    // It was over at once, and five minutes later nothing was free.
    let both = with(&recorded, [done(1, 1), outcome(6, Verdict::Failed)]);
    check_both(&both, &["1 to 6 failed by 1", "6 to 11 failed by 6", "11 people"]);
    // Missing data is never success.
    let silent: Vec<f64> = free[..3].to_vec();
    let recorded = over(&[("cart", 1..9)], &silent);
    check_both(&with(&recorded, [done(1, 1)]), &["1 to 6 inconclusive by 1", "6 people"]);
}

#[test]
fn a_policy_that_stands_beside_it_changes_nothing_of_what_was_really_done() {
    let verify = "verify free[service] > 10%";
    let text = PACKAGE.replace(verify, "verify free[service] > 10% && lost[service] < 1%")
        + "signal lost: ratio by (service) { from metric \"lost\" every 1m }";
    let beside = "
signal load: ratio by (shard) { from metric \"load\" every 1m }
detector high { when load > 50% }
action poke(shard: text) { command [\"poke\", shard] risk medium idempotent }
plan prod(shard: text) { require load[shard] < 90% step poke = poke(shard) }
policy other { on high try prod(shard) guard { limit 9 per 1h } }
";
    // Nobody recorded what is lost, and of nothing else it hangs.
    let recorded = with(&over(&[("cart", 1..5)], &ROOMY), [outcome(1, Verdict::Done)]);
    let part = |text: &str| {
        let program = program(text);
        let groups = Groups::of(&program, &recorded);
        let healed = program.policies.iter().position(|policy| policy.head.path == "heal").unwrap();
        let holds = |group: &heal_engine::Group| group.policies.iter().any(|policy| policy.at() == healed);
        let at = groups.all().iter().position(holds).unwrap();
        let mut decided =
            groups.decide(&[at], &Options::default(), |_, it: crate::Decided<Vec<TraceEvent>>| it).unwrap();
        let decided = decided.remove(0);
        (groups.names()[at].clone(), decided.passing, decided.failing)
    };
    let (alone, both) = (part(&text), part(&format!("{text}{beside}")));
    assert!(alone.1.iter().any(|event| matches!(event.kind, TraceKind::RunEnded { .. })), "{alone:#?}");
    assert_eq!(alone, both);
    check(&text, &recorded, LOST);
}

/// What comes of a run that is judged by what nobody recorded.
const LOST: [&[&str]; 2] = [&["1 to 5 passed"], &["1 to 6 failed", "6 people"]];

#[test]
fn what_a_plan_affects_matters_no_more_where_the_same_was_really_run() {
    let text = PACKAGE.replace("step clear = ", "affects free  step clear = ");
    let mut free = [0.05; 40];
    free[4..].fill(0.5);
    let recorded = over(&[("cart", 1..6)], &free);
    let without: [&[&str]; 2] = [&["1 to 6 passed"], &["1 to 6 failed", "6 people"]];
    let done = with(&recorded, [outcome(1, Verdict::Done)]);
    let found = courses(&text, &recorded);
    assert_eq!([found[0].as_slice(), found[1].as_slice()], without);
    check(&text, &done, [&["1 to 6 passed by 1"], &["1 to 6 passed by 1"]]);
}

#[test]
fn another_target_plan_or_time_says_nothing() {
    let recorded = over(&[("cart", 1..30)], &ROOMY);
    let without = courses(PACKAGE, &recorded);
    let passed = outcome(1, Verdict::Failed);
    let with_labels = |labels: &[(&str, &str)]| Outcome {
        labels: labels.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect(),
        ..passed.clone()
    };
    for other in [
        with_labels(&[("service", "shop")]),
        with_labels(&[]),
        with_labels(&[("service", "cart"), ("host", "a")]),
        Outcome { item: "heal".to_owned(), ..passed.clone() },
        // More than five minutes from any run of either course.
        outcome(17, Verdict::Failed),
    ] {
        assert_eq!(courses(PACKAGE, &with(&recorded, [other.clone()])), without, "{other:?}");
    }
    // So near, and no nearer, may it be.
    let [_, failing] = courses(PACKAGE, &with(&recorded, [outcome(16, Verdict::Failed)]));
    assert_eq!(failing, without[1]);
    let [_, failing] = courses(PACKAGE, &with(&recorded, [outcome(11, Verdict::Unknown)]));
    assert_eq!(failing, ["1 to 6 failed", "6 to 11 inconclusive by 11", "11 people"]);
}

#[test]
fn the_nearest_is_the_same_and_each_is_the_same_once() {
    let recorded = over(&[("cart", 5..39)], &ROOMY);
    let long = |minute: i64, verdict: Verdict| Outcome {
        end: Some(Timestamp(5 * MINUTE_MS)),
        ..outcome(minute, verdict)
    };
    // Of two as near the earlier one; the other is left for the next run.
    let two = with(&recorded, [long(3, Verdict::Failed), outcome(7, Verdict::Passed)]);
    check_both(&two, &["5 to 10 failed by 3", "10 to 12 passed by 7"]);
    let nearer = with(&recorded, [long(1, Verdict::Failed), outcome(6, Verdict::Passed)]);
    check_both(&nearer, &["5 to 7 passed by 6"]);
    // It did not help before it was done.
    check_both(&with(&recorded, [outcome(9, Verdict::Passed)]), &["5 to 9 passed by 9"]);
}

#[test]
fn what_was_over_before_anything_was_wrong_says_nothing() {
    let recorded = over(&[("cart", 5..39)], &ROOMY);
    let without = courses(PACKAGE, &recorded);
    assert_eq!(courses(PACKAGE, &with(&recorded, [outcome(4, Verdict::Passed)])), without);
    let still = Outcome { end: Some(Timestamp(5 * MINUTE_MS)), ..outcome(4, Verdict::Passed) };
    check_both(&with(&recorded, [still]), &["5 to 7 passed by 4"]);
}

#[test]
fn what_is_forgotten_again_leaves_a_run_the_time_to_verify_what_nobody_looked_at_meanwhile() {
    let text = PACKAGE
        .replace("step clear = ", "affects latency  step clear = ")
        .replace("within 5m", "within 3m  verify latency[service] < 90ms within 15m");
    let recorded = over(&[("cart", 1..9)], &ROOMY);
    let without = courses(&text, &recorded);
    assert!(without[0].iter().all(|run| !run.contains("failed")), "{without:?}");
    for verdict in [Verdict::Done, Verdict::Passed, Verdict::Failed] {
        let later = courses(&text, &with(&recorded, [outcome(11, verdict)]));
        assert!(later[0].iter().all(|run| !run.contains("failed")), "{verdict:?}: {later:?}");
    }
}

#[test]
fn a_plan_with_a_for_each_is_decided_by_nothing_recorded_whatever_stands_beside_it() {
    let text = PACKAGE.replace(
        "plan mend(service: Service) { step clear = clear(service)",
        "plan mend(service: Service) { step clear = clear(service) for each other in Service at most 2 { step again = clear(other) }",
    );
    let program = program(&text);
    let plan = program.plans.iter().find(|plan| plan.head.path == "mend").unwrap();
    assert_eq!(program.recorded_as(plan), [""; 0]);
    let recorded = with(&over(&[("cart", 1..30)], &ROOMY), [outcome(1, Verdict::Failed)]);
    let mut recalled = Recalled::of(&program, &program.policies, &recorded);
    assert_eq!(recalled.see(&started(false, "")), None);
}

#[test]
fn what_was_done_for_another_episode_says_nothing() {
    let mut latency = vec![10.0; 40];
    latency[1..4].fill(95.0);
    latency[6..30].fill(95.0);
    let two = recording(vec![series("latency", "cart", "ms", &latency), series("free", "cart", "1", &ROOMY)]);
    // It began after the first firing had ended: it is that of the second. Until then it could have been that of the first,
    // which does not pass before it.
    let later = with(&two, [Outcome { end: Some(Timestamp(7 * MINUTE_MS)), ..outcome(5, Verdict::Failed) }]);
    let [passing, failing] = courses(PACKAGE, &later);
    assert_eq!(passing, ["1 to 4 passed", "6 to 11 failed by 5", "11 to 13 passed"]);
    assert_eq!(failing[..3], ["1 to 6 failed", "6 people", "6 to 11 failed by 5"]);
    // It began before the first one ended: it says nothing of the second, though it is near.
    let earlier = with(&two, [outcome(3, Verdict::Passed), outcome(1, Verdict::Failed)]);
    let [passing, failing] = courses(PACKAGE, &earlier);
    assert_eq!(passing, ["1 to 6 failed by 1", "6 people", "6 to 8 passed"]);
    assert_eq!(failing[..3], ["1 to 6 failed by 1", "6 people", "6 to 11 failed"]);
}

#[test]
fn an_action_is_the_same_as_a_plan_that_does_nothing_else() {
    let recorded = over(&[("cart", 1..30)], &ROOMY);
    let of_action = Outcome { item: "clear".to_owned(), ..outcome(1, Verdict::Passed) };
    let recorded = with(&recorded, [of_action]);
    check_both(&recorded, &["1 to 3 passed by 1"]);
    let two =
        PACKAGE.replace("step clear = clear(service)", "step a = clear(service) step b = clear(service)");
    check(&two, &recorded, [&["1 to 3 passed"], &["1 to 6 failed", "6 to 11 failed", "11 people"]]);
}

/// `mend` of `cart` begins at minute 1.
fn started(shadow: bool, target: &str) -> TraceEvent {
    TraceEvent {
        at: Timestamp(MINUTE_MS),
        kind: TraceKind::RunStarted {
            run: heal_program::SemanticHash::default(),
            firing: heal_program::SemanticHash::default(),
            policy: "heal".to_owned(),
            plan: "mend".to_owned(),
            rung: 0,
            labels: vec![("service".to_owned(), "cart".to_owned())],
            target: target.to_owned(),
            shadow,
            grounds: Vec::new(),
            given: Vec::new(),
        },
    }
}

#[test]
fn what_a_shadow_or_a_target_of_many_would_do_is_decided_by_nothing_recorded() {
    let recorded = with(&over(&[("cart", 1..30)], &ROOMY), [outcome(1, Verdict::Passed)]);
    let mut recalled = Recalled::of(&program(PACKAGE), &program(PACKAGE).policies, &recorded);
    assert_eq!(recalled.see(&started(true, "")), None);
    assert_eq!(recalled.see(&started(false, "a")), None);
    assert!(matches!(recalled.see(&started(false, "")), Some(Input::Recorded { .. })));
}

#[test]
fn one_outcome_is_not_the_same_as_runs_of_two_policies() {
    let text = PACKAGE
        .replace("plan mend(service: Service) {", "plan mend(service: text) {")
        .replace("clear(service: Service)", "clear(name: text)")
        .replace("service.service] risk low", "name] risk medium")
        .replace("try mend then mend then", "try mend(service) then")
        + "detector worse { when latency > 80ms }
           policy other { on worse try mend(service) then escalate notify.page(\"sre\") guard { limit 9 per 1h } }";
    let text = text.replace("verify free[service] > 10%", "verify latency[service] < 50ms");
    let recorded = with(&over(&[("cart", 1..30)], &ROOMY), [outcome(1, Verdict::Passed)]);
    let [passing, failing] = courses(&text, &recorded);
    let by = |runs: &[String]| runs.iter().filter(|run| run.ends_with("by 1")).count();
    assert_eq!((by(&passing), by(&failing)), (1, 1), "{passing:?} {failing:?}");
}

#[test]
fn only_groups_that_may_go_by_what_is_new_are_decided_again() {
    let more = "detector full { when free < 1% }
        plan tidy(service: text) { step clear = sweep(service) verify free[service] > 10% within 5m }
        action sweep(name: text) { command [\"sweep\", name] risk medium idempotent }
        policy tidying { on full try tidy(service) then escalate notify.page(\"sre\") guard { limit 9 per 1h } }";
    let program = program(&format!("{PACKAGE}{more}"));
    let recorded = over(&[("cart", 1..30)], &ROOMY);
    let names = |recorded: &Recording| -> Vec<(Key, String)> {
        let groups = Groups::of(&program, recorded);
        let of = groups.all().iter().zip(groups.names()).map(|(group, name)| {
            let policies = group.policies.iter().map(|it| program.policy(*it).unwrap().head.path.clone());
            (policies.collect::<Key>(), name.clone())
        });
        of.filter(|(policies, _)| !policies.is_empty()).collect()
    };
    let changed = |before: &Recording, after: &Recording| -> Vec<String> {
        let before = names(before);
        names(after)
            .into_iter()
            .filter(|it| !before.contains(it))
            .flat_map(|(policies, _)| policies)
            .collect()
    };
    let with_one = with(&recorded, [outcome(1, Verdict::Passed)]);
    assert_eq!(changed(&recorded, &recorded), [""; 0]);
    assert_eq!(changed(&recorded, &with_one), ["heal"]);
    assert_eq!(changed(&with_one, &with(&with_one, [outcome(20, Verdict::Failed)])), ["heal"]);
    let of_tidy = Outcome { item: "tidy".to_owned(), ..outcome(1, Verdict::Passed) };
    assert_eq!(changed(&with_one, &with(&with_one, [of_tidy])), ["tidying"]);
    let of_nobody = Outcome { item: "nobody".to_owned(), ..outcome(1, Verdict::Passed) };
    assert_eq!(changed(&with_one, &with(&with_one, [of_nobody])), [""; 0]);
}

#[test]
fn an_engine_that_looks_at_the_world_does_not_listen() {
    let recorded = over(&[("cart", 1..9)], &ROOMY);
    let program = program(PACKAGE);
    let plain = effects::lived(&program, &recorded);
    let told = effects::lived(&program, &with(&recorded, [outcome(1, Verdict::Failed)]));
    assert_eq!(runs(&plain), ["1 to 6 failed", "6 to 9 passed"]);
    assert_eq!(told, plain);
}

/// All that a course did, but for by what and why a verify was decided.
fn done(trace: &Trace) -> Vec<TraceEvent> {
    let is_told = |event: &&TraceEvent| !matches!(event.kind, TraceKind::VerifyDecided { .. });
    let plain = |event: &TraceEvent| {
        let mut event = event.clone();
        match &mut event.kind {
            TraceKind::RunEnded { end: RunEnd::Failed { reason }, .. }
            | TraceKind::Escalated { reason, .. } => {
                reason.clear();
            }
            _ => {}
        }
        event
    };
    trace.events.iter().filter(is_told).map(plain).collect()
}

/// The runs of a course, as if each had been really done and had come to this.
fn as_recorded(trace: &Trace, verdict: Verdict) -> Vec<Outcome> {
    let run = |event: &TraceEvent| match &event.kind {
        TraceKind::RunStarted { plan, labels, .. } => Some(Outcome {
            start: event.at,
            item: plan.clone(),
            labels: labels.iter().cloned().collect(),
            end: None,
            verdict,
            note: String::new(),
            source: String::new(),
            file: String::new(),
        }),
        _ => None,
    };
    trace.events.iter().filter_map(run).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Where all runs of a course came to what the course takes them for, that course is all there is.
    #[test]
    fn outcomes_that_are_all_equal_leave_one_course(
        values in proptest::collection::vec(proptest::collection::vec(0_u8..4, 60), 2),
    ) {
        let program = program(PACKAGE);
        let latency = |of: &[u8]| -> Vec<f64> {
            // Long stretches, so that there is something to do.
            (0..120).map(|minute| if of[minute / 2] > 1 { 95.0 } else { 10.0 }).collect()
        };
        let recorded = recording(vec![
            series("latency", "cart", "ms", &latency(&values[0])),
            series("latency", "shop", "ms", &latency(&values[1])),
            series("free", "cart", "1", &[0.5; 120]),
            series("free", "shop", "1", &[0.5; 120]),
        ]);
        let simulated = |recorded: &Recording| simulate(&program, recorded, &Options::default()).unwrap();
        let plain = simulated(&recorded);
        let failing = plain.failing.as_ref().unwrap();
        for (course, verdict) in [(&plain.trace, Verdict::Passed), (failing, Verdict::Failed)] {
            let all = with(&recorded, as_recorded(course, verdict));
            let narrowed = simulated(&all);
            prop_assert!(done(&narrowed.trace) == done(course), "{:?} and not {:?}", runs(&narrowed.trace), runs(course));
            let failing = narrowed.failing.as_ref().unwrap();
            prop_assert!(done(failing) == done(course), "{:?} and not {:?}", runs(failing), runs(course));
        }
        // Outcomes of something else change nothing at all.
        let others = as_recorded(failing, Verdict::Failed).into_iter().map(|it| Outcome { item: "other".to_owned(), ..it });
        prop_assert!(simulated(&with(&recorded, others)) == plain);
    }

    /// Whatever is recorded: each outcome decides one run at most, of its item and target, that began near it; and groups
    /// decide as the whole does.
    #[test]
    fn each_outcome_decides_one_run_of_its_own_at_most(
        slow in proptest::collection::vec(any::<bool>(), 30),
        minutes in proptest::collection::btree_map(0_i64..120, 0_usize..5, 0..20),
    ) {
        let program = program(PACKAGE);
        let latency: Vec<f64> = (0..120).map(|minute| if slow[minute / 4] { 95.0 } else { 10.0 }).collect();
        let recorded = recording(vec![
            series("latency", "cart", "ms", &latency),
            series("free", "cart", "1", &latency.iter().map(|it| 1.0 - it / 100.0).collect::<Vec<_>>()),
        ]);
        let outcomes = minutes.iter().map(|(minute, verdict)| outcome(*minute, Verdict::ALL[*verdict]));
        let recorded = with(&recorded, outcomes);
        let simulation = simulate(&program, &recorded, &Options::default()).unwrap();
        foretold::check_groups(&program, &recorded, &simulation);
        prop_assert!(simulation == simulate_told(&program, &recorded).unwrap());
        for course in [&simulation.trace, simulation.failing.as_ref().unwrap()] {
            let mut starts = std::collections::BTreeMap::new();
            let mut seen: Vec<RecordedRun> = Vec::new();
            for event in &course.events {
                match &event.kind {
                    TraceKind::RunStarted { run, .. } => {
                        starts.insert(*run, event.at);
                    }
                    TraceKind::VerifyDecided { run, by: DecidedBy::Recorded(by), .. } => {
                        let apart = Millis((starts[run].0 - by.start.0).abs());
                        prop_assert!(apart <= Millis::from_minutes(5), "{apart}");
                        prop_assert!(event.at >= by.start);
                        prop_assert!(!seen.contains(by));
                        seen.push(by.clone());
                    }
                    _ => {}
                }
            }
        }
    }
}
