//! A run of the engine over a recording.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque},
};

use heal_engine::{
    Effect, Engine, Halt, Input, Outcome, Prophecy, Request, Trace, TraceEvent, TraceKind, WithheldReason,
};
use heal_program::{DetectorIndex, Millis, Policy, Program, Rung, Timestamp, short_name};
use heal_telemetry::{Recording, RecordingError, Sample};

use crate::{
    Options, RecordedEntities,
    coverage::{
        downstream_of_plan, idle_looks, keyless_samples, missing_events, missing_signals, unrecorded,
        unrecorded_events, unsupported_items,
    },
    feed::{Feed, converted, feeds},
    foretelling::{Foretelling, foretell},
    recalled::Recalled,
    unrecorded::{Unrecorded, least},
    world::{World, live_watched},
};

/// What came of a simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulation {
    /// What the engine did, as if every verification passed: a key counts as healed until its detector next clears. What
    /// could not be simulated stands at its beginning.
    pub trace: Trace,
    /// The same as if every verification failed; none where nothing is verified.
    pub failing: Option<Trace>,
    /// Where the recording begins.
    pub start: Timestamp,
    /// Where it ends.
    pub end: Timestamp,
    /// How many samples were told.
    pub samples_count: u64,
}

/// Why a simulation could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// The engine found its contract broken: a defect of Heal.
    #[error("the engine halted: {0}")]
    Halted(#[from] Halt),
    /// The samples of the recording could not be read.
    #[error("{0}")]
    Recording(#[from] RecordingError),
}

/// Runs `program` over `recording`, from its first sample to its end.
///
/// Equal programs and recordings give an equal simulation.
///
/// # Errors
/// When the recording cannot be read, or for a defect of Heal's own.
pub fn simulate(
    program: &Program,
    recording: &Recording,
    options: &Options<'_>,
) -> Result<Simulation, SimulationError> {
    let program = &on_time(program);
    let feeds = feeds(program, recording);
    let foretelling = foretell(program, recording, &feeds, options)?;
    run(program, recording, feeds, foretelling, options)
}

/// The same with an engine that is told every sample: what foretelling is held to.
#[cfg(test)]
pub(crate) fn simulate_told(program: &Program, recording: &Recording) -> Result<Simulation, SimulationError> {
    let program = &on_time(program);
    let feeds = feeds(program, recording);
    let told = feeds.iter().map(|feed| feed.signal).collect();
    run(program, recording, feeds, Foretelling { told, ..Foretelling::default() }, &Options::default())
}

fn run(
    program: &Program,
    recording: &Recording,
    mut feeds: Vec<Feed<'_>>,
    foretelling: Foretelling,
    options: &Options<'_>,
) -> Result<Simulation, SimulationError> {
    let samples_count = feeds.iter().map(|feed| feed.series.len()).sum();
    feeds.retain(|feed| foretelling.told.contains(&feed.signal));
    let samples: Vec<Vec<Sample>> = feeds.iter().map(Feed::samples).collect::<Result<_, _>>()?;
    let (start, end) = (recording.start(), recording.end());
    let mut lacking = Unrecorded::default();
    // What nothing verifies cannot fail to be verified.
    let has_failing = verifies(program, program.policies.iter());
    let mut hours =
        Hours { tell: options.hours, start, end, before: 0, courses: if has_failing { 2 } else { 1 } };
    let unrecorded = unrecorded(program, recording);
    let entities = RecordedEntities::of(program, recording);
    let mut course = |verified: bool, prophecies: BTreeMap<DetectorIndex, Prophecy>| {
        let mut world = Recorded::new(program, recording, (&feeds, &samples), &entities);
        let engine = Engine::new(program.clone()).holding(entities.fields());
        let engine = engine.assuming_verify(verified).foretold(prophecies);
        let mut engine = engine.trusting_claims(unrecorded.clone());
        let lived = live_watched(&mut engine, &mut world, end, |_, now| hours.decided(now))?;
        hours.before += 1;
        lacking.extend(world.lacking);
        Ok::<_, Halt>(lived)
    };
    let prophecies = foretelling.prophecies;
    let failing = if has_failing { Some(course(false, prophecies.clone())?) } else { None };
    let passing = course(true, prophecies)?;
    let known = beginning((program, &entities), recording, &lacking);
    // There may be very many events: they stay where they are.
    let trace = |mut lived: Vec<TraceEvent>| {
        lived.splice(0..0, known.iter().cloned());
        Trace { events: lived }
    };
    Ok(Simulation { trace: trace(passing), failing: failing.map(trace), start, end, samples_count })
}

/// How far the courses of a simulation are.
struct Hours<'o> {
    tell: Option<&'o (dyn Fn(usize, usize) + Sync)>,
    start: Timestamp,
    end: Timestamp,
    /// Courses that are over.
    before: usize,
    courses: usize,
}

