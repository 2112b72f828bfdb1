//! Decisions: what to do about a firing, rung by rung.

mod approval;
mod choose;
mod ends;
mod events;
mod hindered;
mod ready;
mod rungs;
mod tell;

use std::{cmp::Reverse, collections::BTreeSet, sync::Arc};

use heal_evaluate::evaluate_with_cel;
use heal_program::{
    Argument, DetectorIndex, Guard, Millis, Plan, Policy, PolicyIndex, Program, Require, Rung, Severity,
    Timestamp, Trigger,
};

pub use hindered::{Hindered, Hindrance};
pub(crate) use ready::Ready;
pub(crate) use tell::Told;

use crate::{
    Engine, Key, Labels, Readings, TraceKind, WithheldReason,
    facts::{StepFacts, labels},
    guard::{Held, guards_of},
    prepared::{Reads, lateness_of, of_policy},
    state::{Firing, Ladder, Run, RungOutcome, RungResult, Status},
};

/// How long a passed rung gives the world when its policy says no cooldown.
pub(crate) const COOLDOWN_DEFAULT: Millis = Millis::from_minutes(10);

/// The key of what has none.
static NO_KEY: Key = Vec::new();

/// Why nothing is to be decided on a firing.
enum Rest {
    /// Its ladder gives the world a pause.
    Until(Timestamp),
    /// Its ladder has ended, or waits for something that moves it.
    UntilMoved,
}

/// One decision: a policy about a firing.
pub(crate) struct Case {
    pub(crate) program: Arc<Program>,
    pub(crate) policy: PolicyIndex,
    pub(crate) key: Key,
    pub(crate) firing: Firing,
    pub(crate) labels: Labels,
    /// The policy's own guard and those that it shares, with their paths.
    pub(crate) guards: Vec<(String, Guard)>,
}

impl Case {
    pub(crate) fn policy(&self) -> Option<&Policy> {
        self.program.policy(self.policy)
    }

    /// The plan of the rung whose turn it is, with its arguments; none where people are told. Before one of several is chosen
    /// nothing hangs on which.
    pub(crate) fn plan_of<'c>(
        &'c self,
        policy: &'c Policy,
        ladder: &Ladder,
    ) -> Option<(&'c Plan, &'c [Argument])> {
        let chosen = ladder.chosen.as_deref();
        let path = |plan| self.program.plan(plan).map(|plan| plan.head.path.as_str());
        let (plan, arguments) = match policy.ladder.get(ladder.rung)? {
            Rung::Escalate { .. } => return None,
            Rung::Plan { plan, arguments, .. } => (*plan, arguments),
            Rung::Choose { among, .. } => {
                let found = among.iter().find(|(plan, _)| chosen.is_none() || path(*plan) == chosen);
                found.map(|(plan, arguments)| (*plan, arguments))?
            }
        };
        Some((self.program.plan(plan)?, arguments))
    }

    /// The guards that count what the policy does and hears of: one in shadow counts for its own alone.
    pub(crate) fn counting_guards(&self) -> &[(String, Guard)] {
        match self.policy() {
            Some(policy) if policy.shadow => self.guards.get(..1).unwrap_or_default(),
            Some(_) | None => &self.guards,
        }
    }

    /// How long a passed rung gives the world: the longest of its guards.
    pub(crate) fn cooldown(&self) -> Millis {
        let cooldowns = self.guards.iter().filter_map(|(_, guard)| guard.cooldown.as_ref());
        cooldowns.map(|cooldown| cooldown.span).max().unwrap_or(COOLDOWN_DEFAULT)
    }

    pub(crate) fn is_event(&self) -> bool {
        self.policy().is_some_and(|policy| policy.on.detector().is_none())
    }

    pub(crate) fn severity(&self) -> Severity {
        let detector = self.policy().and_then(|policy| self.program.detector(policy.on.detector()?));
        detector.map_or(Severity::Warning, |node| node.severity)
    }

    /// The path of the detector or event.
    pub(crate) fn trigger(&self) -> &str {
        let head = self.policy().and_then(|policy| self.program.trigger(policy.on));
        head.map_or("", |head| head.path.as_str())
    }
}

