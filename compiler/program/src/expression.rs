//! Expression data: typed, resolved, in base units. `heal-expr` writes it, `heal-evaluate` reads it.

mod functions;
mod walk;

pub use functions::*;
pub use heal_operators::{BinaryOperator, Binding, UnaryOperator};
use serde::{Deserialize, Serialize};

use crate::{Calendar, Millis, index::*};

/// An expression. Numbers are doubles in the base unit of their dimension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expression {
    /// A quantity or plain number.
    Number(f64),
    /// A whole number of CEL: its arithmetic overflows and divides as CEL says.
    Integer(i64),
    /// A text.
    Text(String),
    /// `true` or `false`.
    Bool(bool),
    /// A list.
    List(Vec<Expression>),
    /// The value of a `param`.
    Param(ParamIndex),
    /// The last value of a signal for the key at hand; unknown when there is none or it is stale.
    Signal(SignalIndex),
    /// A window function over a signal's samples in `(t - span, t]`.
    Window {
        /// What is computed.
        function: WindowFunction,
        /// Whose samples.
        signal: SignalIndex,
        /// How far back.
        span: Millis,
    },
    /// What a learned function says of a signal.
    Learned {
        /// Whose samples.
        signal: SignalIndex,
        /// How it is learned.
        model: Learned,
        /// What is asked of it.
        part: LearnedPart,
    },
    /// How long until a forecast reaches a value, in seconds; unknown when it does not within its horizon.
    TimeTo {
        /// Whose samples.
        signal: SignalIndex,
        /// The forecast.
        model: Learned,
        /// The value.
        threshold: Box<Expression>,
    },
    /// Whether no sample of a signal came for the key at hand in `(t - span, t]`, by the engine's clock. Never unknown for
    /// a key that was seen.
    Absent {
        /// Whose samples.
        signal: SignalIndex,
        /// How long.
        span: Millis,
    },
    /// An operand over all its keys, grouped by some of their fields.
    Aggregate {
        /// What is computed of a group.
        function: AggregateFunction,
        /// The fields that tell groups apart, in the operand's order; empty: one group.
        by: Vec<String>,
        /// The key of the operand.
        keys: Vec<String>,
        /// The operand.
        operand: Box<Expression>,
    },
    /// An operand read for another key than the one at hand: `rss[pod]`, `deploy[pod.service]`.
    ForKey {
        /// The operand.
        operand: Box<Expression>,
        /// Each key field of the operand with its value.
        key: Vec<(String, Expression)>,
    },
    /// Whether a detector fires for the key at hand.
    Firing(DetectorIndex),
    /// Whether an event of the key at hand happened in `(t - span, t]`.
    EventWithin {
        /// Which.
        event: EventIndex,
        /// How far back.
        span: Millis,
    },
    /// How many events of the key at hand happened in `(t - span, t]`.
    EventCount {
        /// Which.
        event: EventIndex,
        /// How far back.
        span: Millis,
    },
    /// Whether the engine's time is inside a calendar.
    During(Calendar),
    /// A field of the key at hand, such as `region`; inside an action, channel or plan, one of its parameters.
    KeyField(String),
    /// A field of an entity, reached from a parameter or from the key, such as `pod.workload.available`.
    EntityField {
        /// The name the path starts from: a plan's parameter, or an entity in scope under its lower-case name.
        root: String,
        /// The entity of the root.
        entity: EntityIndex,
        /// Field names from the root, at least one.
        path: Vec<String>,
    },
    /// A field of the episode that a channel tells of.
    Episode(EpisodeField),
    /// A secret of the action, channel or source at hand, by its name there. Its value is never part of a program.
    Secret(String),
    /// A name that a list macro or a source binds: `it`, `body`, `status`.
    Variable(String),
    /// A field of a value from outside; unknown where it has none.
    Select(Box<Expression>, String),
    /// An element of a list or of a value from outside; unknown where there is none.
    Element(Box<Expression>, Box<Expression>),
    /// `list.all(it, condition)` and its relatives.
    Comprehension {
        /// Which.
        kind: Comprehension,
        /// The list.
        list: Box<Expression>,
        /// What one of its elements is called.
        variable: String,
        /// What is asked of each, or made of it.
        body: Box<Expression>,
    },
    /// An operator with one operand.
    Unary(UnaryOperator, Box<Expression>),
    /// An operator with two operands.
    Binary(BinaryOperator, Box<Expression>, Box<Expression>),
    /// `condition ? then : otherwise`.
    Conditional(Box<Expression>, Box<Expression>, Box<Expression>),
    /// `x.or(fallback)`: the fallback where `x` is unknown.
    Or(Box<Expression>, Box<Expression>),
    /// A pure function of its arguments.
    Call(Function, Vec<Expression>),
}

/// What one node of an expression reads of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Read {
    /// A signal, and how far back.
    Signal(SignalIndex, Millis),
    /// Whether a detector fires.
    Detector(DetectorIndex),
    /// An event, and how far back.
    Event(EventIndex, Millis),
    /// Fields of an entity.
    Entity(EntityIndex),
}

/// How large an expression is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExpressionSize {
    /// Its nodes.
    pub nodes: usize,
    /// How deep they nest: a lone name is 1.
    pub depth: usize,
}
