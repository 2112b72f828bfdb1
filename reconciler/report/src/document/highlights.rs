//! What a reader with one minute should see of an impact diff.

use std::{cmp::Reverse, collections::BTreeSet};

use heal_program::Millis;

use super::{Line, Told, difference_line, wording::shift};
use crate::{
    DetectorReport, Difference, DifferenceKind as Kind, Firing, ImpactDiff, IncidentSummary, PolicyReport,
    Report, readings::key_text, times,
};

/// Entries of one kind before the rest is counted.
const HIGHLIGHTS_MAX: usize = 3;

/// What is lost, later, other, false, gained, and waited for: what hurts first.
pub(super) fn highlights(impact: &ImpactDiff) -> Vec<Line> {
    let mut lines = Vec::new();
    let of = |kind: Kind| impact.differences.iter().filter(move |difference| difference.kind == kind);
    push_first(&mut lines, of(Kind::IncidentMissed), "lost", |difference| lost(impact, difference));
    let mut later: Vec<&Difference> = of(Kind::IncidentLater).collect();
    later.sort_by_key(|difference| Reverse(difference.later_by));
    push_first(&mut lines, later.into_iter(), "detected later", |difference| gained(impact, difference));
    let other = of(Kind::RunChanged).filter(|difference| !impact.is_in_shadow(difference));
    push_first(&mut lines, other, "runs that do something else", |difference| {
        let told = Told { has_incidents: impact.head.recording.has_incidents(), in_shadow: false };
        difference_line(difference, told).text(".")
    });
    let alarms = if impact.head.recording.has_incidents() { "new false alarms" } else { "new firings" };
    push_first(&mut lines, of(Kind::FalseAlarmAdded), alarms, |difference| false_alarm(impact, difference));
    push_first(&mut lines, of(Kind::IncidentCaught), "gained", |difference| gained(impact, difference));
    push_first(&mut lines, of(Kind::IncidentEarlier), "detected earlier", |difference| {
        gained(impact, difference)
    });
    let mut last = Line::default();
    if impact.count(Kind::IncidentMissed) == 0 && impact.counted.base.incidents > 0 {
        last = last.strong("Lost").text(" none.");
    }
    if let Some(line) = waited(impact) {
        last = if last.is_empty() { line } else { last.text(" ").join(line) };
    }
    if !last.is_empty() {
        lines.push(last);
    }
    lines
}

fn push_first<'a>(
    lines: &mut Vec<Line>,
    differences: impl Iterator<Item = &'a Difference>,
    what: &str,
    line: impl Fn(&Difference) -> Line,
) {
    let differences: Vec<&Difference> = differences.collect();
    lines.extend(differences.iter().take(HIGHLIGHTS_MAX).map(|difference| line(difference)));
    if let Some(more) = differences.len().checked_sub(HIGHLIGHTS_MAX).filter(|more| *more > 0) {
        lines.push(Line::of(format!("and {more} more {what}.")));
    }
}

fn lost(impact: &ImpactDiff, difference: &Difference) -> Line {
    let word = if difference.perhaps { "Perhaps lost" } else { "Lost" };
    let mut line = Line::default().strong(word).text(" ").emphasis(&difference.item);
    if let Some(at) = difference.at {
        line = line.text(format!(" of {}", times::instant(at)));
    }
    let of_head = match (difference.perhaps, is_seen_in_shadow(&impact.head, &difference.item)) {
        (true, _) => "whether head fires in it cannot be told",
        (false, true) => "head sees it in shadow only, where nobody acts",
        (false, false) => "head does not fire in it",
    };
    match first_catch(impact, &difference.item, true) {
        Some((detector, firing, time)) => {
            let line = line.text(format!(": base fired {time} into it, ")).code(&detector.path);
            with_key(line, firing)
                .text(", on ")
                .join(readings(firing, Some(detector)))
                .text(format!("; {of_head}."))
        }
        None => line.text(format!(": base caught it, {of_head}.")),
    }
}

/// Whether a policy in shadow is on a detector that caught an incident, and nobody else is.
fn is_seen_in_shadow(report: &Report, incident: &str) -> bool {
    let in_shadow = report.detectors.iter().filter(|detector| !report.is_acted_on(detector));
    let mut known = in_shadow.filter(|detector| !detector.policies.is_empty() && detector.unknown.is_none());
    known.any(|detector| detector.score.caught.iter().any(|catch| catch.incident == incident))
}

