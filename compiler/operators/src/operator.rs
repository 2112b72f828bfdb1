//! The operators: their signs, and how tightly each binds.

use crate::Binding;

/// An operator before its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum UnaryOperator {
    /// `!x`
    Not,
    /// `-x`
    Negate,
}

impl UnaryOperator {
    /// As it is written.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            UnaryOperator::Not => "!",
            UnaryOperator::Negate => "-",
        }
    }
}

/// An operator between its operands, weakest binding first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum BinaryOperator {
    /// `a || b`
    Or,
    /// `a && b`
    And,
    /// `a == b`
    Equal,
    /// `a != b`
    NotEqual,
    /// `a < b`
    Less,
    /// `a <= b`
    LessOrEqual,
    /// `a > b`
    Greater,
    /// `a >= b`
    GreaterOrEqual,
    /// `a in b`
    In,
    /// `a + b`
    Add,
    /// `a - b`
    Subtract,
    /// `a * b`
    Multiply,
    /// `a / b`
    Divide,
    /// `a % b`, with a blank before the sign
    Remainder,
}

/// Which side of a comparison is less where it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SideOrder {
    /// Whether the left one is, and not the right one.
    pub left_is_less: bool,
    /// Whether it holds of equal sides, too.
    pub or_equal: bool,
}

impl BinaryOperator {
    /// All of them.
    pub const ALL: [BinaryOperator; 14] = [
        BinaryOperator::Or,
        BinaryOperator::And,
        BinaryOperator::Equal,
        BinaryOperator::NotEqual,
        BinaryOperator::Less,
        BinaryOperator::LessOrEqual,
        BinaryOperator::Greater,
        BinaryOperator::GreaterOrEqual,
        BinaryOperator::In,
        BinaryOperator::Add,
        BinaryOperator::Subtract,
        BinaryOperator::Multiply,
        BinaryOperator::Divide,
        BinaryOperator::Remainder,
    ];

    /// As it is written.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            BinaryOperator::Or => "||",
            BinaryOperator::And => "&&",
            BinaryOperator::Equal => "==",
            BinaryOperator::NotEqual => "!=",
            BinaryOperator::Less => "<",
            BinaryOperator::LessOrEqual => "<=",
            BinaryOperator::Greater => ">",
            BinaryOperator::GreaterOrEqual => ">=",
            BinaryOperator::In => "in",
            BinaryOperator::Add => "+",
            BinaryOperator::Subtract => "-",
            BinaryOperator::Multiply => "*",
            BinaryOperator::Divide => "/",
            BinaryOperator::Remainder => "%",
        }
    }

    /// The operator that is written so.
    #[must_use]
    pub fn of_sign(sign: &str) -> Option<BinaryOperator> {
        BinaryOperator::ALL.into_iter().find(|operator| operator.sign() == sign)
    }

    /// The operator that says the same with its sides changed over; itself where there is none.
    #[must_use]
    pub fn mirrored(self) -> BinaryOperator {
        match self {
            BinaryOperator::Less => BinaryOperator::Greater,
            BinaryOperator::LessOrEqual => BinaryOperator::GreaterOrEqual,
            BinaryOperator::Greater => BinaryOperator::Less,
            BinaryOperator::GreaterOrEqual => BinaryOperator::LessOrEqual,
            BinaryOperator::Or
            | BinaryOperator::And
            | BinaryOperator::Equal
            | BinaryOperator::NotEqual
            | BinaryOperator::In
            | BinaryOperator::Add
            | BinaryOperator::Subtract
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Remainder => self,
        }
    }

    /// How the left side stands to the right one where it holds; none for what does not ask which is greater.
    #[must_use]
    pub fn order(self) -> Option<SideOrder> {
        let (left_is_less, or_equal) = match self {
            BinaryOperator::Less => (true, false),
            BinaryOperator::LessOrEqual => (true, true),
            BinaryOperator::Greater => (false, false),
            BinaryOperator::GreaterOrEqual => (false, true),
            BinaryOperator::Or
            | BinaryOperator::And
            | BinaryOperator::Equal
            | BinaryOperator::NotEqual
            | BinaryOperator::In
            | BinaryOperator::Add
            | BinaryOperator::Subtract
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Remainder => return None,
        };
        Some(SideOrder { left_is_less, or_equal })
    }

    /// What it makes of two numbers; none for what makes no number of them, and for the remainder, which is of whole ones.
    #[must_use]
    pub fn of_numbers(self, left: f64, right: f64) -> Option<f64> {
        match self {
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

    /// How tightly it binds; all bind to the left.
    #[must_use]
    pub fn binding(self) -> Binding {
        Binding(match self {
            BinaryOperator::Or => 1,
            BinaryOperator::And => 2,
            BinaryOperator::Equal
            | BinaryOperator::NotEqual
            | BinaryOperator::Less
            | BinaryOperator::LessOrEqual
            | BinaryOperator::Greater
            | BinaryOperator::GreaterOrEqual
            | BinaryOperator::In => 3,
            BinaryOperator::Add | BinaryOperator::Subtract => 4,
            BinaryOperator::Multiply | BinaryOperator::Divide | BinaryOperator::Remainder => 5,
        })
    }
}
