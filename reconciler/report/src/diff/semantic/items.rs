//! What differs of an item that means something else, a phrase each.

use heal_program::{
    Action, Affects, Channel, Detector, Entity, Event, Guard, Head, Param, Plan, Policy, Rung, SharedGuard,
    Signal, Step, Table,
};

use super::{Side, moved, severity_word};
use crate::{
    diff::{
        bounds,
        deeds::{self, call},
        guards::{cooldown_text, escalation_text, limit_text, risk_word},
    },
    expression_text::renamed_text,
    units,
};

/// What differs.
pub(super) fn details(kind: &str, before: &Side<'_>, after: &Side<'_>) -> Vec<String> {
    let found = match kind {
        "param" => param(before, after),
        "signal" => signal(before, after),
        "event" => event(before, after),
        "entity" => entity(before, after),
        "detector" => detector(before, after),
        "action" => action(before, after),
        "channel" => channel(before, after),
        "plan" => plan(before, after),
        "policy" => policy(before, after),
        "guard" => shared_guard(before, after),
        _ => None,
    };
    found.unwrap_or_default()
}

/// The nodes of both sides.
fn both<'a, T: 'a>(
    (before, after): (&Side<'a>, &Side<'a>),
    table: impl Fn(&Side<'a>) -> &'a Table<T>,
    head: impl Fn(&T) -> &Head,
) -> Option<(&'a T, &'a T)> {
    let of = |side: &Side<'a>| table(side).iter().find(|node| head(node).path == side.path);
    of(before).zip(of(after))
}

fn some(details: impl IntoIterator<Item = Option<String>>) -> Option<Vec<String>> {
    Some(details.into_iter().flatten().collect())
}

fn param(before: &Side<'_>, after: &Side<'_>) -> Option<Vec<String>> {
    let (old, new) = both((before, after), |it| &it.program.params, |it: &Param| &it.head)?;
    let value =
        |param: &Param, value: f64| units::constant_quantity(value, &units::base_unit(param.dimension));
    let range = |param: &Param| match param.range {
        Some((low, high)) => format!("{}..{}", value(param, low), value(param, high)),
        None => "any".to_owned(),
    };
    some([
        moved("value", &value(old, old.value), &value(new, new.value)),
        moved("range", &range(old), &range(new)),
    ])
}

fn signal(before: &Side<'_>, after: &Side<'_>) -> Option<Vec<String>> {
    let (old, new) = both((before, after), |it| &it.program.signals, |it: &Signal| &it.head)?;
    let kind = |signal: &Signal| if signal.counter { "counter" } else { "signal" };
    some([
        unit_moved(old, new),
        moved("kind", kind(old), kind(new)),
        moved("every", &old.every.to_string(), &new.every.to_string()),
        moved("stale after", &old.stale_after.to_string(), &new.stale_after.to_string()),
        moved("by", &keys(&old.keys), &keys(&new.keys)),
        moved("at most keys", &old.keys_max.to_string(), &new.keys_max.to_string()),
        (old.source != new.source).then(|| "another source".to_owned()),
    ])
}

/// In what its samples are taken to be written.
pub(in crate::diff) fn unit_moved(old: &Signal, new: &Signal) -> Option<String> {
    let is_same = (old.dimension, old.scale, old.offset) == (new.dimension, new.scale, new.offset);
    let unit = |signal: &Signal| {
        let base = units::base_unit(signal.dimension);
        let unit = signal.unit.clone().unwrap_or(base);
        if unit.is_empty() { "a number".to_owned() } else { unit }
    };
    if is_same {
        return moved("unit", &unit(old), &unit(new));
    }
    let factor = |signal: &Signal| format!("{} (times {})", unit(signal), signal.scale);
    Some(match moved("unit", &unit(old), &unit(new)) {
        Some(said) => said,
        None => format!("unit {} → {}", factor(old), factor(new)),
    })
}

fn event(before: &Side<'_>, after: &Side<'_>) -> Option<Vec<String>> {
    let (old, new) = both((before, after), |it| &it.program.events, |it: &Event| &it.head)?;
    some([
        moved("by", &keys(&old.keys), &keys(&new.keys)),
        moved("at most keys", &old.keys_max.to_string(), &new.keys_max.to_string()),
        (old.source != new.source).then(|| "another source".to_owned()),
    ])
}

fn entity(before: &Side<'_>, after: &Side<'_>) -> Option<Vec<String>> {
    let (old, new) = both((before, after), |it| &it.program.entities, |it: &Entity| &it.head)?;
    let fields = |entity: &Entity| {
        let names = entity.fields.iter().map(|field| field.name.clone());
        keys(&names.collect::<Vec<_>>())
    };
    some([
        moved("by", &keys(&old.keys), &keys(&new.keys)),
        moved("fields", &fields(old), &fields(new)),
        (old.feed != new.feed).then(|| "read otherwise".to_owned()),
        (fields(old) == fields(new) && old.fields != new.fields).then(|| "fields of another kind".to_owned()),
    ])
}

fn detector(before: &Side<'_>, after: &Side<'_>) -> Option<Vec<String>> {
    let (old, new) = both((before, after), |it| &it.program.detectors, |it: &Detector| &it.head)?;
    let says = |side: &Side<'_>, it: &Detector| renamed_text(side.program, &it.when, side.names);
    let clear = |side: &Side<'_>, detector: &Detector| match &detector.clear {
        Some(clear) => {
            format!("when {} for {}", renamed_text(side.program, &clear.when, side.names), clear.hold)
        }
        None => "at once".to_owned(),
    };
    // A new name of what is read is no other condition.
    let when = (says(before, old) != says(after, new)).then(|| moved("when", &old.when_text, &new.when_text));
    some([
        when.flatten(),
        moved("for", &old.hold.to_string(), &new.hold.to_string()),
        moved("clears", &clear(before, old), &clear(after, new)),
        moved("severity", severity_word(old.severity), severity_word(new.severity)),
        moved("by", &keys(&old.keys), &keys(&new.keys)),
    ])
}

