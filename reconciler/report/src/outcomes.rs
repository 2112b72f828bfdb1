//! What was really done while the recording was made, and how much of it the simulation could go by.

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::{Labels, RecordedRun, RecordedVerdict, label_values};
use heal_program::{Plan, Policy, Program, Timestamp};
use heal_telemetry::Outcome;
use serde::{Deserialize, Serialize};

use crate::{PolicyReport, Telemetry, VerifiedBy, report::size, times, units};

/// What was really done under one name, and how much of it is the same as a simulated run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomesReport {
    /// Path of the plan or action.
    pub item: String,
    /// How many outcomes are recorded.
    pub count: u64,
    /// How many are the same as a simulated run of either course, and decided its verification.
    pub matched: u64,
    /// The others, by how they ended: `passed`, `step failed`.
    pub unmatched: BTreeMap<String, u64>,
    /// Why none can be, where that is so; empty: some could.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// What tells an outcome from others.
type Key<'a> = (&'a str, Timestamp, Labels);

/// What was really done, by path of plan or action, and how much of it these policies' runs are the same as.
pub(crate) fn outcomes_of(
    program: &Program,
    telemetry: &Telemetry,
    policies: &[PolicyReport],
) -> Vec<OutcomesReport> {
    let mut by_item: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for outcome in &telemetry.outcomes {
        by_item.entry(&outcome.item).or_default().push(outcome);
    }
    if by_item.is_empty() {
        return Vec::new();
    }
    let mut matched: BTreeSet<Key<'_>> = BTreeSet::new();
    for run in policies.iter().flat_map(|it| it.runs.iter().chain(&it.only_if_failing.runs)) {
        if let Some(VerifiedBy::Recorded(RecordedRun { item, start, labels, .. })) = &run.verified_by
            && let Some((item, _)) = by_item.get_key_value(item.as_str())
        {
            matched.insert((item, *start, labels.clone()));
        }
    }
    let report = |(item, outcomes): (&str, Vec<&Outcome>)| {
        let count = size(outcomes.len());
        let is_matched = |it: &&Outcome| {
            matched.contains(&(item, it.start, it.labels.clone().into_iter().collect::<Labels>()))
        };
        let mut unmatched: BTreeMap<String, u64> = BTreeMap::new();
        for outcome in outcomes.into_iter().filter(|it| !is_matched(it)) {
            *unmatched.entry(outcome.verdict.text().to_owned()).or_default() += 1;
        }
        let matched = count - unmatched.values().sum::<u64>();
        let why = if matched == 0 { why_none(program, item) } else { String::new() };
        OutcomesReport { item: item.to_owned(), count, matched, unmatched, why }
    };
    by_item.into_iter().map(report).collect()
}

/// Why no run can be the same as something of this name; empty: one could.
fn why_none(program: &Program, item: &str) -> String {
    let plan = program.plans.iter().find(|plan| plan.head.path == item);
    let is_action = program.actions.iter().any(|action| action.head.path == item);
    let could = |plan: &Plan| program.recorded_as(plan).contains(&item);
    let tries = |policy: &&Policy| program.plans_of(policy).any(could);
    let mut tried = program.policies.iter().filter(tries).peekable();
    let why = match plan {
        None if !is_action => "the policies have no plan or action of this name",
        Some(plan) if plan.verifies.is_empty() => "the plan verifies nothing",
        Some(plan) if !could(plan) => {
            "the plan has a `for each`, and of its targets only the whole is verified"
        }
        None if !program.plans.iter().any(could) => {
            "no plan that verifies anything has this action as its only step"
        }
        Some(_) | None if tried.peek().is_none() => "no policy tries this plan",
        Some(_) | None if tried.all(|policy| policy.shadow) => "only policies in shadow try this plan",
        Some(_) | None => "",
    };
    why.to_owned()
}

