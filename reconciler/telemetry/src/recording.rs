//! A recording in memory, and what can be asked of it.

use std::collections::BTreeMap;
use std::path::Path;

use heal_program::Timestamp;

use crate::encode::{decode, encode};
use crate::{Event, Incident, Inventory, Labels, Manifest, Overwrite, RecordingError, Series, folder};

/// A recording: samples, events, inventory and labelled incidents over one span of time.
///
/// A [`RecordingBuilder`](crate::RecordingBuilder) makes one; nothing changes one.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// What it says about itself.
    pub manifest: Manifest,
    /// Its series, by id, which is also the order of name and labels.
    pub series: Vec<Series>,
    /// What happened, sorted by time, name and labels.
    pub events: Vec<Event>,
    /// How many entities lived, sorted by time, entity and group.
    pub inventory: Vec<Inventory>,
    /// When something was wrong, sorted by start, end and name.
    pub incidents: Vec<Incident>,
    pub(crate) digest: String,
}

impl Recording {
    /// Opens the recording in a folder.
    ///
    /// # Errors
    /// When it is of a newer format, or a file is missing, damaged or not what the manifest says.
    pub fn open(folder: &Path) -> Result<Recording, RecordingError> {
        folder::read_folder(folder).and_then(decode)
    }

    /// Opens a recording from its files, by name: `recording.toml` and the four Parquet files. Others are ignored.
    ///
    /// # Errors
    /// As [`Recording::open`].
    pub fn open_from(files: &BTreeMap<String, Vec<u8>>) -> Result<Recording, RecordingError> {
        let files = files.iter().map(|(name, bytes)| (name.clone(), bytes.clone().into()));
        decode(files.collect())
    }

    /// The recording's files, by name. Equal recordings have equal files, byte for byte.
    ///
    /// # Errors
    /// When a limit of the format is exceeded.
    pub fn to_files(&self) -> Result<BTreeMap<String, Vec<u8>>, RecordingError> {
        Ok(encode(self)?.files)
    }

    /// Writes the recording to a folder, whole or not at all: it is written beside it, flushed and renamed.
    ///
    /// # Errors
    /// When the folder exists and may not be replaced, or cannot be written. What was there is left as it was.
    pub fn write(&self, folder: &Path, overwrite: Overwrite) -> Result<(), RecordingError> {
        folder::write_folder(folder, &self.to_files()?, overwrite)
    }

    /// Time of the earliest sample, event or inventory.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.manifest.start
    }

    /// Time of the latest sample, event or inventory.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.manifest.end
    }

    /// What identifies the recording's content: the `digest` of its manifest, which covers the hashes of its files.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The series with this name that have all of these labels, by id.
    pub fn series_named<'a>(&'a self, name: &str, labels: &'a Labels) -> impl Iterator<Item = &'a Series> {
        let first = self.series.partition_point(|series| series.name.as_str() < name);
        let named = self.series.partition_point(|series| series.name.as_str() <= name).saturating_sub(first);
        let has_labels =
            |series: &&Series| labels.iter().all(|(label, value)| series.labels.get(label) == Some(value));
        self.series.iter().skip(first).take(named).filter(has_labels)
    }
}
