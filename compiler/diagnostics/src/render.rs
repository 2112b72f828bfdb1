//! Diagnostics as people and programs read them.

use crate::{Diagnostic, Files};

/// Version of the JSON form; its schema stands under `docs/`.
pub const JSON_VERSION: u32 = 1;

/// For a terminal.
#[must_use]
pub fn render_human(_files: &Files, _diagnostics: &[Diagnostic], _colour: bool) -> String {
    String::new()
}

/// For programs.
#[must_use]
pub fn render_json(_files: &Files, _diagnostics: &[Diagnostic]) -> String {
    String::new()
}
