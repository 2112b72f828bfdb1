//! The rules that hold in every recording beyond those of single columns. Held when one is made and when one is read.

use std::collections::{BTreeMap, BTreeSet};

use crate::limits::is_recordable;
use crate::manifest::MANIFEST_FILE;
use crate::table::{ENTITIES_FILE, EVENTS_FILE, INVENTORY_FILE, OUTCOMES_FILE, SERIES_FILE};
use crate::{Event, Incident, Inventory, Labels, LivedEntity, Manifest, Outcome, SeriesEntry};

/// A rule that is broken.
pub(crate) struct Broken {
    /// In which file.
    pub(crate) file: &'static str,
    /// How, as the rest of a sentence that starts with the file.
    pub(crate) reason: String,
}

/// Checks what the manifest and the tables of events and inventory say.
pub(crate) fn check(
    manifest: &Manifest,
    incidents: &[Incident],
    events: &[Event],
    inventory: &[Inventory],
) -> Result<(), Broken> {
    check_name(MANIFEST_FILE, "the recording", &manifest.name)?;
    check_series(&manifest.series)?;
    check_incidents(incidents)?;
    check_logs(manifest)?;
    check_signals(manifest)?;
    check_events(events)?;
    check_inventory(inventory)
}

fn check_series(series: &[SeriesEntry]) -> Result<(), Broken> {
    for entry in series {
        check_name(SERIES_FILE, "a series", &entry.name)?;
        check_labels(SERIES_FILE, &entry.name, &entry.labels)?;
        if entry.unit.is_empty() {
            return broken(
                SERIES_FILE,
                format!("has no unit for `{}`: write `1` for a plain number", entry.name),
            );
        }
    }
    let keys = series.iter().map(|entry| (&entry.name, &entry.labels));
    if keys.is_sorted_by(|earlier, later| earlier < later) {
        return Ok(());
    }
    broken(SERIES_FILE, "has a series twice, or is not sorted by name and labels".to_owned())
}

fn check_incidents(incidents: &[Incident]) -> Result<(), Broken> {
    let mut names = BTreeSet::new();
    for incident in incidents {
        let name = &incident.name;
        check_name(MANIFEST_FILE, "an incident", name)?;
        check_labels(MANIFEST_FILE, name, &incident.labels)?;
        if !names.insert(name) {
            return broken(MANIFEST_FILE, format!("has two incidents named `{name}`"));
        }
        if incident.end < incident.start {
            return broken(MANIFEST_FILE, format!("has the incident `{name}`, which ends before it starts"));
        }
        if !is_recordable(incident.start) || !is_recordable(incident.end) {
            return broken(MANIFEST_FILE, format!("has the incident `{name}`, outside the years 1 to 9999"));
        }
    }
    Ok(())
}

fn check_logs(manifest: &Manifest) -> Result<(), Broken> {
    for log in &manifest.logs {
        check_name(MANIFEST_FILE, "a log", &log.name)?;
        if log.end < log.start {
            return broken(MANIFEST_FILE, format!("has the log `{}`, which ends before it starts", log.name));
        }
    }
    Ok(())
}

fn check_signals(manifest: &Manifest) -> Result<(), Broken> {
    // What is counted of a log has no series before a key is seen in it.
    let logs = manifest.logs.iter().map(|log| &log.name);
    let names: BTreeSet<&String> = manifest.series.iter().map(|entry| &entry.name).chain(logs).collect();
    match manifest.signals.iter().find(|(_, series)| !names.contains(series)) {
        Some((hash, series)) => {
            broken(MANIFEST_FILE, format!("maps the signal {hash} to `{series}`, and has no such series"))
        }
        None => Ok(()),
    }
}

fn check_events(events: &[Event]) -> Result<(), Broken> {
    if !events.is_sorted() {
        return broken(EVENTS_FILE, "is not sorted by time, name and labels".to_owned());
    }
    for event in events {
        check_name(EVENTS_FILE, "an event", &event.name)?;
        check_labels(EVENTS_FILE, &event.name, &event.labels)?;
        if !is_recordable(event.at) {
            return broken(
                EVENTS_FILE,
                format!("has the event `{}`, outside the years 1 to 9999", event.name),
            );
        }
    }
    Ok(())
}

