//! What names mean in a file, and the record of who names whom.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

use heal_diagnostics::{FileId, TextRange};
use heal_syntax::tree::Path;

use crate::{
    ItemKind, Reference, ReferenceKind, SourceUnit, StatementPlace, UnusedImport,
    imports::{Import, Imports, Target},
    item::{Entry, Item, Items},
    unit::{STANDARD, STANDARD_MODULES},
};

/// How often it is looked for what may have been meant. Each time costs as much as there are names: who has this many
/// unknown ones has most likely lost the one line that brings them in.
const SUGGESTIONS_MAX: usize = 500;

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
    /// What was noted so far.
    notes: Notes,
    /// What was noted in a file of another module than the one that is checked, with that one.
    foreign: Foreign<'a>,
    /// The module of what is checked: the body of a template is read for each that is made from it.
    pub(crate) checking: &'a str,
    /// Names that stand for no module in a file, where that was reported.
    excused: BTreeSet<(FileId, String)>,
    /// How often it was looked for what may have been meant.
    suggestions: Cell<usize>,
    /// What an expression is read for.
    pub(crate) reading: ReferenceKind,
}

/// Who names whom, and where statements stand that something may be proved about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    pub(crate) references: Vec<Reference>,
    pub(crate) statements: Vec<StatementPlace>,
}

impl Notes {
    /// Puts all in order, each once: the statements of a template are read for each use of it.
    pub(crate) fn sort(&mut self) {
        // Ids are in the order of paths: what is left to sort is next to nothing.
        self.references.sort();
        self.references.dedup();
        self.statements.sort();
        self.statements.dedup();
    }
}

