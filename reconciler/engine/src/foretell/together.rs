//! Conditions of all keys of a detector at one step: the same columns, over keys instead of steps.
//!
//! Live, a hundred detectors look at the same few windows of the same keys at the same time. What each of those windows
//! comes to is computed once a step for all of them, and a condition goes over its keys as it goes over steps in a
//! simulation. What cannot be computed so is looked at key by key, which has the same result.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use heal_evaluate::{Value, evaluate, is_during};
use heal_program::{Detector, DetectorIndex, Expression, Millis, Program, SignalIndex, Timestamp};

use super::{
    changes::{Truths, known},
    columns::leaves_of,
    node::{Leaf, Node},
    reads_samples_only,
    vector::{Columns, FALSE, StepByStep, TRUE, UNKNOWN, Vector, compute},
};
use crate::{
    Engine, Key, Readings,
    agenda::Step,
    detect::{Change, go_on, pend},
    facts::{Memo, StepFacts},
    observe::{KernelSpec, LaneState, SeriesState},
    prepared::{PreparedDetector, conditions},
    state::KeyState,
};

/// A detector whose conditions are computed for all keys at once.
#[derive(Clone, Debug)]
pub(crate) struct Together {
    when: Node,
    clear: Option<Node>,
    leaves: Vec<Leaf>,
    signals: Vec<SignalIndex>,
}

impl Together {
    /// The conditions of a detector in that form; none where they read more than signals of its very keys.
    pub(crate) fn of(program: &Program, node: &Detector, derived: &PreparedDetector) -> Option<Together> {
        let is_own = |signal: &SignalIndex| program.signal(*signal).is_some_and(|it| it.keys == node.keys);
        let is_fit = |condition: &Expression| reads_samples_only(condition, false) && reads_no_key(condition);
        if derived.signals.is_empty() || !derived.signals.iter().all(is_own) || !conditions(node).all(is_fit)
        {
            return None;
        }
        let mut leaves = Vec::new();
        conditions(node).for_each(|condition| leaves_of(condition, &mut leaves));
        if leaves.iter().any(|leaf| matches!(leaf, Leaf::Firing(_) | Leaf::Line(..))) {
            return None;
        }
        let when = Node::of(&node.when, &mut leaves)?;
        let clear = match &node.clear {
            Some(clear) => Some(Node::of(&clear.when, &mut leaves)?),
            None => None,
        };
        Some(Together { when, clear, leaves, signals: derived.signals.iter().copied().collect() })
    }
}

fn reads_no_key(condition: &Expression) -> bool {
    let mut reads = false;
    condition.walk(&mut |part| {
        reads |= matches!(part, Expression::KeyField(_) | Expression::EntityField { .. });
    });
    !reads
}

/// Whether the keys of a detector were at rest when they were last looked at, all of them in the same way: as long as their
/// condition stays what it was, there is nothing to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Some of them were not, or not in the same way.
    None,
    /// The condition was false of each.
    False,
    /// The condition was unknown of each.
    Unknown,
}

impl Rest {
    /// What the condition is of each key.
    fn truth(self) -> Option<u8> {
        match self {
            Rest::None => None,
            Rest::False => Some(FALSE),
            Rest::Unknown => Some(UNKNOWN),
        }
    }
}

/// The columns of one step, each over the keys of its lane. Equal ones are computed once for all detectors.
#[derive(Debug, Default)]
pub(crate) struct Board(RefCell<Vec<(usize, Leaf, Rc<KeyColumn>)>>);

#[derive(Debug)]
enum KeyColumn {
    /// Not-a-number: unknown.
    Numbers(Vec<f64>),
    Truths(Vec<u8>),
    /// The same truth for every key.
    Same(u8),
}

/// What one detector reads at a step.
struct KeysNow<'a> {
    facts: StepFacts<'a>,
    columns: Vec<Rc<KeyColumn>>,
    keys_count: usize,
}

