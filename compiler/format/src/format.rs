//! A text to its canonical text.

use heal_diagnostics::{Diagnostic, FileId};
use heal_syntax::{ParsedFile, parse};

use crate::check::check;
use crate::error::FormatError;
use crate::expression::Spelling;
use crate::items::item;
use crate::layout::layout;

/// Most columns of a line before it is broken, if there is a place in it where it can be.
pub const COLUMNS_MAX: usize = 100;

/// The canonical text of a file. Formatting it again changes nothing.
///
/// # Errors
///
/// A text with syntax errors is refused. So is one for which the formatter's own output, read again, has another tree
/// or other comments.
pub fn format(text: &str) -> Result<String, FormatError> {
    let (tree, diagnostics) = parse(FileId(0), text);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(FormatError::Syntax(diagnostics));
    }
    let plain = Spelling { source: Some(text), careful: false };
    // A name that is a keyword may need brackets that the precedence of operators does not ask for. That is rare, and
    // hard to foresee, but easy to see afterwards.
    print(&tree, plain).or_else(|_| print(&tree, Spelling { careful: true, ..plain }))
}

fn print(tree: &ParsedFile, spelling: Spelling<'_>) -> Result<String, FormatError> {
    let text = spelling.source.unwrap_or("");
    let nodes: Vec<_> = tree.items.iter().map(|one| item(spelling, one)).collect();
    let output = layout(text, &nodes);
    check(text, tree, output)
}
