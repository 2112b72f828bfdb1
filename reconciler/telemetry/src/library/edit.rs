//! New recordings out of old ones: several as one, and a part of one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use heal_program::{Millis, Timestamp};

use crate::digest::sha256_of;
use crate::entities;
use crate::labels::series_text;
use crate::lock::FolderLock;
use crate::{
    Incident, Inventory, Labels, LogSummary, Manifest, NewSeries, Overwrite, Quality, Recording,
    RecordingBuilder, RecordingError, RecordingWriter, Sample, Series, SeriesEntry, order_rows,
};

/// Puts recordings together as one, in the folder `into`. A series that several have is joined: at a time that several
/// have, the first wins. Name, description and origin are those of the first that has them. What was one before it was cut by
/// [`slice`] is one again, in whatever order its parts come.
///
/// # Errors
/// When a series is in different units, incidents of one name or outcomes of one run differ, two say otherwise what entities were at one time, one cannot be read, or the folder cannot be written.
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
    about = about
        .incidents(joined(recordings.iter().flat_map(|recording| recording.incidents.iter().cloned())))
        .logs(joined(recordings.iter().flat_map(|recording| recording.manifest.logs.iter().cloned())))
        .inventory(changes(recordings.iter().flat_map(|recording| &recording.inventory)))
        .entities(entities::joined(recordings)?);
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
        if !part.wants(&entry.name) {
            continue;
        }
        let mut samples = series.samples()?;
        let inside = samples.iter().filter(|sample| part.has(sample.at)).count();
        if inside > 0 {
            kept.insert(entry.name.clone());
            let mut quality = entry.quality;
            if inside < samples.len() {
                quality.part_of = whole_of(entry, &samples);
                samples.retain(|sample| part.has(sample.at));
            }
            writer.append(recorded(entry, samples, quality))?;
        }
    }
    let events = recording.events.iter().filter(|event| part.has(event.at)).cloned();
    // A series that is not wanted takes with it what is said of the log that it counts.
    let is_unwanted = |name: &String| {
        let mut named = recording.series.iter().filter(|series| series.name == *name).peekable();
        named.peek().is_some() && !named.any(|series| part.wants(&series.name))
    };
    let logs = recording.manifest.logs.iter().filter(|log| !is_unwanted(&log.name));
    let logs: Vec<LogSummary> = logs.filter_map(|log| part.cut(log)).collect();
    // Of a log that lived in the part it is known what is counted of it, whether or not a key was seen by then.
    kept.extend(logs.iter().map(|log| log.name.clone()));
    let part_of = RecordingBuilder::new(recording.manifest.name.clone())
        .logs(logs)
        .description(recording.manifest.description.clone())
        .origin(recording.manifest.origin.clone())
        .incidents(recording.incidents.iter().filter_map(|incident| part.cut(incident)))
        .events(events)
        .inventory(inventory_of(recording, part))
        .entities(recording.entities.iter().filter_map(|row| row.within(part.from, Some(part.to))))
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

    fn wants(&self, name: &str) -> bool {
        self.series.is_empty() || self.series.iter().any(|wanted| matches(wanted, name))
    }

    /// What of something lies in the part.
    fn cut<T: Lasting>(&self, one: &T) -> Option<T> {
        let (start, end) = one.span();
        let within = (start.max(self.from), end.min(self.last()));
        (within.0 <= within.1).then(|| one.over(within))
    }
}

/// What lasts, and is cut where a part of a recording ends.
trait Lasting: Clone + Ord {
    /// From when to when, both inclusive.
    fn span(&self) -> (Timestamp, Timestamp);
    /// The same over another time.
    fn over(&self, span: (Timestamp, Timestamp)) -> Self;
}

impl Lasting for Incident {
    fn span(&self) -> (Timestamp, Timestamp) {
        (self.start, self.end)
    }

    fn over(&self, (start, end): (Timestamp, Timestamp)) -> Incident {
        Incident { start, end, ..self.clone() }
    }
}

impl Lasting for LogSummary {
    fn span(&self) -> (Timestamp, Timestamp) {
        (self.start, self.end)
    }

    /// What was counted of a whole log stays so, as what was counted of a whole series does; of one without a line that counts
    /// nothing was.
    fn over(&self, (start, end): (Timestamp, Timestamp)) -> LogSummary {
        if self.lines > 0 { self.clone() } else { LogSummary { start, end, ..self.clone() } }
    }
}

/// All of them, and those as one that a cut has parted: that begin a millisecond after the other one ends.
fn joined<T: Lasting>(all: impl Iterator<Item = T>) -> BTreeSet<T> {
    let mut all: Vec<T> = all.collect::<BTreeSet<T>>().into_iter().collect();
    all.sort_by_key(Lasting::span);
    let beginning = (Timestamp(0), Timestamp(0));
    // By what they are but for their time, and by the end.
    let mut open: BTreeMap<(T, Timestamp), Vec<T>> = BTreeMap::new();
    for one in all {
        let (start, end) = one.span();
        let kind = one.over(beginning);
        let before = open.get_mut(&(kind.clone(), start.minus(Millis(1)))).and_then(Vec::pop);
        let whole = before.map_or_else(|| one.clone(), |before| one.over((before.span().0, end)));
        open.entry((kind, end)).or_default().push(whole);
    }
    open.into_values().flatten().collect()
}

