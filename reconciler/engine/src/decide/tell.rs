//! Telling people. Nothing holds it back; the same is not told twice.

use heal_program::{Policy, Rung, Severity, Timestamp, Trigger};

use super::Case;
use crate::{
    Call, Effect, Engine, Episode, Request, TraceKind,
    arguments::{Arguments, bind},
    facts::StepFacts,
    identity,
    rewrite::folded_request,
    state::RungResult,
};

/// What is told after people heard of a hold is told apart from what is told because it got worse.
const AFTER_HOLD: usize = 8;

/// And so is what nobody knows the outcome of, which waits for them.
const PARKED: usize = 16;

/// Which of a ladder's channels is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// That of a rung.
    Rung(usize),
    /// That of the first rung that has one.
    First,
    /// The same, about a rung that is withheld: no reason not to tell what becomes of it.
    Held,
    /// The same, about an outcome that nobody knows: it waits for a person, who hears of it whatever was told before.
    Parked,
}

impl Engine {
    /// Tells people, once an episode and channel, and again when it got worse.
    pub(crate) fn tell(&mut self, case: &Case, told: Told, reason: &str) {
        self.tell_if(case, told, reason, |_| true);
    }

    /// The same, where they have been told before.
    fn tell_again(&mut self, case: &Case, told: Told, reason: &str) {
        self.tell_if(case, told, reason, |before| before.is_some());
    }

