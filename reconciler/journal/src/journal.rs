//! The open journal, and what is written to it as one.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction};

use crate::lock::Lock;
use crate::{
    Applied, AskedEffect, InputRecord, JournalError, Settled, TraceRecord, effects, inputs, policies, schema,
    trace,
};

/// An open journal. It is the only one of its file: a second process is refused.
#[derive(Debug)]
pub struct Journal {
    pub(crate) connection: Connection,
    pub(crate) path: PathBuf,
    /// The number that the next input gets.
    pub(crate) next_seq: u64,
    _lock: Lock,
}

/// Inputs with all that the engine made of them: on the disk as a whole or not at all.
///
/// Nothing of it may leave the process before it is written: no effect, no answer, no status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The inputs in order, numbered without a gap from [`Journal::next_seq`]. Empty when inputs are told again.
    pub inputs: Vec<InputRecord>,
    /// What happened, in order.
    pub trace: Vec<TraceRecord>,
    /// What was asked for, in order.
    pub effects: Vec<AskedEffect>,
    /// What ended, of these effects or of earlier ones.
    pub settled: Vec<Settled>,
    /// The commit that one of the inputs brings, if one does.
    pub applied: Option<Applied>,
}

impl Batch {
    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Batch::default()
    }
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

    /// The number that the next input gets: 1 for the first.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// Writes a batch. Trace events and effects that are there already stay as they are, so the inputs after a snapshot
    /// can be told to an engine again.
    ///
    /// # Errors
    /// When it cannot be written, and then nothing of it is; or when the inputs are not the next ones.
    pub fn write(&mut self, batch: &Batch) -> Result<(), JournalError> {
        if batch.is_empty() {
            return Ok(());
        }
        if !(self.next_seq..).zip(&batch.inputs).all(|(seq, input)| input.seq == seq) {
            return Err(JournalError::OutOfOrder { expected: self.next_seq });
        }
        self.transact("write to the journal", |transaction| {
            inputs::insert(transaction, &batch.inputs)?;
            trace::insert(transaction, &batch.trace)?;
            effects::insert(transaction, &batch.effects)?;
            effects::settle(transaction, &batch.settled)?;
            batch.applied.iter().try_for_each(|applied| policies::insert(transaction, applied))
        })?;
        self.next_seq = self.next_seq.saturating_add(batch.inputs.len() as u64);
        Ok(())
    }

    /// All or nothing, and on the disk when it returns.
    pub(crate) fn transact<T>(
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
