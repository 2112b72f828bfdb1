//! The tables, and their version.

use std::path::Path;

use rusqlite::Connection;

use crate::JournalError;

/// Version of the tables. Raised when an older reader would misread them.
pub const FORMAT_VERSION: i64 = 1;

/// `Heal` in ASCII: tells the file from other SQLite files.
const APPLICATION_ID: i64 = 0x4865_616c;

const TABLES: &str = "
CREATE TABLE inputs (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    json TEXT NOT NULL
) STRICT;
CREATE TABLE snapshots (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    program TEXT NOT NULL,
    json TEXT NOT NULL
) STRICT;
CREATE TABLE trace (
    seq INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    at INTEGER NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (seq, ordinal)
) STRICT, WITHOUT ROWID;
CREATE TABLE effects (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    seq INTEGER NOT NULL,
    asked_at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('act', 'query', 'ask', 'escalate')),
    json TEXT NOT NULL,
    outcome TEXT,
    settled_at INTEGER
) STRICT;
CREATE INDEX effects_open ON effects (number) WHERE outcome IS NULL;
CREATE TABLE policies (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    commit_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    tool TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('applied', 'refused')),
    seq INTEGER,
    digest TEXT,
    program TEXT,
    diagnostics TEXT
) STRICT;
";

/// Makes the tables in a new file, and refuses files that this code cannot read.
pub(crate) fn prepare(connection: &mut Connection, path: &Path) -> Result<(), JournalError> {
    let not_ours = |_| JournalError::NotAJournal { path: path.to_owned() };
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    // The first read of the file: something that is no database fails here.
    let (application, version) = (pragma("application_id"), pragma("user_version"));
    let (application, version) = (application.map_err(not_ours)?, version.map_err(not_ours)?);
    let count_tables = "SELECT count(*) FROM sqlite_schema";
    let tables: i64 = connection.query_row(count_tables, [], |row| row.get(0)).map_err(not_ours)?;
    match (application, version) {
        (0, 0) if tables == 0 => {
            create(connection).map_err(JournalError::sqlite("make the journal's tables"))
        }
        (APPLICATION_ID, FORMAT_VERSION) => check(connection, path),
        (APPLICATION_ID, found) if found > FORMAT_VERSION => {
            Err(JournalError::Newer { path: path.to_owned(), found })
        }
        _ => Err(JournalError::NotAJournal { path: path.to_owned() }),
    }
}

/// Durable from the first commit on: a reader sees all of a transaction or nothing, also after a power cut.
pub(crate) fn make_durable(connection: &Connection) -> Result<(), JournalError> {
    let failed = JournalError::sqlite("set up the journal");
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).map_err(&failed)?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(&failed)?;
    connection.pragma_update(None, "foreign_keys", "ON").map_err(&failed)
}

fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(TABLES)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", FORMAT_VERSION)?;
    transaction.commit()
}

fn check(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    let found: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(JournalError::sqlite("check the journal"))?;
    if found == "ok" { Ok(()) } else { Err(JournalError::Damaged { path: path.to_owned(), what: found }) }
}
