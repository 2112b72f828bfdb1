//! What goes in: files with their place in a package.

use std::collections::BTreeSet;

use heal_diagnostics::FileId;
use heal_expr::Source;
use heal_syntax::ParsedFile;

/// The first part of the standard library's module names.
pub(crate) const STANDARD: &str = "std";

/// The modules of the standard library, sorted: those that no file uses are not read, and can be named all the same.
pub const STANDARD_MODULES: &[&str] = &[
    "alertmanager",
    "argocd",
    "github",
    "golden",
    "k8s",
    "linux",
    "notify",
    "pagerduty",
    "service",
    "servicenow",
    "slo",
];

/// A package: what its files may see, and what of them others may see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    /// Its name. No two packages of a check have one name.
    pub name: String,
    /// What it is to the package that is checked.
    pub role: PackageRole,
    /// The packages that its files may use, by name. The standard library needs no mention.
    pub dependencies: BTreeSet<String>,
    /// Those of them whose files are not here, which has been reported.
    pub missing: BTreeSet<String>,
}

/// What a package is to the one that is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PackageRole {
    /// The one that is checked.
    #[default]
    Own,
    /// One that it depends on, directly or not.
    Dependency,
    /// The standard library.
    Standard,
}

impl Package {
    /// The package that is checked, without dependencies.
    #[must_use]
    pub fn own(name: impl Into<String>) -> Package {
        Package { name: name.into(), role: PackageRole::Own, ..Package::default() }
    }

    /// The standard library.
    #[must_use]
    pub fn standard() -> Package {
        Package { name: STANDARD.to_owned(), role: PackageRole::Standard, ..Package::default() }
    }

    /// What the names of its modules begin with.
    pub(crate) fn prefix(&self) -> &str {
        match self.role {
            PackageRole::Own => "",
            PackageRole::Dependency | PackageRole::Standard => &self.name,
        }
    }
}

/// A parsed file and where it stands.
#[derive(Clone, Debug)]
pub struct SourceUnit<'a> {
    /// Its id in diagnostics.
    pub file: FileId,
    /// The package it belongs to.
    pub package: &'a Package,
    /// The module that its folder is: empty for the package's root, `services.cart`, `std.k8s`, `shared.slo`.
    pub module: String,
    /// Its path from the package's root, with `/`; `std/...` for the standard library.
    pub path: String,
    /// Its text.
    pub text: &'a str,
    /// Its tree.
    pub tree: &'a ParsedFile,
}

impl<'a> SourceUnit<'a> {
    /// Whether it is a file of another package than the one that is checked.
    pub(crate) fn is_external(&self) -> bool {
        match self.package.role {
            PackageRole::Own => false,
            PackageRole::Dependency | PackageRole::Standard => true,
        }
    }

    pub(crate) fn source(&self) -> Source<'a> {
        Source { file: self.file, text: self.text }
    }

    /// The path of an item of this file.
    pub(crate) fn path_of(&self, name: &str) -> String {
        joined(&self.module, name)
    }
}

/// A name below a module.
pub(crate) fn joined(module: &str, name: &str) -> String {
    match (module, name) {
        ("", name) => name.to_owned(),
        (module, "") => module.to_owned(),
        (module, name) => format!("{module}.{name}"),
    }
}
