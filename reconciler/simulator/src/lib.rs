//! The engine over recordings, in virtual time.
//!
//! The engine that simulates is the engine that runs; what differs is the world around it. Here an action is always
//! answered with success and changes nothing, unless the recording holds what came of the same when it was really done, nobody answers a request for approval, and what a recording does not
//! hold is said to be not recorded. There is no executor in this crate or below it.

mod cache;
mod coverage;
mod entities;
mod feed;
mod foretelling;
mod group_name;
mod groups;
mod look;
mod options;
mod recalled;
mod simulate;
mod unrecorded;
mod world;

pub use cache::Cache;
pub use coverage::{Missing, missing_events, missing_signals, unsupported_items};
pub use entities::RecordedEntities;
pub use feed::{Feed, feeds, unit_to_record};
pub use groups::{Decided, Groups};
pub use look::{GroupLife, signals_behind};
pub use options::Options;
pub use recalled::{APART_MAX, Recalled};
pub use simulate::{Simulation, SimulationError, happened, on_time, simulate};
pub use unrecorded::Unrecorded;
pub use world::{World, live, live_watched};

#[cfg(test)]
mod tests;
