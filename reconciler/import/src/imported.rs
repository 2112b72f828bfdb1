//! What a file holds, ready to be recorded.

use heal_telemetry::{
    Event, Incident, LogSummary, NewSeries, Outcome, RecordingBuilder, describe_series, outcomes_text,
    tally_outcomes,
};

/// What a file holds, ready to be recorded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    /// Its series, sorted by name and labels.
    pub series: Vec<NewSeries>,
    /// Its events.
    pub events: Vec<Event>,
    /// Its incidents.
    pub incidents: Vec<Incident>,
    /// What was really done.
    pub outcomes: Vec<Outcome>,
    /// What a log came to, for the recording to keep.
    pub logs: Vec<LogSummary>,
    /// What was left out or put right, and has no place in the quality of a series; a line each.
    pub notes: Vec<String>,
    /// What may be otherwise than it was meant; a line each.
    pub warnings: Vec<String>,
}

impl Imported {
    /// What is recorded, a line each; of very many series the first ones.
    #[must_use]
    pub fn describe(&self) -> Vec<String> {
        /// So many are read by a person; `heal record show` has them all.
        const LINES_MAX: usize = 50;
        let mut lines: Vec<String> = self.series.iter().take(LINES_MAX).map(describe_series).collect();
        if let Some(more) = self.series.len().checked_sub(LINES_MAX).filter(|more| *more > 0) {
            lines.push(format!("and {more} more series"));
        }
        if !self.events.is_empty() {
            lines.push(format!("events: {}", self.events.len()));
        }
        if !self.incidents.is_empty() {
            lines.push(format!("incidents: {}", self.incidents.len()));
        }
        for tally in tally_outcomes(&self.outcomes) {
            let count = tally.count();
            let noun = if count == 1 { "outcome" } else { "outcomes" };
            lines.push(format!("{}: {count} {noun}, {}", tally.item, outcomes_text(&tally)));
        }
        lines.extend(self.notes.iter().cloned());
        lines
    }

    /// An addition to a recording; an empty name keeps the one that it has.
    #[must_use]
    pub fn into_builder(self, name: impl Into<String>) -> RecordingBuilder {
        let builder =
            RecordingBuilder::new(name).events(self.events).incidents(self.incidents).logs(self.logs);
        let builder = builder.outcomes(self.outcomes);
        self.series.into_iter().fold(builder, RecordingBuilder::series)
    }
}
