//! What is done with recordings on disk: adding to one, listing many, verifying one.

mod edit;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub use edit::{Part, merge, slice};

use crate::folder::{is_recording, read_file};
use crate::inspect::{flaws_of, flaws_of_counts};
use crate::labels::series_text;
use crate::limits::PLAIN_FORMAT;
use crate::lock::FolderLock;
use crate::manifest::{MANIFEST_FILE, read_manifest};
use crate::order::{gaps_of, interval_of};
use crate::table::tables_of;
use crate::{
    Columns, Flaws, Manifest, Overwrite, Recording, RecordingBuilder, RecordingError, Sample, SeriesEntry,
    SeriesReader,
};

/// Adds to the recording in a folder, which is made if it is not there. With `replace`, series and incidents that are
/// there already are replaced, instead of being an error if they differ. An empty name keeps the recording's name, or is
/// that of the folder.
///
/// # Errors
/// When the recording there cannot be opened, the two do not go together, the folder cannot be written, or another process
/// goes on writing to it. What was there is left as it was.
pub fn merge_into(
    folder: &Path,
    addition: RecordingBuilder,
    replace: bool,
) -> Result<Recording, RecordingError> {
    let _lock = FolderLock::take(folder)?;
    let (base, overwrite) = if is_recording(folder) {
        let base = Recording::open(folder).map_err(|error| error.in_folder(folder))?;
        (RecordingBuilder::from_recording(base), Overwrite::Replace)
    } else {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        (RecordingBuilder::new(name), Overwrite::Refuse)
    };
    base.merge(addition, replace).write(folder, overwrite)
}

/// A recording in a folder of recordings.
#[derive(Debug)]
pub struct Listed {
    /// Its folder.
    pub folder: PathBuf,
    /// Its manifest, or why it could not be read. Of the other files only their lengths were looked at.
    pub manifest: Result<Manifest, RecordingError>,
}

/// The recordings in a folder: itself if it is one, else those of its sub-folders that are, sorted by name.
///
/// # Errors
/// When the folder cannot be read.
pub fn list(folder: &Path) -> Result<Vec<Listed>, RecordingError> {
    let mut folders = Vec::new();
    if is_recording(folder) {
        folders.push(folder.to_owned());
    } else {
        let failed = |source| RecordingError::Io { action: "read", path: folder.to_owned(), source };
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
            // A folder with its tables and without a manifest was a recording.
            let has_tables = || tables_of(PLAIN_FORMAT, false).all(|file| entry.path().join(file).is_file());
            if !is_hidden && (is_recording(&entry.path()) || has_tables()) {
                folders.push(entry.path());
            }
        }
    }
    folders.sort();
    let listed = folders.into_iter().map(|folder| {
        let manifest = look_at(&folder);
        Listed { folder, manifest }
    });
    Ok(listed.collect())
}

/// The manifest of a recording whose files are as long as it says.
fn look_at(folder: &Path) -> Result<Manifest, RecordingError> {
    let missing = |file: &str| RecordingError::Missing { file: file.to_owned() };
    if !is_recording(folder) {
        return Err(missing(MANIFEST_FILE));
    }
    let manifest = read_manifest(&read_file(&folder.join(MANIFEST_FILE))?)?.manifest;
    for (name, entry) in &manifest.files {
        let found = std::fs::metadata(folder.join(name)).map_err(|_| missing(name))?;
        if !found.is_file() {
            return Err(RecordingError::malformed(name, "is no file, but a folder, pipe or device"));
        }
        if found.len() != entry.bytes {
            let reason = format!("has {} bytes, and the manifest says {}", found.len(), entry.bytes);
            return Err(RecordingError::malformed(name, reason));
        }
    }
    Ok(manifest)
}

/// Opens a recording, reads all of it, and recounts what its manifest says about every series.
///
/// # Errors
/// When it cannot be opened or read, or the manifest says something else than the samples.
pub fn verify(folder: &Path) -> Result<Recording, RecordingError> {
    let recording = Recording::open(folder)?;
    let (mut reader, mut columns) = (SeriesReader::default(), Columns::default());
    for (entry, series) in recording.manifest.series.iter().zip(&recording.series) {
        reader.read(series, &mut columns)?;
        recount(entry, &columns, recording.manifest.has_log(&entry.name))?;
    }
    Ok(recording)
}

fn recount(entry: &SeriesEntry, columns: &Columns, is_of_log: bool) -> Result<(), RecordingError> {
    let samples: Vec<Sample> = columns.samples().collect();
    let interval = interval_of(&samples);
    let (gaps, longest_gap) = interval.map_or((0, None), |interval| gaps_of(&samples, interval));
    let is_equal =
        (interval, gaps, longest_gap) == (entry.interval, entry.quality.gaps, entry.quality.longest_gap);
    let values: Vec<f64> = samples.iter().map(|sample| sample.value).collect();
    let flaws = flaws_of(&columns.times, &values);
    let as_counts = flaws_of_counts(&entry.unit, &columns.times, &values, &flaws).filter(|_| is_of_log);
    // A recording that was made before they were written down has none, and one of before counts were told from other samples
    // has those of any.
    let is_told = [Some(Flaws::default()), Some(flaws), as_counts].contains(&Some(entry.flaws.clone()));
    if is_equal && is_told {
        return Ok(());
    }
    let name = series_text(&entry.name, &entry.labels);
    Err(RecordingError::malformed(
        MANIFEST_FILE,
        format!("says of `{name}` another interval, other gaps or other flaws than it has"),
    ))
}
