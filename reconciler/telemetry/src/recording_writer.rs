//! Writes a recording straight to its folder, series by series.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use crate::assembly::{Assembled, Assembly};
use crate::folder::StagedFolder;
use crate::table::SAMPLES_FILE;
use crate::{NewSeries, Overwrite, Recording, RecordingBuilder, RecordingError};

/// Writes a recording of any size to a folder, whole or not at all, and holds one series and one row group at a time.
///
/// The files are those that a [`RecordingBuilder`] makes of the same content.
pub struct RecordingWriter {
    folder: PathBuf,
    staged: StagedFolder,
    assembly: Assembly<BufWriter<File>>,
}

impl RecordingWriter {
    /// Begins a recording. Until it is finished, what is in the folder stays as it is.
    ///
    /// # Errors
    /// When the folder exists and may not be replaced, or nothing can be written beside it.
    pub fn create(folder: &Path, overwrite: Overwrite) -> Result<RecordingWriter, RecordingError> {
        let staged = StagedFolder::create(folder, overwrite)?;
        let assembly = Assembly::new(BufWriter::new(staged.file(SAMPLES_FILE)?))?;
        Ok(RecordingWriter { folder: folder.to_owned(), staged, assembly })
    }

    /// Appends a series. They come in the order of name, then labels.
    ///
    /// # Errors
    /// When it comes out of order, breaks a rule of the format, or cannot be written.
    pub fn append(&mut self, series: NewSeries) -> Result<(), RecordingError> {
        self.assembly.append(series)
    }

    /// Finishes the recording with what `about` holds: name, description, origin, incidents, events, inventory, signals.
    ///
    /// # Errors
    /// When `about` holds series or a rule of the format is broken, or the folder cannot be written.
    pub fn finish(self, about: RecordingBuilder) -> Result<Recording, RecordingError> {
        let RecordingWriter { folder, staged, assembly } = self;
        let Assembled { sink, sealed, .. } = assembly.finish(about.into_about()?)?;
        let samples = sink.into_inner().map_err(std::io::IntoInnerError::into_error);
        staged.flush(SAMPLES_FILE, samples)?;
        for (name, bytes) in &sealed.files {
            staged.write(name, bytes)?;
        }
        staged.commit()?;
        Recording::open(&folder)
    }
}
