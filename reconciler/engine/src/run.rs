//! Runs: a plan in flight, from its first step to the end of its verify and undo.

mod end;
mod entangled;
mod meant;
mod recorded;
mod revert;
mod start;
mod steps;
mod units;
mod verify;

pub(crate) use meant::Meant;
pub(crate) use recorded::Recalled;
pub use recorded::{RecordedRun, RecordedVerdict};
pub(crate) use start::target_attempt;
