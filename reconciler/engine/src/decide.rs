//! Decisions: what to do about a firing, rung by rung.

use std::{cmp::Reverse, collections::BTreeSet};

use heal_evaluate::{evaluate_with_cel, truth};
use heal_program::{
    DetectorIndex, Millis, OnTimeout, Plan, Policy, PolicyIndex, Program, Require, Rung, SemanticHash,
    Timestamp,
};

use crate::{
    Answer, ApprovalEnd, ArgumentValue, Effect, EffectId, Engine, Key, Labels, Request, RunEnd, TraceKind,
    WithheldReason,
    arguments::{Arguments, CallScope, bind},
    facts::{StepFacts, labels},
    identity,
    state::{Firing, Ladder, PlannedStep, PolicyState, Status, Wait, WaitKind},
};

/// How long a passed rung gives the world when its policy says no cooldown.
pub(crate) const DEFAULT_COOLDOWN: Millis = Millis::from_minutes(10);

/// How long the answer to a `require` is waited for.
const QUERY_TIMEOUT: Millis = Millis::from_seconds(30);

/// One decision: a policy about a firing.
pub(crate) struct Case {
    pub(crate) program: std::sync::Arc<Program>,
    pub(crate) policy: PolicyIndex,
    pub(crate) key: Key,
    pub(crate) firing: Firing,
    pub(crate) labels: Labels,
}

impl Case {
    pub(crate) fn policy(&self) -> Option<&Policy> {
        self.program.policy(self.policy)
    }

    fn cooldown(&self) -> Millis {
        let cooldown = self.policy().and_then(|policy| policy.guard.cooldown.as_ref());
        cooldown.map_or(DEFAULT_COOLDOWN, |cooldown| cooldown.span)
    }
}

/// A plan that may be started: everything it takes.
struct Ready {
    run: SemanticHash,
    plan_path: String,
    digest: SemanticHash,
    steps: Vec<PlannedStep>,
    arguments: Arguments,
    targets: BTreeSet<String>,
}

impl Engine {
    /// Lets the policies on `detectors` decide on everything that fires there: higher severity first, then the
    /// earlier firing, then by name, so that two policies on one entity always meet in the same order.
    pub(crate) fn decide(&mut self, detectors: &[DetectorIndex]) {
        let program = self.program.clone();
        let mut cases = Vec::new();
        for detector in detectors {
            let Some(node) = program.detector(*detector) else { continue };
            for policy in self.prepared.policies_on.get(detector.at()).into_iter().flatten() {
                for (key, state) in
                    self.state.detectors.get(detector.at()).into_iter().flat_map(|all| &all.keys)
                {
                    let Some(firing) = state.firing else { continue };
                    let labels = labels(&node.keys, key);
                    let case =
                        Case { program: program.clone(), policy: *policy, key: key.clone(), firing, labels };
                    cases.push((Reverse(node.severity), firing.started, *policy, key.clone(), case));
                }
            }
        }
        cases.sort_by(|left, right| {
            (left.0, left.1, left.2, &left.3).cmp(&(right.0, right.1, right.2, &right.3))
        });
        for (_, _, _, _, case) in cases {
            self.decide_case(&case);
        }
    }

    /// The case of a ladder, if its firing still goes on.
    pub(crate) fn case_of(&self, policy_path: &str, key: &Key) -> Option<Case> {
        let program = self.program.clone();
        let at = program.policies.iter().position(|policy| policy.head.path == policy_path)?;
        let policy = program.policies.get(at)?;
        let node = program.detector(policy.on.detector()?)?;
        let firing = self.state.detectors.get(policy.on.detector()?.at())?.keys.get(key)?.firing?;
        let labels = labels(&node.keys, key);
        let policy = PolicyIndex(u32::try_from(at).ok()?);
        Some(Case { program: program.clone(), policy, key: key.clone(), firing, labels })
    }

    pub(crate) fn ladder(&mut self, policy: &str, key: &Key) -> Option<&mut Ladder> {
        self.state.policies.get_mut(policy)?.ladders.get_mut(key)
    }

    pub(crate) fn decide_case(&mut self, case: &Case) {
        let Some(policy) = case.policy() else { return };
        self.begin_episode(case, policy);
        // A skipped or failed rung hands over to the next at once, so there are at most as many turns as rungs.
        for _ in 0..=policy.ladder.len() {
            if !self.take_turn(case, policy) {
                return;
            }
        }
    }

