//! What reports say about telemetry, read from a recording and the programs that ran over it.

use std::collections::{BTreeMap, btree_map::Entry};

use heal_engine::Labels;
use heal_program::Program;
use heal_report::{Samples, Shown, SignalSamples, Telemetry};
use heal_simulator::feeds;
use heal_telemetry::{Recording, SeriesEntry, series_text};

/// The telemetry that `programs` ran over: what was recorded, how well, and where the samples of every signal they have
/// are. None of them is read.
#[must_use]
pub fn telemetry_of(recording: &Recording, environment: Option<&str>, programs: &[&Program]) -> Telemetry {
    let manifest = &recording.manifest;
    let samples_count = manifest.series.iter().map(|entry| entry.samples).sum();
    Telemetry {
        recording: manifest.name.clone(),
        environment: environment.unwrap_or_default().to_owned(),
        start: recording.start(),
        end: recording.end(),
        series_count: manifest.series.len() as u64,
        samples_count,
        samples_expected: samples_expected(recording),
        gaps_count: manifest.series.iter().map(|entry| entry.quality.gaps).sum(),
        incidents_labelled: !recording.incidents.is_empty(),
        incidents: recording.incidents.clone(),
        signals: signals(recording, programs),
        notes: manifest.series.iter().flat_map(notes).collect(),
    }
}

/// How many samples there would be had every series one at each of its steps.
fn samples_expected(recording: &Recording) -> Option<u64> {
    let series = recording.series.iter().zip(&recording.manifest.series);
    series
        .map(|(series, entry)| {
            let (first, last) = series.span()?;
            let steps = last.since(first).0.checked_div(entry.interval?.0)?;
            Some(u64::try_from(steps).ok()?.saturating_add(1).max(entry.samples))
        })
        .sum()
}

/// What a reader should know of a series before believing a number made from it.
fn notes(entry: &SeriesEntry) -> Vec<String> {
    let name = series_text(&entry.name, &entry.labels);
    let mut notes = Vec::new();
    if entry.unit_declared {
        notes.push(format!(
            "{name}: the unit {} was declared at import, its source does not state one",
            entry.unit
        ));
    }
    let quality = &entry.quality;
    let longest = quality.longest_gap.map(|gap| format!(", the longest {gap}")).unwrap_or_default();
    let single = quality.longest_gap.map(|gap| format!("gap of {gap}")).unwrap_or_default();
    let several = format!("gaps{longest}");
    for (count, one, more) in [
        (quality.gaps, single.as_str(), several.as_str()),
        (
            quality.repeated_dropped,
            "row at a repeated time was left out",
            "rows at a repeated time were left out",
        ),
        (
            quality.backward_sorted,
            "row stood out of order and was sorted",
            "rows stood out of order and were sorted",
        ),
        (quality.missing, "row had no value", "rows had no value"),
        (
            quality.non_finite,
            "value was no finite number and was left out",
            "values were no finite numbers and were left out",
        ),
    ] {
        match count {
            0 => {}
            1 => notes.push(format!("{name}: 1 {one}")),
            _ => notes.push(format!("{name}: {count} {more}")),
        }
    }
    notes
}

/// The signals of all programs, each signal and key once, in the unit that the signal names.
fn signals(recording: &Recording, programs: &[&Program]) -> Vec<SignalSamples> {
    let mut signals: BTreeMap<(String, Labels), SignalSamples> = BTreeMap::new();
    for program in programs {
        for feed in feeds(program, recording) {
            let Some(signal) = program.signal(feed.signal) else { continue };
            let labels: Labels = signal.keys.iter().cloned().zip(feed.key.iter().cloned()).collect();
            let Entry::Vacant(entry) = signals.entry((signal.head.path.clone(), labels.clone())) else {
                continue;
            };
            let shown = match (&signal.unit, feed.converted_from) {
                (None, _) => Shown::InBaseUnit(feed.conversion),
                // A signal that names the unit of the recording reads its numbers as they are.
                (Some(_), None) => Shown::AsRecorded,
                (Some(_), Some(_)) => {
                    Shown::InUnit { conversion: feed.conversion, scale: signal.scale, offset: signal.offset }
                }
            };
            entry.insert(SignalSamples {
                signal: signal.head.path.clone(),
                labels,
                unit: heal_report::display_unit(signal),
                samples: Samples::Recorded { series: feed.series.clone(), shown },
            });
        }
    }
    signals.into_values().collect()
}
