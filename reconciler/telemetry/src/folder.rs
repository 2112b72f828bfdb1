//! A recording's folder: read whole, and replaced whole or not at all.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use crate::RecordingError;
use crate::manifest::MANIFEST_FILE;
use crate::table::TABLE_FILES;

/// Whether a recording may take the place of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// The folder must not exist yet, or be empty.
    Refuse,
    /// A recording there is replaced. Other files beside it are kept.
    Replace,
}

/// Reads the files of a recording.
pub(crate) fn read_folder(folder: &Path) -> Result<BTreeMap<String, Bytes>, RecordingError> {
    let mut files = BTreeMap::new();
    if !folder.is_dir() {
        let source = io::Error::new(io::ErrorKind::NotFound, "there is no such folder");
        return Err(failed("read", folder)(source));
    }
    for file in TABLE_FILES.into_iter().chain([MANIFEST_FILE]) {
        let path = folder.join(file);
        // What is missing is said by whoever needs it.
        if path.exists() {
            files.insert(file.to_owned(), read_file(&path)?.into());
        }
    }
    Ok(files)
}

/// Reads a file.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, RecordingError> {
    fs::read(path).map_err(failed("read", path))
}

/// Whether a folder holds a recording, sound or not.
pub(crate) fn is_recording(folder: &Path) -> bool {
    folder.join(MANIFEST_FILE).is_file()
}

/// Writes files to a folder beside the wanted one, flushes them, and renames.
pub(crate) fn write_folder(
    folder: &Path,
    files: &BTreeMap<String, Vec<u8>>,
    overwrite: Overwrite,
) -> Result<(), RecordingError> {
    // A link to a recording stays a link.
    let folder = &fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let replaces = may_replace(folder, overwrite)?;
    let parent = match folder.parent() {
        Some(parent) if parent != Path::new("") => parent,
        Some(_) | None => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(failed("write", parent))?;
    let new = sibling(folder, "new");
    let written = write_new(&new, files)
        .and_then(|()| if replaces { replace(folder, &new) } else { rename(&new, folder) });
    if written.is_err() {
        // The error that matters is the first one.
        let _ = fs::remove_dir_all(&new);
    }
    written?;
    flush_folder(parent)
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

fn write_new(new: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<(), RecordingError> {
    fs::create_dir(new).map_err(failed("write", new))?;
    for (name, bytes) in files {
        let path = new.join(name);
        let written = fs::File::create_new(&path).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.map_err(failed("write", &path))?;
    }
    flush_folder(new)
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
