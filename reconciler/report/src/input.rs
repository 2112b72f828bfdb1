//! What reports are made from: programs, traces, sources, and the telemetry that the traces were made over.

use heal_engine::{Labels, Trace};
use heal_program::{Program, Timestamp};
use heal_telemetry::{Incident, Sample};

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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Telemetry {
    /// The recording's name.
    pub recording: String,
    /// Where it was recorded, as the headline says it: `production`.
    pub environment: String,
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
    /// Samples for pictures and peaks.
    pub signals: Vec<SignalSamples>,
    /// What a reader should know about the recording's quality, a sentence each.
    pub notes: Vec<String>,
}

/// Samples of one signal for one key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignalSamples {
    /// The signal's path.
    pub signal: String,
    /// The key, in the signal's order.
    pub labels: Labels,
    /// The unit of the samples, as people read it: `ms`, `%`, `B`; empty for a plain number. It is the unit that the
    /// signal names after `in`, else the base unit of its dimension.
    pub unit: String,
    /// The samples in that unit, ascending in time.
    pub samples: Vec<Sample>,
}
