//! How rungs and firings end, and what that leads to.

use heal_program::{DetectorIndex, Millis, PolicyIndex, Rung, SemanticHash, Timestamp};

use super::{Case, plan_path, tell::Told};
use crate::{
    Effect, Engine, Episode, FiringEnd, Key, Request, RunEnd, TraceKind,
    facts::StepFacts,
    identity,
    rewrite::folded_request,
    state::{Firing, Run, RungOutcome, RungResult, Status, TriggerState},
    why_skipped,
};

impl Engine {
    /// A run has come to its end: what it means for the ladder that started it. Gives whether people were told of it by itself,
    /// beside all ladders.
    pub(crate) fn end_rung(&mut self, id: SemanticHash, run: &Run, end: &RunEnd) -> bool {
        let is_ours =
            self.ladder(&run.policy, &run.key).is_some_and(|ladder| ladder.status == Status::Running(id));
        if !is_ours {
            return self.tell_of_orphan(run, end);
        }
        let now = self.state.now;
        if let Some(ladder) = self.ladder(&run.policy, &run.key) {
            ladder.worked_until = Some(now);
        }
        let of = (run.policy.as_str(), &run.key, run.firing);
        match end {
            RunEnd::Passed | RunEnd::Shadow => self.rung_passed(run),
            RunEnd::Failed { reason } => {
                let what = format!("{} failed: {reason}", run.plan);
                self.rung_over(of, what.clone(), RungResult::Failed);
                self.rung_failed(run, &what);
            }
            RunEnd::Skipped { require } => {
                let what = format!("{} was skipped: {}", run.plan, why_skipped(require));
                self.rung_over(of, what, RungResult::Skipped);
                if let Some(case) = self.case_of(&run.policy, &run.key) {
                    self.decide_again(&case);
                }
            }
            RunEnd::Rejected => self.set_status(&run.policy, &run.key, Status::Ended),
            RunEnd::Inconclusive { reason } => self.rung_inconclusive(run, reason),
        }
        false
    }

    /// The next rung's turn comes, and remembers what came of the one before.
    pub(super) fn rung_over(
        &mut self,
        (policy, key, firing): (&str, &Key, SemanticHash),
        what: String,
        result: RungResult,
    ) {
        self.next_rung(policy, key);
        if let Some(ladder) = self.ladder(policy, key) {
            ladder.before = Some(RungOutcome { firing, what, result });
        }
    }

    /// A failed run hands over to the next rung at once. Where its firing has ended meanwhile nothing more is started for
    /// it, and the people whom a later rung would tell are told.
    fn rung_failed(&mut self, run: &Run, what: &str) {
        match self.case_of(&run.policy, &run.key) {
            Some(case) if case.firing.id == run.firing => self.decide_again(&case),
            // It has come back: people hear of it as of the new firing, which the ladder goes on with.
            Some(case) => {
                self.open_episode(&case);
                self.tell_after(&case, run.later_rungs(), what);
                self.decide_again(&case);
            }
            None => match self.ended_case_of(run) {
                Some(case) => self.tell_after(&case, run.rung, what),
                None => self.tell_for_run(run, what),
            },
        }
    }

    /// Nobody knows what a run came to: the ladder ends, and people are told whether it still fires or not.
    fn rung_inconclusive(&mut self, run: &Run, reason: &str) {
        self.set_status(&run.policy, &run.key, Status::Ended);
        match self.case_of(&run.policy, &run.key) {
            Some(case) => {
                self.open_episode(&case);
                self.set_status(&run.policy, &run.key, Status::Ended);
                self.tell(&case, Told::Parked, reason);
                if case.is_event() {
                    self.close_event(&run.policy, &run.key);
                }
            }
            None => match self.ended_case_of(run) {
                Some(case) => self.tell(&case, Told::Parked, reason),
                None => self.tell_for_run(run, reason),
            },
        }
    }

    /// The case of a run whose firing has ended, if its policy is still there.
    pub(crate) fn ended_case_of(&self, run: &Run) -> Option<Case> {
        let policy = self.policy_at(&run.policy)?;
        self.case(policy, run.key.clone(), Firing { id: run.firing, started: run.firing_started })
    }

    /// Tells the people whom the first `escalate` from a rung on names, if there is one.
    pub(super) fn tell_after(&mut self, case: &Case, from: usize, reason: &str) {
        let Some(policy) = case.policy() else { return };
        let mut later = policy.ladder.iter().enumerate().skip(from);
        let escalation = later.find(|(_, rung)| matches!(rung, Rung::Escalate { .. }));
        if let Some((at, _)) = escalation {
            self.tell(case, Told::Rung(at), reason);
        }
    }

