//! The second pass: what `use` brings into each file.

use std::collections::{BTreeMap, BTreeSet};

use heal_diagnostics::{Code, Diagnostic, FileId, Safety};
use heal_expr::{nearest, with_nearest};
use heal_syntax::tree::{ItemKind, Name, Path, Use};

use crate::{
    Package, SourceUnit,
    item::{Entry, Items},
    part::Part,
    unit::{self, STANDARD},
};

/// What an imported name stands for.
#[derive(Clone, Copy, Debug)]
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
    /// Whether it has been looked up.
    pub(crate) used: bool,
}

/// The imports of every file, by name.
pub(crate) type Imports<'a> = BTreeMap<FileId, BTreeMap<&'a str, Import<'a>>>;

/// Resolves every `use` of the files that are checked.
pub(crate) fn import<'a>(
    units: &'a [SourceUnit<'a>],
    part: Part<'_>,
    items: &Items<'a>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Imports<'a> {
    let mut imports = Imports::new();
    for unit in units.iter().filter(|unit| part.holds(unit)) {
        let mut importer = Importer { unit, items, diagnostics: &mut *diagnostics, names: BTreeMap::new() };
        for item in &unit.tree.items {
            if let ItemKind::Use(brought) = &item.value.kind {
                importer.bring(brought);
            }
        }
        for item in &unit.tree.items {
            if let ItemKind::Use(brought) = &item.value.kind {
                importer.excuse(&brought.module);
            }
        }
        imports.insert(unit.file, importer.names);
    }
    imports
}

/// The modules that each file names in a `use`, as far as there are such; of the others what is written.
pub(crate) fn used_modules(units: &[SourceUnit<'_>]) -> Vec<BTreeSet<String>> {
    let mut items = Items::default();
    items.modules_of.extend(units.iter().map(|unit| (unit.module.as_str(), unit.package)));
    let used = |unit: &SourceUnit<'_>| {
        let (diagnostics, names) = (&mut Vec::new(), BTreeMap::new());
        let importer = Importer { unit, items: &items, diagnostics, names };
        let module = |path: &Path| match importer.module(path) {
            Some(module) => module.to_owned(),
            None => format!("use {}", joined(&path.parts)),
        };
        unit.tree.uses().map(|used| module(&used.module)).collect()
    };
    units.iter().map(used).collect()
}

/// The worker for one file.
struct Importer<'a, 'w> {
    unit: &'a SourceUnit<'a>,
    items: &'w Items<'a>,
    diagnostics: &'w mut Vec<Diagnostic>,
    names: BTreeMap<&'a str, Import<'a>>,
}

