//! Against a small server that answers wrongly on purpose, and against a real Prometheus.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod broken;
pub(crate) mod fixture;
mod mapping;
mod real;
