//! Engines of one group at a moment of a recording, for explanations: as they stood, and what they saw step by step.

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::{Engine, Group, Key, Labels, Prophecy, TraceEvent};
use heal_program::{DetectorIndex, Expression, Millis, Program, Read, SignalIndex, Timestamp};
use heal_telemetry::Sample;

use crate::{
    Decided, Groups, Options, SimulationError,
    feed::Feed,
    foretelling::is_foretold,
    groups::Told,
    simulate::Recorded,
    world::{live, live_watched},
};

/// A group of a program that is let live again, as often as somebody looks.
#[derive(Debug)]
pub struct GroupLife<'g, 'r> {
    groups: &'g Groups<'r>,
    group: &'g Group,
    /// What is foretold of its detectors.
    prophecies: BTreeMap<DetectorIndex, Prophecy>,
    told: Told<'r>,
}

impl<'r> Groups<'r> {
    /// A group that is let live; none where there is none at that place.
    ///
    /// # Errors
    /// When the recording cannot be read.
    pub fn life<'g>(
        &'g self,
        place: usize,
        options: &Options<'_>,
    ) -> Result<Option<GroupLife<'g, 'r>>, SimulationError> {
        let Some(group) = self.all().get(place) else { return Ok(None) };
        let mut prophecies = self.foretell(&[place], options)?;
        prophecies.retain(|detector, _| group.detectors.contains(detector));
        Ok(Some(GroupLife { groups: self, group, prophecies, told: self.told(place, group)? }))
    }
}

impl GroupLife<'_, '_> {
    /// What the group did, from beginning to end.
    ///
    /// # Errors
    /// For a defect of Heal's own.
    pub fn decided(&self) -> Result<Decided<Vec<TraceEvent>>, SimulationError> {
        self.told.decided(self.groups, self.group, self.prophecies.clone())
    }

    /// The engine of the group as it stood at each of these times: of the course in which every verification passes, or
    /// fails. All of them come of one run, and tell all that stood in the way of what they held back up to then.
    ///
    /// # Errors
    /// For a defect of Heal's own.
    pub fn engines_at(
        &self,
        verified: bool,
        times: &BTreeSet<Timestamp>,
    ) -> Result<BTreeMap<Timestamp, Engine>, SimulationError> {
        let mut engines = BTreeMap::new();
        if times.is_empty() {
            return Ok(engines);
        }
        let (engine, mut world) =
            self.groups.begin((self.group, &self.told), verified, self.prophecies.clone());
        let mut engine = engine.telling_hindrances();
        for at in times {
            live(&mut engine, &mut world, *at)?;
            engines.insert(*at, engine.clone());
        }
        Ok(engines)
    }

    /// Lets an engine see all that a detector of the group sees, up to `until`, and calls `look` after each step. Where what
    /// it sees of one key follows from that key's series alone, only the series are told that none of `labels`
    /// contradicts, and nothing is decided.
    ///
    /// # Errors
    /// When the recording cannot be read, or for a defect of Heal's own.
    pub fn observe(
        &self,
        (detector, labels): (DetectorIndex, &Labels),
        until: Timestamp,
        look: impl FnMut(&Engine, Timestamp),
    ) -> Result<(), SimulationError> {
        if !self.is_foretold(detector) {
            return self.watch(until, look);
        }
        let all = |samples: Vec<Sample>| samples;
        self.stream((detector, labels), (until, all), until, look)
    }

    /// The keys that a detector of the group knows at the last of its steps up to a time, sorted.
    ///
    /// # Errors
    /// As [`GroupLife::observe`].
    pub fn keys_at(&self, detector: DetectorIndex, at: Timestamp) -> Result<Vec<Key>, SimulationError> {
        let every = self.groups.program().detector(detector).map_or(Millis(1), |node| node.every);
        let step = Timestamp(at.0 - at.0.rem_euclid(every.0.max(1)));
        let mut keys: Vec<Key> = Vec::new();
        let look = |engine: &Engine, now: Timestamp| {
            if now == step {
                keys = engine.keys(detector);
            }
        };
        if self.is_foretold(detector) {
            // Whoever is known stays known by its last sample, whatever came before it.
            let last = |samples: Vec<Sample>| samples.last().copied().into_iter().collect();
            self.stream((detector, &Labels::new()), (step, last), at, look)?;
        } else {
            self.watch(at, look)?;
        }
        keys.sort();
        Ok(keys)
    }

    /// Whether what the detector sees of one key follows from that key's series alone.
    fn is_foretold(&self, detector: DetectorIndex) -> bool {
        let groups = self.groups;
        is_foretold(groups.program(), groups.recording(), groups.feeds(), detector)
    }

    /// Watches the group itself.
    fn watch(&self, until: Timestamp, look: impl FnMut(&Engine, Timestamp)) -> Result<(), SimulationError> {
        let (mut engine, mut world) =
            self.groups.begin((self.group, &self.told), true, self.prophecies.clone());
        live_watched(&mut engine, &mut world, until, look)?;
        Ok(())
    }

    /// Tells an engine that decides nothing what series behind a detector have up to a time, of each as much as is `kept`.
    fn stream(
        &self,
        (detector, labels): (DetectorIndex, &Labels),
        (told, kept): (Timestamp, impl Fn(Vec<Sample>) -> Vec<Sample>),
        until: Timestamp,
        look: impl FnMut(&Engine, Timestamp),
    ) -> Result<(), SimulationError> {
        let groups = self.groups;
        let mut program = groups.program().clone();
        let signals = signals_behind(&program, detector);
        let is_seen = |feed: &&Feed<'_>| signals.contains(&feed.signal) && concerns(&program, feed, labels);
        let feeds: Vec<Feed<'_>> = groups.feeds().iter().filter(is_seen).cloned().collect();
        program.policies.clear();
        let mut samples = Vec::with_capacity(feeds.len());
        for feed in &feeds {
            let mut all = feed.samples()?;
            all.truncate(all.partition_point(|sample| sample.at <= told));
            samples.push(kept(all));
        }
        let mut world = Recorded::new(&program, groups.recording(), (&feeds, &samples), groups.entities());
        let engine = Engine::new(program).assuming_verify(true).holding(groups.entities().fields());
        let mut engine = engine.trusting_claims(groups.untold().clone());
        live_watched(&mut engine, &mut world, until, look)?;
        Ok(())
    }
}

/// Whether a series can be about what has these labels: none that both have differs.
fn concerns(program: &Program, feed: &Feed<'_>, labels: &Labels) -> bool {
    let Some(signal) = program.signal(feed.signal) else { return true };
    signal
        .keys
        .iter()
        .zip(&feed.key)
        .all(|(field, value)| labels.iter().all(|(other, wanted)| other != field || wanted == value))
}

/// The signals that a detector reads, also through other detectors.
#[must_use]
pub fn signals_behind(program: &Program, detector: DetectorIndex) -> BTreeSet<SignalIndex> {
    let mut signals = BTreeSet::new();
    let mut seen = BTreeSet::from([detector]);
    let mut open = vec![detector];
    while let Some(node) = open.pop().and_then(|next| program.detector(next)) {
        let mut visit = |part: &Expression| match part.read() {
            Some(Read::Signal(signal, _)) => {
                signals.insert(signal);
            }
            Some(Read::Detector(other)) => {
                if seen.insert(other) {
                    open.push(other);
                }
            }
            Some(Read::Event(..) | Read::Entity(_)) | None => {}
        };
        node.when.walk(&mut visit);
        if let Some(clear) = &node.clear {
            clear.when.walk(&mut visit);
        }
    }
    signals
}
