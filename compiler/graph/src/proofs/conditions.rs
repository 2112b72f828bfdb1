//! What follows from conditions alone, whatever telemetry says.
//!
//! Only what is certain is found: comparisons of one expression with constants that cannot hold together, and those of what is
//! known to be ordered, as the smallest sample of a window and the largest.

use heal_program::{BinaryOperator, Expression, Millis, SignalIndex, UnaryOperator, WindowFunction};

/// Most parts of a condition that are compared with each other.
const PARTS_MAX: usize = 64;

/// Whether a condition can never be true.
pub(super) fn is_never(condition: &Expression) -> bool {
    let mut parts = Vec::new();
    conjuncts(condition, &mut parts);
    cannot_hold(&parts)
}

/// Whether two conditions can never be true together.
pub(super) fn exclude_each_other(left: &Expression, right: &Expression) -> bool {
    let mut parts = Vec::new();
    conjuncts(left, &mut parts);
    conjuncts(right, &mut parts);
    cannot_hold(&parts)
}

/// Whether `narrow` holds only where `wide` does: it says all that `wide` says, and maybe more.
pub(super) fn implies(narrow: Option<&Expression>, wide: Option<&Expression>) -> bool {
    let (mut said, mut wanted) = (Vec::new(), Vec::new());
    narrow.into_iter().for_each(|condition| conjuncts(condition, &mut said));
    wide.into_iter().for_each(|condition| conjuncts(condition, &mut wanted));
    wanted.len() <= PARTS_MAX && said.len() <= PARTS_MAX && wanted.iter().all(|part| said.contains(part))
}

/// The parts of `a && b && c`.
pub(super) fn conjuncts<'e>(condition: &'e Expression, parts: &mut Vec<&'e Expression>) {
    if let Expression::Binary(BinaryOperator::And, left, right) = condition {
        conjuncts(left, parts);
        conjuncts(right, parts);
    } else {
        parts.push(condition);
    }
}

fn cannot_hold(parts: &[&Expression]) -> bool {
    if parts.iter().any(|part| is_false(part)) {
        return true;
    }
    if parts.len() > PARTS_MAX {
        return false;
    }
    let claims: Vec<Claim<'_>> = parts.iter().filter_map(|part| Claim::of(part)).collect();
    claims
        .iter()
        .enumerate()
        .any(|(at, claim)| claims.iter().skip(at + 1).any(|other| claim.contradicts(other)))
}

/// Whether one part alone can never be true.
fn is_false(part: &Expression) -> bool {
    if let Expression::Unary(UnaryOperator::Not, operand) = part {
        return matches!(operand.as_ref(), Expression::Bool(true));
    }
    let Expression::Binary(operator, left, right) = part else {
        return matches!(part, Expression::Bool(false));
    };
    let is_empty = matches!(right.as_ref(), Expression::List(items) if items.is_empty());
    let numbers = number(left).zip(number(right));
    match operator {
        BinaryOperator::Or => is_never(left) && is_never(right),
        BinaryOperator::In => is_empty,
        BinaryOperator::Equal => numbers.is_some_and(|(left, right)| left != right),
        BinaryOperator::NotEqual => numbers.is_some_and(|(left, right)| left == right),
        BinaryOperator::Less if is_at_most(right, left) => true,
        BinaryOperator::Greater if is_at_most(left, right) => true,
        BinaryOperator::Less => numbers.is_some_and(|(left, right)| left >= right),
        BinaryOperator::LessOrEqual => numbers.is_some_and(|(left, right)| left > right),
        BinaryOperator::Greater => numbers.is_some_and(|(left, right)| left <= right),
        BinaryOperator::GreaterOrEqual => numbers.is_some_and(|(left, right)| left < right),
        BinaryOperator::And
        | BinaryOperator::Add
        | BinaryOperator::Subtract
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Remainder => false,
    }
}

/// A part that says something of one expression by constants.
struct Claim<'e> {
    about: &'e Expression,
    says: Says<'e>,
}

