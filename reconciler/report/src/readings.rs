//! Values with the unit of the signal they come from: readings, peaks, thresholds.

use std::collections::BTreeSet;

use heal_engine::Labels;
use heal_program::{
    AggregateFunction, BinaryOperator, Detector, Expression, Param, Program, Read, Signal, SignalIndex,
    UnaryOperator,
};
use heal_program::{SemanticHash, WindowFunction};

use crate::{Firing, Threshold, constant::constant, incidents::signals_of, units};

/// Writes texts into the firings of a detector.
pub(crate) fn describe(program: &Program, detector: &Detector, firings: &mut [Firing]) {
    let signals: Vec<&Signal> =
        signals_of(program, detector).into_iter().filter_map(|index| program.signal(index)).collect();
    let params = params_of(program, detector);
    let bounds = bounds(program, detector);
    let kind_of = |expression: &str| {
        let words = words(expression);
        let mut counters = signals.iter().filter(|signal| signal.counter);
        let counted = counters.any(|signal| words.contains(&name_of(signal)));
        (Kind::of(expression, &signals, &params), counted)
    };
    // Very many firings read the same few expressions, in the same places.
    let mut kinds: Vec<(String, (Kind<'_>, bool))> = Vec::new();
    for firing in firings {
        for (place, reading) in firing.readings.iter_mut().enumerate() {
            let is_of = |(expression, _): &(String, _)| *expression == reading.expression;
            let known = kinds.get(place).is_some_and(is_of).then_some(place);
            let at = known.or_else(|| kinds.iter().position(is_of)).unwrap_or(kinds.len());
            if at == kinds.len() {
                kinds.push((reading.expression.clone(), kind_of(&reading.expression)));
            }
            let Some((_, (kind, counted))) = kinds.get(at) else { continue };
            let text = |value: f64| kind.text(value, &bounds);
            reading.text = reading.value.map_or_else(|| "unknown".to_owned(), text);
            reading.counted = *counted;
        }
    }
}

/// The params that a detector's conditions read.
fn params_of<'p>(program: &'p Program, detector: &Detector) -> Vec<&'p Param> {
    let mut params = BTreeSet::new();
    let clear = detector.clear.iter().map(|clear| &clear.when);
    for condition in std::iter::once(&detector.when).chain(clear) {
        condition.walk(&mut |part| {
            if let Expression::Param(index) = part {
                params.insert(*index);
            }
        });
    }
    params.into_iter().filter_map(|index| program.param(index)).collect()
}

/// The words of an expression.
fn words(expression: &str) -> Vec<&str> {
    expression.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect()
}

/// The last part of a signal's path: what expressions call it.
fn name_of(signal: &Signal) -> &str {
    heal_program::short_name(&signal.head.path)
}

/// Paths of the signals for which a detector's condition holds below a bound.
pub(crate) fn falling_signals<'p>(program: &'p Program, detector: &Detector) -> BTreeSet<&'p str> {
    let falling = bounds(program, detector).into_iter().filter(|bound| bound.falling);
    falling.map(|bound| bound.signal.head.path.as_str()).collect()
}

/// Paths of the signals of which a detector's conditions, or those of detectors that it reads, ask for more than whether
/// something came.
pub(crate) fn measured_signals<'p>(program: &'p Program, detector: &Detector) -> BTreeSet<&'p str> {
    let mut measured = BTreeSet::new();
    let (mut seen, mut open) = (BTreeSet::new(), vec![detector]);
    while let Some(detector) = open.pop() {
        let mut visit = |part: &Expression| match part.read() {
            Some(Read::Signal(signal, _)) if !matches!(part, Expression::Absent { .. }) => {
                measured.extend(program.signal(signal).map(|signal| signal.head.path.as_str()));
            }
            Some(Read::Detector(other)) if seen.insert(other) => open.extend(program.detector(other)),
            Some(Read::Signal(..) | Read::Detector(_) | Read::Event(..) | Read::Entity(_)) | None => {}
        };
        detector.when.walk(&mut visit);
        if let Some(clear) = &detector.clear {
            clear.when.walk(&mut visit);
        }
    }
    measured
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

