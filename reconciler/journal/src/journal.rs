//! The open journal, and what is written after inputs were handled.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction};

use crate::lock::Lock;
use crate::{AskedEffect, JournalError, TraceRecord, effects, inputs, schema, trace};

/// An open journal. It is the only one of its file: a second process is refused.
#[derive(Debug)]
pub struct Journal {
    pub(crate) connection: Connection,
    pub(crate) path: PathBuf,
    /// The number that the next input gets.
    pub(crate) next_seq: u64,
    _lock: Lock,
}

/// What the engine made of inputs: to be written as one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handled {
    /// What happened, in order.
    pub trace: Vec<TraceRecord>,
    /// What was asked for, in order. Nothing of it may leave before this is written.
    pub effects: Vec<AskedEffect>,
}

impl Journal {
    /// Opens the journal in a file, which is made if it is not there, with its folder.
    ///
    /// # Errors
    /// When another process has it open, it is of a newer format, damaged or something else, or cannot be written.
    pub fn open(path: &Path) -> Result<Journal, JournalError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            make_folder(folder).map_err(JournalError::io("make the folder", folder))?;
        }
        let lock = Lock::take(path)?;
        let mut connection = Connection::open(path).map_err(JournalError::sqlite("open the journal"))?;
        schema::prepare(&mut connection, path)?;
        schema::make_durable(&connection)?;
        let next_seq = inputs::next_seq(&connection)?;
        Ok(Journal { connection, path: path.to_owned(), next_seq, _lock: lock })
    }

    /// The number of the last input, 0 before the first.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        self.next_seq.saturating_sub(1)
    }

    /// Writes what the engine made of inputs. What is there already stays as it is, so the inputs after a snapshot can
    /// be told again.
    ///
    /// # Errors
    /// When it cannot be written; nothing of it is there then.
    pub fn record(&mut self, handled: &Handled) -> Result<(), JournalError> {
        if handled.trace.is_empty() && handled.effects.is_empty() {
            return Ok(());
        }
        self.write("write the trace", |transaction| {
            trace::insert(transaction, &handled.trace)?;
            effects::insert(transaction, &handled.effects)
        })
    }

    /// All or nothing, and on the disk when it returns.
    pub(crate) fn write<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, JournalError> {
        let failed = JournalError::sqlite(doing);
        let transaction = self.connection.transaction().map_err(&failed)?;
        let made = work(&transaction).map_err(&failed)?;
        transaction.commit().map_err(&failed)?;
        Ok(made)
    }

    pub(crate) fn damaged(&self, what: impl Into<String>) -> JournalError {
        JournalError::Damaged { path: self.path.clone(), what: what.into() }
    }
}

/// Telemetry and arguments are nobody else's business on the machine.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// SQLite's integers are signed; numbers of ours never get that large.
pub(crate) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// See [`stored`].
pub(crate) fn loaded(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
