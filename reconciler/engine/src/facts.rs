//! The facts of one key at one time, as expressions ask for them.

mod entities;
mod explain;
mod lacking;
mod silence;

use std::{cell::RefCell, collections::BTreeMap};

use heal_evaluate::{Facts, Value, aggregated, evaluate, is_during};
use heal_program::{
    AggregateFunction, Calendar, DetectorIndex, EntityIndex, EpisodeField, EventIndex, Expression, Learned,
    LearnedPart, Millis, ParamIndex, Program, Signal, SignalIndex, Timestamp, WindowFunction,
};

pub(crate) use explain::{compact, parts, reading};

use crate::{
    Episode, Key, Labels,
    arguments::Arguments,
    observe::{KernelSpec, SeriesState},
    prepared::{Prepared, Reads, positions_of},
    state::State,
};

/// The facts at one time for the key whose fields are `names` with the values `key`.
#[derive(Clone, Copy)]
pub(crate) struct StepFacts<'a> {
    pub(crate) program: &'a Program,
    pub(crate) prepared: &'a Prepared,
    pub(crate) state: &'a State,
    pub(crate) names: &'a [String],
    pub(crate) key: &'a Key,
    /// Samples up to here are seen, and windows end here.
    pub(crate) at: Timestamp,
    /// The engine's clock: what is stale or absent is so by it.
    pub(crate) now: Timestamp,
    /// How far `at` is behind the clock: which lanes are looked at.
    pub(crate) lateness: Millis,
    /// Parameters of the plan or action at hand.
    pub(crate) arguments: Option<&'a Arguments>,
    /// Only samples that are newer are seen.
    pub(crate) newer_than: Timestamp,
    /// Windows do not reach further back.
    pub(crate) looks_back_to: Timestamp,
    /// What people are told of.
    pub(crate) episode: Option<&'a Episode>,
    /// What was computed for all keys at once.
    pub(crate) memo: Option<&'a Memo>,
    /// Whether members of aggregates count that fell silent not long ago.
    pub(crate) keeps_silent: bool,
    /// Whether counts go on without the members that wait for their windows.
    pub(crate) counts_short: bool,
    /// Whether this is a member of an aggregate.
    pub(crate) is_member: bool,
    /// Whether events count, too, that happened before what windows reach back to.
    pub(crate) counts_older: bool,
}

/// Aggregates of one step, by where the expression stands and by group: computed once for all keys.
#[derive(Debug, Default)]
pub(crate) struct Memo(RefCell<BTreeMap<usize, Groups>>);

/// The members of each group.
type Groups = BTreeMap<Key, Members>;

/// The members of a group.
#[derive(Debug, Default)]
struct Members {
    values: Vec<Option<Value>>,
    /// How many have no value though their samples come, as while a window fills: they did not fall silent, so a count
    /// cannot go on without them.
    waiting: usize,
}

impl<'a> StepFacts<'a> {
    fn series(&self, index: SignalIndex) -> Option<(&'a Signal, &'a SeriesState)> {
        let signal = self.program.signal(index)?;
        let lane = *self.prepared.lanes_at(self.lateness).get(index.at())?;
        let all = &self.state.lanes.get(lane?)?.series;
        let series =
            if signal.keys == self.names { all.get(self.key) } else { all.get(&self.project(&signal.keys)?) };
        Some((signal, series?))
    }

    /// The part of the key that has these fields.
    fn project(&self, fields: &[String]) -> Option<Key> {
        fields.iter().map(|field| self.key_field(field)).collect()
    }

