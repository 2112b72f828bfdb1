//! The world that a test gives.

mod answers;
mod track;

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::{Effect, Input, Key, Request};
use heal_program::{
    Program, Timestamp,
    scenario::{Sampled, Scenario},
};
use heal_simulator::World;

use answers::Runs;
use track::Track;

/// Samples that were told, by what they are of and their key.
pub(crate) type Told = BTreeMap<(Sampled, Key), Vec<(Timestamp, f64)>>;

/// What a test gives, and how it says that the world answers.
pub(crate) struct GivenWorld<'a> {
    program: &'a Program,
    scenario: &'a Scenario,
    end: Timestamp,
    tracks: Vec<Track>,
    /// When each track has its next sample.
    next_samples: BTreeSet<(Timestamp, usize)>,
    /// Everything else that is known to happen, in the order in which it became known.
    scheduled: BTreeMap<(Timestamp, u64), Input>,
    scheduled_count: u64,
    runs: Runs,
    told: Option<Told>,
}

impl<'a> GivenWorld<'a> {
    /// The world of a scenario until `end`; with `keeps`, the samples that are told are kept.
    pub(crate) fn new(
        program: &'a Program,
        scenario: &'a Scenario,
        end: Timestamp,
        keeps: bool,
    ) -> GivenWorld<'a> {
        let mut world = GivenWorld {
            program,
            scenario,
            end,
            tracks: Vec::new(),
            next_samples: BTreeSet::new(),
            scheduled: BTreeMap::new(),
            scheduled_count: 0,
            runs: Runs::new(program, scenario),
            told: keeps.then(Told::new),
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
        world
    }

    /// The samples that were told.
    pub(crate) fn into_told(self) -> Told {
        self.told.unwrap_or_default()
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
        let input = sample(self.program, &of, &key, time, value);
        if let Some(told) = &mut self.told {
            told.entry((of, key)).or_default().push((time, value));
        }
        input
    }
}

impl World for GivenWorld<'_> {
    fn upcoming(&self) -> Option<Timestamp> {
        let sample = self.next_samples.first().map(|(at, _)| *at);
        let scheduled = self.scheduled.keys().next().map(|(at, _)| *at);
        sample.into_iter().chain(scheduled).min()
    }

    fn next_input(&mut self) -> Option<Input> {
        let sample = self.next_samples.first().map(|(at, _)| *at);
        match self.scheduled.keys().next().copied() {
            Some(first) if sample.is_none_or(|at| first.0 < at) => self.scheduled.remove(&first),
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
            Request::Query { .. } | Request::Escalate { .. } => {}
        }
    }
}

impl GivenWorld<'_> {
    /// Puts the tracks that a change reaches on their new course.
    fn become_another(&mut self, change: &answers::Change) {
        let reached: Vec<usize> = (0..)
            .zip(&self.tracks)
            .filter(|(_, track)| track.of == change.of && change.reaches(&track.labels))
            .map(|(at, _)| at)
            .collect();
        if reached.is_empty()
            && let Some(track) = Track::unnamed(self.program, self.scenario, &change.of, &change.fields())
        {
            self.tracks.push(track);
        }
        let new = if reached.is_empty() { self.tracks.len().checked_sub(1) } else { None };
        for at in reached.into_iter().chain(new) {
            let Some(track) = self.tracks.get_mut(at) else { continue };
            track.turn(change.at, &change.segments);
            self.schedule_sample(at);
        }
    }
}

/// A sample as the engine is told it.
fn sample(program: &Program, of: &Sampled, key: &Key, at: Timestamp, value: f64) -> Option<Input> {
    match of {
        Sampled::Signal(signal) => {
            program.signal(*signal)?;
            Some(Input::Sample { signal: *signal, key: key.clone(), at, value })
        }
        Sampled::Field(..) => None,
    }
}

fn event(program: &Program, given: &heal_program::scenario::GivenEvent, at: Timestamp) -> Option<Input> {
    let event = program.event(given.event)?;
    let labels = event.keys.iter().cloned().zip(given.key.iter().cloned()).collect();
    Some(Input::Event { name: event.head.path.clone(), labels, at })
}
