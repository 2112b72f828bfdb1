//! Why a file could not be imported, and where in it.

use std::fmt;

use heal_program::Timestamp;

use crate::printable;

/// Why a file could not be imported. As a text it has no control characters, whatever stands in the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", printable(&format!("`{file}`{place}: {problem}")))]
pub struct ImportError {
    /// The file.
    pub file: String,
    /// Where in it.
    pub place: Place,
    /// What is wrong there.
    pub problem: ImportProblem,
}

/// A place in a file of rows. What is 0 is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column, counted in fields from 1.
    pub column: usize,
}

/// What is wrong with a file that is to be imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportProblem {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// It has no rows that could be read.
    #[error("is empty: the first row must name the columns")]
    Empty,
    /// Its first row is data.
    #[error(
        "has no header: its first row is `{0}`; name the columns in a row above it, such as `timestamp,value`"
    )]
    NoHeader(String),
    /// The first row of a file of incidents is one.
    #[error("has no header: its first row is `{0}`; write `name,start,end` above it")]
    NoIncidentHeader(String),
    /// A cell that says of which series a row is has nothing in it.
    #[error("`{0}` is empty: it says of which series the row is")]
    EmptyKey(String),
    /// It has a header and nothing else.
    #[error("has no row below its header")]
    NoRows,
    /// It has no column of this name.
    #[error("has no column `{wanted}`; it has `{found}`")]
    NoColumn {
        /// The column that was asked for.
        wanted: String,
        /// The columns that are there.
        found: String,
    },
    /// Two columns of one name are there, or were asked for.
    #[error("has or was asked for two columns `{0}`")]
    ColumnTwice(String),
    /// A column of values has no name.
    #[error(
        "column {column} has no name in the header, and would be recorded as one of values: {}",
        otherwise(others)
    )]
    NoName {
        /// Which one, from 1.
        column: usize,
        /// The columns of values that have one.
        others: Vec<String>,
    },
    /// It has only a column of times.
    #[error("has no column of values")]
    NoValues,
    /// It is in another form than text in UTF-8 with commas.
    #[error("{0}")]
    Foreign(String),
    /// A column has no number in any row.
    #[error("no row has a number for `{0}`: leave its column out, or name the others with `--value-column`")]
    NoNumbers(String),
    /// A row is not as long as the header, or not UTF-8.
    #[error("{0}")]
    Row(String),
    /// A cell is not a time.
    #[error("`{text}` is not a time{expected}")]
    NotATime {
        /// The cell.
        text: String,
        /// What the rows before looked like, as the rest of the sentence.
        expected: String,
    },
    /// A time is years from the one before.
    #[error("`{text}` is more than ten years from the time before it, {before}: mend the one that is wrong")]
    Leap {
        /// The cell.
        text: String,
        /// The time before it.
        before: Timestamp,
    },
    /// A cell is not a number.
    #[error("`{text}` in `{column}` is not a number; leave a cell empty where there is no value")]
    NotANumber {
        /// The cell.
        text: String,
        /// Name of its column.
        column: String,
    },
    /// A cell is not a number, in a column that nobody asked for by name.
    #[error(
        "`{text}` in `{column}` is not a number: name the columns of values with `--value-column`, and one that says of which \
         series a row is with `--key`, as `--key {column}`"
    )]
    NotANumberOrKey {
        /// The cell.
        text: String,
        /// Name of its column.
        column: String,
    },
    /// Most rows would be left out, and columns tell of which series they are.
    #[error(
        "{repeated} of {rows} rows are at the time of an earlier one, and {} apart: record a series for each with `--key {}`, \
         or leave out what is not meant",
        telling(columns), columns.join(" --key ")
    )]
    SeveralSeries {
        /// How many rows have the time of an earlier one.
        repeated: usize,
        /// How many there are.
        rows: usize,
        /// The columns that tell them apart.
        columns: Vec<String>,
    },
    /// A cell is not a label.
    #[error("`{0}` is not a label: write `name=value`")]
    NotALabel(String),
    /// An incident lacks its name, start or end.
    #[error("an incident needs a name, a start and an end")]
    IncidentShort,
    /// Two incidents have one name.
    #[error("the incident `{name}` is there already, in line {line}: give each a name of its own")]
    IncidentTwice {
        /// The name.
        name: String,
        /// Where the first is.
        line: usize,
    },
    /// An incident ends before it starts.
    #[error("the incident `{0}` ends before it starts")]
    IncidentBackward(String),
    /// An incident ends before it starts, as a clock that is set back or forward has its times.
    #[error(
        "the incident `{name}` ends at {end}, before it starts at {start}: the clock of {zone} skips or repeats an hour here; \
         write its times with their offset, such as `2026-03-29T02:30:00+01:00`"
    )]
    IncidentClock {
        /// Its name.
        name: String,
        /// The zone of its times.
        zone: String,
        /// When it starts.
        start: Timestamp,
        /// When it ends.
        end: Timestamp,
    },
    /// A cell says a label that another cell of the row says too.
    #[error("the label `{0}` is there already in this row: an incident has one value of it")]
    LabelTwice(String),
    /// A file of windows is not one, or says nothing about the series' file.
    #[error("{0}")]
    Windows(String),
}

