//! Detection over series that are known from beginning to end, many steps at once.
//!
//! A simulation knows all samples before it starts, so it need not tell the engine each of them: the firings of a
//! detector that reads nothing but samples follow from its series alone. They are computed here, column by column, by
//! the same kernels and the same state machine that detect live, and the engine is told when keys begin to fire and when
//! they end. A property test holds both ways equal, value by value.

mod changes;
mod columns;
mod kernels;
mod node;
mod prophecy;
mod together;
mod vector;
mod written;

use std::{cell::RefCell, collections::BTreeSet, sync::Arc};

use heal_detection::columns::Steps;
use heal_program::{
    BinaryOperator, Detector, DetectorIndex, Expression, Learned, Millis, PlanIndex, Program, Read,
    SignalIndex, Timestamp, WindowFunction,
};

use changes::{Asked, Conditions};
use columns::{KeyColumns, Shared, SharedColumns, leaves_of};
use node::{Leaf, Node};

pub(crate) use changes::Foretold;
pub use columns::{Known, Truths};
pub use kernels::Spare;
pub(crate) use prophecy::Prophecies;
pub use prophecy::Prophecy;
pub(crate) use together::{Board, Rest, Together};

use crate::{
    Key,
    claims::looked_at,
    facts::parts,
    observe::SILENT_KEY_MEMORY,
    prepared::{Prepared, Reads, conditions},
};

/// How far the series of a signal are all that there is to know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Each key is there from its first sample to the end.
    Whole,
    /// The same, but some series end so long before the end that an engine forgets their keys.
    Ends,
    /// Some key goes silent for so long that it begins anew, or is beyond the cap.
    Parted,
}

/// Foretells the firings of a program's detectors.
#[derive(Debug)]
pub struct Foreteller<'p> {
    program: &'p Program,
    /// By detector; none: it cannot be foretold.
    detectors: Vec<Option<Foreseen>>,
    /// Detectors that something reads by name, so that it matters when nothing is known of them.
    read: BTreeSet<DetectorIndex>,
    without_samples: BTreeSet<DetectorIndex>,
    /// Plans that are judged by what was recorded after they were really run.
    judged: BTreeSet<PlanIndex>,
    /// Plans that one thing in the recording may be the same as, for each such thing.
    recalled: Vec<BTreeSet<PlanIndex>>,
}

/// A detector whose firings follow from its series.
#[derive(Debug)]
struct Foreseen {
    conditions: Conditions,
    /// What the parts of the conditions are called that are said of a change.
    texts: Arc<Vec<String>>,
    /// What both conditions read.
    leaves: Vec<Leaf>,
    /// Signals that it reads, itself or through other detectors.
    signals: BTreeSet<SignalIndex>,
    stale_after: Millis,
    /// Detectors of lower levels come first.
    level: usize,
    /// Whether something may be known of a key whose series have all ended.
    outlasts: bool,
}

