//! Why something happened, or did not: values, counters, what would have had to differ; text and JSON.
//!
//! [`explain`] answers a [`Question`] about one [`Side`]. Of the groups that the side's program is decided in, the one that
//! the question is about is let live again, and what happened is read from its trace. What conditions read is read again,
//! step by step, by an engine that is let live in the recording up to the moment in question: the same engine that
//! decided. Equal programs and recordings give equal answers. `docs/explain.md` says what each part means.

mod answer;
mod detection;
mod episode;
mod expression_values;
mod flips;
mod guards;
mod index;
mod json;
mod key_asked;
mod margins;
mod model;
mod places;
mod readings;
mod side;
mod text;
mod times;
mod value_text;
mod watch;

pub use answer::{NoAnswer, Question, explain};
pub use heal_report::{dimension_of, expression_text};
pub use index::Sought;
pub use json::{JSON_VERSION, to_json};
pub use model::*;
pub use readings::{Reading, blamed, readings};
pub use side::Side;
pub use times::{counted, exact, for_key, key_text};
pub use value_text::value_text;

#[cfg(test)]
mod tests;
