//! An impact diff as a document.

use std::{cmp::Reverse, collections::BTreeSet};

use heal_program::Millis;

use super::{Block, Cell, Document, Fold, Item, Line, Row, Table, difference_line, tables, wording::shift};
use crate::{
    DetectorReport, Difference, DifferenceKind as Kind, Figures, Firing, ImpactDiff, Pairing, PolicyReport,
    RecordingSummary, SemanticChangeKind, diff,
    document::of_report::{self, figures_of, ground_of_recording, not_simulated},
    readings::key_text,
    report::size,
    times, units,
};

/// Highlights of one kind before the rest is counted.
const HIGHLIGHTS_MAX: usize = 3;

impl Document {
    /// The document of an impact diff; `graph` is a Mermaid picture of what the change can reach.
    pub(crate) fn of_diff(impact: &ImpactDiff, graph: Option<&str>) -> Document {
        let mut folds = vec![differences(impact)];
        folds.extend(incidents(impact));
        folds.push(changes(impact));
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
        if !loosened.is_empty() {
            let count = size(loosened.len());
            let verb = if count == 1 { "is" } else { "are" };
            parts.push(format!("{} {verb} loosened", units::counted(count, "bound", "bounds")));
        }
        if gates > 0 {
            let verb = if gates == 1 { "is" } else { "are" };
            parts.push(format!("{} {verb} broken", units::counted(size(gates), "gate", "gates")));
        }
        let mut line = Line::default().strong("Needs an owner").text(format!(": {}", parts.join(", and ")));
        let details = loosened.iter().map(|d| Line::default().code(&d.item).text(" ").phrase(&d.detail));
        let broken = impact.gates_broken.iter().map(|broken| {
            let line = Line::of("gate ").code(&broken.gate);
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
    notices
}

/// The first few, and how many more.
fn first_of(lines: Vec<Line>, separator: &str) -> Line {
    let more = lines.len().saturating_sub(HIGHLIGHTS_MAX);
    let shown = lines.into_iter().take(HIGHLIGHTS_MAX).enumerate();
    let line =
        shown.fold(
            Line::default(),
            |line, (position, part)| {
                if position == 0 { part } else { line.text(separator).join(part) }
            },
        );
    if more > 0 { line.text(format!("{separator}and {more} more")) } else { line }
}

fn policies(impact: &ImpactDiff) -> Table {
    let mut rows: Vec<_> = impact.policies.iter().map(|pair| policy(impact, pair)).collect();
    rows.sort_by(|(a, _), (b, _)| a.cmp(b));
    Table { columns: tables::POLICY_COLUMNS.into(), rows: rows.into_iter().map(|(_, row)| row).collect() }
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
    let mut cells = if pair.unknown.is_some() {
        unknown_cells(5)
    } else {
        vec![
            tables::caught(sides, impact.head.recording.incidents_labelled),
            tables::time_to_detect(sides),
            tables::false_alarms(sides),
            tables::runs(sides),
            tables::withheld(sides),
        ]
    };
    cells.push(tables::worst_case(worst(before), worst(after), mark));

    let number = |figures: Option<&Figures>, of: fn(&Figures) -> u64| i128::from(figures.map_or(0, of));
    let fewer_caught = number(sides.1, |figures| figures.caught) < number(sides.0, |figures| figures.caught);
    let false_alarms =
        |figures: Option<&Figures>| number(figures, |figures| figures.false_alarms.unwrap_or_default());
    let runs_differ = sides.0.map(|figures| figures.runs) != sides.1.map(|figures| figures.runs);
    let known = pair.unknown.is_none();
    let hurt: Hurt = (
        !(known && fewer_caught),
        !loosened,
        !pair.impact_unknown(),
        Reverse(if known { false_alarms(sides.1) - false_alarms(sides.0) } else { 0 }),
        !(known && runs_differ),
        !pair.changed,
        pair.path().to_owned(),
    );
    (hurt, Row { name: name(pair), cells })
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

fn unknown_cells(count: usize) -> Vec<Cell> {
    vec![Cell::single("unknown"); count]
}

fn highlights(impact: &ImpactDiff) -> Vec<Line> {
    let mut lines = Vec::new();
    let of = |kind: Kind| impact.differences.iter().filter(move |difference| difference.kind == kind);
    push_first(&mut lines, of(Kind::IncidentMissed), "lost", |difference| lost(impact, difference));
    push_first(&mut lines, of(Kind::FalseAlarmAdded), "new false alarms", |difference| {
        false_alarm(impact, difference)
    });
    push_first(&mut lines, of(Kind::IncidentCaught), "gained", |difference| gained(impact, difference));
    push_first(&mut lines, of(Kind::IncidentEarlier), "detected earlier", |difference| {
        gained(impact, difference)
    });
    let mut last = Line::default();
    if impact.count(Kind::IncidentMissed) == 0 && impact.counted.base.incidents > 0 {
        last = last.strong("Lost").text(" none.");
    }
    if impact.counted.head.approvals > 0 || impact.counted.base.approvals > 0 {
        let line = waited(impact);
        last = if last.is_empty() { line } else { last.text(" ").join(line) };
    }
    if !last.is_empty() {
        lines.push(last);
    }
    lines
}

fn push_first<'a>(
    lines: &mut Vec<Line>,
    differences: impl Iterator<Item = &'a Difference>,
    what: &str,
    line: impl Fn(&Difference) -> Line,
) {
    let differences: Vec<&Difference> = differences.collect();
    lines.extend(differences.iter().take(HIGHLIGHTS_MAX).map(|difference| line(difference)));
    if let Some(more) = differences.len().checked_sub(HIGHLIGHTS_MAX).filter(|more| *more > 0) {
        lines.push(Line::of(format!("and {more} more {what}.")));
    }
}

fn lost(impact: &ImpactDiff, difference: &Difference) -> Line {
    let mut line = Line::default().strong("Lost").text(" ").emphasis(&difference.item);
    if let Some(at) = difference.at {
        line = line.text(format!(" of {}", times::instant(at)));
    }
    match first_catch(impact, &difference.item, true) {
        Some((detector, firing, time)) => {
            let line = line.text(format!(": base fired {time} into it, ")).code(&detector.path);
            with_key(line, firing).text(", on ").join(readings(firing)).text("; head does not fire in it.")
        }
        None => line.text(": base caught it, head does not fire in it."),
    }
}

fn gained(impact: &ImpactDiff, difference: &Difference) -> Line {
    let word = if difference.kind == Kind::IncidentCaught { "Gained" } else { "Earlier" };
    let line = Line::default().strong(word);
    let Some((detector, firing, time)) = first_catch(impact, &difference.item, false) else {
        return line.text(" ").emphasis(&difference.item).text(".");
    };
    let line = line.text(format!(" {} ", times::instant(firing.start))).code(&detector.path);
    let line = with_key(line, firing).text(format!(", {time} into ")).emphasis(&difference.item);
    let line = line.text(": ").join(readings(firing));
    match (difference.later_by, first_catch(impact, &difference.item, true)) {
        (Some(by), Some((_, before, _))) => {
            let by = shift(Millis(by.0.saturating_neg()));
            line.text(format!("; base fired {by} on ")).join(readings(before)).text(".")
        }
        (_, _) => line.text("; base missed it."),
    }
}

fn false_alarm(impact: &ImpactDiff, difference: &Difference) -> Line {
    let line = Line::default().strong("New false alarm");
    let found = difference.head.as_ref().and_then(|moment| {
        let firings = impact.head.detectors.iter().flat_map(|detector| &detector.firings);
        firings.into_iter().find(|firing| firing.id == moment.id)
    });
    let Some(firing) = found else { return line.text(" ").code(&difference.item) };
    let line = line.text(format!(" {} ", times::instant(firing.start))).code(&difference.item);
    let line = with_key(line, firing).text(": ").join(readings(firing));
    let line = match firing.end {
        Some(end) => line.text(format!("; it ended by itself after {}", end.since(firing.start))),
        None => line.text("; it still fired when the recording ended"),
    };
    match nearest_incident(impact, firing) {
        Some(away) => line.text(format!("; no incident within {}.", times::at_least(away))),
        None => line.text("; the recording has no incident."),
    }
}

/// How far the next labelled incident is, whatever its labels: further than it every claim would be too strong.
fn nearest_incident(impact: &ImpactDiff, firing: &Firing) -> Option<Millis> {
    let recording = &impact.head.recording;
    let end = firing.end.unwrap_or(recording.end);
    let distances = recording
        .incidents
        .iter()
        .map(|incident| incident.start.since(end).max(firing.start.since(incident.end)).max(Millis::ZERO));
    // An incident at hand that its labels exclude is none of this firing's; then nothing is said of others either.
    distances.filter(|away| *away > Millis::ZERO).min()
}

fn waited(impact: &ImpactDiff) -> Line {
    let (before, after) = (impact.counted.base.approvals, impact.counted.head.approvals);
    let line = Line::default().strong("Would have waited for a person");
    let line = if before == after {
        line.text(format!(" {}", units::counted(after, "time", "times")))
    } else {
        line.text(format!(" {before} → ")).strong(after.to_string()).text(" times")
    };
    let known: BTreeSet<&str> = impact.known_policies().filter_map(|pair| pair.head.as_deref()).collect();
    let policies = impact.head.policies.iter().filter(|policy| known.contains(policy.path.as_str()));
    let mut requests: Vec<_> = policies.flat_map(|policy| &policy.approvals).collect();
    requests.sort_by_key(|request| (Reverse(request.at), request.id));
    let shown = requests.first().map(|request| {
        let until = request.ended_at.unwrap_or(request.until);
        let ended = request.outcome.as_deref().unwrap_or("not answered");
        let asked = format!(", last {} {}, ", times::weekday(request.at), times::instant(request.at));
        let line = Line::of(asked).code(&request.team);
        line.text(format!(", until {}, ", times::clock(until))).phrase(ended)
    });
    line.join(shown.unwrap_or_default()).text(".")
}

fn with_key(line: Line, firing: &Firing) -> Line {
    let key = key_text(&firing.labels);
    if key.is_empty() { line } else { line.text(" ").code(key) }
}

/// What a firing's condition read, at most three parts.
fn readings(firing: &Firing) -> Line {
    let parts = firing.readings.iter().take(HIGHLIGHTS_MAX);
    let lines: Vec<Line> = parts
        .map(|reading| Line::default().code(&reading.expression).text(" ").text(&reading.text))
        .collect();
    if lines.is_empty() { Line::of("its condition") } else { first_of(lines, ", ") }
}

/// The first firing of a counted detector in an incident, with the time to detect.
fn first_catch<'a>(
    impact: &'a ImpactDiff,
    incident: &str,
    in_base: bool,
) -> Option<(&'a DetectorReport, &'a Firing, Millis)> {
    let report = if in_base { &impact.base } else { &impact.head };
    let paths = impact
        .known_policies()
        .filter_map(|pair| if in_base { pair.base.as_deref() } else { pair.head.as_deref() });
    let used: BTreeSet<&str> =
        paths.filter_map(|path| report.policy(path)).map(|policy| policy.detector.as_str()).collect();
    let catches = report.detectors.iter().filter(|detector| used.contains(detector.path.as_str())).flat_map(
        |detector| {
            let own = detector.score.caught.iter().filter(|catch| catch.incident == incident);
            own.map(move |catch| (detector, catch))
        },
    );
    let (detector, catch) = catches.min_by_key(|(detector, catch)| (catch.time_to_detect, &detector.path))?;
    let firing = detector.firings.iter().find(|firing| firing.id == catch.firing)?;
    Some((detector, firing, catch.time_to_detect))
}

fn differences(impact: &ImpactDiff) -> Fold {
    let count = size(impact.differences.len());
    let summary = match count {
        0 => "No difference".to_owned(),
        1 => "The one difference".to_owned(),
        count => format!("All {} differences", units::count(count)),
    };
    let items = impact
        .differences
        .iter()
        .map(|difference| Item { id: Some(difference.id.clone()), line: difference_line(difference) });
    Fold { id: "differences", summary, blocks: vec![Block::Items(items.collect())] }
}

fn incidents(impact: &ImpactDiff) -> Option<Fold> {
    if impact.incidents.is_empty() {
        return None;
    }
    let text = |time: Option<Millis>| time.map_or("missed".to_owned(), |time| format!("caught after {time}"));
    let rows = impact.incidents.iter().map(|incident| Row {
        name: Line::default().emphasis(&incident.name),
        cells: vec![
            Cell::single(times::interval(incident.start, Some(incident.end))),
            Cell::compared(text(incident.base), text(incident.head), ""),
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
        let details = change.details.iter().map(Line::of).collect::<Vec<_>>();
        let line = match (change.change, details.is_empty()) {
            (_, false) => line.text(": ").join(first_of(details, "; ")),
            (SemanticChangeKind::Changed, true) => line.text(", through what it reads or calls"),
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
    let mut blocks = vec![Block::Items(items)];
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
        let line = name(pair);
        let name = if used { line } else { line.text(", no policy") };
        let sides: tables::Sides<'_> = (base.as_ref(), head.as_ref());
        let cells = if pair.unknown.is_some() {
            unknown_cells(4)
        } else {
            vec![
                tables::caught(sides, labelled),
                tables::time_to_detect(sides),
                tables::false_alarms(sides),
                tables::firings(sides),
            ]
        };
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

fn ground(impact: &ImpactDiff) -> Fold {
    let mut items = ground_of_recording(&impact.head.recording);
    let unused = impact.head.recording.incidents.len().saturating_sub(impact.incidents.len());
    if unused > 0 {
        let many = units::counted(size(unused), "incident concerns", "incidents concern");
        items.push(Item {
            id: None,
            line: Line::of(format!("{many} no policy that is known on both sides.")),
        });
    }
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
    Fold { id: "ground", summary: "What this rests on".to_owned(), blocks: vec![Block::Items(items)] }
}