    /// The same facts for another key.
    fn with_key<'b>(&'b self, names: &'b [String], key: &'b Key) -> StepFacts<'b>
    where
        'a: 'b,
    {
        StepFacts { names, key, ..*self }
    }

    /// Only what is newer than asked for may be looked back on.
    fn is_seen(&self, span: Millis) -> bool {
        self.at.minus(span) >= self.looks_back_to
    }

    fn last_value(&self, index: SignalIndex) -> Option<f64> {
        let (signal, series) = self.series(index)?;
        if self.keeps_silent && self.is_member {
            return series.value(self.now, self.stale_limit(signal.stale_after), Timestamp::MIN);
        }
        series.value(self.now, signal.stale_after, self.newer_than)
    }

    /// Keys of an operand: those of the signals and events with all of its fields, and of detectors that it reads.
    fn keys_of(&self, keys: &[String], operand: &Expression) -> std::collections::BTreeSet<Key> {
        let reads = Reads::of([operand]);
        let mut all = std::collections::BTreeSet::new();
        let mut add = |fields: &[String], key: &Key| {
            let positions = positions_of(keys, fields);
            let projected = positions.and_then(|positions| {
                positions.into_iter().map(|at| key.get(at).cloned()).collect::<Option<Key>>()
            });
            all.extend(projected);
        };
        for signal in &reads.signals {
            let lane = self.prepared.lane(*signal, self.lateness).and_then(|lane| self.state.lanes.get(lane));
            let (Some(node), Some(lane)) = (self.program.signal(*signal), lane) else { continue };
            lane.series.keys().for_each(|key| add(&node.keys, key));
        }
        for event in &reads.events {
            let (Some(node), Some(state)) = (self.program.event(*event), self.state.events.get(event.at()))
            else {
                continue;
            };
            state.times.keys().for_each(|key| add(&node.keys, key));
        }
        for detector in &reads.detectors {
            let state = self.state.detectors.get(detector.at());
            let (Some(node), Some(state)) = (self.program.detector(*detector), state) else { continue };
            state.keys.keys().for_each(|key| add(&node.keys, key));
        }
        all
    }

    /// The operand's value for each key, by group.
    fn groups(&self, by: &[String], keys: &[String], operand: &Expression) -> Groups {
        let mut groups = Groups::new();
        let Some(positions) = positions_of(by, keys) else { return groups };
        for key in self.keys_of(keys, operand) {
            let group: Key = positions.iter().filter_map(|at| key.get(*at).cloned()).collect();
            let member = StepFacts { is_member: true, ..self.with_key(keys, &key) };
            let value = evaluate(operand, &member);
            let members = groups.entry(group).or_default();
            members.waiting += usize::from(value.is_none() && !member.is_silent(operand));
            members.values.push(value);
        }
        groups
    }

    /// What is made of the members of this key's group.
    fn of_group<T>(
        &self,
        (by, keys): (&[String], &[String]),
        operand: &Expression,
        made: impl Fn(&Members) -> Option<T>,
    ) -> Option<T> {
        let group = self.project(by)?;
        let Some(Memo(memo)) = self.memo else {
            return made(self.groups(by, keys, operand).get(&group)?);
        };
        // Expressions do not move while a step lasts, so their place tells them apart.
        let place = std::ptr::from_ref(operand).addr();
        if !memo.borrow().contains_key(&place) {
            let groups = self.groups(by, keys, operand);
            memo.borrow_mut().insert(place, groups);
        }
        let memo = memo.borrow();
        made(memo.get(&place)?.get(&group)?)
    }
}

