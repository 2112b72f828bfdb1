//! Sums that keep what rounding leaves over.

use serde::{Deserialize, Serialize};

use crate::Exact;

/// A sum of doubles as a double and the error it was rounded by, so that a small number added to a large one is not
/// lost. About 106 bits; the sum of any samples that people have is right to the last digit.
///
/// Addition is by Knuth's two-sum ("The Art of Computer Programming", volume 2, section 4.2.2, theorem B).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sum {
    high: Exact,
    low: Exact,
}

impl Sum {
    /// Zero.
    pub(crate) const ZERO: Sum = Sum { high: Exact(0.0), low: Exact(0.0) };

    /// The sum of one number.
    #[must_use]
    pub(crate) fn of(value: f64) -> Sum {
        Sum { high: Exact(value), low: Exact(0.0) }
    }

    /// The sum with what another one holds.
    #[must_use]
    pub(crate) fn plus(self, other: Sum) -> Sum {
        let (high, error) = two_sum(self.high.0, other.high.0);
        let low = error + (self.low.0 + other.low.0);
        let (high, low) = two_sum(high, low);
        // Beyond the largest double there is no error to keep.
        if high.is_finite() { Sum { high: Exact(high), low: Exact(low) } } else { Sum::of(high) }
    }

    /// The double next to it.
    #[must_use]
    pub(crate) fn value(self) -> f64 {
        self.high.0 + self.low.0
    }
}

/// `a + b` rounded, and what the rounding left over.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part_of_b = sum - a;
    let part_of_a = sum - part_of_b;
    (sum, (a - part_of_a) + (b - part_of_b))
}
