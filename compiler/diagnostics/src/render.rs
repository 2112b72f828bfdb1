//! Diagnostics as people and programs read them.

mod excerpt;
mod human;
mod json;

#[cfg(test)]
mod tests;

use crate::{Diagnostic, Files};

pub use excerpt::{Excerpt, render_excerpt};
pub use json::JSON_VERSION;

/// For a terminal: each diagnostic with its lines, its places underlined, what helps, and the fixes as they would
/// change the text. Colour is escape sequences and nothing else; the words are the same without.
#[must_use]
pub fn render_human(files: &Files, diagnostics: &[Diagnostic], colour: bool) -> String {
    human::render(files, &sorted(files, diagnostics), colour)
}

/// For programs: JSON as `docs/schema/diagnostics.v1.json` describes it.
#[must_use]
pub fn render_json(files: &Files, diagnostics: &[Diagnostic]) -> String {
    json::render(files, &sorted(files, diagnostics))
}

/// By file name, place, code and message, so that the order says nothing about the passes that found them.
fn sorted<'a>(files: &Files, diagnostics: &'a [Diagnostic]) -> Vec<&'a Diagnostic> {
    let mut all: Vec<&Diagnostic> = diagnostics.iter().collect();
    all.sort_by_key(|one| {
        let name = files.get(one.primary.file).map(|file| file.name().to_owned());
        (name, one.primary.file, one.primary.range, one.severity, one.code, one.message.clone())
    });
    all
}
