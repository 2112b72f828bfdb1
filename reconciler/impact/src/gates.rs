//! The gates of `heal.toml`: which of them a change does not pass. They are those of the base: a change is never judged by
//! what it says itself.

use heal_driver::{Floors, Gates, LimitFloor};
use heal_program::{Limit, Millis, PlanIndex, Policy, Program, Risk, Rung};
use heal_report::{BrokenGate, DifferenceKind, Gate, ImpactDiff};

/// Names said before the rest is counted.
const NAMES_MAX: usize = 3;

/// The gates that a change to `head` does not pass, in the order of `heal.toml`'s description. `of_head` is what head
/// says its gates are.
pub(crate) fn broken(
    gates: &Gates,
    of_head: Option<&Gates>,
    diff: &ImpactDiff,
    head: &Program,
) -> Vec<BrokenGate> {
    let mut broken = Vec::new();
    let mut say = |gate: Gate, detail: Option<String>| {
        broken.extend(detail.map(|detail| BrokenGate { gate, detail }));
    };
    let changed = *gates != Gates::default() && of_head != Some(gates);
    say(Gate::Themselves, changed.then(|| changes(gates, of_head.unwrap_or(&Gates::default()))));
    let missed = count(diff, DifferenceKind::IncidentMissed);
    say(Gate::MissedIncidents, over(missed, gates.missed_incidents, "no longer caught"));
    say(Gate::FalseAlarms, false_alarms(gates.false_alarms, diff));
    let (before, after) = (diff.counted.base.runs.max, diff.counted.head.runs.max);
    say(Gate::PlansStarted, over(after.saturating_sub(before), gates.plans_started, "more started"));
    say(Gate::SlowerDetection, slower(gates.slower_detection, diff));
    let unknown = diff.policies.iter().filter(|pair| pair.impact_unknown()).count();
    let unknown = u64::try_from(unknown).unwrap_or(u64::MAX);
    say(Gate::UnknownImpact, over(unknown, gates.unknown_impact, "touched with unknown impact"));

    let floors = &gates.floors;
    let looser = |holds: &dyn Fn(&Policy) -> bool| {
        let acting = head.policies.iter().filter(|policy| !policy.shadow && plans(policy).next().is_some());
        let paths: Vec<&str> =
            acting.filter(|policy| !holds(policy)).map(|it| it.head.path.as_str()).collect();
        named(&paths)
    };
    if let Some(floor) = floors.limit {
        let most = format!("{} per {}", floor.runs_max, floor.window);
        let of = looser(&|policy| limits(head, policy).any(|limit| implies(limit, floor)));
        say(Gate::FloorLimit, of.map(|of| format!("nothing limits {of} to {most}")));
    }
    if let Some(floor) = floors.cooldown {
        // A rung that is repeated has its own pause instead.
        let waits = |policy: &Policy| policy.ladder.iter().filter_map(Rung::again).all(|it| it >= floor);
        let of = looser(&|policy| {
            let cooldown = policy.guard.cooldown.as_ref();
            cooldown.is_some_and(|it| it.span >= floor) && waits(policy)
        });
        say(Gate::FloorCooldown, of.map(|of| format!("{of} may run again within {floor}")));
    }
    if let Some(floor) = floors.approval {
        let is_asked = |policy: &Policy| {
            policy.guard.approval.as_ref().is_some_and(|approval| approval.condition.is_none())
        };
        let of = looser(&|policy| riskiest(head, policy).is_none_or(|risk| risk < floor) || is_asked(policy));
        say(Gate::FloorApproval, of.map(|of| format!("{of} may run plans of risk {} unasked", word(floor))));
    }
    broken
}

/// `2 no longer caught, at most 0 may be`
fn over(found: u64, most: Option<u32>, what: &str) -> Option<String> {
    let most = most?;
    (found > u64::from(most)).then(|| format!("{found} {what}, at most {most} may be"))
}

fn false_alarms(most: Option<u32>, diff: &ImpactDiff) -> Option<String> {
    let most = most?;
    match (diff.counted.base.false_alarms, diff.counted.head.false_alarms) {
        (Some(before), Some(after)) => over(after.saturating_sub(before), Some(most), "added"),
        // What cannot be told is not taken for none.
        (_, _) => Some("cannot be told: nobody labelled the incidents of the recording".to_owned()),
    }
}

