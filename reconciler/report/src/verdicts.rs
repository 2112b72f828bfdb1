//! What decided how verifications came out: the recording, or nothing but the course of the simulation.

use heal_program::{Plan, Policy, Program};

use crate::{PolicyReport, Report, Run, VerifiedBy, outcomes, report::size, units};

/// How many verifications were decided by what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdicts {
    recorded: u64,
    declared: u64,
    open: u64,
}

/// Takes back that its course decided a run's verification, where nothing was verified.
pub(crate) fn judge(program: &Program, policy: &Policy, runs: &mut [Run]) {
    let verified: Vec<&Plan> = program.plans_of(policy).filter(|plan| !plan.verifies.is_empty()).collect();
    for run in runs {
        let has_verify = verified.iter().any(|plan| plan.head.path == run.plan);
        let is_verdict = |outcome: &str| {
            ["passed", "failed", "inconclusive"].iter().any(|verdict| outcome.starts_with(verdict))
        };
        if !(has_verify && run.outcome.as_deref().is_some_and(is_verdict)) {
            run.verified_by = None;
        }
    }
}

impl Verdicts {
    /// Those of all runs that are told of in a report, of either course.
    pub(crate) fn of(report: &Report) -> Verdicts {
        let known = report.policies.iter().filter(|policy| policy.unknown.is_none() && !policy.shadow);
        let runs: Vec<&Run> =
            known.flat_map(|it: &PolicyReport| it.runs.iter().chain(&it.only_if_failing.runs)).collect();
        let count = |is: fn(&VerifiedBy) -> bool| {
            size(runs.iter().filter(|run| run.verified_by.as_ref().is_some_and(is)).count())
        };
        Verdicts {
            recorded: count(|by| matches!(by, VerifiedBy::Recorded(_))),
            declared: count(|by| matches!(by, VerifiedBy::Declared { .. })),
            open: count(|by| matches!(by, VerifiedBy::Course)),
        }
    }

    /// In a sentence, where anything but the course decided any.
    pub(crate) fn text(self) -> Option<String> {
        let Verdicts { recorded, declared, open } = self;
        if recorded + declared == 0 {
            return None;
        }
        let all = units::counted(recorded + declared + open, "verification", "verifications");
        let are =
            |count: u64| if count == 1 { "1 is".to_owned() } else { format!("{} are", units::count(count)) };
        let mut decided = Vec::new();
        if recorded > 0 {
            decided.push(format!("{} decided by recorded outcomes", are(recorded)));
        }
        if declared > 0 {
            decided.push(format!(
                "{} decided by what was recorded, because plans or actions say what they affect",
                are(declared)
            ));
        }
        let open = if open == 0 { "none is".to_owned() } else { are(open) };
        Some(format!("of {all} {}, and {open} open", decided.join(", ")))
    }
}

/// What is said behind a run of which the recording decided how its verification came out.
pub(crate) fn said_of(run: &Run) -> Option<String> {
    let outcome = run.outcome.as_deref().and_then(|outcome| outcome.split(':').next()).unwrap_or("ended");
    match run.verified_by.as_ref()? {
        VerifiedBy::Course => None,
        VerifiedBy::Recorded(recorded) => Some(outcomes::said_of(outcome, recorded)),
        VerifiedBy::Declared { affects } if affects.is_empty() => {
            Some(format!("{outcome} by what was recorded, because it affects nothing"))
        }
        VerifiedBy::Declared { affects } => {
            let names: Vec<String> = affects.iter().map(|path| format!("`{path}`")).collect();
            Some(format!("{outcome} by what was recorded, because it affects only {}", names.join(", ")))
        }
    }
}

/// What is said of a run whose verification came out as it did when the same was really done.
pub(crate) fn recorded_of(run: &Run) -> Option<String> {
    matches!(run.verified_by, Some(VerifiedBy::Recorded(_))).then(|| said_of(run))?
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn nothing_is_said_where_the_recording_decided_nothing() {
        let text = |declared, open| Verdicts { recorded: 0, declared, open }.text();
        assert_eq!(text(0, 7), None);
        let recorded = |recorded, declared, open| Verdicts { recorded, declared, open }.text().unwrap();
        assert_eq!(recorded(3, 0, 1), "of 4 verifications 3 are decided by recorded outcomes, and 1 is open");
        assert_eq!(
            recorded(1, 1, 0),
            "of 2 verifications 1 is decided by recorded outcomes, 1 is decided by what was recorded, because plans or \
             actions say what they affect, and none is open"
        );
        let because = "decided by what was recorded, because plans or actions say what they affect, and";
        assert_eq!(text(1, 0), Some(format!("of 1 verification 1 is {because} none is open")));
        assert_eq!(text(1_200, 1), Some(format!("of 1,201 verifications 1,200 are {because} 1 is open")));
    }
}
