//! What is said of incidents that are added to a recording.

use std::collections::BTreeSet;

use heal_diagnostics::nearest;
use heal_program::Millis;
use heal_telemetry::{Incident, Labels, Recording};

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

/// Warns of incidents of which nothing was recorded: most likely their year or zone is not that of the series.
pub(super) fn warn_of_outside(recording: &Recording, incidents: &[Incident]) {
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

/// The label that names a series, which incidents may have and no series has.
pub(crate) const METRIC_LABEL: &str = "metric";

/// Warns of labels of incidents that nothing recorded has: by them nothing can be told apart.
pub(super) fn warn_of_unknown_labels(recording: &Recording, incidents: &[Incident]) {
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
