//! Approvals: people agree to exactly what will run, as many as must, while it still matters.

use std::collections::BTreeSet;

use heal_program::{Approval, Asked, OnTimeout, Policy};

use super::{Case, Ready};
use crate::{
    ApprovalEnd, Call, Effect, EffectId, Engine, Request, RunEnd, TraceKind,
    arguments::bind,
    facts::StepFacts,
    identity,
    rewrite::folded_request,
    state::{Status, WaitKind},
};

impl Engine {
    /// The first of the case's guards that asks for an approval: who is asked, and how. Unknown asks, as true does.
    pub(super) fn approval_needed(&self, case: &Case) -> Option<(String, Approval)> {
        let approvals = case.guards.iter().filter_map(|(_, guard)| guard.approval.as_ref());
        let mut needed = approvals.filter(|approval| {
            let condition = approval.condition.as_ref();
            condition.is_none_or(|condition| self.truth_of(case, condition).0 != Some(false))
        });
        needed.next().map(|approval| (case.program.asked(approval).to_owned(), approval.clone()))
    }

    pub(super) fn ask_approval(
        &mut self,
        case: &Case,
        policy: &Policy,
        ready: &Ready,
        (asked, approval): (&str, &Approval),
    ) {
        let until = self.state.now.plus(approval.timeout);
        let id = identity::approval(ready.run, ready.digest);
        let (path, key) = (policy.head.path.clone(), case.key.clone());
        let steps: Vec<&str> = ready.steps.iter().map(|step| step.planned.summary.as_str()).collect();
        let summary = format!("{path} wants to run {}: {}", ready.plan, steps.join(", then "));
        let episode = self.episode_of(case, "an approval is needed", summary.clone());
        let channel = self.asked_channel(case, approval, &episode);
        self.state.wait(
            id,
            until,
            WaitKind::Approval {
                policy: path.clone(),
                key: key.clone(),
                digest: ready.digest,
                quorum: approval.quorum.max(1),
                granted: BTreeSet::new(),
            },
        );
        self.effects.push_back(Effect {
            id,
            idempotency_key: id.to_string(),
            deadline: until,
            request: Request::Ask {
                team: asked.to_owned(),
                channel,
                quorum: approval.quorum.max(1),
                summary,
                digest: ready.digest,
                episode,
            },
        });
        self.record(TraceKind::ApprovalRequested {
            approval: id,
            firing: case.firing.id,
            policy: path.clone(),
            plan: ready.plan.clone(),
            team: asked.to_owned(),
            labels: case.labels.clone(),
            until,
        });
        if let Some(ladder) = self.ladder(&path, &key) {
            ladder.status = Status::AwaitingApproval(id);
            // Who is asked is not held back.
            ladder.withheld = None;
            ladder.end_hold();
        }
    }

    fn asked_channel(&self, case: &Case, approval: &Approval, episode: &crate::Episode) -> Option<Call> {
        let Asked::Channel { channel, arguments } = &approval.asked else { return None };
        let node = case.program.channel(*channel)?;
        let facts = self.facts_of(case)?;
        // A request with an unknown argument is a worse one, and better than none.
        let arguments = bind(&node.parameters, arguments, &facts).unwrap_or_default();
        let own = StepFacts { arguments: Some(&arguments), episode: Some(episode), ..facts };
        let request = folded_request(&node.request, &own).ok()?;
        Some(Call { channel: node.head.path.clone(), arguments, request })
    }

    /// A person's answer. One refusal is enough; agreement takes as many people as the guard says. What was true when it
    /// was asked is looked at again.
    pub(crate) fn take_approval(&mut self, id: EffectId, is_granted: bool, by: String) {
        let Some(wait) = self.state.waits.get_mut(&id) else { return };
        let WaitKind::Approval { quorum, granted, .. } = &mut wait.kind else { return };
        if is_granted {
            granted.insert(by.clone());
            if granted.len() < *quorum as usize {
                return;
            }
        }
        let Some(WaitKind::Approval { policy, key, digest, granted, .. }) =
            self.state.end_wait_of(id, is_approval)
        else {
            return;
        };
        let end = if is_granted {
            ApprovalEnd::Granted { by: granted.into_iter().collect::<Vec<_>>().join(", ") }
        } else {
            ApprovalEnd::Refused { by: by.clone() }
        };
        self.record(TraceKind::ApprovalEnded { approval: id, end });
        let Some(ladder) = self.ladder(&policy, &key) else { return };
        ladder.status = Status::Ready;
        ladder.approved = is_granted.then_some(digest);
        let Some(case) = self.case_of(&policy, &key) else { return };
        if is_granted {
            self.decide_again(&case);
        } else {
            self.give_up(&case, Some(RunEnd::Rejected), &format!("{by} refused the approval"));
        }
    }

    pub(crate) fn approval_timed_out(&mut self, id: EffectId) {
        let Some(WaitKind::Approval { policy, key, .. }) = self.state.end_wait_of(id, is_approval) else {
            return;
        };
        self.record(TraceKind::ApprovalEnded { approval: id, end: ApprovalEnd::TimedOut });
        let Some(case) = self.case_of(&policy, &key) else { return };
        self.look_around(case.policy);
        let Some(otherwise) = self.approval_needed(&case).map(|(_, approval)| approval.on_timeout) else {
            // Nobody needs to be asked any more.
            self.set_status(&policy, &key, Status::Ready);
            self.decide_again(&case);
            return;
        };
        let rejected = (otherwise == OnTimeout::Reject).then_some(RunEnd::Rejected);
        self.give_up(&case, rejected, crate::APPROVAL_TIMED_OUT);
    }

    /// What a ladder waited for matters no more.
    pub(crate) fn lapse(&mut self, id: EffectId) {
        if let Some(WaitKind::Approval { .. }) = self.state.end_wait_of(id, is_approval) {
            self.record(TraceKind::ApprovalEnded { approval: id, end: ApprovalEnd::Lapsed });
        }
    }
}

fn is_approval(kind: &WaitKind) -> bool {
    matches!(kind, WaitKind::Approval { .. })
}
