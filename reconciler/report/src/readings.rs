//! Values with the unit of the signal they come from: readings, peaks, thresholds.

use std::collections::BTreeSet;

use heal_engine::Labels;
use heal_program::{
    BinaryOperator, Detector, Expression, Param, Program, Signal, SignalIndex, UnaryOperator,
};
use heal_program::{SemanticHash, WindowFunction};

use crate::{Firing, Threshold, incidents::signals_of, units};

/// Writes texts into the firings of a detector.
pub(crate) fn describe(program: &Program, detector: &Detector, firings: &mut [Firing]) {
    let signals: Vec<&Signal> =
        signals_of(program, detector).into_iter().filter_map(|index| program.signal(index)).collect();
    for reading in firings.iter_mut().flat_map(|firing| &mut firing.readings) {
        reading.text = match reading.value {
            Some(value) => in_unit(&reading.expression, value, &signals, &program.params),
            None => "unknown".to_owned(),
        };
        let words = words(&reading.expression);
        let mut counters = signals.iter().filter(|signal| signal.counter);
        reading.counted = counters.any(|signal| words.contains(&name_of(signal)));
    }
}

/// The words of an expression.
fn words(expression: &str) -> Vec<&str> {
    expression.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect()
}

/// The last part of a signal's path: what expressions call it.
fn name_of(signal: &Signal) -> &str {
    signal.head.path.rsplit('.').next().unwrap_or(&signal.head.path)
}

/// Paths of the signals for which a detector's condition holds below a bound.
pub(crate) fn falling_signals<'p>(program: &'p Program, detector: &Detector) -> BTreeSet<&'p str> {
    let falling = bounds(program, detector).into_iter().filter(|bound| bound.falling);
    falling.map(|bound| bound.signal.head.path.as_str()).collect()
}

/// The bounds in a detector's condition that do not move, in the order they stand.
pub(crate) fn thresholds(program: &Program, detector: &Detector) -> Vec<Threshold> {
    let mut thresholds: Vec<Threshold> = Vec::new();
    for bound in bounds(program, detector).into_iter().filter(|bound| bound.comparable) {
        let value = units::to_display(bound.value, bound.signal);
        let text = units::quantity(value, &units::display_unit(bound.signal));
        let threshold = Threshold { signal: bound.signal.head.path.clone(), value, text };
        if value.is_finite() && !thresholds.contains(&threshold) {
            thresholds.push(threshold);
        }
    }
    thresholds
}

/// A text of labels: `cart/a`; empty for no key.
pub(crate) fn key_text(labels: &Labels) -> String {
    labels.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join("/")
}

/// A hash of labels and path, for lookups that must not depend on what they contain.
pub(crate) fn series_id(signal: &str, labels: &Labels) -> SemanticHash {
    let parts = labels.iter().flat_map(|(label, value)| [label.as_bytes(), value.as_bytes()]);
    SemanticHash::of(std::iter::once(signal.as_bytes()).chain(parts))
}

/// A reading in its signal's unit, where the expression is about one signal; else the plain number.
fn in_unit(expression: &str, value: f64, signals: &[&Signal], params: &[Param]) -> String {
    let named = |path: &str| path == expression || path.rsplit('.').next() == Some(expression);
    if let Some(param) = params.iter().find(|param| named(&param.head.path)) {
        return units::quantity(value, &units::base_unit(param.dimension));
    }
    let words = words(expression);
    let mut named = signals.iter().filter(|signal| words.contains(&name_of(signal)));
    match (named.next(), named.next()) {
        (Some(_), None) if words.contains(&"count") || expression.contains('/') => units::number(value),
        (Some(signal), None) if words.contains(&"rate") => {
            let scaled =
                if signal.unit.is_some() && signal.scale != 0.0 { value / signal.scale } else { value };
            format!("{}/s", units::quantity(scaled, &units::display_unit(signal)))
        }
        (Some(signal), None) => {
            units::quantity(units::to_display(value, signal), &units::display_unit(signal))
        }
        (None, _) | (Some(_), Some(_)) => units::number(value),
    }
}

