//! Who caught an incident, and why the others did not.

use std::cmp::Reverse;

use heal_program::Millis;
use heal_report::Report;
use heal_telemetry::Recording;

use super::{NoAnswer, blank, conducts_on, detection_of, finished, policies_on};
use crate::{
    Detection, DetectionState, Explanation, Side,
    detection::{detector_named, nearest},
    times::{exact, instant},
};

/// Which detectors caught it, with what came of that, and how near the others were.
pub(super) fn of_incident(side: &Side<'_>, name: &str, report: &Report) -> Result<Explanation, NoAnswer> {
    let Some(incident) = report.recording.incidents.iter().find(|it| it.name == name) else {
        let said = format!("the recording `{}` has no incident `{name}`", report.recording.name);
        let names = report.recording.incidents.iter().map(|it| it.name.clone()).collect();
        return Err(NoAnswer::Unknown { said, near: Vec::new(), names });
    };
    let mut explanation = blank(side, name);
    let (mut caught, mut missed) = (Vec::new(), Vec::new());
    for detector in report.detectors.iter().filter(|detector| !detector.policies.is_empty()) {
        if let Some(catch) = detector.score.caught.iter().find(|catch| catch.incident == name) {
            caught.push(match catch.time_to_detect {
                Millis::ZERO => format!("{} already when it began", detector.path),
                after => format!("{} after {}", detector.path, exact(after)),
            });
            let place = group_on(side, &detector.path);
            let Some(lived) = place.map(|place| side.lived(place)).transpose()?.flatten() else { continue };
            let detection = detection_of((side, &lived), catch.firing)?;
            let conducts = conducts_on((side, &lived), catch.firing, catch.firing, detection.as_ref())?;
            explanation.policies.extend(conducts);
            explanation.detections.extend(detection);
        } else if !(detector.score.missed.iter().any(|it| it == name) || detector.unknown.is_some()) {
            continue;
        } else if detector.is_event {
            missed.push(detector.path.clone());
        } else if let Some(index) = detector_named(side.program, &detector.path) {
            missed.push(detector.path.clone());
            let window = (incident.start, incident.end);
            if let Some(place) = side.groups.of_detector(index)
                && let Some(life) = side.groups.life(place, side.options)?
            {
                explanation.detections.extend(nearest((side, &life), index, window, &incident.labels)?);
            }
        }
    }
    // What it is most likely about comes first: what fired, what nearly did, and what has most of its labels.
    let shared =
        |told: &Detection| told.labels.iter().filter(|label| incident.labels.contains(label)).count();
    explanation.detections.sort_by_key(|told| (far(told.state), Reverse(shared(told))));
    let when = format!("{} to {}", instant(incident.start), instant(incident.end));
    explanation.sentence = match (caught.is_empty(), missed.is_empty()) {
        (false, true) => format!("{name}, {when}: caught by {}", caught.join(", ")),
        (false, false) => {
            format!("{name}, {when}: caught by {}; missed by {}", caught.join(", "), missed.join(", "))
        }
        (true, false) => format!("{name}, {when}: missed by {}", missed.join(", ")),
        (true, true) => {
            let why = unknown_value(side.recording, &incident.labels);
            format!("{name}, {when}: concerns no detector that a policy is on{why}")
        }
    };
    Ok(finished(side, explanation))
}

/// That nothing recorded has a value which an incident has, as the rest of a sentence; nothing where all of them are known.
fn unknown_value(recording: &Recording, labels: &[(String, String)]) -> String {
    let known = recording.label_values();
    let unknown = labels.iter().find(|(label, value)| {
        known.get(label.as_str()).is_some_and(|values| !values.contains(value.as_str()))
    });
    unknown.map_or_else(String::new, |(label, value)| {
        format!(
            ": it has `{label}={value}`, and nothing that was recorded with a label `{label}` has that value"
        )
    })
}

/// The place of the group with the policies on a detector or event. There is one: they are decided together.
fn group_on(side: &Side<'_>, path: &str) -> Option<usize> {
    let (policy, _) = *policies_on(side.program, path).first()?;
    side.groups.all().iter().position(|group| group.policies.contains(&policy))
}

/// How far a detection is from one that caught something.
fn far(state: DetectionState) -> u8 {
    match state {
        DetectionState::Fired | DetectionState::Fires | DetectionState::Happened => 0,
        DetectionState::Pending => 1,
        DetectionState::False => 2,
        DetectionState::Unknown => 3,
        DetectionState::Unseen => 4,
        DetectionState::NotSimulated => 5,
    }
}
