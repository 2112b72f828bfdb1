//! A sliding window of integers, whose sums are exact and may therefore be subtracted.

use std::collections::VecDeque;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::fixed::{Scale, Scaled, WINDOW_SAMPLES_MAX};

/// Sums over the integers of a series, from its start on, modulo 2^128.
///
/// They may go around: those of a window are a difference of two, and what is made of them is bounded, so it comes out
/// right whatever the two went through.
pub trait FixedSums: Copy + Default + std::fmt::Debug {
    /// Takes a sample in that follows `previous`. What the sums were where a window starts that begins with it.
    fn take(&mut self, at_ms: i64, integer: i64, previous: Option<i64>) -> Self;
    /// The sums from there on.
    #[must_use]
    fn since(self, start: Self) -> Self;
    /// The sums after all integers were multiplied.
    #[must_use]
    fn times(self, factor: i64) -> Self;
}

/// The exact sums of a stretch of samples.
#[derive(Clone, Copy, Debug)]
pub struct Stretch<S> {
    pub(crate) count: i64,
    pub(crate) first_at_ms: i64,
    pub(crate) last_at_ms: i64,
    pub(crate) decimals: u32,
    pub(crate) sums: S,
}

/// The samples of the last span as integers, each with the sums up to it.
#[derive(Clone, Debug)]
pub(crate) struct FixedWindow<S> {
    scale: Scale,
    total: S,
    samples: VecDeque<FixedSample<S>>,
}

#[derive(Clone, Copy, Debug)]
struct FixedSample<S> {
    at_ms: i64,
    integer: i64,
    start: S,
}

impl<S: FixedSums> FixedWindow<S> {
    pub(crate) fn new() -> FixedWindow<S> {
        FixedWindow { scale: Scale::new(), total: S::default(), samples: VecDeque::new() }
    }

    /// Adds a sample after dropping those that are not after `open_start_ms`; false, and the sample is not added, when
    /// the series is no longer in fixed point.
    pub(crate) fn push(&mut self, open_start_ms: i64, at_ms: i64, value: f64) -> bool {
        while self.samples.pop_front_if(|oldest| oldest.at_ms <= open_start_ms).is_some() {}
        if self.samples.len() >= WINDOW_SAMPLES_MAX {
            return false;
        }
        let Some(Scaled { integer, factor }) = self.scale.take(value) else { return false };
        if factor != 1 {
            self.total = self.total.times(factor);
            for sample in &mut self.samples {
                // INVARIANT: all integers are at most `Scale::largest`, which did not overflow.
                sample.integer *= factor;
                sample.start = sample.start.times(factor);
            }
        }
        self.append(at_ms, integer);
        true
    }

    fn append(&mut self, at_ms: i64, integer: i64) {
        let previous = self.samples.back().map(|sample| sample.integer);
        let start = self.total.take(at_ms, integer, previous);
        self.samples.push_back(FixedSample { at_ms, integer, start });
    }

    /// The sums of the samples after `open_start_ms`; none when there are none.
    pub(crate) fn stretch(&self, open_start_ms: i64) -> Option<Stretch<S>> {
        let last = self.samples.back()?;
        let expired = match self.samples.front() {
            Some(oldest) if oldest.at_ms <= open_start_ms => {
                self.samples.partition_point(|sample| sample.at_ms <= open_start_ms)
            }
            _ => 0,
        };
        let first = self.samples.get(expired)?;
        Some(Stretch {
            count: (self.samples.len() - expired) as i64,
            first_at_ms: first.at_ms,
            last_at_ms: last.at_ms,
            decimals: self.scale.decimals(),
            sums: self.total.since(first.start),
        })
    }

    /// The samples that it holds, oldest first.
    pub(crate) fn samples(&self) -> impl Iterator<Item = (i64, f64)> {
        self.samples.iter().map(|sample| (sample.at_ms, self.scale.value(sample.integer)))
    }
}

/// Where the sums began is no part of what a window is.
impl<S> PartialEq for FixedWindow<S> {
    fn eq(&self, other: &FixedWindow<S>) -> bool {
        let is_same = |(one, two): (&FixedSample<S>, &FixedSample<S>)| {
            (one.at_ms, one.integer) == (two.at_ms, two.integer)
        };
        self.scale == other.scale
            && self.samples.len() == other.samples.len()
            && self.samples.iter().zip(&other.samples).all(is_same)
    }
}

/// Written as its samples: the sums follow from them.
#[derive(Serialize, Deserialize)]
struct Written {
    scale: Scale,
    samples: Vec<(i64, i64)>,
}

impl<S> Serialize for FixedWindow<S> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        let samples = self.samples.iter().map(|sample| (sample.at_ms, sample.integer)).collect();
        Written { scale: self.scale, samples }.serialize(serializer)
    }
}

impl<'de, S: FixedSums> Deserialize<'de> for FixedWindow<S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        let mut window = FixedWindow { scale: written.scale, ..FixedWindow::new() };
        for (at_ms, integer) in written.samples {
            window.append(at_ms, integer);
        }
        Ok(window)
    }
}
