//! How far the signals of a detector went while it fired.
//!
//! A recording holds more samples than there is room for, so each series that some firing reads is read once, and what
//! all firings need of it is taken then.

use std::collections::{BTreeMap, btree_map::Entry};

use heal_engine::Labels;
use heal_program::{Detector, Millis, Program, Timestamp};
use heal_telemetry::RecordingError;

use crate::{
    Firing, Peak, SignalSamples, Telemetry, incidents::signals_of, input::SampleDesk, readings,
    threads::of_each,
};

/// A stretch of a series that a firing is about.
struct Stretch {
    /// Where what is found has its place.
    slot: usize,
    from: Timestamp,
    /// For how long a sample is one of its signal.
    fresh: Millis,
    to: Timestamp,
    falling: bool,
}

/// What firings need of series: all is asked for before anything is read.
pub(crate) struct Wanted<'t> {
    telemetry: &'t Telemetry,
    index: SeriesIndex<'t>,
    /// By series.
    stretches: BTreeMap<usize, Vec<Stretch>>,
    slots: usize,
    /// The bounds of the signals of what was asked for, by its first place.
    bounds: Bounds,
}

/// Bounds that values are compared with: of each signal of what was asked for.
type Bounds = BTreeMap<usize, Vec<Vec<f64>>>;

/// Which places what is found for the firings of a detector has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    first: usize,
    /// How many places a firing has: one a signal.
    width: usize,
}

/// How far a series went.
#[derive(Clone, Copy)]
struct Furthest {
    series: usize,
    at: Timestamp,
    value: f64,
    falling: bool,
    series_count: u64,
}

/// What was found in a series: for each stretch that was asked for.
type OfSeries = Result<Vec<Option<Furthest>>, RecordingError>;

/// What was found.
pub(crate) struct Found<'t> {
    telemetry: &'t Telemetry,
    slots: Vec<Option<Furthest>>,
    bounds: Bounds,
}

impl<'t> Wanted<'t> {
    pub(crate) fn of(telemetry: &'t Telemetry) -> Wanted<'t> {
        let index = SeriesIndex::of(&telemetry.signals);
        Wanted { telemetry, index, stretches: BTreeMap::new(), slots: 0, bounds: Bounds::new() }
    }

    /// Asks for the peaks of the firings of a detector.
    pub(crate) fn add(&mut self, program: &Program, detector: &Detector, firings: &[Firing]) -> Asked {
        let signals = signals_of(program, detector).into_iter().filter_map(|index| program.signal(index));
        // The total of a counter says nothing of how fast it grows.
        let signals = signals.filter(|signal| !signal.counter);
        // How far went what did not come is no matter of a condition that asks whether it came.
        let measured = readings::measured_signals(program, detector);
        let signals = signals.filter(|signal| measured.contains(signal.head.path.as_str()));
        let signals: Vec<(&str, Millis)> =
            signals.map(|signal| (signal.head.path.as_str(), signal.stale_after)).collect();
        let falling = readings::falling_signals(program, detector);
        let asked = Asked { first: self.slots, width: signals.len() };
        self.slots += asked.width * firings.len();
        if !firings.is_empty() {
            let thresholds = readings::thresholds(program, detector);
            let of_signal = |(path, _): &(&str, Millis)| {
                let own = thresholds.iter().filter(|threshold| threshold.signal == *path);
                own.map(|threshold| threshold.value).collect()
            };
            self.bounds.insert(asked.first, signals.iter().map(of_signal).collect());
        }
        for (rank, (path, fresh)) in signals.into_iter().enumerate() {
            let falling = falling.contains(path);
            for (at, firing) in firings.iter().enumerate() {
                let (from, to) = (firing.pending_since, firing.end.unwrap_or(self.telemetry.end));
                for series in self.index.compatible(path, &firing.labels) {
                    let slot = asked.first + at * asked.width + rank;
                    self.stretches.entry(*series).or_default().push(Stretch {
                        slot,
                        from,
                        fresh,
                        to,
                        falling,
                    });
                }
            }
        }
        asked
    }

    /// The place of firings that are about no signal.
    pub(crate) fn nothing(&self) -> Asked {
        Asked { first: self.slots, width: 0 }
    }

    /// Reads each series once, on so many threads, and takes what all firings need of it.
    pub(crate) fn look(self, threads: usize) -> Result<Found<'t>, RecordingError> {
        let Wanted { telemetry, stretches, slots, bounds, .. } = self;
        let series: Vec<(usize, Vec<Stretch>)> = stretches.into_iter().collect();
        let look = |desk: &mut SampleDesk, (at, stretches): &(usize, Vec<Stretch>)| -> OfSeries {
            let Some(samples) = telemetry.signals.get(*at) else { return Ok(Vec::new()) };
            desk.lay(samples)?;
            Ok(stretches.iter().map(|it| furthest((*at, samples), desk, it)).collect())
        };
        // In the order of series, so that of equal values the first one's stays.
        let done = of_each(threads, &series, look);
        let mut found: Vec<Option<Furthest>> = vec![None; slots];
        for ((_, stretches), furthest) in series.iter().zip(done) {
            for (stretch, other) in stretches.iter().zip(furthest?) {
                let (Some(known), Some(other)) = (found.get_mut(stretch.slot), other) else { continue };
                match known {
                    Some(known) => join(known, other),
                    None => *known = Some(other),
                }
            }
        }
        Ok(Found { telemetry, slots: found, bounds })
    }
}

