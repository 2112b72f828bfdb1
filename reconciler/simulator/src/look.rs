//! Engines at a moment of a recording, for explanations: as they stood, and what they saw step by step.

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::{Engine, Labels};
use heal_program::{DetectorIndex, Expression, Program, Read, SignalIndex, Timestamp};
use heal_telemetry::{Recording, Sample};

use crate::{
    Options, SimulationError,
    coverage::unrecorded,
    feed::{Feed, feeds},
    foretelling::{foretell, is_foretold},
    on_time,
    simulate::Recorded,
    world::{live, live_watched},
};

/// The engine of a simulation as it stood at each of these times: of the course in which every verification passes, or
/// fails. All of them come of one run.
///
/// # Errors
/// When the recording cannot be read, or for a defect of Heal's own.
pub fn engines_at(
    program: &Program,
    recording: &Recording,
    options: &Options<'_>,
    verified: bool,
    times: &BTreeSet<Timestamp>,
) -> Result<BTreeMap<Timestamp, Engine>, SimulationError> {
    let Some(last) = times.last() else { return Ok(BTreeMap::new()) };
    let program = &on_time(program);
    let mut feeds = feeds(program, recording);
    let foretelling = foretell(program, recording, &feeds, options)?;
    feeds.retain(|feed| foretelling.told.contains(&feed.signal));
    let samples = samples_until(&feeds, *last)?;
    let mut world = Recorded::new(program, recording, &feeds, &samples);
    let engine = Engine::new(program.clone()).assuming_verify(verified).foretold(foretelling.prophecies);
    let mut engine = engine.trusting_claims(unrecorded(program, recording));
    let mut engines = BTreeMap::new();
    for at in times {
        live(&mut engine, &mut world, *at)?;
        engines.insert(*at, engine.clone());
    }
    Ok(engines)
}

/// Lets an engine see all that a detector sees, up to `until`, and calls `look` after each step. Where what it sees of
/// one key follows from that key's series alone, only the series are told that none of `labels` contradicts, and nothing is
/// decided.
///
/// # Errors
/// When the recording cannot be read, or for a defect of Heal's own.
pub fn observe(
    program: &Program,
    recording: &Recording,
    (detector, labels): (DetectorIndex, &Labels),
    until: Timestamp,
    look: impl FnMut(&Engine, Timestamp),
) -> Result<(), SimulationError> {
    let mut program = on_time(program);
    let mut feeds = feeds(&program, recording);
    if is_foretold(&program, recording, &feeds, detector) {
        let signals = signals_behind(&program, detector);
        feeds.retain(|feed| signals.contains(&feed.signal) && concerns(&program, feed, labels));
        program.policies.clear();
    }
    let samples = samples_until(&feeds, until)?;
    let mut world = Recorded::new(&program, recording, &feeds, &samples);
    let unrecorded = unrecorded(&program, recording);
    let mut engine = Engine::new(program).assuming_verify(true).trusting_claims(unrecorded);
    live_watched(&mut engine, &mut world, until, look)?;
    Ok(())
}

fn samples_until(feeds: &[Feed<'_>], until: Timestamp) -> Result<Vec<Vec<Sample>>, SimulationError> {
    let mut all = Vec::with_capacity(feeds.len());
    for feed in feeds {
        let mut samples = feed.samples()?;
        samples.truncate(samples.partition_point(|sample| sample.at <= until));
        all.push(samples);
    }
    Ok(all)
}

/// Whether a series can be about what has these labels: none that both have differs.
fn concerns(program: &Program, feed: &Feed<'_>, labels: &Labels) -> bool {
    let Some(signal) = program.signal(feed.signal) else { return true };
    signal
        .keys
        .iter()
        .zip(&feed.key)
        .all(|(field, value)| labels.iter().all(|(other, wanted)| other != field || wanted == value))
}

/// The signals that a detector reads, also through other detectors.
#[must_use]
pub fn signals_behind(program: &Program, detector: DetectorIndex) -> BTreeSet<SignalIndex> {
    let mut signals = BTreeSet::new();
    let mut seen = BTreeSet::from([detector]);
    let mut open = vec![detector];
    while let Some(node) = open.pop().and_then(|next| program.detector(next)) {
        let mut visit = |part: &Expression| match part.read() {
            Some(Read::Signal(signal, _)) => {
                signals.insert(signal);
            }
            Some(Read::Detector(other)) => {
                if seen.insert(other) {
                    open.push(other);
                }
            }
            Some(Read::Event(..) | Read::Entity(_)) | None => {}
        };
        node.when.walk(&mut visit);
        if let Some(clear) = &node.clear {
            clear.when.walk(&mut visit);
        }
    }
    signals
}
