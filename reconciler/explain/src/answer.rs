//! Questions and their answers.

use std::{cmp::Reverse, collections::BTreeSet};

use heal_engine::{
    Doing, Engine, Hindrance, Key, Labels, RunEnd, TraceEvent, TraceKind, WithheldReason, key_of,
};
use heal_program::{DetectorIndex, Millis, Policy, PolicyIndex, Program, SemanticHash, Timestamp};
use heal_report::Report;
use heal_simulator::SimulationError;

use crate::{
    Assumption, Conduct, CourseTold, Detection, DetectionState, Explanation, Side,
    detection::{FiringFacts, detector_named, fired, firings, happened, nearest, not_fired},
    episode::{Asked, Engines},
    guards::readings_of,
    index::{Meant, Sought},
    key_asked::{Asking, matching},
    margins::needed,
    places::places,
    side::Lived,
    times::{exact, for_key, instant},
};

/// Most keys that are explained where none was named.
const KEYS_MAX: usize = 4;

/// Of how many moments of an episode it is said what guards had counted and what was required: each is an engine.
const MOMENTS_MAX: usize = 16;

/// What is asked.
#[derive(Clone, Debug)]
pub enum Question<'q> {
    /// About something that has an id, which was looked for in what all groups of the side did.
    Id(&'q Sought),
    /// About a policy or detector at a time: `heal_leaks`, `leaking[cart/a]`, `leaking{pod: "a"}`.
    At(&'q str, Timestamp),
    /// About an incident by name, over a report on the same side.
    Incident(&'q str, &'q Report),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// Nothing is called so.
    #[error("{said}")]
    Unknown {
        /// What is wrong.
        said: String,
        /// What may have been meant, a line each.
        near: Vec<String>,
        /// Names that may have been meant.
        names: Vec<String>,
    },
    /// It is asked about a time of which nothing was recorded.
    #[error("{said}")]
    Outside {
        /// From when to when the recording is.
        said: String,
    },
    /// The recording could not be read, or a defect of Heal.
    #[error(transparent)]
    Simulation(#[from] SimulationError),
}

/// Answers a question.
///
/// # Errors
/// When nothing is called so, or the recording cannot be read.
pub fn explain(side: &Side<'_>, question: &Question<'_>) -> Result<Explanation, NoAnswer> {
    match question {
        Question::Id(sought) => of_id(side, sought),
        Question::At(text, at) => of_moment(side, text, *at),
        Question::Incident(name, report) => of_incident(side, name, report),
    }
}

fn of_id(side: &Side<'_>, sought: &Sought) -> Result<Explanation, NoAnswer> {
    let text = sought.text();
    let (id, known) = match sought.meant() {
        Meant::One(id, known) => (id, known),
        Meant::Several(near) => {
            let said = format!("several ids begin with `{text}`");
            return Err(NoAnswer::Unknown { said, near, names: Vec::new() });
        }
        Meant::Nothing(near) => {
            let said = format!("nothing in this simulation has the id `{text}`");
            return Err(NoAnswer::Unknown { said, near, names: names(side) });
        }
    };
    let mut explanation = blank(side, text);
    let (mut detection, mut conducts) = (None, Vec::new());
    if let Some(lived) = side.lived(known.group)? {
        detection = detection_of((side, &lived), known.firing)?;
        conducts = conducts_on((side, &lived), known.firing, id, detection.as_ref())?;
    }
    let asked = conducts.iter().find_map(|conduct| {
        let course = conduct.courses.iter().find(|course| course.events.iter().any(|event| event.asked))?;
        let event = course.events.iter().find(|event| event.asked)?;
        let is_same = |other: &&CourseTold| other.events.iter().any(|it| it.asked && it.text == event.text);
        let is_in_all = conduct.courses.iter().filter(is_same).count() == conduct.courses.len();
        Some((conduct, event, if is_in_all { "" } else { only_if(course.assuming) }))
    });
    explanation.sentence = match (asked, &detection) {
        (Some((conduct, event, only)), _) => {
            format!("{}: {}, {}{only}", conduct.policy, event.text, instant(event.at))
        }
        (None, Some(detection)) => sentence(detection),
        (None, None) => known.what.clone(),
    };
    explanation.detections.extend(detection);
    explanation.policies = conducts;
    Ok(finished(side, explanation))
}

/// What must be so for something that only one course holds.
fn only_if(assuming: Assumption) -> &'static str {
    match assuming {
        Assumption::Whatever => "",
        Assumption::Passing => ", if every verification passes",
        Assumption::Failing => ", if every verification fails",
    }
}

fn blank(side: &Side<'_>, asked: &str) -> Explanation {
    Explanation {
        asked: asked.to_owned(),
        sentence: String::new(),
        revision: side.revision.to_owned(),
        program: side.program.digest(),
        recording: side.recording.manifest.name.clone(),
        detections: Vec::new(),
        policies: Vec::new(),
        places: Vec::new(),
        notes: Vec::new(),
    }
}

fn finished(side: &Side<'_>, mut explanation: Explanation) -> Explanation {
    explanation.places = places(side.program, &explanation);
    let has_courses = explanation.policies.iter().any(|policy| policy.courses.len() > 1);
    if has_courses {
        explanation.notes.push(
            "A recording does not answer to actions, so it was simulated twice: as if every verification \
             passed, and as if every one failed."
                .to_owned(),
        );
    }
    explanation
}

/// What the detector saw, or the event that it is.
fn detection_of(
    (side, lived): (&Side<'_>, &Lived<'_>),
    firing: SemanticHash,
) -> Result<Option<Detection>, NoAnswer> {
    if let Some(facts) = firings(&lived.passing).get(&firing) {
        return Ok(fired((side, &lived.life), facts)?);
    }
    let happened_then = |event: &TraceEvent| {
        let TraceKind::Happened { episode, item, labels, .. } = &event.kind else { return None };
        (*episode == firing).then(|| happened(item, labels, firing, event.at))
    };
    Ok(lived.passing.iter().find_map(happened_then))
}

/// What the policies on a firing did about it.
fn conducts_on(
    (side, lived): (&Side<'_>, &Lived<'_>),
    firing: SemanticHash,
    id: SemanticHash,
    detection: Option<&Detection>,
) -> Result<Vec<Conduct>, NoAnswer> {
    let Some(detection) = detection else { return Ok(Vec::new()) };
    let policies: Vec<(PolicyIndex, &Policy)> = policies_on(side.program, &detection.detector);
    if policies.is_empty() {
        return Ok(Vec::new());
    }
    let passing = engines(lived, &lived.passing, (firing, id), true)?;
    let failing = match &lived.failing {
        Some(trace) => Some((trace, engines(lived, trace, (firing, id), false)?)),
        None => None,
    };
    let failing = failing.as_ref().map(|(trace, engines)| (trace.as_slice(), engines));
    let mut found = Vec::new();
    let mut at_start: Option<(Engine, Option<Engine>)> = None;
    for (index, policy) in policies {
        let asked = Asked { program: side.program, index, policy, firing, id };
        let mut conduct = asked.conduct((&lived.passing, &passing), failing, &detection.labels);
        let is_silent = conduct.courses.iter().any(|course| course.events.is_empty());
        if let (true, Some(start)) = (is_silent, detection.start) {
            if at_start.is_none() {
                let own = (side, lived);
                let failing = lived.failing.is_some().then(|| engine_at(own, false, start)).transpose()?;
                at_start = Some((engine_at(own, true, start)?, failing));
            }
            let key = key_of(&detection.labels);
            if let Some((passing, failing)) = &at_start {
                let stood = |engine: &Engine| standing(engine, policy, (index, &key), start);
                why_silent(&mut conduct, stood(passing), failing.as_ref().map(stood));
            }
        }
        found.push(conduct);
    }
    Ok(found)
}

/// Where a policy stood at the beginning of a firing, in each course in which it did nothing about it.
fn why_silent(conduct: &mut Conduct, passing: Vec<String>, failing: Option<Vec<String>>) {
    let failing = failing.filter(|failing| *failing != passing);
    if let ([course], Some(failing)) = (conduct.courses.as_mut_slice(), &failing) {
        // It did nothing in either, and not for the same reason.
        course.assuming = Assumption::Passing;
        let events = Vec::new();
        conduct.courses.push(CourseTold { assuming: Assumption::Failing, events, standing: failing.clone() });
    }
    for course in conduct.courses.iter_mut().filter(|course| course.events.is_empty()) {
        course.standing = match (course.assuming, &failing) {
            (Assumption::Failing, Some(failing)) => failing.clone(),
            (Assumption::Whatever | Assumption::Passing | Assumption::Failing, _) => passing.clone(),
        };
    }
}

/// Engines of the first moments of an episode at which something was held back or skipped, and of the one that is asked
/// about.
fn engines(
    lived: &Lived<'_>,
    trace: &[TraceEvent],
    (of, id): (SemanticHash, SemanticHash),
    verified: bool,
) -> Result<Engines, SimulationError> {
    let is_asked = |event: &&TraceEvent| match &event.kind {
        TraceKind::Withheld { firing, .. } => *firing == of,
        TraceKind::RunEnded { firing, end, .. } => *firing == of && matches!(end, RunEnd::Skipped { .. }),
        TraceKind::FiringStarted { .. }
        | TraceKind::FiringEnded { .. }
        | TraceKind::Happened { .. }
        | TraceKind::Chosen { .. }
        | TraceKind::RunStarted { .. }
        | TraceKind::ActionStarted { .. }
        | TraceKind::ActionEnded { .. }
        | TraceKind::Verified { .. }
        | TraceKind::VerifyDecided { .. }
        | TraceKind::RevertStarted { .. }
        | TraceKind::ApprovalRequested { .. }
        | TraceKind::ApprovalEnded { .. }
        | TraceKind::Escalated { .. }
        | TraceKind::NotSimulated { .. }
        | TraceKind::Noted { .. }
        | TraceKind::SamplesDropped { .. }
        | TraceKind::ProgramSwapped { .. }
        | TraceKind::Paused { .. } => false,
    };
    let times: BTreeSet<Timestamp> = trace.iter().filter(is_asked).map(|event| event.at).collect();
    let mut first: BTreeSet<Timestamp> = times.into_iter().take(MOMENTS_MAX).collect();
    first.extend(trace.iter().filter(is_asked).filter(|event| has_id(event, id)).map(|event| event.at));
    lived.life.engines_at(verified, &first)
}

/// Whether something that was held back or skipped has an id.
fn has_id(event: &TraceEvent, id: SemanticHash) -> bool {
    if let TraceKind::Withheld { policy, firing, rung, reason, .. } = &event.kind {
        heal_report::withheld_id(policy, *firing, *rung, reason) == id
    } else if let TraceKind::RunEnded { run, .. } = &event.kind {
        *run == id
    } else {
        false
    }
}

/// The engine of one moment.
fn engine_at(
    (side, lived): (&Side<'_>, &Lived<'_>),
    verified: bool,
    at: Timestamp,
) -> Result<Engine, SimulationError> {
    let mut engines = lived.life.engines_at(verified, &[at].into())?;
    // One time gives one engine.
    Ok(engines.remove(&at).unwrap_or_else(|| Engine::new(side.program.clone())))
}

fn policies_on<'p>(program: &'p Program, path: &str) -> Vec<(PolicyIndex, &'p Policy)> {
    (0..)
        .map(PolicyIndex)
        .zip(&program.policies)
        .filter(|(_, policy)| program.trigger(policy.on).is_some_and(|head| head.path == path))
        .collect()
}

