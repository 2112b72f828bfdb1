//! Reads a flat Parquet table whose schema is known, column by column.

use bytes::Bytes;
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{ByteArrayType, DataType};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::Type;

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

/// A place in a column, and the values read last.
pub(super) struct Cursor<T: DataType> {
    file: &'static str,
    reader: ColumnReaderImpl<T>,
    /// The values of these rows, of an optional column those that are present.
    pub(super) values: Vec<T::T>,
    /// Of an optional column 1 or 0 for every row, whether there is a value. Of a required one nothing.
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
    /// How many rows it has.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The start of a column.
    pub(super) fn cursor<T: DataType>(&self, column: usize) -> Result<Cursor<T>, RecordingError> {
        let reader = self.reader.get_column_reader(column).map_err(|error| unreadable(self.file, &error))?;
        let reader = T::get_column_reader(reader).ok_or_else(|| torn(self.file))?;
        Ok(Cursor { file: self.file, reader, values: Vec::new(), present: Vec::new() })
    }

    /// A whole column.
    pub(super) fn column<T: DataType>(&self, column: usize) -> Result<Cursor<T>, RecordingError> {
        let mut cursor = self.cursor(column)?;
        cursor.advance(self.rows)?;
        Ok(cursor)
    }

    /// A whole required column of text.
    pub(super) fn texts(&self, column: usize) -> Result<Vec<String>, RecordingError> {
        let values = self.column::<ByteArrayType>(column)?.values;
        let texts = values.into_iter().map(|value| value.as_utf8().map(str::to_owned));
        texts.collect::<Result<_, _>>().map_err(|error| unreadable(self.file, &error))
    }
}

impl<T: DataType> Cursor<T> {
    /// Reads the next `rows` rows in the place of those read last.
    pub(super) fn advance(&mut self, rows: usize) -> Result<(), RecordingError> {
        self.values.clear();
        self.present.clear();
        let read = self.reader.read_records(rows, Some(&mut self.present), None, &mut self.values);
        let (found, _, _) = read.map_err(|error| unreadable(self.file, &error))?;
        if found == rows { Ok(()) } else { Err(torn(self.file)) }
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

fn torn(file: &str) -> RecordingError {
    RecordingError::malformed(file, "has columns of different lengths")
}

fn names(schema: &Type) -> String {
    schema.get_fields().iter().map(|field| field.name()).collect::<Vec<_>>().join("`, `")
}

fn unreadable(file: &str, error: &ParquetError) -> RecordingError {
    RecordingError::malformed(file, format!("is not a Parquet file that can be read: {error}"))
}
