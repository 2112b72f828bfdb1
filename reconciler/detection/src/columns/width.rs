//! Integers of the width that sums need.

use crate::ratio::{ratio, small_ratio};

/// Integers whose sums and products go around where they do not fit: what is made of them in the end does fit, so it
/// comes out right.
pub(super) trait Width: Copy {
    const ZERO: Self;
    fn of(number: i64) -> Self;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    fn ratio(self, denominator: Self) -> f64;
    fn is_positive(self) -> bool;
}

/// Integers of 64 bits, of which those that are divided in the end are known to be doubles, the denominator not below 0.
#[derive(Clone, Copy)]
pub(super) struct Short(i64);

impl Width for i64 {
    const ZERO: i64 = 0;

    #[inline]
    fn of(number: i64) -> i64 {
        number
    }

    #[inline]
    fn plus(self, other: i64) -> i64 {
        self.wrapping_add(other)
    }

    #[inline]
    fn minus(self, other: i64) -> i64 {
        self.wrapping_sub(other)
    }

    #[inline]
    fn times(self, other: i64) -> i64 {
        self.wrapping_mul(other)
    }

    #[inline]
    fn ratio(self, denominator: i64) -> f64 {
        small_ratio(self, denominator)
    }

    #[inline]
    fn is_positive(self) -> bool {
        self > 0
    }
}

impl Width for i128 {
    const ZERO: i128 = 0;

    #[inline]
    fn of(number: i64) -> i128 {
        i128::from(number)
    }

    #[inline]
    fn plus(self, other: i128) -> i128 {
        self.wrapping_add(other)
    }

    #[inline]
    fn minus(self, other: i128) -> i128 {
        self.wrapping_sub(other)
    }

    #[inline]
    fn times(self, other: i128) -> i128 {
        self.wrapping_mul(other)
    }

    #[inline]
    fn ratio(self, denominator: i128) -> f64 {
        ratio(self, denominator)
    }

    #[inline]
    fn is_positive(self) -> bool {
        self > 0
    }
}

impl Width for Short {
    const ZERO: Short = Short(0);

    #[inline]
    fn of(number: i64) -> Short {
        Short(number)
    }

    #[inline]
    fn plus(self, other: Short) -> Short {
        Short(self.0.wrapping_add(other.0))
    }

    #[inline]
    fn minus(self, other: Short) -> Short {
        Short(self.0.wrapping_sub(other.0))
    }

    #[inline]
    fn times(self, other: Short) -> Short {
        Short(self.0.wrapping_mul(other.0))
    }

    #[inline]
    fn ratio(self, denominator: Short) -> f64 {
        self.0 as f64 / denominator.0 as f64
    }

    #[inline]
    fn is_positive(self) -> bool {
        self.0 > 0
    }
}

/// How wide integers must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Room {
    /// All that is divided in the end are doubles: [`Short`].
    Short,
    /// It fits 64 bits: `i64`.
    Narrow,
    /// It fits 128 bits: `i128`.
    Wide,
}

impl Room {
    /// For a product of magnitudes, divided by a number.
    pub(super) fn of(factors: &[u128], divisor: u128) -> Room {
        let product = factors.iter().fold(1, |product: u128, factor| product.saturating_mul(*factor));
        let needed = product / divisor;
        if needed <= SHORT_MAX {
            Room::Short
        } else if needed <= NARROW_MAX {
            Room::Narrow
        } else {
            Room::Wide
        }
    }
}

const SHORT_MAX: u128 = 1 << 53;
const NARROW_MAX: u128 = 1 << 62;
