//! Whether a condition becomes true or false more readily as a param grows.

use heal_program::{BinaryOperator, Expression, ParamIndex, UnaryOperator};

/// What a growing param does to an expression: to a number how large it is, to a condition how often it is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slope {
    /// Nothing: it is not read.
    Flat,
    /// It never becomes smaller, or false where it was true.
    Rises,
    /// It never becomes larger, or true where it was false.
    Falls,
    /// That cannot be told.
    Unknown,
}

impl Slope {
    fn flipped(self) -> Slope {
        match self {
            Slope::Rises => Slope::Falls,
            Slope::Falls => Slope::Rises,
            Slope::Flat | Slope::Unknown => self,
        }
    }

    /// Of what grows with both.
    pub(crate) fn and(self, other: Slope) -> Slope {
        match (self, other) {
            (Slope::Flat, slope) | (slope, Slope::Flat) => slope,
            (left, right) if left == right => left,
            _ => Slope::Unknown,
        }
    }
}

/// Whether an expression reads a param.
pub(crate) fn reads(expression: &Expression, param: ParamIndex) -> bool {
    let mut found = false;
    expression.walk(&mut |part| found |= matches!(part, Expression::Param(read) if *read == param));
    found
}

/// What a growing param does to an expression.
pub(crate) fn slope(expression: &Expression, param: ParamIndex) -> Slope {
    if !reads(expression, param) {
        return Slope::Flat;
    }
    let of = |operand: &Expression| slope(operand, param);
    #[expect(clippy::wildcard_enum_match_arm, reason = "of all else nothing is proved")]
    match expression {
        Expression::Param(_) => Slope::Rises,
        Expression::Unary(UnaryOperator::Not | UnaryOperator::Negate, operand) => of(operand).flipped(),
        Expression::Binary(operator, left, right) => binary(*operator, left, right, param),
        Expression::Conditional(condition, then, otherwise) if of(condition) == Slope::Flat => {
            of(then).and(of(otherwise))
        }
        Expression::Or(value, fallback) => of(value).and(of(fallback)),
        Expression::ForKey { operand, key } if key.iter().all(|(_, value)| !reads(value, param)) => {
            of(operand)
        }
        _ => Slope::Unknown,
    }
}

fn binary(operator: BinaryOperator, left: &Expression, right: &Expression, param: ParamIndex) -> Slope {
    let (of_left, of_right) = (slope(left, param), slope(right, param));
    match operator {
        BinaryOperator::Or | BinaryOperator::And | BinaryOperator::Add => of_left.and(of_right),
        BinaryOperator::Greater | BinaryOperator::GreaterOrEqual | BinaryOperator::Subtract => {
            of_left.and(of_right.flipped())
        }
        BinaryOperator::Less | BinaryOperator::LessOrEqual => of_left.flipped().and(of_right),
        BinaryOperator::Multiply => match (literal(left), literal(right)) {
            (Some(factor), _) => times(of_right, factor),
            (None, Some(factor)) => times(of_left, factor),
            (None, None) => Slope::Unknown,
        },
        BinaryOperator::Divide => literal(right).map_or(Slope::Unknown, |factor| times(of_left, factor)),
        BinaryOperator::Equal | BinaryOperator::NotEqual | BinaryOperator::In | BinaryOperator::Remainder => {
            Slope::Unknown
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "nothing else is a literal")]
fn literal(expression: &Expression) -> Option<f64> {
    match expression {
        Expression::Number(number) => Some(*number),
        Expression::Integer(number) => Some(*number as f64),
        _ => None,
    }
}

fn times(slope: Slope, factor: f64) -> Slope {
    if factor > 0.0 {
        slope
    } else if factor < 0.0 {
        slope.flipped()
    } else {
        Slope::Unknown
    }
}
