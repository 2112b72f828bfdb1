//! Which strips a page shows, and what stands in them.

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::Labels;
use heal_program::{Millis, SemanticHash, Timestamp};

use super::{
    axis,
    downsample::downsample,
    strip::{Badge, Bar, CloseUp, Lane, Mark, MarkShape, Shade, Strip, Strips, ThresholdLine, Which},
};
use crate::{
    DetectorReport, Difference, DifferenceKind as Kind, ImpactDiff, PolicyReport, Report, SignalSamples,
    Telemetry, Withholding,
    document::{clean, difference_line},
    incidents::compatible,
    readings::{key_text, series_id},
    times, units,
};

/// Strips of a page: each takes some tens of kilobytes.
const STRIPS_MAX: usize = 12;
/// Bars and marks of a strip; those that differ come first.
const SHAPES_MAX: usize = 160;
/// Badges of a strip.
const BADGES_MAX: usize = 60;
/// What is shown around a difference at least.
const FOCUS_MIN: Millis = Millis::from_minutes(60);
/// An incident that begins no longer than this before a difference is shown from its beginning.
const INCIDENT_LEAD_MAX: Millis = Millis::from_minutes(6 * 60);
/// Close-ups of a strip, and of a page: each takes some ten kilobytes.
const CLOSE_UPS_MAX: usize = 4;
const CLOSE_UPS_PAGE_MAX: usize = 16;

/// Strips of everything that differs, what hurts most first.
pub(crate) fn strips_of_diff(diff: &ImpactDiff, telemetry: &Telemetry) -> Strips {
    let mut wanted = Wanted::default();
    for difference in diff.differences.iter().filter(|difference| difference.at.is_some()) {
        for detector in detectors_of(diff, difference) {
            wanted.add(telemetry, detector, &difference.labels);
        }
    }
    let fates: BTreeMap<&str, String> = diff
        .incidents
        .iter()
        .map(|incident| {
            let text = |time: Option<Millis>| {
                time.map_or("missed".to_owned(), |time| format!("caught after {time}"))
            };
            let fate = match (incident.base, incident.head) {
                (Some(base), Some(head)) if base != head => format!("caught after {base} → {head}"),
                (base, head) if base == head => text(head),
                (base, head) => format!("{} → {}", text(base), text(head)),
            };
            (incident.name.as_str(), fate)
        })
        .collect();
    let page = Page {
        sides: vec![(Which::Base, &diff.base), (Which::Head, &diff.head)],
        pairs: diff.detectors.iter().map(|pair| (pair.base.as_deref(), pair.head.as_deref())).collect(),
        differences: &diff.differences,
        fates,
    };
    page.strips(wanted, telemetry)
}

/// Strips of everything that fired.
pub(crate) fn strips_of_report(report: &Report, telemetry: &Telemetry) -> Strips {
    let mut wanted = Wanted::default();
    let mut detectors: Vec<&DetectorReport> = report.detectors.iter().collect();
    detectors.sort_by_key(|detector| (detector.policies.is_empty(), &detector.path));
    for detector in detectors {
        for firing in &detector.firings {
            wanted.add(telemetry, detector, &firing.labels);
        }
    }
    let used: Vec<&DetectorReport> = report.detectors.iter().collect();
    let catches = crate::report::first_catches(&used);
    let fates = report.recording.incidents.iter().map(|incident| {
        let time = catches.get(incident.name.as_str());
        let fate = time.map_or("missed".to_owned(), |time| format!("caught after {time}"));
        (incident.name.as_str(), fate)
    });
    let page = Page {
        sides: vec![(Which::Head, report)],
        pairs: report.detectors.iter().map(|detector| (None, Some(detector.path.as_str()))).collect(),
        differences: &[],
        fates: fates.collect(),
    };
    page.strips(wanted, telemetry)
}

