//! Makes a recording out of series, incidents, events and inventory from any number of sources.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use crate::alerts::firing_of;
use crate::assembly::{About, Assembled, Assembly};
use crate::encode::open_samples;
use crate::labels::series_text;
use crate::outcomes::OutcomeKey;
use crate::source::Source;
use crate::{
    Columns, Event, Incident, Inventory, Labels, LivedEntity, LogSummary, Outcome, Overwrite, Quality,
    Recording, RecordingError, RecordingWriter, Sample, Series, SeriesEntry, SeriesReader,
};

/// A series that is to be recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSeries {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// The unit of its values.
    pub unit: String,
    /// Whether the source did not state the unit.
    pub unit_declared: bool,
    /// How the source's times were read, for people.
    pub time_rule: String,
    /// Its samples, ascending in time, no time twice, all finite: see [`order_rows`](crate::order_rows).
    pub samples: Vec<Sample>,
    /// What was left out or put right on the way. The gaps are counted by the builder.
    pub quality: Quality,
}

/// A series that is to be recorded, or that was and is to be again.
#[derive(Debug)]
enum Content {
    New(NewSeries),
    /// Its samples stay where they are until they are needed.
    Recorded(SeriesEntry, Series),
}

/// Collects what is to be recorded. The order in which it comes does not matter.
#[derive(Debug)]
pub struct RecordingBuilder {
    name: String,
    description: String,
    origin: String,
    series: BTreeMap<(String, Labels), Content>,
    incidents: BTreeMap<String, Incident>,
    events: Vec<Event>,
    inventory: BTreeSet<Inventory>,
    outcomes: BTreeMap<OutcomeKey, Outcome>,
    entities: BTreeSet<LivedEntity>,
    signals: BTreeMap<String, String>,
    logs: BTreeSet<LogSummary>,
    /// The first thing that came twice and differed, or could not be read.
    conflict: Option<RecordingError>,
}

