//! Decimal values as integers, where that loses nothing: whoever divides gets the same bits back.

use crate::DECIMALS_MAX;

/// The largest integer up to which every integer is a double.
pub(super) const SCALED_MAX: i64 = 1 << 53;

/// Values looked at a time: few enough that they stay in the processor's nearest memory.
const CHUNK: usize = 1024;

/// Added to a double of less than 2^50 it leaves the nearest integer in the lowest bits: 1.5 * 2^52.
const MAGIC: f64 = 6_755_399_441_055_744.0;

/// Its bits.
const MAGIC_BITS: i64 = MAGIC.to_bits().cast_signed();

/// The size below which an integer added to [`MAGIC_BITS`] gives the bits of [`MAGIC`] plus that integer.
const QUICK_BITS_MAX: u64 = 1 << 51;

/// The size up to which the short cut through [`MAGIC`] is sound.
const QUICK_MAX: f64 = (1_u64 << 50) as f64;

/// The divisor of a number of decimals.
pub(crate) fn divisor(decimals: u32) -> f64 {
    10_f64.powi(decimals.cast_signed())
}

/// The value of a scaled integer.
pub(crate) fn unscale(scaled: i64, divisor: f64) -> f64 {
    scaled as f64 / divisor
}

/// Puts the values of scaled integers in the place of what is in `values`.
///
/// Processors without an instruction for it turn an integer into a double one at a time, and add a small one to a double's
/// bits several at a time.
pub(crate) fn unscale_all(scaled: &[i64], divisor: f64, values: &mut Vec<f64>) {
    values.clear();
    values.reserve(scaled.len());
    for chunk in scaled.chunks(CHUNK) {
        if magnitude_bound(chunk) < QUICK_BITS_MAX {
            let quick =
                |scaled: &i64| f64::from_bits(scaled.wrapping_add(MAGIC_BITS).cast_unsigned()) - MAGIC;
            values.extend(chunk.iter().map(|scaled| quick(scaled) / divisor));
        } else {
            values.extend(chunk.iter().map(|scaled| unscale(*scaled, divisor)));
        }
    }
}

/// No less than the largest magnitude of integers, and at most twice that: the bits that any of them has.
pub(crate) fn magnitude_bound(scaled: &[i64]) -> u64 {
    // Of a negative number this is its magnitude less one.
    let bits = scaled.iter().fold(0, |bits, scaled| bits | (scaled ^ (scaled >> 63)));
    let is_negative = scaled.iter().fold(0, |bits, scaled| bits | scaled) < 0;
    bits.cast_unsigned() + u64::from(is_negative)
}

/// The fewest decimals that hold all values exactly, with the scaled integers in `scaled`; none when some value needs a
/// float.
pub(super) fn scale_all(values: &[f64], scaled: &mut Vec<i64>) -> Option<u32> {
    let mut decimals = 0;
    for chunk in values.chunks(CHUNK) {
        let fits = chunk.iter().fold(true, |fits, value| fits & quickly(*value, divisor(decimals)).1);
        if fits {
            continue;
        }
        for value in chunk {
            while scale(*value, divisor(decimals)).is_none() {
                decimals += 1;
                if decimals > DECIMALS_MAX.cast_unsigned() {
                    return None;
                }
            }
        }
    }
    // A value that fits fewer decimals can be too large for more.
    let divisor = divisor(decimals);
    scaled.clear();
    for chunk in values.chunks(CHUNK) {
        let begin = scaled.len();
        let mut fits = true;
        scaled.extend(chunk.iter().map(|value| {
            let (scaled, fitting) = quickly(*value, divisor);
            fits &= fitting;
            scaled
        }));
        if !fits {
            scaled.truncate(begin);
            for value in chunk {
                scaled.push(scale(*value, divisor)?);
            }
        }
    }
    Some(decimals)
}

/// The scaled integer of a value, and whether it gives back the same bits. Some that would are refused for their size.
fn quickly(value: f64, divisor: f64) -> (i64, bool) {
    let product = value * divisor;
    let shifted = product + MAGIC;
    let nearest = shifted - MAGIC;
    let fits = (nearest / divisor).to_bits() == value.to_bits() && product.abs() < QUICK_MAX;
    (shifted.to_bits().wrapping_sub(MAGIC.to_bits()).cast_signed(), fits)
}

/// The scaled integer of a value, if it gives back the same bits.
fn scale(value: f64, divisor: f64) -> Option<i64> {
    let scaled = (value * divisor).round();
    if scaled.is_nan() || scaled.abs() > SCALED_MAX as f64 {
        return None;
    }
    let scaled = scaled as i64;
    (unscale(scaled, divisor).to_bits() == value.to_bits()).then_some(scaled)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn integers_become_values_alike_one_at_a_time_and_many(
            scaled in proptest::collection::vec(-SCALED_MAX..=SCALED_MAX, 0..20), shift in 0u32..54, decimals in 0u32..=9,
        ) {
            let scaled: Vec<i64> = scaled.iter().map(|it| it >> shift).collect();
            let mut values = vec![1.0];
            unscale_all(&scaled, divisor(decimals), &mut values);
            let one_by_one: Vec<u64> = scaled.iter().map(|it| unscale(*it, divisor(decimals)).to_bits()).collect();
            prop_assert_eq!(values.iter().map(|it| it.to_bits()).collect::<Vec<_>>(), one_by_one);
        }

        #[test]
        fn a_bound_of_magnitudes_is_at_most_twice_the_largest(
            scaled in proptest::collection::vec(-SCALED_MAX..=SCALED_MAX, 1..20), shift in 0u32..54,
        ) {
            let scaled: Vec<i64> = scaled.iter().map(|it| it >> shift).collect();
            let largest = scaled.iter().map(|it| it.unsigned_abs()).max().unwrap();
            let bound = magnitude_bound(&scaled);
            prop_assert!(largest <= bound && bound <= 2 * largest, "{largest} {bound}");
        }
    }
}
