//! A report of one side as a document, and the parts that it shares with an impact diff.

use std::collections::BTreeMap;

use heal_engine::Labels;
use heal_program::{Millis, Timestamp};

use super::{Block, Cell, Document, Fold, Item, Line, Row, Table, happening, tables};
use crate::{
    ApprovalRequest, DetectorReport, Figures, IncidentSummary, Kept, Listed, LocalZone, PolicyReport,
    RecordingSummary, Report, SignalQuality,
    incidents::median,
    listed::FIRST_MAX,
    readings::key_text,
    report::size,
    times, units,
    verdicts::{self, Verdicts},
};

/// What stands at a policy that rests on a signal which was not recorded well.
pub(super) const TROUBLE_MARK: &str = "²";

/// So many policies are named that rely on a signal.
const POLICIES_SHOWN_MAX: usize = 5;

impl Document {
    /// The document of a report, for one who shows the first `shown` of all that happened; none: all of it.
    pub(crate) fn of_report(report: &Report, graph: Option<&str>, shown: Option<usize>) -> Document {
        let mut folds = vec![happenings(report, shown)];
        folds.extend(incidents(report));
        folds.extend(costs_of(report));
        folds.extend(detectors(report));
        folds.extend(self::graph(graph));
        folds.push(ground(report));
        Document {
            subject: "Heal",
            headline: headline(report),
            about: about(report),
            notices: notices(report),
            table: policies(report),
            footnotes: footnotes([report]),
            highlights: Vec::new(),
            folds,
        }
    }
}

/// `catches 5 of 6 incidents, 7 min in at the median, with 2 false alarms and 12 runs in 30 days`
fn headline(report: &Report) -> Line {
    let totals = &report.totals;
    let length = times::span(&report.recording);
    let detected = report.policies.iter().any(|policy| !policy.detection_unknown);
    let decided = report.policies.iter().any(|policy| policy.unknown.is_none());
    if !detected {
        if report.policies.is_empty() {
            return Line::of(format!("has no policy, and so does nothing in {length}"));
        }
        let line = Line::of("cannot know what any policy would do");
        return match report.policies.iter().find_map(|policy| policy.unknown.as_deref()) {
            Some(why) => line.text(": ").phrase(why),
            None => line,
        };
    }
    let mut parts = Vec::new();
    let labelled = report.recording.incidents_labelled;
    let quiet = labelled && report.recording.incidents.is_empty();
    if let Some(count) = totals.false_alarms.filter(|_| !quiet) {
        parts.push(units::counted(count, "false alarm", "false alarms"));
    }
    if decided {
        let noun = if totals.runs.max == 1 { "run" } else { "runs" };
        parts.push(format!("{} {noun} of plans", totals.runs));
    }
    let mut line = Line::default();
    if totals.incidents > 0 && labelled {
        let incidents = units::counted(totals.incidents, "incident", "incidents");
        line = line.text(format!("catches {} of {incidents}", totals.caught));
        if let Some(time) = totals.median_time_to_detect {
            line = match time {
                Millis::ZERO => line.text(", already firing at the median"),
                time => line.text(format!(", {} in at the median", times::spoken(time))),
            };
        }
    } else {
        line = line.text(format!("sees {}", units::counted(totals.firings, "firing", "firings")));
        let outside = !report.recording.incidents_outside.is_empty();
        line = line.text(match (quiet, outside) {
            (true, true) => " (no incident in the recording)",
            (true, false) => " (no incidents labelled)",
            (false, _) => "",
        });
    }
    if !parts.is_empty() {
        line = line.text(format!(", with {}", parts.join(" and ")));
    }
    let line = line.text(format!(" in {length}")).text(in_shadow(report)).text(perhaps(report));
    match size(report.policies.iter().filter(|policy| policy.unknown.is_some()).count()) {
        0 => line,
        unknown => {
            let policies = units::counted(unknown, "policy", "policies");
            line.text(format!("; cannot know what {policies} would start"))
        }
    }
}

/// The incidents of which nobody knows whether they were caught; empty where there are none.
fn perhaps(report: &Report) -> String {
    let count = size(report.undecided_incidents().len());
    if count == 0 {
        return String::new();
    }
    format!("; cannot know whether {} caught", units::counted(count, "incident is", "incidents are"))
}