impl Hours<'_> {
    fn decided(&self, now: Timestamp) {
        const HOUR_MS: i64 = 3_600_000;
        let Some(tell) = self.tell else { return };
        let hours = |span: Millis| usize::try_from(span.0 / HOUR_MS).unwrap_or_default();
        let whole = hours(self.end.since(self.start));
        tell(self.before * whole + hours(now.since(self.start)), self.courses * whole);
    }
}

/// Whether a plan that one of these policies may run verifies anything.
pub(crate) fn verifies<'p>(program: &Program, policies: impl Iterator<Item = &'p Policy>) -> bool {
    let rungs = policies.flat_map(|policy| &policy.ladder);
    let mut plans = rungs.flat_map(Rung::plans).filter_map(|plan| program.plan(plan));
    plans.any(|plan| !plan.verifies.is_empty())
}

/// What is to be said before anything happens: what cannot be simulated, and what was left out or converted.
pub(crate) fn beginning(
    (program, entities): (&Program, &RecordedEntities),
    recording: &Recording,
    lacking: &Unrecorded,
) -> Vec<TraceEvent> {
    let at = recording.start();
    let mut events: Vec<TraceEvent> = missing_signals(program, recording)
        .into_iter()
        .chain(missing_events(program, recording))
        .map(|missing| (missing.item, missing.reason, missing.downstream))
        .chain(lacking.plans.iter().map(|(plan, reason)| {
            let downstream = downstream_of_plan(program, plan);
            (plan.clone(), reason.clone(), downstream)
        }))
        .chain(
            lacking
                .policies
                .iter()
                .map(|(policy, reason)| (policy.clone(), reason.clone(), vec![policy.clone()])),
        )
        .chain(lacking.entities.iter().map(|(entity, downstream)| {
            let (name, of) = (&recording.manifest.name, short_name(entity));
            let reason = format!(
                "the recording `{name}` does not hold how many `{of}` live; `heal record inventory FILE --into DIR` \
                 records it"
            );
            (entity.clone(), reason, downstream.iter().cloned().collect())
        }))
        .chain(unsupported_items(program).into_iter().map(|it| (it.item, it.reason, it.downstream)))
        .map(|(item, reason, downstream)| TraceEvent {
            at,
            kind: TraceKind::NotSimulated { item, reason, downstream },
        })
        .collect();
    events.extend(keyless_samples(program, recording).into_iter().map(|(signal, count)| TraceEvent {
        at,
        kind: TraceKind::SamplesDropped { signal, count, reason: "their series lack a key field".to_owned() },
    }));
    events.extend(converted(program, recording).into_iter().map(|(item, from, to)| TraceEvent {
        at,
        kind: TraceKind::Noted { item, note: format!("recorded in `{from}`, and converted to `{to}`") },
    }));
    events.extend(entities.keyless().map(|(item, count, field)| {
        let note = format!("{count} rows of what was recorded have no `{field}`, and are left out");
        TraceEvent { at, kind: TraceKind::Noted { item: item.clone(), note } }
    }));
    let idle = idle_looks(program, recording).into_iter();
    events.extend(idle.map(|(item, note)| TraceEvent { at, kind: TraceKind::Noted { item, note } }));
    events.extend(
        unheard_of(program, recording)
            .map(|note| TraceEvent { at, kind: TraceKind::Noted { item: "topology".to_owned(), note } }),
    );
    events
}

