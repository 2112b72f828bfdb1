//! What is known of the items checked so far, as those that refer to them need it.

use std::collections::BTreeMap;

use heal_expr::{Key, Place};
use heal_program::{Dimension, FieldKind, Millis, Risk};

use crate::item::ItemId;

/// By position in the tables. What is not here was reported.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) params: BTreeMap<u32, Dimension>,
    pub(crate) entities: BTreeMap<u32, EntityShape>,
    pub(crate) signals: BTreeMap<u32, SignalShape>,
    pub(crate) detectors: BTreeMap<u32, DetectorShape>,
    pub(crate) actions: BTreeMap<u32, ActionShape>,
    pub(crate) plans: BTreeMap<u32, PlanShape>,
    /// The parameters of actions, channels and plans.
    pub(crate) parameters: BTreeMap<ItemId, Vec<ParameterShape>>,
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
#[derive(Clone, Copy, Debug)]
pub(crate) struct ActionShape {
    pub(crate) risk: Risk,
    pub(crate) timeout: Millis,
}

/// A plan from outside.
#[derive(Clone, Debug)]
pub(crate) struct PlanShape {
    pub(crate) risk: Risk,
    /// What gives it that risk: a step, or its own `risk`.
    pub(crate) because: Place,
}

/// A parameter from outside.
#[derive(Clone, Debug)]
pub(crate) struct ParameterShape {
    pub(crate) name: String,
    /// None where the type was reported.
    pub(crate) kind: Option<FieldKind>,
}
