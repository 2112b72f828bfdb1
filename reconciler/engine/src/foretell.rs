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
    Detector, DetectorIndex, Expression, Learned, Millis, PlanIndex, Program, Read, SignalIndex, Timestamp,
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
    prepared::{Prepared, Reads, conditions},
};

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
}

impl<'p> Foreteller<'p> {
    /// Looks which detectors of a program can be foretold. `is_whole` says of a signal whether its series are all that
    /// there is to know of it: none goes silent for so long that its key would begin anew, none is beyond its cap.
    #[must_use]
    pub fn new(program: &'p Program, is_whole: impl Fn(SignalIndex) -> bool) -> Foreteller<'p> {
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
            let foreseen = foreteller.foresee(at, &prepared, &is_whole);
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
        is_whole: impl Fn(SignalIndex) -> bool,
    ) -> Option<Foreseen> {
        let node = self.program.detectors.get(at)?;
        let derived = prepared.detectors.get(at)?;
        let within = |keys: &[String]| keys.iter().all(|key| node.keys.contains(key));
        for signal in &derived.signals {
            let signal_node = self.program.signal(*signal)?;
            let is_timely = signal_node.lateness == Millis::ZERO && node.lateness == Millis::ZERO;
            if !(within(&signal_node.keys) && is_timely && is_whole(*signal)) {
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
        Some(Foreseen { conditions, texts: Arc::new(texts), leaves, signals, stale_after, level })
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
