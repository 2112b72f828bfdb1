//! Firings that are known before they happen, as the engine is told them.

use std::collections::BTreeMap;

use heal_program::{DetectorIndex, Millis, SemanticHash, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Foretold, ForetoldChange, Truths};
use crate::{Engine, Key, agenda::Step, detect::Change, state::KeyState};

/// The firings of a detector, for one key or for several.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Prophecy {
    /// What happens at a step, by key.
    changes: Vec<(Timestamp, Key, ForetoldChange)>,
}

impl Prophecy {
    pub(super) fn of(key: Key, changes: Vec<ForetoldChange>) -> Prophecy {
        Prophecy { changes: changes.into_iter().map(|change| (change.at, key.clone(), change)).collect() }
    }

    /// Adds the firings of other keys.
    pub fn extend(&mut self, other: Prophecy) {
        self.changes.extend(other.changes);
    }

    /// Puts the changes in the order in which they happen.
    pub fn sort(&mut self) {
        self.changes.sort_by(|left, right| (left.0, &left.1).cmp(&(right.0, &right.1)));
    }

    /// The form in which it is kept.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Plain data cannot fail; were it to, nothing would be kept.
        let body = serde_json::to_vec(self).unwrap_or_default();
        let mut bytes = SemanticHash::of([body.as_slice()]).0.to_vec();
        bytes.extend_from_slice(&body);
        bytes
    }

    /// Reads the form in which it is kept; none where that was cut off, edited or is of another Heal.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Prophecy> {
        let (digest, body) = bytes.split_at_checked(SemanticHash::default().0.len())?;
        (SemanticHash::of([body]).0 == digest).then(|| serde_json::from_slice(body).ok()).flatten()
    }

    /// How many firings begin and end.
    #[must_use]
    pub fn changes_count(&self) -> usize {
        self.changes.len()
    }

    /// What whoever reads the detector by its name gets for each key, and from when on.
    #[must_use]
    pub fn truths(&self) -> BTreeMap<Key, Truths> {
        let mut truths: BTreeMap<Key, Truths> = BTreeMap::new();
        for (at, key, change) in &self.changes {
            let truth = match change.what {
                Foretold::Fires { .. } => Some(true),
                // How it rests is said by the change that follows.
                Foretold::Ends { .. } => None,
                Foretold::Rests { is_known } => is_known.then_some(false),
            };
            truths.entry(key.clone()).or_default().push((*at, truth));
        }
        truths
    }
}

/// What an engine has been foretold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prophecies(BTreeMap<DetectorIndex, Prophecy>);

impl Prophecies {
    pub(crate) fn has(&self, detector: DetectorIndex) -> bool {
        self.0.contains_key(&detector)
    }

    /// What happens at a step.
    fn at(&self, detector: DetectorIndex, at: Timestamp) -> Vec<(Key, ForetoldChange)> {
        let changes = self.0.get(&detector).map(|it| it.changes.as_slice()).unwrap_or_default();
        let first = changes.partition_point(|(time, ..)| *time < at);
        let at_step = changes.iter().skip(first).take_while(|(time, ..)| *time == at);
        at_step.map(|(_, key, change)| (key.clone(), change.clone())).collect()
    }

    /// When something happens next.
    fn after(&self, detector: DetectorIndex, at: Timestamp) -> Option<Timestamp> {
        let changes = &self.0.get(&detector)?.changes;
        changes.get(changes.partition_point(|(time, ..)| *time <= at)).map(|(time, ..)| *time)
    }
}

impl Engine {
    /// The same engine, which is told by these prophecies when those detectors fire, and needs none of the samples that
    /// only they read. For an engine that knows nothing yet, over a recording that holds what was foretold from.
    #[must_use]
    pub fn foretold(mut self, prophecies: BTreeMap<DetectorIndex, Prophecy>) -> Engine {
        self.prophecies = Prophecies(prophecies);
        let detectors: Vec<DetectorIndex> = self.prophecies.0.keys().copied().collect();
        for detector in detectors {
            self.await_prophecy(detector, Timestamp::MIN);
        }
        self
    }

    /// Has the detector looked at when something happens next, and at each of its steps while it fires and policies may
    /// decide.
    fn await_prophecy(&mut self, detector: DetectorIndex, at: Timestamp) {
        let program = self.program.clone();
        let Some(node) = program.detector(detector) else { return };
        let next = self.prophecies.after(detector, at);
        let Some(state) = self.state.detectors.get_mut(detector.at()) else { return };
        let decides = self.prepared.policies_on.get(detector.at()).is_some_and(|on| !on.is_empty());
        let fires = state.keys.values().any(|state| state.firing.is_some());
        let step = if decides && fires { Some(at.plus(Millis(node.every.0.max(1)))) } else { None };
        state.next_step = next.into_iter().chain(step).min();
        if let Some(next) = state.next_step {
            self.agenda.add_detector(next.plus(node.lateness), next, detector);
        }
    }

    /// A step of a detector that is foretold.
    pub(crate) fn step_foretold(&mut self, detector: DetectorIndex, step: Step) {
        let program = self.program.clone();
        let Some(node) = program.detector(detector) else { return };
        for (key, change) in self.prophecies.at(detector, step.at) {
            let state = self.state.detectors.get_mut(detector.at());
            let what = match change.what {
                Foretold::Fires { pending_since } => Change::Fires { pending_since },
                Foretold::Ends { end } => {
                    match state.and_then(|state| state.keys.remove(&key)).and_then(|state| state.firing) {
                        Some(firing) => Change::Ends(firing, end),
                        None => Change::None,
                    }
                }
                Foretold::Rests { is_known } => {
                    if let Some(state) = state {
                        state.keys.insert(key.clone(), KeyState { is_known, ..KeyState::default() });
                    }
                    Change::None
                }
            };
            self.take_change(detector, node, (key, what, change.values), step.at);
        }
        self.await_prophecy(detector, step.at);
    }
}