/// The detectors that a difference is about, on either side.
fn detectors_of<'a>(diff: &'a ImpactDiff, difference: &Difference) -> Vec<&'a DetectorReport> {
    let mut found = Vec::new();
    for report in [&diff.head, &diff.base] {
        found.extend(report.detector(&difference.item));
        found.extend(report.policy(&difference.item).and_then(|policy| report.detector(&policy.detector)));
    }
    // A renamed item goes by its name in head.
    let renamed = diff.detectors.iter().chain(&diff.policies).filter(|pair| pair.path() == difference.item);
    for path in renamed.filter_map(|pair| pair.base.as_deref()) {
        found.extend(diff.base.detector(path));
        found.extend(diff.base.policy(path).and_then(|policy| diff.base.detector(&policy.detector)));
    }
    found
}

/// Series to draw, in the order in which they are asked for.
#[derive(Default)]
struct Wanted<'a> {
    seen: BTreeSet<SemanticHash>,
    series: Vec<&'a SignalSamples>,
}

impl<'a> Wanted<'a> {
    fn add(&mut self, telemetry: &'a Telemetry, detector: &DetectorReport, labels: &Labels) {
        let read = telemetry.signals.iter().filter(|series| detector.signals.contains(&series.signal));
        for series in read.filter(|series| !series.samples.is_empty() && compatible(&series.labels, labels)) {
            if self.seen.insert(series_id(&series.signal, &series.labels)) {
                self.series.push(series);
            }
        }
    }
}

/// What all strips of a page draw from.
struct Page<'a> {
    sides: Vec<(Which, &'a Report)>,
    /// Detectors of base and head that stand in one lane.
    pairs: Vec<(Option<&'a str>, Option<&'a str>)>,
    differences: &'a [Difference],
    fates: BTreeMap<&'a str, String>,
}

