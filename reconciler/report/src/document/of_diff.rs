//! An impact diff as a document.

use std::{cmp::Reverse, collections::BTreeMap};

use super::{
    Block, Cell, Document, Fold, Item, Line, Row, Table, Told, difference_line, happening,
    highlights::{first_of, highlights},
    of_report::{self, figures_of, ground_of_recording, not_simulated},
    tables,
};
use crate::{
    Difference, DifferenceKind as Kind, Figures, Gate, ImpactDiff, Pairing, PolicyReport, RecordingSummary,
    Report, SemanticChangeKind, SignalQuality, diff, report::size, times, units,
};

impl Document {
    /// The document of an impact diff; `graph` is a Mermaid picture of what the change can reach.
    pub(crate) fn of_diff(impact: &ImpactDiff, graph: Option<&str>) -> Document {
        let mut folds = vec![differences(impact)];
        folds.extend(incidents(impact));
        folds.push(changes(impact));
        folds.extend(costs(impact));
        folds.extend(detectors(impact));
        folds.extend(of_report::graph(graph));
        folds.push(ground(impact));
        Document {
            subject: "Heal",
            headline: diff::headline(impact),
            about: about(impact),
            notices: notices(impact),
            table: policies(impact),
            footnotes: of_report::footnotes([&impact.base, &impact.head]),
            highlights: highlights(impact),
            folds,
        }
    }
}

fn about(impact: &ImpactDiff) -> Line {
    let side = |line: Line, revision: &str, digest: heal_program::SemanticHash| {
        line.code(revision).text(format!(" (program {})", digest.short()))
    };
    let line = side(Line::of("base "), &impact.base.revision, impact.base.program);
    let line = side(line.text(", head "), &impact.head.revision, impact.head.program);
    line.text(", over ").join(recording_name(&impact.head.recording))
}

fn recording_name(recording: &RecordingSummary) -> Line {
    let span = format!(", {} to {} UTC", times::date(recording.start), times::date(recording.end));
    Line::default().code(&recording.name).text(span)
}

fn notices(impact: &ImpactDiff) -> Vec<Line> {
    let mut notices = Vec::new();
    let loosened: Vec<&Difference> = impact.differences.iter().filter(|d| d.kind == Kind::Loosened).collect();
    let gates = impact.gates_broken.len();
    if !loosened.is_empty() || gates > 0 {
        let mut parts = Vec::new();
        let others = size(loosened.iter().filter(|it| it.other_deed).count());
        let bounds = size(loosened.len()) - others;
        if others > 0 {
            let verb = if others == 1 { "does" } else { "do" };
            parts.push(format!("{} {verb} something else", units::counted(others, "action", "actions")));
        }
        if bounds > 0 {
            let verb = if bounds == 1 { "is" } else { "are" };
            parts.push(format!("{} {verb} loosened", units::counted(bounds, "bound", "bounds")));
        }
        if gates > 0 {
            let verb = if gates == 1 { "is" } else { "are" };
            parts.push(format!("{} {verb} broken", units::counted(size(gates), "gate", "gates")));
        }
        let mut line = Line::default().strong("Needs an owner").text(format!(": {}", parts.join(", and ")));
        let details = loosened.iter().map(|d| Line::default().code(&d.item).text(" ").phrase(&d.detail));
        let broken = impact.gates_broken.iter().map(|broken| {
            let line = if broken.gate == Gate::Themselves {
                Line::of("the gates themselves")
            } else {
                Line::of("gate ").code(broken.gate.name())
            };
            line.text(" ").phrase(&broken.detail)
        });
        let details: Vec<Line> = broken.chain(details).collect();
        line = line.text(": ").join(first_of(details, "; "));
        notices.push(line.text("."));
    }
    let unknown: Vec<&Pairing> = impact.policies.iter().filter(|pair| pair.impact_unknown()).collect();
    if !unknown.is_empty() {
        let count = units::counted(size(unknown.len()), "policy", "policies");
        let line = Line::default().strong("Impact unknown").text(format!(" of {count}: "));
        let reasons = unknown.iter().map(|pair| {
            let why = pair.unknown.as_deref().unwrap_or_default();
            Line::default().code(pair.path()).text(", because ").phrase(why)
        });
        notices.push(line.join(first_of(reasons.collect(), "; ")).text("."));
    }
    let live = impact.unknown_live.iter();
    notices.extend(live.map(|said| Line::default().strong("Unknown live").text(": ").phrase(said).text(".")));
    notices.extend(happening::outside(&impact.head.recording));
    notices
}

