//! Events to figures.

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::Labels;
use heal_program::{Millis, SemanticHash, Timestamp};

use crate::{
    FLAPPING_WITHIN, Figures, Firing, Range, RecordingSummary, Score, Withholding, incidents::median,
    report::size, timeline::Conduct,
};

/// The figures of a policy: what it did as if every verification passed, and as if every one failed.
pub(crate) fn figures(
    passing: &Conduct,
    failing: Option<&Conduct>,
    detector: Option<(&Score, &[Firing])>,
    recording: &RecordingSummary,
) -> Figures {
    let range = |of: &dyn Fn(&Conduct) -> u64| {
        let count = of(passing);
        Range::between(count, failing.map_or(count, of))
    };
    let of_both: BTreeSet<Withholding> =
        [Some(passing), failing].into_iter().flatten().flat_map(|course| held(course).into_keys()).collect();
    let withheld: BTreeMap<Withholding, Range> = of_both
        .into_iter()
        .map(|guard| (guard, range(&|course| held(course).get(&guard).copied().unwrap_or_default())))
        .collect();
    let runs = range(&started);
    // What was held back only because nobody can tell whether it may run would have run in the one case.
    let with_undecided = range(&|course| {
        let undecided = held(course).get(&Withholding::RequireNotRecorded).copied().unwrap_or_default();
        started(course).saturating_add(undecided)
    });
    let score = detector.map(|(score, _)| score);
    let firings = detector.map_or(&[][..], |(_, firings)| firings);
    let repairs = repairs(passing, firings, recording);
    Figures {
        incidents: score.map_or(0, |score| score.incidents),
        caught: score.map_or(0, |score| size(score.caught.len())),
        median_time_to_detect: score.and_then(|score| score.median_time_to_detect),
        firings: size(firings.len()),
        false_alarms: score
            .filter(|_| recording.incidents_labelled)
            .map(|score| size(score.false_alarms.len()))
            .or(recording.incidents_labelled.then_some(0)),
        flapping: flapping(firings),
        runs: Range { min: runs.min, max: with_undecided.max },
        actions: range(&|course| course.runs.iter().map(|run| size(run.actions.len())).sum()),
        actions_in_worst_minute: range(&worst_minute),
        withheld,
        withheld_in_all: range(&|course| held(course).into_values().sum()),
        approvals: range(&|course| size(course.approvals.len())),
        escalations: range(&|course| size(course.escalations.len())),
        median_time_to_repair: median(repairs.iter().map(|(repaired, _)| *repaired).collect()),
        median_time_recorded: median(repairs.iter().map(|(_, recorded)| *recorded).collect()),
    }
}

/// How often a plan was started; what is taken back later is no start of it.
fn started(course: &Conduct) -> u64 {
    size(course.runs.iter().filter(|run| !run.is_revert).count())
}

/// How often each guard held something back; approvals are counted for themselves.
fn held(course: &Conduct) -> BTreeMap<Withholding, u64> {
    let mut counts = BTreeMap::new();
    for held in course.withheld.iter().filter(|held| held.guard != Withholding::Approval) {
        *counts.entry(held.guard).or_default() += 1;
    }
    counts
}

/// Firings of a key that began soon after its last one had ended.
pub(crate) fn flapping(firings: &[Firing]) -> u64 {
    let mut ended: BTreeMap<&Labels, Timestamp> = BTreeMap::new();
    let mut count = 0;
    for firing in firings {
        let soon = |end: &&Timestamp| firing.start.since(**end) <= FLAPPING_WITHIN;
        count += u64::from(ended.get(&firing.labels).filter(soon).is_some());
        if let Some(end) = firing.end {
            ended.insert(&firing.labels, end);
        }
    }
    count
}

/// The most actions in any window of one minute.
fn worst_minute(course: &Conduct) -> u64 {
    let mut times: Vec<Timestamp> =
        course.runs.iter().flat_map(|run| run.actions.iter().map(|action| action.at)).collect();
    times.sort_unstable();
    let mut first = times.iter().peekable();
    let (mut inside, mut most) = (0_u64, 0);
    for at in &times {
        inside += 1;
        while first.next_if(|oldest| at.since(**oldest) >= Millis::from_minutes(1)).is_some() {
            inside -= 1;
        }
        most = most.max(inside);
    }
    most
}