impl OutcomesReport {
    /// What is to be known of it, as the rest of a line that begins with what it is of.
    pub(crate) fn text(&self) -> String {
        let (matched, count) = (units::count(self.matched), units::count(self.count));
        let decided = match self.matched {
            0 => format!("none of {count} is the same as a simulated run"),
            1 => format!("1 of {count} is the same as a simulated run, and decided its verification"),
            _ => {
                format!(
                    "{matched} of {count} are the same as simulated runs, and decided their verifications"
                )
            }
        };
        let counts: Vec<String> = self
            .unmatched
            .iter()
            .map(|(verdict, count)| format!("{} {verdict}", units::count(*count)))
            .collect();
        let left = self.unmatched.values().sum::<u64>();
        let rest = match left {
            0 => String::new(),
            _ if self.matched == 0 => format!(" ({})", counts.join(", ")),
            1 => format!("; 1 is not ({})", counts.join(", ")),
            left => format!("; {} are not ({})", units::count(left), counts.join(", ")),
        };
        let why = if self.why.is_empty() { String::new() } else { format!(": {}", self.why) };
        format!("{decided}{rest}{why}")
    }
}

/// What was really done, for people: `shop.refill` of `cart` at a time, and where that is written.
pub(crate) fn text_of(recorded: &RecordedRun) -> String {
    let RecordedRun { item, labels, start, source, file, .. } = recorded;
    let mut text = format!("`{item}`");
    if !labels.is_empty() {
        text.push_str(&format!(" for {}", label_values(labels)));
    }
    text.push_str(&format!(" at {}", times::instant(*start)));
    let id = if source.is_empty() { String::new() } else { format!("id {source}") };
    let told: Vec<&str> = [file.as_str(), id.as_str()].into_iter().filter(|it| !it.is_empty()).collect();
    if !told.is_empty() {
        text.push_str(&format!(" ({})", told.join(", ")));
    }
    text
}

/// How a run came out by what was recorded of the same when it was really done.
pub(crate) fn said_of(outcome: &str, recorded: &RecordedRun) -> String {
    let really = text_of(recorded);
    let verdict = recorded.verdict.text();
    match recorded.verdict {
        RecordedVerdict::Done => format!("{outcome} by what was recorded after {really}"),
        RecordedVerdict::Passed | RecordedVerdict::Failed => format!("{outcome} as recorded of {really}"),
        RecordedVerdict::StepFailed | RecordedVerdict::Unknown => {
            format!("{outcome} as recorded ({verdict}) of {really}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_recorded_is_said_with_how_much_of_it_decided_anything() {
        let text = |matched: u64, unmatched: &[(&str, u64)], why: &str| {
            let unmatched: BTreeMap<String, u64> =
                unmatched.iter().map(|(verdict, count)| ((*verdict).to_owned(), *count)).collect();
            let count = matched + unmatched.values().sum::<u64>();
            OutcomesReport { item: "refill".to_owned(), count, matched, unmatched, why: why.to_owned() }
                .text()
        };
        let decided = "is the same as a simulated run, and decided its verification";
        assert_eq!(text(1, &[], ""), format!("1 of 1 {decided}"));
        assert_eq!(text(1, &[("passed", 1)], ""), format!("1 of 2 {decided}; 1 is not (1 passed)"));
        assert_eq!(
            text(1_200, &[("done", 1), ("failed", 2)], ""),
            "1,200 of 1,203 are the same as simulated runs, and decided their verifications; 3 are not (1 done, 2 failed)"
        );
        assert_eq!(
            text(0, &[("passed", 2)], "no policy tries this plan"),
            "none of 2 is the same as a simulated run (2 passed): no policy tries this plan"
        );
    }

    #[test]
    fn a_run_says_by_what_was_really_done_it_came_out_as_it_did() {
        let recorded = RecordedRun {
            item: "shop.refill".to_owned(),
            labels: vec![("service".to_owned(), "cart".to_owned())],
            start: Timestamp(1_777_595_820_000),
            end: None,
            verdict: RecordedVerdict::StepFailed,
            note: String::new(),
            source: "41".to_owned(),
            file: "jobs.csv".to_owned(),
        };
        assert_eq!(
            said_of("failed", &recorded),
            "failed as recorded (step failed) of `shop.refill` for cart at 2026-05-01 00:37 UTC (jobs.csv, id 41)"
        );
        let done = RecordedRun {
            verdict: RecordedVerdict::Done,
            labels: Vec::new(),
            source: String::new(),
            file: String::new(),
            ..recorded
        };
        assert_eq!(
            said_of("passed", &done),
            "passed by what was recorded after `shop.refill` at 2026-05-01 00:37 UTC"
        );
    }
}
