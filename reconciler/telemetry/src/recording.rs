//! A recording, in memory or on disk, and what can be asked of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use heal_program::Timestamp;

use crate::digest::sha256_of;
use crate::encode::{Contents, Sealed, decode, decode_unverified, seal};
use crate::folder::{StagedFolder, open_folder};
use crate::limits::format_for;
use crate::manifest::write_manifest;
use crate::series::METRIC_LABEL;
use crate::source::Source;
use crate::table::{OUTCOMES_FILE, SAMPLES_FILE, SampleTable};
use crate::{
    Event, FileEntry, FileHash, Incident, Inventory, Labels, LivedEntity, Manifest, Outcome, Overwrite,
    RecordingError, Series, SeriesId, Unverified,
};

/// A recording: samples, events, inventory, labelled incidents and what was really done, over one span of time.
///
/// A [`RecordingBuilder`](crate::RecordingBuilder) makes one; nothing changes one. It holds its samples as they are
/// stored, a byte or two each, or leaves them on disk: [`Series`] decodes them. Any number of threads may read it.
#[derive(Clone, Debug)]
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
    /// What was really done and how it ended, sorted by start, item and target.
    pub outcomes: Vec<Outcome>,
    /// What entities were, sorted by since, entity and key.
    pub entities: Vec<LivedEntity>,
    pub(crate) digest: String,
    samples: Arc<SampleTable>,
}

impl Recording {
    /// A recording whose samples are in a table.
    pub(crate) fn of(contents: Contents, digest: String, samples: Arc<SampleTable>) -> Recording {
        let Contents { manifest, events, inventory, incidents, outcomes, entities, .. } = contents;
        let series = (0..).zip(&manifest.series).map(|(id, entry)| Series {
            id: SeriesId(id),
            name: entry.name.clone(),
            labels: entry.labels.clone(),
            table: Arc::clone(&samples),
        });
        let series = series.collect();
        Recording { manifest, series, events, inventory, incidents, outcomes, entities, digest, samples }
    }

    /// Opens the recording in a folder. Hashes and all small tables are checked; samples stay on disk until they are
    /// read, from the file that was opened: whoever replaces the folder changes nothing.
    ///
    /// # Errors
    /// When it is of a newer format, or a file is missing, damaged or not what the manifest says.
    pub fn open(folder: &Path) -> Result<Recording, RecordingError> {
        open_folder(folder).and_then(decode).map_err(RecordingError::of_damage)
    }

    /// The same, but for the hash of the samples, which is most of what opening takes: `begin` is given it first, and may have
    /// it computed on another thread. Samples can be read at once, and whatever bytes they are, that gives samples or an error;
    /// nothing that was made of them is of any worth before they are found to be sound.
    ///
    /// # Errors
    /// As [`Recording::open`].
    pub fn open_unverified(
        folder: &Path,
        begin: impl FnOnce(FileHash),
    ) -> Result<(Recording, Unverified), RecordingError> {
        let opened = open_folder(folder).and_then(|files| decode_unverified(files, begin));
        opened.map_err(RecordingError::of_damage)
    }

    /// Opens a recording from its files, by name: `recording.toml` and its Parquet files. Others are ignored.
    ///
    /// # Errors
    /// As [`Recording::open`].
    pub fn open_from(files: &BTreeMap<String, Vec<u8>>) -> Result<Recording, RecordingError> {
        let files = files.iter().map(|(name, bytes)| (name.clone(), Source::Memory(bytes.clone().into())));
        decode(files.collect())
    }

    /// The recording's files, by name. Equal recordings have equal files, byte for byte.
    ///
    /// # Errors
    /// When a limit of the format is exceeded, or the samples cannot be read.
    pub fn to_files(&self) -> Result<BTreeMap<String, Vec<u8>>, RecordingError> {
        let mut files = self.seal()?.files;
        files.insert(SAMPLES_FILE.to_owned(), self.samples.source().read_all()?.into());
        Ok(files)
    }

    /// Writes the recording to a folder, whole or not at all: it is written beside it, flushed and renamed.
    ///
    /// # Errors
    /// When the folder exists and may not be replaced, or cannot be written. What was there is left as it was.
    pub fn write(&self, folder: &Path, overwrite: Overwrite) -> Result<(), RecordingError> {
        let sealed = self.seal()?;
        let staged = StagedFolder::create(folder, overwrite)?;
        for (name, bytes) in &sealed.files {
            staged.write(name, bytes)?;
        }
        staged.copy(SAMPLES_FILE, self.samples.source())?;
        staged.commit()
    }

    /// All files but the samples.
    fn seal(&self) -> Result<Sealed, RecordingError> {
        let source = self.samples.source();
        let entry = FileEntry {
            bytes: source.length(),
            rows: self.samples.rows(),
            sha256: sha256_of(source.pieces())?,
        };
        let contents = Contents {
            manifest: self.manifest.clone(),
            decimals: self.samples.places().iter().map(|place| place.decimals).collect(),
            events: self.events.clone(),
            inventory: self.inventory.clone(),
            incidents: self.incidents.clone(),
            outcomes: self.outcomes.clone(),
            entities: self.entities.clone(),
        };
        seal(&contents, entry)
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

    /// The labels that any of its series or inventory has.
    #[must_use]
    pub fn labels(&self) -> BTreeSet<String> {
        let of_series = self.series.iter().flat_map(|series| series.labels.keys().cloned());
        let of_inventory = self.inventory.iter().flat_map(|told| told.group.keys().cloned());
        of_series.chain(of_inventory).collect()
    }

    /// The values that each label has in any of its series, events or inventory. `metric`, which names a series, has the names of
    /// series, unless they have a label that is called so.
    #[must_use]
    pub fn label_values(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let of_series = self.series.iter().map(|series| &series.labels);
        let of_events = self.events.iter().map(|event| &event.labels);
        let of_inventory = self.inventory.iter().map(|told| &told.group);
        for (label, value) in of_series.chain(of_events).chain(of_inventory).flatten() {
            values.entry(label).or_default().insert(value);
        }
        if !self.series.is_empty() {
            let names = || self.manifest.series.iter().map(|entry| entry.name.as_str()).collect();
            values.entry(METRIC_LABEL).or_insert_with(names);
        }
        values
    }

    /// What identifies the recording's content: the `digest` of its manifest, which covers the hashes of its files.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The digest that the recording would have without its outcomes: what does not hang on them goes by it.
    #[must_use]
    pub fn digest_without_outcomes(&self) -> String {
        if self.outcomes.is_empty() {
            return self.digest.clone();
        }
        let mut manifest = self.manifest.clone();
        manifest.format_version = format_for(false, !self.entities.is_empty());
        manifest.files.remove(OUTCOMES_FILE);
        write_manifest(&manifest, &self.incidents).1
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

impl PartialEq for Recording {
    /// Samples are compared by the hash of their file, which the manifest states.
    fn eq(&self, other: &Recording) -> bool {
        self.digest == other.digest
            && self.manifest == other.manifest
            && self.events == other.events
            && self.inventory == other.inventory
            && self.incidents == other.incidents
            && self.outcomes == other.outcomes
            && self.entities == other.entities
    }
}