impl Facts for StepFacts<'_> {
    fn param(&self, param: ParamIndex) -> Option<f64> {
        self.program.param(param).map(|param| param.value)
    }

    fn signal(&self, signal: SignalIndex) -> Option<f64> {
        self.last_value(signal)
    }

    fn window(&self, function: WindowFunction, signal: SignalIndex, span: Millis) -> Option<f64> {
        let (node, series) = self.series(signal)?;
        if !self.is_seen(span) {
            return None;
        }
        let found = series.window(function, span, self.at, node.stale_after);
        self.kept_window((function, span), series, node.stale_after, found)
    }

    fn firing(&self, detector: DetectorIndex) -> Option<bool> {
        let node = self.program.detector(detector)?;
        let key = self.project(&node.keys)?;
        match self.state.detectors.get(detector.at())?.keys.get(&key) {
            Some(state) if state.firing.is_some() => Some(true),
            Some(state) if state.is_known => self.is_news_to(detector, node, &key).then_some(false),
            Some(state) => self.last_said(detector, &key, state),
            // Of a key that was never seen, samples say nothing; an event that never came did not happen.
            None => self.prepared.detectors.get(detector.at())?.signals.is_empty().then_some(false),
        }
    }

    fn key_field(&self, name: &str) -> Option<String> {
        let position = self.names.iter().position(|field| field == name)?;
        self.key.get(position).cloned()
    }

    fn local(&self, name: &str) -> Option<Value> {
        let argument = self.arguments.and_then(|arguments| arguments.get(name));
        match argument {
            Some(argument) => crate::arguments::as_value(argument),
            None => self.key_field(name).map(Value::Text),
        }
    }

    fn entity_field(&self, root: &str, entity: EntityIndex, path: &[String]) -> Option<Value> {
        let key = self.root_key(root, entity)?;
        self.follow(entity, &key, path)
    }

    fn element_field(&self, entity: EntityIndex, element: &Value, path: &[String]) -> Option<Value> {
        let key = self.key_of_element(entity, element)?;
        self.follow(entity, &key, path)
    }

    fn learned(&self, signal: SignalIndex, model: &Learned, part: LearnedPart) -> Option<f64> {
        let (node, series) = self.series(signal)?;
        // What is learned is of the past by its nature; what is judged is the last sample.
        let spec = KernelSpec::of_learned(model, node.every)?;
        let (last, at) = self.judged((node, series), spec)?;
        series.learned((model, part), spec, last, at)
    }

    fn time_to(&self, signal: SignalIndex, model: &Learned, threshold: f64) -> Option<f64> {
        let Learned::Forecast { ahead, .. } = model else { return None };
        let (node, series) = self.series(signal)?;
        let spec = KernelSpec::of_learned(model, node.every)?;
        let (_, at) = self.judged((node, series), spec)?;
        series.line(spec, at)?.seconds_to(threshold, at.0, ahead.0)
    }

    fn absent(&self, signal: SignalIndex, span: Millis) -> Option<bool> {
        let newest = self.series(signal)?.1.newest()?;
        let is_absent = newest <= self.now.minus(span);
        let is_known = if is_absent { self.is_seen(span) } else { newest > self.looks_back_to };
        is_known.then_some(is_absent)
    }

    fn event_within(&self, event: EventIndex, span: Millis) -> Option<bool> {
        let count = self.events(event, span)?;
        if count > 0 { Some(true) } else { (!self.is_down(event)).then_some(false) }
    }

    fn event_count(&self, event: EventIndex, span: Millis) -> Option<f64> {
        let count = self.events(event, span)?;
        (!self.is_down(event)).then_some(count as f64)
    }

    fn during(&self, calendar: &Calendar) -> Option<bool> {
        is_during(calendar, self.now)
    }

    fn episode(&self, field: EpisodeField) -> Option<Value> {
        let episode = self.episode?;
        Some(match field {
            EpisodeField::Id => Value::Text(episode.id.to_string()),
            EpisodeField::Summary => Value::Text(episode.summary.clone()),
            EpisodeField::Severity => Value::Text(severity_word(episode.severity).to_owned()),
            EpisodeField::Detector => Value::Text(episode.detector.clone()),
            EpisodeField::Policy => Value::Text(episode.policy.clone()),
            EpisodeField::Reason => Value::Text(episode.reason.clone()),
            EpisodeField::Started => Value::Number(episode.started.0 as f64 / 1_000.0),
        })
    }

    fn aggregate(
        &self,
        function: AggregateFunction,
        by: &[String],
        keys: &[String],
        operand: &Expression,
    ) -> Option<Value> {
        self.of_group((by, keys), operand, |members| {
            let is_short = function == AggregateFunction::Count && members.waiting > 0;
            if is_short && !self.counts_short { None } else { aggregated(function, &members.values) }
        })
    }

    fn count_range(&self, by: &[String], keys: &[String], operand: &Expression) -> Option<(f64, f64)> {
        self.of_group((by, keys), operand, |members| {
            match aggregated(AggregateFunction::Count, &members.values) {
                Some(Value::Number(least)) => Some((least, least + members.waiting as f64)),
                Some(_) | None => None,
            }
        })
    }

    fn for_key(&self, operand: &Expression, key: &[(String, Value)]) -> Option<Value> {
        let mut names = Vec::with_capacity(key.len());
        let mut values: Key = Vec::with_capacity(key.len());
        for (name, value) in key {
            names.push(name.clone());
            values.push(text_of(value)?);
        }
        evaluate(operand, &self.with_key(&names, &values))
    }
}

impl StepFacts<'_> {
    fn events(&self, event: EventIndex, span: Millis) -> Option<usize> {
        let node = self.program.event(event)?;
        let key = self.project(&node.keys)?;
        let is_bounded = self.looks_back_to > Timestamp::MIN && !self.counts_older;
        let span = if is_bounded { span.min(self.now.since(self.looks_back_to)) } else { span };
        Some(self.state.events.get(event.at())?.count(&key, span, self.now))
    }

    /// Whether what a detector was last asked of a key is as new as what may be looked back on.
    fn is_news_to(&self, detector: DetectorIndex, node: &heal_program::Detector, key: &Key) -> bool {
        if self.looks_back_to == Timestamp::MIN {
            return true;
        }
        let own = StepFacts { lateness: node.lateness, ..self.with_key(&node.keys, key) };
        let signals = self.prepared.detectors.get(detector.at()).into_iter().flat_map(|it| &it.signals);
        let mut series = signals.filter_map(|signal| own.series(*signal));
        series
            .all(|(signal, series)| series.value(self.now, signal.stale_after, self.looks_back_to).is_some())
    }

    fn is_down(&self, event: EventIndex) -> bool {
        let node = self.program.event(event);
        node.is_some_and(|node| self.state.down.contains(&self.program.recorded_event(node)))
    }
}

/// The text that a value of a key field is.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Number(number) => Some(number.to_string()),
        // An entity with one key field stands for that field.
        Value::Object(fields) => match fields.values().collect::<Vec<_>>().as_slice() {
            [Value::Text(text)] => Some(text.clone()),
            _ => None,
        },
        Value::Bool(_) | Value::List(_) => None,
    }
}

/// The word of the language.
fn severity_word(severity: heal_program::Severity) -> &'static str {
    match severity {
        heal_program::Severity::Info => "info",
        heal_program::Severity::Warning => "warning",
        heal_program::Severity::Critical => "critical",
    }
}

/// A key with the names of its fields.
pub(crate) fn labels(names: &[String], key: &Key) -> Labels {
    names.iter().cloned().zip(key.iter().cloned()).collect()
}
