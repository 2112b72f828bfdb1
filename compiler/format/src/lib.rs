//! Tree to text: the one way a `.heal` file is laid out.
//!
//! [`format()`] gives the canonical text of a file. It keeps every comment, and before it returns it reads its own output
//! again: one that would say something else than its input is never returned. What may be on a line is decided
//! by the modules of the statements and by `expression`, where a long line is broken by `doc`, where lines begin and where
//! comments go by `layout`.

mod act;
mod check;
mod doc;
mod error;
mod expression;
mod format;
mod items;
mod layout;
mod literals;
mod node;
mod observe;
mod parts;
mod policy;
mod scenario;

#[cfg(test)]
mod tests;

pub use error::{Change, FormatError};
pub use expression::expression_text;
pub use format::{COLUMNS_MAX, format};
