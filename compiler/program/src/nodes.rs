//! The nodes of a program. Every table is sorted by item path, so equal sources in any order give equal programs.

mod act;
mod affects;
mod observe;
mod policy;

use serde::{Deserialize, Serialize};

pub use act::*;
pub use affects::{Affected, Affects};
pub use observe::*;
pub use policy::*;

use crate::{Dimension, Expression, SemanticHash, index::*};

/// Where an item stands in its package: `module.name`, or `std.module.name` for the standard library.
/// It is what people see and what guard state hangs on.
pub type ItemPath = String;

/// What an item is called by those that know its module: `Pod` of `std.k8s.Pod`.
#[must_use]
pub fn short_name(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// What every node carries.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Where the item stands.
    pub path: ItemPath,
    /// Hash of what the node means, with what it reads; not of its name, place or formatting.
    pub hash: SemanticHash,
    /// The item's doc comment, one line a line. Not part of the hash.
    pub documentation: String,
    /// Where it was written. Not part of any hash.
    pub origin: Origin,
}

/// A place in a source file, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Path from the package's root, with `/`; `std/...` for the standard library.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
}

/// `param budget: duration in 100ms..2s = 250ms`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Param {
    /// Path, hash, origin.
    pub head: Head,
    /// What the number measures.
    pub dimension: Dimension,
    /// The value that holds, in the base unit.
    pub value: f64,
    /// Smallest and largest value a reviewer may choose.
    pub range: Option<(f64, f64)>,
}

/// The type of a field or of a parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// A text.
    Text,
    /// A number with a dimension.
    Quantity(Dimension),
    /// Another entity.
    Entity(EntityIndex),
    /// Any number of other entities.
    Entities(EntityIndex),
}

/// A parameter of an action, channel or plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: FieldKind,
}

/// `require EXPR`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Require {
    /// The condition.
    pub condition: Expression,
    /// Its text as the formatter writes it. Not part of the hash.
    pub text: String,
}

/// A way over fields from an entity that has a name: `pod.service`. It ends at an entity or at a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Way {
    /// The name it starts from: a parameter, or an entity in scope under its lower-case name.
    pub root: String,
    /// The entity of that name.
    pub entity: EntityIndex,
    /// Field names from there; empty: the entity itself.
    pub path: Vec<String>,
}

/// As it is written.
impl std::fmt::Display for Way {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.root)?;
        self.path.iter().try_for_each(|field| write!(formatter, ".{field}"))
    }
}

/// An argument of a call, evaluated when the call is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Argument {
    /// An entity that the caller has under this name.
    Entity(String),
    /// An entity put together from the key fields at hand: one expression a key field, in the entity's order.
    EntityFromKey(EntityIndex, Vec<String>),
    /// A value.
    Value(Expression),
}
