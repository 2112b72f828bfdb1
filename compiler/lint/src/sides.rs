//! Comparisons and the values that their sides can have.

use heal_program::{
    AggregateFunction, BinaryOperator, Expression, Learned, LearnedPart, Program, Signal, Source,
    UnaryOperator, WindowFunction,
};

/// The values from `low` to `high`, both possible.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Values {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Values {
    const ANY: Values = Values { low: f64::NEG_INFINITY, high: f64::INFINITY };
    const NOT_NEGATIVE: Values = Values { low: 0.0, high: f64::INFINITY };
    const SHARE: Values = Values { low: 0.0, high: 1.0 };

    fn one(value: f64) -> Values {
        Values { low: value, high: value }
    }

    /// Whether there is just one.
    pub(crate) fn is_one(self) -> bool {
        self.low >= self.high
    }
}

/// The values that an expression can have, as far as its form says; a param may be moved within its range.
pub(crate) fn values(expression: &Expression, program: &Program) -> Values {
    match expression {
        Expression::Number(value) => Values::one(*value),
        Expression::Integer(value) => Values::one(*value as f64),
        Expression::Param(index) => match program.param(*index) {
            Some(param) => {
                let (low, high) = param.range.unwrap_or((param.value, param.value));
                Values { low, high }
            }
            None => Values::ANY,
        },
        Expression::Window { function, signal, span } => {
            let signal = program.signal(*signal);
            window(*function, signal, span.0)
        }
        Expression::Learned { model, part: LearnedPart::Score, .. } => match model {
            Learned::Anomaly { .. } | Learned::Changepoint { .. } => Values::SHARE,
            Learned::Baseline { .. }
            | Learned::Forecast { .. }
            | Learned::Outlier { .. }
            | Learned::Model { .. } => Values::ANY,
        },
        Expression::Learned {
            part: LearnedPart::Value | LearnedPart::Lower | LearnedPart::Upper, ..
        } => Values::ANY,
        Expression::TimeTo { .. } | Expression::EventCount { .. } => Values::NOT_NEGATIVE,
        Expression::Aggregate { function, operand, .. } => aggregate(*function, values(operand, program)),
        Expression::ForKey { operand, .. } => values(operand, program),
        Expression::Unary(UnaryOperator::Negate, operand) => {
            let operand = values(operand, program);
            Values { low: -operand.high, high: -operand.low }
        }
        Expression::Binary(BinaryOperator::Divide, left, right) if is_part(left, right, program) => {
            Values::SHARE
        }
        Expression::Binary(BinaryOperator::Divide, left, right) if is_part(right, left, program) => {
            Values { low: 1.0, high: f64::INFINITY }
        }
        Expression::Binary(operator, left, right) => {
            reckoned(*operator, values(left, program), values(right, program))
        }
        Expression::Conditional(_, then, otherwise) | Expression::Or(then, otherwise) => {
            let (then, otherwise) = (values(then, program), values(otherwise, program));
            Values { low: then.low.min(otherwise.low), high: then.high.max(otherwise.high) }
        }
        Expression::Text(_)
        | Expression::Bool(_)
        | Expression::List(_)
        | Expression::Signal(_)
        | Expression::Absent { .. }
        | Expression::Firing(_)
        | Expression::EventWithin { .. }
        | Expression::During(_)
        | Expression::KeyField(_)
        | Expression::EntityField { .. }
        | Expression::Episode(_)
        | Expression::Secret(_)
        | Expression::Variable(_)
        | Expression::Select(..)
        | Expression::Element(..)
        | Expression::Comprehension { .. }
        | Expression::Unary(UnaryOperator::Not, _)
        | Expression::Call(..) => Values::ANY,
    }
}

/// Whether something is one of what makes up a sum, none of which is below zero: `errors` of `errors + successes`.
fn is_part(part: &Expression, whole: &Expression, program: &Program) -> bool {
    let mut addends = Vec::new();
    add_addends(whole, &mut addends);
    addends.len() > 1
        && addends.contains(&part)
        && addends.iter().all(|addend| is_never_negative(addend, program))
}

/// Whether a reading, or what it is over keys, is never below zero. Nothing is said of what is reckoned, which is looked at
/// by itself: looking at it here too would double with each level.
fn is_never_negative(expression: &Expression, program: &Program) -> bool {
    let mut reading = expression;
    while let Expression::Aggregate { operand, .. } | Expression::ForKey { operand, .. } = reading {
        reading = operand;
    }
    reading.operands().is_empty() && values(reading, program).low >= 0.0
}

/// Recursion is as deep as expressions nest, which the checker bounds.
fn add_addends<'a>(sum: &'a Expression, addends: &mut Vec<&'a Expression>) {
    if let Expression::Binary(BinaryOperator::Add, left, right) = sum {
        add_addends(left, addends);
        add_addends(right, addends);
    } else {
        addends.push(sum);
    }
}

