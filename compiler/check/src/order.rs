//! The order in which items are checked: each after those that its expressions name, because its type rests on theirs.

use std::collections::BTreeSet;

use heal_syntax::tree::{
    self, DetectorStatement, EntityStatement, EventStatement, Expression, ExpressionKind,
    ItemKind as TreeKind, LogReading, Name, Parameter, Path, SampleSource, SignalStatement, SourceStatement,
};

use crate::{
    ItemKind,
    item::{Item, ItemId},
    names::{Found, Names},
};

/// The kinds of items that expressions can rest on. Those that are missing rest on these, and nothing on them.
pub(crate) const ORDERED: &[ItemKind] = &[
    ItemKind::Param,
    ItemKind::Let,
    ItemKind::Function,
    ItemKind::Entity,
    ItemKind::Signal,
    ItemKind::Source,
    ItemKind::Event,
    ItemKind::DetectorTemplate,
    ItemKind::Detector,
];

/// The items of these kinds, each after those that it names. In a circle there is no such order: one of its items comes
/// before one that it names, and cannot be checked; the graph reports the circle.
pub(crate) fn in_order<'a>(names: &mut Names<'a>) -> Vec<Item<'a>> {
    let items = names.items.all.iter().filter(|item| item.is_checked() && ORDERED.contains(&item.kind));
    // A chain of items can be as long as a package: the way back is kept here, not on the stack.
    let mut pending: Vec<Visit> = items.rev().map(|item| Visit::Enter(item.id)).collect();
    let mut order = Vec::with_capacity(pending.len());
    let mut visited = vec![false; names.items.all.len()];
    while let Some(visit) = pending.pop() {
        match visit {
            Visit::Leave(id) => order.extend(names.items.get(id)),
            Visit::Enter(id) => {
                let slot = visited.get_mut(id.at()).filter(|visited| !**visited);
                let (Some(slot), Some(item)) = (slot, names.items.get(id).copied()) else { continue };
                *slot = true;
                pending.push(Visit::Leave(id));
                names.checking = &item.unit.module;
                pending.extend(named_by(&item, names).into_iter().rev().map(|item| Visit::Enter(item.id)));
            }
        }
    }
    order
}

enum Visit {
    Enter(ItemId),
    Leave(ItemId),
}

/// The items that an item names in its expressions, in written order.
pub(crate) fn named_by<'a>(item: &Item<'a>, names: &mut Names<'a>) -> Vec<Item<'a>> {
    let mut mentions = Mentions::default();
    mentions.item(&item.tree.kind);
    let mut named =
        Named { item, names, found: Vec::new(), seen: BTreeSet::new(), parameters: mentions.parameters };
    for path in mentions.paths {
        named.path(path);
    }
    for expression in mentions.expressions {
        named.expression(expression);
    }
    named.found
}

/// The parts of an item that name others.
#[derive(Default)]
struct Mentions<'t> {
    paths: Vec<&'t Path>,
    expressions: Vec<&'t Expression>,
    /// Names that mean a parameter there, and no item.
    parameters: BTreeSet<&'t str>,
}

impl<'t> Mentions<'t> {
    fn item(&mut self, item: &'t TreeKind) {
        match item {
            TreeKind::Param(param) => {
                self.expressions.push(&param.value);
                self.expressions.extend(param.range.iter().flat_map(|(low, high)| [low, high]));
            }
            TreeKind::Let(named) => self.expressions.push(&named.value),
            TreeKind::Function(function) => {
                self.parameters(&function.parameters);
                self.expressions.push(&function.value);
            }
            TreeKind::Entity(entity) => entity.statements.iter().for_each(|it| self.of_entity(&it.value)),
            TreeKind::Signal(signal) => signal.statements.iter().for_each(|it| self.of_signal(&it.value)),
            TreeKind::Event(event) => event.statements.iter().for_each(|it| self.of_event(&it.value)),
            TreeKind::Source(source) => source.statements.iter().for_each(|it| self.of_source(&it.value)),
            TreeKind::Detector(detector) => {
                self.parameters(detector.parameters.as_deref().unwrap_or_default());
                detector.statements.iter().for_each(|it| self.of_detector(&it.value));
            }
            TreeKind::Instance(instance) => {
                self.paths.push(&instance.template.target);
                let arguments = instance.template.arguments.iter().flatten();
                self.expressions.extend(arguments.map(|argument| &argument.value));
            }
            TreeKind::Use(_)
            | TreeKind::Topology(_)
            | TreeKind::Action(_)
            | TreeKind::Channel(_)
            | TreeKind::Plan(_)
            | TreeKind::Policy(_)
            | TreeKind::SharedGuard(_)
            | TreeKind::Test(_) => {}
        }
    }

    fn parameters(&mut self, parameters: &'t [Parameter]) {
        for parameter in parameters {
            self.parameters.insert(&parameter.name.value);
            self.expressions.extend(&parameter.default);
        }
    }

    fn of_entity(&mut self, statement: &'t EntityStatement) {
        match statement {
            EntityStatement::Field(tree::Field { source, .. }) => {
                source.iter().for_each(|it| self.of_samples(it))
            }
            EntityStatement::From(source) => self.of_samples(source),
            EntityStatement::Every(it) | EntityStatement::StaleAfter(it) | EntityStatement::AtMost(it) => {
                self.expressions.push(it);
            }
        }
    }

