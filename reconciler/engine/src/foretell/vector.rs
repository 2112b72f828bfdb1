//! Conditions for many steps at once.
//!
//! The meaning is that of [`heal_evaluate::evaluate`], which a property test holds it to. Where a number comes out that
//! is none (0 / 0), this says so, and whoever asked computes those steps one by one.

use super::node::{Arithmetic, Comparison, Node};

/// Steps computed at a time: few enough that what lies between two operators stays in the processor's cache.
pub(super) const STEPS_AT_ONCE: usize = 2_048;

/// Steps of which it is first looked whether all are false.
const COMPARED_AT_ONCE: usize = 64;

/// The three truths, as bytes.
pub(super) const FALSE: u8 = 0;
pub(super) const TRUE: u8 = 1;
pub(super) const UNKNOWN: u8 = 2;

/// What cannot be computed for many steps at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StepByStep;

/// A column, or a part of one.
#[derive(Clone, Debug)]
pub(super) enum Vector<'a> {
    /// The same number at every step; not-a-number: unknown.
    Number(f64),
    /// Numbers that were read.
    Read(&'a [f64]),
    /// Numbers that were computed.
    Numbers(Vec<f64>),
    /// The same truth at every step.
    Truth(u8),
    /// Truths that were read.
    ReadTruths(&'a [u8]),
    /// Truths that were computed.
    Truths(Vec<u8>),
}

/// Where columns come from.
pub(super) trait Columns {
    /// A column by its place among the leaves.
    fn leaf(&self, place: usize) -> Vector<'_>;
    /// What an expression without columns comes to; an error where it is neither number nor truth.
    fn same(&self, expression: &heal_program::Expression) -> Result<Vector<'_>, StepByStep>;
    /// The value now and the slope of a line, by its place among the leaves.
    fn line(&self, place: usize) -> (&[f64], &[f64]);
    /// How many steps there are.
    fn steps_count(&self) -> usize;
}

/// Computes a node for all steps.
pub(super) fn compute<'a>(node: &Node, columns: &'a dyn Columns) -> Result<Vector<'a>, StepByStep> {
    match node {
        Node::Same(expression) => columns.same(expression),
        Node::Leaf(place) => Ok(columns.leaf(*place)),
        Node::Not(operand) => {
            let not = |truth: u8| if truth == UNKNOWN { UNKNOWN } else { 1 - truth };
            map_truths(truths(compute(operand, columns)?)?, not)
        }
        Node::Negate(operand) => map_numbers(numbers(compute(operand, columns)?)?, |number| -number),
        Node::And(left, right) => logic(left, right, columns, and),
        Node::Or(left, right) => logic(left, right, columns, or),
        Node::Compare(comparison, left, right) => {
            compare(*comparison, compute(left, columns)?, compute(right, columns)?)
        }
        Node::Compute(arithmetic, left, right) => {
            let (left, right) = (numbers(compute(left, columns)?)?, numbers(compute(right, columns)?)?);
            match arithmetic {
                Arithmetic::Add => arithmetic_of(left, right, |left, right| left + right),
                Arithmetic::Subtract => arithmetic_of(left, right, |left, right| left - right),
                Arithmetic::Multiply => arithmetic_of(left, right, |left, right| left * right),
                Arithmetic::Divide => arithmetic_of(left, right, |left, right| left / right),
            }
        }
        Node::Choose(condition, then, otherwise) => {
            let condition = truths(compute(condition, columns)?)?;
            choose(&condition, compute(then, columns)?, compute(otherwise, columns)?, columns.steps_count())
        }
        Node::Fallback(value, fallback) => {
            or_else(compute(value, columns)?, compute(fallback, columns)?, columns.steps_count())
        }
        Node::TimeTo { line, ahead, threshold } => {
            let threshold = numbers(compute(threshold, columns)?)?;
            let (values, slopes) = columns.line(*line);
            let lines = values.iter().zip(slopes);
            let seconds = lines.enumerate().map(|(at, (value, slope))| {
                seconds_to(at_of(&threshold, at), *value, *slope, ahead.as_seconds())
            });
            Ok(Vector::Numbers(seconds.collect()))
        }
    }
}

