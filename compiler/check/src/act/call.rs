//! Calls: which argument goes to which parameter.

use std::collections::BTreeMap;

use heal_diagnostics::{Code, Diagnostic, Safety, TextRange};
use heal_expr::{Expected, Type, check_entity, with_nearest};
use heal_program::{Argument, EntityIndex, Expression as Lowered, FieldKind, Way};
use heal_syntax::tree::{Call, CallArgument, Expression, Name};

use crate::{
    check::{Checker, range_of},
    decide::Firing,
    item::Item,
    known::ParameterShape,
    scope::{Locals, Scope},
};

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Caller<'c> {
    /// An action or a plan, with its parameters and what else it can name.
    Item(&'c Locals),
    /// A policy, for a firing.
    Policy(&'c Firing),
}

impl<'a> Checker<'a> {
    /// The arguments of a call in the order of the parameters of `callee`; `None` when something is wrong.
    pub(crate) fn bind(
        &mut self,
        item: &Item<'a>,
        call: &Call,
        callee: &Item<'a>,
        caller: Caller<'_>,
    ) -> Option<Vec<Argument>> {
        let parameters = self.known.parameters.get(&callee.id)?.clone();
        let range = range_of(&call.target);
        match (&call.arguments, caller) {
            (Some(arguments), _) => self.bind_written(item, range, arguments, &parameters, callee, caller),
            (None, Caller::Policy(firing)) => self.bind_from_key(item, range, &parameters, callee, firing),
            (None, Caller::Item(_)) => self.bind_written(item, range, &[], &parameters, callee, caller),
        }
    }

    /// `recycle(pod: pod)`: by position, then by name.
    fn bind_written(
        &mut self,
        item: &Item<'a>,
        range: TextRange,
        arguments: &[CallArgument],
        parameters: &[ParameterShape],
        callee: &Item<'a>,
        caller: Caller<'_>,
    ) -> Option<Vec<Argument>> {
        let given = self.assign(item, arguments, parameters, callee)?;
        let missing: Vec<String> = parameters
            .iter()
            .zip(&given)
            .filter(|(parameter, argument)| argument.is_none() && parameter.default.is_none())
            .map(|(parameter, _)| self.shown(parameter))
            .collect();
        if !missing.is_empty() {
            let message = format!("`{}` needs {}", callee.name.value, missing.join(" and "));
            let diagnostic = Diagnostic::error(Code::WRONG_ARGUMENTS, item.unit.file, range, message)
                .with_secondary(callee.unit.file, callee.name.range, "defined here");
            self.diagnostics.push(diagnostic);
            return None;
        }
        let bound: Vec<Option<Argument>> = parameters
            .iter()
            .zip(given)
            .map(|(parameter, argument)| match argument {
                Some(argument) => self.argument(item, argument, parameter.kind.as_ref()?, caller),
                None => parameter.default.clone()?.map(Argument::Value),
            })
            .collect();
        bound.into_iter().collect()
    }

    /// The written argument of each parameter.
    fn assign<'e>(
        &mut self,
        item: &Item<'a>,
        arguments: &'e [CallArgument],
        parameters: &[ParameterShape],
        callee: &Item<'a>,
    ) -> Option<Vec<Option<&'e Expression>>> {
        let mut given: Vec<Option<&Expression>> = vec![None; parameters.len()];
        let mut next = 0;
        for argument in arguments {
            let at = match &argument.name {
                Some(name) => self.position(item, name, parameters, callee)?,
                None => next,
            };
            next = at + 1;
            let callee = &callee.name.value;
            let message = match given.get_mut(at).map(|place| place.replace(&argument.value)) {
                Some(None) => continue,
                Some(Some(_)) => format!("this parameter of `{callee}` is given twice"),
                None => format!("`{callee}` takes {} arguments, and more are given", parameters.len()),
            };
            self.error(item, Code::WRONG_ARGUMENTS, argument.value.range, message);
            return None;
        }
        Some(given)
    }

    fn position(
        &mut self,
        item: &Item<'a>,
        name: &Name,
        parameters: &[ParameterShape],
        callee: &Item<'a>,
    ) -> Option<usize> {
        let position = parameters.iter().position(|parameter| parameter.name == name.value);
        if position.is_none() {
            let message = format!("`{}` has no parameter `{}`", callee.name.value, name.value);
            let diagnostic = Diagnostic::error(Code::WRONG_ARGUMENTS, item.unit.file, name.range, message);
            let known = parameters.iter().map(|parameter| parameter.name.as_str());
            self.diagnostics.push(with_nearest(diagnostic, &name.value, name.range, known));
        }
        position
    }

    fn argument(
        &mut self,
        item: &Item<'a>,
        written: &Expression,
        kind: &FieldKind,
        caller: Caller<'_>,
    ) -> Option<Argument> {
        let locals = match caller {
            Caller::Item(locals) => locals,
            Caller::Policy(firing) => &firing.locals,
        };
        let FieldKind::Entity(entity) = kind else {
            let expected = Expected::Argument(Type::of_field(kind));
            let typed = match caller {
                Caller::Item(locals) => self.expression(item, locals, written, &expected)?,
                Caller::Policy(firing) => self.for_firing(item, firing, written, &expected)?,
            };
            return Some(Argument::Value(typed.expression));
        };
        let mut scope = Scope::new(*item, &mut self.names, &self.known, locals);
        let source = item.unit.source();
        let path = check_entity(written, *entity, source, &mut scope, &mut self.diagnostics)?;
        if !path.fields.is_empty() {
            return Some(Argument::Value(Lowered::EntityField {
                root: path.root,
                entity: path.root_entity,
                path: path.fields,
            }));
        }
        match caller {
            Caller::Item(_) => Some(Argument::Entity(path.root)),
            Caller::Policy(_) => self.identified(*entity),
        }
    }

    /// `recycle`, without brackets: each entity from the key of the firing, by its type.
    fn bind_from_key(
        &mut self,
        item: &Item<'a>,
        range: TextRange,
        parameters: &[ParameterShape],
        callee: &Item<'a>,
        firing: &Firing,
    ) -> Option<Vec<Argument>> {
        let key = firing.key.as_ref()?;
        let mut bound = Vec::new();
        for (at, parameter) in parameters.iter().enumerate() {
            if let Some(default) = &parameter.default {
                bound.push(Argument::Value(default.clone()?));
                continue;
            }
            let kind = parameter.kind.as_ref()?;
            let twin = parameters.iter().take(at).find(|before| before.kind.as_ref() == Some(kind));
            let why = match (kind, twin) {
                (FieldKind::Entity(_), Some(twin)) => {
                    let (one, two) = (&twin.name, &parameter.name);
                    format!(
                        "the key of `{}` names one, which cannot be both `{one}` and `{two}`",
                        firing.trigger
                    )
                }
                (FieldKind::Entity(entity), None) => {
                    let shape = self.known.entities.get(&entity.0)?;
                    let lacking = shape.keys.iter().filter(|field| !key.fields().contains(field));
                    let lacking: Vec<String> = lacking.map(|field| format!("`{field}`")).collect();
                    if lacking.is_empty() {
                        bound.push(Argument::EntityFromKey(*entity, shape.keys.clone()));
                        continue;
                    }
                    format!("the key of `{}`, {key}, lacks {}", firing.trigger, lacking.join(" and "))
                }
                (FieldKind::Text | FieldKind::Quantity(_) | FieldKind::Entities(_), _) => {
                    "only entities are taken from the key of a firing".to_owned()
                }
            };
            let message = format!("`{}` needs {}, and {why}", callee.name.value, self.shown(parameter));
            let mut diagnostic = Diagnostic::error(Code::UNBOUND_PARAMETER, item.unit.file, range, message)
                .with_secondary(callee.unit.file, callee.name.range, "defined here");
            let way = self.way_to(kind, &firing.locals.entities).filter(|_| twin.is_none());
            let example = way.as_ref().map_or("...".to_owned(), Way::to_string);
            let example = format!("{}({}: {example})", item.unit.source().line(range), parameter.name);
            diagnostic = diagnostic.with_help(format!("give it by hand: `{example}`"));
            if way.is_some() && parameters.len() == 1 {
                diagnostic =
                    diagnostic.with_fix(format!("write `{example}`"), Safety::Unsafe, range, example.clone());
            }
            self.diagnostics.push(diagnostic);
            return None;
        }
        Some(bound)
    }

    /// A way to an entity of this kind from what the key identifies, the shortest one.
    fn way_to(&self, kind: &FieldKind, roots: &BTreeMap<String, EntityIndex>) -> Option<Way> {
        let FieldKind::Entity(wanted) = kind else { return None };
        let ways = roots
            .iter()
            .filter_map(|(name, entity)| self.shortest_way(name, *entity, &|reached| reached == *wanted));
        ways.min_by_key(|way| (way.path.len(), way.root.clone()))
    }

    /// An entity put together from the key fields of a firing.
    fn identified(&self, entity: EntityIndex) -> Option<Argument> {
        self.known.entities.get(&entity.0).map(|shape| Argument::EntityFromKey(entity, shape.keys.clone()))
    }

    /// A parameter as it is written.
    fn shown(&self, parameter: &ParameterShape) -> String {
        let type_ = match &parameter.kind {
            Some(FieldKind::Text) => "text".to_owned(),
            Some(FieldKind::Quantity(dimension)) => dimension.to_string(),
            Some(FieldKind::Entity(entity) | FieldKind::Entities(entity)) => {
                self.known.entities.get(&entity.0).map(|shape| shape.name.clone()).unwrap_or_default()
            }
            None => "?".to_owned(),
        };
        format!("`{}: {type_}`", parameter.name)
    }
}
