//! Which incidents a detection belongs to, and how a detector did on them.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::Labels;
use heal_program::{Detector, Event, Expression, Millis, Program, Read, SignalIndex, Source, Timestamp};

use crate::{Catch, Firing, IncidentSummary, Score, Telemetry};

/// The label that names the series that an incident was labelled on.
const METRIC_LABEL: &str = "metric";
/// So many labels are listed.
const LABELS_SHOWN_MAX: usize = 6;

/// The labels by which anything in a recording can be told apart.
fn telling(telemetry: &Telemetry) -> BTreeSet<String> {
    let of_series = telemetry.signals.iter().flat_map(|series| &series.labels).map(|(label, _)| label);
    of_series.chain(&telemetry.labels).cloned().collect()
}

/// What is to be said of incidents of which no label is on anything recorded, such as a misspelt one: nobody can say whose
/// they are, so every firing may catch them.
pub(crate) fn note_of_unknown_labels(telemetry: &Telemetry) -> Option<String> {
    let known = telling(telemetry);
    let is_untold = |labels: &BTreeMap<String, String>| {
        let own = || labels.keys().filter(|label| *label != METRIC_LABEL);
        own().next().is_some() && !own().any(|label| known.contains(label))
    };
    let untold: Vec<_> = telemetry.incidents.iter().filter(|incident| is_untold(&incident.labels)).collect();
    let labels: BTreeSet<&String> = untold.iter().flat_map(|incident| incident.labels.keys()).collect();
    if untold.is_empty() || known.is_empty() {
        return None;
    }
    let listed = |labels: &mut dyn Iterator<Item = &String>| {
        labels.take(LABELS_SHOWN_MAX).map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ")
    };
    let incidents = crate::units::counted(untold.len() as u64, "incident has", "incidents have");
    Some(format!(
        "{incidents} only labels that nothing recorded has, {}, so that any firing may be theirs; recorded are {}",
        listed(&mut labels.into_iter()),
        listed(&mut known.iter())
    ))
}

/// What a detector's firings are about, beside their key: the series it reads and the labels they are narrowed to.
/// An incident that contradicts these does not concern the detector.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    /// For each label that is fixed whatever the key, the values that it may have.
    fixed: BTreeMap<String, BTreeSet<String>>,
    /// For each of its signals that was recorded, the keys that were.
    recorded: Vec<Vec<Labels>>,
    /// The labels by which an incident can be told to be its own: what its key has or leads to, and what is fixed.
    /// None: it has no key, so that every incident may be.
    shared: Option<BTreeSet<String>>,
    /// The labels by which anything in the recording can be told apart.
    telling: BTreeSet<String>,
}

impl Scope {
    /// The scope of a detector in a recording.
    pub(crate) fn of(program: &Program, detector: &Detector, telemetry: &Telemetry) -> Scope {
        let signals = signals_of(program, detector).into_iter().filter_map(|index| program.signal(index));
        let keys = signals.map(|signal| -> Vec<Labels> {
            let series = telemetry.signals.iter().filter(|series| series.signal == signal.head.path);
            series.map(|series| series.labels.clone()).collect()
        });
        let recorded = keys.filter(|keys| !keys.is_empty()).collect();
        let fixed = Scope::fixed(program, detector).unwrap_or_default();
        let shared = (!detector.keys.is_empty()).then(|| {
            let reached = program.reached(&detector.keys);
            reached.into_iter().chain(fixed.keys().cloned()).collect()
        });
        let telling = telling(telemetry);
        Scope { fixed, recorded, shared, telling }
    }

    /// The scope of an event: its key says whose it is, and nothing that was recorded of signals speaks against it.
    pub(crate) fn of_event(program: &Program, event: &Event, telemetry: &Telemetry) -> Scope {
        let shared = (!event.keys.is_empty()).then(|| program.reached(&event.keys).into_iter().collect());
        Scope { shared, telling: telling(telemetry), ..Scope::default() }
    }

    /// Whether it can be told whose the incident is: the detector's key has one of its labels, or nothing recorded has.
    fn shares(&self, incident: &IncidentSummary) -> bool {
        let Some(shared) = &self.shared else { return true };
        let mut labels = incident.labels.iter().map(|(label, _)| label);
        labels.clone().any(|label| shared.contains(label))
            || !labels.any(|label| self.telling.contains(label))
    }

