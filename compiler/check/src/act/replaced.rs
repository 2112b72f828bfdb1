//! Entities that an action replaces: after it, the name stands for what is no longer there.

use std::collections::BTreeMap;

use heal_diagnostics::{Code, Diagnostic, Safety, TextRange};
use heal_program::{Argument, EntityIndex, Expression as Lowered, FieldKind, Way};
use heal_syntax::tree::{Expression, ExpressionKind};

use crate::{check::Checker, item::Item, known::EntityShape};

/// An entity that a step replaces.
#[derive(Clone, Debug)]
pub(super) struct Replaced {
    /// The way that it was given by.
    way: Way,
    /// Where the step calls the action.
    by: TextRange,
    /// The step's name.
    step: String,
}

impl<'a> Checker<'a> {
    /// What a step's call replaces: the arguments for parameters that its action says it replaces.
    pub(super) fn replaced_by(
        &self,
        arguments: &[Argument],
        callee: &Item<'a>,
        entities: &BTreeMap<String, EntityIndex>,
        (step, by): (&str, TextRange),
    ) -> Vec<Replaced> {
        let Some(shape) = self.known.actions.get(&callee.index) else { return Vec::new() };
        let parameters = self.known.parameters.get(&callee.id).into_iter().flatten();
        let replaced =
            parameters.zip(arguments).filter(|(parameter, _)| shape.replaces.contains(&parameter.name));
        let ways = replaced.filter_map(|(_, argument)| way_of(argument, entities));
        ways.map(|way| Replaced { way, by, step: step.to_owned() }).collect()
    }

    /// Reports a step that is handed an entity which an earlier one has replaced.
    pub(super) fn uses_replaced(
        &mut self,
        item: &Item<'a>,
        arguments: &[Argument],
        replaced: &[Replaced],
        entities: &BTreeMap<String, EntityIndex>,
        call: TextRange,
    ) {
        for way in arguments.iter().filter_map(|argument| way_of(argument, entities)) {
            let Some(before) = replaced.iter().find(|before| before.way == way) else { continue };
            let message = format!("`{way}` is another one after `{}`, which replaces it", before.step);
            let diagnostic = Diagnostic::error(Code::REPLACED_ENTITY, item.unit.file, call, message)
                .with_secondary(item.unit.file, before.by, "it is replaced here");
            self.diagnostics.push(self.with_owner(diagnostic, &before.way, None));
            return;
        }
    }

    /// Reports a `verify` on what the plan replaces: the answer would be about something that is gone.
    pub(super) fn verifies_replaced(
        &mut self,
        item: &Item<'a>,
        condition: &Lowered,
        written: &Expression,
        replaced: &[Replaced],
    ) -> bool {
        let mut found: Option<(&Replaced, String)> = None;
        condition.walk(&mut |node| {
            let Lowered::EntityField { root, entity: _, path } = node else { return };
            let before =
                replaced.iter().find(|it| it.way.root == *root && self.is_of_replaced(&it.way, path));
            if let (None, Some(before)) = (&found, before) {
                let text = std::iter::once(root).chain(path).cloned().collect::<Vec<_>>().join(".");
                found = Some((before, text));
            }
        });
        let Some((before, text)) = found else { return false };
        let (by, step, way) = (before.by, before.step.clone(), before.way.clone());
        let place = place_of(written, &way.to_string());
        let range = place.unwrap_or(written.range);
        let shown = place.map_or(text, |place| item.unit.source().line(place));
        let message = format!("`{shown}` is of another one after `{step}`, which replaces `{way}`");
        let diagnostic = Diagnostic::error(Code::REPLACED_ENTITY, item.unit.file, range, message)
            .with_secondary(item.unit.file, by, format!("`{way}` is replaced here"));
        let diagnostic = self.with_owner(diagnostic, &way, Some(range));
        self.diagnostics.push(diagnostic);
        true
    }

    /// Whether a path leads to a field of a replaced entity itself; what its owner has too outlives it.
    fn is_of_replaced(&self, way: &Way, path: &[String]) -> bool {
        let Some([field]) = path.strip_prefix(way.path.as_slice()) else { return false };
        let Some(shape) = self.end_of(way) else { return false };
        match shape.fields.get(field) {
            Some(Some(FieldKind::Entity(_) | FieldKind::Entities(_)) | None)
                if !shape.keys.contains(field) =>
            {
                false
            }
            Some(_) => true,
            None => !self.owners(shape).any(|(_, owner)| owner.keys.contains(field)),
        }
    }

