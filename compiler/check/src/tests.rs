//! Fixtures: sources with the expected diagnostics marked under their text.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod actions;
mod again;
mod events;
mod expressions;
mod fixture;
mod functions;
mod guards;
mod items;
mod ladders;
mod lets;
mod modules;
mod observed;
mod plans;
mod policies;
mod policy_templates;
mod templates;
mod total;
mod typed;
