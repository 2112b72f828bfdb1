//! What declared effects decide of a verify, and what stays open.

use heal_engine::{Engine, Trace};
use proptest::prelude::*;

use super::*;
use crate::{RecordedEntities, feed::feeds, on_time, simulate::Recorded, world::live};

/// A plan under a detector of `latency`, with what its action and itself say that they affect.
fn package(affects: &str, verify: &str) -> String {
    format!(
        "
entity Service by (service) {{ from prometheus `services` every 1m }}
signal latency: duration in ms by (service) {{ from metric \"latency\" every 1m }}
signal hits: ratio by (service) {{ from metric \"hits\" every 1m }}
signal free: ratio by (service) {{ from metric \"free\" every 1m }}
detector slow {{ when latency > 90ms }}
detector full {{ when free < 10% }}
detector cold {{ when hits < 50% }}
action clear(service: Service) {{ command [\"clear\", service.service] risk low idempotent {affects} }}
plan mend(service: Service) {{ step clear = clear(service) verify {verify} within 5m }}
policy heal {{ on slow try mend then escalate guard {{ limit 9 per 1h cooldown 3m }} }}
"
    )
}

/// Slow from minute 1 for `slow` minutes of 20.
fn slow_for(slow: usize) -> Vec<f64> {
    (0..20).map(|minute| if (1..=slow).contains(&minute) { 95.0 } else { 10.0 }).collect()
}

fn over(slow: usize, hits: &[f64], free: &[f64]) -> Recording {
    let latency = slow_for(slow);
    let some = [("latency", "ms", latency.as_slice()), ("hits", "1", hits), ("free", "1", free)];
    let some = some.into_iter().filter(|(_, _, values)| !values.is_empty());
    recording(some.map(|(name, unit, values)| series(name, "cart", unit, values)).collect())
}

/// What became of each run of a course, and whether the recording decided it: `3 passed, decided`.
fn runs(trace: &Trace) -> Vec<String> {
    let mut decided = Vec::new();
    let mut runs = Vec::new();
    for event in &trace.events {
        match &event.kind {
            TraceKind::VerifyDecided { run, .. } => decided.push(*run),
            TraceKind::RunEnded { run, end, .. } => {
                let end = match end {
                    heal_engine::RunEnd::Passed => "passed".to_owned(),
                    heal_engine::RunEnd::Failed { reason } => format!("failed: {reason}"),
                    heal_engine::RunEnd::Inconclusive { reason } => format!("inconclusive: {reason}"),
                    other => format!("{other:?}"),
                };
                let by = if decided.contains(run) { ", decided" } else { "" };
                runs.push(format!("{} {end}{by}", event.at.0 / MINUTE_MS));
            }
            _ => {}
        }
    }
    runs
}

/// Both courses.
fn courses(text: &str, recorded: &Recording) -> [Vec<String>; 2] {
    let simulation = simulate(&program(text), recorded, &Options::default()).unwrap();
    [runs(&simulation.trace), runs(&simulation.failing.unwrap())]
}

fn check(affects: &str, verify: &str, recorded: &Recording, passing: &[&str], failing: &[&str]) {
    let [found_passing, found_failing] = courses(&package(affects, verify), recorded);
    assert_eq!(found_passing, passing, "{affects}, {verify}, passing");
    assert_eq!(found_failing, failing, "{affects}, {verify}, failing");
}

const ASSUMED: &str = "6 failed: a verify is assumed to be false";
const FULL: [f64; 20] = [0.05; 20];
const ROOMY: [f64; 20] = [0.5; 20];

#[test]
fn what_says_nothing_of_its_effects_may_affect_anything() {
    let recorded = over(15, &FULL, &ROOMY);
    check("", "free[service] > 10%", &recorded, &["3 passed"], &[ASSUMED]);
    check("affects free, latency", "free[service] > 10%", &recorded, &["3 passed"], &[ASSUMED]);
}

#[test]
fn a_verify_that_is_false_in_the_recording_fails_in_both_courses_where_nothing_it_reads_is_affected() {
    let recorded = over(15, &FULL, &FULL);
    let failed = "6 failed: verify free[service] > 10% is false, decided";
    check("affects latency", "free[service] > 10%", &recorded, &[failed], &[failed]);
    let both = "free[service] > 10% && hits[service] > 50%";
    let failed = format!("6 failed: verify {both} is false, decided");
    check("affects hits, latency", both, &recorded, &[&failed], &[&failed]);
    // Either may hold.
    let either = "free[service] > 10% || hits[service] > 50%";
    check("affects hits, latency", either, &recorded, &["3 passed"], &[ASSUMED]);
}

#[test]
fn a_verify_is_passed_in_both_courses_only_where_the_detector_has_stopped_whatever_the_run_did() {
    // It stops at minute 4, and nothing that it reads is affected.
    let recorded = over(3, &FULL, &ROOMY);
    let passed = "4 passed, decided";
    check("affects hits", "free[service] > 10%", &recorded, &[passed], &[passed]);
    check(
        "affects nothing",
        "latency[service] < 50ms",
        &recorded,
        &["5 passed, decided"],
        &["5 passed, decided"],
    );
    // Whether it would have stopped without the run nobody knows.
    check("affects latency", "free[service] > 10%", &recorded, &["3 passed"], &[ASSUMED]);
}

#[test]
fn a_plan_that_affects_nothing_its_detector_reads_heals_nothing() {
    let recorded = over(15, &ROOMY, &ROOMY);
    let failed = "6 failed: slow still fires, decided";
    check("affects hits", "hits[service] > 10%", &recorded, &[failed], &[failed]);
    check("affects hits", "free[service] > 10%", &recorded, &[failed], &[failed]);
}

#[test]
fn what_detectors_read_is_affected_through_them() {
    let recorded = over(3, &FULL, &ROOMY);
    check("affects hits", "!full[service]", &recorded, &["4 passed, decided"], &["4 passed, decided"]);
    check("affects hits", "!cold[service]", &recorded, &["4 passed"], &[ASSUMED]);
}

#[test]
fn what_replaces_the_unknown_does_not_replace_what_is_affected() {
    let recorded = over(3, &FULL, &[]);
    check("affects hits", "hits[service].or(1) > 50%", &recorded, &["4 passed"], &[ASSUMED]);
}

#[test]
fn missing_data_is_never_success_and_a_signal_that_is_not_recorded_decides_nothing() {
    // `free` ends at minute 1.
    let recorded = over(3, &FULL, &[0.5, 0.5]);
    let unknown = "6 inconclusive: verify free[service] > 10% is unknown, decided";
    check("affects hits", "free[service] > 10%", &recorded, &[unknown], &[unknown]);
    let recorded = over(3, &FULL, &[]);
    check("affects hits", "free[service] > 10%", &recorded, &["4 passed"], &[ASSUMED]);
}

#[test]
fn a_rung_before_that_may_affect_anything_leaves_the_next_one_open() {
    let recorded = over(15, &FULL, &FULL);
    let two = |first: &str, ladder: &str| {
        package("affects latency", "free[service] > 10%").replace("try mend", ladder)
            + &format!(
                "action kick(service: Service) {{ command [\"kick\"] risk low idempotent {first} }}
                plan begin(service: Service) {{ step kick = kick(service) verify latency[service] < 50ms within 2m }}"
            )
    };
    let failed = "8 failed: verify free[service] > 10% is false, decided";
    let [_, failing] = courses(&two("affects latency", "try begin then mend"), &recorded);
    assert_eq!(failing, ["3 failed: a verify is assumed to be false", failed]);
    let [_, failing] = courses(&two("", "try begin then mend"), &recorded);
    assert_eq!(
        failing,
        ["3 failed: a verify is assumed to be false", "8 failed: a verify is assumed to be false"]
    );
}

#[test]
fn what_a_plan_says_of_itself_stands_for_all_that_it_calls() {
    let recorded = over(15, &FULL, &FULL);
    let text = package("", "free[service] > 10%").replace("{ step clear", "{ affects latency  step clear");
    let failed = "6 failed: verify free[service] > 10% is false, decided";
    assert_eq!(courses(&text, &recorded), [[failed], [failed]]);
    // What it disturbs it affects.
    let text = text.replace("affects latency", "affects latency  disturbs free everywhere for 1m");
    assert_eq!(courses(&text, &recorded), [["3 passed"], [ASSUMED]]);
}

const VERIFIES: [&str; 9] = [
    "hits[service] > 50%",
    "free[service] > 50% && hits[service] > 50%",
    "free[service] > 50% || hits[service] > 50%",
    "!(free[service] > 50%) || !cold[service]",
    "(during(\"Mon..Sun 00:00..00:08 UTC\") ? free[service] > 50% : hits[service] > 50%)",
    "free[service].avg(2m) > 50%",
    "free[service].or(0) > 50% && !full[service]",
    "latency[service] < 50ms || (hits[service] > 50% && free[service] > 50%)",
    "(hits[service] > 50% ? true : free[service] > 50%)",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    /// Whatever the world does with what is affected: what the recording decided comes out so.
    #[test]
    fn what_is_decided_comes_true_however_the_world_answers(
        verify in 0..VERIFIES.len(),
        affected in proptest::collection::vec(any::<bool>(), 3),
        slow in 1_usize..15,
        values in proptest::collection::vec(proptest::collection::vec(0_u8..4, 20), 5),
    ) {
        let names = ["latency", "hits", "free"];
        let said: Vec<&str> = names.iter().zip(&affected).filter(|(_, is)| **is).map(|(name, _)| *name).collect();
        let said = if said.is_empty() { "nothing".to_owned() } else { said.join(", ") };
        let program = program(&package(&format!("affects {said}"), VERIFIES[verify]));
        // The run begins at minute 1: up to there all is as recorded. 3: no sample.
        let made = |latency: &dyn Fn(usize) -> f64, hits: usize, free: usize| {
            let values_of = |now: usize, before: usize| -> Vec<(i64, f64)> {
                let value = |minute: usize| values[if minute <= 1 { before } else { now }][minute];
                (0..20).filter(|minute| value(*minute) < 3).map(|minute| (i64::try_from(minute).unwrap(), f64::from(value(minute)) * 0.4)).collect()
            };
            let latency: Vec<(i64, f64)> = (0..20).map(|minute| (i64::try_from(minute).unwrap(), latency(minute))).collect();
            let all = [("latency", "ms", latency), ("hits", "1", values_of(hits, 0)), ("free", "1", values_of(free, 1))];
            let all = all.into_iter().filter(|(_, _, samples)| !samples.is_empty());
            recording(all.map(|(name, unit, samples)| NewSeries {
                samples: samples.into_iter().map(|(minute, value)| Sample { at: Timestamp(minute * MINUTE_MS), value }).collect(),
                ..series(name, "cart", unit, &[])
            }).collect())
        };
        let recorded_latency = slow_for(slow);
        let recorded = made(&|minute| recorded_latency[minute], 0, 1);
        let world = made(
            &|minute| if affected[0] && minute > 1 { f64::from(values[4][minute]) * 40.0 } else { recorded_latency[minute] },
            if affected[1] { 2 } else { 0 },
            if affected[2] { 3 } else { 1 },
        );
        let simulation = simulate(&program, &recorded, &Options::default()).unwrap();
        let first = |trace: &Trace| runs(trace).into_iter().next();
        // What fails in both courses is inconclusive where telemetry of what is affected stops. It does not pass.
        let how = |run: &str| run.split([' ', ':']).nth(1) == Some("passed");
        let real = first(&lived(&program, &world)).map(|run| how(&run));
        for course in [&simulation.trace, simulation.failing.as_ref().unwrap()] {
            let Some(found) = first(course) else { continue };
            if let Some(found) = found.strip_suffix(", decided") {
                prop_assert_eq!(Some(how(found)), real, "{}, {}", said, VERIFIES[verify]);
            }
        }
    }
}

/// An engine that looks at the world, whose actions succeed.
pub(super) fn lived(program: &Program, recorded: &Recording) -> Trace {
    let program = on_time(program);
    let feeds = feeds(&program, recorded);
    let samples: Vec<Vec<Sample>> = feeds.iter().map(|feed| feed.samples().unwrap()).collect();
    let entities = RecordedEntities::of(&program, recorded);
    let mut world = Recorded::new(&program, recorded, (&feeds, &samples), &entities);
    let mut engine = Engine::new(program.clone());
    Trace { events: live(&mut engine, &mut world, recorded.end()).unwrap() }
}
