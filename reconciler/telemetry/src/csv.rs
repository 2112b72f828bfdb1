//! Series from CSV: a header, a column of times, columns of values.

mod error;
mod foreign;
mod keys;
mod quotes;
mod rows;
#[cfg(test)]
mod tests;
mod time;

use std::borrow::Cow;
use std::path::Path;

use crate::{Labels, NewSeries, Sample, label_name, order_rows, printable};

pub use error::{ImportError, ImportProblem, Place, RowLines, place};
pub use foreign::{foreign, other_delimiter};
pub use quotes::{BrokenQuote, broken_quote};
use rows::Columns;
pub(crate) use rows::{check_quotes, reader, unreadable};
pub(crate) use time::is_before_unix;
pub use time::{LocalClock, LocalZone, OffsetError, TimeFormat, UtcOffset, leaps};

/// How a CSV file becomes series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Import {
    /// Name of the series. Where several columns are read, `.` and the column's name follow it.
    pub name: String,
    /// Labels of the series.
    pub labels: Labels,
    /// Unit of the values.
    pub unit: String,
    /// Whether the source does not state the unit, so that it is declared here.
    pub unit_declared: bool,
    /// The column of times; none: `timestamp` where there is one, else the first.
    pub time_column: Option<String>,
    /// The columns of values; empty: all others.
    pub value_columns: Vec<String>,
    /// The columns whose cells are labels: each combination of them is a series of its own.
    pub key_columns: Vec<String>,
    /// Labels that columns of keys become; of all others their own names, with `_` for what a label cannot have.
    pub key_labels: Labels,
    /// How times are written; none: as in the first row.
    pub time_format: Option<TimeFormat>,
}

/// What was read of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Its series.
    pub series: Vec<NewSeries>,
    /// What may be otherwise than it was meant, a line each.
    pub remarks: Vec<String>,
}

impl Import {
    /// Reads a file, of which local times are in `zone`.
    ///
    /// # Errors
    /// When the file cannot be read, or as [`Import::read`].
    pub fn read_file(&self, path: &Path, zone: &dyn LocalZone) -> Result<Table, ImportError> {
        let file = path.display().to_string();
        let bytes = std::fs::read(path);
        let bytes = bytes.map_err(|error| ImportProblem::Unreadable(error.to_string()).in_file(&file))?;
        self.read(&file, &bytes, zone)
    }

    /// Reads the bytes of a file, which errors call `file`. One series a column of values, in the order of the columns;
    /// with columns of keys one for each combination of those, in their order.
    ///
    /// Cells without a value are missing; numbers that are not finite are left out; at a repeated time the first row with
    /// a value wins; backward rows are sorted. All of it is counted.
    ///
    /// # Errors
    /// When a column is not there or has no number, or a cell is neither empty nor a number, with its place; when most rows are
    /// at the time of an earlier one and other columns say that they are of several series.
    pub fn read(&self, file: &str, bytes: &[u8], zone: &dyn LocalZone) -> Result<Table, ImportError> {
        if let Some(reason) = foreign(file, bytes).or_else(|| other_delimiter(file, bytes)) {
            return Err(ImportProblem::Foreign(reason).in_file(file));
        }
        let columns = rows::read(self, file, bytes, zone)?;
        let Columns { time_format, values, columns_count, last } = columns;
        let has_several = columns_count > 1;
        let series = values.into_iter().map(|(key, column)| {
            let (samples, quality) = order_rows(column.rows);
            let name = if has_several { format!("{}.{}", self.name, column.name) } else { self.name.clone() };
            let own = self.key_columns.iter().map(|column| self.label_of(column).into_owned()).zip(key);
            NewSeries {
                name,
                labels: self.labels.clone().into_iter().chain(own).collect(),
                unit: self.unit.clone(),
                unit_declared: self.unit_declared,
                time_rule: time_format.rule(zone),
                samples,
                quality: crate::Quality { missing: column.missing, shifted: column.shifted, ..quality },
            }
        });
        let series: Vec<NewSeries> = series.collect();
        check_numbers(file, &series)?;
        let mut remarks = self.renamed();
        // Looked for where rows are left out only: the file is read once more for it.
        if series.iter().any(|series| series.quality.repeated_dropped > 0) {
            let several = keys::several_series(self, bytes);
            remarks.extend(several.map_err(|problem| problem.in_file(file))?);
        }
        if !is_ended(bytes) {
            remarks.push(cut_off(file, &format!("of {last}")));
        }
        Ok(Table { series, remarks })
    }
}

impl Import {
    /// The label that the cells of a column are.
    fn label_of<'c>(&'c self, column: &'c str) -> Cow<'c, str> {
        self.key_labels.get(column).map_or_else(|| label_name(column), |label| Cow::Borrowed(label))
    }

    /// What is said of columns that are a label of another name, though nobody asked for it.
    fn renamed(&self) -> Vec<String> {
        let is_said = |column: &&String| self.key_labels.contains_key(*column);
        let renamed = self.key_columns.iter().filter(|column| !is_said(column));
        let renamed = renamed.filter_map(|column| {
            let label = self.label_of(column);
            let is_other = label != column.as_str();
            is_other.then(|| {
                format!(
                    "note: the column `{column}` is the label `{label}`: a policy cannot name a label `{column}`; \
                     `--key '{column}=NAME'` calls it otherwise"
                )
            })
        });
        renamed.map(|remark| printable(&remark).into_owned()).collect()
    }
}

/// Whether the last row of a file ends with a line break.
pub(crate) fn is_ended(bytes: &[u8]) -> bool {
    matches!(bytes.last(), Some(b'\n' | b'\r'))
}

/// What is said of a file of which the last row does not.
pub(crate) fn cut_off(file: &str, last: &str) -> String {
    let note = format!(
        "note: `{file}` does not end with a line break, and its last row, {last}, is taken as whole: was it cut off?"
    );
    printable(&note).into_owned()
}

/// Refuses a column that has no number in any row.
fn check_numbers(file: &str, series: &[NewSeries]) -> Result<(), ImportError> {
    let has_number = |name: &str| series.iter().any(|it| it.name == name && !it.samples.is_empty());
    match series.iter().find(|it| !has_number(&it.name)) {
        Some(none) => Err(ImportProblem::NoNumbers(none.name.clone()).in_file(file)),
        None => Ok(()),
    }
}

/// A column of values as it stands in the file.
#[derive(Clone)]
struct ValueColumn {
    name: String,
    rows: Vec<Sample>,
    missing: u64,
    shifted: u64,
}
