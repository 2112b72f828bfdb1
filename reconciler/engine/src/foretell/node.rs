//! A condition in the form in which it is computed for many steps at once.

use heal_program::{
    BinaryOperator, Calendar, DetectorIndex, Expression, Learned, LearnedPart, Millis, SignalIndex,
    UnaryOperator, WindowFunction,
};

/// Something that is read, as a column over the steps of one key.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Leaf {
    /// The last value of a signal.
    Last(SignalIndex),
    /// A window function.
    Window(WindowFunction, SignalIndex, Millis),
    /// What a learned function says.
    Learned(SignalIndex, Learned, LearnedPart),
    /// The line of a forecast, as its value now and its slope.
    Line(SignalIndex, Learned),
    /// Whether no sample came.
    Absent(SignalIndex, Millis),
    /// Whether it is a time of a calendar.
    During(Calendar),
    /// Whether another detector fires.
    Firing(DetectorIndex),
}

/// Comparisons of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Arithmetic of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// An expression over columns. Numbers that are unknown are not-a-number; none that is known ever is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// The same at every step of a key.
    Same(Expression),
    /// A column that is read, by its place among the leaves.
    Leaf(usize),
    Not(Box<Node>),
    Negate(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Compare(Comparison, Box<Node>, Box<Node>),
    Compute(Arithmetic, Box<Node>, Box<Node>),
    /// `condition ? then : otherwise`
    Choose(Box<Node>, Box<Node>, Box<Node>),
    /// `value.or(fallback)`
    Fallback(Box<Node>, Box<Node>),
    /// How long until a line reaches a value, at most `ahead`.
    TimeTo {
        line: usize,
        ahead: Millis,
        threshold: Box<Node>,
    },
}

impl Node {
    /// The form of an expression, with the columns that it reads added to `leaves`; none where some part of it can only
    /// be computed step by step.
    pub(super) fn of(expression: &Expression, leaves: &mut Vec<Leaf>) -> Option<Node> {
        if is_same(expression) {
            return Some(Node::Same(expression.clone()));
        }
        if let Some(leaf) = leaf_of(expression) {
            return Some(Node::Leaf(place_of(leaf, leaves)));
        }
        #[expect(clippy::wildcard_enum_match_arm, reason = "everything else is computed step by step")]
        match expression {
            Expression::Unary(operator, operand) => {
                let operand = Box::new(Node::of(operand, leaves)?);
                Some(match operator {
                    UnaryOperator::Not => Node::Not(operand),
                    UnaryOperator::Negate => Node::Negate(operand),
                })
            }
            Expression::Binary(operator, left, right) => {
                let (left, right) = (Box::new(Node::of(left, leaves)?), Box::new(Node::of(right, leaves)?));
                binary(*operator, left, right)
            }
            Expression::Conditional(condition, then, otherwise) => Some(Node::Choose(
                Box::new(Node::of(condition, leaves)?),
                Box::new(Node::of(then, leaves)?),
                Box::new(Node::of(otherwise, leaves)?),
            )),
            Expression::Or(value, fallback) => Some(Node::Fallback(
                Box::new(Node::of(value, leaves)?),
                Box::new(Node::of(fallback, leaves)?),
            )),
            Expression::TimeTo { signal, model: model @ Learned::Forecast { ahead, .. }, threshold } => {
                let line = place_of(Leaf::Line(*signal, model.clone()), leaves);
                let threshold = Box::new(Node::of(threshold, leaves)?);
                Some(Node::TimeTo { line, ahead: *ahead, threshold })
            }
            _ => None,
        }
    }
}

fn binary(operator: BinaryOperator, left: Box<Node>, right: Box<Node>) -> Option<Node> {
    Some(match operator {
        BinaryOperator::And => Node::And(left, right),
        BinaryOperator::Or => Node::Or(left, right),
        BinaryOperator::Equal => Node::Compare(Comparison::Equal, left, right),
        BinaryOperator::NotEqual => Node::Compare(Comparison::NotEqual, left, right),
        BinaryOperator::Less => Node::Compare(Comparison::Less, left, right),
        BinaryOperator::LessOrEqual => Node::Compare(Comparison::LessOrEqual, left, right),
        BinaryOperator::Greater => Node::Compare(Comparison::Greater, left, right),
        BinaryOperator::GreaterOrEqual => Node::Compare(Comparison::GreaterOrEqual, left, right),
        BinaryOperator::Add => Node::Compute(Arithmetic::Add, left, right),
        BinaryOperator::Subtract => Node::Compute(Arithmetic::Subtract, left, right),
        BinaryOperator::Multiply => Node::Compute(Arithmetic::Multiply, left, right),
        BinaryOperator::Divide => Node::Compute(Arithmetic::Divide, left, right),
        BinaryOperator::In | BinaryOperator::Remainder => return None,
    })
}

fn place_of(leaf: Leaf, leaves: &mut Vec<Leaf>) -> usize {
    leaves.iter().position(|other| *other == leaf).unwrap_or_else(|| {
        leaves.push(leaf);
        leaves.len() - 1
    })
}

/// The column that an expression is, if it is one.
pub(super) fn leaf_of(expression: &Expression) -> Option<Leaf> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "only what reads the world is a column")]
    match expression {
        Expression::Signal(signal) => Some(Leaf::Last(*signal)),
        Expression::Window { function, signal, span } => Some(Leaf::Window(*function, *signal, *span)),
        Expression::Learned { signal, model, part } => Some(Leaf::Learned(*signal, model.clone(), *part)),
        Expression::Absent { signal, span } => Some(Leaf::Absent(*signal, *span)),
        Expression::During(calendar) => Some(Leaf::During(calendar.clone())),
        Expression::Firing(detector) => Some(Leaf::Firing(*detector)),
        _ => None,
    }
}

/// Whether an expression reads nothing that changes with time.
fn is_same(expression: &Expression) -> bool {
    let mut same = true;
    expression
        .walk(&mut |part| same &= leaf_of(part).is_none() && !matches!(part, Expression::TimeTo { .. }));
    same
}
