//! What the recording says of candidates: all of them are simulated over it, and the best one for each incident is kept.

use std::collections::BTreeMap;

use heal_driver::SourceSet;
use heal_impact::{Revision, report_revision};
use heal_program::{Millis, Timestamp};
use heal_report::{DetectorReport, Report};
use heal_telemetry::{Incident, Occurrence, Recording, Recurring};
use heal_tune::Cost;

use super::{
    candidates::{Candidate, candidates},
    series::{Form, Group, why_unread},
    text::{condition, signal},
};
use crate::{
    arguments::SimulationArguments,
    output::Failure,
    simulation::{Words, with_progress},
};

/// Milliseconds of a minute.
const MINUTE_MS: f64 = 60_000.0;

/// A file of the package that candidates are tried in.
const FILE: &str = "candidates.heal";

/// What a draft is for, and what was found for it.
pub(super) struct Draft<'d> {
    pub(super) of: &'d Recurring,
    /// The best condition that catches any of it; else why there is none.
    pub(super) best: Result<Best<'d>, Lack>,
}

/// Why there is no draft.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Lack {
    /// Nothing was recorded then of what has its labels.
    NotRecorded,
    /// No policy can read what was.
    Unread(String),
    /// No series alone tells its times from others.
    NothingTells,
    /// What was tried did not fire in it.
    NothingCaught,
    /// What fired in it costs more than to miss it.
    CostsMore {
        /// The cheapest condition of them.
        condition: String,
        /// What it comes to.
        fared: Fared,
        /// What it costs to miss all of it.
        missing: f64,
    },
}

/// The best condition for something.
pub(super) struct Best<'d> {
    pub(super) group: &'d Group<'d>,
    pub(super) candidate: Candidate,
    pub(super) fared: Fared,
}

/// What a condition comes to over the recording.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fared {
    /// For each occurrence that it caught, how long after its beginning; sorted.
    pub(super) after: Vec<Millis>,
    /// The beginnings of those that it missed.
    pub(super) missed: Vec<Timestamp>,
    /// How long those went on in all.
    pub(super) unnoticed: Millis,
    /// Firings in no incident.
    pub(super) false_alarms: usize,
    /// For how long it fired outside of all incidents.
    pub(super) outside: Millis,
}

impl Fared {
    /// What it comes to where there is no condition.
    fn nothing(one: &Recurring) -> Fared {
        let missed = one.occurrences.iter().map(|occurrence| occurrence.start).collect();
        let unnoticed = one.occurrences.iter().map(|occurrence| occurrence.end.since(occurrence.start).0);
        let unnoticed = Millis(unnoticed.fold(0, i64::saturating_add));
        Fared { after: Vec::new(), missed, unnoticed, false_alarms: 0, outside: Millis::ZERO }
    }

    /// As `heal tune` has it by default: an incident that nothing noticed, a firing in none, and minutes.
    pub(super) fn cost(&self) -> f64 {
        let Cost { missed, false_alarm, action: _, minute } = Cost::default();
        let late = self.after.iter().map(|after| after.0);
        let late: i64 = late.chain([self.unnoticed.0]).fold(self.outside.0, i64::saturating_add);
        missed * self.missed.len() as f64
            + false_alarm * self.false_alarms as f64
            + minute * late as f64 / MINUTE_MS
    }
}

/// The best condition for each of the first of all that recurs.
pub(super) fn best_of<'d>(
    recording: &Recording,
    groups: &'d [Group<'d>],
    all: &'d [Recurring],
    drafts_max: usize,
) -> Result<Vec<Draft<'d>>, Failure> {
    let mut tried: Vec<(usize, Candidate)> = Vec::new();
    let mut drafts: Vec<Draft<'d>> = Vec::new();
    for (place, of) in all.iter().enumerate().take(drafts_max) {
        let found = candidates(groups, of, all)?;
        let lack = match &found {
            None => why_unread(recording, of).map_or(Lack::NotRecorded, Lack::Unread),
            Some(found) if found.is_empty() => Lack::NothingTells,
            Some(_) => Lack::NothingCaught,
        };
        drafts.push(Draft { of, best: Err(lack) });
        tried.extend(found.into_iter().flatten().map(|candidate| (place, candidate)));
    }
    let report = simulated(recording, groups, all, &tried)?;
    for (number, (place, candidate)) in tried.into_iter().enumerate() {
        let (Some(draft), Some(group)) = (drafts.get_mut(place), groups.get(candidate.group)) else {
            continue;
        };
        let found =
            report.as_ref().and_then(|report| report.detector(&detector(number)).map(|it| (report, it)));
        let Some((report, seen)) = found else { continue };
        let fared = fared(report, seen, place, draft.of);
        if fared.after.is_empty() {
            continue;
        }
        let missing = Fared::nothing(draft.of).cost();
        if fared.cost() >= missing {
            let is_cheaper = match &draft.best {
                Err(Lack::CostsMore { fared: known, .. }) => fared.cost() < known.cost(),
                Err(_) => true,
                Ok(_) => false,
            };
            if is_cheaper {
                let condition = condition(group.name, group, &candidate);
                draft.best = Err(Lack::CostsMore { condition, fared, missing });
            }
            continue;
        }
        // One that has a label of theirs knows whose they are, where it catches half of them; then what costs least, and of equal
        // ones that which has more of the labels, and then the first.
        let knows = |candidate: &Candidate, fared: &Fared| {
            candidate.shared > 0 && fared.after.len() >= fared.missed.len()
        };
        let is_better = match &draft.best {
            Err(_) => true,
            Ok(best) => {
                let by_knowing = knows(&best.candidate, &best.fared).cmp(&knows(&candidate, &fared));
                let by_cost = fared.cost().total_cmp(&best.fared.cost());
                by_knowing.then(by_cost).then(best.candidate.shared.cmp(&candidate.shared)).is_lt()
            }
        };
        if is_better {
            draft.best = Ok(Best { group, candidate, fared });
        }
    }
    Ok(drafts)
}

