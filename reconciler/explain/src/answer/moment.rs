//! What was so at a time.

use std::collections::BTreeMap;

use heal_engine::{Doing, Engine, Key, Labels, key_of};
use heal_program::{DetectorIndex, Policy, PolicyIndex, Program, SemanticHash, Timestamp};

use super::{
    NoAnswer, blank, conducts_on, engine_at, finished,
    named::{Wanted, wanted},
    standing,
};
use crate::{
    Assumption, Conduct, CourseTold, Detection, DetectionState, Explanation, Side,
    detection::{FiringFacts, fired, firings, not_fired},
    key_asked::{Asking, matching},
    times::{exact, for_key, instant},
};

/// Most keys that are explained where none was named.
const KEYS_MAX: usize = 4;

/// What a policy or detector was about at a time, and why it did nothing where it did not.
pub(super) fn of_moment(side: &Side<'_>, text: &str, at: Timestamp) -> Result<Explanation, NoAnswer> {
    let Wanted { detector, policies, key, name } = wanted(side, text)?;
    check_recorded(side, at, &name)?;
    let mut explanation = blank(side, text);
    // INVARIANT: every detector is in a group.
    let Some(lived) = side.lived_with(detector)? else { return Ok(explanation) };
    let own = (side, &lived);
    let keys = match key {
        Some(Asking::Whole(key)) => vec![key],
        None => lived.life.keys_at(detector, at)?,
        Some(Asking::Part(part)) => {
            let matching = matching((side, &lived.life), (detector, &part), (text, at))?;
            explanation.notes.extend(part.note(text, &matching));
            matching
        }
    };
    let more = keys.len().saturating_sub(KEYS_MAX);
    if more > 0 {
        let (keys, were) = if more == 1 { ("key", "was") } else { ("keys", "were") };
        explanation.notes.push(format!("{more} more {keys} {were} seen then: name one, as `{name}[KEY]`."));
    }
    let known = firings(&lived.passing);
    let mut engines: Option<(Engine, Option<Engine>)> = None;
    for key in keys.iter().take(KEYS_MAX) {
        let firing = firing_at(side.program, &known, detector, key, at);
        let detection = match firing {
            Some(facts) => fired((side, &lived.life), facts)?
                .map(|told| Detection { state: going_on(&told, at), ..told }),
            None => not_fired((side, &lived.life), detector, key, at)?,
        };
        let Some(detection) = detection else { continue };
        for (index, policy) in &policies {
            let mut conduct = match firing {
                Some(facts) => {
                    let found = conducts_on(own, facts.id, facts.id, Some(&detection))?;
                    found.into_iter().find(|conduct| conduct.policy == policy.head.path)
                }
                None => None,
            }
            .unwrap_or_else(|| idle(policy, &detection.labels));
            if engines.is_none() {
                let failing = lived.failing.is_some().then(|| engine_at(own, false, at)).transpose()?;
                engines = Some((engine_at(own, true, at)?, failing));
            }
            if let Some((passing, failing)) = &engines {
                let engines = (passing, failing.as_ref());
                match firing {
                    Some(_) => add_standing(&mut conduct, engines, policy, (*index, key), at),
                    None => {
                        let nothing = nothing_to_do(&detection);
                        conduct.courses = courses_at_rest(engines, policy, (*index, key), at, &nothing);
                    }
                }
            }
            explanation.policies.push(conduct);
        }
        explanation.detections.push(detection);
    }
    explanation.sentence = match explanation.detections.as_slice() {
        [] => format!("nothing was seen of {name} up to {}", instant(at)),
        [one] => sentence_at(one, at),
        several => {
            let parts: Vec<String> = several.iter().map(|it| sentence_at(it, at)).collect();
            parts.join("; ")
        }
    };
    Ok(finished(side, explanation))
}

/// Refuses a time of which nothing was recorded.
fn check_recorded(side: &Side<'_>, at: Timestamp, name: &str) -> Result<(), NoAnswer> {
    let (start, end) = (side.recording.start(), side.recording.end());
    if start <= at && at <= end {
        return Ok(());
    }
    let (when, nearest) = if at < start { ("it had not begun", start) } else { ("it was over", end) };
    Err(NoAnswer::Outside {
        said: format!(
            "the recording `{}` is from {} to {}, and says nothing of {name} at {}, when {when}: the nearest time to \
             ask about is `--at {nearest}`",
            side.recording.manifest.name,
            instant(start),
            instant(end),
            instant(at)
        ),
    })
}

