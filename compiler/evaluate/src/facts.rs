//! What an expression may ask about, and what it may get.

use std::collections::BTreeMap;

use heal_program::{
    AggregateFunction, Calendar, DetectorIndex, EntityIndex, EpisodeField, EventIndex, Expression, Learned,
    LearnedPart, Millis, ParamIndex, SignalIndex, WindowFunction,
};

/// A value of an expression. Unknown is the absence of one.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number in the base unit of its dimension; a point in time as seconds since 1970-01-01T00:00:00Z.
    Number(f64),
    /// A whole number of CEL.
    Integer(i64),
    /// A text.
    Text(String),
    /// A truth value.
    Bool(bool),
    /// A list.
    List(Vec<Value>),
    /// Named values: a JSON object, or an entity as an element of a list, by its key fields. The `null` of JSON is as
    /// if it were not there; its numbers are [`Value::Number`]s.
    Object(BTreeMap<String, Value>),
}

/// The facts at one instant for one key. Every method answers `None` where the fact is unknown; one that an
/// implementation leaves out answers that always.
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
    /// A field of the key at hand; in an action, channel or plan, one of its parameters, which may be a number.
    fn local(&self, name: &str) -> Option<Value> {
        self.key_field(name).map(Value::Text)
    }
    /// A field of an entity.
    ///
    /// A relation to many entities is a [`Value::List`] of them, each a [`Value::Object`] of its key fields; see
    /// [`Facts::element_field`].
    fn entity_field(&self, root: &str, entity: EntityIndex, path: &[String]) -> Option<Value>;

    /// What a learned function says of a signal, of its last sample that is not stale: unknown until it has seen what
    /// it is trained on.
    fn learned(&self, signal: SignalIndex, model: &Learned, part: LearnedPart) -> Option<f64> {
        let (_, _, _) = (signal, model, part);
        None
    }

    /// How many seconds until a forecast of a signal reaches `threshold`, from whichever side it is now; 0 where it is
    /// there, unknown where it does not get there within the forecast's `ahead`.
    fn time_to(&self, signal: SignalIndex, model: &Learned, threshold: f64) -> Option<f64> {
        let (_, _, _) = (signal, model, threshold);
        None
    }

    /// Whether no sample of a signal came in `(now - span, now]`, by the engine's clock; known for every key that was
    /// ever seen.
    fn absent(&self, signal: SignalIndex, span: Millis) -> Option<bool> {
        let (_, _) = (signal, span);
        None
    }

    /// Whether an event happened in `(t - span, t]`: false where none has yet, unknown while its source is down.
    fn event_within(&self, event: EventIndex, span: Millis) -> Option<bool> {
        let (_, _) = (event, span);
        None
    }

    /// How many events happened in `(t - span, t]`; unknown while their source is down.
    fn event_count(&self, event: EventIndex, span: Millis) -> Option<f64> {
        let (_, _) = (event, span);
        None
    }

    /// Whether the engine's time is inside a calendar.
    fn during(&self, calendar: &Calendar) -> Option<bool> {
        let _ = calendar;
        None
    }

    /// A field of the episode that people are told of: texts, and [`EpisodeField::Started`] as a point in time.
    fn episode(&self, field: EpisodeField) -> Option<Value> {
        let _ = field;
        None
    }

    /// A secret of the action, channel or source at hand.
    fn secret(&self, name: &str) -> Option<String> {
        let _ = name;
        None
    }

    /// What a source or an answer binds: `body`, `it`, `status`. Names that list macros bind are not asked for.
    fn variable(&self, name: &str) -> Option<Value> {
        let _ = name;
        None
    }

    /// An operand over all its keys, in the group that the key at hand is in: `by` are fields of `keys`, which is the
    /// key of the operand. [`aggregated`](crate::aggregated) computes it once the operand is evaluated for each key.
    fn aggregate(
        &self,
        function: AggregateFunction,
        by: &[String],
        keys: &[String],
        operand: &Expression,
    ) -> Option<Value> {
        let (_, _, _, _) = (function, by, keys, operand);
        None
    }

    /// The least and the most that a count over keys may come to, where it is unknown because the operand is for keys
    /// whose samples come.
    fn count_range(&self, by: &[String], keys: &[String], operand: &Expression) -> Option<(f64, f64)> {
        let (_, _, _) = (by, keys, operand);
        None
    }

    /// An operand as it is for another key, given as all fields of the operand's key with their values.
    fn for_key(&self, operand: &Expression, key: &[(String, Value)]) -> Option<Value> {
        let (_, _) = (operand, key);
        None
    }

    /// A field of an entity that is an element of a list: `element` is what [`Facts::entity_field`] put there. Asked only
    /// for what `element` itself does not hold.
    fn element_field(&self, entity: EntityIndex, element: &Value, path: &[String]) -> Option<Value> {
        let (_, _, _) = (entity, element, path);
        None
    }
}

/// The truth of a value: `None` for unknown and for anything that is no truth value.
#[must_use]
pub fn truth(value: Option<Value>) -> Option<bool> {
    match value {
        Some(Value::Bool(truth)) => Some(truth),
        Some(Value::Number(_) | Value::Integer(_) | Value::Text(_) | Value::List(_) | Value::Object(_))
        | None => None,
    }
}

/// Why an expression has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Something that it needs is not known; or it is something that CEL has no value for, such as a division of a whole
    /// number by zero.
    Unknown,
    /// An operand is of a kind that its operator does not take. The checker keeps that from happening to all but values
    /// from outside.
    Mistyped,
}

/// The fact that a leaf of an expression stands for; `None` for unknown and for what is no such leaf.
pub(crate) fn fact(expression: &Expression, facts: &dyn Facts) -> Option<Value> {
    match expression {
        Expression::Param(param) => facts.param(*param).map(Value::Number),
        Expression::Signal(signal) => facts.signal(*signal).map(Value::Number),
        Expression::Window { function, signal, span } => {
            facts.window(*function, *signal, *span).map(Value::Number)
        }
        Expression::Learned { signal, model, part } => {
            facts.learned(*signal, model, *part).map(Value::Number)
        }
        Expression::Absent { signal, span } => facts.absent(*signal, *span).map(Value::Bool),
        Expression::Aggregate { function, by, keys, operand } => {
            facts.aggregate(*function, by, keys, operand)
        }
        Expression::Firing(detector) => facts.firing(*detector).map(Value::Bool),
        Expression::EventWithin { event, span } => facts.event_within(*event, *span).map(Value::Bool),
        Expression::EventCount { event, span } => facts.event_count(*event, *span).map(Value::Number),
        Expression::During(calendar) => facts.during(calendar).map(Value::Bool),
        Expression::KeyField(name) => facts.local(name),
        Expression::EntityField { root, entity, path } => facts.entity_field(root, *entity, path),
        Expression::Episode(field) => facts.episode(*field),
        Expression::Secret(name) => facts.secret(name).map(Value::Text),
        Expression::Variable(name) => facts.variable(name),
        Expression::Number(_)
        | Expression::Integer(_)
        | Expression::Text(_)
        | Expression::Bool(_)
        | Expression::TimeTo { .. }
        | Expression::ForKey { .. }
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
