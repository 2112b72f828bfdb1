//! The output, read again.

use heal_diagnostics::{Diagnostic, FileId};
use heal_syntax::{ParsedFile, comments, parse};

use crate::error::{Change, FormatError};

/// Gives the output back if it says the same as the text with this tree.
pub(crate) fn check(text: &str, tree: &ParsedFile, output: String) -> Result<String, FormatError> {
    let (again, diagnostics) = parse(FileId(0), &output);
    let change = if diagnostics.iter().any(Diagnostic::is_error) {
        Change::Syntax
    } else if again.documentation != tree.documentation || again.items != tree.items {
        Change::Meaning
    } else if comment_texts(&output) != comment_texts(text) {
        Change::Comments
    } else {
        return Ok(output);
    };
    Err(FormatError::Defect { change, output })
}

/// All comments, documentation included, without the blanks at their ends.
fn comment_texts(text: &str) -> Vec<String> {
    comments(text).into_iter().map(|comment| comment.text.trim_end().to_owned()).collect()
}
