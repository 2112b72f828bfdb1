//! Writes a flat Parquet table. Equal rows give equal bytes.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, Encoding, Type, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::{ColumnPath, TypePtr};

use super::Encoded;
use crate::RecordingError;

/// Rows of every row group of a small table but the last.
pub(super) const GROUP_ROWS: usize = 1 << 20;

/// Stands in every file, so that equal rows give equal bytes whatever version of whatever library wrote them.
const CREATED_BY: &str = "heal recording 1";

/// Compression level: a higher one makes delta-packed columns hardly smaller.
const ZSTD_LEVEL: i32 = 1;

/// A column of a row group. Optional columns hold their present values and, for every row, 1 or 0.
pub(super) enum Column<'a> {
    Small(&'a [i32]),
    OptionalSmall(&'a [i32], &'a [i16]),
    Integers(&'a [i64]),
    OptionalIntegers(&'a [i64], &'a [i16]),
    OptionalFloats(&'a [f64], &'a [i16]),
    Texts(&'a [ByteArray]),
}

/// A table that grows by row groups.
pub(super) struct TableWriter<W: Write + Send> {
    file: &'static str,
    rows: u64,
    writer: SerializedFileWriter<W>,
}

impl TableWriter<Vec<u8>> {
    /// An empty table in memory.
    pub(super) fn in_memory(
        file: &'static str,
        schema: &str,
    ) -> Result<TableWriter<Vec<u8>>, RecordingError> {
        TableWriter::new(file, schema, Vec::new())
    }

    /// The file.
    pub(super) fn encoded(self) -> Result<Encoded, RecordingError> {
        let rows = self.rows;
        Ok(Encoded { bytes: self.finish()?, rows })
    }
}

impl<W: Write + Send> TableWriter<W> {
    /// An empty table with a schema in Parquet's own notation, which is written to `sink` group by group.
    pub(super) fn new(file: &'static str, schema: &str, sink: W) -> Result<TableWriter<W>, RecordingError> {
        let writer = parse_message_type(schema).and_then(|schema| {
            let schema = Arc::new(schema);
            let properties = properties(&schema)?;
            SerializedFileWriter::new(sink, schema, properties)
        });
        Ok(TableWriter { file, rows: 0, writer: writer.map_err(|error| failed(file, &error))? })
    }

    /// Adds a row group: all columns in the order of the schema, of `rows` rows.
    pub(super) fn group(&mut self, rows: usize, columns: &[Column<'_>]) -> Result<(), RecordingError> {
        self.rows += rows as u64;
        let file = self.file;
        self.try_group(columns).map_err(|error| failed(file, &error))
    }

    fn try_group(&mut self, columns: &[Column<'_>]) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for column in columns {
            let Some(writer) = group.next_column()? else { break };
            write_column(writer, column)?;
        }
        group.close()?;
        Ok(())
    }

    /// Writes the footer, and gives back the sink.
    pub(super) fn finish(self) -> Result<W, RecordingError> {
        self.writer.into_inner().map_err(|error| failed(self.file, &error))
    }
}

fn write_column(mut writer: SerializedColumnWriter<'_>, column: &Column<'_>) -> Result<(), ParquetError> {
    match column {
        Column::Small(values) => write_batch::<Int32Type>(&mut writer, values, None),
        Column::OptionalSmall(values, present) => {
            write_batch::<Int32Type>(&mut writer, values, Some(present))
        }
        Column::Integers(values) => write_batch::<Int64Type>(&mut writer, values, None),
        Column::OptionalIntegers(values, present) => {
            write_batch::<Int64Type>(&mut writer, values, Some(present))
        }
        Column::OptionalFloats(values, present) => {
            write_batch::<DoubleType>(&mut writer, values, Some(present))
        }
        Column::Texts(values) => write_batch::<ByteArrayType>(&mut writer, values, None),
    }?;
    writer.close()
}

fn write_batch<T: DataType>(
    writer: &mut SerializedColumnWriter<'_>,
    values: &[T::T],
    present: Option<&[i16]>,
) -> Result<(), ParquetError> {
    writer.typed::<T>().write_batch(values, present, None)?;
    Ok(())
}

/// Delta-packed integers, byte-split floats, plain texts; everything under zstd.
fn properties(schema: &TypePtr) -> Result<WriterPropertiesPtr, ParquetError> {
    let mut builder = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true);
    for field in schema.get_fields() {
        let encoding = match field.get_physical_type() {
            Type::INT32 | Type::INT64 => Encoding::DELTA_BINARY_PACKED,
            Type::FLOAT | Type::DOUBLE => Encoding::BYTE_STREAM_SPLIT,
            Type::BOOLEAN | Type::INT96 | Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY => Encoding::PLAIN,
        };
        builder = builder.set_column_encoding(ColumnPath::from(field.name()), encoding);
    }
    Ok(Arc::new(builder.build()))
}

fn failed(file: &str, error: &ParquetError) -> RecordingError {
    RecordingError::invalid(format!("`{file}` could not be encoded: {error}"))
}
