//! Small packages over small recordings.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a test looks for one kind of event")]

use heal_driver::{SourceSet, compile};
use heal_engine::{TraceKind, WithheldReason};
use heal_program::{Program, Timestamp};
use heal_telemetry::{Labels, NewSeries, Quality, Recording, RecordingBuilder, Sample};

use crate::{Options, Simulation, simulate, simulate::simulate_told};

mod canary;
mod effects;
mod entities;
mod foretold;
mod grouped;
mod outcomes;
mod quiet;

const MINUTE_MS: i64 = 60_000;

fn program(text: &str) -> Program {
    let sources = SourceSet::of([("a.heal".to_owned(), text.to_owned())].into());
    let compilation = compile(&sources);
    let said = heal_diagnostics::render_human(&compilation.files, &compilation.diagnostics, false);
    compilation.program.unwrap_or_else(|| panic!("{said}"))
}

fn series(name: &str, service: &str, unit: &str, values: &[f64]) -> NewSeries {
    let sample = |(minute, value): (i64, &f64)| Sample { at: Timestamp(minute * MINUTE_MS), value: *value };
    let labels: Labels = [("service".to_owned(), service.to_owned())].into();
    NewSeries {
        name: name.to_owned(),
        labels,
        unit: unit.to_owned(),
        unit_declared: false,
        time_rule: String::new(),
        samples: (0..).zip(values).map(sample).collect(),
        quality: Quality::default(),
    }
}

fn recording(all: Vec<NewSeries>) -> Recording {
    all.into_iter().fold(RecordingBuilder::new("small"), RecordingBuilder::series).build().unwrap()
}

fn firings(simulation: &Simulation) -> Vec<(String, i64)> {
    let started = |event: &heal_engine::TraceEvent| match &event.kind {
        TraceKind::FiringStarted { labels, .. } => {
            Some((heal_engine::label_values(labels), event.at.0 / MINUTE_MS))
        }
        _ => None,
    };
    simulation.trace.events.iter().filter_map(started).collect()
}