    /// What the sources of a detector fix. A query in another language may read anything, so it fixes nothing.
    fn fixed(program: &Program, detector: &Detector) -> Option<BTreeMap<String, BTreeSet<String>>> {
        let mut sources = Vec::new();
        for index in signals_of(program, detector) {
            match &program.signal(index)?.source {
                Source::Metric { name, matching } => sources.push((name, matching)),
                Source::Prometheus { .. } | Source::Logs(_) => return None,
            }
        }
        let mut fixed = BTreeMap::new();
        let names: BTreeSet<String> = sources.iter().map(|(name, _)| (*name).clone()).collect();
        if !names.is_empty() {
            fixed.insert(METRIC_LABEL.to_owned(), names);
        }
        // A label is fixed only where every source narrows it.
        let labels: BTreeSet<&String> =
            sources.iter().flat_map(|(_, m)| m.iter().map(|(label, _)| label)).collect();
        for label in labels {
            let values: Vec<&String> = sources
                .iter()
                .filter_map(|(_, matching)| matching.iter().find(|(name, _)| name == label))
                .map(|(_, value)| value)
                .collect();
            if values.len() == sources.len() {
                fixed.insert(label.clone(), values.into_iter().cloned().collect());
            }
        }
        Some(fixed)
    }

    /// Whether a firing of the detector could belong to the incident at all: nothing that is fixed contradicts it, and
    /// each signal that was recorded was so for some key that does not.
    fn concerns(&self, incident: &IncidentSummary) -> bool {
        let recorded = |keys: &Vec<Labels>| keys.iter().any(|key| compatible(key, &incident.labels));
        self.allows(incident) && self.shares(incident) && self.recorded.iter().all(recorded)
    }

    fn allows(&self, incident: &IncidentSummary) -> bool {
        let mut labels = incident.labels.iter();
        labels.all(|(label, value)| self.fixed.get(label).is_none_or(|values| values.contains(value)))
    }

    /// Whether a firing belongs to the incident: both overlap, no label that both carry differs, and they have one in
    /// common where the recording can tell it.
    fn belongs(&self, firing: &Firing, recording_end: Timestamp, incident: &IncidentSummary) -> bool {
        let end = firing.end.unwrap_or(recording_end.max(firing.start));
        firing.start <= incident.end
            && end >= incident.start
            && self.allows(incident)
            && self.shares(incident)
            && compatible(&firing.labels, &incident.labels)
    }
}

/// Whether no label stands in both with different values.
pub(crate) fn compatible(left: &Labels, right: &Labels) -> bool {
    left.iter().all(|(label, value)| right.iter().all(|(other, wanted)| label != other || value == wanted))
}

/// The signals that a detector reads, also through other detectors, in order.
pub(crate) fn signals_of(program: &Program, detector: &Detector) -> BTreeSet<SignalIndex> {
    let mut signals = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![detector];
    while let Some(detector) = open.pop() {
        let mut read = Vec::new();
        let mut visit = |part: &Expression| match part.read() {
            Some(Read::Signal(signal, _)) => {
                signals.insert(signal);
            }
            Some(Read::Detector(other)) => read.push(other),
            Some(Read::Event(..) | Read::Entity(_)) | None => {}
        };
        detector.when.walk(&mut visit);
        if let Some(clear) = &detector.clear {
            clear.when.walk(&mut visit);
        }
        // A detector is opened once, so that a cycle, which no compiled program has, still ends.
        open.extend(
            read.into_iter().filter(|index| seen.insert(*index)).filter_map(|index| program.detector(index)),
        );
    }
    signals
}

/// Writes into each firing the incidents that it belongs to, and counts. `incidents` are in order of time.
pub(crate) fn score(
    scope: &Scope,
    firings: &mut [Firing],
    incidents: &[IncidentSummary],
    labelled: bool,
    recording_end: Timestamp,
) -> Score {
    let mut score = Score::default();
    for firing in firings.iter_mut() {
        let own = incidents.iter().filter(|incident| scope.belongs(firing, recording_end, incident));
        firing.incidents = own.map(|incident| incident.name.clone()).collect();
        if labelled && firing.incidents.is_empty() {
            score.false_alarms.push(firing.id);
        }
    }
    for incident in incidents {
        let own = firings.iter().filter(|firing| firing.incidents.contains(&incident.name));
        let first = own.min_by_key(|firing| (firing.start, firing.id));
        // What was caught concerns it, whatever was recorded.
        if first.is_none() && !scope.concerns(incident) {
            continue;
        }
        score.incidents += 1;
        match first {
            Some(first) => score.caught.push(Catch {
                incident: incident.name.clone(),
                firing: first.id,
                time_to_detect: first.start.since(incident.start).max(Millis::ZERO),
            }),
            None => score.missed.push(incident.name.clone()),
        }
    }
    score.median_time_to_detect = median(score.caught.iter().map(|catch| catch.time_to_detect).collect());
    score
}

/// The middle value, or the mean of the two middle ones, rounded towards zero.
pub(crate) fn median(mut spans: Vec<Millis>) -> Option<Millis> {
    spans.sort_unstable();
    let upper = *spans.get(spans.len() / 2)?;
    if spans.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *spans.get((spans.len() / 2).checked_sub(1)?)?;
    let sum = i128::from(lower.0) + i128::from(upper.0);
    i64::try_from(sum / 2).ok().map(Millis)
}
