//! The form for a terminal.

use std::collections::BTreeSet;
use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Patch, Renderer, Snippet};

use crate::{Diagnostic, FileId, Files, Fix, Label, Severity, SourceFile, TextRange};

/// All diagnostics, one after the other, with a closing line that counts them; empty when there are none.
pub(super) fn render(files: &Files, diagnostics: &[&Diagnostic], colour: bool) -> String {
    if diagnostics.is_empty() {
        return String::new();
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for diagnostic in diagnostics {
        out.push_str(&renderer.render(&report(files, diagnostic)));
        out.push_str("\n\n");
    }
    out.push_str(&count(diagnostics));
    out.push('\n');
    out
}

/// `2 errors, 1 warning`
fn count(diagnostics: &[&Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let part = |count: usize, word: &str| match count {
        0 => None,
        1 => Some(format!("1 {word}")),
        _ => Some(format!("{count} {word}s")),
    };
    let parts = [part(errors, "error"), part(diagnostics.len() - errors, "warning")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn report<'a>(files: &'a Files, diagnostic: &'a Diagnostic) -> Vec<Group<'a>> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.to_string());
    let mut group = Group::with_title(title);
    for file in files_of(diagnostic) {
        group = group.elements(files.get(file).map(|source| cause(source, file, diagnostic)));
    }
    group = group.elements(diagnostic.help.iter().map(|help| Level::HELP.message(help.as_str())));
    let fixes = diagnostic.fixes.iter().map(|fix| suggestion(files, fix));
    std::iter::once(group).chain(fixes).collect()
}

/// The files with places of a diagnostic, that of the primary place first.
fn files_of(diagnostic: &Diagnostic) -> Vec<FileId> {
    let primary = diagnostic.primary.file;
    let others: BTreeSet<FileId> = diagnostic.secondary.iter().map(|label| label.file).collect();
    std::iter::once(primary).chain(others.into_iter().filter(|file| *file != primary)).collect()
}

/// The lines of one file with its labels.
fn cause<'a>(
    source: &'a SourceFile,
    file: FileId,
    diagnostic: &'a Diagnostic,
) -> Snippet<'a, Annotation<'a>> {
    let is_primary = diagnostic.primary.file == file;
    let primary = is_primary.then_some((AnnotationKind::Primary, &diagnostic.primary));
    let secondary = diagnostic.secondary.iter().filter(|label| label.file == file);
    let labels: Vec<(AnnotationKind, &Label)> =
        primary.into_iter().chain(secondary.map(|label| (AnnotationKind::Context, label))).collect();
    let view = View::of(source, labels.iter().map(|(_, label)| label.range));
    let annotations = labels.into_iter().map(|(kind, label)| {
        let annotation = kind.span(view.span(label.range));
        if label.text.is_empty() { annotation } else { annotation.label(label.text.as_str()) }
    });
    view.snippet().annotations(annotations)
}

/// A fix as a change of the text.
fn suggestion<'a>(files: &'a Files, fix: &'a Fix) -> Group<'a> {
    let mut group = Group::with_title(Level::HELP.secondary_title(fix.title.as_str()));
    let edited: BTreeSet<FileId> = fix.edits.iter().map(|edit| edit.file).collect();
    for file in edited {
        let Some(source) = files.get(file) else { continue };
        let edits = || fix.edits.iter().filter(|edit| edit.file == file);
        let view = View::of(source, edits().map(|edit| edit.range));
        let patches = edits().map(|edit| Patch::new(view.span(edit.range), edit.text.as_str()));
        group = group.element(view.snippet().patches(patches));
    }
    group
}

/// The lines of a file that are shown. Handing over just these keeps the cost of a diagnostic from growing with its
/// file.
pub(super) struct View<'a> {
    source: &'a SourceFile,
    text: &'a str,
    /// Offset of the first line shown.
    start: usize,
}

impl<'a> View<'a> {
    /// The lines from the first to the last of the ranges.
    pub(super) fn of(source: &'a SourceFile, ranges: impl Iterator<Item = TextRange>) -> View<'a> {
        let text = source.text();
        let cover = ranges.reduce(TextRange::cover).unwrap_or_default();
        let first = boundary(text, cover.start as usize);
        let last = boundary(text, cover.end as usize).max(first);
        let start = text.get(..first).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let end = text.get(last..).and_then(|after| after.find('\n')).map_or(text.len(), |at| last + at);
        View { source, text: text.get(start..end).unwrap_or(""), start }
    }

    pub(super) fn snippet<T: Clone>(&self) -> Snippet<'a, T> {
        let line = self.source.position(u32::try_from(self.start).unwrap_or(u32::MAX)).line;
        Snippet::source(self.text).path(self.source.name()).line_start(line as usize)
    }

    /// A range in the lines shown.
    pub(super) fn span(&self, range: TextRange) -> Range<usize> {
        let place = |offset: u32| boundary(self.text, (offset as usize).saturating_sub(self.start));
        let start = place(range.start);
        start..place(range.end).max(start)
    }
}

/// The offset, or the nearest before it that lies in the text and between two characters.
fn boundary(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
