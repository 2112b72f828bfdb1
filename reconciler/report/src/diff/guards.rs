//! Bounds that hold less or more than they did. A bound of base is kept only where head provably implies it; whatever
//! cannot be proved counts as loosened.

use std::collections::{BTreeMap, BTreeSet};

use heal_program::{
    Action, Approval, Cooldown, Detector, Guard, Limit, Millis, OnTimeout, Per, Plan, Policy, Program, Risk,
    Rung, Step,
};

use super::{
    Difference, DifferenceKind as Kind, Pairing,
    bounds::{self, Bound},
    conditions::{self, Condition},
    deeds::{self, Deeds},
    events::blank,
    same::{Same, pairs_of},
    semantic::severity_word,
    topology,
};
use crate::names::{AS_THEY_ARE, Names};

/// Compares the guards of matched policies, and what plans and actions of both sides demand and do.
pub(super) fn compare(
    (base, head): (&Program, &Program),
    policies: &[Pairing],
    same: &Same,
    (actions, channels): (&Deeds, &Deeds),
) -> Vec<Difference> {
    let mut found = Findings::default();
    for pair in policies {
        let before = base.policies.iter().find(|policy| Some(&policy.head.path) == pair.base.as_ref());
        let after = head.policies.iter().find(|policy| Some(&policy.head.path) == pair.head.as_ref());
        if let (Some(before), Some(after)) = (before, after) {
            compare_policies((base, before), (head, after), same.renamed(), &mut found);
        }
    }
    let in_head = |kind: &'static str| move |path: &str| same.in_head(kind, path).map(str::to_owned);
    for (before, after) in pairs_of(&base.plans, &head.plans, |it: &Plan| &it.head, in_head("plan")) {
        compare_plans((base, before), (head, after), same.renamed(), &mut found);
    }
    for (before, after) in pairs_of(&base.actions, &head.actions, |it: &Action| &it.head, in_head("action")) {
        let path = &after.head.path;
        compare_risk("risk", path, before.risk, after.risk, &mut found);
        match (before.idempotent, after.idempotent) {
            (false, true) => found.loosened(path, "declared idempotent: it may now be retried".to_owned()),
            (true, false) => found.tightened(path, "no longer idempotent: it is not retried".to_owned()),
            (true, true) | (false, false) => {}
        }
    }
    // What was let through is not what is done now, whatever bounds it.
    for (path, (is, was)) in actions {
        found.other_deed(path, format!("does something else: {is}, was {was}"));
    }
    for (path, (is, was)) in channels {
        found.loosened(path, format!("tells people otherwise: {is}, was {was}"));
    }
    let detectors = pairs_of(&base.detectors, &head.detectors, |it: &Detector| &it.head, in_head("detector"));
    for (before, after) in detectors {
        compare_severities(before, after, &mut found);
    }
    compare_topologies(base, head, &mut found);
    found.differences
}

/// What was found so far.
#[derive(Default)]
pub(super) struct Findings {
    differences: Vec<Difference>,
}

impl Findings {
    pub(super) fn loosened(&mut self, path: &str, detail: String) {
        self.differences.push(blank(Kind::Loosened, path.to_owned(), &Vec::new(), detail));
    }

    /// An action that does not do what it did.
    fn other_deed(&mut self, path: &str, detail: String) {
        let loosened = blank(Kind::Loosened, path.to_owned(), &Vec::new(), detail);
        self.differences.push(Difference { other_deed: true, ..loosened });
    }

    pub(super) fn tightened(&mut self, path: &str, detail: String) {
        self.differences.push(blank(Kind::Tightened, path.to_owned(), &Vec::new(), detail));
    }
}

