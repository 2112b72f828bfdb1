//! Which commits were taken, and which were refused.

use heal_program::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use crate::journal::{loaded, stored};
use crate::{Journal, JournalError};

/// How many verdicts are kept.
pub const POLICIES_MAX: u32 = 1_000;

/// A commit whose policies run, or ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The commit's id.
    pub commit: String,
    /// When it was applied.
    pub at: Timestamp,
    /// Version of the Heal that compiled it.
    pub tool: String,
    /// Number of the input that brought it.
    pub seq: u64,
    /// Digest of the program.
    pub digest: String,
    /// The program in wire form.
    pub program: String,
}

/// A commit whose policies do not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The commit's id.
    pub commit: String,
    /// When it was refused.
    pub at: Timestamp,
    /// Version of the Heal that tried.
    pub tool: String,
    /// Why, for people.
    pub diagnostics: String,
}

impl Journal {
    /// Writes that a commit was refused.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn refuse(&mut self, refused: &Refused) -> Result<(), JournalError> {
        self.transact("write the refused commit", |transaction| {
            let sql = "INSERT INTO policies (commit_id, at, tool, verdict, diagnostics)
                VALUES (?1, ?2, ?3, 'refused', ?4)";
            let Refused { commit, at, tool, diagnostics } = refused;
            transaction.execute(sql, params![commit, at.0, tool, diagnostics])?;
            prune(transaction)
        })
    }

    /// The commit that runs.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn applied(&self) -> Result<Option<Applied>, JournalError> {
        let query = "SELECT commit_id, at, tool, seq, digest, program FROM policies
            WHERE verdict = 'applied' ORDER BY number DESC LIMIT 1";
        let applied = self.connection.query_row(query, [], |row| {
            Ok(Applied {
                commit: row.get(0)?,
                at: Timestamp(row.get(1)?),
                tool: row.get(2)?,
                seq: loaded(row.get(3)?),
                digest: row.get(4)?,
                program: row.get(5)?,
            })
        });
        applied.optional().map_err(JournalError::sqlite("read the applied commit"))
    }

    /// The last commit that was refused, also when others have been applied since.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn refused(&self) -> Result<Option<Refused>, JournalError> {
        let query = "SELECT commit_id, at, tool, diagnostics FROM policies
            WHERE verdict = 'refused' ORDER BY number DESC LIMIT 1";
        let refused = self.connection.query_row(query, [], |row| {
            Ok(Refused {
                commit: row.get(0)?,
                at: Timestamp(row.get(1)?),
                tool: row.get(2)?,
                diagnostics: row.get(3)?,
            })
        });
        refused.optional().map_err(JournalError::sqlite("read the refused commit"))
    }
}

pub(crate) fn insert(transaction: &Transaction<'_>, applied: &Applied) -> rusqlite::Result<()> {
    // Only the program that runs is needed; others are in their commits.
    transaction.execute("UPDATE policies SET program = NULL WHERE program IS NOT NULL", [])?;
    let sql = "INSERT INTO policies (commit_id, at, tool, verdict, seq, digest, program)
        VALUES (?1, ?2, ?3, 'applied', ?4, ?5, ?6)";
    let Applied { commit, at, tool, seq, digest, program } = applied;
    transaction.execute(sql, params![commit, at.0, tool, stored(*seq), digest, program])?;
    prune(transaction)
}

/// The last verdict of either kind stays, however many of the other follow.
fn prune(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let sql = "DELETE FROM policies
        WHERE number NOT IN (SELECT number FROM policies ORDER BY number DESC LIMIT ?1)
        AND number NOT IN (SELECT max(number) FROM policies GROUP BY verdict)";
    transaction.execute(sql, [POLICIES_MAX])?;
    Ok(())
}
