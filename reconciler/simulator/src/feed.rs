//! Recorded series as the samples of a program's signals.

use std::collections::BTreeSet;

use heal_engine::Key;
use heal_program::{Conversion, Dimension, Program, Signal, SignalIndex, Source, recorded_unit};
use heal_telemetry::{Labels, Recording, RecordingError, Sample, Series};

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
    /// From the series' unit to the base unit of the signal's dimension.
    pub conversion: Conversion,
    /// The unit that it was recorded in, where that is another one than the signal reads.
    pub converted_from: Option<&'a str>,
}

impl Feed<'_> {
    /// All samples, in the base unit of the signal's dimension.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn samples(&self) -> Result<Vec<Sample>, RecordingError> {
        Ok(self.series.columns()?.samples().map(|sample| self.in_base_unit(&sample)).collect())
    }

    fn in_base_unit(&self, sample: &Sample) -> Sample {
        Sample { at: sample.at, value: self.conversion.apply(sample.value) }
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
                format!(
                    "the recording `{}` does not hold this query{}",
                    recording.manifest.name,
                    how_to_record(signal)
                )
            })?;
            (name, &[])
        }
        Source::Logs(lines) => {
            let recorded = recording.manifest.signal_series(&signal.source_hash().to_string());
            let name = recorded.ok_or_else(|| {
                format!(
                    "the recording `{}` does not hold what is read of the log `{}`{}",
                    recording.manifest.name,
                    lines.name,
                    how_to_record(signal)
                )
            })?;
            (name, &[])
        }
    };
    let mut feeds: Vec<Feed<'a>> = Vec::new();
    let mut keyless = 0;
    let mut known: BTreeSet<Key> = BTreeSet::new();
    for series in recording.series_named(name, &ALL_LABELS) {
        if !matching.iter().all(|(label, value)| series.labels.get(label) == Some(value)) {
            continue;
        }
        let (conversion, converted_from) = conversion(recording, series, signal)?;
        let key: Option<Key> = signal.keys.iter().map(|field| series.labels.get(field).cloned()).collect();
        let Some(key) = key else {
            keyless += series.len();
            continue;
        };
        if !known.insert(key.clone()) {
            // Nobody can say which of them is meant: the live source has the same rule.
            let key = key.join(", ");
            return Err(format!(
                "several series `{name}` have the key `{key}`: tell them apart with `by` or `where`"
            ));
        }
        feeds.push(Feed { signal: index, key, series, conversion, converted_from });
    }
    // Of a log that was read it is known that no line told of a key.
    let is_of_log = matches!(signal.source, Source::Logs(_)) && recording.manifest.has_log(name);
    if feeds.is_empty() && !(is_of_log && keyless == 0) {
        let with_key = if signal.keys.is_empty() {
            String::new()
        } else {
            format!(" with `{}`", signal.keys.join("`, `"))
        };
        return Err(format!("the recording `{}` has no series `{name}`{with_key}", recording.manifest.name));
    }
    Ok((feeds, keyless))
}

/// What puts what a signal reads into a recording. A query has no name to record it under: its hash is.
fn how_to_record(signal: &Signal) -> String {
    let from = match &signal.source {
        Source::Prometheus { .. } => "prometheus URL --since 7d",
        Source::Logs(_) => "logs FILE",
        Source::Metric { .. } => "csv FILE",
    };
    format!("; `heal record {from} --into DIR --signal {}` records it", signal.head.path)
}

/// The unit that a recording must state for a signal to read it; none where only an unwritten one would do.
#[must_use]
pub fn unit_to_record(signal: &Signal) -> Option<&str> {
    signal.unit.as_deref().or_else(|| base_unit(signal.dimension))
}

/// How the numbers of a series become a signal's, and the unit of the recording where it is another one than the signal
/// reads. An error where no factor leads from the one to the other: what is said would be wrong by orders of magnitude.
fn conversion<'a>(
    recording: &'a Recording,
    series: &Series,
    signal: &Signal,
) -> Result<(Conversion, Option<&'a str>), String> {
    let recorded = recording.manifest.entry(series.id).map_or("", |entry| entry.unit.as_str());
    let read = unit_to_record(signal);
    if recorded.is_empty() || read.is_some_and(|read| canonical(recorded) == canonical(read)) {
        return Ok((Conversion::new(signal.scale, signal.offset), None));
    }
    let plain = recorded == "1" && [Dimension::RATIO, Dimension::COUNT].contains(&signal.dimension);
    match recorded_unit(recorded).filter(|unit| plain || unit.dimension == signal.dimension) {
        Some(unit) => Ok((Conversion::new(unit.scale(), unit.offset()), Some(recorded))),
        None => {
            let name = &series.name;
            let read = read.unwrap_or("the base unit of its dimension");
            Err(format!("the recording has `{name}` in `{recorded}`, and the signal reads it in `{read}`"))
        }
    }
}

/// The signals whose recorded numbers are converted: path, the unit of the recording, the unit that the signal reads.
pub(crate) fn converted(program: &Program, recording: &Recording) -> BTreeSet<(String, String, String)> {
    let mut converted = BTreeSet::new();
    for feed in feeds(program, recording) {
        if let (Some(from), Some(signal)) = (feed.converted_from, program.signal(feed.signal)) {
            let to = signal.unit.as_deref().or_else(|| base_unit(signal.dimension)).unwrap_or_default();
            converted.insert((signal.head.path.clone(), from.to_owned(), to.to_owned()));
        }
    }
    converted
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
