//! Folders that processes filled which were killed.
//!
//! A folder that is being filled is locked, and the system frees the lock when its process ends, however it does: whoever
//! gets the lock knows that nobody fills it any more.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::failed;
use super::replace::remove_replaced;
use crate::RecordingError;

/// How often another name is tried when somebody takes a new folder for an abandoned one before it is locked.
const CREATE_ATTEMPTS_MAX: usize = 16;

/// The lock on a folder that is being filled. None where folders cannot be locked: nothing is removed there either.
pub(super) type Lock = Option<File>;

/// Makes a hidden folder beside `folder`, locked, after removing those that were abandoned there.
pub(super) fn create_locked(parent: &Path, folder: &Path) -> Result<(PathBuf, Lock), RecordingError> {
    clear(parent, &prefix(folder, "new"), folder);
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    let mut path = folder.to_owned();
    for _ in 0..CREATE_ATTEMPTS_MAX {
        path = sibling(folder, "new");
        // A process of this number may have left it where folders cannot be locked.
        match fs::create_dir(&path).and_then(|()| lock(&path)) {
            Ok(lock) => return Ok((path, lock)),
            Err(error) if is_race(&error) => last = error,
            Err(error) => return Err(failed("write", &path)(error)),
        }
    }
    Err(failed("write", &path)(last))
}

/// Removes the folders in `parent` that were being filled by processes that are no more.
pub fn clear_abandoned(parent: &Path) {
    clear(parent, OsStr::new("."), parent);
}

fn clear(parent: &Path, start: &OsStr, folder: &Path) {
    // What cannot be listed or removed disturbs nobody: it is tried again the next time.
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_new = name.starts_with(&*start.to_string_lossy()) && name.contains(".new-");
        if is_new && let Ok(Some(_lock)) = lock(&entry.path()) {
            // Killed after the exchange, it holds the old recording, and may hold files of others.
            let _ = if folder.is_dir() && folder != parent {
                remove_replaced(&entry.path(), folder)
            } else {
                fs::remove_dir_all(entry.path()).map_err(failed("remove", &entry.path()))
            };
        }
    }
}

/// Locks a folder. `Ok(None)` where that cannot be done at all.
fn lock(folder: &Path) -> io::Result<Lock> {
    // Only Unix opens a folder as a file.
    if !cfg!(unix) {
        return Ok(None);
    }
    let file = File::open(folder)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::WouldBlock.into()),
        Err(TryLockError::Error(_)) => return Ok(None),
    }
    // Somebody may have removed it before it was locked.
    fs::metadata(folder)?;
    Ok(Some(file))
}

fn is_race(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound | io::ErrorKind::WouldBlock)
}

/// A hidden path beside a folder that no other writer uses.
pub(super) fn sibling(folder: &Path, role: &str) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut name = prefix(folder, role);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    name.push(format!("{}-{count}", std::process::id()));
    folder.with_file_name(name)
}

fn prefix(folder: &Path, role: &str) -> OsString {
    let mut name = OsString::from(".");
    name.push(folder.file_name().unwrap_or_else(|| OsStr::new("recording")));
    name.push(format!(".{role}-"));
    name
}
