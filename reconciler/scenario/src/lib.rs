//! Tests of the language: given worlds, expectations over the trace; text, JSON and JUnit.
//!
//! [`run`] makes a world of what a [`Scenario`](heal_program::scenario::Scenario) gives, lets the engine live in it in
//! virtual time, and judges what is expected over what it did. Equal programs, scenarios and recordings give equal
//! results. [`render_human`], [`render_json`] and [`render_junit`] show them.

mod course;
mod judge;
mod lanes;
mod moments;
mod occurrences;
mod reach;
mod render;
mod result;
mod run;
mod timeline;
mod times;
mod ungiven;
mod wording;
mod world;

#[cfg(test)]
mod tests;

pub use heal_explain::Reading;
pub use render::{JSON_VERSION, render_human, render_json, render_junit};
pub use result::{Failure, Lane, LaneKind, Mark, Moment, Outcome, TestResult, Timeline};
pub use run::{SAMPLES_MAX, STEPS_MAX, run};
