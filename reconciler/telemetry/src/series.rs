//! What a recording is made of.

use std::collections::BTreeMap;

use heal_program::Timestamp;
use serde::{Deserialize, Serialize};

/// Labels of a series or event, by name.
pub type Labels = BTreeMap<String, String>;

/// Position of a series in a recording's series table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SeriesId(pub u32);

/// A raw series: a name, labels, samples in the unit that the manifest states.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its position.
    pub id: SeriesId,
    /// Its name, such as `aws.ec2.request_latency`.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// Its samples, ascending in time, no time twice.
    pub samples: Vec<Sample>,
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
