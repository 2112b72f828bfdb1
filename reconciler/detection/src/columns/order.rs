//! The smallest and the largest sample at every step.

use super::{
    drive::put,
    edges::each,
    samples::{Samples, Steps},
};
use crate::total_order::{key, of_key};

/// The smallest sample of the span before each step.
pub fn min(samples: &Samples<'_>, span_ms: i64, steps: Steps, out: &mut [f64]) {
    least(samples, span_ms, steps, out, |key| key);
}

/// The largest sample of the span before each step.
pub fn max(samples: &Samples<'_>, span_ms: i64, steps: Steps, out: &mut [f64]) {
    least(samples, span_ms, steps, out, |key| !key);
}

/// The sample whose key is least after `turned`, which is its own inverse.
///
/// The window is two stacks: `front` holds for each sample of its older part the least from it to that part's end; the
/// newer part has one least. When the older part has left, the newer one takes its place. No sample is compared more
/// than twice, and no comparison is a branch.
#[inline]
fn least(
    samples: &Samples<'_>,
    span_ms: i64,
    steps: Steps,
    out: &mut [f64],
    turned: impl Fn(i64) -> i64 + Copy,
) {
    let mut front: Vec<i64> = Vec::new();
    // The front holds the samples before here.
    let mut middle = 0;
    // The newer part is `middle..seen`, and this is the least of it.
    let (mut seen, mut back) = (0, i64::MAX);
    let key_of = move |value: &f64| turned(key(*value));
    let values = samples.values;
    each(samples.times_ms, span_ms, steps.within(out.len()), |step, _, tail, head| {
        for value in values.get(seen.max(tail)..head).unwrap_or_default() {
            back = back.min(key_of(value));
        }
        seen = head;
        if tail >= middle {
            front.clear();
            let mut from_here = i64::MAX;
            front.extend(values.get(tail..head).unwrap_or_default().iter().rev().map(|value| {
                from_here = from_here.min(key_of(value));
                from_here
            }));
            (middle, back) = (head, i64::MAX);
        }
        let least = (middle - tail).checked_sub(1).and_then(|place| front.get(place));
        let least = least.map_or(back, |least| back.min(*least));
        put(out, step, if tail == head { f64::NAN } else { of_key(turned(least)) });
    });
}
