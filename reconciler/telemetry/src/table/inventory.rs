//! `inventory.parquet`: how many entities lived since when.

use heal_program::Timestamp;
use parquet::data_type::{ByteArray, Int64Type};

use super::reader::TableReader;
use super::writer::{Column, GROUP_ROWS, TableWriter};
use super::{Encoded, INVENTORY_FILE};
use crate::labels::{labels_from_json, labels_to_json};
use crate::source::Source;
use crate::{EVENTS_MAX, Inventory, RecordingError};

const SCHEMA: &str = "message inventory {
  REQUIRED INT64 time (TIMESTAMP(MILLIS, true));
  REQUIRED BYTE_ARRAY entity (STRING);
  REQUIRED BYTE_ARRAY group (STRING);
  REQUIRED INT64 live;
}";

/// Encodes inventory.
pub(crate) fn write_inventory(inventory: &[Inventory]) -> Result<Encoded, RecordingError> {
    let mut writer = TableWriter::in_memory(INVENTORY_FILE, SCHEMA)?;
    for inventory in inventory.chunks(GROUP_ROWS) {
        let times: Vec<i64> = inventory.iter().map(|row| row.at.0).collect();
        let entities: Vec<ByteArray> = inventory.iter().map(|row| row.entity.as_str().into()).collect();
        let groups: Vec<ByteArray> =
            inventory.iter().map(|row| labels_to_json(&row.group).as_str().into()).collect();
        let live: Vec<i64> = inventory.iter().map(|row| row.live.cast_signed()).collect();
        let columns = [
            Column::Integers(&times),
            Column::Texts(&entities),
            Column::Texts(&groups),
            Column::Integers(&live),
        ];
        writer.group(inventory.len(), &columns)?;
    }
    writer.encoded()
}

/// Decodes inventory.
pub(crate) fn read_inventory(source: Source) -> Result<Vec<Inventory>, RecordingError> {
    let table = TableReader::open(INVENTORY_FILE, source, SCHEMA, EVENTS_MAX)?;
    let mut inventory = Vec::new();
    for group in table.groups() {
        let group = group?;
        let times = group.column::<Int64Type>(0)?.values.into_iter();
        let live = group.column::<Int64Type>(3)?.values;
        for (((time, entity), group), live) in times.zip(group.texts(1)?).zip(group.texts(2)?).zip(live) {
            let group = labels_from_json(&group)
                .ok_or_else(|| malformed(format!("has a malformed group of `{entity}`")))?;
            let live =
                u64::try_from(live).map_err(|_| malformed(format!("has fewer than 0 live `{entity}`")))?;
            inventory.push(Inventory { at: Timestamp(time), entity, group, live });
        }
    }
    Ok(inventory)
}

fn malformed(reason: impl Into<String>) -> RecordingError {
    RecordingError::malformed(INVENTORY_FILE, reason)
}
