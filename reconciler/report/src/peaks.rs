//! How far the signals of a detector went while it fired.
//!
//! A recording holds more samples than there is room for, so each series that some firing reads is read once, and what
//! all firings need of it is taken then.

use std::collections::{BTreeMap, btree_map::Entry};

use heal_engine::Labels;
use heal_program::{Detector, Program, Timestamp};
use heal_telemetry::RecordingError;

use crate::{
    Firing, Peak, SignalSamples, Telemetry, incidents::signals_of, input::SampleDesk, readings, units,
};

/// A stretch of a series that a firing is about.
struct Stretch {
    detector: usize,
    firing: usize,
    /// Where the signal stands among those of the detector.
    rank: usize,
    from: Timestamp,
    to: Timestamp,
    falling: bool,
}

/// Writes peaks into the firings of all detectors.
pub(crate) fn add_peaks(
    program: &Program,
    telemetry: &Telemetry,
    detectors: &mut [(&Detector, Vec<Firing>)],
) -> Result<(), RecordingError> {
    let mut index = SeriesIndex::of(&telemetry.signals);
    let mut wanted: BTreeMap<usize, Vec<Stretch>> = BTreeMap::new();
    for (at, (detector, firings)) in detectors.iter().enumerate() {
        let signals = signals_of(program, detector).into_iter().filter_map(|index| program.signal(index));
        // The total of a counter says nothing of how fast it grows.
        let signals = signals.filter(|signal| !signal.counter);
        let falling = readings::falling_signals(program, detector);
        for (rank, path) in signals.map(|signal| signal.head.path.as_str()).enumerate() {
            let falling = falling.contains(path);
            for (firing_at, firing) in firings.iter().enumerate() {
                for series in index.compatible(path, &firing.labels) {
                    wanted.entry(*series).or_default().push(Stretch {
                        detector: at,
                        firing: firing_at,
                        rank,
                        from: firing.pending_since,
                        to: firing.end.unwrap_or(telemetry.end),
                        falling,
                    });
                }
            }
        }
    }
    let mut found: Vec<Vec<BTreeMap<usize, Peak>>> =
        detectors.iter().map(|(_, firings)| vec![BTreeMap::new(); firings.len()]).collect();
    let mut desk = SampleDesk::default();
    for (series, stretches) in wanted {
        let Some(series) = telemetry.signals.get(series) else { continue };
        desk.lay(series)?;
        for stretch in stretches {
            let peaks = found.get_mut(stretch.detector).and_then(|all| all.get_mut(stretch.firing));
            if let (Some(peaks), Some(peak)) = (peaks, peak(series, &mut desk, &stretch)) {
                match peaks.entry(stretch.rank) {
                    Entry::Vacant(place) => {
                        place.insert(peak);
                    }
                    Entry::Occupied(mut known) => join(known.get_mut(), peak, stretch.falling),
                }
            }
        }
    }
    for ((_, firings), found) in detectors.iter_mut().zip(found) {
        for (firing, peaks) in firings.iter_mut().zip(found) {
            firing.peaks = peaks.into_values().collect();
        }
    }
    Ok(())
}

/// The further one of two series of a signal speaks for both.
fn join(known: &mut Peak, other: Peak, falling: bool) {
    let series_count = known.series_count + other.series_count;
    if further(falling, other.value, known.value) {
        *known = other;
    }
    known.series_count = series_count;
}

fn further(falling: bool, value: f64, than: f64) -> bool {
    if falling { value < than } else { value > than }
}

fn peak(series: &SignalSamples, desk: &mut SampleDesk, stretch: &Stretch) -> Option<Peak> {
    let further = |value: f64, than: f64| further(stretch.falling, value, than);
    // The first of equal values, so that the time is where it got that far.
    let furthest = desk
        .between(series, stretch.from, stretch.to)
        .filter(|sample| sample.value.is_finite())
        .reduce(|best, sample| if further(sample.value, best.value) { sample } else { best })?;
    Some(Peak {
        signal: series.signal.clone(),
        at: furthest.at,
        value: furthest.value,
        text: units::quantity(furthest.value, &series.unit),
        falling: stretch.falling,
        labels: series.labels.clone(),
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
