//! Cells of the tables that reports and diffs share.

use std::collections::{BTreeMap, BTreeSet};

use heal_program::Millis;

use super::Cell;
use crate::{Figures, Range, RecordingSummary, Withholding, WorstCase, units};

/// What stands where there is nothing to say.
const NOTHING: &str = "–";
/// What stands where nothing can be said.
const UNKNOWN: &str = "unknown";

/// Headings of the table of policies.
pub(super) fn policy_columns(recording: &RecordingSummary) -> Vec<&'static str> {
    vec![
        "policy",
        "caught",
        "time to detect",
        false_alarms_heading(recording),
        "plans started¹",
        "withheld",
        "worst case",
    ]
}

/// Headings of the table of detectors.
pub(super) const DETECTOR_COLUMNS: [&str; 5] =
    ["detector", "caught", "time to detect", "false alarms", "firings"];

/// Where a recording has no incident a firing is no false alarm yet.
fn false_alarms_heading(recording: &RecordingSummary) -> &'static str {
    if recording.incidents_labelled && recording.incidents.is_empty() {
        "firings (no incidents labelled)"
    } else {
        "false alarms"
    }
}

/// One side of a row: none where the item is not there.
pub(super) type Sides<'a> = (Option<&'a Figures>, Option<&'a Figures>);

/// The cells of a policy but its worst case; what cannot be told says so.
pub(super) fn policy(sides: Sides<'_>, labelled: bool, detection_unknown: bool, unknown: bool) -> Vec<Cell> {
    let told = |unknown: bool, cell: Cell| if unknown { Cell::single(UNKNOWN) } else { cell };
    vec![
        told(detection_unknown, caught(sides, labelled)),
        told(detection_unknown, time_to_detect(sides)),
        told(detection_unknown, false_alarms(sides)),
        told(unknown, runs(sides)),
        told(unknown, withheld(sides)),
    ]
}

/// The cells of a detector.
pub(super) fn detector(sides: Sides<'_>, labelled: bool, unknown: bool) -> Vec<Cell> {
    let cells = vec![caught(sides, labelled), time_to_detect(sides), false_alarms(sides), firings(sides)];
    if unknown { vec![Cell::single(UNKNOWN); cells.len()] } else { cells }
}

/// `4 → 5 of 6`
fn caught((base, head): Sides<'_>, labelled: bool) -> Cell {
    let text = |figures: Option<&Figures>| match figures {
        Some(figures) if labelled && figures.incidents > 0 => {
            format!("{} of {}", figures.caught, figures.incidents)
        }
        Some(_) | None => NOTHING.to_owned(),
    };
    match (base, head) {
        (Some(base), Some(head)) if labelled && base.incidents == head.incidents && head.incidents > 0 => {
            let after = format!(" of {}", head.incidents);
            Cell::compared(base.caught.to_string(), head.caught.to_string(), after)
        }
        (base, head) => Cell::compared(text(base), text(head), ""),
    }
}

/// `11m → 7m`
fn time_to_detect((base, head): Sides<'_>) -> Cell {
    let text = |figures: Option<&Figures>| {
        figures
            .and_then(|figures| figures.median_time_to_detect)
            .map_or(NOTHING.to_owned(), |time: Millis| time.to_string())
    };
    Cell::compared(text(base), text(head), "")
}

/// `1 → 2`
fn false_alarms((base, head): Sides<'_>) -> Cell {
    let text = |figures: Option<&Figures>| {
        figures.and_then(|figures| figures.false_alarms).map_or(NOTHING.to_owned(), units::count)
    };
    Cell::compared(text(base), text(head), "")
}

/// `9 → 12..14`
fn runs((base, head): Sides<'_>) -> Cell {
    let text =
        |figures: Option<&Figures>| figures.map_or(NOTHING.to_owned(), |figures| figures.runs.to_string());
    Cell::compared(text(base), text(head), "")
}

/// `120 → 40`
fn firings((base, head): Sides<'_>) -> Cell {
    let text = |figures: Option<&Figures>| {
        figures.map_or(NOTHING.to_owned(), |figures| units::count(figures.firings))
    };
    Cell::compared(text(base), text(head), "")
}

/// `2 → 3 cooldown`, or with each guard's share where there are several.
fn withheld((base, head): Sides<'_>) -> Cell {
    let guards: BTreeSet<Withholding> =
        base.into_iter().chain(head).flat_map(|figures| figures.withheld.keys().copied()).collect();
    match (guards.first(), guards.len()) {
        (Some(guard), 1) => {
            let text = |figures: Option<&Figures>| {
                figures.map_or(NOTHING.to_owned(), |figures| figures.withheld_count().to_string())
            };
            Cell::compared(text(base), text(head), format!(" {guard}"))
        }
        (Some(_) | None, _) => {
            let text = |figures: Option<&Figures>| {
                figures
                    .map_or(NOTHING.to_owned(), |figures| shares(&figures.withheld, figures.withheld_count()))
            };
            Cell::compared(text(base), text(head), "")
        }
    }
}

/// Headings of the table of what policies cost.
pub(super) const COST_COLUMNS: [&str; 7] =
    ["policy", "actions¹", "in one minute", "approvals", "pages", "flapping", "time to repair (recorded)"];

/// The cells of what a policy costs.
pub(super) fn costs(sides: Sides<'_>, detection_unknown: bool, unknown: bool) -> Vec<Cell> {
    let told = |unknown: bool, cell: Cell| if unknown { Cell::single(UNKNOWN) } else { cell };
    let range = |of: fn(&Figures) -> Range| {
        let text = |figures: Option<&Figures>| figures.map_or(NOTHING.to_owned(), |it| of(it).to_string());
        Cell::compared(text(sides.0), text(sides.1), "")
    };
    let flapping = |figures: Option<&Figures>| {
        figures.map_or(NOTHING.to_owned(), |figures| units::count(figures.flapping))
    };
    vec![
        told(unknown, range(|figures| figures.actions)),
        told(unknown, range(|figures| figures.actions_in_worst_minute)),
        told(unknown, range(|figures| figures.approvals)),
        told(unknown, range(|figures| figures.escalations)),
        told(detection_unknown, Cell::compared(flapping(sides.0), flapping(sides.1), "")),
        told(unknown, Cell::compared(repair(sides.0), repair(sides.1), "")),
    ]
}

/// `12m (1h 5m)`
fn repair(figures: Option<&Figures>) -> String {
    let times = figures.and_then(|it| it.median_time_to_repair.zip(it.median_time_recorded));
    times.map_or(NOTHING.to_owned(), |(repaired, recorded)| format!("{repaired} ({recorded})"))
}

/// `6/h → 10/h loosened`
pub(super) fn worst_case(base: Option<WorstCase>, head: Option<WorstCase>, mark: &str) -> Cell {
    let text = |case: Option<WorstCase>| case.map_or(NOTHING.to_owned(), |case| case.to_string());
    Cell::compared(text(base), text(head), mark)
}

fn shares(withheld: &BTreeMap<Withholding, Range>, total: Range) -> String {
    let parts: Vec<String> = withheld.iter().map(|(guard, count)| format!("{count} {guard}")).collect();
    match parts.as_slice() {
        [] => "0".to_owned(),
        [one] => one.clone(),
        _ => format!("{total} ({})", parts.join(", ")),
    }
}
