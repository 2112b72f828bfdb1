//! Which strips a page shows, and what stands in them.

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::Labels;
use heal_program::{Millis, SemanticHash, Timestamp};
use heal_telemetry::RecordingError;

use super::{
    downsample::downsample,
    series::{Drawn, groups, range, scale},
    shapes::{is_about, name_key, thin_out},
    strip::{Badge, CloseUp, Lane, Shade, Strip, Strips, ThresholdLine, Which},
};
use crate::{
    DetectorReport, Difference, Firing, ImpactDiff, Report, SignalSamples, Telemetry, document::clean,
    incidents::compatible, readings::series_id, units,
};

/// Strips of a page: each takes some tens of kilobytes.
const STRIPS_MAX: usize = 12;
/// What is shown around a difference at least.
const FOCUS_MIN: Millis = Millis::from_minutes(60);
/// An incident that begins no longer than this before a difference is shown from its beginning.
const INCIDENT_LEAD_MAX: Millis = Millis::from_minutes(6 * 60);
/// Close-ups of a strip, and of a page: each takes some ten kilobytes.
const CLOSE_UPS_MAX: usize = 4;
const CLOSE_UPS_PAGE_MAX: usize = 16;

/// Strips of everything that differs, what hurts most first.
pub(crate) fn strips_of_diff(diff: &ImpactDiff, telemetry: &Telemetry) -> Result<Strips, RecordingError> {
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
            let text = |time: Option<Millis>| incident.fate(time);
            let fate = match (incident.base, incident.head) {
                (Some(base), Some(head)) if base != head && base.min(head) > Millis::ZERO => {
                    format!("caught after {base} → {head}")
                }
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
pub(crate) fn strips_of_report(report: &Report, telemetry: &Telemetry) -> Result<Strips, RecordingError> {
    let mut wanted = Wanted::default();
    let mut detectors: Vec<&DetectorReport> = report.detectors.iter().collect();
    detectors.sort_by_key(|detector| (detector.policies.is_empty(), &detector.path));
    // First what went furthest while something fired, and in incidents before elsewhere; then where an incident was
    // missed; then whatever else a firing is about.
    for in_incident in [true, false] {
        for detector in &detectors {
            let firings = detector.firings.iter();
            for firing in firings.filter(|firing| firing.incidents.is_empty() != in_incident) {
                firing.peaks.iter().for_each(|peak| wanted.add_series(telemetry, &peak.signal, &peak.labels));
            }
        }
    }
    for detector in report.known_detectors() {
        let missed = report.recording.incidents.iter().filter(|it| detector.score.missed.contains(&it.name));
        missed.for_each(|incident| wanted.add(telemetry, detector, &incident.labels));
    }
    for detector in &detectors {
        let mut added: BTreeSet<&Labels> = BTreeSet::new();
        for firing in detector.firings.iter().filter(|firing| added.insert(&firing.labels)) {
            wanted.add(telemetry, detector, &firing.labels);
        }
    }
    // An event reads nothing: it is drawn beside whatever was recorded of the same.
    for event in detectors.iter().filter(|detector| detector.is_event && !detector.policies.is_empty()) {
        let mut added: BTreeSet<&Labels> = BTreeSet::new();
        for firing in event.firings.iter().filter(|firing| added.insert(&firing.labels)) {
            wanted.add_beside(telemetry, event, firing);
        }
    }
    let fates = report.fates().into_iter().map(|(incident, fate)| (incident.name.as_str(), fate));
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
    fn add_series(&mut self, telemetry: &'a Telemetry, signal: &str, labels: &Labels) {
        let id = series_id(signal, labels);
        if self.seen.contains(&id) {
            return;
        }
        let found = telemetry
            .signals
            .iter()
            .find(|series| series.signal == signal && series.labels == *labels && !series.samples.is_empty());
        if let Some(series) = found {
            self.seen.insert(id);
            self.series.push(series);
        }
    }

    /// Whatever was recorded of what an event is about.
    fn add_beside(&mut self, telemetry: &'a Telemetry, event: &DetectorReport, firing: &Firing) {
        let about = telemetry.signals.iter().filter(|series| is_about(event, firing, series));
        for series in about.filter(|series| !series.samples.is_empty()) {
            if self.series.len() < STRIPS_MAX && self.seen.insert(series_id(&series.signal, &series.labels)) {
                self.series.push(series);
            }
        }
    }

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
pub(super) struct Page<'a> {
    pub(super) sides: Vec<(Which, &'a Report)>,
    /// Detectors of base and head that stand in one lane.
    pairs: Vec<(Option<&'a str>, Option<&'a str>)>,
    pub(super) differences: &'a [Difference],
    fates: BTreeMap<&'a str, String>,
}

impl Page<'_> {
    fn strips(&self, wanted: Wanted<'_>, telemetry: &Telemetry) -> Result<Strips, RecordingError> {
        let left_out = wanted.series.len().saturating_sub(STRIPS_MAX);
        let drawn = wanted.series.into_iter().take(STRIPS_MAX);
        let drawn: Vec<Drawn<'_>> = drawn.map(Drawn::of).collect::<Result<_, _>>()?;
        let groups = groups(&drawn);
        let strip = |(drawn, (group, domain))| self.strip(drawn, group, domain, telemetry.end);
        let mut strips: Vec<Strip> = drawn.iter().zip(groups).map(strip).collect();
        let mut room = CLOSE_UPS_PAGE_MAX;
        for strip in &mut strips {
            strip.close_ups.truncate(room);
            room -= strip.close_ups.len();
        }
        Ok(Strips { strips, left_out, two_sided: self.sides.len() > 1 })
    }

    fn strip(
        &self,
        Drawn { series, samples }: &Drawn<'_>,
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
        let (factor, unit) = scale(series, samples);
        let line = |domain, focus: &[_]| scaled(downsample(samples, domain, focus), factor);
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
