//! The order in which detectors are checked: each after those that it reads, because its key rests on theirs.

use std::collections::BTreeSet;

use heal_syntax::tree::{DetectorStatement, Expression, ExpressionKind, ItemKind as TreeKind};

use crate::{
    ItemKind,
    item::{Item, ItemId},
    names::{Found, Names},
};

/// All detectors, each after those that it reads. In a circle there is no such order: one of its detectors comes
/// before one that it reads, and cannot be checked; the graph reports the circle.
pub(crate) fn detector_order<'a>(names: &mut Names<'a>) -> Vec<Item<'a>> {
    let detectors: Vec<Item<'a>> = names.items.of_kind(ItemKind::Detector).collect();
    let mut visited = BTreeSet::new();
    let mut order = Vec::with_capacity(detectors.len());
    // A chain of detectors can be as long as a package: the way back is kept here, not on the stack.
    let mut pending: Vec<Visit<'a>> = detectors.into_iter().rev().map(Visit::Enter).collect();
    while let Some(visit) = pending.pop() {
        match visit {
            Visit::Leave(item) => order.push(item),
            Visit::Enter(item) => {
                if visited.insert(item.id) {
                    pending.push(Visit::Leave(item));
                    pending.extend(detectors_read_by(&item, names).into_iter().rev().map(Visit::Enter));
                }
            }
        }
    }
    order
}

enum Visit<'a> {
    Enter(Item<'a>),
    Leave(Item<'a>),
}

/// The detectors that a detector names in its conditions, in written order.
fn detectors_read_by<'a>(item: &Item<'a>, names: &mut Names<'a>) -> Vec<Item<'a>> {
    let TreeKind::Detector(detector) = &item.tree.kind else { return Vec::new() };
    let mut read: Vec<Item<'a>> = Vec::new();
    let mut seen: BTreeSet<ItemId> = BTreeSet::new();
    let mut note = |found: Option<Found<'a>>| {
        if let Some(Found::Item(found)) = found
            && found.kind == ItemKind::Detector
            && seen.insert(found.id)
        {
            read.push(found);
        }
    };
    let mut pending: Vec<&Expression> =
        detector.statements.iter().rev().filter_map(|it| condition(&it.value)).collect();
    while let Some(expression) = pending.pop() {
        match expression.kind.as_ref() {
            ExpressionKind::Name(name) => note(Some(names.plain(item, name))),
            ExpressionKind::Field(receiver, field) => {
                if let ExpressionKind::Name(module) = receiver.kind.as_ref() {
                    note(names.member(item, module, &field.value));
                }
                pending.push(receiver);
            }
            ExpressionKind::Number { .. } | ExpressionKind::Text(_) | ExpressionKind::Bool(_) => {}
            ExpressionKind::List(items) => pending.extend(items.iter().rev()),
            ExpressionKind::Call { receiver, arguments, .. } => {
                pending.extend(arguments.iter().rev().map(|argument| &argument.value));
                pending.extend(receiver);
            }
            ExpressionKind::Unary(_, operand) => pending.push(operand),
            ExpressionKind::Index(left, right) | ExpressionKind::Binary(left, _, right) => {
                pending.extend([right, left]);
            }
            ExpressionKind::Conditional(condition, then, otherwise) => {
                pending.extend([otherwise, then, condition]);
            }
        }
    }
    read
}

fn condition(statement: &DetectorStatement) -> Option<&Expression> {
    match statement {
        DetectorStatement::When(condition) | DetectorStatement::Clear(condition, _) => Some(condition),
        DetectorStatement::For(_) | DetectorStatement::Severity(_) => None,
    }
}
