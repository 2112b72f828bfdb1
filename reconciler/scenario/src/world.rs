//! The world that a test gives.

mod answers;
mod living;
mod recorded;
mod track;

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::{Effect, Input, Key, Request, TraceEvent, TraceKind, WithheldReason};
use heal_program::{
    Program, Timestamp,
    scenario::{Sampled, Scenario, Stopped},
};
use heal_simulator::{Recalled, RecordedEntities, World};
use heal_telemetry::{Recording, RecordingError};

use answers::Runs;
use living::Living;
use recorded::RecordedSamples;
use track::{Track, is_stopped};

pub(crate) use recorded::{is_given, recorded_entities};

/// Samples that were told, by what they are of and their key.
pub(crate) type Told = BTreeMap<(Sampled, Key), Vec<(Timestamp, f64)>>;

/// What a test gives, and how it says that the world answers.
pub(crate) struct GivenWorld<'a> {
    program: &'a Program,
    scenario: &'a Scenario,
    end: Timestamp,
    tracks: Vec<Track>,
    /// Entities with what is given of them.
    living: Living<'a>,
    /// When each track has its next sample.
    next_samples: BTreeSet<(Timestamp, usize)>,
    /// Everything else that is known to happen, in the order in which it became known.
    scheduled: BTreeMap<(Timestamp, u64), Input>,
    scheduled_count: u64,
    runs: Runs,
    recorded: RecordedSamples<'a>,
    /// What was really done while what is replayed was recorded.
    recalled: Option<Recalled<'a>>,
    told: Option<Told>,
    /// Plans with a `require` that nobody could answer, and its text.
    unanswered: BTreeMap<String, String>,
}

impl<'a> GivenWorld<'a> {
    /// The world of a scenario until `end`; with `keeps`, the samples that are told are kept.
    ///
    /// # Errors
    /// When the recording cannot be read.
    pub(crate) fn new(
        (program, scenario): (&'a Program, &'a Scenario),
        (recording, entities): (Option<&'a Recording>, &RecordedEntities),
        end: Timestamp,
        keeps: bool,
    ) -> Result<GivenWorld<'a>, RecordingError> {
        let mut world = GivenWorld {
            program,
            scenario,
            end,
            tracks: Vec::new(),
            living: Living::new(program, scenario, end),
            next_samples: BTreeSet::new(),
            scheduled: BTreeMap::new(),
            scheduled_count: 0,
            runs: Runs::new(program, scenario),
            recorded: RecordedSamples::new(program, scenario, recording)?,
            recalled: recording.map(|recording| Recalled::of(program, &program.policies, recording)),
            told: keeps.then(Told::new),
            unanswered: BTreeMap::new(),
        };
        for given in &scenario.series {
            world.tracks.extend(Track::given(program, scenario, given));
        }
        for at in 0..world.tracks.len() {
            world.schedule_sample(at);
        }
        for given in &scenario.events {
            for at in &given.at {
                let at = scenario.start.plus(*at);
                if let Some(input) = event(program, given, at) {
                    world.schedule(at, input);
                }
            }
        }
        for (at, input) in sources(program, scenario) {
            world.schedule(at, input);
        }
        for (at, input) in
            recording.into_iter().flat_map(|recording| heal_simulator::happened(recording, entities))
        {
            world.schedule(at, input);
        }
        world.drop_replaced();
        Ok(world)
    }

    /// The samples that were told, and the plans with a `require` that nobody could answer.
    pub(crate) fn into_parts(self) -> (Told, BTreeMap<String, String>) {
        (self.told.unwrap_or_default(), self.unanswered)
    }

    fn schedule(&mut self, at: Timestamp, input: Input) {
        self.scheduled.insert((at, self.scheduled_count), input);
        self.scheduled_count += 1;
    }

    /// Finds the next sample of a track that has not been told.
    fn schedule_sample(&mut self, at: usize) {
        let Some(track) = self.tracks.get_mut(at) else { return };
        if let Some(before) = track.next.take() {
            self.next_samples.remove(&(before, at));
        }
        track.next = track.next_sample(self.scenario.start, self.end);
        self.next_samples.extend(track.next.map(|time| (time, at)));
    }

    fn next_sample(&mut self) -> Option<Input> {
        let (time, at) = self.next_samples.pop_first()?;
        let track = self.tracks.get_mut(at)?;
        track.next = None;
        track.told = Some(time);
        let value = track.value(time)?;
        let (of, key) = (track.of.clone(), track.key.clone());
        self.schedule_sample(at);
        self.tell(of, key, time, value)
    }

    /// Drops recorded samples that do not arrive, or that go another way.
    fn drop_replaced(&mut self) {
        while let Some(sample) = self.recorded.peek() {
            let of = Sampled::Signal(sample.signal);
            let is_replaced = self.tracks.iter().any(|track| track.of == of && track.key == sample.key);
            if !is_replaced && !is_stopped(self.program, self.scenario, &of, &sample.key, sample.at) {
                return;
            }
            self.recorded.take();
        }
    }

    fn next_recorded(&mut self) -> Option<Input> {
        let sample = self.recorded.take()?;
        self.drop_replaced();
        self.tell(Sampled::Signal(sample.signal), sample.key, sample.at, sample.value)
    }

    fn tell(&mut self, of: Sampled, key: Key, at: Timestamp, value: f64) -> Option<Input> {
        let input = sample(self.program, &of, &key, at, value);
        if let Some(told) = &mut self.told {
            told.entry((of, key)).or_default().push((at, value));
        }
        input
    }
}

