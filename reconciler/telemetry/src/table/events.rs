//! `events.parquet`: what happened when.

use heal_program::Timestamp;
use parquet::data_type::{ByteArray, Int64Type};

use super::reader::TableReader;
use super::writer::{Column, GROUP_ROWS, TableWriter};
use super::{EVENTS_FILE, Encoded};
use crate::labels::{labels_from_json, labels_to_json};
use crate::source::Source;
use crate::{EVENTS_MAX, Event, RecordingError};

const SCHEMA: &str = "message events {
  REQUIRED INT64 time (TIMESTAMP(MILLIS, true));
  REQUIRED BYTE_ARRAY name (STRING);
  REQUIRED BYTE_ARRAY labels (STRING);
}";

/// Encodes events.
pub(crate) fn write_events(events: &[Event]) -> Result<Encoded, RecordingError> {
    let mut writer = TableWriter::in_memory(EVENTS_FILE, SCHEMA)?;
    for events in events.chunks(GROUP_ROWS) {
        let times: Vec<i64> = events.iter().map(|event| event.at.0).collect();
        let names: Vec<ByteArray> = events.iter().map(|event| event.name.as_str().into()).collect();
        let labels: Vec<ByteArray> =
            events.iter().map(|event| labels_to_json(&event.labels).as_str().into()).collect();
        let columns = [Column::Integers(&times), Column::Texts(&names), Column::Texts(&labels)];
        writer.group(events.len(), &columns)?;
    }
    writer.encoded()
}

/// Decodes events.
pub(crate) fn read_events(source: Source) -> Result<Vec<Event>, RecordingError> {
    let table = TableReader::open(EVENTS_FILE, source, SCHEMA, EVENTS_MAX)?;
    let mut events = Vec::new();
    for group in table.groups() {
        let group = group?;
        let times = group.column::<Int64Type>(0)?.values;
        for ((time, name), labels) in times.into_iter().zip(group.texts(1)?).zip(group.texts(2)?) {
            let labels = labels_from_json(&labels);
            let labels = labels.ok_or_else(|| {
                RecordingError::malformed(EVENTS_FILE, format!("has malformed labels of `{name}`"))
            })?;
            events.push(Event { at: Timestamp(time), name, labels });
        }
    }
    Ok(events)
}
