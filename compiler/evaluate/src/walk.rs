//! Evaluation by walking the expression: what detectors use at every step.

use std::cmp::Ordering;

use heal_program::{BinaryOperator, Expression, Function, UnaryOperator};

use crate::{
    Facts, Value,
    cel_lowering::{matches, size_of_text},
    facts::{leaf, truth},
};

/// The value of `expression` under `facts`; `None` when it is unknown.
#[must_use]
pub fn evaluate(expression: &Expression, facts: &dyn Facts) -> Option<Value> {
    match expression {
        Expression::List(items) => {
            items.iter().map(|item| evaluate(item, facts)).collect::<Option<Vec<_>>>().map(Value::List)
        }
        Expression::Unary(operator, operand) => unary(*operator, evaluate(operand, facts)?),
        Expression::Binary(BinaryOperator::And, left, right) => {
            logic(false, truth(evaluate(left, facts)), || truth(evaluate(right, facts)))
        }
        Expression::Binary(BinaryOperator::Or, left, right) => {
            logic(true, truth(evaluate(left, facts)), || truth(evaluate(right, facts)))
        }
        Expression::Binary(operator, left, right) => {
            binary(*operator, evaluate(left, facts)?, evaluate(right, facts)?)
        }
        Expression::Conditional(condition, then, otherwise) => {
            if truth(evaluate(condition, facts))? {
                evaluate(then, facts)
            } else {
                evaluate(otherwise, facts)
            }
        }
        Expression::Or(value, fallback) => evaluate(value, facts).or_else(|| evaluate(fallback, facts)),
        Expression::Call(function, arguments) => {
            let arguments: Option<Vec<Value>> = arguments.iter().map(|item| evaluate(item, facts)).collect();
            call(*function, &arguments?)
        }
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
        | Expression::Number(_)
        | Expression::Integer(_)
        | Expression::Text(_)
        | Expression::Bool(_)
        | Expression::Param(_)
        | Expression::Signal(_)
        | Expression::Window { .. }
        | Expression::Firing(_)
        | Expression::KeyField(_)
        | Expression::EntityField { .. } => leaf(expression, facts),
    }
}

/// `&&` (`absorbing` false) or `||` (`absorbing` true): the absorbing value wins over unknown on either side.
fn logic(absorbing: bool, left: Option<bool>, right: impl FnOnce() -> Option<bool>) -> Option<Value> {
    if left == Some(absorbing) {
        return left.map(Value::Bool);
    }
    match right() {
        Some(right) if right == absorbing || left.is_some() => Some(Value::Bool(right)),
        Some(_) | None => None,
    }
}

fn unary(operator: UnaryOperator, operand: Value) -> Option<Value> {
    match (operator, operand) {
        (UnaryOperator::Not, Value::Bool(truth)) => Some(Value::Bool(!truth)),
        (UnaryOperator::Negate, Value::Number(number)) => Some(Value::Number(-number)),
        (UnaryOperator::Not | UnaryOperator::Negate, _) => None,
    }
}

fn binary(operator: BinaryOperator, left: Value, right: Value) -> Option<Value> {
    use BinaryOperator as Op;
    match operator {
        // Handled by the caller, which must not evaluate both sides first.
        Op::And | Op::Or => None,
        Op::Equal => Some(Value::Bool(left == right)),
        Op::NotEqual => Some(Value::Bool(left != right)),
        Op::In => match right {
            Value::List(items) => Some(Value::Bool(items.contains(&left))),
            Value::Number(_) | Value::Integer(_) | Value::Text(_) | Value::Bool(_) | Value::Object(_) => None,
        },
        Op::Less => order(left, right, |order| order == Ordering::Less),
        Op::LessOrEqual => order(left, right, |order| order != Ordering::Greater),
        Op::Greater => order(left, right, |order| order == Ordering::Greater),
        Op::GreaterOrEqual => order(left, right, |order| order != Ordering::Less),
        Op::Add => arithmetic(left, right, |a, b| a + b),
        Op::Subtract => arithmetic(left, right, |a, b| a - b),
        Op::Multiply => arithmetic(left, right, |a, b| a * b),
        Op::Divide => arithmetic(left, right, |a, b| a / b),
        // CEL has no remainder of doubles, and all numbers here are doubles.
        Op::Remainder => None,
    }
}

/// Compares two values of one kind. Not-a-number compares with nothing: unknown, as the CEL crate has it.
fn order(left: Value, right: Value, test: impl FnOnce(Ordering) -> bool) -> Option<Value> {
    let order = match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.partial_cmp(&right)?,
        (Value::Text(left), Value::Text(right)) => left.cmp(&right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(&right),
        _ => return None,
    };
    Some(Value::Bool(test(order)))
}

fn arithmetic(left: Value, right: Value, compute: impl FnOnce(f64, f64) -> f64) -> Option<Value> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => Some(Value::Number(compute(left, right))),
        _ => None,
    }
}

fn call(function: Function, arguments: &[Value]) -> Option<Value> {
    match (function, arguments) {
        (Function::StartsWith, [Value::Text(text), Value::Text(part)]) => {
            Some(Value::Bool(text.starts_with(part.as_str())))
        }
        (Function::EndsWith, [Value::Text(text), Value::Text(part)]) => {
            Some(Value::Bool(text.ends_with(part.as_str())))
        }
        (Function::Contains, [Value::Text(text), Value::Text(part)]) => {
            Some(Value::Bool(text.contains(part.as_str())))
        }
        (Function::Matches, [Value::Text(text), Value::Text(pattern)]) => matches(text, pattern),
        (Function::Size, [Value::Text(text)]) => size_of_text(text),
        (
            Function::StartsWith
            | Function::EndsWith
            | Function::Contains
            | Function::Matches
            | Function::Size
            | Function::Has
            | Function::Int
            | Function::Double
            | Function::String
            | Function::Bool
            | Function::Duration
            | Function::Timestamp,
            _,
        ) => None,
    }
}