/// What is to be said of services that a topology names and that nothing recorded has: what depends on them waits for
/// nothing, as it does of one that is misspelt.
fn unheard_of(program: &Program, recording: &Recording) -> Option<String> {
    if program.topology.is_empty() {
        return None;
    }
    let of_series = recording.manifest.series.iter().flat_map(|series| series.labels.values());
    let of_events = recording.events.iter().flat_map(|event| event.labels.values());
    let heard: BTreeSet<&str> = of_series.chain(of_events).map(String::as_str).collect();
    let named: BTreeSet<&str> =
        program.topology.iter().flat_map(|edge| [edge.from.as_str(), edge.to.as_str()]).collect();
    let unheard: Vec<String> = named.difference(&heard).map(|name| format!("`{name}`")).collect();
    // A recording without labels tells of no service at all.
    if unheard.is_empty() || heard.is_empty() {
        return None;
    }
    let (has, it) = if unheard.len() == 1 { ("is", "it") } else { ("are", "them") };
    Some(format!(
        "{} {has} in no label of anything recorded, so what depends on {it} waits for nothing here",
        unheard.join(", ")
    ))
}

/// The program as it meets a recording. That one has no arrival times, so every sample is told at its own, and no step
/// waits for one that is late.
#[must_use]
pub fn on_time(program: &Program) -> Program {
    let mut program = program.clone();
    program.signals.iter_mut().for_each(|signal| signal.lateness = Millis::ZERO);
    program.detectors.iter_mut().for_each(|detector| detector.lateness = Millis::ZERO);
    program
}

/// The recording as the world that an engine lives in.
pub(crate) struct Recorded<'a> {
    feeds: &'a [Feed<'a>],
    /// Of every feed, in the base unit.
    samples: &'a [Vec<Sample>],
    /// The next sample of each feed: time, feed, position. The earliest comes first.
    upcoming: BinaryHeap<Reverse<(Timestamp, usize, usize)>>,
    /// Recorded events, entities and inventory, in order of time.
    told: VecDeque<(Timestamp, Input)>,
    /// What was asked for and is answered at once.
    answers: VecDeque<Input>,
    /// When something was asked for last.
    now: Timestamp,
    /// What was really done, and what of it some run is the same as.
    recalled: Recalled<'a>,
    /// What is recorded of entities.
    entities: &'a RecordedEntities,
    pub(crate) lacking: Unrecorded,
}

impl<'a> Recorded<'a> {
    pub(crate) fn new(
        program: &Program,
        recording: &'a Recording,
        (feeds, samples): (&'a [Feed<'a>], &'a [Vec<Sample>]),
        entities: &'a RecordedEntities,
    ) -> Recorded<'a> {
        let (silences, happened) = (silences(program, recording), happened(recording, entities));
        let recalled = Recalled::of(program, &program.policies, recording);
        Recorded::hearing_of(recording, (feeds, samples), &silences, happened, (recalled, entities))
    }

    /// The same, where `silences` is said and this happens.
    pub(crate) fn hearing_of(
        recording: &Recording,
        (feeds, samples): (&'a [Feed<'a>], &'a [Vec<Sample>]),
        silences: &[(Timestamp, Input)],
        happened: Vec<(Timestamp, Input)>,
        (recalled, entities): (Recalled<'a>, &'a RecordedEntities),
    ) -> Recorded<'a> {
        let firsts = samples.iter().enumerate();
        Recorded {
            feeds,
            samples,
            upcoming: firsts.filter_map(|(at, them)| Some(Reverse((them.first()?.at, at, 0)))).collect(),
            told: in_order(silences, happened).into(),
            answers: VecDeque::new(),
            now: recording.start(),
            recalled,
            entities,
            lacking: Unrecorded::default(),
        }
    }
}

