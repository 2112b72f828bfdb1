//! What the samples of a recording say about their quality, and what recurs in it: for people, and as JSON.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{aligned, grouped};
use crate::labels::series_text;
use crate::{
    Flaws, LogSummary, OutcomeTally, Recording, Recurring, SeriesEntry, UnitJump, recurring, tally_outcomes,
};

/// How many incidents are shown that recur.
const SHOWN_MAX: usize = 20;

/// What the samples say about their quality, and which incidents recur, in lines; nothing where there is nothing to say.
#[must_use]
pub fn describe_inspection(recording: &Recording, flaws: &[Flaws]) -> String {
    let mut text = String::new();
    let entries = recording.manifest.series.iter().zip(flaws);
    let rows: Vec<[String; 2]> = entries
        .filter_map(|(entry, flaws)| Some([series_text(&entry.name, &entry.labels), flaws_text(flaws)?]))
        .collect();
    if !rows.is_empty() {
        text.push_str(&format!("\nworth a look\n{}\n", aligned(rows)));
    }
    let incidents: Vec<Recurring> = recurring(recording).into_iter().filter(|one| !one.is_alert).collect();
    if incidents.iter().any(|one| one.occurrences.len() > 1) {
        let header = ["name", "times", "minutes"].map(str::to_owned);
        let rows = incidents
            .iter()
            .take(SHOWN_MAX)
            .map(|one| [one.name.clone(), grouped(one.occurrences.len() as u64), grouped(minutes(one))]);
        let rows = std::iter::once(header).chain(rows).collect();
        text.push_str(&format!("\nrecurring incidents\n{}\n", aligned(rows)));
        if let Some(more) = incidents.len().checked_sub(SHOWN_MAX).filter(|more| *more > 0) {
            text.push_str(&format!("  and {more} more\n"));
        }
    }
    text
}

/// All that is worth knowing about a recording, as JSON.
#[must_use]
pub fn describe_json(recording: &Recording, flaws: &[Flaws]) -> String {
    let manifest = &recording.manifest;
    let series = manifest.series.iter().zip(flaws).map(|(entry, flaws)| series_json(entry, flaws));
    let incidents = recording.incidents.iter().map(|incident| {
        json!({
            "name": incident.name,
            "start": incident.start.to_string(),
            "end": incident.end.to_string(),
            "labels": incident.labels,
        })
    });
    let ranked = recurring(recording);
    let ranked = ranked.iter().map(|one| {
        json!({
            "name": one.name,
            "kind": if one.is_alert { "alert" } else { "incident" },
            "count": one.occurrences.len(),
            "minutes": minutes(one),
            "labels": one.labels,
        })
    });
    let value = json!({
        "version": 1,
        "name": manifest.name,
        "description": manifest.description,
        "origin": manifest.origin,
        "digest": recording.digest(),
        "start": manifest.start.to_string(),
        "end": manifest.end.to_string(),
        "series": series.collect::<Vec<Value>>(),
        "incidents": incidents.collect::<Vec<Value>>(),
        "recurring": ranked.collect::<Vec<Value>>(),
        "outcomes": tally_outcomes(&recording.outcomes).iter().map(outcomes_json).collect::<Vec<Value>>(),
        "logs": manifest.logs.iter().map(log_json).collect::<Vec<Value>>(),
        "events": recording.events.len(),
        "lived": super::entities::tallies(&recording.entities).iter().map(super::entities::Tally::json)
            .collect::<Vec<Value>>(),
        "inventory": recording.inventory.len(),
        "entities": super::inventory::counts(&recording.inventory).iter().map(super::inventory::Counts::json)
            .collect::<Vec<Value>>(),
    });
    // A value made here always has a JSON form.
    serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
}

fn outcomes_json(tally: &OutcomeTally) -> Value {
    let counts: BTreeMap<&str, u64> =
        tally.counts.iter().map(|(verdict, count)| (verdict.word(), *count)).collect();
    json!({
        "item": tally.item,
        "count": tally.count(),
        "outcomes": counts,
        "first": tally.first.to_string(),
        "last": tally.last.to_string(),
    })
}

fn log_json(log: &LogSummary) -> Value {
    json!({
        "name": log.name,
        "start": log.start.to_string(),
        "end": log.end.to_string(),
        "lines": log.lines,
        "repeated": log.repeated,
        "without_label": log.without_label,
        "backward_sorted": log.backward_sorted,
        "shifted": log.shifted,
        "time_rule": log.time_rule,
    })
}

fn series_json(entry: &SeriesEntry, flaws: &Flaws) -> Value {
    let quality = &entry.quality;
    let jumps =
        flaws.unit_jumps.iter().map(|jump| json!({ "at": jump.at.to_string(), "factor": jump.factor }));
    json!({
        "name": entry.name,
        "labels": entry.labels,
        "unit": entry.unit,
        "unit_declared": entry.unit_declared,
        "time_rule": entry.time_rule,
        "interval_ms": entry.interval.map(|interval| interval.0),
        "samples": entry.samples,
        "quality": {
            "missing": quality.missing,
            "non_finite": quality.non_finite,
            "repeated_dropped": quality.repeated_dropped,
            "backward_sorted": quality.backward_sorted,
            "gaps": quality.gaps,
            "longest_gap_ms": quality.longest_gap.map(|gap| gap.0),
            "constant": flaws.is_constant,
            "flat": flaws.flat,
            "longest_flat_ms": flaws.longest_flat.map(|flat| flat.0),
            "unit_jumps": jumps.collect::<Vec<Value>>(),
        },
    })
}

fn flaws_text(flaws: &Flaws) -> Option<String> {
    let mut parts = Vec::new();
    if flaws.is_constant {
        parts.push("never changes".to_owned());
    }
    if let Some(longest) = flaws.longest_flat {
        let stretches = if flaws.flat == 1 {
            "1 flat stretch".to_owned()
        } else {
            format!("{} flat stretches", flaws.flat)
        };
        parts.push(format!("{stretches}, the longest {longest}"));
    }
    let jump = |jump: &UnitJump| {
        let by = if jump.factor > 1.0 {
            format!("{} times", jump.factor)
        } else {
            format!("1/{}", (1.0 / jump.factor).round())
        };
        format!("from {} on {by} as much: another unit?", jump.at)
    };
    parts.extend(flaws.unit_jumps.iter().map(jump));
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn minutes(one: &Recurring) -> u64 {
    (one.length().0.unsigned_abs() + 30_000) / 60_000
}
