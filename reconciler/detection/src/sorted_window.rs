//! A sliding window in order of size: medians and quantiles.

use std::collections::VecDeque;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    Exact,
    total_order::{key, of_key},
};

/// Most numbers in a block; a full one is cut in two. Moving a few hundred doubles costs less than following a tree's
/// pointers, so a sample costs a search for its block and a short move.
const BLOCK_MAX: usize = 256;

/// Samples of the last `span_ms` in order of size.
#[derive(Clone, Debug)]
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
        let mut leaving = self.samples.pop_front_if(|(oldest, _)| *oldest <= open_start_ms);
        self.samples.push_back((at_ms, Exact(value)));
        while let Some((_, old)) = leaving {
            leaving = self.samples.pop_front_if(|(oldest, _)| *oldest <= open_start_ms);
            match leaving {
                Some(_) => self.sorted.remove(old.0),
                // The last to leave makes room for the one that enters.
                None => return self.sorted.replace(old.0, value),
            }
        }
        self.sorted.insert(value);
    }

    /// The quantile of the samples in `(now - span, now]`, in ten-thousandths, linear between the two around it; none
    /// when there are none. `now` is not before the newest.
    #[must_use]
    pub fn quantile(&self, ten_thousandths: u32, now_ms: i64) -> Option<f64> {
        let open_start_ms = now_ms.saturating_sub(self.span_ms);
        let expired_count = match self.samples.front() {
            // Whoever looks at the newest sample's own time, as most do, finds all others dropped by it.
            Some((oldest, _)) if *oldest <= open_start_ms => {
                self.samples.partition_point(|(at_ms, _)| *at_ms <= open_start_ms)
            }
            Some(_) | None => 0,
        };
        let expired = self.samples.iter().take(expired_count);
        let mut expired: Vec<i64> = expired.map(|(_, value)| key(value.0)).collect();
        expired.sort_unstable();
        let last = (self.samples.len() - expired_count).checked_sub(1)?;
        let place = f64::from(ten_thousandths.min(10_000)) / 10_000.0 * last as f64;
        let below = self.select(place.floor() as usize, &expired)?;
        let above = self.select(place.ceil() as usize, &expired)?;
        let share = place.fract();
        // An end of the line is itself: an infinite neighbour has no part in it.
        Some(if share == 0.0 { below } else { below + (above - below) * share })
    }

    /// The number at a place in the order of size, the expired ones left out, which are in that order.
    fn select(&self, place: usize, expired: &[i64]) -> Option<f64> {
        // Before an expired one stand as many that are left as numbers less expired numbers are below it: ever more.
        let left_below = |old: i64| self.sorted.rank(old) - expired.partition_point(|other| *other < old);
        let passed = expired.partition_point(|old| left_below(*old) <= place);
        self.sorted.get(place + passed)
    }
}

/// Numbers in order of size, as their keys, in blocks that are never empty.
#[derive(Clone, Debug, Default)]
struct Blocks(Vec<Vec<i64>>);

impl Blocks {
    fn insert(&mut self, value: f64) {
        let wanted = key(value);
        let at = self.block_of(wanted).min(self.0.len().saturating_sub(1));
        let Some(block) = self.0.get_mut(at) else {
            self.0.push(vec![wanted]);
            return;
        };
        let place = block.partition_point(|other| *other < wanted);
        block.insert(place, wanted);
        if block.len() > BLOCK_MAX {
            let upper = block.split_off(BLOCK_MAX / 2);
            self.0.insert(at + 1, upper);
        }
    }

    fn remove(&mut self, value: f64) {
        let wanted = key(value);
        let at = self.block_of(wanted);
        let Some(block) = self.0.get_mut(at) else { return };
        let place = block.partition_point(|other| *other < wanted);
        if block.get(place) == Some(&wanted) {
            block.remove(place);
        }
        if block.is_empty() {
            self.0.remove(at);
        }
    }

    /// One number leaves and another enters: where both lie in one block, only what is between them moves.
    fn replace(&mut self, old: f64, new: f64) {
        let (old_key, new_key) = (key(old), key(new));
        let at = self.block_of(old_key);
        let is_same_block = match self.0.as_slice() {
            [_] => true,
            _ => self.block_of(new_key) == at,
        };
        let block = self.0.get_mut(at).filter(|_| is_same_block);
        let places = block.map(|block| {
            let leaving = block.partition_point(|other| *other < old_key);
            let entering = block.partition_point(|other| *other < new_key);
            (block, leaving, entering)
        });
        match places {
            Some((block, leaving, entering)) if block.get(leaving) == Some(&old_key) => {
                let entering = if entering > leaving {
                    block.copy_within(leaving + 1..entering, leaving);
                    entering - 1
                } else {
                    block.copy_within(entering..leaving, entering + 1);
                    entering
                };
                if let Some(place) = block.get_mut(entering) {
                    *place = new_key;
                }
            }
            Some(_) | None => {
                self.remove(old);
                self.insert(new);
            }
        }
    }

    /// The first block whose largest number is not below that of a key.
    fn block_of(&self, key: i64) -> usize {
        match self.0.as_slice() {
            [only] => usize::from(only.last().is_some_and(|largest| *largest < key)),
            blocks => blocks.partition_point(|block| block.last().is_some_and(|largest| *largest < key)),
        }
    }

    /// How many numbers are below a key.
    fn rank(&self, key: i64) -> usize {
        let at = self.block_of(key);
        let before: usize = self.0.iter().take(at).map(Vec::len).sum();
        before + self.0.get(at).map_or(0, |block| block.partition_point(|other| *other < key))
    }

    fn get(&self, mut place: usize) -> Option<f64> {
        for block in &self.0 {
            if place < block.len() {
                return block.get(place).copied().map(of_key);
            }
            place -= block.len();
        }
        None
    }
}

/// How blocks were cut is no part of what a window is.
impl PartialEq for SortedWindow {
    fn eq(&self, other: &SortedWindow) -> bool {
        self.span_ms == other.span_ms && self.samples == other.samples
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