/// A comparison of a signal with a constant.
struct Bound<'a> {
    signal: &'a Signal,
    /// In the base unit.
    value: f64,
    /// Whether the condition holds below the bound.
    falling: bool,
    /// Whether the compared side is in the signal's own unit, so that the bound can be drawn beside its samples.
    comparable: bool,
}

fn bounds<'a>(program: &'a Program, detector: &Detector) -> Vec<Bound<'a>> {
    let mut bounds = Vec::new();
    detector.when.walk(&mut |part| {
        let Expression::Binary(operator, left, right) = part else { return };
        let Some(left_below) = holds_where_left_is_less(*operator) else { return };
        if let (Some((signal, comparable)), Some(value)) = (measured(left), constant(program, right)) {
            bounds.extend(bound(program, signal, value, left_below, comparable));
        } else if let (Some(value), Some((signal, comparable))) = (constant(program, left), measured(right)) {
            bounds.extend(bound(program, signal, value, !left_below, comparable));
        }
    });
    bounds
}

fn bound(
    program: &Program,
    signal: SignalIndex,
    value: f64,
    falling: bool,
    comparable: bool,
) -> Option<Bound<'_>> {
    program.signal(signal).map(|signal| Bound { signal, value, falling, comparable })
}

fn holds_where_left_is_less(operator: BinaryOperator) -> Option<bool> {
    match operator {
        BinaryOperator::Less | BinaryOperator::LessOrEqual => Some(true),
        BinaryOperator::Greater | BinaryOperator::GreaterOrEqual => Some(false),
        BinaryOperator::Or
        | BinaryOperator::And
        | BinaryOperator::Equal
        | BinaryOperator::NotEqual
        | BinaryOperator::In
        | BinaryOperator::Add
        | BinaryOperator::Subtract
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Remainder => None,
    }
}

/// The signal that a side of a comparison measures, and whether it is in that signal's own unit.
fn measured(expression: &Expression) -> Option<(SignalIndex, bool)> {
    if let Expression::Signal(signal) = expression {
        Some((*signal, true))
    } else if let Expression::Window { function, signal, .. } = expression {
        let own_unit = match function {
            WindowFunction::Avg
            | WindowFunction::Min
            | WindowFunction::Max
            | WindowFunction::Median
            | WindowFunction::Quantile(_)
            | WindowFunction::Lag
            | WindowFunction::Ewma => true,
            WindowFunction::Sum
            | WindowFunction::Count
            | WindowFunction::Rate
            | WindowFunction::Stddev
            | WindowFunction::Increase
            | WindowFunction::Delta
            | WindowFunction::Slope => false,
        };
        Some((*signal, own_unit))
    } else if let Expression::Or(inner, _) = expression {
        measured(inner)
    } else {
        None
    }
}

fn constant(program: &Program, expression: &Expression) -> Option<f64> {
    if let Expression::Number(value) = expression {
        Some(*value)
    } else if let Expression::Param(index) = expression {
        program.param(*index).map(|param| param.value)
    } else if let Expression::Unary(UnaryOperator::Negate, operand) = expression {
        constant(program, operand).map(|value| -value)
    } else if let Expression::Binary(operator, left, right) = expression {
        let (left, right) = (constant(program, left)?, constant(program, right)?);
        arithmetic(*operator, left, right)
    } else {
        None
    }
}

fn arithmetic(operator: BinaryOperator, left: f64, right: f64) -> Option<f64> {
    match operator {
        BinaryOperator::Add => Some(left + right),
        BinaryOperator::Subtract => Some(left - right),
        BinaryOperator::Multiply => Some(left * right),
        BinaryOperator::Divide => Some(left / right),
        BinaryOperator::Or
        | BinaryOperator::And
        | BinaryOperator::Equal
        | BinaryOperator::NotEqual
        | BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual
        | BinaryOperator::In
        | BinaryOperator::Remainder => None,
    }
}
