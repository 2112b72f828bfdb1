//! Guards: what holds a start back. Each is a question about what was recorded, so its counters survive everything that
//! records do.

mod blast;
mod breaker;
mod calendar;
mod canary;
mod count;
mod disturb;
mod grounds;
mod log;
mod storm;
mod topology;

use std::collections::BTreeSet;

use heal_program::{Guard, Millis, Per, Policy, Program, Timestamp};

/// What a guard has counted that nothing ever asked.
static NO_LOG: GuardLog =
    GuardLog { runs: Vec::new(), firings: Vec::new(), newest: BTreeSet::new(), canary: None };

pub use breaker::OpenedBy;
pub(crate) use breaker::{State as BreakerState, state as breaker_state};
pub(crate) use count::share_key;
pub(crate) use disturb::PlannedDisturbance;
pub(crate) use log::Start;

use crate::{Engine, Labels, WithheldReason, facts::StepFacts, state::GuardLog};

/// Records are kept for at least as long: a program that comes later may look further back than the one that runs.
pub(crate) const MEMORY_MIN: Millis = Millis(31 * 86_400_000);

/// A start that guards are asked about.
pub(crate) struct Attempt<'a> {
    /// The path of the policy.
    pub(crate) policy: &'a str,
    /// The guards with their paths: the policy's own first.
    pub(crate) guards: &'a [(String, Guard)],
    /// The firing's key.
    pub(crate) labels: &'a Labels,
    /// The firing's key, and what guards count apart by.
    pub(crate) tags: &'a Labels,
    /// Entities that it works on, as text.
    pub(crate) entities: &'a BTreeSet<String>,
    /// Runs that do not stand in its way: itself.
    pub(crate) run: Option<heal_program::SemanticHash>,
}

/// What holds a start back, and whose guard it is.
pub(crate) struct Held {
    pub(crate) reason: WithheldReason,
    /// The path of the policy or shared guard; empty: of none.
    pub(crate) by: String,
}

impl Held {
    pub(crate) fn by_nobody(reason: WithheldReason) -> Held {
        Held { reason, by: String::new() }
    }
}

/// The guards of a policy with their paths: its own, and those that it shares.
pub(crate) fn guards_of(program: &Program, policy: &Policy) -> Vec<(String, Guard)> {
    let own = (policy.head.path.clone(), policy.guard.clone());
    let shared = policy.guard.shared.iter().filter_map(|shared| program.shared_guard(*shared));
    let shared = shared.map(|shared| (shared.head.path.clone(), shared.guard.clone()));
    std::iter::once(own).chain(shared).collect()
}

/// The firing's key, and what the guards count apart by, as far as it is known.
pub(crate) fn tags(guards: &[(String, Guard)], labels: &Labels, facts: &StepFacts<'_>) -> Labels {
    let mut tags = labels.clone();
    for (_, guard) in guards {
        for per in pers(guard) {
            let Per::Way(way) = per else { continue };
            let name = way.to_string();
            if !tags.iter().any(|(other, _)| *other == name) {
                tags.extend(facts.way_text(way).map(|value| (name, value)));
            }
        }
    }
    tags
}

/// Everything that a guard counts apart by.
fn pers(guard: &Guard) -> impl Iterator<Item = &Per> {
    let limits = guard.limits.iter().flat_map(|it| &it.per);
    let cooldown = guard.cooldown.iter().flat_map(|it| &it.per);
    let blasts = guard.blast_radius.iter().flat_map(|it| &it.per);
    let concurrency = guard.concurrency.iter().flat_map(|it| &it.per);
    let breakers = guard.breakers.iter().flat_map(|it| &it.per);
    limits.chain(cooldown).chain(blasts).chain(concurrency).chain(breakers)
}

/// The group that a start is in: `Err` names what is unknown of it.
fn group(per: &[Per], tags: &Labels) -> Result<Labels, String> {
    per.iter()
        .map(|per| {
            let name = per.to_string();
            tags.iter().find(|(tag, _)| *tag == name).cloned().ok_or(name)
        })
        .collect()
}

impl Engine {
    /// The first guard that holds a start back; none: it may start.
    pub(crate) fn held_back(&self, attempt: &Attempt<'_>) -> Option<Held> {
        self.holding_back(attempt).next()
    }

    /// Every guard that holds a start back, in the order in which they are asked. A decision takes the first and asks no
    /// further; an explanation takes all.
    pub(crate) fn holding_back<'a>(&'a self, attempt: &'a Attempt<'a>) -> impl Iterator<Item = Held> + 'a {
        let paused = self.state.paused.then(|| Held::by_nobody(WithheldReason::Paused));
        let of_guards = attempt.guards.iter().flat_map(move |(path, guard)| {
            let reasons = self.reasons_of(guard, self.state.guards.get(path).unwrap_or(&NO_LOG), attempt);
            reasons.map(|reason| Held { reason, by: path.clone() })
        });
        paused.into_iter().chain(of_guards).chain(self.busy(attempt).map(Held::by_nobody))
    }

    /// All for which one guard holds a start back.
    fn reasons_of<'a>(
        &'a self,
        guard: &'a Guard,
        log: &'a GuardLog,
        attempt: &'a Attempt<'a>,
    ) -> impl Iterator<Item = WithheldReason> + 'a {
        let now = self.state.now;
        calendar::outside(guard, now)
            .chain(std::iter::once_with(move || canary::holds(guard, log, attempt.run, now)).flatten())
            .chain(breaker::holding(guard, log, attempt, now))
            .chain(count::holding(guard, log, attempt, now))
            .chain(self.blasts_holding(guard, log, attempt))
    }

    /// At most one run at a time works on one entity, whatever the guards say.
    fn busy<'a>(&'a self, attempt: &'a Attempt<'a>) -> impl Iterator<Item = WithheldReason> + 'a {
        let others = self.state.runs.iter().filter(|(id, _)| Some(**id) != attempt.run);
        let busy = others.map(|(_, run)| run).filter(|run| {
            let mut started = run.units.iter().filter(|unit| unit.started.is_some() && !unit.ended);
            started.any(|unit| unit.entities.intersection(attempt.entities).next().is_some())
        });
        busy.map(|run| WithheldReason::Busy { policy: run.policy.clone() })
    }
}

/// Whether a record counts for a group. One that lacks a field of the group, because it was made under an older key,
/// counts for every group: a change of keys must not loosen a guard.
pub(crate) fn belongs(record: &Labels, group: &Labels) -> bool {
    group.iter().all(|(name, value)| record.iter().all(|(other, theirs)| other != name || theirs == value))
}

/// The time from which on a window of this length looks, the bound itself left out.
fn open_start(now: Timestamp, window: Millis) -> Timestamp {
    now.minus(window)
}
