//! What detectors saw at every step, beside what they said.

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::{Engine, Key};
use heal_evaluate::{evaluate, truth};
use heal_explain::{blamed, readings};
use heal_program::{DetectorIndex, Millis, Program, Timestamp};

use crate::{Reading, ungiven::Ungiven};

/// Most keys of one detector that are looked at.
const KEYS_MAX: usize = 64;

/// A detector's condition for one key over time: from each time on, until the next.
pub(crate) type Truths = Vec<(Timestamp, Option<bool>)>;

/// Where values are to be read: by detector and key.
pub(crate) type Wanted = BTreeMap<(DetectorIndex, Key), BTreeSet<Timestamp>>;

/// Looks at detectors while an engine lives.
pub(crate) struct Watch<'p> {
    program: &'p Program,
    detectors: BTreeSet<DetectorIndex>,
    /// The last step of each that was looked at.
    last: BTreeMap<DetectorIndex, Timestamp>,
    pub(crate) truths: BTreeMap<(DetectorIndex, Key), Truths>,
    /// What conditions are unknown for that nothing gives.
    pub(crate) ungiven: Option<Ungiven<'p>>,
    wanted: Wanted,
    pub(crate) read: BTreeMap<(DetectorIndex, Key, Timestamp), Vec<Reading>>,
}

impl<'p> Watch<'p> {
    /// Watches `detectors`; reads the values at what is `wanted`.
    pub(crate) fn new(
        program: &'p Program,
        detectors: BTreeSet<DetectorIndex>,
        ungiven: Option<Ungiven<'p>>,
        wanted: Wanted,
    ) -> Watch<'p> {
        let (last, truths, read) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Watch { program, detectors, last, truths, ungiven, wanted, read }
    }

    /// Looks at what the engine has just done at `now`.
    pub(crate) fn look(&mut self, engine: &Engine, now: Timestamp) {
        for index in self.detectors.clone() {
            let Some(detector) = self.program.detector(index) else { continue };
            let at = now.minus(detector.lateness);
            let is_step = at.align_up(Millis(detector.every.0.max(1))) == at;
            if !is_step || self.last.get(&index).is_some_and(|last| *last >= at) {
                continue;
            }
            self.last.insert(index, at);
            for key in engine.keys(index).into_iter().take(KEYS_MAX) {
                let id = (index, key);
                let facts = engine.facts(index, &id.1, at);
                let truth = truth(evaluate(&detector.when, &facts));
                if truth.is_none()
                    && let Some(ungiven) = &mut self.ungiven
                {
                    ungiven.blame(index, &id.1, &blamed(&detector.when, &facts));
                }
                if self.wanted.get(&id).is_some_and(|wanted| wanted.contains(&at)) {
                    let values = readings(self.program, &detector.when, &facts);
                    self.read.insert((index, id.1.clone(), at), values);
                }
                drop(facts);
                let truths = self.truths.entry(id).or_default();
                if truths.last().is_none_or(|(_, last)| *last != truth) {
                    truths.push((at, truth));
                }
            }
        }
    }
}

/// The longest stretch within `from..=to` in which a condition was true: where it begins, and where it stops being true.
pub(crate) fn longest_true(
    truths: &Truths,
    from: Timestamp,
    to: Timestamp,
) -> Option<(Timestamp, Timestamp)> {
    let ends = truths.iter().skip(1).map(|(at, _)| *at).chain(std::iter::once(to));
    let stretches = truths.iter().zip(ends).filter(|((_, truth), _)| *truth == Some(true));
    stretches
        .map(|((begin, _), end)| ((*begin).max(from), end.min(to)))
        .filter(|(begin, end)| begin <= end)
        .max_by_key(|(begin, end)| (end.since(*begin), std::cmp::Reverse(*begin)))
}
