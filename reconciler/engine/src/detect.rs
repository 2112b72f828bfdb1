//! Detection: conditions over samples become firings.

use std::collections::BTreeMap;

use heal_evaluate::{evaluate, truth};
use heal_program::{Detector, DetectorIndex, Millis, Timestamp};

use crate::{
    Engine, FiringEnd, Key, Readings, TraceKind,
    agenda::Step,
    facts::{Memo, StepFacts, labels},
    foretell::Board,
    identity,
    prepared::{PreparedDetector, conditions},
    state::{Firing, KeyState},
};

/// What a step does to one key of a detector.
pub(crate) enum Change {
    /// Neither fires nor ends.
    None,
    /// Begins to fire.
    Fires { pending_since: Timestamp },
    /// Ends.
    Ends(Firing, FiringEnd),
}

impl Engine {
    /// Evaluates the detectors whose turn it is at a grid step, those that others read first, then lets the policies
    /// decide on what fires.
    pub(crate) fn step_detectors(&mut self, step: Step) {
        let prepared = self.prepared.clone();
        let mut stepped = self.agenda.take_detectors(step);
        stepped.sort_by_key(|detector| prepared.place.get(detector.at()).copied());
        let board = Board::default();
        for detector in &stepped {
            self.step_detector(*detector, step, &board);
        }
        self.decide(&stepped);
        for detector in stepped {
            if self.prophecies.has(detector) {
                self.await_prophecy(detector, step.at);
            }
        }
    }

    fn step_detector(&mut self, index: DetectorIndex, step: Step, board: &Board) {
        if self.prophecies.has(index) {
            return self.step_foretold(index, step);
        }
        let (program, prepared) = (self.program.clone(), self.prepared.clone());
        let (Some(node), Some(derived)) = (program.detector(index), prepared.detectors.get(index.at()))
        else {
            return;
        };
        self.advance_lanes(derived.signals.iter().copied(), node.lateness, step.at);
        let keys = self.state.detectors.get_mut(index.at()).map(|state| std::mem::take(&mut state.keys));
        let mut keys = keys.unwrap_or_default();
        let together = self.look_together(index, step, &mut keys, board);
        let changes = together.unwrap_or_else(|| self.look_at_each(node, derived, step, &mut keys));
        if let Some(state) = self.state.detectors.get_mut(index.at()) {
            state.keys = keys;
            let next = step.at.plus(Millis(node.every.0.max(1)));
            state.next_step = Some(next);
            self.agenda.add_detector(next.plus(node.lateness), next, index);
        }
        for (key, change, values) in changes {
            self.take_change(index, node, (key, change, values), step.at);
        }
        self.find_quiet(index);
    }

    /// Keys whose firing was lost, and which are known not to fire now.
    fn find_quiet(&mut self, index: DetectorIndex) {
        let Some(state) = self.state.detectors.get(index.at()) else { return };
        let is_quiet = |key: &&Key| {
            let state = state.keys.get(*key);
            state.is_some_and(|it| it.is_known && it.firing.is_none() && it.true_since.is_none())
        };
        let quiet: Vec<Key> = state.lost.iter().filter(is_quiet).cloned().collect();
        quiet.iter().for_each(|key| self.is_quiet_again(index, key));
    }

    fn look_at_each(
        &self,
        node: &Detector,
        derived: &PreparedDetector,
        step: Step,
        keys: &mut BTreeMap<Key, KeyState>,
    ) -> Vec<(Key, Change, Readings)> {
        let mut changes = Vec::new();
        let memo = Memo::default();
        for (key, state) in keys {
            let facts = self.facts_at(node, key, step, &memo);
            let change = look(node, state, &facts, derived.stale_after);
            if !matches!(change, Change::None) {
                let values = facts.values_of(conditions(node));
                changes.push((key.clone(), change, values));
            }
        }
        changes
    }

