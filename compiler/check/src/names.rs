//! What names mean in a file, and the record of who names whom.

use std::collections::{BTreeMap, BTreeSet};

use heal_diagnostics::{FileId, TextRange};
use heal_syntax::tree::Path;

use crate::{
    ItemKind, Reference, ReferenceKind, SourceUnit, UnusedImport,
    imports::{Imports, Target},
    item::{Entry, Item, Items},
    unit::STANDARD,
};

/// What a name turned out to be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found<'a> {
    /// An item.
    Item(Item<'a>),
    /// Something that has been reported.
    Reported,
    /// A module.
    Module,
    /// An item of another package that is not public.
    Private(Item<'a>),
    /// Nothing.
    Missing,
}

/// The items, what each file calls them, and what has been looked up so far.
#[derive(Debug)]
pub(crate) struct Names<'a> {
    pub(crate) items: Items<'a>,
    imports: Imports<'a>,
    references: BTreeSet<Reference>,
    used_imports: BTreeSet<(FileId, String)>,
    /// What an expression is read for.
    pub(crate) reading: ReferenceKind,
}

impl<'a> Names<'a> {
    pub(crate) fn new(items: Items<'a>, imports: Imports<'a>) -> Names<'a> {
        Names {
            items,
            imports,
            references: BTreeSet::new(),
            used_imports: BTreeSet::new(),
            reading: ReferenceKind::Reads,
        }
    }

    /// What a name without dots means to `from`.
    pub(crate) fn plain(&mut self, from: &Item<'_>, name: &str) -> Found<'a> {
        self.plain_in(from.unit, name)
    }

    /// What a name without dots means in a file.
    pub(crate) fn plain_in(&mut self, unit: &SourceUnit<'_>, name: &str) -> Found<'a> {
        let own = self.items.modules.get(unit.module.as_str()).and_then(|names| names.get(name));
        match own.copied() {
            Some(entry @ Entry::Item(_)) => self.entry(entry),
            lost @ (Some(Entry::Lost) | None) => match self.import(unit, name) {
                None => lost.map_or(Found::Missing, |entry| self.entry(entry)),
                Some(Target::Entry(entry)) => self.entry(entry),
                Some(Target::Module(_)) => Found::Module,
                Some(Target::Reported) => Found::Reported,
            },
        }
    }

    /// What `module.name` means to `from`; `None` when `module` is not a module's name there.
    pub(crate) fn member(&mut self, from: &Item<'_>, module: &str, name: &str) -> Option<Found<'a>> {
        let module = match self.import(from.unit, module)? {
            Target::Module(module) => module,
            Target::Reported => return Some(Found::Reported),
            Target::Entry(_) => return None,
        };
        let entry = self.items.modules.get(module).and_then(|names| names.get(name)).copied();
        Some(match entry.map(|entry| self.entry(entry)) {
            Some(Found::Item(item)) if !item.is_visible_in(from.unit) => Found::Private(item),
            Some(found) => found,
            None => Found::Missing,
        })
    }

    /// What a path means to `from`.
    pub(crate) fn path(&mut self, from: &Item<'_>, path: &Path) -> Found<'a> {
        match path.parts.as_slice() {
            [name] => self.plain(from, &name.value),
            [module, name] => match self.member(from, &module.value, &name.value) {
                Some(found) => found,
                // What stands before the dot is no module; it may be one that a syntax error hides.
                None if matches!(self.plain(from, &module.value), Found::Reported) => Found::Reported,
                None => Found::Missing,
            },
            _ => Found::Missing,
        }
    }

    /// Notes that `from` names `to`.
    pub(crate) fn note(&mut self, from: &Item<'_>, to: &Item<'_>, kind: ReferenceKind, range: TextRange) {
        let file = from.unit.file;
        let kind = if kind == ReferenceKind::Reads { self.reading } else { kind };
        self.references.insert(Reference { from: from.path(), to: to.path(), kind, file, range });
    }

    /// The names that mean an item of one of `kinds` to `from`, sorted.
    pub(crate) fn known(&self, from: &Item<'_>, kinds: &[ItemKind]) -> Vec<String> {
        let own = self.items.modules.get(from.unit.module.as_str()).into_iter().flatten();
        let own = own.map(|(name, entry)| (name.as_str(), *entry));
        let imported = self.imports.get(&from.unit.file).into_iter().flatten();
        let imported = imported.filter_map(|(name, import)| match import.target {
            Target::Entry(entry) => Some((*name, entry)),
            Target::Module(_) | Target::Reported => None,
        });
        let names: BTreeSet<&str> = own
            .chain(imported)
            .filter(|(_, entry)| self.is_of(*entry, kinds))
            .map(|(name, _)| name)
            .collect();
        names.into_iter().map(str::to_owned).collect()
    }

    /// The names of a module's items of one of `kinds` that `from` may use, sorted.
    pub(crate) fn known_in(&self, from: &Item<'_>, module: &str, kinds: &[ItemKind]) -> Vec<String> {
        let imports = self.imports.get(&from.unit.file);
        let Some(Target::Module(module)) = imports.and_then(|names| names.get(module)).map(|it| &it.target)
        else {
            return Vec::new();
        };
        let names = self.items.modules.get(module).into_iter().flatten();
        let usable = |entry: Entry| match entry {
            Entry::Item(id) => self.items.get(id).is_some_and(|item| item.is_visible_in(from.unit)),
            Entry::Lost => false,
        };
        let names = names.filter(|(_, entry)| self.is_of(**entry, kinds) && usable(**entry));
        names.map(|(name, _)| name.clone()).collect()
    }

    /// How to bring in a name that some other module has an item of one of `kinds` under.
    pub(crate) fn import_hint(&self, from: &Item<'_>, name: &str, kinds: &[ItemKind]) -> Option<String> {
        let usable = |names: &BTreeMap<String, Entry>| match names.get(name) {
            Some(Entry::Item(id)) => self
                .items
                .get(*id)
                .is_some_and(|item| item.is_visible_in(from.unit) && kinds.contains(&item.kind)),
            Some(Entry::Lost) | None => false,
        };
        let in_reach = |module: &&str| {
            self.items.modules_of.get(module).is_some_and(|package| {
                let own = from.unit.package;
                package.name == own.name
                    || package.name == STANDARD
                    || own.dependencies.contains(&package.name)
            })
        };
        let mut modules = self.items.modules.iter();
        let found = modules.find(|(module, names)| !module.is_empty() && in_reach(module) && usable(names));
        if let Some((module, _)) = found {
            return Some(format!("`{name}` is in `{module}`: bring it in with `use {module}.{{{name}}}`"));
        }
        let mut modules = self.items.modules.keys();
        let module = modules.find(|module| in_reach(module) && module.rsplit('.').next() == Some(name))?;
        Some(format!("`{name}` is a module: bring it in with `use {module}`"))
    }

    /// The entities that `from` can name without a dot, by name.
    pub(crate) fn entities(&self, from: &Item<'_>) -> Vec<(String, Item<'a>)> {
        let names = self.known(from, &[ItemKind::Entity]);
        let own = self.items.modules.get(from.unit.module.as_str());
        let imports = self.imports.get(&from.unit.file);
        let entry = |name: &str| match own.and_then(|names| names.get(name)) {
            Some(entry @ Entry::Item(_)) => Some(*entry),
            Some(Entry::Lost) | None => match imports?.get(name)?.target {
                Target::Entry(entry) => Some(entry),
                Target::Module(_) | Target::Reported => None,
            },
        };
        let item = |name: String| match entry(&name)? {
            Entry::Item(id) => self.items.get(id).map(|item| (name, *item)),
            Entry::Lost => None,
        };
        names.into_iter().filter_map(item).collect()
    }

    /// Notes that a file uses a name that it imports.
    pub(crate) fn mark_used(&mut self, from: &Item<'_>, name: &str) {
        self.used_imports.insert((from.unit.file, name.to_owned()));
    }

    /// All references, sorted, and the imports that were never looked up.
    pub(crate) fn finish(self) -> (Vec<Reference>, Vec<UnusedImport>) {
        let mut unused = Vec::new();
        for (file, names) in &self.imports {
            for (name, import) in names {
                if !self.used_imports.contains(&(*file, (*name).to_owned())) {
                    let name = (*name).to_owned();
                    unused.push(UnusedImport { file: *file, range: import.name.range, name });
                }
            }
        }
        unused.sort();
        (self.references.into_iter().collect(), unused)
    }

    fn import(&mut self, unit: &SourceUnit<'_>, name: &str) -> Option<Target<'a>> {
        let target = self.imports.get(&unit.file)?.get(name)?.target.clone();
        self.used_imports.insert((unit.file, name.to_owned()));
        Some(target)
    }

    fn entry(&self, entry: Entry) -> Found<'a> {
        match entry {
            Entry::Item(id) => self.items.get(id).map_or(Found::Missing, |item| Found::Item(*item)),
            Entry::Lost => Found::Reported,
        }
    }

    fn is_of(&self, entry: Entry, kinds: &[ItemKind]) -> bool {
        match entry {
            Entry::Item(id) => self.items.get(id).is_some_and(|item| kinds.contains(&item.kind)),
            Entry::Lost => false,
        }
    }
}