    /// A rung that passed has done its part. If it still fires after a pause the next one's turn comes, or its own
    /// again where it says so.
    fn rung_passed(&mut self, run: &Run) {
        let case = self.case_of(&run.policy, &run.key);
        // Whether its firing still goes on or not: what verifies has passed when that has ended.
        let policy = self.policy_at(&run.policy).and_then(|policy| self.program.policy(policy));
        let own = policy.and_then(|policy| policy.ladder.get(run.rung)).filter(|_| !run.is_off_ladder);
        let again = own.and_then(Rung::again);
        match again {
            Some(pause) => {
                let now = self.state.now;
                if let Some(ladder) = self.ladder(&run.policy, &run.key) {
                    ladder.repeats = ladder.repeats.saturating_add(1);
                    ladder.next = None;
                    ladder.status = Status::Ready;
                    ladder.wait_until = Some(now.plus(pause));
                    ladder.approved = None;
                    ladder.chosen = None;
                    ladder.withheld = None;
                    ladder.end_hold();
                    let what = format!("{} passed", run.plan);
                    ladder.before = Some(RungOutcome { firing: run.firing, what, result: RungResult::Well });
                }
            }
            None => {
                let of = (run.policy.as_str(), &run.key, run.firing);
                self.rung_over(of, format!("{} passed", run.plan), RungResult::Well);
                self.wait_for(&run.policy, &run.key, run.settle);
            }
        }
        // What a simulation takes for verified counts as healed until it clears, and no longer: what fires after that is
        // news, and meets the ladder where it stands. Not where the run changes nothing that the detector reads: that goes
        // on as it was recorded.
        let heals = run.claims.as_ref().is_none_or(|claims| claims.moves_trigger);
        let heals = self.state.assumed_verify == Some(true) && heals || run.told_verdict().is_some();
        let is_assumed = heals && !run.verifies.is_empty();
        if is_assumed && let Some(case) = &case {
            self.open_episode(case);
            self.set_status(&run.policy, &run.key, Status::Healed);
        }
        if run.trigger == TriggerState::Event {
            self.close_event(&run.policy, &run.key);
        }
    }

    /// The world is given a pause before the rung whose turn it is.
    pub(crate) fn wait_for(&mut self, policy: &str, key: &Key, pause: Millis) {
        let now = self.state.now;
        if let Some(ladder) = self.ladder(policy, key) {
            ladder.wait_until = Some(now.plus(pause));
        }
    }

    /// Ends a ladder for this episode and tells people why.
    pub(crate) fn give_up(&mut self, case: &Case, end: Option<RunEnd>, reason: &str) {
        let Some(policy) = case.policy() else { return };
        let run = self.run_id(case, policy);
        let ladder = self.ladder(&policy.head.path, &case.key);
        let (rung, chosen) = ladder.map(|it| (it.rung, it.chosen.clone())).unwrap_or_default();
        self.set_status(&policy.head.path, &case.key, Status::Ended);
        if let Some(end) = end {
            let plan = chosen.unwrap_or_else(|| plan_path(&case.program, policy, rung));
            self.never_began(case, policy, (run, &plan), end);
        }
        self.tell(case, Told::First, reason);
        if case.is_event() {
            self.close_event(&policy.head.path, &case.key);
        }
    }

    /// The firing of a key has ended: requests lapse, the silence begins, and what waited for it is due.
    pub(crate) fn firing_ended(
        &mut self,
        detector: DetectorIndex,
        key: &Key,
        firing: Firing,
        end: FiringEnd,
    ) {
        let program = self.program.clone();
        for index in self.prepared.clone().policies_on.get(detector.at()).into_iter().flatten() {
            let Some(policy) = program.policy(*index) else { continue };
            let unhandled = match end {
                FiringEnd::Lost => self.waited_for(policy, key, firing),
                FiringEnd::Cleared | FiringEnd::Replaced => None,
            };
            self.close_ladder(&policy.head.path, key, end != FiringEnd::Lost);
            if let (Some(waited), Some(case)) = (unhandled, self.case(*index, key.clone(), firing)) {
                self.tell_of_lost(&case, &waited);
            }
            self.rest_where_quiet(*index, None);
        }
        if let Some(state) = self.state.detectors.get_mut(detector.at()).filter(|_| end == FiringEnd::Lost) {
            state.lost.insert(key.clone());
        }
        let path = program.detector(detector).map(|node| node.head.path.as_str()).unwrap_or_default();
        self.trigger_ended((path, key), firing.id, end);
    }

