//! What an expression of an item can name: the [`Environment`] of its check.

use std::collections::{BTreeMap, BTreeSet};

use heal_diagnostics::{Code, Diagnostic};
use heal_expr::{
    EntityPath, Environment, FieldResolution, Given, Key, NODES_MAX, Reported, Resolution, Type, Typed, Value,
};
use heal_program::{DetectorIndex, EntityIndex, EventIndex, Expression, FieldKind, ParamIndex, SignalIndex};
use heal_syntax::tree::Name;

use crate::{
    ItemKind, ReferenceKind,
    item::Item,
    known::{Binding, Bindings, Known, ParameterShape, SignalShape},
    names::{Found, Names},
};

/// The kinds of items that have a value.
const VALUES: &[ItemKind] =
    &[ItemKind::Param, ItemKind::Let, ItemKind::Signal, ItemKind::Event, ItemKind::Detector];

/// Names that mean something inside one item only.
#[derive(Clone, Debug, Default)]
pub(crate) struct Locals {
    /// Key fields and parameters.
    pub(crate) values: BTreeMap<String, Type>,
    /// Entities: parameters, or what the key of a policy identifies. Such a name may be a value too: the key field
    /// `pod` beside the entity `pod`.
    pub(crate) entities: BTreeMap<String, EntityIndex>,
    /// Names that stand for something else: parameters of a function, `body`, `it`.
    pub(crate) bound: Bindings,
    /// What stands after a name and a dot, where that name is neither an entity nor a module: `episode.id`.
    pub(crate) members: BTreeMap<String, BTreeMap<String, Typed>>,
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

    /// Where values from outside have these names.
    pub(crate) fn from_outside(names: &[&str]) -> Locals {
        let bound = |name: &&str| {
            let typed = Typed::new(Expression::Variable((*name).to_owned()), Type::Json);
            ((*name).to_owned(), Binding::Value(Value::Bound(typed)))
        };
        Locals { bound: names.iter().map(bound).collect(), ..Locals::default() }
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
    pub(crate) known: &'c Known<'a>,
    pub(crate) locals: &'c Locals,
    /// How many nodes have been put in for names.
    pub(crate) spent: usize,
}

impl<'c, 'a> Scope<'c, 'a> {
    /// The environment of expressions of `item`.
    pub(crate) fn new(
        item: Item<'a>,
        names: &'c mut Names<'a>,
        known: &'c Known<'a>,
        locals: &'c Locals,
    ) -> Scope<'c, 'a> {
        Scope { item, names, known, locals, spent: 0 }
    }
}

impl Environment for Scope<'_, '_> {
    fn value(&mut self, name: &Name) -> Resolution {
        if let Some(binding) = self.binding(&name.value) {
            return match binding.clone() {
                Binding::Value(value) => self.put_in(value, name),
                // Only its fields are values: they are asked for as those of an entity.
                Binding::Entity(path) => Resolution::Value(Value::Local(Type::of_field(&path.end))),
                Binding::Reported => Resolution::Reported,
            };
        }
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
        if let Some(members) = self.locals.members.get(module) {
            return Some(match members.get(&name.value) {
                Some(typed) => Resolution::Value(Value::Bound(typed.clone())),
                None => Resolution::Refused {
                    code: Code::UNKNOWN_FIELD,
                    message: format!("`{module}` has no field `{}`", name.value),
                    help: match heal_expr::nearest(&name.value, members.keys().map(String::as_str)) {
                        Some(meant) => format!("did you mean `{module}.{meant}`?"),
                        None => {
                            let fields: Vec<&str> = members.keys().map(String::as_str).collect();
                            format!("its fields are {}", fields.join(", "))
                        }
                    },
                },
            });
        }
        if self.is_local(module) {
            return None;
        }
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
        self.entity_path(name).map(|path| path.root_entity)
    }