impl Page<'_> {
    fn strips(&self, wanted: Wanted<'_>, telemetry: &Telemetry) -> Strips {
        let left_out = wanted.series.len().saturating_sub(STRIPS_MAX);
        let series: Vec<&SignalSamples> = wanted.series.into_iter().take(STRIPS_MAX).collect();
        let groups = groups(&series);
        let mut strips: Vec<Strip> = series
            .iter()
            .zip(groups)
            .map(|(series, (group, domain))| self.strip(series, group, domain, telemetry.end))
            .collect();
        let mut room = CLOSE_UPS_PAGE_MAX;
        for strip in &mut strips {
            strip.close_ups.truncate(room);
            room -= strip.close_ups.len();
        }
        Strips { strips, left_out, two_sided: self.sides.len() > 1 }
    }

    fn strip(
        &self,
        series: &SignalSamples,
        group: usize,
        domain: (Timestamp, Timestamp),
        recording_end: Timestamp,
    ) -> Strip {
        let differing: BTreeSet<SemanticHash> = self
            .differences
            .iter()
            .flat_map(|d| d.base.iter().chain(&d.head))
            .map(|moment| moment.id)
            .collect();
        let mut lanes: Vec<Lane> = self
            .pairs
            .iter()
            .filter_map(|pair| self.lane(series, *pair, &differing, recording_end))
            .collect();
        let incidents = self.incidents(series, domain);
        let badges =
            if self.sides.len() > 1 { self.badges(series, &incidents) } else { self.firings(series) };
        let focus = stretches(&badges, &incidents);
        let undrawn = thin_out(&mut lanes);
        let (factor, unit) = scale(series);
        let line = |domain, focus: &[_]| scaled(downsample(&series.samples, domain, focus), factor);
        // A recording that is hardly longer than a close-up is near enough.
        let length = |domain: (Timestamp, Timestamp)| domain.1.since(domain.0).0;
        let near = focus.iter().filter(|stretch| length(**stretch).saturating_mul(4) < length(domain));
        let close_ups = near
            .take(CLOSE_UPS_MAX)
            .map(|stretch| CloseUp { domain: *stretch, line: line(*stretch, &[]) })
            .collect();
        let line = line(domain, &focus);
        let thresholds = self.thresholds(series, factor, &unit);
        let range = range(&line, &thresholds);
        Strip {
            name: name(series, &unit),
            unit,
            group,
            domain,
            two_sided: self.sides.len() > 1,
            line,
            range,
            thresholds,
            incidents,
            lanes,
            badges,
            close_ups,
            undrawn,
        }
    }

    fn lane(
        &self,
        series: &SignalSamples,
        (base, head): (Option<&str>, Option<&str>),
        differing: &BTreeSet<SemanticHash>,
        recording_end: Timestamp,
    ) -> Option<Lane> {
        let mut lane = Lane { detector: clean(head.or(base)?), ..Lane::default() };
        let mut reads = false;
        for (which, report) in &self.sides {
            let path = match which {
                Which::Base => base,
                Which::Head => head,
            };
            let Some(detector) = path.and_then(|path| report.detector(path)) else { continue };
            if !detector.signals.contains(&series.signal) || detector.unknown.is_some() {
                continue;
            }
            reads = true;
            let own = detector.firings.iter().filter(|firing| compatible(&firing.labels, &series.labels));
            lane.bars.extend(own.map(|firing| {
                let end = firing.end.unwrap_or(recording_end.max(firing.start));
                let incident = match firing.incidents.as_slice() {
                    [] if report.recording.incidents_labelled => ", in no incident".to_owned(),
                    [] => String::new(),
                    names => format!(", in {}", names.join(", ")),
                };
                let name = &detector.path;
                let when = times::interval(firing.start, firing.end);
                let words = format!(
                    "{} fired {} {when}{incident}",
                    side_word(*which, self),
                    name_key(name, &firing.labels)
                );
                let differs = self.sides.len() == 1 || differing.contains(&firing.id);
                Bar { side: *which, start: firing.start, end, differs, words: clean(&words) }
            }));
            for policy in report.policies.iter().filter(|policy| policy.detector == detector.path) {
                lane.marks.extend(self.marks(series, *which, policy, differing));
            }
        }
        (reads && !(lane.bars.is_empty() && lane.marks.is_empty())).then_some(lane)
    }

    fn marks(
        &self,
        series: &SignalSamples,
        side: Which,
        policy: &PolicyReport,
        differing: &BTreeSet<SemanticHash>,
    ) -> Vec<Mark> {
        let here = |labels: &Labels| compatible(labels, &series.labels);
        let word = side_word(side, self);
        let path = &policy.path;
        let mut marks = Vec::new();
        let mut mark = |at, shape, differs, what: String| {
            // Without another side nothing is as it was there.
            let differs = differs || self.sides.len() == 1;
            let words = format!("{} {}", clean(&format!("{word} {what}")), times::instant(at));
            marks.push(Mark { side, at, shape, differs, words });
        };
        for run in policy.runs.iter().filter(|run| here(&run.labels)) {
            let actions: Vec<&str> = run.actions.iter().map(|action| action.summary.as_str()).collect();
            let what = format!("{path} ran {}: {},", name_key(&run.plan, &run.labels), actions.join(", "));
            mark(run.start, MarkShape::Run, differing.contains(&run.id), what);
        }
        let withheld = policy.withheld.iter().filter(|held| held.guard != Withholding::Approval);
        for held in withheld.filter(|held| here(&held.labels)) {
            // A withheld rung has no id of its own: its difference carries the firing's.
            let differs = self.differences.iter().any(|d| {
                let kinds = [Kind::WithheldAdded, Kind::WithheldRemoved, Kind::WithheldMoved];
                kinds.contains(&d.kind) && d.at == Some(held.at) && d.labels == held.labels
            });
            mark(
                held.at,
                MarkShape::Withheld,
                differs,
                format!("{path} withheld {}: {},", held.plan, held.reason),
            );
        }
        for asked in policy.approvals.iter().filter(|asked| here(&asked.labels)) {
            let outcome = asked.outcome.as_deref().unwrap_or("not answered");
            let what = format!("{path} asked {}, {outcome},", asked.team);
            mark(asked.at, MarkShape::Approval, differing.contains(&asked.id), what);
        }
        for told in policy.escalations.iter().filter(|told| here(&told.labels)) {
            mark(
                told.at,
                MarkShape::Page,
                differing.contains(&told.id),
                format!("{path} paged: {},", told.reason),
            );
        }
        marks
    }

    fn badges(&self, series: &SignalSamples, incidents: &[Shade]) -> Vec<Badge> {
        let on_it = |difference: &&Difference| {
            let reads = |report: &Report| {
                let detector =
                    report.policy(&difference.item).map_or(difference.item.as_str(), |p| &p.detector);
                report.detector(detector).is_some_and(|detector| detector.signals.contains(&series.signal))
            };
            compatible(&difference.labels, &series.labels)
                && self.sides.iter().any(|(_, report)| reads(report))
        };
        // What happened at one moment, such as a firing and its run, has one badge.
        let mut badges: Vec<Badge> = Vec::new();
        for difference in self.differences.iter().filter(on_it) {
            let Some(moment) = difference.head.as_ref().or(difference.base.as_ref()) else { continue };
            let words = difference_line(difference).plain().replace('`', "");
            let end = moment.end.unwrap_or(moment.start);
            if let Some(badge) = badges.iter_mut().find(|badge| badge.at == moment.start) {
                badge.ids.push(difference.id.clone());
                badge.words.push_str("; ");
                badge.words.push_str(&words);
                badge.end = badge.end.max(end);
            } else if badges.len() < BADGES_MAX {
                let sign = self.sign(difference);
                badges.push(Badge { ids: vec![difference.id.clone()], at: moment.start, end, sign, words });
            }
        }
        // An incident's difference stands where the firing stands that decided it.
        let of_incident =
            |difference: &&Difference| incidents.iter().any(|shade| shade.name == clean(&difference.item));
        for difference in self.differences.iter().filter(of_incident) {
            let moment = difference.head.as_ref().or(difference.base.as_ref());
            let badge = badges.iter_mut().find(|badge| moment.is_some_and(|moment| moment.start == badge.at));
            if let Some(badge) = badge {
                badge.ids.push(difference.id.clone());
            }
        }
        badges
    }

    /// Of one side there is no difference to go to: there its firings have the badges, by the ids they are listed under.
    fn firings(&self, series: &SignalSamples) -> Vec<Badge> {
        let mut badges = Vec::new();
        for (_, report) in &self.sides {
            let reading =
                report.detectors.iter().filter(|detector| detector.signals.contains(&series.signal));
            for detector in reading.filter(|detector| detector.unknown.is_none()) {
                let own = detector.firings.iter().filter(|firing| compatible(&firing.labels, &series.labels));
                badges.extend(own.map(|firing| {
                    let used = report.recording.incidents_labelled && !detector.policies.is_empty();
                    let sign = match firing.incidents.as_slice() {
                        [] if used => "!",
                        [] => "•",
                        [_, ..] => "✓",
                    };
                    let when = times::interval(firing.start, firing.end);
                    let words = format!("{} {when}", clean(&name_key(&detector.path, &firing.labels)));
                    let end = firing.end.unwrap_or(firing.start);
                    Badge { ids: vec![firing.id.short()], at: firing.start, end, sign, words }
                }));
            }
        }
        badges.sort_by_key(|badge| (badge.sign != "!", badge.at));
        badges.truncate(BADGES_MAX);
        badges
    }

    /// The sign of a moment: what it means for an incident before what it is.
    fn sign(&self, difference: &Difference) -> &'static str {
        let decides = |kind: Kind, of: fn(&Difference) -> Option<&crate::Moment>| {
            let start = of(difference).map(|moment| moment.start);
            let own = self.differences.iter().filter(|other| other.kind == kind);
            start.is_some() && own.into_iter().any(|other| of(other).map(|moment| moment.start) == start)
        };
        if decides(Kind::IncidentMissed, |difference| difference.base.as_ref()) {
            "✕"
        } else if decides(Kind::IncidentCaught, |difference| difference.head.as_ref()) {
            "✓"
        } else {
            sign(difference.kind)
        }
    }

    fn thresholds(&self, series: &SignalSamples, factor: f64, unit: &str) -> Vec<ThresholdLine> {
        let mut lines: Vec<ThresholdLine> = Vec::new();
        for (which, report) in &self.sides {
            let all = report.detectors.iter().flat_map(|detector| &detector.thresholds);
            for threshold in all.filter(|threshold| threshold.signal == series.signal) {
                let value = threshold.value / factor;
                let known = lines.iter_mut().find(|line| line.value == value);
                match known {
                    Some(line) if line.side != Some(*which) => line.side = None,
                    Some(_) => {}
                    None => {
                        let text = units::quantity(value, unit);
                        lines.push(ThresholdLine { side: Some(*which), value, text });
                    }
                }
            }
        }
        if self.sides.len() == 1 {
            lines.iter_mut().for_each(|line| line.side = None);
        }
        lines
    }

    fn incidents(&self, series: &SignalSamples, domain: (Timestamp, Timestamp)) -> Vec<Shade> {
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for (_, report) in &self.sides {
            let reading =
                report.detectors.iter().filter(|detector| detector.signals.contains(&series.signal));
            for detector in reading {
                names.extend(detector.score.missed.iter().map(String::as_str));
                names.extend(detector.score.caught.iter().map(|catch| catch.incident.as_str()));
            }
        }
        let Some((_, report)) = self.sides.last() else { return Vec::new() };
        let shown = report.recording.incidents.iter().filter(|incident| {
            names.contains(incident.name.as_str())
                && compatible(&incident.labels, &series.labels)
                && incident.start <= domain.1
                && incident.end >= domain.0
        });
        shown
            .map(|incident| Shade {
                start: incident.start,
                end: incident.end,
                name: clean(&incident.name),
                fate: self.fates.get(incident.name.as_str()).cloned().unwrap_or_default(),
            })
            .collect()
    }
}