/// As [`heal_detection::Line::seconds_to`].
pub(super) fn seconds_to(threshold: f64, value: f64, slope: f64, ahead: f64) -> f64 {
    let way = threshold - value;
    if way == 0.0 {
        return 0.0;
    }
    let seconds = way / slope;
    if seconds >= 0.0 && seconds <= ahead { seconds } else { f64::NAN }
}

/// A column of numbers, or an error where it is one of truths.
fn numbers(vector: Vector<'_>) -> Result<Vector<'_>, StepByStep> {
    match vector {
        Vector::Number(_) | Vector::Read(_) | Vector::Numbers(_) => Ok(vector),
        Vector::Truth(_) | Vector::ReadTruths(_) | Vector::Truths(_) => Err(StepByStep),
    }
}

fn truths(vector: Vector<'_>) -> Result<Vector<'_>, StepByStep> {
    match vector {
        Vector::Truth(_) | Vector::ReadTruths(_) | Vector::Truths(_) => Ok(vector),
        Vector::Number(_) | Vector::Read(_) | Vector::Numbers(_) => Err(StepByStep),
    }
}

fn at_of(vector: &Vector<'_>, at: usize) -> f64 {
    match vector {
        Vector::Number(number) => *number,
        Vector::Read(numbers) => numbers.get(at).copied().unwrap_or(f64::NAN),
        Vector::Numbers(numbers) => numbers.get(at).copied().unwrap_or(f64::NAN),
        Vector::Truth(_) | Vector::ReadTruths(_) | Vector::Truths(_) => f64::NAN,
    }
}

/// The numbers as a slice; none where they are all the same.
fn slice<'v>(vector: &'v Vector<'_>) -> Option<&'v [f64]> {
    match vector {
        Vector::Read(numbers) => Some(numbers),
        Vector::Numbers(numbers) => Some(numbers),
        Vector::Number(_) | Vector::Truth(_) | Vector::ReadTruths(_) | Vector::Truths(_) => None,
    }
}

/// The truths as a slice; none where they are all the same.
fn truth_slice<'v>(vector: &'v Vector<'_>) -> Option<&'v [u8]> {
    match vector {
        Vector::ReadTruths(truths) => Some(truths),
        Vector::Truths(truths) => Some(truths),
        Vector::Truth(_) | Vector::Number(_) | Vector::Read(_) | Vector::Numbers(_) => None,
    }
}

fn map_truths(vector: Vector<'_>, of: impl Fn(u8) -> u8) -> Result<Vector<'static>, StepByStep> {
    match vector {
        Vector::Truth(truth) => Ok(Vector::Truth(of(truth))),
        Vector::ReadTruths(truths) => Ok(Vector::Truths(truths.iter().map(|truth| of(*truth)).collect())),
        Vector::Truths(mut truths) => {
            truths.iter_mut().for_each(|truth| *truth = of(*truth));
            Ok(Vector::Truths(truths))
        }
        Vector::Number(_) | Vector::Read(_) | Vector::Numbers(_) => Err(StepByStep),
    }
}

fn map_numbers(vector: Vector<'_>, of: impl Fn(f64) -> f64) -> Result<Vector<'static>, StepByStep> {
    match vector {
        Vector::Number(number) => Ok(Vector::Number(of(number))),
        Vector::Read(numbers) => Ok(Vector::Numbers(numbers.iter().map(|number| of(*number)).collect())),
        Vector::Numbers(mut numbers) => {
            numbers.iter_mut().for_each(|number| *number = of(*number));
            Ok(Vector::Numbers(numbers))
        }
        Vector::Truth(_) | Vector::ReadTruths(_) | Vector::Truths(_) => Err(StepByStep),
    }
}

/// `&&`: false wins over unknown.
fn and(left: u8, right: u8) -> u8 {
    if left == FALSE || right == FALSE { FALSE } else { left.max(right) }
}

/// `||`: true wins over unknown.
fn or(left: u8, right: u8) -> u8 {
    if left == TRUE || right == TRUE { TRUE } else { left.max(right) }
}

fn logic<'a>(
    left: &Node,
    right: &Node,
    columns: &'a dyn Columns,
    of: impl Fn(u8, u8) -> u8,
) -> Result<Vector<'a>, StepByStep> {
    let (left, right) = (truths(compute(left, columns)?)?, truths(compute(right, columns)?)?);
    match (truth_slice(&left), truth_slice(&right)) {
        (Some(lefts), Some(rights)) => {
            Ok(Vector::Truths(lefts.iter().zip(rights).map(|(left, right)| of(*left, *right)).collect()))
        }
        (None, None) => Ok(Vector::Truth(of(same_truth(&left), same_truth(&right)))),
        (Some(_), None) => map_truths(left, |truth| of(truth, same_truth(&right))),
        (None, Some(_)) => map_truths(right, |truth| of(same_truth(&left), truth)),
    }
}

fn same_truth(vector: &Vector<'_>) -> u8 {
    if let Vector::Truth(truth) = vector { *truth } else { UNKNOWN }
}

fn same_number(vector: &Vector<'_>) -> f64 {
    if let Vector::Number(number) = vector { *number } else { f64::NAN }
}

fn compare(
    comparison: Comparison,
    left: Vector<'_>,
    right: Vector<'_>,
) -> Result<Vector<'static>, StepByStep> {
    let (left, right) = (numbers(left)?, numbers(right)?);
    Ok(match comparison {
        Comparison::Equal => compare_by(&left, &right, |left, right| left == right),
        Comparison::NotEqual => compare_by(&left, &right, |left, right| left != right),
        Comparison::Less => compare_by(&left, &right, |left, right| left < right),
        Comparison::LessOrEqual => compare_by(&left, &right, |left, right| left <= right),
        Comparison::Greater => compare_by(&left, &right, |left, right| left > right),
        Comparison::GreaterOrEqual => compare_by(&left, &right, |left, right| left >= right),
    })
}

fn compare_by(left: &Vector<'_>, right: &Vector<'_>, is: impl Fn(f64, f64) -> bool) -> Vector<'static> {
    // Without a branch, so that many are compared at a time: unknown is 2, and then what was compared does not count.
    let truth = |left: f64, right: f64| {
        let unknown = u8::from(left.is_nan() | right.is_nan());
        (u8::from(is(left, right)) & (1 - unknown)) | (unknown * UNKNOWN)
    };
    // Most conditions are false most of the time, which is found out without writing down what each step comes to.
    let is_false = |left: f64, right: f64| !(is(left, right) | left.is_nan() | right.is_nan());
    match (slice(left), slice(right)) {
        (Some(lefts), Some(rights)) => {
            let mut truths = vec![FALSE; lefts.len().min(rights.len())];
            let parts = lefts.chunks(COMPARED_AT_ONCE).zip(rights.chunks(COMPARED_AT_ONCE));
            for ((lefts, rights), truths) in parts.zip(truths.chunks_mut(COMPARED_AT_ONCE)) {
                let pairs = lefts.iter().zip(rights);
                if !pairs.clone().fold(true, |all, (left, right)| all & is_false(*left, *right)) {
                    truths.iter_mut().zip(pairs).for_each(|(place, pair)| *place = truth(*pair.0, *pair.1));
                }
            }
            Vector::Truths(truths)
        }
        (Some(numbers), None) => {
            let right = same_number(right);
            compare_each(numbers, |left| is_false(left, right), |left| truth(left, right))
        }
        (None, Some(numbers)) => {
            let left = same_number(left);
            compare_each(numbers, |right| is_false(left, right), |right| truth(left, right))
        }
        (None, None) => Vector::Truth(truth(same_number(left), same_number(right))),
    }
}