/// What policies in shadow would have done; empty where they would have done nothing.
fn in_shadow(report: &Report) -> String {
    let own = report.policies.iter().filter(|policy| policy.shadow && policy.unknown.is_none());
    let (runs, pages) = own.fold((0, 0), |(runs, pages), policy| {
        (runs + policy.figures.runs.max, pages + policy.figures.escalations.max)
    });
    let counts = [(runs, "run", "runs"), (pages, "page", "pages")];
    let parts: Vec<String> = counts
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| units::counted(*count, one, many))
        .collect();
    if parts.is_empty() { String::new() } else { format!("; in shadow {}", parts.join(" and ")) }
}

fn about(report: &Report) -> Line {
    let recording = &report.recording;
    let span = format!(", {} to {} UTC", times::date(recording.start), times::date(recording.end));
    let line =
        Line::default().code(&report.revision).text(format!(" (program {}), over ", report.program.short()));
    line.code(&recording.name).text(span)
}

fn notices(report: &Report) -> Vec<Line> {
    let unknown = report.policies.iter().filter(|policy| policy.unknown.is_some());
    let unknown = unknown.map(|policy| {
        let why = policy.unknown.as_deref().unwrap_or_default();
        Line::default()
            .strong("Unknown")
            .text(": ")
            .code(&policy.path)
            .text(", because ")
            .phrase(why)
            .text(".")
    });
    unknown.chain(happening::outside(&report.recording)).collect()
}

fn policies(report: &Report) -> Table {
    let labelled = report.recording.incidents_labelled;
    let rows = report.policies.iter().map(|policy| Row {
        name: Line::default()
            .code(&policy.path)
            .text(if policy.shadow { " (shadow)" } else { "" })
            .text(if report.rests_on_trouble(&policy.path) { TROUBLE_MARK } else { "" }),
        cells: policy_cells(policy, labelled),
    });
    Table { columns: tables::policy_columns(&report.recording), rows: rows.collect() }
}

fn policy_cells(policy: &PolicyReport, labelled: bool) -> Vec<Cell> {
    let sides: tables::Sides<'_> = (Some(&policy.figures), Some(&policy.figures));
    let mut cells = tables::policy(sides, labelled, policy.detection_unknown, policy.unknown.is_some());
    cells.push(tables::worst_case(policy.worst_case, policy.worst_case, ""));
    cells
}

/// What happened, in order of time. There can be very much of it: what is not shown has no words.
fn happenings(report: &Report, shown: Option<usize>) -> Fold {
    let mut items = Vec::new();
    let mut count = 0;
    for detector in report.detectors.iter().filter(|detector| detector.unknown.is_none()) {
        count += detector.firings.len();
        items.extend(first(&detector.firings, shown).iter().map(|firing| {
            let line = happening::firing(detector, firing, &report.recording);
            (firing.start, Item { id: Some(firing.id.short()), line })
        }));
    }
    for policy in report.policies.iter().filter(|policy| policy.unknown.is_none()) {
        let PolicyReport { runs, withheld, approvals, escalations, .. } = policy;
        count += runs.len() + withheld.len() + approvals.len() + escalations.len();
        items.extend(of_policy(policy, shown));
    }
    // What is among the first of all is among the first of its own list.
    items.sort_by_key(|(at, _)| *at);
    items.truncate(shown.unwrap_or(usize::MAX));
    let summary = match size(count) {
        0 if report.policies.iter().any(|policy| policy.unknown.is_some()) => {
            "Nothing happened that is known".to_owned()
        }
        0 => "Nothing happened".to_owned(),
        count => format!("Everything that happened: {}", units::counted(count, "event", "events")),
    };
    let more = count.saturating_sub(items.len());
    let items = items.into_iter().map(|(_, item)| item).collect();
    Fold { id: "events", summary, blocks: vec![Block::Items { items, more }] }
}

/// The first few of a list, or all.
fn first<T: Kept>(list: &Listed<T>, shown: Option<usize>) -> &[T] {
    let all = if shown.is_some_and(|shown| shown <= FIRST_MAX) { list.first() } else { list };
    all.get(..shown.unwrap_or(usize::MAX).min(all.len())).unwrap_or_default()
}