impl Engine {
    /// Lets the policies on `detectors` decide on everything that fires there: higher severity first, then the
    /// earlier firing, then by name, so that two policies on one entity always meet in the same order.
    pub(crate) fn decide(&mut self, detectors: &[DetectorIndex]) {
        let program = self.program.clone();
        let mut cases = Vec::new();
        for detector in detectors {
            let Some(node) = program.detector(*detector) else { continue };
            let prepared = self.prepared.clone();
            for policy in prepared.policies_on.get(detector.at()).into_iter().flatten() {
                for (key, firing) in self.awake_on(*policy, *detector, node.severity) {
                    cases.push((Reverse(node.severity), firing.started, *policy, key, firing));
                }
            }
        }
        cases.sort_by(|left, right| {
            (left.0, left.1, left.2, &left.3).cmp(&(right.0, right.1, right.2, &right.3))
        });
        let looked: BTreeSet<PolicyIndex> = cases.iter().map(|(_, _, policy, _, _)| *policy).collect();
        for policy in &looked {
            self.look_around(*policy);
        }
        // All that began at this step has begun before anything is done about any of it: a storm is seen whole.
        for (_, _, policy, key, firing) in &cases {
            if self.is_new_to(*policy, key, firing)
                && let Some(case) = self.case(*policy, key.clone(), *firing)
            {
                self.open_episode(&case);
            }
        }
        // So have the events of this time.
        self.count_opened();
        for (_, _, policy, key, firing) in &cases {
            if let Some(case) = self.case(*policy, key.clone(), *firing) {
                self.decide_case(&case);
            }
        }
        looked.into_iter().for_each(|policy| self.rest_where_quiet(policy, None));
        // Those that came to rest need not be looked at again.
        for (Reverse(severity), _, policy, key, firing) in cases {
            self.put_to_rest(policy, key, &firing, severity);
        }
    }

    /// The firings of a detector that a policy has to decide on. The others are at rest, as most are at most steps.
    fn awake_on(
        &mut self,
        policy: PolicyIndex,
        detector: DetectorIndex,
        severity: Severity,
    ) -> Vec<(Key, Firing)> {
        let mut cases = Vec::new();
        for key in self.agenda.take_awake(policy, self.state.now) {
            let state = self.state.detectors.get(detector.at()).and_then(|state| state.keys.get(&key));
            let Some(firing) = state.and_then(|state| state.firing) else { continue };
            match self.rest_of(policy, &key, &firing, severity) {
                None => {
                    self.agenda.wake(policy, &key);
                    cases.push((key, firing));
                }
                Some(Rest::Until(until)) => self.agenda.pause(policy, until, key),
                Some(Rest::UntilMoved) => {}
            }
        }
        cases
    }

    fn put_to_rest(&mut self, policy: PolicyIndex, key: Key, firing: &Firing, severity: Severity) {
        match self.rest_of(policy, &key, firing, severity) {
            None => {}
            Some(Rest::Until(until)) => {
                self.agenda.forget(policy, &key);
                self.agenda.pause(policy, until, key);
            }
            Some(Rest::UntilMoved) => self.agenda.forget(policy, &key),
        }
    }

    /// Why nothing can come of deciding on a firing now: its ladder has ended, waits or runs, and nobody is to hear that it
    /// got worse.
    fn rest_of(&self, policy: PolicyIndex, key: &Key, firing: &Firing, severity: Severity) -> Option<Rest> {
        let path = self.program.policy(policy).map(|policy| policy.head.path.as_str()).unwrap_or_default();
        let ladder = self.state.policies.get(path).and_then(|state| state.ladders.get(key))?;
        let is_heard = ladder.told.values().all(|told| *told >= severity);
        if ladder.firing != firing.id || !is_heard {
            return None;
        }
        let pause = ladder.wait_until.filter(|until| self.state.now < *until);
        match (&ladder.status, pause) {
            (Status::Ready, pause) => pause.map(Rest::Until),
            (Status::AwaitingApproval(_) | Status::Running(_) | Status::Healed | Status::Ended, _) => {
                Some(Rest::UntilMoved)
            }
        }
    }

    /// Whether a policy has not heard of a firing.
    fn is_new_to(&self, policy: PolicyIndex, key: &Key, firing: &Firing) -> bool {
        let path = self.program.policy(policy).map(|policy| policy.head.path.as_str()).unwrap_or_default();
        let ladder = self.state.policies.get(path).and_then(|state| state.ladders.get(key));
        ladder.is_none_or(|ladder| ladder.firing != firing.id)
    }

    pub(crate) fn case(&self, policy: PolicyIndex, key: Key, firing: Firing) -> Option<Case> {
        let program = self.program.clone();
        let node = program.policy(policy)?;
        let labels = labels(program.trigger_keys(node.on)?, &key);
        let guards = guards_of(&program, node);
        Some(Case { policy, key, firing, labels, guards, program: program.clone() })
    }

