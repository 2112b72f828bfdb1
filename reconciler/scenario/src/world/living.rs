//! Entities that a test gives: they live, with their fields, as long as the test runs and nothing stops them.

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::{FieldValue, Input};
use heal_program::{
    Millis, Program, Timestamp,
    scenario::{GivenEntity, GivenValue, Sampled, Scenario, Stopped},
};

use super::track::Track;

/// How often an entity is told of where nothing says.
pub(crate) const ENTITY_EVERY_DEFAULT: Millis = Millis::from_minutes(1);

/// The entities of a test, with when each is told of next.
pub(crate) struct Living<'a> {
    given: Vec<(&'a GivenEntity, Millis)>,
    next: BTreeSet<(Timestamp, usize)>,
    /// For each: from when until when nothing of it arrives.
    stops: Vec<Vec<(Timestamp, Option<Timestamp>)>>,
    end: Timestamp,
}

impl<'a> Living<'a> {
    /// What a test gives, until `end`.
    pub(crate) fn new(program: &Program, scenario: &'a Scenario, end: Timestamp) -> Living<'a> {
        let mut living = Living { given: Vec::new(), next: BTreeSet::new(), stops: Vec::new(), end };
        for given in &scenario.entities {
            let Some(node) = program.entity(given.entity) else { continue };
            let every = node.feed.as_ref().map_or(ENTITY_EVERY_DEFAULT, |feed| feed.every);
            let key: BTreeMap<&String, &String> = node.keys.iter().zip(&given.key).collect();
            let is_of = |of: &Stopped| matches!(of, Stopped::Entity(entity) if *entity == given.entity);
            let stops = scenario.stops.iter().filter(|stop| is_of(&stop.of));
            let stops =
                stops.filter(|stop| stop.key.iter().all(|(field, value)| key.get(field) == Some(&value)));
            let span = |stop: &heal_program::scenario::Stop| {
                let from = scenario.start.plus(stop.at);
                (from, stop.span.map(|span| from.plus(span)))
            };
            living.next.insert((scenario.start, living.given.len()));
            living.stops.push(stops.map(span).collect());
            living.given.push((given, Millis(every.0.max(1))));
        }
        living.skip_stopped();
        living
    }

    /// When an entity is told of next.
    pub(crate) fn next_at(&self) -> Option<Timestamp> {
        self.next.first().map(|(at, _)| *at)
    }

    /// Takes the next. What samples of their own are given of is not told with the rest.
    pub(crate) fn take(&mut self, tracks: &[Track]) -> Option<Input> {
        let (at, place) = self.next.pop_first()?;
        let (given, _) = self.given.get(place)?;
        let is_sampled = |field: &str| {
            tracks.iter().any(|track| {
                track.key == given.key
                    && matches!(&track.of, Sampled::Field(entity, name) if *entity == given.entity && name == field)
            })
        };
        let fields = given.fields.iter().filter(|(field, _)| !is_sampled(field));
        let fields = fields.map(|(field, value)| (field.clone(), told(value))).collect();
        let input = Input::Entity { entity: given.entity, key: given.key.clone(), at, fields };
        self.schedule_after(at, place);
        self.skip_stopped();
        Some(input)
    }

    fn schedule_after(&mut self, at: Timestamp, place: usize) {
        let Some((_, every)) = self.given.get(place) else { return };
        let next = at.plus(Millis(1)).align_up(*every);
        if next <= self.end {
            self.next.insert((next, place));
        }
    }

    /// Passes over what does not arrive.
    fn skip_stopped(&mut self) {
        while let Some((at, place)) = self.next.first().copied() {
            let stops = self.stops.get(place).map(Vec::as_slice).unwrap_or_default();
            if !stops.iter().any(|(from, to)| at >= *from && to.is_none_or(|to| at < to)) {
                return;
            }
            self.next.pop_first();
            self.schedule_after(at, place);
        }
    }
}

fn told(value: &GivenValue) -> FieldValue {
    match value {
        GivenValue::Number(number) => FieldValue::Number(*number),
        GivenValue::Text(text) => FieldValue::Text(text.clone()),
        GivenValue::Texts(texts) => FieldValue::Texts(texts.clone()),
    }
}
