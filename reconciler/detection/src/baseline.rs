//! What is usual at this time of a season.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::Exact;

/// Most parts that a season is cut into: five minutes of a day.
const SLOTS_MAX: i64 = 288;
/// A median distance from the median times this is a standard deviation, were the samples normal.
const DEVIATION_OF_MEDIAN: f64 = 1.4826;
/// Deviations to either side that count as usual.
const USUAL_DEVIATIONS: f64 = 3.0;
/// A spread is never taken as less than this part of the level: doubles differ in their last digits.
const SPREAD_PART_MIN: f64 = 1e-9;
/// Scores end here, so that a signal that never moved has a score when it does.
const SCORE_MAX: f64 = 1e6;

/// A robust baseline with one season.
///
/// The season is cut into slots, aligned to the Unix epoch. Each slot that has passed is remembered by the median of its
/// samples and their median distance from it. What is expected in a slot is the median of the medians of the same slot
/// and its two neighbours in all earlier seasons within `train`; the spread is made of how far those medians lie apart
/// and of how far samples lie from their slot's median. A third of the seasons may be incidents without being learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    season_ms: i64,
    slots_count: i64,
    seasons_count: i64,
    /// Slots that have passed, in order, for as long as it is trained.
    passed: VecDeque<Slot>,
    /// The slot that the newest sample is in.
    current: i64,
    samples: Vec<Exact>,
    /// What is expected in the current slot: the same until it has passed.
    expected: Option<(Exact, Exact)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Slot {
    /// Counted from the epoch.
    number: i64,
    median: Exact,
    /// Median distance of the slot's samples from their median.
    distance: Exact,
}

/// What is usual.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usual {
    /// The expected value.
    pub value: f64,
    /// The lower end of what is usual.
    pub lower: f64,
    /// The upper end of what is usual.
    pub upper: f64,
    spread: f64,
}

impl Usual {
    /// How many deviations a value is away from what is expected, at most a million.
    #[must_use]
    pub fn score(&self, value: f64) -> f64 {
        let away = (value - self.value).abs();
        if away == 0.0 { 0.0 } else { (away / self.spread).min(SCORE_MAX) }
    }
}

impl Baseline {
    /// A baseline that has learned nothing. A slot is not shorter than the time `every_ms` between two samples.
    #[must_use]
    pub fn new(season_ms: i64, train_ms: i64, every_ms: i64) -> Baseline {
        let season_ms = season_ms.max(1);
        Baseline {
            season_ms,
            slots_count: (season_ms / every_ms.max(1)).clamp(1, SLOTS_MAX),
            seasons_count: (train_ms / season_ms).max(1),
            passed: VecDeque::new(),
            current: i64::MIN,
            samples: Vec::new(),
            expected: None,
        }
    }

    /// Learns a sample, which must not be older than those before it.
    pub fn push(&mut self, at_ms: i64, value: f64) {
        let slot = self.slot_of(at_ms);
        if slot != self.current {
            self.end_slot();
            self.current = slot;
            self.expected = self.expect(slot).map(|(value, spread)| (Exact(value), Exact(spread)));
        }
        self.samples.push(Exact(value));
    }

    /// What is usual at an instant, which is not before the newest sample; none where no earlier season says.
    #[must_use]
    pub fn usual(&self, now_ms: i64) -> Option<Usual> {
        let slot = self.slot_of(now_ms);
        let (value, spread) = if slot == self.current {
            self.expected.map(|(value, spread)| (value.0, spread.0))
        } else {
            self.expect(slot)
        }?;
        let width = USUAL_DEVIATIONS * spread;
        Some(Usual { value, lower: value - width, upper: value + width, spread })
    }

    fn slot_of(&self, at_ms: i64) -> i64 {
        let (season, phase) = (at_ms.div_euclid(self.season_ms), at_ms.rem_euclid(self.season_ms));
        let slot = i128::from(phase) * i128::from(self.slots_count) / i128::from(self.season_ms);
        season.saturating_mul(self.slots_count).saturating_add(i64::try_from(slot).unwrap_or(0))
    }

    fn end_slot(&mut self) {
        let mut values: Vec<f64> = self.samples.drain(..).map(|value| value.0).collect();
        if let Some(median) = median(&mut values) {
            let mut distances: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
            let distance = Exact(crate::baseline::median(&mut distances).unwrap_or_default());
            self.passed.push_back(Slot { number: self.current, median: Exact(median), distance });
        }
        let kept = self.seasons_count.saturating_mul(self.slots_count).saturating_add(1);
        let oldest = self.current.saturating_sub(kept);
        while self.passed.pop_front_if(|slot| slot.number < oldest).is_some() {}
    }

    /// Value and spread that earlier seasons make expected in a slot.
    fn expect(&self, slot: i64) -> Option<(f64, f64)> {
        let mut medians = Vec::new();
        let mut distances = Vec::new();
        let mut season = 1;
        while season <= self.seasons_count {
            let centre = slot.saturating_sub(season.saturating_mul(self.slots_count));
            let from = self.passed.partition_point(|passed| passed.number < centre.saturating_sub(1));
            let near =
                self.passed.range(from..).take_while(|passed| passed.number <= centre.saturating_add(1));
            for passed in near.filter(|passed| passed.number < slot) {
                medians.push(passed.median.0);
                distances.push(passed.distance.0);
            }
            let Some(next) = self.season_before(slot, season) else { break };
            season = next;
        }
        let value = median(&mut medians)?;
        let mut apart: Vec<f64> = medians.iter().map(|other| (other - value).abs()).collect();
        let between = median(&mut apart).unwrap_or_default() * DEVIATION_OF_MEDIAN;
        let within = median(&mut distances).unwrap_or_default() * DEVIATION_OF_MEDIAN;
        let least = (value.abs() * SPREAD_PART_MIN).max(f64::MIN_POSITIVE);
        Some((value, between.hypot(within).max(least)))
    }

    /// The next season before one of which something was recorded near a slot or earlier; none: there is nothing older. There
    /// may be very many seasons, and few that were recorded.
    fn season_before(&self, slot: i64, season: i64) -> Option<i64> {
        let following = season.saturating_add(1);
        let newest = slot.saturating_sub(following.saturating_mul(self.slots_count)).saturating_add(1);
        let older = self.passed.partition_point(|passed| passed.number <= newest);
        let recorded = self.passed.get(older.checked_sub(1)?)?.number;
        let apart = slot.saturating_sub(recorded).saturating_sub(1).max(0);
        // Rounded up: the first whose slot has it as a neighbour.
        let reached = apart / self.slots_count + i64::from(apart % self.slots_count != 0);
        Some(following.max(reached))
    }
}

/// The middle, or the mean of the two middle ones.
fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *values.get(middle.checked_sub(1)?)?;
    Some(lower / 2.0 + upper / 2.0)
}
