//! What a detector saw of one key: why it fired, why it did not, how near it came.

use std::collections::BTreeMap;

use heal_engine::{FiringEnd, Key, Labels, Readings, SILENT_KEY_MEMORY, TraceEvent, TraceKind, key_of};
use heal_program::{Detector, DetectorIndex, Expression, Millis, Program, Read, SemanticHash, Timestamp};
use heal_report::expression_text;
use heal_simulator::{Feed, GroupLife, SimulationError, Unrecorded, feeds, signals_behind};
use heal_telemetry::Sample;

use crate::{
    Detection, DetectionState, Reading, Side,
    expression_values::Scale,
    flips::{Alternative, comparisons, is_necessary, need_of},
    times::{counted, exact, instant, key_text},
    watch::{Moment, Seen, Watched, seen},
};

/// Where only a key is asked for.
static NO_LABELS: Labels = Labels::new();

/// A side, and the group of the detector that is asked about.
pub(crate) type Own<'o> = (&'o Side<'o>, &'o GroupLife<'o, 'o>);

/// Keys that are named where the one that was asked for was never seen.
const KEYS_NAMED_MAX: usize = 8;

/// A firing, as the trace tells it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FiringFacts {
    pub(crate) id: SemanticHash,
    pub(crate) detector: String,
    pub(crate) labels: Labels,
    pub(crate) pending_since: Timestamp,
    pub(crate) start: Timestamp,
    pub(crate) end: Option<(Timestamp, FiringEnd, Readings)>,
}

/// The firings of a trace.
pub(crate) fn firings(trace: &[TraceEvent]) -> BTreeMap<SemanticHash, FiringFacts> {
    let mut found: BTreeMap<SemanticHash, FiringFacts> = BTreeMap::new();
    for event in trace {
        if let TraceKind::FiringStarted { firing, detector, labels, pending_since, .. } = &event.kind {
            let (detector, labels) = (detector.clone(), labels.clone());
            let (id, pending_since, start) = (*firing, *pending_since, event.at);
            found.insert(id, FiringFacts { id, detector, labels, pending_since, start, end: None });
        } else if let TraceKind::FiringEnded { firing, end, values, .. } = &event.kind
            && let Some(known) = found.get_mut(firing)
        {
            known.end = Some((event.at, *end, values.clone()));
        }
    }
    found
}

/// The place of a detector in the program.
pub(crate) fn detector_named(program: &Program, path: &str) -> Option<DetectorIndex> {
    let at = program.detectors.iter().position(|it| it.head.path == path)?;
    u32::try_from(at).ok().map(DetectorIndex)
}

/// Why nothing can be said of a detector over this recording. What policies asked for in vain says nothing of it.
pub(crate) fn not_simulated(side: &Side<'_>, path: &str) -> Option<String> {
    side.groups.beginning(&Unrecorded::default()).iter().find_map(|event| {
        let TraceKind::NotSimulated { item, reason, downstream } = &event.kind else { return None };
        let concerns = item == path || downstream.iter().any(|it| it == path);
        concerns.then(|| format!("{item}: {reason}"))
    })
}

fn blank(node: &Detector, labels: Labels, state: DetectionState) -> Detection {
    Detection {
        detector: node.head.path.clone(),
        labels,
        severity: Some(node.severity),
        state,
        firing: None,
        start: None,
        end: None,
        ended: None,
        condition: node.when_text.clone(),
        at: None,
        values: Vec::new(),
        learned: Vec::new(),
        hold: node.hold,
        true_since: None,
        true_until: None,
        values_at_end: Vec::new(),
        why: Vec::new(),
        differ: Vec::new(),
    }
}

