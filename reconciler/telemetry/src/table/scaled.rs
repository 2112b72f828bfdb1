//! Values as scaled integers, where that loses nothing.
//!
//! `value == scaled / 10^decimals` must hold bit by bit. Integers up to 2^53 and powers of ten up to 10^9 are exact
//! doubles and a division rounds once, so every reader that divides gets the same bits back.

use crate::{DECIMALS_MAX, Sample};

/// The largest integer up to which every integer is a double.
pub(super) const SCALED_MAX: i64 = 1 << 53;

/// The divisor of a number of decimals.
pub(super) fn divisor(decimals: i32) -> f64 {
    10_f64.powi(decimals)
}

/// The value of a scaled integer.
pub(super) fn unscale(scaled: i64, divisor: f64) -> f64 {
    scaled as f64 / divisor
}

/// The fewest decimals that hold all samples exactly; none when some value needs a float.
pub(super) fn decimals_of(samples: &[Sample]) -> Option<i32> {
    let mut decimals = 0;
    for sample in samples {
        while scale(sample.value, divisor(decimals)).is_none() {
            decimals += 1;
            if decimals > DECIMALS_MAX {
                return None;
            }
        }
    }
    // A value that fits fewer decimals can be too large for more.
    let divisor = divisor(decimals);
    samples.iter().all(|sample| scale(sample.value, divisor).is_some()).then_some(decimals)
}

/// The scaled integer of a value, if it gives back the same bits.
pub(super) fn scale(value: f64, divisor: f64) -> Option<i64> {
    let scaled = (value * divisor).round();
    if scaled.is_nan() || scaled.abs() > SCALED_MAX as f64 {
        return None;
    }
    let scaled = scaled as i64;
    (unscale(scaled, divisor).to_bits() == value.to_bits()).then_some(scaled)
}