impl Found<'_> {
    /// The peaks of a firing, by its place among those that were asked for.
    pub(crate) fn peaks(&self, asked: Asked, firing: usize) -> Vec<Peak> {
        let first = asked.first + firing * asked.width;
        let own = self.slots.get(first..first + asked.width).unwrap_or_default();
        let bounds = self.bounds.get(&asked.first);
        let bounds =
            |rank: usize| bounds.and_then(|all| all.get(rank)).map(Vec::as_slice).unwrap_or_default();
        let own = own.iter().enumerate().filter_map(|(rank, it)| Some((rank, it.as_ref()?)));
        own.filter_map(|(rank, furthest)| self.peak(furthest, bounds(rank))).collect()
    }

    fn peak(&self, furthest: &Furthest, bounds: &[f64]) -> Option<Peak> {
        let series = self.telemetry.signals.get(furthest.series)?;
        Some(Peak {
            signal: series.signal.clone(),
            at: furthest.at,
            value: furthest.value,
            text: readings::beside_nearest(furthest.value, bounds.iter().copied(), &series.unit),
            falling: furthest.falling,
            labels: series.labels.clone(),
            series_count: furthest.series_count,
        })
    }
}

/// The further one of two series of a signal speaks for both.
fn join(known: &mut Furthest, other: Furthest) {
    let series_count = known.series_count + other.series_count;
    if further(other.falling, other.value, known.value) {
        *known = other;
    }
    known.series_count = series_count;
}

fn further(falling: bool, value: f64, than: f64) -> bool {
    if falling { value < than } else { value > than }
}

fn furthest((at, series): (usize, &SignalSamples), desk: &SampleDesk, stretch: &Stretch) -> Option<Furthest> {
    let further = |value: f64, than: f64| further(stretch.falling, value, than);
    // The first of equal values, so that the time is where it got that far.
    let furthest = desk
        .between(series, (stretch.from, stretch.fresh), stretch.to)
        .filter(|sample| sample.value.is_finite())
        .reduce(|best, sample| if further(sample.value, best.value) { sample } else { best })?;
    Some(Furthest {
        series: at,
        at: furthest.at,
        value: furthest.value,
        falling: stretch.falling,
        series_count: 1,
    })
}

/// The series of signals, by the keys that they have.
struct SeriesIndex<'t> {
    signals: BTreeMap<&'t str, OfSignal<'t>>,
}

struct OfSignal<'t> {
    series: Vec<(usize, &'t Labels)>,
    /// For the fields that a firing shares with the series: by the values of those.
    by_values: BTreeMap<Vec<&'t str>, BTreeMap<Vec<String>, Vec<usize>>>,
}

impl<'t> SeriesIndex<'t> {
    fn of(all: &'t [SignalSamples]) -> SeriesIndex<'t> {
        let mut signals: BTreeMap<&str, OfSignal<'_>> = BTreeMap::new();
        for (at, series) in all.iter().enumerate() {
            let of_signal = signals
                .entry(&series.signal)
                .or_insert_with(|| OfSignal { series: Vec::new(), by_values: BTreeMap::new() });
            of_signal.series.push((at, &series.labels));
        }
        SeriesIndex { signals }
    }

    /// The series of a signal with whose key a firing's does not disagree.
    fn compatible(&mut self, signal: &str, labels: &Labels) -> &[usize] {
        let Some(OfSignal { series, by_values }) = self.signals.get_mut(signal) else { return &[] };
        // All series of a signal have the fields of its key.
        let Some((_, first)) = series.first() else { return &[] };
        let shared: Vec<&str> = first
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(|name| labels.iter().any(|(other, _)| other == name))
            .collect();
        let table = match by_values.entry(shared.clone()) {
            Entry::Occupied(table) => table.into_mut(),
            Entry::Vacant(place) => {
                let mut table: BTreeMap<Vec<String>, Vec<usize>> = BTreeMap::new();
                for (at, key) in series.iter() {
                    table.entry(values_of(key, &shared)).or_default().push(*at);
                }
                place.insert(table)
            }
        };
        table.get(&values_of(labels, &shared)).map(Vec::as_slice).unwrap_or_default()
    }
}

fn values_of(labels: &Labels, fields: &[&str]) -> Vec<String> {
    let value = |field: &&str| labels.iter().find(|(name, _)| name == field).map(|(_, value)| value.clone());
    fields.iter().filter_map(value).collect()
}
