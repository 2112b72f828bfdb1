//! Firings that are known before they happen, as the engine is told them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use heal_detection::Exact;
use heal_program::{DetectorIndex, Millis, SemanticHash, Timestamp};

use super::{Foretold, Truths, changes::ForetoldChange, written};
use crate::{Engine, Key, Readings, agenda::Step, detect::Change, state::KeyState};

/// The firings of a detector, for one key or for several.
///
/// A month of many keys has a great many: each is a few numbers here, and becomes texts when the engine is told it.
#[derive(Clone, Debug, Default)]
pub struct Prophecy {
    /// What the values are called. INVARIANT: the same for all firings of a detector.
    pub(super) texts: Arc<Vec<String>>,
    pub(super) keys: Vec<Key>,
    pub(super) changes: Vec<KeyChange>,
    /// What the conditions read, a row of as many as texts for each change; not-a-number: unknown.
    pub(super) values: Vec<Exact>,
}

/// What happens at a step to one key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct KeyChange {
    pub(super) at: Timestamp,
    /// Its place among the keys.
    pub(super) key: u32,
    /// Its row among the values.
    pub(super) row: u32,
    pub(super) what: Foretold,
}

impl Prophecy {
    pub(super) fn of(key: Key, texts: &Arc<Vec<String>>, changes: Vec<ForetoldChange>) -> Prophecy {
        let mut prophecy = Prophecy { texts: texts.clone(), keys: vec![key], ..Prophecy::default() };
        for (row, change) in (0..).zip(changes) {
            prophecy.changes.push(KeyChange { at: change.at, key: 0, row, what: change.what });
            // What is said of rest is read of nothing.
            let row = prophecy.values.len().saturating_add(texts.len());
            prophecy.values.extend(change.values);
            prophecy.values.resize(row, Exact(f64::NAN));
        }
        prophecy
    }

    /// Adds the firings of other keys of the same detector.
    pub fn extend(&mut self, other: Prophecy) {
        if self.changes.is_empty() {
            *self = other;
            return;
        }
        let keys = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        let rows = u32::try_from(self.changes.len()).unwrap_or(u32::MAX);
        self.keys.extend(other.keys);
        self.values.extend(other.values);
        let moved = |it: KeyChange| KeyChange {
            key: it.key.saturating_add(keys),
            row: it.row.saturating_add(rows),
            ..it
        };
        self.changes.extend(other.changes.into_iter().map(moved));
    }

    /// Puts the keys in their order, and the changes in the order in which they happen.
    pub fn sort(&mut self) {
        let mut order: Vec<(Key, u32)> = std::mem::take(&mut self.keys).into_iter().zip(0..).collect();
        order.sort();
        let mut ranks = vec![0_u32; order.len()];
        for (rank, (key, place)) in (0..).zip(order) {
            self.keys.push(key);
            if let Some(it) = ranks.get_mut(place as usize) {
                *it = rank;
            }
        }
        for change in &mut self.changes {
            change.key = ranks.get(change.key as usize).copied().unwrap_or(change.key);
        }
        self.changes.sort_by_key(|change| (change.at, change.key));
    }