impl RecordingBuilder {
    /// An empty recording of this name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> RecordingBuilder {
        RecordingBuilder {
            name: name.into(),
            description: String::new(),
            origin: String::new(),
            series: BTreeMap::new(),
            incidents: BTreeMap::new(),
            events: Vec::new(),
            inventory: BTreeSet::new(),
            outcomes: BTreeMap::new(),
            entities: BTreeSet::new(),
            signals: BTreeMap::new(),
            logs: BTreeSet::new(),
            conflict: None,
        }
    }

    /// All that a recording holds, to add to it. Its samples stay where they are.
    #[must_use]
    pub fn from_recording(recording: Recording) -> RecordingBuilder {
        let Recording { manifest, series, events, inventory, incidents, outcomes, entities, .. } = recording;
        let builder = RecordingBuilder::new(manifest.name)
            .description(manifest.description)
            .origin(manifest.origin)
            .incidents(incidents)
            .events(events)
            .inventory(inventory)
            .outcomes(outcomes)
            .entities(entities)
            .logs(manifest.logs);
        let contents = manifest.series.into_iter().zip(series);
        let builder = contents
            .fold(builder, |builder, (entry, series)| builder.content(Content::Recorded(entry, series)));
        manifest.signals.into_iter().fold(builder, |builder, (hash, series)| builder.signal(hash, series))
    }

    /// Sets the name.
    #[must_use]
    pub fn name(mut self, text: impl Into<String>) -> RecordingBuilder {
        self.name = text.into();
        self
    }

    /// Sets the description.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> RecordingBuilder {
        self.description = text.into();
        self
    }

    /// Sets where the data come from.
    #[must_use]
    pub fn origin(mut self, text: impl Into<String>) -> RecordingBuilder {
        self.origin = text.into();
        self
    }

    /// Adds a series. The same one twice is no error, another one of the same name and labels is.
    #[must_use]
    pub fn series(self, series: NewSeries) -> RecordingBuilder {
        self.content(Content::New(series))
    }

    fn content(mut self, content: Content) -> RecordingBuilder {
        let (name, labels) = content.key();
        let key = (name.clone(), labels.clone());
        match self.series.get(&key).map_or(Ok(true), |old| same_source(old, &content)) {
            Ok(true) => {}
            Ok(false) => {
                let name = series_text(&key.0, &key.1);
                self.note(true, format!(
                    "there are two different series `{name}`: replace the one with the other, tell them apart by a \
                     label, or where they lie apart in time, put both recordings together with `heal record merge`",
                ));
            }
            Err(error) => self.conflict = self.conflict.or(Some(error)),
        }
        self.series.insert(key, content);
        self
    }

    /// Adds incidents. The same one twice is no error, another one of the same name is.
    #[must_use]
    pub fn incidents(mut self, incidents: impl IntoIterator<Item = Incident>) -> RecordingBuilder {
        for incident in incidents {
            let differs = self.incidents.get(&incident.name).is_some_and(|old| *old != incident);
            self.note(differs, format!("there are two different incidents `{}`", incident.name));
            self.incidents.insert(incident.name.clone(), incident);
        }
        self
    }

    /// Adds events.
    #[must_use]
    pub fn events(mut self, events: impl IntoIterator<Item = Event>) -> RecordingBuilder {
        self.events.extend(events);
        self
    }

    /// Adds inventory.
    #[must_use]
    pub fn inventory(mut self, inventory: impl IntoIterator<Item = Inventory>) -> RecordingBuilder {
        self.inventory.extend(inventory);
        self
    }

    /// Adds what entities were. The same twice is one.
    #[must_use]
    pub fn entities(mut self, entities: impl IntoIterator<Item = LivedEntity>) -> RecordingBuilder {
        self.entities.extend(entities);
        self
    }

    /// Adds what was really done. The same twice is no error, whatever file it was read from; another outcome of the same item,
    /// target and start is.
    #[must_use]
    pub fn outcomes(mut self, outcomes: impl IntoIterator<Item = Outcome>) -> RecordingBuilder {
        for outcome in outcomes {
            let Some(old) = self.outcomes.get(&outcome.key()) else {
                self.outcomes.insert(outcome.key(), outcome);
                continue;
            };
            let conflict = format!(
                "there are two different outcomes of `{}` at {}: {} and {}",
                outcome.text(),
                outcome.start,
                told(old),
                told(&outcome)
            );
            self.note(!old.says_the_same(&outcome), conflict);
        }
        self
    }

    /// Says what logs came to. The same one twice is one.
    #[must_use]
    pub fn logs(mut self, logs: impl IntoIterator<Item = LogSummary>) -> RecordingBuilder {
        self.logs.extend(logs);
        self
    }

    /// Says that the query with this hash was recorded as the series of this name.
    #[must_use]
    pub fn signal(mut self, hash: impl Into<String>, series: impl Into<String>) -> RecordingBuilder {
        let (hash, series) = (hash.into(), series.into());
        let differs = self.signals.get(&hash).is_some_and(|old| *old != series);
        self.note(differs, format!("the signal {hash} is two different series"));
        self.signals.insert(hash, series);
        self
    }

    /// Adds all of another builder. With `replace`, its series, incidents and outcomes take the place of those of the same name,
    /// instead of being an error, and its inventory that of entities of the same kind. Its name, description and origin count
    /// where they are not empty. An alert that is in both
    /// ends when it says: it may have been firing still when the first was recorded.
    #[must_use]
    pub fn merge(mut self, other: RecordingBuilder, replace: bool) -> RecordingBuilder {
        if replace {
            self.series.retain(|key, _| !other.series.contains_key(key));
            self.incidents.retain(|name, _| !other.incidents.contains_key(name));
            self.outcomes.retain(|key, _| !other.outcomes.contains_key(key));
            self.signals.retain(|hash, _| !other.signals.contains_key(hash));
            // Counts of two inventories of one kind would be taken for changes of one.
            let kinds: BTreeSet<&String> = other.inventory.iter().map(|row| &row.entity).collect();
            self.inventory.retain(|row| !kinds.contains(&row.entity));
            // What is counted anew is what the new ones were.
            self.entities.retain(|row| !kinds.contains(&row.entity));
        }
        for (text, other) in [
            (&mut self.name, other.name),
            (&mut self.description, other.description),
            (&mut self.origin, other.origin),
        ] {
            if !other.is_empty() {
                *text = other;
            }
        }
        self.conflict = self.conflict.or(other.conflict);
        let mut merged =
            self.incidents(other.incidents.into_values()).inventory(other.inventory).logs(other.logs);
        merged = merged.outcomes(other.outcomes.into_values()).entities(other.entities);
        let firings: BTreeSet<Event> = other.events.iter().filter_map(firing_of).collect();
        merged.events.retain(|event| firing_of(event).is_none_or(|firing| !firings.contains(&firing)));
        let known: BTreeSet<Event> = merged.events.iter().cloned().collect();
        merged.events.extend(other.events.into_iter().filter(|event| !known.contains(event)));
        let merged = other.series.into_values().fold(merged, RecordingBuilder::content);
        other.signals.into_iter().fold(merged, |merged, (hash, series)| merged.signal(hash, series))
    }

    /// The recording, in memory.
    ///
    /// # Errors
    /// When two different things have one name, when there is nothing to record, or when a rule of the format is broken:
    /// a sample that is not finite, a time twice, an incident that ends before it starts.
    pub fn build(mut self) -> Result<Recording, RecordingError> {
        let mut assembly = Assembly::new(Vec::new())?;
        self.pour(|series| assembly.append(series))?;
        let Assembled { sink, contents, sealed } = assembly.finish(self.into_about()?)?;
        let source = Source::Memory(sink.into());
        let samples = open_samples(&contents.manifest, &contents.decimals, source)?;
        Ok(Recording::of(contents, sealed.digest, Arc::new(samples)))
    }

    /// Writes the recording straight to a folder, whole or not at all, and opens it.
    ///
    /// # Errors
    /// As [`RecordingBuilder::build`] and [`Recording::write`].
    pub fn write(mut self, folder: &Path, overwrite: Overwrite) -> Result<Recording, RecordingError> {
        if let Some(conflict) = self.conflict {
            return Err(conflict);
        }
        let mut writer = RecordingWriter::create(folder, overwrite)?;
        self.pour(|series| writer.append(series))?;
        writer.finish(self)
    }

    /// Takes all series out, in order, and reads those that lie in recordings.
    fn pour(
        &mut self,
        mut take: impl FnMut(NewSeries) -> Result<(), RecordingError>,
    ) -> Result<(), RecordingError> {
        if let Some(conflict) = self.conflict.take() {
            return Err(conflict);
        }
        let (mut reader, mut columns) = (SeriesReader::default(), Columns::default());
        for content in std::mem::take(&mut self.series).into_values() {
            take(content.read(&mut reader, &mut columns)?)?;
        }
        Ok(())
    }

    /// All but the series, of which there must be none.
    pub(crate) fn into_about(self) -> Result<About, RecordingError> {
        if let Some(conflict) = self.conflict {
            return Err(conflict);
        }
        if !self.series.is_empty() {
            return Err(RecordingError::invalid("a writer is told its series one by one, not at the end"));
        }
        Ok(About {
            name: self.name,
            description: self.description,
            origin: self.origin,
            events: self.events,
            inventory: self.inventory.into_iter().collect(),
            incidents: self.incidents.into_values().collect(),
            outcomes: self.outcomes.into_values().collect(),
            entities: self.entities.into_iter().collect(),
            signals: self.signals,
            logs: self.logs,
        })
    }

    fn note(&mut self, differs: bool, conflict: String) {
        if differs && self.conflict.is_none() {
            self.conflict = Some(RecordingError::invalid(conflict));
        }
    }
}

