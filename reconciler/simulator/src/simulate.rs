//! A run of the engine over a recording.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use heal_engine::{Answer, Engine, Halt, Input, Outcome, Request, Trace, TraceEvent, TraceKind};
use heal_program::{Program, Timestamp};
use heal_telemetry::Recording;

use crate::{
    coverage::{downstream_of_plan, keyless_samples, missing_signals},
    feed::{Feed, feeds},
};

/// What came of a simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulation {
    /// What the engine did. What could not be simulated stands at its beginning.
    pub trace: Trace,
    /// Where the recording begins.
    pub start: Timestamp,
    /// Where it ends.
    pub end: Timestamp,
    /// How many samples were told.
    pub samples_count: u64,
}

/// Why a simulation could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// The engine found its contract broken: a defect of Heal.
    #[error("the engine halted: {0}")]
    Halted(#[from] Halt),
}

/// Runs `program` over `recording`, from its first sample to its end.
///
/// Equal programs and recordings give an equal simulation.
///
/// # Errors
/// Only for a defect of Heal's own.
pub fn simulate(program: &Program, recording: &Recording) -> Result<Simulation, SimulationError> {
    let feeds = feeds(program, recording);
    let mut world = World {
        engine: Engine::new(program.clone()),
        feeds: &feeds,
        upcoming: BinaryHeap::new(),
        unanswered: BTreeMap::new(),
        samples_count: 0,
    };
    for (at, feed) in feeds.iter().enumerate() {
        world.upcoming.extend(feed.sample(0).map(|sample| Reverse((sample.at, at, 0))));
    }
    let (start, end) = (recording.start(), recording.end());
    world.run_until(end)?;
    let mut events: Vec<TraceEvent> = missing_signals(program, recording)
        .into_iter()
        .map(|missing| (missing.item, missing.reason, missing.downstream))
        .chain(world.unanswered.into_iter().map(|(plan, condition)| {
            let downstream = downstream_of_plan(program, &plan);
            (plan, format!("`require {condition}` is not recorded"), downstream)
        }))
        .map(|(item, reason, downstream)| TraceEvent {
            at: start,
            kind: TraceKind::NotSimulated { item, reason, downstream },
        })
        .collect();
    events.extend(keyless_samples(program, recording).into_iter().map(|(signal, count)| TraceEvent {
        at: start,
        kind: TraceKind::SamplesDropped { signal, count, reason: "their series lack a key field".to_owned() },
    }));
    events.extend(world.engine.drain_trace());
    Ok(Simulation { trace: Trace { events }, start, end, samples_count: world.samples_count })
}

/// The recording as the world that an engine lives in.
struct World<'a> {
    engine: Engine,
    feeds: &'a [Feed<'a>],
    /// The next sample of each feed: time, feed, position. The earliest comes first.
    upcoming: BinaryHeap<Reverse<(Timestamp, usize, usize)>>,
    /// Plans whose `require` nobody could answer, with its text.
    unanswered: BTreeMap<String, String>,
    samples_count: u64,
}

impl World<'_> {
    /// Advances to the next sample or deadline, whichever is earlier; a step sees all samples of its time.
    fn run_until(&mut self, end: Timestamp) -> Result<(), SimulationError> {
        loop {
            let sample = self.upcoming.peek().map(|Reverse((at, _, _))| *at);
            let deadline = self.engine.poll_deadline().filter(|deadline| *deadline <= end);
            match (sample, deadline) {
                (Some(sample), Some(deadline)) if deadline < sample => self.tick(deadline)?,
                (Some(_), _) => self.tell_sample()?,
                (None, Some(deadline)) => self.tick(deadline)?,
                (None, None) => return Ok(()),
            }
        }
    }

    fn tick(&mut self, now: Timestamp) -> Result<(), SimulationError> {
        self.engine.handle(now, Input::Watermark { until: now })?;
        while let Some(effect) = self.engine.poll_effect() {
            match effect.request {
                // A recording does not answer to actions: they succeed, and change nothing that was recorded.
                Request::Act { .. } => {
                    self.engine
                        .handle(now, Input::EffectResult { id: effect.id, outcome: Outcome::Succeeded })?;
                }
                Request::Query { plan, require, .. } => {
                    let node = self.engine.program().plans.iter().find(|node| node.head.path == plan);
                    let text =
                        node.and_then(|node| node.requires.get(require as usize)).map(|it| it.text.clone());
                    self.unanswered.entry(plan).or_insert(text.unwrap_or_default());
                    self.engine
                        .handle(now, Input::QueryResult { id: effect.id, answer: Answer::NotRecorded })?;
                }
                Request::Ask { .. } | Request::Escalate { .. } => {}
            }
        }
        Ok(())
    }

    fn tell_sample(&mut self) -> Result<(), SimulationError> {
        let Some(Reverse((at, feed_at, position))) = self.upcoming.pop() else { return Ok(()) };
        let Some(feed) = self.feeds.get(feed_at) else { return Ok(()) };
        if let Some(next) = feed.sample(position + 1) {
            self.upcoming.push(Reverse((next.at, feed_at, position + 1)));
        }
        if let Some(sample) = feed.sample(position) {
            let input = Input::Sample {
                signal: feed.signal,
                key: feed.key.clone(),
                at: sample.at,
                value: sample.value,
            };
            self.engine.handle(at, input)?;
            self.samples_count += 1;
        }
        Ok(())
    }
}