    /// The form in which it is kept.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let body = written::write(self);
        let mut bytes = SemanticHash::of([body.as_slice()]).0.to_vec();
        bytes.extend_from_slice(&body);
        bytes
    }

    /// Reads the form in which it is kept; none where that was cut off, edited or is of another Heal.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Prophecy> {
        let (digest, body) = bytes.split_at_checked(SemanticHash::default().0.len())?;
        (SemanticHash::of([body]).0 == digest).then(|| written::read(body)).flatten()
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
        for change in &self.changes {
            let Some(key) = self.keys.get(change.key as usize) else { continue };
            let truth = match change.what {
                Foretold::Fires { .. } => Some(true),
                // How it rests is said by the change that follows.
                Foretold::Ends { .. } => None,
                Foretold::Rests { is_known } => is_known.then_some(false),
                // That it is known is said by how it rests.
                Foretold::IsQuiet => continue,
            };
            let of_key = match truths.get_mut(key) {
                Some(of_key) => of_key,
                None => truths.entry(key.clone()).or_default(),
            };
            of_key.push((change.at, truth));
        }
        truths
    }

    /// What was read at a change.
    pub(super) fn row(&self, change: &KeyChange) -> &[Exact] {
        let width = self.texts.len();
        let from = width.saturating_mul(change.row as usize);
        self.values.get(from..from.saturating_add(width)).unwrap_or_default()
    }

    /// The first change of a time or after it, by its place.
    fn place(&self, at: Timestamp) -> usize {
        self.changes.partition_point(|change| change.at < at)
    }

    fn told(&self, change: &KeyChange) -> Option<(Key, Foretold, Readings)> {
        let known = |value: &Exact| Some(value.0).filter(|value| !value.is_nan());
        let values = self.texts.iter().cloned().zip(self.row(change).iter().map(known)).collect();
        Some((self.keys.get(change.key as usize)?.clone(), change.what, values))
    }
}

/// What an engine has been foretold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prophecies {
    by_detector: BTreeMap<DetectorIndex, Prophecy>,
    /// Where the engine is of a group: its detectors that are told samples. All others, which nothing is foretold of, are
    /// silent.
    streamed: Option<BTreeSet<DetectorIndex>>,
    /// The grids of detectors that fire and may be decided on, each with how many there are.
    firing_grids: BTreeMap<Millis, usize>,
}

impl Prophecies {
    /// Whether no samples are needed to know when it fires.
    pub(crate) fn has(&self, detector: DetectorIndex) -> bool {
        self.by_detector.contains_key(&detector)
            || self.streamed.as_ref().is_some_and(|streamed| !streamed.contains(&detector))
    }

    /// What happens at a step.
    fn at(&self, detector: DetectorIndex, at: Timestamp) -> Vec<(Key, Foretold, Readings)> {
        let Some(prophecy) = self.by_detector.get(&detector) else { return Vec::new() };
        let from = prophecy.changes.iter().skip(prophecy.place(at));
        from.take_while(|change| change.at == at).filter_map(|change| prophecy.told(change)).collect()
    }

    /// When something happens next.
    fn after(&self, detector: DetectorIndex, at: Timestamp) -> Option<Timestamp> {
        let prophecy = self.by_detector.get(&detector)?;
        prophecy.changes.get(prophecy.place(at.plus(Millis(1)))).map(|change| change.at)
    }
}

impl Engine {
    /// The same engine, which is told by these prophecies when those detectors fire, and needs none of the samples that
    /// only they read. For an engine that knows nothing yet, over a recording that holds what was foretold from.
    #[must_use]
    pub fn foretold(mut self, prophecies: BTreeMap<DetectorIndex, Prophecy>) -> Engine {
        self.prophecies = Prophecies { by_detector: prophecies, ..Prophecies::default() };
        let detectors: Vec<DetectorIndex> = self.prophecies.by_detector.keys().copied().collect();
        for detector in detectors {
            self.await_prophecy(detector, Timestamp::MIN);
        }
        self
    }

    /// The same engine, in which no detector fires but those that it was foretold and these, which are told samples.
    #[must_use]
    pub(crate) fn deaf_to_all_but(mut self, streamed: BTreeSet<DetectorIndex>) -> Engine {
        self.prophecies.streamed = Some(streamed);
        self
    }

    /// How many firings begin and end that it was foretold, from beginning to end.
    #[must_use]
    pub fn foretold_count(&self) -> usize {
        self.prophecies.by_detector.values().map(Prophecy::changes_count).sum()
    }

