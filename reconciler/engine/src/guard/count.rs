//! Limits, cooldowns and concurrency: run starts, counted.

use heal_program::{Concurrency, Cooldown, Guard, Limit, Timestamp};

use super::{Attempt, belongs, group, open_start};
use crate::{
    WithheldReason,
    facts::compact,
    state::{GuardLog, RunRecord},
};

/// Every limit, cooldown and concurrency of a guard that holds a start back.
pub(super) fn holding<'a>(
    guard: &'a Guard,
    log: &'a GuardLog,
    attempt: &'a Attempt<'a>,
    now: Timestamp,
) -> impl Iterator<Item = WithheldReason> + 'a {
    let limits = guard.limits.iter().filter_map(move |limit| limit_used_up(limit, log, attempt, now));
    let is_own = attempt.guards.first().is_some_and(|(_, own)| std::ptr::eq(own, guard));
    // Of a policy's own starts without `per` only those of the same key count, for which its ladder goes on by itself.
    let cooldown = guard.cooldown.iter().filter(move |it| !is_own || !it.per.is_empty());
    let cooldown = cooldown.filter_map(move |it| cooling_down(it, log, attempt, now));
    limits.chain(cooldown).chain(guard.concurrency.iter().filter_map(move |it| too_many(it, log, attempt)))
}

/// How many starts of a group were in a limit's window, and when the oldest of them was.
pub(super) fn used(
    limit: &Limit,
    log: &GuardLog,
    per: &crate::Labels,
    now: Timestamp,
) -> (u32, Option<Timestamp>) {
    let open = open_start(now, limit.window);
    let inside = log.runs.iter().rev().take_while(|run| run.at > open);
    let mut used = 0_u32;
    let mut oldest = None;
    for run in inside.filter(|run| belongs(&run.labels, per)) {
        used = used.saturating_add(1);
        oldest = Some(run.at);
    }
    (used, oldest)
}

fn limit_used_up(
    limit: &Limit,
    log: &GuardLog,
    attempt: &Attempt<'_>,
    now: Timestamp,
) -> Option<WithheldReason> {
    let per = match group(&limit.per, attempt.tags) {
        Ok(per) => per,
        Err(per) => return Some(WithheldReason::GroupUnknown { what: limit_text(limit), per }),
    };
    let (used, oldest) = used(limit, log, &per, now);
    (used >= limit.runs_max).then(|| WithheldReason::Limit {
        runs_max: limit.runs_max,
        window: limit.window,
        per,
        used,
        opens: oldest.unwrap_or(now).plus(limit.window),
    })
}

/// A start of the group too short a time ago: of another key, or of another policy that shares the guard. What a policy
/// itself has started for the key is no matter of the cooldown: its ladder goes on at the next rung by itself.
fn cooling_down(
    cooldown: &Cooldown,
    log: &GuardLog,
    attempt: &Attempt<'_>,
    now: Timestamp,
) -> Option<WithheldReason> {
    let per = match cooldown_group(cooldown, attempt) {
        Ok(per) => per,
        Err(per) => {
            let what = format!("cooldown {}", compact(cooldown.span));
            return Some(WithheldReason::GroupUnknown { what, per });
        }
    };
    let after = open_start(now, cooldown.span);
    let until = last_of_others(cooldown, log, (&per, attempt), after)?.plus(cooldown.span);
    Some(WithheldReason::Cooldown { span: cooldown.span, until, per })
}

/// The group of a cooldown: without `per` each key of the firing is one.
pub(super) fn cooldown_group(cooldown: &Cooldown, attempt: &Attempt<'_>) -> Result<crate::Labels, String> {
    if cooldown.per.is_empty() { Ok(attempt.labels.clone()) } else { group(&cooldown.per, attempt.tags) }
}

/// When a run of a group started last for another key, or of another policy, after a time.
pub(super) fn last_of_others(
    cooldown: &Cooldown,
    log: &GuardLog,
    (per, attempt): (&crate::Labels, &Attempt<'_>),
    after: Timestamp,
) -> Option<Timestamp> {
    let is_key = |labels: &crate::Labels| attempt.labels.iter().all(|label| labels.contains(label));
    let is_own = |run: &RunRecord| run.policy == attempt.policy && is_key(&run.labels);
    let mut runs = log.runs.iter().rev().take_while(|run| run.at > after);
    let counts = |run: &RunRecord| match cooldown.per.is_empty() {
        true => share_key(&run.labels, attempt.labels),
        false => belongs(&run.labels, per),
    };
    runs.find(|run| !is_own(run) && counts(run)).map(|run| run.at)
}

/// Whether a start was for the same key, of which one may say more than the other. What a guard counts apart by is not of the
/// key: it has a dot in its name.
pub(crate) fn share_key(record: &crate::Labels, key: &crate::Labels) -> bool {
    let own = || record.iter().filter(|(name, _)| !name.contains('.'));
    key.iter().all(|label| record.contains(label))
        || (own().next().is_some() && own().all(|label| key.contains(label)))
}

fn too_many(concurrency: &Concurrency, log: &GuardLog, attempt: &Attempt<'_>) -> Option<WithheldReason> {
    let per = match group(&concurrency.per, attempt.tags) {
        Ok(per) => per,
        Err(per) => {
            let what = format!("concurrency {}", concurrency.runs_max);
            return Some(WithheldReason::GroupUnknown { what, per });
        }
    };
    (in_flight(log, &per, attempt.run) >= concurrency.runs_max)
        .then_some(WithheldReason::Concurrency { runs_max: concurrency.runs_max, per })
}

/// How many runs of a group are in flight. One does not stand in the way of its own targets, which it waits for.
pub(super) fn in_flight(log: &GuardLog, per: &crate::Labels, but: Option<heal_program::SemanticHash>) -> u32 {
    let runs = log.runs.iter().filter(|run| run.is_in_the_way_of(but) && belongs(&run.labels, per));
    u32::try_from(runs.count()).unwrap_or(u32::MAX)
}

/// `limit 20 per 1h per namespace`
pub(super) fn limit_text(limit: &Limit) -> String {
    format!("limit {} per {}{}", limit.runs_max, compact(limit.window), super::grounds::per_text(&limit.per))
}