/// What a part says.
enum Says<'e> {
    /// It is one of these texts.
    OneOf(Vec<&'e str>),
    /// It is none of these.
    Not(&'e str),
    /// It is a number from the first to the second; whether these themselves are among them.
    Between(f64, f64, bool, bool),
}

impl<'e> Claim<'e> {
    fn of(part: &'e Expression) -> Option<Claim<'e>> {
        let Expression::Binary(operator, left, right) = part else { return None };
        if let (BinaryOperator::In, Expression::List(items)) = (operator, right.as_ref()) {
            let texts: Option<Vec<&str>> = items.iter().map(text).collect();
            return Some(Claim { about: left, says: Says::OneOf(texts?) });
        }
        if let Some(claim) = of_text(*operator, left, right).or_else(|| of_text(*operator, right, left)) {
            return Some(claim);
        }
        of_number(*operator, left, right).or_else(|| of_number(operator.mirrored(), right, left))
    }

    fn contradicts(&self, other: &Claim<'_>) -> bool {
        if self.about != other.about {
            return self.ends_below(other) || other.ends_below(self);
        }
        match (&self.says, &other.says) {
            (Says::OneOf(left), Says::OneOf(right)) => !left.iter().any(|text| right.contains(text)),
            (Says::OneOf(texts), Says::Not(not)) | (Says::Not(not), Says::OneOf(texts)) => {
                texts.iter().all(|text| text == not)
            }
            (
                Says::Between(low, high, has_low, has_high),
                Says::Between(other_low, other_high, other_has_low, other_has_high),
            ) => {
                ends_before(*high, *has_high, *other_low, *other_has_low)
                    || ends_before(*other_high, *other_has_high, *low, *has_low)
            }
            (Says::Not(_), Says::Not(_) | Says::Between(..))
            | (Says::OneOf(_), Says::Between(..))
            | (Says::Between(..), Says::OneOf(_) | Says::Not(_)) => false,
        }
    }
}

impl Claim<'_> {
    /// Whether what this one is about would have to be less than what the other one is about, and never is.
    fn ends_below(&self, other: &Claim<'_>) -> bool {
        let (Says::Between(_, high, _, has_high), Says::Between(low, _, has_low, _)) =
            (&self.says, &other.says)
        else {
            return false;
        };
        ends_before(*high, *has_high, *low, *has_low) && is_at_most(other.about, self.about)
    }
}

/// Whether, where both are known, the one is never more than the other: the smallest sample of a window, its middle, its last
/// sample, and the largest one. Windows of one signal end together, so the shorter lies in the longer.
fn is_at_most(less: &Expression, more: &Expression) -> bool {
    match (Place::of(less), Place::of(more)) {
        (Some(less), Some(more)) if less.signal == more.signal => match (less.rank, more.rank) {
            // All windows have the last sample in common.
            (Rank::Least, Rank::Last | Rank::Most) | (Rank::Last, Rank::Most) => true,
            (Rank::Least, Rank::Least | Rank::Middle) => less.span >= more.span,
            (Rank::Middle | Rank::Most, Rank::Most) => less.span <= more.span,
            (Rank::Last, Rank::Last) => true,
            (Rank::Middle, Rank::Least | Rank::Middle | Rank::Last)
            | (Rank::Last, Rank::Least | Rank::Middle)
            | (Rank::Most, Rank::Least | Rank::Middle | Rank::Last) => false,
        },
        (_, _) => false,
    }
}

/// Where among the samples of a window a value is.
struct Place {
    signal: SignalIndex,
    span: Millis,
    rank: Rank,
}

#[derive(Clone, Copy)]
enum Rank {
    Least,
    Middle,
    Last,
    Most,
}

impl Place {
    fn of(expression: &Expression) -> Option<Place> {
        if let Expression::Signal(signal) = expression {
            return Some(Place { signal: *signal, span: Millis::ZERO, rank: Rank::Last });
        }
        let Expression::Window { function, signal, span } = expression else { return None };
        let rank = match function {
            WindowFunction::Min => Rank::Least,
            WindowFunction::Avg | WindowFunction::Median | WindowFunction::Quantile(_) => Rank::Middle,
            WindowFunction::Max => Rank::Most,
            WindowFunction::Sum
            | WindowFunction::Count
            | WindowFunction::Stddev
            | WindowFunction::Rate
            | WindowFunction::Increase
            | WindowFunction::Delta
            | WindowFunction::Slope
            | WindowFunction::Lag
            | WindowFunction::Ewma => return None,
        };
        Some(Place { signal: *signal, span: *span, rank })
    }
}

fn of_text<'e>(
    operator: BinaryOperator,
    about: &'e Expression,
    constant: &'e Expression,
) -> Option<Claim<'e>> {
    let constant = text(constant)?;
    let says = if operator == BinaryOperator::Equal {
        Says::OneOf(vec![constant])
    } else if operator == BinaryOperator::NotEqual {
        Says::Not(constant)
    } else {
        return None;
    };
    Some(Claim { about, says })
}

fn of_number<'e>(
    operator: BinaryOperator,
    about: &'e Expression,
    constant: &Expression,
) -> Option<Claim<'e>> {
    let number = number(constant)?;
    let says = match operator {
        BinaryOperator::Less => Says::Between(f64::NEG_INFINITY, number, false, false),
        BinaryOperator::LessOrEqual => Says::Between(f64::NEG_INFINITY, number, false, true),
        BinaryOperator::Greater => Says::Between(number, f64::INFINITY, false, false),
        BinaryOperator::GreaterOrEqual => Says::Between(number, f64::INFINITY, true, false),
        BinaryOperator::Equal => Says::Between(number, number, true, true),
        BinaryOperator::Or
        | BinaryOperator::And
        | BinaryOperator::NotEqual
        | BinaryOperator::In
        | BinaryOperator::Add
        | BinaryOperator::Subtract
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Remainder => return None,
    };
    Some(Claim { about, says })
}

/// Whether all up to `high` comes before all from `low`.
fn ends_before(high: f64, has_high: bool, low: f64, has_low: bool) -> bool {
    high < low || (high == low && !(has_high && has_low))
}

fn text(expression: &Expression) -> Option<&str> {
    if let Expression::Text(text) = expression { Some(text) } else { None }
}

/// The value of a constant; a `param` is none, because a reviewer may move it.
fn number(expression: &Expression) -> Option<f64> {
    if let Expression::Number(number) = expression {
        return Some(*number);
    }
    if let Expression::Integer(number) = expression {
        return Some(*number as f64);
    }
    if let Expression::Unary(UnaryOperator::Negate, operand) = expression {
        return number(operand).map(|number| -number);
    }
    if let Expression::Binary(BinaryOperator::Multiply, left, right) = expression {
        return Some(number(left)? * number(right)?);
    }
    None
}