/// An event that a policy is on.
pub(crate) fn happened(item: &str, labels: &Labels, id: SemanticHash, at: Timestamp) -> Detection {
    Detection {
        detector: item.to_owned(),
        labels: labels.clone(),
        severity: None,
        state: DetectionState::Happened,
        firing: Some(id),
        start: Some(at),
        end: None,
        ended: None,
        condition: String::new(),
        at: Some(at),
        values: Vec::new(),
        learned: Vec::new(),
        hold: Millis::ZERO,
        true_since: None,
        true_until: None,
        values_at_end: Vec::new(),
        why: vec![format!("the event was told at {}", instant(at))],
        differ: Vec::new(),
    }
}

/// Why a detector fired.
pub(crate) fn fired(
    (side, life): Own<'_>,
    firing: &FiringFacts,
) -> Result<Option<Detection>, SimulationError> {
    let found = detector_named(side.program, &firing.detector);
    let Some((index, node)) = found.and_then(|index| Some((index, side.program.detector(index)?))) else {
        return Ok(None);
    };
    let key = key_of(&firing.labels);
    let last = firing.end.as_ref().map_or_else(|| side.recording.end(), |(at, ..)| *at);
    let watched =
        Watched { life, program: side.program, detector: index, key: Some(&key), labels: &NO_LABELS };
    let (steps, moment) = watched.steps(firing.pending_since, last, firing.start)?;
    let mut told = blank(node, firing.labels.clone(), DetectionState::Fired);
    told.firing = Some(firing.id);
    (told.start, told.at, told.true_since) =
        (Some(firing.start), Some(firing.start), Some(firing.pending_since));
    if let Some((at, end, values)) = &firing.end {
        (told.end, told.ended) = (Some(*at), Some(*end));
        told.values_at_end = at_end(side.program, node, values);
    }
    let broken = steps.iter().find(|step| step.at > firing.start && step.truth != Some(true));
    told.true_until = broken.map(|step| step.at);
    told.why.push(match node.hold {
        Millis::ZERO => format!("true at {}, and nothing more is asked", instant(firing.start)),
        hold => format!(
            "true since {} without a break: `for {}` was over at {}",
            instant(firing.pending_since),
            exact(hold),
            instant(firing.start)
        ),
    });
    told.why.extend(end_text(firing, node));
    if let Some(moment) = moment {
        let held: Vec<&Seen> = steps.iter().filter(|step| step.at <= firing.start).collect();
        told.differ =
            moment.alternatives.iter().map(|way| failing_way(side.program, node, way, &held)).collect();
        (told.values, told.learned) = (moment.values, moment.learned);
    }
    if let Some(until) = told.true_until {
        let last_true = Timestamp(until.0 - node.every.0.max(1));
        let lasted = last_true.since(firing.pending_since);
        told.differ.push(match lasted {
            Millis::ZERO => format!("any `for`: it was true at one step only, {}", instant(last_true)),
            lasted => format!(
                "`for` longer than {}: it was true from {} to {}",
                exact(lasted),
                instant(firing.pending_since),
                instant(last_true)
            ),
        });
    }
    Ok(Some(told))
}

/// What would have kept a condition from holding: where one comparison decides by itself, at the step of the `for` at
/// which it was nearest to failing.
fn failing_way(program: &Program, node: &Detector, way: &Alternative, held: &[&Seen]) -> String {
    let [need] = way.as_slice() else { return together(way) };
    let all = comparisons(&node.when);
    let comparison = need.comparison.and_then(|place| Some((place, *all.get(place)?)));
    let Some((place, comparison)) = comparison.filter(|(_, it)| is_necessary(&node.when, it)) else {
        return together(way);
    };
    let mut nearest: Option<(Timestamp, crate::flips::Need)> = None;
    for step in held {
        let Some(sides) = step.sides.get(place).copied().flatten() else { continue };
        let Some(need) = need_of(program, comparison, false, sides, Some(place)) else { continue };
        if nearest.as_ref().is_none_or(|(_, known)| need.gap < known.gap) {
            nearest = Some((step.at, need));
        }
    }
    match nearest {
        Some((at, need)) if held.len() > 1 => {
            let ending = format!(" at {}, the nearest in `for {}`", instant(at), exact(node.hold));
            // The bound is about that step too, so the time stands before it.
            match need.text.split_once("; or ") {
                Some((first, bound)) => format!("{first}{ending}; or {bound}"),
                None => format!("{}{ending}", need.text),
            }
        }
        Some((_, need)) => need.text,
        None => together(way),
    }
}

