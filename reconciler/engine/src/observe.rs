//! What is observed, as the engine remembers it: samples of signals, events, and what is known of entities.

mod entities;
mod events;
mod kernel;
mod lane;
mod series;

pub(crate) use entities::{EntityState, HeldValue};
pub(crate) use events::{EventState, Heard, Repeats};
pub(crate) use kernel::KernelSpec;
pub use lane::SILENT_KEY_MEMORY;
pub(crate) use lane::{Counted, LaneState, SignalState};
pub(crate) use series::SeriesState;
