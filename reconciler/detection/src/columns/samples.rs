//! What the columnar functions read.

use super::regular::EvenRuns;
use crate::fixed::{SCALED_MAX, Scale, WINDOW_SAMPLES_MAX};

/// The samples of one series, in order of time.
#[derive(Clone, Copy, Debug)]
pub struct Samples<'a> {
    /// When each was measured, never falling.
    pub times_ms: &'a [i64],
    /// What was measured: finite numbers, as many as times.
    pub values: &'a [f64],
    /// The same as integers, where the whole series is in fixed point and that is known; without them everything is
    /// computed by the streaming forms, with the same result.
    pub fixed: Option<Fixed<'a>>,
    /// Where they lie evenly, for one who has looked before; without it, it is looked for where it is needed.
    pub runs: Option<&'a EvenRuns>,
}

/// The values of a series as integers: each value is, bit by bit, its integer divided by 10 to the decimals.
#[derive(Clone, Copy, Debug)]
pub struct Fixed<'a> {
    scaled: &'a [i64],
    decimals: u32,
    /// The largest magnitude of them.
    largest: i64,
}

impl<'a> Fixed<'a> {
    /// Integers of a series; none where they are too large for a series in fixed point.
    #[must_use]
    pub fn new(scaled: &'a [i64], decimals: u32) -> Option<Fixed<'a>> {
        let largest = scaled.iter().fold(0, |largest: u64, integer| largest.max(integer.unsigned_abs()));
        Fixed::of_largest(scaled, decimals, largest)
    }

    /// The same, for one who has looked for the largest magnitude of the integers already.
    #[must_use]
    pub fn of_largest(scaled: &'a [i64], decimals: u32, largest: u64) -> Option<Fixed<'a>> {
        let largest = i64::try_from(largest).ok().filter(|largest| *largest <= SCALED_MAX)?;
        (decimals <= crate::DECIMALS_MAX).then_some(Fixed { scaled, decimals, largest })
    }

    /// The integers.
    #[must_use]
    pub fn scaled(self) -> &'a [i64] {
        self.scaled
    }

    /// The decimals that they have.
    #[must_use]
    pub fn decimals(self) -> u32 {
        self.decimals
    }

    pub(super) fn largest(self) -> i64 {
        self.largest
    }
}

/// The integers of values that nobody has scaled yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedColumn {
    scaled: Vec<i64>,
    scale: Scale,
}

impl FixedColumn {
    /// The integers of a series; none when it is not in fixed point.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<FixedColumn> {
        let mut scale = Scale::new();
        let mut scaled: Vec<i64> = Vec::with_capacity(values.len());
        for value in values {
            let taken = scale.take(*value)?;
            if taken.factor != 1 {
                scaled.iter_mut().for_each(|earlier| *earlier *= taken.factor);
            }
            scaled.push(taken.integer);
        }
        Some(FixedColumn { scaled, scale })
    }

    /// As the columnar functions read it.
    #[must_use]
    pub fn as_fixed(&self) -> Fixed<'_> {
        Fixed { scaled: &self.scaled, decimals: self.scale.decimals(), largest: self.scale.largest() }
    }
}

/// The instants at which a condition is evaluated. A step sees the samples up to and including its own time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    /// The first one.
    pub first_ms: i64,
    /// The time from one to the next; positive.
    pub every_ms: i64,
    /// How many there are.
    pub count: usize,
}

impl Steps {
    /// The time of a step.
    #[must_use]
    pub fn at_ms(self, step: usize) -> i64 {
        let after = self.every_ms.saturating_mul(i64::try_from(step).unwrap_or(i64::MAX));
        self.first_ms.saturating_add(after)
    }

    /// No more steps than there are places for.
    pub(super) fn within(self, places: usize) -> Steps {
        Steps { count: self.count.min(places), ..self }
    }

    pub(super) fn last_ms(self) -> i64 {
        self.at_ms(self.count.saturating_sub(1))
    }
}

impl<'a> Samples<'a> {
    /// The integers, when windows of a span over them are in fixed point.
    pub(super) fn fixed_over(&self, span_ms: i64) -> Option<Fixed<'a>> {
        let fixed = self.fixed.filter(|fixed| fixed.scaled.len() == self.times_ms.len())?;
        // A window that holds one more than it may: two samples that far apart are within the span.
        let is_over = |(newest, oldest): (&i64, &i64)| *oldest > newest.saturating_sub(span_ms);
        let newer = self.times_ms.get(WINDOW_SAMPLES_MAX..).unwrap_or_default();
        (!newer.iter().zip(self.times_ms).any(is_over)).then_some(fixed)
    }

    /// No fewer than the samples of any window of a span that ends at a step.
    pub(super) fn count_bound(&self, span_ms: i64, steps: Steps) -> usize {
        if let Some(bound) = self.usual_count_bound(span_ms) {
            return bound;
        }
        let mut bound = 0;
        super::edges::each(self.times_ms, span_ms, steps, |_, _, tail, head| bound = bound.max(head - tail));
        bound
    }

    /// Somewhat more than a window holds on average, where none holds more.
    fn usual_count_bound(&self, span_ms: i64) -> Option<usize> {
        let (first, last) = (self.times_ms.first()?, self.times_ms.last()?);
        if [*first, *last, span_ms].iter().any(|end| end.unsigned_abs() > 1 << 60) {
            return Some(self.times_ms.len());
        }
        let whole_ms = u128::from(last.abs_diff(*first)).max(1);
        let average = self.times_ms.len() as u128 * u128::from(span_ms.unsigned_abs()) / whole_ms;
        let bound = usize::try_from(average + average / 4 + 4).ok()?;
        if bound >= self.times_ms.len() {
            return Some(self.times_ms.len());
        }
        // Negative where a sample and the one so many later are closer than the span.
        let later = self.times_ms.get(bound..).unwrap_or_default();
        let closest = later
            .iter()
            .zip(self.times_ms)
            .fold(0, |all, (newest, oldest)| all | (newest - oldest - span_ms));
        (closest >= 0).then_some(bound)
    }
}
