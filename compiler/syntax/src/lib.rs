//! The pest grammar, a total parser, and the tree with its comments.
//!
//! [`parse`] reads any text: what could be read is in the tree, the rest in diagnostics, each at the place where
//! reading stopped. Only the module `parse` knows pest.

mod keywords;
mod parse;
mod scan;
pub mod tree;

#[cfg(test)]
mod tests;

pub use keywords::{ITEM_KEYWORDS, STATEMENT_KEYWORDS, long_unit};
pub use parse::{EXPRESSION_DEPTH_MAX, SYNTAX_ERRORS_MAX, parse};
pub use scan::{BRACKET_DEPTH_MAX, FILE_BYTES_MAX, comments, find_bracket};
pub use tree::ParsedFile;
