//! What the conditions of detectors read of one key, as columns over the steps of a grid.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    rc::Rc,
};

use heal_detection::{
    Exact,
    columns::{Samples, Steps},
};
use heal_evaluate::{Facts, Value, evaluate, is_during, truth};
use heal_program::{
    Calendar, DetectorIndex, EntityIndex, Expression, Learned, LearnedPart, Millis, ParamIndex, Program,
    SignalIndex, Timestamp, WindowFunction,
};

use super::{
    kernels::{self, Spare},
    node::{Leaf, Node, leaf_of},
    vector::{Columns, FALSE, StepByStep, TRUE, UNKNOWN, Vector},
};
use crate::{Key, facts::reading};

/// What a detector reads as for a key, from when on, in order of time; none: unknown, as it is before the first.
pub type Truths = Vec<(Timestamp, Option<bool>)>;

/// Series and firings that conditions of a key may read.
pub trait Known {
    /// The samples of a signal for the part of the key that it has; none: no series was recorded.
    fn samples(&self, signal: SignalIndex) -> Option<Samples<'_>>;
}

/// A column over all steps.
#[derive(Clone, Debug)]
pub(super) enum Column {
    /// Not-a-number: unknown.
    Numbers(Rc<Vec<f64>>),
    Truths(Rc<Vec<u8>>),
    /// The value now and the slope of a line.
    Line(Rc<Vec<f64>>, Rc<Vec<f64>>),
}

/// Columns of a key on a grid that several detectors read. Equal ones are computed once.
#[derive(Debug, Default)]
pub(super) struct Shared {
    columns: Vec<(Leaf, Column)>,
}

impl Shared {
    /// Gives the memory of its columns back.
    pub(super) fn give_back(self, spare: &Spare) {
        for (_, column) in self.columns {
            let parts = match column {
                Column::Numbers(numbers) => [Some(numbers), None],
                Column::Line(values, slopes) => [Some(values), Some(slopes)],
                Column::Truths(_) => [None, None],
            };
            parts.into_iter().flatten().filter_map(Rc::into_inner).for_each(|numbers| spare.keep(numbers));
        }
    }
}

/// What one detector reads of a key.
pub(super) struct KeyColumns<'k> {
    pub(super) program: &'k Program,
    pub(super) names: &'k [String],
    pub(super) key: &'k Key,
    pub(super) steps: Steps,
    pub(super) known: &'k dyn Known,
    pub(super) truths: &'k dyn Fn(DetectorIndex, &Key) -> Truths,
    /// Detectors that read no sample, which are known at all times.
    pub(super) without_samples: &'k BTreeSet<DetectorIndex>,
    pub(super) shared: &'k RefCell<Shared>,
    pub(super) spare: &'k Spare,
    /// What the detector reads.
    pub(super) leaves: &'k [Leaf],
    /// The columns of the leaves, where they were needed.
    pub(super) columns: Vec<Option<Column>>,
    /// The steps that are looked at.
    pub(super) range: Range<usize>,
}