impl<'p> Foreteller<'p> {
    /// Looks which detectors of a program can be foretold. `extent` says of a signal how far its series are all that there
    /// is to know of it.
    #[must_use]
    pub fn new(program: &'p Program, extent: impl Fn(SignalIndex) -> Extent) -> Foreteller<'p> {
        let prepared = Prepared::of(program, &[]);
        let detectors = (0..program.detectors.len()).map(|_| None).collect();
        let derived = (0..).zip(&prepared.detectors).filter(|(_, derived)| derived.signals.is_empty());
        let without_samples = derived.map(|(at, _)| DetectorIndex(at)).collect();
        let (judged, recalled) = (BTreeSet::new(), Vec::new());
        let read = read_by_name(program, &judged);
        let mut foreteller = Foreteller { program, detectors, read, without_samples, judged, recalled };
        let mut order: Vec<usize> = (0..program.detectors.len()).collect();
        order.sort_by_key(|at| prepared.place.get(*at).copied());
        for at in order {
            let foreseen = foreteller.foresee(at, &prepared, &extent);
            if let Some(slot) = foreteller.detectors.get_mut(at) {
                *slot = foreseen;
            }
        }
        foreteller
    }

    /// The same where runs were really done while the recording was made: plans that one of them may be the same as, a set for
    /// each thing that was done, and the plans among them that are judged by what was recorded afterwards.
    #[must_use]
    pub fn recalling(mut self, recalled: Vec<BTreeSet<PlanIndex>>, judged: BTreeSet<PlanIndex>) -> Self {
        self.read = read_by_name(self.program, &judged);
        (self.recalled, self.judged) = (recalled, judged);
        self
    }

    /// Sets of plans that one thing in the recording may be the same as.
    pub(crate) fn recalled(&self) -> &[BTreeSet<PlanIndex>] {
        &self.recalled
    }

    fn foresee(
        &self,
        at: usize,
        prepared: &Prepared,
        extent: impl Fn(SignalIndex) -> Extent,
    ) -> Option<Foreseen> {
        let node = self.program.detectors.get(at)?;
        let derived = prepared.detectors.get(at)?;
        let within = |keys: &[String]| keys.iter().all(|key| node.keys.contains(key));
        for signal in &derived.signals {
            let signal_node = self.program.signal(*signal)?;
            let is_timely = signal_node.lateness == Millis::ZERO && node.lateness == Millis::ZERO;
            if !(within(&signal_node.keys) && is_timely && extent(*signal) != Extent::Parted) {
                return None;
            }
        }
        let disturbs = self.program.plans.iter().any(|plan| !plan.disturbs.is_empty());
        let mut level = 0;
        for condition in conditions(node) {
            if !reads_samples_only(condition, disturbs) {
                return None;
            }
            for read in Reads::of([condition]).detectors {
                let other = self.detectors.get(read.at())?.as_ref()?;
                if !within(&self.program.detector(read)?.keys) {
                    return None;
                }
                level = level.max(other.level + 1);
            }
        }
        let outlasts = conditions(node).any(|condition| self.outlasts(node, condition));
        let ends = |signal: &SignalIndex| extent(*signal) == Extent::Ends && !is_remembered(node, *signal);
        if derived
            .signals
            .iter()
            .any(|it| ends(it) && (counts(node, *it) || outlasts && brings(self.program, node, *it)))
        {
            return None;
        }
        let mut leaves = Vec::new();
        for condition in conditions(node) {
            leaves_of(condition, &mut leaves);
        }
        let conditions = Conditions {
            when: Node::of(&node.when, &mut leaves),
            clear: node.clear.as_ref().map(|clear| Node::of(&clear.when, &mut leaves)),
            parts: own_parts(self.program, node),
        };
        let texts = conditions.parts.iter().map(|(text, _)| text.clone()).collect();
        let (signals, stale_after) = (derived.signals.clone(), derived.stale_after);
        Some(Foreseen { conditions, texts: Arc::new(texts), leaves, signals, stale_after, level, outlasts })
    }

    /// Whether something may be known of a key of a detector whose own series have all ended long ago.
    fn outlasts(&self, node: &Detector, expression: &Expression) -> bool {
        let known = |part: &Expression| self.outlasts(node, part);
        let of_signal = |signal: SignalIndex| !brings(self.program, node, signal);
        #[expect(clippy::wildcard_enum_match_arm, reason = "of all else it is not said that it is unknown")]
        match expression {
            Expression::Signal(signal)
            | Expression::Learned { signal, .. }
            | Expression::TimeTo { signal, .. } => of_signal(*signal),
            // Of a key that was seen it is known for ever, and so the key is remembered.
            Expression::Absent { signal, .. } => of_signal(*signal),
            Expression::Window { function, signal, span } => {
                is_told_of_nothing(*function, *span) || of_signal(*signal)
            }
            Expression::Firing(detector) => {
                let read = self.detectors.get(detector.at()).and_then(Option::as_ref);
                let is_of_key =
                    self.program.detector(*detector).is_some_and(|it| it.keys.len() == node.keys.len());
                !is_of_key || read.is_none_or(|read| read.outlasts)
            }
            Expression::Unary(_, operand) => known(operand),
            Expression::Binary(BinaryOperator::And | BinaryOperator::Or, left, right)
            | Expression::Or(left, right) => known(left) || known(right),
            Expression::Binary(_, left, right) => known(left) && known(right),
            Expression::Conditional(on, then, otherwise) => known(on) && (known(then) || known(otherwise)),
            _ => true,
        }
    }

    /// The detectors that can be foretold, those first that others read.
    #[must_use]
    pub fn levels(&self) -> Vec<Vec<DetectorIndex>> {
        let mut levels: Vec<Vec<DetectorIndex>> = Vec::new();
        for (at, foreseen) in (0..).zip(&self.detectors) {
            let Some(foreseen) = foreseen else { continue };
            if levels.len() <= foreseen.level {
                levels.resize(foreseen.level + 1, Vec::new());
            }
            if let Some(level) = levels.get_mut(foreseen.level) {
                level.push(DetectorIndex(at));
            }
        }
        levels
    }

    /// Whether something reads the detector by its name. What is foretold of it then says when it is unknown, too.
    #[must_use]
    pub fn is_read(&self, detector: DetectorIndex) -> bool {
        self.read.contains(&detector)
    }

    /// The signals that a foretold detector reads, itself or through others.
    pub fn signals(&self, detector: DetectorIndex) -> impl Iterator<Item = SignalIndex> {
        let foreseen = self.detectors.get(detector.at()).and_then(Option::as_ref);
        foreseen.into_iter().flat_map(|foreseen| foreseen.signals.iter().copied())
    }

    /// The signals whose samples the engine must still be told: those that something else than a foretold detector
    /// reads.
    #[must_use]
    pub fn told_signals(&self) -> BTreeSet<SignalIndex> {
        let prepared = Prepared::of(self.program, &[]);
        let mut told = BTreeSet::new();
        for (foreseen, derived) in self.detectors.iter().zip(&prepared.detectors) {
            if foreseen.is_none() {
                told.extend(&derived.signals);
            }
        }
        for policy in &self.program.policies {
            told.extend(Reads::of(crate::prepared::of_decisions(self.program, policy)).signals);
        }
        told.extend(Reads::of(&looked_at(self.program, &self.judged)).signals);
        told
    }

    /// The firings of detectors of one level for a key whose fields are those of each of them, from its first sample
    /// that brings the key to `end`. `truths` are those of lower levels.
    #[must_use]
    pub fn foretell(
        &self,
        detectors: &[(DetectorIndex, Timestamp)],
        key: &Key,
        known: &dyn Known,
        truths: &dyn Fn(DetectorIndex, &Key) -> Truths,
        (end, spare): (Timestamp, &Spare),
    ) -> Vec<(DetectorIndex, Prophecy)> {
        let mut shared = SharedColumns::new();
        let mut foretold = Vec::new();
        for (detector, born) in detectors {
            let Some(node) = self.program.detector(*detector) else { continue };
            let Some(Some(foreseen)) = self.detectors.get(detector.at()) else { continue };
            let every = node.every.0.max(1);
            let first = born.align_up(Millis(every));
            let ahead = end.since(first).0;
            let count = if ahead < 0 { 0 } else { usize::try_from(ahead / every).unwrap_or(0) + 1 };
            let steps = Steps { first_ms: first.0, every_ms: every, count };
            let columns = shared.entry((first.0, every)).or_insert_with(|| RefCell::new(Shared::default()));
            let mut columns = KeyColumns {
                program: self.program,
                names: &node.keys,
                key,
                steps,
                known,
                truths,
                without_samples: &self.without_samples,
                shared: columns,
                spare,
                leaves: &foreseen.leaves,
                columns: vec![None; foreseen.leaves.len()],
                range: 0..0,
            };
            let asked = Asked { stale_after: foreseen.stale_after, is_read: self.is_read(*detector) };
            let changes = changes::changes(node, &foreseen.conditions, &mut columns, asked);
            if !changes.is_empty() {
                foretold.push((*detector, Prophecy::of(key.clone(), &foreseen.texts, changes)));
            }
        }
        shared.into_values().for_each(|columns| columns.into_inner().give_back(spare));
        foretold
    }
}

/// Whether a signal has the whole key of a detector, so that its series say which keys there are.
fn brings(program: &Program, node: &Detector, signal: SignalIndex) -> bool {
    program.signal(signal).is_some_and(|signal| signal.keys.len() == node.keys.len())
}

/// Whether the keys of a signal that go silent are remembered for a detector.
fn is_remembered(node: &Detector, signal: SignalIndex) -> bool {
    let mut asks = false;
    for condition in conditions(node) {
        condition.walk(&mut |part| {
            asks |= matches!(part, Expression::Absent { signal: other, .. } if *other == signal);
        });
    }
    asks
}

/// Whether a detector computes something of a signal that is known of a series which has ended for as long as the series is
/// remembered.
fn counts(node: &Detector, signal: SignalIndex) -> bool {
    let mut counts = false;
    for condition in conditions(node) {
        condition.walk(&mut |part| {
            if let Expression::Window { function, signal: other, span } = part {
                counts |= *other == signal && is_told_of_nothing(*function, *span);
            }
        });
    }
    counts
}

/// Whether a window function is known where no sample came for longer than anything looks back: there are none, or, with
/// [`WindowFunction::Lag`], what was measured long before may still hold then.
fn is_told_of_nothing(function: WindowFunction, span: Millis) -> bool {
    match function {
        WindowFunction::Count => true,
        // It holds for `stale_after`, too, which may be as long.
        WindowFunction::Lag => span > SILENT_KEY_MEMORY,
        WindowFunction::Avg
        | WindowFunction::Min
        | WindowFunction::Max
        | WindowFunction::Sum
        | WindowFunction::Stddev
        | WindowFunction::Median
        | WindowFunction::Quantile(_)
        | WindowFunction::Rate
        | WindowFunction::Increase
        | WindowFunction::Delta
        | WindowFunction::Slope
        | WindowFunction::Ewma => false,
    }
}

/// The detectors that other detectors or decisions read by their names.
fn read_by_name(program: &Program, judged: &BTreeSet<PlanIndex>) -> BTreeSet<DetectorIndex> {
    let mut read = Reads::of(program.detectors.iter().flat_map(conditions)).detectors;
    for policy in &program.policies {
        read.extend(Reads::of(crate::prepared::of_decisions(program, policy)).detectors);
    }
    read.extend(Reads::of(&looked_at(program, judged)).detectors);
    read
}

/// What the conditions of a detector read that is foretold, for people. None of it is read for another key.
fn own_parts(program: &Program, node: &Detector) -> Vec<(String, Expression)> {
    let parts = parts(program, None, conditions(node));
    parts.into_iter().map(|(text, part)| (text, part.clone())).collect()
}

/// Whether a condition hangs on samples, time and other detectors alone. `disturbs`: what actions disturb is kept from
/// what is learned, so with them that hangs on decisions too.
fn reads_samples_only(condition: &Expression, disturbs: bool) -> bool {
    let mut only = true;
    condition.walk(&mut |part| {
        only &= match part.read() {
            Some(Read::Event(..) | Read::Entity(_)) => false,
            Some(Read::Signal(..) | Read::Detector(_)) | None => true,
        };
        #[expect(clippy::wildcard_enum_match_arm, reason = "all else is computed of what it reads")]
        match part {
            Expression::Aggregate { .. } | Expression::ForKey { .. } => only = false,
            Expression::Episode(_) | Expression::Secret(_) => only = false,
            Expression::Learned { model: Learned::Baseline { .. }, .. } => only &= !disturbs,
            _ => {}
        }
    });
    only
}
