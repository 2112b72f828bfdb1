//! What reports say about telemetry, read from a recording and the programs that ran over it.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use heal_engine::Labels;
use heal_program::Program;
use heal_report::{LocalZone, Samples, Shown, SignalQuality, SignalSamples, Telemetry, UnitJump};
use heal_simulator::feeds;
use heal_telemetry::{Flaws, Quality, Recording, SeriesEntry, SeriesId, series_text};

/// The telemetry that `programs` ran over: what was recorded, how well, and where the samples of every signal they have
/// are. None of them is read.
#[must_use]
pub fn telemetry_of(recording: &Recording, environment: Option<&str>, programs: &[&Program]) -> Telemetry {
    let manifest = &recording.manifest;
    let samples_count = manifest.series.iter().map(|entry| entry.samples).sum();
    Telemetry {
        recording: manifest.name.clone(),
        environment: environment.unwrap_or_default().to_owned(),
        // The package says it, and not the recording.
        zone: LocalZone::default(),
        start: recording.start(),
        end: recording.end(),
        series_count: manifest.series.len() as u64,
        samples_count,
        samples_expected: samples_expected(recording),
        gaps_count: manifest.series.iter().map(|entry| entry.quality.gaps).sum(),
        incidents_labelled: !recording.incidents.is_empty(),
        incidents: recording.incidents.clone(),
        outcomes: recording.outcomes.clone(),
        labels: recording.labels(),
        signals: signals(recording, programs),
        quality: quality(recording, programs),
        notes: notes(&manifest.series),
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

/// What a reader should know of the series before believing a number made from them, beside how well they were
/// recorded. What is true of several of one name is said once.
fn notes(entries: &[SeriesEntry]) -> Vec<String> {
    let mut order: Vec<(&str, String)> = Vec::new();
    let mut told: BTreeMap<(&str, String), Vec<String>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.unit_declared) {
        let note = format!("the unit {} was declared at import, its source does not state one", entry.unit);
        let of_note = told.entry((&entry.name, note.clone())).or_default();
        if of_note.is_empty() {
            order.push((&entry.name, note));
        }
        of_note.push(series_text(&entry.name, &entry.labels));
    }
    let line = |(name, note): (&str, String)| {
        let of_note = told.get(&(name, note.clone())).map(Vec::as_slice).unwrap_or_default();
        match of_note {
            [only] => format!("{only}: {note}"),
            several => format!("{name} ({} series): {note}", several.len()),
        }
    };
    order.into_iter().map(line).collect()
}

/// How well was recorded what each signal of the programs reads: what the manifest says of its series, added up.
fn quality(recording: &Recording, programs: &[&Program]) -> Vec<SignalQuality> {
    let mut series: BTreeMap<&str, BTreeSet<SeriesId>> = BTreeMap::new();
    for program in programs {
        for feed in feeds(program, recording) {
            if let Some(signal) = program.signal(feed.signal) {
                series.entry(&signal.head.path).or_default().insert(feed.series.id);
            }
        }
    }
    let all = series.into_iter().map(|(signal, ids)| {
        let mut all = SignalQuality { signal: signal.to_owned(), ..SignalQuality::default() };
        for id in ids {
            let series = usize::try_from(id.0).ok().and_then(|at| recording.series.get(at));
            let Some((series, entry)) = series.zip(recording.manifest.entry(id)) else { continue };
            let mut flaws = entry.flaws.clone();
            flaws.unit_jumps.retain(|jump| !recording.is_of_incident(series, jump.at));
            add(&mut all, entry, &flaws);
        }
        all.unit_jumps.sort_by_key(|jump| (jump.at, jump.factor.to_bits()));
        all
    });
    all.collect()
}

fn add(all: &mut SignalQuality, entry: &SeriesEntry, flaws: &Flaws) {
    let Quality { missing, non_finite, repeated_dropped, backward_sorted, gaps, longest_gap, .. } =
        entry.quality;
    let Flaws { is_constant, flat, longest_flat, unit_jumps } = flaws;
    all.series += 1;
    // Times in an hour that a clock repeats were read as people meant them, and a part of a series is none the worse.
    let quality = Quality { shifted: 0, part_of: None, ..entry.quality };
    let is_complete = quality == Quality::default() && *flaws == Flaws::default();
    all.series_in_trouble += u64::from(!is_complete);
    all.gaps += gaps;
    all.longest_gap = all.longest_gap.max(longest_gap);
    all.repeated += repeated_dropped;
    all.out_of_order += backward_sorted;
    all.missing += missing;
    all.non_finite += non_finite;
    all.constant += u64::from(*is_constant);
    all.flat += flat;
    all.longest_flat = all.longest_flat.max(*longest_flat);
    all.unit_jumps.extend(unit_jumps.iter().map(|jump| UnitJump { at: jump.at, factor: jump.factor }));
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
