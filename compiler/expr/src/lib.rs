//! Expressions: dimensions, types, keys and cost bounds; lowers to the program's expression data.
//!
//! [`check`] reads a tree expression against an [`Environment`], which says what names mean, and gives the same
//! expression typed and in base units. A mistake gives one diagnostic and no typed expression: what depends on it
//! stays silent.

mod aggregates;
mod arguments;
mod bounds;
mod calendar;
mod calls;
mod checker;
mod comprehensions;
mod constant;
mod elsewhere;
mod environment;
mod expect;
mod functions;
mod joins;
mod key;
mod learned;
mod literal;
mod mismatch;
mod names;
mod numbers;
mod operators;
mod patterns;
mod series;
mod source;
mod suggest;
mod times;
mod types;
mod unknowns;
mod variables;
mod windows;

#[cfg(test)]
mod tests;

pub use bounds::{COST_MAX, DEPTH_MAX, NODES_MAX, RELATION_LENGTH, WINDOWS_MAX};
pub use calendar::{CalendarProblem, calendar_at, parse_calendar};
pub use checker::{EntityPath, Expected, Typed, check, check_entity, fit, named};
pub use constant::{SPAN_MAX, SpanKind, constant_quantity, constant_span, constant_text, constant_whole};
pub use environment::{Environment, FieldResolution, Given, Place, Reported, Resolution, Value};
pub use heal_diagnostics::nearest;
pub use heal_program::{Unit, base_unit, dimension_named, dimension_words, signal_unit, unit_names};
pub use joins::with_aggregation;
pub use key::Key;
pub use patterns::{PatternProblem, pattern_groups, pattern_problem};
pub use source::{Source, normalised};
pub use suggest::with_nearest;
pub use types::{Type, article};
pub use unknowns::may_be_unknown;
