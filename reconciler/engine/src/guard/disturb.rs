//! Disturbances: what runs do to signals besides.

use heal_program::{Millis, SemanticHash, Timestamp};

use super::Held;
use crate::{
    Engine, Labels, WithheldReason,
    decide::Case,
    state::{Disturbance, agree},
};

/// In which time a signal may be disturbed for as long as the budget.
const BUDGET_WINDOW: Millis = Millis::from_minutes(60);
/// A quarter of it.
const BUDGET: Millis = Millis::from_minutes(15);

/// What a run will disturb.
#[derive(Clone, Debug)]
pub(crate) struct PlannedDisturbance {
    /// The signal's path.
    pub(crate) signal: String,
    pub(crate) hash: SemanticHash,
    /// See [`Disturbance::keys`].
    pub(crate) keys: Vec<Labels>,
    pub(crate) span: Millis,
}

impl Disturbance {
    /// Whether a sample of a key is disturbed.
    pub(crate) fn covers(&self, labels: &Labels, at: Timestamp) -> bool {
        let is_then = self.from <= at && self.until.is_none_or(|until| at < until);
        is_then && self.keys.iter().any(|key| agree(key, labels))
    }
}

impl Engine {
    /// The runs that disturb what the case's detector reads, but for one.
    pub(crate) fn disturbed<'a>(
        &'a self,
        case: &'a Case,
        but: Option<SemanticHash>,
    ) -> impl Iterator<Item = Held> + 'a {
        let now = self.state.now;
        let detector = case.policy().and_then(|policy| policy.on.detector());
        let prepared = detector.and_then(|detector| self.prepared.detectors.get(detector.at()));
        let signals = prepared.into_iter().flat_map(|prepared| &prepared.signals);
        let hashes: Vec<SemanticHash> =
            signals.filter_map(|signal| case.program.signal(*signal)).map(|it| it.head.hash).collect();
        let found = self.state.disturbances.iter().filter(move |disturbance| {
            Some(disturbance.run) != but
                && hashes.contains(&disturbance.hash)
                && disturbance.covers(&case.labels, now)
        });
        found.map(|found| {
            Held::by_nobody(WithheldReason::Disturbed {
                signal: found.signal.clone(),
                policy: found.policy.clone(),
                until: found.until,
            })
        })
    }

    /// The signals that a run would disturb for longer than the budget of any hour leaves.
    pub(crate) fn budgets_spent<'a>(
        &'a self,
        planned: &'a [PlannedDisturbance],
    ) -> impl Iterator<Item = Held> + 'a {
        planned.iter().filter_map(|planned| {
            let used = self.disturbed_for(planned);
            (used.0.saturating_add(planned.span.0) > BUDGET.0).then(|| {
                Held::by_nobody(WithheldReason::DisturbBudget {
                    signal: planned.signal.clone(),
                    used,
                    budget: BUDGET,
                })
            })
        })
    }

    /// Whether a further target of a run would disturb a signal for longer than the budget of any hour leaves.
    pub(crate) fn disturbs_too_long(&self, run: SemanticHash) -> Option<Held> {
        let now = self.state.now;
        let own = self.state.disturbances.iter().filter(|it| it.run == run);
        own.map(|own| PlannedDisturbance {
            signal: own.signal.clone(),
            hash: own.hash,
            keys: own.keys.clone(),
            span: own.span,
        })
        .find_map(|planned| {
            let used = self.disturbed_for(&planned);
            // What goes on reaches to the end of its span already.
            let goes_on = self.state.disturbances.iter().any(|it| {
                it.run == run && it.hash == planned.hash && it.until.is_none_or(|until| until > now)
            });
            let more = if goes_on { Millis::ZERO } else { planned.span };
            (used.0.saturating_add(more.0) > BUDGET.0).then(|| {
                let (signal, budget) = (planned.signal.clone(), BUDGET);
                Held::by_nobody(WithheldReason::DisturbBudget { signal, used, budget })
            })
        })
    }

    /// For how long of the hour that ends with it runs have disturbed any key of what is planned.
    fn disturbed_for(&self, planned: &PlannedDisturbance) -> Millis {
        let end = self.state.now.plus(planned.span);
        let begin = end.minus(BUDGET_WINDOW);
        let meets = |it: &&Disturbance| {
            it.hash == planned.hash
                && it.keys.iter().any(|key| planned.keys.iter().any(|other| agree(key, other)))
        };
        let mut stretches: Vec<(Timestamp, Timestamp)> = self
            .state
            .disturbances
            .iter()
            .filter(meets)
            .map(|it| (it.from.max(begin), it.until.unwrap_or(self.state.now.plus(it.span)).min(end)))
            .filter(|(from, until)| from < until)
            .collect();
        stretches.sort_unstable();
        let mut used = 0_i64;
        let mut covered = begin;
        for (from, until) in stretches {
            let from = from.max(covered);
            if until > from {
                used = used.saturating_add(until.since(from).0);
                covered = until;
            }
        }
        Millis(used)
    }

    /// A run begins to disturb.
    pub(crate) fn begin_disturbances(
        &mut self,
        run: SemanticHash,
        policy: &str,
        planned: &[PlannedDisturbance],
    ) {
        let now = self.state.now;
        self.state.disturbances.retain(|it| it.until.is_none_or(|until| now.since(until) <= BUDGET_WINDOW));
        self.state.disturbances.extend(planned.iter().map(|planned| Disturbance {
            run,
            policy: policy.to_owned(),
            signal: planned.signal.clone(),
            hash: planned.hash,
            keys: planned.keys.clone(),
            from: now,
            span: planned.span,
            until: None,
        }));
    }

    /// A run does its next step: what it disturbs and had settled is disturbed again.
    pub(crate) fn resume_disturbances(&mut self, run: SemanticHash) {
        let now = self.state.now;
        let mut anew: Vec<Disturbance> = Vec::new();
        for own in self.state.disturbances.iter_mut().filter(|it| it.run == run) {
            match own.until {
                Some(until) if until >= now => own.until = None,
                Some(_) => anew.push(Disturbance { from: now, until: None, ..own.clone() }),
                None => {}
            }
        }
        for again in anew {
            let goes_on =
                self.state.disturbances.iter().any(|it| {
                    (it.run, it.hash, it.until) == (run, again.hash, None) && it.keys == again.keys
                });
            if !goes_on {
                self.state.disturbances.push(again);
            }
        }
    }

    /// The last step of a run is done, or the next has to wait: what it disturbs settles.
    pub(crate) fn settle_disturbances(&mut self, run: SemanticHash) {
        let now = self.state.now;
        for own in self.state.disturbances.iter_mut().filter(|it| it.run == run && it.until.is_none()) {
            own.until = Some(now.plus(own.span));
        }
    }
}
