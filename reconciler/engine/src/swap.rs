//! Another program takes over. What means the same keeps its state; what guards is never loosened.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use heal_program::{Program, SemanticHash, Timestamp};

use crate::{
    Engine, FiringEnd, Key, TraceKind,
    facts::labels,
    prepared::Prepared,
    series::{SeriesState, SignalState},
    state::{DetectorState, PolicyState, State, Status},
};

impl State {
    /// The state of an engine that knows nothing yet.
    pub(crate) fn empty(program: &Program) -> State {
        State {
            now: Timestamp::MIN,
            watermark: Timestamp::MIN,
            paused: false,
            signals: vec![SignalState::default(); program.signals.len()],
            detectors: vec![DetectorState::default(); program.detectors.len()],
            policies: BTreeMap::new(),
            orphaned_starts: Vec::new(),
            runs: BTreeMap::new(),
            waits: BTreeMap::new(),
            timers: BTreeSet::new(),
        }
    }
}

impl Engine {
    /// Goes on under `new`. Signals and detectors keep their state where the semantic hash is equal; firings of the
    /// others end as replaced. Guard counters stay under the policy's path; runs in flight end as they were planned.
    pub(crate) fn swap(&mut self, new: Program) {
        let old = self.program.clone();
        let prepared = Prepared::of(&new);
        let signals = self.carry_signals(&old, &new, &prepared);
        let (detectors, kept) = self.carry_detectors(&old, &new);
        self.carry_guards(&old, &new);
        let (from, to) = (old.digest(), new.digest());
        self.program = Arc::new(new);
        self.prepared = Arc::new(prepared);
        self.state.signals = signals;
        self.state.detectors = detectors;
        let parked = self.release_ladders_without_policy();
        self.record(TraceKind::ProgramSwapped { from, to, kept, parked });
    }

    fn carry_signals(&mut self, old: &Program, new: &Program, prepared: &Prepared) -> Vec<SignalState> {
        let now = self.state.now;
        let mut before: BTreeMap<SemanticHash, SignalState> = old
            .signals
            .iter()
            .zip(std::mem::take(&mut self.state.signals))
            .map(|(node, state)| (node.head.hash, state))
            .collect();
        new.signals
            .iter()
            .enumerate()
            .map(|(at, node)| {
                // Two signals of one meaning may both be in the new program: the state is copied, not taken.
                let Some(mut state) = before.get_mut(&node.head.hash).cloned() else {
                    return SignalState::default();
                };
                let nothing = Vec::new();
                let moments = prepared.moment_spans.get(at).unwrap_or(&nothing);
                let counters = prepared.counter_spans.get(at).unwrap_or(&nothing);
                let carry = |series: SeriesState| series.with_windows(now, (moments, counters));
                state.series = state.series.into_iter().map(|(key, series)| (key, carry(series))).collect();
                state
            })
            .collect()
    }

    fn carry_detectors(&mut self, old: &Program, new: &Program) -> (Vec<DetectorState>, Vec<String>) {
        let before = std::mem::take(&mut self.state.detectors);
        let mut kept = Vec::new();
        let mut carried_from = BTreeSet::new();
        let mut detectors = Vec::new();
        for node in &new.detectors {
            // By path first: of two detectors with one meaning, each goes on with its own firings.
            let same =
                |other: &heal_program::Detector| other.head.hash == node.head.hash && other.keys == node.keys;
            let by_path =
                old.detectors.iter().position(|other| same(other) && other.head.path == node.head.path);
            let found = by_path.or_else(|| old.detectors.iter().position(same));
            match found.and_then(|at| before.get(at).map(|state| (at, state))) {
                Some((at, state)) => {
                    carried_from.insert(at);
                    kept.push(node.head.path.clone());
                    detectors.push(state.clone());
                }
                None => detectors.push(self.fresh_detector(node)),
            }
        }
        for (at, (node, state)) in old.detectors.iter().zip(before).enumerate() {
            if carried_from.contains(&at) {
                continue;
            }
            for (key, state) in state.keys {
                if let Some(firing) = state.firing {
                    self.record(TraceKind::FiringEnded {
                        firing: firing.id,
                        detector: node.head.path.clone(),
                        labels: labels(&node.keys, &key),
                        end: FiringEnd::Replaced,
                    });
                }
            }
        }
        (detectors, kept)
    }

