//! A recording to its files and back.

use std::collections::BTreeMap;

use bytes::Bytes;
use heal_program::Timestamp;

use crate::digest::sha256;
use crate::manifest::{MANIFEST_FILE, read_manifest, write_manifest};
use crate::rules::{self, Broken};
use crate::table::*;
use crate::{Event, FileEntry, Inventory, Manifest, Recording, RecordingError, Series, SeriesId};

/// A recording's files.
pub(crate) struct EncodedRecording {
    /// The files, by name.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// What the manifest says about the Parquet files.
    pub(crate) entries: BTreeMap<String, FileEntry>,
    /// The recording's digest.
    pub(crate) digest: String,
}

/// Encodes a recording.
pub(crate) fn encode(recording: &Recording) -> Result<EncodedRecording, RecordingError> {
    let (samples, decimals) = write_samples(&recording.series)?;
    let rows: Vec<SeriesRow> = recording
        .manifest
        .series
        .iter()
        .zip(decimals)
        .map(|(entry, decimals)| SeriesRow {
            name: entry.name.clone(),
            labels: entry.labels.clone(),
            unit: entry.unit.clone(),
            decimals,
        })
        .collect();
    let tables = [
        (EVENTS_FILE, write_events(&recording.events)?),
        (INVENTORY_FILE, write_inventory(&recording.inventory)?),
        (SAMPLES_FILE, samples),
        (SERIES_FILE, write_series(&rows)?),
    ];
    let mut files = BTreeMap::new();
    let mut entries = BTreeMap::new();
    for (name, Encoded { bytes, rows }) in tables {
        let entry = FileEntry { bytes: bytes.len() as u64, rows, sha256: sha256(&bytes) };
        entries.insert(name.to_owned(), entry);
        files.insert(name.to_owned(), bytes);
    }
    let manifest = Manifest { files: entries.clone(), ..recording.manifest.clone() };
    let (text, digest) = write_manifest(&manifest, &recording.incidents);
    files.insert(MANIFEST_FILE.to_owned(), text.into_bytes());
    Ok(EncodedRecording { files, entries, digest })
}

/// Decodes a recording. All that the manifest says of the other files is checked.
pub(crate) fn decode(mut files: BTreeMap<String, Bytes>) -> Result<Recording, RecordingError> {
    let missing = |file: &str| RecordingError::Missing { file: file.to_owned() };
    let text = files.remove(MANIFEST_FILE).ok_or_else(|| missing(MANIFEST_FILE))?;
    let read = read_manifest(&text)?;
    let manifest = read.manifest;
    check_files(&manifest)?;
    let mut table = |file: &'static str| -> Result<Bytes, RecordingError> {
        let bytes = files.remove(file).ok_or_else(|| missing(file))?;
        let entry = manifest.files.get(file).ok_or_else(|| missing(file))?;
        check_bytes(file, &bytes, entry)?;
        Ok(bytes)
    };
    let bytes = table(SERIES_FILE)?;
    let rows = guarded(SERIES_FILE, || read_series(bytes))?;
    check_rows(&manifest, SERIES_FILE, rows.len())?;
    let decimals = series_decimals(&manifest, &rows)?;
    let counts: Vec<u64> = manifest.series.iter().map(|entry| entry.samples).collect();
    let bytes = table(SAMPLES_FILE)?;
    let samples = guarded(SAMPLES_FILE, || read_samples(bytes, &decimals, &counts))?;
    check_rows(&manifest, SAMPLES_FILE, samples.iter().map(Vec::len).sum())?;
    let series: Vec<Series> = (0..)
        .zip(rows)
        .zip(samples)
        .map(|((id, row), samples)| Series { id: SeriesId(id), name: row.name, labels: row.labels, samples })
        .collect();
    let bytes = table(EVENTS_FILE)?;
    let events = guarded(EVENTS_FILE, || read_events(bytes))?;
    check_rows(&manifest, EVENTS_FILE, events.len())?;
    let bytes = table(INVENTORY_FILE)?;
    let inventory = guarded(INVENTORY_FILE, || read_inventory(bytes))?;
    check_rows(&manifest, INVENTORY_FILE, inventory.len())?;

    let mut incidents = read.incidents;
    incidents.sort_by(|a, b| (a.start, a.end, &a.name).cmp(&(b.start, b.end, &b.name)));
    rules::check(&manifest, &incidents, &events, &inventory)
        .map_err(|Broken { file, reason }| RecordingError::malformed(file, reason))?;
    check_span(&manifest, &series, &events, &inventory)?;
    let digest = read.digest.unwrap_or_else(|| write_manifest(&manifest, &incidents).1);
    Ok(Recording { manifest, series, events, inventory, incidents, digest })
}

