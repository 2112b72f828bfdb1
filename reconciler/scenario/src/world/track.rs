//! One series: its samples, and how it turns.

use std::collections::BTreeMap;

use heal_engine::Key;
use heal_program::{
    Millis, Program, Timestamp,
    scenario::{GivenSeries, Sampled, Scenario, Segment, Shape, Stop, Stopped},
};

use crate::course::Course;

/// How often a field of an entity has a sample where nothing says.
const FIELD_EVERY_DEFAULT: Millis = Millis::from_minutes(1);

/// Samples of one thing for one key.
#[derive(Clone, Debug)]
pub(crate) struct Track {
    pub(crate) of: Sampled,
    pub(crate) key: Key,
    /// The key's fields with their values.
    pub(crate) labels: BTreeMap<String, String>,
    every: Millis,
    /// Courses with the time from which each holds, in that order.
    courses: Vec<(Timestamp, Course)>,
    /// When its next sample is.
    pub(crate) next: Option<Timestamp>,
    /// The last sample that was told.
    pub(crate) told: Option<Timestamp>,
    /// From when until when its samples do not arrive.
    stops: Vec<(Timestamp, Option<Timestamp>)>,
}

impl Track {
    /// A series that is given.
    pub(crate) fn given(program: &Program, scenario: &Scenario, given: &GivenSeries) -> Option<Track> {
        let mut track = Track::empty(program, scenario, &given.of, given.key.clone())?;
        track.courses.push((scenario.start, Course::new(&given.segments, 0.0)));
        Some(track)
    }

    /// A series of which nothing is given, if its whole key is known.
    pub(crate) fn unnamed(
        program: &Program,
        scenario: &Scenario,
        of: &Sampled,
        fields: &BTreeMap<String, String>,
    ) -> Option<Track> {
        let key: Option<Key> = keys_of(program, of)?.iter().map(|field| fields.get(field).cloned()).collect();
        Track::empty(program, scenario, of, key?)
    }

    /// A series that was recorded and goes another way; `base` is its last recorded value.
    pub(crate) fn recorded(
        program: &Program,
        scenario: &Scenario,
        of: &Sampled,
        (key, base): (Key, f64),
        told: Timestamp,
    ) -> Option<Track> {
        let mut track = Track::empty(program, scenario, of, key)?;
        let nothing = Segment { shape: Shape::Missing, span: None };
        track.courses.push((Timestamp::MIN, Course::new(&[nothing], base)));
        track.told = Some(told);
        Some(track)
    }

    fn empty(program: &Program, scenario: &Scenario, of: &Sampled, key: Key) -> Option<Track> {
        let labels: BTreeMap<String, String> =
            keys_of(program, of)?.iter().cloned().zip(key.iter().cloned()).collect();
        let every = match of {
            Sampled::Signal(signal) => program.signal(*signal)?.every,
            Sampled::Field(entity, _) => {
                program.entity(*entity)?.feed.as_ref().map_or(FIELD_EVERY_DEFAULT, |feed| feed.every)
            }
        };
        let every = Millis(every.0.max(1));
        let stops = scenario.stops.iter().filter(|stop| stops(stop, of, &labels));
        let stops = stops
            .map(|stop| {
                let from = scenario.start.plus(stop.at);
                (from, stop.span.map(|span| from.plus(span)))
            })
            .collect();
        let of = of.clone();
        Some(Track { of, key, labels, every, courses: Vec::new(), next: None, told: None, stops })
    }

    /// The value at a time; none where there is no sample.
    pub(crate) fn value(&self, at: Timestamp) -> Option<f64> {
        let (from, course) = self.courses.iter().rev().find(|(from, _)| *from <= at)?;
        course.value(at.since(*from))
    }

    /// Goes another way from a time on.
    pub(crate) fn turn(&mut self, at: Timestamp, segments: &[Segment]) {
        let before = self.courses.iter().rev().find(|(from, _)| *from <= at);
        let base = before.map_or(0.0, |(from, course)| course.last_value(at.since(*from)));
        let position = self.courses.partition_point(|(from, _)| *from <= at);
        self.courses.insert(position, (at, Course::new(segments, base)));
    }

    /// The first sample that has not been told, from the start to `end`.
    pub(crate) fn next_sample(&self, start: Timestamp, end: Timestamp) -> Option<Timestamp> {
        let first = self.told.map_or(start, |told| told.plus(Millis(1)));
        let mut at = first.align_up(self.every);
        // At most as many turns as there are samples in the test, which `run` has bounded.
        while at <= end {
            if self.value(at).is_some() && !self.is_stopped(at) {
                return Some(at);
            }
            at = at.plus(self.every);
        }
        None
    }

    fn is_stopped(&self, at: Timestamp) -> bool {
        self.stops.iter().any(|(from, to)| at >= *from && to.is_none_or(|to| at < to))
    }
}

/// Whether telemetry with this key does not arrive at a time.
pub(crate) fn is_stopped(
    program: &Program,
    scenario: &Scenario,
    of: &Sampled,
    key: &Key,
    at: Timestamp,
) -> bool {
    !scenario.stops.is_empty()
        && Track::empty(program, scenario, of, key.clone()).is_some_and(|track| track.is_stopped(at))
}

/// Whether telemetry that stops is what a track with these labels is of.
fn stops(stop: &Stop, of: &Sampled, labels: &BTreeMap<String, String>) -> bool {
    let is_of = match (&stop.of, of) {
        (Stopped::Sampled(stopped), of) => stopped == of,
        (Stopped::Entity(stopped), Sampled::Field(entity, _)) => stopped == entity,
        (Stopped::Entity(_), Sampled::Signal(_)) => false,
    };
    is_of && stop.key.iter().all(|(field, value)| labels.get(field) == Some(value))
}

/// The key fields of what samples are of.
fn keys_of<'p>(program: &'p Program, of: &Sampled) -> Option<&'p [String]> {
    match of {
        Sampled::Signal(signal) => program.signal(*signal).map(|it| it.keys.as_slice()),
        Sampled::Field(entity, _) => program.entity(*entity).map(|it| it.keys.as_slice()),
    }
}
