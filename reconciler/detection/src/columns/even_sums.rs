//! Sums, means, spreads and lines at steps at which a window slides evenly.
//!
//! The sums are integers and what is made of them is made of doubles that hold integers exactly, so each division is of
//! the very numbers that its definition names and rounds once, as elsewhere.

use super::{
    regular::{BLOCK, EXACT_MAX, Even, Met, double, is_number},
    samples::Fixed,
};
use crate::{fixed::power_of_ten, line::SlopeFactors, line::on_line};

/// The integers of an evenly sliding window, with bounds of what is made of them.
pub(super) struct EvenWindow<'a> {
    met: Met<'a, i64>,
    count: i64,
    largest: u128,
    decimals: u32,
    every_ms: i64,
    age_ms: i64,
}

impl<'a> EvenWindow<'a> {
    /// None for a window that holds nothing.
    pub(super) fn of(even: &Even, fixed: Fixed<'a>, every_ms: i64) -> Option<EvenWindow<'a>> {
        (even.count > 0).then_some(())?;
        Some(EvenWindow {
            met: even.slices(fixed.scaled())?,
            count: i64::try_from(even.count).ok()?,
            largest: fixed.largest().unsigned_abs().max(1).into(),
            decimals: fixed.decimals(),
            every_ms,
            age_ms: even.age_ms,
        })
    }

    fn blocks(&self) -> impl Iterator<Item = impl Iterator<Item = (&i64, &i64)>> {
        let Met { entering, leaving, .. } = self.met;
        entering.chunks(BLOCK).zip(leaving.chunks(BLOCK)).map(|(new, old)| new.iter().zip(old))
    }

    fn size(&self) -> u128 {
        u128::from(self.count.unsigned_abs())
    }

    fn sum(&self) -> i64 {
        self.met.held.iter().sum()
    }

    /// Fills in the means; false where numbers are too large for this.
    pub(super) fn avg(&self, out: &mut [f64]) -> bool {
        let per = self.size() * u128::from(power_of_ten(self.decimals).unsigned_abs());
        if !is_number(self.size() * self.largest) || per > EXACT_MAX {
            return false;
        }
        let (mut sum, per) = (self.sum(), per as f64);
        let mut sums = [0; BLOCK];
        for (block, out) in self.blocks().zip(out.chunks_mut(BLOCK)) {
            for ((new, old), place) in block.zip(&mut sums) {
                sum += new - old;
                *place = sum;
            }
            for (place, sum) in out.iter_mut().zip(&sums) {
                *place = double(*sum) / per;
            }
        }
        true
    }

    /// Fills in means and population standard deviations; false where numbers are too large for this. Either column may be
    /// shorter.
    pub(super) fn avg_and_stddev(&self, avg: &mut [f64], stddev: &mut [f64]) -> bool {
        let per = self.size() * u128::from(power_of_ten(self.decimals).unsigned_abs());
        let squares_max = self.size() * self.largest * self.largest;
        // The first also bounds the square of a sum.
        if squares_max * self.size() > EXACT_MAX || !is_number(squares_max) || per * per > EXACT_MAX {
            return false;
        }
        let mut sum = self.sum();
        let mut square: i64 = self.met.held.iter().map(|held| held * held).sum();
        let (count, per, per_squared) = (self.count as f64, per as f64, (per * per) as f64);
        let (mut sums, mut squares) = ([0; BLOCK], [0; BLOCK]);
        let mut avg = avg.chunks_mut(BLOCK);
        let mut stddev = stddev.chunks_mut(BLOCK);
        for block in self.blocks() {
            for ((new, old), (sum_place, square_place)) in block.zip(sums.iter_mut().zip(&mut squares)) {
                sum += new - old;
                square += (new - old) * (new + old);
                (*sum_place, *square_place) = (sum, square);
            }
            for (place, sum) in avg.next().unwrap_or_default().iter_mut().zip(&sums) {
                *place = double(*sum) / per;
            }
            let stddev = stddev.next().unwrap_or_default();
            for (place, (sum, square)) in stddev.iter_mut().zip(sums.iter().zip(&squares)) {
                let sum = double(*sum);
                *place = ((count * double(*square) - sum * sum) / per_squared).sqrt();
            }
        }
        true
    }

    /// Fills in the values on the lines, some time after each step; false where numbers are too large for this.
    ///
    /// With times counted in steps from the oldest sample, `y` the integers, `n` their count, `S` their sum and `P` that of
    /// their products with their times, the slope a step is `(n * P - n(n-1)/2 * S) / (n^2 (n^2-1) / 12)`, which is
    /// `(2P - (n-1) S) / (n (n^2-1) / 6)`: its numerator is what slides here.
    pub(super) fn line_value(&self, ahead_ms: i64, out: &mut [f64]) -> bool {
        let SlopeFactors { above, below } = SlopeFactors::of(self.every_ms, self.decimals);
        let (size, power) = (self.size(), u128::from(power_of_ten(self.decimals).unsigned_abs()));
        let (above_size, below_size) = (u128::from(above.unsigned_abs()), u128::from(below.unsigned_abs()));
        let slope_max = size * size * self.largest * 2;
        let slope_per = size.checked_mul(size * size - 1).and_then(|it| (it / 6).checked_mul(below_size));
        let Some(slope_per) = slope_per.filter(|per| *per > 0 && *per <= EXACT_MAX) else { return false };
        if !is_number(slope_max) || slope_max * above_size > EXACT_MAX || size * power > EXACT_MAX {
            return false;
        }
        // Twice the time from the mean of the times, which lies half a step beside one of them or on it.
        let last = self.count - 1;
        let away_ms = 2 * (i128::from(ahead_ms) + i128::from(self.age_ms))
            + i128::from(last) * i128::from(self.every_ms);
        if away_ms.unsigned_abs() > EXACT_MAX {
            return false;
        }
        let away = away_ms as f64 / 2_000.0;
        let (above, slope_per, mean_per) = (above as f64, slope_per as f64, (size * power) as f64);
        let mut sum = self.sum();
        let mut slope: i64 = (0..).zip(self.met.held).map(|(time, held)| (2 * time - last) * held).sum();
        let (mut sums, mut slopes) = ([0; BLOCK], [0; BLOCK]);
        for (block, out) in self.blocks().zip(out.chunks_mut(BLOCK)) {
            for ((new, old), (sum_place, slope_place)) in block.zip(sums.iter_mut().zip(&mut slopes)) {
                // What stays is one step further from the end: twice its sum less. What leaves was furthest below the
                // mean time, and what enters is furthest above it.
                slope += last * (new + old) - 2 * (sum - old);
                sum += new - old;
                (*sum_place, *slope_place) = (sum, slope);
            }
            for (place, (sum, slope)) in out.iter_mut().zip(sums.iter().zip(&slopes)) {
                *place = on_line(double(*sum) / mean_per, double(*slope) * above / slope_per, away);
            }
        }
        true
    }
}