    /// The case of a ladder, if its firing still goes on.
    pub(crate) fn case_of(&self, policy_path: &str, key: &Key) -> Option<Case> {
        let policy = self.policy_at(policy_path)?;
        let firing = match self.program.policy(policy)?.on {
            Trigger::Detector(detector) => self.state.detectors.get(detector.at())?.keys.get(key)?.firing?,
            Trigger::Event(_) => self.state.policies.get(policy_path)?.ladders.get(key)?.event?,
        };
        self.case(policy, key.clone(), firing)
    }

    /// Where a policy stands in the program.
    pub(crate) fn policy_at(&self, path: &str) -> Option<PolicyIndex> {
        let at = self.program.policies.binary_search_by(|policy| policy.head.path.as_str().cmp(path));
        let at = at.ok().or_else(|| self.program.policies.iter().position(|it| it.head.path == path))?;
        Some(PolicyIndex(u32::try_from(at).ok()?))
    }

    /// A ladder, to be moved.
    pub(crate) fn ladder(&mut self, policy: &str, key: &Key) -> Option<&mut Ladder> {
        if let Some(policy) = self.policy_at(policy) {
            self.wake(policy, key);
        }
        self.state.policies.get_mut(policy)?.ladders.get_mut(key)
    }

    /// Decides on a case at a time that is no step of its detector.
    pub(crate) fn decide_again(&mut self, case: &Case) {
        self.look_around(case.policy);
        self.decide_case(case);
    }

    fn severity_of(&self, policy: &str) -> Severity {
        let policy = self.policy_at(policy).and_then(|policy| self.program.policy(policy));
        let detector = policy.and_then(|policy| self.program.detector(policy.on.detector()?));
        detector.map_or(Severity::Warning, |node| node.severity)
    }

    /// What a run has worked on is free. What is more severe and waits for that is decided on before all else that may want it.
    pub(crate) fn let_more_severe_go(&mut self, run: &Run) {
        let is_busy = |ladder: &Ladder| {
            let reason = ladder.withheld.as_ref().map(|(_, reason)| reason);
            ladder.status == Status::Ready && matches!(reason, Some(WithheldReason::Busy { .. }))
        };
        let policies = &self.state.policies;
        let waits = |(path, key): &(String, Key)| {
            policies.get(path).and_then(|state| state.ladders.get(key)).is_some_and(is_busy)
        };
        self.state.outranking.retain(waits);
        let mut waiting = Vec::new();
        for (path, key) in &self.state.outranking {
            let Some(case) = self.case_of(path, key) else { continue };
            let severity = case.severity();
            if severity > run.severity {
                waiting.push((Reverse(severity), case.firing.started, case.policy, case));
            }
        }
        waiting.sort_by(|left, right| {
            (left.0, left.1, left.2, &left.3.key).cmp(&(right.0, right.1, right.2, &right.3.key))
        });
        for (.., case) in waiting {
            self.decide_again(&case);
        }
    }

    /// What a policy reads is brought up to the time of its decision.
    pub(crate) fn look_around(&mut self, policy: PolicyIndex) {
        let program = self.program.clone();
        let Some(node) = program.policy(policy) else { return };
        let lateness = lateness_of(&program, node);
        let signals = Reads::of(of_policy(&program, node)).signals;
        self.advance_lanes(signals, lateness, self.seen_until(lateness));
    }

    /// Up to when samples are seen now: all of them have been told.
    pub(crate) fn seen_until(&self, lateness: Millis) -> Timestamp {
        self.state.now.minus(lateness).min(self.state.watermark)
    }

    fn decide_case(&mut self, case: &Case) {
        let Some(policy) = case.policy() else { return };
        self.begin_episode(case, policy);
        self.tell_of_worse(case, policy);
        // A skipped or failed rung hands over to the next at once, so there are at most as many turns as rungs.
        for _ in 0..=policy.ladder.len() {
            if !self.take_turn(case, policy) {
                break;
            }
        }
        if case.is_event() {
            self.plan_next_look(case);
        }
    }

    /// What a new firing means for its ladder, before anything is decided on it.
    fn open_episode(&mut self, case: &Case) {
        if let Some(policy) = case.policy() {
            self.begin_episode(case, policy);
        }
    }