fn compare_each(
    numbers: &[f64],
    is_false: impl Fn(f64) -> bool,
    truth: impl Fn(f64) -> u8,
) -> Vector<'static> {
    let mut truths = vec![FALSE; numbers.len()];
    for (numbers, truths) in numbers.chunks(COMPARED_AT_ONCE).zip(truths.chunks_mut(COMPARED_AT_ONCE)) {
        if !numbers.iter().fold(true, |all, number| all & is_false(*number)) {
            truths.iter_mut().zip(numbers).for_each(|(place, number)| *place = truth(*number));
        }
    }
    Vector::Truths(truths)
}

/// Computes, and says where known numbers came to one that is none.
fn arithmetic_of(
    left: Vector<'_>,
    right: Vector<'_>,
    of: impl Fn(f64, f64) -> f64,
) -> Result<Vector<'static>, StepByStep> {
    let mut became_none = false;
    let mut result = |left: f64, right: f64| {
        let number = of(left, right);
        became_none |= number.is_nan() & !left.is_nan() & !right.is_nan();
        number
    };
    if let Vector::Numbers(mut lefts) = left {
        // What was computed on the way gives its memory to what is made of it.
        match slice(&right) {
            Some(rights) => {
                lefts.iter_mut().zip(rights).for_each(|(left, right)| *left = result(*left, *right));
            }
            None => {
                let right = same_number(&right);
                lefts.iter_mut().for_each(|left| *left = result(*left, right));
            }
        }
        return if became_none { Err(StepByStep) } else { Ok(Vector::Numbers(lefts)) };
    }
    let vector = match (slice(&left), slice(&right)) {
        (Some(lefts), Some(rights)) => {
            Vector::Numbers(lefts.iter().zip(rights).map(|(left, right)| result(*left, *right)).collect())
        }
        (Some(lefts), None) => {
            let right = same_number(&right);
            Vector::Numbers(lefts.iter().map(|left| result(*left, right)).collect())
        }
        (None, Some(rights)) => {
            let left = same_number(&left);
            Vector::Numbers(rights.iter().map(|right| result(left, *right)).collect())
        }
        (None, None) => Vector::Number(result(same_number(&left), same_number(&right))),
    };
    if became_none { Err(StepByStep) } else { Ok(vector) }
}

