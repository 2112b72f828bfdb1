//! Samples of one signal for one key: the last value, the windows, and what waits for its step.

use std::collections::BTreeMap;

use heal_detection::{Aggregate, CounterSteps, Exact, Moments, SlidingWindow};
use heal_program::{Millis, Signal, Timestamp, WindowFunction};
use serde::{Deserialize, Serialize};

use crate::{Key, pairs};

/// All keys of one signal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct SignalState {
    /// By key.
    #[serde(with = "pairs")]
    pub(crate) series: BTreeMap<Key, SeriesState>,
    /// Samples dropped since last said, because their key is beyond the cap.
    pub(crate) capped_count: u64,
    /// Samples dropped since last said, because they came after a later one had been used.
    pub(crate) late_count: u64,
}

/// One series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SeriesState {
    last: Option<(Timestamp, Exact)>,
    /// Samples that are newer than the last evaluated step.
    #[serde(with = "pairs")]
    waiting: BTreeMap<Timestamp, Exact>,
    moments: Vec<Window<Moments>>,
    counters: Vec<Window<CounterSteps>>,
}

/// A window with the time since when it has seen every sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Window<A> {
    since: Timestamp,
    span: Millis,
    window: SlidingWindow<A>,
}

impl<A: Aggregate> Window<A> {
    fn new(since: Timestamp, span: Millis) -> Window<A> {
        Window { since, span, window: SlidingWindow::new(span.0) }
    }

    /// Unknown while the key has lived for less than the window.
    fn statistic(&self, at: Timestamp) -> Option<A> {
        if self.since > at.minus(self.span) { None } else { self.window.statistic(at.0) }
    }
}

impl SignalState {
    /// Takes a sample in; samples of one time after the first are dropped, as recordings have it.
    pub(crate) fn take(
        &mut self,
        signal: &Signal,
        spans: (&[Millis], &[Millis]),
        key: Key,
        at: Timestamp,
        value: f64,
    ) {
        if !self.series.contains_key(&key) && self.series.len() >= signal.keys_max as usize {
            self.capped_count += 1;
            return;
        }
        let series = self.series.entry(key).or_insert_with(|| SeriesState::new(at, spans));
        if series.last.is_some_and(|(last, _)| at <= last) {
            self.late_count += 1;
            return;
        }
        series.waiting.entry(at).or_insert(Exact(value));
    }

    /// Moves the samples up to and including `at` into last values and windows.
    pub(crate) fn advance(&mut self, at: Timestamp) {
        for series in self.series.values_mut() {
            series.advance(at);
        }
    }
}

impl SeriesState {
    fn new(since: Timestamp, (moments, counters): (&[Millis], &[Millis])) -> SeriesState {
        SeriesState {
            last: None,
            waiting: BTreeMap::new(),
            moments: moments.iter().map(|span| Window::new(since, *span)).collect(),
            counters: counters.iter().map(|span| Window::new(since, *span)).collect(),
        }
    }

    fn advance(&mut self, at: Timestamp) {
        while let Some(entry) = self.waiting.first_entry().filter(|entry| *entry.key() <= at) {
            let (at, value) = entry.remove_entry();
            for window in &mut self.moments {
                window.window.push(at.0, value.0);
            }
            for window in &mut self.counters {
                window.window.push(at.0, value.0);
            }
            self.last = Some((at, value));
        }
    }

    /// The last value, unless it is older than `stale_after`.
    pub(crate) fn value(&self, at: Timestamp, stale_after: Millis) -> Option<f64> {
        self.last.filter(|(last, _)| at.since(*last) <= stale_after).map(|(_, value)| value.0)
    }

    /// A window function over the samples in `(at - span, at]`.
    pub(crate) fn window(&self, function: WindowFunction, span: Millis, at: Timestamp) -> Option<f64> {
        let moments = || self.moments.iter().find(|window| window.span == span)?.statistic(at);
        match function {
            WindowFunction::Avg => moments().map(|statistic| statistic.avg()),
            WindowFunction::Min => moments().map(|statistic| statistic.min()),
            WindowFunction::Max => moments().map(|statistic| statistic.max()),
            WindowFunction::Sum => moments().map(|statistic| statistic.sum()),
            WindowFunction::Count => moments().map(|statistic| statistic.count()),
            WindowFunction::Stddev
            | WindowFunction::Median
            | WindowFunction::Quantile(_)
            | WindowFunction::Increase
            | WindowFunction::Delta
            | WindowFunction::Slope
            | WindowFunction::Lag
            | WindowFunction::Ewma => None,
            WindowFunction::Rate => {
                self.counters.iter().find(|window| window.span == span)?.statistic(at)?.rate()
            }
        }
    }

    /// The same series for a program that needs other windows. A window that is new has seen nothing before `now`.
    pub(crate) fn with_windows(
        mut self,
        now: Timestamp,
        (moments, counters): (&[Millis], &[Millis]),
    ) -> SeriesState {
        self.moments = carry(self.moments, now, moments);
        self.counters = carry(self.counters, now, counters);
        self
    }
}

fn carry<A: Aggregate>(old: Vec<Window<A>>, now: Timestamp, spans: &[Millis]) -> Vec<Window<A>> {
    let mut old: BTreeMap<Millis, Window<A>> = old.into_iter().map(|window| (window.span, window)).collect();
    spans.iter().map(|span| old.remove(span).unwrap_or_else(|| Window::new(now, *span))).collect()
}