fn policies(impact: &ImpactDiff) -> Table {
    let mut rows: Vec<_> = impact.policies.iter().map(|pair| policy(impact, pair)).collect();
    rows.sort_by(|(a, _), (b, _)| a.cmp(b));
    let columns = tables::policy_columns(&impact.head.recording);
    Table { columns, rows: rows.into_iter().map(|(_, row)| row).collect() }
}

/// What hurts first: misses, loosened bounds, the unknown, false alarms, runs, anything else.
type Hurt = (bool, bool, bool, Reverse<i128>, bool, bool, String);

fn policy(impact: &ImpactDiff, pair: &Pairing) -> (Hurt, Row) {
    let before = pair.base.as_deref().and_then(|path| impact.base.policy(path));
    let after = pair.head.as_deref().and_then(|path| impact.head.policy(path));
    let bounds = |kind: Kind| impact.differences.iter().any(|d| d.kind == kind && d.item == pair.path());
    let (loosened, tightened) = (bounds(Kind::Loosened), bounds(Kind::Tightened));
    let mark = match (loosened, tightened) {
        (true, _) => " loosened",
        (false, true) => " tightened",
        (false, false) => "",
    };
    let sides: tables::Sides<'_> =
        (before.map(|policy| &policy.figures), after.map(|policy| &policy.figures));
    let worst = |policy: Option<&PolicyReport>| policy.and_then(|policy| policy.worst_case);
    let labelled = impact.head.recording.incidents_labelled;
    let mut cells = tables::policy(sides, labelled, pair.detection_unknown, pair.unknown.is_some());
    cells.push(tables::worst_case(worst(before), worst(after), mark));

    let number = |figures: Option<&Figures>, of: fn(&Figures) -> u64| i128::from(figures.map_or(0, of));
    let fewer_caught = number(sides.1, |figures| figures.caught) < number(sides.0, |figures| figures.caught);
    let false_alarms =
        |figures: Option<&Figures>| number(figures, |figures| figures.false_alarms.unwrap_or_default());
    let runs_differ = sides.0.map(|figures| figures.runs) != sides.1.map(|figures| figures.runs);
    let (detected, decided) = (!pair.detection_unknown, pair.unknown.is_none());
    let hurt: Hurt = (
        !(detected && fewer_caught),
        !loosened,
        !pair.impact_unknown(),
        // Fewer are no reason to stand behind what did not change.
        Reverse(if detected { (false_alarms(sides.1) - false_alarms(sides.0)).max(0) } else { 0 }),
        !(decided && runs_differ),
        !pair.changed,
        pair.path().to_owned(),
    );
    let shadow = |policy: Option<&PolicyReport>| policy.is_some_and(|policy| policy.shadow);
    let name = name(pair).text(match (before.is_some(), shadow(before), shadow(after)) {
        (_, true, true) | (false, _, true) => " (shadow)",
        (_, true, false) if after.is_some() => " (out of shadow)",
        (true, false, true) => " (into shadow)",
        (_, true, false) => " (shadow)",
        (_, false, _) => "",
    });
    let on_trouble = |path: &Option<String>, report: &Report| {
        path.as_ref().is_some_and(|path| report.rests_on_trouble(path))
    };
    let is_on_trouble = on_trouble(&pair.base, &impact.base) || on_trouble(&pair.head, &impact.head);
    let name = name.text(if is_on_trouble { of_report::TROUBLE_MARK } else { "" });
    (hurt, Row { name, cells })
}

