//! A column of a row group, read on from where one stopped: quickly as long as it is as recordings have it, and then by the
//! Parquet crate.

use parquet::data_type::{DataType, DoubleType, Int32Type, Int64Type};

use super::quick::QuickColumn;
use super::reader::{Cursor, Group};
use crate::RecordingError;

/// A place in a column.
pub(super) struct Column<T: DataType> {
    /// Which column of the row group.
    column: usize,
    /// The next row.
    row: usize,
    quick: Option<QuickColumn>,
    slow: Option<Cursor<T>>,
}

impl<T: DataType> Column<T> {
    /// The start of a column.
    pub(super) fn of(group: &Group<'_>, column: usize) -> Column<T> {
        Column { column, row: 0, quick: group.quick::<T>(column), slow: None }
    }

    /// Leaves out rows. Pages that are left out whole are not decompressed.
    pub(super) fn skip(&mut self, group: &Group<'_>, rows: usize) -> Result<(), RecordingError> {
        self.read(group, rows, |quick| quick.skip(rows), |slow| slow.skip(rows))
    }

    /// Reads the next rows in one of two ways.
    fn read<R>(
        &mut self,
        group: &Group<'_>,
        rows: usize,
        quickly: impl FnOnce(&mut QuickColumn) -> Option<R>,
        slowly: impl FnOnce(&mut Cursor<T>) -> Result<R, RecordingError>,
    ) -> Result<R, RecordingError> {
        let read = match self.quick.as_mut().and_then(quickly) {
            Some(read) => read,
            None => slowly(self.slow(group)?)?,
        };
        self.row += rows;
        Ok(read)
    }

    /// The crate's reader at the next row.
    fn slow(&mut self, group: &Group<'_>) -> Result<&mut Cursor<T>, RecordingError> {
        self.quick = None;
        let slow = match self.slow.take() {
            Some(slow) => slow,
            None => {
                let mut slow = group.cursor(self.column)?;
                slow.skip(self.row)?;
                slow
            }
        };
        Ok(self.slow.insert(slow))
    }
}

impl Column<Int64Type> {
    /// Appends the integers of the next rows, and says how many rows have one.
    pub(super) fn append(
        &mut self,
        group: &Group<'_>,
        rows: usize,
        integers: &mut Vec<i64>,
    ) -> Result<usize, RecordingError> {
        let start = integers.len();
        // What was read before something stood otherwise is read again.
        let read = self.quick.as_mut().and_then(|quick| quick.append(rows, integers));
        let read = match read {
            Some(read) => read,
            None => {
                integers.truncate(start);
                self.slow(group)?.append(rows, integers)?
            }
        };
        self.row += rows;
        Ok(read)
    }
}

impl Column<Int32Type> {
    /// Passes over the next rows, and says whether all of them hold this integer.
    pub(super) fn pass_same(
        &mut self,
        group: &Group<'_>,
        rows: usize,
        integer: i32,
    ) -> Result<bool, RecordingError> {
        let quickly = |quick: &mut QuickColumn| quick.pass_same(rows, integer.into()).map(|()| true);
        self.read(group, rows, quickly, |slow| {
            slow.advance(rows)?;
            Ok(slow.values.iter().fold(0, |differing, other| differing | (other ^ integer)) == 0)
        })
    }
}

impl Column<DoubleType> {
    /// Appends the values of the next rows, and says how many rows have one.
    pub(super) fn append(
        &mut self,
        group: &Group<'_>,
        rows: usize,
        floats: &mut Vec<f64>,
    ) -> Result<usize, RecordingError> {
        let quickly = |quick: &mut QuickColumn| quick.pass_nothing(rows).map(|()| 0);
        self.read(group, rows, quickly, |slow| slow.append(rows, floats))
    }
}
