//! Tree to text: the one way a `.heal` file is laid out.
//!
//! [`format()`] gives the canonical text of a file. It keeps every comment, and before it returns it reads its own output
//! again: one that would say something else than its input is never returned. What is on a line is decided by
//! `statements` and `expression`, where lines begin and where comments go by `layout`.

mod chain;
mod check;
mod error;
mod expression;
mod format;
mod items;
mod layout;
mod literals;
mod node;
mod statements;

#[cfg(test)]
mod tests;

pub use error::{Change, FormatError};
pub use expression::expression_text;
pub use format::{COLUMNS_MAX, format};