    fn entity_path(&mut self, name: &Name) -> Option<EntityPath> {
        match self.binding(&name.value) {
            Some(Binding::Entity(path)) => return Some(path.clone()),
            Some(Binding::Value(_) | Binding::Reported) => return None,
            None => {}
        }
        let entity = self.locals.entities.get(&name.value).copied()?;
        if let Some(item) = self.names.items.at(ItemKind::Entity, entity.0).copied() {
            self.names.note(&self.item, &item, ReferenceKind::Uses, name.range);
            self.names.mark_used(&self.item, &item.name.value);
        }
        Some(EntityPath::root(name.value.clone(), entity))
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
        let own = self.own_names().into_iter();
        own.chain(self.names.known(&self.item, VALUES)).collect()
    }

    fn own_names(&self) -> Vec<String> {
        let of_template = self.known.bindings_of(&self.item).into_iter().flat_map(BTreeMap::keys);
        let locals = self.locals.values.keys().chain(self.locals.entities.keys());
        locals.chain(self.locals.bound.keys()).chain(of_template).cloned().collect()
    }

    fn has_function(&mut self, module: Option<&Name>, function: &Name) -> bool {
        match (module, self.callee(module, function)) {
            (_, Some(Found::Item(item))) => module.is_some() || item.kind != ItemKind::Signal,
            (_, Some(Found::Reported | Found::Private(_))) | (Some(_), Some(Found::Missing)) => true,
            (_, Some(Found::Module | Found::Missing) | None) => false,
        }
    }

    fn call(
        &mut self,
        module: Option<&Name>,
        function: &Name,
        arguments: Vec<Given<'_>>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Result<Typed, Reported>> {
        self.called(module, function, &arguments, diagnostics)
    }

    fn functions(&self, module: Option<&str>) -> Vec<String> {
        match module {
            Some(module) => self.names.known_in(&self.item, module, &[ItemKind::Function]),
            None => self.names.known(&self.item, &[ItemKind::Function]),
        }
    }
}

impl Scope<'_, '_> {
    /// Whether a name means something of the item itself, and so no module.
    pub(crate) fn is_local(&self, name: &str) -> bool {
        self.binding(name).is_some()
            || self.locals.values.contains_key(name)
            || self.locals.entities.contains_key(name)
            || self.locals.reported.contains(name)
    }

    /// What a parameter of a template or function stands for.
    fn binding(&self, name: &str) -> Option<&Binding> {
        let of_template = self.known.bindings_of(&self.item).and_then(|bindings| bindings.get(name));
        self.locals.bound.get(name).or(of_template)
    }

    /// Puts in what a name stands for, as long as there is room.
    fn put_in(&mut self, value: Value, name: &Name) -> Resolution {
        if let Value::Bound(typed) = &value {
            self.spent = self.spent.saturating_add(typed.expression.size().nodes);
            if self.spent > NODES_MAX {
                return Resolution::Refused {
                    code: Code::TOO_DEEP,
                    message: format!("with what `{}` stands for, this expression is too large", name.value),
                    help: format!(
                        "at most {NODES_MAX} operators and operands are put in: let a detector read another one, which has its own expression"
                    ),
                };
            }
        }
        Resolution::Value(value)
    }

    fn resolution(&mut self, found: Found<'_>, name: &Name) -> Resolution {
        match found {
            Found::Item(item) => self.item_value(&item, name),
            Found::Reported => Resolution::Reported,
            Found::Module => match self.key_field_hint(&name.value) {
                Some(help) => Resolution::Refused {
                    code: Code::WRONG_KIND,
                    message: format!("`{}` is a module and has no value", name.value),
                    help,
                },
                None => Resolution::WrongKind("a module"),
            },
            Found::Private(item) => Resolution::Refused {
                code: Code::PRIVATE_ITEM,
                message: format!("`{}` is private to the package `{}`", name.value, item.unit.package.name),
                help: "only its items marked `pub` can be used in other packages".to_owned(),
            },
            Found::Missing if self.locals.any_name => Resolution::Reported,
            Found::Missing => match self.missing_hint(&name.value) {
                Some(help) => Resolution::Refused {
                    code: Code::UNKNOWN_NAME,
                    message: format!("unknown name `{}`", name.value),
                    help,
                },
                None => Resolution::Missing,
            },
        }
    }

