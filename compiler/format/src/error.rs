//! Why a file was not formatted.

use heal_diagnostics::Diagnostic;

/// Why a file was not formatted. Whatever it is, the file should be left as it is.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The text has syntax errors, so a part of it is not in the tree and would be lost.
    #[error("the file has syntax errors; correct them first")]
    Syntax(
        /// The errors, placed in the text that was given.
        Vec<Diagnostic>,
    ),
    /// The output does not say the same as the input: a mistake of the formatter.
    #[error("the formatter would have changed the file's {change}; leave the file as it is and report this")]
    Defect {
        /// What would have changed.
        change: Change,
        /// The output, for the report.
        output: String,
    },
}

/// What a defective output would have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The output has syntax errors.
    Syntax,
    /// The output means something else.
    Meaning,
    /// The output has other comments, or has them in another order.
    Comments,
}

impl std::fmt::Display for Change {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Change::Syntax => "syntax",
            Change::Meaning => "meaning",
            Change::Comments => "comments",
        })
    }
}