fn compare_policies(
    (base, before): (&Program, &Policy),
    (head, after): (&Program, &Policy),
    names: &Names,
    found: &mut Findings,
) {
    let path = &after.head.path;
    compare_limits(path, &before.guard, &after.guard, found);
    let keys = |program: &Program, policy: &Policy| -> BTreeSet<String> {
        program.trigger_keys(policy.on).map(|keys| keys.iter().cloned().collect()).unwrap_or_default()
    };
    let cooldowns = (before.guard.cooldown.as_ref(), after.guard.cooldown.as_ref());
    compare_cooldowns(path, cooldowns.0, cooldowns.1, (&keys(base, before), &keys(head, after)), found);
    compare_repeats((base, before), (head, after), names, found);
    let asked = |program: &Program, policy: &Policy, names: &Names| {
        let approval = policy.guard.approval.as_ref();
        approval.map(|approval| names.of(program.asked(approval)).to_owned()).unwrap_or_default()
    };
    let teams = (asked(base, before, names), asked(head, after, &AS_THEY_ARE));
    let when = |program: &Program, policy: &Policy, names: &Names| {
        let condition = policy.guard.approval.as_ref().and_then(|approval| approval.condition.as_ref());
        condition.map(|it| deeds::written(program, &it.condition, names))
    };
    let is_asked_alike = when(base, before, names) == when(head, after, &AS_THEY_ARE);
    let approvals = (before.guard.approval.as_ref(), after.guard.approval.as_ref());
    compare_approvals(path, approvals, (&teams.0, &teams.1), is_asked_alike, found);
    compare_wheres((base, before), (head, after), names, found);
    compare_told((base, before), (head, after), names, found);

    let bounds = (bounds::of_policy(base, before, names), bounds::of_policy(head, after, &AS_THEY_ARE));
    compare_bounds(path, &bounds.0, &bounds.1, found);
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

/// For which firings it acts at all.
fn compare_wheres(
    (base, before): (&Program, &Policy),
    (head, after): (&Program, &Policy),
    names: &Names,
    found: &mut Findings,
) {
    let old: Vec<Condition<'_>> = before
        .condition
        .iter()
        .map(|it| Condition::of(base, &it.condition, format!("where {}", it.text), None, names))
        .collect();
    let new: Vec<Condition<'_>> = after
        .condition
        .iter()
        .map(|it| Condition::of(head, &it.condition, format!("where {}", it.text), None, &AS_THEY_ARE))
        .collect();
    conditions::compare(&after.head.path, &old, &new, found);
}

/// Whom its ladder tells.
fn compare_told(
    (base, before): (&Program, &Policy),
    (head, after): (&Program, &Policy),
    names: &Names,
    found: &mut Findings,
) {
    let path = &after.head.path;
    let (old, new) = (told(base, before, names), told(head, after, &AS_THEY_ARE));
    let mut added: Vec<&String> = new.iter().filter(|it| !old.contains(it)).collect();
    for gone in old.iter().filter(|it| !new.contains(it)) {
        let instead = (!added.is_empty()).then(|| added.remove(0));
        found.loosened(
            path,
            match instead {
                Some(other) => format!("{gone} changed to {other}"),
                None if new.is_empty() => format!("{gone} removed: its ladder tells nobody"),
                None => format!("{gone} removed"),
            },
        );
    }
    for other in added {
        found.tightened(path, format!("{other} added"));
    }
}

/// `escalate notify.page("sre")`, once each, in the order of the ladder.
fn told(program: &Program, policy: &Policy, names: &Names) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for rung in &policy.ladder {
        let Rung::Escalate { channel, arguments } = rung else { continue };
        let text = escalation_text(program, (*channel, arguments), names);
        if !told.contains(&text) {
            told.push(text);
        }
    }
    told
}

/// `escalate notify.page("sre")`
pub(super) fn escalation_text(
    program: &Program,
    (channel, arguments): (Option<heal_program::ChannelIndex>, &[heal_program::Argument]),
    names: &Names,
) -> String {
    let path = channel.and_then(|it| program.channel(it)).map(|it| &it.head.path);
    let path = path.map_or_else(String::new, |path| format!(" {}", names.of(path)));
    format!("escalate{path}{}", deeds::call(program, arguments, names))
}