/// `latency checkout/eu, in ms`
fn name(series: &SignalSamples, unit: &str) -> String {
    let unit = if unit.is_empty() { String::new() } else { format!(", in {unit}") };
    clean(&format!("{}{unit}", name_key(&series.signal, &series.labels)))
}

fn side_word(which: Which, page: &Page<'_>) -> &'static str {
    match which {
        Which::Base => "base:",
        Which::Head if page.sides.len() > 1 => "head:",
        Which::Head => "",
    }
}

fn name_key(name: &str, labels: &Labels) -> String {
    let key = key_text(labels);
    if key.is_empty() { name.to_owned() } else { format!("{name} {key}") }
}

/// One sign for a kind, so that no colour is needed to tell them apart.
fn sign(kind: Kind) -> &'static str {
    match kind {
        Kind::FalseAlarmAdded => "!",
        Kind::IncidentMissed | Kind::ImpactUnknown | Kind::Loosened | Kind::Tightened => "?",
        Kind::RunAdded
        | Kind::EscalationAdded
        | Kind::ApprovalAdded
        | Kind::WithheldAdded
        | Kind::FiringAdded => "+",
        Kind::RunRemoved
        | Kind::EscalationRemoved
        | Kind::ApprovalRemoved
        | Kind::WithheldRemoved
        | Kind::FiringRemoved
        | Kind::FalseAlarmRemoved => "−",
        Kind::RunChanged
        | Kind::RunMoved
        | Kind::IncidentLater
        | Kind::EscalationMoved
        | Kind::ApprovalMoved
        | Kind::WithheldMoved
        | Kind::FiringMoved
        | Kind::IncidentEarlier => "↔",
        Kind::IncidentCaught => "✓",
    }
}

