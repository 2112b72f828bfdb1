//! What the lines of a log come to.

use std::collections::{BTreeMap, BTreeSet};

use heal_program::{Millis, Timestamp};
use heal_telemetry::{EVENTS_MAX, Event, Labels, LogSummary, NewSeries, Quality, Sample};

use super::clock::{Clock, TimeWrong};
use super::fields::Fields;
use super::{LogImport, NO_YEAR, Reading};
use crate::Imported;
use crate::gathering::{Gathering, Meaning, UnitOf, lacking};

/// Most samples that counts may come to.
const COUNTS_MAX: usize = 50_000_000;

/// No line is older, 2000: numbers at the beginning of lines that would make it so are no times.
const LOGS_SINCE: Timestamp = Timestamp(946_684_800_000);

/// What the lines have come to so far.
#[derive(Default)]
pub(super) struct Tally {
    events: Vec<Event>,
    values: Gathering,
    counts: BTreeMap<Labels, Counts>,
    /// The ends of the spans in which there was any line.
    lived: BTreeSet<i64>,
    /// The earliest and the latest line of any kind.
    earliest: Option<Timestamp>,
    latest: Option<Timestamp>,
    /// The earliest and the latest line that counts.
    span: Option<(Timestamp, Timestamp)>,
    per: Option<Millis>,
    matched: u64,
    repeated: u64,
    unmatched: u64,
    /// Of those the ones without a time.
    untimed: u64,
    /// Whether some of those have one that lacks the year.
    yearless: bool,
    keyless: u64,
    backward: u64,
}

#[derive(Default)]
struct Counts {
    /// By the end of the span.
    spans: BTreeMap<i64, u64>,
    backward: u64,
}

impl Tally {
    /// Nothing yet.
    pub(super) fn new(reading: &Reading) -> Tally {
        let per = match reading {
            Reading::Count { per } => Some(*per),
            Reading::Event | Reading::Value { .. } => None,
        };
        Tally { per, ..Tally::default() }
    }

    /// A line that does not match; the log was alive when it came.
    pub(super) fn other(&mut self, at: &Result<Timestamp, TimeWrong>) {
        self.unmatched += 1;
        match at {
            Ok(at) => {
                self.saw(*at);
            }
            Err(wrong) => {
                self.untimed += 1;
                self.yearless |= matches!(wrong, TimeWrong::NoYear);
            }
        }
    }

    /// A line without one of the labels that were asked for.
    pub(super) fn keyless(&mut self, at: Timestamp) {
        self.keyless += 1;
        self.saw(at);
    }