    /// What the ladder of a firing still waits for, where nothing has been done about that firing yet.
    fn waited_for(&self, policy: &heal_program::Policy, key: &Key, firing: Firing) -> Option<String> {
        let ladder = self.state.policies.get(&policy.head.path)?.ladders.get(key)?;
        if ladder.firing != firing.id {
            return None;
        }
        let plan = || {
            let plan = ladder.chosen.clone();
            let plan = plan.unwrap_or_else(|| plan_path(&self.program, policy, ladder.rung));
            if plan.is_empty() { "the next rung".to_owned() } else { plan }
        };
        match ladder.status {
            Status::AwaitingApproval(_) => Some("people were asked for an approval".to_owned()),
            Status::Ready if ladder.withheld.is_some() => Some(format!("{} was withheld", plan())),
            Status::Ready if ladder.is_used_up => Some("nothing was left to try".to_owned()),
            // The pause is that of a run for an earlier firing.
            Status::Ready => {
                let is_earlier = ladder.before.as_ref().is_some_and(|before| before.firing != firing.id);
                (ladder.wait_until.is_some() && is_earlier).then(|| format!("{} waited for its turn", plan()))
            }
            Status::Running(_) | Status::Healed | Status::Ended => None,
        }
    }

    /// A firing was lost before anything was done about it. That nothing is known any more is no reason to be silent:
    /// people hear what a plan would have been started for.
    fn tell_of_lost(&mut self, case: &Case, waited: &str) {
        let Some(policy) = case.policy() else { return };
        self.look_around(case.policy);
        if self.truth_of_where(case, policy) != Some(false) {
            self.tell(case, Told::Held, &format!("its samples stopped while {waited}"));
        }
    }

    /// A key whose firing was lost is known not to fire: the silence begins, and what verifies has what it waited for.
    pub(crate) fn is_quiet_again(&mut self, detector: DetectorIndex, key: &Key) {
        let (program, now) = (self.program.clone(), self.state.now);
        let state = self.state.detectors.get_mut(detector.at());
        if !state.is_some_and(|state| state.lost.remove(key)) {
            return;
        }
        for index in self.prepared.clone().policies_on.get(detector.at()).into_iter().flatten() {
            let Some(policy) = program.policy(*index) else { continue };
            let state = self.state.policies.get_mut(&policy.head.path);
            let ladder = state.and_then(|state| state.ladders.get_mut(key)).filter(|it| it.is_lost);
            if let Some(ladder) = ladder {
                (ladder.is_lost, ladder.cleared) = (false, Some(now));
            }
        }
        let path = program.detector(detector).map(|node| node.head.path.as_str()).unwrap_or_default();
        for run in self.state.runs.values_mut().filter(|run| run.detector == path && run.key == *key) {
            if run.trigger == TriggerState::Ended(FiringEnd::Lost) {
                run.trigger = TriggerState::Ended(FiringEnd::Cleared);
            }
        }
    }

    /// Lets a policy with a canary rest where nothing that it is concerned with fires any more, but for what began at a time.
    pub(crate) fn rest_where_quiet(&mut self, index: PolicyIndex, but: Option<Timestamp>) {
        let program = self.program.clone();
        let Some(policy) = program.policy(index) else { return };
        let shared = policy.guard.shared.iter().filter_map(|shared| program.shared_guard(*shared));
        let mut paths = std::iter::once(&policy.head.path).chain(shared.map(|shared| &shared.head.path));
        let has_waves = |path: &String| self.state.guards.get(path).is_some_and(|log| log.canary.is_some());
        if paths.any(has_waves) && !self.is_at_work(&policy.head.path) && !self.is_at_hand(index, but) {
            self.rest(&program, policy);
        }
    }

    fn is_at_work(&self, policy: &str) -> bool {
        self.state.runs.values().any(|run| run.policy == policy)
    }

    /// Whether anything fires that a policy is concerned with, but for what began at a time, or an event of it is still worked
    /// on.
    pub(crate) fn is_at_hand(&mut self, index: PolicyIndex, but: Option<Timestamp>) -> bool {
        let program = self.program.clone();
        let Some(policy) = program.policy(index) else { return false };
        let Some(detector) = policy.on.detector() else {
            let state = self.state.policies.get(&policy.head.path);
            return state.is_some_and(|state| state.ladders.values().any(|ladder| ladder.event.is_some()));
        };
        let Some(state) = self.state.detectors.get(detector.at()) else { return false };
        let firing = state.keys.iter().filter_map(|(key, state)| Some((key.clone(), state.firing?)));
        let firing: Vec<(Key, Firing)> = firing.filter(|(_, it)| Some(it.started) != but).collect();
        if policy.condition.is_none() || firing.is_empty() {
            return !firing.is_empty();
        }
        self.look_around(index);
        firing.into_iter().any(|(key, firing)| {
            self.case(index, key, firing)
                .is_some_and(|case| self.truth_of_where(&case, policy) != Some(false))
        })
    }

