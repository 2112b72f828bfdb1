//! What stands in a strip, before it is drawn.

use heal_program::Timestamp;

use super::downsample::Point;

/// The strips of a page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Strips {
    /// What matters most first.
    pub(crate) strips: Vec<Strip>,
    /// How many more there would be.
    pub(crate) left_out: usize,
    /// Whether there is a base to compare with.
    pub(crate) two_sided: bool,
}

impl Strips {
    /// The strip that tells most: with most to look at from near, and with most incidents. Of equal ones the first.
    pub(crate) fn most_telling(&self) -> Option<&Strip> {
        let worth = |strip: &Strip| (strip.close_ups.len(), strip.incidents.len());
        self.strips.iter().reduce(|best, strip| if worth(strip) > worth(best) { strip } else { best })
    }
}

/// One signal for one key.
#[derive(Clone, Debug)]
pub(crate) struct Strip {
    /// The signal, its key and the unit.
    pub(crate) name: String,
    /// The unit of the values here.
    pub(crate) unit: String,
    /// Strips of one group share a time axis; groups do not overlap in time.
    pub(crate) group: usize,
    /// The axis of the group.
    pub(crate) domain: (Timestamp, Timestamp),
    /// Whether there is a base to compare with.
    pub(crate) two_sided: bool,
    /// The line, broken at gaps.
    pub(crate) line: Vec<Vec<Point>>,
    /// Smallest and largest value of the axis.
    pub(crate) range: (f64, f64),
    /// Bounds that do not move.
    pub(crate) thresholds: Vec<ThresholdLine>,
    /// Incidents that concern what is drawn here.
    pub(crate) incidents: Vec<Shade>,
    /// A detector each.
    pub(crate) lanes: Vec<Lane>,
    /// Differences.
    pub(crate) badges: Vec<Badge>,
    /// The stretches that differ, from near.
    pub(crate) close_ups: Vec<CloseUp>,
    /// Bars and marks that are not drawn because there are too many.
    pub(crate) undrawn: usize,
}

/// A bound of a condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ThresholdLine {
    /// Which side; none: both.
    pub(crate) side: Option<Which>,
    /// The value.
    pub(crate) value: f64,
    /// With its unit.
    pub(crate) text: String,
}

/// A side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Which {
    /// Before the change.
    Base,
    /// After it, or the only side.
    Head,
}

/// An incident's window.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shade {
    /// When it began.
    pub(crate) start: Timestamp,
    /// When it ended.
    pub(crate) end: Timestamp,
    /// Its name.
    pub(crate) name: String,
    /// How it fared: `missed → caught after 7m`.
    pub(crate) fate: String,
}

/// What one detector did here, and the policies on it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lane {
    /// The detector's path.
    pub(crate) detector: String,
    /// Firings.
    pub(crate) bars: Vec<Bar>,
    /// Runs and everything else that has no length.
    pub(crate) marks: Vec<Mark>,
}

/// A firing.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    /// Which side.
    pub(crate) side: Which,
    /// When it began.
    pub(crate) start: Timestamp,
    /// When it ended, or the recording did.
    pub(crate) end: Timestamp,
    /// Whether the other side has no such firing.
    pub(crate) differs: bool,
    /// In words.
    pub(crate) words: String,
}

/// Something at a point in time.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    /// Which side.
    pub(crate) side: Which,
    /// When.
    pub(crate) at: Timestamp,
    /// What.
    pub(crate) shape: MarkShape,
    /// Whether the other side has no such thing.
    pub(crate) differs: bool,
    /// In words.
    pub(crate) words: String,
}

/// What a mark stands for; each has a shape of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum MarkShape {
    /// A plan ran.
    Run,
    /// A rung was held back.
    Withheld,
    /// A team was asked.
    Approval,
    /// People were told.
    Page,
    /// An event happened that a policy is on.
    Event,
}

/// A stretch of a strip.
#[derive(Clone, Debug)]
pub(crate) struct CloseUp {
    /// The stretch.
    pub(crate) domain: (Timestamp, Timestamp),
    /// The line in it.
    pub(crate) line: Vec<Vec<Point>>,
}

/// Differences of one moment.
#[derive(Clone, Debug)]
pub(crate) struct Badge {
    /// Their ids, what hurts most first; never empty.
    pub(crate) ids: Vec<String>,
    /// When.
    pub(crate) at: Timestamp,
    /// When it is over.
    pub(crate) end: Timestamp,
    /// One sign, of what hurts most.
    pub(crate) sign: &'static str,
    /// In words, all of them.
    pub(crate) words: String,
}
