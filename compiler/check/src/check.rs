//! The check: all passes in order, and the worker that they share.

use std::{collections::BTreeSet, sync::Arc};

use heal_diagnostics::{Code, Diagnostic, FileId, TextRange};
use heal_expr::{DEPTH_MAX, Expected, NODES_MAX, SpanKind, Typed, Value, with_nearest};
use heal_program::{
    Action, Detector, DetectorIndex, Dimension, Entity, Event, Millis, Param, Program, Signal, Table,
    WebhookSource, scenario::Scenario,
};
use heal_syntax::tree::{Expression, Path};

use crate::{
    ItemKind, ReferenceKind, SourceUnit, StatementKind, StatementPlace, TypedProgram, UnusedImport,
    collect::collect,
    imports::import,
    item::{Item, Items},
    known::Known,
    names::{Foreign, Found, Names, Notes},
    order::in_order,
    part::Part,
    scope::{Locals, Scope},
};

/// Checks a package: its files, and those of the standard library, in any order.
///
/// Diagnostics come sorted by file and place. The nodes of the result are empty when one of them is an error.
#[must_use]
pub fn check(package: &str, units: &[SourceUnit<'_>]) -> (TypedProgram, Vec<Diagnostic>) {
    let (mut checking, nodes) = Checking::begin(package, units, Part::All);
    let scenarios = checking.scenarios(units, Part::All, &nodes);
    checking.finish(nodes, scenarios).whole(package)
}

/// A check on its way, once all items have been gone over.
pub(crate) struct Checking<'a> {
    checker: Checker<'a>,
    order: Vec<DetectorIndex>,
}

/// What came of a check of some files. Ids and indexes are those among all of them.
pub(crate) struct Outcome<'a> {
    pub(crate) items: Items<'a>,
    /// The nodes of what was checked, one after the other.
    pub(crate) nodes: Program,
    pub(crate) order: Vec<DetectorIndex>,
    pub(crate) scenarios: Vec<Scenario>,
    /// By who is checked, in files of its own module.
    pub(crate) notes: Notes,
    pub(crate) foreign: Foreign<'a>,
    /// Not looked up from files of their own module.
    pub(crate) unused_imports: Vec<UnusedImport>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Whether nothing is wrong.
    pub(crate) is_sound: bool,
}

impl<'a> Checking<'a> {
    /// Checks all items but tests; the nodes of what is in the part, one after the other.
    pub(crate) fn begin(
        package: &str,
        units: &'a [SourceUnit<'a>],
        part: Part<'_>,
    ) -> (Checking<'a>, Program) {
        let mut diagnostics = Vec::new();
        let items = collect(units, part, &mut diagnostics);
        let imports = import(units, part, &items, &mut diagnostics);
        let complete = units.iter().all(|unit| unit.tree.unread.is_empty());
        let mut checker =
            Checker { names: Names::new(items, imports), known: Known::default(), diagnostics, complete };
        let (nodes, order) = checker.nodes(package, units, part);
        (Checking { checker, order }, nodes)
    }

    /// Whether nothing is wrong so far.
    pub(crate) fn is_sound(&self) -> bool {
        self.checker.complete && !self.checker.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// The items, checked or not.
    pub(crate) fn items(&self) -> &[Item<'a>] {
        &self.checker.names.items.all
    }

    /// Checks the tests of the part, which run `program`.
    pub(crate) fn scenarios(
        &mut self,
        units: &'a [SourceUnit<'a>],
        part: Part<'_>,
        program: &Program,
    ) -> Vec<Scenario> {
        self.checker.scenarios(units.iter().filter(|unit| part.holds(unit)), program)
    }

    pub(crate) fn finish(self, nodes: Program, scenarios: Vec<Scenario>) -> Outcome<'a> {
        let is_sound = self.is_sound();
        let Checking { checker: Checker { names, mut diagnostics, .. }, order } = self;
        sort(&mut diagnostics);
        let (mut notes, foreign, unused_imports, items) = names.finish();
        notes.sort();
        Outcome { items, nodes, order, scenarios, notes, foreign, unused_imports, diagnostics, is_sound }
    }
}

