//! What a sound check came to, and how the next one is put into it.

use std::{collections::BTreeSet, sync::Arc};

use heal_diagnostics::{Diagnostic, FileId};
use heal_program::{DetectorIndex, Program};

use crate::{
    ItemKind, Reference, StatementPlace, TypedProgram, UnusedImport, VisitIndexesMut as _,
    check::{Outcome, sort},
    indexes::renumber,
    item::Item,
    names::Notes,
};

use super::{
    modules::{Modules, Reached},
    moved::Moved,
};

/// A check without errors.
#[derive(Clone, Debug)]
pub(super) struct Sound {
    /// Which one it was.
    pub(super) check: u64,
    pub(super) typed: TypedProgram,
    pub(super) warnings: Vec<Diagnostic>,
    pub(super) modules: Modules,
    /// What was noted of each module while it was checked itself.
    references: Arc<Vec<Reference>>,
    statements: Arc<Vec<StatementPlace>>,
    /// What was noted of others, with the modules that were checked then.
    foreign: Foreign,
    /// Imports that their own modules do not use.
    unused_imports: Vec<UnusedImport>,
}

/// As that of names, for longer.
#[derive(Clone, Debug, Default)]
struct Foreign {
    references: Vec<(String, Reference)>,
    statements: Vec<(String, StatementPlace)>,
    imports: BTreeSet<(String, FileId, String)>,
}

impl Sound {
    pub(super) fn of(check: u64, package: &str, outcome: Outcome<'_>, modules: Modules) -> Sound {
        let typed = TypedProgram {
            package: package.to_owned(),
            items: outcome.items.all.iter().map(Item::info).collect(),
            nodes: outcome.nodes,
            detector_order: outcome.order,
            scenarios: outcome.scenarios,
            ..TypedProgram::default()
        };
        let mut sound = Sound {
            check,
            typed,
            warnings: outcome.diagnostics,
            modules,
            references: Arc::new(outcome.notes.references),
            statements: Arc::new(outcome.notes.statements),
            foreign: Foreign::default(),
            unused_imports: outcome.unused_imports,
        };
        sound.foreign.extend(outcome.foreign, |_| true);
        sound.tell_notes();
        sound
    }

