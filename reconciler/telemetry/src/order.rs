//! The rule of order: how rows of a source become samples, ascending in time, no time twice.

use heal_program::Millis;

use crate::{Quality, Sample};

/// Puts rows in order: at a repeated time the first row wins, backward rows are sorted, values that are not finite are
/// left out. Counts what it did; gaps stay gaps and are counted by [`gaps_of`].
///
/// A row counts once: as not finite, else as repeated, else as backward, which it is when a row before it is later.
#[must_use]
pub fn order_rows(rows: Vec<Sample>) -> (Vec<Sample>, Quality) {
    let count = rows.len();
    let mut samples = rows;
    samples.retain(|sample| sample.value.is_finite());
    let finite = samples.len();
    let mut quality = Quality { non_finite: (count - finite) as u64, ..Quality::default() };
    if samples.is_sorted_by(|earlier, later| earlier.at < later.at) {
        return (samples, quality);
    }
    let mut greatest = None;
    let mut marked: Vec<(Sample, bool)> = Vec::with_capacity(finite);
    for sample in samples {
        let is_backward = greatest.is_some_and(|greatest| sample.at < greatest);
        greatest = greatest.max(Some(sample.at));
        marked.push((sample, is_backward));
    }
    // The sort is stable, so of equal times the first row of the source stays first.
    marked.sort_by_key(|(sample, _)| sample.at);
    marked.dedup_by_key(|(sample, _)| sample.at);
    quality.repeated_dropped = (finite - marked.len()) as u64;
    quality.backward_sorted = marked.iter().filter(|(_, is_backward)| *is_backward).count() as u64;
    (marked.into_iter().map(|(sample, _)| sample).collect(), quality)
}

/// Median step of ordered samples; of an even number of steps the lower one. None below two samples.
#[must_use]
pub fn interval_of(samples: &[Sample]) -> Option<Millis> {
    let mut steps: Vec<i64> = steps(samples).collect();
    let middle = steps.len().checked_sub(1)? / 2;
    Some(Millis(*steps.select_nth_unstable(middle).1))
}

/// How many steps of ordered samples are longer than one and a half times the interval, and the longest of them.
#[must_use]
pub fn gaps_of(samples: &[Sample], interval: Millis) -> (u64, Option<Millis>) {
    let is_gap = |step: &i64| step.saturating_mul(2) > interval.0.saturating_mul(3);
    let count = steps(samples).filter(is_gap).count() as u64;
    (count, steps(samples).filter(is_gap).max().map(Millis))
}

fn steps(samples: &[Sample]) -> impl Iterator<Item = i64> {
    samples.iter().zip(samples.iter().skip(1)).map(|(earlier, later)| later.at.since(earlier.at).0)
}
