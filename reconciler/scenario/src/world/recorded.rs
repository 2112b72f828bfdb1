//! The samples of a recording that a test replays.

use std::{cmp::Reverse, collections::BinaryHeap};

use heal_engine::Key;
use heal_program::{Program, SignalIndex, Timestamp, scenario::Sampled, scenario::Scenario};
use heal_simulator::{Feed, feeds};
use heal_telemetry::Recording;

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
    /// The next sample of each feed: time, feed, position. The earliest comes first.
    upcoming: BinaryHeap<Reverse<(Timestamp, usize, usize)>>,
}

impl<'r> RecordedSamples<'r> {
    pub(crate) fn new(
        program: &Program,
        scenario: &Scenario,
        recording: Option<&'r Recording>,
    ) -> RecordedSamples<'r> {
        let mut feeds = recording.map(|recording| feeds(program, recording)).unwrap_or_default();
        feeds.retain(|feed| !is_given(scenario, feed.signal));
        let firsts = (0..).zip(&feeds).filter_map(|(at, feed)| Some(Reverse((feed.sample(0)?.at, at, 0))));
        let upcoming = firsts.collect();
        RecordedSamples { feeds, upcoming }
    }

    /// When the next sample is.
    pub(crate) fn next_at(&self) -> Option<Timestamp> {
        self.upcoming.peek().map(|Reverse((at, _, _))| *at)
    }

    /// Takes the next sample.
    pub(crate) fn take(&mut self) -> Option<RecordedSample> {
        let sample = self.peek();
        let Reverse((_, feed_at, position)) = self.upcoming.pop()?;
        let next = self.feeds.get(feed_at).and_then(|feed| feed.sample(position + 1));
        self.upcoming.extend(next.map(|next| Reverse((next.at, feed_at, position + 1))));
        sample
    }

    /// The next sample.
    pub(crate) fn peek(&self) -> Option<RecordedSample> {
        let Reverse((_, feed_at, position)) = *self.upcoming.peek()?;
        let feed = self.feeds.get(feed_at)?;
        let sample = feed.sample(position)?;
        let key = feed.key.clone();
        Some(RecordedSample { signal: feed.signal, key, at: sample.at, value: sample.value })
    }

    /// The keys that a signal is recorded for, each with its last value up to a time.
    pub(crate) fn keys(&self, of: &Sampled, at: Timestamp) -> Vec<(Key, f64)> {
        let Sampled::Signal(signal) = of else { return Vec::new() };
        let feeds = self.feeds.iter().filter(|feed| feed.signal == *signal);
        feeds
            .map(|feed| {
                let last = feed.samples().take_while(|sample| sample.at <= at).last();
                (feed.key.clone(), last.map_or(0.0, |sample| sample.value))
            })
            .collect()
    }
}

/// Whether a test gives anything of a signal.
pub(crate) fn is_given(scenario: &Scenario, signal: SignalIndex) -> bool {
    scenario.series.iter().any(|series| series.of == Sampled::Signal(signal))
}
