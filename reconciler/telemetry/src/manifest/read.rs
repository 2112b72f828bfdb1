//! Reads a manifest: its version counts first, then its digest, then the rest, in which nothing unknown is let through.

use std::collections::BTreeMap;

use heal_program::{Millis, Timestamp};
use serde::Deserialize;
use toml::value::Datetime;

use super::{FileEntry, LogSummary, MANIFEST_FILE, Manifest, Quality, SeriesEntry};
use crate::digest::sha256;
use crate::limits::{FORMAT_VERSION, MANIFEST_BYTES_MAX, is_recordable};
use crate::{Flaws, Incident, Labels, RecordingError, UnitJump};

/// A manifest that was read.
pub(crate) struct ReadManifest {
    pub(crate) manifest: Manifest,
    pub(crate) incidents: Vec<Incident>,
    /// The digest that the manifest states, if its line was not removed.
    pub(crate) digest: Option<String>,
}

/// Reads the bytes of `recording.toml`.
pub(crate) fn read_manifest(bytes: &[u8]) -> Result<ReadManifest, RecordingError> {
    if bytes.is_empty() {
        return Err(malformed("is empty"));
    }
    if bytes.len() > MANIFEST_BYTES_MAX {
        return Err(malformed(format!("has more than {MANIFEST_BYTES_MAX} bytes")));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| malformed(format!("is not UTF-8: {error}")))?;
    let file: Result<File, RecordingError> = parse(text);
    // A manifest of many series takes long to parse, and is parsed again only to say what is wrong with it.
    let format_version = match &file {
        Ok(file) => file.format_version,
        Err(_) => parse::<Version>(text)?.format_version,
    };
    if format_version > FORMAT_VERSION {
        return Err(RecordingError::Newer { found: format_version });
    }
    if format_version == 0 {
        return Err(malformed("has format version 0, and the first is 1"));
    }
    let file = file?;
    if let Some(digest) = &file.digest {
        check_digest(text, digest)?;
    }
    let digest = file.digest.clone();
    let incidents = file.incident.iter().map(incident_of).collect::<Result<_, _>>()?;
    Ok(ReadManifest { manifest: manifest_of(file)?, incidents, digest })
}

