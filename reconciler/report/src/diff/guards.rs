//! Bounds that hold less or more than they did. A bound of base is kept only where head provably implies it; whatever
//! cannot be proved counts as loosened.

use std::collections::BTreeSet;

use heal_program::{Approval, Cooldown, Guard, Limit, Per, Plan, Policy, Program, Risk, Rung};

use super::{
    Difference, DifferenceKind as Kind, Pairing,
    bounds::{self, Bound},
    events::blank,
};

/// Compares the guards of matched policies, and what plans and actions of both sides demand.
pub(super) fn compare(base: &Program, head: &Program, policies: &[Pairing]) -> Vec<Difference> {
    let mut found = Findings::default();
    for pair in policies {
        let before = base.policies.iter().find(|policy| Some(&policy.head.path) == pair.base.as_ref());
        let after = head.policies.iter().find(|policy| Some(&policy.head.path) == pair.head.as_ref());
        if let (Some(before), Some(after)) = (before, after) {
            compare_policies((base, before), (head, after), &mut found);
        }
    }
    for before in &base.plans {
        if let Some(after) = head.plans.iter().find(|plan| plan.head.path == before.head.path) {
            compare_plans(before, after, &mut found);
            compare_bounds(
                &after.head.path,
                &bounds::of_plan(base, before),
                &bounds::of_plan(head, after),
                &mut found,
            );
        }
    }
    for before in &base.actions {
        if let Some(after) = head.actions.iter().find(|action| action.head.path == before.head.path) {
            let path = &before.head.path;
            compare_risk("risk", path, before.risk, after.risk, &mut found);
            match (before.idempotent, after.idempotent) {
                (false, true) => {
                    found.loosened(path, "declared idempotent: it may now be retried".to_owned())
                }
                (true, false) => found.tightened(path, "no longer idempotent: it is not retried".to_owned()),
                (true, true) | (false, false) => {}
            }
        }
    }
    found.differences
}

#[derive(Default)]
struct Findings {
    differences: Vec<Difference>,
}

impl Findings {
    fn loosened(&mut self, path: &str, detail: String) {
        self.differences.push(blank(Kind::Loosened, path.to_owned(), &Vec::new(), detail));
    }

    fn tightened(&mut self, path: &str, detail: String) {
        self.differences.push(blank(Kind::Tightened, path.to_owned(), &Vec::new(), detail));
    }
}

fn compare_policies(
    (base, before): (&Program, &Policy),
    (head, after): (&Program, &Policy),
    found: &mut Findings,
) {
    let path = &after.head.path;
    compare_limits(path, &before.guard, &after.guard, found);
    let keys = |program: &Program, policy: &Policy| -> BTreeSet<String> {
        program.trigger_keys(policy.on).map(|keys| keys.iter().cloned().collect()).unwrap_or_default()
    };
    let cooldowns = (before.guard.cooldown.as_ref(), after.guard.cooldown.as_ref());
    compare_cooldowns(path, cooldowns.0, cooldowns.1, (&keys(base, before), &keys(head, after)), found);
    let asked = |program: &Program, policy: &Policy| {
        policy.guard.approval.as_ref().map(|approval| program.asked(approval).to_owned()).unwrap_or_default()
    };
    let teams = (asked(base, before), asked(head, after));
    let approvals = (before.guard.approval.as_ref(), after.guard.approval.as_ref());
    compare_approvals(path, approvals, (&teams.0, &teams.1), found);

    compare_bounds(path, &bounds::of_policy(base, before), &bounds::of_policy(head, after), found);
    let patience = (before.guard.withheld_escalates_after(), after.guard.withheld_escalates_after());
    let said = format!("people are told of a withheld ladder after {}, was {}", patience.1, patience.0);
    if patience.1 > patience.0 {
        found.loosened(path, said);
    } else if patience.1 < patience.0 {
        found.tightened(path, said);
    }
    if let (Some(was), Some(is)) = (highest_risk(base, before), highest_risk(head, after)) {
        let said = format!("riskiest plan is {}, was {}", risk_word(is), risk_word(was));
        if is > was {
            found.loosened(path, said);
        }
    }
}