/// People go by how bad a page says it is.
fn compare_severities(before: &Detector, after: &Detector, found: &mut Findings) {
    let word = severity_word;
    let said = |verb| format!("severity {verb} from {} to {}", word(before.severity), word(after.severity));
    if after.severity < before.severity {
        found.loosened(&after.head.path, said("lowered"));
    } else if after.severity > before.severity {
        found.tightened(&after.head.path, said("raised"));
    }
}

/// A firing waits for that of its cause.
fn compare_topologies(base: &Program, head: &Program, found: &mut Findings) {
    let (gone, new) = topology::edges(base, head);
    for edge in gone {
        let (from, to) = (&edge.from, &edge.to);
        found.loosened(
            TOPOLOGY,
            format!("{from} -> {to} removed: what fires of {from} no longer waits for {to}"),
        );
    }
    for edge in new {
        found.tightened(TOPOLOGY, format!("{} -> {} added", edge.from, edge.to));
    }
}

/// What stands for the name of all that depends on each other.
pub(super) const TOPOLOGY: &str = "topology";

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
        // What holds as before is no other version of what does not.
        let new: Vec<&Limit> = after.limits.iter().filter(|it| !before.limits.contains(it)).collect();
        let detail = match counterpart(limit, &new) {
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
        let old: Vec<&Limit> = before.limits.iter().filter(|it| !after.limits.contains(it)).collect();
        let detail = match counterpart(limit, &old) {
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
fn counterpart<'a>(limit: &Limit, others: &[&'a Limit]) -> Option<&'a Limit> {
    let group = |other: &&Limit| {
        other.per.len() == limit.per.len() && other.per.iter().all(|field| limit.per.contains(field))
    };
    let mut alike = others.iter().copied().filter(group);
    let same = alike.clone().find(|other| other.window == limit.window);
    same.or_else(|| alike.next())
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

/// A rung that says `again` starts without a cooldown: what is repeated, or sooner, does more.
fn compare_repeats(
    (base, before): (&Program, &Policy),
    (head, after): (&Program, &Policy),
    names: &Names,
    found: &mut Findings,
) {
    let path = &after.head.path;
    let (old, new) = (repeats(base, before, names), repeats(head, after, &AS_THEY_ARE));
    for (rung, is) in &new {
        match old.get(rung) {
            None => found.loosened(path, format!("{rung} again every {is} added")),
            Some(was) if is < was => {
                found.loosened(path, format!("{rung} again every {was} changed to every {is}"));
            }
            Some(was) if is > was => {
                found.tightened(path, format!("{rung} again every {was} changed to every {is}"));
            }
            Some(_) => {}
        }
    }
    for (rung, was) in old.iter().filter(|(rung, _)| !new.contains_key(*rung)) {
        found.tightened(path, format!("{rung} again every {was} removed"));
    }
}

/// The rungs that are repeated, by the plans that they may start, each with its shortest pause.
fn repeats(program: &Program, policy: &Policy, names: &Names) -> BTreeMap<String, Millis> {
    let mut repeats: BTreeMap<String, Millis> = BTreeMap::new();
    for rung in &policy.ladder {
        let Some(again) = rung.again() else { continue };
        let plans = rung.plans().filter_map(|plan| program.plan(plan));
        for plan in plans.map(|plan| names.of(&plan.head.path).to_owned()) {
            let pause = repeats.entry(plan).or_insert(again);
            *pause = (*pause).min(again);
        }
    }
    repeats
}

