//! Reviewdog's diagnostic format: `DiagnosticResult` as JSON. Its columns count bytes.

use serde::Serialize;

use super::common::{byte_span, json_text, name, words};
use crate::{Diagnostic, Edit, FileId, Files, Label, Position, Severity, TextRange, page_address};

#[derive(Serialize)]
struct Document<'a> {
    source: Source,
    diagnostics: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
    url: &'static str,
}

#[derive(Serialize)]
struct Entry<'a> {
    message: String,
    location: Location<'a>,
    severity: &'static str,
    code: CodeEntry,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Related<'a>>,
}

#[derive(Serialize)]
struct CodeEntry {
    value: String,
    url: String,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    range: Range,
}

#[derive(Serialize)]
struct Range {
    start: Point,
    end: Point,
}

#[derive(Serialize)]
struct Point {
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Suggestion<'a> {
    range: Range,
    text: &'a str,
}

#[derive(Serialize)]
struct Related<'a> {
    message: &'a str,
    location: Location<'a>,
}

pub(super) fn render(files: &Files, diagnostics: &[&Diagnostic]) -> String {
    let source = Source { name: "heal", url: crate::REPOSITORY };
    let diagnostics = diagnostics.iter().map(|diagnostic| entry(files, diagnostic)).collect();
    json_text(&Document { source, diagnostics })
}

fn entry<'a>(files: &'a Files, diagnostic: &'a Diagnostic) -> Entry<'a> {
    let Label { file, range: place, .. } = diagnostic.primary;
    // A suggestion is one replacement in the file of the diagnostic; a fix that is more is told in the message only.
    let suggestion = |edits: &'a [Edit]| match edits {
        [edit] if edit.file == file => {
            Some(Suggestion { range: range(files, file, edit.range), text: &edit.text })
        }
        [] | [_, ..] => None,
    };
    let related = |label: &'a Label| Related {
        message: &label.text,
        location: location(files, label.file, label.range),
    };
    Entry {
        message: words(diagnostic),
        location: location(files, file, place),
        severity: match diagnostic.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
        },
        code: CodeEntry { value: diagnostic.code.to_string(), url: page_address(diagnostic.code) },
        suggestions: diagnostic.fixes.iter().filter_map(|fix| suggestion(&fix.edits)).collect(),
        related_locations: diagnostic.secondary.iter().map(related).collect(),
    }
}

fn location(files: &Files, file: FileId, place: TextRange) -> Location<'_> {
    Location { path: name(files, file), range: range(files, file, place) }
}

fn range(files: &Files, file: FileId, range: TextRange) -> Range {
    let span = byte_span(files, file, range);
    let point = |position: Position| Point { line: position.line, column: position.column };
    Range { start: point(span.start), end: point(span.end) }
}
