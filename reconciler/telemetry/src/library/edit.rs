//! New recordings out of old ones: several as one, and a part of one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use heal_program::Timestamp;

use crate::labels::series_text;
use crate::lock::FolderLock;
use crate::{
    Incident, Inventory, Labels, Manifest, NewSeries, Overwrite, Quality, Recording, RecordingBuilder,
    RecordingError, RecordingWriter, Sample, Series, SeriesEntry, order_rows,
};

/// Puts recordings together as one, in the folder `into`. A series that several have is joined: at a time that several
/// have, the first wins. Name, description and origin are those of the first that has them.
///
/// # Errors
/// When a series is in different units, incidents of one name or outcomes of one run differ, one cannot be read, or the folder cannot be written.
/// What was there is left as it was.
pub fn merge(
    recordings: &[Recording],
    into: &Path,
    overwrite: Overwrite,
) -> Result<Recording, RecordingError> {
    let mut about = RecordingBuilder::new("");
    let mut all: BTreeMap<(&str, &Labels), Vec<(&SeriesEntry, &Series)>> = BTreeMap::new();
    for recording in recordings {
        about = about.merge(about_of(recording), false);
    }
    // What is merged later names it, so the first comes once more.
    let first = |text: fn(&Manifest) -> &String| {
        let texts = recordings.iter().map(|recording| text(&recording.manifest));
        texts.into_iter().find(|text| !text.is_empty()).cloned().unwrap_or_default()
    };
    let titles = RecordingBuilder::new(first(|manifest| &manifest.name))
        .description(first(|manifest| &manifest.description))
        .origin(first(|manifest| &manifest.origin));
    about = about.merge(titles, false);
    for recording in recordings {
        for (entry, series) in recording.manifest.series.iter().zip(&recording.series) {
            all.entry((&entry.name, &entry.labels)).or_default().push((entry, series));
        }
    }
    let _lock = FolderLock::take(into)?;
    let mut writer = RecordingWriter::create(into, overwrite)?;
    for parts in all.into_values() {
        if let Some(joined) = join(&parts)? {
            writer.append(joined)?;
        }
    }
    writer.finish(about)
}

/// Which part of a recording is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// From here on, inclusive.
    pub from: Timestamp,
    /// Up to here, exclusive.
    pub to: Timestamp,
    /// Names of series, of which `*` at the end stands for any more letters; empty: all.
    pub series: Vec<String>,
}

/// Writes a part of a recording to the folder `into`. Incidents are cut to it, what was done is in it where it
/// began; what lived before it is said at its start.
///
/// # Errors
/// When it cannot be read, nothing is in the part, a name is that of no series, or the folder cannot be written. What
/// was there is left as it was.
pub fn slice(
    recording: &Recording,
    part: &Part,
    into: &Path,
    overwrite: Overwrite,
) -> Result<Recording, RecordingError> {
    if let Some(unknown) =
        part.series.iter().find(|name| !recording.series.iter().any(|it| matches(name, &it.name)))
    {
        return Err(RecordingError::invalid(format!("there is no series `{unknown}`")));
    }
    let mut kept = BTreeSet::new();
    let _lock = FolderLock::take(into)?;
    let mut writer = RecordingWriter::create(into, overwrite)?;
    for (entry, series) in recording.manifest.series.iter().zip(&recording.series) {
        if !part.series.is_empty() && !part.series.iter().any(|name| matches(name, &entry.name)) {
            continue;
        }
        let mut samples = series.samples()?;
        samples.retain(|sample| part.has(sample.at));
        if !samples.is_empty() {
            kept.insert(entry.name.clone());
            writer.append(recorded(entry, samples, entry.quality))?;
        }
    }
    let cut = |incident: &Incident| {
        let (start, end) = (incident.start.max(part.from), incident.end.min(part.last()));
        (start <= end).then(|| Incident { start, end, ..incident.clone() })
    };
    let events = recording.events.iter().filter(|event| part.has(event.at)).cloned();
    // What was counted of a whole log stays so, as what was counted of a whole series does.
    let logs = recording.manifest.logs.iter().filter(|log| log.start < part.to && part.from <= log.end);
    let part_of = RecordingBuilder::new(recording.manifest.name.clone())
        .logs(logs.cloned())
        .description(recording.manifest.description.clone())
        .origin(recording.manifest.origin.clone())
        .incidents(recording.incidents.iter().filter_map(cut))
        .events(events)
        .inventory(inventory_of(recording, part))
        .outcomes(recording.outcomes.iter().filter(|outcome| part.has(outcome.start)).cloned());
    let signals = recording.manifest.signals.iter().filter(|(_, name)| kept.contains(*name));
    writer.finish(signals.fold(part_of, |builder, (hash, name)| builder.signal(hash, name)))
}

