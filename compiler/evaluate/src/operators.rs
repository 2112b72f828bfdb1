//! Operators and functions of values, with the CEL crate's meaning.

use std::cmp::Ordering;

use heal_program::{BinaryOperator, Function, LIST_MAX, UnaryOperator};

use crate::{Missing, Value, cel_lowering, patterns, times};

pub(crate) fn unary(operator: UnaryOperator, operand: Value) -> Result<Value, Missing> {
    match (operator, operand) {
        (UnaryOperator::Not, Value::Bool(truth)) => Ok(Value::Bool(!truth)),
        (UnaryOperator::Negate, Value::Number(number)) => Ok(Value::Number(-number)),
        (UnaryOperator::Negate, Value::Integer(number)) => whole(number.checked_neg()),
        (UnaryOperator::Not | UnaryOperator::Negate, _) => Err(Missing::Mistyped),
    }
}

/// All but `&&` and `||`, which must not evaluate both sides first.
pub(crate) fn binary(operator: BinaryOperator, left: Value, right: Value) -> Result<Value, Missing> {
    use BinaryOperator as Op;
    match operator {
        Op::And | Op::Or => Err(Missing::Mistyped),
        Op::Equal => Ok(Value::Bool(equal(&left, &right))),
        Op::NotEqual => Ok(Value::Bool(!equal(&left, &right))),
        Op::In => member(&left, &right),
        Op::Less => order(&left, &right).map(|order| Value::Bool(order == Ordering::Less)),
        Op::LessOrEqual => order(&left, &right).map(|order| Value::Bool(order != Ordering::Greater)),
        Op::Greater => order(&left, &right).map(|order| Value::Bool(order == Ordering::Greater)),
        Op::GreaterOrEqual => order(&left, &right).map(|order| Value::Bool(order != Ordering::Less)),
        Op::Add => add(left, right),
        Op::Subtract => arithmetic(left, right, |a, b| a - b, i64::checked_sub),
        Op::Multiply => arithmetic(left, right, |a, b| a * b, i64::checked_mul),
        Op::Divide => arithmetic(left, right, |a, b| a / b, i64::checked_div),
        // CEL has no remainder of doubles.
        Op::Remainder => match (left, right) {
            (Value::Integer(left), Value::Integer(right)) => whole(left.checked_rem(right)),
            _ => Err(Missing::Mistyped),
        },
    }
}

/// Whether two values are equal. Numbers are by what they count, whatever their kind; values of different kinds are not.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Integer(left), Value::Number(right)) => *left as f64 == *right,
        (Value::Number(left), Value::Integer(right)) => *left == *right as f64,
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|((name, left), (other, right))| name == other && equal(left, right))
        }
        (
            Value::Number(_)
            | Value::Integer(_)
            | Value::Text(_)
            | Value::Bool(_)
            | Value::List(_)
            | Value::Object(_),
            _,
        ) => left == right,
    }
}

/// Compares two values of one kind. Not-a-number compares with nothing: unknown, as the CEL crate has it.
fn order(left: &Value, right: &Value) -> Result<Ordering, Missing> {
    let numbers = |left: f64, right: f64| left.partial_cmp(&right).ok_or(Missing::Unknown);
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => numbers(*left, *right),
        (Value::Integer(left), Value::Number(right)) => numbers(*left as f64, *right),
        (Value::Number(left), Value::Integer(right)) => numbers(*left, *right as f64),
        (Value::Integer(left), Value::Integer(right)) => Ok(left.cmp(right)),
        (Value::Text(left), Value::Text(right)) => Ok(left.cmp(right)),
        (Value::Bool(left), Value::Bool(right)) => Ok(left.cmp(right)),
        _ => Err(Missing::Mistyped),
    }
}