    /// Where what stays has gone to.
    pub(super) fn moved(&self, modules: &Modules, reached: &Reached, items: &[Item<'_>]) -> Option<Moved> {
        let mut files = Vec::new();
        for (name, module) in &self.modules.by_name {
            let now = modules.by_name.get(name).filter(|_| !reached.changed.contains(name));
            for (path, (_, file)) in &module.files {
                let at = file.0 as usize;
                if files.len() <= at {
                    files.resize(at + 1, None);
                }
                if let Some(slot) = files.get_mut(at) {
                    *slot = now.and_then(|now| now.files.get(path)).map(|(_, file)| *file);
                }
            }
        }
        Moved::new(&self.typed.items, files, items, |module| reached.changed.contains(module))
    }

    /// Takes the nodes of what was checked, and its items.
    pub(super) fn take_nodes(&mut self, moved: &Moved, items: &[Item<'_>], checked: &mut Program) {
        let nodes = &mut self.typed.nodes;
        macro_rules! tables {
            ($($table:ident: $kind:ident, $renumber:expr;)*) => {$(
                moved.merge(ItemKind::$kind, &mut nodes.$table, std::mem::take(&mut checked.$table), $renumber);
            )*};
        }
        tables! {
            params: Param, |_, _| {};
            signals: Signal, |_, _| {};
            sources: Source, |_, _| {};
            entities: Entity, |node, number| renumber(node, number);
            events: Event, |node, number| renumber(node, number);
            detectors: Detector, |node, number| renumber(node, number);
            actions: Action, |node, number| renumber(node, number);
            channels: Channel, |node, number| renumber(node, number);
            plans: Plan, |node, number| renumber(node, number);
            policies: Policy, |node, number| renumber(node, number);
            shared_guards: SharedGuard, |node, number| renumber(node, number);
        }
        let before = std::mem::take(&mut self.typed.items).into_iter();
        let mut before = before.filter_map(|mut info| {
            let file = moved.file(info.file)?;
            if info.file != file {
                Arc::make_mut(&mut info).file = file;
            }
            Some(info)
        });
        let info = |item: &Item<'_>| {
            let is_fresh = moved.is_fresh(item.kind, item.index);
            let kept = if is_fresh { None } else { before.next() };
            kept.unwrap_or_else(|| Arc::new(item.info()))
        };
        self.typed.items = items.iter().map(info).collect();
    }

    /// Takes the rest of what was checked, and gives where the files are that stay.
    pub(super) fn take(
        &mut self,
        moved: Moved,
        outcome: Outcome<'_>,
        modules: &Modules,
        reached: &Reached,
    ) -> Vec<Option<FileId>> {
        if reached.topology {
            self.typed.nodes.topology = outcome.nodes.topology;
        }
        let is_fresh = |index: &DetectorIndex| moved.is_fresh(ItemKind::Detector, index.0);
        let order = self.typed.detector_order.iter();
        let order = order.filter_map(|index| moved.index(ItemKind::Detector, index.0)).map(DetectorIndex);
        self.typed.detector_order = order.chain(outcome.order.into_iter().filter(is_fresh)).collect();

        let scenarios = &mut self.typed.scenarios;
        scenarios.retain(|it| modules.by_name.contains_key(&it.module) && !reached.is_looked_at(&it.module));
        if !moved.same {
            let follow = &mut |kind, index: &mut u32| *index = moved.index(kind, *index).unwrap_or(*index);
            scenarios.iter_mut().for_each(|scenario| scenario.visit_indexes_mut(follow));
        }
        scenarios.extend(outcome.scenarios);
        scenarios.sort_by(|left, right| {
            (&left.origin.file, left.place.start).cmp(&(&right.origin.file, right.place.start))
        });

        let looked_at = files_of(modules, |module| reached.is_looked_at(module));
        let changed = files_of(modules, |module| reached.changed.contains(module));
        let map = |file: FileId| moved.file(file);
        self.warnings.retain_mut(|warning| {
            let stays = map(warning.primary.file).is_some_and(|file| !looked_at.contains(&file));
            if stays {
                warning.move_files(|file| map(file).unwrap_or(file));
            }
            stays
        });
        let said = outcome.diagnostics.into_iter();
        self.warnings.extend(said.filter(|it| looked_at.contains(&it.primary.file)));
        sort(&mut self.warnings);

        let (references, statements) = (outcome.notes.references, outcome.notes.statements);
        let mut notes = Notes {
            references: self.references.iter().filter_map(|it| moved.reference(*it)).collect(),
            statements: self.statements.iter().filter_map(|it| moved.statement(*it)).collect(),
        };
        notes.references.extend(references.into_iter().filter(|it| changed.contains(&it.file)));
        notes.statements.extend(statements.into_iter().filter(|it| changed.contains(&it.file)));
        notes.sort();
        (self.references, self.statements) = (Arc::new(notes.references), Arc::new(notes.statements));
        let stays = |module: &str| modules.by_name.contains_key(module) && !reached.changed.contains(module);
        self.foreign.moved(&moved, stays);
        self.foreign.extend(outcome.foreign, |module| reached.changed.contains(module));
        let unused = std::mem::take(&mut self.unused_imports).into_iter();
        let unused = unused.filter_map(|it| Some(UnusedImport { file: map(it.file)?, ..it }));
        let fresh = outcome.unused_imports.into_iter().filter(|it| changed.contains(&it.file));
        self.unused_imports = unused.chain(fresh).collect();
        self.unused_imports.sort();
        self.tell_notes();
        moved.files
    }

    /// Puts what was noted into the typed program.
    fn tell_notes(&mut self) {
        self.typed.references = Arc::clone(&self.references);
        self.typed.statements = Arc::clone(&self.statements);
        if !self.foreign.references.is_empty() || !self.foreign.statements.is_empty() {
            let foreign = &self.foreign;
            let mut notes = Notes {
                references: both(&self.references, &foreign.references),
                statements: both(&self.statements, &foreign.statements),
            };
            notes.sort();
            (self.typed.references, self.typed.statements) =
                (Arc::new(notes.references), Arc::new(notes.statements));
        }
        let used: BTreeSet<(FileId, &str)> =
            self.foreign.imports.iter().map(|(_, file, name)| (*file, name.as_str())).collect();
        let unused = self.unused_imports.iter();
        let unused = unused.filter(|import| !used.contains(&(import.file, import.name.as_str())));
        self.typed.unused_imports = unused.cloned().collect();
    }
}

impl Foreign {
    fn extend(&mut self, more: crate::names::Foreign<'_>, wanted: impl Fn(&str) -> bool) {
        let references = more.references.into_iter().filter(|(by, _)| wanted(by));
        self.references.extend(references.map(|(by, reference)| (by.to_owned(), reference)));
        self.references.sort();
        self.references.dedup();
        let statements = more.statements.into_iter().filter(|(by, _)| wanted(by));
        self.statements.extend(statements.map(|(by, place)| (by.to_owned(), place)));
        self.statements.sort();
        self.statements.dedup();
        let imports = more.imports.into_iter().filter(|(by, ..)| wanted(by));
        self.imports.extend(imports.map(|(by, file, name)| (by.to_owned(), file, name.to_owned())));
    }

    /// Keeps what was noted for modules that stay.
    fn moved(&mut self, moved: &Moved, stays: impl Fn(&str) -> bool) {
        let references = std::mem::take(&mut self.references).into_iter().filter(|(by, _)| stays(by));
        self.references = references.filter_map(|(by, it)| Some((by, moved.reference(it)?))).collect();
        let statements = std::mem::take(&mut self.statements).into_iter().filter(|(by, _)| stays(by));
        self.statements = statements.filter_map(|(by, it)| Some((by, moved.statement(it)?))).collect();
        let imports = std::mem::take(&mut self.imports).into_iter().filter(|(by, ..)| stays(by));
        self.imports = imports.filter_map(|(by, file, name)| Some((by, moved.file(file)?, name))).collect();
    }
}

/// What was noted of own modules, and of others.
fn both<Note: Copy>(own: &[Note], foreign: &[(String, Note)]) -> Vec<Note> {
    own.iter().chain(foreign.iter().map(|(_, note)| note)).copied().collect()
}

/// The files of some modules.
fn files_of(modules: &Modules, wanted: impl Fn(&str) -> bool) -> BTreeSet<FileId> {
    let modules = modules.by_name.iter().filter(|(name, _)| wanted(name));
    modules.flat_map(|(_, module)| module.files.values().map(|(_, file)| *file)).collect()
}