    fn tell_if(
        &mut self,
        case: &Case,
        told: Told,
        reason: &str,
        is_meant: impl Fn(Option<&Severity>) -> bool,
    ) {
        let Some(policy) = case.policy() else { return };
        let first = || policy.ladder.iter().find(|rung| matches!(rung, Rung::Escalate { .. }));
        let rung = match told {
            Told::Rung(rung) => policy.ladder.get(rung).or_else(first),
            Told::First | Told::Held | Told::Parked => first(),
        };
        let (channel, arguments) = match rung {
            Some(Rung::Escalate { channel: Some(channel), arguments }) => {
                (case.program.channel(*channel), arguments.as_slice())
            }
            Some(Rung::Escalate { channel: None, .. } | Rung::Plan { .. } | Rung::Choose { .. }) | None => {
                (None, [].as_slice())
            }
        };
        let path = channel.map(|channel| channel.head.path.clone());
        let about = crate::label_values(&case.labels);
        let about = if about.is_empty() { String::new() } else { format!(" for {about}") };
        let verb = match (case.is_event(), self.still_fires(case)) {
            (true, _) => "happened",
            (false, true) => "fires",
            (false, false) => "fired",
        };
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
        let name = channel_name(path.as_deref().unwrap_or_default(), &arguments);
        if !self.ladder(&policy.head.path, &case.key).is_some_and(|ladder| is_meant(ladder.told.get(&name))) {
            return;
        }
        let Some(times) = self.is_news_to(case, policy, &name, told) else { return };
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

    /// Whom a run tells by itself, whatever becomes of its policy: the first channel of its ladder, with everything filled in but
    /// what is told.
    pub(crate) fn page_of(&self, case: &Case, policy: &Policy) -> Option<Call> {
        let told = policy.ladder.iter().find_map(|rung| match rung {
            Rung::Escalate { channel, arguments } => Some((*channel, arguments)),
            Rung::Plan { .. } | Rung::Choose { .. } => None,
        });
        let (channel, arguments) = told?;
        let node = case.program.channel(channel?)?;
        let facts = self.facts_of(case)?;
        let summary = format!("{} needs people", policy.head.path);
        let episode = self.episode_of(case, "a run of it needs people", summary);
        let bound = bind(&node.parameters, arguments, &StepFacts { episode: Some(&episode), ..facts });
        let arguments = bound.unwrap_or_default();
        let request = folded_request(&node.request, &StepFacts { arguments: Some(&arguments), ..facts });
        let request = request.unwrap_or_else(|()| node.request.clone());
        Some(Call { channel: node.head.path.clone(), arguments, request })
    }

    /// Whom people were told through hears again when what they were told of got worse.
    pub(super) fn tell_of_worse(&mut self, case: &Case, policy: &Policy) {
        let severity = case.severity();
        let Some(ladder) = self.ladder(&policy.head.path, &case.key) else { return };
        if ladder.told.values().all(|before| *before >= severity) {
            return;
        }
        let reason = match severity {
            Severity::Info => "it is of severity info now",
            Severity::Warning => "it is of severity warning now",
            Severity::Critical => "it is critical now",
        };
        let escalates = |rung: &Rung| matches!(rung, Rung::Escalate { .. });
        let mut told: Vec<Told> = policy
            .ladder
            .iter()
            .enumerate()
            .filter(|(_, rung)| escalates(rung))
            .map(|(at, _)| Told::Rung(at))
            .collect();
        if told.is_empty() {
            told.push(Told::First);
        }
        for told in told {
            self.tell_again(case, told, reason);
        }
    }

    fn still_fires(&self, case: &Case) -> bool {
        let policy = case.policy().map(|policy| policy.head.path.as_str()).unwrap_or_default();
        self.case_of(policy, &case.key).is_some_and(|now| now.firing.id == case.firing.id)
    }

    /// Why a rung that tells people has its turn: what came of the one before.
    pub(super) fn why_told(&mut self, case: &Case, policy: &Policy) -> String {
        let trigger = case.trigger().to_owned();
        let before = self.ladder(&policy.head.path, &case.key).and_then(|ladder| ladder.before.clone());
        match before {
            None => "the ladder says so".to_owned(),
            Some(before) if before.result != RungResult::Well || case.is_event() => before.what,
            Some(before) if before.firing == case.firing.id => {
                format!("{}, and {trigger} still fires", before.what)
            }
            Some(before) => format!("{}, and {trigger} fires again", before.what),
        }
    }

    /// How often a channel was told before of an episode, by whichever policy, if it is to be told now. What would have been
    /// told from the shadow was not.
    fn is_news_to(&mut self, case: &Case, policy: &Policy, channel: &str, about: Told) -> Option<usize> {
        let severity = case.severity();
        let told = |other: &Policy| -> Option<(Severity, bool)> {
            let ladder = self.state.policies.get(&other.head.path)?.ladders.get(&case.key)?;
            let is_own = ladder.firing == case.firing.id || other.head.path == policy.head.path;
            let severity = ladder.told.get(channel).copied().filter(|_| is_own)?;
            Some((severity, ladder.told_held.contains(channel)))
        };
        let beside = match policy.on {
            Trigger::Detector(detector) => self.prepared.policies_on.get(detector.at()),
            Trigger::Event(event) => self.prepared.policies_on_event.get(event.at()),
        };
        let beside = beside.into_iter().flatten().filter_map(|it| case.program.policy(*it));
        let beside = beside.filter(|other| !other.shadow && !policy.shadow);
        let before: Vec<(Severity, bool)> = std::iter::once(policy).chain(beside).filter_map(told).collect();
        let worst = before.iter().map(|(severity, _)| *severity).max();
        let is_of_hold = about == Told::Held;
        let knew_of_hold_only = worst.is_some() && before.iter().all(|(_, is_of_hold)| *is_of_hold);
        let is_more = knew_of_hold_only && !is_of_hold;
        let ladder = self.ladder(&policy.head.path, &case.key)?;
        let is_parked = about == Told::Parked && ladder.told_parked.insert(channel.to_owned());
        if worst.is_some_and(|worst| worst >= severity) && !is_more && !is_parked {
            return None;
        }
        ladder.told.insert(channel.to_owned(), worst.map_or(severity, |worst| worst.max(severity)));
        if is_of_hold && (worst.is_none() || knew_of_hold_only) {
            ladder.told_held.insert(channel.to_owned());
        } else {
            ladder.told_held.remove(channel);
        }
        let times = usize::from(worst.is_some()) * (severity as usize + 1);
        Some(match worst {
            Some(_) if is_parked => times + PARKED,
            _ if is_more => times + AFTER_HOLD,
            _ => times,
        })
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

/// A channel with what it is told with: two teams that are told through one are two channels.
fn channel_name(path: &str, arguments: &Arguments) -> String {
    if arguments.is_empty() {
        return path.to_owned();
    }
    let arguments: Vec<String> = arguments.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    format!("{path}({})", arguments.join(", "))
}