    /// What to do about a name that means nothing here.
    fn missing_hint(&self, name: &str) -> Option<String> {
        self.key_field_hint(name).or_else(|| self.names.import_hint(&self.item, name, VALUES))
    }

    /// A detector judges all keys alike: which of them something is done for, a policy says.
    fn key_field_hint(&self, name: &str) -> Option<String> {
        let judges = matches!(self.item.kind, ItemKind::Detector | ItemKind::DetectorTemplate);
        let is_field = |signal: &SignalShape| signal.key.fields().iter().any(|field| field == name);
        (judges && self.known.signals.values().any(is_field)).then(|| {
            format!(
                "a detector judges every key alike: choose by `{name}` in a policy, `where {name} == \"...\"`, or in a \
                 signal, `from ... where {name} == \"...\"`"
            )
        })
    }

    fn item_value(&mut self, item: &Item<'_>, name: &Name) -> Resolution {
        let value = match item.kind {
            ItemKind::Param | ItemKind::Let | ItemKind::Signal | ItemKind::Event | ItemKind::Detector => {
                self.known_value(item)
            }
            ItemKind::Entity
            | ItemKind::Action
            | ItemKind::Channel
            | ItemKind::Plan
            | ItemKind::Policy
            | ItemKind::Function
            | ItemKind::Source
            | ItemKind::SharedGuard
            | ItemKind::DetectorTemplate
            | ItemKind::PolicyTemplate
            | ItemKind::Test => {
                return Resolution::WrongKind(item.kind.phrase());
            }
        };
        self.names.note(&self.item, item, ReferenceKind::Reads, name.range);
        if !self.locals.telemetry && is_telemetry(item, value.as_ref()) {
            let own = self.item.kind.phrase();
            return Resolution::Refused {
                code: Code::WRONG_KIND,
                message: format!("`{}` is telemetry, and {own} has no key to read it for", name.value),
                help: "read it in a detector, or in the `where` of a policy".to_owned(),
            };
        }
        value.map_or(Resolution::Reported, |value| self.put_in(value, name))
    }

    /// The value of an item of one of the [`VALUES`]; `None` where that was reported.
    fn known_value(&self, item: &Item<'_>) -> Option<Value> {
        let place = item.place();
        let at = item.index;
        match item.kind {
            ItemKind::Param => self.known.params.get(&at).map(|dimension| Value::Param {
                index: ParamIndex(at),
                dimension: *dimension,
                place,
            }),
            ItemKind::Let => self.known.lets.get(&at).cloned().map(Value::Bound),
            ItemKind::Signal => self.known.signals.get(&at).map(|signal| Value::Signal {
                index: SignalIndex(at),
                dimension: signal.dimension,
                counter: signal.counter,
                key: signal.key.clone(),
                unit: signal.unit.clone(),
                place,
            }),
            ItemKind::Event => self.known.events.get(&at).map(|event| Value::Event {
                index: EventIndex(at),
                key: event.key.clone(),
                place,
            }),
            ItemKind::Detector => self
                .known
                .detectors
                .get(&at)
                .map(|detector| Value::Detector { index: DetectorIndex(at), key: detector.key.clone() }),
            ItemKind::Entity
            | ItemKind::Action
            | ItemKind::Channel
            | ItemKind::Plan
            | ItemKind::Policy
            | ItemKind::Function
            | ItemKind::Source
            | ItemKind::SharedGuard
            | ItemKind::DetectorTemplate
            | ItemKind::PolicyTemplate
            | ItemKind::Test => None,
        }
    }
}

/// Whether a value is there only for a key.
fn is_telemetry(item: &Item<'_>, value: Option<&Value>) -> bool {
    match value {
        Some(Value::Param { .. }) => false,
        Some(Value::Bound(typed)) => typed.key != Key::default() || typed.reads_telemetry(),
        Some(Value::Signal { .. } | Value::Detector { .. } | Value::Event { .. } | Value::Local(_)) => true,
        None => !matches!(item.kind, ItemKind::Param | ItemKind::Let),
    }
}