fn of_policy(policy: &PolicyReport, shown: Option<usize>) -> Vec<(Timestamp, Item)> {
    let shadow = if policy.shadow { "in shadow: " } else { "" };
    let mut items = Vec::new();
    items.extend(first(&policy.runs, shown).iter().map(|run| {
        let what = if run.is_revert { "revert" } else { "run" };
        let line = Line::of(shadow).strong(what).text(" ").code(&policy.path).text(" ").code(&run.plan);
        let line = line.text(format!(" {}", times::instant(run.start)));
        let actions: Vec<&str> = run.actions.iter().map(|action| action.summary.as_str()).collect();
        let line = if actions.is_empty() { line } else { line.text(format!(": {}", actions.join(", "))) };
        let line = match verdicts::said_of(run) {
            Some(said) => line.text("; ").phrase(&said),
            None => line,
        };
        (run.start, Item { id: Some(run.id.short()), line })
    }));
    items.extend(first(&policy.withheld, shown).iter().map(|held| {
        let line =
            Line::of(shadow).strong("withheld").text(" ").code(&policy.path).text(" ").code(&held.plan);
        let line = with_key(line, &held.labels);
        let line = line.text(format!(" {}: ", times::instant(held.at))).phrase(&held.reason);
        (held.at, Item { id: Some(held.id.short()), line })
    }));
    items.extend(first(&policy.approvals, shown).iter().map(|request| {
        let line = happening::approval(&policy.path, request, shadow);
        (request.at, Item { id: Some(request.id.short()), line })
    }));
    items.extend(first(&policy.escalations, shown).iter().map(|escalation| {
        let line = with_key(Line::of(shadow).strong("page").text(" ").code(&policy.path), &escalation.labels);
        let line = line.text(format!(" {}: ", times::instant(escalation.at))).phrase(&escalation.reason);
        (escalation.at, Item { id: Some(escalation.id.short()), line })
    }));
    items
}

/// Whose firing it is about.
fn with_key(line: Line, labels: &Labels) -> Line {
    let key = key_text(labels);
    if key.is_empty() { line } else { line.text(" ").code(key) }
}

fn incidents(report: &Report) -> Option<Fold> {
    let row = |incident: &IncidentSummary, fate: String| Row {
        name: Line::default().emphasis(&incident.name),
        cells: vec![Cell::single(times::interval(incident.start, Some(incident.end))), Cell::single(fate)],
    };
    let rows = report.fates().into_iter().map(|(incident, fate)| row(incident, fate));
    let outside = report.recording.incidents_outside.iter();
    let rows = rows.chain(outside.map(|incident| row(incident, "outside the recording".to_owned())));
    let table = Table { columns: vec!["incident", "when", "detection"], rows: rows.collect() };
    if table.rows.is_empty() {
        return None;
    }
    let summary = format!("{}, one by one", units::counted(size(table.rows.len()), "incident", "incidents"));
    Some(Fold { id: "incidents", summary, blocks: vec![Block::Table(table)] })
}

/// What the policies cost, and what they bring in time.
pub(super) fn costs(rows: Vec<Row>, asked: Vec<Item>) -> Option<Fold> {
    if rows.is_empty() {
        return None;
    }
    let table = Table { columns: tables::COST_COLUMNS.into(), rows };
    let summary = "Actions, approvals, pages and time to repair".to_owned();
    let mut blocks = vec![Block::Table(table)];
    if !asked.is_empty() {
        blocks.push(Block::items(asked));
    }
    Some(Fold { id: "costs", summary, blocks })
}

/// Whom a policy would have asked, for how long and at what local hours: who is on call wants to know.
pub(super) fn asked(side: &str, policy: &PolicyReport, zone: &LocalZone) -> Vec<Item> {
    let mut by_team: BTreeMap<&str, Vec<&ApprovalRequest>> = BTreeMap::new();
    for request in policy.approvals.iter().filter(|_| policy.unknown.is_none()) {
        by_team.entry(&request.team).or_default().push(request);
    }
    let item = |(team, requests): (&str, Vec<&ApprovalRequest>)| {
        let open = |request: &&ApprovalRequest| request.ended_at.unwrap_or(request.until).since(request.at);
        let open = median(requests.iter().map(open).collect()).unwrap_or(Millis::ZERO);
        let mut hours: BTreeMap<i64, u64> = BTreeMap::new();
        requests.iter().for_each(|request| *hours.entry(zone.hour(request.at)).or_default() += 1);
        let hours: Vec<String> = hours
            .into_iter()
            .map(
                |(hour, count)| {
                    if count == 1 { format!("{hour:02}h") } else { format!("{hour:02}h ({count})") }
                },
            )
            .collect();
        let line = Line::of(side).code(&policy.path).text(" would have asked ").code(team);
        let times = units::counted(size(requests.len()), "time", "times");
        let often = if requests.len() == 1 { "open" } else { "at the median open" };
        let line = line.text(format!(" {times}, {often} {open}, at {} {}", hours.join(", "), zone.name()));
        Item { id: None, line }
    };
    by_team.into_iter().map(item).collect()
}

