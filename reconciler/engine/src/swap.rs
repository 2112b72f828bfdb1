//! Another program takes over. What means the same keeps its state; what guards is never loosened.

mod rungs;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use heal_program::{Policy, Program, SemanticHash, Timestamp};

use crate::{
    Engine, FiringEnd, Key, TraceKind,
    facts::labels,
    guard::guards_of,
    observe::{EntityState, EventState, LaneState, SignalState},
    prepared::{Prepared, Timed},
    rewrite::reindexed,
    state::{DetectorState, GuardLog, PolicyState, RunRecord, State, Status},
};

/// A firing that ends because its detector does: the detector's path, the key, the firing.
type Replaced = (String, Key, SemanticHash);

impl Engine {
    /// Goes on under `new`. Signals and detectors keep their state where the semantic hash is equal; firings of the
    /// others end as replaced. Guard counters stay under their path; runs in flight end as they were planned.
    pub(crate) fn swap(&mut self, new: Program) {
        let old = self.program.clone();
        for run in self.state.runs.values_mut() {
            for verify in &mut run.verifies {
                verify.condition = reindexed(&verify.condition, &old, &new);
                if let Some(other) = &mut verify.otherwise {
                    other.condition = reindexed(&other.condition, &old, &new);
                }
            }
        }
        let prepared = Prepared::of(&new, &in_flight(&self.state));
        self.state.lanes = self.carry_lanes(&old, &new, &prepared);
        self.carry_observations(&old, &new);
        let (detectors, kept, replaced) = self.carry_detectors(&old, &new);
        let heirs = self.carry_guards(&old, &new);
        self.carry_rungs((&old, &new), &heirs);
        let (from, to) = (old.digest(), new.digest());
        self.program = Arc::new(new);
        self.prepared = Arc::new(prepared);
        self.state.detectors = detectors;
        self.fill_keys();
        self.aligned.clear();
        for (detector, key, firing) in replaced {
            self.trigger_ended((&detector, &key), firing, FiringEnd::Replaced);
        }
        let parked = self.release_ladders_without_policy();
        self.carry_lost();
        self.make_agenda();
        self.record(TraceKind::ProgramSwapped { from, to, kept, parked });
        self.note_approximations();
    }

    fn carry_lanes(&mut self, old: &Program, new: &Program, prepared: &Prepared) -> Vec<LaneState> {
        let now = self.state.now;
        let states = std::mem::take(&mut self.state.lanes);
        let hash = |program: &Program, signal| program.signal(signal).map(|node| node.head.hash);
        let before: Vec<_> = self
            .prepared
            .lanes
            .iter()
            .zip(states)
            .filter_map(|(lane, state)| Some((hash(old, lane.signal)?, lane.lateness, state)))
            .collect();
        prepared
            .lanes
            .iter()
            .map(|lane| {
                let wanted = hash(new, lane.signal);
                let same = |(hash, _, _): &&(SemanticHash, _, _)| Some(*hash) == wanted;
                // Two signals of one meaning may both be in the new program: the state is copied, not taken.
                let exact = before.iter().filter(same).find(|(_, lateness, _)| *lateness == lane.lateness);
                let found = exact.or_else(|| before.iter().find(same));
                let state = found.map(|(_, _, state)| state.clone()).unwrap_or_default();
                state.with_kernels(now, &lane.kernels)
            })
            .collect()
    }

    fn carry_observations(&mut self, old: &Program, new: &Program) {
        let signals: BTreeMap<SemanticHash, SignalState> =
            old.signals.iter().map(|node| node.head.hash).zip(self.state.signals.iter().copied()).collect();
        self.state.signals = new
            .signals
            .iter()
            .map(|node| signals.get(&node.head.hash).copied().unwrap_or_default())
            .collect();
        let events: BTreeMap<SemanticHash, EventState> = old
            .events
            .iter()
            .map(|node| node.head.hash)
            .zip(std::mem::take(&mut self.state.events))
            .collect();
        self.state.events =
            new.events.iter().map(|node| events.get(&node.head.hash).cloned().unwrap_or_default()).collect();
        // An entity with another field is still the same entity; one with another key is not.
        let entities: BTreeMap<(&str, &[String]), EntityState> = old
            .entities
            .iter()
            .map(|node| (node.head.path.as_str(), node.keys.as_slice()))
            .zip(std::mem::take(&mut self.state.entities))
            .collect();
        let key = |node: &heal_program::Entity| {
            entities.get(&(node.head.path.as_str(), node.keys.as_slice())).cloned().unwrap_or_default()
        };
        self.state.entities = new.entities.iter().map(key).collect();
    }

