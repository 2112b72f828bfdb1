//! Comparisons of counts that are not known to the last key: what holds whatever the rest comes to is known.

use heal_program::{AggregateFunction, BinaryOperator, Expression};

use crate::{Facts, Value, facts::fact, walk::evaluate};

/// What a comparison comes to of which a side is a count over keys that is only known to lie in a range; none where the
/// range does not decide it, and where no side is such a count.
pub(crate) fn compared_counts(
    operator: BinaryOperator,
    (left, right): (&Expression, &Expression),
    facts: &dyn Facts,
) -> Option<bool> {
    if !is_short(left, facts) && !is_short(right, facts) {
        return None;
    }
    let (left, right) = (range(left, facts)?, range(right, facts)?);
    let is_less = decided(left.1 < right.0, left.0 >= right.1);
    let is_greater = decided(left.0 > right.1, left.1 <= right.0);
    let is_apart = left.1 < right.0 || right.1 < left.0;
    match operator {
        BinaryOperator::Less => is_less,
        BinaryOperator::GreaterOrEqual => is_less.map(|truth| !truth),
        BinaryOperator::Greater => is_greater,
        BinaryOperator::LessOrEqual => is_greater.map(|truth| !truth),
        BinaryOperator::Equal => is_apart.then_some(false),
        BinaryOperator::NotEqual => is_apart.then_some(true),
        BinaryOperator::And
        | BinaryOperator::Or
        | BinaryOperator::In
        | BinaryOperator::Add
        | BinaryOperator::Subtract
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Remainder => None,
    }
}

fn decided(yes: bool, no: bool) -> Option<bool> {
    (yes || no).then_some(yes)
}

/// Whether it is a count that is unknown.
fn is_short(expression: &Expression, facts: &dyn Facts) -> bool {
    let is_count = matches!(expression, Expression::Aggregate { function: AggregateFunction::Count, .. });
    is_count && fact(expression, facts).is_none()
}

fn range(expression: &Expression, facts: &dyn Facts) -> Option<(f64, f64)> {
    if let Expression::Aggregate { function: AggregateFunction::Count, by, keys, operand } = expression
        && is_short(expression, facts)
    {
        return facts.count_range(by, keys, operand);
    }
    match evaluate(expression, facts)? {
        Value::Number(number) => Some((number, number)),
        Value::Integer(number) => Some((number as f64, number as f64)),
        Value::Text(_) | Value::Bool(_) | Value::List(_) | Value::Object(_) => None,
    }
}
