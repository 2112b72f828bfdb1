//! The program beside its trees, as rules look at it.

use std::collections::{BTreeMap, HashMap};

use heal_check::{ItemKind as Kind, PackageRole, SourceUnit, StatementKind, TypedProgram};
use heal_diagnostics::{FileId, TextRange};
use heal_program::{Action, Detector, Plan, Policy, Program};
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
    /// The node's position in the table of its kind.
    pub(crate) at: usize,
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
        let nodes = Nodes::of(typed);
        for unit in units.iter().filter(|unit| !is_external(unit)) {
            for item in &unit.tree.items {
                // Templates have no node of their own name; what is made from one has no tree of its own.
                if let ItemKind::Detector(tree) = &item.value.kind {
                    let node = nodes.find(&program.detectors, Kind::Detector, unit, &tree.name);
                    linted.detectors.extend(node.map(|node| pair(unit, tree, node, &tree.name)));
                } else if let ItemKind::Action(tree) = &item.value.kind {
                    let node = nodes.find(&program.actions, Kind::Action, unit, &tree.name);
                    linted.actions.extend(node.map(|node| pair(unit, tree, node, &tree.name)));
                } else if let ItemKind::Plan(tree) = &item.value.kind {
                    let node = nodes.find(&program.plans, Kind::Plan, unit, &tree.name);
                    linted.plans.extend(node.map(|node| pair(unit, tree, node, &tree.name)));
                } else if let ItemKind::Policy(tree) = &item.value.kind {
                    let node = nodes.find(&program.policies, Kind::Policy, unit, &tree.name);
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
        let (id, _) = self.typed.item(path).filter(|(_, item)| !item.external)?;
        self.typed.statement(id, kind, at)
    }

    /// Of each detector of the program whether nothing names it, tests aside, and nothing outside may.
    pub(crate) fn idle_detectors(&self) -> Vec<bool> {
        let items = self.typed.items.iter().zip(self.typed.named());
        let detectors = items.filter(|(item, _)| item.kind == Kind::Detector);
        detectors.map(|(item, named)| !named && !item.public).collect()
    }

    /// Of each detector of the program whether policies with plans act on it.
    pub(crate) fn acted_on(&self) -> Vec<bool> {
        let acts = |policy: &&Policy| policy.ladder.iter().any(|rung| rung.plans().next().is_some());
        let mut acted_on = vec![false; self.program.detectors.len()];
        for detector in self.program.policies.iter().filter(acts).filter_map(|policy| policy.on.detector()) {
            acted_on.get_mut(detector.at()).into_iter().for_each(|slot| *slot = true);
        }
        acted_on
    }
}

fn pair<'a, T, N>(
    unit: &SourceUnit<'a>,
    tree: &'a T,
    (at, node): (usize, &'a N),
    name: &'a Name,
) -> Pair<'a, T, N> {
    Pair { file: unit.file, tree, node, at, name, text: unit.text }
}

/// Where the node of each item stands in the table of its kind, by the place of its name.
struct Nodes {
    by_name: HashMap<(FileId, u32), (Kind, usize)>,
}

impl Nodes {
    fn of(typed: &TypedProgram) -> Nodes {
        let mut by_name = HashMap::with_capacity(typed.items.len());
        let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
        for item in &typed.items {
            let count = counts.entry(item.kind).or_default();
            by_name.insert((item.file, item.name_range.start), (item.kind, *count));
            *count += 1;
        }
        Nodes { by_name }
    }

    fn find<'a, N>(
        &self,
        table: &'a [N],
        wanted: Kind,
        unit: &SourceUnit<'_>,
        name: &Name,
    ) -> Option<(usize, &'a N)> {
        let (kind, at) = self.by_name.get(&(unit.file, name.range.start))?;
        table.get(*at).filter(|_| *kind == wanted).map(|node| (*at, node))
    }
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
