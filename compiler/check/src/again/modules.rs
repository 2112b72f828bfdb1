//! Modules as they were and as they are, and what lies between.

use std::collections::{BTreeMap, BTreeSet};

use heal_diagnostics::FileId;
use heal_syntax::tree::ItemKind;

use crate::{Package, SourceUnit, imports::used_modules, part::Part};

/// The modules of a check by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Modules {
    pub(super) by_name: BTreeMap<String, Module>,
}

/// What a module's result follows from, besides those of the modules that it uses.
#[derive(Clone, Debug, Default)]
pub(super) struct Module {
    package: Package,
    /// The files by path, with the stamps of their texts.
    pub(super) files: BTreeMap<String, (u64, FileId)>,
    /// The modules that are named in a `use`.
    uses: BTreeSet<String>,
    /// Whether it has tests that are checked.
    has_tests: bool,
    has_topology: bool,
}

impl Modules {
    pub(super) fn of(units: &[SourceUnit<'_>], stamps: &[u64]) -> Modules {
        let mut modules = Modules::default();
        for ((unit, stamp), uses) in units.iter().zip(stamps).zip(used_modules(units)) {
            let module = modules.by_name.entry(unit.module.clone()).or_default();
            module.package.clone_from(unit.package);
            module.files.insert(unit.path.clone(), (*stamp, unit.file));
            module.uses.extend(uses);
            if !unit.is_external() {
                for item in &unit.tree.items {
                    module.has_tests |= matches!(item.value.kind, ItemKind::Test(_));
                    module.has_topology |= matches!(item.value.kind, ItemKind::Topology(_));
                }
            }
        }
        modules
    }

    fn named(&self, wanted: impl Fn(&Module) -> bool) -> impl Iterator<Item = String> {
        self.by_name.iter().filter(move |(_, module)| wanted(module)).map(|(name, _)| name.clone())
    }
}

impl Module {
    /// Whether nothing of it has changed, wherever its files stand among all.
    fn is(&self, other: &Module) -> bool {
        let stamps = |module: &Module| -> Vec<(String, u64)> {
            module.files.iter().map(|(path, (stamp, _))| (path.clone(), *stamp)).collect()
        };
        self.package == other.package && self.uses == other.uses && stamps(self) == stamps(other)
    }
}

/// What a change reaches.
#[derive(Clone, Debug)]
pub(super) struct Reached {
    /// The modules whose result may be another one.
    pub(super) changed: BTreeSet<String>,
    /// Modules of which only the tests and the topology are looked at again.
    beside: BTreeSet<String>,
    /// Whether the topology is checked again.
    pub(super) topology: bool,
}

impl Reached {
    pub(super) fn between(before: &Modules, now: &Modules) -> Reached {
        let is_same =
            |name: &String, module: &Module| before.by_name.get(name).is_some_and(|before| before.is(module));
        let changed = now.by_name.iter().filter(|(name, module)| !is_same(name, module));
        let mut pending: Vec<&str> = changed.map(|(name, _)| name.as_str()).collect();
        let mut users: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, module) in &now.by_name {
            module.uses.iter().for_each(|used| users.entry(used).or_default().push(name));
        }
        let mut changed = BTreeSet::new();
        while let Some(module) = pending.pop() {
            if changed.insert(module.to_owned()) {
                pending.extend(users.get(module).into_iter().flatten());
            }
        }
        let was = |name: &String| before.by_name.get(name).is_some_and(|module| module.has_topology);
        let is = |name: &String| now.by_name.get(name).is_some_and(|module| module.has_topology);
        let removed = before.by_name.keys().filter(|name| !now.by_name.contains_key(*name));
        let topology = changed.iter().chain(removed).any(|name| was(name) || is(name));
        let mut beside = BTreeSet::new();
        if topology {
            beside.extend(now.named(|module| module.has_topology));
        }
        Reached { changed, beside, topology }
    }

    /// Whether checking all is no more work.
    pub(super) fn is_most_of(&self, modules: &Modules) -> bool {
        self.changed.len() + self.beside.len() > modules.by_name.len() / 2
    }

    /// The modules that are looked at, and all that they use.
    pub(super) fn with_used(&self, modules: &Modules) -> BTreeSet<String> {
        let mut pending: Vec<&String> = self.changed.iter().chain(&self.beside).collect();
        let mut used = BTreeSet::new();
        while let Some(name) = pending.pop() {
            if let Some(module) = modules.by_name.get(name)
                && used.insert(name.clone())
            {
                pending.extend(&module.uses);
            }
        }
        used
    }

    /// Whether there are tests that are not looked at.
    pub(super) fn leaves_tests(&self, modules: &Modules) -> bool {
        modules.named(|module| module.has_tests).any(|name| !self.is_looked_at(&name))
    }

    /// Looks at all tests.
    pub(super) fn add_tests(&mut self, modules: &Modules) {
        self.beside.extend(modules.named(|module| module.has_tests));
    }

    /// Whether what is said of a module, and its tests, may be others.
    pub(super) fn is_looked_at(&self, module: &str) -> bool {
        self.changed.contains(module) || self.beside.contains(module)
    }

    /// The modules that are looked at.
    pub(super) fn beside(&self) -> LookedAt<'_> {
        LookedAt { modules: self.changed.iter().chain(&self.beside).map(String::as_str).collect() }
    }
}

/// The modules that are looked at, without what they use.
pub(super) struct LookedAt<'r> {
    modules: BTreeSet<&'r str>,
}

impl LookedAt<'_> {
    pub(super) fn part(&self) -> Part<'_> {
        Part::Modules { modules: &self.modules, topology: false }
    }
}
