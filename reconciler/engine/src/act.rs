//! Runs: the steps of a plan, one after the other.

use std::collections::BTreeSet;

use heal_program::{Millis, Policy, SemanticHash, Timestamp};

use crate::{
    EffectId, Engine, Labels, Outcome, RunEnd, TraceKind,
    decide::Case,
    state::{PlannedStep, Run, Start, Status, WaitKind},
};

/// Run starts older than this are forgotten: no guard looks back further.
const GUARD_MEMORY_MAX: Millis = Millis(31 * 86_400_000);

/// A run that is about to begin.
pub(crate) struct NewRun {
    pub(crate) id: SemanticHash,
    pub(crate) plan: String,
    pub(crate) steps: Vec<PlannedStep>,
    pub(crate) targets: BTreeSet<String>,
    pub(crate) settle: Millis,
}

impl Engine {
    pub(crate) fn begin_run(&mut self, case: &Case, policy: &Policy, new: NewRun) {
        let now = self.state.now;
        let path = policy.head.path.clone();
        self.count_start(&path, now, case.labels.clone());
        let Some(ladder) = self.ladder(&path, &case.key) else { return };
        let rung = ladder.rung;
        ladder.status = Status::Running(new.id);
        ladder.withheld = None;
        let channel = policy.ladder.iter().find_map(|rung| match rung {
            heal_program::Rung::Escalate { channel, .. } => Some(*channel),
            heal_program::Rung::Plan { .. } | heal_program::Rung::Choose { .. } => None,
        });
        let channel = channel.flatten().and_then(|channel| case.program.channel(channel));
        self.record(TraceKind::RunStarted {
            run: new.id,
            firing: case.firing.id,
            policy: path.clone(),
            plan: new.plan,
            rung: u32::try_from(rung).unwrap_or(u32::MAX),
            labels: case.labels.clone(),
        });
        let run = Run {
            policy: path,
            key: case.key.clone(),
            firing: case.firing.id,
            labels: case.labels.clone(),
            targets: new.targets,
            steps: new.steps,
            settle_ms: new.settle.0,
            channel: channel.map(|channel| channel.head.path.clone()),
        };
        self.state.runs.insert(new.id, run);
        self.next_step_of(new.id);
    }

    fn count_start(&mut self, policy: &str, now: Timestamp, labels: Labels) {
        let state = self.policy_state(policy);
        state.starts.retain(|start| now.since(start.at) <= GUARD_MEMORY_MAX);
        state.starts.push(Start { at: now, labels });
    }

    /// Asks for the next step of a run, or ends it as passed.
    fn next_step_of(&mut self, id: SemanticHash) {
        let now = self.state.now;
        let Some(run) = self.state.runs.get_mut(&id) else { return };
        if run.steps.is_empty() {
            self.end_run(id, RunEnd::Passed);
            return;
        }
        let step = run.steps.remove(0);
        let (policy, labels) = (run.policy.clone(), run.labels.clone());
        let mut effect = step.effect;
        effect.deadline = now.plus(Millis(step.timeout_ms));
        self.wait(effect.id, effect.deadline, WaitKind::Step(id));
        self.record(TraceKind::ActionStarted {
            action: effect.id,
            run: id,
            policy,
            item: step.item,
            step: step.name,
            summary: step.summary,
            labels,
        });
        self.effects.push_back(effect);
    }

    /// What came of a step. An unknown outcome is never retried.
    pub(crate) fn take_outcome(&mut self, id: EffectId, outcome: Outcome) {
        let Some(WaitKind::Step(run)) = self.end_wait_of(id, |kind| matches!(kind, WaitKind::Step(_))) else {
            return;
        };
        let text = match &outcome {
            Outcome::Succeeded => "succeeded".to_owned(),
            Outcome::Failed { reason } => format!("failed: {reason}"),
            Outcome::Unknown { reason } => format!("unknown: {reason}"),
        };
        self.record(TraceKind::ActionEnded { action: id, outcome: text });
        match outcome {
            Outcome::Succeeded => self.next_step_of(run),
            Outcome::Failed { reason } => self.end_run(run, RunEnd::Failed { reason }),
            Outcome::Unknown { reason } => self.end_run(run, RunEnd::Inconclusive { reason }),
        }
    }

    fn end_run(&mut self, id: SemanticHash, end: RunEnd) {
        let Some(run) = self.state.runs.remove(&id) else { return };
        self.record(TraceKind::RunEnded { run: id, end: end.clone() });
        let is_ours =
            self.ladder(&run.policy, &run.key).is_some_and(|ladder| ladder.status == Status::Running(id));
        if !is_ours {
            self.tell_of_orphan(&run, &end);
            return;
        }
        match end {
            RunEnd::Passed => self.pass_rung(&run.policy, &run.key, Millis(run.settle_ms)),
            RunEnd::Failed { .. } | RunEnd::Skipped { .. } | RunEnd::Rejected => {
                self.pass_rung(&run.policy, &run.key, Millis::ZERO);
                if let Some(case) = self.case_of(&run.policy, &run.key) {
                    self.decide_case(&case);
                }
            }
            RunEnd::Inconclusive { reason } => match self.case_of(&run.policy, &run.key) {
                Some(case) => {
                    self.give_up(&case, None, &format!("the outcome of a step is unknown: {reason}"))
                }
                None => {
                    self.set_status(&run.policy, &run.key, Status::Ended);
                    self.tell_of_orphan(&run, &RunEnd::Inconclusive { reason });
                }
            },
        }
    }

    /// A run whose policy or firing is gone ended otherwise than well: people must know all the same.
    fn tell_of_orphan(&mut self, run: &Run, end: &RunEnd) {
        let reason = match end {
            RunEnd::Failed { reason } => format!("a step of a run in flight failed: {reason}"),
            RunEnd::Inconclusive { reason } => format!("the outcome of a step is unknown: {reason}"),
            RunEnd::Passed | RunEnd::Skipped { .. } | RunEnd::Rejected => return,
        };
        let id = crate::identity::escalation(&run.policy, run.firing, run.channel.as_deref().unwrap_or(""));
        self.effects.push_back(crate::Effect {
            id,
            idempotency_key: id.to_string(),
            deadline: Timestamp::MAX,
            request: crate::Request::Escalate {
                channel: run.channel.clone(),
                arguments: crate::arguments::Arguments::new(),
                summary: format!("{}: {reason}", run.policy),
            },
        });
        self.record(TraceKind::Escalated {
            escalation: id,
            firing: run.firing,
            policy: run.policy.clone(),
            channel: run.channel.clone(),
            labels: run.labels.clone(),
            reason,
        });
    }
}
