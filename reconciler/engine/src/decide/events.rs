//! Policies on events: each event is an episode that lasts until there is nothing more to do about it.

use heal_program::{EventIndex, Millis, Policy, Timestamp};

use super::{Case, plan_path};
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
            match self.event_held_back(&case) {
                Some(reason) => self.pass_over_event(&case, reason),
                None => self.open_event(&case),
            }
        }
    }

    /// An event is decided on when all that happens at its time has happened: a storm is seen whole.
    fn open_event(&mut self, case: &Case) {
        let now = self.state.now;
        self.open_episode(case);
        if let Some(policy) = case.policy() {
            self.state.opened.push((policy.head.path.clone(), case.key.clone()));
            self.look_at_ladder_again(policy, &case.key, now);
        }
    }

    /// What has been opened is counted before anything is done about any of it.
    pub(super) fn count_opened(&mut self) {
        for (policy, key) in std::mem::take(&mut self.state.opened) {
            let Some(case) = self.case_of(&policy, &key) else { continue };
            self.look_around(case.policy);
            if case.policy().is_some_and(|policy| self.truth_of_where(&case, policy) != Some(false)) {
                self.count_firing(case.counting_guards(), case.firing.id);
            }
        }
    }

    /// Why nothing is done about an event: the last one of its key is being worked on, or has been too short a time ago. It is
    /// not queued.
    fn event_held_back(&mut self, case: &Case) -> Option<WithheldReason> {
        let (now, span) = (self.state.now, case.cooldown());
        let path = case.policy()?.head.path.clone();
        let ladder = self.ladder(&path, &case.key)?;
        if ladder.event.is_some() {
            return Some(WithheldReason::Busy { policy: path });
        }
        let until = ladder.worked_until?.plus(span);
        (now < until).then(|| WithheldReason::Cooldown { span, until, per: case.labels.clone() })
    }

    /// An event that the policy is concerned with is passed over.
    fn pass_over_event(&mut self, case: &Case, reason: WithheldReason) {
        let Some(policy) = case.policy() else { return };
        self.look_around(case.policy);
        if self.truth_of_where(case, policy) == Some(false) {
            return;
        }
        self.count_firing(case.counting_guards(), case.firing.id);
        self.record(TraceKind::Withheld {
            firing: case.firing.id,
            policy: policy.head.path.clone(),
            plan: plan_path(&case.program, policy, 0),
            rung: 0,
            labels: case.labels.clone(),
            reason,
            target: String::new(),
            by: String::new(),
        });
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
                if let Some(policy) = case.policy() {
                    self.look_at_ladder_again(policy, &case.key, due);
                }
            }
            Status::Running(_) | Status::AwaitingApproval(_) => {}
            // Not concerned, told, or over.
            Status::Ready | Status::Healed | Status::Ended => self.close_event(&path, &case.key),
        }
    }

    /// Nothing more is done about an event.
    pub(super) fn close_event(&mut self, policy: &str, key: &Key) {
        self.close_ladder(policy, key, true);
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

    /// Has a ladder looked at again at a time.
    pub(super) fn look_at_ladder_again(&mut self, policy: &Policy, key: &Key, due: Timestamp) {
        let path = &policy.head.path;
        if let Some(ladder) = self.ladder(path, key) {
            ladder.look_at = Some(due);
            self.agenda.add_look(due, Look::Ladder(path.clone(), key.clone()));
        }
    }

    /// A ladder is looked at again; one on an event that was held back for too long is left to people.
    pub(crate) fn look_at_ladder(&mut self, policy: &str, key: &Key) {
        let now = self.state.now;
        let Some(ladder) = self.ladder(policy, key) else { return };
        if ladder.look_at.is_none_or(|due| due > now) {
            return;
        }
        ladder.look_at = None;
        let since = ladder.withheld.as_ref().map(|(since, _)| *since);
        let held_since = ladder.held_since.filter(|_| since.is_some());
        let held_since = held_since.map(|since| since.minus(ladder.held_before));
        self.count_opened();
        let Some(case) = self.case_of(policy, key) else { return };
        if !case.is_event() {
            let patience = case.policy().map(|policy| policy.guard.withheld_escalates_after());
            let is_over =
                held_since.zip(patience).is_some_and(|(since, patience)| now.since(since) >= patience);
            if let (true, Some(policy)) = (is_over, case.policy()) {
                self.tell_of_hold(&case, policy);
            }
            return;
        }
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
        let known = |run: &crate::state::Run| run.units.get(unit).and_then(|own| own.withheld.clone());
        let before = self.state.runs.get(&id).and_then(known);
        let is_news = before.is_none_or(|(_, before)| !before.is_like(&held.reason));
        if is_news {
            self.tell_hindered(|engine| engine.target_hindrances(id, unit));
        }
        let Some(run) = self.state.runs.get_mut(&id) else { return };
        let Some(own) = run.units.get_mut(unit) else { return };
        let since = own.withheld.as_ref().map_or(now, |(since, _)| *since);
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
