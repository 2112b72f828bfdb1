//! What can go wrong with a journal.

use std::path::{Path, PathBuf};

/// Why the journal cannot be used. None of these is cured by trying the same again at once.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process has it open.
    #[error(
        "the journal {path} is in use by another process: stop that one, or give this one another `state`"
    )]
    InUse {
        /// The journal.
        path: PathBuf,
    },
    /// Written by a newer Heal.
    #[error("the journal {path} has format version {found}, and this Heal reads up to {max}: use a newer Heal", max = crate::FORMAT_VERSION)]
    Newer {
        /// The journal.
        path: PathBuf,
        /// The version found.
        found: i64,
    },
    /// Some other file.
    #[error("{path} is not a journal of Heal: move it away, or set another `state`")]
    NotAJournal {
        /// The file.
        path: PathBuf,
    },
    /// It contradicts itself.
    #[error("the journal {path} is damaged: {what}; restore it from a backup, or move it away to start anew")]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// A defect of Heal's own: inputs that are not the next ones.
    #[error("the journal expects input {expected} next and got another: this is a defect, please report it")]
    OutOfOrder {
        /// The number that was due.
        expected: u64,
    },
    /// The folder or the lock beside it.
    #[error("could not {doing} {path}: {source}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// SQLite, for example because the disk is full.
    #[error("could not {doing}: {source}")]
    Sqlite {
        /// What was tried.
        doing: &'static str,
        /// Why not.
        source: rusqlite::Error,
    },
}

impl JournalError {
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> JournalError {
        let path = path.to_owned();
        move |source| JournalError::Io { doing, path, source }
    }

    pub(crate) fn sqlite(doing: &'static str) -> impl Fn(rusqlite::Error) -> JournalError {
        move |source| JournalError::Sqlite { doing, source }
    }
}
