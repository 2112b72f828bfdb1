//! Types of expressions.

use std::fmt;

use heal_program::{Dimension, EntityIndex, FieldKind};

/// The type of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// A text.
    Text,
    /// A number with a dimension.
    Quantity(Dimension),
    /// A number without a unit: a ratio or a count, by need.
    Number,
    /// A whole number of CEL, such as a literal without a point: beside a quantity it is a [`Type::Number`].
    Integer,
    /// A point in time.
    Timestamp,
    /// A list, the right side of `in`.
    List(Box<Type>),
    /// An entity: only its fields are values.
    Entity(EntityIndex),
    /// What a learned function knows of a signal that measures this: only its parts are values.
    Learned(Dimension),
    /// A value from outside, such as the body of an answer: what it is shows when it is there. It goes together with
    /// text, conditions, lists, and numbers that need no unit; where it turns out to be another, the result is unknown.
    Json,
    /// Of an expression that has been reported, or that rests on an item that has. It fits everywhere, so that one
    /// mistake gives one diagnostic.
    Unknown,
}

impl Type {
    /// The type of a field or parameter.
    #[must_use]
    pub fn of_field(kind: &FieldKind) -> Type {
        match kind {
            FieldKind::Text => Type::Text,
            FieldKind::Quantity(dimension) => Type::Quantity(*dimension),
            FieldKind::Entity(entity) => Type::Entity(*entity),
            FieldKind::Entities(entity) => Type::List(Box::new(Type::Entity(*entity))),
        }
    }

    /// Whether it is a number, with a unit or without.
    pub(crate) fn is_number(&self) -> bool {
        match self {
            Type::Quantity(_) | Type::Number | Type::Integer => true,
            Type::Bool
            | Type::Text
            | Type::Timestamp
            | Type::List(_)
            | Type::Entity(_)
            | Type::Learned(_)
            | Type::Json
            | Type::Unknown => false,
        }
    }

    /// What the number measures; a bare number measures nothing yet.
    #[must_use]
    pub fn dimension(&self) -> Option<Dimension> {
        match self {
            Type::Quantity(dimension) => Some(*dimension),
            Type::Bool
            | Type::Text
            | Type::Number
            | Type::Integer
            | Type::Timestamp
            | Type::List(_)
            | Type::Entity(_)
            | Type::Learned(_)
            | Type::Json
            | Type::Unknown => None,
        }
    }
}

/// With its article, as it stands in a sentence: `a duration`, `text`, `a list of text`.
impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Bool => formatter.write_str("true or false"),
            Type::Text => formatter.write_str("text"),
            Type::Quantity(dimension) => formatter.write_str(&article(*dimension)),
            Type::Number | Type::Integer => formatter.write_str("a number without a unit"),
            Type::Timestamp => formatter.write_str("a point in time"),
            Type::List(item) => match item.as_ref() {
                Type::Unknown => formatter.write_str("a list"),
                Type::Integer => formatter.write_str("a list of whole numbers"),
                Type::Number => formatter.write_str("a list of numbers"),
                Type::Bool
                | Type::Text
                | Type::Quantity(_)
                | Type::Timestamp
                | Type::List(_)
                | Type::Entity(_)
                | Type::Learned(_)
                | Type::Json => write!(formatter, "a list of {item}"),
            },
            Type::Entity(_) => formatter.write_str("an entity"),
            Type::Learned(_) => formatter.write_str("something learned"),
            Type::Json => formatter.write_str("a value from outside"),
            Type::Unknown => formatter.write_str("unknown"),
        }
    }
}

/// A dimension as it stands in a sentence: `a duration`, `bytes`, `count/duration`.
#[must_use]
pub fn article(dimension: Dimension) -> String {
    let singular = [Dimension::DURATION, Dimension::COUNT, Dimension::RATIO, Dimension::TEMPERATURE];
    if singular.contains(&dimension) { format!("a {dimension}") } else { dimension.to_string() }
}
