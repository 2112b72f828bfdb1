//! How rungs and firings end, and what that leads to.

use heal_program::{DetectorIndex, Millis, Rung, SemanticHash};

use super::Case;
use crate::{
    Effect, Engine, Episode, FiringEnd, Key, Request, RunEnd, TraceKind,
    arguments::Arguments,
    identity,
    state::{Firing, Run, Status, TriggerState},
};

impl Engine {
    /// A run has come to its end: what it means for the ladder that started it.
    pub(crate) fn end_rung(&mut self, id: SemanticHash, run: &Run, end: &RunEnd) {
        let is_ours =
            self.ladder(&run.policy, &run.key).is_some_and(|ladder| ladder.status == Status::Running(id));
        if !is_ours {
            self.tell_of_orphan(run, end);
            return;
        }
        match end {
            RunEnd::Passed | RunEnd::Shadow => self.rung_passed(run),
            RunEnd::Failed { .. } | RunEnd::Skipped { .. } => {
                self.next_rung(&run.policy, &run.key);
                if let Some(case) = self.case_of(&run.policy, &run.key) {
                    self.decide_again(&case);
                }
            }
            RunEnd::Rejected => self.set_status(&run.policy, &run.key, Status::Ended),
            RunEnd::Inconclusive { reason } => match self.case_of(&run.policy, &run.key) {
                Some(case) => self.give_up(&case, None, reason),
                None => {
                    self.set_status(&run.policy, &run.key, Status::Ended);
                    self.tell_of_orphan(run, end);
                }
            },
        }
    }

    /// A rung that passed has done its part. If it still fires after a pause the next one's turn comes, or its own
    /// again where it says so.
    fn rung_passed(&mut self, run: &Run) {
        let case = self.case_of(&run.policy, &run.key);
        let policy = case.as_ref().and_then(Case::policy);
        let again = policy.and_then(|policy| policy.ladder.get(run.rung)).and_then(|rung| match rung {
            Rung::Plan { again, .. } | Rung::Choose { again, .. } => *again,
            Rung::Escalate { .. } => None,
        });
        match again {
            Some(pause) => {
                let now = self.state.now;
                if let Some(ladder) = self.ladder(&run.policy, &run.key) {
                    ladder.repeats = ladder.repeats.saturating_add(1);
                    ladder.status = Status::Ready;
                    ladder.wait_until = Some(now.plus(pause));
                    ladder.approved = None;
                    ladder.chosen = None;
                    ladder.withheld = None;
                }
            }
            None => self.pass_rung(&run.policy, &run.key, run.settle),
        }
        // What a simulation takes for verified counts as healed until it clears.
        let is_assumed = self.state.assumed_verify == Some(true) && !run.verifies.is_empty();
        if is_assumed
            && case.is_some()
            && let Some(ladder) = self.ladder(&run.policy, &run.key)
        {
            ladder.status = Status::Ended;
        }
        if run.trigger == TriggerState::Event {
            self.close_event(&run.policy, &run.key);
        }
    }

    /// A rung has done its part: the next one's turn comes after `pause`, if it still fires then.
    pub(crate) fn pass_rung(&mut self, policy: &str, key: &Key, pause: Millis) {
        let now = self.state.now;
        self.next_rung(policy, key);
        if let Some(ladder) = self.ladder(policy, key) {
            ladder.wait_until = Some(now.plus(pause));
        }
    }

    /// Ends a ladder for this episode and tells people why.
    pub(crate) fn give_up(&mut self, case: &Case, end: Option<RunEnd>, reason: &str) {
        let Some(policy) = case.policy() else { return };
        let run = self.run_id(case, policy);
        self.set_status(&policy.head.path, &case.key, Status::Ended);
        if let Some(end) = end {
            self.record(TraceKind::RunEnded { run, end });
        }
        self.tell(case, policy, None, reason);
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
        for policy in self.prepared.clone().policies_on.get(detector.at()).into_iter().flatten() {
            let Some(policy) = program.policy(*policy) else { continue };
            self.close_ladder(&policy.head.path, key);
            let is_quiet = self
                .state
                .detectors
                .get(detector.at())
                .is_none_or(|state| state.keys.values().all(|key| key.firing.is_none()));
            if is_quiet {
                self.rest(&program, policy);
            }
        }
        self.trigger_ended(firing.id, end);
    }

    /// Nothing of a policy fires: the waves of its canary begin anew the next time.
    pub(crate) fn rest(&mut self, program: &heal_program::Program, policy: &heal_program::Policy) {
        let is_at_work =
            |engine: &Engine, path: &str| engine.state.runs.values().any(|run| run.policy == path);
        if !is_at_work(self, &policy.head.path) {
            for (path, _) in crate::guard::guards_of(program, policy) {
                self.end_canary(&path);
            }
        }
    }

    /// The episode of a ladder is over.
    pub(crate) fn close_ladder(&mut self, policy: &str, key: &Key) {
        let now = self.state.now;
        let Some(ladder) = self.ladder(policy, key) else { return };
        ladder.cleared = Some(now);
        ladder.withheld = None;
        ladder.approved = None;
        ladder.look_at = None;
        ladder.event = None;
        if let Status::AwaitingApproval(id) = ladder.status {
            ladder.status = Status::Ready;
            self.lapse(id);
        }
    }

    /// Runs and owed reverts that hang on a firing learn that it ended.
    pub(crate) fn trigger_ended(&mut self, firing: SemanticHash, end: FiringEnd) {
        for run in self.state.runs.values_mut() {
            if run.firing == firing && run.trigger == TriggerState::Fires {
                run.trigger = TriggerState::Ended(end);
            }
        }
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
            } else if let Some(owed) = self.state.owed.remove(&id) {
                // Nobody will see it clear any more, and nothing is done blindly.
                let reason = format!("`{}` is not taken back: its detector never cleared", owed.run.plan);
                self.tell_for_run(&owed.run, &reason);
            }
        }
    }

    /// A run whose policy or firing is gone ended otherwise than well: people must know all the same.
    fn tell_of_orphan(&mut self, run: &Run, end: &RunEnd) {
        let reason = match end {
            RunEnd::Failed { reason } => format!("a run in flight failed: {reason}"),
            RunEnd::Inconclusive { reason } => reason.clone(),
            RunEnd::Passed | RunEnd::Skipped { .. } | RunEnd::Rejected | RunEnd::Shadow => return,
        };
        self.tell_for_run(run, &reason);
    }

    /// Tells people of a run by itself, whatever became of its policy.
    pub(crate) fn tell_for_run(&mut self, run: &Run, reason: &str) {
        let channel = run.channel.clone();
        let name = channel.as_deref().unwrap_or("");
        let id = identity::escalation(&run.policy, run.firing, name, usize::MAX);
        let summary = format!("{}: {reason}", run.policy);
        self.effects.push_back(Effect {
            id,
            idempotency_key: id.to_string(),
            deadline: heal_program::Timestamp::MAX,
            request: Request::Escalate {
                channel: channel.clone(),
                arguments: Arguments::new(),
                request: None,
                summary: summary.clone(),
                episode: Episode {
                    id: run.firing,
                    firing: run.firing,
                    summary,
                    severity: run.severity,
                    detector: run.detector.clone(),
                    policy: run.policy.clone(),
                    reason: reason.to_owned(),
                    started: run.firing_started,
                },
            },
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
