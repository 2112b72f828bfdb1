//! Questions and their answers.

mod incident;
mod moment;
mod named;

use std::collections::BTreeSet;

use heal_engine::{Doing, Engine, Hindrance, Key, RunEnd, TraceEvent, TraceKind, WithheldReason, key_of};
use heal_program::{Policy, PolicyIndex, Program, SemanticHash, Timestamp};
use heal_report::Report;
use heal_simulator::SimulationError;

use self::{incident::of_incident, moment::of_moment, named::names};
use crate::{
    Assumption, Conduct, CourseTold, Detection, DetectionState, Explanation, Side,
    detection::{fired, firings, happened},
    episode::{Asked, Engines},
    guards::readings_of,
    index::{Meant, Sought},
    margins::needed,
    places::places,
    side::Lived,
    times::{exact, for_key, instant},
};

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
    /// Of what is named no key that was seen is the one that is asked about.
    #[error("{said}")]
    NoKey {
        /// What was asked, and which keys were seen.
        said: String,
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
