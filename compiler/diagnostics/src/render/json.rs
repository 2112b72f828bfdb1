//! The form for programs.

use serde::Serialize;

use crate::{Diagnostic, FileId, Files, Fix, Label, Safety, Severity, TextRange};

/// Version of the JSON form; its schema is `docs/schema/diagnostics.v1.json`.
pub const JSON_VERSION: u32 = 1;

/// Renders diagnostics as one object.
pub(super) fn render(files: &Files, diagnostics: &[&Diagnostic]) -> String {
    let diagnostics = diagnostics.iter().map(|one| diagnostic(files, one)).collect();
    let report = Report { version: JSON_VERSION, diagnostics };
    // Nothing in it can fail to be written: no maps, no numbers but whole ones.
    serde_json::to_string(&report).unwrap_or_default()
}

#[derive(Serialize)]
struct Report<'a> {
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
    labels: Vec<LabelEntry<'a>>,
    help: &'a [String],
    fixes: Vec<FixEntry<'a>>,
}

#[derive(Serialize)]
struct LabelEntry<'a> {
    primary: bool,
    #[serde(flatten)]
    place: Place<'a>,
    text: &'a str,
}

#[derive(Serialize)]
struct FixEntry<'a> {
    title: &'a str,
    safe: bool,
    edits: Vec<EditEntry<'a>>,
}

#[derive(Serialize)]
struct EditEntry<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    text: &'a str,
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

fn diagnostic<'a>(files: &'a Files, diagnostic: &'a Diagnostic) -> Entry<'a> {
    let primary = label(files, &diagnostic.primary, true);
    let secondary = diagnostic.secondary.iter().map(|one| label(files, one, false));
    Entry {
        code: diagnostic.code.to_string(),
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        message: &diagnostic.message,
        place: place(files, diagnostic.primary.file, diagnostic.primary.range),
        labels: std::iter::once(primary).chain(secondary).collect(),
        help: &diagnostic.help,
        fixes: diagnostic.fixes.iter().map(|one| fix(files, one)).collect(),
    }
}

fn label<'a>(files: &'a Files, label: &'a Label, primary: bool) -> LabelEntry<'a> {
    LabelEntry { primary, place: place(files, label.file, label.range), text: &label.text }
}

fn fix<'a>(files: &'a Files, fix: &'a Fix) -> FixEntry<'a> {
    let edits = fix.edits.iter();
    FixEntry {
        title: &fix.title,
        safe: fix.safety == Safety::Safe,
        edits: edits
            .map(|edit| EditEntry { place: place(files, edit.file, edit.range), text: &edit.text })
            .collect(),
    }
}

fn place(files: &Files, file: FileId, range: TextRange) -> Place<'_> {
    let source = files.get(file);
    let point = |offset: u32| {
        let position = source.map(|source| source.position(offset));
        let (line, column) = position.map_or((1, 1), |position| (position.line, position.column));
        Point { line, column, offset }
    };
    Place {
        file: source.map_or("", |source| source.name()),
        start: point(range.start),
        end: point(range.end),
    }
}
