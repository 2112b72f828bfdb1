//! What an expression may ask about, and what it may get.

use heal_program::{DetectorIndex, EntityIndex, Expression, Millis, ParamIndex, SignalIndex, WindowFunction};

/// A value of an expression. Unknown is the absence of one.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number in the base unit of its dimension.
    Number(f64),
    /// A text.
    Text(String),
    /// A truth value.
    Bool(bool),
    /// A list.
    List(Vec<Value>),
}

/// The facts at one instant for one key. Every method answers `None` where the fact is unknown.
pub trait Facts {
    /// The value of a param.
    fn param(&self, param: ParamIndex) -> Option<f64>;
    /// The last value of a signal, if it is not stale.
    fn signal(&self, signal: SignalIndex) -> Option<f64>;
    /// A window function over a signal.
    fn window(&self, function: WindowFunction, signal: SignalIndex, span: Millis) -> Option<f64>;
    /// Whether a detector fires.
    fn firing(&self, detector: DetectorIndex) -> Option<bool>;
    /// A field of the key at hand.
    fn key_field(&self, name: &str) -> Option<String>;
    /// A field of an entity.
    fn entity_field(&self, root: &str, entity: EntityIndex, path: &[String]) -> Option<Value>;
}

/// The truth of a value: `None` for unknown and for anything that is no truth value.
#[must_use]
pub fn truth(value: Option<Value>) -> Option<bool> {
    match value {
        Some(Value::Bool(truth)) => Some(truth),
        Some(Value::Number(_) | Value::Text(_) | Value::List(_)) | None => None,
    }
}

/// The fact that a leaf of an expression stands for; `None` for unknown and for what is no leaf.
pub(crate) fn leaf(expression: &Expression, facts: &dyn Facts) -> Option<Value> {
    match expression {
        Expression::Number(number) => Some(Value::Number(*number)),
        Expression::Text(text) => Some(Value::Text(text.clone())),
        Expression::Bool(truth) => Some(Value::Bool(*truth)),
        Expression::Param(param) => facts.param(*param).map(Value::Number),
        Expression::Signal(signal) => facts.signal(*signal).map(Value::Number),
        Expression::Window { function, signal, span } => {
            facts.window(*function, *signal, *span).map(Value::Number)
        }
        Expression::Firing(detector) => facts.firing(*detector).map(Value::Bool),
        Expression::KeyField(name) => facts.key_field(name).map(Value::Text),
        Expression::EntityField { root, entity, path } => facts.entity_field(root, *entity, path),
        Expression::Integer(number) => Some(Value::Number(*number as f64)),
        // These are in the language before they are in the engine: unknown, as everything that nobody can tell.
        Expression::Learned { .. }
        | Expression::TimeTo { .. }
        | Expression::Absent { .. }
        | Expression::Aggregate { .. }
        | Expression::ForKey { .. }
        | Expression::EventWithin { .. }
        | Expression::EventCount { .. }
        | Expression::During(_)
        | Expression::Episode(_)
        | Expression::Secret(_)
        | Expression::Variable(_)
        | Expression::Select(..)
        | Expression::Element(..)
        | Expression::Comprehension { .. }
        | Expression::List(_)
        | Expression::Unary(..)
        | Expression::Binary(..)
        | Expression::Conditional(..)
        | Expression::Or(..)
        | Expression::Call(..) => None,
    }
}