impl Outcome<'_> {
    /// The typed program, where all was checked.
    pub(crate) fn whole(self, package: &str) -> (TypedProgram, Vec<Diagnostic>) {
        let Outcome { items, nodes, order, scenarios, mut notes, foreign, mut unused_imports, .. } = self;
        notes.references.extend(foreign.references.iter().map(|(_, reference)| *reference));
        notes.statements.extend(foreign.statements.iter().map(|(_, place)| *place));
        notes.sort();
        let used: BTreeSet<(FileId, &str)> =
            foreign.imports.iter().map(|(_, file, name)| (*file, *name)).collect();
        unused_imports.retain(|import| !used.contains(&(import.file, import.name.as_str())));
        let package = package.to_owned();
        let (nodes, detector_order, scenarios) = if self.is_sound {
            (nodes, order, scenarios)
        } else {
            (Program { package: package.clone(), ..Program::default() }, Vec::new(), Vec::new())
        };
        let typed = TypedProgram {
            package,
            nodes,
            detector_order,
            scenarios,
            items: items.all.iter().map(Item::info).collect(),
            references: Arc::new(notes.references),
            unused_imports,
            statements: Arc::new(notes.statements),
        };
        (typed, self.diagnostics)
    }
}

/// By file and place.
pub(crate) fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by(|left, right| {
        (left.primary.file, left.primary.range, left.code, &left.message).cmp(&(
            right.primary.file,
            right.primary.range,
            right.code,
            &right.message,
        ))
    });
}

/// The worker: what is known so far, and where it says what is wrong.
pub(crate) struct Checker<'a> {
    pub(crate) names: Names<'a>,
    pub(crate) known: Known<'a>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Whether every item so far has its node, and no syntax error hides any.
    pub(crate) complete: bool,
}

impl<'a> Checker<'a> {
    /// Notes where a statement stands that something may be proved about; `at` is its position among its kind.
    pub(crate) fn note_place(&mut self, item: &Item<'_>, kind: StatementKind, at: usize, range: TextRange) {
        let index = u32::try_from(at).unwrap_or(u32::MAX);
        let place = StatementPlace { item: item.id, kind, index, file: item.unit.file, range };
        self.names.note_place(item, place);
    }

