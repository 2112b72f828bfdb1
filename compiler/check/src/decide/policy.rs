//! Policies: what to do when a detector fires or an event happens, and how far to go.

use heal_expr::Key;
use heal_program::{DetectorIndex, EventIndex, Policy, Trigger};
use heal_syntax::tree::{self, Expression, GuardStatement, Path, PolicyStatement, Spanned};

use crate::{
    ItemKind, ReferenceKind, StatementKind,
    check::{Checker, range_of},
    decide::ladder::WrittenRung,
    item::Item,
    known::Binding,
    names::Found,
    statements::Slot,
};

/// The statements of a policy, each where it may stand.
struct Written<'t> {
    on: Slot<&'t Path>,
    condition: Slot<&'t Expression>,
    guard: Slot<&'t [Spanned<GuardStatement>]>,
    shadow: Slot<()>,
    rungs: Vec<WrittenRung<'t>>,
}

/// What a policy acts on.
#[derive(Clone, Debug)]
pub(super) struct Triggered {
    /// Which detector or event.
    pub(super) on: Trigger,
    /// Its name.
    pub(super) name: String,
    /// Its key; none where it was reported.
    pub(super) key: Option<Key>,
}

impl<'a> Checker<'a> {
    /// Checks a policy, or makes one from its template.
    pub(crate) fn policy(&mut self, item: &Item<'a>) -> Option<Policy> {
        if let tree::ItemKind::Instance(instance) = &item.tree.kind {
            return self.instance(item, instance, |checker, template| {
                let tree::ItemKind::Policy(policy) = &template.tree.kind else { return None };
                checker.policy_body(item, template, policy)
            });
        }
        let tree::ItemKind::Policy(policy) = &item.tree.kind else { return None };
        self.policy_body(item, item, policy)
    }

    /// Checks a policy that has parameters.
    pub(crate) fn policy_template(&mut self, item: &Item<'a>) -> Option<()> {
        let tree::ItemKind::Policy(policy) = &item.tree.kind else { return None };
        let parameters = policy.parameters.as_deref().unwrap_or_default();
        self.template(item, parameters, |checker, template| {
            checker.policy_body(item, template, policy);
        });
        Some(())
    }

    /// The statements of a policy in `item`, which are its own or those of its template.
    fn policy_body(&mut self, owner: &Item<'a>, item: &Item<'a>, policy: &'a tree::Policy) -> Option<Policy> {
        let written = self.policy_statements(item, policy);
        let trigger = written.on.value().and_then(|path| self.trigger(item, path));
        let firing = self.firing(item, trigger.as_ref());
        let condition = written.condition.value().map(|written| self.requirement_for(item, &firing, written));
        let ladder = self.ladder(item, &firing, &written.rungs);
        let statements = written.guard.value().copied().unwrap_or_default();
        let guarded = self.policy_guard(item, &firing, &ladder, statements);
        self.bounded(item, &ladder, &guarded, written.guard.range());
        self.approved(item, &ladder, &guarded);
        let condition = match condition {
            Some(condition) => Some(condition?),
            None => None,
        };
        Some(Policy {
            head: owner.head(),
            on: trigger?.on,
            condition,
            ladder: ladder.rungs?,
            guard: guarded.guard?,
            shadow: written.shadow.value().is_some(),
        })
    }

    fn policy_statements(&mut self, item: &Item<'a>, policy: &'a tree::Policy) -> Written<'a> {
        let mut written = Written {
            on: Slot::new("on"),
            condition: Slot::new("where"),
            guard: Slot::new("guard"),
            shadow: Slot::new("shadow"),
            rungs: Vec::new(),
        };
        for Spanned { value: statement, range } in &policy.statements {
            let range = *range;
            match statement {
                PolicyStatement::On(trigger) => self.fill(item, &mut written.on, trigger, range),
                PolicyStatement::Where(condition) => {
                    self.note_place(item, StatementKind::Where, 0, condition.range);
                    self.fill(item, &mut written.condition, condition, range);
                }
                PolicyStatement::Guard(statements) => {
                    self.fill(item, &mut written.guard, statements.as_slice(), range);
                }
                PolicyStatement::Rung(rung) => {
                    self.note_place(item, StatementKind::Rung, written.rungs.len(), range);
                    written.rungs.push(WrittenRung { rung, range });
                }
                PolicyStatement::Shadow => self.fill(item, &mut written.shadow, (), range),
            }
        }
        self.require(item, &written.on, "on slow");
        written
    }

    /// The detector or event after `on`; in a template maybe one of its parameters.
    fn trigger(&mut self, item: &Item<'a>, path: &Path) -> Option<Triggered> {
        if let Some(given) = self.given_trigger(item, path) {
            return given;
        }
        let range = range_of(path);
        let found = self.names.path(item, path);
        if let Found::Item(event) = found
            && event.kind == ItemKind::Event
        {
            self.names.note(item, &event, ReferenceKind::Triggers, range);
            let key = self.known.events.get(&event.index).map(|shape| shape.key.clone());
            let on = Trigger::Event(EventIndex(event.index));
            return Some(Triggered { on, name: event.name.value.clone(), key });
        }
        if let Found::Missing = found {
            let shown = item.unit.source().line(range);
            let wanted = [ItemKind::Detector, ItemKind::Event];
            self.missing(item, path, &wanted, &[], &format!("unknown detector `{shown}`"));
            return None;
        }
        let need = "a policy's `on` needs an event or";
        let detector = self.item_of_kind(item, path, ItemKind::Detector, need, ReferenceKind::Triggers)?;
        let key = self.known.detectors.get(&detector.index).map(|shape| shape.key.clone());
        let on = Trigger::Detector(DetectorIndex(detector.index));
        Some(Triggered { on, name: detector.name.value.clone(), key })
    }

    /// What was given for a parameter of the template; `None` where the path is no parameter, the inner `None` where
    /// what was given was reported.
    fn given_trigger(&mut self, item: &Item<'a>, path: &Path) -> Option<Option<Triggered>> {
        let [name] = path.parts.as_slice() else { return None };
        let binding = self.known.bindings_of(item)?.get(&name.value)?.clone();
        let (on, key) = match binding {
            Binding::Value(heal_expr::Value::Detector { index, key }) => (Trigger::Detector(index), key),
            Binding::Value(heal_expr::Value::Event { index, key, .. }) => (Trigger::Event(index), key),
            Binding::Reported => return Some(None),
            Binding::Entity(_) | Binding::Value(_) => {
                let message = format!("`{}` is not a detector, and a policy's `on` needs one", name.value);
                self.error(item, heal_diagnostics::Code::WRONG_KIND, name.range, message);
                return Some(None);
            }
        };
        Some(Some(Triggered { on, name: name.value.clone(), key: Some(key) }))
    }
}
