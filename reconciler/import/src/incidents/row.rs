//! A row of an export, before its times are read.

use heal_program::Timestamp;
use heal_telemetry::{Incident, Labels, printable};

use crate::Zone;
use crate::logs::{time_after, time_of};

/// A row of an export.
#[derive(Default)]
pub(super) struct Row {
    /// Which row it is, for messages.
    pub(super) place: String,
    pub(super) title: String,
    /// What tells it from others of the same title.
    pub(super) number: String,
    pub(super) start: String,
    /// Nothing where it is not over.
    pub(super) end: String,
    pub(super) labels: Labels,
}

impl Row {
    /// The incident; none where it is not over.
    pub(super) fn incident(self, zone: Zone) -> Result<Option<Incident>, String> {
        let Row { title, number, start, end, labels, .. } = self;
        let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
        let title = printable(&title).into_owned();
        if title.is_empty() && number.is_empty() {
            return Err("the incident has neither a title nor a number".to_owned());
        }
        let name = match (title.is_empty(), number.is_empty()) {
            (_, true) => title,
            (true, false) => number,
            (false, false) => format!("{title} #{number}"),
        };
        let start = time("start", &start, |text| time_of(text, zone))?;
        if end.is_empty() {
            return Ok(None);
        }
        let end = time("end", &end, |text| time_after(start, text, zone))?;
        if end < start {
            return Err(format!("the incident `{name}` ends before it starts"));
        }
        Ok(Some(Incident { name, start, end, labels }))
    }
}

fn time(what: &str, text: &str, read: impl Fn(&str) -> Option<Timestamp>) -> Result<Timestamp, String> {
    if text.is_empty() {
        return Err(format!("the incident has no {what}"));
    }
    read(text).ok_or_else(|| {
        format!("its {what} `{text}` is not a time: write it as `2014-03-14 03:31:00` or in RFC 3339")
    })
}
