//! For a terminal, in the shape that Rust's compiler made familiar.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Patch, Renderer, Snippet};

use crate::{Diagnostic, FileId, Files, Fix, Label, Severity, SourceFile};

/// All diagnostics, one after the other, with a closing line that counts them; empty when there are none.
#[must_use]
pub fn render_human(files: &Files, diagnostics: &[Diagnostic], colour: bool) -> String {
    if diagnostics.is_empty() {
        return String::new();
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(&renderer.render(&groups(files, diagnostic)));
        text.push_str("\n\n");
    }
    text.push_str(&count(diagnostics));
    text.push('\n');
    text
}

/// `2 errors, 1 warning`
fn count(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let part = |count: usize, word: &str| match count {
        0 => None,
        1 => Some(format!("1 {word}")),
        _ => Some(format!("{count} {word}s")),
    };
    let parts = [part(errors, "error"), part(diagnostics.len() - errors, "warning")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn groups<'a>(files: &'a Files, diagnostic: &'a Diagnostic) -> Vec<Group<'a>> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.to_string());
    let mut main = Group::with_title(title);
    for (file, labels) in labels_by_file(diagnostic) {
        if let Some(source) = files.get(file) {
            let annotations = labels.into_iter().map(|(kind, label)| annotation(source, kind, label));
            main = main.element(snippet(source).annotations(annotations));
        }
    }
    for help in &diagnostic.help {
        main = main.element(Level::HELP.message(help.as_str()));
    }
    std::iter::once(main).chain(diagnostic.fixes.iter().filter_map(|fix| suggestion(files, fix))).collect()
}

/// The labels of each file, that of the primary label first.
fn labels_by_file(diagnostic: &Diagnostic) -> Vec<(FileId, Vec<(AnnotationKind, &Label)>)> {
    let mut by_file = vec![(diagnostic.primary.file, vec![(AnnotationKind::Primary, &diagnostic.primary)])];
    for label in &diagnostic.secondary {
        match by_file.iter_mut().find(|(file, _)| *file == label.file) {
            Some((_, labels)) => labels.push((AnnotationKind::Context, label)),
            None => by_file.push((label.file, vec![(AnnotationKind::Context, label)])),
        }
    }
    by_file
}

fn snippet<'a, T: Clone>(source: &'a SourceFile) -> Snippet<'a, T> {
    Snippet::source(source.text()).path(source.name())
}

fn annotation<'a>(source: &SourceFile, kind: AnnotationKind, label: &'a Label) -> Annotation<'a> {
    let annotation = kind.span(range(source, label.range.start, label.range.end));
    if label.text.is_empty() { annotation } else { annotation.label(label.text.as_str()) }
}

fn suggestion<'a>(files: &'a Files, fix: &'a Fix) -> Option<Group<'a>> {
    let source = files.get(fix.edits.first()?.file)?;
    let edits = fix.edits.iter().filter(|edit| Some(edit.file) == fix.edits.first().map(|first| first.file));
    let patches =
        edits.map(|edit| Patch::new(range(source, edit.range.start, edit.range.end), edit.text.as_str()));
    let title = Level::HELP.secondary_title(fix.title.as_str());
    Some(Group::with_title(title).element(snippet(source).patches(patches)))
}

/// A range that lies in the text and on its characters, whatever was given.
fn range(source: &SourceFile, start: u32, end: u32) -> Range<usize> {
    let text = source.text();
    let clamp = |at: u32| text.floor_char_boundary((at as usize).min(text.len()));
    clamp(start)..clamp(end.max(start))
}
