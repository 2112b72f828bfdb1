//! Samples of one signal for one key: the last value, the kernels, and what waits for its step.

use heal_detection::{Exact, Line};
use heal_program::{Learned, LearnedPart, Millis, Timestamp, WindowFunction};
use serde::{Deserialize, Serialize};

use super::{KernelSpec, kernel::Kernel};

/// One series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SeriesState {
    /// When its first sample was measured.
    since: Timestamp,
    last: Option<(Timestamp, Exact)>,
    /// When the newest that was told was measured.
    #[serde(default)]
    heard: Timestamp,
    /// Samples that are newer than the last evaluated step, in order of time.
    waiting: Vec<(Timestamp, Exact)>,
    kernels: Vec<Kernel>,
}

/// What came of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It enters the steps from its own on.
    Waits,
    /// It is of the past, and a kernel waited for it.
    History,
    /// It came after a later one had been used.
    Late,
}

impl SeriesState {
    pub(crate) fn new(since: Timestamp, specs: &[KernelSpec]) -> SeriesState {
        let kernels = specs.iter().map(|spec| Kernel::new(*spec, since)).collect();
        SeriesState { since, last: None, heard: since, waiting: Vec::new(), kernels }
    }

    /// Takes a sample in; samples of one time after the first are dropped, as recordings have it.
    pub(crate) fn take(&mut self, at: Timestamp, value: f64) -> Taken {
        if self.last.is_some_and(|(last, _)| at <= last) {
            let kernels = self.kernels.iter_mut();
            let wanted = kernels.filter_map(|kernel| kernel.take_history(at, value).then_some(())).count();
            if wanted == 0 {
                return Taken::Late;
            }
            self.since = self.since.min(at);
            return Taken::History;
        }
        self.heard = self.heard.max(at);
        let place = self.waiting.partition_point(|(other, _)| *other < at);
        if self.waiting.get(place).is_none_or(|(other, _)| *other != at) {
            self.waiting.insert(place, (at, Exact(value)));
        }
        Taken::Waits
    }

    /// Counts nothing in the spans up to and including `at` of which nothing was told: those that begin at `since` or later.
    /// Those that end before `from` are nobody's matter any more.
    pub(crate) fn count_nothing(&mut self, at: Timestamp, every: Millis, since: Timestamp, from: Timestamp) {
        let first = self.last.map(|(last, _)| last).or(self.waiting.first().map(|(first, _)| *first));
        let Some(first) = first.filter(|_| every > Millis::ZERO) else { return };
        let mut step = first.align_up(every).plus(every).max(from.max(since.plus(every)).align_up(every));
        while step <= at {
            let place = self.waiting.partition_point(|(other, _)| *other <= step.minus(every));
            if self.waiting.get(place).is_none_or(|(other, _)| *other > step) {
                self.waiting.insert(place, (step, Exact(0.0)));
            }
            step = step.plus(every);
        }
    }

    /// When the newest sample that was told was measured.
    pub(crate) fn heard(&self) -> Timestamp {
        self.heard
    }

    /// Moves the samples up to and including `at` into the last value and the kernels.
    pub(crate) fn advance(&mut self, at: Timestamp, is_disturbed: impl Fn(Timestamp) -> bool) {
        let count = self.waiting.partition_point(|(sampled, _)| *sampled <= at);
        for (sampled, value) in self.waiting.drain(..count) {
            let skip =
                self.kernels.iter().any(|kernel| kernel.spec.skips_disturbed()) && is_disturbed(sampled);
            for kernel in &mut self.kernels {
                kernel.is_cold = false;
                if !(skip && kernel.spec.skips_disturbed()) {
                    kernel.push(sampled, value.0);
                }
            }
            self.last = Some((sampled, value));
        }
    }

    /// When its last sample that was used was measured, or, where that is later, when a kernel of it was first full.
    pub(crate) fn spoke_last(&self, spec: KernelSpec) -> Option<Timestamp> {
        let since = self.kernels.iter().find(|kernel| kernel.spec == spec)?.since;
        self.last.map(|(last, _)| last.max(since.plus(spec.span())))
    }

    /// The last value, unless it is older than `stale_after` by now, or not newer than asked for.
    pub(crate) fn value(&self, now: Timestamp, stale_after: Millis, newer_than: Timestamp) -> Option<f64> {
        let fresh = |last: &Timestamp| now.since(*last) <= stale_after && *last > newer_than;
        self.last.filter(|(last, _)| fresh(last)).map(|(_, value)| value.0)
    }

    /// When its newest sample was measured, whether or not its step has come.
    pub(crate) fn newest(&self) -> Option<Timestamp> {
        self.waiting.last().map(|(at, _)| *at).or(self.last.map(|(at, _)| at))
    }

    /// A window function over the samples in `(at - span, at]`.
    pub(crate) fn window(
        &self,
        function: WindowFunction,
        span: Millis,
        at: Timestamp,
        stale_after: Millis,
    ) -> Option<f64> {
        self.kernel(KernelSpec::of_window(function, span), at)?.window(function, at, stale_after)
    }

    /// The line through the samples of a training time.
    pub(crate) fn line(&self, spec: KernelSpec, at: Timestamp) -> Option<Line> {
        self.kernel(spec, at)?.line(at)
    }

    /// What a learned function says of the last value.
    pub(crate) fn learned(
        &self,
        (model, part): (&Learned, LearnedPart),
        spec: KernelSpec,
        last: f64,
        at: Timestamp,
    ) -> Option<f64> {
        self.kernel(spec, at)?.learned(model, part, last, at)
    }

    /// Unknown while the key has lived for less than the kernel looks back.
    fn kernel(&self, spec: KernelSpec, at: Timestamp) -> Option<&Kernel> {
        self.kernels.iter().find(|kernel| kernel.spec == spec).filter(|kernel| kernel.is_full(at))
    }

    /// The same series for a program that needs other kernels. One that is new has seen nothing before `now`.
    pub(crate) fn with_kernels(mut self, now: Timestamp, specs: &[KernelSpec]) -> SeriesState {
        let mut old = std::mem::take(&mut self.kernels);
        self.kernels = specs
            .iter()
            .map(|spec| match old.iter().position(|kernel| kernel.spec == *spec) {
                Some(at) => old.swap_remove(at),
                None => Kernel::cold(*spec, now),
            })
            .collect();
        self
    }
}
