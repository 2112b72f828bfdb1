//! The double next to a fraction.

/// Every integer up to here is a double.
const INTEGER_MAX: u64 = 1 << 53;
/// Bits of a quotient that decide its rounding: 53 that are kept, the one after them, and whether anything follows.
const QUOTIENT_BITS: u32 = 55;
/// Bits of a mantissa as a double is written: without the first one, which is always set.
const MANTISSA_BITS: u32 = 52;
/// The exponent, as it is written, of a double that is its mantissa as an integer.
const INTEGER_EXPONENT: i32 = 1_023 + 52;
/// That first one.
const MANTISSA_LEAST: u64 = 1 << MANTISSA_BITS;

/// `numerator / denominator`, rounded once, to nearest with ties to even; NaN where the denominator is 0.
#[must_use]
#[inline]
pub fn ratio(numerator: i128, denominator: i128) -> f64 {
    match (i64::try_from(numerator), i64::try_from(denominator)) {
        (Ok(numerator), Ok(denominator)) => small_ratio(numerator, denominator),
        _ => long_ratio(numerator, denominator),
    }
}

/// [`ratio`] of smaller numbers.
#[inline]
pub(crate) fn small_ratio(numerator: i64, denominator: i64) -> f64 {
    if is_short(numerator) && is_short(denominator) && denominator > 0 {
        numerator as f64 / denominator as f64
    } else {
        middle_ratio(numerator, denominator)
    }
}

/// Whether a number is exactly a double because it is small.
#[inline]
fn is_short(number: i64) -> bool {
    number.unsigned_abs() <= INTEGER_MAX
}

/// A quotient of rounded numbers, put right by its remainder.
///
/// Numerator, denominator and division round once each, so the quotient is at most three units of its last place away.
/// The remainder, in units of that place times the denominator, is therefore below 2^63 and comes out right modulo
/// 2^64.
fn middle_ratio(numerator: i64, denominator: i64) -> f64 {
    let (above, below) = (numerator.unsigned_abs(), denominator.unsigned_abs());
    let near = above as f64 / below as f64;
    let shift = INTEGER_EXPONENT - (near.to_bits() >> MANTISSA_BITS) as i32;
    if below == 0 || above == 0 || below >= 1 << 60 || shift < 0 {
        return long_ratio(numerator.into(), denominator.into());
    }
    let mantissa = near.to_bits() & (MANTISSA_LEAST - 1) | MANTISSA_LEAST;
    let shifted = above.checked_shl(shift.unsigned_abs()).unwrap_or_default();
    let mut rest = shifted.wrapping_sub(mantissa.wrapping_mul(below)) as i64;
    let (mut bits, below) = (near.to_bits() as i64, below as i64);
    while is_further(2 * rest, below, bits) {
        (rest, bits) = (rest - below, bits + 1);
    }
    while is_further(-2 * rest, below, bits) {
        (rest, bits) = (rest + below, bits - 1);
    }
    // Places below a power of two are half as wide as above it.
    if bits as u64 & (MANTISSA_LEAST - 1) == 0 && rest < 0
        || (bits ^ near.to_bits() as i64) >> MANTISSA_BITS != 0
    {
        return long_ratio(numerator.into(), denominator.into());
    }
    let size = f64::from_bits(bits as u64);
    if (numerator < 0) == (denominator < 0) { size } else { -size }
}

/// Whether what is left over is more than half a place, or half a one beside an odd one.
#[inline]
fn is_further(twice: i64, place: i64, bits: i64) -> bool {
    twice > place || twice == place && bits & 1 == 1
}

#[inline(never)]
fn long_ratio(numerator: i128, denominator: i128) -> f64 {
    if denominator == 0 {
        return f64::NAN;
    }
    if numerator == 0 {
        return 0.0;
    }
    let size = quotient(numerator.unsigned_abs(), denominator.unsigned_abs());
    if (numerator < 0) == (denominator < 0) { size } else { -size }
}

/// Of numbers that are not 0.
fn quotient(numerator: u128, denominator: u128) -> f64 {
    // Powers of two cost a double nothing.
    let twos = numerator.trailing_zeros() as i32 - denominator.trailing_zeros() as i32;
    let (numerator, denominator) =
        (numerator >> numerator.trailing_zeros(), denominator >> denominator.trailing_zeros());
    if numerator <= u128::from(INTEGER_MAX) && denominator <= u128::from(INTEGER_MAX) {
        return numerator as f64 / denominator as f64 * power_of_two(twos);
    }
    let wanted = QUOTIENT_BITS + bits(denominator);
    let shift = wanted.saturating_sub(bits(numerator));
    let (whole, is_inexact) = if shift <= numerator.leading_zeros() {
        let shifted = numerator << shift;
        (shifted / denominator, !shifted.is_multiple_of(denominator))
    } else {
        long_division(numerator, denominator, shift)
    };
    // INVARIANT: `whole` has at least 55 bits, so its last one is below the one that decides, and may stand for all
    // that follow.
    (whole | u128::from(is_inexact)) as f64 * power_of_two(twos - shift as i32)
}

/// `numerator * 2^shift / denominator`, and whether it left anything over, where the product has more than 128 bits.
fn long_division(numerator: u128, denominator: u128, shift: u32) -> (u128, bool) {
    let room = numerator.leading_zeros();
    let shifted = numerator << room;
    let (mut whole, mut rest) = (shifted / denominator, shifted % denominator);
    for _ in room..shift {
        // Twice the rest, without the bit that it could overflow by.
        let missing = denominator - rest;
        let bit = rest >= missing;
        rest = if bit { rest - missing } else { rest + rest };
        whole = whole << 1 | u128::from(bit);
    }
    (whole, rest != 0)
}

fn bits(number: u128) -> u32 {
    u128::BITS - number.leading_zeros()
}

/// 2 to a power that a ratio of 128 bits can have: always a normal double.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((1_023 + i64::from(exponent)) as u64) << MANTISSA_BITS)
}