impl Columns for KeysNow<'_> {
    fn leaf(&self, place: usize) -> Vector<'_> {
        match self.columns.get(place).map(Rc::as_ref) {
            Some(KeyColumn::Numbers(numbers)) => Vector::Read(numbers),
            Some(KeyColumn::Truths(truths)) => Vector::ReadTruths(truths),
            Some(KeyColumn::Same(truth)) => Vector::Truth(*truth),
            None => Vector::Truth(UNKNOWN),
        }
    }

    fn same(&self, expression: &Expression) -> Result<Vector<'_>, StepByStep> {
        match evaluate(expression, &self.facts) {
            Some(Value::Number(number)) if !number.is_nan() => Ok(Vector::Number(number)),
            Some(Value::Bool(truth)) => Ok(Vector::Truth(u8::from(truth))),
            Some(_) | None => Err(StepByStep),
        }
    }

    fn line(&self, _place: usize) -> (&[f64], &[f64]) {
        // A detector that reads one is not computed so.
        (&[], &[])
    }

    fn steps_count(&self) -> usize {
        self.keys_count
    }
}

impl KeysNow<'_> {
    fn truths(&self, node: &Node) -> Option<Truths> {
        match compute(node, self).ok()? {
            Vector::Truth(truth) => Some(Truths::Same(truth)),
            Vector::ReadTruths(truths) => Some(Truths::Each(truths.to_vec())),
            Vector::Truths(truths) => Some(Truths::Each(truths)),
            Vector::Number(_) | Vector::Read(_) | Vector::Numbers(_) => None,
        }
    }
}

impl Engine {
    /// Looks at all keys of a detector at a step; none where each has to be looked at by itself.
    pub(crate) fn look_together(
        &mut self,
        index: DetectorIndex,
        step: Step,
        keys: &mut BTreeMap<Key, KeyState>,
        board: &Board,
    ) -> Option<Vec<(Key, Change, Readings)>> {
        let (program, prepared) = (self.program.clone(), self.prepared.clone());
        let together = prepared.together.get(index.at())?.as_ref()?;
        let (node, derived) = (program.detector(index)?, prepared.detectors.get(index.at())?);
        let rest = self.alignment(index, node.lateness, &together.signals, keys)?;
        let nobody = Key::new();
        let memo = Memo::default();
        let facts = self.facts_at(node, &nobody, step, &memo);
        let columns: Option<Vec<Rc<KeyColumn>>> =
            together.leaves.iter().map(|leaf| board.column(leaf, &facts)).collect();
        let now = KeysNow { facts, columns: columns?, keys_count: keys.len() };
        let when = now.truths(&together.when)?;
        if rest.truth().is_some_and(|truth| when.next_but(truth, 0).is_none()) {
            return Some(Vec::new());
        }
        let fires = keys.values().any(|state| state.firing.is_some());
        let clear = match &together.clear {
            Some(clear) if fires => Some(now.truths(clear)?),
            Some(_) | None => None,
        };
        let mut changes = Vec::new();
        let (mut rests, mut known_count) = (true, 0);
        for (at, (key, state)) in keys.iter_mut().enumerate() {
            let truth = known(when.at(at));
            let change = match state.firing {
                None => pend(state, node, truth, step.at),
                Some(firing) => {
                    let cleared = clear.as_ref().map(|clear| known(clear.at(at)));
                    go_on(state, node, firing, (truth, cleared), step.at, derived.stale_after)
                }
            };
            if matches!(change, Change::Ends(..)) {
                *state = KeyState::ended(truth.is_some(), step.at);
            }
            rests &= state.is_at_rest();
            known_count += usize::from(state.is_known);
            if matches!(change, Change::None) {
                continue;
            }
            let values = StepFacts { key, ..now.facts }.values_of(conditions(node));
            changes.push((key.clone(), change, values));
        }
        let rest = match known_count {
            count if rests && count == keys.len() => Rest::False,
            0 if rests => Rest::Unknown,
            _ => Rest::None,
        };
        self.aligned.insert(index, rest);
        Some(changes)
    }