/// What checking one module noted in the files of others.
#[derive(Clone, Debug, Default)]
pub(crate) struct Foreign<'a> {
    pub(crate) references: Vec<(&'a str, Reference)>,
    pub(crate) statements: Vec<(&'a str, StatementPlace)>,
    /// The uses of names that these files import.
    pub(crate) imports: BTreeSet<(&'a str, FileId, &'a str)>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(items: Items<'a>, imports: Imports<'a>) -> Names<'a> {
        Names {
            items,
            imports,
            notes: Notes::default(),
            foreign: Foreign::default(),
            checking: "",
            excused: BTreeSet::new(),
            suggestions: Cell::new(0),
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
                None if self.is_excused(from.unit, &module.value) => Found::Reported,
                None => Found::Missing,
            },
            _ => Found::Missing,
        }
    }

    /// Notes that a module is not brought in, which has been reported: once is enough.
    pub(crate) fn excuse(&mut self, file: FileId, module: &str) {
        self.excused.insert((file, module.to_owned()));
    }

    /// Whether the `use` that would bring a module in was reported to be missing, or to be wrong.
    fn is_excused(&self, unit: &SourceUnit<'_>, module: &str) -> bool {
        let is_standard = STANDARD_MODULES.contains(&module);
        let is_wrong = |item: &heal_syntax::tree::Item| {
            let heal_syntax::tree::ItemKind::Use(brought) = &item.kind else { return false };
            let (first, last) = (brought.module.parts.first(), brought.module.parts.last());
            let imports = self.imports.get(&unit.file);
            let import = last.and_then(|last| imports?.get(last.value.as_str()));
            first.is_some_and(|first| first.value == STANDARD)
                && import.is_some_and(|import| matches!(import.target, Target::Reported))
        };
        self.excused.contains(&(unit.file, module.to_owned()))
            || is_standard && unit.tree.unread.contains("use")
            || is_standard && unit.tree.items.iter().any(|item| is_wrong(&item.value))
    }

    /// Notes that `from` names `to`.
    pub(crate) fn note(&mut self, from: &Item<'_>, to: &Item<'_>, kind: ReferenceKind, range: TextRange) {
        let kind = if kind == ReferenceKind::Reads { self.reading } else { kind };
        let item = (from.kind != ItemKind::Test).then_some(from.id);
        let reference = Reference { from: item, to: to.id, kind, file: from.unit.file, range };
        if from.unit.module == self.checking {
            self.notes.references.push(reference);
        } else {
            self.foreign.references.push((self.checking, reference));
        }
    }

    /// Notes where a statement of an item stands.
    pub(crate) fn note_place(&mut self, of: &Item<'_>, place: StatementPlace) {
        if of.unit.module == self.checking {
            self.notes.statements.push(place);
        } else {
            self.foreign.statements.push((self.checking, place));
        }
    }

    /// Whether it is still looked for what may have been meant.
    fn suggests(&self) -> bool {
        self.suggestions.set(self.suggestions.get() + 1);
        self.suggestions.get() <= SUGGESTIONS_MAX
    }

    /// The names that mean an item of one of `kinds` to `from`, sorted, to suggest one of them.
    pub(crate) fn known(&self, from: &Item<'_>, kinds: &[ItemKind]) -> Vec<String> {
        if !self.suggests() {
            return Vec::new();
        }
        let own = self.items.modules.get(from.unit.module.as_str()).into_iter().flatten();
        let own = own.map(|(name, entry)| (*name, *entry));
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
        names.map(|(name, _)| (*name).to_owned()).collect()
    }

    /// How to bring in a name that some other module has an item of one of `kinds` under.
    pub(crate) fn import_hint(&self, from: &Item<'_>, name: &str, kinds: &[ItemKind]) -> Option<String> {
        let usable = |names: &BTreeMap<&str, Entry>| match names.get(name) {
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
        let found = modules.find(|module| in_reach(module) && module.rsplit('.').next() == Some(name));
        let standard = STANDARD_MODULES.contains(&name).then(|| format!("{STANDARD}.{name}"));
        let module = found.map(|module| (*module).to_owned()).or(standard)?;
        Some(format!("`{name}` is a module: bring it in with `use {module}`"))
    }

    /// The entities that `from` can name without a dot, by name.
    pub(crate) fn entities(&self, from: &Item<'_>) -> BTreeMap<&'a str, Item<'a>> {
        let module = from.unit.module.as_str();
        let names = self.items.modules.get(module);
        let is_own = |name: &str| matches!(names.and_then(|names| names.get(name)), Some(Entry::Item(_)));
        let own = self.items.entities.get(module).into_iter().flatten();
        let imported = self.imports.get(&from.unit.file).into_iter().flatten();
        let imported = imported.filter_map(|(name, import)| match import.target {
            Target::Entry(Entry::Item(id)) if !is_own(name) => Some((*name, id)),
            Target::Entry(_) | Target::Module(_) | Target::Reported => None,
        });
        let found = own.filter_map(|id| self.items.get(*id)).map(|item| (item.name.value.as_str(), *item));
        let imported = imported.filter_map(|(name, id)| self.items.get(id).map(|item| (name, *item)));
        found.chain(imported.filter(|(_, item)| item.kind == ItemKind::Entity)).collect()
    }

    /// Notes that a file uses a name that it imports.
    pub(crate) fn mark_used(&mut self, from: &Item<'_>, name: &str) {
        self.import(from.unit, name);
    }

    /// What was noted, the imports that the checks of their own modules never looked up, and the items.
    pub(crate) fn finish(self) -> (Notes, Foreign<'a>, Vec<UnusedImport>, Items<'a>) {
        let unused_in = |(file, names): (&FileId, &BTreeMap<&str, Import<'_>>)| -> Vec<UnusedImport> {
            let unused = names.iter().filter(|(_, import)| !import.used);
            let unused = unused.map(|(name, import)| (import.name.range, (*name).to_owned()));
            unused.map(|(range, name)| UnusedImport { file: *file, range, name }).collect()
        };
        let mut unused: Vec<UnusedImport> = self.imports.iter().flat_map(unused_in).collect();
        unused.sort();
        (self.notes, self.foreign, unused, self.items)
    }

    fn import(&mut self, unit: &SourceUnit<'_>, name: &str) -> Option<Target<'a>> {
        let (file, names) = (unit.file, self.imports.get_mut(&unit.file)?);
        let import = names.get_mut(name)?;
        if unit.module == self.checking {
            import.used = true;
        } else if !import.used {
            self.foreign.imports.insert((self.checking, file, &import.name.value));
        }
        Some(import.target)
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
