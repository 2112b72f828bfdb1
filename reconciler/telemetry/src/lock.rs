//! One writer at a time: who adds to a recording reads it first, and must find it as it was when it is written.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::RecordingError;

/// How long is waited before it is tried again.
const PAUSE: Duration = Duration::from_millis(50);

/// How often it is tried: half a minute, in which a recording of usual size is written.
const TRIES_MAX: u32 = 600;

/// The right to write a recording's folder, from before it is read until it is dropped. The system takes it back from a
/// process that ends, however it does.
#[derive(Debug)]
pub(crate) struct FolderLock {
    file: File,
    path: PathBuf,
}

impl FolderLock {
    /// Waits a while until nobody else writes to the folder.
    pub(crate) fn take(folder: &Path) -> Result<FolderLock, RecordingError> {
        FolderLock::take_within(folder, TRIES_MAX)
    }

    fn take_within(folder: &Path, tries: u32) -> Result<FolderLock, RecordingError> {
        // A link to a recording and what it leads to are one.
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        if let Some(parent) = folder.parent().filter(|parent| *parent != Path::new("")) {
            fs::create_dir_all(parent).map_err(|source| RecordingError::Io {
                action: "write",
                path: parent.to_owned(),
                source,
            })?;
        }
        let mut name = OsString::from(".");
        name.push(folder.file_name().unwrap_or_else(|| OsStr::new("recording")));
        name.push(".lock");
        let path = folder.with_file_name(name);
        let failed = |source| RecordingError::Io { action: "lock", path: path.clone(), source };
        for number in 1..=tries {
            let opened = File::options().read(true).write(true).create(true).truncate(false).open(&path);
            let mut file = opened.map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                // Where files cannot be locked, recordings are written as if nobody else did.
                Err(TryLockError::Error(wrong)) if wrong.kind() == io::ErrorKind::Unsupported => {}
                Err(TryLockError::Error(wrong)) => return Err(failed(wrong)),
                Err(TryLockError::WouldBlock) if number == tries => {
                    let mut process = String::new();
                    // Some systems let nobody read what is locked.
                    let _ = file.read_to_string(&mut process);
                    return Err(RecordingError::Busy { path: folder, process: process.trim().to_owned() });
                }
                Err(TryLockError::WouldBlock) => {
                    std::thread::sleep(PAUSE);
                    continue;
                }
            }
            let lock = FolderLock { file, path: path.clone() };
            if lock.is_in_place() {
                lock.sign();
                return Ok(lock);
            }
        }
        Err(RecordingError::Busy { path: folder, process: String::new() })
    }

    /// Whether the file that is locked is still the one at its path: who had it before may have removed it.
    #[cfg(unix)]
    fn is_in_place(&self) -> bool {
        use std::os::unix::fs::MetadataExt as _;
        let identity = |found: fs::Metadata| (found.dev(), found.ino());
        let held = self.file.metadata().map(identity);
        held.is_ok_and(|held| fs::metadata(&self.path).map(identity).is_ok_and(|there| there == held))
    }

    #[cfg(not(unix))]
    fn is_in_place(&self) -> bool {
        true
    }

    /// Says who has it, for those that wait.
    fn sign(&self) {
        let mut file = &self.file;
        // It is locked all the same.
        let _ = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "{}", std::process::id()));
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // Before it is free, so that nobody finds it who could not tell that it is gone.
        if cfg!(unix) {
            let _ = fs::remove_file(&self.path);
        }
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::fs;

    use super::FolderLock;

    #[test]
    fn who_comes_second_is_told_who_writes_and_gets_it_when_it_is_free() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("deep/r");
        let first = FolderLock::take_within(&folder, 1).unwrap();
        let refused = FolderLock::take_within(&folder, 2).unwrap_err().to_string();
        let process = format!("another process, {}, is writing to `", std::process::id());
        assert!(
            refused.starts_with(&process) && refused.contains("deep/r`: wait until it has ended"),
            "{refused}"
        );
        let waiting = std::thread::spawn({
            let folder = folder.clone();
            move || FolderLock::take(&folder).is_ok()
        });
        std::thread::sleep(std::time::Duration::from_millis(120));
        drop(first);
        assert!(waiting.join().unwrap());
        assert_eq!(fs::read_dir(root.path().join("deep")).unwrap().count(), 0, "nothing is left behind");
    }

    #[test]
    fn what_a_killed_process_left_behind_locks_nobody_out() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("r");
        fs::write(root.path().join(".r.lock"), "4194303").unwrap();
        assert!(FolderLock::take_within(&folder, 1).is_ok());
    }
}
