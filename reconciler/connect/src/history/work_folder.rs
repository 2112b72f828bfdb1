//! The hidden folder beside a recording that holds what has arrived, until the recording is whole.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use heal_program::{SemanticHash, Timestamp};

use super::HistoryError;

/// Locked as long as a run works in the folder. The system frees it when the run ends, however it does.
const LOCK_FILE: &str = "lock";

/// The beginning of the name of a file that says when a request was begun, in milliseconds.
const BEGUN_PREFIX: &str = "begun-";

/// Length of the line before a kept reply: its hash and a line end.
const SEAL_BYTES: usize = 33;

/// The hidden folder beside a recording that holds what has arrived, until the recording is whole.
///
/// A file counts only if its first line is the hash of the rest, so half of one is none: it is fetched again.
#[derive(Debug)]
pub struct WorkFolder {
    path: PathBuf,
    begun: Timestamp,
    is_resumed: bool,
    _lock: File,
}

impl WorkFolder {
    /// The work folder of the recording in `folder`, made if it is not there; with `restart`, without anything in it.
    /// Runs that were asked for the same, `request`, share the time at which the first of them began: what "now" means.
    ///
    /// # Errors
    /// When it cannot be made or read, or another run works in it.
    pub fn open(
        folder: &Path,
        request: &str,
        now: Timestamp,
        restart: bool,
    ) -> Result<WorkFolder, HistoryError> {
        // A link to a recording has its work beside what it leads to, as its new files are.
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let mut name = OsString::from(".");
        name.push(folder.file_name().unwrap_or_else(|| OsStr::new("recording")));
        name.push(".heal-record");
        let path = folder.with_file_name(name);
        let failed = |source| HistoryError::Work { path: path.clone(), source };
        fs::create_dir_all(&path).map_err(failed)?;
        let lock = File::create(path.join(LOCK_FILE)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(HistoryError::Busy { path }),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        clear(&path, restart).map_err(failed)?;
        let mut work = WorkFolder { path, begun: now, is_resumed: false, _lock: lock };
        let name = format!("{BEGUN_PREFIX}{}", SemanticHash::of([request.as_bytes()]));
        let begun = work.read(&name).and_then(|text| String::from_utf8(text).ok()?.parse().ok());
        match begun {
            Some(begun) => (work.begun, work.is_resumed) = (Timestamp(begun), true),
            None => work.keep(&name, now.0.to_string().as_bytes())?,
        }
        Ok(work)
    }

    /// When this request was begun, which may have been in an earlier run.
    #[must_use]
    pub fn begun(&self) -> Timestamp {
        self.begun
    }

    /// Whether an earlier run of the same request left it behind.
    #[must_use]
    pub fn is_resumed(&self) -> bool {
        self.is_resumed
    }

    /// A path in it, for what is made of the replies on the way.
    #[must_use]
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Removes it: the recording is whole.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(self) -> Result<(), HistoryError> {
        fs::remove_dir_all(&self.path)
            .map_err(|source| HistoryError::Work { path: self.path.clone(), source })
    }

    /// What was kept under a name, if it is whole.
    pub(super) fn read(&self, name: &str) -> Option<Vec<u8>> {
        let bytes = fs::read(self.path.join(name)).ok()?;
        let (line, content) = bytes.split_at_checked(SEAL_BYTES)?;
        (line == seal(content).as_bytes()).then(|| content.to_vec())
    }

    /// Keeps something under a name.
    pub(super) fn keep(&self, name: &str, content: &[u8]) -> Result<(), HistoryError> {
        let path = self.path.join(name);
        let bytes = [seal(content).as_bytes(), content].concat();
        fs::write(&path, bytes).map_err(|source| HistoryError::Work { path, source })
    }
}

fn seal(content: &[u8]) -> String {
    format!("{}\n", SemanticHash::of([content]))
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // Nothing has arrived: there is nothing to go on with.
        let is_reply = |name: &str| name != LOCK_FILE && !name.starts_with(BEGUN_PREFIX);
        let entries = fs::read_dir(&self.path).map(|entries| entries.collect::<io::Result<Vec<_>>>());
        if let Ok(Ok(entries)) = entries
            && !entries.iter().any(|entry| is_reply(&entry.file_name().to_string_lossy()))
        {
            // A folder that is left behind disturbs nobody.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Removes what was made of the replies, since its making may have been interrupted; with `all` the replies too. The
/// lock is held and stays.
fn clear(folder: &Path, all: bool) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else if all && entry.file_name() != LOCK_FILE {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
