//! Makes a recording out of series, incidents, events and inventory from any number of sources.

use std::collections::{BTreeMap, BTreeSet};

use crate::encode::{encode, span_of};
use crate::labels::series_text;
use crate::limits::{EVENTS_MAX, FORMAT_VERSION, SAMPLES_MAX, SERIES_MAX, is_recordable};
use crate::order::{gaps_of, interval_of};
use crate::rules::{self, Broken};
use crate::{
    Event, Incident, Inventory, Labels, Manifest, Quality, Recording, RecordingError, Sample, Series,
    SeriesEntry, SeriesId,
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

/// Collects what is to be recorded. The order in which it comes does not matter.
#[derive(Clone, Debug)]
pub struct RecordingBuilder {
    name: String,
    description: String,
    origin: String,
    series: BTreeMap<(String, Labels), NewSeries>,
    incidents: BTreeMap<String, Incident>,
    events: Vec<Event>,
    inventory: BTreeSet<Inventory>,
    signals: BTreeMap<String, String>,
    /// The first thing that came twice and differed.
    conflict: Option<String>,
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
            signals: BTreeMap::new(),
            conflict: None,
        }
    }

    /// All that a recording holds, to add to it.
    #[must_use]
    pub fn from_recording(recording: Recording) -> RecordingBuilder {
        let Recording { manifest, series, events, inventory, incidents, digest: _ } = recording;
        let series = manifest.series.into_iter().zip(series).map(|(entry, series)| NewSeries {
            name: entry.name,
            labels: entry.labels,
            unit: entry.unit,
            unit_declared: entry.unit_declared,
            time_rule: entry.time_rule,
            samples: series.samples,
            quality: entry.quality,
        });
        let builder = RecordingBuilder::new(manifest.name)
            .description(manifest.description)
            .origin(manifest.origin)
            .incidents(incidents)
            .events(events)
            .inventory(inventory);
        let builder = series.fold(builder, RecordingBuilder::series);
        manifest.signals.into_iter().fold(builder, |builder, (hash, series)| builder.signal(hash, series))
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
    pub fn series(mut self, series: NewSeries) -> RecordingBuilder {
        let key = (series.name.clone(), series.labels.clone());
        let text = format!(
            "there are two different series `{}`: replace the one with the other, or tell them apart by a label",
            series_text(&series.name, &series.labels)
        );
        let differs = self.series.get(&key).is_some_and(|old| !same_source(old, &series));
        self.note(differs, text);
        self.series.insert(key, series);
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

    /// Says that the query with this hash was recorded as the series of this name.
    #[must_use]
    pub fn signal(mut self, hash: impl Into<String>, series: impl Into<String>) -> RecordingBuilder {
        let (hash, series) = (hash.into(), series.into());
        let differs = self.signals.get(&hash).is_some_and(|old| *old != series);
        self.note(differs, format!("the signal {hash} is two different series"));
        self.signals.insert(hash, series);
        self
    }

    /// Adds all of another builder. With `replace`, its series and incidents take the place of those of the same name,
    /// instead of being an error. Its name, description and origin count where they are not empty.
    #[must_use]
    pub fn merge(mut self, other: RecordingBuilder, replace: bool) -> RecordingBuilder {
        if replace {
            self.series.retain(|key, _| !other.series.contains_key(key));
            self.incidents.retain(|name, _| !other.incidents.contains_key(name));
            self.signals.retain(|hash, _| !other.signals.contains_key(hash));
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
        let mut merged = self.incidents(other.incidents.into_values()).inventory(other.inventory);
        let known: BTreeSet<Event> = merged.events.iter().cloned().collect();
        merged.events.extend(other.events.into_iter().filter(|event| !known.contains(event)));
        let merged = other.series.into_values().fold(merged, RecordingBuilder::series);
        other.signals.into_iter().fold(merged, |merged, (hash, series)| merged.signal(hash, series))
    }

    /// The recording.
    ///
    /// # Errors
    /// When two different things have one name, when there is nothing to record, or when a rule of the format is broken:
    /// a sample that is not finite, a time twice, an incident that ends before it starts.
    pub fn build(self) -> Result<Recording, RecordingError> {
        if let Some(conflict) = self.conflict {
            return Err(RecordingError::invalid(conflict));
        }
        let (entries, series): (Vec<SeriesEntry>, Vec<Series>) =
            (0..).zip(self.series.into_values()).map(|(id, new)| split(SeriesId(id), new)).unzip();
        check_samples(&series)?;
        let mut events = self.events;
        events.sort();
        let inventory: Vec<Inventory> = self.inventory.into_iter().collect();
        check_limits(&series, &events, &inventory)?;
        let mut incidents: Vec<Incident> = self.incidents.into_values().collect();
        incidents.sort_by(|a, b| (a.start, a.end, &a.name).cmp(&(b.start, b.end, &b.name)));
        let span = span_of(&series, &events, &inventory);
        let (start, end) = span.ok_or_else(|| RecordingError::invalid("there is no sample and no event"))?;
        let manifest = Manifest {
            format_version: FORMAT_VERSION,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            name: self.name,
            description: self.description,
            origin: self.origin,
            start,
            end,
            series: entries,
            signals: self.signals,
            files: BTreeMap::new(),
        };
        rules::check(&manifest, &incidents, &events, &inventory)
            .map_err(|Broken { file, reason }| RecordingError::invalid(format!("`{file}` {reason}")))?;
        let mut recording =
            Recording { manifest, series, events, inventory, incidents, digest: String::new() };
        let encoded = encode(&recording)?;
        recording.manifest.files = encoded.entries;
        recording.digest = encoded.digest;
        Ok(recording)
    }

    fn note(&mut self, differs: bool, conflict: String) {
        if differs && self.conflict.is_none() {
            self.conflict = Some(conflict);
        }
    }
}

/// Whether two series are the same but for the gaps, which the builder counts.
fn same_source(old: &NewSeries, new: &NewSeries) -> bool {
    let counts = |series: &NewSeries| Quality { gaps: 0, longest_gap: None, ..series.quality };
    old.unit == new.unit
        && old.unit_declared == new.unit_declared
        && old.time_rule == new.time_rule
        && counts(old) == counts(new)
        && old.samples == new.samples
}

fn split(id: SeriesId, new: NewSeries) -> (SeriesEntry, Series) {
    let interval = interval_of(&new.samples);
    let (gaps, longest_gap) = interval.map_or((0, None), |interval| gaps_of(&new.samples, interval));
    let entry = SeriesEntry {
        name: new.name.clone(),
        labels: new.labels.clone(),
        unit: new.unit,
        unit_declared: new.unit_declared,
        time_rule: new.time_rule,
        interval,
        samples: new.samples.len() as u64,
        quality: Quality { gaps, longest_gap, ..new.quality },
    };
    (entry, Series { id, name: new.name, labels: new.labels, samples: new.samples })
}

fn check_samples(series: &[Series]) -> Result<(), RecordingError> {
    for series in series {
        let name = || series_text(&series.name, &series.labels);
        if let Some(sample) = series.samples.iter().find(|sample| !sample.value.is_finite()) {
            let reason = format!("`{}` has the value {} at {}", name(), sample.value, sample.at);
            return Err(RecordingError::invalid(reason));
        }
        if !series.samples.is_sorted_by(|earlier, later| earlier.at < later.at) {
            let reason =
                format!("the samples of `{}` are not in the order of time, or have a time twice", name());
            return Err(RecordingError::invalid(reason));
        }
        let ends = [series.samples.first(), series.samples.last()];
        if !ends.into_iter().flatten().all(|sample| is_recordable(sample.at)) {
            return Err(RecordingError::invalid(format!(
                "`{}` has a time outside the years 1 to 9999",
                name()
            )));
        }
    }
    Ok(())
}

fn check_limits(series: &[Series], events: &[Event], inventory: &[Inventory]) -> Result<(), RecordingError> {
    let samples: usize = series.iter().map(|series| series.samples.len()).sum();
    let counts = [
        ("series", series.len(), SERIES_MAX),
        ("samples", samples, SAMPLES_MAX),
        ("events", events.len(), EVENTS_MAX),
        ("rows of inventory", inventory.len(), EVENTS_MAX),
    ];
    match counts.iter().find(|(_, found, max)| found > max) {
        Some((what, found, max)) => {
            Err(RecordingError::invalid(format!("{found} {what} are more than {max}")))
        }
        None => Ok(()),
    }
}
