//! Quantiles at every step.

use super::{
    drive::{drive_into, put},
    edges::each,
    samples::{Samples, Steps},
};
use crate::{
    SortedWindow,
    total_order::{key, of_key},
};

/// Most samples of a window that is kept in order in one piece: beyond it, blocks are moved faster.
const PIECE_MAX: usize = 1_024;

/// A quantile of the samples of the span before each step, in ten-thousandths, linear between the two around it.
pub fn quantile(samples: &Samples<'_>, ten_thousandths: u32, span_ms: i64, steps: Steps, out: &mut [f64]) {
    let steps = steps.within(out.len());
    if samples.count_bound(span_ms, steps) > PIECE_MAX {
        let quantile = |window: &SortedWindow, now_ms| window.quantile(ten_thousandths, now_ms);
        return drive_into(samples, steps, SortedWindow::new(span_ms), out, quantile);
    }
    let share = f64::from(ten_thousandths.min(10_000)) / 10_000.0;
    let mut sorted: Vec<i64> = Vec::with_capacity(PIECE_MAX);
    let (mut left, mut entered) = (0, 0);
    each(samples.times_ms, span_ms, steps, |step, _, tail, head| {
        let from = entered.max(tail);
        let mut leaving = samples.values.get(left.min(tail)..tail.min(entered)).unwrap_or_default().iter();
        for new in samples.values.get(from..head).unwrap_or_default() {
            match leaving.next() {
                Some(old) => replace(&mut sorted, key(*old), key(*new)),
                None => sorted.insert(place_of(&sorted, key(*new)), key(*new)),
            }
        }
        for old in leaving {
            // INVARIANT: it entered, so it is there.
            let place = place_of(&sorted, key(*old));
            sorted.drain(place..(place + 1).min(sorted.len()));
        }
        (left, entered) = (tail, head);
        put(out, step, between(&sorted, share));
    });
}

/// The number at a share of the way through numbers in order.
fn between(sorted: &[i64], share: f64) -> f64 {
    let place = share * sorted.len().saturating_sub(1) as f64;
    let (whole, part) = (place as usize, place - (place as usize) as f64);
    let Some(below) = sorted.get(whole).map(|key| of_key(*key)) else { return f64::NAN };
    match sorted.get(whole + 1) {
        Some(above) if part != 0.0 => below + (of_key(*above) - below) * part,
        _ => below,
    }
}

/// How many are below a key.
fn place_of(sorted: &[i64], key: i64) -> usize {
    sorted.partition_point(|other| *other < key)
}

/// Puts one that comes into the place of one that goes, moving only those between.
fn replace(sorted: &mut [i64], old: i64, new: i64) {
    let (from, to) = (place_of(sorted, old), place_of(sorted, new));
    let (at, between) = if to > from { (to - 1, from + 1..to) } else { (to, to..from) };
    let moved_to = if to > from { from } else { to + 1 };
    if between.end <= sorted.len() && moved_to + between.len() <= sorted.len() {
        sorted.copy_within(between, moved_to);
    }
    if let Some(place) = sorted.get_mut(at) {
        *place = new;
    }
}
