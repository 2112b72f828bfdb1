//! What a recording is made of.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use heal_program::Timestamp;
use serde::{Deserialize, Serialize};

use crate::table::{SampleReader, SampleTable};
use crate::{Columns, RecordingError};

/// Labels of a series or event, by name.
pub type Labels = BTreeMap<String, String>;

/// Position of a series in a recording's series table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SeriesId(pub u32);

/// A raw series: a name, labels, samples in the unit that the manifest states. Samples are decoded when they are asked
/// for.
#[derive(Clone)]
pub struct Series {
    /// Its position.
    pub id: SeriesId,
    /// Its name, such as `aws.ec2.request_latency`.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    pub(crate) table: Arc<SampleTable>,
}

impl Series {
    /// How many samples it has.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.table.place(self.id.0).map_or(0, |place| place.end - place.start)
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Times of its first and its last sample; none if it has none. Nothing is decoded.
    #[must_use]
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        self.table.place(self.id.0)?.span
    }

    /// Its samples, ascending in time, no time twice.
    ///
    /// # Errors
    /// When they cannot be read, or break a rule of the format.
    pub fn samples(&self) -> Result<Vec<Sample>, RecordingError> {
        Ok(self.columns()?.samples().collect())
    }

    /// Its samples as columns, which is how they are stored.
    ///
    /// # Errors
    /// As [`Series::samples`].
    pub fn columns(&self) -> Result<Columns, RecordingError> {
        let mut columns = Columns::default();
        self.read_into(&mut columns)?;
        Ok(columns)
    }

    /// Puts its samples in the place of those in `columns`, whose memory is used again.
    ///
    /// # Errors
    /// As [`Series::samples`].
    pub fn read_into(&self, columns: &mut Columns) -> Result<(), RecordingError> {
        SeriesReader::default().read(self, columns)
    }
}

impl fmt::Debug for Series {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Series { id, name, labels, table: _ } = self;
        let mut fields = out.debug_struct("Series");
        fields.field("id", id).field("name", name).field("labels", labels).field("len", &self.len()).finish()
    }
}

/// Reads one series after another. Where several short ones are stored together, reading them in order of their ids
/// decodes them once; threads that share a recording have a reader each.
#[derive(Debug, Default)]
pub struct SeriesReader(SampleReader);

impl SeriesReader {
    /// Puts the samples of a series in the place of those in `columns`, whose memory is used again.
    ///
    /// # Errors
    /// As [`Series::samples`]. Nothing is in the columns then.
    pub fn read(&mut self, series: &Series, columns: &mut Columns) -> Result<(), RecordingError> {
        self.0.read(&series.table, series.id.0, columns)
    }
}

/// A value at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When it was measured.
    pub at: Timestamp,
    /// The value in the series' unit.
    pub value: f64,
}

/// Something that happened at a point in time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Its kind, such as `deploy`.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
}

/// How many entities of a kind lived from a time on: the denominator of a blast radius.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Inventory {
    /// Since when.
    pub at: Timestamp,
    /// Of which kind.
    pub entity: String,
    /// In which group; empty: over all.
    pub group: Labels,
    /// How many.
    pub live: u64,
}

/// The label of an incident that names a series, which incidents may have and no series has.
pub const METRIC_LABEL: &str = "metric";

/// A labelled incident: something was wrong from `start` to `end`, both inclusive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Incident {
    /// Its name, unique in a recording.
    pub name: String,
    /// When it began.
    pub start: Timestamp,
    /// When it ended.
    pub end: Timestamp,
    /// Labels it concerns: a firing belongs to it when no label of the firing contradicts these. `metric` names the
    /// series it was labelled on.
    #[serde(default)]
    pub labels: Labels,
}
