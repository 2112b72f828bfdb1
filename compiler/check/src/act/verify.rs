//! What must hold: before a plan's first step, and after its last.

use heal_diagnostics::{Code, Diagnostic, Safety, TextRange};
use heal_expr::{Expected, SpanKind, Typed};
use heal_program::{Expression as Lowered, Require, Verify};
use heal_syntax::tree::{Expression, ExpressionKind, Name};

use crate::{
    ItemKind, ReferenceKind, StatementKind, act::replaced::Replaced, check::Checker, item::Item,
    names::Found, scope::Locals,
};

/// A `verify` as written.
#[derive(Clone, Copy)]
pub(super) struct WrittenVerify<'t> {
    pub(super) condition: &'t Expression,
    pub(super) within: &'t Expression,
    pub(super) range: TextRange,
}

impl<'a> Checker<'a> {
    /// A condition of a plan, with its text.
    pub(super) fn plan_condition(
        &mut self,
        item: &Item<'a>,
        locals: &Locals,
        written: &Expression,
    ) -> Option<Require> {
        let typed = self.for_plan(item, locals, written)?;
        Some(Require { condition: typed.expression, text: item.unit.source().line(written.range) })
    }

    /// Checks what a plan verifies, knowing what its steps replace.
    pub(super) fn verifies(
        &mut self,
        item: &Item<'a>,
        locals: &Locals,
        written: &[WrittenVerify<'_>],
        replaced: &[Replaced],
    ) -> Option<Vec<Verify>> {
        let mut verifies: Vec<Option<Verify>> = Vec::new();
        for written in written {
            self.note_place(item, StatementKind::Verify, verifies.len(), written.range);
            let within = self.constant_span(item, written.within, SpanKind::Positive);
            self.names.reading = ReferenceKind::Verifies;
            let typed = self.for_plan(item, locals, written.condition);
            self.names.reading = ReferenceKind::Reads;
            let verify = typed.and_then(|typed| {
                let condition = typed.expression;
                if self.verifies_replaced(item, &condition, written.condition, replaced)
                    || self.never_changes(item, &condition, written.condition)
                {
                    return None;
                }
                let text = item.unit.source().line(written.condition.range);
                Some(Verify { condition, within: within?, text })
            });
            verifies.push(verify);
        }
        verifies.into_iter().collect()
    }

    /// Reports a `verify` that says nothing of the world.
    fn never_changes(&mut self, item: &Item<'a>, condition: &Lowered, written: &Expression) -> bool {
        let mut reads = false;
        condition.walk(&mut |node| reads |= node.read().is_some());
        if !reads {
            let shown = item.unit.source().line(written.range);
            let message = format!("`{shown}` reads nothing that a plan could change");
            let diagnostic =
                Diagnostic::error(Code::CONSTANT_CONDITION, item.unit.file, written.range, message)
                    .with_help("compare a signal or a field of an entity with something");
            self.diagnostics.push(diagnostic);
        }
        !reads
    }

    /// A condition that has one value for a run: a plan has no key, so telemetry is read for an entity.
    fn for_plan(&mut self, item: &Item<'a>, locals: &Locals, written: &Expression) -> Option<Typed> {
        let typed = self.expression(item, locals, written, &Expected::Condition)?;
        if typed.key.fields().is_empty() {
            return Some(typed);
        }
        let culprit = self.keyed(item, locals, written);
        let range = culprit.as_ref().map_or(written.range, |culprit| culprit.range);
        let shown = item.unit.source().line(range);
        let message = format!("`{shown}` has the key {}, and a plan has none to read it for", typed.key);
        let ways = self.ways_to_key(locals, &typed.key);
        let mut diagnostic = Diagnostic::error(Code::KEY_MISMATCH, item.unit.file, range, message);
        diagnostic = match (ways.first(), culprit) {
            (Some(way), Some(culprit)) => {
                let meant = format!("{}[{way}]", culprit.value);
                diagnostic.with_help(format!("say whose it is: `{meant}`")).with_fix(
                    format!("write `{meant}`"),
                    Safety::Unsafe,
                    range,
                    meant,
                )
            }
            (_, _) => diagnostic.with_help("say whose it is, such as `latency[service]`"),
        };
        self.diagnostics.push(diagnostic);
        None
    }

    /// The first name of an expression that is telemetry with a key, and is not read for an entity.
    fn keyed(&mut self, item: &Item<'a>, locals: &Locals, written: &Expression) -> Option<Name> {
        let mut pending = vec![written];
        while let Some(expression) = pending.pop() {
            match expression.kind.as_ref() {
                ExpressionKind::Name(name) if !locals.values.contains_key(name) => {
                    let Found::Item(found) = self.names.plain(item, name) else { continue };
                    let has_key = match found.kind {
                        ItemKind::Signal => {
                            self.known.signals.get(&found.index).is_some_and(|it| !it.key.fields().is_empty())
                        }
                        ItemKind::Detector => self
                            .known
                            .detectors
                            .get(&found.index)
                            .is_some_and(|it| !it.key.fields().is_empty()),
                        ItemKind::Param
                        | ItemKind::Entity
                        | ItemKind::Action
                        | ItemKind::Channel
                        | ItemKind::Plan
                        | ItemKind::Policy
                        | ItemKind::Let
                        | ItemKind::Function
                        | ItemKind::Event
                        | ItemKind::Source
                        | ItemKind::SharedGuard
                        | ItemKind::DetectorTemplate
                        | ItemKind::PolicyTemplate
                        | ItemKind::Test => false,
                    };
                    if has_key {
                        return Some(Name { value: name.clone(), range: expression.range });
                    }
                }
                ExpressionKind::Number { .. }
                | ExpressionKind::Text(_)
                | ExpressionKind::Bool(_)
                | ExpressionKind::Name(_)
                | ExpressionKind::Index(..) => {}
                ExpressionKind::List(items) => pending.extend(items.iter().rev()),
                ExpressionKind::Field(receiver, _) => pending.push(receiver),
                ExpressionKind::Call { receiver, arguments, .. } => {
                    pending.extend(arguments.iter().rev().map(|argument| &argument.value));
                    pending.extend(receiver);
                }
                ExpressionKind::Unary(_, operand) => pending.push(operand),
                ExpressionKind::Binary(left, _, right) => pending.extend([right, left]),
                ExpressionKind::Conditional(condition, then, otherwise) => {
                    pending.extend([otherwise, then, condition]);
                }
            }
        }
        None
    }
}
