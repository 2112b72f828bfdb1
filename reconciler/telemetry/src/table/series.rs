//! `series.parquet`: what the samples' series are.

use parquet::data_type::{ByteArray, Int32Type};

use super::reader::TableReader;
use super::writer::{Column, TableWriter};
use super::{Encoded, SERIES_FILE};
use crate::labels::{labels_from_json, labels_to_json};
use crate::source::Source;
use crate::{DECIMALS_MAX, Labels, RecordingError, SERIES_MAX};

const SCHEMA: &str = "message series {
  REQUIRED INT32 id (INTEGER(32, false));
  REQUIRED BYTE_ARRAY name (STRING);
  REQUIRED BYTE_ARRAY labels (STRING);
  REQUIRED BYTE_ARRAY unit (STRING);
  OPTIONAL INT32 decimals;
}";

/// A row of the series table. Its id is its position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SeriesRow {
    pub(crate) name: String,
    pub(crate) labels: Labels,
    pub(crate) unit: String,
    /// Decimals of the scaled values; none where the values are floats.
    pub(crate) decimals: Option<u32>,
}

/// Encodes the series table.
pub(crate) fn write_series(rows: &[SeriesRow]) -> Result<Encoded, RecordingError> {
    let mut writer = TableWriter::in_memory(SERIES_FILE, SCHEMA)?;
    if !rows.is_empty() {
        let ids: Vec<i32> = (0_i32..).take(rows.len()).collect();
        let names: Vec<ByteArray> = rows.iter().map(|row| row.name.as_str().into()).collect();
        let labels: Vec<ByteArray> =
            rows.iter().map(|row| labels_to_json(&row.labels).as_str().into()).collect();
        let units: Vec<ByteArray> = rows.iter().map(|row| row.unit.as_str().into()).collect();
        let decimals: Vec<i32> = rows.iter().filter_map(|row| row.decimals).map(u32::cast_signed).collect();
        let is_scaled: Vec<i16> = rows.iter().map(|row| i16::from(row.decimals.is_some())).collect();
        let columns = [
            Column::Small(&ids),
            Column::Texts(&names),
            Column::Texts(&labels),
            Column::Texts(&units),
            Column::OptionalSmall(&decimals, &is_scaled),
        ];
        writer.group(rows.len(), &columns)?;
    }
    writer.encoded()
}

/// Decodes the series table.
pub(crate) fn read_series(source: Source) -> Result<Vec<SeriesRow>, RecordingError> {
    let table = TableReader::open(SERIES_FILE, source, SCHEMA, SERIES_MAX)?;
    let mut rows = Vec::new();
    for group in table.groups() {
        let group = group?;
        let ids = group.column::<Int32Type>(0)?.values;
        let expected = (0_i32..).skip(rows.len());
        if !ids.iter().zip(expected).all(|(id, expected)| *id == expected) {
            return Err(malformed("does not number its series 0, 1, 2 and so on"));
        }
        let decimals = group.column::<Int32Type>(4)?;
        let mut values = decimals.values.into_iter();
        let decimals =
            decimals.present.into_iter().map(|present| if present == 1 { values.next() } else { None });
        let names = group.texts(1)?.into_iter();
        let texts = names.zip(group.texts(2)?).zip(group.texts(3)?);
        for (((name, labels), unit), decimals) in texts.zip(decimals) {
            let labels = labels_from_json(&labels)
                .ok_or_else(|| malformed(format!("has malformed labels of `{name}`")))?;
            if decimals.is_some_and(|decimals| !(0..=DECIMALS_MAX).contains(&decimals)) {
                return Err(malformed(format!("has decimals of `{name}` that are not 0 to {DECIMALS_MAX}")));
            }
            rows.push(SeriesRow { name, labels, unit, decimals: decimals.map(i32::cast_unsigned) });
        }
    }
    Ok(rows)
}

fn malformed(reason: impl Into<String>) -> RecordingError {
    RecordingError::malformed(SERIES_FILE, reason)
}
