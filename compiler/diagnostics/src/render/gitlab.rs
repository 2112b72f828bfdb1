//! GitLab's code quality report.

use serde::Serialize;

use super::common::{fingerprints, json_text, name, span, words};
use crate::{Diagnostic, Files, Severity};

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

/// A list with an issue a diagnostic.
pub(super) fn render(files: &Files, diagnostics: &[&Diagnostic]) -> String {
    let issue = |(diagnostic, fingerprint): (&&Diagnostic, String)| {
        let span = span(files, diagnostic.primary.file, diagnostic.primary.range);
        Issue {
            description: words(diagnostic),
            check_name: diagnostic.code.to_string(),
            fingerprint,
            severity: match diagnostic.severity {
                Severity::Error => "major",
                Severity::Warning => "minor",
            },
            location: Location {
                path: name(files, diagnostic.primary.file),
                lines: Lines { begin: span.start.line, end: span.end.line },
            },
        }
    };
    let fingerprints = fingerprints(files, diagnostics);
    json_text(&diagnostics.iter().zip(fingerprints).map(issue).collect::<Vec<_>>())
}
