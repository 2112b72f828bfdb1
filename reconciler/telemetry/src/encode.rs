//! A recording to its files and back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use heal_program::Timestamp;

use crate::digest::sha256;
use crate::manifest::{MANIFEST_FILE, ReadManifest, read_manifest, write_manifest};
use crate::rules::{self, Broken};
use crate::source::Source;
use crate::table::*;
use crate::unverified::{FileHash, Unverified};
use crate::{
    Event, FileEntry, Incident, Inventory, LivedEntity, LogSummary, Manifest, Outcome, Recording,
    RecordingError,
};

/// The earliest and the latest time of something.
pub(crate) type Span = (Timestamp, Timestamp);

/// All that a recording holds but its samples.
pub(crate) struct Contents {
    pub(crate) manifest: Manifest,
    /// For every series, the decimals of its scaled values; none where they are floats.
    pub(crate) decimals: Vec<Option<u32>>,
    pub(crate) events: Vec<Event>,
    pub(crate) inventory: Vec<Inventory>,
    pub(crate) incidents: Vec<Incident>,
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) entities: Vec<LivedEntity>,
}

/// A recording's files but for the samples.
pub(crate) struct Sealed {
    /// The files, by name.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// What the manifest says about all Parquet files.
    pub(crate) entries: BTreeMap<String, FileEntry>,
    /// The recording's digest.
    pub(crate) digest: String,
}

/// Encodes all but the samples, whose file was written and is `samples`.
pub(crate) fn seal(contents: &Contents, samples: FileEntry) -> Result<Sealed, RecordingError> {
    let Contents { manifest, decimals, events, inventory, incidents, outcomes, entities } = contents;
    let rows = manifest.series.iter().zip(decimals).map(|(entry, decimals)| SeriesRow {
        name: entry.name.clone(),
        labels: entry.labels.clone(),
        unit: entry.unit.clone(),
        decimals: *decimals,
    });
    let rows: Vec<SeriesRow> = rows.collect();
    let mut tables = vec![
        (EVENTS_FILE, write_events(events)?),
        (INVENTORY_FILE, write_inventory(inventory)?),
        (SERIES_FILE, write_series(&rows)?),
    ];
    for table in tables_of(manifest.format_version, !outcomes.is_empty()) {
        match table {
            OUTCOMES_FILE => tables.push((table, write_outcomes(outcomes)?)),
            ENTITIES_FILE => tables.push((table, write_entities(entities)?)),
            _ => {}
        }
    }
    let mut files = BTreeMap::new();
    let mut entries = BTreeMap::from([(SAMPLES_FILE.to_owned(), samples)]);
    for (name, Encoded { bytes, rows }) in tables {
        let entry = FileEntry { bytes: bytes.len() as u64, rows, sha256: sha256(&bytes) };
        entries.insert(name.to_owned(), entry);
        files.insert(name.to_owned(), bytes);
    }
    let manifest = Manifest { files: entries.clone(), ..manifest.clone() };
    let (text, digest) = write_manifest(&manifest, incidents);
    files.insert(MANIFEST_FILE.to_owned(), text.into_bytes());
    Ok(Sealed { files, entries, digest })
}

/// Opens a recording. All that the manifest says of the other files is checked but what only the samples tell: that is
/// checked where they are read.
pub(crate) fn decode(files: BTreeMap<String, Source>) -> Result<Recording, RecordingError> {
    let (recording, unverified) = decode_unverified(files, |_| {})?;
    unverified.check()?;
    Ok(recording)
}

