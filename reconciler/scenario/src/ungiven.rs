//! What the outcome of a test hangs on that it does not give.

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::Key;
use heal_program::{
    DetectorIndex, Expression, Program, Read, SignalIndex,
    scenario::{Sampled, Scenario},
};

use crate::Failure;

/// Collects reads that are unknown because nothing is given.
pub(crate) struct Ungiven<'p> {
    program: &'p Program,
    /// The keys of which there are samples.
    given: BTreeMap<Sampled, BTreeSet<Key>>,
    found: BTreeMap<(Input, DetectorIndex), ()>,
}

/// Something that could be given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Input {
    /// A signal, for a key; none: for any.
    Signal(SignalIndex, Option<Key>),
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
                    self.note_signal(signal, of_key, detector);
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
                    self.note_signal(signal, None, detector);
                }
            });
        }
    }

    fn note_signal(&mut self, signal: SignalIndex, key: Option<Key>, detector: DetectorIndex) {
        let given = self.given.get(&Sampled::Signal(signal));
        let is_given = match (&key, given) {
            (_, None) => false,
            (Some(key), Some(given)) => given.contains(key),
            (None, Some(_)) => true,
        };
        if !is_given {
            self.found.insert((Input::Signal(signal, key), detector), ());
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

    /// What is missing, as failures: each input once, with the first that reads it.
    pub(crate) fn failures(&self) -> Vec<Failure> {
        let mut seen: BTreeSet<&Input> = BTreeSet::new();
        let found = self.found.keys().filter(|(input, _)| seen.insert(input));
        found
            .map(|(input, detector)| {
                let Input::Signal(signal, key) = input;
                let node = self.program.signal(*signal);
                let (path, fields) =
                    node.map_or(("?", [].as_slice()), |it| (it.head.path.as_str(), it.keys.as_slice()));
                let name = path.rsplit('.').next().unwrap_or(path);
                let entries: Vec<String> = fields
                    .iter()
                    .enumerate()
                    .map(|(at, field)| match key.as_ref().and_then(|key| key.get(at)) {
                        Some(value) => format!("{field}: {value:?}"),
                        None => format!("{field}: \"...\""),
                    })
                    .collect();
                let braces =
                    if entries.is_empty() { String::new() } else { format!("{{{}}}", entries.join(", ")) };
                let reader = self.program.detector(*detector).map_or("?", |it| it.head.path.as_str());
                Failure::NotGiven {
                    input: if key.is_some() { format!("{name}{braces}") } else { name.to_owned() },
                    because: format!("`{reader}` reads it"),
                    help: format!(
                        "add `given {name}{braces} = ...`, or `= missing` where that is what is tested"
                    ),
                }
            })
            .collect()
    }
}
