//! Reads a flat Parquet table whose schema is known, column by column.

use bytes::Bytes;
use parquet::data_type::{ByteArrayType, DataType};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::Type;

use super::writer::GROUP_ROWS;
use crate::RecordingError;

/// An opened table.
pub(super) struct TableReader {
    file: &'static str,
    reader: SerializedFileReader<Bytes>,
}

/// A row group of an opened table.
pub(super) struct Group<'a> {
    file: &'static str,
    rows: usize,
    reader: Box<dyn RowGroupReader + 'a>,
}

/// An optional column: its present values, and for every row 1 or 0.
pub(super) struct Optional<T> {
    pub(super) values: Vec<T>,
    pub(super) present: Vec<i16>,
}

impl TableReader {
    /// Opens a table and checks its schema and its number of rows.
    pub(super) fn open(
        file: &'static str,
        bytes: Bytes,
        schema: &str,
        rows_max: usize,
    ) -> Result<TableReader, RecordingError> {
        let wanted = parse_message_type(schema).map_err(|error| unreadable(file, &error))?;
        let reader = SerializedFileReader::new(bytes).map_err(|error| unreadable(file, &error))?;
        let found = reader.metadata().file_metadata().schema();
        if !same_columns(&wanted, found) {
            return Err(RecordingError::malformed(
                file,
                format!("has other columns than `{}`", names(&wanted)),
            ));
        }
        if !has_possible_places(&reader) {
            return Err(RecordingError::malformed(
                file,
                "is not a Parquet file that can be read: a column lies nowhere",
            ));
        }
        let table = TableReader { file, reader };
        if table.rows() > rows_max as u64 {
            return Err(RecordingError::malformed(file, format!("has more than {rows_max} rows")));
        }
        Ok(table)
    }

    /// How many rows the table says it has.
    pub(super) fn rows(&self) -> u64 {
        let groups = self.reader.metadata().row_groups();
        groups.iter().fold(0, |rows: u64, group| rows.saturating_add(group.num_rows().unsigned_abs()))
    }

    /// Its row groups, in order.
    pub(super) fn groups(&self) -> impl Iterator<Item = Result<Group<'_>, RecordingError>> {
        (0..self.reader.num_row_groups()).map(|index| {
            let reader = self.reader.get_row_group(index).map_err(|error| unreadable(self.file, &error))?;
            let rows = usize::try_from(reader.metadata().num_rows());
            let rows =
                rows.map_err(|_| RecordingError::malformed(self.file, "has a negative number of rows"))?;
            Ok(Group { file: self.file, rows, reader })
        })
    }
}

impl Group<'_> {
    /// All values of a required column.
    pub(super) fn required<T: DataType>(&self, column: usize) -> Result<Vec<T::T>, RecordingError> {
        let values = self.read::<T>(column)?.values;
        if values.len() == self.rows { Ok(values) } else { Err(self.short()) }
    }

    /// All values of an optional column.
    pub(super) fn optional<T: DataType>(&self, column: usize) -> Result<Optional<T::T>, RecordingError> {
        let optional = self.read::<T>(column)?;
        if optional.present.len() == self.rows { Ok(optional) } else { Err(self.short()) }
    }

    /// All values of a required column of text.
    pub(super) fn texts(&self, column: usize) -> Result<Vec<String>, RecordingError> {
        let values = self.required::<ByteArrayType>(column)?;
        let texts = values.into_iter().map(|value| value.as_utf8().map(str::to_owned));
        texts.collect::<Result<_, _>>().map_err(|error| unreadable(self.file, &error))
    }

    fn read<T: DataType>(&self, column: usize) -> Result<Optional<T::T>, RecordingError> {
        // A file may claim any number of rows, so no more is reserved than what we would write.
        let expected = self.rows.min(GROUP_ROWS);
        let mut values = Vec::with_capacity(expected);
        let mut present = Vec::new();
        let reader = self.reader.get_column_reader(column).map_err(|error| unreadable(self.file, &error))?;
        let mut reader = T::get_column_reader(reader).ok_or_else(|| self.short())?;
        reader
            .read_records(self.rows, Some(&mut present), None, &mut values)
            .map_err(|error| unreadable(self.file, &error))?;
        Ok(Optional { values, present })
    }

    fn short(&self) -> RecordingError {
        RecordingError::malformed(self.file, "has columns of different lengths")
    }
}

/// Whether both schemas have the same columns in the same order. What a column is called logically does not matter.
fn same_columns(wanted: &Type, found: &Type) -> bool {
    let (wanted, found) = (wanted.get_fields(), found.get_fields());
    wanted.len() == found.len()
        && wanted.iter().zip(found).all(|(wanted, found)| {
            found.is_primitive()
                && wanted.name() == found.name()
                && wanted.get_physical_type() == found.get_physical_type()
                && found.get_basic_info().has_repetition()
                && wanted.get_basic_info().repetition() == found.get_basic_info().repetition()
        })
}

/// Whether no column says that it has a negative place or length, at which the Parquet crate panics.
fn has_possible_places(reader: &SerializedFileReader<Bytes>) -> bool {
    let columns = reader.metadata().row_groups().iter().flat_map(|group| group.columns());
    columns.into_iter().all(|column| {
        let places = [
            column.data_page_offset(),
            column.dictionary_page_offset().unwrap_or(0),
            column.compressed_size(),
        ];
        places.iter().all(|place| *place >= 0)
    })
}

fn names(schema: &Type) -> String {
    schema.get_fields().iter().map(|field| field.name()).collect::<Vec<_>>().join("`, `")
}

fn unreadable(file: &str, error: &ParquetError) -> RecordingError {
    RecordingError::malformed(file, format!("is not a Parquet file that can be read: {error}"))
}