const LATENCY: &str = "
signal latency: duration in ms by (service) { from metric \"latency\" every 1m }
detector slow { when latency > 90ms }
";

#[test]
fn every_series_of_a_signal_is_a_key_and_values_are_read_in_their_unit() {
    let recorded = recording(vec![
        series("latency", "cart", "ms", &[10.0, 91.0]),
        series("latency", "shop", "ms", &[95.0, 10.0]),
        series("unrelated", "cart", "ms", &[999.0]),
    ]);
    let simulation = simulate(&program(LATENCY), &recorded, &Options::default()).unwrap();
    assert_eq!(firings(&simulation), [("shop".to_owned(), 0), ("cart".to_owned(), 1)]);
    assert_eq!(simulation.samples_count, 4);
}

#[test]
fn a_recording_in_another_unit_of_the_same_dimension_is_converted_and_it_is_said() {
    let text = LATENCY.replace(" in ms", "");
    let simulate_in = |unit: &str| {
        simulate(
            &program(&text),
            &recording(vec![series("latency", "cart", unit, &[0.05, 0.095])]),
            &Options::default(),
        )
        .unwrap()
    };
    assert_eq!(firings(&simulate_in("s")), [("cart".to_owned(), 1)]);
    assert_eq!(noted(&simulate_in("s")), [""; 0]);
    // 95 minutes and more.
    let simulation = simulate_in("h");
    assert_eq!(firings(&simulation), [("cart".to_owned(), 0)]);
    assert_eq!(noted(&simulation), ["latency: recorded in `h`, and converted to `s`"]);
    assert_eq!(firings(&simulate_in("ms")), []);
    // What measures something else does not convert.
    for other in ["MB", "1", "percent", "strange"] {
        let simulation = simulate_in(other);
        assert_eq!(firings(&simulation), []);
        let reason = format!("the recording has `latency` in `{other}`, and the signal reads it in `s`");
        let reasons: Vec<String> = not_simulated(&simulation).into_iter().map(|(_, it, _)| it).collect();
        assert_eq!(reasons, [reason]);
    }
}

#[test]
fn units_convert_to_what_the_signal_measures() {
    for (type_, unit, value, limit) in [
        ("duration in ms", "s", 0.25, "249ms"),
        ("ratio in percent", "1", 0.95, "94%"),
        ("ratio", "percent", 95.0, "94%"),
        ("bytes", "MB", 2.0, "1999KB"),
        ("bytes in MiB", "B", 2_097_153.0, "2MiB"),
        ("temperature in degF", "degC", 100.0, "99degC"),
        ("count/s", "1/s", 3.0, "2.9/s"),
        ("bytes/s", "Mbit/s", 8.0, "999KB/s"),
    ] {
        let text = format!(
            "signal x: {type_} by (service) {{ from metric \"x\" every 1m }}\ndetector high {{ when x > {limit} }}\n"
        );
        let lower = value * 0.9;
        let recorded = recording(vec![series("x", "cart", unit, &[lower, value])]);
        let simulation = simulate(&program(&text), &recorded, &Options::default()).unwrap();
        assert_eq!(firings(&simulation), [("cart".to_owned(), 1)], "{type_} from {unit}");
        assert_eq!(not_simulated(&simulation), [], "{type_} from {unit}");
    }
}

#[test]
fn an_argument_that_reads_a_relation_which_is_not_recorded_makes_the_policy_unknown() {
    let text = |step: &str, policy: &str| {
        format!(
            "{LATENCY}
entity Host by (host) {{ from prometheus `hosts` every 1m }}
entity Service by (service) {{ tier: text runs_on: Host from prometheus `services` every 1m }}
action restart(host: Host) {{ command [\"restart\"] on host risk low idempotent }}
action tell(service: Service) {{ command [\"tell\", service.service] risk low idempotent }}
plan mend(service: Service) {{ {step} }}
policy heal {{ on slow {policy} try mend guard {{ limit 2 per 1h }} }}
"
        )
    };
    let recorded = recording(vec![series("latency", "cart", "ms", &[10.0, 91.0, 95.0])]);
    let check = |step: &str, policy: &str, expected: &[(&str, &str, &[&str])]| {
        let simulation = simulate(&program(&text(step, policy)), &recorded, &Options::default()).unwrap();
        let expected: Vec<(String, String, Vec<String>)> = expected
            .iter()
            .map(|(item, reason, downstream)| {
                let downstream = downstream.iter().map(|it| (*it).to_owned()).collect();
                ((*item).to_owned(), (*reason).to_owned(), downstream)
            })
            .collect();
        assert_eq!(not_simulated(&simulation), expected);
    };
    check("step go = tell(service)", "", &[]);
    let records = "`heal record inventory FILE --into DIR` records it";
    let reason = &format!(
        "`host` of step `go` reads `service.runs_on`, and the recording has no inventory of Service; {records}"
    );
    check("step go = restart(service.runs_on)", "", &[("mend", reason, &["heal", "mend"])]);
    let reason = &format!(
        "`where service.tier == \"gold\"` reads `service.tier`, and the recording has no inventory of Service; {records}"
    );
    check("step go = tell(service)", "where service.tier == \"gold\"", &[("heal", reason, &["heal"])]);
    let reason = &format!("the recording has no inventory of Host; {records}");
    let step = "for each host in Host at most 5 { step go = restart(host) }";
    check(step, "", &[("mend", reason, &["heal", "mend"])]);
}

#[test]
fn an_event_that_was_not_recorded_is_unknown_and_did_not_just_not_happen() {
    let text = format!(
        "{LATENCY}
event deploy by (service) {{ from event \"deploy\" }}
detector calm {{ when latency > 90ms && !deploy.within(10m) }}
policy tell {{ on calm try escalate }}
policy told {{ on deploy try escalate }}
"
    );
    let mut recorded = recording(vec![series("latency", "cart", "ms", &[10.0, 91.0, 95.0])]);
    let simulation = simulate(&program(&text), &recorded, &Options::default()).unwrap();
    let reason = format!("the recording `{}` holds no such event", recorded.manifest.name);
    let downstream = ["calm", "tell", "told"].map(str::to_owned).to_vec();
    assert_eq!(not_simulated(&simulation), [("deploy".to_owned(), reason, downstream)]);
    let fires = |simulation: &Simulation| {
        let begins = |kind: &TraceKind| matches!(kind, TraceKind::FiringStarted { detector, .. } if detector == "calm");
        simulation.trace.events.iter().any(|it| begins(&it.kind))
    };
    assert!(!fires(&simulation), "nobody knows whether there was a deploy");

    let (at, labels) = (recorded.start(), vec![("service".to_owned(), "shop".to_owned())]);
    let labels = labels.into_iter().collect();
    recorded.events.push(heal_telemetry::Event { name: "deploy".to_owned(), labels, at });
    let simulation = simulate(&program(&text), &recorded, &Options::default()).unwrap();
    assert_eq!(not_simulated(&simulation), []);
    assert!(fires(&simulation), "the cart was not deployed");
}

fn noted(simulation: &Simulation) -> Vec<String> {
    let said = |event: &heal_engine::TraceEvent| match &event.kind {
        TraceKind::Noted { item, note } => Some(format!("{item}: {note}")),
        _ => None,
    };
    simulation.trace.events.iter().filter_map(said).collect()
}

#[test]
fn a_signal_that_is_looked_at_a_thousand_times_a_sample_is_said() {
    let noted_every = |every: &str| {
        let text = LATENCY.replace("every 1m", every);
        let recorded = recording(vec![series("latency", "cart", "ms", &[10.0, 91.0, 10.0])]);
        noted(&simulate(&program(&text), &recorded, &Options::default()).unwrap())
    };
    let said = "latency: it is looked at every 50ms, and its samples were recorded every 1m";
    assert_eq!(noted_every("every 50ms"), [said]);
    assert_eq!(noted_every("every 1s"), [""; 0]);
}

#[test]
fn labels_after_where_choose_among_series() {
    let chosen = LATENCY.replace("\"latency\" every", "\"latency\" where service == \"cart\" every");
    let recorded =
        recording(vec![series("latency", "cart", "ms", &[91.0]), series("latency", "shop", "ms", &[95.0])]);
    let simulation = simulate(&program(&chosen), &recorded, &Options::default()).unwrap();
    assert_eq!(firings(&simulation), [("cart".to_owned(), 0)]);
}

fn not_simulated(simulation: &Simulation) -> Vec<(String, String, Vec<String>)> {
    let said = |event: &heal_engine::TraceEvent| match &event.kind {
        TraceKind::NotSimulated { item, reason, downstream } => {
            Some((item.clone(), reason.clone(), downstream.clone()))
        }
        _ => None,
    };
    simulation.trace.events.iter().filter_map(said).collect()
}

#[test]
fn what_hangs_on_a_signal_that_is_not_recorded_is_named() {
    let text = "
signal latency: duration in ms by (service) { from metric \"latency\" every 1m }
signal queries: ratio by (service) { from prometheus `up` every 1m }
signal unread: ratio { from metric \"nothing\" every 1m }
detector slow { when latency > 90ms }
detector asked { when queries > 1% }
detector both { when slow && asked }
policy tell { on both try escalate }
";
    let recorded = recording(vec![series("latency", "cart", "ms", &[10.0])]);
    let simulation = simulate(&program(text), &recorded, &Options::default()).unwrap();
    let expected = (
        "queries".to_owned(),
        "the recording `small` does not hold this query; `heal record prometheus URL --since 7d --into DIR --signal queries` records it".to_owned(),
        vec!["asked".to_owned(), "both".to_owned(), "tell".to_owned()],
    );
    assert_eq!(not_simulated(&simulation), [expected]);
}

#[test]
fn series_that_cannot_be_told_apart_are_not_simulated() {
    let text = "
signal latency: duration in ms { from metric \"latency\" every 1m }
detector slow { when latency > 90ms }
";
    let recorded =
        recording(vec![series("latency", "cart", "ms", &[91.0]), series("latency", "shop", "ms", &[95.0])]);
    let simulation = simulate(&program(text), &recorded, &Options::default()).unwrap();
    assert_eq!(firings(&simulation), []);
    let reason = &not_simulated(&simulation)[0].1;
    assert!(reason.contains("tell them apart with `by` or `where`"), "{reason}");
}

#[test]
fn samples_of_series_without_a_key_field_are_counted() {
    let mut odd = series("latency", "cart", "ms", &[95.0, 95.0]);
    odd.labels = Labels::new();
    let recorded = recording(vec![series("latency", "cart", "ms", &[91.0]), odd]);
    let simulation = simulate(&program(LATENCY), &recorded, &Options::default()).unwrap();
    assert_eq!(firings(&simulation), [("cart".to_owned(), 0)]);
    let dropped = simulation.trace.events.iter().find_map(|event| match &event.kind {
        TraceKind::SamplesDropped { signal, count, .. } => Some((signal.as_str(), *count)),
        _ => None,
    });
    assert_eq!(dropped, Some(("latency", 2)));
}

#[test]
fn a_query_that_was_recorded_under_its_hash_is_replayed() {
    let text = "
signal queries: ratio by (service) { from prometheus `up` every 1m }
detector asked { when queries > 1% }
";
    let program = program(text);
    let hash = program.signals[0].source_hash().to_string();
    let recorded = RecordingBuilder::new("small")
        .series(series("recorded.up", "cart", "1", &[1.0]))
        .signal(hash, "recorded.up")
        .build()
        .unwrap();
    let simulation = simulate(&program, &recorded, &Options::default()).unwrap();
    assert_eq!(firings(&simulation), [("cart".to_owned(), 0)]);
    assert_eq!(not_simulated(&simulation), []);
}

#[test]
fn a_require_is_answered_with_not_recorded_and_withholds() {
    let text = "
signal latency: duration in ms by (service) { from metric \"latency\" every 1m }
detector slow { when latency > 90ms }
entity Service by (service) { available: count }
action restart(target: Service) { command [\"restart\", target.service] risk low idempotent }
plan restart_it(target: Service) { require target.available >= 2 step one = restart(target) }
policy heal { on slow try restart_it then escalate guard { limit 3 per 1h } }
";
    let recorded = recording(vec![series("latency", "cart", "ms", &[91.0, 91.0])]);
    let simulation = simulate(&program(text), &recorded, &Options::default()).unwrap();
    let reason = "`require target.available >= 2` reads `target.available`, and the recording has no inventory of Service; \
                  `heal record inventory FILE --into DIR` records it"
        .to_owned();
    let expected = ("restart_it".to_owned(), reason, vec!["heal".to_owned(), "restart_it".to_owned()]);
    assert_eq!(not_simulated(&simulation), [expected]);
    let withheld = simulation.trace.events.iter().any(|event| {
        matches!(&event.kind, TraceKind::Withheld { reason: WithheldReason::RequireUnknown { why, .. }, .. } if why == "not recorded")
    });
    assert!(withheld);
    assert!(!simulation.trace.events.iter().any(|event| matches!(event.kind, TraceKind::RunStarted { .. })));
}

#[test]
fn a_simulation_ends_with_its_recording() {
    let text = LATENCY.replace("> 90ms", "> 90ms\n  for 30m");
    let recorded = recording(vec![series("latency", "cart", "ms", &[91.0; 30])]);
    assert_eq!(firings(&simulate(&program(&text), &recorded, &Options::default()).unwrap()), []);
    let longer = recording(vec![series("latency", "cart", "ms", &[91.0; 31])]);
    assert_eq!(
        firings(&simulate(&program(&text), &longer, &Options::default()).unwrap()),
        [("cart".to_owned(), 30)]
    );
}

#[test]
fn a_simulation_made_twice_is_equal() {
    let values: Vec<f64> = (0..500).map(|at| f64::from(at * 37 % 101)).collect();
    let recorded = recording(vec![
        series("latency", "cart", "ms", &values),
        series("latency", "shop", "ms", &values[7..]),
    ]);
    let run = || simulate(&program(LATENCY), &recorded, &Options::default()).unwrap();
    let first = run();
    assert!(firings(&first).len() > 10);
    assert_eq!(first, run());
}

#[test]
fn what_a_recording_cannot_answer_is_simulated_both_ways() {
    let healed = "
use std.notify
use std.service
signal latency: duration in ms by (service) { from metric \"latency\" every 1m }
detector slow { when latency > 90ms }
plan restart(service: service.Service) {
  step restart = service.restart(service)
  verify latency[service] < 90ms within 5m
}
policy heal {
  on slow
  try restart
  then escalate notify.page(\"x\")
  guard { limit 2 per 1h }
}
";
    let recorded = recording(vec![series("latency", "cart", "ms", &[95.0; 30])]);
    let simulation = simulate(&program(healed), &recorded, &Options::default()).unwrap();
    let ends = |trace: &heal_engine::Trace| -> Vec<String> {
        let of = |event: &heal_engine::TraceEvent| match &event.kind {
            TraceKind::RunEnded { end, .. } => Some(format!("{end:?}").chars().take(6).collect()),
            TraceKind::Escalated { .. } => Some("told".to_owned()),
            _ => None,
        };
        trace.events.iter().filter_map(of).collect()
    };
    assert_eq!(
        ends(&simulation.trace),
        ["Passed"],
        "it counts as healed until it clears, and so nobody is told"
    );
    assert_eq!(ends(&simulation.failing.unwrap()), ["Failed", "told"]);
    // Where nothing is verified there is one course.
    let unverified = healed.replace("  verify latency[service] < 90ms within 5m\n", "");
    let simulation = simulate(&program(&unverified), &recorded, &Options::default()).unwrap();
    assert_eq!(simulation.failing, None);
}

#[test]
fn threads_and_what_was_kept_change_nothing() {
    #[derive(Default)]
    struct Kept(
        std::sync::Mutex<std::collections::BTreeMap<String, Vec<u8>>>,
        std::sync::atomic::AtomicUsize,
    );
    impl crate::Cache for Kept {
        fn get(&self, name: &str) -> Option<Vec<u8>> {
            self.0.lock().unwrap().get(name).cloned()
        }
        fn put(&self, name: &str, bytes: &[u8]) {
            self.0.lock().unwrap().insert(name.to_owned(), bytes.to_owned());
            self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }
    let values: Vec<f64> = (0..200).map(|at| f64::from(at % 17) * 10.0).collect();
    let all = (0..40).map(|at| series("latency", &format!("s{at}"), "ms", &values[at..])).collect();
    let recorded = recording(all);
    let program = program(LATENCY);
    let alone = simulate(&program, &recorded, &Options::default()).unwrap();
    assert!(firings(&alone).len() > 200, "or nothing is compared");
    let kept = Kept::default();
    for threads in [2, 3, 8] {
        let options = Options { threads, cache: Some(&kept), ..Options::default() };
        assert_eq!(simulate(&program, &recorded, &options).unwrap(), alone);
    }
    assert_eq!(kept.0.lock().unwrap().len(), 1, "one detector over one recording");
    assert_eq!(kept.1.load(std::sync::atomic::Ordering::Relaxed), 1, "what was kept is not computed again");
    // What was cut off or edited is computed again.
    kept.0.lock().unwrap().values_mut().for_each(|bytes| bytes.truncate(100));
    let options = Options { cache: Some(&kept), ..Options::default() };
    assert_eq!(simulate(&program, &recorded, &options).unwrap(), alone);
}

#[test]
fn a_topology_of_services_that_nothing_recorded_has_is_said() {
    let noted = |topology: &str| -> Vec<String> {
        let text = format!("use std.service.{{Service}}\n{LATENCY}\n{topology}\n");
        let recording = recording(vec![series("latency", "cart", "ms", &[1.0; 9])]);
        let simulation = simulate(&program(&text), &recording, &Options::default()).unwrap();
        let note = |event: &heal_engine::TraceEvent| match &event.kind {
            TraceKind::Noted { item, note } if item == "topology" => Some(note.clone()),
            _ => None,
        };
        simulation.trace.events.iter().filter_map(note).collect()
    };
    let said = noted("topology cart -> paiments");
    let expected =
        "`paiments` is in no label of anything recorded, so what depends on it waits for nothing here";
    assert_eq!(said, [expected]);
    assert!(
        noted("topology cart -> cart2\ntopology cart2 -> db")[0].starts_with("`cart2`, `db` are in no label")
    );
    assert_eq!(noted(""), [""; 0]);
}