/// For each incident in which a run passed: the time from its start to the end of the first one, and how long it lasted. A
/// run that was over before the incident began repaired something else.
fn repairs(course: &Conduct, firings: &[Firing], recording: &RecordingSummary) -> Vec<(Millis, Millis)> {
    let passed = course.runs.iter().filter(|run| !run.is_revert && run.outcome.as_deref() == Some("passed"));
    let mut ends: BTreeMap<SemanticHash, Vec<Timestamp>> = BTreeMap::new();
    for (firing, end) in passed.filter_map(|run| Some((run.firing, run.end?))) {
        ends.entry(firing).or_default().push(end);
    }
    let repaired = |incident: &crate::IncidentSummary| {
        let own = firings.iter().filter(|firing| firing.incidents.contains(&incident.name));
        let ends = own.filter_map(|firing| ends.get(&firing.id)).flatten();
        let end = ends.filter(|end| **end >= incident.start).min()?;
        Some((end.since(incident.start), incident.end.since(incident.start)))
    };
    recording.incidents.iter().filter_map(repaired).collect()
}

/// What stands in one course and not in another.
pub(crate) fn besides(course: Conduct, other: &Conduct) -> Conduct {
    let runs: BTreeSet<SemanticHash> = other.runs.iter().map(|run| run.id).collect();
    let approvals: BTreeSet<SemanticHash> = other.approvals.iter().map(|request| request.id).collect();
    let escalations: BTreeSet<SemanticHash> = other.escalations.iter().map(|told| told.id).collect();
    let withheld: BTreeSet<(SemanticHash, u32, Withholding)> =
        other.withheld.iter().map(|held| (held.firing, held.rung, held.guard)).collect();
    Conduct {
        runs: course.runs.into_iter().filter(|run| !runs.contains(&run.id)).collect(),
        withheld: course
            .withheld
            .into_iter()
            .filter(|held| !withheld.contains(&(held.firing, held.rung, held.guard)))
            .collect(),
        approvals: course.approvals.into_iter().filter(|it| !approvals.contains(&it.id)).collect(),
        escalations: course.escalations.into_iter().filter(|it| !escalations.contains(&it.id)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use heal_program::Severity;

    use super::*;
    use crate::testing::{at, labels};

    fn firing(key: &str, from: i64, to: i64) -> Firing {
        Firing {
            id: SemanticHash::of([format!("{key} {from}").as_bytes()]),
            labels: labels(&[("service", key)]),
            severity: Severity::Warning,
            pending_since: at(from),
            start: at(from),
            end: Some(at(to)),
            ended: None,
            readings: Vec::new(),
            peaks: Vec::new(),
            incidents: vec!["outage".to_owned()],
        }
    }

    fn run(firing: &Firing, from: i64, actions: &[i64], outcome: &str) -> crate::Run {
        crate::Run {
            id: SemanticHash::of([format!("{} {from}", firing.id).as_bytes()]),
            firing: firing.id,
            plan: "restart".to_owned(),
            rung: 0,
            labels: firing.labels.clone(),
            start: at(from),
            end: Some(at(from + 2)),
            outcome: Some(outcome.to_owned()),
            actions: actions
                .iter()
                .map(|minute| crate::ActionRun {
                    id: SemanticHash::default(),
                    item: "restart".to_owned(),
                    step: "do".to_owned(),
                    summary: String::new(),
                    at: at(*minute),
                    outcome: None,
                })
                .collect(),
            verified_by: None,
            is_revert: false,
        }
    }

    #[test]
    fn a_key_that_fires_again_within_ten_minutes_flaps() {
        let firings = [
            firing("a", 0, 10),
            firing("b", 5, 8),
            firing("a", 20, 21),
            firing("a", 32, 33),
            firing("b", 40, 41),
        ];
        assert_eq!(flapping(&firings), 1, "20 is 10 minutes after 10, and 32 is 11 after 21");
    }

    #[test]
    fn the_worst_minute_is_half_open() {
        let cause = firing("a", 0, 10);
        let course =
            Conduct { runs: vec![run(&cause, 1, &[1, 1, 2, 2, 2, 3], "passed")], ..Conduct::default() };
        assert_eq!(worst_minute(&course), 3);
        assert_eq!(worst_minute(&Conduct::default()), 0);
    }

    #[test]
    fn an_incident_is_repaired_where_its_first_run_passes() {
        let cause = firing("a", 5, 30);
        let course = Conduct {
            runs: vec![run(&cause, 6, &[], "failed: verify"), run(&cause, 10, &[], "passed")],
            ..Conduct::default()
        };
        let incident = |name: &str| crate::IncidentSummary {
            name: name.to_owned(),
            start: at(2),
            end: at(62),
            labels: Vec::new(),
        };
        let recording = RecordingSummary {
            incidents: vec![incident("outage"), incident("another")],
            ..RecordingSummary::default()
        };
        let minutes = Millis::from_minutes;
        assert_eq!(repairs(&course, &[cause], &recording), [(minutes(10), minutes(60))]);
    }

    #[test]
    fn what_guards_held_back_in_all_is_that_of_a_course() {
        use Withholding::{Approval, Busy, Canary, Limit};
        let held = |firing: u8, guard| crate::Withheld {
            id: SemanticHash::default(),
            firing: SemanticHash::of([[firing].as_slice()]),
            plan: "restart".to_owned(),
            rung: 0,
            labels: Labels::new(),
            at: at(0),
            guard,
            reason: String::new(),
        };
        let course = |guards: &[Withholding]| Conduct {
            withheld: guards.iter().zip(0..).map(|(guard, firing)| held(firing, *guard)).collect(),
            ..Conduct::default()
        };
        let passing = course(&[Limit, Canary, Approval]);
        let failing = course(&[Busy, Busy, Busy, Busy, Limit, Limit]);
        let figures = figures(&passing, Some(&failing), None, &RecordingSummary::default());
        let share = |min, max| Range { min, max };
        let shares = [(Limit, share(1, 2)), (Busy, share(0, 4)), (Canary, share(0, 1))];
        assert_eq!(figures.withheld, shares.into());
        assert_eq!(figures.withheld_count(), share(2, 6));
        // Documents that do not have it say no less than they did.
        let older = Figures { withheld_in_all: Range::default(), ..figures };
        assert_eq!(older.withheld_count(), share(1, 7));
    }

    #[test]
    fn what_differs_between_the_courses_is_a_range_and_a_list() {
        let cause = firing("a", 5, 30);
        let passing = Conduct { runs: vec![run(&cause, 6, &[6], "passed")], ..Conduct::default() };
        let failing = Conduct {
            runs: vec![run(&cause, 6, &[6], "failed: verify"), run(&cause, 9, &[9, 9], "failed: verify")],
            ..Conduct::default()
        };
        let recording = RecordingSummary::default();
        let figures = figures(&passing, Some(&failing), None, &recording);
        assert_eq!((figures.runs, figures.actions), (Range::between(2, 1), Range { min: 1, max: 3 }));
        assert_eq!(figures.runs.to_string(), "1..2");
        let besides = besides(failing, &passing);
        assert_eq!(besides.runs.iter().map(|run| run.start).collect::<Vec<_>>(), [at(9)]);
    }

    #[test]
    fn what_is_taken_back_later_is_no_start_and_repairs_nothing() {
        let cause = firing("a", 5, 30);
        let back = crate::Run { is_revert: true, ..run(&cause, 20, &[20], "passed") };
        let conduct =
            Conduct { runs: vec![run(&cause, 6, &[6], "failed: verify"), back], ..Conduct::default() };
        let figures = figures(&conduct, None, None, &RecordingSummary::default());
        assert_eq!((figures.runs, figures.actions), (Range::between(1, 1), Range::between(2, 2)));
        let outage = crate::IncidentSummary {
            name: "outage".to_owned(),
            start: at(5),
            end: at(40),
            labels: Labels::new(),
        };
        let recording = RecordingSummary { incidents: vec![outage], ..RecordingSummary::default() };
        assert_eq!(repairs(&conduct, std::slice::from_ref(&cause), &recording), []);
    }

    #[test]
    fn a_run_that_was_over_before_the_incident_began_repaired_nothing_of_it() {
        let cause = firing("a", 5, 30);
        let outage = crate::IncidentSummary {
            name: "outage".to_owned(),
            start: at(10),
            end: at(40),
            labels: Labels::new(),
        };
        let recording = RecordingSummary { incidents: vec![outage], ..RecordingSummary::default() };
        let early = run(&cause, 6, &[6], "passed");
        let repaired = |runs: Vec<crate::Run>| {
            repairs(&Conduct { runs, ..Conduct::default() }, std::slice::from_ref(&cause), &recording)
        };
        assert_eq!(repaired(vec![early.clone()]), []);
        let later = run(&cause, 12, &[12], "passed");
        assert_eq!(repaired(vec![early, later]), [(Millis::from_minutes(4), Millis::from_minutes(30))]);
    }
}
