//! A recording as text for people.

mod entities;
mod inspection;
mod inventory;
#[cfg(test)]
mod tests;

pub use inspection::{describe_inspection, describe_json};

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::error::RecordingError;
use crate::labels::{printable, series_text};
use crate::library::Listed;
use crate::order::{gaps_of, interval_of};
use crate::{
    LogSummary, Manifest, NewSeries, OutcomeTally, Quality, Recording, RecurringAlert, SeriesEntry,
    recurring_alerts, tally_outcomes,
};

/// How many of the recurring alerts are shown.
const ALERTS_SHOWN_MAX: usize = 20;

/// All that is worth knowing about a recording, in lines.
#[must_use]
pub fn describe(recording: &Recording) -> String {
    let manifest = &recording.manifest;
    let mut text = String::new();
    push(&mut text, &headline(manifest));
    push(
        &mut text,
        &format!("  {} to {} ({})", manifest.start, manifest.end, manifest.end.since(manifest.start)),
    );
    if !manifest.description.is_empty() {
        push(&mut text, &format!("  {}", manifest.description));
    }
    if !manifest.origin.is_empty() {
        push(&mut text, &format!("  origin: {}", manifest.origin));
    }
    push(&mut text, &format!("  digest: {}", recording.digest()));
    if !manifest.series.is_empty() {
        push(&mut text, "\nseries");
        let header = ["name", "unit", "samples", "every", "quality"].map(str::to_owned);
        let rows = std::iter::once(header).chain(manifest.series.iter().map(series_row));
        push(&mut text, &aligned(rows.collect()));
        push_time_rules(&mut text, &manifest.series);
    }
    if !recording.incidents.is_empty() {
        push(&mut text, "\nincidents");
        let rows = recording.incidents.iter().map(|incident| {
            let length = incident.end.since(incident.start).to_string();
            let labels: Vec<String> =
                incident.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
            [incident.name.clone(), labels.join(", "), incident.start.to_string(), length]
        });
        push(&mut text, &aligned(rows.collect()));
    }
    push_outcomes(&mut text, &tally_outcomes(&recording.outcomes));
    push_logs(&mut text, &manifest.logs);
    push_alerts(&mut text, &recurring_alerts(&recording.events));
    push_inventory(&mut text, recording);
    push_entities(&mut text, recording);
    push(
        &mut text,
        &format!("\n{} events, {} rows of inventory", recording.events.len(), recording.inventory.len()),
    );
    text
}

/// A series that is about to be recorded, in a line. Its gaps are counted here, as they will be when it is recorded.
#[must_use]
pub fn describe_series(series: &NewSeries) -> String {
    let name = series_text(&series.name, &series.labels);
    let interval = interval_of(&series.samples);
    let (gaps, longest_gap) = interval.map_or((0, None), |interval| gaps_of(&series.samples, interval));
    let quality = quality_text(&Quality { gaps, longest_gap, ..series.quality });
    let text =
        format!("{name} in {}: {} samples, {quality}", series.unit, grouped(series.samples.len() as u64));
    printable(&text).into_owned()
}

/// A list of recordings, a line each.
#[must_use]
pub fn describe_list(listed: &[Listed]) -> String {
    if listed.is_empty() {
        return "no recordings\n".to_owned();
    }
    let rows = listed.iter().map(|listed| {
        let text = match &listed.manifest {
            Ok(manifest) => {
                let span = manifest.end.since(manifest.start);
                format!("{}, {} to {} ({span})", headline(manifest), manifest.start, manifest.end)
            }
            Err(error @ (RecordingError::Missing { .. } | RecordingError::Malformed { .. })) => {
                format!("damaged: {error}")
            }
            Err(error) => error.to_string(),
        };
        [listed.folder.display().to_string(), text]
    });
    aligned(rows.collect()) + "\n"
}

fn headline(manifest: &Manifest) -> String {
    let samples: u64 = manifest.series.iter().map(|series| series.samples).sum();
    let outcomes = match manifest.outcomes_count() {
        0 => String::new(),
        1 => ", 1 outcome".to_owned(),
        many => format!(", {} outcomes", grouped(many)),
    };
    let entities = match manifest.entities_count() {
        0 => String::new(),
        1 => ", 1 row of entities".to_owned(),
        many => format!(", {} rows of entities", grouped(many)),
    };
    format!(
        "{}: {} series, {} samples{outcomes}{entities}",
        manifest.name,
        manifest.series.len(),
        grouped(samples)
    )
}

/// How times were read: once if it is the same for all series, else with their names.
fn push_time_rules(text: &mut String, series: &[SeriesEntry]) {
    let mut names_by_rule: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for entry in series {
        names_by_rule.entry(&entry.time_rule).or_default().insert(&entry.name);
    }
    for (rule, names) in &names_by_rule {
        let names: Vec<&str> = names.iter().copied().collect();
        let of = if names_by_rule.len() == 1 { String::new() } else { format!(" of {}", names.join(", ")) };
        push(text, &format!("  times{of}: {rule}"));
    }
}

