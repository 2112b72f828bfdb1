//! The pest grammar and the parser that pest makes of it: compiled once, whatever changes around it.
//!
//! Only `heal-syntax` reads what this parser gives; nobody else sees a rule or a pair.
#![expect(missing_docs, reason = "pest names a rule for each one in `heal.pest`, where they are explained")]

/// The generated parser.
#[derive(pest_derive::Parser)]
#[grammar = "heal.pest"]
pub struct Grammar;
