//! The Parquet files of a recording: flat tables, written and read column by column.

mod column;
mod entities;
mod events;
mod inventory;
mod outcomes;
mod packed;
mod pages;
mod quick;
mod reader;
mod sample_reader;
mod sample_table;
mod sample_writer;
mod scaled;
mod series;
#[cfg(test)]
mod tests;
mod unpack;
mod window;
mod writer;

pub(crate) use entities::{read_entities, write_entities};
pub(crate) use events::{read_events, write_events};
pub(crate) use inventory::{read_inventory, write_inventory};
pub(crate) use outcomes::{read_outcomes, write_outcomes};
pub(crate) use sample_reader::SampleReader;
pub(crate) use sample_table::{OpenedSamples, SampleTable};
pub(crate) use sample_writer::{SampleWriter, WrittenSamples};
pub(crate) use scaled::{divisor, magnitude_bound, unscale, unscale_all};
pub(crate) use series::{SeriesRow, read_series, write_series};

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::RecordingError;
use crate::limits::{ENTITIES_FORMAT, OUTCOMES_FORMAT};

/// Name of the series table.
pub(crate) const SERIES_FILE: &str = "series.parquet";
/// Name of the table of samples.
pub(crate) const SAMPLES_FILE: &str = "samples.parquet";
/// Name of the table of events.
pub(crate) const EVENTS_FILE: &str = "events.parquet";
/// Name of the table of what entities were.
pub(crate) const ENTITIES_FILE: &str = "entities.parquet";
/// Name of the table of inventory.
pub(crate) const INVENTORY_FILE: &str = "inventory.parquet";
/// Name of the table of outcomes.
pub(crate) const OUTCOMES_FILE: &str = "outcomes.parquet";

/// The tables that a recording may have, sorted by name.
pub const TABLE_FILES: [&str; 6] =
    [ENTITIES_FILE, EVENTS_FILE, INVENTORY_FILE, OUTCOMES_FILE, SAMPLES_FILE, SERIES_FILE];

/// The tables that a recording of a format has, sorted by name. With entities it may lack outcomes.
pub(crate) fn tables_of(format_version: u64, has_outcomes: bool) -> impl Iterator<Item = &'static str> {
    let has_entities = format_version >= ENTITIES_FORMAT;
    let has_outcomes = if has_entities { has_outcomes } else { format_version >= OUTCOMES_FORMAT };
    TABLE_FILES.into_iter().filter(move |file| match *file {
        OUTCOMES_FILE => has_outcomes,
        ENTITIES_FILE => has_entities,
        _ => true,
    })
}

/// Runs a decoder, and makes an error of its panic.
///
/// The Parquet crate panics on some pages that no writer makes. A recording may come from a stranger's branch, with
/// hashes that fit, so that must not take the service down.
pub(crate) fn guarded<T>(
    file: &str,
    decode: impl FnOnce() -> Result<T, RecordingError>,
) -> Result<T, RecordingError> {
    let broken = |_| {
        Err(RecordingError::malformed(file, "is not a Parquet file that can be read: a page is malformed"))
    };
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(broken)
}

/// An encoded table.
pub(crate) struct Encoded {
    /// The file's bytes.
    pub(crate) bytes: Vec<u8>,
    /// How many rows it holds.
    pub(crate) rows: u64,
}