    pub(crate) fn facts_at<'a>(
        &'a self,
        node: &'a Detector,
        key: &'a Key,
        step: Step,
        memo: &'a Memo,
    ) -> StepFacts<'a> {
        StepFacts {
            program: &self.program,
            prepared: &self.prepared,
            state: &self.state,
            names: &node.keys,
            key,
            at: step.at,
            now: step.due,
            lateness: node.lateness,
            arguments: None,
            newer_than: Timestamp::MIN,
            looks_back_to: Timestamp::MIN,
            episode: None,
            memo: Some(memo),
            keeps_silent: false,
            counts_short: false,
            is_member: false,
            counts_older: false,
        }
    }

    pub(crate) fn take_change(
        &mut self,
        index: DetectorIndex,
        node: &Detector,
        (key, change, values): (Key, Change, Readings),
        at: Timestamp,
    ) {
        match change {
            Change::None => {}
            Change::Fires { pending_since } => {
                let firing = identity::firing(&node.head.path, &key, at);
                let state =
                    KeyState { firing: Some(Firing { id: firing, started: at }), ..KeyState::default() };
                if let Some(table) = self.state.detectors.get_mut(index.at()) {
                    table.keys.insert(key.clone(), state);
                    table.lost.remove(&key);
                }
                let prepared = self.prepared.clone();
                for policy in prepared.policies_on.get(index.at()).into_iter().flatten() {
                    self.agenda.wake(*policy, &key);
                }
                self.record(TraceKind::FiringStarted {
                    firing,
                    detector: node.head.path.clone(),
                    labels: labels(&node.keys, &key),
                    severity: node.severity,
                    pending_since,
                    values,
                    condition: node.when_text.clone(),
                });
            }
            Change::Ends(firing, end) => {
                self.record(TraceKind::FiringEnded {
                    firing: firing.id,
                    detector: node.head.path.clone(),
                    labels: labels(&node.keys, &key),
                    end,
                    values,
                });
                self.firing_ended(index, &key, firing, end);
            }
        }
    }
}

/// One look at a key.
fn look(node: &Detector, state: &mut KeyState, facts: &StepFacts<'_>, stale_after: Millis) -> Change {
    let (when, change) = match state.firing {
        None => {
            let when = truth(evaluate(&node.when, facts));
            (when, pend(state, node, when, facts.at))
        }
        Some(firing) => {
            // True wins: nothing ends by it.
            let when = match truth(evaluate(&node.when, facts)) {
                Some(false) => facts.settled(&node.when, evaluate),
                when @ (Some(true) | None) => when,
            };
            let clear = node.clear.as_ref().map(|clear| facts.settled(&clear.when, evaluate));
            let deciding = node.clear.as_ref().map_or(&node.when, |clear| &clear.when);
            // What nobody can tell yet, though samples come, is no telemetry that stopped: it neither clears nor is lost.
            if when != Some(true) && clear.unwrap_or(when).is_none() && facts.only_waits(deciding) {
                (state.clear_since, state.unknown_since) = (None, None);
                (when, Change::None)
            } else {
                (when, go_on(state, node, firing, (when, clear), facts.at, stale_after))
            }
        }
    };
    if matches!(change, Change::Ends(..)) {
        *state = KeyState::ended(when.is_some(), facts.at);
    }
    change
}

/// A key that does not fire: true for long enough, it does. Unknown is not true: a wait for it goes on for as long as the
/// last values hold, and what is unknown is past that.
pub(crate) fn pend(state: &mut KeyState, node: &Detector, when: Option<bool>, at: Timestamp) -> Change {
    state.hear(when.is_some(), at);
    if when != Some(true) {
        state.true_since = None;
        return Change::None;
    }
    let pending_since = *state.true_since.get_or_insert(at);
    if at.since(pending_since) >= node.hold { Change::Fires { pending_since } } else { Change::None }
}

/// A key that fires: it clears, or is lost when what would clear it has been unknown for long enough.
pub(crate) fn go_on(
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
