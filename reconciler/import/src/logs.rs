//! Events and counts from the lines of a log.

mod clock;
mod entry;
mod fields;
mod tally;

use std::io::BufRead;
use std::path::Path;

use heal_program::{Millis, Timestamp};
use heal_telemetry::Labels;

use crate::error::open;
use crate::lines::Lines;
use crate::{ImportError, Imported, Zone};
use clock::{Clock, TimeWrong};
use entry::{Entries, Entry};
use fields::Reader;
use tally::Tally;

const NO_YEAR: &str = "times here have no year: say the year of the first line with `--year`";

/// How the lines of a log become events, counts or values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogImport {
    /// What events or series are called.
    pub name: String,
    /// A regular expression with named groups; none: each line is a JSON object.
    pub pattern: Option<String>,
    /// What groups or fields must be equal to.
    pub matching: Vec<(String, String)>,
    /// Labels by name, with the group or field that each is taken from; none: all named groups but those of time and value.
    pub labels_from: Option<Vec<(String, String)>>,
    /// Labels that are always there.
    pub labels: Labels,
    /// What is made of the lines that match.
    pub reading: Reading,
    /// Where the time of a line is found, and how it is written.
    pub time: LogTime,
    /// A regular expression that the first line of each entry matches; other lines belong to the one before.
    pub multiline: Option<String>,
}

/// What is made of the lines that match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Each is an event.
    Event,
    /// How many there are in each span.
    Count {
        /// The span.
        per: Millis,
    },
    /// The number in a group or field of each.
    Value {
        /// The group or field.
        field: String,
        /// The unit of the numbers.
        unit: String,
    },
}

/// Where the time of a line is found, and how it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogTime {
    /// The group or field; none: `time`, `timestamp`, `ts` or `@timestamp` where there is one, else the beginning of the
    /// line.
    pub field: Option<String>,
    /// `rfc3339`, `unix`, `unix_ms`, or as of `strftime`; none: as in the first line.
    pub format: Option<String>,
    /// The year of the first line, for times without a year.
    pub year: Option<i32>,
    /// The zone of times that do not state theirs.
    pub zone: Zone,
}

impl LogImport {
    /// Reads a file.
    ///
    /// # Errors
    /// When the file cannot be read, or as [`LogImport::read`].
    pub fn read_file(&self, path: &Path) -> Result<Imported, ImportError> {
        self.read(&path.display().to_string(), open(path)?)
    }

    /// Reads a stream, which errors call `file`.
    ///
    /// # Errors
    /// When a pattern or the form of times is none; when a line that matches has no time, with its place; when no line
    /// matches, and no lines tell that the log lived.
    pub fn read(&self, file: &str, stream: impl BufRead) -> Result<Imported, ImportError> {
        let wrong = |reason| ImportError::of_file(file, reason);
        let reader = Reader::new(self).map_err(wrong)?;
        let mut clock = Clock::new(&self.time).map_err(wrong)?;
        let mut entries = Entries::new(file, Lines::new(file, stream), self.multiline.as_deref())?;
        let mut tally = Tally::new(&self.reading);
        while let Some(entry) = entries.next()? {
            self.take(&reader, &mut clock, &mut tally, &entry)
                .map_err(|reason| ImportError::at_line(file, entry.line, reason))?;
        }
        tally.finish(self, &clock, reader.has_keys()).map_err(wrong)
    }

    fn take(
        &self,
        reader: &Reader,
        clock: &mut Clock,
        tally: &mut Tally,
        entry: &Entry,
    ) -> Result<(), String> {
        let fields = reader.fields(&entry.text);
        let named = fields.as_ref().and_then(|fields| reader.time_of(fields));
        let at = match &named {
            Some(text) => clock.read(text),
            None => clock.read_start(&entry.text),
        };
        let at = match at {
            // What the pattern does not find tells all the same that the log lived.
            Err(_) if fields.is_none() && reader.has_time_group() => clock.read_within(&entry.text),
            at => at,
        };
        let Some(fields) = fields.filter(|fields| self.is_wanted(fields)) else {
            tally.other(&at);
            return Ok(());
        };
        let at = at.map_err(|wrong| match wrong {
            TimeWrong::NoYear => NO_YEAR.to_owned(),
            TimeWrong::Unlike(reason) => reason,
            TimeWrong::NotATime => clock.expected(&named.unwrap_or_else(|| start_of(&entry.text))),
        })?;
        match reader.labels(&fields) {
            Some(mut labels) => {
                labels.extend(self.labels.clone());
                tally.matched(self, &fields, at, labels, entry.times)
            }
            None => {
                tally.keyless(at);
                Ok(())
            }
        }
    }

    fn is_wanted(&self, fields: &fields::Fields) -> bool {
        self.matching.iter().all(|(name, value)| fields.text(name).as_deref() == Some(value))
    }
}

/// The beginning of a line, for messages.
fn start_of(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let start: String = line.chars().take(40).collect();
    if start.len() < line.len() { format!("{start}…") } else { start }
}

/// The time that a text is, by itself.
pub(crate) fn time_of(text: &str, zone: Zone) -> Option<heal_program::Timestamp> {
    Clock::new(&LogTime { zone, ..LogTime::default() }).ok()?.read(text).ok()
}

/// When something ends that began at a time: in an hour that a clock repeats in its second pass, where it would be before its
/// beginning in the first.
pub(crate) fn time_after(start: Timestamp, text: &str, zone: Zone) -> Option<Timestamp> {
    let first = time_of(text, zone)?;
    if first >= start {
        return Some(first);
    }
    let mut clock = Clock::new(&LogTime { zone, ..LogTime::default() }).ok()?;
    // No clock is set back by more than a day.
    clock.saw(Timestamp(start.0.saturating_add(86_400_000)));
    clock.read(text).ok()
}
