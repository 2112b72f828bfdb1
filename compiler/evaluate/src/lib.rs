//! Runs the program's expression data; the only crate that knows the CEL crate.
//!
//! There are two evaluators with one meaning. [`evaluate`] walks the expression itself and is what detectors use,
//! sample by sample. [`evaluate_with_cel`] hands the expression to the CEL crate, which is the reference, and is what
//! row-wise conditions (`where`, `require`, `approval when`) use. A property test holds the two equal.
//!
//! Unknown is `None`: `&&`, `||` and `?:` absorb it as CEL absorbs errors (`false && unknown` is false), `.or()`
//! replaces it, and anything else with an unknown operand is unknown.

mod aggregate;
mod calendar;
mod cel_lowering;
mod counts;
mod facts;
mod operators;
mod patterns;
mod times;
mod walk;

pub use aggregate::aggregated;
pub use calendar::is_during;
pub use cel_lowering::{CEL_DEPTH_MAX, evaluate_with_cel};
pub use facts::{Facts, Missing, Value, truth};
pub use walk::{evaluate, value_or_why};

#[cfg(test)]
mod tests;
