//! Doubles as integers in the same order of size, [`f64::total_cmp`]'s: comparing those is one instruction.

/// An integer that is in the order of the doubles, minus zero below zero.
#[inline]
pub(crate) fn key(value: f64) -> i64 {
    turn(value.to_bits() as i64)
}

/// The double of a key.
#[inline]
pub(crate) fn of_key(key: i64) -> f64 {
    f64::from_bits(turn(key) as u64)
}

/// Doubles are sign and magnitude: the magnitudes of negative ones are turned around. Its own inverse.
#[inline]
fn turn(bits: i64) -> i64 {
    bits ^ ((bits >> 63) as u64 >> 1) as i64
}
