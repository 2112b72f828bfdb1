//! What the streaming engine takes in live: samples of many keys through all rules, in this process, on one thread.

use std::path::Path;

use heal_driver::{SourceSet, compile};
use heal_engine::{Engine, Input};
use heal_program::{SignalIndex, Timestamp};

use super::process::own_cpu_seconds;
use crate::gauges::{EVERY_MS, START_MS};

/// Keys that speak at each step.
const KEYS: usize = 200;
/// Steps before the measurement: the longest windows are not full, but all of them slide.
const STEPS_BEFORE: i64 = 240;
/// Steps that are measured.
const STEPS: i64 = 400;

/// Samples a CPU second that the rules of a package take.
pub(super) fn samples_a_second(package: &Path) -> f64 {
    let text = std::fs::read_to_string(package.join("rules.heal")).expect("read the rules");
    let manifest = std::fs::read_to_string(package.join("heal.toml")).expect("read the manifest");
    let files = [("rules.heal".to_owned(), text), ("heal.toml".to_owned(), manifest)];
    let compilation = compile(&SourceSet::of(files.into_iter().collect()));
    let mut engine = Engine::new(compilation.program.expect("the rules compile"));
    let keys: Vec<Vec<String>> = (0..KEYS).map(|at| vec![format!("server-{at:05}:9100")]).collect();
    let mut step = |step: i64| {
        let at = Timestamp(START_MS + step * EVERY_MS);
        for (number, key) in keys.iter().enumerate() {
            let noise = (step.unsigned_abs() * 2_654_435_761 + number as u64 * 40_503) % 1_000;
            // Four decimals, as the recording's.
            let value = (5_000 + noise) as f64 / 10_000.0;
            let sample = Input::Sample { signal: SignalIndex(0), key: key.clone(), at, value };
            engine.handle(at, sample).expect("take a sample");
        }
        while let Some(due) = engine.poll_deadline().filter(|due| *due <= at) {
            engine.handle(due.max(at), Input::Watermark { until: due }).expect("take a step");
        }
        engine.drain_trace();
        while engine.poll_effect().is_some() {}
    };
    (0..STEPS_BEFORE).for_each(&mut step);
    let start = own_cpu_seconds();
    (STEPS_BEFORE..STEPS_BEFORE + STEPS).for_each(&mut step);
    (KEYS as i64 * STEPS) as f64 / (own_cpu_seconds() - start)
}