fn together(way: &Alternative) -> String {
    way.iter().map(|need| need.text.as_str()).collect::<Vec<_>>().join(", and ")
}

fn end_text(firing: &FiringFacts, node: &Detector) -> Option<String> {
    let (at, end, _) = firing.end.as_ref()?;
    let lasted = exact(at.since(firing.start));
    Some(match (end, &node.clear) {
        (FiringEnd::Cleared, Some(clear)) if clear.hold > Millis::ZERO => format!(
            "cleared at {}, after {lasted}: its `clear when` was true for {}",
            instant(*at),
            exact(clear.hold)
        ),
        (FiringEnd::Cleared, Some(_)) => {
            format!("cleared at {}, after {lasted}: its `clear when` was true", instant(*at))
        }
        (FiringEnd::Cleared, None) => {
            format!("cleared at {}, after {lasted}: its condition was false", instant(*at))
        }
        (FiringEnd::Lost, _) => {
            format!(
                "lost at {}, after {lasted}: its samples stopped, so it neither cleared nor healed",
                instant(*at)
            )
        }
        (FiringEnd::Replaced, _) => format!("replaced at {}, after {lasted}", instant(*at)),
    })
}

/// What the conditions read when the firing ended, in units.
fn at_end(program: &Program, node: &Detector, values: &Readings) -> Vec<Reading> {
    let mut scales: BTreeMap<String, Scale> = BTreeMap::new();
    let mut visit = |part: &Expression| {
        scales.entry(expression_text(program, part)).or_insert_with(|| Scale::of(program, part));
    };
    node.when.walk(&mut visit);
    if let Some(clear) = &node.clear {
        clear.when.walk(&mut visit);
    }
    let reading = |(text, value): &(String, Option<f64>)| {
        let shown = match (value, scales.get(text)) {
            (None, _) => "unknown".to_owned(),
            (Some(value), Some(scale)) => scale.text(*value),
            (Some(value), None) => heal_report::quantity(*value, ""),
        };
        Reading { depth: 0, text: text.clone(), value: shown, is_known: value.is_some() }
    };
    values.iter().map(reading).collect()
}

/// Why a detector does not fire for a key at a time.
pub(crate) fn not_fired(
    (side, life): Own<'_>,
    index: DetectorIndex,
    key: &Key,
    at: Timestamp,
) -> Result<Option<Detection>, SimulationError> {
    let Some(node) = side.program.detector(index) else { return Ok(None) };
    let labels: Labels = node.keys.iter().cloned().zip(key.iter().cloned()).collect();
    if let Some(reason) = not_simulated(side, &node.head.path) {
        let mut told = blank(node, labels, DetectionState::NotSimulated);
        told.why.push(reason);
        return Ok(Some(told));
    }
    let step = Timestamp(at.0 - at.0.rem_euclid(node.every.0.max(1)));
    let from = step.minus(node.hold).minus(node.every);
    let watched =
        Watched { life, program: side.program, detector: index, key: Some(key), labels: &NO_LABELS };
    let (steps, moment) = watched.steps(from, step, step)?;
    let Some(moment) = moment else {
        if let Some(last) = last_sample(side, index, &labels, step) {
            let mut told = blank(node, labels, DetectionState::Unknown);
            told.at = Some(step);
            told.why.push(format!(
                "unknown at {}: nothing was recorded of it after {}, and what is silent for long is forgotten",
                instant(step),
                instant(last)
            ));
            told.differ.push("samples up to that time".to_owned());
            return Ok(Some(told));
        }
        let mut told = blank(node, labels, DetectionState::Unseen);
        told.at = Some(step);
        told.why.push(unseen(life, index, key, step)?);
        return Ok(Some(told));
    };
    Ok(Some(short_of(side, node, labels, &steps, moment)))
}