fn action(before: &Side<'_>, after: &Side<'_>) -> Option<Vec<String>> {
    let (old, new) = both((before, after), |it| &it.program.actions, |it: &Action| &it.head)?;
    let does = |side: &Side<'_>, it: &Action| deeds::operation(side.program, it, side.names);
    let undo = |side: &Side<'_>, action: &Action| match &action.undo {
        Some((undo, arguments)) => {
            let path = side.program.action(*undo).map(|it| named(side, &it.head));
            format!("by {}{}", path.unwrap_or_default(), call(side.program, arguments, side.names))
        }
        None => "none".to_owned(),
    };
    let again = |action: &Action| if action.idempotent { "yes" } else { "no" };
    some([
        (does(before, old) != does(after, new))
            .then(|| format!("{} → {}", does(before, old), does(after, new))),
        moved("risk", risk_word(old.risk), risk_word(new.risk)),
        moved("idempotent", again(old), again(new)),
        moved("timeout", &old.timeout.to_string(), &new.timeout.to_string()),
        moved("undo", &undo(before, old), &undo(after, new)),
        moved("affects", &affects(before, old.affects.as_ref()), &affects(after, new.affects.as_ref())),
        moved("replaces", &keys(&old.replaces), &keys(&new.replaces)),
        (old.parameters.len() != new.parameters.len()).then(|| "other parameters".to_owned()),
    ])
}

fn affects(side: &Side<'_>, affects: Option<&Affects>) -> String {
    let Some(affects) = affects else { return "anything".to_owned() };
    let signals = affects.signals.iter().filter_map(|it| side.program.signal(*it)).map(|it| &it.head);
    let events = affects.events.iter().filter_map(|it| side.program.event(*it)).map(|it| &it.head);
    let paths: Vec<String> = signals.chain(events).map(|head| named(side, head)).collect();
    if paths.is_empty() { "nothing".to_owned() } else { paths.join(", ") }
}

fn channel(before: &Side<'_>, after: &Side<'_>) -> Option<Vec<String>> {
    let (old, new) = both((before, after), |it| &it.program.channels, |it: &Channel| &it.head)?;
    let sends = |side: &Side<'_>, it: &Channel| deeds::http(side.program, &it.request, side.names);
    let (was, is) = (sends(before, old), sends(after, new));
    some([
        (was != is).then(|| format!("{was} → {is}")),
        moved("timeout", &old.timeout.to_string(), &new.timeout.to_string()),
    ])
}

fn plan(before: &Side<'_>, after: &Side<'_>) -> Option<Vec<String>> {
    let (old, new) = both((before, after), |it| &it.program.plans, |it: &Plan| &it.head)?;
    let list = |texts: Vec<String>| if texts.is_empty() { "none".to_owned() } else { texts.join(", ") };
    let steps = |side: &Side<'_>, steps: &[Step]| list(steps.iter().map(|it| step(side, it)).collect());
    let verify = |side: &Side<'_>, plan: &Plan| {
        let one = |it: &heal_program::Verify| {
            format!("{} within {}", renamed_text(side.program, &it.condition, side.names), it.within)
        };
        list(plan.verifies.iter().map(one).collect())
    };
    let require = |side: &Side<'_>, plan: &Plan| {
        let one = |it: &heal_program::Require| renamed_text(side.program, &it.condition, side.names);
        list(plan.requires.iter().map(one).collect())
    };
    let others = |side: &Side<'_>, plan: &Plan| {
        let bounds = bounds::of_plan(side.program, plan, side.names);
        list(bounds.iter().filter(|it| !it.is_of_steps()).map(bounds::Bound::text).collect())
    };
    some([
        moved("steps", &steps(before, &old.steps), &steps(after, &new.steps)),
        moved("require", &require(before, old), &require(after, new)),
        moved("verify", &verify(before, old), &verify(after, new)),
        moved("risk", risk_word(old.risk), risk_word(new.risk)),
        moved("undo", &steps(before, &old.undo), &steps(after, &new.undo)),
        moved("always", &steps(before, &old.always), &steps(after, &new.always)),
        // It begins with its own words.
        moved("", &others(before, old), &others(after, new)).map(|said| said.trim_start().to_owned()),
    ])
}

