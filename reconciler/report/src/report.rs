//! Parts to one report.

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::{Trace, TraceEvent, TraceKind};
use heal_program::{Detector, DetectorIndex, Event, Millis, Policy, PolicyIndex, Program, SemanticHash};
use heal_telemetry::RecordingError;

use crate::{
    Account, Catch, Course, DetectorReport, Drafts, Figures, IncidentSummary, NotSimulated, Part,
    PolicyReport, Range, RecordingSummary, Report, Side, Telemetry,
    incidents::{median, note_of_unknown_labels, signals_of},
    outcomes::outcomes_of,
    parts::{DetectorPart, PolicyPart},
    quality::quality_of,
    readings,
    timeline::{EVENT_SEVERITY, Timeline},
    times, units,
    worst_case::worst_case,
};

impl Report {
    /// What the side's program did over the recording.
    ///
    /// # Errors
    /// When samples that firings are about cannot be read.
    pub fn of(side: &Side<'_>, telemetry: &Telemetry) -> Result<Report, RecordingError> {
        let program = side.program;
        let drafts = Drafts::of(program, telemetry, 1);
        let detectors = (0..).take(program.detectors.len()).map(DetectorIndex).collect();
        let policies = (0..).take(program.policies.len()).map(PolicyIndex).collect();
        let account = |trace: &Trace| trace.events.iter().cloned().collect::<Account>();
        let (passing, failing) = (account(side.trace), side.failing.map(account));
        let draft = drafts.draft((&detectors, &policies), passing, failing, Vec::new());
        let parts = drafts.finish(&[draft])?.into_iter().filter_map(Part::from_bytes).collect();
        let is_lack = |event: &&TraceEvent| matches!(event.kind, TraceKind::NotSimulated { .. });
        let beginning: Vec<TraceEvent> = side.trace.events.iter().filter(is_lack).cloned().collect();
        Ok(Report::assembled((side.revision, program), telemetry, &beginning, parts))
    }

    /// A report of parts that together hold every detector and policy of a program. `beginning` is what is to be said before
    /// anything happens.
    #[must_use]
    pub fn assembled(
        (revision, program): (&str, &Program),
        telemetry: &Telemetry,
        beginning: &[TraceEvent],
        parts: Vec<Part>,
    ) -> Report {
        let Timeline { not_simulated, mut notes, mut dropped, .. } =
            beginning.iter().cloned().collect::<Account>().finish();
        let not_simulated: Vec<NotSimulated> = not_simulated.into_iter().collect();
        let unknown = unknown_items(&not_simulated);
        let recording = recording(telemetry);
        let (mut seen, mut done) = (BTreeMap::new(), BTreeMap::new());
        let known = notes.len();
        for part in parts {
            seen.extend(part.detectors);
            done.extend(part.policies);
            notes.extend(part.notes);
            for (what, count) in part.dropped {
                let total: &mut u64 = dropped.entry(what).or_default();
                *total = total.saturating_add(count);
            }
        }
        if let Some(later) = notes.get_mut(known..) {
            later.sort_by_key(|(at, _)| *at);
        }
        let mut hashes: Vec<SemanticHash> = Vec::new();
        let mut detectors: Vec<DetectorReport> = Vec::new();
        for node in &program.detectors {
            let Some(part) = seen.remove(&node.head.path) else { continue };
            hashes.push(part.hash);
            detectors.push(detector_report(program, node, part, &unknown));
        }
        for node in &program.events {
            let Some(part) = seen.remove(&node.head.path) else { continue };
            hashes.push(part.hash);
            detectors.push(event_report(program, node, part, &unknown));
        }
        detectors.sort_by(|a, b| a.path.cmp(&b.path));
        let mut policies: Vec<PolicyReport> = Vec::new();
        for node in &program.policies {
            let Some(part) = done.remove(&node.head.path) else { continue };
            hashes.push(part.hash);
            policies.push(policy_report(program, node, part, (&detectors, &unknown)));
        }
        let mut notes: Vec<String> = notes.into_iter().map(|(_, note)| note).collect();
        notes.extend(dropped.into_iter().map(|((signal, reason), count)| {
            let (samples, were) = if count == 1 { ("sample", "was") } else { ("samples", "were") };
            format!("{} {samples} of {signal} {were} dropped: {reason}", units::count(count))
        }));
        Report {
            revision: revision.to_owned(),
            program: program.digest(),
            result: result(program, telemetry, &hashes, (&not_simulated, &notes)),
            totals: totals(
                (&policies, &detectors),
                &recording,
                |policy| !policy.detection_unknown,
                |policy| policy.unknown.is_none(),
            ),
            recording,
            quality: quality_of(program, telemetry, &detectors),
            outcomes: outcomes_of(program, telemetry, &policies),
            policies,
            detectors,
            not_simulated,
            notes,
        }
    }

