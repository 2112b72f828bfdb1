//! The parser that pest makes of `heal.pest`.

/// The generated parser.
#[derive(pest_derive::Parser)]
#[grammar = "heal.pest"]
pub(crate) struct Grammar;
