//! What the outcome of a test hangs on that it does not give.

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::Key;
use heal_program::{
    DetectorIndex, Expression, Program, Read, SignalIndex,
    scenario::{Expectation, Sampled, Scenario},
    short_name,
};

use crate::Failure;

/// Collects reads that are unknown because nothing is given.
pub(crate) struct Ungiven<'p> {
    program: &'p Program,
    /// The keys of which there are samples.
    given: BTreeMap<Sampled, BTreeSet<Key>>,
    /// Each with whether the detector was looked at: one that never was matters only to who names what it leads to.
    found: BTreeMap<(Input, DetectorIndex), bool>,
}

/// Something that could be given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Input {
    /// A signal, for a key; none: for any.
    Signal(SignalIndex, Option<Key>),
}

/// An expectation, and the detectors that it hangs on.
pub(crate) struct Hanging<'e> {
    pub(crate) expectation: &'e Expectation,
    pub(crate) on: BTreeSet<DetectorIndex>,
    /// Whether it names what it is about.
    pub(crate) is_named: bool,
}

impl<'p> Ungiven<'p> {
    pub(crate) fn new(program: &'p Program, scenario: &Scenario) -> Ungiven<'p> {
        let mut given: BTreeMap<Sampled, BTreeSet<Key>> = BTreeMap::new();
        for series in &scenario.series {
            given.entry(series.of.clone()).or_default().insert(series.key.clone());
        }
        Ungiven { program, given, found: BTreeMap::new() }
    }

    /// Notes why a detector's condition is unknown for a key, where nothing is given.
    pub(crate) fn blame(&mut self, detector: DetectorIndex, key: &Key, parts: &[&Expression]) {
        let Some(node) = self.program.detector(detector) else { return };
        for part in parts {
            part.walk(&mut |part| {
                if let Some(Read::Signal(signal, _)) = part.read() {
                    let of_key = self.key_of(signal, &node.keys, key);
                    self.note_signal(signal, of_key, (detector, true));
                }
            });
        }
    }

    /// Notes a detector that was never looked at, because nothing that it reads is given.
    pub(crate) fn never_seen(&mut self, detector: DetectorIndex) {
        let Some(node) = self.program.detector(detector) else { return };
        let clear = node.clear.iter().map(|clear| &clear.when);
        for expression in std::iter::once(&node.when).chain(clear) {
            expression.walk(&mut |part| {
                if let Some(Read::Signal(signal, _)) = part.read() {
                    self.note_signal(signal, None, (detector, false));
                }
            });
        }
    }

    fn note_signal(
        &mut self,
        signal: SignalIndex,
        key: Option<Key>,
        (detector, was_seen): (DetectorIndex, bool),
    ) {
        let given = self.given.get(&Sampled::Signal(signal));
        let is_given = match (&key, given) {
            (_, None) => false,
            (Some(key), Some(given)) => given.contains(key),
            (None, Some(_)) => true,
        };
        if !is_given {
            *self.found.entry((Input::Signal(signal, key), detector)).or_default() |= was_seen;
        }
    }

    /// The part of a detector's key that a signal has; none where the signal has fields that the key lacks.
    fn key_of(&self, signal: SignalIndex, names: &[String], key: &Key) -> Option<Key> {
        let field = |field: &String| {
            let position = names.iter().position(|name| name == field)?;
            key.get(position).cloned()
        };
        self.program.signal(signal)?.keys.iter().map(field).collect()
    }

    /// What is missing, as failures: each input once, at the first expectation that hangs on a detector which reads it.
    pub(crate) fn failures(&self, hanging: &[Hanging<'_>]) -> Vec<Failure> {
        let mut seen: BTreeSet<&Input> = BTreeSet::new();
        let mut failures = Vec::new();
        for ((input, detector), was_seen) in &self.found {
            let hangs = |it: &&Hanging<'_>| it.on.contains(detector) && (*was_seen || it.is_named);
            let Some(hanging) = hanging.iter().find(hangs) else { continue };
            if seen.insert(input) {
                failures.push(self.failure(input, *detector, hanging.expectation));
            }
        }
        failures
    }

    fn failure(&self, input: &Input, detector: DetectorIndex, expectation: &Expectation) -> Failure {
        let Input::Signal(signal, key) = input;
        let node = self.program.signal(*signal);
        let (path, fields) =
            node.map_or(("?", [].as_slice()), |it| (it.head.path.as_str(), it.keys.as_slice()));
        let name = short_name(path);
        let entries: Vec<String> = fields
            .iter()
            .enumerate()
            .map(|(at, field)| match key.as_ref().and_then(|key| key.get(at)) {
                Some(value) => format!("{field}: {value:?}"),
                None => format!("{field}: \"...\""),
            })
            .collect();
        let braces = if entries.is_empty() { String::new() } else { format!("{{{}}}", entries.join(", ")) };
        let reader = self.program.detector(detector).map_or("?", |it| it.head.path.as_str());
        Failure::NotGiven {
            origin: expectation.origin.clone(),
            place: expectation.place,
            input: if key.is_some() { format!("{name}{braces}") } else { name.to_owned() },
            because: format!("`{reader}` reads it"),
            help: format!("add `given {name}{braces} = ...`, or `= missing` where that is what is tested"),
        }
    }
}
