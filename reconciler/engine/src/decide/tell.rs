//! Telling people. Nothing holds it back; the same is not told twice.

use heal_program::{Policy, Rung, Severity, Timestamp};

use super::Case;
use crate::{
    Effect, Engine, Episode, Request, TraceKind,
    arguments::{Arguments, bind},
    facts::StepFacts,
    identity,
    rewrite::folded_request,
};

impl Engine {
    /// Tells people, once an episode and channel, and again when it got worse: by a rung of the ladder, or by its first
    /// channel.
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
        let severity = case.severity();
        let Some(times) = self.is_news_to(case, policy, &name, severity) else { return };
        let about = crate::label_values(&case.labels);
        let about = if about.is_empty() { String::new() } else { format!(" for {about}") };
        let verb = if case.is_event() { "happened" } else { "fires" };
        let summary = format!("{} {verb}{about}: {reason}", case.trigger());
        let cause = self.cause_of(case).map(|cause| cause.firing);
        let episode =
            Episode { id: cause.unwrap_or(case.firing.id), ..self.episode_of(case, reason, summary.clone()) };
        let (arguments, request) = match (channel, self.facts_of(case)) {
            // A page with an unknown argument is a worse page, and better than none.
            (Some(channel), Some(facts)) => {
                let facts = StepFacts { episode: Some(&episode), ..facts };
                let arguments = bind(&channel.parameters, arguments, &facts).unwrap_or_default();
                let own = StepFacts { arguments: Some(&arguments), ..facts };
                let request = folded_request(&channel.request, &own).ok();
                (arguments, request)
            }
            (Some(_) | None, Some(_) | None) => (Arguments::new(), None),
        };
        let id = identity::escalation(&policy.head.path, case.firing.id, &name, times);
        if !policy.shadow {
            self.effects.push_back(Effect {
                id,
                idempotency_key: id.to_string(),
                deadline: Timestamp::MAX,
                request: Request::Escalate { channel: path.clone(), arguments, request, summary, episode },
            });
        }
        self.record(TraceKind::Escalated {
            escalation: id,
            firing: case.firing.id,
            policy: policy.head.path.clone(),
            channel: path,
            labels: case.labels.clone(),
            reason: reason.to_owned(),
            under: cause,
            shadow: policy.shadow,
        });
    }

    /// How often a channel was told before, if it is to be told now.
    fn is_news_to(
        &mut self,
        case: &Case,
        policy: &Policy,
        channel: &str,
        severity: Severity,
    ) -> Option<usize> {
        let ladder = self.ladder(&policy.head.path, &case.key)?;
        let before = ladder.told.get(channel).copied();
        if before.is_some_and(|before| before >= severity) {
            return None;
        }
        ladder.told.insert(channel.to_owned(), severity);
        Some(usize::from(before.is_some()) * (severity as usize + 1))
    }

    /// What people are told of a case.
    pub(super) fn episode_of(&self, case: &Case, reason: &str, summary: String) -> Episode {
        Episode {
            id: case.firing.id,
            firing: case.firing.id,
            summary,
            severity: case.severity(),
            detector: case.trigger().to_owned(),
            policy: case.policy().map(|policy| policy.head.path.clone()).unwrap_or_default(),
            reason: reason.to_owned(),
            started: case.firing.started,
        }
    }
}
