//! The history that new windows need before they know anything.

use std::collections::{BTreeMap, BTreeSet};

use heal_program::{Expression, Millis, Program, Read, SignalIndex, Timestamp};

use crate::poll::{every, query_of};
use crate::{Finding, Poll, SignalPoller};

/// Most samples that the history of a program's signals may have. What is beyond starts cold.
pub const BACKFILL_SAMPLES_MAX: usize = 1_000_000;

impl SignalPoller {
    /// The history of signals up to and including `until`, as long as [`warm_up_spans`] says for `program`, which must
    /// be the one that the poller was made for. What cannot be had is a finding: its windows fill up by themselves.
    pub async fn backfill(
        &self,
        program: &Program,
        signals: &BTreeSet<SignalIndex>,
        until: Timestamp,
    ) -> Poll {
        let spans = warm_up_spans(program);
        let mut poll = Poll::default();
        for (index, signal) in self.signals.iter().filter(|(index, _)| signals.contains(index)) {
            let Some(span) = spans.get(index) else { continue };
            let cold = |reason: String| Finding::NotWarmedUp { signal: signal.head.path.clone(), reason };
            let step = every(signal);
            let end = Timestamp(until.0.div_euclid(step.0).saturating_mul(step.0));
            let start = until.minus(*span).align_up(step).minus(step);
            let query = query_of(signal).unwrap_or_default();
            match self.prometheus.query_range(query, (start, end), step).await {
                Ok(answer) => {
                    let samples: usize = answer.series.iter().map(|series| series.samples.len()).sum();
                    if poll.samples.len().saturating_add(samples) > BACKFILL_SAMPLES_MAX {
                        poll.findings.push(cold(format!("it has more than {BACKFILL_SAMPLES_MAX} samples")));
                    } else {
                        poll.take((*index, signal), &answer);
                    }
                }
                Err(error) => poll.findings.push(cold(error.to_string())),
            }
        }
        poll.sort();
        poll
    }
}

/// How far back a program looks, by signal: the longest window over it, and at least how long a value counts as current.
#[must_use]
pub fn warm_up_spans(program: &Program) -> BTreeMap<SignalIndex, Millis> {
    let mut spans: BTreeMap<SignalIndex, Millis> = BTreeMap::new();
    let mut look = |expression: &Expression| {
        expression.walk(&mut |node| {
            let Some(Read::Signal(signal, span)) = node.read() else { return };
            let current = program.signal(signal).map_or(Millis::ZERO, |signal| signal.stale_after);
            let known = spans.entry(signal).or_default();
            *known = (*known).max(span).max(current);
        });
    };
    for detector in &program.detectors {
        look(&detector.when);
        detector.clear.iter().for_each(|clear| look(&clear.when));
    }
    for policy in &program.policies {
        let asked = policy.guard.approval.iter().filter_map(|approval| approval.condition.as_ref());
        policy.condition.iter().chain(asked).for_each(|require| look(&require.condition));
    }
    spans
}
