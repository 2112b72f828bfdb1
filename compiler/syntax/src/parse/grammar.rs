//! The parser that pest makes of the grammar.

pub(crate) use heal_grammar::{Grammar, Rule};
