//! A test from its world to its result.

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::{Engine, TraceEvent, TraceKind};
use heal_program::{
    DetectorIndex, Millis, Program, Rung, SignalIndex, Timestamp,
    scenario::{Answer, Condition, Count, Effect, Expectation, GivenEntity, Sampled, Scenario},
};
use heal_simulator::{live_watched, missing_signals, on_time, unsupported_items};
use heal_telemetry::{Incident, Recording};

use crate::{
    Failure, Moment, TestResult,
    course::Course,
    judge::{Evidence, Verdict},
    lanes::{Wanted, Watch},
    moments::{Decisive, decisive},
    occurrences::{Kind, Occurrence, occurrences},
    reach::{Reach, with_read},
    timeline::{Story, fired},
    ungiven::{Hanging, Ungiven},
    wording::{expected, happened},
    world::{GivenWorld, Told, is_given, recorded_entities},
};

/// Most samples of one test.
pub const SAMPLES_MAX: u64 = 5_000_000;

/// Most steps of detectors in one test.
pub const STEPS_MAX: u64 = 20_000_000;

/// How often an entity is told of where nothing says.
const FIELD_EVERY_DEFAULT: Millis = Millis::from_minutes(1);

/// How long a test runs that says nothing of time.
const LENGTH_DEFAULT: Millis = Millis::from_minutes(60);

/// Runs a test. One that replays a recording is given it; where it is not there, the test fails.
#[must_use]
pub fn run(program: &Program, scenario: &Scenario, recording: Option<&Recording>) -> TestResult {
    // What is given arrives as it is measured: no step waits for what is late.
    let program = &on_time(program);
    let mut result = TestResult {
        name: scenario.name.clone(),
        module: scenario.module.clone(),
        origin: scenario.origin.clone(),
        place: scenario.place,
        start: scenario.start,
        end: scenario.start,
        expectations: scenario.expectations.len(),
        failures: Vec::new(),
        timeline: None,
    };
    if let (Some(name), None) = (&scenario.replay, recording) {
        result.failures.push(Failure::NoRecording { reason: format!("there is no recording `{name}`") });
        return result;
    }
    let mut scenario = scenario.clone();
    if let Some(recording) = recording {
        scenario.start = recording.start();
    }
    result.start = scenario.start;
    result.end = scenario.start.plus(length(&scenario, recording));
    if let Some(failure) = too_long(program, &scenario, result.end) {
        result.failures.push(failure);
        return result;
    }
    let test = Test { program, scenario: &scenario, recording, end: result.end };
    match test.judged() {
        Ok((failures, timeline)) => {
            result.failures = failures;
            result.timeline = timeline;
        }
        Err(failure) => result.failures.push(*failure),
    }
    result
}

/// From the start to the last thing that is given or expected.
fn length(scenario: &Scenario, recording: Option<&Recording>) -> Millis {
    let mut length = scenario.run_for.unwrap_or_default();
    let mut reach = |at: Millis| length = length.max(at);
    for series in &scenario.series {
        let course = Course::new(&series.segments, 0.0);
        reach(course.end().unwrap_or_else(|| course.last_turn()));
    }
    scenario.events.iter().flat_map(|given| &given.at).for_each(|at| reach(*at));
    for stop in &scenario.stops {
        reach(Millis(stop.at.0.saturating_add(stop.span.unwrap_or_default().0)));
    }
    for condition in scenario.expectations.iter().flat_map(|it| &it.conditions) {
        match condition {
            Condition::Begins(_, to) | Condition::Ends(_, to) => reach(*to),
            Condition::Withheld(_)
            | Condition::RunEnds(_)
            | Condition::OutsideIncidents
            | Condition::Because(_) => {}
        }
    }
    if let Some(recording) = recording {
        reach(recording.end().since(recording.start()));
    }
    if length == Millis::ZERO { LENGTH_DEFAULT } else { length }
}

