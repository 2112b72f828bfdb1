//! How what an expression of head gives stands to what one of base gives, whatever is measured: of two that differ in their
//! constants alone it can often be proved that one is never above the other.

use heal_program::{BinaryOperator, Expression, Program, UnaryOperator};

use super::deeds;
use crate::{constant::constant, names::Names};

/// How the first of two expressions stands to the second; of conditions, that hold is above that do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Both always give the same.
    Equal,
    /// The first is never above the second: it holds nowhere but where the second does.
    AtMost,
    /// The first is never below the second.
    AtLeast,
    /// Nothing is proved.
    Unknown,
}

impl Order {
    fn flipped(self) -> Order {
        match self {
            Order::AtMost => Order::AtLeast,
            Order::AtLeast => Order::AtMost,
            Order::Equal | Order::Unknown => self,
        }
    }

    /// Of what grows with both.
    fn and(self, other: Order) -> Order {
        match (self, other) {
            (Order::Equal, order) | (order, Order::Equal) => order,
            (left, right) if left == right => left,
            _ => Order::Unknown,
        }
    }

    /// Of a product with a factor that both have.
    fn times(self, factor: f64) -> Order {
        if factor > 0.0 {
            self
        } else if factor < 0.0 {
            self.flipped()
        } else {
            Order::Unknown
        }
    }
}

/// An expression with what it stands in, and the names that its items have in head.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) program: &'a Program,
    pub(super) expression: &'a Expression,
    pub(super) names: &'a Names,
}

impl<'a> Side<'a> {
    pub(super) fn at(self, expression: &'a Expression) -> Side<'a> {
        Side { expression, ..self }
    }

    /// What it says, whatever its items were called, with the values of its params.
    pub(super) fn written(self) -> String {
        deeds::written(self.program, self.expression, self.names)
    }

    fn constant(self) -> Option<f64> {
        constant(self.program, self.expression)
    }
}

/// How `is` stands to `was`. Where one is unknown for want of data, both are: they read the same.
pub(super) fn order(is: Side<'_>, was: Side<'_>) -> Order {
    if let (Some(is), Some(was)) = (is.constant(), was.constant()) {
        return of_numbers(is, was);
    }
    if let (Some(compared), Some(with)) = (Comparison::of(is, false), Comparison::of(was, false)) {
        return compared.order(&with);
    }
    match (is.expression, was.expression) {
        (Expression::Unary(operator, one), Expression::Unary(other, two)) if operator == other => {
            match operator {
                UnaryOperator::Not | UnaryOperator::Negate => order(is.at(one), was.at(two)).flipped(),
            }
        }
        (Expression::Binary(operator, left, right), Expression::Binary(other, first, second))
            if operator == other && is_monotone(*operator) =>
        {
            let (left, first) = (is.at(left), was.at(first));
            of_binary(*operator, (left, first), (is.at(right), was.at(second)))
        }
        (Expression::Or(value, fallback), Expression::Or(other, instead)) => {
            order(is.at(value), was.at(other)).and(order(is.at(fallback), was.at(instead)))
        }
        _ if is.written() == was.written() => Order::Equal,
        _ => Order::Unknown,
    }
}

fn of_numbers(is: f64, was: f64) -> Order {
    match is.partial_cmp(&was) {
        Some(std::cmp::Ordering::Less) => Order::AtMost,
        Some(std::cmp::Ordering::Equal) => Order::Equal,
        Some(std::cmp::Ordering::Greater) => Order::AtLeast,
        None => Order::Unknown,
    }
}

fn is_monotone(operator: BinaryOperator) -> bool {
    match operator {
        BinaryOperator::Or
        | BinaryOperator::And
        | BinaryOperator::Add
        | BinaryOperator::Subtract
        | BinaryOperator::Multiply
        | BinaryOperator::Divide => true,
        // Comparisons have their own way.
        BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual
        | BinaryOperator::Equal
        | BinaryOperator::NotEqual
        | BinaryOperator::In
        | BinaryOperator::Remainder => false,
    }
}

/// Of the left operands of head and base, and the right ones.
fn of_binary(
    operator: BinaryOperator,
    (left, left_was): (Side<'_>, Side<'_>),
    (right, right_was): (Side<'_>, Side<'_>),
) -> Order {
    let (of_left, of_right) = (order(left, left_was), order(right, right_was));
    match operator {
        BinaryOperator::Subtract => of_left.and(of_right.flipped()),
        _ if of_left == Order::Equal && of_right == Order::Equal => Order::Equal,
        BinaryOperator::Multiply => match (left.constant(), right.constant()) {
            (Some(factor), _) if of_left == Order::Equal => of_right.times(factor),
            (_, Some(factor)) if of_right == Order::Equal => of_left.times(factor),
            (_, _) => Order::Unknown,
        },
        BinaryOperator::Divide => match right.constant() {
            Some(factor) if of_right == Order::Equal => of_left.times(factor),
            Some(_) | None => Order::Unknown,
        },
        BinaryOperator::Or
        | BinaryOperator::And
        | BinaryOperator::Add
        | BinaryOperator::Equal
        | BinaryOperator::NotEqual
        | BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual
        | BinaryOperator::In
        | BinaryOperator::Remainder => of_left.and(of_right),
    }
}

/// `lesser < greater`, whichever way it is written.
struct Comparison<'a> {
    lesser: Side<'a>,
    greater: Side<'a>,
    /// Whether it is false where both are equal.
    strict: bool,
}

impl<'a> Comparison<'a> {
    /// `is_negated`: of what holds where the expression does not.
    fn of(side: Side<'a>, is_negated: bool) -> Option<Comparison<'a>> {
        if let Expression::Unary(UnaryOperator::Not, operand) = side.expression {
            return Comparison::of(side.at(operand), !is_negated);
        }
        let Expression::Binary(operator, left, right) = side.expression else { return None };
        let (left, right) = (side.at(left), side.at(right));
        let order = operator.order()?;
        let (lesser, greater) = if order.left_is_less { (left, right) } else { (right, left) };
        let strict = !order.or_equal;
        Some(if is_negated {
            Comparison { lesser: greater, greater: lesser, strict: !strict }
        } else {
            Comparison { lesser, greater, strict }
        })
    }

    /// How it stands to one of base: it holds the less, the more its lesser side grows.
    fn order(&self, was: &Comparison<'_>) -> Order {
        let of_lesser = order(self.lesser, was.lesser);
        let of_greater = order(self.greater, was.greater);
        let of_sides = of_lesser.flipped().and(of_greater);
        if self.strict == was.strict {
            return of_sides;
        }
        // Where both sides are equal, the strict one does not hold; a constant that has moved makes up for it.
        let of_strictness = if self.strict { Order::AtMost } else { Order::AtLeast };
        let moved = |is: Side<'_>, was: Side<'_>| is.constant().is_some() && is.constant() != was.constant();
        let is_apart = (of_lesser == Order::Equal && moved(self.greater, was.greater))
            || (of_greater == Order::Equal && moved(self.lesser, was.lesser));
        if is_apart { of_sides } else { of_sides.and(of_strictness) }
    }
}