/// The same but for the hash of the samples, which takes longer than all else. `begin` is given it before anything is read.
pub(crate) fn decode_unverified(
    mut files: BTreeMap<String, Source>,
    begin: impl FnOnce(FileHash),
) -> Result<(Recording, Unverified), RecordingError> {
    let mut hashes: BTreeMap<&str, FileHash> = BTreeMap::new();
    if let Some(samples) = files.get(SAMPLES_FILE) {
        let hash = FileHash::of(samples.clone());
        hashes.insert(SAMPLES_FILE, hash.clone());
        begin(hash);
    }
    let missing = |file: &str| RecordingError::Missing { file: file.to_owned() };
    let text = files.remove(MANIFEST_FILE).ok_or_else(|| missing(MANIFEST_FILE))?;
    let read = read_manifest(&text.read_all()?)?;
    let manifest = &read.manifest;
    check_files(manifest)?;
    let mut unverified = |file: &'static str| -> Result<Unverified, RecordingError> {
        let source = files.remove(file).ok_or_else(|| missing(file))?;
        let entry = manifest.files.get(file).ok_or_else(|| missing(file))?;
        check_length(file, &source, entry)?;
        let hash = hashes.remove(file).unwrap_or_else(|| FileHash::of(source));
        Ok(Unverified { file, hash, sha256: entry.sha256.clone() })
    };
    let series = unverified(SERIES_FILE)?.verified()?;
    let rows = guarded(SERIES_FILE, || read_series(series))?;
    check_rows(manifest, SERIES_FILE, rows.len() as u64)?;
    let decimals = series_decimals(manifest, &rows)?;
    let samples = unverified(SAMPLES_FILE)?;
    let has = |file: &str| manifest.files.contains_key(file);
    let (has_outcomes, has_entities) = (has(OUTCOMES_FILE), has(ENTITIES_FILE));
    let tables = Tables {
        events: unverified(EVENTS_FILE),
        inventory: unverified(INVENTORY_FILE),
        outcomes: has_outcomes.then(|| unverified(OUTCOMES_FILE)),
        entities: has_entities.then(|| unverified(ENTITIES_FILE)),
    };
    let opened = decode_tables(read, decimals, samples.source().clone(), tables);
    match opened {
        Ok(recording) => Ok((recording, samples)),
        Err(wrong) => {
            // Of samples that are damaged nothing else is said.
            samples.check()?;
            Err(wrong)
        }
    }
}

/// The tables that are read when the samples were opened.
struct Tables {
    events: Result<Unverified, RecordingError>,
    inventory: Result<Unverified, RecordingError>,
    /// None where the format has none.
    outcomes: Option<Result<Unverified, RecordingError>>,
    entities: Option<Result<Unverified, RecordingError>>,
}

fn decode_tables(
    ReadManifest { manifest, mut incidents, digest }: ReadManifest,
    decimals: Vec<Option<u32>>,
    samples: Source,
    tables: Tables,
) -> Result<Recording, RecordingError> {
    let samples = open_samples(&manifest, &decimals, samples)?;
    let source = tables.events?.verified()?;
    let events = guarded(EVENTS_FILE, || read_events(source))?;
    check_rows(&manifest, EVENTS_FILE, events.len() as u64)?;
    let source = tables.inventory?.verified()?;
    let inventory = guarded(INVENTORY_FILE, || read_inventory(source))?;
    check_rows(&manifest, INVENTORY_FILE, inventory.len() as u64)?;

    let mut outcomes = Vec::new();
    if let Some(table) = tables.outcomes {
        let source = table?.verified()?;
        outcomes = guarded(OUTCOMES_FILE, || read_outcomes(source))?;
        check_rows(&manifest, OUTCOMES_FILE, outcomes.len() as u64)?;
    }
    let mut entities = Vec::new();
    if let Some(table) = tables.entities {
        let source = table?.verified()?;
        entities = guarded(ENTITIES_FILE, || read_entities(source))?;
        check_rows(&manifest, ENTITIES_FILE, entities.len() as u64)?;
    }

    incidents.sort_by(|a, b| (a.start, a.end, &a.name).cmp(&(b.start, b.end, &b.name)));
    rules::check(&manifest, &incidents, &events, &inventory)
        .and_then(|()| rules::check_outcomes(&outcomes))
        .and_then(|()| rules::check_entities(&entities))
        .map_err(|Broken { file, reason }| RecordingError::malformed(file, reason))?;
    check_span(&manifest, &samples, &events, &inventory)?;
    let digest = digest.unwrap_or_else(|| write_manifest(&manifest, &incidents).1);
    let contents = Contents { manifest, decimals, events, inventory, incidents, outcomes, entities };
    Ok(Recording::of(contents, digest, Arc::new(samples)))
}

