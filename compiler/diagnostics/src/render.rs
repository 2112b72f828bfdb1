//! Diagnostics as people and programs read them.

mod common;
mod excerpt;
mod github;
mod gitlab;
mod human;
mod json;
mod junit;
mod rdjson;
mod sarif;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

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

/// SARIF 2.1.0, with fixes, for code scanning.
#[must_use]
pub fn render_sarif(files: &Files, diagnostics: &[Diagnostic]) -> String {
    sarif::render(files, &sorted(files, diagnostics))
}

/// Workflow commands that GitHub Actions shows as annotations of the lines.
#[must_use]
pub fn render_github(files: &Files, diagnostics: &[Diagnostic]) -> String {
    github::render(files, &sorted(files, diagnostics))
}

/// A code quality report of GitLab, with fingerprints that survive moved lines.
#[must_use]
pub fn render_gitlab(files: &Files, diagnostics: &[Diagnostic]) -> String {
    gitlab::render(files, &sorted(files, diagnostics))
}

/// `JUnit` XML: a suite a file, a failed case a diagnostic; a file of `checked` without one has a case that passed.
#[must_use]
pub fn render_junit(files: &Files, checked: &BTreeSet<String>, diagnostics: &[Diagnostic]) -> String {
    junit::render(files, checked, &sorted(files, diagnostics))
}

/// Reviewdog's diagnostic format, with the fixes as suggestions.
#[must_use]
pub fn render_rdjson(files: &Files, diagnostics: &[Diagnostic]) -> String {
    rdjson::render(files, &sorted(files, diagnostics))
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
