//! The binary as its users run it: over a real repository, with the embedded forge and the demo's recording, and with a
//! real Prometheus.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod commands;
mod kills;
mod prometheus;
mod replays;
mod world;