/// Simulates all candidates at once, over a recording in which all that recurs has a name of its own; none where none is
/// tried.
fn simulated(
    recording: &Recording,
    groups: &[Group<'_>],
    all: &[Recurring],
    tried: &[(usize, Candidate)],
) -> Result<Option<Report>, Failure> {
    if tried.is_empty() {
        return Ok(None);
    }
    let mut recording = recording.clone();
    recording.incidents = incidents(all);
    let files = BTreeMap::from([(FILE.to_owned(), package(groups, tried))]);
    let revision = Revision { name: FILE.to_owned(), sources: SourceSet::of(files), environment: None };
    let arguments = SimulationArguments { threads: None, cache: None, no_cache: true };
    let words = Words { doing: "trying drafts", of: "of", what: "keys" };
    let reported =
        with_progress(&arguments, words, |options| report_revision(&revision, &recording, options));
    match reported {
        Ok(reported) => Ok(Some(reported.report)),
        Err(wrong) => Err(Failure(format!("the drafts cannot be tried: {wrong}"))),
    }
}

/// The package of all candidates.
fn package(groups: &[Group<'_>], tried: &[(usize, Candidate)]) -> String {
    let name = |candidate: &Candidate| {
        let form = if matches!(candidate.form, Form::Counter(_)) { "counted" } else { "read" };
        format!("{form}_{}", candidate.group)
    };
    let mut signals: BTreeMap<String, String> = BTreeMap::new();
    let mut detectors = String::new();
    for (number, (_, candidate)) in tried.iter().enumerate() {
        let Some(group) = groups.get(candidate.group) else { continue };
        let signal_name = name(candidate);
        signals.entry(signal_name.clone()).or_insert_with(|| signal(&signal_name, group, candidate.form));
        let condition = condition(&signal_name, group, candidate);
        detectors.push_str(&format!("\ndetector {} {{ when {condition} }}\n", detector(number)));
    }
    signals.into_values().collect::<String>() + &detectors
}

fn detector(number: usize) -> String {
    format!("tried_{number}")
}

/// All that recurs as incidents, in the order of a recording.
fn incidents(all: &[Recurring]) -> Vec<Incident> {
    let mut incidents: Vec<Incident> = Vec::new();
    for (place, one) in all.iter().enumerate() {
        incidents.extend(one.occurrences.iter().enumerate().map(|(at, it)| Incident {
            name: incident(place, at),
            start: it.start,
            end: it.end,
            labels: it.labels.clone(),
        }));
    }
    incidents.sort_by(|a, b| (a.start, a.end, &a.name).cmp(&(b.start, b.end, &b.name)));
    incidents
}

fn incident(place: usize, at: usize) -> String {
    format!("{place}/{at}")
}

/// How a detector did on one of all that recurs.
fn fared(report: &Report, detector: &DetectorReport, place: usize, one: &Recurring) -> Fared {
    let caught: BTreeMap<&str, Millis> =
        detector.score.caught.iter().map(|it| (it.incident.as_str(), it.time_to_detect)).collect();
    let (mut after, mut missed, mut unnoticed) = (Vec::new(), Vec::new(), 0_i64);
    for (at, Occurrence { start, end, .. }) in one.occurrences.iter().enumerate() {
        match caught.get(incident(place, at).as_str()) {
            Some(time) => after.push(*time),
            None => {
                missed.push(*start);
                unnoticed = unnoticed.saturating_add(end.since(*start).0);
            }
        }
    }
    after.sort();
    let incidents: BTreeMap<&str, (Timestamp, Timestamp)> =
        report.recording.incidents.iter().map(|it| (it.name.as_str(), (it.start, it.end))).collect();
    let outside = detector.firings.iter().map(|firing| {
        let end = firing.end.unwrap_or(report.recording.end).max(firing.start);
        let own = firing.incidents.iter().filter_map(|name| incidents.get(name.as_str()).copied());
        outside((firing.start, end), own.collect())
    });
    let outside = Millis(outside.map(|it| it.0).fold(0, i64::saturating_add));
    let false_alarms = detector.score.false_alarms.len();
    Fared { after, missed, unnoticed: Millis(unnoticed), false_alarms, outside }
}

/// How much of a stretch lies in none of some others.
fn outside((start, end): (Timestamp, Timestamp), mut others: Vec<(Timestamp, Timestamp)>) -> Millis {
    others.sort();
    let (mut free, mut from) = (0_i64, start);
    for (begin, over) in others {
        free = free.saturating_add(begin.min(end).since(from).0.max(0));
        from = from.max(over);
    }
    Millis(free.saturating_add(end.since(from).0.max(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_outside_of_incidents_is_counted_once() {
        let minute = |count: i64| Timestamp(count * 60_000);
        let of = |others: &[(i64, i64)]| {
            outside((minute(0), minute(60)), others.iter().map(|(a, b)| (minute(*a), minute(*b))).collect())
        };
        let shown = [of(&[]), of(&[(10, 20)]), of(&[(-5, 20), (10, 30)]), of(&[(0, 90)])];
        assert_eq!(shown, [60, 50, 30, 0].map(Millis::from_minutes));
    }
}