/// The earliest and latest time in a recording; none when it holds nothing.
pub(crate) fn span_of(
    series: &[Series],
    events: &[Event],
    inventory: &[Inventory],
) -> Option<(Timestamp, Timestamp)> {
    let samples = series.iter().flat_map(|series| [series.samples.first(), series.samples.last()]);
    let times = samples.flatten().map(|sample| sample.at);
    let times = times.chain([events.first(), events.last()].into_iter().flatten().map(|event| event.at));
    let times = times.chain([inventory.first(), inventory.last()].into_iter().flatten().map(|row| row.at));
    times.fold(None, |span, time| match span {
        None => Some((time, time)),
        Some((start, end)) => Some((time.min(start), time.max(end))),
    })
}

fn check_files(manifest: &Manifest) -> Result<(), RecordingError> {
    if manifest.files.keys().eq(TABLE_FILES) {
        return Ok(());
    }
    Err(malformed(format!("must list the files `{}`", TABLE_FILES.join("`, `"))))
}

fn check_bytes(file: &str, bytes: &Bytes, entry: &FileEntry) -> Result<(), RecordingError> {
    let found = bytes.len() as u64;
    if found == 0 {
        return Err(RecordingError::malformed(file, "is empty"));
    }
    if found != entry.bytes {
        let reason =
            format!("has {found} bytes, and the manifest says {}: it was cut off or replaced", entry.bytes);
        return Err(RecordingError::malformed(file, reason));
    }
    if sha256(bytes) != entry.sha256 {
        return Err(RecordingError::malformed(
            file,
            "does not have the SHA-256 of the manifest: it is damaged",
        ));
    }
    Ok(())
}

fn check_rows(manifest: &Manifest, file: &str, found: usize) -> Result<(), RecordingError> {
    match manifest.files.get(file) {
        Some(entry) if entry.rows != found as u64 => {
            let reason = format!("has {found} rows, and the manifest says {}", entry.rows);
            Err(RecordingError::malformed(file, reason))
        }
        Some(_) | None => Ok(()),
    }
}

/// The decimals of each series, after the manifest's series were found to be those of the series table.
fn series_decimals(manifest: &Manifest, rows: &[SeriesRow]) -> Result<Vec<Option<i32>>, RecordingError> {
    let same = manifest.series.len() == rows.len()
        && manifest.series.iter().zip(rows).all(|(entry, row)| {
            entry.name == row.name && entry.labels == row.labels && entry.unit == row.unit
        });
    if same {
        return Ok(rows.iter().map(|row| row.decimals).collect());
    }
    Err(malformed(format!("and `{SERIES_FILE}` do not have the same series")))
}

fn check_span(
    manifest: &Manifest,
    series: &[Series],
    events: &[Event],
    inventory: &[Inventory],
) -> Result<(), RecordingError> {
    for (entry, series) in manifest.series.iter().zip(series) {
        if entry.samples != series.samples.len() as u64 {
            let found = series.samples.len();
            let reason =
                format!("says that `{}` has {} samples, and it has {found}", entry.name, entry.samples);
            return Err(malformed(reason));
        }
    }
    let span = span_of(series, events, inventory);
    let (start, end) = span.ok_or_else(|| malformed("describes a recording without a sample or an event"))?;
    if (start, end) == (manifest.start, manifest.end) {
        return Ok(());
    }
    Err(malformed(format!("must say that the recording goes from {start} to {end}")))
}

fn malformed(reason: impl Into<String>) -> RecordingError {
    RecordingError::malformed(MANIFEST_FILE, reason)
}
