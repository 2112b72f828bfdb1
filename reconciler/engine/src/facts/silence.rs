//! Silence inside an aggregate. A sum over hosts goes on without the one whose samples stopped, or nothing would ever be
//! detected while pods come and go. But what ends a firing, passes a verify or lets a plan start must not come of silence:
//! a condition that would be another with the last values of those that fell silent is unknown.

use heal_evaluate::{Facts, Value, evaluate, truth};
use heal_program::{DetectorIndex, Expression, Millis, Signal, Timestamp, WindowFunction};

use super::{Memo, StepFacts};
use crate::{
    Key,
    observe::{KernelSpec, SeriesState},
    prepared::Reads,
    state::KeyState,
};

/// For how many stale times the last value of a silent member is held against an aggregate without it, from when that goes on
/// without it: a firing is lost after one of them.
const STALE_TIMES_KEPT: i64 = 2;

impl StepFacts<'_> {
    /// Whether a condition holds, of which silence must not decide, nor events from before what may be looked back on: neither
    /// that they happened, nor that they did not.
    pub(crate) fn settled(
        &self,
        condition: &Expression,
        evaluate: impl Fn(&Expression, &dyn Facts) -> Option<Value>,
    ) -> Option<bool> {
        let without = truth(evaluate(condition, self))?;
        if without && self.looks_back_to > Timestamp::MIN && !Reads::of([condition]).events.is_empty() {
            let older = truth(evaluate(condition, &StepFacts { counts_older: true, ..*self }));
            if older != Some(true) {
                return older;
            }
        }
        if !aggregates(condition) {
            return Some(without);
        }
        let memo = Memo::default();
        let with = truth(evaluate(condition, &StepFacts { keeps_silent: true, memo: Some(&memo), ..*self }));
        (with == Some(without)).then_some(without)
    }

    /// Whether a condition is unknown only because counts wait for members whose samples come.
    pub(crate) fn only_waits(&self, condition: &Expression) -> bool {
        if !aggregates(condition) || truth(evaluate(condition, self)).is_some() {
            return false;
        }
        let memo = Memo::default();
        truth(evaluate(condition, &StepFacts { counts_short: true, memo: Some(&memo), ..*self })).is_some()
    }

    /// Whether a condition holds only because something fell silent: with its last values it would not.
    pub(crate) fn hangs_on_silence(&self, condition: &Expression) -> bool {
        aggregates(condition)
            && truth(evaluate(condition, self)) == Some(true)
            && self.settled(condition, evaluate).is_none()
    }

    /// A window function of a member that fell silent: one that is about the level of its samples is what that last was, any
    /// other as it was when that last spoke, or when its window was first full.
    pub(super) fn kept_window(
        &self,
        (function, span): (WindowFunction, Millis),
        series: &SeriesState,
        stale_after: Millis,
        found: Option<f64>,
    ) -> Option<f64> {
        // How many samples came is what tells of silence.
        if !(self.keeps_silent && self.is_member) || function == WindowFunction::Count {
            return found;
        }
        // What is summed and what changes fall with every sample that does not come; all else is of those that came.
        let shrinks = matches!(function, WindowFunction::Sum | WindowFunction::Delta);
        let is_spoken = !shrinks || series.value(self.now, stale_after, Timestamp::MIN).is_some();
        if found.is_some() && is_spoken {
            return found;
        }
        let longer = span.0.saturating_sub(stale_after.0).max(0);
        let kept_for = Millis(self.stale_limit(stale_after).0.saturating_add(longer));
        let last = series.value(self.now, kept_for, Timestamp::MIN)?;
        if is_level(function) {
            return Some(last);
        }
        series.window(function, span, series.spoke_last(KernelSpec::of_window(function, span))?, stale_after)
    }

    /// At which time what is learned of a series is judged, and by which last value: a member that fell silent by when it last
    /// spoke.
    pub(super) fn judged(
        &self,
        (node, series): (&Signal, &SeriesState),
        spec: KernelSpec,
    ) -> Option<(f64, Timestamp)> {
        if let Some(last) = series.value(self.now, node.stale_after, self.newer_than) {
            return Some((last, self.at));
        }
        if !(self.keeps_silent && self.is_member) {
            return None;
        }
        let last = series.value(self.now, self.stale_limit(node.stale_after), Timestamp::MIN)?;
        Some((last, series.spoke_last(spec)?))
    }

    /// What a detector that is not known now said last, not long ago: that it fires, if its firing was lost, or that it does
    /// not.
    pub(super) fn last_said(&self, detector: DetectorIndex, key: &Key, state: &KeyState) -> Option<bool> {
        if !(self.keeps_silent && self.is_member) {
            return None;
        }
        let stale_after = self.prepared.detectors.get(detector.at())?.stale_after;
        let kept_for = stale_after.0.saturating_mul(STALE_TIMES_KEPT);
        let is_recent = self.at.since(state.silent_since?).0 <= kept_for;
        let lost = &self.state.detectors.get(detector.at())?.lost;
        is_recent.then(|| lost.contains(key))
    }

    /// Whether a member is unknown because something that it reads has fallen silent, or never spoke for its key.
    pub(super) fn is_silent(&self, operand: &Expression) -> bool {
        let reads = Reads::of([operand]);
        let of_detector = |detector: &DetectorIndex| self.prepared.detectors.get(detector.at());
        let behind = reads.detectors.iter().filter_map(of_detector).flat_map(|derived| &derived.signals);
        reads.signals.iter().chain(behind).any(|signal| {
            let node = self.program.signal(*signal);
            let is_own = node.is_some_and(|node| node.keys.iter().all(|field| self.names.contains(field)));
            is_own && self.last_value(*signal).is_none()
        })
    }

    /// How old the last value of a member may be.
    pub(super) fn stale_limit(&self, stale_after: Millis) -> Millis {
        let times = if self.keeps_silent { 1 + STALE_TIMES_KEPT } else { 1 };
        Millis(stale_after.0.saturating_mul(times))
    }
}

/// Whether a window function is about the level of its samples.
fn is_level(function: WindowFunction) -> bool {
    match function {
        WindowFunction::Avg
        | WindowFunction::Min
        | WindowFunction::Max
        | WindowFunction::Median
        | WindowFunction::Quantile(_)
        | WindowFunction::Ewma => true,
        WindowFunction::Sum
        | WindowFunction::Count
        | WindowFunction::Stddev
        | WindowFunction::Rate
        | WindowFunction::Increase
        | WindowFunction::Delta
        | WindowFunction::Lag
        | WindowFunction::Slope => false,
    }
}

fn aggregates(condition: &Expression) -> bool {
    let mut found = false;
    condition.walk(&mut |part| found |= matches!(part, Expression::Aggregate { .. }));
    found
}
