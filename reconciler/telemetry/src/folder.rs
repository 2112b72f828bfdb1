//! A recording's folder: opened, and replaced whole or not at all.

mod abandoned;
mod interrupted;
mod replace;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

pub use abandoned::clear_abandoned;
pub use interrupted::remove_unfinished;

use crate::RecordingError;
use crate::manifest::MANIFEST_FILE;
use crate::source::Source;
use crate::table::{SAMPLES_FILE, TABLE_FILES};

use abandoned::{Lock, create_locked};
use interrupted::{begun, ended};
use replace::replace;

/// Whether a recording may take the place of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// The folder must not exist yet, or be empty.
    Refuse,
    /// A recording there is replaced. Other files beside it are kept.
    Replace,
}

/// Opens the files of a recording.
pub(crate) fn open_folder(folder: &Path) -> Result<BTreeMap<String, Source>, RecordingError> {
    let mut files = BTreeMap::new();
    if !folder.is_dir() {
        let source = io::Error::new(io::ErrorKind::NotFound, "there is no such folder");
        return Err(failed("read", folder)(source));
    }
    for file in TABLE_FILES.into_iter().chain([MANIFEST_FILE]) {
        let path = folder.join(file);
        // What is missing is said by whoever needs it.
        if path.exists() {
            check_is_file(&path, file)?;
            // The others are needed whole.
            let source = if file == SAMPLES_FILE {
                Source::open(&path)?
            } else {
                Source::Memory(read_file(&path)?.into())
            };
            files.insert(file.to_owned(), source);
        }
    }
    if files.is_empty() {
        return Err(RecordingError::NoRecording { within: recordings_within(folder)? });
    }
    Ok(files)
}

/// The folders in a folder that hold recordings, by name.
fn recordings_within(folder: &Path) -> Result<Vec<String>, RecordingError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed("read", folder))? {
        let path = entry.map_err(failed("read", folder))?.path();
        if path.join(MANIFEST_FILE).is_file() {
            names.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

/// Refuses what is no file: a pipe would never end, and neither would some devices.
fn check_is_file(path: &Path, file: &str) -> Result<(), RecordingError> {
    let is_file = fs::metadata(path).map_err(failed("read", path))?.is_file();
    is_file
        .then_some(())
        .ok_or_else(|| RecordingError::malformed(file, "is no file, but a folder, pipe or device"))
}

/// Reads a file.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, RecordingError> {
    fs::read(path).map_err(failed("read", path))
}

/// Whether a folder holds a recording, sound or not.
#[must_use]
pub fn is_recording(folder: &Path) -> bool {
    folder.join(MANIFEST_FILE).is_file()
}

/// A folder that is filled beside the wanted one, and then takes its place. Dropped before that, it is removed; what a
/// process leaves that was killed, the next one removes that writes the same folder.
pub struct StagedFolder {
    folder: PathBuf,
    parent: PathBuf,
    new: PathBuf,
    replaces: bool,
    is_done: bool,
    // Held as long as this process fills it.
    _lock: Lock,
}

impl StagedFolder {
    /// Makes a folder beside the wanted one, unless that one may not be made or replaced.
    ///
    /// # Errors
    /// When it may not, or nothing can be written there.
    pub fn create(folder: &Path, overwrite: Overwrite) -> Result<StagedFolder, RecordingError> {
        // A link to a recording stays a link.
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let replaces = may_replace(&folder, overwrite)?;
        let parent = match folder.parent() {
            Some(parent) if parent != Path::new("") => parent.to_owned(),
            Some(_) | None => PathBuf::from("."),
        };
        fs::create_dir_all(&parent).map_err(failed("write", &parent))?;
        let (new, lock) = create_locked(&parent, &folder)?;
        begun(&new);
        Ok(StagedFolder { folder, parent, new, replaces, is_done: false, _lock: lock })
    }

    /// A new file in it.
    ///
    /// # Errors
    /// When it is there already, or cannot be made.
    pub fn file(&self, name: &str) -> Result<fs::File, RecordingError> {
        let path = self.new.join(name);
        fs::File::create_new(&path).map_err(failed("write", &path))
    }

    /// Makes a file durable that was written, or says why it could not be written.
    ///
    /// # Errors
    /// When it could not.
    pub fn flush(&self, name: &str, written: io::Result<fs::File>) -> Result<(), RecordingError> {
        written.and_then(|file| file.sync_all()).map_err(failed("write", &self.new.join(name)))
    }

    /// Writes a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), RecordingError> {
        let mut file = self.file(name)?;
        let written = file.write_all(bytes);
        self.flush(name, written.map(|()| file))
    }

    /// Removes a file that was begun.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(&self, name: &str) -> Result<(), RecordingError> {
        let path = self.new.join(name);
        fs::remove_file(&path).map_err(failed("remove", &path))
    }

    /// Writes a file with the bytes of another one.
    pub(crate) fn copy(&self, name: &str, source: &Source) -> Result<(), RecordingError> {
        let mut file = self.file(name)?;
        for piece in source.pieces() {
            file.write_all(&piece?).map_err(failed("write", &self.new.join(name)))?;
        }
        self.flush(name, Ok(file))
    }

    /// Flushes the folder, and puts it in its place.
    ///
    /// # Errors
    /// When it cannot be put there. What was there is left as it was.
    pub fn commit(mut self) -> Result<(), RecordingError> {
        flush_folder(&self.new)?;
        // From here on it is another's place, or nobody's: whoever is interrupted leaves it alone.
        ended(&self.new);
        if self.replaces {
            replace(&self.folder, &self.new, &mut self.is_done)?;
        } else {
            rename(&self.new, &self.folder)?;
        }
        self.is_done = true;
        flush_folder(&self.parent)
    }
}

impl Drop for StagedFolder {
    fn drop(&mut self) {
        if !self.is_done {
            ended(&self.new);
            // The error that matters is the one that led here.
            let _ = fs::remove_dir_all(&self.new);
        }
    }
}

/// Whether there is a recording to replace; an error when there is something that may not be replaced.
fn may_replace(folder: &Path, overwrite: Overwrite) -> Result<bool, RecordingError> {
    let path = folder.to_owned();
    let mut entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(RecordingError::NotAFolder { path });
        }
        Err(error) => return Err(failed("read", folder)(error)),
    };
    if entries.next().is_none() {
        return Ok(false);
    }
    match (is_recording(folder), overwrite) {
        (false, _) => Err(RecordingError::NotARecording { path }),
        (true, Overwrite::Refuse) => Err(RecordingError::Exists { path }),
        (true, Overwrite::Replace) => Ok(true),
    }
}

fn rename(from: &Path, to: &Path) -> Result<(), RecordingError> {
    fs::rename(from, to).map_err(failed("rename", from))
}

/// Makes renames in a folder durable. Only Unix lets a folder be flushed.
fn flush_folder(folder: &Path) -> Result<(), RecordingError> {
    if cfg!(unix) {
        fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed("write", folder))?;
    }
    Ok(())
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> RecordingError {
    let path = path.to_owned();
    move |source| RecordingError::Io { action, path, source }
}
