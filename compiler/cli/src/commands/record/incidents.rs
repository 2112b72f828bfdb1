//! What is said of incidents that are added to a recording.

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