fn member(left: &Value, right: &Value) -> Result<Value, Missing> {
    match (left, right) {
        (_, Value::List(items)) => Ok(Value::Bool(items.iter().any(|item| equal(item, left)))),
        (Value::Text(name), Value::Object(fields)) => Ok(Value::Bool(fields.contains_key(name))),
        // A key of a JSON object is a text and nothing else.
        (Value::Integer(_) | Value::Number(_) | Value::Bool(_), Value::Object(_)) => Ok(Value::Bool(false)),
        _ => Err(Missing::Mistyped),
    }
}

fn add(left: Value, right: Value) -> Result<Value, Missing> {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => Ok(Value::Text(left + &right)),
        (Value::List(mut left), Value::List(right)) => {
            left.extend(right);
            Ok(Value::List(left))
        }
        (left, right) => arithmetic(left, right, |a, b| a + b, i64::checked_add),
    }
}

fn arithmetic(
    left: Value,
    right: Value,
    doubles: impl FnOnce(f64, f64) -> f64,
    wholes: impl FnOnce(i64, i64) -> Option<i64>,
) -> Result<Value, Missing> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => Ok(Value::Number(doubles(left, right))),
        (Value::Integer(left), Value::Integer(right)) => whole(wholes(left, right)),
        _ => Err(Missing::Mistyped),
    }
}

/// The result of an operation on whole numbers: none where it overflows or divides by zero, which CEL calls an error.
fn whole(result: Option<i64>) -> Result<Value, Missing> {
    result.map(Value::Integer).ok_or(Missing::Unknown)
}

/// `value.field`
pub(crate) fn select(value: Value, field: &str) -> Result<Value, Missing> {
    match value {
        Value::Object(mut fields) => fields.remove(field).ok_or(Missing::Unknown),
        Value::Number(_) | Value::Integer(_) | Value::Text(_) | Value::Bool(_) | Value::List(_) => {
            Err(Missing::Mistyped)
        }
    }
}

/// `has(value.field)`
pub(crate) fn has(value: Value, field: &str) -> Result<Value, Missing> {
    match value {
        Value::Object(fields) => Ok(Value::Bool(fields.contains_key(field))),
        Value::Number(_) | Value::Integer(_) | Value::Text(_) | Value::Bool(_) | Value::List(_) => {
            Err(Missing::Mistyped)
        }
    }
}

/// `list[index]`, `object["name"]`
pub(crate) fn element(value: Value, index: &Value) -> Result<Value, Missing> {
    let at = match (&value, index) {
        (Value::List(_), Value::Integer(at)) => usize::try_from(*at).ok(),
        (Value::List(_), Value::Number(at)) if at.fract() == 0.0 && *at >= 0.0 && *at <= LIST_MAX as f64 => {
            Some(*at as usize)
        }
        (Value::List(_), Value::Number(_)) => None,
        (Value::Object(_), Value::Text(name)) => return select(value, name),
        _ => return Err(Missing::Mistyped),
    };
    match value {
        Value::List(items) => at.and_then(|at| items.into_iter().nth(at)).ok_or(Missing::Unknown),
        Value::Number(_) | Value::Integer(_) | Value::Text(_) | Value::Bool(_) | Value::Object(_) => {
            Err(Missing::Mistyped)
        }
    }
}

/// What a list macro goes through: the elements of a list, the names of an object in their order. A list that is longer
/// than [`LIST_MAX`] is unknown, so that what a macro costs has a bound.
pub(crate) fn items_of(value: Value) -> Result<Vec<Value>, Missing> {
    let items: Vec<Value> = match value {
        Value::List(items) => items,
        Value::Object(fields) => fields.into_keys().map(Value::Text).collect(),
        Value::Number(_) | Value::Integer(_) | Value::Text(_) | Value::Bool(_) => {
            return Err(Missing::Mistyped);
        }
    };
    if items.len() <= LIST_MAX { Ok(items) } else { Err(Missing::Unknown) }
}

