//! From sources to a program.

use std::collections::BTreeMap;

use heal_diagnostics::{Diagnostic, Files};
use heal_program::Program;

/// The files of a package: paths from its root, with `/`, and their texts. `heal.toml` is among them, if there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceSet {
    /// The files.
    pub files: BTreeMap<String, String>,
}

/// What came of compiling.
#[derive(Clone, Debug)]
pub struct Compilation {
    /// The files, for rendering.
    pub files: Files,
    /// What there is to say, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// The program; none when there are errors.
    pub program: Option<Program>,
}

/// Compiles a package.
#[must_use]
pub fn compile(_sources: &SourceSet) -> Compilation {
    Compilation { files: Files::default(), diagnostics: Vec::new(), program: None }
}
