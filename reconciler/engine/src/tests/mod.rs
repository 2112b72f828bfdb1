//! Scenarios: a small program, minutes of samples, and the trace as lines that can be read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod decisions;
mod detection;
mod scenario;
mod snapshots;
mod swaps;