    /// The detectors' states, the paths of those that went on, and the firings that ended.
    fn carry_detectors(
        &mut self,
        old: &Program,
        new: &Program,
    ) -> (Vec<DetectorState>, Vec<String>, Vec<Replaced>) {
        let before = std::mem::take(&mut self.state.detectors);
        let mut carried_from = BTreeSet::new();
        let mut kept = Vec::new();
        let mut detectors = Vec::new();
        for node in &new.detectors {
            let same = |other: &heal_program::Detector| other.head.hash == node.head.hash;
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
        let mut replaced = Vec::new();
        for (at, (node, state)) in old.detectors.iter().zip(before).enumerate() {
            if carried_from.contains(&at) {
                continue;
            }
            for (key, state) in state.keys {
                let Some(firing) = state.firing else { continue };
                replaced.push((node.head.path.clone(), key.clone(), firing.id));
                self.record(TraceKind::FiringEnded {
                    firing: firing.id,
                    detector: node.head.path.clone(),
                    labels: labels(&node.keys, &key),
                    end: FiringEnd::Replaced,
                    values: Vec::new(),
                });
            }
        }
        (detectors, kept, replaced)
    }

    /// A detector that begins at the first grid step after the samples that have been told.
    fn fresh_detector(&self, node: &heal_program::Detector) -> DetectorState {
        let begun = self.state.watermark > Timestamp::MIN;
        let next = Timestamp(self.state.watermark.0.saturating_add(1)).align_up(node.every);
        DetectorState { next_step: begun.then_some(next), ..DetectorState::default() }
    }

    /// Keys whose ladders wait to know that they do not fire are waited for by the detectors of now.
    fn carry_lost(&mut self) {
        for policy in &self.program.policies {
            let Some(detector) = policy.on.detector() else { continue };
            let ladders = self.state.policies.get(&policy.head.path).into_iter().flat_map(|it| &it.ladders);
            let lost = ladders.filter(|(_, ladder)| ladder.is_lost).map(|(key, _)| key.clone());
            if let Some(state) = self.state.detectors.get_mut(detector.at()) {
                state.lost.extend(lost);
            }
        }
    }

    /// Keys that are known already are keys of detectors that come to read them.
    fn fill_keys(&mut self) {
        let prepared = self.prepared.clone();
        let project = |key: &Key, positions: &[usize]| -> Key {
            positions.iter().filter_map(|position| key.get(*position).cloned()).collect()
        };
        let lanes = self.state.lanes.iter().zip(&prepared.lanes);
        for (lane, derived) in lanes {
            for (detector, positions) in &derived.keyed {
                let Some(state) = self.state.detectors.get_mut(detector.at()) else { continue };
                for key in lane.series.keys() {
                    state.keys.entry(project(key, positions)).or_default();
                }
            }
        }
        for (event, keyed) in self.state.events.iter().zip(&prepared.keyed_by_event) {
            for (detector, positions) in keyed {
                let Some(state) = self.state.detectors.get_mut(detector.at()) else { continue };
                for key in event.times.keys() {
                    state.keys.entry(project(key, positions)).or_default();
                }
            }
        }
    }

    /// Run starts of policies that left go to policies that come, now or later. Nobody can tell a rename from a
    /// removal and an addition, so both are counted: a guard may only get tighter by an edit.
    /// Gives the policies that go on where another was, with the name that it had.
    fn carry_guards(&mut self, old: &Program, new: &Program) -> BTreeMap<String, String> {
        let is_in = |program: &Program, path: &str| owners(program).any(|owner| owner == path);
        let gone: Vec<&str> = owners(old).filter(|path| !is_in(new, path)).collect();
        for path in &gone {
            let runs = self.state.guards.remove(*path).map(|log| log.runs);
            self.state.orphaned_runs.extend(runs.unwrap_or_default());
        }
        let (now, reach) = (self.state.now, crate::guard::MEMORY_MIN);
        let orphans = &mut self.state.orphaned_runs;
        orphans.retain(|run| run.ended.is_none() || now.since(run.at) <= reach);
        merge(orphans, Vec::new());
        let orphans = orphans.clone();
        for path in owners(new).filter(|path| !is_in(old, path)) {
            let log = self.state.guards.entry(path.to_owned()).or_default();
            merge(&mut log.runs, orphans.clone());
        }
        self.carry_shared(old, new);
        let left = |policy: &&Policy| !new.policies.iter().any(|it| it.head.path == policy.head.path);
        let gone: Vec<&Policy> = old.policies.iter().filter(left).collect();
        let comes = |policy: &&Policy| !old.policies.iter().any(|it| it.head.path == policy.head.path);
        let mut heirs = BTreeMap::new();
        for policy in new.policies.iter().filter(comes) {
            let trigger = new.trigger(policy.on).map(|head| head.hash);
            let heir_of = gone.iter().find(|gone| old.trigger(gone.on).map(|head| head.hash) == trigger);
            // What it did under its old name is its own.
            let logs = self.state.guards.values_mut().flat_map(|log| &mut log.runs);
            let own = logs.filter(|run| heir_of.is_some_and(|heir| run.policy == heir.head.path));
            own.for_each(|run| run.policy.clone_from(&policy.head.path));
            let inherited = heir_of.and_then(|gone| self.state.policies.get(&gone.head.path)).cloned();
            let mut inherited: PolicyState = inherited.unwrap_or_default();
            let owed = self.state.owed.values_mut().map(|owed| &mut owed.run);
            let runs = self.state.runs.values_mut().chain(owed);
            let runs = runs.filter(|run| heir_of.is_some_and(|heir| run.policy == heir.head.path));
            runs.for_each(|run| run.policy.clone_from(&policy.head.path));
            for ladder in inherited.ladders.values_mut() {
                // The run is another heir's, which goes on with it.
                let Status::Running(id) = ladder.status else { continue };
                if self.state.runs.get(&id).is_none_or(|run| run.policy != policy.head.path) {
                    ladder.status = Status::Ready;
                    ladder.go_on();
                }
            }
            self.state.policies.entry(policy.head.path.clone()).or_insert(inherited);
            heirs.extend(heir_of.map(|gone| (policy.head.path.clone(), gone.head.path.clone())));
        }
        heirs
    }

    /// A shared guard counts what the policies did that come to name it: a new limit applies to the old count.
    fn carry_shared(&mut self, old: &Program, new: &Program) {
        for policy in &new.policies {
            let named_before: BTreeSet<String> = old
                .policies
                .iter()
                .find(|other| other.head.path == policy.head.path)
                .map(|other| guards_of(old, other).into_iter().map(|(path, _)| path).collect())
                .unwrap_or_default();
            let own = self.state.guards.get(&policy.head.path).map(|log: &GuardLog| log.runs.clone());
            let own = own.unwrap_or_default();
            for (path, _) in guards_of(new, policy).into_iter().skip(1) {
                if !named_before.contains(&path) {
                    merge(&mut self.state.guards.entry(path).or_default().runs, own.clone());
                }
            }
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
            let ladders =
                self.state.policies.remove(path).into_iter().flat_map(|state| state.ladders.into_values());
            for ladder in ladders {
                match ladder.status {
                    Status::AwaitingApproval(id) => waits.push(id),
                    Status::Ready | Status::Running(_) | Status::Healed | Status::Ended => {}
                }
            }
        }
        for id in waits {
            self.lapse(id);
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
            if policy.on.detector().is_none() {
                continue;
            }
            let ladders = self.state.policies.get(&policy.head.path).map(|state| &state.ladders);
            let without = |(key, ladder): (&Key, &crate::state::Ladder)| {
                (ladder.cleared.is_none() && !firing(&self.state, key)).then(|| key.clone())
            };
            let keys: Vec<Key> = ladders.into_iter().flatten().filter_map(without).collect();
            for key in keys {
                // What fired under the old one may go on: what is not known to be quiet is no silence.
                self.close_ladder(&policy.head.path, &key, false);
            }
        }
    }
}

/// Paths of what has guards.
fn owners(program: &Program) -> impl Iterator<Item = &str> {
    let policies = program.policies.iter().map(|policy| policy.head.path.as_str());
    policies.chain(program.shared_guards.iter().map(|shared| shared.head.path.as_str()))
}

/// Adds records in order of time, each run once.
fn merge(runs: &mut Vec<RunRecord>, more: Vec<RunRecord>) {
    runs.extend(more);
    runs.sort_by_key(|record| (record.at, record.run));
    runs.dedup_by(|left, right| left.run == right.run);
}

/// What runs in flight evaluate, whatever program runs.
pub(crate) fn in_flight(state: &State) -> Vec<Timed<'_>> {
    state
        .runs
        .values()
        .flat_map(|run| run.verifies.iter().map(|verify| (&verify.condition, run.lateness)))
        .collect()
}
