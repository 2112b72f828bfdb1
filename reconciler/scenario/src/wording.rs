//! What was expected and what happened, in sentences.

use heal_program::{
    Head, Program, Timestamp,
    scenario::{Condition, Count, Expectation, Subject},
};

use crate::{
    judge::{Evidence, Verdict},
    occurrences::{Kind, Occurrence, RunWord},
    times::{counted, exact, for_key, since, stretch},
};

/// Most lines about what happened.
const LINES_MAX: usize = 8;

/// What an expectation says, in a sentence without a period.
pub(crate) fn expected(program: &Program, expectation: &Expectation) -> String {
    let (one, many) = nouns(program, expectation);
    let mut text = match (expectation.negated, expectation.count) {
        (true, _) => format!("no {one}"),
        (false, None) => format!("{} {one}", article(&one)),
        (false, Some(Count::Exactly(count))) => format!("exactly {}", counted(count as usize, &one, &many)),
        (false, Some(Count::AtLeast(count))) => format!("at least {}", counted(count as usize, &one, &many)),
        (false, Some(Count::AtMost(count))) => format!("at most {}", counted(count as usize, &one, &many)),
    };
    if !expectation.key.is_empty() {
        let fields: Vec<String> =
            expectation.key.iter().map(|(field, value)| format!("{field} {value:?}")).collect();
        text.push_str(&format!(" for {}", fields.join(", ")));
    }
    for condition in &expectation.conditions {
        text.push_str(&match condition {
            Condition::Begins(from, to) => format!(" at {}", stretch(*from, *to)),
            Condition::Ends(from, to) => format!(" until {}", stretch(*from, *to)),
            Condition::Withheld(None) => String::new(),
            Condition::Withheld(Some(guard)) => format!(" by `{guard}`"),
            Condition::RunEnds(end) => format!(" that {}", ending(end)),
            Condition::OutsideIncidents => " outside incidents".to_owned(),
            Condition::Because(text) => format!(" because of {text:?}"),
        });
    }
    if let Some(within) = expectation.of_every_incident_within {
        text.push_str(&format!(" within {} of every incident", exact(within)));
    }
    text
}

