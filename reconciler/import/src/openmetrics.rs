//! Series from OpenMetrics and from Prometheus' text format, with timestamps.

mod line;

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::Path;

use heal_program::Timestamp;
use heal_telemetry::Labels;
use heal_telemetry::csv::{TimeFormat, UtcOffset};

use crate::error::open;
use crate::gathering::{Gathering, Meaning, UnitOf, lacking, recordable};
use crate::lines::Lines;
use crate::units::{of_name, of_openmetrics};
use crate::{ImportError, Imported};
use line::{Meta, SampleLine, Wrong, read_line};

/// How a file of OpenMetrics becomes series: each by the name and the labels that it has there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenMetricsImport {
    /// Labels that all series get; those of the file win.
    pub labels: Labels,
    /// Units of metrics by name, where the file does not state them or states others.
    pub units: BTreeMap<String, String>,
}

/// What has been read so far.
#[derive(Default)]
struct State {
    gathering: Gathering,
    time_format: Option<TimeFormat>,
    /// The time of the sample before.
    before: Option<Timestamp>,
    /// By the name of the metric's family.
    types: BTreeMap<String, String>,
    units: BTreeMap<String, String>,
    is_ended: bool,
}

impl OpenMetricsImport {
    /// Reads a file.
    ///
    /// # Errors
    /// When the file cannot be read, or as [`OpenMetricsImport::read`].
    pub fn read_file(&self, path: &Path) -> Result<Imported, ImportError> {
        self.read(&path.display().to_string(), open(path)?)
    }

    /// Reads a stream, which errors call `file`. Samples need times: in seconds as of OpenMetrics, or in milliseconds as
    /// of Prometheus' text format, all like the first.
    ///
    /// # Errors
    /// When a line is neither a comment nor a sample with a time, with its place; when there is no sample, or the end of
    /// the file is missing.
    pub fn read(&self, file: &str, stream: impl BufRead) -> Result<Imported, ImportError> {
        let mut lines = Lines::new(file, stream);
        let mut state = State::default();
        let mut is_cut = false;
        while let Some(line) = lines.next()? {
            let text = line.text(file)?;
            let at = |wrong: Wrong| ImportError {
                file: file.to_owned(),
                line: line.number,
                column: text.get(..wrong.offset).unwrap_or(text).chars().count() as u64 + 1,
                reason: wrong.reason,
            };
            if state.is_ended {
                return Err(at(Wrong::at(0, "there is more behind `# EOF`")));
            }
            is_cut = !line.is_ended;
            self.take(&mut state, text).map_err(at)?;
        }
        let needs_end = !state.units.is_empty() || state.time_format == Some(TimeFormat::UnixSeconds);
        if !state.is_ended && (is_cut || needs_end) {
            let what = if needs_end { "`# EOF`" } else { "the end of its last line" };
            return Err(ImportError::of_file(file, format!("ends without {what}: it was cut off")));
        }
        if state.gathering.is_empty() {
            return Err(ImportError::of_file(file, "has no sample"));
        }
        let State { gathering, time_format, types, units, .. } = state;
        let rule = time_format.map_or("", TimeFormat::name);
        let series = gathering.into_series(rule, |name| self.unit_of(name, &types, &units));
        let notes = lacking(&series).map_err(|reason| ImportError::of_file(file, reason))?;
        Ok(Imported { series, notes: notes.into_iter().collect(), ..Imported::default() })
    }

    /// Names of metrics that a unit was given for, and of which there is no series in what was imported.
    #[must_use]
    pub fn unused_units(&self, imported: &Imported) -> Vec<&str> {
        let none = BTreeMap::new();
        let is_of = |name: &str, metric: &str| name == metric || family_of(name, &none).0 == metric;
        let is_used = |metric: &str| imported.series.iter().any(|series| is_of(&series.name, metric));
        self.units.keys().map(String::as_str).filter(|metric| !is_used(metric)).collect()
    }