/// Every step's element, of numbers or of truths.
enum Spread {
    Numbers(Vec<f64>),
    Truths(Vec<u8>),
}

fn spread(vector: Vector<'_>, count: usize) -> Spread {
    match vector {
        Vector::Number(number) => Spread::Numbers(vec![number; count]),
        Vector::Read(numbers) => Spread::Numbers(numbers.to_vec()),
        Vector::Numbers(numbers) => Spread::Numbers(numbers),
        Vector::Truth(truth) => Spread::Truths(vec![truth; count]),
        Vector::ReadTruths(truths) => Spread::Truths(truths.to_vec()),
        Vector::Truths(truths) => Spread::Truths(truths),
    }
}

fn choose(
    condition: &Vector<'_>,
    then: Vector<'_>,
    otherwise: Vector<'_>,
    count: usize,
) -> Result<Vector<'static>, StepByStep> {
    let same = same_truth(condition);
    let conditions = truth_slice(condition).map_or_else(|| vec![same; count], <[u8]>::to_vec);
    match (spread(then, count), spread(otherwise, count)) {
        (Spread::Numbers(then), Spread::Numbers(otherwise)) => {
            let chosen =
                conditions.iter().zip(then.iter().zip(&otherwise)).map(|(condition, (then, otherwise))| {
                    match *condition {
                        TRUE => *then,
                        FALSE => *otherwise,
                        _ => f64::NAN,
                    }
                });
            Ok(Vector::Numbers(chosen.collect()))
        }
        (Spread::Truths(then), Spread::Truths(otherwise)) => {
            let chosen =
                conditions.iter().zip(then.iter().zip(&otherwise)).map(|(condition, (then, otherwise))| {
                    match *condition {
                        TRUE => *then,
                        FALSE => *otherwise,
                        _ => UNKNOWN,
                    }
                });
            Ok(Vector::Truths(chosen.collect()))
        }
        (Spread::Numbers(_), Spread::Truths(_)) | (Spread::Truths(_), Spread::Numbers(_)) => Err(StepByStep),
    }
}

fn or_else(value: Vector<'_>, fallback: Vector<'_>, count: usize) -> Result<Vector<'static>, StepByStep> {
    match (spread(value, count), spread(fallback, count)) {
        (Spread::Numbers(mut values), Spread::Numbers(fallbacks)) => {
            for (value, fallback) in values.iter_mut().zip(fallbacks) {
                if value.is_nan() {
                    *value = fallback;
                }
            }
            Ok(Vector::Numbers(values))
        }
        (Spread::Truths(mut truths), Spread::Truths(fallbacks)) => {
            for (truth, fallback) in truths.iter_mut().zip(fallbacks) {
                if *truth == UNKNOWN {
                    *truth = fallback;
                }
            }
            Ok(Vector::Truths(truths))
        }
        (Spread::Numbers(_), Spread::Truths(_)) | (Spread::Truths(_), Spread::Numbers(_)) => Err(StepByStep),
    }
}