/// The span of two spans.
pub(crate) fn span_of(span: Option<Span>, other: Option<Span>) -> Option<Span> {
    match (span, other) {
        (Some(span), Some(other)) => {
            Some((span.0.min(other.0).min(other.1), span.1.max(other.0).max(other.1)))
        }
        (span, other) => span.or(other),
    }
}

/// The span of what was read of logs, which is that of a recording in which there is nothing else: nothing is what they had.
pub(crate) fn span_of_logs(logs: &BTreeSet<LogSummary>) -> Option<Span> {
    logs.iter().map(|log| Some((log.start, log.end))).fold(None, span_of)
}

/// Opens the samples of these series.
pub(crate) fn open_samples(
    manifest: &Manifest,
    decimals: &[Option<u32>],
    source: Source,
) -> Result<SampleTable, RecordingError> {
    let counts: Vec<u64> = manifest.series.iter().map(|entry| entry.samples).collect();
    let found = match guarded(SAMPLES_FILE, || SampleTable::open(source, &counts, decimals))? {
        OpenedSamples::Fitting(table) => {
            check_rows(manifest, SAMPLES_FILE, table.rows())?;
            return Ok(*table);
        }
        OpenedSamples::Other(found) => found,
    };
    check_rows(manifest, SAMPLES_FILE, found.iter().sum())?;
    for (entry, found) in manifest.series.iter().zip(found) {
        if entry.samples != found {
            let reason =
                format!("says that `{}` has {} samples, and it has {found}", entry.name, entry.samples);
            return Err(malformed(reason));
        }
    }
    Err(RecordingError::malformed(SAMPLES_FILE, "has a footer that is not that of its rows"))
}

fn check_files(manifest: &Manifest) -> Result<(), RecordingError> {
    let tables: Vec<&str> =
        tables_of(manifest.format_version, manifest.files.contains_key(OUTCOMES_FILE)).collect();
    if manifest.files.keys().eq(&tables) {
        return Ok(());
    }
    Err(malformed(format!("must list the files `{}`", tables.join("`, `"))))
}

fn check_length(file: &str, source: &Source, entry: &FileEntry) -> Result<(), RecordingError> {
    let found = source.length();
    if found == 0 {
        return Err(RecordingError::malformed(file, "is empty"));
    }
    if found != entry.bytes {
        let reason =
            format!("has {found} bytes, and the manifest says {}: it was cut off or replaced", entry.bytes);
        return Err(RecordingError::malformed(file, reason));
    }
    Ok(())
}

fn check_rows(manifest: &Manifest, file: &str, found: u64) -> Result<(), RecordingError> {
    match manifest.files.get(file) {
        Some(entry) if entry.rows != found => {
            let reason = format!("has {found} rows, and the manifest says {}", entry.rows);
            Err(RecordingError::malformed(file, reason))
        }
        Some(_) | None => Ok(()),
    }
}

/// The decimals of each series, after the manifest's series were found to be those of the series table.
fn series_decimals(manifest: &Manifest, rows: &[SeriesRow]) -> Result<Vec<Option<u32>>, RecordingError> {
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
    samples: &SampleTable,
    events: &[Event],
    inventory: &[Inventory],
) -> Result<(), RecordingError> {
    let times = events.iter().map(|event| event.at).chain(inventory.iter().map(|row| row.at));
    let spans = samples.places().iter().map(|place| place.span).chain(times.map(|time| Some((time, time))));
    let (start, end) = spans
        .fold(None, span_of)
        .or_else(|| span_of_logs(&manifest.logs))
        .ok_or_else(|| malformed("describes a recording without a sample or an event"))?;
    if (start, end) == (manifest.start, manifest.end) {
        return Ok(());
    }
    Err(malformed(format!("must say that the recording goes from {start} to {end}")))
}

fn malformed(reason: impl Into<String>) -> RecordingError {
    RecordingError::malformed(MANIFEST_FILE, reason)
}