fn check_inventory(inventory: &[Inventory]) -> Result<(), Broken> {
    let keys = inventory.iter().map(|row| (row.at, &row.entity, &row.group));
    if !keys.is_sorted_by(|earlier, later| earlier < later) {
        let reason = "has an entity and group twice at one time, or is not sorted by time, entity and group";
        return broken(INVENTORY_FILE, reason.to_owned());
    }
    for row in inventory {
        check_name(INVENTORY_FILE, "an entity", &row.entity)?;
        check_labels(INVENTORY_FILE, &row.entity, &row.group)?;
        if !is_recordable(row.at) {
            return broken(INVENTORY_FILE, format!("has `{}` outside the years 1 to 9999", row.entity));
        }
        if i64::try_from(row.live).is_err() {
            return broken(INVENTORY_FILE, format!("has more than 2^63 - 1 live `{}`", row.entity));
        }
    }
    Ok(())
}

/// Checks what the table of outcomes says.
pub(crate) fn check_outcomes(outcomes: &[Outcome]) -> Result<(), Broken> {
    let keys = outcomes.iter().map(|outcome| (outcome.start, &outcome.item, &outcome.labels));
    if !keys.is_sorted_by(|earlier, later| earlier < later) {
        let reason = "has an item and target twice at one start, or is not sorted by start, item and labels";
        return broken(OUTCOMES_FILE, reason.to_owned());
    }
    for outcome in outcomes {
        let Outcome { start, item, labels, end, .. } = outcome;
        check_name(OUTCOMES_FILE, "a plan or action", item)?;
        check_labels(OUTCOMES_FILE, item, labels)?;
        if end.is_some_and(|end| end < *start) {
            return broken(OUTCOMES_FILE, format!("has an outcome of `{item}` that ends before it starts"));
        }
        if !is_recordable(*start) || end.is_some_and(|end| !is_recordable(end)) {
            return broken(OUTCOMES_FILE, format!("has an outcome of `{item}` outside the years 1 to 9999"));
        }
    }
    Ok(())
}

/// Checks what the table of entities says.
pub(crate) fn check_entities(entities: &[LivedEntity]) -> Result<(), Broken> {
    if !entities.is_sorted() {
        return broken(ENTITIES_FILE, "is not sorted by since, entity and key".to_owned());
    }
    // Until when each that is known so far was as it was last.
    let mut untils = BTreeMap::new();
    for row in entities {
        let LivedEntity { since, entity, key, fields, units, until } = row;
        check_name(ENTITIES_FILE, "an entity", entity)?;
        for labels in [key, fields] {
            check_labels(ENTITIES_FILE, entity, labels)?;
        }
        if let Some(both) = key.keys().find(|name| fields.contains_key(*name)) {
            return broken(ENTITIES_FILE, format!("has the field `{both}` of `{}` twice", row.text()));
        }
        if let Some((field, _)) =
            units.iter().find(|(field, unit)| unit.is_empty() || !fields.contains_key(*field))
        {
            return broken(ENTITIES_FILE, format!("has a unit of `{field}` of `{}` for nothing", row.text()));
        }
        if until.is_some_and(|until| until <= *since) {
            return broken(ENTITIES_FILE, format!("has `{}`, which ends before it begins", row.text()));
        }
        if !is_recordable(*since) || until.is_some_and(|until| !is_recordable(until)) {
            return broken(ENTITIES_FILE, format!("has `{}` outside the years 1 to 9999", row.text()));
        }
        let before = untils.insert((entity, key), *until);
        if before.is_some_and(|before| before.is_none_or(|before| before > *since)) {
            return broken(ENTITIES_FILE, format!("has `{}` twice at one time", row.text()));
        }
    }
    Ok(())
}

fn check_name(file: &'static str, what: &str, name: &str) -> Result<(), Broken> {
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        return broken(file, format!("names {what} {name:?}: a name has letters, and no line breaks"));
    }
    Ok(())
}

fn check_labels(file: &'static str, owner: &str, labels: &Labels) -> Result<(), Broken> {
    match labels.keys().find(|key| key.trim().is_empty() || key.chars().any(char::is_control)) {
        Some(key) => {
            broken(file, format!("has a label named {key:?} at `{owner}`: a name has no line breaks"))
        }
        None => Ok(()),
    }
}

fn broken(file: &'static str, reason: String) -> Result<(), Broken> {
    Err(Broken { file, reason })
}