fn ending(end: &str) -> String {
    match end {
        "passed" => "passes".to_owned(),
        "failed" => "fails".to_owned(),
        other => format!("is {other}"),
    }
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

fn nouns(program: &Program, expectation: &Expectation) -> (String, String) {
    let withheld = expectation.conditions.iter().any(|it| matches!(it, Condition::Withheld(_)));
    let run = if withheld { "withheld run" } else { "run" };
    let of = |one: &str, rest: Option<String>| match rest {
        Some(rest) => (format!("{one} {rest}"), format!("{one}s {rest}")),
        None => (one.to_owned(), format!("{one}s")),
    };
    let named = |word: &str, head: Option<&Head>| head.map(|head| format!("{word} `{}`", head.path));
    match &expectation.subject {
        Subject::Firing(detector) => {
            of("firing", named("of", detector.and_then(|it| program.detector(it)).map(|it| &it.head)))
        }
        Subject::Run(plan) => of(
            &if plan.is_some() { run.to_owned() } else { format!("{run} of a plan") },
            named("of", plan.and_then(|it| program.plan(it)).map(|it| &it.head)),
        ),
        Subject::PolicyRun(policy) => of(run, named("of", program.policy(*policy).map(|it| &it.head))),
        Subject::Action(action) => {
            of("action", named("of", action.and_then(|it| program.action(it)).map(|it| &it.head)))
        }
        Subject::Escalation(channel) => {
            let one = if withheld { "withheld escalation" } else { "escalation" };
            of(one, named("through", channel.and_then(|it| program.channel(it)).map(|it| &it.head)))
        }
        Subject::Approval(team) => {
            of("request for approval", team.as_ref().map(|team| format!("of `{team}`")))
        }
        Subject::Event(event) => of("event", named("of", program.event(*event).map(|it| &it.head))),
    }
}

/// What happened instead, a line each.
pub(crate) fn happened(
    evidence: &Evidence<'_>,
    expectation: &Expectation,
    verdict: &Verdict<'_>,
) -> Vec<String> {
    let mut lines = Vec::new();
    for incident in verdict.missed.iter().take(LINES_MAX) {
        let (from, to) = (since(evidence.start, incident.start), since(evidence.start, incident.end));
        lines.push(format!("nothing of it in time for the incident {} ({from}..{to})", incident.name));
    }
    let (all, matched) = (verdict.candidates.len(), verdict.matched.len());
    if verdict.missed.is_empty() {
        lines.push(match (all, matched) {
            (0, _) => "there was none".to_owned(),
            (all, matched) if all == matched => format!("there {}", were(all)),
            (all, 0) => format!("there {}, none of them like that", were(all)),
            (all, matched) => format!("there {}, {matched} of them like that", were(all)),
        });
    }
    // What decides comes first: too many of what matches, or what nearly does.
    let shown = verdict.candidates.iter().take(LINES_MAX);
    for occurrence in shown {
        let failing: Vec<&Condition> =
            expectation.conditions.iter().filter(|it| !evidence.meets(occurrence, it)).collect();
        lines.push(line(evidence.start, occurrence, &failing));
    }
    if all > LINES_MAX {
        lines.push(format!("and {} more", all - LINES_MAX));
    }
    if all == 0 {
        lines.extend(instead(evidence, expectation));
    }
    lines
}

fn were(count: usize) -> String {
    if count == 1 { "was one".to_owned() } else { format!("were {count}") }
}

/// One thing that happened, and which conditions it does not meet.
fn line(start: Timestamp, occurrence: &Occurrence, failing: &[&Condition]) -> String {
    let mut text = format!("{}: {}", since(start, occurrence.begin), sentence(start, occurrence));
    let not: Vec<String> = failing
        .iter()
        .map(|condition| match condition {
            Condition::Begins(from, to) => format!("not at {}", stretch(*from, *to)),
            Condition::Ends(from, to) => format!("not until {}", stretch(*from, *to)),
            Condition::Withheld(None) => "not withheld".to_owned(),
            Condition::Withheld(Some(guard)) => format!("not by `{guard}`"),
            Condition::RunEnds(end) => format!("not {end}"),
            Condition::OutsideIncidents => "in an incident".to_owned(),
            Condition::Because(text) => format!("{text:?} is not in: {}", occurrence.explanation),
        })
        .collect();
    if !not.is_empty() {
        text.push_str(&format!(" ({})", not.join(", ")));
    }
    text
}

fn sentence(start: Timestamp, occurrence: &Occurrence) -> String {
    let labels = &occurrence.labels;
    let until = match occurrence.end {
        Some(end) if end > occurrence.begin => format!("{} at {}", occurrence.ended, since(start, end)),
        Some(_) => occurrence.ended.clone(),
        None => "goes on at the end".to_owned(),
    };
    match &occurrence.kind {
        Kind::Firing { detector } => format!("{} fires, {until}", for_key(detector, labels)),
        Kind::Run { policy, plan, end: Some(RunWord::Skipped | RunWord::Rejected) } => {
            format!("{policy} does not run {}, {until}", for_key(plan, labels))
        }
        Kind::Run { policy, plan, .. } => format!("{policy} runs {}, {until}", for_key(plan, labels)),
        Kind::Withheld { policy, plan, .. } => {
            // Before anything is chosen a choice has no name.
            let what = if plan.is_empty() { "its choice" } else { plan };
            format!("{policy} withholds {}: {}", for_key(what, labels), occurrence.explanation)
        }
        Kind::Action { step, .. } => {
            format!("step {step} does {}, {until}", for_key(&occurrence.explanation, labels))
        }
        Kind::Escalation { policy, channel } => {
            let through = channel.as_ref().map(|it| format!(" through {it}")).unwrap_or_default();
            format!("{} escalates{through}: {}", for_key(policy, labels), occurrence.explanation)
        }
        Kind::Untold { policy, channel } => {
            let through = channel.as_ref().map(|it| format!(" through {it}")).unwrap_or_default();
            format!("{} would escalate{through}: {}", for_key(policy, labels), occurrence.explanation)
        }
        Kind::Approval { policy, plan, team } => {
            format!("{policy} asks {team} about {}, {until}", for_key(plan, labels))
        }
        Kind::Event { event } => for_key(event, labels),
    }
}

/// What there was where a run, action, escalation or request was expected and there was none.
fn instead(evidence: &Evidence<'_>, expectation: &Expectation) -> Vec<String> {
    let reach = crate::reach::Reach::of(evidence.program, expectation);
    let policies: Vec<&str> = reach
        .policies
        .iter()
        .filter_map(|it| evidence.program.policy(*it))
        .map(|it| it.head.path.as_str())
        .collect();
    let detectors: Vec<&str> = reach
        .detectors
        .iter()
        .filter_map(|it| evidence.program.detector(*it))
        .map(|it| it.head.path.as_str())
        .collect();
    let concerns = |occurrence: &&Occurrence| match &occurrence.kind {
        Kind::Firing { detector } => !policies.is_empty() && detectors.contains(&detector.as_str()),
        Kind::Run { policy, .. }
        | Kind::Withheld { policy, .. }
        | Kind::Escalation { policy, .. }
        | Kind::Untold { policy, .. }
        | Kind::Approval { policy, .. } => policies.contains(&policy.as_str()),
        Kind::Action { .. } | Kind::Event { .. } => false,
    };
    let found: Vec<&Occurrence> = evidence.occurrences.iter().filter(concerns).collect();
    let mut lines: Vec<String> =
        found.iter().take(LINES_MAX).map(|it| line(evidence.start, it, &[])).collect();
    if found.len() > LINES_MAX {
        lines.push(format!("and {} more", found.len() - LINES_MAX));
    }
    if lines.is_empty() && !policies.is_empty() && !detectors.is_empty() {
        let names: Vec<String> = detectors.iter().map(|it| format!("`{it}`")).collect();
        lines.push(match names.as_slice() {
            [one] => format!("{one} did not fire"),
            several => format!("none of {} fired", several.join(", ")),
        });
    }
    lines
}