    /// The nodes of all items, and the detectors each after those that it reads.
    fn nodes(
        &mut self,
        package: &str,
        units: &'a [SourceUnit<'a>],
        part: Part<'_>,
    ) -> (Program, Vec<DetectorIndex>) {
        self.each(ItemKind::Entity, Checker::entity_key);
        self.each(ItemKind::Entity, Checker::entity_fields);
        let order = in_order(&mut self.names);
        let observed = self.observed(&order);
        let program = Program {
            package: package.to_owned(),
            actions: self.actions(),
            channels: self.table(ItemKind::Channel, Checker::channel),
            plans: self.table(ItemKind::Plan, Checker::plan),
            shared_guards: self.table(ItemKind::SharedGuard, Checker::shared_guard),
            ..observed
        };
        self.table(ItemKind::PolicyTemplate, Checker::policy_template);
        let program = Program { policies: self.table(ItemKind::Policy, Checker::policy), ..program };
        let topology = if part.has_topology() { self.topology(units) } else { Some(Vec::new()) };
        self.complete &= topology.is_some();
        let detectors = order.iter().filter(|item| item.kind == ItemKind::Detector);
        let detectors = detectors.map(|item| DetectorIndex(item.index)).collect();
        (Program { topology: topology.unwrap_or_default(), ..program }, detectors)
    }

    /// The actions: the parameters of all come first, because an `undo` calls any other.
    fn actions(&mut self) -> Table<Action> {
        self.each(ItemKind::Action, Checker::declare_action);
        self.table(ItemKind::Action, Checker::action)
    }

    /// What is observed, and what names values: each item after those that its expressions name.
    fn observed(&mut self, order: &[Item<'a>]) -> Program {
        let mut tables = Tables::default();
        for item in order {
            let index = item.index;
            self.names.checking = &item.unit.module;
            match item.kind {
                ItemKind::Param => {
                    tables.params.extend(self.node(item, Checker::param).map(|it| (index, Arc::new(it))))
                }
                ItemKind::Let => self.complete &= self.let_(item).is_some() && !item.tree.incomplete,
                ItemKind::Function => self.function(item),
                ItemKind::Entity => {
                    tables.entities.extend(self.node(item, Checker::entity).map(|it| (index, Arc::new(it))));
                }
                ItemKind::Signal => {
                    tables.signals.extend(self.node(item, Checker::signal).map(|it| (index, Arc::new(it))));
                }
                ItemKind::Source => {
                    tables
                        .sources
                        .extend(self.node(item, Checker::webhook_source).map(|it| (index, Arc::new(it))));
                }
                ItemKind::Event => {
                    tables.events.extend(self.node(item, Checker::event).map(|it| (index, Arc::new(it))))
                }
                ItemKind::DetectorTemplate => self.detector_template(item),
                ItemKind::Detector => {
                    tables
                        .detectors
                        .extend(self.node(item, Checker::detector).map(|it| (index, Arc::new(it))));
                }
                ItemKind::Action
                | ItemKind::Channel
                | ItemKind::Plan
                | ItemKind::Policy
                | ItemKind::SharedGuard
                | ItemKind::PolicyTemplate
                | ItemKind::Test => {}
            }
        }
        Program {
            params: sorted(tables.params),
            entities: sorted(tables.entities),
            signals: sorted(tables.signals),
            sources: sorted(tables.sources),
            events: sorted(tables.events),
            detectors: sorted(tables.detectors),
            ..Program::default()
        }
    }

    fn each(&mut self, kind: ItemKind, check: fn(&mut Checker<'a>, &Item<'a>)) {
        let items: Vec<Item<'a>> = self.names.items.of_kind(kind).collect();
        for item in &items {
            self.names.checking = &item.unit.module;
            check(self, item);
        }
    }

    fn table<T>(&mut self, kind: ItemKind, build: fn(&mut Checker<'a>, &Item<'a>) -> Option<T>) -> Table<T> {
        let items: Vec<Item<'a>> = self.names.items.of_kind(kind).collect();
        items.iter().filter_map(|item| self.node(item, build)).collect()
    }

    fn node<T>(&mut self, item: &Item<'a>, build: fn(&mut Checker<'a>, &Item<'a>) -> Option<T>) -> Option<T> {
        self.names.checking = &item.unit.module;
        let node = build(self, item);
        self.complete &= node.is_some() && !item.tree.incomplete;
        node
    }

    /// Checks an expression of `item`.
    pub(crate) fn expression(
        &mut self,
        item: &Item<'a>,
        locals: &Locals,
        expression: &Expression,
        expected: &Expected,
    ) -> Option<Typed> {
        let mut scope = Scope::new(*item, &mut self.names, &self.known, locals);
        let source = item.unit.source();
        let typed = heal_expr::check(expression, expected, source, &mut scope, &mut self.diagnostics)?;
        let put_in = scope.spent > 0;
        if put_in && !self.fits(item, expression, &typed) {
            return None;
        }
        Some(typed)
    }

    /// Whether an expression is within the bounds with what its names stand for; says so when it is not.
    fn fits(&mut self, item: &Item<'a>, expression: &Expression, typed: &Typed) -> bool {
        let size = typed.expression.size();
        if size.nodes <= NODES_MAX && size.depth <= DEPTH_MAX {
            return true;
        }
        let message = format!(
            "with what its names stand for, this expression has {} operators and operands, nested {} deep",
            size.nodes, size.depth
        );
        let diagnostic = Diagnostic::error(Code::TOO_DEEP, item.unit.file, expression.range, message)
            .with_help(format!(
                "{NODES_MAX} and {DEPTH_MAX} are allowed: split it over several detectors that read each other"
            ));
        self.diagnostics.push(diagnostic);
        false
    }

    /// What a name stands for, which is not read: `None` where the expression is no name, the inner `None` where it is
    /// wrong, and reported.
    pub(crate) fn named_value(
        &mut self,
        item: &Item<'a>,
        locals: &Locals,
        expression: &Expression,
    ) -> Option<Option<Value>> {
        let mut scope = Scope::new(*item, &mut self.names, &self.known, locals);
        let source = item.unit.source();
        heal_expr::named(expression, source, &mut scope, &mut self.diagnostics)
    }

    /// A constant span of time of `item`.
    pub(crate) fn constant_span(
        &mut self,
        item: &Item<'a>,
        written: &Expression,
        kind: SpanKind,
    ) -> Option<Millis> {
        let locals = &Locals::of_telemetry();
        let mut scope = Scope::new(*item, &mut self.names, &self.known, locals);
        heal_expr::constant_span(written, kind, item.unit.source(), &mut scope, &mut self.diagnostics)
    }

    /// A constant whole number of `item`, from `least` up.
    pub(crate) fn constant_whole(
        &mut self,
        item: &Item<'a>,
        written: &Expression,
        least: u32,
    ) -> Option<u32> {
        let locals = &Locals::of_telemetry();
        let mut scope = Scope::new(*item, &mut self.names, &self.known, locals);
        heal_expr::constant_whole(written, least, item.unit.source(), &mut scope, &mut self.diagnostics)
    }

    /// A constant quantity of `item`, in the base unit.
    pub(crate) fn constant_quantity(
        &mut self,
        item: &Item<'a>,
        written: &Expression,
        dimension: Dimension,
    ) -> Option<f64> {
        let locals = &Locals::of_telemetry();
        let mut scope = Scope::new(*item, &mut self.names, &self.known, locals);
        heal_expr::constant_quantity(
            written,
            dimension,
            item.unit.source(),
            &mut scope,
            &mut self.diagnostics,
        )
    }

    /// The item that `path` names where one of kind `wanted` is needed; `need` says by what: "`try` needs".
    pub(crate) fn item_of_kind(
        &mut self,
        item: &Item<'a>,
        path: &Path,
        wanted: ItemKind,
        need: &str,
        reference: ReferenceKind,
    ) -> Option<Item<'a>> {
        let range = range_of(path);
        let written = item.unit.source().line(range);
        let (code, message) = match self.names.path(item, path) {
            Found::Item(found) => {
                self.names.note(item, &found, reference, range);
                if found.kind == wanted {
                    return Some(found);
                }
                let found = found.kind.phrase();
                (Code::WRONG_KIND, format!("`{written}` is {found}, and {need} {}", wanted.phrase()))
            }
            Found::Reported => return None,
            Found::Module => {
                (Code::WRONG_KIND, format!("`{written}` is a module, and {need} {}", wanted.phrase()))
            }
            Found::Private(found) => {
                let diagnostic = found.private(&written, item.unit.file, range);
                self.diagnostics.push(diagnostic);
                return None;
            }
            Found::Missing => {
                self.missing(item, path, &[wanted], &[], &format!("unknown {} `{written}`", wanted.word()));
                return None;
            }
        };
        self.error(item, code, range, message);
        None
    }

    /// Reports a path that means nothing, with what may have been meant.
    pub(crate) fn missing(
        &mut self,
        item: &Item<'a>,
        path: &Path,
        wanted: &[ItemKind],
        words: &[&str],
        message: &str,
    ) {
        let (Some(last), module) = (path.parts.last(), path.parts.first().filter(|_| path.parts.len() > 1))
        else {
            return;
        };
        let mut known: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        known.extend(match module {
            Some(module) => self.names.known_in(item, &module.value, wanted),
            None => self.names.known(item, wanted),
        });
        let range = range_of(path);
        let diagnostic = Diagnostic::error(Code::UNKNOWN_NAME, item.unit.file, range, message);
        let known = known.iter().map(String::as_str);
        let mut diagnostic = with_nearest(diagnostic, &last.value, last.range, known);
        let brought_in = &module.unwrap_or(last).value;
        if diagnostic.help.is_empty()
            && let Some(help) = self.names.import_hint(item, brought_in, wanted)
        {
            diagnostic = diagnostic.with_help(help);
            if let Some(module) = module {
                self.names.excuse(item.unit.file, &module.value);
            }
        }
        self.diagnostics.push(diagnostic);
    }

    pub(crate) fn error(
        &mut self,
        item: &Item<'_>,
        code: Code,
        range: TextRange,
        message: impl Into<String>,
    ) {
        self.diagnostics.push(Diagnostic::error(code, item.unit.file, range, message));
    }
}

/// Nodes by position in the table of their kind.
#[derive(Default)]
struct Tables {
    params: Vec<(u32, Arc<Param>)>,
    entities: Vec<(u32, Arc<Entity>)>,
    signals: Vec<(u32, Arc<Signal>)>,
    sources: Vec<(u32, Arc<WebhookSource>)>,
    events: Vec<(u32, Arc<Event>)>,
    detectors: Vec<(u32, Arc<Detector>)>,
}

fn sorted<T>(mut table: Vec<(u32, Arc<T>)>) -> Table<T> {
    table.sort_by_key(|(index, _)| *index);
    table.into_iter().map(|(_, node)| node).collect()
}

/// All of a path.
pub(crate) fn range_of(path: &Path) -> TextRange {
    let first = path.parts.first().map(|part| part.range).unwrap_or_default();
    path.parts.last().map_or(first, |last| first.cover(last.range))
}
