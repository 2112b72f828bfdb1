//! Workflow commands of GitHub Actions: `::error file=…,line=…::message`.

use super::common::{name, span, words};
use crate::{Diagnostic, Files, Severity};

/// A line a diagnostic; empty when there are none.
pub(super) fn render(files: &Files, diagnostics: &[&Diagnostic]) -> String {
    diagnostics.iter().map(|diagnostic| command(files, diagnostic)).collect()
}

fn command(files: &Files, diagnostic: &Diagnostic) -> String {
    let word = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let file = property(name(files, diagnostic.primary.file));
    let span = span(files, diagnostic.primary.file, diagnostic.primary.range);
    let (start, end) = (span.start, span.end);
    let mut place = format!("file={file},line={},endLine={}", start.line, end.line);
    // Columns mean something within one line only.
    if start.line == end.line {
        place = format!("{place},col={},endColumn={}", start.column, end.column);
    }
    format!("::{word} {place},title={}::{}\n", diagnostic.code, message(&words(diagnostic)))
}

/// What the text of a command may not hold as it is: a line end would end it, and begin another.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The same for a property of a command.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