    /// The policy at a path.
    #[must_use]
    pub fn policy(&self, path: &str) -> Option<&PolicyReport> {
        self.policies.iter().find(|policy| policy.path == path)
    }

    /// The detector at a path.
    #[must_use]
    pub fn detector(&self, path: &str) -> Option<&DetectorReport> {
        self.detectors.iter().find(|detector| detector.path == path)
    }

    /// The detectors that a policy acts on and of which it is known what they see.
    pub(crate) fn known_detectors(&self) -> Vec<&DetectorReport> {
        let known = |detector: &&DetectorReport| self.is_acted_on(detector) && detector.unknown.is_none();
        self.detectors.iter().filter(known).collect()
    }

    /// Whether a policy acts on a detector that is not in shadow.
    pub(crate) fn is_acted_on(&self, detector: &DetectorReport) -> bool {
        let acts = |path: &String| self.policy(path).is_some_and(|policy| !policy.shadow);
        detector.policies.iter().any(acts)
    }

    /// The incidents that a policy of which nothing is known may have caught, and no other one did.
    pub(crate) fn undecided_incidents(&self) -> BTreeSet<&str> {
        let catches = first_catches(&self.known_detectors());
        let known = |policy: &PolicyReport| !policy.detection_unknown;
        let mut perhaps = perhaps_caught((&self.policies, &self.detectors), known);
        perhaps.retain(|incident| !catches.contains_key(incident));
        perhaps
    }

    /// How each incident of the recording fared, in order of time: `caught after 7m`, `missed`, `unknown`.
    pub(crate) fn fates(&self) -> Vec<(&IncidentSummary, String)> {
        let known = self.known_detectors();
        let catches = first_catches(&known);
        let undecided = self.undecided_incidents();
        // Of a detector that nobody knows what it sees, nobody knows which incidents concern it.
        let any_unknown = self.policies.iter().any(|policy| policy.detection_unknown && !policy.shadow);
        let fate = |incident: &IncidentSummary| {
            let concerned = known.iter().any(|detector| detector.score.missed.contains(&incident.name));
            match (catches.get(incident.name.as_str()), concerned) {
                (Some(time), _) => format!("caught {}", times::caught(*time)),
                (None, _) if undecided.contains(incident.name.as_str()) => "unknown".to_owned(),
                (None, true) => "missed".to_owned(),
                (None, false) if any_unknown => "unknown".to_owned(),
                (None, false) => "concerns no policy".to_owned(),
            }
        };
        self.recording.incidents.iter().map(|incident| (incident, fate(incident))).collect()
    }
}

