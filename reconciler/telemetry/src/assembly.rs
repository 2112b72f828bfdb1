//! Puts a recording together, series by series, and keeps no samples.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use heal_program::Timestamp;

use crate::digest::Hashed;
use crate::encode::{Contents, Sealed, Span, seal, span_of, span_of_logs};
use crate::inspect::{flaws_of, flaws_of_counts};
use crate::labels::series_text;
use crate::limits::{
    ENTITIES_MAX, EVENTS_MAX, OUTCOMES_MAX, SAMPLES_MAX, SERIES_MAX, format_for, is_recordable,
};
use crate::order::{gaps_of, interval_of};
use crate::rules::{self, Broken};
use crate::table::{SampleWriter, WrittenSamples};
use crate::{
    Event, FileEntry, Flaws, Incident, Inventory, LivedEntity, LogSummary, Manifest, NewSeries, Outcome,
    Quality, RecordingError, Sample, SeriesEntry,
};

/// A recording that is being put together.
pub(crate) struct Assembly<W: Write + Send> {
    samples: SampleWriter<Hashed<W>>,
    entries: Vec<SeriesEntry>,
    samples_count: usize,
    span: Option<Span>,
    /// Places of series with what their samples say of their quality if they count the lines of a log, where that is something
    /// else.
    flaws_as_counts: Vec<(usize, Flaws)>,
}

/// What a recording holds beside its series.
pub(crate) struct About {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) origin: String,
    pub(crate) events: Vec<Event>,
    pub(crate) inventory: Vec<Inventory>,
    pub(crate) incidents: Vec<Incident>,
    /// In order.
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) entities: Vec<LivedEntity>,
    pub(crate) signals: BTreeMap<String, String>,
    pub(crate) logs: BTreeSet<LogSummary>,
}

/// A recording that was put together.
pub(crate) struct Assembled<W> {
    /// Where its samples were written to.
    pub(crate) sink: W,
    /// All else that it holds, its files listed.
    pub(crate) contents: Contents,
    /// Its other files.
    pub(crate) sealed: Sealed,
}

impl<W: Write + Send> Assembly<W> {
    /// A recording without series, whose samples are written to `sink`.
    pub(crate) fn new(sink: W) -> Result<Assembly<W>, RecordingError> {
        let samples = SampleWriter::new(Hashed::new(sink))?;
        Ok(Assembly {
            samples,
            entries: Vec::new(),
            samples_count: 0,
            span: None,
            flaws_as_counts: Vec::new(),
        })
    }

    /// Appends a series. They come in the order of name and labels.
    pub(crate) fn append(&mut self, new: NewSeries) -> Result<(), RecordingError> {
        check_samples(&new)?;
        if let Some(last) = self.entries.last()
            && (&last.name, &last.labels) >= (&new.name, &new.labels)
        {
            return Err(RecordingError::invalid(format!(
                "`{}` comes after `{}`: append series in the order of name and labels, each once",
                series_text(&new.name, &new.labels),
                series_text(&last.name, &last.labels),
            )));
        }
        self.samples_count += new.samples.len();
        check_count("series", self.entries.len() + 1, SERIES_MAX)?;
        check_count("samples", self.samples_count, SAMPLES_MAX)?;
        self.samples.append(&new.samples)?;
        let ends = new.samples.first().zip(new.samples.last());
        self.span = span_of(self.span, ends.map(|(first, last)| (first.at, last.at)));
        let (entry, flaws_as_counts) = entry_of(new);
        self.flaws_as_counts.extend(flaws_as_counts.map(|flaws| (self.entries.len(), flaws)));
        self.entries.push(entry);
        Ok(())
    }