fn gained(impact: &ImpactDiff, difference: &Difference) -> Line {
    let words = [(Kind::IncidentCaught, "Gained"), (Kind::IncidentLater, "Later")];
    let word = words.iter().find(|(kind, _)| *kind == difference.kind).map_or("Earlier", |(_, word)| word);
    let line = Line::default().strong(word);
    let Some((detector, firing, time)) = first_catch(impact, &difference.item, false) else {
        return line.text(" ").emphasis(&difference.item).text(".");
    };
    let line = line.text(format!(" {} ", times::instant(firing.start))).code(&detector.path);
    let line = with_key(line, firing);
    let line = if time > Millis::ZERO {
        line.text(format!(", {time} into ")).emphasis(&difference.item)
    } else {
        line.text(", already when ").emphasis(&difference.item).text(" began")
    };
    let line = line.text(": ").join(readings(firing, Some(detector)));
    match (difference.later_by, first_catch(impact, &difference.item, true)) {
        (Some(by), Some((of_base, before, _))) => {
            let by = shift(Millis(by.0.saturating_neg()));
            line.text(format!("; base fired {by} on ")).join(readings(before, Some(of_base))).text(".")
        }
        (_, _) if is_seen_in_shadow(&impact.base, &difference.item) => {
            line.text("; base saw it in shadow only, where nobody acts.")
        }
        (_, _) => line.text("; base missed it."),
    }
}

fn false_alarm(impact: &ImpactDiff, difference: &Difference) -> Line {
    let has_incidents = impact.head.recording.has_incidents();
    let line = Line::default().strong(if has_incidents { "New false alarm" } else { "New firing" });
    let detector = impact.head.detector(&difference.item);
    let found = difference
        .head
        .as_ref()
        .zip(detector)
        .and_then(|(moment, detector)| detector.firings.iter().find(|firing| firing.id == moment.id));
    let Some(firing) = found else { return line.text(" ").code(&difference.item) };
    let line = line.text(format!(" {} ", times::instant(firing.start))).code(&difference.item);
    let line = with_key(line, firing).text(": ").join(readings(firing, detector));
    let line = match firing.end {
        Some(_) if detector.is_some_and(|detector| detector.is_event) => line,
        Some(end) => line.text(format!("; it ended by itself after {}", end.since(firing.start))),
        None => line.text("; it still fired when the recording ended"),
    };
    if let Some(incident) = incident_at_hand(impact, firing) {
        let line = line.text("; during ").emphasis(&incident.name);
        let is_other = |(name, value): &&(String, String)| {
            firing.labels.iter().any(|(own, its)| own == name && its != value)
        };
        let other = incident.labels.iter().find(is_other);
        return match other {
            Some((name, value)) => line.text(", which is of ").code(format!("{name}={value}")).text("."),
            None => line.text(", which does not concern it."),
        };
    }
    match nearest_incident(impact, firing) {
        Some(away) => line.text(format!("; no incident within {}.", times::at_least(away))),
        None if has_incidents => line.text("; no incident that could be meant is labelled."),
        None => line.text("; no incident is labelled."),
    }
}

/// How far an incident is, whatever its labels.
fn distance(impact: &ImpactDiff, firing: &Firing, incident: &IncidentSummary) -> Millis {
    let end = firing.end.unwrap_or(impact.head.recording.end);
    incident.start.since(end).max(firing.start.since(incident.end)).max(Millis::ZERO)
}

/// An incident that goes on at the same time and is another one's, as its labels say.
fn incident_at_hand<'a>(impact: &'a ImpactDiff, firing: &Firing) -> Option<&'a IncidentSummary> {
    let mut incidents = impact.head.recording.incidents.iter();
    incidents.find(|incident| distance(impact, firing, incident) == Millis::ZERO)
}

/// How far the next labelled incident is, whatever its labels: further than it every claim would be too strong.
fn nearest_incident(impact: &ImpactDiff, firing: &Firing) -> Option<Millis> {
    impact.head.recording.incidents.iter().map(|incident| distance(impact, firing, incident)).min()
}

