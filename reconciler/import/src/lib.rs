//! Files of other tools as series, events, incidents, inventory and outcomes: OpenMetrics, logs, OTLP, exports of incidents,
//! entities, lists of jobs.
//!
//! Each importer reads a stream once and gives an [`Imported`], or one [`ImportError`] with its place. It writes nothing:
//! what is not wholly read is not recorded at all. How troubles of the clock are dealt with is one rule for all of them, in
//! `docs/recording.md`.

mod error;
mod gathering;
mod imported;
mod incidents;
mod inventory;
mod lines;
mod logs;
mod openmetrics;
mod otlp;
mod outcomes;
mod tables;
#[cfg(test)]
mod tests;
mod units;
mod zone;

pub use error::ImportError;
pub use imported::Imported;
pub use incidents::{IncidentExportImport, IncidentSource};
pub use inventory::{Counted, InventoryImport, Life, Lives};
pub use logs::{LogImport, LogTime, Reading};
pub use openmetrics::OpenMetricsImport;
pub use otlp::OtlpImport;
pub use outcomes::{OutcomeColumn, OutcomeImport};
pub use zone::Zone;