    /// Writes what is left of the samples, and makes all other files.
    pub(crate) fn finish(self, about: About) -> Result<Assembled<W>, RecordingError> {
        let About { name, description, origin, mut events, inventory, mut incidents, .. } = about;
        let (outcomes, entities) = (about.outcomes, about.entities);
        let (signals, logs) = (about.signals, about.logs);
        check_count("events", events.len(), EVENTS_MAX)?;
        check_count("rows of inventory", inventory.len(), EVENTS_MAX)?;
        check_count("outcomes", outcomes.len(), OUTCOMES_MAX)?;
        check_count("rows of what entities were", entities.len(), ENTITIES_MAX)?;
        events.sort();
        incidents.sort_by(|a, b| (a.start, a.end, &a.name).cmp(&(b.start, b.end, &b.name)));
        let times = events.iter().map(|event| event.at).chain(inventory.iter().map(|row| row.at));
        let span = times.fold(self.span, |span, time| span_of(span, Some((time, time))));
        let span = span.or_else(|| span_of_logs(&logs));
        let (start, end): (Timestamp, Timestamp) =
            span.ok_or_else(|| RecordingError::invalid("there is no sample and no event"))?;
        let mut entries = self.entries;
        let of_logs: BTreeSet<&str> = logs.iter().map(|log| log.name.as_str()).collect();
        for (place, flaws) in self.flaws_as_counts {
            // Only here it is known which series count the lines of a log.
            if let Some(entry) = entries.get_mut(place).filter(|it| of_logs.contains(it.name.as_str())) {
                entry.flaws = flaws;
            }
        }
        let manifest = Manifest {
            format_version: format_for(!outcomes.is_empty(), !entities.is_empty()),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            name,
            description,
            origin,
            start,
            end,
            series: entries,
            signals,
            logs,
            files: BTreeMap::new(),
        };
        rules::check(&manifest, &incidents, &events, &inventory)
            .and_then(|()| rules::check_outcomes(&outcomes))
            .and_then(|()| rules::check_entities(&entities))
            .map_err(|Broken { file, reason }| RecordingError::invalid(format!("`{file}` {reason}")))?;
        let WrittenSamples { sink, decimals, rows } = self.samples.finish()?;
        let (sink, sha256, bytes) = sink.finish();
        let mut contents = Contents { manifest, decimals, events, inventory, incidents, outcomes, entities };
        let sealed = seal(&contents, FileEntry { bytes, rows, sha256 })?;
        contents.manifest.files = sealed.entries.clone();
        Ok(Assembled { sink, contents, sealed })
    }
}

/// What is known of a series, and what its samples say if they count the lines of a log, where that is something else.
fn entry_of(new: NewSeries) -> (SeriesEntry, Option<Flaws>) {
    let interval = interval_of(&new.samples);
    let (gaps, longest_gap) = interval.map_or((0, None), |interval| gaps_of(&new.samples, interval));
    let times: Vec<i64> = new.samples.iter().map(|sample| sample.at.0).collect();
    let values: Vec<f64> = new.samples.iter().map(|sample| sample.value).collect();
    let flaws = flaws_of(&times, &values);
    let as_counts =
        flaws_of_counts(&new.unit, &times, &values, &flaws).filter(|as_counts| *as_counts != flaws);
    let entry = SeriesEntry {
        flaws,
        name: new.name,
        labels: new.labels,
        unit: new.unit,
        unit_declared: new.unit_declared,
        time_rule: new.time_rule,
        interval,
        samples: new.samples.len() as u64,
        quality: Quality { gaps, longest_gap, ..new.quality },
    };
    (entry, as_counts)
}

fn check_samples(new: &NewSeries) -> Result<(), RecordingError> {
    let name = || series_text(&new.name, &new.labels);
    let samples: &[Sample] = &new.samples;
    if let Some(sample) = samples.iter().find(|sample| !sample.value.is_finite()) {
        let reason = format!("`{}` has the value {} at {}", name(), sample.value, sample.at);
        return Err(RecordingError::invalid(reason));
    }
    if !samples.is_sorted_by(|earlier, later| earlier.at < later.at) {
        let reason =
            format!("the samples of `{}` are not in the order of time, or have a time twice", name());
        return Err(RecordingError::invalid(reason));
    }
    if ![samples.first(), samples.last()].into_iter().flatten().all(|sample| is_recordable(sample.at)) {
        return Err(RecordingError::invalid(format!("`{}` has a time outside the years 1 to 9999", name())));
    }
    Ok(())
}

fn check_count(what: &str, found: usize, max: usize) -> Result<(), RecordingError> {
    if found <= max {
        return Ok(());
    }
    Err(RecordingError::invalid(format!("{found} {what} are more than {max}")))
}
