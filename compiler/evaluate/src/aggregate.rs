//! Aggregation: one value of a group of keys.

use heal_program::AggregateFunction;

use crate::{Value, facts::truth};

/// What `function` makes of the operand's value for each key of a group, in any order.
///
/// Keys for which the operand is unknown are left out; a group without any known one is unknown, but for a count, which
/// is 0 then: whoever asks for one sees to it that those left out fell silent (see [`crate::Facts::count_range`]). `any` and `all` are `||` and `&&` over the keys: unknown only where the unknown ones decide.
#[must_use]
pub fn aggregated(function: AggregateFunction, values: &[Option<Value>]) -> Option<Value> {
    let known = || values.iter().flatten();
    match function {
        AggregateFunction::Any => absorbed(true, values),
        AggregateFunction::All => absorbed(false, values),
        AggregateFunction::Count => {
            let counted = known().filter(|value| **value != Value::Bool(false)).count();
            Some(Value::Number(counted as f64))
        }
        AggregateFunction::Avg
        | AggregateFunction::Min
        | AggregateFunction::Max
        | AggregateFunction::Sum
        | AggregateFunction::Stddev
        | AggregateFunction::Quantile(_) => {
            let mut numbers: Vec<f64> = known().filter_map(number).collect();
            // In order of size, so that the order of keys has no part in a sum of doubles.
            numbers.sort_by(f64::total_cmp);
            numeric(function, &numbers).map(Value::Number)
        }
    }
}

fn absorbed(absorbing: bool, values: &[Option<Value>]) -> Option<Value> {
    let truths = || values.iter().map(|value| truth(value.clone()));
    if truths().any(|truth| truth == Some(absorbing)) {
        return Some(Value::Bool(absorbing));
    }
    let all_known = !values.is_empty() && truths().all(|truth| truth.is_some());
    all_known.then_some(Value::Bool(!absorbing))
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Integer(number) => Some(*number as f64),
        Value::Text(_) | Value::Bool(_) | Value::List(_) | Value::Object(_) => None,
    }
}

/// Of sorted numbers.
fn numeric(function: AggregateFunction, numbers: &[f64]) -> Option<f64> {
    let (first, last) = (*numbers.first()?, *numbers.last()?);
    let count = numbers.len() as f64;
    let sum: f64 = numbers.iter().sum();
    match function {
        AggregateFunction::Avg => Some(sum / count),
        AggregateFunction::Min => Some(first),
        AggregateFunction::Max => Some(last),
        AggregateFunction::Sum => Some(sum),
        AggregateFunction::Stddev => {
            let mean = sum / count;
            let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
            Some((squares / count).sqrt())
        }
        AggregateFunction::Quantile(parts) => quantile(parts, numbers),
        AggregateFunction::Count | AggregateFunction::Any | AggregateFunction::All => None,
    }
}

/// In ten-thousandths, linear between the numbers around it.
fn quantile(parts: u32, sorted: &[f64]) -> Option<f64> {
    let at = f64::from(parts.min(10_000)) / 10_000.0 * (sorted.len().saturating_sub(1)) as f64;
    let below = *sorted.get(at.floor() as usize)?;
    let above = *sorted.get(at.ceil() as usize)?;
    let share = at.fract();
    // An end of the line is itself: an infinite neighbour has no part in it.
    Some(if share == 0.0 { below } else { below + (above - below) * share })
}

#[cfg(test)]
mod tests {
    use heal_program::AggregateFunction as Function;

    use super::*;

    fn check(function: Function, values: &[Option<f64>], expected: Option<f64>) {
        let values: Vec<Option<Value>> = values.iter().map(|value| value.map(Value::Number)).collect();
        assert_eq!(aggregated(function, &values), expected.map(Value::Number), "{function:?}");
    }

    #[test]
    fn numbers_of_a_group_leave_out_unknown_keys() {
        let group = [Some(4.0), None, Some(1.0), Some(1.0)];
        check(Function::Sum, &group, Some(6.0));
        check(Function::Avg, &group, Some(2.0));
        check(Function::Min, &group, Some(1.0));
        check(Function::Max, &group, Some(4.0));
        check(Function::Count, &group, Some(3.0));
        check(Function::Stddev, &group, Some(2.0_f64.sqrt()));
        check(Function::Quantile(5_000), &group, Some(1.0));
        check(Function::Quantile(7_500), &group, Some(2.5));
        check(Function::Quantile(10_000), &group, Some(4.0));
    }

    #[test]
    fn a_group_without_a_known_key_is_unknown() {
        for group in [[].as_slice(), &[None, None]] {
            check(Function::Sum, group, None);
            check(Function::Quantile(5_000), group, None);
            check(Function::Count, group, Some(0.0));
        }
    }

    #[test]
    fn any_and_all_are_decided_by_a_known_key() {
        let of = |function, values: &[Option<bool>]| {
            aggregated(function, &values.iter().map(|value| value.map(Value::Bool)).collect::<Vec<_>>())
        };
        let (yes, no) = (Some(Value::Bool(true)), Some(Value::Bool(false)));
        assert_eq!(of(Function::Any, &[None, Some(true)]), yes);
        assert_eq!(of(Function::Any, &[None, Some(false)]), None);
        assert_eq!(of(Function::Any, &[Some(false)]), no);
        assert_eq!(of(Function::All, &[None, Some(false)]), no);
        assert_eq!(of(Function::All, &[None, Some(true)]), None);
        assert_eq!(of(Function::All, &[Some(true)]), yes);
        assert_eq!(of(Function::All, &[]), None);
        let conditions = [Some(Value::Bool(true)), Some(Value::Bool(false)), None];
        assert_eq!(aggregated(Function::Count, &conditions), Some(Value::Number(1.0)));
    }
}
