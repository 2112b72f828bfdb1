//! One process at a time.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::JournalError;

/// Held as long as it lives; the system lets it go when the process dies, however it dies.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock beside a journal.
    pub(crate) fn take(journal: &Path) -> Result<Lock, JournalError> {
        let mut name = journal.file_name().unwrap_or_default().to_owned();
        name.push(".lock");
        let path = journal.with_file_name(name);
        let opened = File::options().create(true).truncate(false).write(true).open(&path);
        let file = opened.map_err(JournalError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(JournalError::InUse { path: journal.to_owned() }),
            Err(TryLockError::Error(source)) => Err(JournalError::Io { doing: "lock", path, source }),
        }
    }
}