/// The stretches around the badges, what hurts most first; those that overlap are one.
fn stretches(badges: &[Badge], incidents: &[Shade]) -> Vec<(Timestamp, Timestamp)> {
    let mut stretches: Vec<(Timestamp, Timestamp)> = Vec::new();
    for badge in badges {
        let around = Millis(badge.end.since(badge.at).0.max(FOCUS_MIN.0));
        let at_hand = incidents.iter().filter(|incident| {
            incident.start <= badge.end
                && incident.end >= badge.at
                && badge.at.since(incident.start) <= INCIDENT_LEAD_MAX
        });
        let from = at_hand.map(|incident| incident.start).min().unwrap_or(badge.at).min(badge.at);
        let mut own = (from.minus(around), badge.end.plus(around));
        let mut first = stretches.len();
        // A stretch that joins two others takes the place of the one that hurts more.
        for (position, _) in
            stretches.iter().enumerate().filter(|(_, other)| other.0 <= own.1 && other.1 >= own.0)
        {
            first = first.min(position);
        }
        let (joined, mut apart): (Vec<_>, Vec<_>) =
            stretches.into_iter().partition(|other| other.0 <= own.1 && other.1 >= own.0);
        for other in joined {
            own = (own.0.min(other.0), own.1.max(other.1));
        }
        apart.insert(first.min(apart.len()), own);
        stretches = apart;
    }
    stretches
}