/// Figures over those policies whose firings are `detected` and whose runs are `decided`; a detector of two policies
/// counts once. What a policy in shadow would have done is done by nobody, and counts nowhere.
pub(crate) fn totals(
    (policies, detectors): (&[PolicyReport], &[DetectorReport]),
    recording: &RecordingSummary,
    detected: impl Fn(&PolicyReport) -> bool,
    decided: impl Fn(&PolicyReport) -> bool,
) -> Figures {
    let mut totals = Figures::default();
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for policy in policies.iter().filter(|policy| !policy.shadow && decided(policy)) {
        let own = &policy.figures;
        totals.runs = totals.runs.plus(own.runs);
        totals.actions = totals.actions.plus(own.actions);
        totals.approvals = totals.approvals.plus(own.approvals);
        totals.escalations = totals.escalations.plus(own.escalations);
        // Their worst minutes may be one minute, or none the same.
        let (worst, own_worst) = (totals.actions_in_worst_minute, own.actions_in_worst_minute);
        totals.actions_in_worst_minute =
            Range { min: worst.min.max(own_worst.min), max: worst.max.saturating_add(own_worst.max) };
        totals.withheld_in_all = totals.withheld_in_all.plus(own.withheld_in_all);
        for (guard, count) in &own.withheld {
            let total = totals.withheld.entry(*guard).or_default();
            *total = total.plus(*count);
        }
    }
    for policy in policies.iter().filter(|policy| !policy.shadow && detected(policy)) {
        if used.insert(policy.detector.as_str()) {
            totals.flapping = totals.flapping.saturating_add(policy.figures.flapping);
        }
    }
    let used: Vec<&DetectorReport> =
        detectors.iter().filter(|detector| used.contains(detector.path.as_str())).collect();
    let catches = first_catches(&used);
    let unknown = perhaps_caught((policies, detectors), &detected);
    let missed = used.iter().flat_map(|detector| detector.score.missed.iter().map(String::as_str));
    let missed = missed.filter(|incident| !unknown.contains(incident));
    let concerned: BTreeSet<&str> = missed.chain(catches.keys().copied()).collect();
    totals.incidents = size(concerned.len());
    totals.caught = size(catches.len());
    totals.median_time_to_detect = median(catches.values().copied().collect());
    totals.firings = used.iter().map(|detector| size(detector.firings.len())).sum();
    totals.false_alarms = recording
        .incidents_labelled
        .then(|| used.iter().map(|detector| size(detector.score.false_alarms.len())).sum());
    totals
}

/// The incidents that concern the detector of a policy of which nobody knows what it sees. Unless another one caught
/// them, it cannot be told whether they were.
pub(crate) fn perhaps_caught<'a>(
    (policies, detectors): (&'a [PolicyReport], &'a [DetectorReport]),
    detected: impl Fn(&PolicyReport) -> bool,
) -> BTreeSet<&'a str> {
    let unknown = policies.iter().filter(|policy| !policy.shadow && !detected(policy));
    let unknown = unknown.map(|policy| policy.detector.as_str());
    let unknown: BTreeSet<&str> = unknown.collect();
    let detectors = detectors.iter().filter(|detector| unknown.contains(detector.path.as_str()));
    detectors
        .flat_map(|detector| {
            let caught = detector.score.caught.iter().map(|catch| catch.incident.as_str());
            caught.chain(detector.score.missed.iter().map(String::as_str))
        })
        .collect()
}

/// For each incident that any of the detectors caught, the shortest time to detect.
pub(crate) fn first_catches<'a>(detectors: &[&'a DetectorReport]) -> BTreeMap<&'a str, Millis> {
    let mut first: BTreeMap<&str, Millis> = BTreeMap::new();
    for Catch { incident, time_to_detect, .. } in detectors.iter().flat_map(|detector| &detector.score.caught)
    {
        let known = first.entry(incident).or_insert(*time_to_detect);
        *known = (*known).min(*time_to_detect);
    }
    first
}

