//! The most that policies can do in an hour, whatever telemetry says: it follows from their guards alone.
//!
//! Run starts are bounded by limits without `per`, because telemetry can invent keys, and by those of shared guards. A run
//! does at most what its riskiest plan does: each step once and once more for each retry, on each of the targets of a
//! `for each`; then what always runs; and when it fails, what takes it back. What reverts a success later counts too.

use std::collections::BTreeMap;

use heal_program::{Action, Guard, Limit, Millis, Plan, PlanIndex, Program, SharedGuardIndex, Step};

/// The hour that is reckoned for.
const HOUR: Millis = Millis::from_minutes(60);

/// What one policy can do at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorstCase {
    /// The policy's path.
    pub policy: String,
    /// Most run starts in any hour; none: nothing bounds them.
    pub runs_per_hour: Option<u64>,
    /// Most effects of one run.
    pub effects_per_run: u64,
    /// Most effects in any hour; none: nothing bounds them.
    pub effects_per_hour: Option<u64>,
    /// The limit that bounds it, as it is written.
    pub because: Option<String>,
    /// Whether it decides and does nothing.
    pub shadow: bool,
}

/// What all policies can do at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorstCases {
    /// Of each policy that runs plans, by path.
    pub policies: Vec<WorstCase>,
    /// Most run starts of all in any hour, where a shared limit is counted once.
    pub runs_per_hour: Option<u64>,
    /// Most effects of all in any hour.
    pub effects_per_hour: Option<u64>,
}

/// The worst cases of a program. They hold for any telemetry.
#[must_use]
pub fn worst_cases(program: &Program) -> WorstCases {
    let mut policies = Vec::new();
    let mut shared: BTreeMap<SharedGuardIndex, Vec<usize>> = BTreeMap::new();
    for policy in &program.policies {
        let plans: Vec<PlanIndex> = policy.ladder.iter().flat_map(|rung| rung.plans()).collect();
        if plans.is_empty() {
            continue;
        }
        let bound = tightest(program, &policy.guard);
        let effects = plans.iter().filter_map(|plan| program.plan(*plan)).map(|plan| effects(program, plan));
        let effects_per_run = effects.max().unwrap_or(0);
        let runs_per_hour = bound.as_ref().map(|(runs, _)| *runs);
        if !policy.shadow {
            for index in &policy.guard.shared {
                shared.entry(*index).or_default().push(policies.len());
            }
        }
        policies.push(WorstCase {
            policy: policy.head.path.clone(),
            runs_per_hour,
            effects_per_run,
            effects_per_hour: runs_per_hour.map(|runs| runs.saturating_mul(effects_per_run)),
            because: bound.map(|(_, because)| because),
            shadow: policy.shadow,
        });
    }
    let acting = || policies.iter().filter(|case| !case.shadow);
    let separate = sum(acting().map(|case| case.runs_per_hour));
    let effects = sum(acting().map(|case| case.effects_per_hour));
    let (runs_saved, effects_saved) = saved(program, &policies, &shared);
    WorstCases {
        runs_per_hour: separate.map(|runs| runs.saturating_sub(runs_saved)),
        effects_per_hour: effects.map(|effects| effects.saturating_sub(effects_saved)),
        policies,
    }
}

/// What is reckoned too much where each policy is taken to have a shared limit to itself. Each policy is counted with one
/// shared guard, the first that it names, so that nothing is taken off twice.
fn saved(
    program: &Program,
    policies: &[WorstCase],
    shared: &BTreeMap<SharedGuardIndex, Vec<usize>>,
) -> (u64, u64) {
    let mut counted = vec![false; policies.len()];
    let mut saved = (0_u64, 0_u64);
    for (index, members) in shared {
        let Some(guard) = program.shared_guard(*index) else { continue };
        let Some((together, _)) = tightest(program, &guard.guard) else { continue };
        let members: Vec<usize> =
            members.iter().copied().filter(|at| counted.get(*at) == Some(&false)).collect();
        let cases: Vec<&WorstCase> = members.iter().filter_map(|at| policies.get(*at)).collect();
        let Some(separate) = sum(cases.iter().map(|case| case.runs_per_hour)) else { continue };
        if separate <= together {
            continue;
        }
        let effects = sum(cases.iter().map(|case| case.effects_per_hour)).unwrap_or(0);
        // At worst all runs that the guard lets through are of the policies that do most in one.
        let mut by_effects: Vec<(u64, u64)> =
            cases.iter().filter_map(|case| Some((case.effects_per_run, case.runs_per_hour?))).collect();
        by_effects.sort_unstable_by(|left, right| right.cmp(left));
        let (mut left, mut most) = (together, 0_u64);
        for (effects, runs) in by_effects {
            let runs = runs.min(left);
            left -= runs;
            most = most.saturating_add(effects.saturating_mul(runs));
        }
        saved.0 = saved.0.saturating_add(separate - together);
        saved.1 = saved.1.saturating_add(effects.saturating_sub(most));
        for at in members {
            if let Some(slot) = counted.get_mut(at) {
                *slot = true;
            }
        }
    }
    saved
}

/// The limit that lets the fewest runs start in an hour, of a guard and those that it shares.
fn tightest(program: &Program, guard: &Guard) -> Option<(u64, String)> {
    let shared = guard.shared.iter().filter_map(|index| program.shared_guard(*index));
    let shared = shared.flat_map(|shared| {
        let path = &shared.head.path;
        shared.guard.limits.iter().map(move |limit| (limit, format!(" of `{path}`")))
    });
    let own = guard.limits.iter().map(|limit| (limit, String::new()));
    let unkeyed = own.chain(shared).filter(|(limit, _)| limit.per.is_empty());
    let cases = unkeyed.map(|(limit, of)| {
        (starts_per_hour(limit), format!("limit {} per {}{of}", limit.runs_max, limit.window))
    });
    cases.min_by_key(|(runs, _)| *runs)
}

/// An hour is covered by so many windows of a limit, rounded up.
fn starts_per_hour(limit: &Limit) -> u64 {
    let window = limit.window.0.max(1).unsigned_abs();
    u64::from(limit.runs_max).saturating_mul(HOUR.0.unsigned_abs().div_ceil(window))
}

/// The most that one run of a plan does.
fn effects(program: &Program, plan: &Plan) -> u64 {
    let tries = |steps: &[Step], of: &dyn Fn(&Step) -> u64| -> u64 {
        steps.iter().fold(0_u64, |sum, step| sum.saturating_add(of(step)))
    };
    let targets = |step: &Step| {
        let fan = step.fan.and_then(|fan| plan.fans.get(fan as usize));
        fan.map_or(1, |fan| u64::from(fan.targets_max))
    };
    let done = |step: &Step| targets(step).saturating_mul(1 + u64::from(step.retries_max));
    let has_undo = |action: &Action| action.undo.is_some();
    let undone = |step: &Step| {
        if program.action(step.action).is_some_and(has_undo) { targets(step) } else { 0 }
    };
    let steps = tries(&plan.steps, &done);
    let always = tries(&plan.always, &done);
    let back = tries(&plan.steps, &undone).saturating_add(tries(&plan.undo, &done));
    // A run fails and is taken back at once, or passes and is taken back later: once in any case.
    steps.saturating_add(always).saturating_add(back)
}

/// The sum; none where one is unbounded.
fn sum(values: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    values.into_iter().try_fold(0_u64, |sum, value| Some(sum.saturating_add(value?)))
}