impl KeyColumns<'_> {
    pub(super) fn time_of(&self, step: usize) -> Timestamp {
        time_of(self.steps, step)
    }

    pub(super) fn look_at(&mut self, range: Range<usize>) {
        self.range = range;
    }

    /// Makes the columns that a node reads.
    pub(super) fn need(&mut self, node: &Node) {
        match node {
            Node::Same(_) => {}
            Node::Leaf(place) => self.need_leaf(*place),
            Node::Not(operand) | Node::Negate(operand) => self.need(operand),
            Node::And(left, right)
            | Node::Or(left, right)
            | Node::Compare(_, left, right)
            | Node::Compute(_, left, right)
            | Node::Fallback(left, right) => {
                self.need(left);
                self.need(right);
            }
            Node::Choose(condition, then, otherwise) => {
                self.need(condition);
                self.need(then);
                self.need(otherwise);
            }
            Node::TimeTo { line, threshold, .. } => {
                self.need_leaf(*line);
                self.need(threshold);
            }
        }
    }

    /// Makes all columns of the detector.
    pub(super) fn need_all(&mut self) {
        (0..self.leaves.len()).for_each(|place| self.need_leaf(place));
    }

    fn need_leaf(&mut self, place: usize) {
        let (Some(leaf), Some(None)) = (self.leaves.get(place), self.columns.get(place)) else { return };
        let column = self.column_of(leaf);
        if let Some(slot) = self.columns.get_mut(place) {
            *slot = Some(column);
        }
    }

    fn column_of(&self, leaf: &Leaf) -> Column {
        let found =
            self.shared.borrow().columns.iter().find(|(other, _)| other == leaf).map(|(_, it)| it.clone());
        found.unwrap_or_else(|| {
            let column = self.make(leaf);
            self.shared.borrow_mut().columns.push((leaf.clone(), column.clone()));
            column
        })
    }

    fn make(&self, leaf: &Leaf) -> Column {
        if let Some(column) = self.make_both(leaf) {
            return column;
        }
        let room = (self.steps, self.spare);
        match leaf {
            Leaf::Last(signal) => self.numbers(*signal, |node, samples| {
                kernels::last(samples, self.steps, node.stale_after, self.spare)
            }),
            Leaf::Window(function, signal, span) => self.numbers(*signal, |node, samples| {
                kernels::window(*function, *span, node.stale_after, samples, room)
            }),
            Leaf::Learned(signal, model, part) => {
                let last = self.last(*signal);
                self.numbers(*signal, |node, samples| {
                    kernels::learned(node, (model, *part), samples, &last, room)
                })
            }
            Leaf::Line(signal, model) => {
                let empty = || Rc::new(vec![f64::NAN; self.steps.count]);
                let last = self.last(*signal);
                let line = self
                    .program
                    .signal(*signal)
                    .zip(self.known.samples(*signal))
                    .and_then(|(node, samples)| kernels::line(node, model, &samples, &last, room));
                line.map_or_else(
                    || Column::Line(empty(), empty()),
                    |(values, slopes)| Column::Line(Rc::new(values), Rc::new(slopes)),
                )
            }
            Leaf::Absent(signal, span) => {
                let truths = match self.known.samples(*signal) {
                    Some(samples) => kernels::absent(&samples, self.steps, *span, self.spare),
                    None => vec![UNKNOWN; self.steps.count],
                };
                Column::Truths(Rc::new(truths))
            }
            Leaf::During(calendar) => {
                let at = |step| is_during(calendar, self.time_of(step)).map_or(UNKNOWN, u8::from);
                Column::Truths(Rc::new((0..self.steps.count).map(at).collect()))
            }
            Leaf::Firing(detector) => Column::Truths(Rc::new(self.firing_column(*detector))),
        }
    }

    /// Mean and spread in one pass, where the detector reads both.
    fn make_both(&self, leaf: &Leaf) -> Option<Column> {
        let Leaf::Window(function @ (WindowFunction::Avg | WindowFunction::Stddev), signal, span) = leaf
        else {
            return None;
        };
        let (avg, stddev) = (
            Leaf::Window(WindowFunction::Avg, *signal, *span),
            Leaf::Window(WindowFunction::Stddev, *signal, *span),
        );
        if !(self.leaves.contains(&avg) && self.leaves.contains(&stddev)) {
            return None;
        }
        let (mean, spread) =
            kernels::mean_and_spread(*span, &self.known.samples(*signal)?, self.steps, self.spare);
        let (mean, spread) = (Column::Numbers(Rc::new(mean)), Column::Numbers(Rc::new(spread)));
        let (wanted, other) =
            if *function == WindowFunction::Avg { (mean, (stddev, spread)) } else { (spread, (avg, mean)) };
        let mut shared = self.shared.borrow_mut();
        if !shared.columns.iter().any(|(known, _)| *known == other.0) {
            shared.columns.push(other);
        }
        Some(wanted)
    }

    /// The last values of a signal.
    fn last(&self, signal: SignalIndex) -> Rc<Vec<f64>> {
        match self.column_of(&Leaf::Last(signal)) {
            Column::Numbers(numbers) | Column::Line(numbers, _) => numbers,
            Column::Truths(_) => Rc::new(Vec::new()),
        }
    }

    fn numbers(
        &self,
        signal: SignalIndex,
        of: impl FnOnce(&heal_program::Signal, &Samples<'_>) -> Vec<f64>,
    ) -> Column {
        let numbers = match (self.program.signal(signal), self.known.samples(signal)) {
            (Some(node), Some(samples)) => of(node, &samples),
            (_, _) => self.spare.column(self.steps.count),
        };
        Column::Numbers(Rc::new(numbers))
    }

    fn firing_column(&self, detector: DetectorIndex) -> Vec<u8> {
        let keys = self.program.detector(detector).map(|node| node.keys.as_slice()).unwrap_or_default();
        let Some(key) = self.project(keys) else { return vec![UNKNOWN; self.steps.count] };
        let mut truths = Vec::with_capacity(self.steps.count);
        let mut so_far = if self.without_samples.contains(&detector) { FALSE } else { UNKNOWN };
        for (from, truth) in (self.truths)(detector, &key) {
            truths.resize(self.step_at_or_after(from).max(truths.len()), so_far);
            so_far = truth.map_or(UNKNOWN, u8::from);
        }
        truths.resize(self.steps.count, so_far);
        truths
    }

    fn step_at_or_after(&self, at: Timestamp) -> usize {
        let every = self.steps.every_ms.max(1);
        let ahead = at.0.saturating_sub(self.steps.first_ms);
        let steps = if ahead <= 0 { 0 } else { ahead.saturating_add(every - 1) / every };
        usize::try_from(steps).unwrap_or(usize::MAX).min(self.steps.count)
    }

    fn project(&self, fields: &[String]) -> Option<Key> {
        fields
            .iter()
            .map(|field| self.key.get(self.names.iter().position(|name| name == field)?).cloned())
            .collect()
    }

    /// What parts of the conditions come to at a step; not-a-number: unknown.
    pub(super) fn readings(&self, parts: &[(String, Expression)], step: usize) -> Vec<Exact> {
        let row = Row { columns: self, step };
        parts.iter().map(|(_, part)| Exact(reading(part, &row).unwrap_or(f64::NAN))).collect()
    }

    /// A condition at every step that is looked at, one by one.
    pub(super) fn truth_of_each(&self, expression: &Expression) -> Vec<u8> {
        let at = |step| truth(evaluate(expression, &Row { columns: self, step })).map_or(UNKNOWN, u8::from);
        self.range.clone().map(at).collect()
    }
}

