//! The second pass: what `use` brings into each file.

use std::collections::BTreeMap;

use heal_diagnostics::{Code, Diagnostic, FileId};
use heal_expr::with_nearest;
use heal_syntax::tree::{ItemKind, Name, Path, Use};

use crate::{
    SourceUnit,
    item::{Entry, Items},
    unit::STANDARD,
};

/// What an imported name stands for.
#[derive(Clone, Debug)]
pub(crate) enum Target<'a> {
    /// An item, or something lost to a syntax error.
    Entry(Entry),
    /// A module.
    Module(&'a str),
    /// Something that does not exist, which has been reported.
    Reported,
}

/// A name that a `use` brings in.
#[derive(Clone, Debug)]
pub(crate) struct Import<'a> {
    /// What it stands for.
    pub(crate) target: Target<'a>,
    /// Where the `use` names it.
    pub(crate) name: &'a Name,
}

/// The imports of every file, by name.
pub(crate) type Imports<'a> = BTreeMap<FileId, BTreeMap<&'a str, Import<'a>>>;

/// Resolves every `use`.
pub(crate) fn import<'a>(
    package: &str,
    units: &'a [SourceUnit<'a>],
    items: &Items<'a>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Imports<'a> {
    let mut imports = Imports::new();
    for unit in units {
        let mut importer =
            Importer { package, unit, items, diagnostics: &mut *diagnostics, names: BTreeMap::new() };
        for item in &unit.tree.items {
            if let ItemKind::Use(brought) = &item.value.kind {
                importer.bring(brought);
            }
        }
        imports.insert(unit.file, importer.names);
    }
    imports
}

/// The worker for one file.
struct Importer<'a, 'w> {
    package: &'w str,
    unit: &'a SourceUnit<'a>,
    items: &'w Items<'a>,
    diagnostics: &'w mut Vec<Diagnostic>,
    names: BTreeMap<&'a str, Import<'a>>,
}

impl<'a> Importer<'a, '_> {
    fn bring(&mut self, brought: &'a Use) {
        let module = self.module(&brought.module);
        if module.is_none() {
            self.unknown_module(&brought.module);
        }
        let Some(names) = &brought.names else {
            if let Some(last) = brought.module.parts.last() {
                self.enter(last, module.map_or(Target::Reported, Target::Module));
            }
            return;
        };
        for name in names {
            let target = module.map_or(Target::Reported, |module| self.item(module, name));
            self.enter(name, target);
        }
    }

    /// The module of a path; the package's own name stands for its root.
    fn module(&self, path: &Path) -> Option<&'a str> {
        let written = joined(&path.parts);
        let below_package = match path.parts.split_first() {
            Some((first, rest)) if first.value == self.package => Some(joined(rest)),
            Some(_) | None => None,
        };
        let known = |name: &str| self.items.modules.get_key_value(name).map(|(module, _)| *module);
        known(&written).or_else(|| known(&below_package?))
    }

    fn item(&mut self, module: &str, name: &Name) -> Target<'a> {
        let names = self.items.modules.get(module);
        let Some(entry) = names.and_then(|names| names.get(&name.value)) else {
            let message = format!("`{module}` has no item `{}`", name.value);
            let known = names.into_iter().flatten().map(|(name, _)| name.as_str());
            let diagnostic = self.error_with_nearest(Code::UNKNOWN_NAME, name, message, known);
            self.diagnostics.push(diagnostic);
            return Target::Reported;
        };
        let private = match entry {
            Entry::Item(id) => self
                .items
                .get(*id)
                .filter(|item| item.unit.is_standard() && !item.tree.public && !self.unit.is_standard()),
            Entry::Lost => None,
        };
        if private.is_some() {
            let message = format!("`{}` is private to `{module}`", name.value);
            self.diagnostics.push(Diagnostic::error(Code::PRIVATE_ITEM, self.unit.file, name.range, message));
            return Target::Reported;
        }
        Target::Entry(*entry)
    }

    fn enter(&mut self, name: &'a Name, target: Target<'a>) {
        let own = self.items.modules.get(self.unit.module.as_str()).and_then(|names| names.get(&name.value));
        let before = match own {
            Some(Entry::Item(id)) => self.items.get(*id).map(|item| (item.unit.file, item.name.range)),
            Some(Entry::Lost) | None => {
                self.names.get(name.value.as_str()).map(|import| (self.unit.file, import.name.range))
            }
        };
        let Some((file, range)) = before else {
            self.names.insert(&name.value, Import { target, name });
            return;
        };
        let message = format!("`{}` already has a meaning in this file", name.value);
        let diagnostic = Diagnostic::error(Code::DUPLICATE_NAME, self.unit.file, name.range, message)
            .with_secondary(file, range, "the other one")
            .with_help("bring in its module instead, and write the module's name and a dot before it");
        self.diagnostics.push(diagnostic);
    }

    fn unknown_module(&mut self, path: &Path) {
        let (Some(first), Some(last)) = (path.parts.first(), path.parts.last()) else { return };
        let message = format!("unknown module `{}`", joined(&path.parts));
        let below_package = if first.value == self.package { path.parts.get(1..) } else { None };
        let name = Name {
            value: joined(below_package.unwrap_or(&path.parts)),
            range: first.range.cover(last.range),
        };
        let known: Vec<&str> =
            self.items.modules.keys().copied().filter(|module| !module.is_empty()).collect();
        let diagnostic = self.error_with_nearest(Code::UNKNOWN_MODULE, &name, message, known.iter().copied());
        let standard: Vec<&str> =
            known.into_iter().filter(|module| module.split('.').next() == Some(STANDARD)).collect();
        self.diagnostics.push(if !diagnostic.help.is_empty() {
            diagnostic
        } else if first.value == STANDARD {
            diagnostic.with_help(format!("the standard library has {}", standard.join(", ")))
        } else {
            diagnostic.with_help("a module is a folder of the package, with dots for slashes")
        });
    }

    fn error_with_nearest<'n>(
        &self,
        code: Code,
        name: &Name,
        message: String,
        known: impl IntoIterator<Item = &'n str>,
    ) -> Diagnostic {
        let diagnostic = Diagnostic::error(code, self.unit.file, name.range, message);
        with_nearest(diagnostic, &name.value, name.range, known)
    }
}

fn joined(parts: &[Name]) -> String {
    parts.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join(".")
}
