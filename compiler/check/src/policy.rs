//! Policies: what to do when a detector fires, and how far to go.

use std::collections::BTreeMap;

use heal_diagnostics::{Code, Diagnostic};
use heal_expr::{Expected, Key, Type, Typed};
use heal_program::{DetectorIndex, EntityIndex, Policy, Require, Trigger};
use heal_syntax::tree::{self, Expression, GuardStatement, Path, PolicyStatement, RungKind, Spanned};

use crate::{
    ItemKind, ReferenceKind, arguments::Firing, check::Checker, item::Item, ladder::WrittenRung,
    scope::Locals, statements::Slot,
};

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
        let mut on: Slot<&Path> = Slot::new("on");
        let mut condition: Slot<&Expression> = Slot::new("where");
        let mut guard: Slot<&Spanned<PolicyStatement>> = Slot::new("guard");
        let mut rungs: Vec<WrittenRung<'_>> = Vec::new();
        for statement in &policy.statements {
            let range = statement.range;
            match &statement.value {
                PolicyStatement::On(detector) => self.fill(item, &mut on, detector, range),
                PolicyStatement::Where(written) => self.fill(item, &mut condition, written, range),
                PolicyStatement::Guard(_) => self.fill(item, &mut guard, statement, range),
                PolicyStatement::Rung(rung) => {
                    let (escalates, call) = match &rung.kind {
                        RungKind::Plan(call) => (false, Some(call)),
                        RungKind::Choose(_) => continue,
                        RungKind::Escalate(call) => (true, call.as_ref()),
                    };
                    rungs.push(WrittenRung { word: rung.word, escalates, call, range });
                }
                PolicyStatement::Shadow => {}
            }
        }
        self.require(item, &on, "on slow");
        let detector = on.value().and_then(|path| {
            let need = "a policy's `on` needs";
            self.item_of_kind(item, path, ItemKind::Detector, need, ReferenceKind::Triggers)
        });
        let firing = self.firing(item, detector.as_ref());
        let condition = condition.value().map(|written| self.requirement_for(item, &firing, written));
        let ladder = self.ladder(item, &firing, &rungs);
        let guard_statements: &[Spanned<GuardStatement>] = match guard.value().map(|it| &it.value) {
            Some(PolicyStatement::Guard(statements)) => statements,
            Some(
                PolicyStatement::On(_)
                | PolicyStatement::Where(_)
                | PolicyStatement::Rung(..)
                | PolicyStatement::Shadow,
            )
            | None => &[],
        };
        let guarded = self.guard(item, &firing, guard_statements);
        self.bounded(item, &ladder, &guarded, guard.value().map(|it| it.range));
        self.approved(item, &ladder, &guarded);
        let condition = match condition {
            Some(condition) => Some(condition?),
            None => None,
        };
        Some(Policy {
            head: owner.head(),
            on: Trigger::Detector(DetectorIndex(detector?.index)),
            condition,
            ladder: ladder.rungs?,
            guard: guarded.guard?,
            shadow: false,
        })
    }

    /// What can be named for a firing of `detector`: its key fields as text, and the entities that they identify
    /// among those that the file knows, under their names in lower case.
    fn firing(&mut self, item: &Item<'a>, detector: Option<&Item<'a>>) -> Firing {
        let key = detector.and_then(|it| self.known.detectors.get(&it.index)).map(|shape| shape.key.clone());
        let detector = detector.map(|it| it.name.value.clone()).unwrap_or_default();
        let mut locals = Locals { any_name: key.is_none(), ..Locals::of_telemetry() };
        if let Some(key) = &key {
            locals.values = key.fields().iter().map(|field| (field.clone(), Type::Text)).collect();
            locals.entities = self.entities_of(item, key);
        }
        Firing { detector, key, locals }
    }

    fn entities_of(&self, item: &Item<'a>, key: &Key) -> BTreeMap<String, EntityIndex> {
        let identified = |entity: &Item<'a>| {
            let shape = self.known.entities.get(&entity.index);
            shape.is_some_and(|shape| !shape.keys.is_empty() && key.contains(&Key::new(shape.keys.clone())))
        };
        let entities = self.names.entities(item).into_iter();
        let identified = entities.filter(|(_, entity)| identified(entity));
        identified.map(|(name, entity)| (lower_case(&name), EntityIndex(entity.index))).collect()
    }

    /// A condition on a firing, with its text.
    pub(crate) fn requirement_for(
        &mut self,
        item: &Item<'a>,
        firing: &Firing,
        written: &Expression,
    ) -> Option<Require> {
        let typed = self.for_firing(item, firing, written, &Expected::Condition)?;
        Some(Require { condition: typed.expression, text: item.unit.source().line(written.range) })
    }

    /// An expression that has one value for a firing: its key is part of the firing's.
    pub(crate) fn for_firing(
        &mut self,
        item: &Item<'a>,
        firing: &Firing,
        written: &Expression,
        expected: &Expected,
    ) -> Option<Typed> {
        let typed = self.expression(item, &firing.locals, written, expected)?;
        let key = firing.key.as_ref()?;
        if key.contains(&typed.key) {
            return Some(typed);
        }
        let message = format!(
            "`{}` has the key {}, and `{}` fires by {key}",
            item.unit.source().line(written.range),
            typed.key,
            firing.detector
        );
        let diagnostic = Diagnostic::error(Code::KEY_MISMATCH, item.unit.file, written.range, message)
            .with_help("read it in the detector, so that the detector fires by both keys");
        self.diagnostics.push(diagnostic);
        None
    }
}

/// `PodGroup` as a name in expressions: `pod_group`.
fn lower_case(name: &str) -> String {
    let mut result = String::with_capacity(name.len());
    let mut after_lower = false;
    for character in name.chars() {
        if character.is_uppercase() && after_lower {
            result.push('_');
        }
        after_lower = character.is_lowercase() || character.is_numeric();
        result.extend(character.to_lowercase());
    }
    result
}