fn costs(impact: &ImpactDiff) -> Option<Fold> {
    let row = |pair: &Pairing| {
        let before = pair.base.as_deref().and_then(|path| impact.base.policy(path));
        let after = pair.head.as_deref().and_then(|path| impact.head.policy(path));
        let sides: tables::Sides<'_> = (before.map(|it| &it.figures), after.map(|it| &it.figures));
        Row { name: name(pair), cells: tables::costs(sides, pair.detection_unknown, pair.unknown.is_some()) }
    };
    let asked = |pair: &Pairing| -> Vec<Item> {
        let before = pair.base.as_deref().and_then(|path| impact.base.policy(path));
        let after = pair.head.as_deref().and_then(|path| impact.head.policy(path));
        let of = |side: &str, policy: Option<&PolicyReport>| {
            let zone = &impact.head.recording.zone;
            policy.map(|policy| of_report::asked(side, policy, zone)).unwrap_or_default()
        };
        let (same, head) = (of("", before), of("", after));
        if same == head { head } else { [of("base: ", before), of("head: ", after)].concat() }
    };
    let asked = impact.policies.iter().flat_map(asked).collect();
    of_report::costs(impact.policies.iter().map(row).collect(), asked)
}

fn name(pair: &Pairing) -> Line {
    let line = Line::default().code(pair.path());
    match (&pair.base, &pair.head) {
        (None, _) => line.text(" (new)"),
        (_, None) => line.text(" (removed)"),
        (Some(before), Some(after)) if before != after => line.text(" (was ").code(before).text(")"),
        (Some(_), Some(_)) => line,
    }
}

fn differences(impact: &ImpactDiff) -> Fold {
    let count = size(impact.differences.len());
    let summary = match count {
        0 => "No difference".to_owned(),
        1 => "The one difference".to_owned(),
        count => format!("All {} differences", units::count(count)),
    };
    let items = impact.differences.iter().map(|difference| {
        let has_incidents = impact.head.recording.has_incidents();
        let told = Told { has_incidents, in_shadow: impact.is_in_shadow(difference) };
        Item { id: Some(difference.id.clone()), line: difference_line(difference, told) }
    });
    Fold { id: "differences", summary, blocks: vec![Block::items(items.collect())] }
}

fn incidents(impact: &ImpactDiff) -> Option<Fold> {
    if impact.incidents.is_empty() {
        return None;
    }
    let rows = impact.incidents.iter().map(|incident| Row {
        name: Line::default().emphasis(&incident.name),
        cells: vec![
            Cell::single(times::interval(incident.start, Some(incident.end))),
            Cell::compared(incident.fate(incident.base), incident.fate(incident.head), ""),
        ],
    });
    let table = Table { columns: vec!["incident", "when", "detection"], rows: rows.collect() };
    let summary = format!("{}, one by one", units::counted(size(table.rows.len()), "incident", "incidents"));
    Some(Fold { id: "incidents", summary, blocks: vec![Block::Table(table)] })
}

fn changes(impact: &ImpactDiff) -> Fold {
    let items = impact.changes.iter().map(|change| {
        let verb = match change.change {
            SemanticChangeKind::Changed => "changed",
            SemanticChangeKind::Added => "added",
            SemanticChangeKind::Removed => "removed",
            SemanticChangeKind::Renamed => "renamed",
        };
        let line = Line::default().strong(verb).text(format!(" {} ", change.kind)).code(&change.path);
        let line = match &change.from {
            Some(from) => line.text(", was ").code(from),
            None => line,
        };
        let details = change.details.iter().map(|it| Line::default().phrase(it)).collect::<Vec<_>>();
        let line = match (change.change, details.is_empty()) {
            (_, false) => line.text(": ").join(first_of(details, "; ")),
            (SemanticChangeKind::Changed, true) => line.text(", in what no phrase says: see the text"),
            (SemanticChangeKind::Added | SemanticChangeKind::Removed | SemanticChangeKind::Renamed, true) => {
                line
            }
        };
        Item { id: None, line }
    });
    let mut items: Vec<Item> = items.collect();
    if items.is_empty() {
        items.push(Item { id: None, line: Line::of("Nothing: both sides mean the same.") });
    }
    let mut blocks = vec![Block::items(items)];
    blocks.extend(impact.sources.iter().map(|source| Block::Code {
        title: Line::default().code(&source.path),
        language: "diff",
        text: super::clean_block(&source.diff),
    }));
    Fold { id: "changes", summary: "What changed in the policies".to_owned(), blocks }
}

