//! The operators of expressions: their signs, and how tightly they bind.
//!
//! The one table of both. The parser puts operators into order by it, the formatter and whoever else writes expressions
//! put brackets by it; the tree and the program have these operators as their own.

mod binding;
mod operator;

pub use binding::Binding;
pub use operator::{BinaryOperator, UnaryOperator};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_is_found_by_its_sign() {
        for operator in BinaryOperator::ALL {
            assert_eq!(BinaryOperator::of_sign(operator.sign()), Some(operator));
        }
        assert_eq!(BinaryOperator::of_sign("="), None);
    }

    #[test]
    fn every_operator_binds_between_a_conditional_and_a_prefix() {
        for operator in BinaryOperator::ALL {
            let binding = operator.binding();
            assert!(Binding::CONDITIONAL < binding && binding < Binding::UNARY, "{operator:?}");
            assert!(binding < binding.tighter() && binding.tighter() <= Binding::UNARY, "{operator:?}");
        }
        assert!(Binding::UNARY < Binding::POSTFIX && Binding::POSTFIX.tighter() == Binding::POSTFIX);
    }
}
