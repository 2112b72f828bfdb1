//! A place with a title that is no diagnostic, such as an expectation of a test that does not hold.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer};

use super::human::{View, place};
use crate::{FileId, Files, TextRange};

/// A place in a file with what there is to say about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// What is wrong, in words as a diagnostic has them.
    pub title: String,
    /// The file; none: only the words are shown.
    pub file: Option<FileId>,
    /// What is underlined.
    pub range: TextRange,
    /// The words on it.
    pub label: String,
    /// More to know, a line each.
    pub notes: Vec<String>,
    /// What to do, a line each.
    pub help: Vec<String>,
}

/// An excerpt for a terminal, as diagnostics look there.
#[must_use]
pub fn render_excerpt(files: &Files, excerpt: &Excerpt, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut group = Group::with_title(Level::ERROR.primary_title(excerpt.title.as_str()));
    if let Some(source) = excerpt.file.and_then(|file| files.get(file)) {
        group = match View::of(source, std::iter::once(excerpt.range)) {
            Some(view) => {
                let place = AnnotationKind::Primary.span(view.span(excerpt.range));
                let label = excerpt.label.as_str();
                group.element(view.snippet().annotation(if label.is_empty() {
                    place
                } else {
                    place.label(label)
                }))
            }
            None => group.element(place(source, excerpt.range)),
        };
    }
    group = group.elements(excerpt.notes.iter().map(|note| Level::NOTE.message(note.as_str())));
    group = group.elements(excerpt.help.iter().map(|help| Level::HELP.message(help.as_str())));
    let mut text = renderer.render(&[group]);
    text.push('\n');
    text
}
