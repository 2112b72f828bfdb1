//! Values of params proposed from recordings: search, cross-validation over time, uncertainty; no IO.
//!
//! [`tune`] tries other values of the `param`s of a package inside of their ranges, as a person would have written them:
//! each choice is compiled, simulated over the whole recording, and scored as reports are. A stated [`Cost`] makes one
//! number of what was missed, what was a false alarm, what was done and how late. What is proposed has been better on time
//! that it was not chosen on; whatever has not says why. `docs/tune.md` is the page for people.

mod bench;
mod candidates;
mod cost;
mod error;
mod folds;
mod grid;
mod model;
mod reach;
mod render;
mod search;
mod slope;
mod student;
mod tune;
mod validate;
mod wire;
mod words;

pub use cost::{Cost, CostFrom, CostSource, Course, Tally};
pub use error::TuneError;
pub use model::*;
pub use render::Shown;
pub use tune::{Request, tune};
pub use validate::{FOLDS_MAX, FOLDS_MIN, INCIDENTS_MIN};
pub use wire::JSON_VERSION;

#[cfg(test)]
mod tests;