/// The failure of a test that would take longer than anything that runs here.
fn too_long(program: &Program, scenario: &Scenario, end: Timestamp) -> Option<Failure> {
    let length = u64::try_from(end.since(scenario.start).0).unwrap_or(0);
    let turns = |every: Millis| length / u64::try_from(every.0.max(1)).unwrap_or(1) + 1;
    let every = |of: &Sampled| match of {
        Sampled::Signal(signal) => program.signal(*signal).map_or(Millis(1), |it| it.every),
        Sampled::Field(entity, _) => {
            program.entity(*entity).and_then(|it| it.feed.as_ref()).map_or(FIELD_EVERY_DEFAULT, |it| it.every)
        }
    };
    let sum = |counts: &mut dyn Iterator<Item = u64>| counts.fold(0_u64, u64::saturating_add);
    let samples = sum(&mut scenario.series.iter().map(|series| turns(every(&series.of))));
    let entity = |given: &GivenEntity| turns(every(&Sampled::Field(given.entity, String::new())));
    let samples = samples.saturating_add(sum(&mut scenario.entities.iter().map(entity)));
    let steps = sum(&mut program.detectors.iter().map(|detector| turns(detector.every)));
    [(samples, SAMPLES_MAX, "samples"), (steps, STEPS_MAX, "steps")]
        .into_iter()
        .find(|(count, most, _)| count > most)
        .map(|(count, count_max, what)| Failure::TooLong { count, count_max, what })
}

/// A test that runs.
struct Test<'t> {
    program: &'t Program,
    scenario: &'t Scenario,
    recording: Option<&'t Recording>,
    end: Timestamp,
}

/// What came of one run of it.
struct Lived<'t> {
    events: Vec<TraceEvent>,
    watch: Watch<'t>,
    told: Told,
    unanswered: BTreeMap<String, String>,
}

