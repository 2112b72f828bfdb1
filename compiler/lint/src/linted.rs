//! The program beside its trees, as rules look at it.

use std::{cell::OnceCell, collections::BTreeMap};

use heal_check::{ItemInfo, ItemKind as Kind, PackageRole, SourceUnit, StatementKind, TypedProgram};
use heal_diagnostics::{FileId, TextRange};
use heal_program::{Action, Detector, Plan, Policy, Program};
use heal_syntax::tree::{self, ActionStatement, Expression, ExpressionKind, ItemKind, Name, Spanned};

/// The program with the package's own items: those of other packages are their authors' to look after.
pub(crate) struct Linted<'a> {
    /// What was checked.
    pub(crate) typed: &'a TypedProgram,
    /// Its nodes.
    pub(crate) program: &'a Program,
    /// The package's own files by their ids.
    units: BTreeMap<FileId, &'a SourceUnit<'a>>,
    acted_on: OnceCell<Vec<bool>>,
}

/// An item's tree and its node.
pub(crate) struct Pair<'a, T, N> {
    /// The file.
    pub(crate) file: FileId,
    /// The item as written.
    pub(crate) tree: &'a T,
    /// What it means.
    pub(crate) node: &'a N,
    /// Its name.
    pub(crate) name: &'a Name,
    /// The file's text.
    pub(crate) text: &'a str,
}

pub(crate) type WrittenAction<'a> = Pair<'a, tree::Action, Action>;
pub(crate) type WrittenDetector<'a> = Pair<'a, tree::Detector, Detector>;
pub(crate) type WrittenPlan<'a> = Pair<'a, tree::Plan, Plan>;
pub(crate) type WrittenPolicy<'a> = Pair<'a, tree::Policy, Policy>;

/// An item that is written out: templates have no node of their own name, and what is made from one has no tree of its own.
pub(crate) enum Written<'a> {
    Action(WrittenAction<'a>),
    Detector(WrittenDetector<'a>),
    Plan(WrittenPlan<'a>),
    Policy(WrittenPolicy<'a>),
}

/// An item of the package and its node.
pub(crate) struct Own<'a, N> {
    /// Where it stands.
    pub(crate) item: &'a ItemInfo,
    /// What it means.
    pub(crate) node: &'a N,
    /// The node's position in the table of its kind.
    pub(crate) at: usize,
}

impl<T, N> Pair<'_, T, N> {
    /// The text of a range of its file, in backticks where it is one line.
    pub(crate) fn quoted(&self, range: TextRange) -> String {
        let text = self.text.get(range.start as usize..range.end as usize).unwrap_or("");
        let words: Vec<&str> = text.split_whitespace().collect();
        format!("`{}`", words.join(" "))
    }
}

impl<'a> Linted<'a> {
    pub(crate) fn new(typed: &'a TypedProgram, units: &'a [SourceUnit<'a>]) -> Linted<'a> {
        let own = units.iter().filter(|unit| !is_external(unit));
        Linted {
            typed,
            program: &typed.nodes,
            units: own.map(|unit| (unit.file, unit)).collect(),
            acted_on: OnceCell::new(),
        }
    }

    /// The package's own files.
    pub(crate) fn files(&self) -> impl Iterator<Item = FileId> {
        self.units.keys().copied()
    }

    /// The items of some of the package's files, each with its position in the table of its kind.
    pub(crate) fn items(
        &self,
        is_wanted: impl Fn(FileId) -> bool,
    ) -> impl Iterator<Item = (&'a ItemInfo, usize)> {
        self.typed.placed().filter(move |(item, _)| !item.external && is_wanted(item.file))
    }

    /// The package's own detectors, made from templates or not.
    pub(crate) fn detectors(&self) -> impl Iterator<Item = Own<'a, Detector>> {
        let items = self.typed.of_kind(Kind::Detector).zip(&self.program.detectors).enumerate();
        let own = items.map(|(at, (item, node))| Own { item, node, at });
        own.filter(|own| !own.item.external)
    }

    /// The package's own plans.
    pub(crate) fn plans(&self) -> impl Iterator<Item = Own<'a, Plan>> {
        let items = self.typed.of_kind(Kind::Plan).zip(&self.program.plans).enumerate();
        let own = items.map(|(at, (item, node))| Own { item, node, at });
        own.filter(|own| !own.item.external)
    }

    /// The package's own policies, made from templates or not.
    pub(crate) fn policies(&self) -> impl Iterator<Item = Own<'a, Policy>> {
        let items = self.typed.of_kind(Kind::Policy).zip(&self.program.policies).enumerate();
        let own = items.map(|(at, (item, node))| Own { item, node, at });
        own.filter(|own| !own.item.external)
    }

    /// An item as it is written out with its node, which is at a position of the table of its kind.
    pub(crate) fn written(&self, item: &ItemInfo, at: usize) -> Option<Written<'a>> {
        let unit = *self.units.get(&item.file)?;
        let tree = self.tree(item)?;
        let program = self.program;
        // Of each kind that no rule looks at as it is written there is nothing to find.
        if let ItemKind::Detector(tree) = tree {
            let node = program.detectors.get(at).filter(|_| item.kind == Kind::Detector)?;
            return Some(Written::Detector(pair(unit, tree, node, &tree.name)));
        }
        if let ItemKind::Action(tree) = tree {
            return Some(Written::Action(pair(unit, tree, program.actions.get(at)?, &tree.name)));
        }
        if let ItemKind::Plan(tree) = tree {
            return Some(Written::Plan(pair(unit, tree, program.plans.get(at)?, &tree.name)));
        }
        if let ItemKind::Policy(tree) = tree {
            let node = program.policies.get(at).filter(|_| item.kind == Kind::Policy)?;
            return Some(Written::Policy(pair(unit, tree, node, &tree.name)));
        }
        None
    }

    /// Whether an item is written out, and not made from a template.
    pub(crate) fn is_written(&self, item: &ItemInfo) -> bool {
        self.tree(item).is_some_and(|tree| !matches!(tree, ItemKind::Instance(_)))
    }

    /// The tree of an item of the package.
    fn tree(&self, item: &ItemInfo) -> Option<&'a ItemKind> {
        let items = &self.units.get(&item.file)?.tree.items;
        let at = items.binary_search_by_key(&item.range.start, |tree| tree.range.start).ok()?;
        items.get(at).map(|tree| &tree.value.kind)
    }

    /// Where a statement of an item of this package stands.
    pub(crate) fn place(&self, path: &str, kind: StatementKind, at: usize) -> Option<(FileId, TextRange)> {
        let (id, _) = self.typed.item(path).filter(|(_, item)| !item.external)?;
        self.typed.statement(id, kind, at)
    }

    /// Whether policies with plans act on a detector of the program.
    pub(crate) fn is_acted_on(&self, detector: usize) -> bool {
        let acted_on = self.acted_on.get_or_init(|| {
            let acts = |policy: &&Policy| policy.ladder.iter().any(|rung| rung.plans().next().is_some());
            let mut acted_on = vec![false; self.program.detectors.len()];
            let acting = self.program.policies.iter().filter(acts);
            for detector in acting.filter_map(|policy| policy.on.detector()) {
                acted_on.get_mut(detector.at()).into_iter().for_each(|slot| *slot = true);
            }
            acted_on
        });
        acted_on.get(detector) == Some(&true)
    }
}

