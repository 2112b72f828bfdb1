//! Items that mean something else, with what differs where that can be said in a phrase.

use std::collections::BTreeMap;

use heal_program::{
    Argument, Detector, Expression, Guard, Head, Param, Policy, Program, Require, Rung, SemanticHash,
    Severity, Signal,
};

use super::{SemanticChange, SemanticChangeKind as Kind};
use crate::units;

/// Every item of base and head that is not the same, by kind in the order of the program's tables, then by path.
pub(super) fn changes(base: &Program, head: &Program) -> Vec<SemanticChange> {
    let mut changes = Vec::new();
    let (before, after) = (tables(base), tables(head));
    for (kind, old) in &before {
        let new = after.get(kind).cloned().unwrap_or_default();
        changes.extend(of_kind(base, head, kind.1, old, &new));
    }
    for (kind, new) in after.iter().filter(|(kind, _)| !before.contains_key(*kind)) {
        changes.extend(of_kind(base, head, kind.1, &BTreeMap::new(), new));
    }
    changes.sort_by(|a, b| (rank(&a.kind), &a.path).cmp(&(rank(&b.kind), &b.path)));
    changes
}

type Table = BTreeMap<String, SemanticHash>;

fn tables(program: &Program) -> BTreeMap<(usize, &'static str), Table> {
    let mut tables: BTreeMap<(usize, &'static str), Table> = BTreeMap::new();
    for (kind, Head { path, hash, .. }) in program.heads() {
        tables.entry((rank(kind), kind)).or_default().insert(path.clone(), *hash);
    }
    tables
}

/// Where a kind stands among the others: what decides first.
fn rank(kind: &str) -> usize {
    const KINDS: [&str; 8] = ["policy", "detector", "plan", "action", "channel", "signal", "param", "entity"];
    KINDS.iter().position(|other| *other == kind).unwrap_or(KINDS.len())
}

fn of_kind(base: &Program, head: &Program, kind: &str, old: &Table, new: &Table) -> Vec<SemanticChange> {
    let mut changes = Vec::new();
    let mut added: Vec<(&String, &SemanticHash)> =
        new.iter().filter(|(path, _)| !old.contains_key(*path)).collect();
    let change = |path: &str, change, from: Option<&String>, details| SemanticChange {
        kind: kind.to_owned(),
        path: path.to_owned(),
        change,
        from: from.cloned(),
        details,
    };
    for (path, hash) in old {
        if let Some(other) = new.get(path) {
            if other != hash {
                changes.push(change(path, Kind::Changed, None, details(base, head, kind, path)));
            }
        } else if let Some(position) = added.iter().position(|(_, other)| *other == hash) {
            let (renamed, _) = added.remove(position);
            changes.push(change(renamed, Kind::Renamed, Some(path), Vec::new()));
        } else {
            changes.push(change(path, Kind::Removed, None, Vec::new()));
        }
    }
    changes.extend(added.into_iter().map(|(path, _)| change(path, Kind::Added, None, Vec::new())));
    changes
}

fn details(base: &Program, head: &Program, kind: &str, path: &str) -> Vec<String> {
    match kind {
        "param" => both(&base.params, &head.params, |param| param.head.path == path, param_details),
        "signal" => both(&base.signals, &head.signals, |signal| signal.head.path == path, signal_details),
        "detector" => {
            both(&base.detectors, &head.detectors, |detector| detector.head.path == path, detector_details)
        }
        "policy" => policy_details(base, head, path),
        _ => Vec::new(),
    }
}

fn both<'p, T: 'p>(
    base: impl IntoIterator<Item = &'p T>,
    head: impl IntoIterator<Item = &'p T>,
    wanted: impl Fn(&T) -> bool,
    details: impl Fn(&T, &T) -> Vec<String>,
) -> Vec<String> {
    let before = base.into_iter().find(|node| wanted(node));
    let after = head.into_iter().find(|node| wanted(node));
    before.zip(after).map(|(before, after)| details(before, after)).unwrap_or_default()
}

/// `for 5m → 2m` where both differ.
fn moved(what: &str, before: &str, after: &str) -> Option<String> {
    (before != after).then(|| format!("{what} {before} → {after}"))
}

fn param_details(before: &Param, after: &Param) -> Vec<String> {
    let value =
        |param: &Param, value: f64| units::constant_quantity(value, &units::base_unit(param.dimension));
    let range = |param: &Param| match param.range {
        Some((low, high)) => format!("{}..{}", value(param, low), value(param, high)),
        None => "any".to_owned(),
    };
    [
        moved("value", &value(before, before.value), &value(after, after.value)),
        moved("range", &range(before), &range(after)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn signal_details(before: &Signal, after: &Signal) -> Vec<String> {
    let mut details: Vec<String> = [
        moved("every", &before.every.to_string(), &after.every.to_string()),
        moved("stale after", &before.stale_after.to_string(), &after.stale_after.to_string()),
        moved("by", &keys(&before.keys), &keys(&after.keys)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if before.source != after.source {
        details.push("another source".to_owned());
    }
    details
}

fn detector_details(before: &Detector, after: &Detector) -> Vec<String> {
    let clear = |detector: &Detector| match &detector.clear {
        Some(clear) => format!("for {}", clear.hold),
        None => "at once".to_owned(),
    };
    [
        moved("when", &before.when_text, &after.when_text),
        moved("for", &before.hold.to_string(), &after.hold.to_string()),
        moved("clears", &clear(before), &clear(after)),
        moved("severity", severity_word(before.severity), severity_word(after.severity)),
        moved("by", &keys(&before.keys), &keys(&after.keys)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn policy_details(base: &Program, head: &Program, path: &str) -> Vec<String> {
    let find = |program: &Program| program.policies.iter().position(|policy| policy.head.path == path);
    let before = find(base).and_then(|position| base.policies.get(position));
    let after = find(head).and_then(|position| head.policies.get(position));
    let (Some(before), Some(after)) = (before, after) else { return Vec::new() };
    let on =
        |program: &Program, index| program.trigger(index).map(|head| head.path.clone()).unwrap_or_default();
    let condition = |condition: &Option<Require>| match condition {
        Some(condition) => condition.text.clone(),
        None => "everywhere".to_owned(),
    };
    let ladder = |program: &Program, policy: &Policy| -> String {
        let rungs = policy.ladder.iter().map(|rung| match rung {
            Rung::Plan { again, .. } | Rung::Choose { again, .. } => {
                let plans = rung.plans().filter_map(|plan| program.plan(plan));
                let plans = plans.map(|plan| plan.head.path.clone()).collect::<Vec<_>>().join(" or ");
                again.map_or(plans.clone(), |again| format!("{plans} again every {again}"))
            }
            Rung::Escalate { channel, arguments } => {
                let channel = channel.and_then(|channel| program.channel(channel));
                let path = channel.map(|channel| format!(" {}", channel.head.path)).unwrap_or_default();
                format!("escalate{path}{}", written(arguments))
            }
        });
        rungs.collect::<Vec<_>>().join(", then ")
    };
    let mut details: Vec<String> = [
        moved("on", &on(base, before.on), &on(head, after.on)),
        moved("where", &condition(&before.condition), &condition(&after.condition)),
        moved("tries", &ladder(base, before), &ladder(head, after)),
        moved("shadow", shadow(before), shadow(after)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let bounds = |guard: &Guard| {
        let mut guard = guard.clone();
        // Conditions hold positions of this program's tables; their text is what people compare.
        if let Some(approval) = &mut guard.approval
            && let Some(condition) = &mut approval.condition
        {
            condition.condition = Expression::Bool(true);
        }
        guard
    };
    if bounds(&before.guard) != bounds(&after.guard) {
        details.push("guard".to_owned());
    }
    details
}

fn shadow(policy: &Policy) -> &'static str {
    if policy.shadow { "on" } else { "off" }
}

/// Arguments that are written as texts, in brackets; empty where none is.
fn written(arguments: &[Argument]) -> String {
    let texts = arguments.iter().filter_map(|argument| match argument {
        Argument::Value(Expression::Text(text)) => Some(format!("{text:?}")),
        Argument::Value(_) | Argument::Entity(_) | Argument::EntityFromKey(..) => None,
    });
    let texts: Vec<String> = texts.collect();
    if texts.is_empty() { String::new() } else { format!("({})", texts.join(", ")) }
}

fn keys(keys: &[String]) -> String {
    if keys.is_empty() { "nothing".to_owned() } else { format!("({})", keys.join(", ")) }
}

/// The language's word.
pub(crate) fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Critical => "critical",
    }
}
