//! Snapshots: where a restart begins, and what may be forgotten before them.

use heal_program::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use crate::journal::{loaded, stored};
use crate::{EFFECTS_MAX, InputRecord, Journal, JournalError, TRACE_EVENTS_MAX};

/// How many snapshots are kept: the last one, and one before it so that there is always a stretch of inputs to replay.
pub const SNAPSHOTS_KEPT: u32 = 2;

/// An engine written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotRecord {
    /// The last input that it has seen.
    pub seq: u64,
    /// The engine's `now`.
    pub now: Timestamp,
    /// The program that it ran, in wire form.
    pub program: String,
    /// The snapshot as JSON.
    pub json: String,
}

/// What a restart begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resume {
    /// The last snapshot; none before the first.
    pub snapshot: Option<SnapshotRecord>,
    /// The inputs after it, in order.
    pub inputs: Vec<InputRecord>,
}

impl Resume {
    /// The last `now` that an engine was told; none before the first input.
    #[must_use]
    pub fn last_now(&self) -> Option<Timestamp> {
        let last = self.inputs.last().map(|input| input.now);
        last.or(self.snapshot.as_ref().map(|snapshot| snapshot.now))
    }
}

impl Journal {
    /// What a restart begins with.
    ///
    /// # Errors
    /// When it cannot be read, or inputs are missing.
    pub fn resume(&self) -> Result<Resume, JournalError> {
        let query = "SELECT seq, at, program, json FROM snapshots ORDER BY seq DESC LIMIT 1";
        let snapshot = self.connection.query_row(query, [], |row| {
            Ok(SnapshotRecord {
                seq: loaded(row.get(0)?),
                now: Timestamp(row.get(1)?),
                program: row.get(2)?,
                json: row.get(3)?,
            })
        });
        let snapshot = snapshot.optional().map_err(JournalError::sqlite("read the snapshot"))?;
        let inputs = self.inputs_after(snapshot.as_ref().map_or(0, |snapshot| snapshot.seq))?;
        Ok(Resume { snapshot, inputs })
    }

    /// Writes a snapshot and forgets what no restart needs any more: inputs before the oldest snapshot that is kept,
    /// and old trace events and settled effects beyond [`TRACE_EVENTS_MAX`] and [`EFFECTS_MAX`].
    ///
    /// # Errors
    /// When it cannot be written; the older snapshot stands then.
    pub fn snapshot(&mut self, snapshot: &SnapshotRecord) -> Result<(), JournalError> {
        self.transact("write a snapshot", |transaction| {
            transaction.execute(
                "INSERT OR REPLACE INTO snapshots (seq, at, program, json) VALUES (?1, ?2, ?3, ?4)",
                params![stored(snapshot.seq), snapshot.now.0, snapshot.program, snapshot.json],
            )?;
            prune(transaction)
        })
    }
}

fn prune(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute(
        "DELETE FROM snapshots WHERE seq NOT IN (SELECT seq FROM snapshots ORDER BY seq DESC LIMIT ?1)",
        [SNAPSHOTS_KEPT],
    )?;
    let oldest: i64 = transaction.query_row("SELECT min(seq) FROM snapshots", [], |row| row.get(0))?;
    transaction.execute("DELETE FROM inputs WHERE seq <= ?1", [oldest])?;
    // What a replay from the oldest snapshot would ask for again must still be known as asked for.
    transaction.execute(
        "DELETE FROM trace WHERE seq <= ?1 AND (seq, ordinal) <=
            (SELECT seq, ordinal FROM trace ORDER BY seq DESC, ordinal DESC LIMIT 1 OFFSET ?2)",
        [oldest, i64::from(TRACE_EVENTS_MAX)],
    )?;
    transaction.execute(
        "DELETE FROM effects WHERE seq <= ?1 AND outcome IS NOT NULL AND number <=
            (SELECT number FROM effects ORDER BY number DESC LIMIT 1 OFFSET ?2)",
        [oldest, i64::from(EFFECTS_MAX)],
    )?;
    Ok(())
}
