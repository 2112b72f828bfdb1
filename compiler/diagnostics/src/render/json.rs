//! For programs; the schema is `docs/schema/diagnostics.v1.json`.

use serde::Serialize;

use super::common::json_text;
use crate::{Diagnostic, FileId, Files, Safety, Severity, TextRange};

/// Version of the JSON form. Raised when a reader of the one before would misread it.
pub const JSON_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    diagnostics: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    code: String,
    severity: &'static str,
    message: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
    label: &'a str,
    labels: Vec<LabelEntry<'a>>,
    help: &'a [String],
    fixes: Vec<FixEntry<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    start: Point,
    end: Point,
}

#[derive(Serialize)]
struct Point {
    line: u32,
    column: u32,
    offset: u32,
}

#[derive(Serialize)]
struct LabelEntry<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    text: &'a str,
}

#[derive(Serialize)]
struct FixEntry<'a> {
    title: &'a str,
    safety: &'static str,
    edits: Vec<EditEntry<'a>>,
}

#[derive(Serialize)]
struct EditEntry<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    text: &'a str,
}

/// One JSON object with all diagnostics, in the order given.
pub(super) fn render(files: &Files, diagnostics: &[&Diagnostic]) -> String {
    let diagnostics = diagnostics.iter().map(|diagnostic| entry(files, diagnostic)).collect();
    let document = Document { version: JSON_VERSION, diagnostics };
    json_text(&document)
}

fn entry<'a>(files: &'a Files, diagnostic: &'a Diagnostic) -> Entry<'a> {
    let labels = diagnostic.secondary.iter();
    let fixes = diagnostic.fixes.iter().map(|fix| FixEntry {
        title: &fix.title,
        safety: match fix.safety {
            Safety::Safe => "safe",
            Safety::Unsafe => "unsafe",
        },
        edits: fix
            .edits
            .iter()
            .map(|edit| EditEntry { place: place(files, edit.file, edit.range), text: &edit.text })
            .collect(),
    });
    Entry {
        code: diagnostic.code.to_string(),
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        message: &diagnostic.message,
        place: place(files, diagnostic.primary.file, diagnostic.primary.range),
        label: &diagnostic.primary.text,
        labels: labels
            .map(|label| LabelEntry { place: place(files, label.file, label.range), text: &label.text })
            .collect(),
        help: &diagnostic.help,
        fixes: fixes.collect(),
    }
}

fn place(files: &Files, file: FileId, range: TextRange) -> Place<'_> {
    let source = files.get(file);
    let point = |offset: u32| {
        let position = source.map(|source| source.position(offset));
        Point {
            line: position.map_or(1, |position| position.line),
            column: position.map_or(1, |position| position.column),
            offset,
        }
    };
    Place {
        file: source.map_or("", |source| source.name()),
        start: point(range.start),
        end: point(range.end),
    }
}