fn costs_of(report: &Report) -> Option<Fold> {
    let row = |policy: &PolicyReport| {
        let sides: tables::Sides<'_> = (Some(&policy.figures), Some(&policy.figures));
        let cells = tables::costs(sides, policy.detection_unknown, policy.unknown.is_some());
        Row { name: Line::default().code(&policy.path), cells }
    };
    let zone = &report.recording.zone;
    let asked = report.policies.iter().flat_map(|policy| asked("", policy, zone)).collect();
    costs(report.policies.iter().map(row).collect(), asked)
}

fn detectors(report: &Report) -> Option<Fold> {
    let labelled = report.recording.incidents_labelled;
    let rows = report.detectors.iter().map(|detector| {
        let line = Line::default().code(&detector.path);
        let line = if detector.is_event { line.text(", an event") } else { line };
        let name = if detector.policies.is_empty() { line.text(", no policy") } else { line };
        let figures = figures_of(detector, labelled);
        let sides: tables::Sides<'_> = (Some(&figures), Some(&figures));
        Row { name, cells: tables::detector(sides, labelled, detector.unknown.is_some()) }
    });
    let table = Table { columns: tables::DETECTOR_COLUMNS.into(), rows: rows.collect() };
    if table.rows.is_empty() {
        return None;
    }
    Some(Fold { id: "detectors", summary: "Detectors".to_owned(), blocks: vec![Block::Table(table)] })
}

/// The figures of a detector by itself.
pub(super) fn figures_of(detector: &DetectorReport, labelled: bool) -> Figures {
    Figures {
        incidents: detector.score.incidents,
        caught: size(detector.score.caught.len()),
        median_time_to_detect: detector.score.median_time_to_detect,
        firings: size(detector.firings.len()),
        false_alarms: labelled.then(|| size(detector.score.false_alarms.len())),
        ..Figures::default()
    }
}

/// What the table's marks mean.
pub(super) fn footnotes<'a>(reports: impl IntoIterator<Item = &'a Report>) -> Vec<Line> {
    let reports: Vec<&Report> = reports.into_iter().collect();
    let of = |report: &Report| {
        let Figures { runs, actions, escalations, .. } = &report.totals;
        [runs, actions, escalations].into_iter().any(|range| range.min != range.max)
    };
    let ranges = reports.iter().any(|report| of(report));
    let asks = reports.iter().any(|report| report.totals.approvals.max > 0);
    let unanswered = "Nobody answers a request for approval in a simulation: each waits as long as it may, and then \
                      people are told.";
    let line = "¹ as if every action succeeded, because a recording does not answer to actions";
    let range = "; a range from every verification passing to every one failing";
    let mut notes = vec![Line::of(line).phrase(if ranges { range } else { "" }).text(".")];
    let sides = reports.iter().zip(["base: ", "head: "]);
    notes.extend(sides.filter_map(|(report, side)| {
        let said = Verdicts::of(report).text()?;
        Some(Line::of(match reports.len() {
            0 | 1 => format!("{}.", said.replacen("of", "Of", 1)),
            _ => format!("{side}{said}."),
        }))
    }));
    let rests_on_trouble =
        |report: &&Report| report.policies.iter().any(|it| report.rests_on_trouble(&it.path));
    if reports.iter().any(rests_on_trouble) {
        notes.push(Line::of("² reads a signal that was not recorded well: see “What this rests on”."));
    }
    notes.extend(asks.then(|| Line::of(unanswered)));
    notes
}

/// The picture of what a change can reach.
pub(super) fn graph(graph: Option<&str>) -> Option<Fold> {
    let text = super::clean_block(graph?);
    let block = Block::Code { title: Line::default(), language: "mermaid", text };
    Some(Fold { id: "graph", summary: "Graph of what the change can reach".to_owned(), blocks: vec![block] })
}

fn ground(report: &Report) -> Fold {
    let mut items = ground_of_recording(&report.recording);
    items.extend(report.quality.iter().map(quality));
    items.extend(outcomes(report, ""));
    items.extend(not_simulated(report, ""));
    items.extend(report.notes.iter().map(|note| Item { id: None, line: Line::default().phrase(note) }));
    let (version, program, result) =
        (env!("CARGO_PKG_VERSION"), report.program.short(), report.result.short());
    let line = Line::of(format!("Heal {version}, program {program}, result {result}."));
    items.push(Item { id: None, line });
    Fold { id: "ground", summary: "What this rests on".to_owned(), blocks: vec![Block::items(items)] }
}

