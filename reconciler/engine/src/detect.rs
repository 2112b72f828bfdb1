//! Detection: conditions over samples become firings.

use std::collections::BTreeSet;

use heal_evaluate::{evaluate, truth};
use heal_program::{Detector, DetectorIndex, Millis, Timestamp};

use crate::{
    Engine, FiringEnd, Key, TraceKind,
    facts::{StepFacts, labels},
    identity,
    state::{Firing, KeyState},
};

/// What a step does to one key of a detector.
enum Change {
    /// Neither fires nor ends.
    None,
    /// Begins to fire.
    Fires { pending_since: Timestamp },
    /// Ends.
    Ends(Firing, FiringEnd),
}

impl Engine {
    /// Evaluates the detectors whose turn it is at grid step `at`, then lets the policies decide on what fires.
    pub(crate) fn step(&mut self, _due: Timestamp, at: Timestamp) {
        let order = self.prepared.clone();
        let mut stepped = Vec::new();
        for index in &order.order {
            let is_due =
                self.state.detectors.get(index.at()).is_some_and(|state| state.next_step == Some(at));
            if is_due {
                self.step_detector(*index, at);
                stepped.push(*index);
            }
        }
        self.decide(&stepped);
    }

    fn step_detector(&mut self, index: DetectorIndex, at: Timestamp) {
        let program = self.program.clone();
        let Some(node) = program.detector(index) else { return };
        let prepared = self.prepared.clone();
        let Some(derived) = prepared.detectors.get(index.at()) else { return };
        for signal in &derived.signals {
            if let Some(state) = self.state.signals.get_mut(signal.at()) {
                state.advance(at);
            }
        }
        for key in self.keys_of(index, node) {
            self.step_key(index, node, key, at, derived.stale_after);
        }
        if let Some(state) = self.detector_state(index) {
            state.keys.retain(|_, key| *key != KeyState::default());
            state.next_step = Some(at.plus(Millis(node.every.0.max(1))));
        }
    }

    /// Keys that have samples, and keys that are pending or firing.
    pub(crate) fn keys_of(&self, index: DetectorIndex, node: &Detector) -> BTreeSet<Key> {
        let remembered = self.state.detectors.get(index.at());
        let mut keys: BTreeSet<Key> =
            remembered.map(|state| state.keys.keys().cloned().collect()).unwrap_or_default();
        let signals =
            self.prepared.detectors.get(index.at()).into_iter().flat_map(|derived| &derived.signals);
        for signal in signals {
            let (Some(found), Some(state)) =
                (self.program.signal(*signal), self.state.signals.get(signal.at()))
            else {
                continue;
            };
            let positions: Option<Vec<usize>> =
                node.keys.iter().map(|field| found.keys.iter().position(|name| name == field)).collect();
            // Only a signal with the whole key says which keys there are; the others are joined to them.
            let Some(positions) = positions else { continue };
            for key in state.series.keys() {
                keys.insert(positions.iter().filter_map(|position| key.get(*position).cloned()).collect());
            }
        }
        keys
    }

    fn step_key(
        &mut self,
        index: DetectorIndex,
        node: &Detector,
        key: Key,
        at: Timestamp,
        stale_after: Millis,
    ) {
        let facts =
            StepFacts { program: &self.program, state: &self.state, names: &node.keys, key: &key, at };
        let when = truth(evaluate(&node.when, &facts));
        let clear = node.clear.as_ref().map(|clear| truth(evaluate(&clear.when, &facts)));
        let remembered = self.state.detectors.get(index.at()).and_then(|state| state.keys.get(&key));
        let mut state = remembered.cloned().unwrap_or_default();
        let change = match state.firing {
            None => pend(&mut state, node, when, at),
            Some(firing) => go_on(&mut state, node, firing, (when, clear), at, stale_after),
        };
        let event = match change {
            Change::None => None,
            Change::Fires { pending_since } => {
                let firing = identity::firing(&node.head.path, &key, at);
                let values = facts.values(&node.when);
                state = KeyState { firing: Some(Firing { id: firing, started: at }), ..KeyState::default() };
                Some(TraceKind::FiringStarted {
                    firing,
                    detector: node.head.path.clone(),
                    labels: labels(&node.keys, &key),
                    severity: node.severity,
                    pending_since,
                    values,
                })
            }
            Change::Ends(firing, end) => {
                state = KeyState::default();
                Some(TraceKind::FiringEnded {
                    firing: firing.id,
                    detector: node.head.path.clone(),
                    labels: labels(&node.keys, &key),
                    end,
                })
            }
        };
        let ended = matches!(change, Change::Ends(..));
        if let Some(table) = self.detector_state(index) {
            table.keys.insert(key.clone(), state);
        }
        if let Some(event) = event {
            self.record(event);
        }
        if ended {
            self.firing_ended(index, &key);
        }
    }
}

/// A key that does not fire: true for long enough, it does. Unknown is not true, and starts the wait afresh.
fn pend(state: &mut KeyState, node: &Detector, when: Option<bool>, at: Timestamp) -> Change {
    if when != Some(true) {
        state.true_since = None;
        return Change::None;
    }
    let pending_since = *state.true_since.get_or_insert(at);
    if at.since(pending_since) >= node.hold { Change::Fires { pending_since } } else { Change::None }
}

/// A key that fires: it clears, or is lost when what would clear it has been unknown for long enough.
fn go_on(
    state: &mut KeyState,
    node: &Detector,
    firing: Firing,
    (when, clear): (Option<bool>, Option<Option<bool>>),
    at: Timestamp,
    stale_after: Millis,
) -> Change {
    // `when` wins where both hold; without a `clear when`, the opposite of `when` clears.
    let clears = if when == Some(true) { Some(false) } else { clear.unwrap_or(when.map(|truth| !truth)) };
    match clears {
        Some(true) => {
            state.unknown_since = None;
            let since = *state.clear_since.get_or_insert(at);
            let hold = node.clear.as_ref().map_or(Millis::ZERO, |clear| clear.hold);
            if at.since(since) >= hold { Change::Ends(firing, FiringEnd::Cleared) } else { Change::None }
        }
        Some(false) => {
            state.unknown_since = None;
            state.clear_since = None;
            Change::None
        }
        None => {
            state.clear_since = None;
            let since = *state.unknown_since.get_or_insert(at);
            if at.since(since) >= stale_after { Change::Ends(firing, FiringEnd::Lost) } else { Change::None }
        }
    }
}