fn compare_approvals(
    path: &str,
    (before, after): (Option<&Approval>, Option<&Approval>),
    (was_asked, asked): (&str, &str),
    is_asked_alike: bool,
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
            let said = format!("a request for approval waits {}, was {}", after.timeout, before.timeout);
            if after.timeout > before.timeout {
                found.loosened(path, said);
            } else if after.timeout < before.timeout {
                found.tightened(path, said);
            }
            match (before.on_timeout, after.on_timeout) {
                (OnTimeout::Escalate, OnTimeout::Reject) => {
                    found.loosened(
                        path,
                        "an approval that nobody gives is rejected, not escalated".to_owned(),
                    );
                }
                (OnTimeout::Reject, OnTimeout::Escalate) => {
                    found.tightened(
                        path,
                        "an approval that nobody gives is escalated, not rejected".to_owned(),
                    );
                }
                (OnTimeout::Escalate, OnTimeout::Escalate) | (OnTimeout::Reject, OnTimeout::Reject) => {}
            }
            let text =
                |approval: &Approval| approval.condition.as_ref().map(|condition| condition.text.clone());
            match (text(before), text(after)) {
                (Some(_), None) => {
                    found.tightened(path, "approval is asked for always, not only at times".to_owned())
                }
                (None, Some(now)) => found.loosened(path, format!("approval is asked for only when {now}")),
                (Some(was), Some(now)) if !is_asked_alike => {
                    found.loosened(path, format!("approval is asked for when {now}, was when {was}"));
                }
                (Some(_), Some(_)) | (None, None) => {}
            }
        }
    }
}

fn compare_plans(
    (base, before): (&Program, &Plan),
    (head, after): (&Program, &Plan),
    names: &Names,
    found: &mut Findings,
) {
    let path = &after.head.path;
    compare_risk("risk", path, before.risk, after.risk, found);
    let action = |program: &Program, index, names: &Names| {
        program.action(index).map(|it| names.of(&it.head.path).to_owned()).unwrap_or_default()
    };
    let has = |steps: &[Step], name: &str| steps.iter().any(|step| step.name == name);
    for (place, step) in after.steps.iter().enumerate() {
        // One that has another name now is the one in its place.
        let in_place = || before.steps.get(place).filter(|was| !has(&after.steps, &was.name));
        let was = before.steps.iter().find(|it| it.name == step.name).or_else(in_place);
        let retries = was.map_or(0, |it| it.retries_max);
        if step.retries_max > retries {
            let said = format!("retries of {} raised from {retries} to {}", step.name, step.retries_max);
            found.loosened(path, said);
        }
        let calls = was.map(|was| (action(base, was.action, names), action(head, step.action, &AS_THEY_ARE)));
        if let Some((was, is)) = calls.filter(|(was, is)| was != is) {
            found.loosened(path, format!("step {} calls {is}, was {was}", step.name));
        }
    }
    let requires =
        (conditions::requires(base, before, names), conditions::requires(head, after, &AS_THEY_ARE));
    conditions::compare(path, &requires.0, &requires.1, found);
    let verifies =
        (conditions::verifies(base, before, names), conditions::verifies(head, after, &AS_THEY_ARE));
    conditions::compare(path, &verifies.0, &verifies.1, found);
    let bounds = (bounds::of_plan(base, before, names), bounds::of_plan(head, after, &AS_THEY_ARE));
    compare_bounds(path, &bounds.0, &bounds.1, found);
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

pub(super) fn risk_word(risk: Risk) -> &'static str {
    match risk {
        Risk::Low => "low",
        Risk::Medium => "medium",
        Risk::High => "high",
    }
}

pub(super) fn limit_text(limit: &Limit) -> String {
    format!("{} per {}{}", limit.runs_max, limit.window, per_text(&limit.per))
}

pub(super) fn cooldown_text(cooldown: &Cooldown) -> String {
    format!("{}{}", cooldown.span, per_text(&cooldown.per))
}

pub(super) fn per_text(per: &[Per]) -> String {
    let per: Vec<String> = per.iter().map(Per::to_string).collect();
    if per.is_empty() { String::new() } else { format!(" per {}", per.join(", ")) }
}