impl Part {
    fn has(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }

    fn last(&self) -> Timestamp {
        Timestamp(self.to.0.saturating_sub(1))
    }
}

fn matches(wanted: &str, name: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == wanted,
    }
}

/// All of a recording but its series.
fn about_of(recording: &Recording) -> RecordingBuilder {
    let manifest = &recording.manifest;
    let about = RecordingBuilder::new(manifest.name.clone())
        .description(manifest.description.clone())
        .origin(manifest.origin.clone())
        .incidents(recording.incidents.iter().cloned())
        .events(recording.events.iter().cloned())
        .inventory(recording.inventory.iter().cloned())
        .outcomes(recording.outcomes.iter().cloned())
        .logs(manifest.logs.iter().cloned());
    manifest.signals.iter().fold(about, |about, (hash, series)| about.signal(hash, series))
}

/// What lived in the part: what is said in it, and at its start what was said last before it.
fn inventory_of(recording: &Recording, part: &Part) -> Vec<Inventory> {
    let mut last: BTreeMap<(&str, &Labels), &Inventory> = BTreeMap::new();
    for row in recording.inventory.iter().filter(|row| row.at <= part.from) {
        last.insert((&row.entity, &row.group), row);
    }
    let before = last.into_values().map(|row| Inventory { at: part.from, ..row.clone() });
    let within = recording.inventory.iter().filter(|row| row.at > part.from && part.has(row.at)).cloned();
    before.chain(within).collect()
}

/// A series of several recordings as one.
fn join(parts: &[(&SeriesEntry, &Series)]) -> Result<Option<NewSeries>, RecordingError> {
    let Some((first, _)) = parts.first() else { return Ok(None) };
    let mut all: Vec<Sample> = Vec::new();
    let mut quality = Quality::default();
    for (entry, series) in parts {
        if entry.unit != first.unit {
            let name = series_text(&first.name, &first.labels);
            return Err(RecordingError::invalid(format!(
                "`{name}` is in `{}` here and in `{}` there",
                first.unit, entry.unit
            )));
        }
        all.extend(series.samples()?);
        quality.missing += entry.quality.missing;
        quality.non_finite += entry.quality.non_finite;
        quality.repeated_dropped += entry.quality.repeated_dropped;
        quality.backward_sorted += entry.quality.backward_sorted;
    }
    // Each is in order, so a stable sort keeps the first of a time first. The same sample in several is no trouble.
    all.sort_by_key(|sample| sample.at);
    all.dedup_by(|later, earlier| later.at == earlier.at && later.value.to_bits() == earlier.value.to_bits());
    let (samples, joined) = order_rows(all);
    quality.repeated_dropped += joined.repeated_dropped;
    Ok(Some(recorded(first, samples, quality)))
}

fn recorded(entry: &SeriesEntry, samples: Vec<Sample>, quality: Quality) -> NewSeries {
    NewSeries {
        name: entry.name.clone(),
        labels: entry.labels.clone(),
        unit: entry.unit.clone(),
        unit_declared: entry.unit_declared,
        time_rule: entry.time_rule.clone(),
        samples,
        quality,
    }
}
