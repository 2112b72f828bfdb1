//! What goes in: files with their place in the package.

use heal_diagnostics::FileId;
use heal_expr::Source;
use heal_syntax::ParsedFile;

/// The first part of the standard library's module names.
pub(crate) const STANDARD: &str = "std";

/// A parsed file and where it stands.
#[derive(Clone, Debug)]
pub struct SourceUnit<'a> {
    /// Its id in diagnostics.
    pub file: FileId,
    /// The module that its folder is: empty for the package's root, `services.cart`, `std.k8s`.
    pub module: String,
    /// Its path from the package's root, with `/`; `std/...` for the standard library.
    pub path: String,
    /// Its text.
    pub text: &'a str,
    /// Its tree.
    pub tree: &'a ParsedFile,
}

impl<'a> SourceUnit<'a> {
    /// Whether it is a file of the standard library, of which only public items can be used.
    pub(crate) fn is_standard(&self) -> bool {
        self.module == STANDARD
            || self.module.strip_prefix(STANDARD).is_some_and(|rest| rest.starts_with('.'))
    }

    pub(crate) fn source(&self) -> Source<'a> {
        Source { file: self.file, text: self.text }
    }

    /// The path of an item of this file.
    pub(crate) fn path_of(&self, name: &str) -> String {
        if self.module.is_empty() { name.to_owned() } else { format!("{}.{name}", self.module) }
    }
}
