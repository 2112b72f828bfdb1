//! What an expression is where nothing has come: no sample, no field of an entity, no event.

use heal_program::{BinaryOperator, Expression, Function, Program, UnaryOperator};

/// A value that is known without data.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Known {
    Number(f64),
    Text(String),
    Bool(bool),
}

/// Longest chain of detectors that read each other which is followed.
const CHAIN_MAX: usize = 16;

/// What is counted as known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Counts {
    /// What is known by itself.
    Nothing,
    /// What `.or(...)` puts in place of the unknown too.
    Fallbacks,
    /// That a detector does not fire whose `when` is unknown, too.
    Detectors,
}

/// The value of an expression without data; none where that is unknown, or depends on the time or the key.
pub(crate) fn without_data(expression: &Expression, program: &Program, counts: Counts) -> Option<Known> {
    Blind { program, counts, chain: 0 }.value(expression)
}

#[derive(Clone, Copy)]
struct Blind<'p> {
    program: &'p Program,
    counts: Counts,
    chain: usize,
}

impl Blind<'_> {
    fn value(self, expression: &Expression) -> Option<Known> {
        match expression {
            Expression::Number(number) => Some(Known::Number(*number)),
            Expression::Integer(number) => Some(Known::Number(*number as f64)),
            Expression::Text(text) => Some(Known::Text(text.clone())),
            Expression::Bool(truth) => Some(Known::Bool(*truth)),
            Expression::Param(index) => Some(Known::Number(self.program.param(*index)?.value)),
            Expression::Absent { .. } => Some(Known::Bool(true)),
            Expression::Firing(index) if self.counts >= Counts::Detectors => {
                let detector = self.program.detector(*index)?;
                let inner = Blind { chain: self.chain + 1, ..self };
                let when = if inner.chain > CHAIN_MAX { None } else { inner.value(&detector.when) };
                Some(Known::Bool(when == Some(Known::Bool(true))))
            }
            Expression::Or(value, fallback) if self.counts >= Counts::Fallbacks => {
                self.value(value).or_else(|| self.value(fallback))
            }
            // For whatever key, there are no data.
            Expression::ForKey { operand, .. } => self.value(operand),
            Expression::Unary(operator, operand) => match (operator, self.value(operand)?) {
                (UnaryOperator::Not, Known::Bool(truth)) => Some(Known::Bool(!truth)),
                (UnaryOperator::Negate, Known::Number(number)) => Some(Known::Number(-number)),
                (UnaryOperator::Not | UnaryOperator::Negate, _) => None,
            },
            Expression::Binary(operator, left, right) => {
                self.binary(*operator, self.value(left), self.value(right))
            }
            Expression::Conditional(condition, then, otherwise) => match self.value(condition)? {
                Known::Bool(true) => self.value(then),
                Known::Bool(false) => self.value(otherwise),
                Known::Number(_) | Known::Text(_) => None,
            },
            Expression::Call(Function::Double, operands) => match operands.as_slice() {
                [operand] => self.value(operand),
                _ => None,
            },
            Expression::List(_)
            | Expression::Signal(_)
            | Expression::Window { .. }
            | Expression::Learned { .. }
            | Expression::TimeTo { .. }
            | Expression::Aggregate { .. }
            | Expression::EventWithin { .. }
            | Expression::EventCount { .. }
            | Expression::During(_)
            | Expression::KeyField(_)
            | Expression::EntityField { .. }
            | Expression::Episode(_)
            | Expression::Secret(_)
            | Expression::Variable(_)
            | Expression::Firing(_)
            | Expression::Or(..)
            | Expression::Select(..)
            | Expression::Element(..)
            | Expression::Comprehension { .. }
            | Expression::Call(..) => None,
        }
    }

    fn binary(self, operator: BinaryOperator, left: Option<Known>, right: Option<Known>) -> Option<Known> {
        let decides = |truth: bool| {
            let one = |side: &Option<Known>| *side == Some(Known::Bool(truth));
            if one(&left) || one(&right) { Some(Known::Bool(truth)) } else { None }
        };
        let numbers = || match (&left, &right) {
            (Some(Known::Number(left)), Some(Known::Number(right))) => Some((*left, *right)),
            _ => None,
        };
        let compared =
            |is_so: fn(&f64, &f64) -> bool| numbers().map(|(left, right)| Known::Bool(is_so(&left, &right)));
        let reckoned =
            |made: fn(f64, f64) -> f64| numbers().map(|(left, right)| Known::Number(made(left, right)));
        match operator {
            BinaryOperator::And => decides(false).or_else(|| both(&left, &right)),
            BinaryOperator::Or => decides(true).or_else(|| both(&left, &right)),
            BinaryOperator::Equal => Some(Known::Bool(left? == right?)),
            BinaryOperator::NotEqual => Some(Known::Bool(left? != right?)),
            BinaryOperator::Less => compared(f64::lt),
            BinaryOperator::LessOrEqual => compared(f64::le),
            BinaryOperator::Greater => compared(f64::gt),
            BinaryOperator::GreaterOrEqual => compared(f64::ge),
            BinaryOperator::Add => reckoned(|left, right| left + right),
            BinaryOperator::Subtract => reckoned(|left, right| left - right),
            BinaryOperator::Multiply => reckoned(|left, right| left * right),
            BinaryOperator::Divide => reckoned(|left, right| left / right),
            BinaryOperator::In | BinaryOperator::Remainder => None,
        }
    }
}

/// What two conditions are of which none decides: the same, where both are known.
fn both(left: &Option<Known>, right: &Option<Known>) -> Option<Known> {
    match (left, right) {
        (Some(Known::Bool(left)), Some(Known::Bool(right))) if left == right => Some(Known::Bool(*left)),
        _ => None,
    }
}