    /// A detector that begins at the first grid step after the samples that have been told.
    fn fresh_detector(&self, node: &heal_program::Detector) -> DetectorState {
        let begun = self.state.watermark > Timestamp::MIN;
        let next = heal_program::Timestamp(self.state.watermark.0.saturating_add(1)).align_up(node.every);
        DetectorState { next_step: begun.then_some(next), keys: BTreeMap::new() }
    }

    /// Run starts of policies that left go to policies that come, now or later. Nobody can tell a rename from a
    /// removal and an addition, so both are counted: a guard may only get tighter by an edit.
    fn carry_guards(&mut self, old: &Program, new: &Program) {
        let is_in =
            |program: &Program, path: &str| program.policies.iter().any(|policy| policy.head.path == path);
        let gone: Vec<&heal_program::Policy> =
            old.policies.iter().filter(|policy| !is_in(new, &policy.head.path)).collect();
        for policy in &gone {
            let starts = self.state.policies.get(&policy.head.path).map(|state| state.starts.clone());
            self.state.orphaned_starts.extend(starts.unwrap_or_default());
        }
        self.state
            .orphaned_starts
            .sort_by(|left, right| (left.at, &left.labels).cmp(&(right.at, &right.labels)));
        self.state.orphaned_starts.dedup();
        for policy in new.policies.iter().filter(|policy| !is_in(old, &policy.head.path)) {
            let detector = new.trigger(policy.on).map(|head| head.hash);
            let heir_of = gone.iter().find(|gone| old.trigger(gone.on).map(|head| head.hash) == detector);
            let ladders =
                heir_of.and_then(|gone| self.state.policies.get(&gone.head.path)).map(|state| &state.ladders);
            let ladders = ladders.cloned().unwrap_or_default();
            let inherited = PolicyState { starts: self.state.orphaned_starts.clone(), ladders };
            self.state.policies.entry(policy.head.path.clone()).or_insert(inherited);
        }
    }

    /// Ladders of policies that are gone wait for nothing any more; their runs in flight finish by themselves and are
    /// named, so that a person can look after them.
    fn release_ladders_without_policy(&mut self) -> Vec<SemanticHash> {
        let program = self.program.clone();
        let is_known = |path: &str| program.policies.iter().any(|policy| policy.head.path == path);
        let gone: Vec<String> = self.state.policies.keys().filter(|path| !is_known(path)).cloned().collect();
        let mut waits = Vec::new();
        for path in &gone {
            for ladder in
                self.state.policies.remove(path).into_iter().flat_map(|state| state.ladders.into_values())
            {
                match ladder.status {
                    Status::Asking(open) => waits.extend(open),
                    Status::AwaitingApproval(id) => waits.push(id),
                    Status::Ready | Status::Running(_) | Status::Ended => {}
                }
            }
        }
        for id in waits {
            if let Some(crate::state::WaitKind::Approval { .. }) = self.end_wait_of(id, |_| true) {
                self.record(TraceKind::ApprovalEnded { approval: id, end: crate::ApprovalEnd::Lapsed });
            }
        }
        self.lapse_ladders_without_firing();
        self.state.runs.values().filter(|run| gone.contains(&run.policy)).map(|run| run.firing).collect()
    }

    /// A detector that was replaced has taken its firings with it: what waited for them must not act any more.
    fn lapse_ladders_without_firing(&mut self) {
        let program = self.program.clone();
        for policy in &program.policies {
            let firing = |state: &State, key: &Key| -> bool {
                let detector = policy.on.detector().and_then(|detector| state.detectors.get(detector.at()));
                let keys = detector.map(|state| &state.keys);
                keys.and_then(|keys| keys.get(key)).is_some_and(|state| state.firing.is_some())
            };
            let keys: Vec<Key> = self
                .state
                .policies
                .get(&policy.head.path)
                .map(|state| state.ladders.keys().filter(|key| !firing(&self.state, key)).cloned().collect())
                .unwrap_or_default();
            for key in keys {
                let already =
                    self.ladder(&policy.head.path, &key).is_some_and(|ladder| ladder.cleared.is_some());
                if let Some(detector) = policy.on.detector().filter(|_| !already) {
                    self.firing_ended(detector, &key);
                }
            }
        }
    }
}
