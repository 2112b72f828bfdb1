//! The number that an expression always is.

use heal_program::{Expression, ParamIndex, Program, UnaryOperator};

/// The number that an expression is while it reads nothing but params; none for any other.
#[must_use]
pub fn constant(program: &Program, expression: &Expression) -> Option<f64> {
    constant_with(expression, &|param| program.param(param).map(|it| it.value))
}

/// The same with params at values of one's choice.
pub fn constant_with(expression: &Expression, param: &impl Fn(ParamIndex) -> Option<f64>) -> Option<f64> {
    if let Expression::Number(number) = expression {
        Some(*number)
    } else if let Expression::Integer(number) = expression {
        Some(*number as f64)
    } else if let Expression::Param(index) = expression {
        param(*index)
    } else if let Expression::Unary(UnaryOperator::Negate, operand) = expression {
        constant_with(operand, param).map(|value| -value)
    } else if let Expression::Binary(operator, left, right) = expression {
        let (left, right) = (constant_with(left, param)?, constant_with(right, param)?);
        operator.of_numbers(left, right)
    } else {
        None
    }
}