#[cfg(test)]
impl Recorded<'_> {
    /// Something is told besides, in the order of time.
    pub(crate) fn tell(&mut self, at: Timestamp, input: Input) {
        let place = self.told.partition_point(|(other, _)| *other <= at);
        self.told.insert(place, (at, input));
    }
}

/// Of what was not recorded nobody can say that it did not happen, nor beyond the times of a log in which nothing did. In order
/// of time.
pub(crate) fn silences(program: &Program, recording: &Recording) -> Vec<(Timestamp, Input)> {
    let told = |name: &str, at: Timestamp, live: bool| (at, Input::Source { name: name.to_owned(), live });
    let start = recording.start();
    let unrecorded = unrecorded_events(program, recording).into_iter();
    let names = unrecorded.filter_map(|event| Some(program.recorded_event(program.event(event)?)));
    let mut all: Vec<(Timestamp, Input)> = names.map(|name| told(&name, start, false)).collect();
    for event in &program.events {
        let name = program.recorded_event(event);
        let Some(spans) = quiet_spans(recording, &[&name, &event.head.path]) else { continue };
        let mut known_until = start;
        for (first, last) in spans {
            if known_until < first {
                all.extend([told(&name, known_until, false), told(&name, first, true)]);
            }
            known_until = known_until.max(last.plus(Millis(1)));
        }
        if known_until <= recording.end() {
            all.push(told(&name, known_until, false));
        }
    }
    all.sort_by_key(|(at, _)| *at);
    all
}

/// The times of logs in which nothing happened, sorted; none where something did, or was recorded otherwise.
fn quiet_spans(recording: &Recording, names: &[&str]) -> Option<Vec<(Timestamp, Timestamp)>> {
    let is_meant = |name: &str| names.contains(&name);
    let own = recording.manifest.logs.iter().filter(|log| is_meant(&log.name));
    let mut spans: Vec<(Timestamp, Timestamp)> = Vec::new();
    for log in own {
        spans.push(Some((log.start, log.end)).filter(|_| log.lines == 0)?);
    }
    spans.sort_unstable();
    let is_quiet = !spans.is_empty() && !recording.events.iter().any(|event| is_meant(&event.name));
    is_quiet.then_some(spans)
}

/// What is said of sources, and what happened, in order of time; at one time what is said of sources comes first.
fn in_order(silences: &[(Timestamp, Input)], happened: Vec<(Timestamp, Input)>) -> Vec<(Timestamp, Input)> {
    let mut all: Vec<(Timestamp, Input)> = silences.iter().cloned().chain(happened).collect();
    all.sort_by_key(|(at, _)| *at);
    all
}

