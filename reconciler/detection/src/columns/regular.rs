//! Steps at which a window slides evenly: the samples that it holds lie one step apart, so that with each step one enters,
//! one leaves, and their number and their distances stay the same.
//!
//! Most of a recording is like that. What hangs on times alone is then the same at all of those steps, and what is left is
//! a few sums that the processor takes several of at a time.

use std::ops::Range;

use super::{
    even_sums::EvenWindow,
    samples::{Fixed, Samples, Steps},
};

/// Fewest steps that are worth being taken out of the rest: a window is summed up anew for them.
const STEPS_MIN: usize = 128;
/// Distances that are looked at at once.
const AT_ONCE: usize = 64;
/// Times, spans and distances up to here neither overflow nor are rounded.
const TIME_MAX: u64 = 1 << 52;
/// Sums of which the doubles are made at once are below this.
const NUMBER_MAX: u128 = 1 << 51;
/// Products that doubles hold exactly are at most this.
pub(super) const EXACT_MAX: u128 = 1 << 53;
/// Added to an integer below [`NUMBER_MAX`] this makes the bits of the double of that integer plus 1.5 * 2^52.
const NUMBER_BITS: i64 = 0x4338_0000_0000_0000;
/// Steps whose sums are in the processor's nearest memory.
pub(super) const BLOCK: usize = 256;

/// Some steps of a grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Any.
    Any(Range<usize>),
    /// Those at which a window slides evenly.
    Even(Even),
}

/// Steps at which a window slides evenly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Even {
    pub(super) steps: Range<usize>,
    /// The place of the sample that enters at the first of them.
    pub(super) entering: usize,
    /// How many samples a window holds.
    pub(super) count: usize,
    /// How old the newest sample is at its step.
    pub(super) age_ms: i64,
}

impl Even {
    /// Of something that is there for each sample, what enters at each step and what leaves, and what the window before the
    /// first of them holds. None, which cannot be, where there are not that many.
    pub(super) fn slices<'a, T>(&self, all: &'a [T]) -> Option<Met<'a, T>> {
        let before = self.entering.checked_sub(self.count)?;
        Some(Met {
            entering: all.get(self.entering..self.entering + self.steps.len())?,
            leaving: all.get(before..before + self.steps.len())?,
            held: all.get(before..self.entering)?,
        })
    }
}

/// What an evenly sliding window meets.
pub(super) struct Met<'a, T> {
    pub(super) entering: &'a [T],
    pub(super) leaving: &'a [T],
    /// What it holds before the first step.
    pub(super) held: &'a [T],
}

/// The longest runs of samples that lie so far apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvenRuns {
    every_ms: i64,
    runs: Vec<Range<usize>>,
}

impl EvenRuns {
    /// Looks for the runs of samples that lie so far apart. Windows of many spans over them need them.
    #[must_use]
    pub fn of(times_ms: &[i64], every_ms: i64) -> EvenRuns {
        EvenRuns { every_ms, runs: runs(times_ms, every_ms) }
    }
}

/// The steps of a grid in order, cut into pieces. A span of 0 is that of the newest sample alone.
pub(super) fn pieces(samples: &Samples<'_>, span_ms: i64, steps: Steps) -> Vec<Piece> {
    let times_ms = samples.times_ms;
    let mut pieces = Vec::new();
    let mut done = 0;
    let bounds = [steps.first_ms, steps.last_ms(), span_ms, steps.every_ms];
    let ends = [times_ms.first(), times_ms.last()].into_iter().flatten();
    let is_sound = steps.every_ms > 0 && bounds.iter().chain(ends).all(|it| it.unsigned_abs() <= TIME_MAX);
    if is_sound && steps.count >= STEPS_MIN {
        let found;
        let runs = match samples.runs {
            Some(known) if known.every_ms == steps.every_ms => &known.runs,
            Some(_) | None => {
                found = runs(times_ms, steps.every_ms);
                &found
            }
        };
        for run in runs {
            let Some(even) = even(times_ms, run, span_ms, (steps, done)) else { continue };
            if even.steps.start > done {
                pieces.push(Piece::Any(done..even.steps.start));
            }
            done = even.steps.end;
            pieces.push(Piece::Even(even));
        }
    }
    if done < steps.count {
        pieces.push(Piece::Any(done..steps.count));
    }
    pieces
}