fn pair<'a, T, N>(unit: &SourceUnit<'a>, tree: &'a T, node: &'a N, name: &'a Name) -> Pair<'a, T, N> {
    Pair { file: unit.file, tree, node, name, text: unit.text }
}

/// Whether a file is another package's: of a dependency, or of the standard library.
pub(crate) fn is_external(unit: &SourceUnit<'_>) -> bool {
    match unit.package.role {
        PackageRole::Own => false,
        PackageRole::Dependency | PackageRole::Standard => true,
    }
}

/// Statements of an item, one after the other.
pub(crate) fn statements<'a, S, T: 'a>(
    statements: &'a [Spanned<S>],
    select: impl Fn(&'a S) -> Option<T> + 'a,
) -> impl Iterator<Item = T> + 'a {
    statements.iter().filter_map(move |statement| select(&statement.value))
}

/// The arguments of an action's command.
pub(crate) fn command_of(statement: &ActionStatement) -> Option<&[Expression]> {
    match statement {
        ActionStatement::Command(arguments, _) => Some(arguments),
        ActionStatement::Kubernetes(..)
        | ActionStatement::Http(..)
        | ActionStatement::Secret(_)
        | ActionStatement::Header(..)
        | ActionStatement::Body(_)
        | ActionStatement::Success(_)
        | ActionStatement::Risk(_)
        | ActionStatement::Timeout(_)
        | ActionStatement::Idempotent
        | ActionStatement::Replaces(_)
        | ActionStatement::Affects(_)
        | ActionStatement::Undo(_) => None,
    }
}

/// Places of what a predicate chooses in an expression, parents first, from left to right: the order in which the
/// program's expression is walked.
pub(crate) fn places(expression: &Expression, is_wanted: &dyn Fn(&ExpressionKind) -> bool) -> Vec<TextRange> {
    let mut found = Vec::new();
    visit(expression, &mut |node| {
        if is_wanted(&node.kind) {
            found.push(node.range);
        }
    });
    found
}

/// The places of as many nodes of the program's expression. Where a name stands for an expression the two differ in
/// number, and all is at the place of the whole.
pub(crate) fn aligned(places: Vec<TextRange>, count: usize, whole: TextRange) -> Vec<TextRange> {
    if places.len() == count { places } else { vec![whole; count] }
}

/// Calls `see` on an expression and all below it. Its depth is bounded by the parser.
fn visit<'a>(expression: &'a Expression, see: &mut dyn FnMut(&'a Expression)) {
    see(expression);
    expression.each_operand(&mut |operand| visit(operand, see));
}
