//! What an expression of an item can name: the [`Environment`] of its check.

use std::collections::{BTreeMap, BTreeSet};

use heal_diagnostics::Code;
use heal_expr::{Environment, FieldResolution, Resolution, Type, Value};
use heal_program::{DetectorIndex, EntityIndex, FieldKind, ParamIndex, SignalIndex};
use heal_syntax::tree::Name;

use crate::{
    ItemKind, ReferenceKind,
    item::Item,
    known::{Known, ParameterShape},
    names::{Found, Names},
};

/// The kinds of items that have a value.
const VALUES: &[ItemKind] = &[ItemKind::Param, ItemKind::Signal, ItemKind::Detector];

/// Names that mean something inside one item only.
#[derive(Clone, Debug, Default)]
pub(crate) struct Locals {
    /// Key fields and parameters.
    pub(crate) values: BTreeMap<String, Type>,
    /// Entities: parameters, or what the key of a policy identifies. Such a name may be a value too: the key field
    /// `pod` beside the entity `pod`.
    pub(crate) entities: BTreeMap<String, EntityIndex>,
    /// Names whose meaning was reported.
    pub(crate) reported: BTreeSet<String>,
    /// Whether there is a key at hand, for which telemetry could be read.
    pub(crate) telemetry: bool,
    /// Whether the key at hand was reported: then any name may be meant to be one of its fields.
    pub(crate) any_name: bool,
}

impl Locals {
    /// Where telemetry is read.
    pub(crate) fn of_telemetry() -> Locals {
        Locals { telemetry: true, ..Locals::default() }
    }

    /// The parameters of a plan or action.
    pub(crate) fn of_parameters(parameters: &[ParameterShape]) -> Locals {
        let mut locals = Locals::default();
        for parameter in parameters {
            let name = parameter.name.clone();
            match &parameter.kind {
                None => {
                    locals.reported.insert(name);
                }
                Some(kind) => {
                    if let FieldKind::Entity(entity) = kind {
                        locals.entities.insert(name.clone(), *entity);
                    }
                    locals.values.insert(name, Type::of_field(kind));
                }
            }
        }
        locals
    }
}

/// The environment of an item's expressions.
pub(crate) struct Scope<'c, 'a> {
    pub(crate) item: Item<'a>,
    pub(crate) names: &'c mut Names<'a>,
    pub(crate) known: &'c Known,
    pub(crate) locals: &'c Locals,
}

impl Environment for Scope<'_, '_> {
    fn value(&mut self, name: &Name) -> Resolution {
        if let Some(type_) = self.locals.values.get(&name.value) {
            return Resolution::Value(Value::Local(type_.clone()));
        }
        if self.locals.reported.contains(&name.value) {
            return Resolution::Reported;
        }
        let found = self.names.plain(&self.item, &name.value);
        self.resolution(found, name)
    }

    fn member(&mut self, module: &str, name: &Name) -> Option<Resolution> {
        let found = self.names.member(&self.item, module, &name.value)?;
        Some(match found {
            Found::Missing => {
                let message = format!("`{module}` has no item `{}`", name.value);
                let known = self.names.known_in(&self.item, module, VALUES);
                let help = match heal_expr::nearest(&name.value, known.iter().map(String::as_str)) {
                    Some(meant) => format!("did you mean `{module}.{meant}`?"),
                    None => format!("its values are: {}", known.join(", ")),
                };
                Resolution::Refused { code: Code::UNKNOWN_NAME, message, help }
            }
            found @ (Found::Item(_) | Found::Reported | Found::Module | Found::Private(_)) => {
                self.resolution(found, name)
            }
        })
    }

    fn entity(&mut self, name: &Name) -> Option<EntityIndex> {
        let entity = self.locals.entities.get(&name.value).copied()?;
        if let Some(item) = self.names.items.at(ItemKind::Entity, entity.0).copied() {
            self.names.note(&self.item, &item, ReferenceKind::Uses, name.range);
            self.names.mark_used(&self.item, &item.name.value);
        }
        Some(entity)
    }

    fn field(&self, entity: EntityIndex, field: &str) -> FieldResolution {
        let Some(shape) = self.known.entities.get(&entity.0) else { return FieldResolution::Reported };
        if shape.keys.iter().any(|key| key == field) {
            return FieldResolution::Found(FieldKind::Text);
        }
        match shape.fields.get(field) {
            Some(Some(kind)) => FieldResolution::Found(kind.clone()),
            Some(None) => FieldResolution::Reported,
            None if shape.incomplete => FieldResolution::Reported,
            None => FieldResolution::Missing(shape.keys.iter().chain(shape.fields.keys()).cloned().collect()),
        }
    }

    fn entity_name(&self, entity: EntityIndex) -> String {
        self.known.entities.get(&entity.0).map(|shape| shape.name.clone()).unwrap_or_default()
    }

    fn entity_keys(&self, entity: EntityIndex) -> Vec<String> {
        self.known.entities.get(&entity.0).map(|shape| shape.keys.clone()).unwrap_or_default()
    }

    fn names(&self) -> Vec<String> {
        let locals = self.locals.values.keys().chain(self.locals.entities.keys()).cloned();
        locals.chain(self.names.known(&self.item, VALUES)).collect()
    }
}

impl Scope<'_, '_> {
    fn resolution(&mut self, found: Found<'_>, name: &Name) -> Resolution {
        match found {
            Found::Item(item) => self.item_value(&item, name),
            Found::Reported => Resolution::Reported,
            Found::Module => Resolution::WrongKind("a module"),
            Found::Private(item) => Resolution::Refused {
                code: Code::PRIVATE_ITEM,
                message: format!("`{}` is private to `{}`", name.value, item.unit.module),
                help: "use one of its public items".to_owned(),
            },
            Found::Missing if self.locals.any_name => Resolution::Reported,
            Found::Missing => match self.names.import_hint(&self.item, &name.value, VALUES) {
                Some(help) => Resolution::Refused {
                    code: Code::UNKNOWN_NAME,
                    message: format!("unknown name `{}`", name.value),
                    help,
                },
                None => Resolution::Missing,
            },
        }
    }

    fn item_value(&mut self, item: &Item<'_>, name: &Name) -> Resolution {
        let place = item.place();
        let value = match item.kind {
            ItemKind::Param => self.known.params.get(&item.index).map(|dimension| Value::Param {
                index: ParamIndex(item.index),
                dimension: *dimension,
                place,
            }),
            ItemKind::Signal => self.known.signals.get(&item.index).map(|signal| Value::Signal {
                index: SignalIndex(item.index),
                dimension: signal.dimension,
                counter: signal.counter,
                key: signal.key.clone(),
                unit: signal.unit.clone(),
                place,
            }),
            ItemKind::Detector => self.known.detectors.get(&item.index).map(|detector| Value::Detector {
                index: DetectorIndex(item.index),
                key: detector.key.clone(),
            }),
            ItemKind::Entity
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
            | ItemKind::Test => {
                return Resolution::WrongKind(item.kind.phrase());
            }
        };
        self.names.note(&self.item, item, ReferenceKind::Reads, name.range);
        if item.kind != ItemKind::Param && !self.locals.telemetry {
            let own = self.item.kind.phrase();
            return Resolution::Refused {
                code: Code::WRONG_KIND,
                message: format!("`{}` is telemetry, and {own} has no key to read it for", name.value),
                help: "read it in a detector, or in the `where` of a policy".to_owned(),
            };
        }
        value.map_or(Resolution::Reported, Resolution::Value)
    }
}