/// How a window slides over some steps.
pub(super) enum Sliding<'p, 'a> {
    /// Evenly, at these steps.
    Evenly(&'p EvenWindow<'a>, &'p Range<usize>),
    /// Over these samples, at these steps, the first of which has this place.
    Anyhow(&'p Samples<'a>, Fixed<'a>, Steps, usize),
}

/// Goes over the steps of a grid piece by piece. Where `fill` says no to a piece, it gets it in the other form.
pub(super) fn by_pieces<'a>(
    (samples, fixed): (&Samples<'a>, Fixed<'a>),
    span_ms: i64,
    steps: Steps,
    mut fill: impl FnMut(Sliding<'_, 'a>) -> bool,
) {
    for piece in pieces(samples, span_ms, steps) {
        let some = match piece {
            Piece::Any(some) => some,
            Piece::Even(even) => {
                let window = EvenWindow::of(&even, fixed, steps.every_ms);
                if window.is_some_and(|window| fill(Sliding::Evenly(&window, &even.steps))) {
                    continue;
                }
                even.steps
            }
        };
        let (around, some_steps) = samples.around(span_ms, steps, &some);
        if let Some(fixed) = around.fixed {
            fill(Sliding::Anyhow(&around, fixed, some_steps, some.start));
        }
    }
}

/// The steps, none of them before `done`, at which a window slides evenly over a run of samples.
fn even(times_ms: &[i64], run: &Range<usize>, span_ms: i64, (steps, done): (Steps, usize)) -> Option<Even> {
    let (first_ms, every_ms) = (*times_ms.get(run.start)?, steps.every_ms);
    let ahead_ms = first_ms - steps.first_ms;
    // The first step that sees the run's first sample; there may be none so early.
    let first_step = ahead_ms.div_euclid(every_ms) + i64::from(ahead_ms.rem_euclid(every_ms) != 0);
    let age_ms = first_step * every_ms - ahead_ms;
    let count = usize::try_from((span_ms - age_ms + every_ms - 1).div_euclid(every_ms).max(0)).ok()?;
    if span_ms > 0 && count == 0 {
        return None;
    }
    // A sample of the run has left by the first step, and with it all before the run; one is still to come at the last.
    let (skipped, last) = (count, run.len().checked_sub(1)?);
    let from = first_step + i64::try_from(skipped).ok()?;
    let until = first_step + i64::try_from(last).ok()?;
    let from = usize::try_from(from).unwrap_or(0).max(done);
    let until = usize::try_from(until).unwrap_or(0).min(steps.count);
    if until < from + STEPS_MIN {
        return None;
    }
    let into_run = usize::try_from(i64::try_from(from).ok()? - first_step).ok()?;
    Some(Even { steps: from..until, entering: run.start + into_run, count, age_ms })
}

/// As [`EvenRuns::of`].
fn runs(times_ms: &[i64], every_ms: i64) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let (mut start, mut place) = (0, 0);
    while place + 1 < times_ms.len() {
        let block = times_ms.get(place..).unwrap_or_default();
        let block = block.get(..=AT_ONCE).unwrap_or(block);
        let pairs = block.iter().zip(block.iter().skip(1));
        let differing =
            pairs.clone().fold(0, |bits, (earlier, later)| bits | (later.wrapping_sub(*earlier) ^ every_ms));
        if differing == 0 {
            place += block.len() - 1;
            continue;
        }
        for (earlier, later) in pairs {
            place += 1;
            if later.wrapping_sub(*earlier) != every_ms {
                if place - start > STEPS_MIN {
                    runs.push(start..place);
                }
                start = place;
            }
        }
    }
    if times_ms.len() - start > STEPS_MIN {
        runs.push(start..times_ms.len());
    }
    runs
}