/// How often people are asked, where that differs, with the newest request that does.
fn waited(impact: &ImpactDiff) -> Option<Line> {
    let (before, after) = (impact.counted.base.approvals, impact.counted.head.approvals);
    let kinds = [Kind::ApprovalAdded, Kind::ApprovalRemoved, Kind::ApprovalMoved];
    let differing = impact.differences.iter().filter(|it| kinds.contains(&it.kind));
    let differing: Vec<&Difference> = differing.filter(|it| !impact.is_in_shadow(it)).collect();
    if differing.is_empty() && before == after {
        return None;
    }
    let line = Line::default().strong("Would have waited for a person");
    let line = if before == after {
        line.text(format!(" {after} {}", if after.max == 1 { "time" } else { "times" }))
    } else {
        line.text(format!(" {before} → ")).strong(after.to_string()).text(" times")
    };
    let moments: BTreeSet<_> = differing.iter().filter_map(|it| Some(it.head.as_ref()?.id)).collect();
    let own = differing.iter().filter_map(|it| impact.head.policy(&it.item));
    let requests = own.flat_map(|policy| &policy.approvals);
    let newest = requests.filter(|request| moments.contains(&request.id)).max_by_key(|it| (it.at, it.id));
    let shown = newest.map(|request| {
        let ended = request.outcome.as_deref().unwrap_or("not answered before the recording ended");
        let zone = &impact.head.recording.zone;
        let (weekday, at) = (zone.weekday(request.at), zone.instant(request.at));
        Line::of(format!(", the newest on {weekday} {at}, ")).code(&request.team).text(": ").phrase(ended)
    });
    Some(line.join(shown.unwrap_or_default()).text("."))
}

fn with_key(line: Line, firing: &Firing) -> Line {
    let key = key_text(&firing.labels);
    if key.is_empty() { line } else { line.text(" ").code(key) }
}

/// What a firing's condition read, at most three parts, and the bounds in it that no part names.
fn readings(firing: &Firing, detector: Option<&DetectorReport>) -> Line {
    let parts = firing.readings.iter().take(HIGHLIGHTS_MAX);
    let lines: Vec<Line> = parts
        .map(|reading| Line::default().code(&reading.expression).text(" ").text(&reading.text))
        .collect();
    if lines.is_empty() {
        let is_event = detector.is_some_and(|detector| detector.is_event);
        return Line::of(if is_event { "the event itself" } else { "its condition" });
    }
    let thresholds = detector.map_or(&[][..], |detector| detector.thresholds.as_slice());
    let is_named = |text: &str| firing.readings.iter().any(|reading| reading.text == text);
    let bounds = thresholds.iter().filter(|threshold| !is_named(&threshold.text)).take(HIGHLIGHTS_MAX);
    let read = first_of(lines, ", ");
    bounds.fold(read, |line, threshold| line.text(format!(", bound {}", threshold.text)))
}

/// The first firing of a counted detector in an incident, with the time to detect.
fn first_catch<'a>(
    impact: &'a ImpactDiff,
    incident: &str,
    in_base: bool,
) -> Option<(&'a DetectorReport, &'a Firing, Millis)> {
    let report = if in_base { &impact.base } else { &impact.head };
    let paths = impact
        .policies
        .iter()
        .filter_map(|pair| if in_base { pair.base.as_deref() } else { pair.head.as_deref() });
    // What base saw is known, whatever is unknown of head.
    let known = |policy: &&PolicyReport| !policy.detection_unknown && !policy.shadow;
    let used: BTreeSet<&str> = paths
        .filter_map(|path| report.policy(path))
        .filter(known)
        .map(|policy| policy.detector.as_str())
        .collect();
    let catches = report.detectors.iter().filter(|detector| used.contains(detector.path.as_str())).flat_map(
        |detector| {
            let own = detector.score.caught.iter().filter(|catch| catch.incident == incident);
            own.map(move |catch| (detector, catch))
        },
    );
    let (detector, catch) = catches.min_by_key(|(detector, catch)| (catch.time_to_detect, &detector.path))?;
    let firing = detector.firings.iter().find(|firing| firing.id == catch.firing)?;
    Some((detector, firing, catch.time_to_detect))
}

/// The first few, and how many more.
pub(super) fn first_of(lines: Vec<Line>, separator: &str) -> Line {
    let more = lines.len().saturating_sub(HIGHLIGHTS_MAX);
    let shown = lines.into_iter().take(HIGHLIGHTS_MAX).enumerate();
    let line =
        shown.fold(
            Line::default(),
            |line, (position, part)| {
                if position == 0 { part } else { line.text(separator).join(part) }
            },
        );
    if more > 0 { line.text(format!("{separator}and {more} more")) } else { line }
}
