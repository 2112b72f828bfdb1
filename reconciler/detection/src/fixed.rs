//! When samples are integers of a common power of ten, and which.
//!
//! A series is **in fixed point** so far when, with D the most decimals that one of its samples needs (at most
//! [`DECIMALS_MAX`]) and M the largest magnitude, M * 10^D is at most [`SCALED_MAX`]. A sample `v` needs the fewest
//! decimals `d` for which an integer `i` gives `i / 10^d == v` bit by bit. Statistics of such a series are exact: the
//! double next to the rational number that their definition gives for `i / 10^D`.

use serde::{Deserialize, Serialize};

/// Most decimals of a sample in fixed point.
pub const DECIMALS_MAX: u32 = 9;
/// Largest scaled integer of a series in fixed point.
///
/// Its reason: up to here the integer of a value is the same whichever rounding finds it, and sums of
/// [`WINDOW_SAMPLES_MAX`] of their squares fit 128 bits even times that count.
pub const SCALED_MAX: i64 = 1 << 44;
/// Most samples that a window in fixed point holds. A series that brings more into one is not in fixed point from there
/// on: with S the sum of a window, n its count and Q the sum of its squares, |S| is below 2^63, and n * Q, S^2 and
/// n^2 * 10^2D are below 2^127.
pub const WINDOW_SAMPLES_MAX: usize = (1 << 19) - 1;
/// Longest span, in milliseconds, over which a line is exact: about 398 days. With n the count, n^2 * span^2 * 10^6 / 4
/// and n^2 * span * `SCALED_MAX` * 1000 / 2 are then below 2^127.
pub const LINE_SPAN_MS_MAX: i64 = 1 << 35;

/// Adding and taking away this makes a double of at most 2^51 an integer.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// 10 to a number of decimals.
pub(crate) fn power_of_ten(decimals: u32) -> i64 {
    10_i64.pow(decimals.min(DECIMALS_MAX))
}

/// The integers that a series is made of so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Scale {
    /// The most decimals that a sample needed.
    decimals: u32,
    /// The largest magnitude of a sample, times 10 to the decimals.
    largest: i64,
}

/// A sample as an integer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scaled {
    pub(crate) integer: i64,
    /// What all integers before it are multiplied by, because it has more decimals than they; mostly 1.
    pub(crate) factor: i64,
}

impl Scale {
    pub(crate) fn new() -> Scale {
        Scale { decimals: 0, largest: 0 }
    }

    pub(crate) fn decimals(self) -> u32 {
        self.decimals
    }

    pub(crate) fn largest(self) -> i64 {
        self.largest
    }

    /// The value of an integer.
    pub(crate) fn value(self, integer: i64) -> f64 {
        integer as f64 / power_of_ten(self.decimals) as f64
    }

    /// Takes a sample in; none, and nothing changed, when the series is no longer in fixed point with it.
    pub(crate) fn take(&mut self, value: f64) -> Option<Scaled> {
        let (decimals, integer) = (self.decimals..=DECIMALS_MAX)
            .find_map(|decimals| Some((decimals, scaled(value, power_of_ten(decimals))?)))?;
        let factor = power_of_ten(decimals - self.decimals);
        let largest = self.largest.checked_mul(factor)?.max(integer.abs());
        if largest > SCALED_MAX {
            return None;
        }
        *self = Scale { decimals, largest };
        Some(Scaled { integer, factor })
    }
}

/// The integer that gives the value back when it is divided by a power of ten.
fn scaled(value: f64, power: i64) -> Option<i64> {
    let product = value * power as f64;
    if product.abs() >= (SCALED_MAX + 1) as f64 || product.is_nan() {
        return None;
    }
    let integer = (product + ROUNDER) - ROUNDER;
    // Told apart from minus zero, which no integer gives back.
    let integer = integer as i64;
    (integer.abs() <= SCALED_MAX && (integer as f64 / power as f64).to_bits() == value.to_bits())
        .then_some(integer)
}