/// The double of an integer below [`NUMBER_MAX`] in size. Unlike `as`, processors without instructions for it do several
/// of these at a time.
#[inline]
pub(super) fn double(integer: i64) -> f64 {
    f64::from_bits(integer.wrapping_add(NUMBER_BITS).cast_unsigned()) - f64::from_bits(NUMBER_BITS as u64)
}

/// Whether [`double`] holds for integers of at most this size.
pub(super) fn is_number(size: u128) -> bool {
    size < NUMBER_MAX
}

impl<'a> Samples<'a> {
    /// The samples that some steps see, in windows of a span, and those steps.
    pub(super) fn around(&self, span_ms: i64, steps: Steps, some: &Range<usize>) -> (Samples<'a>, Steps) {
        let some_steps = Steps { first_ms: steps.at_ms(some.start), count: some.len(), ..steps };
        let open_start_ms = some_steps.first_ms.saturating_sub(span_ms);
        let from = self.times_ms.partition_point(|at_ms| *at_ms <= open_start_ms);
        // A block of steps looks at one sample more than it takes.
        let until = self.times_ms.partition_point(|at_ms| *at_ms <= some_steps.last_ms());
        let places = from..(until + 1).min(self.times_ms.len()).max(from);
        let part = Samples {
            times_ms: self.times_ms.get(places.clone()).unwrap_or_default(),
            values: self.values.get(places.clone()).unwrap_or_default(),
            fixed: self.fixed.map(|fixed| fixed.part(places)),
            runs: None,
        };
        (part, some_steps)
    }
}

impl<'a> Fixed<'a> {
    fn part(self, places: Range<usize>) -> Fixed<'a> {
        Fixed::of_largest(
            self.scaled().get(places).unwrap_or_default(),
            self.decimals(),
            self.largest().unsigned_abs(),
        )
        .unwrap_or(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: Steps = Steps { first_ms: 0, every_ms: 10, count: 1_000 };

    /// The pieces of these times, which are the same for one who has looked for runs before.
    fn pieces_of(times_ms: &[i64], span_ms: i64) -> Vec<Piece> {
        let of = |runs: Option<&EvenRuns>| {
            pieces(&Samples { times_ms, values: &[], fixed: None, runs }, span_ms, STEPS)
        };
        let found = of(None);
        assert_eq!(of(Some(&EvenRuns::of(times_ms, STEPS.every_ms))), found);
        assert_eq!(of(Some(&EvenRuns::of(times_ms, 7))), found, "runs of another grid say nothing");
        found
    }

    #[test]
    fn a_window_slides_evenly_once_it_is_full_and_until_its_last_sample() {
        let times_ms: Vec<i64> = (0..1_000).map(|at| at * 10 - 3).collect();
        let even = Even { steps: 10..999, entering: 10, count: 10, age_ms: 3 };
        let wanted = vec![Piece::Any(0..10), Piece::Even(even), Piece::Any(999..1_000)];
        assert_eq!(pieces_of(&times_ms, 100), wanted);
    }

    #[test]
    fn a_gap_is_taken_like_any_other_steps() {
        let times_ms: Vec<i64> = (0..1_000).filter(|at| *at != 400).map(|at| at * 10).collect();
        let even = |steps: Range<usize>, entering| Piece::Even(Even { steps, entering, count: 5, age_ms: 0 });
        let wanted = [Piece::Any(0..5), even(5..399, 5), Piece::Any(399..406), even(406..999, 405)];
        assert_eq!(pieces_of(&times_ms, 50), [&wanted[..], &[Piece::Any(999..1_000)]].concat());
    }

    #[test]
    fn integers_become_the_doubles_that_they_are() {
        for integer in [0, 1, -1, 9_999, (1 << 51) - 1, 1 - (1 << 51), 123_456_789_012_345] {
            assert_eq!(double(integer).to_bits(), (integer as f64).to_bits());
        }
    }
}