    /// Whether a detector's keys were at rest at the last step; none where they are not those of the lanes of its signals,
    /// one for one. That is looked at once: whatever brings a key or forgets one says so.
    fn alignment(
        &self,
        index: DetectorIndex,
        lateness: Millis,
        signals: &[SignalIndex],
        keys: &BTreeMap<Key, KeyState>,
    ) -> Option<Rest> {
        if let Some(rest) = self.aligned.get(&index) {
            return Some(*rest);
        }
        let lane = |signal: &SignalIndex| self.state.lanes.get(self.prepared.lane(*signal, lateness)?);
        let is_same = |lane: &LaneState| lane.series.keys().eq(keys.keys());
        signals.iter().all(|signal| lane(signal).is_some_and(is_same)).then_some(Rest::None)
    }
}

impl Board {
    /// How many columns were computed.
    #[cfg(test)]
    pub(crate) fn columns_count(&self) -> usize {
        self.0.borrow().len()
    }

    fn column(&self, leaf: &Leaf, facts: &StepFacts<'_>) -> Option<Rc<KeyColumn>> {
        let signal = match leaf {
            Leaf::Last(signal)
            | Leaf::Window(_, signal, _)
            | Leaf::Learned(signal, ..)
            | Leaf::Line(signal, _)
            | Leaf::Absent(signal, _) => Some(*signal),
            Leaf::During(_) | Leaf::Firing(_) => None,
        };
        let lane = signal.and_then(|signal| facts.prepared.lane(signal, facts.lateness));
        // What is of no signal is the same for all.
        let place = lane.unwrap_or(usize::MAX);
        let found = self
            .0
            .borrow()
            .iter()
            .find(|(other, made, _)| *other == place && made == leaf)
            .map(|(_, _, column)| column.clone());
        if let Some(column) = found {
            return Some(column);
        }
        let column = Rc::new(make(leaf, lane.and_then(|lane| facts.state.lanes.get(lane)), facts)?);
        self.0.borrow_mut().push((place, leaf.clone(), column.clone()));
        Some(column)
    }
}

/// A column over the keys of a lane, each as [`StepFacts`] has it.
fn make(leaf: &Leaf, lane: Option<&LaneState>, facts: &StepFacts<'_>) -> Option<KeyColumn> {
    let (at, now) = (facts.at, facts.now);
    let stale_after = |signal: SignalIndex| facts.program.signal(signal).map(|node| node.stale_after);
    Some(match leaf {
        Leaf::Last(signal) => {
            let stale_after = stale_after(*signal)?;
            numbers(lane?, |series| series.value(now, stale_after, Timestamp::MIN))?
        }
        Leaf::Window(function, signal, span) => {
            let stale_after = stale_after(*signal)?;
            numbers(lane?, |series| series.window(*function, *span, at, stale_after))?
        }
        Leaf::Learned(signal, model, part) => {
            let node = facts.program.signal(*signal)?;
            let spec = KernelSpec::of_learned(model, node.every);
            numbers(lane?, |series| {
                let last = series.value(now, node.stale_after, Timestamp::MIN)?;
                series.learned((model, *part), spec?, last, at)
            })?
        }
        Leaf::Absent(_, span) => {
            let is_absent = |newest: Timestamp| if newest <= now.minus(*span) { TRUE } else { FALSE };
            let series = lane?.series.values();
            KeyColumn::Truths(series.map(|it| it.newest().map_or(UNKNOWN, is_absent)).collect())
        }
        Leaf::During(calendar) => KeyColumn::Same(is_during(calendar, now).map_or(UNKNOWN, u8::from)),
        Leaf::Line(..) | Leaf::Firing(_) => return None,
    })
}

/// Numbers of all keys; none where one of them is known to be not-a-number, which a column would take for unknown.
fn numbers(lane: &LaneState, of: impl Fn(&SeriesState) -> Option<f64>) -> Option<KeyColumn> {
    let mut numbers = Vec::with_capacity(lane.series.len());
    for series in lane.series.values() {
        let number = of(series);
        if number.is_some_and(f64::is_nan) {
            return None;
        }
        numbers.push(number.unwrap_or(f64::NAN));
    }
    Some(KeyColumn::Numbers(numbers))
}