/// `restart = service.restart(service), retry 2 every 10s`
fn step(side: &Side<'_>, step: &Step) -> String {
    let action = side.program.action(step.action).map(|it| named(side, &it.head)).unwrap_or_default();
    let retry = match step.retries_max {
        0 => String::new(),
        retries => format!(" retry {retries} every {}", step.retry_every),
    };
    let arguments = call(side.program, &step.arguments, side.names);
    format!("{} = {action}{arguments} timeout {}{retry}", step.name, step.timeout)
}

fn policy(before: &Side<'_>, after: &Side<'_>) -> Option<Vec<String>> {
    let (old, new) = both((before, after), |it| &it.program.policies, |it: &Policy| &it.head)?;
    let on = |side: &Side<'_>, it: &Policy| {
        side.program.trigger(it.on).map(|head| named(side, head)).unwrap_or_default()
    };
    let condition = |side: &Side<'_>, it: &Policy| match &it.condition {
        Some(condition) => renamed_text(side.program, &condition.condition, side.names),
        None => "everywhere".to_owned(),
    };
    let shadow = |policy: &Policy| if policy.shadow { "on" } else { "off" };
    let mut details = some([
        moved("on", &on(before, old), &on(after, new)),
        moved("where", &condition(before, old), &condition(after, new)),
        moved("tries", &ladder(before, old), &ladder(after, new)),
        moved("shadow", shadow(old), shadow(new)),
    ])?;
    details.extend(guard(before, after, (&old.guard, &new.guard)));
    Some(details)
}

fn ladder(side: &Side<'_>, policy: &Policy) -> String {
    let rungs = policy.ladder.iter().map(|rung| match rung {
        Rung::Plan { again, .. } | Rung::Choose { again, .. } => {
            let plans = rung.plans().filter_map(|plan| side.program.plan(plan));
            let plans = plans.map(|plan| named(side, &plan.head)).collect::<Vec<_>>().join(" or ");
            again.map_or(plans.clone(), |again| format!("{plans} again every {again}"))
        }
        Rung::Escalate { channel, arguments } => {
            escalation_text(side.program, (*channel, arguments), side.names)
        }
    });
    rungs.collect::<Vec<_>>().join(", then ")
}

fn shared_guard(before: &Side<'_>, after: &Side<'_>) -> Option<Vec<String>> {
    let (old, new) = both((before, after), |it| &it.program.shared_guards, |it: &SharedGuard| &it.head)?;
    Some(guard(before, after, (&old.guard, &new.guard)))
}

/// What a guard says otherwise, word by word.
fn guard(before: &Side<'_>, after: &Side<'_>, (old, new): (&Guard, &Guard)) -> Vec<String> {
    let (old, new) = (said(before, old), said(after, new));
    let gone: Vec<&Said> = old.iter().filter(|it| !new.contains(it)).collect();
    let mut added: Vec<&Said> = new.iter().filter(|it| !old.contains(it)).collect();
    let mut details = Vec::new();
    for (word, was) in gone {
        match added.iter().position(|(other, _)| other == word) {
            Some(position) => details.push(format!("{was} → {}", added.remove(position).1)),
            None => details.push(format!("{was} removed")),
        }
    }
    details.extend(added.into_iter().map(|(_, is)| format!("{is} added")));
    details
}

/// What a guard says, behind the word that it begins with.
type Said = (&'static str, String);

fn said(side: &Side<'_>, guard: &Guard) -> Vec<Said> {
    let shared = guard.shared.iter().filter_map(|it| side.program.shared_guard(*it));
    let mut all: Vec<Said> =
        shared.map(|it| ("shared", format!("shared {}", named(side, &it.head)))).collect();
    all.extend(guard.limits.iter().map(|it| ("limit", format!("limit {}", limit_text(it)))));
    all.extend(guard.cooldown.iter().map(|it| ("cooldown", format!("cooldown {}", cooldown_text(it)))));
    all.extend(guard.approval.iter().map(|it| {
        let when = it.condition.as_ref().map_or_else(String::new, |condition| {
            format!(" when {}", renamed_text(side.program, &condition.condition, side.names))
        });
        let asked = side.program.asked(it);
        let end = format!("{:?}", it.on_timeout).to_lowercase();
        let who = if it.quorum > 1 { format!("{} of {asked}", it.quorum) } else { asked.to_owned() };
        ("approval", format!("approval by {who}{when}, timeout {} else {end}", it.timeout))
    }));
    let others = bounds::of_guard((side.program, side.names), "", guard);
    // How many must agree stands with who is asked.
    all.extend(others.iter().filter(|it| !it.is_quorum()).map(|it| (it.word(), it.text())));
    let patience = guard.withheld_escalates_after;
    all.extend(patience.map(|it| ("withheld", format!("withheld escalates after {it}"))));
    all
}

fn named(side: &Side<'_>, head: &Head) -> String {
    side.names.of(&head.path).to_owned()
}

fn keys(keys: &[String]) -> String {
    if keys.is_empty() { "nothing".to_owned() } else { format!("({})", keys.join(", ")) }
}
