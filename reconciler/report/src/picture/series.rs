//! Axes that fit series: which share one, in which unit, over which range.

use heal_program::{Millis, Timestamp};
use heal_telemetry::{RecordingError, Sample};

use super::{axis, strip::ThresholdLine};
use crate::{SignalSamples, document::clean, units};

/// Part of an axis that is left free at each end.
const MARGIN_SHARE: i64 = 50;

/// A series that is drawn, with its samples.
pub(super) struct Drawn<'a> {
    pub(super) series: &'a SignalSamples,
    pub(super) samples: Vec<Sample>,
}

impl<'a> Drawn<'a> {
    pub(super) fn of(series: &'a SignalSamples) -> Result<Drawn<'a>, RecordingError> {
        Ok(Drawn { series, samples: series.samples.read()? })
    }
}

/// Groups of series that overlap in time, each with its axis. A recording put together from several times would
/// otherwise be mostly empty.
pub(super) fn groups(series: &[Drawn<'_>]) -> Vec<(usize, (Timestamp, Timestamp))> {
    let extent = |series: &Drawn<'_>| {
        let first = series.samples.first().map_or(Timestamp(0), |sample| sample.at);
        let last = series.samples.last().map_or(first, |sample| sample.at);
        (first, last.max(first.plus(Millis(1))))
    };
    let mut extents: Vec<(Timestamp, Timestamp)> = series.iter().map(extent).collect();
    extents.sort();
    let mut merged: Vec<(Timestamp, Timestamp)> = Vec::new();
    for (start, end) in extents {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            Some(_) | None => merged.push((start, end)),
        }
    }
    let group = |series: &Drawn<'_>| {
        let (start, end) = extent(series);
        let position = merged.iter().position(|(from, to)| start >= *from && end <= *to).unwrap_or_default();
        let (from, to) = merged.get(position).copied().unwrap_or((start, end));
        // What happens at the very edge would be cut in half.
        let margin = Millis(to.since(from).0 / MARGIN_SHARE);
        (position, (from.minus(margin), to.plus(margin)))
    };
    series.iter().map(group).collect()
}

/// Large byte counts read in a larger unit, shares in per cent.
pub(super) fn scale(series: &SignalSamples, samples: &[Sample]) -> (f64, String) {
    match series.unit.as_str() {
        "B" | "bytes" => {
            let largest = samples.iter().map(|sample| sample.value.abs()).fold(0.0, f64::max);
            let (size, name) = units::byte_scale(largest);
            (size, name.to_owned())
        }
        "ratio" => (0.01, "%".to_owned()),
        unit => (1.0, clean(units::symbol(unit))),
    }
}

pub(super) fn range(line: &[Vec<(Timestamp, f64)>], thresholds: &[ThresholdLine]) -> (f64, f64) {
    let values = line.iter().flatten().map(|(_, value)| *value);
    let (low, high) = values
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return (0.0, 1.0);
    }
    // A bound far away would flatten the line; it is then named at the edge.
    let reach = (high - low).max(high.abs() * 0.1);
    let near = thresholds
        .iter()
        .map(|line| line.value)
        .filter(|value| *value >= low - reach && *value <= high + reach);
    let (low, high) = near.fold((low, high), |(low, high), value| (low.min(value), high.max(value)));
    axis::value_ticks(low, high).0
}
