//! Guards: what holds a rung back.

use heal_program::{Cooldown, Limit, Per, Policy, Timestamp};

use crate::{
    Engine, Labels, WithheldReason,
    state::{PolicyState, Start},
};

impl Engine {
    /// The first guard that holds a start of `policy` back; none: it may start.
    pub(crate) fn held_back_by(
        &self,
        policy: &Policy,
        labels: &Labels,
        targets: &std::collections::BTreeSet<String>,
    ) -> Option<WithheldReason> {
        if self.state.paused {
            return Some(WithheldReason::Paused);
        }
        let busy = self.state.runs.values().find(|run| run.targets.intersection(targets).next().is_some());
        if let Some(run) = busy {
            return Some(WithheldReason::Busy { policy: run.policy.clone() });
        }
        let now = self.state.now;
        let nothing = PolicyState::default();
        let starts = &self.state.policies.get(&policy.head.path).unwrap_or(&nothing).starts;
        let limit = policy.guard.limits.iter().find_map(|limit| limit_used_up(limit, starts, labels, now));
        limit.or_else(|| cooling_down(policy.guard.cooldown.as_ref()?, starts, labels, now))
    }
}

fn limit_used_up(limit: &Limit, starts: &[Start], labels: &Labels, now: Timestamp) -> Option<WithheldReason> {
    let per = group(&limit.per, labels);
    let open_start = now.minus(limit.window);
    let used = starts.iter().filter(|start| start.at > open_start && belongs(&start.labels, &per)).count();
    (used >= limit.runs_max as usize).then_some(WithheldReason::Limit {
        runs_max: limit.runs_max,
        window: limit.window,
        per,
    })
}

/// A start of another key of the group too short a time ago. A key's own starts are no matter of the cooldown: its
/// ladder goes on at the next rung by itself.
fn cooling_down(
    cooldown: &Cooldown,
    starts: &[Start],
    labels: &Labels,
    now: Timestamp,
) -> Option<WithheldReason> {
    let per = if cooldown.per.is_empty() { labels.clone() } else { group(&cooldown.per, labels) };
    let others = starts.iter().filter(|start| start.labels != *labels && belongs(&start.labels, &per));
    let until = others.map(|start| start.at.plus(cooldown.span)).max()?;
    (until > now).then_some(WithheldReason::Cooldown { span: cooldown.span, until, per })
}

/// The fields of `labels` that are in `per`. A way is not followed: what it would tell apart counts together, which is
/// stricter.
fn group(per: &[Per], labels: &Labels) -> Labels {
    let is_in = |name: &String| per.iter().any(|per| matches!(per, Per::Key(field) if field == name));
    labels.iter().filter(|(name, _)| is_in(name)).cloned().collect()
}

/// Whether a start counts for a group. One that lacks a field of the group, because it was made under an older key,
/// counts for every group: a change of keys must not loosen a guard.
fn belongs(start: &Labels, group: &Labels) -> bool {
    group.iter().all(|(name, value)| start.iter().all(|(other, theirs)| other != name || theirs == value))
}