/// Every bound of base is implied by one of head, or has been loosened; what head holds beyond base has been tightened.
fn compare_bounds(path: &str, before: &[Bound], after: &[Bound], found: &mut Findings) {
    let is_kept = |bound: &Bound| after.iter().any(|other| other.implies(bound));
    let is_old = |bound: &Bound| before.iter().any(|other| other.implies(bound));
    let mut replacements: Vec<usize> = Vec::new();
    for bound in before.iter().filter(|bound| !is_kept(bound)) {
        // What holds as before is no other version of what does not.
        let version = after.iter().enumerate().find(|(position, other)| {
            let is_same = before.iter().any(|it| it.implies(other) && other.implies(it));
            bound.is_version_of(other) && !is_same && !replacements.contains(position)
        });
        found.loosened(
            path,
            match version {
                Some((_, other)) => format!("{} changed to {}", bound.text(), other.text()),
                None => bound.text_of_removal(),
            },
        );
        replacements.extend(version.map(|(position, _)| position));
    }
    let added = after
        .iter()
        .enumerate()
        .filter(|(position, bound)| !is_old(bound) && !replacements.contains(position));
    for (_, bound) in added {
        let version = before.iter().find(|other| other.is_version_of(bound) && bound.implies(other));
        found.tightened(
            path,
            match version {
                Some(other) => format!("{} changed to {}", other.text(), bound.text()),
                None => format!("{} added", bound.text()),
            },
        );
    }
}

fn compare_limits(path: &str, before: &Guard, after: &Guard, found: &mut Findings) {
    for limit in before.limits.iter().filter(|limit| !after.limits.iter().any(|other| implies(other, limit)))
    {
        let detail = match counterpart(limit, &after.limits) {
            Some(other) if (other.window, &other.per) == (limit.window, &limit.per) => {
                format!("limit {} raised to {}", limit_text(limit), limit_text(other))
            }
            Some(other) => format!("limit {} replaced by {}", limit_text(limit), limit_text(other)),
            None => format!("limit {} removed", limit_text(limit)),
        };
        found.loosened(path, detail);
    }
    for limit in after.limits.iter().filter(|limit| !before.limits.iter().any(|other| implies(other, limit)))
    {
        let detail = match counterpart(limit, &before.limits) {
            Some(other) if (other.window, &other.per) == (limit.window, &limit.per) => {
                format!("limit {} lowered to {}", limit_text(other), limit_text(limit))
            }
            Some(_) | None => format!("limit {} added", limit_text(limit)),
        };
        found.tightened(path, detail);
    }
}

/// Whether `limit` never lets more through than `wanted` does. A window is covered by as many windows of `limit` as
/// fit into it, rounded up; a coarser group bounds every finer one.
pub(super) fn implies(limit: &Limit, wanted: &Limit) -> bool {
    let (window, wanted_window) = (limit.window.0.max(1), wanted.window.0.max(1));
    let windows = wanted_window.div_euclid(window) + i64::from(wanted_window.rem_euclid(window) != 0);
    let runs_max = i128::from(limit.runs_max) * i128::from(windows.max(1));
    runs_max <= i128::from(wanted.runs_max) && limit.per.iter().all(|field| wanted.per.contains(field))
}

/// The limit that people would take for the same one: of the same group, with the same window if there is one.
fn counterpart<'a>(limit: &Limit, others: &'a [Limit]) -> Option<&'a Limit> {
    let group = |other: &&Limit| {
        other.per.len() == limit.per.len() && other.per.iter().all(|field| limit.per.contains(field))
    };
    let same = others.iter().filter(group).find(|other| other.window == limit.window);
    same.or_else(|| others.iter().find(group))
}

