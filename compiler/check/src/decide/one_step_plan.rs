//! An action where a plan is needed: the plan to write.

use heal_diagnostics::{Code, Diagnostic, Edit, Fix, Safety, TextRange};
use heal_program::{Dimension, EntityIndex, FieldKind};
use heal_syntax::tree::{Call, ItemKind as TreeKind, Parameter, ParameterType, TypeName};

use crate::{
    ItemKind, ReferenceKind,
    check::{Checker, range_of},
    item::Item,
    names::Found,
};

impl<'a> Checker<'a> {
    /// Reports an action as a rung, with the plan of one step that would do it.
    pub(super) fn action_as_rung(&mut self, item: &Item<'a>, call: &Call, action: &Item<'a>) {
        let range = range_of(&call.target);
        let source = item.unit.source();
        let written = source.line(range);
        self.names.note(item, action, ReferenceKind::Calls, range);
        let message = format!("`{written}` is an action, and a rung needs a plan");
        let mut diagnostic = Diagnostic::error(Code::WRONG_KIND, item.unit.file, range, message)
            .with_secondary(action.unit.file, action.name.range, "defined here");
        if let Some((name, plan)) = self.one_step_plan(item, &written, action) {
            let edits = vec![
                Edit { file: item.unit.file, range, text: name.clone() },
                Edit {
                    file: item.unit.file,
                    range: TextRange::new(item.range.end, item.range.end),
                    text: format!("\n\n{plan}"),
                },
            ];
            let title = format!("write the plan `{name}`, and try it");
            diagnostic = diagnostic.with_help(format!(
                "a plan says what must hold before and after: write `{plan}`, and `{name}` here"
            ));
            diagnostic.fixes.push(Fix { title, safety: Safety::Safe, edits });
        }
        self.diagnostics.push(diagnostic);
    }

    /// A plan with the parameters of `action`, which it hands on. `None` where a type has no name in the file.
    fn one_step_plan(
        &mut self,
        item: &Item<'a>,
        written: &str,
        action: &Item<'a>,
    ) -> Option<(String, String)> {
        let TreeKind::Action(tree) = &action.tree.kind else { return None };
        let shapes = self.known.parameters.get(&action.id)?.clone();
        let mut parameters = Vec::new();
        let mut arguments = Vec::new();
        for (parameter, shape) in tree.parameters.iter().zip(&shapes) {
            let type_ = self.type_text(item, action, parameter, shape.kind.as_ref()?)?;
            parameters.push(format!("{}: {type_}", parameter.name.value));
            arguments.push(parameter.name.value.clone());
        }
        let step = &action.name.value;
        let name = self.free_name(item, step)?;
        let brackets =
            if parameters.is_empty() { String::new() } else { format!("({})", parameters.join(", ")) };
        let arguments =
            if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
        let plan = format!("plan {name}{brackets} {{ step {step} = {written}{arguments} }}");
        Some((name, plan))
    }

    /// A name near `wanted` that means nothing in the file yet.
    fn free_name(&mut self, item: &Item<'a>, wanted: &str) -> Option<String> {
        let candidates = [wanted.to_owned(), format!("run_{wanted}"), format!("{wanted}_plan")];
        candidates.into_iter().find(|name| matches!(self.names.plain(item, name), Found::Missing))
    }

    /// A parameter's type as it is written in the file of `item`.
    fn type_text(
        &mut self,
        item: &Item<'a>,
        action: &Item<'a>,
        parameter: &Parameter,
        kind: &FieldKind,
    ) -> Option<String> {
        let name = match kind {
            FieldKind::Entity(entity) => return self.entity_text(item, *entity),
            FieldKind::Entities(entity) => return Some(format!("[{}]", self.entity_text(item, *entity)?)),
            FieldKind::Text => return Some("text".to_owned()),
            FieldKind::Quantity(Dimension { .. }) => match &parameter.type_ {
                ParameterType::Value(TypeName { path, per, .. }) => {
                    let range = range_of(path);
                    per.as_ref().map_or(range, |per| range.cover(per.range))
                }
                ParameterType::Series { .. } | ParameterType::Detector(_) => return None,
            },
        };
        Some(action.unit.source().line(name))
    }

    /// How the file of `item` can name an entity.
    fn entity_text(&mut self, item: &Item<'a>, entity: EntityIndex) -> Option<String> {
        let entity = self.names.items.at(ItemKind::Entity, entity.0).copied()?;
        let name = &entity.name.value;
        if matches!(self.names.plain(item, name), Found::Item(found) if found.id == entity.id) {
            return Some(name.clone());
        }
        let module = entity.unit.module.rsplit('.').next()?;
        match self.names.member(item, module, name)? {
            Found::Item(found) if found.id == entity.id => Some(format!("{module}.{name}")),
            Found::Item(_) | Found::Reported | Found::Module | Found::Private(_) | Found::Missing => None,
        }
    }
}
