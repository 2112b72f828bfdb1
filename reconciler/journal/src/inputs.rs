//! What the engine is told.

use heal_program::Timestamp;
use rusqlite::{Connection, Transaction, params};

use crate::journal::{loaded, stored};
use crate::{Journal, JournalError};

/// An input of the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputRecord {
    /// Its number: 1, 2, 3, … without a gap.
    pub seq: u64,
    /// The engine's `now`.
    pub now: Timestamp,
    /// The input as JSON.
    pub json: String,
}

impl Journal {
    /// The inputs after number `seq`, in order.
    ///
    /// # Errors
    /// When they cannot be read, or one is missing.
    pub(crate) fn inputs_after(&self, seq: u64) -> Result<Vec<InputRecord>, JournalError> {
        let failed = JournalError::sqlite("read inputs");
        let query = "SELECT seq, at, json FROM inputs WHERE seq > ?1 ORDER BY seq";
        let mut statement = self.connection.prepare(query).map_err(&failed)?;
        let rows = statement.query_map([stored(seq)], |row| {
            Ok(InputRecord { seq: loaded(row.get(0)?), now: Timestamp(row.get(1)?), json: row.get(2)? })
        });
        let inputs: Vec<InputRecord> = rows.and_then(Iterator::collect).map_err(&failed)?;
        let is_next = |(expected, input): (u64, &InputRecord)| input.seq == expected;
        if (seq.saturating_add(1)..).zip(&inputs).all(is_next) {
            Ok(inputs)
        } else {
            Err(self.damaged(format!("inputs after number {seq} are missing")))
        }
    }
}

pub(crate) fn insert(transaction: &Transaction<'_>, inputs: &[InputRecord]) -> rusqlite::Result<()> {
    let mut statement =
        transaction.prepare_cached("INSERT INTO inputs (seq, at, json) VALUES (?1, ?2, ?3)")?;
    for input in inputs {
        statement.execute(params![stored(input.seq), input.now.0, input.json])?;
    }
    Ok(())
}

/// The number after the last: of the inputs, or of the snapshot where inputs have been removed.
pub(crate) fn next_seq(connection: &Connection) -> Result<u64, JournalError> {
    let query =
        "SELECT max(seq) FROM (SELECT max(seq) AS seq FROM inputs UNION ALL SELECT max(seq) FROM snapshots)";
    let last: rusqlite::Result<Option<i64>> = connection.query_row(query, [], |row| row.get(0));
    let last = last.map_err(JournalError::sqlite("read inputs"))?;
    Ok(loaded(last.unwrap_or(0)).saturating_add(1))
}
