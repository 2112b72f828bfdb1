//! The values of an expression and of everything in it.

use heal_evaluate::{Facts, Value, evaluate};
use heal_program::{Expression, Program};
use heal_report::{dimension_of, expression_text};
use serde::Serialize;

use crate::{
    expression_values::Scale,
    flips::{is_comparison, sides as both_sides},
    value_text::value_text,
};

/// Most readings of one expression that are shown.
const READINGS_MAX: usize = 40;

/// The value of an expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// How far down it stands.
    pub depth: u32,
    /// The expression.
    #[serde(rename = "expression")]
    pub text: String,
    /// Its value with its unit.
    pub value: String,
    /// Whether it has one.
    #[serde(rename = "known")]
    pub is_known: bool,
}

/// The value of an expression, and of its parts that can vary, each below the one that it is a part of.
#[must_use]
pub fn readings(program: &Program, expression: &Expression, facts: &dyn Facts) -> Vec<Reading> {
    let mut found = Vec::new();
    collect(program, (expression, None), facts, 0, &mut found);
    found.truncate(READINGS_MAX);
    found
}

/// Collects the value of an expression, which may stand beside another one that it is compared with.
fn collect(
    program: &Program,
    (expression, beside): (&Expression, Option<f64>),
    facts: &dyn Facts,
    depth: u32,
    found: &mut Vec<Reading>,
) {
    if found.len() >= READINGS_MAX || is_constant(expression) {
        return;
    }
    let value = evaluate(expression, facts);
    let text = expression_text(program, expression);
    if found.iter().any(|reading| reading.text == text) {
        return;
    }
    let shown = match &value {
        Some(Value::Number(number)) => Scale::of(program, expression).text_beside(*number, beside),
        other => value_text(other.as_ref(), dimension_of(program, expression)),
    };
    found.push(Reading { depth, text, value: shown, is_known: value.is_some() });
    let sides = sides(expression, facts);
    for (place, child) in children(expression).into_iter().enumerate() {
        // The one side of a comparison stands beside the other.
        let beside = sides.map(|(left, right)| if place == 0 { right } else { left });
        collect(program, (child, beside), facts, depth + 1, found);
    }
}

/// The two sides of a comparison of numbers.
fn sides(expression: &Expression, facts: &dyn Facts) -> Option<(f64, f64)> {
    if is_comparison(expression) { both_sides(expression, facts) } else { None }
}

/// Whether it says itself what its value is.
fn is_constant(expression: &Expression) -> bool {
    #[expect(clippy::wildcard_enum_match_arm, reason = "everything else reads something, or is made of such")]
    match expression {
        Expression::Number(_) | Expression::Integer(_) | Expression::Text(_) | Expression::Bool(_) => true,
        Expression::List(items) => items.iter().all(is_constant),
        Expression::Unary(_, operand) => is_constant(operand),
        _ => false,
    }
}

/// The parts that are evaluated under the same facts: not what is inside an aggregation, a list macro or another key.
pub(crate) fn children(expression: &Expression) -> Vec<&Expression> {
    match expression {
        Expression::Aggregate { .. } => Vec::new(),
        Expression::ForKey { key, .. } => key.iter().map(|(_, value)| value).collect(),
        Expression::Comprehension { list, .. } => vec![list],
        Expression::Number(_)
        | Expression::Integer(_)
        | Expression::Text(_)
        | Expression::Bool(_)
        | Expression::List(_)
        | Expression::Param(_)
        | Expression::Signal(_)
        | Expression::Window { .. }
        | Expression::Learned { .. }
        | Expression::TimeTo { .. }
        | Expression::Absent { .. }
        | Expression::Firing(_)
        | Expression::EventWithin { .. }
        | Expression::EventCount { .. }
        | Expression::During(_)
        | Expression::KeyField(_)
        | Expression::EntityField { .. }
        | Expression::Episode(_)
        | Expression::Secret(_)
        | Expression::Variable(_)
        | Expression::Select(..)
        | Expression::Element(..)
        | Expression::Unary(..)
        | Expression::Binary(..)
        | Expression::Conditional(..)
        | Expression::Or(..)
        | Expression::Call(..) => expression.operands(),
    }
}

/// The parts that are why an expression is unknown: unknown themselves, with no part that is. Empty when it is known.
#[must_use]
pub fn blamed<'e>(expression: &'e Expression, facts: &dyn Facts) -> Vec<&'e Expression> {
    if evaluate(expression, facts).is_some() {
        return Vec::new();
    }
    let below: Vec<&Expression> =
        children(expression).into_iter().flat_map(|child| blamed(child, facts)).collect();
    if below.is_empty() { vec![expression] } else { below }
}
