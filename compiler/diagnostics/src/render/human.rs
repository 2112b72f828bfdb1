//! The form for a terminal.

use std::collections::BTreeSet;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Patch, Renderer, Snippet};

use crate::{Diagnostic, FileId, Files, Fix, Label, Severity, SourceFile, TextRange};

/// Most bytes of a line that are gone over before the first place on it, or behind the last. A line may be as long as a
/// file, and there may be as many places on it.
const LINE_BYTES_MAX: usize = 2_000;

/// Places of one file that are further apart are shown each by itself, whatever lies between them.
const APART_BYTES_MIN: u32 = 8_000;

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
    let all = |is_wanted: &dyn Fn(&Diagnostic) -> bool| -> usize {
        diagnostics.iter().filter(|one| is_wanted(one)).map(|one| 1 + one.more).sum()
    };
    let errors = all(&Diagnostic::is_error);
    let part = |count: usize, word: &str| match count {
        0 => None,
        1 => Some(format!("1 {word}")),
        _ => Some(format!("{count} {word}s")),
    };
    let parts = [part(errors, "error"), part(all(&|one| !one.is_error()), "warning")];
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
        let source = files.get(file);
        group = group.elements(source.into_iter().flat_map(|source| causes(source, file, diagnostic)));
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

/// The lines of one file with its labels, those of the primary place first.
fn causes<'a>(source: &'a SourceFile, file: FileId, diagnostic: &'a Diagnostic) -> Vec<Element<'a>> {
    let is_primary = diagnostic.primary.file == file;
    let primary = is_primary.then_some((AnnotationKind::Primary, &diagnostic.primary));
    let secondary = diagnostic.secondary.iter().filter(|label| label.file == file);
    let labels = primary.into_iter().chain(secondary.map(|label| (AnnotationKind::Context, label)));
    let mut near = near(labels, |(_, label)| label.range);
    near.sort_by_key(|labels| !labels.iter().any(|(kind, _)| *kind == AnnotationKind::Primary));
    near.into_iter().flat_map(|labels| cause(source, labels)).collect()
}

/// The lines of places that are near each other; where the line is too long, just where it is.
fn cause<'a>(source: &'a SourceFile, labels: Vec<(AnnotationKind, &'a Label)>) -> Vec<Element<'a>> {
    let Some(view) = View::of(source, labels.iter().map(|(_, label)| label.range)) else {
        let places = labels.into_iter().flat_map(|(_, label)| {
            let words = (!label.text.is_empty()).then(|| Level::NOTE.message(label.text.as_str()).into());
            std::iter::once(place(source, label.range).into()).chain(words)
        });
        return places.collect();
    };
    let annotations = labels.into_iter().map(|(kind, label)| {
        let annotation = kind.span(view.span(label.range));
        if label.text.is_empty() { annotation } else { annotation.label(label.text.as_str()) }
    });
    vec![view.snippet().annotations(annotations).into()]
}

/// Where a place is, without its line.
pub(super) fn place(source: &SourceFile, range: TextRange) -> Origin<'_> {
    let position = source.position(range.start);
    Origin::path(source.name()).line(position.line as usize).char_column(position.column as usize)
}

/// Groups of what is near each other, by place.
fn near<T>(all: impl Iterator<Item = T>, range: impl Fn(&T) -> TextRange) -> Vec<Vec<T>> {
    let mut all: Vec<T> = all.collect();
    all.sort_by_key(&range);
    let (mut groups, mut end) = (Vec::<Vec<T>>::new(), 0);
    for one in all {
        let TextRange { start, end: until } = range(&one);
        match groups.last_mut().filter(|_| start <= u32::saturating_add(end, APART_BYTES_MIN)) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
        end = end.max(until);
    }
    groups
}

/// A fix as a change of the text.
fn suggestion<'a>(files: &'a Files, fix: &'a Fix) -> Group<'a> {
    let mut group = Group::with_title(Level::HELP.secondary_title(fix.title.as_str()));
    let edited: BTreeSet<FileId> = fix.edits.iter().map(|edit| edit.file).collect();
    for file in edited {
        let Some(source) = files.get(file) else { continue };
        for edits in near(fix.edits.iter().filter(|edit| edit.file == file), |edit| edit.range) {
            let Some(view) = View::of(source, edits.iter().map(|edit| edit.range)) else { continue };
            let patches = edits.iter().map(|edit| Patch::new(view.span(edit.range), edit.text.as_str()));
            group = group.element(view.snippet().patches(patches));
        }
    }
    group
}

/// The lines of a file that are shown. Handing over just these keeps the cost of a diagnostic from growing with its
/// file.
pub(super) struct View<'a> {
    source: &'a SourceFile,
    pub(super) text: &'a str,
    /// Offset of the first line shown.
    start: usize,
}

impl<'a> View<'a> {
    /// The lines from the first to the last of the ranges; none where the first line is too long.
    pub(super) fn of(source: &'a SourceFile, ranges: impl Iterator<Item = TextRange>) -> Option<View<'a>> {
        let text = source.text();
        let cover = ranges.reduce(TextRange::cover).unwrap_or_default();
        let first = boundary(text, cover.start as usize);
        let last = boundary(text, cover.end as usize).max(first);
        let start = text.get(..first).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        if first - start > LINE_BYTES_MAX {
            return None;
        }
        let shown = boundary(text, last.saturating_add(LINE_BYTES_MAX)).max(last);
        let end = text.get(last..shown).and_then(|after| after.find('\n')).map_or(shown, |at| last + at);
        Some(View { source, text: text.get(start..end).unwrap_or(""), start })
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
