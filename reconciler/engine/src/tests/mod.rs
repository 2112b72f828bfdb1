//! Scenarios: a small program, minutes of samples, and the trace as lines that can be read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a test looks for one kind of event")]

mod choices;
mod decisions;
mod detection;
mod ended;
mod foretelling;
mod pages;
mod passing;
mod scenario;
mod semantics;
mod snapshots;
mod swapped_ladders;
mod swaps;