fn otherwise(others: &[String]) -> String {
    if others.is_empty() {
        return "write its name there".to_owned();
    }
    format!(
        "name those that are with `--value-column {}`, or write the file without it, in pandas with `to_csv(index=False)`",
        others.join(" --value-column ")
    )
}

fn telling(columns: &[String]) -> String {
    let names = columns.join("`, `");
    if columns.len() == 1 { format!("only `{names}` tells them") } else { format!("`{names}` tell them") }
}

impl ImportProblem {
    /// The error at no place in particular.
    pub(crate) fn in_file(self, file: &str) -> ImportError {
        ImportError { file: file.to_owned(), place: Place::default(), problem: self }
    }

    /// The error at a place.
    pub(crate) fn at(self, file: &str, place: Place) -> ImportError {
        ImportError { file: file.to_owned(), place, problem: self }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (0, _) => Ok(()),
            (line, 0) => write!(out, " line {line}"),
            (line, column) => write!(out, " line {line}, column {column}"),
        }
    }
}

/// The place of a field, by the offset at which the reader began to look for its row.
///
/// Lines are counted here, because the reader's own count is off after empty lines and after CR LF.
#[must_use]
pub fn place(bytes: &[u8], row_offset: u64, field: Option<usize>) -> Place {
    let offset = usize::try_from(row_offset).unwrap_or(usize::MAX).min(bytes.len());
    let (before, row) = bytes.split_at_checked(offset).unwrap_or((bytes, &[]));
    let blank = row.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    let breaks = before.iter().chain(blank).filter(|byte| **byte == b'\n').count();
    Place { line: breaks + 1, column: field.map_or(0, |field| field + 1) }
}

/// The lines of rows that come one after another. The reader's own count is off after empty lines and after CR LF.
#[derive(Clone, Debug)]
pub struct RowLines<'b> {
    bytes: &'b [u8],
    at: usize,
    breaks: u64,
}

impl<'b> RowLines<'b> {
    /// Of a file.
    #[must_use]
    pub fn of(bytes: &'b [u8]) -> RowLines<'b> {
        RowLines { bytes, at: 0, breaks: 0 }
    }

    /// The line of a row, by the offset at which the reader began to look for it. It does not come before the last one.
    pub fn line(&mut self, offset: u64) -> u64 {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX).min(self.bytes.len());
        let breaks = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.breaks += breaks(self.bytes.get(self.at..offset).unwrap_or_default());
        self.at = self.at.max(offset);
        let row = self.bytes.get(offset..).unwrap_or_default();
        let blank = row.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(row.len());
        1 + self.breaks + breaks(row.get(..blank).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{RowLines, place};

    proptest! {
        /// Counting on from row to row gives what counting from the beginning does.
        #[test]
        fn lines_of_rows_are_those_of_their_places(text in "[a,\r\n]{0,60}", steps in prop::collection::vec(0_u64..9, 1..12)) {
            let mut lines = RowLines::of(text.as_bytes());
            let mut offset = 0;
            for step in steps {
                offset += step;
                prop_assert_eq!(lines.line(offset), place(text.as_bytes(), offset, None).line as u64);
            }
        }
    }
}
