//! Policies on events: each event is an episode that lasts until there is nothing more to do about it.

use heal_program::{EventIndex, Millis, Timestamp};

use super::Case;
use crate::{
    Engine, Key, TraceKind, WithheldReason,
    agenda::Look,
    facts::labels,
    guard::Held,
    identity,
    state::{Firing, Status},
};

/// How often an episode is decided on: there is no detector whose steps would do.
const LOOK_EVERY: Millis = Millis::from_seconds(15);
/// An event that is told later than this is history, not news: nothing is started for what a backlog brings.
const NEWS_MAX: Millis = Millis::from_minutes(10);

impl Engine {
    /// An event that was declared happened.
    pub(crate) fn event_happened(&mut self, event: EventIndex, key: &Key, at: Timestamp) {
        let (program, prepared) = (self.program.clone(), self.prepared.clone());
        let Some(node) = program.event(event) else { return };
        let episode = identity::firing(&node.head.path, key, at);
        let labels = labels(&node.keys, key);
        self.record(TraceKind::Happened {
            episode,
            item: node.head.path.clone(),
            labels: labels.clone(),
            happened: at,
        });
        if self.state.now.since(at) > NEWS_MAX {
            return;
        }
        for policy in prepared.policies_on_event.get(event.at()).into_iter().flatten() {
            let Some(case) = self.case(*policy, key.clone(), Firing { id: episode, started: at }) else {
                continue;
            };
            let Some(path) = case.policy().map(|policy| policy.head.path.clone()) else { continue };
            if self.is_open(&path, key) {
                // An event while the last one is being worked on is not queued.
                self.record(TraceKind::Withheld {
                    firing: episode,
                    policy: path.clone(),
                    plan: String::new(),
                    rung: 0,
                    labels: labels.clone(),
                    reason: WithheldReason::Busy { policy: path },
                    target: String::new(),
                    by: String::new(),
                });
                continue;
            }
            self.decide_again(&case);
        }
    }

    fn is_open(&mut self, policy: &str, key: &Key) -> bool {
        self.ladder(policy, key).is_some_and(|ladder| ladder.event.is_some())
    }

    /// A ladder on an event is decided again until it has nothing more to do.
    pub(super) fn plan_next_look(&mut self, case: &Case) {
        let now = self.state.now;
        let Some(path) = case.policy().map(|policy| policy.head.path.clone()) else { return };
        let Some(ladder) = self.ladder(&path, &case.key) else { return };
        if ladder.event.is_none() {
            return;
        }
        let is_waiting = ladder.wait_until.is_some_and(|until| until > now);
        match ladder.status {
            // Withheld, or decided at a later time.
            Status::Ready if ladder.withheld.is_some() && !is_waiting => {
                let due = now.plus(Millis(1)).align_up(LOOK_EVERY);
                ladder.look_at = Some(due);
                self.agenda.add_look(due, Look::Ladder(path, case.key.clone()));
            }
            Status::Running(_) | Status::AwaitingApproval(_) => {}
            // Not concerned, told, or over.
            Status::Ready | Status::Healed | Status::Ended => self.close_event(&path, &case.key),
        }
    }

    /// Nothing more is done about an event.
    pub(super) fn close_event(&mut self, policy: &str, key: &Key) {
        self.close_ladder(policy, key);
        let program = self.program.clone();
        let Some(node) = program.policies.iter().find(|node| node.head.path == policy) else { return };
        let is_quiet = self
            .state
            .policies
            .get(policy)
            .is_none_or(|state| state.ladders.values().all(|ladder| ladder.event.is_none()));
        if is_quiet {
            self.rest(&program, node);
        }
    }

    /// A ladder on an event is looked at again; one that was held back for too long is left to people.
    pub(crate) fn look_at_ladder(&mut self, policy: &str, key: &Key) {
        let now = self.state.now;
        let Some(ladder) = self.ladder(policy, key) else { return };
        if ladder.look_at.is_none_or(|due| due > now) {
            return;
        }
        ladder.look_at = None;
        let since = ladder.withheld.as_ref().map(|(since, _)| *since);
        let Some(case) = self.case_of(policy, key) else { return };
        let patience = case.policy().map(|policy| policy.guard.withheld_escalates_after());
        let is_over = since.zip(patience).is_some_and(|(since, patience)| now.since(since) >= patience);
        if is_over {
            let reason = format!("withheld for {}", patience.unwrap_or_default());
            self.give_up(&case, None, &reason);
        } else {
            self.decide_again(&case);
        }
    }

    /// A unit that was held back is not meant at this time: the time for which it is withheld begins anew.
    pub(crate) fn unit_waits(&mut self, id: heal_program::SemanticHash, unit: usize) {
        let now = self.state.now;
        let Some(run) = self.state.runs.get_mut(&id) else { return };
        if let Some((since, _)) = run.units.get_mut(unit).and_then(|own| own.withheld.as_mut()) {
            *since = now;
        }
        self.look_again(id, now.plus(Millis(1)).align_up(LOOK_EVERY));
    }

    /// Holds a unit of a run back, and has it looked at again.
    pub(crate) fn unit_held_back(&mut self, id: heal_program::SemanticHash, unit: usize, held: Held) {
        let now = self.state.now;
        let Some(run) = self.state.runs.get_mut(&id) else { return };
        let Some(own) = run.units.get_mut(unit) else { return };
        let since = own.withheld.as_ref().map_or(now, |(since, _)| *since);
        let is_news = own.withheld.as_ref().is_none_or(|(_, before)| !before.is_like(&held.reason));
        own.withheld = Some((since, held.reason.clone()));
        let (target, due) = (own.target.clone(), now.plus(Millis(1)).align_up(LOOK_EVERY));
        if is_news {
            let withheld = TraceKind::Withheld {
                firing: run.firing,
                policy: run.policy.clone(),
                plan: run.plan.clone(),
                rung: u32::try_from(run.rung).unwrap_or(u32::MAX),
                labels: run.labels.clone(),
                reason: held.reason,
                target,
                by: held.by,
            };
            self.record(withheld);
        }
        self.look_again(id, due);
    }
}
