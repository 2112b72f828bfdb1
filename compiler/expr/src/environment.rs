//! What an expression asks about the names in it.

use heal_diagnostics::{Code, Diagnostic, FileId, TextRange};
use heal_program::{DetectorIndex, Dimension, EntityIndex, EventIndex, FieldKind, ParamIndex, SignalIndex};
use heal_syntax::tree::{Expression, Name};

use crate::{EntityPath, Key, Source, Type, Typed};

/// What names mean where an expression stands. Lookups take `&mut self` so that an implementation can note who refers
/// to what.
pub trait Environment {
    /// What a plain name means as a value.
    fn value(&mut self, name: &Name) -> Resolution;

    /// What `module.name` means as a value; `None` when `module` is not the name of a module here.
    fn member(&mut self, module: &str, name: &Name) -> Option<Resolution>;

    /// The entity that stands under this name here, such as `pod`.
    fn entity(&mut self, name: &Name) -> Option<EntityIndex>;

    /// The way to the entity that stands under this name here. For what has the entity itself it is the name; for a
    /// parameter of a function it is what was given: `pod.workload`.
    fn entity_path(&mut self, name: &Name) -> Option<EntityPath> {
        self.entity(name).map(|entity| EntityPath::root(name.value.clone(), entity))
    }

    /// A field of an entity. Its key fields are fields too, of type text.
    fn field(&self, entity: EntityIndex, field: &str) -> FieldResolution;

    /// The entity's name, for messages.
    fn entity_name(&self, entity: EntityIndex) -> String;

    /// The entity's key fields, in order; empty where the entity was reported.
    fn entity_keys(&self, entity: EntityIndex) -> Vec<String>;

    /// All names that mean a value here, for suggestions.
    fn names(&self) -> Vec<String>;

    /// The names among them that only this item has: its key fields, parameters and entities.
    fn own_names(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether `function`, or `module.function`, is a `fn` that can be called here, or was one before it was reported.
    /// Only then are arguments typed for [`Environment::call`].
    fn has_function(&mut self, module: Option<&Name>, function: &Name) -> bool {
        let (_, _) = (module, function);
        false
    }

    /// Calls a `fn`: binds `arguments` to its parameters and gives its body, typed with them put in. `None` where there
    /// is no such function; `Reported` where something is wrong, which `diagnostics` or an earlier run then say.
    fn call(
        &mut self,
        module: Option<&Name>,
        function: &Name,
        arguments: Vec<Given<'_>>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Result<Typed, Reported>> {
        let (_, _, _, _) = (module, function, arguments, diagnostics);
        None
    }

    /// The names of all `fn`s that can be called here, or in a module of this name here, for suggestions.
    fn functions(&self, module: Option<&str>) -> Vec<String> {
        let _ = module;
        Vec::new()
    }
}

/// That something is wrong, which has been said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported;

/// An argument that is given to a `fn`.
#[derive(Clone, Debug)]
pub struct Given<'e> {
    /// The name before the colon.
    pub name: Option<&'e Name>,
    /// As it was written.
    pub written: &'e Expression,
    /// Where it was written.
    pub source: Source<'e>,
    /// What it names, when it is just a name: what a parameter that is a signal, an event or a detector takes. A
    /// parameter that resolves to this value again reads the same signal.
    pub value: Option<Value>,
    /// What a parameter that is an entity takes: the way to one, or to a field of one.
    pub path: Option<EntityPath>,
    /// What a parameter that is a value takes; [`fit`](crate::fit) says whether it is what is needed. `None` for a name
    /// that cannot be read as a value, such as a counter's or an event's; and where it is wrong.
    pub typed: Option<Typed>,
    /// Whether it is wrong, and that has been said: then nothing more is said about it.
    pub reported: bool,
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
    /// An event: only whether and how often it happened are values.
    Event {
        /// Which.
        index: EventIndex,
        /// Its key.
        key: Key,
        /// Where it is defined.
        place: Place,
    },
    /// A key field, or a parameter of the plan or action at hand.
    Local(Type),
    /// An expression that has been typed and is put in where the name stands: what a `let` or a parameter of a template
    /// or function stands for, and what only the program has a word for, such as `body` or `episode.id`.
    Bound(Typed),
}