fn time_of(steps: Steps, step: usize) -> Timestamp {
    let ahead = i64::try_from(step).unwrap_or(i64::MAX).saturating_mul(steps.every_ms);
    Timestamp(steps.first_ms.saturating_add(ahead))
}

impl Columns for KeyColumns<'_> {
    fn leaf(&self, place: usize) -> Vector<'_> {
        match self.columns.get(place).and_then(Option::as_ref) {
            Some(Column::Numbers(numbers) | Column::Line(numbers, _)) => {
                Vector::Read(numbers.get(self.range.clone()).unwrap_or_default())
            }
            Some(Column::Truths(truths)) => {
                Vector::ReadTruths(truths.get(self.range.clone()).unwrap_or_default())
            }
            None => Vector::Truth(UNKNOWN),
        }
    }

    fn same(&self, expression: &Expression) -> Result<Vector<'_>, StepByStep> {
        match evaluate(expression, &Row { columns: self, step: self.range.start }) {
            Some(Value::Number(number)) if !number.is_nan() => Ok(Vector::Number(number)),
            Some(Value::Bool(truth)) => Ok(Vector::Truth(u8::from(truth))),
            Some(_) | None => Err(StepByStep),
        }
    }

    fn line(&self, place: usize) -> (&[f64], &[f64]) {
        match self.columns.get(place).and_then(Option::as_ref) {
            Some(Column::Line(values, slopes)) => (
                values.get(self.range.clone()).unwrap_or_default(),
                slopes.get(self.range.clone()).unwrap_or_default(),
            ),
            Some(Column::Numbers(_) | Column::Truths(_)) | None => (&[], &[]),
        }
    }

    fn steps_count(&self) -> usize {
        self.range.len()
    }
}

