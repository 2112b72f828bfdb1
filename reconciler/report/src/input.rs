//! What reports are made from: programs, traces, sources, and the telemetry that the traces were made over.

use std::collections::BTreeSet;

use heal_engine::{Labels, Trace};
use heal_program::{Conversion, Millis, Program, Timestamp};
use heal_telemetry::{Columns, Incident, Outcome, RecordingError, Sample, Series, SeriesReader};

use crate::{LocalZone, SignalQuality};

/// One side of a comparison, or the only side of a report.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// What people call it: a branch, a commit, a folder.
    pub revision: &'a str,
    /// What ran.
    pub program: &'a Program,
    /// What it did over the recording, as if every verification passed.
    pub trace: &'a Trace,
    /// The same as if every verification failed; none: it verifies nothing, so that cannot matter.
    pub failing: Option<&'a Trace>,
    /// The policy sources, for the text diff; empty where none is wanted.
    pub sources: &'a [SourceFile],
}

/// A source file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceFile {
    /// Path from the package's root, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// What was recorded: everything a report says about telemetry comes from here.
#[derive(Clone, Debug, Default)]
pub struct Telemetry {
    /// The recording's name.
    pub recording: String,
    /// Where it was recorded, as the headline says it: `production`.
    pub environment: String,
    /// The zone in which people read of it.
    pub zone: LocalZone,
    /// Its first instant.
    pub start: Timestamp,
    /// Its last instant.
    pub end: Timestamp,
    /// How many series it holds.
    pub series_count: u64,
    /// How many samples.
    pub samples_count: u64,
    /// How many samples there would be without gaps, where that is known.
    pub samples_expected: Option<u64>,
    /// How many gaps.
    pub gaps_count: u64,
    /// Whether somebody labelled the incidents: an empty list then means that there was none. Where nobody did,
    /// neither catches nor false alarms can be told, and none is claimed.
    pub incidents_labelled: bool,
    /// The labelled incidents.
    pub incidents: Vec<Incident>,
    /// What was really done while it was recorded, and how it ended.
    pub outcomes: Vec<Outcome>,
    /// The labels that any recorded series or inventory has: what can be told apart by them.
    pub labels: BTreeSet<String>,
    /// The signals of all sides, each key once: samples for pictures and peaks.
    pub signals: Vec<SignalSamples>,
    /// How well was recorded what each signal reads, by path. Which policies rely on it is found out here.
    pub quality: Vec<SignalQuality>,
    /// What else a reader should know about the recording, a sentence each.
    pub notes: Vec<String>,
}

/// Samples of one signal for one key.
#[derive(Clone, Debug, Default)]
pub struct SignalSamples {
    /// The signal's path.
    pub signal: String,
    /// The key, in the signal's order. Keys of one signal have the same fields.
    pub labels: Labels,
    /// The unit of the samples, as people read it: `ms`, `%`, `B`; empty for a plain number. It is the unit that the
    /// signal names after `in`, else the base unit of its dimension.
    pub unit: String,
    /// The samples in that unit, ascending in time.
    pub samples: Samples,
}

/// Samples, or where they are. A recording holds more than there is room for, so they are read when they are needed.
#[derive(Clone, Debug)]
pub enum Samples {
    /// They are here.
    Held(Vec<Sample>),
    /// They are in a recording.
    Recorded {
        /// The series.
        series: Series,
        /// How its numbers become those that are shown.
        shown: Shown,
    },
}

/// How a recorded number becomes one that is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shown {
    /// As it is.
    AsRecorded,
    /// In the base unit of its dimension.
    InBaseUnit(Conversion),
    /// In a unit of so many base units, that is `offset` where it is zero.
    InUnit {
        /// To the base unit.
        conversion: Conversion,
        /// The size of the unit.
        scale: f64,
        /// Its zero.
        offset: f64,
    },
}

impl Default for Samples {
    fn default() -> Samples {
        Samples::Held(Vec::new())
    }
}

impl FromIterator<Sample> for Samples {
    fn from_iter<I: IntoIterator<Item = Sample>>(samples: I) -> Samples {
        Samples::Held(samples.into_iter().collect())
    }
}

impl Samples {
    /// Whether there are none. Nothing is read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Samples::Held(samples) => samples.is_empty(),
            Samples::Recorded { series, .. } => series.is_empty(),
        }
    }

    /// All of them.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn read(&self) -> Result<Vec<Sample>, RecordingError> {
        match self {
            Samples::Held(samples) => Ok(samples.clone()),
            Samples::Recorded { series, shown } => Ok(series
                .columns()?
                .samples()
                .map(|it| Sample { value: shown.apply(it.value), ..it })
                .collect()),
        }
    }
}

impl Shown {
    fn apply(self, value: f64) -> f64 {
        match self {
            Shown::AsRecorded => value,
            Shown::InBaseUnit(conversion) => conversion.apply(value),
            Shown::InUnit { conversion, scale, offset } => (conversion.apply(value) - offset) / scale,
        }
    }
}

/// Where one series at a time is looked at, in memory that is used again for the next.
#[derive(Default)]
pub(crate) struct SampleDesk {
    reader: SeriesReader,
    columns: Columns,
}

impl SampleDesk {
    /// Lays a series on the desk.
    pub(crate) fn lay(&mut self, series: &SignalSamples) -> Result<(), RecordingError> {
        match &series.samples {
            Samples::Held(_) => Ok(()),
            Samples::Recorded { series, .. } => self.reader.read(series, &mut self.columns),
        }
    }

    /// The samples of the series that lies on the desk from a time to another, both inclusive, and before them the one that was
    /// the last at that time, where it is no older than `fresh`: a condition that is asked between two samples sees it.
    pub(crate) fn between<'s>(
        &'s self,
        series: &'s SignalSamples,
        (from, fresh): (Timestamp, Millis),
        to: Timestamp,
    ) -> impl Iterator<Item = Sample> + 's {
        let (held, times, shown): (&[Sample], &[i64], Shown) = match &series.samples {
            Samples::Held(samples) => (samples, &[], Shown::AsRecorded),
            Samples::Recorded { shown, .. } => (&[], &self.columns.times, *shown),
        };
        let oldest = from.minus(fresh);
        let begin = first_seen(held.partition_point(|sample| sample.at <= from), |at| {
            held.get(at).is_some_and(|sample| sample.at > oldest)
        });
        let held = held.get(begin..).unwrap_or_default().iter().take_while(move |it| it.at <= to).copied();
        let begin = first_seen(times.partition_point(|at| *at <= from.0), |at| {
            times.get(at).is_some_and(|at| Timestamp(*at) > oldest)
        });
        let end = times.partition_point(|at| *at <= to.0).max(begin);
        let times = times.get(begin..end).unwrap_or_default();
        let values = self.columns.values.stretch(begin..begin + times.len());
        let recorded = times.iter().zip(values);
        let recorded =
            recorded.map(move |(at, value)| Sample { at: Timestamp(*at), value: shown.apply(value) });
        held.chain(recorded)
    }
}

/// The place of the first sample that is seen, where all before `place` were taken by then: the last of those, if it `is_fresh`.
fn first_seen(place: usize, is_fresh: impl Fn(usize) -> bool) -> usize {
    place.checked_sub(1).filter(|before| is_fresh(*before)).unwrap_or(place)
}