/// The worst of all: a median hides one incident that nobody hears of for hours.
fn slower(most: Option<Millis>, diff: &ImpactDiff) -> Option<String> {
    let (most, by) = (most?, diff.counted.detected_later_at_most?);
    (by > most).then(|| format!("an incident {by} later, at most {most} may be"))
}

/// `are changed: false_alarms 2 → 20, floors.cooldown 5m → none`
fn changes(base: &Gates, head: &Gates) -> String {
    let said = |name: &str, before: String, after: String| {
        (before != after).then(|| format!("{name} {before} → {after}"))
    };
    let none = || "none".to_owned();
    let count = |it: Option<u32>| it.map_or_else(none, |it| it.to_string());
    let span = |it: Option<Millis>| it.map_or_else(none, |it| it.to_string());
    let owners = |gates: &Gates| if gates.owners.is_empty() { none() } else { gates.owners.join(", ") };
    let limit =
        |it: Option<LimitFloor>| it.map_or_else(none, |it| format!("{} per {}", it.runs_max, it.window));
    let risk = |it: Option<Risk>| it.map_or_else(none, |it| word(it).to_owned());
    // Taken apart by name: a gate that comes is one to be said here.
    let Gates {
        owners: _,
        missed_incidents,
        false_alarms,
        plans_started,
        slower_detection,
        unknown_impact,
        floors: Floors { limit: floor_limit, cooldown, approval },
    } = base;
    let floors = &head.floors;
    let all = [
        said("owners", owners(base), owners(head)),
        said("missed_incidents", count(*missed_incidents), count(head.missed_incidents)),
        said("false_alarms", count(*false_alarms), count(head.false_alarms)),
        said("plans_started", count(*plans_started), count(head.plans_started)),
        said("slower_detection", span(*slower_detection), span(head.slower_detection)),
        said("unknown_impact", count(*unknown_impact), count(head.unknown_impact)),
        said("floors.limit", limit(*floor_limit), limit(floors.limit)),
        said("floors.cooldown", span(*cooldown), span(floors.cooldown)),
        said("floors.approval", risk(*approval), risk(floors.approval)),
    ];
    format!("are changed: {}", all.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

fn count(diff: &ImpactDiff, kind: DifferenceKind) -> u64 {
    let count = diff.differences.iter().filter(|difference| difference.kind == kind).count();
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// `heal_a, heal_b and 2 more`; none of none.
fn named(paths: &[&str]) -> Option<String> {
    let names = paths.iter().take(NAMES_MAX).copied().collect::<Vec<_>>().join(", ");
    match paths.len().checked_sub(NAMES_MAX) {
        _ if paths.is_empty() => None,
        None | Some(0) => Some(names),
        Some(more) => Some(format!("{names} and {more} more")),
    }
}

fn plans(policy: &Policy) -> impl Iterator<Item = PlanIndex> + '_ {
    policy.ladder.iter().flat_map(|rung| rung.plans())
}

fn riskiest(program: &Program, policy: &Policy) -> Option<Risk> {
    plans(policy).filter_map(|plan| program.plan(plan)).map(|plan| plan.risk).max()
}

/// The limits of a policy and of what it shares, that telemetry cannot get around by inventing keys.
fn limits<'p>(program: &'p Program, policy: &'p Policy) -> impl Iterator<Item = &'p Limit> {
    let shared = policy.guard.shared.iter().filter_map(|index| program.shared_guard(*index));
    let shared = shared.flat_map(|shared| &shared.guard.limits);
    policy.guard.limits.iter().chain(shared).filter(|limit| limit.per.is_empty())
}

/// Whether a limit never lets more through than a floor: the floor's window is covered by as many of the limit's as fit
/// into it, rounded up.
fn implies(limit: &Limit, floor: LimitFloor) -> bool {
    let (window, wanted) = (limit.window.0.max(1).unsigned_abs(), floor.window.0.max(1).unsigned_abs());
    let runs = u128::from(limit.runs_max) * u128::from(wanted.div_ceil(window));
    runs <= u128::from(floor.runs_max)
}

fn word(risk: Risk) -> &'static str {
    match risk {
        Risk::Low => "low",
        Risk::Medium => "medium",
        Risk::High => "high",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_the_gates_says_which_and_from_what_to_what() {
        let base = Gates {
            false_alarms: Some(2),
            slower_detection: Some(Millis::from_minutes(2)),
            ..Gates::default()
        };
        let head = Gates { false_alarms: Some(50), ..Gates::default() };
        assert_eq!(changes(&base, &head), "are changed: false_alarms 2 → 50, slower_detection 2m → none");
    }
}
