//! Two sets of sources and a recording in, an impact diff out: compiles, simulates, compares; no IO.
//!
//! `heal simulate`, `heal diff`, the demo and the service all go through here, so that a number means the same
//! wherever it is read.

mod assess;
mod compare;
mod gates;
mod parts;
mod telemetry;
mod zone;

pub use assess::{Ground, assess, recording_folder, recording_of, recording_place, sources_in, sources_of};
pub use compare::{
    Comparison, DoesNotCompile, Grouped, ImpactError, Reported, Revision, changed_paths, compare,
    group_revision, report_revision,
};
pub use telemetry::telemetry_of;

#[cfg(test)]
mod tests;