    /// A line that matches.
    pub(super) fn matched(
        &mut self,
        import: &LogImport,
        fields: &Fields,
        at: Timestamp,
        labels: Labels,
        times: u64,
    ) -> Result<(), String> {
        self.matched += 1;
        self.span = Some(self.span.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
        self.repeated += times.saturating_sub(1);
        let is_backward = self.saw(at);
        match &import.reading {
            Reading::Event => {
                let count = usize::try_from(times).unwrap_or(usize::MAX);
                if self.events.len().saturating_add(count) > EVENTS_MAX {
                    return Err(format!("there are more than {EVENTS_MAX} events: count them with `--per`"));
                }
                let event = Event { at, name: import.name.clone(), labels };
                self.events.extend(std::iter::repeat_n(event, count));
                Ok(())
            }
            Reading::Count { per } => {
                let counts = self.counts.entry(labels).or_default();
                let count = counts.spans.entry(span_end(at, *per)).or_default();
                *count = count.saturating_add(times);
                counts.backward += u64::from(is_backward);
                Ok(())
            }
            Reading::Value { field, .. } => {
                let value = fields.text(field).and_then(|text| text.trim().parse().ok());
                self.values.push(&import.name, &labels, at, value, Meaning::Measured)
            }
        }
    }

    /// Whether the line came after a later one.
    fn saw(&mut self, at: Timestamp) -> bool {
        let is_backward = self.latest.is_some_and(|latest| at < latest);
        self.backward += u64::from(is_backward);
        self.latest = self.latest.max(Some(at));
        self.earliest = Some(self.earliest.map_or(at, |earliest| earliest.min(at)));
        if let Some(per) = self.per {
            self.lived.insert(span_end(at, per));
        }
        is_backward
    }

    /// All of it, when the last line was read.
    pub(super) fn finish(
        mut self,
        import: &LogImport,
        clock: &Clock,
        has_keys: bool,
    ) -> Result<Imported, String> {
        if self.matched == 0 {
            return self.quiet(import, clock, has_keys);
        }
        let mut notes = self.notes(clock);
        let rule = clock.rule();
        let series = match &import.reading {
            Reading::Event => Vec::new(),
            Reading::Count { .. } => self.counted(&import.name, &rule, has_keys)?,
            Reading::Value { unit, field } => {
                let series = std::mem::take(&mut self.values)
                    .into_series(&rule, |_| UnitOf { unit: unit.clone(), is_declared: true });
                let without = lacking(&series).map_err(|_| format!("no line has a number in `{field}`"))?;
                notes.extend(without);
                series
            }
        };
        let logs = self.span.map(|span| self.summary(&import.name, span, clock, rule)).into_iter().collect();
        Ok(Imported { series, events: self.events, logs, notes, ..Imported::default() })
    }

    /// A log of which no line counts: nothing happened, as far as it lived.
    fn quiet(mut self, import: &LogImport, clock: &Clock, has_keys: bool) -> Result<Imported, String> {
        let lines = self.unmatched + self.keyless;
        if lines == 0 {
            return Err("has no line".to_owned());
        }
        if self.keyless > 0 {
            return Err(format!("no line has all of the labels, of {lines}"));
        }
        let none = format!("no line matches, of {lines}");
        let is_counted = match &import.reading {
            Reading::Event => false,
            Reading::Count { .. } => true,
            // Where no number was written nobody knows what it would have been.
            Reading::Value { field, .. } => return Err(format!("{none}: there is no number in `{field}`")),
        };
        let span =
            self.earliest.zip(self.latest).filter(|(first, last)| LOGS_SINCE <= *first && first < last);
        let (start, end) = span.ok_or_else(|| match self.yearless {
            true => format!("{none}, and {NO_YEAR}"),
            false => format!("{none}, and their times cover no span: that nothing happened is known only of a log that lived"),
        })?;
        let mut warning = format!("no line of {lines} matches; recorded as quiet from {start} to {end}");
        if self.untimed > 0 {
            warning.push_str(&format!(" ({} without a time)", self.untimed));
        }
        let rule = clock.rule();
        let mut series = Vec::new();
        if is_counted && has_keys {
            warning.push_str(", and no key is known of which 0 could be counted: `--label` says one");
        } else if is_counted {
            let labels = import.labels.clone();
            self.counts.insert(labels, Counts::default());
            series = self.counted(&import.name, &rule, has_keys)?;
        }
        warning.push_str(": is the pattern right?");
        let logs = [self.summary(&import.name, (start, end), clock, rule)].into();
        Ok(Imported { series, logs, warnings: vec![warning], ..Imported::default() })
    }

    /// What the recording keeps of it.
    fn summary(
        &self,
        name: &str,
        (start, end): (Timestamp, Timestamp),
        clock: &Clock,
        time_rule: String,
    ) -> LogSummary {
        LogSummary {
            name: name.to_owned(),
            start,
            end,
            lines: self.matched,
            repeated: self.repeated,
            without_label: self.keyless,
            backward_sorted: self.backward,
            shifted: clock.shifted(),
            time_rule,
        }
    }

    /// How many there were in each span in which the log was alive: since the first of each key, where lines say which there are.
    fn counted(&mut self, name: &str, rule: &str, has_keys: bool) -> Result<Vec<NewSeries>, String> {
        let mut all = Vec::with_capacity(self.counts.len());
        let mut samples_count = 0_usize;
        for (labels, Counts { spans, backward }) in std::mem::take(&mut self.counts) {
            let known = if has_keys { spans.keys().next() } else { self.lived.first() };
            let Some(first) = known.copied() else { continue };
            let sample = |end: &i64| Sample {
                at: Timestamp(*end),
                value: spans.get(end).copied().unwrap_or_default() as f64,
            };
            let samples: Vec<Sample> = self.lived.range(first..).map(sample).collect();
            samples_count += samples.len();
            if samples_count > COUNTS_MAX {
                return Err(format!(
                    "comes to more than {COUNTS_MAX} counts: take a longer span, or fewer labels"
                ));
            }
            all.push(NewSeries {
                name: name.to_owned(),
                labels,
                unit: "1".to_owned(),
                unit_declared: false,
                time_rule: rule.to_owned(),
                samples,
                quality: Quality { backward_sorted: backward, ..Quality::default() },
            });
        }
        Ok(all)
    }

    fn notes(&self, clock: &Clock) -> Vec<String> {
        let lines = |count: u64| if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
        let counts = [
            (self.unmatched, "did not match"),
            (self.keyless, "matched and lacked a label"),
            (self.backward, "stood after a later one"),
            (clock.shifted(), "lay in an hour that the clock skips or repeats"),
        ];
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        let mut notes: Vec<String> = vec![format!("{} matched", lines(self.matched))];
        notes.extend(counts.map(|(count, what)| format!("{} {what}", lines(count))));
        if self.repeated > 0 {
            notes.push(format!("{} more messages were told as repeated", self.repeated));
        }
        notes
    }
}

/// The end of the span that a time lies in: spans are counted from 1970, and their end belongs to them.
fn span_end(at: Timestamp, per: Millis) -> i64 {
    let per = per.0.max(1);
    let back = at.0.rem_euclid(per);
    if back == 0 { at.0 } else { at.0.saturating_sub(back).saturating_add(per) }
}