/// What an outcome says, where another one says something else.
fn told(outcome: &Outcome) -> String {
    let Outcome { end, verdict, note, source, file, .. } = outcome;
    let mut text = format!("`{}`", verdict.text());
    if let Some(end) = end {
        text.push_str(&format!(" until {end}"));
    }
    for (what, value) in [("id", source), ("note", note), ("from", file)] {
        if !value.is_empty() {
            text.push_str(&format!(", {what} `{value}`"));
        }
    }
    text
}

impl Content {
    fn key(&self) -> (&String, &Labels) {
        match self {
            Content::New(new) => (&new.name, &new.labels),
            Content::Recorded(entry, _) => (&entry.name, &entry.labels),
        }
    }

    /// Unit, whether it was declared, the rule of times, and what the source lacked.
    fn source(&self) -> (&str, bool, &str, Quality) {
        let (unit, unit_declared, time_rule, quality) = match self {
            Content::New(new) => (&new.unit, new.unit_declared, &new.time_rule, new.quality),
            Content::Recorded(entry, _) => {
                (&entry.unit, entry.unit_declared, &entry.time_rule, entry.quality)
            }
        };
        // The gaps are counted anew.
        (unit, unit_declared, time_rule, Quality { gaps: 0, longest_gap: None, ..quality })
    }

    fn samples(&self) -> Result<Cow<'_, [Sample]>, RecordingError> {
        match self {
            Content::New(new) => Ok(Cow::Borrowed(&new.samples)),
            Content::Recorded(_, series) => series.samples().map(Cow::Owned),
        }
    }

    fn read(self, reader: &mut SeriesReader, columns: &mut Columns) -> Result<NewSeries, RecordingError> {
        match self {
            Content::New(new) => Ok(new),
            Content::Recorded(entry, series) => {
                reader.read(&series, columns)?;
                Ok(NewSeries {
                    name: entry.name,
                    labels: entry.labels,
                    unit: entry.unit,
                    unit_declared: entry.unit_declared,
                    time_rule: entry.time_rule,
                    samples: columns.samples().collect(),
                    quality: entry.quality,
                })
            }
        }
    }
}

/// Whether two series are the same but for the gaps, which are counted anew.
fn same_source(old: &Content, new: &Content) -> Result<bool, RecordingError> {
    Ok(old.source() == new.source() && old.samples()? == new.samples()?)
}