impl World for GivenWorld<'_> {
    fn upcoming(&self) -> Option<Timestamp> {
        let sample = self.next_samples.first().map(|(at, _)| *at);
        let scheduled = self.scheduled.keys().next().map(|(at, _)| *at);
        let living = self.living.next_at();
        sample.into_iter().chain(living).chain(scheduled).chain(self.recorded.next_at()).min()
    }

    fn next_input(&mut self) -> Option<Input> {
        // That an entity lives comes first of all that happens at one time.
        if self.living.next_at().is_some_and(|at| self.upcoming() == Some(at)) {
            return self.living.take(&self.tracks);
        }
        let sample = self.next_samples.first().map(|(at, _)| *at);
        let recorded = self.recorded.next_at();
        let first_sample = sample.into_iter().chain(recorded).min();
        match self.scheduled.keys().next().copied() {
            Some(first) if first_sample.is_none_or(|at| first.0 < at) => self.scheduled.remove(&first),
            Some(_) | None if recorded.is_some_and(|at| sample.is_none_or(|other| at < other)) => {
                self.next_recorded()
            }
            Some(_) | None => self.next_sample(),
        }
    }

    fn ask(&mut self, now: Timestamp, effect: &Effect) {
        match &effect.request {
            Request::Act { run, plan, step, phase, labels, arguments, .. } => {
                let asked = answers::Asked { run: *run, plan, step, phase: *phase, labels, arguments };
                let reply = self.runs.reply(&asked, now);
                for change in reply.changes {
                    self.become_another(&change);
                }
                if let Some((at, outcome)) = reply.outcome {
                    self.schedule(at, Input::EffectResult { id: effect.id, outcome });
                }
            }
            Request::Ask { team, .. } => {
                let answers = self.scenario.decisions.iter().filter(|decision| decision.team == *team);
                for (at, decision) in answers.enumerate() {
                    let input = Input::Approval {
                        id: effect.id,
                        granted: decision.grants,
                        by: format!("person {} of {team}", at + 1),
                    };
                    self.schedule(now.plus(decision.after), input);
                }
            }
            Request::Escalate { .. } => {}
        }
    }

    fn see(&mut self, event: &TraceEvent) {
        if let Some(told) = self.recalled.as_mut().and_then(|recalled| recalled.see(event)) {
            self.schedule(event.at, told);
        }
        if let TraceKind::Withheld { plan, reason, .. } = &event.kind
            && let WithheldReason::RequireUnknown { condition, why, .. } = reason
            && why == "not recorded"
        {
            self.unanswered.entry(plan.clone()).or_insert_with(|| condition.clone());
        }
    }
}

impl GivenWorld<'_> {
    /// Puts the tracks that a change reaches on their new course.
    fn become_another(&mut self, change: &answers::Change) {
        for (key, base) in self.recorded.keys(&change.of, change.at) {
            let is_known = self.tracks.iter().any(|track| track.of == change.of && track.key == key);
            let track = Track::recorded(self.program, self.scenario, &change.of, (key, base), change.at);
            if !is_known {
                self.tracks.extend(track.filter(|track| change.reaches(&track.labels)));
            }
        }
        let reaches = |track: &Track| track.of == change.of && change.reaches(&track.labels);
        if !self.tracks.iter().any(reaches) {
            self.tracks.extend(Track::unnamed(self.program, self.scenario, &change.of, &change.fields()));
        }
        for at in 0..self.tracks.len() {
            let Some(track) = self.tracks.get_mut(at).filter(|track| reaches(track)) else { continue };
            track.turn(change.at, &change.segments);
            self.schedule_sample(at);
        }
        self.drop_replaced();
    }
}

/// A sample as the engine is told it.
fn sample(program: &Program, of: &Sampled, key: &Key, at: Timestamp, value: f64) -> Option<Input> {
    match of {
        Sampled::Signal(signal) => {
            program.signal(*signal)?;
            Some(Input::Sample { signal: *signal, key: key.clone(), at, value })
        }
        Sampled::Field(entity, field) => {
            program.entity(*entity)?;
            Some(Input::Field { entity: *entity, key: key.clone(), field: field.clone(), at, value })
        }
    }
}

/// Logs whose counted lines stop for all keys are down: what they count is then unknown, and not 0.
fn sources(program: &Program, scenario: &Scenario) -> Vec<(Timestamp, Input)> {
    let mut told = Vec::new();
    for stop in scenario.stops.iter().filter(|stop| stop.key.is_empty()) {
        let Stopped::Sampled(Sampled::Signal(signal)) = &stop.of else { continue };
        let Some(node) = program.signal(*signal).filter(|node| node.counts_lines()) else { continue };
        let name = node.source_hash().to_string();
        let from = scenario.start.plus(stop.at);
        told.push((from, Input::Source { name: name.clone(), live: false }));
        told.extend(stop.span.map(|span| (from.plus(span), Input::Source { name, live: true })));
    }
    told
}

fn event(program: &Program, given: &heal_program::scenario::GivenEvent, at: Timestamp) -> Option<Input> {
    let event = program.event(given.event)?;
    let keys = event.keys.iter().cloned().zip(given.key.iter().cloned());
    let labels = event.source.matching().iter().cloned().chain(keys).collect();
    Some(Input::Event { name: program.recorded_event(event), labels, at })
}
