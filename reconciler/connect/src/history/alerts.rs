//! Prometheus' own alerts, from the series that it writes about them.

use heal_program::Timestamp;
use heal_telemetry::{ALERT_END_LABEL, ALERT_EVENT, Event, Labels};

use super::Stretch;
use crate::{QueryAnswer, RawSeries};

/// What there is to read about alerts that fired: 1 at every step at which one did.
pub const ALERTS_QUERY: &str = "ALERTS{alertstate=\"firing\"}";

/// The alerts in an answer to [`ALERTS_QUERY`] over a stretch: an event for each firing, at the first step at which it
/// fired. Its label `end` is the first step at which it did not any more, or the end of the stretch.
#[must_use]
pub fn alert_events(stretch: &Stretch, answer: &QueryAnswer) -> Vec<Event> {
    let mut events: Vec<Event> = answer.series.iter().flat_map(|series| events_of(stretch, series)).collect();
    events.sort();
    events
}

fn events_of(stretch: &Stretch, series: &RawSeries) -> Vec<Event> {
    let mut firings: Vec<(Timestamp, Timestamp)> = Vec::new();
    for sample in &series.samples {
        match firings.last_mut() {
            Some((_, last)) if last.plus(stretch.step) >= sample.at => *last = sample.at,
            Some(_) | None => firings.push((sample.at, sample.at)),
        }
    }
    let labels = labels_of(series);
    let event = |(at, last): (Timestamp, Timestamp)| {
        let end = last.plus(stretch.step).min(stretch.end.max(last));
        let mut labels = labels.clone();
        labels.insert(ALERT_END_LABEL.to_owned(), end.to_string());
        Event { at, name: ALERT_EVENT.to_owned(), labels }
    };
    firings.into_iter().map(event).collect()
}

/// The alert's own labels. One that is called as ours moves aside, in the way of Prometheus.
fn labels_of(series: &RawSeries) -> Labels {
    let own = series.labels.iter().filter(|(name, _)| !["__name__", "alertstate"].contains(&name.as_str()));
    let renamed = own.map(|(name, value)| {
        let name = if name == ALERT_END_LABEL { format!("exported_{name}") } else { name.clone() };
        (name, value.clone())
    });
    renamed.collect()
}