impl<'a> Importer<'a, '_> {
    fn bring(&mut self, brought: &'a Use) {
        let module = self.module(&brought.module);
        let first = brought.module.parts.first();
        let is_missing = first.is_some_and(|first| self.unit.package.missing.contains(&first.value));
        if module.is_none() && !is_missing {
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

    /// The module of a path: one of the file's own package, whose name may be left out, of the standard library, or of
    /// a package that the file's own depends on.
    fn module(&self, path: &Path) -> Option<&'a str> {
        let (first, rest) = path.parts.split_first()?;
        let package = self.unit.package;
        let own = |written: &str| self.module_of(package, &unit::joined(package.prefix(), written));
        let written = joined(&path.parts);
        let other = || {
            let reachable = first.value == STANDARD || package.dependencies.contains(&first.value);
            let (module, owner) = self.items.modules_of.get_key_value(written.as_str())?;
            (reachable && owner.name == first.value).then_some(*module)
        };
        let below_package = || (first.value == package.name).then(|| own(&joined(rest))).flatten();
        own(&written).or_else(below_package).or_else(other)
    }

    /// A module by its whole name, if it is one of `package`.
    fn module_of(&self, package: &Package, name: &str) -> Option<&'a str> {
        let (module, owner) = self.items.modules_of.get_key_value(name)?;
        (owner.name == package.name).then_some(*module)
    }

    fn item(&mut self, module: &str, name: &Name) -> Target<'a> {
        let names = self.items.modules.get(module);
        let Some(entry) = names.and_then(|names| names.get(name.value.as_str())) else {
            let message = format!("`{module}` has no item `{}`", name.value);
            let known = names.into_iter().flatten().map(|(name, _)| *name);
            let diagnostic = self.error_with_nearest(Code::UNKNOWN_NAME, name, message, known);
            self.diagnostics.push(diagnostic);
            return Target::Reported;
        };
        let private = match entry {
            Entry::Item(id) => self.items.get(*id).filter(|item| !item.is_visible_in(self.unit)),
            Entry::Lost => None,
        };
        if let Some(item) = private {
            self.diagnostics.push(item.private(&name.value, self.unit.file, name.range));
            return Target::Reported;
        }
        Target::Entry(*entry)
    }

    fn enter(&mut self, name: &'a Name, target: Target<'a>) {
        let own = self
            .items
            .modules
            .get(self.unit.module.as_str())
            .and_then(|names| names.get(name.value.as_str()));
        let before = match own {
            Some(Entry::Item(id)) => self.items.get(*id).map(|item| (item.unit.file, item.name.range)),
            Some(Entry::Lost) | None => {
                self.names.get(name.value.as_str()).map(|import| (self.unit.file, import.name.range))
            }
        };
        let Some((file, range)) = before else {
            self.names.insert(&name.value, Import { target, name, used: false });
            return;
        };
        let message = format!("`{}` already has a meaning in this file", name.value);
        let diagnostic = Diagnostic::error(Code::DUPLICATE_NAME, self.unit.file, name.range, message)
            .with_secondary(file, range, "the other one")
            .with_help("bring in its module instead, and write the module's name and a dot before it");
        self.diagnostics.push(diagnostic);
    }

    /// Where a misspelt module is meant as another one, what is used of that one is right.
    fn excuse(&mut self, path: &'a Path) {
        let Some(name) = path.parts.last().filter(|_| self.module(path).is_none()) else { return };
        let written = joined(&path.parts);
        let known = self.modules_in_reach();
        let Some(meant) = nearest(&written, known.iter().map(String::as_str)) else { return };
        let mut modules = self.items.modules_of.keys();
        let Some(module) = modules.find(|module| module.ends_with(meant)) else { return };
        if let Some(last) = module.rsplit('.').next() {
            self.names.entry(last).or_insert(Import { target: Target::Reported, name, used: true });
        }
    }

    fn unknown_module(&mut self, path: &Path) {
        let (Some(first), Some(last)) = (path.parts.first(), path.parts.last()) else { return };
        let message = format!("unknown module `{}`", joined(&path.parts));
        let range = first.range.cover(last.range);
        let diagnostic = Diagnostic::error(Code::UNKNOWN_MODULE, self.unit.file, range, message);
        let diagnostic = self.item_as_module(path, diagnostic.clone()).unwrap_or_else(|| {
            let below_package = (first.value == self.unit.package.name).then(|| path.parts.get(1..));
            let written = joined(below_package.flatten().unwrap_or(&path.parts));
            let known = self.modules_in_reach();
            with_nearest(diagnostic, &written, range, known.iter().map(String::as_str))
        });
        let is_standard = first.value == STANDARD && path.parts.len() <= 2;
        let diagnostic = if diagnostic.help.is_empty() || is_standard {
            self.with_where(first, diagnostic)
        } else {
            diagnostic
        };
        self.diagnostics.push(diagnostic);
    }

    /// `use std.k8s.Pod` for `use std.k8s.{Pod}`.
    fn item_as_module(&self, path: &Path, diagnostic: Diagnostic) -> Option<Diagnostic> {
        let (name, module) = path.parts.split_last()?;
        let module = Path { parts: module.to_vec() };
        let found = self.module(&module)?;
        let written = joined(&module.parts);
        self.items.modules.get(found)?.contains_key(name.value.as_str()).then(|| {
            let text = format!("{{{}}}", name.value);
            diagnostic
                .with_help(format!("`{}` is an item of `{written}`: names stand in braces", name.value))
                .with_fix(format!("write `{written}.{text}`"), Safety::Safe, name.range, text)
        })
    }

    /// What to do about a module that is near to none.
    fn with_where(&self, first: &Name, diagnostic: Diagnostic) -> Diagnostic {
        let package = self.items.modules_of.values().find(|package| package.name == first.value);
        match package {
            Some(_) if first.value == STANDARD => {
                let known = self.modules_in_reach();
                let standard: Vec<&str> = known
                    .iter()
                    .map(String::as_str)
                    .filter(|module| module.split('.').next() == Some(STANDARD))
                    .collect();
                diagnostic.with_help(format!("the standard library has {}", standard.join(", ")))
            }
            Some(package) if package.name != self.unit.package.name => diagnostic.with_help(format!(
                "`{}` is a package: a package may use those that stand under `[dependencies]` in its `heal.toml`",
                package.name
            )),
            Some(_) | None => diagnostic.with_help(
                "a module is a folder of the package, with dots for slashes, or a package under `[dependencies]` in `heal.toml`",
            ),
        }
    }

    /// The modules that a file can bring in, as it writes them.
    fn modules_in_reach(&self) -> Vec<String> {
        let own = self.unit.package;
        let written = |(module, package): (&&str, &&Package)| {
            if package.name == own.name {
                let rest = module.strip_prefix(own.prefix()).unwrap_or(module);
                return Some(rest.trim_start_matches('.').to_owned());
            }
            let reachable = package.name == STANDARD || own.dependencies.contains(&package.name);
            reachable.then(|| (*module).to_owned())
        };
        self.items.modules_of.iter().filter_map(written).filter(|module| !module.is_empty()).collect()
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