/// The one thing that every version has.
#[derive(Deserialize)]
struct Version {
    format_version: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format_version: u64,
    digest: Option<String>,
    tool_version: String,
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    origin: String,
    start: Datetime,
    end: Datetime,
    #[serde(default)]
    series: Vec<SeriesTable>,
    #[serde(default)]
    incident: Vec<IncidentTable>,
    #[serde(default)]
    signal: Vec<SignalTable>,
    #[serde(default)]
    log: Vec<LogTable>,
    file: Vec<FileTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeriesTable {
    name: String,
    labels: Labels,
    unit: String,
    unit_declared: bool,
    time_rule: String,
    interval_ms: Option<u64>,
    samples: u64,
    quality: QualityTable,
    #[serde(default)]
    flaws: FlawsTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QualityTable {
    missing: u64,
    non_finite: u64,
    repeated_dropped: u64,
    backward_sorted: u64,
    #[serde(default)]
    shifted: u64,
    part_of: Option<String>,
    gaps: u64,
    longest_gap_ms: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FlawsTable {
    constant: bool,
    flat: u64,
    longest_flat_ms: Option<u64>,
    unit_jumps: Vec<UnitJumpTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitJumpTable {
    at: Datetime,
    factor: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogTable {
    name: String,
    start: Datetime,
    end: Datetime,
    lines: u64,
    repeated: u64,
    without_label: u64,
    backward_sorted: u64,
    shifted: u64,
    time_rule: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IncidentTable {
    name: String,
    start: Datetime,
    end: Datetime,
    #[serde(default)]
    labels: Labels,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignalTable {
    hash: String,
    series: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTable {
    name: String,
    sha256: String,
    bytes: u64,
    rows: u64,
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, RecordingError> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
        let message = error.message().replace('\n', ", ");
        malformed(format!("is not a manifest: line {line}: {message}"))
    })
}

/// Compares what follows the line with the digest. A checkout that turned line ends into CR LF changes nothing.
fn check_digest(text: &str, digest: &str) -> Result<(), RecordingError> {
    let text = text.replace("\r\n", "\n");
    let mut lines = text.split_inclusive('\n');
    let covered: usize = match lines.position(|line| line.starts_with("digest")) {
        Some(_) => lines.map(str::len).sum(),
        None => return Err(malformed("must have `digest` at the start of its line")),
    };
    let body = text.get(text.len().saturating_sub(covered)..).unwrap_or_default();
    if sha256(body.as_bytes()) == digest {
        return Ok(());
    }
    Err(malformed(
        "does not match its digest: it is damaged, or was edited by hand (then remove the line with `digest`)",
    ))
}

fn manifest_of(file: File) -> Result<Manifest, RecordingError> {
    let mut signals = BTreeMap::new();
    for SignalTable { hash, series } in file.signal {
        if let Some(other) = signals.insert(hash, series) {
            return Err(malformed(format!("maps one signal to `{other}` and to another series")));
        }
    }
    let mut files = BTreeMap::new();
    for FileTable { name, sha256, bytes, rows } in file.file {
        if files.insert(name.clone(), FileEntry { bytes, rows, sha256 }).is_some() {
            return Err(malformed(format!("lists `{name}` twice")));
        }
    }
    Ok(Manifest {
        format_version: file.format_version,
        tool_version: file.tool_version,
        name: file.name,
        description: file.description,
        origin: file.origin,
        start: timestamp(file.start)?,
        end: timestamp(file.end)?,
        series: file.series.into_iter().map(entry_of).collect::<Result<_, _>>()?,
        signals,
        logs: file.log.into_iter().map(log_of).collect::<Result<_, _>>()?,
        files,
    })
}

fn log_of(log: LogTable) -> Result<LogSummary, RecordingError> {
    let LogTable { name, lines, repeated, without_label, backward_sorted, shifted, time_rule, .. } = log;
    let (start, end) = (timestamp(log.start)?, timestamp(log.end)?);
    Ok(LogSummary { name, start, end, lines, repeated, without_label, backward_sorted, shifted, time_rule })
}

fn flaws_of(flaws: FlawsTable) -> Result<Flaws, RecordingError> {
    let jump = |jump: UnitJumpTable| Ok(UnitJump { at: timestamp(jump.at)?, factor: jump.factor });
    Ok(Flaws {
        is_constant: flaws.constant,
        flat: flaws.flat,
        longest_flat: flaws.longest_flat_ms.map(millis),
        unit_jumps: flaws.unit_jumps.into_iter().map(jump).collect::<Result<_, RecordingError>>()?,
    })
}

fn entry_of(series: SeriesTable) -> Result<SeriesEntry, RecordingError> {
    let quality = series.quality;
    let part_of = |text: String| {
        let number = Some(text.as_str()).filter(|text| text.len() == 16);
        let number = number.and_then(|text| u64::from_str_radix(text, 16).ok());
        number.ok_or_else(|| malformed(format!("has `{text}` for `part_of`: it has 16 hexadecimal digits")))
    };
    Ok(SeriesEntry {
        name: series.name,
        labels: series.labels,
        unit: series.unit,
        unit_declared: series.unit_declared,
        time_rule: series.time_rule,
        interval: series.interval_ms.map(millis),
        samples: series.samples,
        quality: Quality {
            missing: quality.missing,
            non_finite: quality.non_finite,
            repeated_dropped: quality.repeated_dropped,
            backward_sorted: quality.backward_sorted,
            shifted: quality.shifted,
            part_of: quality.part_of.map(part_of).transpose()?,
            gaps: quality.gaps,
            longest_gap: quality.longest_gap_ms.map(millis),
        },
        flaws: flaws_of(series.flaws)?,
    })
}

fn incident_of(incident: &IncidentTable) -> Result<Incident, RecordingError> {
    let (start, end) = (timestamp(incident.start)?, timestamp(incident.end)?);
    Ok(Incident { name: incident.name.clone(), start, end, labels: incident.labels.clone() })
}

fn timestamp(written: Datetime) -> Result<Timestamp, RecordingError> {
    let text = written.to_string();
    let time = chrono::DateTime::parse_from_rfc3339(&text).map_err(|_| {
        malformed(format!("has `{text}` for a time: write one with its zone, as 2024-01-31T08:15:00Z"))
    })?;
    let time = Timestamp(time.timestamp_millis());
    if is_recordable(time) {
        Ok(time)
    } else {
        Err(malformed(format!("has `{text}`, outside the years 1 to 9999")))
    }
}

fn millis(count: u64) -> Millis {
    Millis(i64::try_from(count).unwrap_or(i64::MAX))
}

fn malformed(reason: impl Into<String>) -> RecordingError {
    RecordingError::malformed(MANIFEST_FILE, reason)
}
