//! What a recording lacks, and what that makes unknown.

use std::collections::BTreeSet;

use heal_program::{
    Affected, DetectorIndex, Event, EventIndex, Expression, Millis, PlanIndex, Program, Read, Rung, Signal,
    SignalIndex, Trigger,
};
use heal_telemetry::Recording;

use crate::feed::{Feed, feeds_of};

/// An item that cannot be simulated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its path.
    pub item: String,
    /// Why not.
    pub reason: String,
    /// Paths of the detectors, plans and policies that hang on it, sorted.
    pub downstream: Vec<String>,
}

/// The signals that something reads and the recording does not hold.
#[must_use]
pub fn missing_signals(program: &Program, recording: &Recording) -> Vec<Missing> {
    let signals = program.signals.iter().enumerate();
    signals
        .filter_map(|(at, signal)| {
            let index = SignalIndex(u32::try_from(at).ok()?);
            let reason = feeds_of(recording, index, signal).err()?;
            let downstream = downstream_of_signal(program, index);
            let is_read = !downstream.is_empty();
            is_read.then(|| Missing { item: signal.head.path.clone(), reason, downstream })
        })
        .collect()
}

/// The events of a program of which a recording holds nothing.
pub(crate) fn unrecorded_events(program: &Program, recording: &Recording) -> Vec<EventIndex> {
    if program.events.is_empty() {
        return Vec::new();
    }
    let mut recorded: BTreeSet<&str> = recording.events.iter().map(|event| event.name.as_str()).collect();
    recorded.extend(recording.manifest.logs.iter().map(|log| log.name.as_str()));
    let is_recorded = |event: &Event| {
        let name = program.recorded_event(event);
        recorded.contains(name.as_str()) || recorded.contains(event.head.path.as_str())
    };
    let events = (0..).map(EventIndex).zip(&program.events);
    events.filter(|(_, event)| !is_recorded(event)).map(|(index, _)| index).collect()
}

/// What of a program a recording tells nothing of: whatever reads it cannot be told from the recording. What stands elsewhere
/// in the program has no part in what is said of an item: groups are kept by what they reach alone.
pub(crate) fn unrecorded(program: &Program, recording: &Recording) -> Affected {
    let signals = (0..).map(SignalIndex).zip(&program.signals);
    let missing = signals.filter(|(index, signal)| feeds_of(recording, *index, signal).is_err());
    Affected {
        signals: missing.map(|(index, _)| index).collect(),
        events: unrecorded_events(program, recording).into_iter().collect(),
    }
}

/// The events that something reads or acts on, and of which the recording holds none, nor a log that they are lines of:
/// whether they happened is unknown.
#[must_use]
pub fn missing_events(program: &Program, recording: &Recording) -> Vec<Missing> {
    unrecorded_events(program, recording)
        .into_iter()
        .filter_map(|index| {
            let event = program.event(index)?;
            let downstream = downstream_of(program, Lacking::Event(index), BTreeSet::new());
            let reason = format!("the recording `{}` holds no such event", recording.manifest.name);
            let is_read = !downstream.is_empty();
            is_read.then(|| Missing { item: event.head.path.clone(), reason, downstream })
        })
        .collect()
}

/// The detectors and policies that this Heal cannot run yet.
#[must_use]
pub fn unsupported_items(program: &Program) -> Vec<Missing> {
    let missing = |it: heal_engine::Unsupported| {
        let downstream = downstream_of_item(program, &it.item);
        Missing { item: it.item, reason: it.reason, downstream }
    };
    heal_engine::unsupported(program).into_iter().map(missing).collect()
}

/// Signals of which a recording has series that lack a key field: path, and how many samples that leaves out.
pub(crate) fn keyless_samples(program: &Program, recording: &Recording) -> Vec<(String, u64)> {
    let signals = program.signals.iter().enumerate();
    signals
        .filter_map(|(at, signal)| {
            let (_, keyless) = feeds_of(recording, SignalIndex(u32::try_from(at).ok()?), signal).ok()?;
            (keyless > 0).then(|| (signal.head.path.clone(), keyless))
        })
        .collect()
}

/// From so many looks a sample on it is said that a signal is looked at too often: each is a step of whatever reads it, which
/// takes time and memory.
const LOOKS_MAX: i64 = 1_000;

/// Signals that are looked at very much more often than samples of them were recorded: path, and what is to be said.
pub(crate) fn idle_looks(program: &Program, recording: &Recording) -> Vec<(String, String)> {
    let rarest = recording.manifest.series.iter().filter_map(|series| series.interval).max();
    let is_rare = |signal: &Signal, interval: Millis| signal.every.0.saturating_mul(LOOKS_MAX) <= interval.0;
    let signals = (0..).map(SignalIndex).zip(&program.signals);
    // There may be very many signals, and hardly any of them is looked up for this.
    let some = signals.filter(|(_, signal)| rarest.is_some_and(|rarest| is_rare(signal, rarest)));
    some.filter_map(|(index, signal)| {
        let (feeds, _) = feeds_of(recording, index, signal).ok()?;
        let interval = |feed: &Feed<'_>| recording.manifest.entry(feed.series.id)?.interval;
        let often = feeds.iter().filter_map(interval).min().filter(|often| is_rare(signal, *often))?;
        let note =
            format!("it is looked at every {}, and its samples were recorded every {often}", signal.every);
        Some((signal.head.path.clone(), note))
    })
    .collect()
}