fn window(function: WindowFunction, signal: Option<&Signal>, span: i64) -> Values {
    match function {
        WindowFunction::Count => {
            Values { low: 0.0, high: signal.map_or(f64::INFINITY, |it| most_samples(it, span)) }
        }
        WindowFunction::Stddev | WindowFunction::Rate | WindowFunction::Increase => Values::NOT_NEGATIVE,
        WindowFunction::Avg
        | WindowFunction::Min
        | WindowFunction::Max
        | WindowFunction::Sum
        | WindowFunction::Median
        | WindowFunction::Quantile(_)
        | WindowFunction::Delta
        | WindowFunction::Slope
        | WindowFunction::Lag
        | WindowFunction::Ewma => Values::ANY,
    }
}

/// Most samples in a window. What is asked for comes once a step; what is pushed may come more often than it says.
fn most_samples(signal: &Signal, span: i64) -> f64 {
    match signal.source {
        Source::Prometheus { .. } => {
            let every = signal.every.0.max(1);
            (span.max(0) as f64 / every as f64).ceil()
        }
        Source::Metric { .. } | Source::Logs(_) => f64::INFINITY,
    }
}

fn aggregate(function: AggregateFunction, operand: Values) -> Values {
    match function {
        AggregateFunction::Avg
        | AggregateFunction::Min
        | AggregateFunction::Max
        | AggregateFunction::Quantile(_) => operand,
        AggregateFunction::Sum if operand.low >= 0.0 => Values::NOT_NEGATIVE,
        AggregateFunction::Count | AggregateFunction::Stddev => Values::NOT_NEGATIVE,
        AggregateFunction::Sum | AggregateFunction::Any | AggregateFunction::All => Values::ANY,
    }
}

fn reckoned(operator: BinaryOperator, left: Values, right: Values) -> Values {
    let found = match operator {
        BinaryOperator::Add => Values { low: left.low + right.low, high: left.high + right.high },
        BinaryOperator::Subtract => Values { low: left.low - right.high, high: left.high - right.low },
        BinaryOperator::Multiply if left.low >= 0.0 && right.low >= 0.0 => {
            Values { low: left.low * right.low, high: left.high * right.high }
        }
        BinaryOperator::Divide if left.low >= 0.0 && right.low > 0.0 => {
            Values { low: left.low / right.high, high: left.high / right.low }
        }
        BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Remainder
        | BinaryOperator::Or
        | BinaryOperator::And
        | BinaryOperator::Equal
        | BinaryOperator::NotEqual
        | BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual
        | BinaryOperator::In => Values::ANY,
    };
    // Zero times infinity, and the like, says nothing.
    if found.low.is_nan() || found.high.is_nan() { Values::ANY } else { found }
}

/// A comparison with the larger side on the left: `left > right`, or `left >= right`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Comparison<'a> {
    pub(crate) larger: &'a Expression,
    pub(crate) smaller: &'a Expression,
    /// Whether equal sides make it true.
    pub(crate) or_equal: bool,
}

/// The comparison that an expression is.
pub(crate) fn comparison(expression: &Expression) -> Option<Comparison<'_>> {
    let Expression::Binary(operator, left, right) = expression else { return None };
    let order = operator.order()?;
    let (larger, smaller) = if order.left_is_less { (right, left) } else { (left, right) };
    Some(Comparison { larger, smaller, or_equal: order.or_equal })
}

/// What is compared with one number, and on which side of it the comparison is true.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Threshold<'a> {
    pub(crate) operand: &'a Expression,
    /// Whether it is true above the limit.
    pub(crate) above: bool,
    pub(crate) limit: f64,
}

/// The threshold that an expression is, with params at their values; none when both sides can change.
pub(crate) fn threshold<'a>(expression: &'a Expression, program: &Program) -> Option<Threshold<'a>> {
    let Comparison { larger, smaller, .. } = comparison(expression)?;
    let constant = |side: &Expression| constant(side, program);
    match (constant(larger), constant(smaller)) {
        (None, Some(limit)) => Some(Threshold { operand: larger, above: true, limit }),
        (Some(limit), None) => Some(Threshold { operand: smaller, above: false, limit }),
        (Some(_), Some(_)) | (None, None) => None,
    }
}

/// The value of an expression that reads no telemetry.
fn constant(expression: &Expression, program: &Program) -> Option<f64> {
    if let Expression::Param(index) = expression {
        return program.param(*index).map(|param| param.value);
    }
    if let Expression::Binary(operator, left, right) = expression {
        let (left, right) = (constant(left, program)?, constant(right, program)?);
        let found = reckoned(*operator, Values::one(left), Values::one(right));
        return found.is_one().then_some(found.low);
    }
    let found = values(expression, program);
    (found.is_one() && found.low.is_finite()).then_some(found.low)
}
