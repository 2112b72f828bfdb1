//! What happened.

use heal_program::Timestamp;
use rusqlite::{Transaction, params};

use crate::journal::{loaded, stored};
use crate::{Journal, JournalError};

/// How many trace events are kept once a restart does not need them.
pub const TRACE_EVENTS_MAX: u32 = 200_000;

/// An event of the engine's trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceRecord {
    /// The input that led to it.
    pub seq: u64,
    /// Its position among the events of that input, from 0.
    pub ordinal: u32,
    /// When.
    pub at: Timestamp,
    /// The event as JSON.
    pub json: String,
}

impl Journal {
    /// The last `count_max` trace events, oldest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn trace(&self, count_max: u32) -> Result<Vec<TraceRecord>, JournalError> {
        let failed = JournalError::sqlite("read the trace");
        let query = "SELECT seq, ordinal, at, json FROM trace ORDER BY seq DESC, ordinal DESC LIMIT ?1";
        let mut statement = self.connection.prepare(query).map_err(&failed)?;
        let rows = statement.query_map([count_max], |row| {
            Ok(TraceRecord {
                seq: loaded(row.get(0)?),
                ordinal: row.get(1)?,
                at: Timestamp(row.get(2)?),
                json: row.get(3)?,
            })
        });
        let mut events: Vec<TraceRecord> = rows.and_then(Iterator::collect).map_err(&failed)?;
        events.reverse();
        Ok(events)
    }
}

pub(crate) fn insert(transaction: &Transaction<'_>, events: &[TraceRecord]) -> rusqlite::Result<()> {
    let sql = "INSERT OR IGNORE INTO trace (seq, ordinal, at, json) VALUES (?1, ?2, ?3, ?4)";
    let mut statement = transaction.prepare_cached(sql)?;
    for event in events {
        statement.execute(params![stored(event.seq), event.ordinal, event.at.0, event.json])?;
    }
    Ok(())
}
