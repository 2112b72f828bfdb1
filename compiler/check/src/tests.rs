//! Fixtures: sources with the expected diagnostics marked under their text.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod expressions;
mod fixture;
mod items;
mod modules;
mod policies;
mod total;
mod typed;
