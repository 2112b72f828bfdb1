//! A limit that the cooldown keeps out of reach.

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_program::{Cooldown, Limit, Per};
use heal_syntax::tree::{GuardStatement, PolicyStatement};

use crate::{
    found::Found,
    linted::{Linted, WrittenPolicy, statements},
};

pub(crate) fn check(linted: &Linted<'_>, policy: &WrittenPolicy<'_>, found: &mut Found) {
    let guard = &policy.node.guard;
    let (Some(cooldown), Some(keys)) = (&guard.cooldown, linted.program.trigger_keys(policy.node.on)) else {
        return;
    };
    let written = statements(&policy.tree.statements, |statement| match statement {
        PolicyStatement::Guard(guard) => Some(guard),
        PolicyStatement::On(_)
        | PolicyStatement::Where(_)
        | PolicyStatement::Rung(_)
        | PolicyStatement::Shadow => None,
    });
    let places: Vec<TextRange> =
        written
            .flatten()
            .filter_map(|statement| {
                if let GuardStatement::Limit(limits) = &statement.value { Some(limits) } else { None }
            })
            .flatten()
            .map(|limit| limit.range)
            .collect();
    if places.len() != guard.limits.len() {
        return;
    }
    for (limit, range) in guard.limits.iter().zip(places) {
        let Some(most) = reachable(limit, cooldown, keys) else { continue };
        if i64::from(limit.runs_max) <= most {
            continue;
        }
        let message = format!(
            "{} is never reached: a cooldown of {} leaves room for {most} in {}",
            policy.quoted(range),
            cooldown.span.written(),
            limit.window.written()
        );
        found.push(
            Diagnostic::warning(Code::SLACK_LIMIT, policy.file, range, message)
                .with_help("say with the limit how far it may really go, or shorten the cooldown"),
        );
    }
}

/// Most starts that the cooldown lets into a window of the limit; none where it bounds other groups of keys.
fn reachable(limit: &Limit, cooldown: &Cooldown, keys: &[String]) -> Option<i64> {
    // A cooldown that does not say counts for the firing's whole key.
    let is_within = if cooldown.per.is_empty() {
        let is_key = |per: &Per, key: &String| matches!(per, Per::Key(field) if field == key);
        keys.iter().all(|key| limit.per.iter().any(|per| is_key(per, key)))
    } else {
        cooldown.per.iter().all(|per| limit.per.contains(per))
    };
    (is_within && cooldown.span.0 > 0).then(|| {
        let (window, span) = (limit.window.0.max(0), cooldown.span.0);
        // Starts at least a cooldown apart, in a window open on the left.
        window / span + i64::from(window % span != 0)
    })
}