/// How far a detector was from firing at a moment.
fn short_of(side: &Side<'_>, node: &Detector, labels: Labels, steps: &[Seen], moment: Moment) -> Detection {
    let mut told = blank(node, labels.clone(), DetectionState::False);
    told.at = Some(moment.at);
    let before = steps.iter().rev().skip_while(|step| step.at > moment.at);
    let run: Vec<&Seen> = before.take_while(|step| step.truth == Some(true)).collect();
    let asks = match node.hold {
        Millis::ZERO => String::new(),
        hold => format!(", and that for {} without a break", exact(hold)),
    };
    match moment.truth {
        Some(true) => {
            let since = run.last().map_or(moment.at, |step| step.at);
            let lasted = moment.at.since(since);
            (told.state, told.true_since) = (DetectionState::Pending, Some(since));
            told.why.push(format!(
                "true since {}: {} of `for {}`",
                instant(since),
                exact(lasted),
                exact(node.hold)
            ));
            let missing = Millis(node.hold.0 - lasted.0);
            told.differ.push(format!("true for {} longer", exact(missing)));
            told.differ.push(format!("`for {}` or shorter", exact(lasted)));
        }
        Some(false) => {
            told.why.push(format!("false at {}", instant(moment.at)));
            let ways = moment.alternatives.iter();
            told.differ.extend(ways.map(|way| format!("{}{asks}", together(way))));
        }
        None => {
            told.state = DetectionState::Unknown;
            told.why
                .push(format!("unknown at {}: what is unknown neither fires nor clears", instant(moment.at)));
            for part in &moment.unknown {
                told.why.extend(why_unknown(side, part, &labels, moment.at));
            }
            let ways = moment.alternatives.iter();
            told.differ.extend(ways.map(|way| format!("{}{asks}", together(way))));
        }
    }
    (told.values, told.learned) = (moment.values, moment.learned);
    told
}

/// The last sample of a key up to a time, of all that the detector reads.
fn last_sample(side: &Side<'_>, index: DetectorIndex, labels: &Labels, at: Timestamp) -> Option<Timestamp> {
    let signals = signals_behind(side.program, index);
    let feeds = feeds(side.program, side.recording);
    let own = feeds.iter().filter(|feed| signals.contains(&feed.signal) && is_of(side.program, feed, labels));
    own.filter_map(|feed| feed.samples().ok()?.iter().rev().map(|it| it.at).find(|it| *it <= at)).max()
}

/// Whether a series is of a key, as far as that has its fields.
fn is_of(program: &Program, feed: &Feed<'_>, labels: &Labels) -> bool {
    let Some(signal) = program.signal(feed.signal) else { return false };
    let own = signal.keys.iter().zip(&feed.key);
    let agrees = |(name, value): (&String, &String)| {
        labels.iter().all(|(other, wanted)| other != name || wanted == value)
    };
    own.into_iter().all(agrees)
}

