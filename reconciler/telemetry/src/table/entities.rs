//! `entities.parquet`: what entities were, from when to when.

use heal_program::Timestamp;
use parquet::data_type::{ByteArray, Int64Type};

use super::reader::TableReader;
use super::writer::{Column, GROUP_ROWS, TableWriter};
use super::{ENTITIES_FILE, Encoded};
use crate::labels::{labels_from_json, labels_to_json};
use crate::source::Source;
use crate::{ENTITIES_MAX, Labels, LivedEntity, RecordingError};

const SCHEMA: &str = "message entities {
  REQUIRED INT64 since (TIMESTAMP(MILLIS, true));
  OPTIONAL INT64 until (TIMESTAMP(MILLIS, true));
  REQUIRED BYTE_ARRAY entity (STRING);
  REQUIRED BYTE_ARRAY key (STRING);
  REQUIRED BYTE_ARRAY fields (STRING);
  REQUIRED BYTE_ARRAY units (STRING);
}";

/// Encodes entities.
pub(crate) fn write_entities(entities: &[LivedEntity]) -> Result<Encoded, RecordingError> {
    let mut writer = TableWriter::in_memory(ENTITIES_FILE, SCHEMA)?;
    for rows in entities.chunks(GROUP_ROWS) {
        let objects = |labels: fn(&LivedEntity) -> &Labels| -> Vec<ByteArray> {
            rows.iter().map(|row| labels_to_json(labels(row)).as_str().into()).collect()
        };
        let since: Vec<i64> = rows.iter().map(|row| row.since.0).collect();
        let until: Vec<i64> = rows.iter().filter_map(|row| Some(row.until?.0)).collect();
        let has_until: Vec<i16> = rows.iter().map(|row| i16::from(row.until.is_some())).collect();
        let entities: Vec<ByteArray> = rows.iter().map(|row| row.entity.as_str().into()).collect();
        let columns = [
            Column::Integers(&since),
            Column::OptionalIntegers(&until, &has_until),
            Column::Texts(&entities),
            Column::Texts(&objects(|row| &row.key)),
            Column::Texts(&objects(|row| &row.fields)),
            Column::Texts(&objects(|row| &row.units)),
        ];
        writer.group(rows.len(), &columns)?;
    }
    writer.encoded()
}

/// Decodes entities.
pub(crate) fn read_entities(source: Source) -> Result<Vec<LivedEntity>, RecordingError> {
    let table = TableReader::open(ENTITIES_FILE, source, SCHEMA, ENTITIES_MAX)?;
    let mut entities = Vec::new();
    for group in table.groups() {
        let group = group?;
        let since = group.column::<Int64Type>(0)?.values;
        let until = group.column::<Int64Type>(1)?;
        let mut values = until.values.into_iter();
        let until = until.present.into_iter().map(|present| if present == 1 { values.next() } else { None });
        let named = group.texts(2)?.into_iter().zip(group.texts(3)?);
        let told = group.texts(4)?.into_iter().zip(group.texts(5)?);
        for (((since, until), (entity, key)), (fields, units)) in
            since.into_iter().zip(until).zip(named).zip(told)
        {
            let read = |what: &str, text: &str| {
                labels_from_json(text).ok_or_else(|| {
                    let reason = format!("has malformed {what} of `{entity}`");
                    RecordingError::malformed(ENTITIES_FILE, reason)
                })
            };
            let (key, fields, units) =
                (read("key fields", &key)?, read("fields", &fields)?, read("units", &units)?);
            let (since, until) = (Timestamp(since), until.map(Timestamp));
            entities.push(LivedEntity { since, entity, key, fields, units, until });
        }
    }
    Ok(entities)
}