/// The recording and its quality.
pub(super) fn ground_of_recording(recording: &RecordingSummary) -> Vec<Item> {
    let share = match recording.samples_expected {
        Some(expected) if expected > 0 => {
            // Rounded down: not one that is missing is taken for there.
            let tenths = u128::from(recording.samples_count) * 1_000 / u128::from(expected);
            let share = tenths as f64 / 10.0;
            format!(
                "{} of {} expected samples ({share:.1}%)",
                units::count(recording.samples_count),
                units::count(expected)
            )
        }
        Some(_) | None => units::counted(recording.samples_count, "sample", "samples"),
    };
    let line = Line::of("recording ").code(&recording.name).text(format!(
        ": {}, {}, {share}, {}, {} to {}",
        times::length(recording.start, recording.end),
        units::counted(recording.series_count, "series", "series"),
        units::counted(recording.gaps_count, "gap", "gaps"),
        times::instant(recording.start),
        times::instant(recording.end),
    ));
    let incidents = if recording.incidents_labelled {
        let count = units::counted(size(recording.incidents.len()), "incident is", "incidents are");
        let ground = if recording.incidents.is_empty() && !recording.incidents_outside.is_empty() {
            "all that are lie outside the recording, and no firing can be told to be a false alarm"
        } else if recording.incidents.is_empty() {
            "no firing can be told to be a false alarm, and all are counted as firings"
        } else {
            "a firing in none of them counts as a false alarm"
        };
        format!("{count} labelled; {ground}")
    } else {
        "nobody labelled the incidents: neither catches nor false alarms can be told".to_owned()
    };
    let mut items = vec![Item { id: None, line }, Item { id: None, line: Line::of(incidents) }];
    items.extend(recording.notes.iter().map(|note| Item { id: None, line: Line::default().phrase(note) }));
    items
}

/// How well a signal was recorded, and who relies on it.
pub(super) fn quality(quality: &SignalQuality) -> Item {
    let line = Line::of("signal ").code(&quality.signal).text(": ").phrase(&quality.text());
    let shown = quality.policies.iter().take(POLICIES_SHOWN_MAX).enumerate();
    let line = shown.fold(line, |line, (position, path)| {
        line.text(if position == 0 { "; relied on by " } else { ", " }).code(path)
    });
    let more = quality.policies.len().saturating_sub(POLICIES_SHOWN_MAX);
    let line = if more > 0 { line.text(format!(" and {more} more")) } else { line };
    Item { id: None, line }
}

/// What was really done while the recording was made, and how much of it decided anything.
pub(super) fn outcomes(report: &Report, side: &str) -> Vec<Item> {
    if report.outcomes.is_empty() {
        return Vec::new();
    }
    let side = if side.is_empty() { String::new() } else { format!("{side}: ") };
    let of_all = Verdicts::of(report).text();
    let of_all = of_all.unwrap_or_else(|| "no verification is decided by recorded outcomes".to_owned());
    let mut items = vec![Item { id: None, line: Line::of(side.clone()).text(of_all) }];
    items.extend(report.outcomes.iter().map(|outcomes| {
        let line = Line::of(side.clone()).text("recorded outcomes of ").code(&outcomes.item);
        Item { id: None, line: line.text(": ").phrase(&outcomes.text()) }
    }));
    items
}

/// What could not be simulated, and what is unknown for it.
pub(super) fn not_simulated(report: &Report, side: &str) -> Vec<Item> {
    let lines = report.not_simulated.iter().map(|missing| {
        let line = if side.is_empty() { Line::default() } else { Line::of(format!("{side}: ")) };
        let line =
            line.text("not simulated: ").code(&missing.item).text(", because ").phrase(&missing.reason);
        let more = missing.downstream.len().saturating_sub(5);
        let line = missing.downstream.iter().take(5).enumerate().fold(line, |line, (position, path)| {
            line.text(if position == 0 { ", so " } else { ", " }).code(path)
        });
        let line = if more > 0 { line.text(format!(" and {more} more")) } else { line };
        let verb = if missing.downstream.len() == 1 { " is " } else { " are " };
        if missing.downstream.is_empty() { line } else { line.text(verb).strong("unknown") }
    });
    lines.map(|line| Item { id: None, line }).collect()
}
