//! Reads a flat Parquet table whose schema is known, row group by row group and column by column.

use std::sync::Arc;

use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{ByteArrayType, DataType};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::Type;

use super::pages::{Unpacker, pages};
use super::quick::QuickColumn;
use super::window::Window;
use crate::RecordingError;
use crate::source::Source;

/// Bytes of the length and the mark at the end of a Parquet file.
const TAIL_BYTES: u64 = 8;

/// An opened table. Only its footer was read.
pub(super) struct TableReader {
    file: &'static str,
    source: Source,
    metadata: ParquetMetaData,
}

/// A row group of an opened table, its bytes in memory.
pub(super) struct Group<'a> {
    file: &'static str,
    rows: usize,
    metadata: &'a RowGroupMetaData,
    window: Arc<Window>,
    unpacker: Unpacker,
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
        source: Source,
        schema: &str,
        rows_max: usize,
    ) -> Result<TableReader, RecordingError> {
        let wanted = parse_message_type(schema).map_err(|error| unreadable(file, &error))?;
        let footer = ParquetMetaDataReader::new().parse_and_finish(&footer_window(&source)?);
        let metadata = footer.map_err(|error| unreadable(file, &error))?;
        let found = metadata.file_metadata().schema();
        if !same_columns(&wanted, found) {
            return Err(RecordingError::malformed(
                file,
                format!("has other columns than `{}`", names(&wanted)),
            ));
        }
        if !has_possible_places(&metadata) {
            return Err(RecordingError::malformed(
                file,
                "is not a Parquet file that can be read: a column lies nowhere",
            ));
        }
        if metadata.row_groups().iter().any(|group| group.num_rows() < 0) {
            return Err(RecordingError::malformed(file, "has a negative number of rows"));
        }
        let table = TableReader { file, source, metadata };
        if table.rows() > rows_max as u64 {
            return Err(RecordingError::malformed(file, format!("has more than {rows_max} rows")));
        }
        Ok(table)
    }

    /// How many rows the table says it has.
    pub(super) fn rows(&self) -> u64 {
        self.groups_metadata()
            .iter()
            .fold(0, |rows: u64, group| rows.saturating_add(group.num_rows().unsigned_abs()))
    }

    /// What the footer says of the row groups, in order.
    pub(super) fn groups_metadata(&self) -> &[RowGroupMetaData] {
        self.metadata.row_groups()
    }

    /// Its bytes.
    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// Its row groups, in order.
    pub(super) fn groups(&self) -> impl Iterator<Item = Result<Group<'_>, RecordingError>> {
        let unpacker = Unpacker::default();
        (0..self.groups_metadata().len()).map(move |index| self.group(index, &unpacker))
    }

    /// A row group. Its bytes are read, nothing is decoded.
    pub(super) fn group(&self, index: usize, unpacker: &Unpacker) -> Result<Group<'_>, RecordingError> {
        let places = self.group_metadata(index)?.columns().iter().map(|column| column.byte_range());
        let (start, end) = places.fold((u64::MAX, 0), |(start, end), (place, length)| {
            (start.min(place), end.max(place.saturating_add(length)))
        });
        let window = Arc::new(Window::of(&self.source, start, end)?);
        self.group_in(index, &window, unpacker)
    }

    /// A row group whose bytes were read before.
    pub(super) fn group_in(
        &self,
        index: usize,
        window: &Arc<Window>,
        unpacker: &Unpacker,
    ) -> Result<Group<'_>, RecordingError> {
        let metadata = self.group_metadata(index)?;
        let rows = usize::try_from(metadata.num_rows()).unwrap_or(0);
        let (window, unpacker) = (Arc::clone(window), unpacker.clone());
        Ok(Group { file: self.file, rows, metadata, window, unpacker })
    }

    fn group_metadata(&self, index: usize) -> Result<&RowGroupMetaData, RecordingError> {
        let none = || RecordingError::malformed(self.file, format!("has no row group {index}"));
        self.groups_metadata().get(index).ok_or_else(none)
    }
}

impl Group<'_> {
    /// How many rows it has.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Its bytes.
    pub(super) fn window(&self) -> Arc<Window> {
        Arc::clone(&self.window)
    }

    /// The start of a column that may be as recordings have it.
    pub(super) fn quick<T: DataType>(&self, column: usize) -> Option<QuickColumn> {
        let chunk = self.metadata.columns().get(column)?;
        (chunk.column_type() == T::get_physical_type()).then_some(())?;
        let pages = pages(&self.window, chunk, self.rows, &self.unpacker).ok()?;
        Some(QuickColumn::new(pages, chunk.column_descr().max_def_level() > 0))
    }

    /// The start of a column.
    pub(super) fn cursor<T: DataType>(&self, column: usize) -> Result<Cursor<T>, RecordingError> {
        let chunk =
            self.metadata.columns().get(column).filter(|it| it.column_type() == T::get_physical_type());
        let chunk = chunk.ok_or_else(|| torn(self.file))?;
        let pages = pages(&self.window, chunk, self.rows, &self.unpacker);
        let pages = pages.map_err(|error| unreadable(self.file, &error))?;
        let reader = ColumnReaderImpl::new(chunk.column_descr_ptr(), pages);
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
        let mut values = std::mem::take(&mut self.values);
        values.clear();
        self.append(rows, &mut values)?;
        self.values = values;
        Ok(())
    }

    /// Appends the values of the next `rows` rows, and says how many rows have one.
    pub(super) fn append(&mut self, rows: usize, values: &mut Vec<T::T>) -> Result<usize, RecordingError> {
        self.present.clear();
        let read = self.reader.read_records(rows, Some(&mut self.present), None, values);
        let (found, values, _) = read.map_err(|error| unreadable(self.file, &error))?;
        if found == rows { Ok(values) } else { Err(torn(self.file)) }
    }

    /// Leaves out rows. Pages that are left out whole are not decompressed.
    pub(super) fn skip(&mut self, rows: usize) -> Result<(), RecordingError> {
        let skipped = self.reader.skip_records(rows).map_err(|error| unreadable(self.file, &error))?;
        if skipped == rows { Ok(()) } else { Err(torn(self.file)) }
    }
}

/// The end of a file, with its footer.
fn footer_window(source: &Source) -> Result<Window, RecordingError> {
    let length = source.length();
    let tail = source.read(length.saturating_sub(TAIL_BYTES), length)?;
    let footer = tail.first_chunk().map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)));
    let start = length.saturating_sub(footer.saturating_add(TAIL_BYTES));
    Window::of(source, start, length)
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
fn has_possible_places(metadata: &ParquetMetaData) -> bool {
    let columns = metadata.row_groups().iter().flat_map(|group| group.columns());
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