fn compare_cooldowns(
    path: &str,
    before: Option<&Cooldown>,
    after: Option<&Cooldown>,
    keys: (&BTreeSet<String>, &BTreeSet<String>),
    found: &mut Findings,
) {
    let group = |cooldown: &Cooldown, keys: &BTreeSet<String>| -> BTreeSet<String> {
        // Without `per` each key cools down by itself.
        if cooldown.per.is_empty() { keys.clone() } else { cooldown.per.iter().map(Per::to_string).collect() }
    };
    match (before, after) {
        (None, None) => {}
        (Some(before), None) => found.loosened(path, format!("cooldown {} removed", cooldown_text(before))),
        (None, Some(after)) => found.tightened(path, format!("cooldown {} added", cooldown_text(after))),
        (Some(before), Some(after)) => {
            let coarser = group(after, keys.1).is_subset(&group(before, keys.0));
            let finer = group(before, keys.0).is_subset(&group(after, keys.1));
            let change = format!("cooldown {} changed to {}", cooldown_text(before), cooldown_text(after));
            if after.span < before.span || !coarser {
                found.loosened(path, change);
            } else if after.span > before.span || !finer {
                found.tightened(path, change);
            }
        }
    }
}

fn compare_approvals(
    path: &str,
    (before, after): (Option<&Approval>, Option<&Approval>),
    (was_asked, asked): (&str, &str),
    found: &mut Findings,
) {
    match (before, after) {
        (None, None) => {}
        (Some(_), None) => found.loosened(path, format!("approval by {was_asked} removed")),
        (None, Some(_)) => found.tightened(path, format!("approval by {asked} added")),
        (Some(before), Some(after)) => {
            if was_asked != asked {
                found.loosened(path, format!("approval by {was_asked} handed to {asked}"));
            }
            let text =
                |approval: &Approval| approval.condition.as_ref().map(|condition| condition.text.clone());
            match (text(before), text(after)) {
                (Some(_), None) => {
                    found.tightened(path, "approval is asked for always, not only at times".to_owned())
                }
                (None, Some(now)) => found.loosened(path, format!("approval is asked for only when {now}")),
                (Some(was), Some(now)) if was != now => {
                    found.loosened(path, format!("approval is asked for when {now}, was when {was}"));
                }
                (Some(_), Some(_)) | (None, None) => {}
            }
        }
    }
}

fn compare_plans(before: &Plan, after: &Plan, found: &mut Findings) {
    let path = &after.head.path;
    compare_risk("risk", path, before.risk, after.risk, found);
    for step in &after.steps {
        let was = before.steps.iter().find(|it| it.name == step.name).map_or(0, |it| it.retries_max);
        if step.retries_max > was {
            found.loosened(
                path,
                format!("retries of {} raised from {was} to {}", step.name, step.retries_max),
            );
        }
    }
    let has = |plan: &Plan, text: &str| plan.requires.iter().any(|require| require.text == text);
    for require in before.requires.iter().filter(|require| !has(after, &require.text)) {
        found.loosened(path, format!("require {} removed", require.text));
    }
    for require in after.requires.iter().filter(|require| !has(before, &require.text)) {
        found.tightened(path, format!("require {} added", require.text));
    }
}

/// A lower declared risk asks for less: high risk needs an approval.
fn compare_risk(what: &str, path: &str, before: Risk, after: Risk, found: &mut Findings) {
    let said = |verb: &str| format!("{what} {verb} from {} to {}", risk_word(before), risk_word(after));
    if after < before {
        found.loosened(path, said("lowered"));
    } else if after > before {
        found.tightened(path, said("raised"));
    }
}

fn highest_risk(program: &Program, policy: &Policy) -> Option<Risk> {
    policy.ladder.iter().flat_map(Rung::plans).filter_map(|plan| Some(program.plan(plan)?.risk)).max()
}

fn risk_word(risk: Risk) -> &'static str {
    match risk {
        Risk::Low => "low",
        Risk::Medium => "medium",
        Risk::High => "high",
    }
}

fn limit_text(limit: &Limit) -> String {
    format!("{} per {}{}", limit.runs_max, limit.window, per_text(&limit.per))
}

fn cooldown_text(cooldown: &Cooldown) -> String {
    format!("{}{}", cooldown.span, per_text(&cooldown.per))
}

pub(super) fn per_text(per: &[Per]) -> String {
    let per: Vec<String> = per.iter().map(Per::to_string).collect();
    if per.is_empty() { String::new() } else { format!(" per {}", per.join(", ")) }
}
