//! Why a recording could not be read, made or written.

use std::path::{Path, PathBuf};

use crate::FORMAT_VERSION;

/// Why a recording could not be read, made or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The folder, or a file in it, could not be read or written.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was tried: `read`, `write`, `rename`.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that every recording has is not there.
    #[error("`{file}` is missing: a recording is a folder with `recording.toml` and its Parquet files")]
    Missing {
        /// Which file.
        file: String,
    },
    /// Written by a newer Heal.
    #[error(
        "this recording has format version {found}, and this Heal reads up to {FORMAT_VERSION}: use a newer Heal"
    )]
    Newer {
        /// The version found.
        found: u64,
    },
    /// A file does not hold what it should.
    #[error("`{file}` {reason}")]
    Malformed {
        /// Which file.
        file: String,
        /// What is wrong with it, as the rest of a sentence that starts with the file.
        reason: String,
    },
    /// What was to become a recording breaks one of its rules.
    #[error("this cannot be recorded: {reason}")]
    Invalid {
        /// Which rule, and where.
        reason: String,
    },
    /// There is a recording already where one was to be written.
    #[error("`{}` exists: choose another folder, or replace the recording with `--replace`", path.display())]
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// There is a file where the recording was to be written.
    #[error("`{}` is no folder: choose another name", path.display())]
    NotAFolder {
        /// Where.
        path: PathBuf,
    },
    /// Another process is writing to the folder.
    #[error(
        "another process{} is writing to `{}`: wait until it has ended, or record into another folder",
        if process.is_empty() { String::new() } else { format!(", {process},") },
        path.display()
    )]
    Busy {
        /// Which folder.
        path: PathBuf,
        /// The number of the process, if it is known.
        process: String,
    },
    /// A recording cannot be opened or read, and nothing but another copy of it helps.
    #[error("{0}; restore the folder from a copy, or remove it and record it again")]
    Damaged(Box<RecordingError>),
    /// An error, and which of several recordings it is about.
    #[error("`{}`: {source}", folder.display())]
    In {
        /// Its folder.
        folder: PathBuf,
        /// What is wrong with it.
        source: Box<RecordingError>,
    },
    /// A folder that was to be opened holds no part of a recording.
    #[error("this is no recording{}", said_of(within))]
    NoRecording {
        /// The recordings in it.
        within: Vec<String>,
    },
    /// A folder holds something else than a recording.
    #[error("`{}` holds other files and no recording: choose another folder", path.display())]
    NotARecording {
        /// Which folder.
        path: PathBuf,
    },
    /// The recording was replaced, but files that lay beside the old one could not be moved to the new one.
    #[error(
        "the recording was written, but other files beside the old one could not be moved to it: find them in `{}`",
        kept.display()
    )]
    LeftBehind {
        /// Where the old folder is now.
        kept: PathBuf,
    },
}

/// What may have been meant instead of the folder that recordings are in.
fn said_of(within: &[String]) -> String {
    const NAMED_MAX: usize = 5;
    if within.is_empty() {
        return ": a recording is a folder with `recording.toml` and its Parquet files".to_owned();
    }
    let named: Vec<String> = within.iter().take(NAMED_MAX).map(|name| format!("`{name}`")).collect();
    let more = within.len() - named.len();
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!(", but holds some: name one of them, {}{more}", named.join(", "))
}

impl RecordingError {
    /// A file that does not hold what it should.
    pub(crate) fn malformed(file: &str, reason: impl Into<String>) -> RecordingError {
        RecordingError::Malformed { file: file.to_owned(), reason: reason.into() }
    }

    /// The error, with what helps where a recording is damaged.
    pub(crate) fn of_damage(self) -> RecordingError {
        match self {
            RecordingError::Missing { .. } | RecordingError::Malformed { .. } => {
                RecordingError::Damaged(Box::new(self))
            }
            other @ (RecordingError::Newer { .. }
            | RecordingError::Io { .. }
            | RecordingError::Invalid { .. }
            | RecordingError::Exists { .. }
            | RecordingError::NotAFolder { .. }
            | RecordingError::Busy { .. }
            | RecordingError::Damaged(_)
            | RecordingError::In { .. }
            | RecordingError::NoRecording { .. }
            | RecordingError::NotARecording { .. }
            | RecordingError::LeftBehind { .. }) => other,
        }
    }

    /// The error, said of the recording in a folder.
    pub(crate) fn in_folder(self, folder: &Path) -> RecordingError {
        RecordingError::In { folder: folder.to_owned(), source: Box::new(self) }
    }

    /// Content that breaks a rule.
    pub(crate) fn invalid(reason: impl Into<String>) -> RecordingError {
        RecordingError::Invalid { reason: reason.into() }
    }
}
