//! Recorded series as the samples of a program's signals.

use heal_engine::Key;
use heal_program::{Dimension, Program, Signal, SignalIndex, Source};
use heal_telemetry::{Labels, Recording, Sample, Series};

/// Labels that every series has.
static ALL_LABELS: Labels = Labels::new();

/// A recorded series that feeds a signal.
#[derive(Clone, Debug)]
pub struct Feed<'a> {
    /// The signal.
    pub signal: SignalIndex,
    /// The key, in the signal's order.
    pub key: Key,
    /// The recorded series.
    pub series: &'a Series,
    scale: f64,
    offset: f64,
}

impl Feed<'_> {
    /// The sample at a position of the series, in the base unit of the signal's dimension.
    #[must_use]
    pub fn sample(&self, position: usize) -> Option<Sample> {
        self.series.samples.get(position).map(|sample| self.in_base_unit(sample))
    }

    /// All samples, in the base unit of the signal's dimension.
    pub fn samples(&self) -> impl Iterator<Item = Sample> {
        self.series.samples.iter().map(|sample| self.in_base_unit(sample))
    }

    fn in_base_unit(&self, sample: &Sample) -> Sample {
        Sample { at: sample.at, value: sample.value * self.scale + self.offset }
    }
}

/// What a recording holds for one signal, with the number of samples of series that lack a key field; or why it holds
/// nothing that can be told.
pub(crate) fn feeds_of<'a>(
    recording: &'a Recording,
    index: SignalIndex,
    signal: &Signal,
) -> Result<(Vec<Feed<'a>>, u64), String> {
    let (name, matching): (&str, &[(String, String)]) = match &signal.source {
        Source::Metric { name, matching } => (name, matching),
        Source::Prometheus { .. } => {
            let recorded = recording.manifest.signal_series(&signal.source_hash().to_string());
            let name = recorded.ok_or_else(|| {
                format!("the recording `{}` does not hold this query", recording.manifest.name)
            })?;
            (name, &[])
        }
    };
    let mut feeds: Vec<Feed<'a>> = Vec::new();
    let mut keyless = 0;
    for series in recording.series_named(name, &ALL_LABELS) {
        if !matching.iter().all(|(label, value)| series.labels.get(label) == Some(value)) {
            continue;
        }
        check_unit(recording, series, signal)?;
        let key: Option<Key> = signal.keys.iter().map(|field| series.labels.get(field).cloned()).collect();
        let Some(key) = key else {
            keyless += series.samples.len() as u64;
            continue;
        };
        if feeds.iter().any(|feed| feed.key == key) {
            // Nobody can say which of them is meant: the live source has the same rule.
            let key = key.join(", ");
            return Err(format!(
                "several series `{name}` have the key `{key}`: tell them apart with `by` or `where`"
            ));
        }
        feeds.push(Feed { signal: index, key, series, scale: signal.scale, offset: signal.offset });
    }
    if feeds.is_empty() {
        let with_key = if signal.keys.is_empty() {
            String::new()
        } else {
            format!(" with `{}`", signal.keys.join("`, `"))
        };
        return Err(format!("the recording `{}` has no series `{name}`{with_key}", recording.manifest.name));
    }
    Ok((feeds, keyless))
}

/// A recording that states another unit than the signal reads would be misread by orders of magnitude.
fn check_unit(recording: &Recording, series: &Series, signal: &Signal) -> Result<(), String> {
    let recorded = recording.manifest.entry(series.id).map_or("", |entry| entry.unit.as_str());
    let read = signal.unit.as_deref().or_else(|| base_unit(signal.dimension));
    if recorded.is_empty() || read.is_some_and(|read| canonical(recorded) == canonical(read)) {
        return Ok(());
    }
    let name = &series.name;
    let read = read.unwrap_or("the base unit of its dimension");
    let how =
        if signal.unit.is_some() { "" } else { ", because no unit is written after its type with `in`" };
    Err(format!("the recording has `{name}` in `{recorded}`, and the signal reads it in `{read}`{how}"))
}

/// What a signal's numbers are in where no unit is written after its type.
fn base_unit(dimension: Dimension) -> Option<&'static str> {
    let per_second = |above: Dimension| above.over(Dimension::DURATION);
    let table = [
        (Dimension::RATIO, "1"),
        (Dimension::COUNT, "1"),
        (Dimension::DURATION, "s"),
        (Dimension::BYTES, "B"),
        (Dimension::TEMPERATURE, "degC"),
        (per_second(Dimension::COUNT), "/s"),
        (per_second(Dimension::BYTES), "B/s"),
    ];
    table.iter().find(|(of, _)| *of == dimension).map(|(_, unit)| *unit)
}

/// The one of several names of a unit that all are compared by.
fn canonical(unit: &str) -> &str {
    match unit {
        "percent" => "%",
        "1/s" => "/s",
        other => other,
    }
}

/// Everything that a recording holds for a program's signals, by signal and series.
#[must_use]
pub fn feeds<'a>(program: &Program, recording: &'a Recording) -> Vec<Feed<'a>> {
    let signals = program.signals.iter().enumerate();
    signals
        .filter_map(|(at, signal)| feeds_of(recording, SignalIndex(u32::try_from(at).ok()?), signal).ok())
        .flat_map(|(feeds, _)| feeds)
        .collect()
}