/// Why a part is unknown: what was recorded of the signal that it reads.
fn why_unknown(side: &Side<'_>, part: &Expression, labels: &Labels, at: Timestamp) -> Option<String> {
    let Some(Read::Signal(index, span)) = part.read() else { return None };
    let signal = side.program.signal(index)?;
    let text = expression_text(side.program, part);
    let feeds = feeds(side.program, side.recording);
    let own = feeds.iter().find(|feed| feed.signal == index && is_of(side.program, feed, labels));
    let samples = own.and_then(|feed| feed.samples().ok()).unwrap_or_default();
    let before = samples.partition_point(|sample| sample.at <= at);
    let (before, last) = (samples.get(..before).unwrap_or_default(), before.checked_sub(1));
    let last = last.and_then(|last| before.get(last));
    // A key that is silent for so long is forgotten, and begins anew.
    let is_silence = |pair: &[Sample; 2]| {
        let [left, right] = pair;
        right.at.since(left.at) > SILENT_KEY_MEMORY
    };
    let resumed = before.array_windows().rev().find(|pair| is_silence(pair)).map(|[_, next]| next);
    let first = resumed.or(samples.first());
    let began = if resumed.is_some() { "the first sample after a silence" } else { "the first sample" };
    Some(match (first, last) {
        (None, _) => {
            format!("`{text}` is unknown: nothing was recorded of `{}` for this key", signal.head.path)
        }
        (Some(first), None) => {
            format!("`{text}` is unknown: the first sample came at {}", instant(first.at))
        }
        (Some(_), Some(last)) if at.since(last.at) > signal.stale_after => format!(
            "`{text}` is unknown: the last sample came at {}, and is stale after {}",
            instant(last.at),
            exact(signal.stale_after)
        ),
        (Some(first), Some(_)) if at.since(first.at) < span => format!(
            "`{text}` is unknown: {began} came at {}, and {} of them are needed",
            instant(first.at),
            exact(span)
        ),
        (Some(_), Some(_)) => format!("`{text}` is unknown"),
    })
}