/// A count as the report holds it.
pub(crate) fn size(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn detector_report(
    program: &Program,
    detector: &Detector,
    part: DetectorPart,
    unknown: &BTreeMap<&str, String>,
) -> DetectorReport {
    let path = &detector.head.path;
    let signals = signals_of(program, detector).into_iter().filter_map(|index| program.signal(index));
    DetectorReport {
        path: path.clone(),
        hash: detector.head.hash,
        severity: detector.severity,
        condition: detector.when_text.clone(),
        is_event: false,
        policies: policies_on(program, path),
        signals: signals.map(|signal| signal.head.path.clone()).collect(),
        thresholds: readings::thresholds(program, detector),
        unknown: unknown.get(path.as_str()).cloned(),
        score: part.score,
        firings: part.firings,
    }
}

/// What happened is seen as it happened: an event has no condition, and reads no signal.
fn event_report(
    program: &Program,
    event: &Event,
    part: DetectorPart,
    unknown: &BTreeMap<&str, String>,
) -> DetectorReport {
    let path = &event.head.path;
    DetectorReport {
        path: path.clone(),
        hash: event.head.hash,
        severity: EVENT_SEVERITY,
        is_event: true,
        condition: String::new(),
        policies: policies_on(program, path),
        signals: Vec::new(),
        thresholds: Vec::new(),
        unknown: unknown.get(path.as_str()).cloned(),
        score: part.score,
        firings: part.firings,
    }
}

/// Paths of the policies on a detector or event.
fn policies_on(program: &Program, path: &str) -> Vec<String> {
    let on_it = |policy: &&Policy| program.trigger(policy.on).is_some_and(|on| on.path == path);
    program.policies.iter().filter(on_it).map(|policy| policy.head.path.clone()).collect()
}

fn policy_report(
    program: &Program,
    policy: &Policy,
    part: PolicyPart,
    (detectors, unknown): (&[DetectorReport], &BTreeMap<&str, String>),
) -> PolicyReport {
    let path = &policy.head.path;
    let on = program.trigger(policy.on).map(|head| head.path.clone()).unwrap_or_default();
    let detector = detectors.iter().find(|detector| detector.path == on);
    let why = unknown
        .get(path.as_str())
        .cloned()
        .or_else(|| detector.and_then(|detector| detector.unknown.clone()));
    let Course { runs, withheld, approvals, escalations } = part.course;
    PolicyReport {
        path: path.clone(),
        hash: policy.head.hash,
        detector: on,
        shadow: policy.shadow,
        unknown: why,
        detection_unknown: detector.is_none_or(|detector| detector.unknown.is_some()),
        figures: part.figures,
        worst_case: worst_case(program, &policy.guard),
        only_if_failing: part.only_if_failing,
        runs,
        withheld,
        approvals,
        escalations,
    }
}

/// Everything that cannot be told, with the first reason.
fn unknown_items(not_simulated: &[NotSimulated]) -> BTreeMap<&str, String> {
    let mut unknown = BTreeMap::new();
    for NotSimulated { item, reason, downstream } in not_simulated {
        for path in std::iter::once(item).chain(downstream) {
            unknown.entry(path.as_str()).or_insert_with(|| reason.clone());
        }
    }
    unknown
}

/// What was recorded.
pub(crate) fn recording(telemetry: &Telemetry) -> RecordingSummary {
    let mut incidents: Vec<IncidentSummary> = telemetry
        .incidents
        .iter()
        .map(|incident| IncidentSummary {
            name: incident.name.clone(),
            start: incident.start,
            end: incident.end,
            labels: incident.labels.clone().into_iter().collect(),
        })
        .collect();
    incidents.sort_by(|a, b| (a.start, a.end, &a.name).cmp(&(b.start, b.end, &b.name)));
    let (incidents, incidents_outside) = incidents
        .into_iter()
        .partition(|incident| incident.start <= telemetry.end && incident.end >= telemetry.start);
    RecordingSummary {
        name: telemetry.recording.clone(),
        environment: telemetry.environment.clone(),
        zone: telemetry.zone.clone(),
        start: telemetry.start,
        end: telemetry.end,
        series_count: telemetry.series_count,
        samples_count: telemetry.samples_count,
        samples_expected: telemetry.samples_expected,
        gaps_count: telemetry.gaps_count,
        incidents_labelled: telemetry.incidents_labelled,
        incidents,
        incidents_outside,
        notes: telemetry.notes.iter().cloned().chain(note_of_unknown_labels(telemetry)).collect(),
    }
}

/// Hash of what was run over what and what came of it; of no name that people give to a side. `parts` are the hashes of what
/// detectors and policies did, in the order of the program.
fn result(
    program: &Program,
    telemetry: &Telemetry,
    parts: &[SemanticHash],
    said: (&[NotSimulated], &[String]),
) -> SemanticHash {
    // Plain data: its JSON cannot fail, and if it did, an empty text would only make the hash coarser.
    let incidents = serde_json::to_vec(&telemetry.incidents).unwrap_or_default();
    let said = serde_json::to_vec(&said).unwrap_or_default();
    let digest = program.digest();
    let (start, end) = (telemetry.start.0.to_le_bytes(), telemetry.end.0.to_le_bytes());
    let recording = telemetry.recording.as_bytes();
    let parts = SemanticHash::of(parts.iter().map(|hash| hash.0.as_slice()));
    SemanticHash::of([digest.0.as_slice(), recording, &start, &end, &incidents, &said, &parts.0])
}