/// Detectors that no policy acts on, and those that differ: the table of policies speaks for the rest.
fn detectors(impact: &ImpactDiff) -> Option<Fold> {
    let labelled = impact.head.recording.incidents_labelled;
    let rows = impact.detectors.iter().filter_map(|pair| {
        let before = pair.base.as_deref().and_then(|path| impact.base.detector(path));
        let after = pair.head.as_deref().and_then(|path| impact.head.detector(path));
        let used = after.or(before).is_some_and(|detector| !detector.policies.is_empty());
        let (base, head) = (before.map(|d| figures_of(d, labelled)), after.map(|d| figures_of(d, labelled)));
        if used && base == head && !pair.changed {
            return None;
        }
        let is_event = after.or(before).is_some_and(|detector| detector.is_event);
        let line = name(pair).text(if is_event { ", an event" } else { "" });
        let name = if used { line } else { line.text(", no policy") };
        let sides: tables::Sides<'_> = (base.as_ref(), head.as_ref());
        let cells = tables::detector(sides, labelled, pair.unknown.is_some());
        Some(Row { name, cells })
    });
    let rows: Vec<Row> = rows.collect();
    if rows.is_empty() {
        return None;
    }
    let summary = format!("Detectors that changed or that no policy acts on: {}", rows.len());
    let table = Table { columns: tables::DETECTOR_COLUMNS.into(), rows };
    Some(Fold { id: "detectors", summary, blocks: vec![Block::Table(table)] })
}

/// How well the signals of either side were recorded, each once, with the policies of both.
fn quality_of(impact: &ImpactDiff) -> Vec<SignalQuality> {
    let mut all: BTreeMap<&str, SignalQuality> = BTreeMap::new();
    for quality in impact.base.quality.iter().chain(&impact.head.quality) {
        let known = all.entry(&quality.signal).or_insert_with(|| quality.clone());
        known.policies.extend(quality.policies.iter().cloned());
        known.policies.sort();
        known.policies.dedup();
    }
    all.into_values().collect()
}

fn ground(impact: &ImpactDiff) -> Fold {
    let mut items = ground_of_recording(&impact.head.recording);
    items.extend(quality_of(impact).iter().map(of_report::quality));
    let unused = impact.head.recording.incidents.len().saturating_sub(impact.incidents.len());
    if unused > 0 {
        let many = units::counted(size(unused), "incident concerns", "incidents concern");
        items.push(Item {
            id: None,
            line: Line::of(format!("{many} no policy that is known on both sides.")),
        });
    }
    let (of_base, of_head) =
        (of_report::outcomes(&impact.base, "base"), of_report::outcomes(&impact.head, "head"));
    items.extend(of_base.into_iter().chain(of_head));
    for (side, report) in [("base", &impact.base), ("head", &impact.head)] {
        if side == "base" && impact.base.not_simulated == impact.head.not_simulated {
            continue;
        }
        let both = impact.base.not_simulated == impact.head.not_simulated;
        items.extend(not_simulated(report, if both { "" } else { side }));
    }
    for (side, report) in [("base", &impact.base), ("head", &impact.head)] {
        let notes = report.notes.iter();
        items.extend(notes.map(|note| Item { id: None, line: Line::of(format!("{side}: ")).phrase(note) }));
    }
    let versions = format!(
        "Heal {}, base program {}, head program {}, result {}.",
        env!("CARGO_PKG_VERSION"),
        impact.base.program.short(),
        impact.head.program.short(),
        impact.result.short()
    );
    items.push(Item { id: None, line: Line::of(versions) });
    Fold { id: "ground", summary: "What this rests on".to_owned(), blocks: vec![Block::items(items)] }
}
