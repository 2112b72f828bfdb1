//! Policies: what to do when a detector fires or an event happens, and how far to go.

use heal_diagnostics::{Code, Diagnostic};
use heal_program::{DetectorIndex, EventIndex, Policy, Trigger};
use heal_syntax::tree::{self, Expression, GuardStatement, Path, PolicyStatement, Spanned};

use crate::{
    ItemKind, ReferenceKind, StatementKind,
    check::{Checker, range_of},
    decide::ladder::WrittenRung,
    item::Item,
    names::Found,
    scope::Locals,
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

impl<'a> Checker<'a> {
    /// Checks a policy.
    pub(crate) fn policy(&mut self, item: &Item<'a>) -> Option<Policy> {
        let tree::ItemKind::Policy(policy) = &item.tree.kind else { return None };
        self.policy_with(item, policy, Locals::default())
    }

    /// Checks the statements of a policy, whose expressions can name `locals` besides.
    pub(crate) fn policy_with(
        &mut self,
        item: &Item<'a>,
        policy: &'a tree::Policy,
        locals: Locals,
    ) -> Option<Policy> {
        let written = self.policy_statements(item, policy);
        let trigger = written.on.value().and_then(|path| self.trigger(item, path));
        let firing = self.firing(item, trigger.as_ref(), locals);
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
        let trigger = trigger?;
        let on = match trigger.kind {
            ItemKind::Event => Trigger::Event(EventIndex(trigger.index)),
            _ => Trigger::Detector(DetectorIndex(trigger.index)),
        };
        Some(Policy {
            head: item.head(),
            on,
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

    /// The detector or event after `on`.
    fn trigger(&mut self, item: &Item<'a>, path: &Path) -> Option<Item<'a>> {
        let range = range_of(path);
        let shown = item.unit.source().line(range);
        if let Found::Item(found) = self.names.path(item, path)
            && found.kind == ItemKind::Event
        {
            self.names.note(item, &found, ReferenceKind::Triggers, range);
            return Some(found);
        }
        if let Found::Missing = self.names.path(item, path) {
            let wanted = [ItemKind::Detector, ItemKind::Event];
            self.missing(item, path, &wanted, &[], &format!("unknown detector `{shown}`"));
            return None;
        }
        let need = "a policy's `on` needs";
        let before = self.diagnostics.len();
        let found = self.item_of_kind(item, path, ItemKind::Detector, need, ReferenceKind::Triggers);
        // A signal is watched by a detector: that is what is most often meant.
        if let (None, Some(last)) = (&found, self.diagnostics.get_mut(before))
            && last.code == Code::WRONG_KIND
        {
            let help = format!("write a detector, such as `detector odd {{ when {shown} > ... }}`");
            let diagnostic = last.clone();
            if matches!(self.names.path(item, path), Found::Item(found) if found.kind == ItemKind::Signal) {
                *last = Diagnostic::with_help(diagnostic, help);
            }
        }
        found
    }
}