    /// The entity that a way ends at.
    fn end_of(&self, way: &Way) -> Option<&EntityShape> {
        way.path.iter().try_fold(self.known.entities.get(&way.entity.0)?, |shape, field| {
            match shape.fields.get(field)?.as_ref()? {
                FieldKind::Entity(next) => self.known.entities.get(&next.0),
                FieldKind::Text | FieldKind::Quantity(_) | FieldKind::Entities(_) => None,
            }
        })
    }

    /// The relations of an entity to others.
    fn owners<'s>(&'s self, shape: &'s EntityShape) -> impl Iterator<Item = (&'s str, &'s EntityShape)> {
        shape.fields.iter().filter_map(|(field, kind)| match kind {
            Some(FieldKind::Entity(owner)) => Some((field.as_str(), self.known.entities.get(&owner.0)?)),
            Some(FieldKind::Text | FieldKind::Quantity(_) | FieldKind::Entities(_)) | None => None,
        })
    }

    /// Proposes what outlives a replaced entity: of its relations the one that shares most of its key.
    fn with_owner(&self, diagnostic: Diagnostic, way: &Way, field: Option<TextRange>) -> Diagnostic {
        let Some(shape) = self.end_of(way) else { return diagnostic };
        let shared = |owner: &EntityShape| owner.keys.iter().filter(|key| shape.keys.contains(key)).count();
        let Some((relation, owner)) = self.owners(shape).max_by_key(|(_, owner)| shared(owner)) else {
            return diagnostic.with_help(format!("read something that outlives `{way}`"));
        };
        let meant = format!("{way}.{relation}");
        let diagnostic = diagnostic.with_help(format!("its `{}` outlives it: `{meant}`", owner.name));
        // Where a key is taken from the entity as a whole, the owner may stand in its place.
        match field.filter(|field| (field.end - field.start) as usize == way.to_string().len()) {
            Some(range) => diagnostic.with_fix(format!("write `{meant}`"), Safety::Unsafe, range, meant),
            None => diagnostic,
        }
    }
}

/// The way that an argument names an entity by.
fn way_of(argument: &Argument, entities: &BTreeMap<String, EntityIndex>) -> Option<Way> {
    match argument {
        Argument::Entity(root) => {
            Some(Way { root: root.clone(), entity: *entities.get(root)?, path: Vec::new() })
        }
        Argument::Value(Lowered::EntityField { root, entity, path }) => {
            Some(Way { root: root.clone(), entity: *entity, path: path.clone() })
        }
        Argument::EntityFromKey(..) | Argument::Value(_) => None,
    }
}

/// Where an expression names the entity at the end of a way, or a field of it: the longest such name.
fn place_of(written: &Expression, way: &str) -> Option<TextRange> {
    let mut pending = vec![written];
    while let Some(expression) = pending.pop() {
        if let Some(text) = dotted(expression) {
            let field = text.strip_prefix(way).and_then(|rest| rest.strip_prefix('.'));
            if text == way || field.is_some_and(|field| !field.contains('.')) {
                return Some(expression.range);
            }
            continue;
        }
        match expression.kind.as_ref() {
            ExpressionKind::Number { .. }
            | ExpressionKind::Text(_)
            | ExpressionKind::Bool(_)
            | ExpressionKind::Name(_) => {}
            ExpressionKind::List(items) => pending.extend(items.iter().rev()),
            ExpressionKind::Field(receiver, _) => pending.push(receiver),
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
    None
}

/// `pod.workload` as text, when an expression is nothing else.
fn dotted(expression: &Expression) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    let mut at = expression;
    while let ExpressionKind::Field(receiver, field) = at.kind.as_ref() {
        parts.push(&field.value);
        at = receiver;
    }
    let ExpressionKind::Name(root) = at.kind.as_ref() else { return None };
    parts.push(root);
    parts.reverse();
    Some(parts.join("."))
}