/// Where a policy stood at a time, a sentence each.
fn standing(
    engine: &Engine,
    policy: &Policy,
    (index, key): (PolicyIndex, &Key),
    at: Timestamp,
) -> Vec<String> {
    let mut said = Vec::new();
    if let (Some(found), Some(condition)) = (engine.where_standing(index, key), &policy.condition) {
        match found.truth {
            Some(true) => {}
            Some(false) => {
                said.push(format!("`where {}` was false: the policy was not concerned", condition.text));
                let program = engine.program();
                let needed =
                    engine.with_facts(index, key, None, |facts| needed(program, &condition.condition, facts));
                match needed.flatten() {
                    Some(needed) => {
                        said.extend(needed.because);
                        said.push(format!("it would have been with {}", needed.differ.join("; or ")));
                    }
                    None => said.extend(readings_of(&found.values)),
                }
                return said;
            }
            None => {
                said.push(format!("`where {}` was unknown, which holds back", condition.text));
                said.extend(readings_of(&found.values));
                said.extend(found.lacking.iter().map(ToString::to_string));
            }
        }
    }
    let Some(found) = engine.standing(index, key) else {
        said.push("it had not heard of this key".to_owned());
        return said;
    };
    let rungs = policy.ladder.len();
    said.push(match found.doing {
        Doing::Running(run) => format!("a run was on its way ({})", run.short()),
        Doing::AwaitingApproval => {
            format!("it waited for an approval, at rung {} of {rungs}", found.rung + 1)
        }
        Doing::Healed => {
            "it counted as healed until it clears: nothing more is started for this firing".to_owned()
        }
        Doing::Ended => "its ladder had ended for this episode: nothing more is started in it".to_owned(),
        Doing::Ready if found.rung >= rungs => match found.wait_until.filter(|_| found.is_used_up) {
            Some(until) => {
                format!("no rung was left: people hear of it if it lasts until {}", instant(until))
            }
            None => "no rung was left".to_owned(),
        },
        Doing::Ready => format!("rung {} of {rungs} had its turn", found.rung + 1),
    });
    if let Some(before) = &found.before {
        said.push(format!("before that: {before}"));
    }
    let may_go_on = found.doing == Doing::Ready && found.rung < rungs;
    if let Some(until) = found.wait_until.filter(|until| *until > at && may_go_on) {
        said.push(format!(
            "it gave the world time after the rung before, and would have gone on {} later, at {}",
            exact(until.since(at)),
            instant(until)
        ));
    }
    if let Some((since, reason)) = &found.withheld {
        said.push(format!("held back since {}: {}", instant(*since), heal_report::withholding(reason).1));
        said.extend(held_as_well(engine, (index, key), reason));
    }
    said
}