pub(crate) fn call(function: Function, arguments: &[Value]) -> Result<Value, Missing> {
    match (function, arguments) {
        (Function::StartsWith, [Value::Text(text), Value::Text(part)]) => {
            Ok(Value::Bool(text.starts_with(part.as_str())))
        }
        (Function::EndsWith, [Value::Text(text), Value::Text(part)]) => {
            Ok(Value::Bool(text.ends_with(part.as_str())))
        }
        (Function::Contains, [Value::Text(text), Value::Text(part)]) => {
            Ok(Value::Bool(text.contains(part.as_str())))
        }
        (Function::Matches, [Value::Text(text), Value::Text(pattern)]) => {
            patterns::matches(text, pattern).map(Value::Bool).ok_or(Missing::Unknown)
        }
        (Function::Size, [value]) => size(value),
        (Function::Int, [value]) => int(value),
        (Function::Double, [value]) => double(value),
        (Function::String, [value]) => string(value),
        (Function::Bool, [value]) => bool(value),
        (Function::Duration, [text @ Value::Text(_)])
        | (Function::Timestamp, [text @ (Value::Text(_) | Value::Integer(_))]) => {
            cel_lowering::converted(function, text).ok_or(Missing::Unknown)
        }
        (Function::TimePart(part), [Value::Number(at)]) => whole(times::part(part, *at, None)),
        (Function::TimePart(part), [Value::Number(at), Value::Text(zone)]) => {
            whole(times::part(part, *at, Some(zone)))
        }
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
            | Function::Timestamp
            | Function::TimePart(_),
            _,
        ) => Err(Missing::Mistyped),
    }
}

/// Of a text its characters, of a list its elements, of an object its names.
fn size(value: &Value) -> Result<Value, Missing> {
    let count = match value {
        Value::Text(text) => text.chars().count(),
        Value::List(items) => items.len(),
        Value::Object(fields) => fields.len(),
        Value::Number(_) | Value::Integer(_) | Value::Bool(_) => return Err(Missing::Mistyped),
    };
    whole(i64::try_from(count).ok())
}

fn int(value: &Value) -> Result<Value, Missing> {
    match value {
        Value::Integer(number) => Ok(Value::Integer(*number)),
        // The ends of the range are left out, as the specification says: the nearest double to the upper one is beyond it.
        Value::Number(number) if *number > i64::MIN as f64 && *number < i64::MAX as f64 => {
            Ok(Value::Integer(*number as i64))
        }
        Value::Number(_) => Err(Missing::Unknown),
        Value::Text(text) => whole(text.parse().ok()),
        Value::Bool(_) | Value::List(_) | Value::Object(_) => Err(Missing::Mistyped),
    }
}

fn double(value: &Value) -> Result<Value, Missing> {
    match value {
        Value::Integer(number) => Ok(Value::Number(*number as f64)),
        Value::Number(number) => Ok(Value::Number(*number)),
        Value::Text(text) => text.parse().map(Value::Number).map_err(|_| Missing::Unknown),
        Value::Bool(_) | Value::List(_) | Value::Object(_) => Err(Missing::Mistyped),
    }
}

fn string(value: &Value) -> Result<Value, Missing> {
    match value {
        Value::Integer(number) => Ok(Value::Text(number.to_string())),
        Value::Number(number) => Ok(Value::Text(number.to_string())),
        Value::Bool(truth) => Ok(Value::Text(truth.to_string())),
        Value::Text(text) => Ok(Value::Text(text.clone())),
        Value::List(_) | Value::Object(_) => Err(Missing::Mistyped),
    }
}

fn bool(value: &Value) -> Result<Value, Missing> {
    match value {
        Value::Bool(truth) => Ok(Value::Bool(*truth)),
        Value::Text(text) => match text.as_str() {
            "1" | "t" | "true" | "TRUE" | "True" => Ok(Value::Bool(true)),
            "0" | "f" | "false" | "FALSE" | "False" => Ok(Value::Bool(false)),
            _ => Err(Missing::Unknown),
        },
        Value::Number(_) | Value::Integer(_) | Value::List(_) | Value::Object(_) => Err(Missing::Mistyped),
    }
}
