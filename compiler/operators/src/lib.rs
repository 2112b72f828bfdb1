//! The operators of expressions: their signs, and how tightly they bind.
//!
//! The one table of both. The parser puts operators into order by it, the formatter and whoever else writes expressions
//! put brackets by it; the tree and the program have these operators as their own.

mod binding;
mod operator;

pub use binding::Binding;
pub use operator::{BinaryOperator, SideOrder, UnaryOperator};

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
    fn a_comparison_says_the_same_with_its_sides_changed_over() {
        for operator in BinaryOperator::ALL {
            assert_eq!(operator.mirrored().mirrored(), operator);
            match (operator.order(), operator.mirrored().order()) {
                (Some(one), Some(other)) => {
                    assert_ne!(one.left_is_less, other.left_is_less, "{operator:?}");
                    assert_eq!(one.or_equal, other.or_equal, "{operator:?}");
                }
                (one, other) => {
                    assert_eq!((one, other), (None, None), "{operator:?}");
                    assert_eq!(operator.mirrored(), operator);
                }
            }
        }
    }

    #[test]
    fn what_calculates_makes_a_number_of_two() {
        let all = BinaryOperator::ALL.into_iter();
        let found: Vec<(&str, f64)> =
            all.filter_map(|it| Some((it.sign(), it.of_numbers(6.0, 4.0)?))).collect();
        assert_eq!(found, [("+", 10.0), ("-", 2.0), ("*", 24.0), ("/", 1.5)]);
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