/// Inventory without rows that say what was said last: a part of a recording says at its start what lived before.
fn changes<'i>(all: impl Iterator<Item = &'i Inventory>) -> Vec<Inventory> {
    let mut rows: Vec<&Inventory> = all.collect();
    rows.sort();
    let mut last: BTreeMap<(&str, &Labels), u64> = BTreeMap::new();
    rows.retain(|row| last.insert((&row.entity, &row.group), row.live) != Some(row.live));
    rows.into_iter().cloned().collect()
}

/// What tells a series from others whose rows were counted; none where nothing was, or where it is no part.
fn whole_of(entry: &SeriesEntry, samples: &[Sample]) -> Option<u64> {
    if source_counts(&entry.quality) == Quality::default() {
        return None;
    }
    entry.quality.part_of.or_else(|| Some(fingerprint(entry, &source_counts(&entry.quality), samples)))
}

/// The counts of rows of the source.
fn source_counts(quality: &Quality) -> Quality {
    Quality { gaps: 0, longest_gap: None, part_of: None, ..*quality }
}

/// A number by which a series and what was counted of its source are known again. It is kept in manifests: what it is made of
/// is written down here, each text with its length before it.
fn fingerprint(entry: &SeriesEntry, counts: &Quality, samples: &[Sample]) -> u64 {
    let Quality {
        missing,
        non_finite,
        repeated_dropped,
        backward_sorted,
        shifted,
        part_of: _,
        gaps: _,
        longest_gap: _,
    } = counts;
    let labels = entry.labels.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
    let texts =
        [entry.name.as_str(), entry.unit.as_str(), entry.time_rule.as_str()].into_iter().chain(labels);
    let mut about: String = texts.map(|text| format!("{}:{text}", text.len())).collect();
    for count in [missing, non_finite, repeated_dropped, backward_sorted, shifted] {
        about.push_str(&format!(" {count}"));
    }
    let bytes = |samples: &[Sample]| -> Vec<u8> {
        let of_one = |sample: &Sample| [sample.at.0.to_le_bytes(), sample.value.to_bits().to_le_bytes()];
        samples.iter().flat_map(of_one).flatten().collect()
    };
    let pieces = std::iter::once(about.into_bytes()).chain(samples.chunks(1 << 12).map(bytes));
    let hash = sha256_of(pieces.map(|piece| Ok::<_, RecordingError>(piece.into()))).unwrap_or_default();
    hash.get(..16).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default()
}

fn matches(wanted: &str, name: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == wanted,
    }
}

/// All of a recording but its series, and what parts of it may have been cut of.
fn about_of(recording: &Recording) -> RecordingBuilder {
    let manifest = &recording.manifest;
    let about = RecordingBuilder::new(manifest.name.clone())
        .description(manifest.description.clone())
        .origin(manifest.origin.clone())
        .events(recording.events.iter().cloned())
        .outcomes(recording.outcomes.iter().cloned());
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
    // By the series whose rows were counted: parts of one have the counts of all of it.
    let mut counted: BTreeMap<u64, Quality> = BTreeMap::new();
    for (entry, series) in parts {
        if entry.unit != first.unit {
            let name = series_text(&first.name, &first.labels);
            return Err(RecordingError::invalid(format!(
                "`{name}` is in `{}` here and in `{}` there",
                first.unit, entry.unit
            )));
        }
        let samples = series.samples()?;
        if let Some(whole) = whole_of(entry, &samples) {
            counted.insert(whole, source_counts(&entry.quality));
        }
        all.extend(samples);
    }
    let mut quality = Quality::default();
    for one in counted.values() {
        quality.missing += one.missing;
        quality.non_finite += one.non_finite;
        quality.repeated_dropped += one.repeated_dropped;
        quality.backward_sorted += one.backward_sorted;
        quality.shifted += one.shifted;
    }
    // Each is in order, so a stable sort keeps the first of a time first. The same sample in several is no trouble.
    all.sort_by_key(|sample| sample.at);
    all.dedup_by(|later, earlier| later.at == earlier.at && later.value.to_bits() == earlier.value.to_bits());
    let (samples, joined) = order_rows(all);
    // What is still a part may meet the rest of it later.
    if let (Some((whole, counts)), 1, 0) = (counted.first_key_value(), counted.len(), joined.repeated_dropped)
    {
        quality.part_of = Some(*whole).filter(|whole| fingerprint(first, counts, &samples) != *whole);
    }
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