    /// A new firing is a new episode. Within a cooldown of the last one's end the ladder goes on where it stood.
    fn begin_episode(&mut self, case: &Case, policy: &Policy) {
        let now = self.state.now;
        let lateness = lateness_of(&case.program, policy);
        self.wake(case.policy, &case.key);
        let state = self.state.policies.entry(policy.head.path.clone()).or_default();
        let is_known = state.ladders.contains_key(&case.key);
        let ladder = state.ladders.entry(case.key.clone()).or_insert_with(|| Ladder::new(case.firing.id));
        let is_new = !is_known || ladder.firing != case.firing.id;
        let is_heard = ladder.heard == Some(case.firing.id);
        if !is_new || is_heard && matches!(ladder.status, Status::Running(_)) {
            return;
        }
        ladder.heard = Some(case.firing.id);
        if !matches!(ladder.status, Status::Running(_)) {
            let event = case.is_event().then_some(case.firing);
            // It may have begun while a run of the last one was still on its way.
            let began = case.firing.started.plus(lateness).min(now);
            let next = Ladder { event, heard: ladder.heard, ..Ladder::new(case.firing.id) };
            // An event is news however short the last one was ago: what holds it back is said of it.
            *ladder = if is_known && !case.is_event() && !ladder.was_quiet(began, case.cooldown()) {
                let patience = policy.guard.withheld_escalates_after();
                ladder.going_on(next, (began, now), (policy.ladder.len(), patience))
            } else {
                next
            };
        }
        if is_heard || case.is_event() {
            return;
        }
        self.rest_where_quiet(case.policy, Some(case.firing.started));
        if self.truth_of_where(case, policy) != Some(false) {
            self.count_firing(case.counting_guards(), case.firing.id);
        }
    }

    /// One look at the rung whose turn it is; whether another look is needed at once.
    fn take_turn(&mut self, case: &Case, policy: &Policy) -> bool {
        let now = self.state.now;
        let Some(ladder) = self.ladder(&policy.head.path, &case.key) else { return false };
        if ladder.status != Status::Ready || ladder.wait_until.is_some_and(|until| now < until) {
            return false;
        }
        let rung = ladder.rung;
        if let Some(condition) = &policy.condition {
            match self.truth_of(case, condition) {
                (Some(true), _) => {}
                (Some(false), _) => {
                    self.is_not_concerned(case, policy, rung);
                    return false;
                }
                // To tell people is held back by nothing that nobody knows.
                (None, _) if matches!(policy.ladder.get(rung), Some(Rung::Escalate { .. }) | None) => {}
                (None, values) => {
                    let held = self.condition_unknown(case, condition, values);
                    self.withhold(case, policy, held);
                    return false;
                }
            }
        }
        match policy.ladder.get(rung) {
            None => {
                self.end_ladder(case, policy);
                false
            }
            Some(Rung::Escalate { .. }) => {
                let reason = self.why_told(case, policy);
                self.tell(case, Told::Rung(rung), &reason);
                let what = "people were told".to_owned();
                self.rung_over((&policy.head.path, &case.key, case.firing.id), what, RungResult::Well);
                self.wait_for(&policy.head.path, &case.key, case.cooldown());
                false
            }
            Some(Rung::Plan { plan, arguments, again: _ }) => match case.program.plan(*plan) {
                Some(plan) => self.consider_plan(case, policy, plan, arguments, rung),
                None => false,
            },
            Some(Rung::Choose { among, again: _ }) => self.consider_choice(case, policy, among, rung),
        }
    }

    /// A `where` that is unknown holds back.
    fn condition_unknown(&self, case: &Case, condition: &Require, values: Readings) -> Held {
        let lacking = self.facts_of(case).map(|it| it.lacking(&condition.condition)).unwrap_or_default();
        let condition = condition.text.clone();
        Held::by_nobody(WithheldReason::ConditionUnknown { condition, values, lacking })
    }

    /// A policy is not concerned at this time. What is not concerned is not withheld, and its time does not count as such. What
    /// it did before and did not help is told of all the same.
    fn is_not_concerned(&mut self, case: &Case, policy: &Policy, rung: usize) {
        let now = self.state.now;
        let Some(ladder) = self.ladder(&policy.head.path, &case.key) else { return };
        ladder.withheld = None;
        ladder.pause_hold(now);
        let is_told_of =
            |before: &RungOutcome| before.result == RungResult::Failed && before.firing == case.firing.id;
        let failed = ladder.before.clone().filter(is_told_of);
        if let Some(failed) = failed {
            self.tell_after(case, rung, &failed.what);
        }
    }