impl World for Recorded<'_> {
    fn upcoming(&self) -> Option<Timestamp> {
        if !self.answers.is_empty() {
            return Some(self.now);
        }
        let sample = self.upcoming.peek().map(|Reverse((at, _, _))| *at);
        self.told.front().map(|(at, _)| *at).into_iter().chain(sample).min()
    }

    fn next_input(&mut self) -> Option<Input> {
        if let Some(answer) = self.answers.pop_front() {
            return Some(answer);
        }
        let sample = self.upcoming.peek().map(|Reverse((at, _, _))| *at);
        if self.told.front().is_some_and(|(at, _)| sample.is_none_or(|sample| *at <= sample)) {
            return self.told.pop_front().map(|(_, input)| input);
        }
        let Reverse((_, feed_at, position)) = self.upcoming.pop()?;
        let (feed, samples) = (self.feeds.get(feed_at)?, self.samples.get(feed_at)?);
        if let Some(next) = samples.get(position + 1) {
            self.upcoming.push(Reverse((next.at, feed_at, position + 1)));
        }
        let sample = samples.get(position)?;
        let key = feed.key.clone();
        Some(Input::Sample { signal: feed.signal, key, at: sample.at, value: sample.value })
    }

    fn ask(&mut self, now: Timestamp, effect: &Effect) {
        self.now = now;
        match &effect.request {
            // A recording does not answer to actions: they succeed, and change nothing that was recorded.
            Request::Act { .. } => {
                self.answers.push_back(Input::EffectResult { id: effect.id, outcome: Outcome::Succeeded });
            }
            Request::Ask { .. } | Request::Escalate { .. } => {}
        }
    }

    fn see(&mut self, event: &TraceEvent) {
        if let Some(told) = self.recalled.see(event) {
            self.now = event.at;
            self.answers.push_back(told);
        }
        let TraceKind::Withheld { policy, plan, reason, .. } = &event.kind else { return };
        #[expect(clippy::wildcard_enum_match_arm, reason = "all else was decided by what is known")]
        match reason {
            // Of signals and events it is said before anything happens, with all that hangs on them.
            WithheldReason::RequireUnknown { condition, why, lacking, .. }
                if why == "not recorded" && !lacking.is_empty() =>
            {
                let what = format!("`require {condition}`");
                let reason = not_told(self.entities, &what, lacking);
                least(
                    &mut self.lacking.plans,
                    plan,
                    reason.unwrap_or_else(|| format!("{what} is not recorded")),
                );
            }
            WithheldReason::ArgumentUnknown { what, lacking } => {
                if let Some(reason) = not_told(self.entities, what, lacking) {
                    least(&mut self.lacking.plans, plan, reason);
                }
            }
            WithheldReason::ConditionUnknown { condition, lacking, .. } => {
                if let Some(reason) = not_told(self.entities, &format!("`where {condition}`"), lacking) {
                    least(&mut self.lacking.policies, policy, reason);
                }
            }
            WithheldReason::LiveCountUnknown { entity, .. } => {
                let downstream = self.lacking.entities.entry(entity.clone()).or_default();
                downstream.extend([policy.clone(), plan.clone()]);
            }
            _ => {}
        }
    }
}

/// Why something is unknown that hangs on fields of entities which a recording does not hold of any, or on which of them
/// there are; none where it hangs on something else, such as what is not recorded of one of them at one time.
fn not_told(entities: &RecordedEntities, what: &str, lacking: &[heal_engine::Lacking]) -> Option<String> {
    if let Some(entity) = what.strip_prefix("which ").and_then(|rest| rest.strip_suffix(" there are")) {
        return entities.why_not(entity, "");
    }
    let mut why = lacking.iter().filter_map(|it| Some((&it.read, entities.why_not(&it.entity, &it.field)?)));
    why.next().map(|(read, why)| format!("{what} reads `{read}`, and {why}"))
}

/// What a recording holds beside samples, in order of time: what entities were, how many lived, and what happened.
#[must_use]
pub fn happened(recording: &Recording, entities: &RecordedEntities) -> Vec<(Timestamp, Input)> {
    let events = recording.events.iter().map(|event| {
        let (name, labels) = (event.name.clone(), event.labels.clone());
        (event.at, Input::Event { name, labels, at: event.at })
    });
    let inventory = recording.inventory.iter().map(|told| {
        let (entity, group) = (told.entity.clone(), told.group.clone());
        (told.at, Input::Inventory { entity, group, live: told.live, at: told.at })
    });
    let lived = entities.told().flat_map(|(_, told)| told).cloned();
    let mut all: Vec<(Timestamp, Input)> = lived.chain(inventory).chain(events).collect();
    all.sort_by_key(|(at, _)| *at);
    all
}
