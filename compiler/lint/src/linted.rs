//! The program beside its trees, as rules look at it.

use std::collections::BTreeSet;

use heal_check::{PackageRole, ReferenceKind, SourceUnit, StatementKind, TypedProgram};
use heal_diagnostics::{FileId, TextRange};
use heal_program::{Action, Detector, Head, Plan, Policy, Program};
use heal_syntax::tree::{self, BinaryOperator, Expression, ExpressionKind, ItemKind, Name, Spanned};

/// The program with the package's own items: those of other packages are their authors' to look after.
pub(crate) struct Linted<'a> {
    /// What was checked.
    pub(crate) typed: &'a TypedProgram,
    /// Its nodes.
    pub(crate) program: &'a Program,
    actions: Vec<Pair<'a, tree::Action, Action>>,
    detectors: Vec<Pair<'a, tree::Detector, Detector>>,
    plans: Vec<Pair<'a, tree::Plan, Plan>>,
    policies: Vec<Pair<'a, tree::Policy, Policy>>,
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

impl<T, N> Clone for Pair<'_, T, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, N> Copy for Pair<'_, T, N> {}

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
        let program = &typed.nodes;
        let mut linted = Linted {
            typed,
            program,
            actions: Vec::new(),
            detectors: Vec::new(),
            plans: Vec::new(),
            policies: Vec::new(),
        };
        for unit in units.iter().filter(|unit| !is_external(unit)) {
            for item in &unit.tree.items {
                // Templates have no node of their own name; what is made from one has no tree of its own.
                if let ItemKind::Detector(tree) = &item.value.kind {
                    let node = find(&program.detectors, |node| &node.head, unit, &tree.name);
                    linted.detectors.extend(node.map(|node| pair(unit, tree, node, &tree.name)));
                } else if let ItemKind::Action(tree) = &item.value.kind {
                    let node = find(&program.actions, |node| &node.head, unit, &tree.name);
                    linted.actions.extend(node.map(|node| pair(unit, tree, node, &tree.name)));
                } else if let ItemKind::Plan(tree) = &item.value.kind {
                    let node = find(&program.plans, |node| &node.head, unit, &tree.name);
                    linted.plans.extend(node.map(|node| pair(unit, tree, node, &tree.name)));
                } else if let ItemKind::Policy(tree) = &item.value.kind {
                    let node = find(&program.policies, |node| &node.head, unit, &tree.name);
                    linted.policies.extend(node.map(|node| pair(unit, tree, node, &tree.name)));
                }
            }
        }
        linted
    }

    /// The actions of the package.
    pub(crate) fn actions(&self) -> impl Iterator<Item = Pair<'a, tree::Action, Action>> + '_ {
        self.actions.iter().copied()
    }

    /// The plans of the package.
    pub(crate) fn plans(&self) -> impl Iterator<Item = Pair<'a, tree::Plan, Plan>> + '_ {
        self.plans.iter().copied()
    }

    /// The detectors of the package that are written out.
    pub(crate) fn detectors(&self) -> impl Iterator<Item = Pair<'a, tree::Detector, Detector>> + '_ {
        self.detectors.iter().copied()
    }

    /// The policies of the package that are written out.
    pub(crate) fn policies(&self) -> impl Iterator<Item = Pair<'a, tree::Policy, Policy>> + '_ {
        self.policies.iter().copied()
    }

    /// Where a statement of an item of this package stands.
    pub(crate) fn place(&self, path: &str, kind: StatementKind, at: usize) -> Option<(FileId, TextRange)> {
        let items = &self.typed.items;
        let item = items.binary_search_by(|item| item.path.as_str().cmp(path)).ok();
        item.and_then(|at| items.get(at)).filter(|item| !item.external)?;
        let wanted = (path, kind, u32::try_from(at).ok()?);
        let places = &self.typed.statements;
        let found = places
            .binary_search_by(|place| (place.item.as_str(), place.kind, place.index).cmp(&wanted))
            .ok()?;
        places.get(found).map(|place| (place.file, place.range))
    }

    /// The items that another one names, tests aside.
    pub(crate) fn named(&self) -> BTreeSet<&'a str> {
        let references = self.typed.references.iter();
        let others = references.filter(|it| it.from != it.to && it.kind != ReferenceKind::Tests);
        others.map(|it| it.to.as_str()).collect()
    }

    /// The detectors that policies with plans act on.
    pub(crate) fn acted_on(&self) -> BTreeSet<&'a str> {
        let acts = |policy: &&Policy| policy.ladder.iter().any(|rung| rung.plans().next().is_some());
        let triggers = self.program.policies.iter().filter(acts).map(|policy| policy.on);
        triggers.filter_map(|on| self.program.trigger(on)).map(|head| head.path.as_str()).collect()
    }
}

fn pair<'a, T, N>(unit: &SourceUnit<'a>, tree: &'a T, node: &'a N, name: &'a Name) -> Pair<'a, T, N> {
    Pair { file: unit.file, tree, node, name, text: unit.text }
}

/// The node of an item, in a table sorted by path.
fn find<'a, N>(
    table: &'a [N],
    head: impl Fn(&N) -> &Head,
    unit: &SourceUnit<'_>,
    name: &Name,
) -> Option<&'a N> {
    let path =
        if unit.module.is_empty() { name.value.clone() } else { format!("{}.{}", unit.module, name.value) };
    let at = table.binary_search_by(|node| head(node).path.as_str().cmp(&path)).ok()?;
    table.get(at)
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

/// Whether an operator compares.
pub(crate) fn is_comparison(operator: BinaryOperator) -> bool {
    match operator {
        BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual => true,
        BinaryOperator::Or
        | BinaryOperator::And
        | BinaryOperator::Equal
        | BinaryOperator::NotEqual
        | BinaryOperator::In
        | BinaryOperator::Add
        | BinaryOperator::Subtract
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Remainder => false,
    }
}

/// Calls `see` on an expression and all below it. Its depth is bounded by the parser.
fn visit<'a>(expression: &'a Expression, see: &mut dyn FnMut(&'a Expression)) {
    see(expression);
    match expression.kind.as_ref() {
        ExpressionKind::Number { .. }
        | ExpressionKind::Text(_)
        | ExpressionKind::Bool(_)
        | ExpressionKind::Name(_) => {}
        ExpressionKind::List(items) => items.iter().for_each(|item| visit(item, see)),
        ExpressionKind::Field(receiver, _) => visit(receiver, see),
        ExpressionKind::Call { receiver, arguments, .. } => {
            receiver.iter().for_each(|receiver| visit(receiver, see));
            arguments.iter().for_each(|argument| visit(&argument.value, see));
        }
        ExpressionKind::Index(list, index) => {
            visit(list, see);
            visit(index, see);
        }
        ExpressionKind::Unary(_, operand) => visit(operand, see),
        ExpressionKind::Binary(left, _, right) => {
            visit(left, see);
            visit(right, see);
        }
        ExpressionKind::Conditional(condition, then, otherwise) => {
            visit(condition, see);
            visit(then, see);
            visit(otherwise, see);
        }
    }
}