    /// Nothing of a policy fires: the waves of its canary begin anew the next time.
    pub(crate) fn rest(&mut self, program: &heal_program::Program, policy: &heal_program::Policy) {
        if !self.is_at_work(&policy.head.path) {
            for (path, _) in crate::guard::guards_of(program, policy) {
                self.end_canary(&path);
            }
        }
    }

    /// The episode of a ladder is over, and whether that is known or was lost.
    pub(crate) fn close_ladder(&mut self, policy: &str, key: &Key, is_known: bool) {
        let now = self.state.now;
        let Some(ladder) = self.ladder(policy, key) else { return };
        ladder.cleared = Some(now);
        ladder.is_lost = !is_known;
        ladder.pause_hold(now);
        ladder.withheld = None;
        ladder.approved = None;
        ladder.look_at = None;
        ladder.event = None;
        match ladder.status {
            Status::AwaitingApproval(id) => {
                ladder.status = Status::Ready;
                self.lapse(id);
            }
            Status::Healed => ladder.status = Status::Ready,
            Status::Ready | Status::Running(_) | Status::Ended => {}
        }
    }

    /// Runs and owed reverts that hang on a firing learn that it ended. A run whose own firing is over learns of later ones
    /// of its key too: what it is for is over when the last of them is.
    pub(crate) fn trigger_ended(
        &mut self,
        (detector, key): (&str, &Key),
        firing: SemanticHash,
        end: FiringEnd,
    ) {
        let mut over = Vec::new();
        for (id, run) in &mut self.state.runs {
            let is_later = run.detector == detector && run.key == *key;
            let is_meant = match run.trigger {
                TriggerState::Event => false,
                TriggerState::Fires => run.firing == firing,
                TriggerState::Ended(_) => is_later,
            };
            if is_meant {
                run.trigger = TriggerState::Ended(end);
                over.push(*id);
            }
        }
        over.into_iter().for_each(|id| self.forget_recorded(id));
        let due: Vec<SemanticHash> = self
            .state
            .owed
            .iter()
            .filter(|(_, owed)| owed.firing == Some(firing))
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            if end == FiringEnd::Cleared {
                self.take_back(id);
            } else {
                self.leave_as_it_is(id);
            }
        }
    }

    /// A run whose policy or firing is gone ended otherwise than well: people must know all the same.
    fn tell_of_orphan(&mut self, run: &Run, end: &RunEnd) -> bool {
        let reason = match end {
            RunEnd::Failed { reason } => format!("a run in flight failed: {reason}"),
            RunEnd::Inconclusive { reason } => reason.clone(),
            RunEnd::Passed | RunEnd::Skipped { .. } | RunEnd::Rejected | RunEnd::Shadow => return false,
        };
        self.tell_for_run(run, &reason);
        true
    }

    /// Tells people of a run by itself, whatever became of its policy.
    pub(crate) fn tell_for_run(&mut self, run: &Run, reason: &str) {
        let channel = run.channel.clone();
        let name = channel.as_deref().unwrap_or("");
        let id = identity::escalation_of_run(run.units.first().map(|unit| unit.id), name, run.is_revert);
        let summary = format!("{}: {reason}", run.policy);
        let episode = Episode {
            id: run.firing,
            firing: run.firing,
            summary: summary.clone(),
            severity: run.severity,
            detector: run.detector.clone(),
            policy: run.policy.clone(),
            reason: reason.to_owned(),
            started: run.firing_started,
        };
        let arguments = run.page.as_ref().map(|page| page.arguments.clone()).unwrap_or_default();
        let facts = StepFacts { episode: Some(&episode), arguments: Some(&arguments), ..self.facts_now() };
        let request = run.page.as_ref().and_then(|page| folded_request(&page.request, &facts).ok());
        self.effects.push_back(Effect {
            id,
            idempotency_key: id.to_string(),
            deadline: heal_program::Timestamp::MAX,
            request: Request::Escalate { channel: channel.clone(), arguments, request, summary, episode },
        });
        self.record(TraceKind::Escalated {
            escalation: id,
            firing: run.firing,
            policy: run.policy.clone(),
            channel,
            labels: run.labels.clone(),
            reason: reason.to_owned(),
            under: None,
            shadow: false,
        });
    }
}
