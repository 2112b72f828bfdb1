//! The samples of a recording that a test replays.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap},
};

use heal_engine::Key;
use heal_program::{
    EntityIndex, Program, SignalIndex, Timestamp,
    scenario::{Sampled, Scenario, Stopped},
};
use heal_simulator::{Feed, RecordedEntities, feeds};
use heal_telemetry::{Recording, RecordingError, Sample};

/// A sample of a recording.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RecordedSample {
    pub(crate) signal: SignalIndex,
    pub(crate) key: Key,
    pub(crate) at: Timestamp,
    pub(crate) value: f64,
}

/// Samples of a recording in the order of their time. A signal of which the test gives something is not read from it.
pub(crate) struct RecordedSamples<'r> {
    feeds: Vec<Feed<'r>>,
    /// Of every feed, in the base unit.
    samples: Vec<Vec<Sample>>,
    /// The next sample of each feed: time, feed, position. The earliest comes first.
    upcoming: BinaryHeap<Reverse<(Timestamp, usize, usize)>>,
}

impl<'r> RecordedSamples<'r> {
    pub(crate) fn new(
        program: &Program,
        scenario: &Scenario,
        recording: Option<&'r Recording>,
    ) -> Result<RecordedSamples<'r>, RecordingError> {
        let mut feeds = recording.map(|recording| feeds(program, recording)).unwrap_or_default();
        feeds.retain(|feed| !is_given(scenario, feed.signal));
        let samples: Vec<Vec<Sample>> = feeds.iter().map(Feed::samples).collect::<Result<_, _>>()?;
        let firsts =
            (0..).zip(&samples).filter_map(|(at, samples)| Some(Reverse((samples.first()?.at, at, 0))));
        let upcoming = firsts.collect();
        Ok(RecordedSamples { feeds, samples, upcoming })
    }

    /// When the next sample is.
    pub(crate) fn next_at(&self) -> Option<Timestamp> {
        self.upcoming.peek().map(|Reverse((at, _, _))| *at)
    }

    /// Takes the next sample.
    pub(crate) fn take(&mut self) -> Option<RecordedSample> {
        let sample = self.peek();
        let Reverse((_, feed_at, position)) = self.upcoming.pop()?;
        let next = self.samples.get(feed_at).and_then(|samples| samples.get(position + 1));
        self.upcoming.extend(next.map(|next| Reverse((next.at, feed_at, position + 1))));
        sample
    }

    /// The next sample.
    pub(crate) fn peek(&self) -> Option<RecordedSample> {
        let Reverse((_, feed_at, position)) = *self.upcoming.peek()?;
        let feed = self.feeds.get(feed_at)?;
        let sample = self.samples.get(feed_at)?.get(position)?;
        let key = feed.key.clone();
        Some(RecordedSample { signal: feed.signal, key, at: sample.at, value: sample.value })
    }

    /// The keys that a signal is recorded for, each with its last value up to a time.
    pub(crate) fn keys(&self, of: &Sampled, at: Timestamp) -> Vec<(Key, f64)> {
        let Sampled::Signal(signal) = of else { return Vec::new() };
        let feeds = self.feeds.iter().zip(&self.samples).filter(|(feed, _)| feed.signal == *signal);
        feeds
            .map(|(feed, samples)| {
                let told = samples.partition_point(|sample| sample.at <= at);
                let last = told.checked_sub(1).and_then(|last| samples.get(last));
                (feed.key.clone(), last.map_or(0.0, |sample| sample.value))
            })
            .collect()
    }
}

/// Whether a test gives anything of a signal.
pub(crate) fn is_given(scenario: &Scenario, signal: SignalIndex) -> bool {
    scenario.series.iter().any(|series| series.of == Sampled::Signal(signal))
}

/// What a recording tells of entities. Kinds of which the test gives or stops something are not read from it.
pub(crate) fn recorded_entities(
    program: &Program,
    scenario: &Scenario,
    recording: Option<&Recording>,
) -> RecordedEntities {
    let Some(recording) = recording else { return RecordedEntities::default() };
    let of = |sampled: &Sampled| match sampled {
        Sampled::Field(entity, _) => Some(*entity),
        Sampled::Signal(_) => None,
    };
    let stopped = |stopped: &Stopped| match stopped {
        Stopped::Entity(entity) => Some(*entity),
        Stopped::Sampled(sampled) => of(sampled),
    };
    let mut given: BTreeSet<EntityIndex> = scenario.entities.iter().map(|given| given.entity).collect();
    given.extend(scenario.series.iter().filter_map(|given| of(&given.of)));
    given.extend(scenario.stops.iter().filter_map(|stop| stopped(&stop.of)));
    RecordedEntities::of(program, recording).without(&given)
}
