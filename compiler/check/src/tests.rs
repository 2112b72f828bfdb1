//! Fixtures: sources with the expected diagnostics marked under their text.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod expressions;
mod fixture;
mod items;
mod lets;
mod modules;
mod observed;
mod policies;
mod templates;
mod total;
mod typed;
