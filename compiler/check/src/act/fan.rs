//! `for each w in Workload where ... at most 50 { step ... }`: steps that are done with each of a set.

use heal_diagnostics::{Code, Diagnostic, Safety, TextRange};
use heal_expr::Type;
use heal_program::{EntityIndex, Fan};
use heal_syntax::tree;

use crate::{ItemKind, ReferenceKind, check::Checker, item::Item, scope::Locals};

impl<'a> Checker<'a> {
    /// Checks the head of a `for each`, and gives what its steps can name besides.
    pub(super) fn fan(
        &mut self,
        item: &Item<'a>,
        locals: &Locals,
        written: &tree::ForEach,
        range: TextRange,
    ) -> (Option<Fan>, Locals) {
        let mut inside = locals.clone();
        let variable = &written.variable;
        let is_taken =
            locals.values.contains_key(&variable.value) || locals.reported.contains(&variable.value);
        if is_taken {
            let message = format!("`{}` is a parameter of `{}` already", variable.value, item.name.value);
            self.error(item, Code::DUPLICATE_NAME, variable.range, message);
        }
        let need = "`for each` needs";
        let kind = ReferenceKind::Uses;
        let entity = self.item_of_kind(item, &written.entity, ItemKind::Entity, need, kind);
        match &entity {
            Some(entity) => {
                inside.entities.insert(variable.value.clone(), EntityIndex(entity.index));
                inside.values.insert(variable.value.clone(), Type::Entity(EntityIndex(entity.index)));
            }
            None => {
                inside.reported.insert(variable.value.clone());
            }
        }
        let condition = written.condition.as_ref().map(|written| self.plan_condition(item, &inside, written));
        if written.at_most.is_none() && !item.tree.incomplete {
            self.unbounded_fan(item, written, range);
        }
        let targets_max = written.at_most.as_ref().and_then(|most| self.constant_whole(item, most, 1));
        if written.steps.is_empty() && !item.tree.incomplete {
            let message = format!("this `for each` of `{}` has no `step`", item.name.value);
            self.error(item, Code::MISSING_STATEMENT, variable.range, message);
        }
        let fan = || {
            let condition = match condition {
                Some(condition) => Some(condition?),
                None => None,
            };
            Some(Fan {
                variable: variable.value.clone(),
                entity: EntityIndex(entity?.index),
                condition,
                targets_max: targets_max?,
            })
        };
        (fan().filter(|_| !is_taken), inside)
    }

    /// Telemetry says how many there are: only a written number bounds a plan.
    fn unbounded_fan(&mut self, item: &Item<'a>, written: &tree::ForEach, range: TextRange) {
        let message = format!("nothing bounds how many `{}` are worked on", written.variable.value);
        let mut diagnostic =
            Diagnostic::error(Code::MISSING_STATEMENT, item.unit.file, written.variable.range, message)
                .with_help("say how many at most, such as `at most 50`, before the brace");
        if let Some(brace) = item.unit.source().slice(range).find('{') {
            let at = range.start.saturating_add(brace as u32);
            let at = TextRange::new(at, at);
            diagnostic = diagnostic.with_fix("write `at most 50`", Safety::Unsafe, at, "at most 50 ");
        }
        self.diagnostics.push(diagnostic);
    }
}
