//! What is foretold of a recording is what an engine sees that is told every sample of it.

use heal_engine::{Trace, TraceEvent};
use heal_program::Program;
use heal_telemetry::{Labels, Recording};
use proptest::prelude::*;

use super::*;
use crate::{Decided, Groups, Unrecorded};

/// A signal in its own unit, one that is capped, and one that counts the lines of a log.
const PROGRAM: &str = "
signal latency: duration in ms by (service) { from metric \"latency\" every 1m }
signal load: ratio in percent by (service) { from metric \"load\" every 1m  at most 2 keys }
signal failures: count by (service) { from logs \"app\" match `failed (?<service>[a-z]+)` count per 1m }
detector slow { when latency.avg(5m) > 90ms || latency > 95ms  for 2m }
detector busy { when load > 90% clear when load.max(3m) < 80% }
detector failing { when failures.sum(5m) > 3 }
detector quiet { when failures == 0  for 3m }
detector bad { when slow && failures.sum(10m) < 2 }
";

/// Policies that read signals, try again, wait for people, verify, and tell: all that lets a ladder rest and go on.
const DECIDED: &str = "
use std.notify
use std.service
signal latency: duration in ms by (service) { from metric \"latency\" every 1m }
signal load: ratio in percent by (service) { from metric \"load\" every 1m }
detector slow { when latency > 60ms  for 1m }
detector busy { when load > 70% clear when load.max(3m) < 50% }
detector worse { when latency.avg(4m) > 80ms severity critical }
plan restart(service: service.Service) {
  require load[service] < 90%
  step restart = service.restart(service)
  verify latency[service] < 90ms within 5m
}
plan calm(service: service.Service) { step again = service.restart(service) }
policy heal_slow {
  on slow
  where load < 95%
  try restart
  then calm again every 7m
  then escalate notify.page(\"team\")
  guard { limit 4 per 1h  cooldown 4m }
}
policy heal_busy {
  on busy
  try calm
  then escalate notify.page(\"team\")
  guard { limit 2 per 30m  approval \"team\", timeout 6m else escalate }
}
policy tell_busy { on busy try escalate notify.page(\"team\") }
policy heal_worse {
  on worse
  try restart
  then escalate notify.page(\"others\")
  guard { limit 3 per 2h }
}
";

/// Steps between samples, in minutes, some of them longer than an engine remembers a silent key; and values of few
/// decimals, now and then of many.
fn samples(long_steps: u32) -> impl Strategy<Value = Vec<(i64, f64)>> {
    let step = prop_oneof![20 => Just(1i64), 4 => 2i64..6, long_steps => 1_300i64..4_500];
    let value =
        prop_oneof![8 => (0i32..1_200).prop_map(|tenths| f64::from(tenths) / 10.0), 1 => 0.0..120.0f64];
    (0i64..30, proptest::collection::vec((step, value), 0..60)).prop_map(|(mut at, steps)| {
        let of = |(step, value)| {
            at += step;
            (at, value)
        };
        steps.into_iter().map(of).collect()
    })
}

fn new_series(name: &str, service: &str, unit: &str, samples: &[(i64, f64)]) -> NewSeries {
    let labels: Labels = [("service".to_owned(), service.to_owned())].into();
    let samples = samples.iter().map(|(at, value)| Sample { at: Timestamp(at * MINUTE_MS), value: *value });
    NewSeries { labels, samples: samples.collect(), ..series(name, service, unit, &[]) }
}

/// Whether some events stand in that order among others.
fn stand_among(some: &[TraceEvent], all: &[TraceEvent]) -> bool {
    let mut all = all.iter();
    some.iter().all(|event| all.any(|other| other == event))
}

/// What the groups of a program do, held to what the whole does: as many events, in the same order in each group.
pub(super) fn check_groups(program: &Program, recording: &Recording, whole: &Simulation) {
    let groups = Groups::of(program, recording);
    let all: Vec<usize> = (0..groups.all().len()).collect();
    let options = Options { threads: 2, ..Options::default() };
    let decided = groups.decide(&all, &options, |_, decided: Decided<Vec<TraceEvent>>| decided).unwrap();
    let mut unrecorded = Unrecorded::default();
    decided.iter().for_each(|it| unrecorded.extend(it.unrecorded.clone()));
    let known = groups.beginning(&unrecorded);
    let check = |trace: &Trace, of: &dyn Fn(&Decided<Vec<TraceEvent>>) -> Vec<TraceEvent>| {
        let parts: Vec<Vec<TraceEvent>> = decided.iter().map(of).collect();
        for part in parts.iter().chain([&known]) {
            assert!(stand_among(part, &trace.events), "{part:#?} in {trace:#?}");
        }
        let count = parts.iter().map(Vec::len).sum::<usize>() + known.len();
        assert_eq!(count, trace.events.len());
    };
    check(&whole.trace, &|it| it.passing.clone());
    if let Some(failing) = &whole.failing {
        check(failing, &|it| it.failing.as_ref().unwrap_or(&it.passing).clone());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn what_is_foretold_is_what_an_engine_sees_that_is_told_every_sample(
        all in prop_oneof![2 => Just(0u32), 1 => Just(1), 1 => Just(40)]
            .prop_flat_map(|long_steps| proptest::collection::vec(samples(long_steps), 8)),
    ) {
        let program = program(PROGRAM);
        let failures = program.signals.iter().find(|signal| signal.head.path == "failures").unwrap();
        let mut builder = RecordingBuilder::new("small").signal(failures.source_hash().to_string(), "failures");
        let named = [
            ("latency", "ms"), ("latency", "s"), ("load", "percent"), ("load", "percent"), ("load", "1"),
            ("failures", "1"), ("failures", "1"), ("failures", "1"),
        ];
        for ((place, samples), (name, unit)) in all.iter().enumerate().zip(named) {
            if !samples.is_empty() {
                let whole: Vec<(i64, f64)> = samples.iter().map(|(at, value)| (*at, value.floor() % 5.0)).collect();
                let samples = if name == "failures" { &whole } else { samples };
                builder = builder.series(new_series(name, &format!("s{place}"), unit, samples));
            }
        }
        let Ok(recording) = builder.build() else { return Ok(()) };
        let foretold = simulate(&program, &recording, &Options::default()).unwrap();
        check_groups(&program, &recording, &foretold);
        prop_assert_eq!(foretold, simulate_told(&program, &recording).unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn what_is_decided_on_what_is_foretold_is_what_is_decided_at_every_step(
        all in proptest::collection::vec(samples(0), 6),
    ) {
        let program = program(DECIDED);
        let mut builder = RecordingBuilder::new("small");
        for (place, samples) in all.iter().enumerate().filter(|(_, samples)| !samples.is_empty()) {
            let (name, unit) = [("latency", "ms"), ("load", "percent")][place % 2];
            let mut new = new_series(name, &format!("s{}", place / 2), unit, samples);
            new.labels.insert("zone".to_owned(), format!("z{}", place / 2));
            builder = builder.series(new);
        }
        let Ok(recording) = builder.build() else { return Ok(()) };
        let foretold = simulate(&program, &recording, &Options::default()).unwrap();
        check_groups(&program, &recording, &foretold);
        prop_assert_eq!(foretold, simulate_told(&program, &recording).unwrap());
        // Nothing depends on a host, so that fewer of the same policies are tied.
        let apart = super::program(APART);
        prop_assert!(Groups::of(&apart, &recording).all().len() > 2);
        check_groups(&apart, &recording, &simulate(&apart, &recording, &Options::default()).unwrap());
    }
}

/// Policies about what depends on nothing, with plans that work on no entity, so that fewer are tied.
const APART: &str = "
use std.notify
signal latency: duration in ms by (zone) { from metric \"latency\" every 1m }
signal load: ratio in percent by (zone) { from metric \"load\" every 1m }
detector slow { when latency > 60ms  for 1m }
detector busy { when load > 70% clear when load.max(3m) < 50% }
detector worse { when latency.avg(4m) > 80ms severity critical }
detector idle { when load < 5% }
action again(name: text) { command [\"again\", name] risk medium idempotent }
plan calm(name: text) { step again = again(name) }
plan watched(name: text) {
  step again = again(name)
  verify latency[name] < 90ms within 5m
}
policy heal_slow {
  on slow
  where load < 95%
  try watched(zone)
  then calm(zone) again every 7m
  then escalate notify.page(\"team\")
  guard { limit 4 per 1h  cooldown 4m }
}
policy heal_busy {
  on busy
  try calm(zone)
  then escalate notify.page(\"team\")
  guard { limit 2 per 30m  approval \"team\", timeout 6m else escalate }
}
policy tell_busy { on busy try escalate notify.page(\"team\") }
policy heal_worse {
  on worse
  try watched(zone)
  then escalate notify.page(\"others\")
  guard { limit 3 per 2h }
}
";

#[test]
fn a_log_without_lines_counts_nothing_as_an_engine_would_have_it() {
    let program = program(PROGRAM);
    let failures = program.signals.iter().find(|signal| signal.head.path == "failures").unwrap();
    let recording = RecordingBuilder::new("small")
        .signal(failures.source_hash().to_string(), "failures")
        .series(new_series("failures", "a", "1", &[(0, 4.0), (1, 2.0), (9, 1.0)]))
        .series(new_series("latency", "a", "ms", &[(0, 1.0), (30, 1.0)]))
        .build()
        .unwrap();
    let simulation = simulate(&program, &recording, &Options::default()).unwrap();
    assert_eq!(simulation, simulate_told(&program, &recording).unwrap());
    // Nothing was counted from 2 to 8 and from 10 on, and that must hold for 3 minutes.
    assert_eq!(firings(&simulation), [("a".to_owned(), 5), ("a".to_owned(), 13)]);
}

#[test]
fn a_key_that_is_silent_for_days_begins_anew_however_regular_it_is() {
    let program = program(PROGRAM);
    let every_other_day = [(0, 93.0), (3_000, 93.0), (6_000, 93.0), (9_000, 93.0)];
    let recording = RecordingBuilder::new("small")
        .series(new_series("latency", "a", "ms", &every_other_day))
        .series(new_series("latency", "b", "ms", &[(0, 1.0), (9_010, 1.0)]))
        .build()
        .unwrap();
    let simulation = simulate(&program, &recording, &Options::default()).unwrap();
    assert_eq!(simulation, simulate_told(&program, &recording).unwrap());
    assert_eq!(
        firings(&simulation),
        [],
        "its window of 5 minutes has not been lived when its sample is stale"
    );
}

/// Conditions that may be known of a key whose samples have ended, each with a form of it that hangs on fresh samples, too.
const ENDING: &str = "
use std.notify
signal latency: duration in ms by (service) { from metric \"latency\" every 30m }
signal load: ratio in percent by (service) { from metric \"load\" every 30m }
signal heat: temperature in degC { from metric \"heat\" every 30m }
detector quiet { when latency.count(90m) < 1 for 30m }
detector idle { when load.or(0) < 5% && heat < 60degC }
detector at_night { when latency > 90ms || during(\"daily 01:00..06:00 UTC\") }
detector warm { when load > 70% || heat > 60degC clear when heat < 30degC }
detector slow { when latency > 60ms && during(\"daily 01:00..06:00 UTC\") }
detector busy { when load > 50% clear when load.max(2h) < 20% && heat < 40degC }
detector stopped { when load.absent(2h) && !slow }
detector past { when latency.lag(2d) > 80ms }
detector calm { when !at_night && !busy && latency.or(1ms) < 10ms }
policy tell { on busy where !slow try escalate notify.page(\"a\") }
";

/// Samples of each service that end at different days: places of half hours and values.
fn ending() -> impl Strategy<Value = Vec<(i64, f64)>> {
    let step = prop_oneof![6 => Just(1i64), 2 => 2i64..8, 2 => 20i64..48];
    let value = (0i32..1_000).prop_map(|tenths| f64::from(tenths) / 10.0);
    (0i64..30, proptest::collection::vec((step, value), 1..60), 1usize..60).prop_map(
        |(mut at, steps, kept)| {
            let of = |(step, value)| {
                at += step;
                (at * 30, value)
            };
            steps.into_iter().take(kept).map(of).collect()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_key_that_ends_days_before_the_recording_is_forgotten_whoever_foretells_it(
        all in proptest::collection::vec(ending(), 7),
    ) {
        let program = program(ENDING);
        let mut builder = RecordingBuilder::new("small");
        for (place, samples) in all.iter().enumerate() {
            let (name, unit) = [("latency", "ms"), ("load", "percent"), ("heat", "degC")][if place == 6 { 2 } else { place % 2 }];
            builder = builder.series(new_series(name, &format!("s{}", place / 2), unit, samples));
        }
        let recording = builder.build().unwrap();
        let foretold = simulate(&program, &recording, &Options::default()).unwrap();
        check_groups(&program, &recording, &foretold);
        prop_assert_eq!(foretold, simulate_told(&program, &recording).unwrap());
    }
}

#[test]
fn what_is_known_without_samples_ends_where_an_engine_forgets_the_key() {
    let minutely = |until: i64| -> Vec<(i64, f64)> { (0..until).map(|at| (at * 30, 5.0)).collect() };
    let recording = RecordingBuilder::new("small")
        .series(new_series("latency", "a", "ms", &minutely(48)))
        .series(new_series("latency", "b", "ms", &minutely(240)))
        .build()
        .unwrap();
    let check = |when: &str, is_foretold: bool| {
        let text = format!(
            "signal latency: duration in ms by (service) {{ from metric \"latency\" every 30m }}
            detector it {{ when {when} }}"
        );
        let program = crate::on_time(&program(&text));
        let simulation = simulate(&program, &recording, &Options::default()).unwrap();
        assert_eq!(simulation, simulate_told(&program, &recording).unwrap(), "{when}");
        let feeds = crate::feeds(&program, &recording);
        let detector = heal_program::DetectorIndex(0);
        let foretold = crate::foretelling::is_foretold(&program, &recording, &feeds, detector);
        assert_eq!(foretold, is_foretold, "{when}");
    };
    // What ends early is foretold all the same where nothing is known of it any more.
    check("latency > 90ms", true);
    check("latency.avg(2h) < 6ms && latency.max(1h) < 6ms", true);
    check("latency.absent(2h) || latency > 90ms", true);
    check("latency.count(90m) < 1", false);
    check("latency.or(1ms) < 2ms", false);
    check("latency > 90ms || during(\"daily 01:00..06:00 UTC\")", false);
}

#[test]
fn a_value_that_is_beyond_all_numbers_in_its_base_unit_is_no_sample() {
    let text = "signal size: bytes in MiB by (service) { from metric \"size\" every 1m }
        detector big { when size > 1GiB }
        detector known { when size.count(2m) >= 2 }";
    let program = program(text);
    let values = [(0, 1.0), (1, 1.7e308), (2, 1.0), (3, -1.7e308), (4, 2_000.5), (5, 1.0), (6, 1.0)];
    let recording = recording(vec![new_series("size", "a", "MiB", &values)]);
    let simulation = simulate(&program, &recording, &Options::default()).unwrap();
    assert_eq!(simulation, simulate_told(&program, &recording).unwrap());
    assert_eq!(firings(&simulation), [("a".to_owned(), 4), ("a".to_owned(), 5)]);
}