    /// A new firing is a new episode. Within a cooldown of the last one's end the ladder goes on where it stood.
    fn begin_episode(&mut self, case: &Case, policy: &Policy) {
        let now = self.state.now;
        let state = self.state.policies.entry(policy.head.path.clone()).or_default();
        let ladder = state.ladders.entry(case.key.clone()).or_insert_with(|| Ladder::new(case.firing.id));
        if ladder.firing == case.firing.id || matches!(ladder.status, Status::Running(_)) {
            return;
        }
        let quiet = ladder.cleared.is_none_or(|cleared| now.since(cleared) >= case.cooldown());
        if quiet {
            *ladder = Ladder::new(case.firing.id);
        } else {
            let status = if ladder.status == Status::Ended { Status::Ended } else { Status::Ready };
            *ladder = Ladder { rung: ladder.rung, status, ..Ladder::new(case.firing.id) };
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
        match policy.condition.as_ref().map(|condition| (condition, self.truth_of(case, condition))) {
            Some((_, Some(false))) => return false,
            Some((condition, None)) => {
                let reason = WithheldReason::ConditionUnknown { condition: condition.text.clone() };
                self.withhold(case, policy, reason);
                return false;
            }
            Some((_, Some(true))) | None => {}
        }
        match policy.ladder.get(rung) {
            None => {
                self.end_ladder(case, policy);
                false
            }
            Some(Rung::Escalate { .. }) => {
                self.tell(case, policy, Some(rung), "the ladder says so");
                self.pass_rung(&policy.head.path, &case.key, case.cooldown());
                false
            }
            Some(Rung::Choose { .. }) => false,
            Some(Rung::Plan { plan, arguments, again: _ }) => match case.program.plan(*plan) {
                Some(plan) => self.consider_plan(case, policy, plan, arguments, rung),
                None => false,
            },
        }
    }

    fn consider_plan(
        &mut self,
        case: &Case,
        policy: &Policy,
        plan: &Plan,
        arguments: &[heal_program::Argument],
        rung: usize,
    ) -> bool {
        let ready = match self.make_ready(case, policy, plan, arguments, rung) {
            Ok(ready) => ready,
            Err(unknown) => {
                let reason = WithheldReason::ConditionUnknown { condition: format!("argument `{unknown}`") };
                self.withhold(case, policy, reason);
                return false;
            }
        };
        if let Some(reason) = self.held_back_by(policy, &case.labels, &ready.targets) {
            self.withhold(case, policy, reason);
            return false;
        }
        let Some(ladder) = self.ladder(&policy.head.path, &case.key) else { return false };
        let (required, approved) = (ladder.required, ladder.approved);
        if !required && !plan.requires.is_empty() {
            self.ask_requires(case, policy, plan, &ready);
        } else if approved != Some(ready.digest) && self.needs_approval(case, policy) {
            self.ask_approval(case, policy, &ready);
        } else {
            self.start_run(case, policy, ready);
        }
        false
    }

    fn make_ready(
        &self,
        case: &Case,
        policy: &Policy,
        plan: &Plan,
        arguments: &[heal_program::Argument],
        rung: usize,
    ) -> Result<Ready, String> {
        let facts = self.facts_of(case).ok_or("key")?;
        let nothing = Arguments::new();
        let bound = bind(&plan.parameters, arguments, &CallScope { facts: &facts, arguments: &nothing })?;
        let run = identity::run(&policy.head.path, case.firing.id, rung);
        let context = (run, policy.head.path.as_str(), &case.labels);
        let steps = self.plan_steps(plan, context, &CallScope { facts: &facts, arguments: &bound })?;
        let targets = bound
            .values()
            .filter_map(|value| match value {
                ArgumentValue::Entity { entity, .. } => Some(format!("{entity} {value}")),
                ArgumentValue::Text(_) | ArgumentValue::Number(_) | ArgumentValue::Bool(_) => None,
            })
            .collect();
        // What a person agrees to: the plan's meaning and every filled-in step.
        let summaries: Vec<&[u8]> = steps.iter().map(|step| step.summary.as_bytes()).collect();
        let digest = SemanticHash::of(std::iter::once(plan.head.hash.0.as_slice()).chain(summaries));
        Ok(Ready { run, plan_path: plan.head.path.clone(), digest, steps, arguments: bound, targets })
    }

    fn facts_of<'a>(&'a self, case: &'a Case) -> Option<StepFacts<'a>> {
        let detector = case.program.detector(case.policy()?.on.detector()?)?;
        let at = self.state.now.minus(detector.lateness);
        Some(StepFacts {
            program: &case.program,
            state: &self.state,
            names: &detector.keys,
            key: &case.key,
            at,
        })
    }

    fn truth_of(&self, case: &Case, condition: &Require) -> Option<bool> {
        truth(evaluate_with_cel(&condition.condition, &self.facts_of(case)?))
    }

    /// Unknown asks, as true does.
    fn needs_approval(&self, case: &Case, policy: &Policy) -> bool {
        let Some(approval) = &policy.guard.approval else { return false };
        approval.condition.as_ref().is_none_or(|condition| self.truth_of(case, condition) != Some(false))
    }

    /// Holds the rung back: said when it begins and when its reason changes; people are told when it lasts.
    pub(crate) fn withhold(&mut self, case: &Case, policy: &Policy, reason: WithheldReason) {
        let now = self.state.now;
        let Some(ladder) = self.ladder(&policy.head.path, &case.key) else { return };
        let since = ladder.withheld.as_ref().map_or(now, |(since, _)| *since);
        let is_news = ladder.withheld.as_ref().is_none_or(|(_, before)| *before != reason);
        ladder.withheld = Some((since, reason.clone()));
        let rung = ladder.rung;
        if is_news {
            self.record(TraceKind::Withheld {
                firing: case.firing.id,
                policy: policy.head.path.clone(),
                plan: plan_path(&case.program, policy, rung),
                rung: u32::try_from(rung).unwrap_or(u32::MAX),
                labels: case.labels.clone(),
                reason,
            });
        }
        let patience = policy.guard.withheld_escalates_after();
        if now.since(since) >= patience {
            self.tell(case, policy, None, &format!("withheld for {patience}"));
        }
    }

    fn ask_requires(&mut self, case: &Case, policy: &Policy, plan: &Plan, ready: &Ready) {
        let now = self.state.now;
        let deadline = now.plus(QUERY_TIMEOUT);
        let mut open = BTreeSet::new();
        for (position, require) in plan.requires.iter().enumerate() {
            let id = identity::query(ready.run, position, now);
            open.insert(id);
            let (policy, key) = (policy.head.path.clone(), case.key.clone());
            self.wait(id, deadline, WaitKind::Require { policy, key, condition: require.text.clone() });
            self.effects.push_back(Effect {
                id,
                idempotency_key: id.to_string(),
                deadline,
                request: Request::Query {
                    plan: plan.head.path.clone(),
                    require: u32::try_from(position).unwrap_or(u32::MAX),
                    arguments: ready.arguments.clone(),
                },
            });
        }
        self.set_status(&policy.head.path, &case.key, Status::Asking(open));
    }

    /// The answer to a `require`.
    pub(crate) fn take_answer(&mut self, id: EffectId, answer: Answer) {
        let Some(WaitKind::Require { policy, key, condition }) = self.end_wait_of(id, is_require) else {
            return;
        };
        let Some(ladder) = self.ladder(&policy, &key) else { return };
        let Status::Asking(open) = &mut ladder.status else { return };
        open.remove(&id);
        let (all_answered, rung) = (open.is_empty(), ladder.rung);
        let others = open.clone();
        match answer {
            Answer::True if !all_answered => return,
            Answer::True => ladder.required = true,
            Answer::False => {
                ladder.rung += 1;
                ladder.withheld = None;
            }
            Answer::Unknown | Answer::NotRecorded => {}
        }
        ladder.status = Status::Ready;
        for other in others {
            self.end_wait_of(other, is_require);
        }
        let Some(case) = self.case_of(&policy, &key) else { return };
        let Some(node) = case.policy() else { return };
        match answer {
            Answer::True => self.decide_case(&case),
            Answer::False => {
                let run = identity::run(&policy, case.firing.id, rung);
                self.record(TraceKind::RunEnded { run, end: RunEnd::Skipped { require: condition } });
                self.decide_case(&case);
            }
            Answer::Unknown | Answer::NotRecorded => {
                let why = if answer == Answer::NotRecorded { "not recorded" } else { "unknown" }.to_owned();
                self.withhold(&case, node, WithheldReason::RequireUnknown { condition, why });
            }
        }
    }

    fn ask_approval(&mut self, case: &Case, policy: &Policy, ready: &Ready) {
        let Some(approval) = &policy.guard.approval else { return };
        let until = self.state.now.plus(approval.timeout);
        let id = identity::approval(ready.run, ready.digest);
        let (path, key) = (policy.head.path.clone(), case.key.clone());
        self.wait(
            id,
            until,
            WaitKind::Approval { policy: path.clone(), key: key.clone(), digest: ready.digest },
        );
        let steps: Vec<&str> = ready.steps.iter().map(|step| step.summary.as_str()).collect();
        self.effects.push_back(Effect {
            id,
            idempotency_key: id.to_string(),
            deadline: until,
            request: Request::Ask {
                team: case.program.asked(approval).to_owned(),
                summary: format!("{path} wants to run {}: {}", ready.plan_path, steps.join(", then ")),
                digest: ready.digest,
            },
        });
        self.record(TraceKind::ApprovalRequested {
            approval: id,
            firing: case.firing.id,
            policy: path.clone(),
            plan: ready.plan_path.clone(),
            team: case.program.asked(approval).to_owned(),
            labels: case.labels.clone(),
            until,
        });
        self.set_status(&path, &key, Status::AwaitingApproval(id));
    }

    /// A person's answer. What was true when it was asked is looked at again.
    pub(crate) fn take_approval(&mut self, id: EffectId, granted: bool, by: String) {
        let Some(WaitKind::Approval { policy, key, digest }) = self.end_wait_of(id, is_approval) else {
            return;
        };
        let end = if granted {
            ApprovalEnd::Granted { by: by.clone() }
        } else {
            ApprovalEnd::Refused { by: by.clone() }
        };
        self.record(TraceKind::ApprovalEnded { approval: id, end });
        let Some(ladder) = self.ladder(&policy, &key) else { return };
        ladder.status = Status::Ready;
        ladder.required = false;
        ladder.approved = granted.then_some(digest);
        let Some(case) = self.case_of(&policy, &key) else { return };
        if granted {
            self.decide_case(&case);
        } else {
            self.give_up(&case, Some(RunEnd::Rejected), &format!("{by} refused the approval"));
        }
    }

    pub(crate) fn approval_timed_out(&mut self, id: EffectId) {
        let Some(WaitKind::Approval { policy, key, .. }) = self.end_wait_of(id, is_approval) else { return };
        self.record(TraceKind::ApprovalEnded { approval: id, end: ApprovalEnd::TimedOut });
        let Some(case) = self.case_of(&policy, &key) else { return };
        let otherwise =
            case.policy().and_then(|policy| policy.guard.approval.as_ref()).map(|it| it.on_timeout);
        let rejected = (otherwise == Some(OnTimeout::Reject)).then_some(RunEnd::Rejected);
        self.give_up(&case, rejected, "the approval timed out");
    }

    /// Ends a ladder for this episode and tells people why.
    pub(crate) fn give_up(&mut self, case: &Case, end: Option<RunEnd>, reason: &str) {
        let Some(policy) = case.policy() else { return };
        let Some(ladder) = self.ladder(&policy.head.path, &case.key) else { return };
        let run = identity::run(&policy.head.path, case.firing.id, ladder.rung);
        ladder.status = Status::Ended;
        if let Some(end) = end {
            self.record(TraceKind::RunEnded { run, end });
        }
        self.tell(case, policy, None, reason);
    }

    fn end_ladder(&mut self, case: &Case, policy: &Policy) {
        self.set_status(&policy.head.path, &case.key, Status::Ended);
    }

    /// Tells people, once an episode and channel: by a rung of the ladder, or by its first channel.
    pub(crate) fn tell(&mut self, case: &Case, policy: &Policy, rung: Option<usize>, reason: &str) {
        let is_escalation = |rung: &&Rung| matches!(rung, Rung::Escalate { .. });
        let rung = rung
            .and_then(|rung| policy.ladder.get(rung))
            .or_else(|| policy.ladder.iter().find(is_escalation));
        let (channel, arguments) = match rung {
            Some(Rung::Escalate { channel: Some(channel), arguments }) => {
                (case.program.channel(*channel), arguments.as_slice())
            }
            Some(Rung::Escalate { channel: None, .. } | Rung::Plan { .. } | Rung::Choose { .. }) | None => {
                (None, [].as_slice())
            }
        };
        let path = channel.map(|channel| channel.head.path.clone());
        let name = path.clone().unwrap_or_default();
        let nothing = Arguments::new();
        let arguments = match (channel, self.facts_of(case)) {
            // A page with an unknown argument is a worse page, and better than none.
            (Some(channel), Some(facts)) => {
                bind(&channel.parameters, arguments, &CallScope { facts: &facts, arguments: &nothing })
                    .unwrap_or_default()
            }
            (Some(_) | None, Some(_) | None) => Arguments::new(),
        };
        let Some(ladder) = self.ladder(&policy.head.path, &case.key) else { return };
        if !ladder.told.insert(name.clone()) {
            return;
        }
        let detector = policy.on.detector().and_then(|detector| case.program.detector(detector));
        let detector = detector.map_or("", |node| node.head.path.as_str());
        let about = crate::label_values(&case.labels);
        let about = if about.is_empty() { String::new() } else { format!(" for {about}") };
        let id = identity::escalation(&policy.head.path, case.firing.id, &name);
        self.effects.push_back(Effect {
            id,
            idempotency_key: id.to_string(),
            deadline: Timestamp::MAX,
            request: Request::Escalate {
                channel: path.clone(),
                arguments,
                summary: format!("{detector} fires{about}: {reason}"),
            },
        });
        self.record(TraceKind::Escalated {
            escalation: id,
            firing: case.firing.id,
            policy: policy.head.path.clone(),
            channel: path,
            labels: case.labels.clone(),
            reason: reason.to_owned(),
        });
    }

    fn start_run(&mut self, case: &Case, policy: &Policy, ready: Ready) {
        let settle = case.cooldown();
        let run = crate::act::NewRun {
            id: ready.run,
            plan: ready.plan_path,
            steps: ready.steps,
            targets: ready.targets,
            settle,
        };
        self.begin_run(case, policy, run);
    }

    /// The firing of a key has ended: requests lapse, and the silence begins.
    pub(crate) fn firing_ended(&mut self, detector: DetectorIndex, key: &Key) {
        let now = self.state.now;
        let program = self.program.clone();
        for policy in self.prepared.clone().policies_on.get(detector.at()).into_iter().flatten() {
            let Some(path) = program.policy(*policy).map(|policy| policy.head.path.clone()) else { continue };
            let Some(ladder) = self.ladder(&path, key) else { continue };
            ladder.cleared = Some(now);
            ladder.withheld = None;
            ladder.required = false;
            ladder.approved = None;
            let open: Vec<EffectId> = match &ladder.status {
                Status::Asking(open) => open.iter().copied().collect(),
                Status::AwaitingApproval(id) => vec![*id],
                Status::Ready | Status::Running(_) | Status::Ended => continue,
            };
            ladder.status = Status::Ready;
            for id in open {
                if let Some(WaitKind::Approval { .. }) = self.end_wait_of(id, |_| true) {
                    self.record(TraceKind::ApprovalEnded { approval: id, end: ApprovalEnd::Lapsed });
                }
            }
        }
    }

    /// A rung has done its part: the next one's turn comes after `pause`, if it still fires then.
    pub(crate) fn pass_rung(&mut self, policy: &str, key: &Key, pause: Millis) {
        let now = self.state.now;
        if let Some(ladder) = self.ladder(policy, key) {
            ladder.rung += 1;
            ladder.status = Status::Ready;
            ladder.wait_until = Some(now.plus(pause));
            ladder.required = false;
            ladder.approved = None;
            ladder.withheld = None;
        }
    }

    pub(crate) fn set_status(&mut self, policy: &str, key: &Key, status: Status) {
        if let Some(ladder) = self.ladder(policy, key) {
            ladder.status = status;
        }
    }

    pub(crate) fn wait(&mut self, id: EffectId, deadline: Timestamp, kind: WaitKind) {
        self.state.waits.insert(id, Wait { deadline, kind });
        self.state.timers.insert((deadline, id));
    }

    /// Ends the wait for `id`, if there is one that `wanted` accepts: a result that comes twice, or for something
    /// else, changes nothing.
    pub(crate) fn end_wait_of(
        &mut self,
        id: EffectId,
        wanted: impl Fn(&WaitKind) -> bool,
    ) -> Option<WaitKind> {
        if !self.state.waits.get(&id).is_some_and(|wait| wanted(&wait.kind)) {
            return None;
        }
        let wait = self.state.waits.remove(&id)?;
        self.state.timers.remove(&(wait.deadline, id));
        Some(wait.kind)
    }

    pub(crate) fn policy_state(&mut self, path: &str) -> &mut PolicyState {
        self.state.policies.entry(path.to_owned()).or_default()
    }
}

fn is_require(kind: &WaitKind) -> bool {
    matches!(kind, WaitKind::Require { .. })
}

fn is_approval(kind: &WaitKind) -> bool {
    matches!(kind, WaitKind::Approval { .. })
}

fn plan_path(program: &Program, policy: &Policy, rung: usize) -> String {
    match policy.ladder.get(rung) {
        Some(Rung::Plan { plan, .. }) => {
            program.plan(*plan).map(|plan| plan.head.path.clone()).unwrap_or_default()
        }
        Some(Rung::Choose { .. } | Rung::Escalate { .. }) | None => String::new(),
    }
}
