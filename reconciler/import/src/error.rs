//! Why a file could not be imported, and where in it.

use std::path::Path;

use heal_telemetry::printable;

/// Why a file could not be imported. As a text it has no control characters, whatever stands in the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", printable(&format!("`{file}`{}: {reason}", place(*line, *column))))]
pub struct ImportError {
    /// The file.
    pub file: String,
    /// The line, from 1; 0: none in particular.
    pub line: u64,
    /// The column, in letters from 1; 0: none in particular.
    pub column: u64,
    /// What is wrong there.
    pub reason: String,
}

impl ImportError {
    /// What is wrong with a file as a whole.
    pub(crate) fn of_file(file: &str, reason: impl Into<String>) -> ImportError {
        ImportError { file: file.to_owned(), line: 0, column: 0, reason: reason.into() }
    }

    /// What is wrong in a line.
    pub(crate) fn at_line(file: &str, line: u64, reason: impl Into<String>) -> ImportError {
        ImportError { file: file.to_owned(), line, column: 0, reason: reason.into() }
    }
}

fn place(line: u64, column: u64) -> String {
    match (line, column) {
        (0, _) => String::new(),
        (line, 0) => format!(" line {line}"),
        (line, column) => format!(" line {line}, column {column}"),
    }
}

/// Opens a file to read it once.
pub(crate) fn open(path: &Path) -> Result<std::io::BufReader<std::fs::File>, ImportError> {
    let file = std::fs::File::open(path).map_err(|wrong| {
        ImportError::of_file(&path.display().to_string(), format!("cannot be read: {wrong}"))
    })?;
    Ok(std::io::BufReader::with_capacity(1 << 16, file))
}
