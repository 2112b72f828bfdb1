//! What is said of incidents that are added to a recording.

use std::collections::{BTreeMap, BTreeSet};

use heal_diagnostics::nearest;
use heal_program::Millis;
use heal_telemetry::{Incident, Labels, METRIC_LABEL, Recording};

use crate::output::write_message;

/// How many there are, and how many of them say nothing of what they are about.
pub(super) fn said(incidents: &[Incident], of_series: &Labels) -> String {
    let unlabelled = incidents.iter().filter(|incident| incident.labels.is_empty()).count();
    let count = incidents.len();
    if unlabelled == 0 {
        return format!("incidents: {count}");
    }
    let labels: Vec<String> = of_series.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let more = match labels.is_empty() {
        true => String::new(),
        false => format!("; `--label-incidents` gives them {}", labels.join(", ")),
    };
    format!("incidents: {count}, {unlabelled} without a label, which concern every detector{more}")
}

/// Warns of what will come of incidents that nobody may have meant; `line_of` says the line of each by its name, where it is known.
pub(super) fn warn(recording: &Recording, incidents: &[Incident], line_of: &BTreeMap<String, usize>) {
    warn_of_outside(recording, incidents);
    warn_of_unknown_labels(recording, incidents);
    warn_of_unknown_values(recording, incidents, line_of);
}

/// Warns of incidents of which nothing was recorded: most likely their year or zone is not that of the series.
fn warn_of_outside(recording: &Recording, incidents: &[Incident]) {
    let (start, end) = (recording.start(), recording.end());
    let away = |incident: &Incident| start.since(incident.end).max(incident.start.since(end));
    let outside: Vec<Millis> = incidents.iter().map(away).filter(|away| *away > Millis::ZERO).collect();
    if let Some(nearest) = outside.iter().min() {
        let (count, of) = (outside.len(), incidents.len());
        let verb = if count == 1 { "lies" } else { "lie" };
        write_message(&format!(
            "warning: {count} of {of} incidents {verb} outside the recording, which is from {start} to {end}; the nearest \
             by {nearest}: is it the year, or the time zone?"
        ));
    }
}

/// So many values that nothing recorded has are told one by one.
const VALUES_TOLD_MAX: usize = 5;
/// Of one value so many incidents are named.
const NAMES_TOLD_MAX: usize = 3;

/// Warns of labels of incidents that nothing recorded has: by them nothing can be told apart.
fn warn_of_unknown_labels(recording: &Recording, incidents: &[Incident]) {
    if incidents.is_empty() {
        return;
    }
    let known = recording.labels();
    let labels: BTreeSet<&String> = incidents.iter().flat_map(|incident| incident.labels.keys()).collect();
    for label in labels.into_iter().filter(|label| !known.contains(*label) && *label != METRIC_LABEL) {
        let with_it: Vec<&Incident> = incidents.iter().filter(|it| it.labels.contains_key(label)).collect();
        // Whose an incident is may be told by another of its labels.
        let is_told = |it: &&&Incident| it.labels.keys().any(|label| known.contains(label));
        let near = nearest(label, known.iter().map(String::as_str));
        if near.is_none() && with_it.iter().all(|it| is_told(&it)) {
            continue;
        }
        let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let (count, of) = (with_it.len(), incidents.len());
        let verb = if count == 1 { "has" } else { "have" };
        write_message(&format!(
            "warning: {count} of {of} incidents {verb} the label `{label}`, which nothing recorded has: it tells no firing \
             from another{near}"
        ));
    }
}

/// Warns of incidents with a value of a label that nothing recorded has, though it has the label: by it they concern no series.
fn warn_of_unknown_values(recording: &Recording, incidents: &[Incident], line_of: &BTreeMap<String, usize>) {
    let known = recording.label_values();
    let mut unknown: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for incident in incidents {
        for (label, value) in &incident.labels {
            if known.get(label.as_str()).is_some_and(|values| !values.contains(value.as_str())) {
                let line = line_of.get(&incident.name).map(|line| format!(" in line {line}"));
                let name = format!("`{}`{}", incident.name, line.unwrap_or_default());
                unknown.entry((label, value)).or_default().push(name);
            }
        }
    }
    for ((label, value), names) in unknown.iter().take(VALUES_TOLD_MAX) {
        let near = known.get(label).and_then(|values| near_value(value, values));
        let near = near.map_or_else(String::new, |near| format!("; did you mean `{label}={near}`?"));
        let (verb, they) = if names.len() == 1 { ("has", "it concerns") } else { ("have", "they concern") };
        let more = names.len().saturating_sub(NAMES_TOLD_MAX);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let names = names.iter().take(NAMES_TOLD_MAX).cloned().collect::<Vec<_>>().join(", ");
        write_message(&format!(
            "warning: {names}{more} {verb} `{label}={value}`, which nothing recorded has: {they} nothing that has the label \
             `{label}`{near}"
        ));
    }
    if let Some(more) = unknown.len().checked_sub(VALUES_TOLD_MAX).filter(|more| *more > 0) {
        write_message(&format!("warning: {more} more values of labels of incidents are of nothing recorded"));
    }
}

/// The recorded value that was most likely meant: the same one in other letters, else the nearest.
fn near_value<'v>(value: &str, known: &BTreeSet<&'v str>) -> Option<&'v str> {
    let by_case = known.iter().copied().find(|other| other.eq_ignore_ascii_case(value));
    let begun = || {
        let mut begun = known.iter().copied().filter(|other| !value.is_empty() && other.starts_with(value));
        begun.next().filter(|_| begun.next().is_none())
    };
    by_case.or_else(|| nearest(value, known.iter().copied())).or_else(begun)
}
