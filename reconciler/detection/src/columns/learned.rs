//! What follows a whole series: the weighted mean and the baseline.

use super::{
    drive::{drive, drive_into},
    samples::{Samples, Steps},
};
use crate::{Baseline, Ewma, Usual};

/// The exponentially weighted mean at each step; NaN where no sample came in the last half-life.
pub fn ewma(samples: &Samples<'_>, half_life_ms: i64, steps: Steps, out: &mut [f64]) {
    drive_into(samples, steps, Ewma::new(half_life_ms), out, Ewma::value);
}

/// Tells each step what is usual by what a baseline has learned of the samples so far.
pub fn baseline(
    samples: &Samples<'_>,
    empty: Baseline,
    steps: Steps,
    mut tell: impl FnMut(usize, Option<Usual>),
) {
    drive(samples, steps, empty, |step, now_ms, baseline| tell(step, baseline.usual(now_ms)));
}
