//! What is known of the items checked so far, as those that refer to them need it.

use std::collections::{BTreeMap, BTreeSet};

use heal_expr::{EntityPath, Key, Place, Typed, Value};
use heal_program::{Affects, Dimension, EventSource, Expression, FieldKind, Millis, Risk};

use crate::{
    act::PlanShape,
    decide::SharedGuardShape,
    item::{Item, ItemId},
    template::Spec,
};

/// By position in the tables. What is not here was reported.
#[derive(Debug, Default)]
pub(crate) struct Known<'a> {
    pub(crate) params: BTreeMap<u32, Dimension>,
    pub(crate) lets: BTreeMap<u32, Typed>,
    pub(crate) functions: BTreeMap<u32, FunctionShape<'a>>,
    pub(crate) entities: BTreeMap<u32, EntityShape>,
    pub(crate) signals: BTreeMap<u32, SignalShape>,
    /// The fields of the events that a source brings.
    pub(crate) sources: BTreeMap<u32, BTreeSet<String>>,
    pub(crate) events: BTreeMap<u32, EventShape>,
    pub(crate) detectors: BTreeMap<u32, DetectorShape>,
    pub(crate) templates: BTreeMap<ItemId, TemplateShape<'a>>,
    pub(crate) actions: BTreeMap<u32, ActionShape>,
    pub(crate) plans: BTreeMap<u32, PlanShape>,
    pub(crate) shared_guards: BTreeMap<u32, SharedGuardShape>,
    /// The parameters of actions, channels and plans.
    pub(crate) parameters: BTreeMap<ItemId, Vec<ParameterShape>>,
    /// What the parameters of templates are, for each use.
    bindings: Vec<Bindings>,
}

/// What the parameters of a template or function are, by name.
pub(crate) type Bindings = BTreeMap<String, Binding>;

/// Which use of a template it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BindingsId(usize);

/// What a parameter is.
#[derive(Clone, Debug)]
pub(crate) enum Binding {
    /// A value, telemetry or a detector.
    Value(Value),
    /// An entity.
    Entity(EntityPath),
    /// Something that was reported.
    Reported,
}

impl Known<'_> {
    /// Takes up what the parameters of a template are.
    pub(crate) fn bind(&mut self, bindings: Bindings) -> BindingsId {
        self.bindings.push(bindings);
        BindingsId(self.bindings.len() - 1)
    }

    /// Adds what one more parameter is.
    pub(crate) fn add_binding(&mut self, id: BindingsId, name: &str, binding: Binding) {
        if let Some(bindings) = self.bindings.get_mut(id.0) {
            bindings.insert(name.to_owned(), binding);
        }
    }

    /// What the parameters of an item are, if it is a template in use.
    pub(crate) fn bindings_of(&self, item: &Item<'_>) -> Option<&Bindings> {
        self.bindings.get(item.bound?.0)
    }
}

/// A template from outside.
#[derive(Clone, Debug)]
pub(crate) struct TemplateShape<'a> {
    pub(crate) specs: Vec<Spec<'a>>,
    /// Whether something is wrong with its body, which has been reported.
    pub(crate) broken: bool,
}

/// A function from outside.
#[derive(Clone, Debug)]
pub(crate) struct FunctionShape<'a> {
    pub(crate) item: Item<'a>,
    pub(crate) specs: Vec<Spec<'a>>,
    /// How deep its expression nests, with those of the functions that it calls.
    pub(crate) height: usize,
    /// Whether something is wrong with it, which has been reported.
    pub(crate) broken: bool,
}

/// An entity from outside.
#[derive(Clone, Debug)]
pub(crate) struct EntityShape {
    pub(crate) name: String,
    pub(crate) keys: Vec<String>,
    /// Without the key fields; none where the type was reported.
    pub(crate) fields: BTreeMap<String, Option<FieldKind>>,
    /// Whether a syntax error may hide fields.
    pub(crate) incomplete: bool,
}

/// A signal or counter from outside.
#[derive(Clone, Debug)]
pub(crate) struct SignalShape {
    pub(crate) dimension: Dimension,
    pub(crate) counter: bool,
    pub(crate) key: Key,
    pub(crate) unit: Option<String>,
    pub(crate) cadence: Cadence,
}

/// An event from outside.
#[derive(Clone, Debug)]
pub(crate) struct EventShape {
    pub(crate) key: Key,
    /// Where it comes from; none where that was reported.
    pub(crate) source: Option<EventSource>,
    /// What each has by name; none: what cannot be known.
    pub(crate) fields: Option<BTreeSet<String>>,
}

/// When something has a new value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cadence {
    /// The grid.
    pub(crate) every: Millis,
    /// How long after a step of the grid it is evaluated.
    pub(crate) lateness: Millis,
}

impl Cadence {
    /// The cadence of what reads both: the faster grid, the longer wait.
    pub(crate) fn with(self, other: Cadence) -> Cadence {
        Cadence { every: self.every.min(other.every), lateness: self.lateness.max(other.lateness) }
    }
}

/// A detector from outside.
#[derive(Clone, Debug)]
pub(crate) struct DetectorShape {
    pub(crate) key: Key,
    pub(crate) cadence: Cadence,
}

/// An action from outside.
#[derive(Clone, Debug)]
pub(crate) struct ActionShape {
    pub(crate) risk: Risk,
    pub(crate) timeout: Millis,
    pub(crate) idempotent: bool,
    /// The parameters that it replaces.
    pub(crate) replaces: Vec<String>,
    /// Whether something takes it back; the inner `None` where that was reported.
    pub(crate) undo: Option<Option<u32>>,
    /// What it says that it changes.
    pub(crate) affects: Option<Affects>,
    pub(crate) place: Place,
}

/// A parameter from outside.
#[derive(Clone, Debug)]
pub(crate) struct ParameterShape {
    pub(crate) name: String,
    /// None where the type was reported.
    pub(crate) kind: Option<FieldKind>,
    /// What it is when it is not given; the inner `None` where that was reported.
    pub(crate) default: Option<Option<Expression>>,
}
