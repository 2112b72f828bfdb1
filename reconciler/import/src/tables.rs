//! Files that are read as a whole, and the rows of those that are CSV: how large they may be, what is wrong, and in which line.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

pub(crate) use heal_telemetry::csv::RowLines;
use heal_telemetry::csv::{BrokenQuote, broken_quote, place};

use crate::ImportError;

/// The most bytes that a file which is read as a whole may have.
const BYTES_MAX: u64 = 256 << 20;

/// All bytes of a file, or of a pipe, of which nobody knows the length before. `otherwise` says what to do about one that is too
/// large, as the rest of a sentence.
pub(crate) fn read_whole(path: &Path, otherwise: &str) -> Result<Vec<u8>, ImportError> {
    read_at_most(path, BYTES_MAX, otherwise)
}

fn read_at_most(path: &Path, most: u64, otherwise: &str) -> Result<Vec<u8>, ImportError> {
    let file = path.display().to_string();
    let failed = |wrong| ImportError::of_file(&file, format!("cannot be read: {wrong}"));
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(most + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most {
        let reason = format!("has more than {} MiB{otherwise}", most >> 20);
        return Err(ImportError::of_file(&file, reason));
    }
    Ok(bytes)
}

/// Refuses a table with a quote that is broken: the reader would make one cell of all rows up to the next one.
pub(crate) fn check_quotes(file: &str, bytes: &[u8]) -> Result<(), ImportError> {
    match broken_quote(bytes) {
        Some(BrokenQuote { line, reason }) => Err(ImportError::at_line(file, line as u64, reason)),
        None => Ok(()),
    }
}

/// What the reader of a table says about a row that it cannot read.
pub(crate) fn said_of(wrong: &csv::Error) -> String {
    if let csv::ErrorKind::UnequalLengths { expected_len, len, .. } = wrong.kind() {
        format!("has {len} cells, and the header {expected_len}")
    } else if let csv::ErrorKind::Utf8 { .. } = wrong.kind() {
        "is not UTF-8".to_owned()
    } else {
        "cannot be read".to_owned()
    }
}

/// The same with its line.
pub(crate) fn unreadable(file: &str, bytes: &[u8], wrong: &csv::Error) -> ImportError {
    let line = wrong.position().map_or(1, |position| place(bytes, position.byte(), None).line);
    ImportError::at_line(file, line as u64, said_of(wrong))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::read_at_most;

    #[test]
    fn a_file_of_unknown_length_is_read_up_to_the_limit_and_no_further() {
        let endless = std::path::Path::new("/dev/zero");
        let wrong = read_at_most(endless, 1 << 20, ": export less").unwrap_err().to_string();
        assert_eq!(wrong, "`/dev/zero`: has more than 1 MiB: export less");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "abc").unwrap();
        assert_eq!(read_at_most(&path, 3, "").unwrap(), b"abc");
        assert!(read_at_most(&path, 2, "").is_err());
    }
}