/// Names the keys that were seen, where the one that was asked for was not.
fn unseen(
    life: &GroupLife<'_, '_>,
    index: DetectorIndex,
    key: &Key,
    at: Timestamp,
) -> Result<String, SimulationError> {
    let keys = life.keys_at(index, at)?;
    let named: Vec<String> =
        keys.iter().take(KEYS_NAMED_MAX).map(|key| format!("`{}`", key.join("/"))).collect();
    let more = keys.len().saturating_sub(KEYS_NAMED_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Ok(match named.is_empty() {
        true => format!("`{}` was not seen up to {}, nor was any other key", key.join("/"), instant(at)),
        false => format!(
            "`{}` was not seen up to {}; seen were {}{more}",
            key.join("/"),
            instant(at),
            named.join(", ")
        ),
    })
}

/// Whether no label stands in both with different values.
fn compatible(left: &Labels, right: &Labels) -> bool {
    left.iter().all(|(label, value)| right.iter().all(|(other, wanted)| label != other || value == wanted))
}

/// How near a detector came to firing in a stretch of time, for the key that came nearest of those that no label
/// contradicts: where it was true the longest, else where the least would have had to differ.
pub(crate) fn nearest(
    (side, life): Own<'_>,
    index: DetectorIndex,
    (from, to): (Timestamp, Timestamp),
    concerned: &Labels,
) -> Result<Option<Detection>, SimulationError> {
    let Some(node) = side.program.detector(index) else { return Ok(None) };
    if let Some(reason) = not_simulated(side, &node.head.path) {
        let mut told = blank(node, Labels::new(), DetectionState::NotSimulated);
        told.why.push(reason);
        return Ok(Some(told));
    }
    let labels_of = |key: &Key| -> Labels { node.keys.iter().cloned().zip(key.iter().cloned()).collect() };
    let mut best: BTreeMap<Key, Nearest> = BTreeMap::new();
    let begin = from.minus(node.hold);
    let all = Watched { life, program: side.program, detector: index, key: None, labels: concerned };
    all.each(begin, to, |program, node, key, at, facts| {
        if compatible(&labels_of(key), concerned) {
            let step = seen(program, node, at, facts);
            best.entry(key.clone()).or_default().take(&step, at >= from);
        }
    })?;
    let found = best.iter().filter(|(_, nearest)| nearest.at.is_some());
    // The first of several that came equally near, in the order of keys.
    let found = found.reduce(|best, next| if next.1.is_nearer_than(best.1) { next } else { best });
    let Some((key, near)) = found else {
        let mut told = blank(node, Labels::new(), DetectionState::Unseen);
        told.why.push(format!(
            "no key that could be about it was seen from {} to {}",
            instant(from),
            instant(to)
        ));
        return Ok(Some(told));
    };
    let at = near.at.unwrap_or(from);
    let watched = Watched { life, program: side.program, detector: index, key: Some(key), labels: concerned };
    let labels = labels_of(key);
    let (steps, moment) = watched.steps(begin.minus(node.every), to, at)?;
    Ok(moment.map(|moment| {
        let is_false = moment.truth == Some(false);
        let mut told = short_of(side, node, labels, &steps, moment);
        if let Some(need) = nearest_stretch(side.program, node, &steps).filter(|_| is_false) {
            told.differ = vec![need];
        }
        let keys = counted(best.len(), "key was", "keys were");
        let key = key_text(&told.labels);
        let of = if key.is_empty() { String::new() } else { format!(" for `{key}`") };
        told.why.insert(0, format!("it came nearest at {}{of}; {keys} looked at", instant(at)));
        told
    }))
}

/// Of a condition that is one comparison: the stretch as long as its `for` in which it came nearest to being true at every
/// step, and what it would have needed there.
fn nearest_stretch(program: &Program, node: &Detector, steps: &[Seen]) -> Option<String> {
    let all = comparisons(&node.when);
    let [comparison] = all.as_slice() else { return None };
    if node.hold <= Millis::ZERO || !std::ptr::eq(*comparison, &node.when) {
        return None;
    }
    let need = |step: &Seen| need_of(program, comparison, true, step.sides.first().copied().flatten()?, None);
    // None: true already; an unknown one has nothing that it would need.
    let needs: Vec<Option<Option<crate::flips::Need>>> =
        steps.iter().map(|step| if step.truth == Some(true) { None } else { Some(need(step)) }).collect();
    // The farthest step of each stretch decides over it; a step that is unknown breaks it.
    let mut best: Option<(Timestamp, crate::flips::Need)> = None;
    for (at, last) in steps.iter().enumerate() {
        let first = last.at.minus(node.hold);
        let stretch = || steps.iter().zip(&needs).take(at + 1).rev().take_while(|(it, _)| it.at >= first);
        let is_whole = stretch().last().is_some_and(|(step, _)| step.at == first);
        let known: Option<Vec<&crate::flips::Need>> =
            stretch().filter_map(|(_, need)| need.as_ref()).map(Option::as_ref).collect();
        let farthest =
            known.into_iter().flatten().reduce(|far, next| if next.gap > far.gap { next } else { far });
        if let Some(need) = farthest.filter(|_| is_whole)
            && best.as_ref().is_none_or(|(_, known)| need.gap < known.gap)
        {
            best = Some((last.at, need.clone()));
        }
    }
    let (end, need) = best?;
    let hold = exact(node.hold);
    let when =
        format!(", the farthest in the {hold} up to {}, which came nearest to `for {hold}`", instant(end));
    Some(match need.text.split_once("; or ") {
        Some((first, bound)) => format!("{first}{when}; or {bound}"),
        None => format!("{}{when}", need.text),
    })
}

/// Where one key came nearest so far.
#[derive(Default)]
struct Nearest {
    /// The step.
    at: Option<Timestamp>,
    /// How long it had been true then.
    held: Millis,
    /// How far it was from being true.
    distance: f64,
    is_known: bool,
    true_since: Option<Timestamp>,
}

impl Nearest {
    fn take(&mut self, step: &Seen, counts: bool) {
        if step.truth == Some(true) {
            self.true_since.get_or_insert(step.at);
        } else {
            self.true_since = None;
        }
        if !counts {
            return;
        }
        let held = self.true_since.map_or(Millis(-1), |since| step.at.since(since));
        let own = Nearest {
            at: Some(step.at),
            held,
            distance: step.distance,
            is_known: step.truth.is_some(),
            true_since: self.true_since,
        };
        if self.at.is_none() || own.is_nearer_than(self) {
            *self = own;
        }
    }

    fn is_nearer_than(&self, other: &Nearest) -> bool {
        let rank = |it: &Nearest| (it.held, it.is_known);
        rank(self) > rank(other)
            || rank(self) == rank(other) && self.held < Millis::ZERO && self.distance < other.distance
    }
}
