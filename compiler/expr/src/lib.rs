//! Expressions: dimensions, types, keys and cost bounds; lowers to the program's expression data.
//!
//! [`check`] reads a tree expression against an [`Environment`], which says what names mean, and gives the same
//! expression typed and in base units. A mistake gives one diagnostic and no typed expression: what depends on it
//! stays silent.

mod bounds;
mod calls;
mod checker;
mod constant;
mod environment;
mod key;
mod literal;
mod mismatch;
mod names;
mod operators;
mod source;
mod suggest;
mod types;
mod units;

#[cfg(test)]
mod tests;

pub use bounds::{DEPTH_MAX, NODES_MAX};
pub use checker::{EntityPath, Expected, Typed, check, check_entity, fit, named};
pub use constant::{SPAN_MAX, SpanKind, constant_quantity, constant_span, constant_whole};
pub use environment::{Environment, FieldResolution, Given, Place, Reported, Resolution, Value};
pub use key::Key;
pub use source::{Source, normalised};
pub use suggest::{nearest, with_nearest};
pub use types::{Type, article};
pub use units::{Unit, base_unit, dimension_named, dimension_words, signal_unit, unit_names};
