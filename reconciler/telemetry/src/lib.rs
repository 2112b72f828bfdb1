//! Series, frames, recordings (Parquet) and their manifest.
//!
//! A [`Recording`] is what policies are simulated over: samples, events, inventory, labelled incidents and what was
//! really done, over a span of time. On disk it is a folder whose format outlives this code: `docs/recording.md` describes it. A
//! [`RecordingBuilder`] makes one from what [`csv::Import`], [`IncidentImport`] and other sources read; a
//! [`RecordingWriter`] writes one of any size.

mod alerts;
mod assembly;
mod builder;
mod columns;
pub mod csv;
mod describe;
mod digest;
mod encode;
mod entities;
mod error;
mod folder;
mod incidents;
mod inspect;
mod labels;
mod library;
mod limits;
mod lock;
mod manifest;
mod order;
mod outcomes;
mod recording;
mod recording_writer;
mod recurring;
mod rules;
mod series;
mod source;
mod table;
#[cfg(test)]
mod tests;
mod unverified;

pub use alerts::{ALERT_END_LABEL, ALERT_EVENT, RecurringAlert, recurring_alerts};
pub use builder::{NewSeries, RecordingBuilder};
pub use columns::{Columns, Values};
pub use describe::{
    describe, describe_inspection, describe_json, describe_list, describe_series, outcomes_text,
};
pub use entities::{LivedEntity, without_repeats};
pub use error::RecordingError;
pub use folder::{Overwrite, StagedFolder, clear_abandoned, is_recording, remove_unfinished};
pub use incidents::{IncidentFile, IncidentImport};
pub use inspect::{Flaws, UnitJump, inspect};
pub use labels::{label_name, printable, series_text};
pub use library::{Listed, Part, list, merge, merge_into, slice, verify};
pub use limits::{
    DECIMALS_MAX, EARLIEST, ENTITIES_MAX, EVENTS_MAX, FORMAT_VERSION, LATEST, MANIFEST_BYTES_MAX,
    OUTCOMES_MAX, SAMPLES_MAX, SERIES_MAX,
};
pub use manifest::{FileEntry, LogSummary, MANIFEST_FILE, Manifest, Quality, SeriesEntry};
pub use order::{gaps_of, interval_of, order_rows};
pub use outcomes::{Outcome, OutcomeTally, Verdict, tally_outcomes};
pub use recording::Recording;
pub use recording_writer::RecordingWriter;
pub use recurring::{Occurrence, Recurring, recurring};
pub use series::{Event, Incident, Inventory, Labels, METRIC_LABEL, Sample, Series, SeriesId, SeriesReader};
pub use table::TABLE_FILES;
pub use unverified::{FileHash, Unverified};