    pub(crate) fn truth_of_where(&self, case: &Case, policy: &Policy) -> Option<bool> {
        match &policy.condition {
            Some(condition) => self.truth_of(case, condition).0,
            None => Some(true),
        }
    }

    /// What a condition comes to for a case, and what it read.
    pub(crate) fn truth_of(&self, case: &Case, condition: &Require) -> (Option<bool>, Readings) {
        let Some(facts) = self.facts_of(case) else { return (None, Vec::new()) };
        let truth = facts.settled(&condition.condition, evaluate_with_cel);
        let values = if truth == Some(true) { Vec::new() } else { facts.values(&condition.condition) };
        (truth, values)
    }

    pub(crate) fn facts_of<'a>(&'a self, case: &'a Case) -> Option<StepFacts<'a>> {
        let policy = case.policy()?;
        let lateness = lateness_of(&case.program, policy);
        let names = case.program.trigger_keys(policy.on)?;
        let at = self.seen_until(lateness);
        Some(StepFacts { names, key: &case.key, at, lateness, ..self.facts_now() })
    }

    /// Facts that hang on no key.
    pub(crate) fn facts_now(&self) -> StepFacts<'_> {
        StepFacts {
            program: &self.program,
            prepared: &self.prepared,
            state: &self.state,
            names: &[],
            key: &NO_KEY,
            at: self.state.now,
            now: self.state.now,
            lateness: Millis::ZERO,
            arguments: None,
            newer_than: Timestamp::MIN,
            looks_back_to: Timestamp::MIN,
            episode: None,
            memo: None,
            keeps_silent: false,
            counts_short: false,
            is_member: false,
            counts_older: false,
        }
    }

    /// Holds the rung back: said when it begins and when its reason changes; people are told when it lasts.
    pub(crate) fn withhold(&mut self, case: &Case, policy: &Policy, held: Held) {
        let now = self.state.now;
        let Some(ladder) = self.ladder(&policy.head.path, &case.key) else { return };
        let Held { reason, by } = held;
        let since = ladder.withheld.as_ref().map_or(now, |(since, _)| *since);
        let is_news = ladder.withheld.as_ref().is_none_or(|(_, before)| !before.is_like(&reason));
        ladder.withheld = Some((since, reason.clone()));
        let held_since = *ladder.held_since.get_or_insert(now);
        let held_before = ladder.held_before;
        let (rung, chosen) = (ladder.rung, ladder.chosen.clone());
        if let WithheldReason::Busy { policy: other } = &reason
            && case.severity() > self.severity_of(other)
        {
            self.state.outranking.insert((policy.head.path.clone(), case.key.clone()));
        }
        if is_news {
            self.tell_hindered(|engine| engine.rung_hindrances(case, policy));
            self.record(TraceKind::Withheld {
                firing: case.firing.id,
                policy: policy.head.path.clone(),
                plan: chosen.unwrap_or_else(|| plan_path(&case.program, policy, rung)),
                rung: u32::try_from(rung).unwrap_or(u32::MAX),
                labels: case.labels.clone(),
                reason,
                target: String::new(),
                by,
            });
        }
        let due = held_since.plus(policy.guard.withheld_escalates_after()).minus(held_before);
        if due <= now {
            self.tell_of_hold(case, policy);
        } else if is_news && !case.is_event() {
            // The next step of its detector may be later.
            self.look_at_ladder_again(policy, &case.key, due);
        }
    }

    /// A rung is held back for too long: people are told, and not sooner again than after as long.
    pub(crate) fn tell_of_hold(&mut self, case: &Case, policy: &Policy) {
        let now = self.state.now;
        if let Some(ladder) = self.ladder(&policy.head.path, &case.key) {
            (ladder.held_since, ladder.held_before) = (Some(now), Millis::ZERO);
        }
        let patience = policy.guard.withheld_escalates_after();
        self.tell(case, Told::Held, &format!("withheld for {patience}"));
    }

    pub(crate) fn set_status(&mut self, policy: &str, key: &Key, status: Status) {
        if let Some(ladder) = self.ladder(policy, key) {
            ladder.status = status;
        }
    }
}

fn plan_path(program: &Program, policy: &Policy, rung: usize) -> String {
    match policy.ladder.get(rung) {
        Some(Rung::Plan { plan, .. }) => {
            program.plan(*plan).map(|plan| plan.head.path.clone()).unwrap_or_default()
        }
        Some(Rung::Choose { .. } | Rung::Escalate { .. }) | None => String::new(),
    }
}
