//! What an expression asks about the names in it.

use heal_diagnostics::{Code, FileId, TextRange};
use heal_program::{DetectorIndex, Dimension, EntityIndex, FieldKind, ParamIndex, SignalIndex};
use heal_syntax::tree::Name;

use crate::{Key, Type};

/// What names mean where an expression stands. Lookups take `&mut self` so that an implementation can note who refers
/// to what.
pub trait Environment {
    /// What a plain name means as a value.
    fn value(&mut self, name: &Name) -> Resolution;

    /// What `module.name` means as a value; `None` when `module` is not the name of a module here.
    fn member(&mut self, module: &str, name: &Name) -> Option<Resolution>;

    /// The entity that stands under this name here, such as `pod`.
    fn entity(&mut self, name: &Name) -> Option<EntityIndex>;

    /// A field of an entity. Its key fields are fields too, of type text.
    fn field(&self, entity: EntityIndex, field: &str) -> FieldResolution;

    /// The entity's name, for messages.
    fn entity_name(&self, entity: EntityIndex) -> String;

    /// All names that mean a value here, for suggestions.
    fn names(&self) -> Vec<String>;
}

/// What a name means.
#[derive(Clone, Debug)]
pub enum Resolution {
    /// A value.
    Value(Value),
    /// Something that has been reported where it is defined: nothing more is said.
    Reported,
    /// Something that cannot stand in an expression, such as "a plan".
    WrongKind(&'static str),
    /// Something that cannot stand in this expression, with what to say about it.
    Refused {
        /// Which problem.
        code: Code,
        /// What is wrong, as a message.
        message: String,
        /// What to write.
        help: String,
    },
    /// Nothing.
    Missing,
}

/// What a field of an entity is.
#[derive(Clone, Debug)]
pub enum FieldResolution {
    /// A field of this type.
    Found(FieldKind),
    /// A field, or an entity, that has been reported where it is defined.
    Reported,
    /// No field; these are the entity's.
    Missing(Vec<String>),
}

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// Where in it.
    pub range: TextRange,
}

/// A value that has a name.
#[derive(Clone, Debug)]
pub enum Value {
    /// A `param`.
    Param {
        /// Which.
        index: ParamIndex,
        /// What it measures.
        dimension: Dimension,
        /// Where it is defined.
        place: Place,
    },
    /// A `signal` or `counter`.
    Signal {
        /// Which.
        index: SignalIndex,
        /// What it measures.
        dimension: Dimension,
        /// Whether it is a counter.
        counter: bool,
        /// Its key.
        key: Key,
        /// The unit after `in`: the one a person thinks of it in.
        unit: Option<String>,
        /// Where it is defined.
        place: Place,
    },
    /// A detector: true while it fires.
    Detector {
        /// Which.
        index: DetectorIndex,
        /// Its key.
        key: Key,
    },
    /// A key field, or a parameter of the plan or action at hand.
    Local(Type),
}