fn scaled(line: Vec<Vec<(Timestamp, f64)>>, factor: f64) -> Vec<Vec<(Timestamp, f64)>> {
    let points = |segment: Vec<(Timestamp, f64)>| {
        segment.into_iter().map(|(at, value)| (at, value / factor)).collect()
    };
    line.into_iter().map(points).collect()
}

/// Groups of series that overlap in time, each with its axis. A recording put together from several times would
/// otherwise be mostly empty.
fn groups(series: &[&SignalSamples]) -> Vec<(usize, (Timestamp, Timestamp))> {
    let extent = |series: &SignalSamples| {
        let first = series.samples.first().map_or(Timestamp(0), |sample| sample.at);
        let last = series.samples.last().map_or(first, |sample| sample.at);
        (first, last.max(first.plus(Millis(1))))
    };
    let mut extents: Vec<(Timestamp, Timestamp)> = series.iter().map(|series| extent(series)).collect();
    extents.sort();
    let mut merged: Vec<(Timestamp, Timestamp)> = Vec::new();
    for (start, end) in extents {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            Some(_) | None => merged.push((start, end)),
        }
    }
    let group = |series: &&SignalSamples| {
        let (start, end) = extent(series);
        let position = merged.iter().position(|(from, to)| start >= *from && end <= *to).unwrap_or_default();
        (position, merged.get(position).copied().unwrap_or((start, end)))
    };
    series.iter().map(group).collect()
}

/// Large byte counts read in a larger unit, shares in per cent.
fn scale(series: &SignalSamples) -> (f64, String) {
    match series.unit.as_str() {
        "B" | "bytes" => {
            let largest = series.samples.iter().map(|sample| sample.value.abs()).fold(0.0, f64::max);
            let (size, name) = units::byte_scale(largest);
            (size, name.to_owned())
        }
        "ratio" => (0.01, "%".to_owned()),
        unit => (1.0, clean(unit)),
    }
}

fn range(line: &[Vec<(Timestamp, f64)>], thresholds: &[ThresholdLine]) -> (f64, f64) {
    let values = line.iter().flatten().map(|(_, value)| *value);
    let (low, high) = values
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return (0.0, 1.0);
    }
    // A bound far away would flatten the line; it is then named at the edge.
    let reach = (high - low).max(high.abs() * 0.1);
    let near = thresholds
        .iter()
        .map(|line| line.value)
        .filter(|value| *value >= low - reach && *value <= high + reach);
    let (low, high) = near.fold((low, high), |(low, high), value| (low.min(value), high.max(value)));
    axis::value_ticks(low, high).0
}

/// Drops shapes beyond what a strip can show, those that do not differ first; says how many.
fn thin_out(lanes: &mut [Lane]) -> usize {
    let count = |lanes: &[Lane]| lanes.iter().map(|lane| lane.bars.len() + lane.marks.len()).sum::<usize>();
    let before = count(lanes);
    if before <= SHAPES_MAX {
        return 0;
    }
    let share = (SHAPES_MAX / lanes.len().max(1) / 2).max(1);
    for lane in lanes.iter_mut() {
        lane.bars.sort_by_key(|bar| (!bar.differs, bar.start));
        lane.bars.truncate(share);
        lane.bars.sort_by_key(|bar| (bar.start, bar.side));
        lane.marks.sort_by_key(|mark| (!mark.differs, mark.at));
        lane.marks.truncate(share);
        lane.marks.sort_by_key(|mark| (mark.at, mark.side));
    }
    before - count(lanes)
}
