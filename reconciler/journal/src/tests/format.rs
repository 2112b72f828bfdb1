//! Files that are newer, damaged, somebody else's, or in use.

use rusqlite::Connection;

use super::{journal_in, tell};
use crate::{FORMAT_VERSION, Journal, JournalError};

#[test]
fn a_newer_journal_is_refused_with_both_versions() {
    let folder = tempfile::tempdir().unwrap();
    let path = journal_in(folder.path());
    drop(Journal::open(&path).unwrap());
    let newer = FORMAT_VERSION + 1;
    Connection::open(&path).unwrap().pragma_update(None, "user_version", newer).unwrap();
    let error = Journal::open(&path).unwrap_err();
    assert!(matches!(error, JournalError::Newer { found, .. } if found == newer), "{error}");
    let message = error.to_string();
    let said =
        format!("has format version {newer}, and this Heal reads up to {FORMAT_VERSION}: use a newer Heal");
    assert!(message.ends_with(&said), "{message}");
}

#[test]
fn other_files_are_refused_and_left_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text");
    std::fs::write(&text, "not a database, whatever its name says, and longer than a header").unwrap();
    let foreign = folder.path().join("foreign");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
    for path in [text, foreign] {
        let before = std::fs::read(&path).unwrap();
        let error = Journal::open(&path).unwrap_err();
        assert!(matches!(error, JournalError::NotAJournal { .. }), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}

#[test]
fn a_second_process_is_refused_and_a_later_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = journal_in(folder.path());
    let journal = Journal::open(&path).unwrap();
    assert!(matches!(Journal::open(&path), Err(JournalError::InUse { .. })));
    drop(journal);
    assert!(Journal::open(&path).is_ok());
}

#[test]
fn a_file_damaged_in_the_middle_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = journal_in(folder.path());
    let mut journal = Journal::open(&path).unwrap();
    tell(&mut journal, &(0..5_000).collect::<Vec<i64>>());
    drop(journal);
    let mut bytes = std::fs::read(&path).unwrap();
    let (start, end) = (bytes.len() / 4, bytes.len() * 3 / 4);
    bytes[start..end].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    let error = Journal::open(&path).unwrap_err();
    assert!(matches!(error, JournalError::Damaged { .. } | JournalError::Sqlite { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn the_folder_is_nobody_elses_business() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = journal_in(folder.path());
    let _journal = Journal::open(&path).unwrap();
    let mode = std::fs::metadata(path.parent().unwrap()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}