/// The facts of a key at one step.
struct Row<'r, 'k> {
    columns: &'r KeyColumns<'k>,
    step: usize,
}

impl Row<'_, '_> {
    fn number(&self, leaf: &Leaf) -> Option<f64> {
        let place = self.columns.leaves.iter().position(|other| other == leaf)?;
        match self.columns.columns.get(place)?.as_ref()? {
            Column::Numbers(numbers) => numbers.get(self.step).copied().filter(|number| !number.is_nan()),
            Column::Truths(_) | Column::Line(..) => None,
        }
    }

    fn truth(&self, leaf: &Leaf) -> Option<bool> {
        let place = self.columns.leaves.iter().position(|other| other == leaf)?;
        match self.columns.columns.get(place)?.as_ref()? {
            Column::Truths(truths) => match truths.get(self.step) {
                Some(&TRUE) => Some(true),
                Some(&FALSE) => Some(false),
                Some(_) | None => None,
            },
            Column::Numbers(_) | Column::Line(..) => None,
        }
    }
}

impl Facts for Row<'_, '_> {
    fn param(&self, param: ParamIndex) -> Option<f64> {
        self.columns.program.param(param).map(|param| param.value)
    }

    fn signal(&self, signal: SignalIndex) -> Option<f64> {
        self.number(&Leaf::Last(signal))
    }

    fn window(&self, function: WindowFunction, signal: SignalIndex, span: Millis) -> Option<f64> {
        self.number(&Leaf::Window(function, signal, span))
    }

    fn firing(&self, detector: DetectorIndex) -> Option<bool> {
        self.truth(&Leaf::Firing(detector))
    }

    fn key_field(&self, name: &str) -> Option<String> {
        let position = self.columns.names.iter().position(|field| field == name)?;
        self.columns.key.get(position).cloned()
    }

    fn entity_field(&self, _root: &str, _entity: EntityIndex, _path: &[String]) -> Option<Value> {
        // A detector that reads one is not foretold.
        None
    }

    fn learned(&self, signal: SignalIndex, model: &Learned, part: LearnedPart) -> Option<f64> {
        self.number(&Leaf::Learned(signal, model.clone(), part))
    }

    fn time_to(&self, signal: SignalIndex, model: &Learned, threshold: f64) -> Option<f64> {
        let Learned::Forecast { ahead, .. } = model else { return None };
        let leaf = Leaf::Line(signal, model.clone());
        let place = self.columns.leaves.iter().position(|other| *other == leaf)?;
        let Column::Line(values, slopes) = self.columns.columns.get(place)?.as_ref()? else { return None };
        let (value, slope) = (*values.get(self.step)?, *slopes.get(self.step)?);
        let seconds = super::vector::seconds_to(threshold, value, slope, ahead.as_seconds());
        (!seconds.is_nan()).then_some(seconds)
    }

    fn absent(&self, signal: SignalIndex, span: Millis) -> Option<bool> {
        self.truth(&Leaf::Absent(signal, span))
    }

    fn during(&self, calendar: &Calendar) -> Option<bool> {
        is_during(calendar, self.columns.time_of(self.step))
    }
}

/// All that a condition reads, wherever it stands in it.
pub(super) fn leaves_of(expression: &Expression, leaves: &mut Vec<Leaf>) {
    expression.walk(&mut |part| {
        #[expect(clippy::wildcard_enum_match_arm, reason = "what is no leaf reads nothing")]
        let leaf = match part {
            Expression::TimeTo { signal, model, .. } => Some(Leaf::Line(*signal, model.clone())),
            other => leaf_of(other),
        };
        if let Some(leaf) = leaf.filter(|leaf| !leaves.contains(leaf)) {
            leaves.push(leaf);
        }
    });
}

/// How columns of a key and a grid are told apart.
pub(super) type SharedColumns = BTreeMap<(i64, i64), RefCell<Shared>>;
