//! What went wrong again and again: incidents and alerts of one name, by how often and for how long.

use std::collections::BTreeMap;

use heal_program::{Millis, Timestamp};

use crate::csv::{TimeFormat, UtcOffset};
use crate::{Event, Labels, Recording};

/// An alert or incident that came more or less often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurring {
    /// What all of its names begin with; of alerts their `alertname`.
    pub name: String,
    /// Whether these are alerts of another system, and not labelled incidents.
    pub is_alert: bool,
    /// Each of them, in order.
    pub occurrences: Vec<Occurrence>,
    /// The labels that all of them have.
    pub labels: Labels,
}

/// One of several alerts or incidents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// When it began.
    pub start: Timestamp,
    /// When it ended, inclusive.
    pub end: Timestamp,
    /// What it concerns.
    pub labels: Labels,
}

impl Recurring {
    /// How long they were in all.
    #[must_use]
    pub fn length(&self) -> Millis {
        let lengths = self.occurrences.iter().map(|one| one.end.since(one.start).0.max(0));
        Millis(lengths.fold(0, i64::saturating_add))
    }
}

/// Incidents and alerts by name, those that came most often first, then those that lasted longest.
#[must_use]
pub fn recurring(recording: &Recording) -> Vec<Recurring> {
    let incidents = recording.incidents.iter().map(|incident| {
        let (start, end, labels) = (incident.start, incident.end, incident.labels.clone());
        (stem(&incident.name).to_owned(), false, Occurrence { start, end, labels })
    });
    let alerts = recording.events.iter().filter(|event| event.name == "alert").map(|event| {
        let mut labels = event.labels.clone();
        let name = labels.remove("alertname").unwrap_or_default();
        labels.remove("end");
        (name, true, Occurrence { start: event.at, end: end_of(event), labels })
    });
    let mut by_name: BTreeMap<(bool, String), Recurring> = BTreeMap::new();
    for (name, is_alert, occurrence) in incidents.chain(alerts) {
        match by_name.get_mut(&(is_alert, name.clone())) {
            Some(known) => {
                known.labels.retain(|label, value| occurrence.labels.get(label) == Some(value));
                known.occurrences.push(occurrence);
            }
            None => {
                let labels = occurrence.labels.clone();
                let first = Recurring { name: name.clone(), is_alert, occurrences: vec![occurrence], labels };
                by_name.insert((is_alert, name), first);
            }
        }
    }
    let mut all: Vec<Recurring> = by_name.into_values().collect();
    // Stable: equals stay sorted by name.
    all.sort_by_key(|one| std::cmp::Reverse((one.occurrences.len(), one.length())));
    all
}

/// A name without the number that tells it from others of its kind: `disk full #4711`, `press failure 2`.
fn stem(name: &str) -> &str {
    let without_id = match name.rsplit_once(" #") {
        Some((stem, id)) if !id.contains(char::is_whitespace) => stem,
        Some(_) | None => name,
    };
    let digits = without_id.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let stem = if digits.ends_with([' ', '-', '_', '#']) { digits } else { without_id };
    let stem = stem.trim_end_matches([' ', '-', '_', '#']);
    if stem.is_empty() { name } else { stem }
}

/// Until when an alert fired: its label `end`; without one, nobody knows, and it counts as a moment.
fn end_of(event: &Event) -> Timestamp {
    let end = event.labels.get("end");
    let end = end.and_then(|text| TimeFormat::Rfc3339.parse(text, UtcOffset::default()));
    end.unwrap_or(event.at).max(event.at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_its_number_is_its_stem() {
        for (name, expected) in [
            ("press temperature failure 2", "press temperature failure"),
            ("disk full #INC0042", "disk full"),
            ("node-17", "node"),
            ("x2", "x2"),
            ("42", "42"),
            ("issue #1 is back", "issue #1 is back"),
        ] {
            assert_eq!(stem(name), expected);
        }
    }
}