impl<'t> Test<'t> {
    fn live(
        &self,
        watched: BTreeSet<DetectorIndex>,
        wanted: Wanted,
        keeps: bool,
    ) -> Result<Lived<'t>, Box<Failure>> {
        let entities = recorded_entities(self.program, self.scenario, self.recording);
        let mut engine = Engine::new(self.program.clone()).holding(entities.fields());
        let becomes = |answer: &Answer| matches!(answer.effect, Effect::Becomes { .. });
        if self.scenario.replay.is_some() && !self.scenario.answers.iter().any(becomes) {
            // A recording does not answer to actions.
            engine = engine.assuming_verify(true);
        }
        let mut world =
            GivenWorld::new((self.program, self.scenario), (self.recording, &entities), self.end, keeps)
                .map_err(|wrong| Box::new(Failure::NoRecording { reason: wrong.to_string() }))?;
        let ungiven = self.scenario.replay.is_none().then(|| Ungiven::new(self.program, self.scenario));
        let mut watch = Watch::new(self.program, watched, ungiven, wanted);
        let events = live_watched(&mut engine, &mut world, self.end, |engine, now| watch.look(engine, now))
            .map_err(|halt| Box::new(Failure::Defect { reason: halt.to_string() }))?;
        let (told, unanswered) = world.into_parts();
        Ok(Lived { events, watch, told, unanswered })
    }

    fn incidents(&self) -> &'t [Incident] {
        self.recording.map_or(&[], |recording| recording.incidents.as_slice())
    }

    /// Everything that is wrong, and the timeline where something is.
    fn judged(&self) -> Result<(Vec<Failure>, Option<crate::Timeline>), Box<Failure>> {
        let expectations = &self.scenario.expectations;
        let reached: Vec<Reach> = expectations.iter().map(|it| Reach::of(self.program, it)).collect();
        let detectors: BTreeSet<DetectorIndex> =
            reached.iter().flat_map(|reach| &reach.detectors).copied().collect();
        // A recording is long: its detectors are looked at only where something failed.
        let watched = if self.scenario.replay.is_some() {
            BTreeSet::new()
        } else {
            with_read(self.program, &detectors)
        };
        let lived = self.live(watched, Wanted::new(), false)?;
        let found = self.occurrences(&lived.events);
        let telling = self.recording.map(Recording::labels).unwrap_or_default();
        let evidence = Evidence {
            program: self.program,
            start: self.scenario.start,
            occurrences: &found,
            incidents: self.incidents(),
            telling: &telling,
        };
        let verdicts: Vec<(&Expectation, Verdict<'_>)> =
            expectations.iter().map(|it| (it, evidence.judge(it))).collect();
        let mut failures = self.not_simulated(&lived, &reached);
        failures.extend(self.not_given(lived.watch, &reached, &verdicts));
        if failures.is_empty() && verdicts.iter().all(|(_, verdict)| verdict.holds) {
            return Ok((failures, None));
        }
        let shown =
            with_read(self.program, &detectors.union(&fired(self.program, &found)).copied().collect());
        let lived = self.live(shown.clone(), Wanted::new(), true)?;
        let failed: Vec<&(&Expectation, Verdict<'_>)> =
            verdicts.iter().filter(|(_, verdict)| !verdict.holds).collect();
        let moments: Vec<Vec<Decisive>> = failed
            .iter()
            .map(|(it, verdict)| decisive(&evidence, it, verdict, &lived.watch.truths, self.end))
            .collect();
        let mut wanted = Wanted::new();
        for moment in moments.iter().flatten() {
            wanted.entry((moment.detector, moment.key.clone())).or_default().insert(moment.at);
        }
        let read = self.live(shown, wanted, false)?.watch.read;
        let mut shown: Vec<Decisive> = Vec::new();
        for ((expectation, verdict), mut moments) in failed.into_iter().zip(moments) {
            moments.retain(|moment| !shown.contains(moment));
            shown.extend(moments.iter().cloned());
            let moments = moments.into_iter().filter_map(|moment| self.moment(moment, &read)).collect();
            failures.push(Failure::Expectation {
                text: expectation.text.clone(),
                origin: expectation.origin.clone(),
                place: expectation.place,
                expected: expected(self.program, expectation),
                happened: happened(&evidence, expectation, verdict),
                moments,
            });
        }
        let story = Story {
            program: self.program,
            start: self.scenario.start,
            end: self.end,
            told: &lived.told,
            truths: &lived.watch.truths,
            occurrences: &found,
        };
        Ok((failures, Some(story.timeline())))
    }

    fn moment(
        &self,
        moment: Decisive,
        read: &BTreeMap<(DetectorIndex, heal_engine::Key, Timestamp), Vec<crate::Reading>>,
    ) -> Option<Moment> {
        let detector = self.program.detector(moment.detector)?;
        let key = moment.key.join("/");
        let of =
            if key.is_empty() { detector.head.path.clone() } else { format!("{} {key}", detector.head.path) };
        let readings = read.get(&(moment.detector, moment.key, moment.at))?.clone();
        Some(Moment { at: moment.at, of, why: moment.why, readings })
    }

    /// What happened, with the events that the test gives.
    fn occurrences(&self, events: &[TraceEvent]) -> Vec<Occurrence> {
        let mut found = occurrences(events);
        for given in &self.scenario.events {
            let Some(event) = self.program.event(given.event) else { continue };
            let labels: heal_engine::Labels =
                event.keys.iter().cloned().zip(given.key.iter().cloned()).collect();
            found.extend(given.at.iter().map(|at| Occurrence {
                kind: Kind::Event { event: event.head.path.clone() },
                begin: self.scenario.start.plus(*at),
                end: None,
                labels: labels.clone(),
                ended: String::new(),
                explanation: String::new(),
            }));
        }
        found.sort_by_key(|it| it.begin);
        found
    }

    /// What could not be simulated of that which an expectation hangs on.
    fn not_simulated(&self, lived: &Lived<'_>, reached: &[Reach]) -> Vec<Failure> {
        let mut paths: BTreeSet<&str> = BTreeSet::new();
        for reach in reached {
            let detectors = with_read(self.program, &reach.detectors);
            let detectors = detectors.iter().filter_map(|it| self.program.detector(*it)).map(|it| &it.head);
            let policies = reach.policies.iter().filter_map(|it| self.program.policy(*it));
            let plans = policies.clone().flat_map(|it| &it.ladder).flat_map(Rung::plans);
            let plans = plans.filter_map(|it| self.program.plan(it)).map(|it| &it.head);
            let heads = detectors.chain(policies.map(|it| &it.head)).chain(plans);
            paths.extend(heads.map(|head| head.path.as_str()));
        }
        let mut failures: Vec<Failure> = Vec::new();
        let mut add = |item: &str, reason: &str, downstream: &[String]| {
            let concerns = paths.contains(item) || downstream.iter().any(|it| paths.contains(it.as_str()));
            let failure = Failure::NotSimulated { item: item.to_owned(), reason: reason.to_owned() };
            if concerns && !failures.contains(&failure) {
                failures.push(failure);
            }
        };
        if let Some(recording) = self.recording {
            for missing in missing_signals(self.program, recording) {
                let at = self.program.signals.iter().position(|it| it.head.path == missing.item);
                let index = at.and_then(|at| u32::try_from(at).ok()).map(SignalIndex);
                if !index.is_some_and(|index| is_given(self.scenario, index)) {
                    add(&missing.item, &missing.reason, &missing.downstream);
                }
            }
        }
        for it in unsupported_items(self.program) {
            add(&it.item, &it.reason, &it.downstream);
        }
        for (plan, condition) in &lived.unanswered {
            add(plan, &format!("`require {condition}` reads what is not given"), &[]);
        }
        for event in &lived.events {
            if let TraceKind::NotSimulated { item, reason, downstream } = &event.kind {
                add(item, reason, downstream);
            }
        }
        failures
    }

    /// What the outcome hangs on that is not given.
    fn not_given(
        &self,
        watch: Watch<'_>,
        reached: &[Reach],
        verdicts: &[(&Expectation, Verdict<'_>)],
    ) -> Vec<Failure> {
        let Some(mut ungiven) = watch.ungiven else { return Vec::new() };
        let seen: BTreeSet<DetectorIndex> = watch.truths.keys().map(|(detector, _)| *detector).collect();
        let mut hanging = Vec::new();
        for ((expectation, verdict), reach) in verdicts.iter().zip(reached) {
            // What came as often as it was to come comes no less often with more telemetry.
            if verdict.holds && only_from_below(expectation) {
                continue;
            }
            let (on, is_named) = (self.given_of(&reach.hangs_on, &seen), reach.is_named);
            if is_named {
                on.iter().filter(|it| !seen.contains(it)).for_each(|it| ungiven.never_seen(*it));
            }
            hanging.push(Hanging { expectation, on, is_named });
        }
        ungiven.failures(&hanging)
    }

    /// The detectors that a test gives something of, with all that they read: where several lead to one thing, a test
    /// is about those. Of none it is about all.
    fn given_of(
        &self,
        detectors: &BTreeSet<DetectorIndex>,
        seen: &BTreeSet<DetectorIndex>,
    ) -> BTreeSet<DetectorIndex> {
        let each = detectors.iter().map(|detector| with_read(self.program, &[*detector].into()));
        let given: BTreeSet<DetectorIndex> = each.filter(|own| !own.is_disjoint(seen)).flatten().collect();
        if given.is_empty() { with_read(self.program, detectors) } else { given }
    }
}

/// Whether more of what is expected is as good: nothing says how often at most.
fn only_from_below(expectation: &Expectation) -> bool {
    let at_most = match expectation.count {
        None | Some(Count::AtLeast(_)) => expectation.negated,
        Some(Count::Exactly(_) | Count::AtMost(_)) => true,
    };
    !at_most
}
