//! A recording as the source of telemetry: the engine lives in the recording's time, at a chosen pace.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::{Duration, Instant};

use heal_engine::{Input, Key};
use heal_program::{Millis, Program, SignalIndex, Timestamp};
use heal_simulator::{RecordedEntities, feeds, happened};
use heal_telemetry::{Recording, RecordingError, Sample};

use crate::config::Pace;
use crate::journalled_engine::{EngineError, JournalledEngine};

/// How many steps are made before they are written and others get their turn.
pub(crate) const STEPS_AT_ONCE_MAX: usize = 2_000;

/// A recording that is replayed, in the order and with the times that a simulation has.
#[derive(Debug)]
pub(crate) struct Replay {
    recording: Recording,
    pace: Pace,
    feeds: Vec<ReplayedSeries>,
    /// The next sample of each feed: time, feed, position. The earliest comes first.
    upcoming: BinaryHeap<Reverse<(Timestamp, usize, usize)>>,
    /// Recorded events and inventory that have not been told, in order of time.
    told: VecDeque<(Timestamp, Input)>,
    /// When which time of the recording was.
    anchor: Option<(Instant, Timestamp)>,
}

/// A recorded series that feeds a signal.
#[derive(Debug)]
struct ReplayedSeries {
    signal: SignalIndex,
    key: Key,
    samples: Vec<Sample>,
}

/// How a replay stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// More is due now.
    More,
    /// The next step is due after this time.
    Waits(Duration),
    /// The recording is over, or has not begun because there is no program.
    Idle,
}

impl Replay {
    pub(crate) fn new(recording: Recording, pace: Pace) -> Replay {
        Replay {
            recording,
            pace,
            feeds: Vec::new(),
            upcoming: BinaryHeap::new(),
            told: VecDeque::new(),
            anchor: None,
        }
    }

    pub(crate) fn recording(&self) -> &Recording {
        &self.recording
    }

    /// The time at which an engine that knows nothing yet is told its first program: before the first sample.
    pub(crate) fn begin(&self) -> Timestamp {
        self.recording.start().minus(Millis(1))
    }

    /// Goes on for another program: what lies up to and including `position` has been told.
    ///
    /// # Errors
    /// When the samples of the recording cannot be read. Then it goes on as before.
    pub(crate) fn follow(&mut self, program: &Program, position: Timestamp) -> Result<(), RecordingError> {
        let feeds = feeds(program, &self.recording).into_iter().map(|feed| {
            let samples = feed.samples()?;
            Ok(ReplayedSeries { signal: feed.signal, key: feed.key, samples })
        });
        self.feeds = feeds.collect::<Result<_, RecordingError>>()?;
        self.upcoming.clear();
        for (at, feed) in self.feeds.iter().enumerate() {
            let samples = &feed.samples;
            let told = samples.partition_point(|sample| sample.at <= position);
            let next = samples.get(told).map(|sample| Reverse((sample.at, at, told)));
            self.upcoming.extend(next);
        }
        // What entities were holds until something else is told, which a journal cannot say: of them nothing is told here.
        let told = happened(&self.recording, &RecordedEntities::default());
        self.told = told.into_iter().filter(|(at, _)| *at > position).collect();
        self.anchor = Some((Instant::now(), position));
        Ok(())
    }

    /// The samples of these signals in `(from, to]`, as inputs in order of time.
    pub(crate) fn history(&self, signal: SignalIndex, from: Timestamp, to: Timestamp) -> Vec<Input> {
        let mut samples: Vec<(Timestamp, Input)> = Vec::new();
        for feed in self.feeds.iter().filter(|feed| feed.signal == signal) {
            let inside = feed.samples.iter().filter(|sample| sample.at > from && sample.at <= to);
            samples.extend(inside.map(|sample| (sample.at, feed.input(sample))));
        }
        samples.sort_by_key(|(at, _)| *at);
        samples.into_iter().map(|(_, input)| input).collect()
    }

    /// Makes the steps that are due, at most [`STEPS_AT_ONCE_MAX`]. They are not committed yet.
    ///
    /// A step of the engine sees all samples of its time, and comes before later ones.
    pub(crate) fn advance(&mut self, engine: &mut JournalledEngine) -> Result<Progress, EngineError> {
        let Some(anchor) = self.anchor else { return Ok(Progress::Idle) };
        for _ in 0..STEPS_AT_ONCE_MAX {
            let sample = self.upcoming.peek().map(|Reverse((at, _, _))| *at);
            let deadline =
                engine.engine().poll_deadline().filter(|deadline| *deadline <= self.recording.end());
            let told = self.told.front().map(|(at, _)| *at);
            let Some(due) = sample.into_iter().chain(told).chain(deadline).min() else {
                return Ok(Progress::Idle);
            };
            if let Some(wait) = self.wait_for(due, anchor) {
                return Ok(Progress::Waits(wait));
            }
            if told == Some(due) {
                let input = self.told.pop_front().map(|(_, input)| input);
                engine.tell(due, input)?;
            } else if sample == Some(due) {
                self.tell_samples(due, engine)?;
            } else {
                engine.tick(due, due)?;
            }
        }
        Ok(Progress::More)
    }

    /// How long until a time of the recording; none when it is due.
    fn wait_for(&self, due: Timestamp, (then, position): (Instant, Timestamp)) -> Option<Duration> {
        let Pace::Times(pace) = self.pace else { return None };
        let seconds = due.since(position).as_seconds() / pace;
        let wait = Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX);
        wait.checked_sub(then.elapsed()).filter(|wait| !wait.is_zero())
    }

    /// All samples of one time, by feed: a restart goes on after that time.
    fn tell_samples(&mut self, at: Timestamp, engine: &mut JournalledEngine) -> Result<(), EngineError> {
        while let Some(Reverse((next, feed_at, position))) = self.upcoming.peek().copied()
            && next == at
        {
            self.upcoming.pop();
            let Some(feed) = self.feeds.get(feed_at) else { continue };
            let samples = &feed.samples;
            if let Some(sample) = samples.get(position) {
                engine.tell(at, [feed.input(sample)])?;
            }
            let after = samples.get(position + 1).map(|sample| Reverse((sample.at, feed_at, position + 1)));
            self.upcoming.extend(after);
        }
        Ok(())
    }
}

impl ReplayedSeries {
    fn input(&self, sample: &Sample) -> Input {
        Input::Sample { signal: self.signal, key: self.key.clone(), at: sample.at, value: sample.value }
    }
}