    fn take(&self, state: &mut State, text: &str) -> Result<(), Wrong> {
        let sample = match read_line(text)? {
            Meta::Nothing => return Ok(()),
            Meta::End => {
                state.is_ended = true;
                return Ok(());
            }
            Meta::Type { name, kind } => {
                return say_once(&mut state.types, name, kind, ("type", str::to_owned), text);
            }
            Meta::Unit { name, unit } => {
                return say_once(&mut state.units, name, unit, ("unit", of_openmetrics), text);
            }
            Meta::Sample(sample) => sample,
        };
        let SampleLine { name, mut labels, value, time } = sample;
        let (offset, time) =
            time.ok_or_else(|| Wrong::at(text.len(), "the sample has no time: write it behind the value"))?;
        let format = match state.time_format {
            Some(format) => format,
            None => detect(time).ok_or_else(|| not_a_time(offset, time, None))?,
        };
        state.time_format = Some(format);
        let other = format.other_number(time, state.before);
        let at = parse(format, time).and_then(recordable).filter(|_| other.is_none());
        let at = at.ok_or_else(|| not_a_time(offset, time, other))?;
        state.before = Some(at);
        for (label, value) in &self.labels {
            labels.entry(label.clone()).or_insert_with(|| value.clone());
        }
        state
            .gathering
            .push(&name, &labels, at, Some(value), Meaning::Measured)
            .map_err(|limit| Wrong::at(0, limit))
    }

    /// The unit of a series: as it was asked for, else as the file states it, else as its name ends, else a plain number.
    fn unit_of(
        &self,
        name: &str,
        types: &BTreeMap<String, String>,
        units: &BTreeMap<String, String>,
    ) -> UnitOf {
        let (family, suffix) = family_of(name, types);
        if let Some(unit) = self.units.get(name).or_else(|| self.units.get(family)) {
            return UnitOf { unit: unit.clone(), is_declared: true };
        }
        let stated = |unit: &str| UnitOf { unit: unit.to_owned(), is_declared: false };
        match suffix {
            "_bucket" | "_count" | "_gcount" => stated("1"),
            "_created" => stated("s"),
            _ => match units.get(family).filter(|unit| !unit.is_empty()) {
                Some(unit) => stated(&of_openmetrics(unit)),
                None => UnitOf { unit: of_name(family).unwrap_or("1").to_owned(), is_declared: true },
            },
        }
    }
}

/// The family that a series belongs to, and what its name has behind the family's. Where the file says nothing of the
/// family, the endings of counters and histograms tell.
fn family_of<'a>(name: &'a str, types: &BTreeMap<String, String>) -> (&'a str, &'a str) {
    const SUFFIXES: [&str; 8] =
        ["_bucket", "_count", "_sum", "_total", "_created", "_gcount", "_gsum", "_info"];
    let parts = SUFFIXES.iter().find_map(|suffix| Some((name.strip_suffix(suffix)?, *suffix)));
    match parts {
        // `# TYPE x_count gauge` says that the ending is part of the name.
        Some(_) if types.get(name).is_some_and(|kind| kind != "counter") => (name, ""),
        Some(parts) => parts,
        None => (name, ""),
    }
}

/// The format of a time; OpenMetrics allows an exponent.
fn detect(text: &str) -> Option<TimeFormat> {
    if text.contains(['e', 'E']) {
        return text.parse::<f64>().ok().filter(|seconds| *seconds >= 0.0).map(|_| TimeFormat::UnixSeconds);
    }
    TimeFormat::detect(text)
        .filter(|format| matches!(format, TimeFormat::UnixSeconds | TimeFormat::UnixMillis))
}

fn parse(format: TimeFormat, text: &str) -> Option<Timestamp> {
    if format == TimeFormat::UnixSeconds && text.contains(['e', 'E']) {
        let millis = (text.parse::<f64>().ok()? * 1_000.0).floor();
        return (0.0..1e15).contains(&millis).then_some(Timestamp(millis as i64));
    }
    format.parse(text, UtcOffset::default())
}

fn not_a_time(offset: usize, text: &str, other: Option<&str>) -> Wrong {
    let expected = other.unwrap_or("write Unix seconds, or Unix milliseconds, all like the first");
    Wrong::at(offset, format!("`{text}` is not a time: {expected}"))
}

/// Keeps what a file says of a metric. It may say so again, but not otherwise: what stands above would be taken for it.
fn say_once(
    said: &mut BTreeMap<String, String>,
    name: String,
    value: String,
    (what, meant): (&str, fn(&str) -> String),
    line: &str,
) -> Result<(), Wrong> {
    match said.get(&name).filter(|before| meant(before) != meant(&value)) {
        None => {
            said.insert(name, value);
            Ok(())
        }
        Some(before) => {
            let offset = line.rfind(&value).unwrap_or_default();
            let shown = |text: &str| if text.is_empty() { "none".to_owned() } else { format!("`{text}`") };
            Err(Wrong::at(
                offset,
                format!(
                    "the {what} of `{name}` is {} here and {} above: write all of its samples alike, or give those here \
                     another name",
                    shown(&value),
                    shown(before)
                ),
            ))
        }
    }
}