/// Everything that hangs on a signal.
fn downstream_of_signal(program: &Program, signal: SignalIndex) -> Vec<String> {
    downstream_of(program, Lacking::Signal(signal), BTreeSet::new())
}

/// Everything that hangs on a detector or policy, itself included, sorted.
fn downstream_of_item(program: &Program, item: &str) -> Vec<String> {
    let detector = program.detectors.iter().position(|node| node.head.path == item);
    if let Some(detector) = detector.and_then(|at| u32::try_from(at).ok()) {
        return downstream_of(program, Lacking::Nothing, [DetectorIndex(detector)].into());
    }
    let policies = program.policies.iter().filter(|policy| policy.head.path == item);
    let mut paths: BTreeSet<String> = policies.flat_map(|policy| plans_of(program, &policy.ladder)).collect();
    paths.insert(item.to_owned());
    paths.into_iter().collect()
}

/// What of a program has no data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lacking {
    Signal(SignalIndex),
    Event(EventIndex),
    Nothing,
}

/// Everything that hangs on what has no data or on detectors.
fn downstream_of(program: &Program, lacking: Lacking, mut detectors: BTreeSet<DetectorIndex>) -> Vec<String> {
    // A detector may read others: repeated until nothing is added, at most once for each detector.
    for _ in 0..=program.detectors.len() {
        let before = detectors.len();
        for (at, detector) in program.detectors.iter().enumerate() {
            let Ok(at) = u32::try_from(at) else { break };
            let clear = detector.clear.iter().map(|clear| &clear.when);
            if std::iter::once(&detector.when).chain(clear).any(|it| reads(it, lacking, &detectors)) {
                detectors.insert(DetectorIndex(at));
            }
        }
        if detectors.len() == before {
            break;
        }
    }
    let mut paths: BTreeSet<String> = BTreeSet::new();
    paths.extend(detectors.iter().filter_map(|index| Some(program.detector(*index)?.head.path.clone())));
    // A plan that may only run where something holds that nobody can tell: neither can it be told whether it runs.
    let in_doubt: BTreeSet<PlanIndex> = (0..)
        .map(PlanIndex)
        .zip(&program.plans)
        .filter(|(_, plan)| plan.requires.iter().any(|it| reads(&it.condition, lacking, &detectors)))
        .map(|(index, _)| index)
        .collect();
    let path_of = |plan: &PlanIndex| Some(program.plan(*plan)?.head.path.clone());
    for policy in &program.policies {
        let tried: BTreeSet<PlanIndex> = policy.ladder.iter().flat_map(Rung::plans).collect();
        let mut doubted = tried.intersection(&in_doubt).filter_map(path_of).peekable();
        if doubted.peek().is_some() {
            paths.insert(policy.head.path.clone());
            paths.extend(doubted);
        }
        let approval = policy.guard.approval.iter().filter_map(|approval| approval.condition.as_ref());
        let mut conditions = policy.condition.iter().chain(approval);
        let is_on = match policy.on {
            Trigger::Detector(on) => detectors.contains(&on),
            Trigger::Event(on) => lacking == Lacking::Event(on),
        };
        if is_on || conditions.any(|it| reads(&it.condition, lacking, &detectors)) {
            paths.insert(policy.head.path.clone());
            paths.extend(plans_of(program, &policy.ladder));
        }
    }
    paths.into_iter().collect()
}

fn plans_of<'a>(program: &'a Program, ladder: &'a [Rung]) -> impl Iterator<Item = String> + 'a {
    let plans = ladder.iter().flat_map(Rung::plans);
    plans.filter_map(|plan| program.plan(plan)).map(|plan| plan.head.path.clone())
}

/// Policies that try a plan, with the plan itself, sorted.
pub(crate) fn downstream_of_plan(program: &Program, plan: &str) -> Vec<String> {
    let policies =
        program.policies.iter().filter(|policy| plans_of(program, &policy.ladder).any(|path| path == plan));
    let mut paths: Vec<String> = policies.map(|policy| policy.head.path.clone()).collect();
    paths.push(plan.to_owned());
    paths.sort();
    paths
}

fn reads(expression: &Expression, lacking: Lacking, detectors: &BTreeSet<DetectorIndex>) -> bool {
    let mut found = false;
    expression.walk(&mut |node| match node.read() {
        Some(Read::Signal(read, _)) => found |= lacking == Lacking::Signal(read),
        Some(Read::Event(read, ..)) => found |= lacking == Lacking::Event(read),
        Some(Read::Detector(detector)) => found |= detectors.contains(&detector),
        Some(Read::Entity(_)) | None => {}
    });
    found
}
