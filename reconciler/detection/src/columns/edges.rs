//! Windows that slide over samples, a step at a time.

use std::ops::Range;

use super::samples::Steps;

/// Steps that are taken at once where one sample enters and one leaves at each of them.
pub(super) const BLOCK_STEPS: usize = 64;
/// Steps after which it is looked again for such a block where there was none.
pub(super) const PATIENCE_STEPS: usize = 16;
/// Times beyond this are never taken at once, so that their differences do not overflow.
const BLOCK_TIME_MAX: u64 = 1 << 60;

/// What follows a window as samples enter and leave it.
pub(super) trait Slide {
    /// A sample enters.
    fn enter(&mut self, at_ms: i64, integer: i64);
    /// The oldest sample leaves.
    fn leave(&mut self, at_ms: i64, integer: i64);
    /// A step has the samples that it sees.
    fn look(&mut self, step: usize, now_ms: i64, count: i64);
}

/// Slides a window of a span over samples. All the samples of a step enter before others leave.
#[inline]
pub(super) fn slide<S: Slide>(times_ms: &[i64], integers: &[i64], span_ms: i64, steps: Steps, state: &mut S) {
    walk(times_ms, span_ms, steps, &mut Sliding { times_ms, integers, steps, state });
}

/// Tells each step the places of the samples that its window holds: from the first up to, and not including, the second.
#[inline]
pub(super) fn each(times_ms: &[i64], span_ms: i64, steps: Steps, look: impl FnMut(usize, i64, usize, usize)) {
    walk(times_ms, span_ms, steps, &mut Each { steps, look });
}

/// What is told of a window that moves on.
trait Walk {
    /// A step at which any samples enter and leave.
    fn step(&mut self, step: usize, now_ms: i64, entering: Range<usize>, leaving: Range<usize>);
    /// A block of steps at each of which one sample enters, from a place on, and one leaves.
    fn block(&mut self, step: usize, now_ms: i64, entering: usize, leaving: usize);
}

#[inline]
fn walk(times_ms: &[i64], span_ms: i64, steps: Steps, told: &mut impl Walk) {
    // Samples that no step sees do not enter.
    let first_open_start_ms = steps.first_ms.saturating_sub(span_ms);
    let start = times_ms.partition_point(|at_ms| *at_ms <= first_open_start_ms);
    let (mut tail, mut head) = (start, start);
    let mut now_ms = steps.first_ms;
    let (mut step, mut look_again) = (0, 0);
    while step < steps.count {
        let open_start_ms = now_ms.saturating_sub(span_ms);
        if step >= look_again && steps.count - step >= BLOCK_STEPS {
            let is_block = |from: usize, first_ms: i64| {
                let block = times_ms.get(from..from + BLOCK_STEPS + 1);
                block.is_some_and(|block| is_one_a_step(block, first_ms, steps.every_ms))
            };
            if is_block(head, now_ms) && is_block(tail, open_start_ms) {
                told.block(step, now_ms, head, tail);
                (head, tail, step) = (head + BLOCK_STEPS, tail + BLOCK_STEPS, step + BLOCK_STEPS);
                now_ms = steps.at_ms(step);
                continue;
            }
            look_again = step + PATIENCE_STEPS;
        }
        let (entering, leaving) = (head, tail);
        while times_ms.get(head).is_some_and(|at_ms| *at_ms <= now_ms) {
            head += 1;
        }
        while tail < head && times_ms.get(tail).is_some_and(|at_ms| *at_ms <= open_start_ms) {
            tail += 1;
        }
        told.step(step, now_ms, entering..head, leaving..tail);
        now_ms = now_ms.saturating_add(steps.every_ms);
        step += 1;
    }
}

/// Whether each time but the last is in a step of its own, one after another, and the last one after those.
pub(super) fn is_one_a_step(times_ms: &[i64], first_ms: i64, every_ms: i64) -> bool {
    let Some((last, inner)) = times_ms.split_last() else { return false };
    let Some(first) = times_ms.first() else { return false };
    let ends = [first_ms, every_ms, *first, *last];
    if every_ms <= 0 || ends.iter().any(|end| end.unsigned_abs() > BLOCK_TIME_MAX >> 7) {
        return false;
    }
    // A negative number has the sign bit: the differences are put together and looked at once.
    let (mut differences, mut step_ms) = (0, first_ms);
    for at_ms in inner {
        differences |= (step_ms - at_ms) | (at_ms - step_ms + every_ms - 1);
        step_ms += every_ms;
    }
    differences |= last - step_ms + every_ms - 1;
    differences >= 0
}

struct Sliding<'a, S> {
    times_ms: &'a [i64],
    integers: &'a [i64],
    steps: Steps,
    state: &'a mut S,
}

impl<'a, S> Sliding<'a, S> {
    #[inline]
    fn samples(&self, places: Range<usize>) -> impl Iterator<Item = (&'a i64, &'a i64)> + use<'a, S> {
        let times_ms = self.times_ms.get(places.clone()).unwrap_or_default();
        times_ms.iter().zip(self.integers.get(places).unwrap_or_default())
    }
}

impl<S: Slide> Walk for Sliding<'_, S> {
    #[inline]
    fn step(&mut self, step: usize, now_ms: i64, entering: Range<usize>, leaving: Range<usize>) {
        let count = entering.end - leaving.end;
        for (at_ms, integer) in self.samples(entering) {
            self.state.enter(*at_ms, *integer);
        }
        for (at_ms, integer) in self.samples(leaving) {
            self.state.leave(*at_ms, *integer);
        }
        self.state.look(step, now_ms, count as i64);
    }

    #[inline]
    fn block(&mut self, step: usize, now_ms: i64, entering: usize, leaving: usize) {
        let count = (entering - leaving) as i64;
        let coming = self.samples(entering..entering + BLOCK_STEPS);
        let going = self.samples(leaving..leaving + BLOCK_STEPS);
        let mut now_ms = now_ms;
        for (offset, (new, old)) in coming.zip(going).enumerate() {
            self.state.enter(*new.0, *new.1);
            self.state.leave(*old.0, *old.1);
            self.state.look(step + offset, now_ms, count);
            now_ms = now_ms.wrapping_add(self.steps.every_ms);
        }
    }
}

struct Each<F> {
    steps: Steps,
    look: F,
}

impl<F: FnMut(usize, i64, usize, usize)> Walk for Each<F> {
    #[inline]
    fn step(&mut self, step: usize, now_ms: i64, entering: Range<usize>, leaving: Range<usize>) {
        (self.look)(step, now_ms, leaving.end, entering.end);
    }

    #[inline]
    fn block(&mut self, step: usize, now_ms: i64, entering: usize, leaving: usize) {
        let mut now_ms = now_ms;
        for offset in 0..BLOCK_STEPS {
            (self.look)(step + offset, now_ms, leaving + offset + 1, entering + offset + 1);
            now_ms = now_ms.wrapping_add(self.steps.every_ms);
        }
    }
}