/// What was really done, and how often it ended how.
fn push_outcomes(text: &mut String, tallies: &[OutcomeTally]) {
    if tallies.is_empty() {
        return;
    }
    push(text, "\noutcomes");
    let header = ["plan or action", "runs", "outcomes", "first", "last"].map(str::to_owned);
    let rows = tallies.iter().map(|tally| {
        [
            tally.item.clone(),
            grouped(tally.count()),
            outcomes_text(tally),
            tally.first.to_string(),
            tally.last.to_string(),
        ]
    });
    push(text, &aligned(std::iter::once(header).chain(rows).collect()));
}

/// How often something ended how: `3 passed, 1 step failed`.
#[must_use]
pub fn outcomes_text(tally: &OutcomeTally) -> String {
    let counts =
        tally.counts.iter().map(|(verdict, count)| format!("{} {}", grouped(*count), verdict.text()));
    counts.collect::<Vec<_>>().join(", ")
}

/// What logs came to, and what was put right in them.
fn push_logs(text: &mut String, logs: &BTreeSet<LogSummary>) {
    if logs.is_empty() {
        return;
    }
    push(text, "\nlogs");
    let header = ["name", "lines", "from", "to", "quality"].map(str::to_owned);
    let rows = logs.iter().map(|log| {
        let counts = [
            (log.repeated, "told as repeated"),
            (log.without_label, "without a label, left out"),
            (log.backward_sorted, "backward, sorted"),
            (log.shifted, "in an hour that the clock skips or repeats"),
        ];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let counts: Vec<String> = counts.map(|(count, what)| format!("{} {what}", grouped(*count))).collect();
        let sound = if log.lines == 0 { "quiet" } else { "complete" };
        let quality = if counts.is_empty() { sound.to_owned() } else { counts.join("; ") };
        [log.name.clone(), grouped(log.lines), log.start.to_string(), log.end.to_string(), quality]
    });
    push(text, &aligned(std::iter::once(header).chain(rows).collect()));
    for rule in logs.iter().map(|log| &log.time_rule).collect::<BTreeSet<_>>() {
        push(text, &format!("  times: {rule}"));
    }
}

/// The alerts that recur, most often first.
fn push_alerts(text: &mut String, alerts: &[RecurringAlert]) {
    if alerts.is_empty() {
        return;
    }
    push(text, "\nalerts");
    let header = ["name", "severity", "times", "minutes"].map(str::to_owned);
    let rows = alerts.iter().take(ALERTS_SHOWN_MAX).map(|alert| {
        let shown = |label: &str| if label.is_empty() { "-".to_owned() } else { label.to_owned() };
        let minutes = (alert.firing.0.unsigned_abs() + 30_000) / 60_000;
        [shown(&alert.name), shown(&alert.severity), grouped(alert.count), grouped(minutes)]
    });
    push(text, &aligned(std::iter::once(header).chain(rows).collect()));
    let hidden = alerts.len().saturating_sub(ALERTS_SHOWN_MAX);
    if hidden > 0 {
        push(text, &format!("  and {hidden} more"));
    }
}

/// What entities were.
fn push_entities(text: &mut String, recording: &Recording) {
    if recording.entities.is_empty() {
        return;
    }
    push(text, "\nwhat entities were");
    let header = ["entity", "key", "fields", "entities", "rows"].map(str::to_owned);
    let tallies = entities::tallies(&recording.entities);
    push(text, &aligned([header].into_iter().chain(tallies.iter().map(entities::Tally::row)).collect()));
}

/// How many entities lived.
fn push_inventory(text: &mut String, recording: &Recording) {
    if recording.inventory.is_empty() {
        return;
    }
    push(text, "\ninventory");
    let header = ["entity", "by", "groups", "live"].map(str::to_owned);
    let counts = inventory::counts(&recording.inventory);
    let rows = counts.iter().map(inventory::Counts::row);
    push(text, &aligned(std::iter::once(header).chain(rows).collect()));
}

fn series_row(series: &SeriesEntry) -> [String; 5] {
    let declared = if series.unit_declared { " (declared)" } else { "" };
    [
        series_text(&series.name, &series.labels),
        format!("{}{declared}", series.unit),
        grouped(series.samples),
        series.interval.map_or_else(|| "-".to_owned(), |interval| interval.to_string()),
        quality_text(&series.quality),
    ]
}

fn quality_text(quality: &Quality) -> String {
    let gaps = match quality.longest_gap {
        Some(longest) if quality.gaps == 1 => format!("1 gap of {longest}"),
        Some(longest) => format!("{} gaps, the longest {longest}", quality.gaps),
        None => String::new(),
    };
    let counts = [
        (quality.missing, "missing"),
        (quality.non_finite, "not finite"),
        (quality.repeated_dropped, "repeated, dropped"),
        (quality.backward_sorted, "backward, sorted"),
        (quality.shifted, "in an hour that the clock skips or repeats"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    let parts: Vec<String> = counts.chain(Some(gaps).filter(|gaps| !gaps.is_empty())).collect();
    if parts.is_empty() { "complete".to_owned() } else { parts.join("; ") }
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Rows in columns, two blanks apart and indented by two.
fn aligned<const N: usize>(rows: Vec<[String; N]>) -> String {
    let rows: Vec<[String; N]> =
        rows.into_iter().map(|row| row.map(|cell| printable(&cell).into_owned())).collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let lines = rows.iter().map(|row| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("  {cell:width$}"));
        cells.collect::<String>().trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn push(text: &mut String, line: &str) {
    for line in line.split('\n') {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", printable(line));
    }
}