    fn of_signal(&mut self, statement: &'t SignalStatement) {
        match statement {
            SignalStatement::From(source) => self.of_samples(source),
            SignalStatement::Every(it) | SignalStatement::StaleAfter(it) | SignalStatement::AtMost(it) => {
                self.expressions.push(it);
            }
        }
    }

    fn of_samples(&mut self, source: &'t SampleSource) {
        match source {
            SampleSource::Prometheus(_) | SampleSource::Metric(..) => {}
            SampleSource::Logs(log) => self.of_reading(&log.reading),
        }
    }

    fn of_reading(&mut self, reading: &'t LogReading) {
        match reading {
            LogReading::CountPer(span) => self.expressions.push(span),
            LogReading::Value(_) | LogReading::Line => {}
        }
    }

    fn of_event(&mut self, statement: &'t EventStatement) {
        match statement {
            EventStatement::From(path, _) => self.paths.push(path),
            EventStatement::FromNamed(..) => {}
            EventStatement::FromLogs(log) => self.of_reading(&log.reading),
            EventStatement::AtMost(count) => self.expressions.push(count),
        }
    }

    fn of_source(&mut self, statement: &'t SourceStatement) {
        match statement {
            SourceStatement::Webhook(_) | SourceStatement::Secret(_) | SourceStatement::Signature(..) => {}
            SourceStatement::Each(it) | SourceStatement::Where(it) => self.expressions.push(it),
            SourceStatement::Event(_, object) => {
                self.expressions.extend(object.entries.iter().filter_map(|entry| match &entry.value {
                    tree::ObjectValue::Expression(value) => Some(value),
                    tree::ObjectValue::Object(_) | tree::ObjectValue::List(_) => None,
                }));
            }
        }
    }

    fn of_detector(&mut self, statement: &'t DetectorStatement) {
        match statement {
            DetectorStatement::When(it) | DetectorStatement::For(it) => self.expressions.push(it),
            DetectorStatement::Clear(condition, span) => {
                self.expressions.push(condition);
                self.expressions.extend(span);
            }
            DetectorStatement::Severity(_) => {}
        }
    }
}

/// What is found for the names of an item.
struct Named<'n, 'a> {
    item: &'n Item<'a>,
    names: &'n mut Names<'a>,
    found: Vec<Item<'a>>,
    seen: BTreeSet<ItemId>,
    parameters: BTreeSet<&'n str>,
}

impl<'a> Named<'_, 'a> {
    fn note(&mut self, found: Option<Found<'a>>) {
        if let Some(Found::Item(found)) = found
            && ORDERED.contains(&found.kind)
            && self.seen.insert(found.id)
        {
            self.found.push(found);
        }
    }

    fn path(&mut self, path: &Path) {
        let found = self.names.path(self.item, path);
        self.note(Some(found));
    }

    fn name(&mut self, name: &str) {
        if !self.parameters.contains(name) {
            let found = self.names.plain(self.item, name);
            self.note(Some(found));
        }
    }

    fn member(&mut self, receiver: &Expression, name: &str) {
        if let ExpressionKind::Name(module) = receiver.kind.as_ref() {
            let found = self.names.member(self.item, module, name);
            self.note(found);
        }
    }

    fn expression(&mut self, expression: &Expression) {
        let mut pending = vec![expression];
        while let Some(expression) = pending.pop() {
            match expression.kind.as_ref() {
                ExpressionKind::Name(name) => self.name(name),
                ExpressionKind::Field(receiver, field) => {
                    self.member(receiver, &field.value);
                    pending.push(receiver);
                }
                ExpressionKind::Call { receiver, function, arguments } => {
                    match receiver {
                        Some(receiver) => self.member(receiver, &function.value),
                        None => self.name(&function.value),
                    }
                    pending.extend(arguments.iter().rev().map(|argument| &argument.value));
                    pending.extend(receiver);
                }
                ExpressionKind::Number { .. } | ExpressionKind::Text(_) | ExpressionKind::Bool(_) => {}
                ExpressionKind::List(items) => pending.extend(items.iter().rev()),
                ExpressionKind::Unary(_, operand) => pending.push(operand),
                ExpressionKind::Index(left, right) | ExpressionKind::Binary(left, _, right) => {
                    pending.extend([right, left]);
                }
                ExpressionKind::Conditional(condition, then, otherwise) => {
                    pending.extend([otherwise, then, condition]);
                }
            }
        }
    }
}

/// How deep an expression nests. Does not recurse.
pub(crate) fn depth_of(expression: &Expression) -> usize {
    let mut deepest = 0;
    let mut pending = vec![(expression, 1)];
    while let Some((expression, depth)) = pending.pop() {
        deepest = deepest.max(depth);
        expression.each_operand(&mut |operand| pending.push((operand, depth + 1)));
    }
    deepest
}

/// The names in an expression, from left to right: fields, functions and modules' members are none. Does not recurse.
pub(crate) fn names_in(expression: &Expression) -> Vec<Name> {
    let mut names = Vec::new();
    let mut pending = vec![expression];
    while let Some(expression) = pending.pop() {
        if let ExpressionKind::Name(name) = expression.kind.as_ref() {
            names.push(Name { value: name.clone(), range: expression.range });
        }
        let first = pending.len();
        expression.each_operand(&mut |operand| pending.push(operand));
        // The last one is taken first.
        pending.get_mut(first..).into_iter().for_each(<[_]>::reverse);
    }
    names
}