    /// Has the detector looked at when something happens next, or when policies may have something to decide on what fires.
    pub(crate) fn await_prophecy(&mut self, detector: DetectorIndex, at: Timestamp) {
        let program = self.program.clone();
        let Some(node) = program.detector(detector) else { return };
        let next = self.prophecies.after(detector, at);
        let policies = self.prepared.policies_on.get(detector.at()).into_iter().flatten();
        let awake = policies.filter_map(|policy| self.agenda.next_awake(*policy)).min();
        let every = Millis(node.every.0.max(1));
        let first = |from: Timestamp| from.minus(node.lateness).align_up(every);
        let step = awake.map(|from| at.plus(every).max(if from > at { first(from) } else { at }));
        let Some(state) = self.state.detectors.get_mut(detector.at()) else { return };
        state.next_step = next.into_iter().chain(step).min();
        if let Some(next) = state.next_step {
            self.agenda.add_detector(next.plus(node.lateness), next, detector);
        }
    }

    /// A policy may have something to decide at the next step of a detector, which may have been passed over.
    pub(crate) fn hasten(&mut self, detector: DetectorIndex) {
        if !self.prophecies.has(detector) {
            return;
        }
        let Some(node) = self.program.detector(detector) else { return };
        let every = Millis(node.every.0.max(1));
        let mut step = self.state.now.align_up(every);
        if step == self.state.now && self.agenda.is_step_done(step) {
            step = step.plus(every);
        }
        let Some(state) = self.state.detectors.get_mut(detector.at()) else { return };
        if state.next_step.is_some_and(|next| next <= step) {
            return;
        }
        if let Some(before) = state.next_step.replace(step) {
            self.agenda.remove_detector(before.plus(node.lateness), before, detector);
        }
        self.agenda.add_detector(step.plus(node.lateness), step, detector);
    }

    /// Steps at which nothing could be decided are passed over; all samples before them have been told all the same.
    pub(crate) fn see_steps_passed_over(&mut self, now: Timestamp) {
        let last = |every: &Millis| now.align_up(*every).minus(*every);
        let seen = self.prophecies.firing_grids.keys().map(last).max();
        self.state.watermark = self.state.watermark.max(seen.unwrap_or(Timestamp::MIN));
    }

    /// A step of a detector that is foretold.
    pub(crate) fn step_foretold(&mut self, detector: DetectorIndex, step: Step) {
        let program = self.program.clone();
        let Some(node) = program.detector(detector) else { return };
        let fired = self.fires(detector);
        let mut ended: Option<Key> = None;
        for (key, what, values) in self.prophecies.at(detector, step.at) {
            let state = self.state.detectors.get_mut(detector.at());
            let what = match what {
                Foretold::Fires { pending_since } => Change::Fires { pending_since },
                Foretold::Ends { end } => {
                    match state.and_then(|state| state.keys.remove(&key)).and_then(|state| state.firing) {
                        Some(firing) => {
                            ended = Some(key.clone());
                            Change::Ends(firing, end)
                        }
                        None => Change::None,
                    }
                }
                Foretold::Rests { is_known } => {
                    if let Some(state) = state {
                        if ended.as_ref() == Some(&key) {
                            state.keys.insert(key.clone(), KeyState::ended(is_known, step.at));
                        } else {
                            state.keys.entry(key.clone()).or_default().hear(is_known, step.at);
                        }
                    }
                    Change::None
                }
                Foretold::IsQuiet => {
                    self.is_quiet_again(detector, &key);
                    Change::None
                }
            };
            self.take_change(detector, node, (key, what, values), step.at);
        }
        let fires = self.fires(detector);
        let decides = self.prepared.policies_on.get(detector.at()).is_some_and(|on| !on.is_empty());
        if decides && fired != fires {
            let every = Millis(node.every.0.max(1));
            let count = self.prophecies.firing_grids.entry(every).or_default();
            *count = if fires { *count + 1 } else { count.saturating_sub(1) };
            if *count == 0 {
                self.prophecies.firing_grids.remove(&every);
            }
        }
    }

    /// Whether a detector fires for any key.
    fn fires(&self, detector: DetectorIndex) -> bool {
        let state = self.state.detectors.get(detector.at());
        state.is_some_and(|state| state.keys.values().any(|state| state.firing.is_some()))
    }
}
