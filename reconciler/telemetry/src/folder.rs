//! A recording's folder: opened, and replaced whole or not at all.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::RecordingError;
use crate::manifest::MANIFEST_FILE;
use crate::source::Source;
use crate::table::{SAMPLES_FILE, TABLE_FILES};

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
            // The others are needed whole.
            let source = if file == SAMPLES_FILE {
                Source::open(&path)?
            } else {
                Source::Memory(read_file(&path)?.into())
            };
            files.insert(file.to_owned(), source);
        }
    }
    Ok(files)
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

/// A folder that is filled beside the wanted one, and then takes its place. Dropped before that, it is removed.
pub(crate) struct StagedFolder {
    folder: PathBuf,
    parent: PathBuf,
    new: PathBuf,
    replaces: bool,
    is_done: bool,
}

impl StagedFolder {
    /// Makes a folder beside the wanted one, unless that one may not be made or replaced.
    pub(crate) fn create(folder: &Path, overwrite: Overwrite) -> Result<StagedFolder, RecordingError> {
        // A link to a recording stays a link.
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let replaces = may_replace(&folder, overwrite)?;
        let parent = match folder.parent() {
            Some(parent) if parent != Path::new("") => parent.to_owned(),
            Some(_) | None => PathBuf::from("."),
        };
        fs::create_dir_all(&parent).map_err(failed("write", &parent))?;
        let new = sibling(&folder, "new");
        fs::create_dir(&new).map_err(failed("write", &new))?;
        Ok(StagedFolder { folder, parent, new, replaces, is_done: false })
    }

    /// A new file in it.
    pub(crate) fn file(&self, name: &str) -> Result<fs::File, RecordingError> {
        let path = self.new.join(name);
        fs::File::create_new(&path).map_err(failed("write", &path))
    }

    /// Makes a file durable that was written, or says why it could not be written.
    pub(crate) fn flush(&self, name: &str, written: io::Result<fs::File>) -> Result<(), RecordingError> {
        written.and_then(|file| file.sync_all()).map_err(failed("write", &self.new.join(name)))
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), RecordingError> {
        let mut file = self.file(name)?;
        let written = file.write_all(bytes);
        self.flush(name, written.map(|()| file))
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
    pub(crate) fn commit(mut self) -> Result<(), RecordingError> {
        flush_folder(&self.new)?;
        if self.replaces {
            replace(&self.folder, &self.new)?;
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
            return Err(RecordingError::Exists { path });
        }
        Err(error) => return Err(failed("read", folder)(error)),
    };
    if entries.next().is_none() {
        return Ok(false);
    }
    match overwrite {
        Overwrite::Refuse => Err(RecordingError::Exists { path }),
        Overwrite::Replace if is_recording(folder) => Ok(true),
        Overwrite::Replace => Err(RecordingError::NotARecording { path }),
    }
}

/// Puts the new folder in the place of the old one. The old one is removed last, and put back if that fails.
fn replace(folder: &Path, new: &Path) -> Result<(), RecordingError> {
    let old = sibling(folder, "old");
    rename(folder, &old)?;
    if let Err(error) = rename(new, folder) {
        rename(&old, folder)?;
        return Err(error);
    }
    let left_behind = |_| RecordingError::LeftBehind { kept: old.clone() };
    for entry in fs::read_dir(&old).map_err(left_behind)? {
        let name = entry.map_err(left_behind)?.file_name();
        if !is_own(&name) {
            fs::rename(old.join(&name), folder.join(&name)).map_err(left_behind)?;
        }
    }
    fs::remove_dir_all(&old).map_err(failed("remove", &old))
}

fn is_own(name: &OsStr) -> bool {
    TABLE_FILES.into_iter().chain([MANIFEST_FILE]).any(|own| name == own)
}

/// A hidden path beside a folder that no other writer uses.
fn sibling(folder: &Path, role: &str) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut name = OsString::from(".");
    name.push(folder.file_name().unwrap_or_else(|| OsStr::new("recording")));
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    name.push(format!(".{role}-{}-{count}", std::process::id()));
    folder.with_file_name(name)
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