/// What holds a rung back beside what it is said to be held back by.
fn held_as_well(engine: &Engine, (policy, key): (PolicyIndex, &Key), reason: &WithheldReason) -> Vec<String> {
    let is_said =
        |it: &Hindrance| matches!(it, Hindrance::Withheld { reason: other, .. } if other.is_like(reason));
    let all = engine.hindrances(policy, key);
    let others = all.iter().filter(|it| !is_said(it));
    others.map(|other| format!("held back as well: {}", why_also(other))).collect()
}

/// What else stands in the way, in a few words.
fn why_also(hindrance: &Hindrance) -> String {
    match hindrance {
        Hindrance::Withheld { reason, .. } => heal_report::withholding(reason).1,
        Hindrance::RequireFalse { require } => format!("it would be skipped, `require {require}` is false"),
        Hindrance::Approval { team } => format!("{team} would be asked"),
        Hindrance::NotAsked => "what hangs on that argument, which could not be asked".to_owned(),
    }
}

fn of_moment(side: &Side<'_>, text: &str, at: Timestamp) -> Result<Explanation, NoAnswer> {
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
    known: &'f std::collections::BTreeMap<SemanticHash, FiringFacts>,
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

/// What `POLICY[KEY]` names.
struct Wanted<'p> {
    detector: DetectorIndex,
    policies: Vec<(PolicyIndex, &'p Policy)>,
    key: Option<Asking>,
    name: String,
}

fn wanted<'p>(side: &Side<'p>, text: &str) -> Result<Wanted<'p>, NoAnswer> {
    let program = side.program;
    let (name, key) = match text.find(['[', '{']) {
        Some(at) => {
            let (name, rest) = text.split_at(at);
            let inside = |open, close| rest.trim().strip_prefix(open)?.strip_suffix(close);
            (name.trim(), Some(inside('[', ']').or_else(|| inside('{', '}')).unwrap_or(rest)))
        }
        None => (text.trim(), None),
    };
    let policies = || (0..).map(PolicyIndex).zip(&program.policies);
    let detectors = || program.detectors.iter().map(|it| it.head.path.as_str());
    let paths: Vec<&str> = policies().map(|(_, it)| it.head.path.as_str()).chain(detectors()).collect();
    let path = match paths.iter().find(|path| **path == name) {
        Some(path) => Some(*path),
        // A name without its module, where only one module has it.
        None => {
            let ends = paths.iter().filter(|path| path.rsplit('.').next() == Some(name));
            match ends.copied().collect::<Vec<_>>().as_slice() {
                [] => None,
                [one] => Some(*one),
                several => {
                    let said = format!("`{name}` may be any of {}", several.join(", "));
                    return Err(NoAnswer::Unknown { said, near: Vec::new(), names: Vec::new() });
                }
            }
        }
    };
    let policy = policies().find(|(_, it)| Some(it.head.path.as_str()) == path);
    let detector = match &policy {
        Some((_, policy)) => policy.on.detector(),
        None => path.and_then(|path| detector_named(program, path)),
    };
    let Some((detector, node)) = detector.and_then(|index| Some((index, program.detector(index)?))) else {
        let (said, names) = match policy {
            // A time tells nothing of it.
            Some((_, policy)) => {
                (format!("`{}` is on an event: ask about the event by its id", policy.head.path), Vec::new())
            }
            None => (format!("there is no policy and no detector `{name}`"), names(side)),
        };
        return Err(NoAnswer::Unknown { said, near: Vec::new(), names });
    };
    let policies = match policy {
        Some(policy) => vec![policy],
        None => policies_on(program, &node.head.path),
    };
    let key = match key.map(|written| Asking::of(written, &node.keys)) {
        Some(None) => {
            let said = format!(
                "`{name}` has the key `{}`: write `{name}[{}]`",
                node.keys.join(", "),
                node.keys.join("/").to_uppercase()
            );
            return Err(NoAnswer::Unknown { said, near: Vec::new(), names: Vec::new() });
        }
        key => key.flatten(),
    };
    Ok(Wanted { detector, policies, key, name: name.to_owned() })
}