/// Adds to each course where its policy stood at a time.
fn add_standing(
    conduct: &mut Conduct,
    (passing, failing): (&Engine, Option<&Engine>),
    policy: &Policy,
    now: (PolicyIndex, &Key),
    at: Timestamp,
) {
    for course in &mut conduct.courses {
        let engine = match (course.assuming, failing) {
            (Assumption::Failing, Some(failing)) => failing,
            (Assumption::Whatever | Assumption::Passing | Assumption::Failing, _) => passing,
        };
        course.standing = vec![format!("at {}:", instant(at))];
        course.standing.extend(standing(engine, policy, now, at));
    }
}

/// Where a policy stood at a time at which nothing fired: what it began before may go on.
fn courses_at_rest(
    (passing, failing): (&Engine, Option<&Engine>),
    policy: &Policy,
    now: (PolicyIndex, &Key),
    at: Timestamp,
    nothing: &str,
) -> Vec<CourseTold> {
    let said = |engine: &Engine| {
        let mut said = vec![nothing.to_owned()];
        if is_under_way(engine, now) {
            said.push(format!("but at {}:", instant(at)));
            said.extend(standing(engine, policy, now, at));
        }
        said
    };
    let course = |assuming, standing| CourseTold { assuming, events: Vec::new(), standing };
    let passing = said(passing);
    match failing.map(said).filter(|failing| *failing != passing) {
        Some(failing) => vec![course(Assumption::Passing, passing), course(Assumption::Failing, failing)],
        None => vec![course(Assumption::Whatever, passing)],
    }
}

/// Whether a ladder that was begun while the key fired still does something.
fn is_under_way(engine: &Engine, (policy, key): (PolicyIndex, &Key)) -> bool {
    engine.standing(policy, key).is_some_and(|found| match found.doing {
        Doing::Running(_) | Doing::AwaitingApproval => true,
        Doing::Ready | Doing::Healed | Doing::Ended => false,
    })
}

fn nothing_to_do(told: &Detection) -> String {
    match told.state {
        DetectionState::NotSimulated => format!("what it would do cannot be told: {} cannot", told.detector),
        DetectionState::Fired
        | DetectionState::Fires
        | DetectionState::Pending
        | DetectionState::False
        | DetectionState::Unknown
        | DetectionState::Unseen
        | DetectionState::Happened => format!("nothing to decide on: {} did not fire", told.detector),
    }
}

fn going_on(told: &Detection, at: Timestamp) -> DetectionState {
    if told.start == Some(at) { DetectionState::Fired } else { DetectionState::Fires }
}

fn idle(policy: &Policy, labels: &Labels) -> Conduct {
    let course = CourseTold { assuming: Assumption::Whatever, events: Vec::new(), standing: Vec::new() };
    let (path, shadow) = (policy.head.path.clone(), policy.shadow);
    Conduct { policy: path, labels: labels.clone(), shadow, courses: vec![course] }
}

fn firing_at<'f>(
    program: &Program,
    known: &'f BTreeMap<SemanticHash, FiringFacts>,
    detector: DetectorIndex,
    key: &Key,
    at: Timestamp,
) -> Option<&'f FiringFacts> {
    let path = &program.detector(detector)?.head.path;
    known.values().find(|it| {
        it.detector == *path
            && key_of(&it.labels) == *key
            && it.start <= at
            && it.end.as_ref().is_none_or(|(end, ..)| at < *end)
    })
}

fn sentence_at(told: &Detection, at: Timestamp) -> String {
    let what = for_key(&told.detector, &told.labels);
    let at = instant(at);
    match told.state {
        DetectionState::Fired => format!("{what} began to fire at {at}"),
        DetectionState::Fires => match told.start {
            Some(start) => format!("{what} fired at {at}, since {}", instant(start)),
            None => format!("{what} fired at {at}"),
        },
        DetectionState::Pending => {
            let (since, step) = (told.true_since.unwrap_or_default(), told.at.unwrap_or_default());
            let lasted = exact(step.since(since));
            format!(
                "{what} did not fire at {at}: its condition was true for {lasted} of {}",
                exact(told.hold)
            )
        }
        DetectionState::False => format!("{what} did not fire at {at}: its condition was false"),
        DetectionState::Unknown => format!("{what} did not fire at {at}: its condition was unknown"),
        DetectionState::Unseen => format!("{what} did not fire at {at}: nothing was seen of it"),
        DetectionState::NotSimulated => format!("{what} cannot be told over this recording"),
        DetectionState::Happened => format!("{what} happened at {at}"),
    }
}
