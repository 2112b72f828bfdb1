//! Samples as they are: the newest, those of a span ago, and what they changed by.

use super::{
    drive::put,
    edges::{BLOCK_STEPS, PATIENCE_STEPS, each, is_one_a_step},
    regular::{Piece, pieces},
    samples::{Samples, Steps},
};

/// The newest sample at or before each step, and when it was measured; NaN and `i64::MIN` before the first one.
pub fn last(samples: &Samples<'_>, steps: Steps, out: &mut [f64], times_ms: &mut [i64]) {
    newest(samples, steps, |step, _, at_ms, value| {
        put(out, step, value);
        if let Some(place) = times_ms.get_mut(step) {
            *place = at_ms;
        }
    });
}

/// The newest sample at or before each step, where it is at most `stale_after_ms` older than `late_ms` after the step;
/// NaN where there is none.
pub fn fresh(samples: &Samples<'_>, stale_after_ms: i64, late_ms: i64, steps: Steps, out: &mut [f64]) {
    // Older than this before the step is stale.
    let reach_ms = stale_after_ms.saturating_sub(late_ms);
    let steps = steps.within(out.len());
    for piece in pieces(samples, 0, steps) {
        let some = match piece {
            Piece::Any(some) => some,
            Piece::Even(even) => {
                let entering = even.entering..even.entering + even.steps.len();
                match (out.get_mut(even.steps.clone()), samples.values.get(entering)) {
                    (Some(out), Some(values)) if even.age_ms <= reach_ms => {
                        out.copy_from_slice(values);
                        continue;
                    }
                    (_, _) => even.steps,
                }
            }
        };
        let start = some.start;
        let some = Steps { first_ms: steps.at_ms(start), count: some.len(), ..steps };
        newest(samples, some, |step, now_ms, at_ms, value| {
            let is_fresh = now_ms.saturating_sub(at_ms) <= reach_ms;
            put(out, start + step, if is_fresh { value } else { f64::NAN });
        });
    }
}

/// The newest sample at or before a span before each step, where it was at most `stale_after_ms` old by then; NaN where
/// there is none.
pub fn before_span(samples: &Samples<'_>, span_ms: i64, stale_after_ms: i64, steps: Steps, out: &mut [f64]) {
    let earlier = Steps { first_ms: steps.first_ms.saturating_sub(span_ms), ..steps };
    fresh(samples, stale_after_ms, 0, earlier, out);
}

/// The last sample of the span before each step less the first one; NaN with fewer than two.
pub fn delta(samples: &Samples<'_>, span_ms: i64, steps: Steps, out: &mut [f64]) {
    each(samples.times_ms, span_ms, steps.within(out.len()), |step, _, tail, head| {
        let newest = head.wrapping_sub(1);
        let delta = match (samples.values.get(newest), samples.values.get(tail)) {
            (Some(last), Some(first)) if newest > tail && head > tail => last - first,
            _ => f64::NAN,
        };
        put(out, step, delta);
    });
}

/// Tells each step its newest sample: the step, its time, the sample's time and value.
#[inline]
fn newest(samples: &Samples<'_>, steps: Steps, mut tell: impl FnMut(usize, i64, i64, f64)) {
    let (times_ms, values) = (samples.times_ms, samples.values);
    // The samples before here are seen by steps before the next one.
    let mut head = times_ms.partition_point(|at_ms| *at_ms <= steps.first_ms.saturating_sub(steps.every_ms));
    let mut now_ms = steps.first_ms;
    let (mut step, mut look_again) = (0, 0);
    while step < steps.count {
        if step >= look_again && steps.count - step >= BLOCK_STEPS {
            let block = times_ms.get(head..=head + BLOCK_STEPS);
            let block = block.filter(|block| is_one_a_step(block, now_ms, steps.every_ms));
            if let (Some(block), Some(values)) = (block, values.get(head..head + BLOCK_STEPS)) {
                for (offset, (at_ms, value)) in block.iter().zip(values).enumerate() {
                    tell(step + offset, now_ms, *at_ms, *value);
                    now_ms = now_ms.wrapping_add(steps.every_ms);
                }
                (head, step) = (head + BLOCK_STEPS, step + BLOCK_STEPS);
                now_ms = steps.at_ms(step);
                continue;
            }
            look_again = step + PATIENCE_STEPS;
        }
        while times_ms.get(head).is_some_and(|at_ms| *at_ms <= now_ms) {
            head += 1;
        }
        let newest = head.wrapping_sub(1);
        let newest = times_ms.get(newest).zip(values.get(newest));
        let (at_ms, value) = newest.map_or((i64::MIN, f64::NAN), |(at_ms, value)| (*at_ms, *value));
        tell(step, now_ms, at_ms, value);
        now_ms = now_ms.saturating_add(steps.every_ms);
        step += 1;
    }
}
