//! One trace to one report.

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::{Trace, TraceEvent};
use heal_program::{Detector, Millis, Policy, Program, SemanticHash};
use heal_telemetry::RecordingError;

use crate::{
    Catch, Course, DetectorReport, Figures, Firing, IncidentSummary, NotSimulated, PolicyReport,
    RecordingSummary, Report, Side, Telemetry,
    incidents::{Scope, median, score, signals_of},
    peaks::add_peaks,
    quality::quality_of,
    readings,
    tally::{besides, figures},
    timeline::Timeline,
    worst_case::worst_case,
};

impl Report {
    /// What the side's program did over the recording.
    ///
    /// # Errors
    /// When samples that firings are about cannot be read.
    pub fn of(side: &Side<'_>, telemetry: &Telemetry) -> Result<Report, RecordingError> {
        let mut timeline = Timeline::of(side.trace);
        let mut failing = side.failing.map(Timeline::of).unwrap_or_default();
        let recording = recording(telemetry);
        let program = side.program;
        let not_simulated: Vec<NotSimulated> =
            std::mem::take(&mut timeline.not_simulated).into_iter().collect();
        let unknown = unknown_items(&not_simulated);

        let mut firings: Vec<(&Detector, Vec<Firing>)> = program
            .detectors
            .iter()
            .map(|detector| {
                let mut firings = timeline.firings.remove(&detector.head.path).unwrap_or_default();
                readings::describe(program, detector, &mut firings);
                (detector, firings)
            })
            .collect();
        add_peaks(program, telemetry, &mut firings)?;
        let detectors: Vec<DetectorReport> = firings
            .into_iter()
            .map(|(detector, firings)| {
                detector_report((program, detector), firings, telemetry, &recording, &unknown)
            })
            .collect();
        let policies: Vec<PolicyReport> = program
            .policies
            .iter()
            .map(|policy| {
                let own = timeline.policies.remove(&policy.head.path).unwrap_or_default();
                let other = failing.policies.remove(&policy.head.path).unwrap_or_default();
                let courses = (own, side.failing.map(|_| other));
                policy_report(program, policy, courses, &detectors, &unknown, &recording)
            })
            .collect();
        Ok(Report {
            revision: side.revision.to_owned(),
            program: program.digest(),
            result: result(side, telemetry),
            totals: totals(
                (&policies, &detectors),
                &recording,
                |policy| !policy.detection_unknown,
                |policy| policy.unknown.is_none(),
            ),
            recording,
            quality: quality_of(telemetry, &detectors),
            policies,
            detectors,
            not_simulated,
            notes: timeline.notes,
        })
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
        let known = |detector: &&DetectorReport| !detector.policies.is_empty() && detector.unknown.is_none();
        self.detectors.iter().filter(known).collect()
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
        let any_unknown = self.policies.iter().any(|policy| policy.detection_unknown);
        let fate = |incident: &IncidentSummary| {
            let concerned = known.iter().any(|detector| detector.score.missed.contains(&incident.name));
            match (catches.get(incident.name.as_str()), concerned) {
                (Some(time), _) => format!("caught after {time}"),
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
        for (guard, count) in &own.withheld {
            let total = totals.withheld.entry(*guard).or_default();
            *total = total.plus(*count);
        }
    }
    used.extend(policies.iter().filter(|policy| detected(policy)).map(|policy| policy.detector.as_str()));
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
    let unknown = policies.iter().filter(|policy| !detected(policy)).map(|policy| policy.detector.as_str());
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
    (program, detector): (&Program, &Detector),
    mut firings: Vec<Firing>,
    telemetry: &Telemetry,
    recording: &RecordingSummary,
    unknown: &BTreeMap<&str, String>,
) -> DetectorReport {
    let path = &detector.head.path;
    let scope = Scope::of(program, detector, telemetry);
    let labelled = recording.incidents_labelled;
    let score = score(&scope, &mut firings, &recording.incidents, labelled, recording.end);
    let on_it = |policy: &&Policy| program.trigger(policy.on).is_some_and(|on| on.path == *path);
    let signals = signals_of(program, detector).into_iter().filter_map(|index| program.signal(index));
    DetectorReport {
        path: path.clone(),
        hash: detector.head.hash,
        severity: detector.severity,
        condition: detector.when_text.clone(),
        policies: program.policies.iter().filter(on_it).map(|policy| policy.head.path.clone()).collect(),
        signals: signals.map(|signal| signal.head.path.clone()).collect(),
        thresholds: readings::thresholds(program, detector),
        unknown: unknown.get(path.as_str()).cloned(),
        score,
        firings,
    }
}

fn policy_report(
    program: &Program,
    policy: &Policy,
    (own, failing): (Course, Option<Course>),
    detectors: &[DetectorReport],
    unknown: &BTreeMap<&str, String>,
    recording: &RecordingSummary,
) -> PolicyReport {
    let path = &policy.head.path;
    let on = program.trigger(policy.on).map(|head| head.path.clone()).unwrap_or_default();
    let detector = detectors.iter().find(|detector| detector.path == on);
    let why = unknown
        .get(path.as_str())
        .cloned()
        .or_else(|| detector.and_then(|detector| detector.unknown.clone()));
    PolicyReport {
        path: path.clone(),
        hash: policy.head.hash,
        detector: on,
        shadow: policy.shadow,
        unknown: why,
        detection_unknown: detector.is_none_or(|detector| detector.unknown.is_some()),
        figures: figures(&own, failing.as_ref(), detector, recording),
        worst_case: worst_case(&policy.guard),
        only_if_failing: failing.map(|failing| besides(failing, &own)).unwrap_or_default(),
        runs: own.runs,
        withheld: own.withheld,
        approvals: own.approvals,
        escalations: own.escalations,
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

fn recording(telemetry: &Telemetry) -> RecordingSummary {
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
        notes: telemetry.notes.clone(),
    }
}

/// Hash of what was run over what and what came of it; of no name that people give to a side.
fn result(side: &Side<'_>, telemetry: &Telemetry) -> SemanticHash {
    // Plain data: its JSON cannot fail, and if it did, an empty text would only make the hash coarser. A trace may be
    // longer than there is room for, so each event is hashed by itself.
    let mut text = Vec::new();
    let mut hash = |event: &TraceEvent| {
        text.clear();
        serde_json::to_writer(&mut text, event).unwrap_or_default();
        SemanticHash::of([text.as_slice()])
    };
    let mut hash_all = |trace: &Trace| {
        let events: Vec<SemanticHash> = trace.events.iter().map(&mut hash).collect();
        SemanticHash::of(events.iter().map(|event| event.0.as_slice()))
    };
    let traces = (hash_all(side.trace), side.failing.map(hash_all));
    let failing = traces.1.map(|hash| hash.0).unwrap_or_default();
    let trace = SemanticHash::of([traces.0.0.as_slice(), &failing]);
    let incidents = serde_json::to_vec(&telemetry.incidents).unwrap_or_default();
    let digest = side.program.digest();
    let (start, end) = (telemetry.start.0.to_le_bytes(), telemetry.end.0.to_le_bytes());
    let recording = telemetry.recording.as_bytes();
    SemanticHash::of([digest.0.as_slice(), recording, &start, &end, &incidents, &trace.0])
}
