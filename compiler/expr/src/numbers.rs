//! Whole numbers of CEL, and when they are doubles.

use heal_program::{BinaryOperator, Expression as Lowered, Function, UnaryOperator};

use crate::{Type, checker::Typed};

impl Typed {
    /// A whole number as the double it is beside a quantity; anything else as it is.
    pub(crate) fn into_double(self) -> Typed {
        if self.type_ != Type::Integer {
            return self;
        }
        let expression = match folded_whole(&self.expression) {
            Some(number) => Lowered::Number(number as f64),
            None => Lowered::Call(Function::Double, vec![self.expression]),
        };
        Typed { expression, type_: Type::Number, ..self }
    }

    /// A written list of whole numbers as one of doubles, where a double is looked for in it.
    pub(crate) fn with_double_items(self, sought: &Type) -> Typed {
        let whole = Type::List(Box::new(Type::Integer));
        let Lowered::List(items) = &self.expression else { return self };
        if self.type_ != whole || !sought.is_number() {
            return self;
        }
        let double = |item: &Lowered| Typed::new(item.clone(), Type::Integer).into_double().expression;
        let expression = Lowered::List(items.iter().map(double).collect());
        Typed { expression, type_: Type::List(Box::new(Type::Number)), ..self }
    }

    /// Two operands, of which a whole number is a double where the other is one, or may turn out to be.
    pub(crate) fn balanced(left: Typed, right: Typed) -> (Typed, Typed) {
        let is_double = |typed: &Typed| match &typed.type_ {
            Type::Number | Type::Quantity(_) | Type::Json => true,
            Type::Bool
            | Type::Text
            | Type::Integer
            | Type::Timestamp
            | Type::List(_)
            | Type::Entity(_)
            | Type::Learned(_)
            | Type::Unknown => false,
        };
        if let (Type::List(ours), Type::List(theirs)) = (&left.type_, &right.type_) {
            let (ours, theirs) = (ours.as_ref().clone(), theirs.as_ref().clone());
            return match (ours == Type::Integer, theirs == Type::Integer) {
                (true, false) => (left.with_double_items(&theirs), right),
                (false, true) => (left, right.with_double_items(&ours)),
                (true, true) | (false, false) => (left, right),
            };
        }
        match (is_double(&left), is_double(&right)) {
            (true, false) => (left, right.into_double()),
            (false, true) => (left.into_double(), right),
            (true, true) | (false, false) => (left, right),
        }
    }
}

/// The value of whole numbers that read nothing; `None` for others, and where CEL has no value.
pub(crate) fn folded_whole(expression: &Lowered) -> Option<i64> {
    // Only these have operands that fold, and expressions are bounded in depth.
    if let Lowered::Integer(number) = expression {
        return Some(*number);
    }
    if let Lowered::Unary(UnaryOperator::Negate, operand) = expression {
        return folded_whole(operand)?.checked_neg();
    }
    let Lowered::Binary(operator, left, right) = expression else { return None };
    let (left, right) = (folded_whole(left)?, folded_whole(right)?);
    match operator {
        BinaryOperator::Add => left.checked_add(right),
        BinaryOperator::Subtract => left.checked_sub(right),
        BinaryOperator::Multiply => left.checked_mul(right),
        BinaryOperator::Divide => left.checked_div(right),
        BinaryOperator::Remainder => left.checked_rem(right),
        BinaryOperator::Or
        | BinaryOperator::And
        | BinaryOperator::Equal
        | BinaryOperator::NotEqual
        | BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual
        | BinaryOperator::In => None,
    }
}
