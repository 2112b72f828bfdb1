//! Did you mean?

use heal_diagnostics::{Diagnostic, Safety, TextRange, nearest};

/// Adds the candidate nearest to `name`, if there is one, as help and as a fix of `range`.
#[must_use]
pub fn with_nearest<'a>(
    diagnostic: Diagnostic,
    name: &str,
    range: TextRange,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Diagnostic {
    match nearest(name, candidates) {
        Some(meant) => diagnostic.with_help(format!("did you mean `{meant}`?")).with_fix(
            format!("write `{meant}`"),
            Safety::Unsafe,
            range,
            meant,
        ),
        None => diagnostic,
    }
}
