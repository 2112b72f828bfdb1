//! Expression data: typed, resolved, in base units. `heal-expr` writes it, `heal-evaluate` reads it.

use serde::{Deserialize, Serialize};

use crate::{Millis, index::*};

/// An expression. Numbers are doubles in the base unit of their dimension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expression {
    /// A quantity or plain number.
    Number(f64),
    /// A text.
    Text(String),
    /// `true` or `false`.
    Bool(bool),
    /// A list, the right side of `in`.
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
    /// Whether a detector fires for the key at hand.
    Firing(DetectorIndex),
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

/// A window function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowFunction {
    /// Arithmetic mean of the samples.
    Avg,
    /// Smallest sample.
    Min,
    /// Largest sample.
    Max,
    /// Sum of the samples.
    Sum,
    /// Number of samples.
    Count,
    /// Increase of a counter a second: the sum of its steps (a step down is a reset and counts the new value)
    /// over the time between the first and the last sample. Unknown with fewer than two samples.
    Rate,
}

/// An operator with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnaryOperator {
    /// `!x`
    Not,
    /// `-x`
    Negate,
}

/// An operator with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BinaryOperator {
    /// `a || b`
    Or,
    /// `a && b`
    And,
    /// `a == b`
    Equal,
    /// `a != b`
    NotEqual,
    /// `a < b`
    Less,
    /// `a <= b`
    LessOrEqual,
    /// `a > b`
    Greater,
    /// `a >= b`
    GreaterOrEqual,
    /// `a in b`
    In,
    /// `a + b`
    Add,
    /// `a - b`
    Subtract,
    /// `a * b`
    Multiply,
    /// `a / b`
    Divide,
    /// `a % b`
    Remainder,
}

/// A pure function, CEL's name in brackets where it differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// `text.startsWith(prefix)`
    StartsWith,
    /// `text.endsWith(suffix)`
    EndsWith,
    /// `text.contains(part)`
    Contains,
    /// `text.matches(pattern)`; RE2 syntax.
    Matches,
    /// `size(text)`
    Size,
}

impl Expression {
    /// Calls `visit` on this expression and everything below it, parents first.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Expression)) {
        visit(self);
        match self {
            Expression::Number(_)
            | Expression::Text(_)
            | Expression::Bool(_)
            | Expression::Param(_)
            | Expression::Signal(_)
            | Expression::Window { .. }
            | Expression::Firing(_)
            | Expression::KeyField(_)
            | Expression::EntityField { .. } => {}
            Expression::Unary(_, operand) => operand.walk(visit),
            Expression::Binary(_, left, right) | Expression::Or(left, right) => {
                left.walk(visit);
                right.walk(visit);
            }
            Expression::Conditional(condition, then, otherwise) => {
                condition.walk(visit);
                then.walk(visit);
                otherwise.walk(visit);
            }
            Expression::List(items) | Expression::Call(_, items) => {
                for item in items {
                    item.walk(visit);
                }
            }
        }
    }
}
