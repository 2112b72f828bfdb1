//! Silence inside an aggregate. A sum over hosts goes on without the one whose samples stopped, or nothing would ever be
//! detected while pods come and go. But what ends a firing, passes a verify or lets a plan start must not come of silence:
//! a condition that would be another with the last values of those that fell silent is unknown.

use heal_evaluate::{Facts, Value, evaluate, truth};
use heal_program::{DetectorIndex, Expression, Millis, SignalIndex, Timestamp, WindowFunction};

use super::{Memo, StepFacts};
use crate::prepared::Reads;

/// For how many stale times more the last value of a silent member is held against an aggregate without it: a firing is
/// lost after one of them.
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

    /// What a window of a member that fell silent was about, where it is about the level of its samples.
    pub(super) fn kept_level(&self, function: WindowFunction, signal: SignalIndex) -> Option<f64> {
        let is_level = match function {
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
        };
        if self.keeps_silent && self.is_member && is_level { self.last_value(signal) } else { None }
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

fn aggregates(condition: &Expression) -> bool {
    let mut found = false;
    condition.walk(&mut |part| found |= matches!(part, Expression::Aggregate { .. }));
    found
}
