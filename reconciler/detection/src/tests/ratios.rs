//! Fractions against schoolbook arithmetic.

use std::cmp::Ordering;

use proptest::prelude::*;

use crate::ratio;

/// A natural number of 32-bit digits, the least first.
#[derive(Clone)]
struct Natural(Vec<u32>);

impl Natural {
    fn of(number: u128) -> Natural {
        Natural((0..4).map(|digit| (number >> (32 * digit)) as u32).collect())
    }

    fn times(&self, other: &Natural) -> Natural {
        let mut digits = vec![0_u32; self.0.len() + other.0.len()];
        for (at, one) in self.0.iter().enumerate() {
            let mut carry = 0;
            for (offset, two) in other.0.iter().chain([&0]).enumerate() {
                let Some(place) = digits.get_mut(at + offset) else { continue };
                let sum = u64::from(*one) * u64::from(*two) + u64::from(*place) + carry;
                *place = sum as u32;
                carry = sum >> 32;
            }
        }
        Natural(digits)
    }

    fn doubled(&self, times: u32) -> Natural {
        let mut power = Natural(vec![0; times as usize / 32]);
        power.0.push(1 << (times % 32));
        self.times(&power)
    }

    fn compare(&self, other: &Natural) -> Ordering {
        let digit = |number: &Natural, at: usize| number.0.get(at).copied().unwrap_or_default();
        let places = (0..self.0.len().max(other.0.len())).rev();
        places
            .map(|at| digit(self, at).cmp(&digit(other, at)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

/// Whether no double is nearer to the fraction, and of two that are equally near it is the even one: the fraction lies
/// between the middles to the neighbours.
fn is_nearest(value: f64, numerator: u128, denominator: u128) -> bool {
    // The middle to a neighbour has one bit more than a double: as an integer times 2^-exponent.
    let exponent = 1_075 + 1 - (value.to_bits() >> 52) as i32;
    let mantissa = (value.to_bits() & ((1 << 52) - 1)) | 1 << 52;
    let below_width = if mantissa == 1 << 52 { 1 } else { 2 };
    let compare = |quarters: u64| {
        let (left, right) =
            (Natural::of(numerator), Natural::of(denominator).times(&Natural::of(quarters.into())));
        let exponent = exponent + 1;
        if exponent >= 0 {
            left.doubled(exponent as u32).compare(&right)
        } else {
            left.compare(&right.doubled(exponent.unsigned_abs()))
        }
    };
    let is_even = mantissa.is_multiple_of(2);
    let (from, to) = (compare(mantissa * 4 - below_width), compare(mantissa * 4 + 2));
    (from.is_gt() || from.is_eq() && is_even) && (to.is_lt() || to.is_eq() && is_even)
}

/// Integers of all lengths.
fn any_length() -> impl Strategy<Value = i128> {
    (any::<i128>(), 0u32..128).prop_map(|(number, bits)| number >> bits)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_ratio_is_the_nearest_double(numerator in any_length(), denominator in any_length()) {
        prop_assume!(denominator != 0 && numerator != 0);
        let value = ratio(numerator, denominator);
        prop_assert_eq!(value < 0.0, (numerator < 0) != (denominator < 0));
        prop_assert!(is_nearest(value.abs(), numerator.unsigned_abs(), denominator.unsigned_abs()), "{value}");
    }

    #[test]
    fn a_tie_goes_to_the_even_double(above in 0u64..1 << 52, factor in 1u64..1 << 40, extra in -1i128..=1) {
        // Between two doubles, exactly or by the least there is.
        let numerator = i128::from((1_u64 << 53 | above << 1) | 1) * i128::from(factor) + extra;
        let value = ratio(numerator, i128::from(factor));
        prop_assert!(is_nearest(value, numerator.unsigned_abs(), factor.into()), "{value}");
    }

    #[test]
    fn a_ratio_of_short_numbers_is_their_quotient(numerator in -1i64 << 53..=1 << 53, denominator in 1i64..=1 << 53) {
        let expected = numerator as f64 / denominator as f64;
        prop_assert_eq!(ratio(numerator.into(), denominator.into()).to_bits(), expected.to_bits());
    }
}

#[test]
fn the_ends_of_the_range_have_ratios() {
    assert_eq!(ratio(i128::MIN, i128::MIN), 1.0);
    assert_eq!(ratio(i128::MIN, 1), -(2_f64.powi(127)));
    assert_eq!(ratio(1, i128::MIN), -(2_f64.powi(-127)));
    assert_eq!(ratio(i128::MAX, i128::MAX - 1), 1.0);
    assert_eq!(ratio(0, -5).to_bits(), 0.0_f64.to_bits());
    assert!(ratio(1, 0).is_nan());
}
