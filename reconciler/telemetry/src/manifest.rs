//! The manifest: what a recording says about itself, in `recording.toml`.

mod read;
#[cfg(test)]
mod tests;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use heal_program::{Millis, Timestamp};

use crate::table::{ENTITIES_FILE, INVENTORY_FILE, OUTCOMES_FILE};
use crate::{Flaws, Labels, RecordingError, SeriesId};

pub(crate) use read::{ReadManifest, read_manifest};
pub(crate) use write::write_manifest;

/// Name of the manifest's file.
pub const MANIFEST_FILE: &str = "recording.toml";

/// What a recording says about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// Version of the format it was read from or will be written in.
    pub format_version: u64,
    /// Version of the Heal that made the recording.
    pub tool_version: String,
    /// Name of the recording.
    pub name: String,
    /// What it shows, in a sentence or two.
    pub description: String,
    /// Where the data come from, for people: a source, its licence, a commit.
    pub origin: String,
    /// Time of the earliest sample, event or inventory; where there is none, the start of the earliest log.
    pub start: Timestamp,
    /// Time of the latest sample, event or inventory; where there is none, the end of the latest log.
    pub end: Timestamp,
    /// What is known of each series, by its id.
    pub series: Vec<SeriesEntry>,
    /// Which series a signal's query was recorded as: hash of source, query and labels to the series' name.
    pub signals: BTreeMap<String, String>,
    /// What the logs came to that it was made of, a file each.
    pub logs: BTreeSet<LogSummary>,
    /// The Parquet files, by name.
    pub files: BTreeMap<String, FileEntry>,
}

/// What a manifest says about one series.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesEntry {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// The unit of its values, as written in the language: `ms`, `percent`, `1` for a plain number.
    pub unit: String,
    /// Whether the source did not state the unit, so that whoever imported it declared it.
    pub unit_declared: bool,
    /// How the source's times were read, for people: `local time without a zone, read as UTC`.
    pub time_rule: String,
    /// Median step between two samples; none below two samples.
    pub interval: Option<Millis>,
    /// How many samples it has.
    pub samples: u64,
    /// What was left out or put right.
    pub quality: Quality,
    /// What its samples say about their quality.
    pub flaws: Flaws,
}

/// What was left out of a series or put right in it, and what it lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quality {
    /// Rows of the source without a value.
    pub missing: u64,
    /// Rows whose value was not a number or infinite; they were left out.
    pub non_finite: u64,
    /// Rows with the time of an earlier row; they were left out.
    pub repeated_dropped: u64,
    /// Rows that stood after a later one; they were put in order.
    pub backward_sorted: u64,
    /// Rows in an hour that the clock of the source skips or repeats.
    pub shifted: u64,
    /// What the counts of rows are of, where that is a longer series of which this one is a part: what tells it from others.
    pub part_of: Option<u64>,
    /// Steps longer than one and a half times the median step.
    pub gaps: u64,
    /// The longest of these steps.
    pub longest_gap: Option<Millis>,
}

/// What a log came to, and what was put right on the way: the quality of events, which have no series.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogSummary {
    /// What its events or series are called.
    pub name: String,
    /// The time of the earliest line that counts; where none does, of the earliest line with a time.
    pub start: Timestamp,
    /// The time of the latest.
    pub end: Timestamp,
    /// Lines that count.
    pub lines: u64,
    /// Messages that a line told as repeated, beside its own.
    pub repeated: u64,
    /// Lines that matched and lacked a label; they were left out.
    pub without_label: u64,
    /// Lines of any kind that stood after a later one; they were put in their place.
    pub backward_sorted: u64,
    /// Lines in an hour that the clock skips or repeats.
    pub shifted: u64,
    /// How times were read, for people.
    pub time_rule: String,
}

/// What a manifest says about one Parquet file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// Its size in bytes.
    pub bytes: u64,
    /// Its rows.
    pub rows: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// Reads the bytes of a manifest.
    ///
    /// # Errors
    /// When it is of a newer format, damaged, or no manifest.
    pub fn from_bytes(bytes: &[u8]) -> Result<Manifest, RecordingError> {
        read_manifest(bytes).map(|read| read.manifest)
    }

    /// What is known of a series.
    #[must_use]
    pub fn entry(&self, id: SeriesId) -> Option<&SeriesEntry> {
        self.series.get(usize::try_from(id.0).ok()?)
    }

    /// How many outcomes its table holds.
    #[must_use]
    pub fn outcomes_count(&self) -> u64 {
        self.files.get(OUTCOMES_FILE).map_or(0, |entry| entry.rows)
    }

    /// How many rows its inventory has.
    #[must_use]
    pub fn inventory_count(&self) -> u64 {
        self.files.get(INVENTORY_FILE).map_or(0, |entry| entry.rows)
    }

    /// How many rows there are of what entities were.
    #[must_use]
    pub fn entities_count(&self) -> u64 {
        self.files.get(ENTITIES_FILE).map_or(0, |entry| entry.rows)
    }

    /// Whether what a log came to has this name.
    #[must_use]
    pub fn has_log(&self, name: &str) -> bool {
        self.logs.iter().any(|log| log.name == name)
    }

    /// Name of the series that the query with this hash was recorded as.
    #[must_use]
    pub fn signal_series(&self, hash: &str) -> Option<&str> {
        self.signals.get(hash).map(String::as_str)
    }
}
