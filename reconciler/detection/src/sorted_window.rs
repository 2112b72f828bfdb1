//! A sliding window in order of size: medians and quantiles.

use std::collections::VecDeque;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Exact;

/// Most numbers in a block; a full one is cut in two. Moving a few hundred doubles costs less than following a tree's
/// pointers, so a sample costs a search for its block and a short move.
const BLOCK_MAX: usize = 256;

/// Samples of the last `span_ms` in order of size.
#[derive(Clone, Debug, PartialEq)]
pub struct SortedWindow {
    span_ms: i64,
    samples: VecDeque<(i64, Exact)>,
    sorted: Blocks,
}

impl SortedWindow {
    /// An empty window.
    #[must_use]
    pub fn new(span_ms: i64) -> SortedWindow {
        SortedWindow { span_ms, samples: VecDeque::new(), sorted: Blocks::default() }
    }

    /// Adds a sample, which must not be older than those before it.
    pub fn push(&mut self, at_ms: i64, value: f64) {
        let open_start_ms = at_ms.saturating_sub(self.span_ms);
        while let Some((_, old)) = self.samples.pop_front_if(|(oldest, _)| *oldest <= open_start_ms) {
            self.sorted.remove(old.0);
        }
        self.samples.push_back((at_ms, Exact(value)));
        self.sorted.insert(value);
    }

    /// The quantile of the samples in `(now - span, now]`, in ten-thousandths, linear between the two around it; none
    /// when there are none. `now` is not before the newest.
    #[must_use]
    pub fn quantile(&self, ten_thousandths: u32, now_ms: i64) -> Option<f64> {
        let open_start_ms = now_ms.saturating_sub(self.span_ms);
        let expired_count = self.samples.partition_point(|(at_ms, _)| *at_ms <= open_start_ms);
        let expired: Vec<f64> = self.samples.iter().take(expired_count).map(|(_, value)| value.0).collect();
        let last = (self.samples.len() - expired_count).checked_sub(1)?;
        let place = f64::from(ten_thousandths.min(10_000)) / 10_000.0 * last as f64;
        let below = self.select(place.floor() as usize, &expired)?;
        let above = self.select(place.ceil() as usize, &expired)?;
        let share = place.fract();
        // An end of the line is itself: an infinite neighbour has no part in it.
        Some(if share == 0.0 { below } else { below + (above - below) * share })
    }

    /// The number at a place in the order of size, the expired ones left out.
    fn select(&self, place: usize, expired: &[f64]) -> Option<f64> {
        let mut at = place;
        // Each turn passes at least one more of the expired.
        for _ in 0..=expired.len() {
            let value = self.sorted.get(at)?;
            let passed = expired.iter().filter(|old| old.total_cmp(&value).is_le()).count();
            if place + passed == at {
                return Some(value);
            }
            at = place + passed;
        }
        self.sorted.get(at)
    }
}

/// Numbers in order of size, in blocks that are never empty.
#[derive(Clone, Debug, Default, PartialEq)]
struct Blocks(Vec<Vec<f64>>);

impl Blocks {
    fn insert(&mut self, value: f64) {
        let at = self.block_of(value).min(self.0.len().saturating_sub(1));
        let Some(block) = self.0.get_mut(at) else {
            self.0.push(vec![value]);
            return;
        };
        let place = block.partition_point(|other| other.total_cmp(&value).is_lt());
        block.insert(place, value);
        if block.len() > BLOCK_MAX {
            let upper = block.split_off(BLOCK_MAX / 2);
            self.0.insert(at + 1, upper);
        }
    }

    fn remove(&mut self, value: f64) {
        let at = self.block_of(value);
        let Some(block) = self.0.get_mut(at) else { return };
        if let Ok(place) = block.binary_search_by(|other| other.total_cmp(&value)) {
            block.remove(place);
        }
        if block.is_empty() {
            self.0.remove(at);
        }
    }

    /// The first block whose largest number is not below `value`.
    fn block_of(&self, value: f64) -> usize {
        self.0.partition_point(|block| block.last().is_some_and(|largest| largest.total_cmp(&value).is_lt()))
    }

    fn get(&self, mut place: usize) -> Option<f64> {
        for block in &self.0 {
            if place < block.len() {
                return block.get(place).copied();
            }
            place -= block.len();
        }
        None
    }
}

/// Written as its samples: the order of size follows from them.
#[derive(Serialize, Deserialize)]
struct Written {
    span_ms: i64,
    samples: VecDeque<(i64, Exact)>,
}

impl Serialize for SortedWindow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written { span_ms: self.span_ms, samples: self.samples.clone() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SortedWindow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        let mut window = SortedWindow::new(written.span_ms);
        for (at_ms, value) in written.samples {
            window.push(at_ms, value.0);
        }
        Ok(window)
    }
}
