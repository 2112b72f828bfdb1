//! Alerts of another system among a recording's events, and which of them recur.

use std::collections::BTreeMap;

use heal_program::Millis;

use crate::Event;
use crate::csv::{TimeFormat, UtcOffset};

/// The name of an event that is an alert of another system. It is at the time at which the alert began to fire.
pub const ALERT_EVENT: &str = "alert";

/// The label of such an event that says until when the alert fired, in RFC 3339.
pub const ALERT_END_LABEL: &str = "end";

/// How often an alert fired, all of its labels but name and severity taken together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecurringAlert {
    /// Its label `alertname`, or nothing.
    pub name: String,
    /// Its label `severity`, or nothing.
    pub severity: String,
    /// How often it fired.
    pub count: u64,
    /// How long it fired in all. Two that fire at once count twice.
    pub firing: Millis,
}

/// The alerts among events, those that fired most often first, then those that fired longest.
#[must_use]
pub fn recurring_alerts(events: &[Event]) -> Vec<RecurringAlert> {
    let mut by_name: BTreeMap<(&str, &str), (u64, i64)> = BTreeMap::new();
    for event in events.iter().filter(|event| event.name == ALERT_EVENT) {
        let label = |name| event.labels.get(name).map_or("", String::as_str);
        let (count, firing) = by_name.entry((label("alertname"), label("severity"))).or_default();
        *count += 1;
        *firing = firing.saturating_add(length_of(event).0);
    }
    let alerts = by_name.into_iter().map(|((name, severity), (count, firing))| RecurringAlert {
        name: name.to_owned(),
        severity: severity.to_owned(),
        count,
        firing: Millis(firing),
    });
    let mut alerts: Vec<RecurringAlert> = alerts.collect();
    // Stable: equals stay sorted by name.
    alerts.sort_by_key(|alert| std::cmp::Reverse((alert.count, alert.firing)));
    alerts
}

/// An alert without its end: what tells one firing from another. None for other events.
pub(crate) fn firing_of(event: &Event) -> Option<Event> {
    let mut firing = (event.name == ALERT_EVENT).then(|| event.clone())?;
    firing.labels.remove(ALERT_END_LABEL);
    Some(firing)
}

/// How long an alert fired; nothing where its event does not say until when.
fn length_of(event: &Event) -> Millis {
    let end = event.labels.get(ALERT_END_LABEL);
    let end = end.and_then(|text| TimeFormat::Rfc3339.parse(text, UtcOffset::default()));
    end.unwrap_or(event.at).since(event.at).max(Millis::ZERO)
}

#[cfg(test)]
mod tests {
    use heal_program::Timestamp;

    use super::*;

    fn alert(at: i64, labels: &[(&str, &str)]) -> Event {
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Event { at: Timestamp(at), name: ALERT_EVENT.to_owned(), labels }
    }

    #[test]
    fn alerts_are_ranked_by_how_often_then_by_how_long_they_fired() {
        let twice = |at, end| alert(at, &[("alertname", "Twice"), ("severity", "page"), ("end", end)]);
        let events = [
            alert(0, &[("alertname", "Long"), ("end", "1970-01-01T10:00:00Z")]),
            twice(0, "1970-01-01T00:01:00Z"),
            twice(60_000, "1970-01-01T00:03:00Z"),
            alert(0, &[("alertname", "Endless")]),
            alert(0, &[("alertname", "Wrong"), ("end", "soon")]),
            alert(60_000, &[("alertname", "Backward"), ("end", "1970-01-01T00:00:00Z")]),
            Event { name: "deploy".to_owned(), ..alert(0, &[("alertname", "None")]) },
        ];
        let found: Vec<(String, String, u64, i64)> = recurring_alerts(&events)
            .into_iter()
            .map(|it| (it.name, it.severity, it.count, it.firing.0 / 60_000))
            .collect();
        let expected = [
            ("Twice", "page", 2, 3),
            ("Long", "", 1, 600),
            ("Backward", "", 1, 0),
            ("Endless", "", 1, 0),
            ("Wrong", "", 1, 0),
        ];
        assert_eq!(
            found,
            expected.map(|(name, severity, count, minutes)| (
                name.to_owned(),
                severity.to_owned(),
                count,
                minutes
            ))
        );
    }

    #[test]
    fn an_alert_that_is_recorded_again_is_one_firing() {
        let of = |events| crate::RecordingBuilder::new("x").events(events);
        let deploy = || Event { name: "deploy".to_owned(), ..alert(0, &[]) };
        let cut_off = alert(0, &[("alertname", "A"), ("end", "1970-01-01T00:01:00Z")]);
        let whole = alert(0, &[("alertname", "A"), ("end", "1970-01-01T00:05:00Z")]);
        let other = alert(0, &[("alertname", "B"), ("end", "1970-01-01T00:01:00Z")]);
        let merged =
            of(vec![cut_off, deploy(), other.clone()]).merge(of(vec![whole.clone(), deploy()]), false);
        assert_eq!(merged.build().map(|recording| recording.events).ok(), Some(vec![whole, other, deploy()]));
    }
}
