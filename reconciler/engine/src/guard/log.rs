//! Run starts and what came of them, as guards count them.

use std::collections::BTreeSet;

use heal_program::{Guard, SemanticHash};

use crate::{Engine, Labels, state::RunRecord};

/// A run that starts, as guards count it.
pub(crate) struct Start<'a> {
    pub(crate) run: SemanticHash,
    /// The whole that it belongs to.
    pub(crate) whole: SemanticHash,
    pub(crate) policy: &'a str,
    pub(crate) tags: &'a Labels,
    pub(crate) targets: &'a BTreeSet<String>,
    /// How many wait for the waves of a canary; none: this run is in no wave.
    pub(crate) candidates: Option<u64>,
}

impl Engine {
    /// A run starts: it counts for all its guards.
    pub(crate) fn count_start(&mut self, guards: &[(String, Guard)], start: &Start<'_>) {
        let (now, reach) = (self.state.now, self.prepared.guards_reach);
        for (path, guard) in guards {
            let log = self.state.guards.entry(path.clone()).or_default();
            log.runs.retain(|record| record.ended.is_none() || now.since(record.at) <= reach);
            log.runs.push(RunRecord {
                run: start.run,
                whole: start.whole,
                policy: start.policy.to_owned(),
                at: now,
                labels: start.tags.clone(),
                targets: start.targets.clone(),
                ended: None,
                released: false,
            });
            if let Some(candidates) = start.candidates {
                self.count_in_canary((path, guard), start.run, candidates);
            }
        }
    }

    /// The steps of a run are done.
    pub(crate) fn release(&mut self, run: SemanticHash) {
        for log in self.state.guards.values_mut() {
            if let Some(record) = log.runs.iter_mut().rev().find(|record| record.run == run) {
                record.released = true;
            }
        }
    }

    /// A run ended: breakers and concurrency see it. It counts wherever it was counted, whatever guards there are now.
    pub(crate) fn count_end(&mut self, run: SemanticHash, failed: bool) {
        let now = self.state.now;
        let logs = self.state.guards.values_mut().map(|log| &mut log.runs);
        for records in logs.chain(std::iter::once(&mut self.state.orphaned_runs)) {
            // The newest are looked at first: a run ends not long after it started.
            if let Some(record) = records.iter_mut().rev().find(|record| record.run == run) {
                record.ended.get_or_insert((now, failed));
            }
        }
    }
}