/// What kind of quantity an expression is, which says how its value is written.
enum Kind<'p> {
    Number,
    /// Of a unit.
    Quantity(String),
    /// A value of a signal.
    Of(&'p Signal),
    /// A difference of two of them, and such a difference a second.
    DifferenceOf(&'p Signal),
    SlopeOf(&'p Signal),
}

impl<'p> Kind<'p> {
    /// In its signal's unit, where the expression is about one signal; else the plain number.
    fn of(expression: &str, signals: &[&'p Signal], params: &[&Param]) -> Kind<'p> {
        let named = |path: &str| path == expression || heal_program::short_name(path) == expression;
        if let Some(param) = params.iter().find(|param| named(&param.head.path)) {
            return Kind::Quantity(units::base_unit(param.dimension));
        }
        let words = words(expression);
        let mut named = signals.iter().filter(|signal| words.contains(&name_of(signal)));
        match (named.next(), named.next()) {
            (Some(_), None) if words.contains(&"count") || expression.contains('/') => Kind::Number,
            // How many deviations: of no unit.
            (Some(_), None) if words.last() == Some(&"score") => Kind::Number,
            (Some(_), None) if words.contains(&"time_to") => Kind::Quantity("s".to_owned()),
            (Some(signal), None) if words.contains(&"rate") || words.contains(&"slope") => {
                Kind::SlopeOf(signal)
            }
            // A difference has no zero of its own: 10 degrees warmer are not 10 degrees.
            (Some(signal), None) if words.iter().any(|word| ["delta", "stddev"].contains(word)) => {
                Kind::DifferenceOf(signal)
            }
            (Some(signal), None) => Kind::Of(signal),
            (None, _) | (Some(_), Some(_)) => Kind::Number,
        }
    }

    fn text(&self, value: f64, bounds: &[Bound<'_>]) -> String {
        let in_unit_of = |signal: &Signal, value: f64| units::quantity(value, &units::display_unit(signal));
        match self {
            Kind::Number => units::number(value),
            Kind::Quantity(unit) => units::constant_quantity(value, unit),
            Kind::Of(signal) => {
                let own = bounds.iter().filter(|it| it.comparable && it.signal.head.path == signal.head.path);
                let value = units::to_display(value, signal);
                beside_nearest(
                    value,
                    own.map(|it| units::to_display(it.value, signal)),
                    &units::display_unit(signal),
                )
            }
            Kind::DifferenceOf(signal) => in_unit_of(signal, difference(value, signal)),
            Kind::SlopeOf(signal) => format!("{}/s", in_unit_of(signal, difference(value, signal))),
        }
    }
}

/// A value, with as many digits as it takes to stand on its side of the bound that is nearest to it.
pub(crate) fn beside_nearest(value: f64, bounds: impl Iterator<Item = f64>, unit: &str) -> String {
    let nearest = bounds.min_by(|a, b| (a - value).abs().total_cmp(&(b - value).abs()));
    nearest.map_or_else(|| units::quantity(value, unit), |bound| units::quantity_beside(value, bound, unit))
}

/// A difference of two values of a signal, in the unit that it is shown in.
fn difference(value: f64, signal: &Signal) -> f64 {
    if signal.unit.is_some() && signal.scale != 0.0 { value / signal.scale } else { value }
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
    add_bounds(program, &detector.when, false, &mut bounds);
    bounds
}

/// Adds the bounds in a part of a condition; `is_negated`: the condition holds where the part does not.
fn add_bounds<'a>(program: &'a Program, part: &Expression, is_negated: bool, bounds: &mut Vec<Bound<'a>>) {
    if let Expression::Binary(operator, left, right) = part
        && let Some(order) = operator.order()
    {
        let left_below = order.left_is_less != is_negated;
        if let (Some(it), Some(value)) = (measured(program, left), constant(program, right)) {
            bounds.extend(bound(program, it, value, left_below));
        } else if let (Some(value), Some(it)) = (constant(program, left), measured(program, right)) {
            bounds.extend(bound(program, it, value, !left_below));
        }
    }
    let turns = matches!(part, Expression::Unary(UnaryOperator::Not, _));
    for operand in part.operands() {
        add_bounds(program, operand, is_negated != turns, bounds);
    }
}

fn bound(program: &Program, it: Measured, value: f64, below: bool) -> Option<Bound<'_>> {
    let signal = program.signal(it.signal)?;
    Some(Bound { signal, value, falling: below != it.falls, comparable: it.comparable })
}

/// The signal that a side of a comparison measures.
#[derive(Clone, Copy)]
struct Measured {
    signal: SignalIndex,
    /// Whether the side is in that signal's own unit, so that what it is compared with can be drawn beside the samples.
    comparable: bool,
    /// Whether the side falls where the signal rises: `1 - up`.
    falls: bool,
}

fn measured(program: &Program, expression: &Expression) -> Option<Measured> {
    let changed = |it: Measured, turns: bool| Measured { comparable: false, falls: it.falls != turns, ..it };
    if let Expression::Signal(signal) = expression {
        Some(Measured { signal: *signal, comparable: true, falls: false })
    } else if let Expression::Window { function, signal, .. } = expression {
        let comparable = match function {
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
        Some(Measured { signal: *signal, comparable, falls: false })
    } else if let Expression::Aggregate { function, operand, .. } = expression {
        let of_one = measured(program, operand)?;
        match function {
            AggregateFunction::Avg
            | AggregateFunction::Min
            | AggregateFunction::Max
            | AggregateFunction::Quantile(_) => Some(of_one),
            AggregateFunction::Sum => Some(changed(of_one, false)),
            AggregateFunction::Count
            | AggregateFunction::Stddev
            | AggregateFunction::Any
            | AggregateFunction::All => None,
        }
    } else if let Expression::Or(inner, _) | Expression::ForKey { operand: inner, .. } = expression {
        measured(program, inner)
    } else if let Expression::Unary(UnaryOperator::Negate, operand) = expression {
        Some(changed(measured(program, operand)?, true))
    } else if let Expression::Binary(operator, left, right) = expression {
        // With a constant beside it; of two that move nobody can say which of them does it.
        match (
            measured(program, left),
            constant(program, left),
            measured(program, right),
            constant(program, right),
        ) {
            (Some(it), None, None, Some(by)) => Some(changed(it, turns(*operator, by, false)?)),
            (None, Some(by), Some(it), None) => Some(changed(it, turns(*operator, by, true)?)),
            _ => None,
        }
    } else {
        None
    }
}

/// Whether a term falls where its operand rises, beside a constant on its left (`is_right`) or right; none for what is no such
/// term.
fn turns(operator: BinaryOperator, constant: f64, is_right: bool) -> Option<bool> {
    match operator {
        BinaryOperator::Add => Some(false),
        BinaryOperator::Subtract => Some(is_right),
        BinaryOperator::Multiply => Some(constant < 0.0),
        BinaryOperator::Divide => Some((constant < 0.0) != is_right),
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

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use heal_program::Dimension;

    use super::*;
    use crate::testing::Source;

    fn of_up(when: Expression) -> Vec<String> {
        let mut source =
            Source::default().signal("up", Dimension::RATIO, &["node"]).detector("down", 0, 0.5, 0);
        source.0.detectors[0].when = when;
        falling_signals(&source.0, &source.0.detectors[0]).into_iter().map(str::to_owned).collect()
    }

    fn binary(operator: BinaryOperator, left: Expression, right: Expression) -> Expression {
        Expression::Binary(operator, Box::new(left), Box::new(right))
    }

    fn of_all(function: AggregateFunction) -> Expression {
        let operand = Box::new(Expression::Signal(SignalIndex(0)));
        Expression::Aggregate { function, by: Vec::new(), keys: Vec::new(), operand }
    }

    #[test]
    fn a_group_goes_down_where_its_condition_looks_below_a_bound() {
        use BinaryOperator as B;
        let number = Expression::Number;
        for function in [AggregateFunction::Sum, AggregateFunction::Min, AggregateFunction::Avg] {
            assert_eq!(of_up(binary(B::Less, of_all(function), number(2.0))), ["up"], "{function:?}");
            assert!(of_up(binary(B::Greater, of_all(function), number(2.0))).is_empty(), "{function:?}");
        }
        let lost = binary(B::Subtract, number(1.0), of_all(AggregateFunction::Avg));
        assert_eq!(of_up(binary(B::Greater, lost.clone(), number(0.25))), ["up"], "1 - up falls");
        assert!(of_up(binary(B::Less, lost, number(0.25))).is_empty());
        let not = |part: Expression| Expression::Unary(UnaryOperator::Not, Box::new(part));
        let below = || Expression::Unary(UnaryOperator::Negate, Box::new(of_all(AggregateFunction::Sum)));
        let negated = not(binary(B::Greater, below(), number(-2.0)));
        assert!(of_up(negated.clone()).is_empty(), "not less than 2 is at least 2");
        assert_eq!(of_up(not(negated)), ["up"]);
        let both = binary(
            B::And,
            not(binary(B::GreaterOrEqual, of_all(AggregateFunction::Min), number(1.0))),
            Expression::Bool(true),
        );
        assert_eq!(of_up(both), ["up"]);
        let half = binary(B::Divide, number(1.0), of_all(AggregateFunction::Avg));
        assert_eq!(of_up(binary(B::Greater, half, number(2.0))), ["up"], "1 / up falls");
    }

    #[test]
    fn scores_have_no_unit_and_slopes_have_one_a_second() {
        let source = Source::default().signal("lag", Dimension::DURATION, &["node"]);
        let text = |expression: &str, value: f64| {
            Kind::of(expression, &[&source.0.signals[0]], &[]).text(value, &[])
        };
        assert_eq!(text("lag.baseline(season: 1d, train: 7d).score", 4.25), "4.25");
        assert_eq!(text("lag.baseline(season: 1d, train: 7d).upper", 0.25), "250 ms");
        assert_eq!(text("lag.slope(10m)", 0.5), "500 ms/s");
        assert_eq!(text("lag.forecast(ahead: 4h, train: 1h).time_to(..)", 300.0), "5m");
    }
}