/// The place of the group with the policies on a detector or event. There is one: they are decided together.
fn group_on(side: &Side<'_>, path: &str) -> Option<usize> {
    let (policy, _) = *policies_on(side.program, path).first()?;
    side.groups.all().iter().position(|group| group.policies.contains(&policy))
}

fn of_incident(side: &Side<'_>, name: &str, report: &Report) -> Result<Explanation, NoAnswer> {
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
        (true, true) => format!("{name}, {when}: concerns no detector that a policy is on"),
    };
    Ok(finished(side, explanation))
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

/// What came of a detection, in one sentence.
fn sentence(told: &Detection) -> String {
    let what = for_key(&told.detector, &told.labels);
    match (told.state, told.start, told.end) {
        (DetectionState::Happened, Some(start), _) => format!("{what} happened at {}", instant(start)),
        (_, Some(start), Some(end)) => {
            format!("{what} fired from {} to {}", instant(start), instant(end))
        }
        (_, Some(start), None) => {
            format!("{what} fired from {} to the end of the recording", instant(start))
        }
        (_, None, _) => what,
    }
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

/// What can be asked about by name.
fn names(side: &Side<'_>) -> Vec<String> {
    let policies = side.program.policies.iter().map(|it| it.head.path.clone());
    let detectors = side.program.detectors.iter().map(|it| it.head.path.clone());
    let incidents = side.recording.incidents.iter().map(|it| it.name.clone());
    let all: BTreeSet<String> = policies.chain(detectors).chain(incidents).collect();
    all.into_iter().collect()
}
