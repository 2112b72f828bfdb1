//! What happened in a test, as expectations count it.

use std::collections::BTreeMap;

use heal_engine::{
    ApprovalEnd, FiringEnd, Labels, Lacking, RunEnd, TraceEvent, TraceKind, WithheldReason, why_skipped,
};
use heal_program::{SemanticHash, Timestamp};

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Occurrence {
    pub(crate) kind: Kind,
    /// When it began.
    pub(crate) begin: Timestamp,
    /// When it ended; none: it goes on, or has no end.
    pub(crate) end: Option<Timestamp>,
    /// The key of the firing that it belongs to.
    pub(crate) labels: Labels,
    /// How it ended, in words; empty while it goes on.
    pub(crate) ended: String,
    /// Why it happened, for `because`.
    pub(crate) explanation: String,
}

/// What kind of thing happened; items are paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A detector fired.
    Firing { detector: String },
    /// A plan ran; one that was skipped never began.
    Run { policy: String, plan: String, end: Option<RunWord> },
    /// A plan was held back.
    Withheld { policy: String, plan: String, guard: &'static str },
    /// An action was done.
    Action { item: String, step: String, policy: String, end: Option<RunWord> },
    /// People were told.
    Escalation { policy: String, channel: Option<String> },
    /// People would have been told, and the policy is in shadow.
    Untold { policy: String, channel: Option<String> },
    /// A team was asked.
    Approval { policy: String, plan: String, team: String },
    /// An event that the test gives.
    Event { event: String },
}

/// How a run ends, as tests name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RunWord {
    Passed,
    Failed,
    Inconclusive,
    Skipped,
    Rejected,
}

impl RunWord {
    pub(crate) fn word(self) -> &'static str {
        match self {
            RunWord::Passed => "passed",
            RunWord::Failed => "failed",
            RunWord::Inconclusive => "inconclusive",
            RunWord::Skipped => "skipped",
            RunWord::Rejected => "rejected",
        }
    }

    fn of(end: &RunEnd) -> (RunWord, String) {
        match end {
            RunEnd::Passed => (RunWord::Passed, "passed".to_owned()),
            RunEnd::Failed { reason } => (RunWord::Failed, format!("failed: {reason}")),
            RunEnd::Inconclusive { reason } => (RunWord::Inconclusive, format!("inconclusive: {reason}")),
            RunEnd::Skipped { require } => (RunWord::Skipped, format!("skipped: {}", why_skipped(require))),
            RunEnd::Rejected => (RunWord::Rejected, "rejected".to_owned()),
            // What runs in shadow is held back: it is no run.
            RunEnd::Shadow => (RunWord::Skipped, "shadow: nothing was done".to_owned()),
        }
    }
}

/// What happened, in the order in which it began.
pub(crate) fn occurrences(events: &[TraceEvent]) -> Vec<Occurrence> {
    let mut collector = Collector::default();
    for event in events {
        collector.take(event);
    }
    collector.found
}

#[derive(Default)]
struct Collector {
    found: Vec<Occurrence>,
    /// Positions of what may still end.
    open: BTreeMap<SemanticHash, usize>,
    /// Why each firing began.
    firings: BTreeMap<SemanticHash, String>,
}

impl Collector {
    fn push(&mut self, id: Option<SemanticHash>, occurrence: Occurrence) {
        if let Some(id) = id {
            self.open.insert(id, self.found.len());
        }
        self.found.push(occurrence);
    }

    fn ends(&mut self, id: SemanticHash, at: Timestamp, how: &str) -> Option<&mut Occurrence> {
        let position = self.open.remove(&id)?;
        let occurrence = self.found.get_mut(position)?;
        occurrence.end = Some(at);
        how.clone_into(&mut occurrence.ended);
        Some(occurrence)
    }

    fn because_of(&self, firing: SemanticHash) -> String {
        self.firings.get(&firing).cloned().unwrap_or_default()
    }

    #[allow(clippy::too_many_lines, reason = "a row for each kind")]
    fn take(&mut self, event: &TraceEvent) {
        let at = event.at;
        let begun = |kind: Kind, labels: &Labels, explanation: String| Occurrence {
            kind,
            begin: at,
            end: None,
            labels: labels.clone(),
            ended: String::new(),
            explanation,
        };
        match &event.kind {
            TraceKind::FiringStarted { firing, detector, labels, values, .. } => {
                let values: Vec<String> = values
                    .iter()
                    .map(|(text, value)| match value {
                        Some(value) => format!("{text} = {value}"),
                        None => format!("{text} is unknown"),
                    })
                    .collect();
                let explanation = format!("{detector}: {}", values.join(", "));
                self.firings.insert(*firing, explanation.clone());
                let kind = Kind::Firing { detector: detector.clone() };
                self.push(Some(*firing), begun(kind, labels, explanation));
            }
            TraceKind::FiringEnded { firing, end, .. } => {
                let how = match end {
                    FiringEnd::Cleared => "cleared",
                    FiringEnd::Lost => "lost",
                    FiringEnd::Replaced => "replaced",
                };
                self.ends(*firing, at, how);
            }
            TraceKind::RunStarted { shadow: true, policy, plan, labels, .. } => {
                let (policy, plan) = (policy.clone(), plan.clone());
                let why = format!("{policy} is in shadow");
                self.push(None, begun(Kind::Withheld { policy, plan, guard: "shadow" }, labels, why));
            }
            TraceKind::RunStarted { run, firing, policy, plan, labels, .. } => {
                let kind = Kind::Run { policy: policy.clone(), plan: plan.clone(), end: None };
                let explanation = self.because_of(*firing);
                self.push(Some(*run), begun(kind, labels, explanation));
            }
            TraceKind::RunEnded { run, firing, policy, plan, labels, end } => {
                let (word, how) = RunWord::of(end);
                let never_began = matches!(end, RunEnd::Skipped { .. } | RunEnd::Rejected);
                if never_began && !self.open.contains_key(run) {
                    let kind = Kind::Run { policy: policy.clone(), plan: plan.clone(), end: None };
                    self.push(Some(*run), begun(kind, labels, self.because_of(*firing)));
                }
                if let Some(occurrence) = self.ends(*run, at, &how) {
                    occurrence.explanation = format!("{}; {how}", occurrence.explanation);
                    if let Kind::Run { end, .. } = &mut occurrence.kind {
                        *end = Some(word);
                    }
                }
            }
            TraceKind::ActionStarted { action, policy, item, step, summary, labels, .. } => {
                let (item, step, policy) = (item.clone(), step.clone(), policy.clone());
                let kind = Kind::Action { item, step, policy, end: None };
                self.push(Some(*action), begun(kind, labels, summary.clone()));
            }
            TraceKind::ActionEnded { action, outcome } => {
                if let Some(occurrence) = self.ends(*action, at, outcome)
                    && let Kind::Action { end, .. } = &mut occurrence.kind
                {
                    *end = Some(if outcome.starts_with("succeeded") {
                        RunWord::Passed
                    } else if outcome.starts_with("failed") {
                        RunWord::Failed
                    } else {
                        RunWord::Inconclusive
                    });
                }
            }
            TraceKind::Withheld { policy, plan, labels, reason, .. } => {
                let (policy, plan) = (policy.clone(), plan.clone());
                let (guard, why) = withheld_by(reason);
                self.push(None, begun(Kind::Withheld { policy, plan, guard }, labels, why));
            }
            TraceKind::ApprovalRequested { approval, policy, plan, team, labels, .. } => {
                let (policy, plan, team) = (policy.clone(), plan.clone(), team.clone());
                let explanation = format!("{policy} asks {team} about {plan}");
                self.push(Some(*approval), begun(Kind::Approval { policy, plan, team }, labels, explanation));
            }
            TraceKind::ApprovalEnded { approval, end } => {
                let how = match end {
                    ApprovalEnd::Granted { by } => format!("granted by {by}"),
                    ApprovalEnd::Refused { by } => format!("refused by {by}"),
                    ApprovalEnd::TimedOut => "timed out".to_owned(),
                    ApprovalEnd::Lapsed => "lapsed".to_owned(),
                };
                self.ends(*approval, at, &how);
            }
            TraceKind::Escalated { shadow, policy, channel, labels, reason, .. } => {
                let (policy, channel) = (policy.clone(), channel.clone());
                let (kind, why) = if *shadow {
                    let why = format!("{policy} is in shadow: {reason}");
                    (Kind::Untold { policy, channel }, why)
                } else {
                    (Kind::Escalation { policy, channel }, reason.clone())
                };
                self.push(None, begun(kind, labels, why));
            }
            TraceKind::Happened { episode, item, labels, .. } => {
                let at = labels.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join("/");
                let explanation = if at.is_empty() { item.clone() } else { format!("{item} {at}") };
                self.firings.insert(*episode, explanation);
            }
            TraceKind::Chosen { .. }
            | TraceKind::Verified { .. }
            | TraceKind::VerifyDecided { .. }
            | TraceKind::RevertStarted { .. }
            | TraceKind::Noted { .. }
            | TraceKind::NotSimulated { .. }
            | TraceKind::SamplesDropped { .. }
            | TraceKind::ProgramSwapped { .. }
            | TraceKind::Paused { .. } => {}
        }
    }
}

/// The word of a guard as tests name it, and what it says.
#[allow(clippy::too_many_lines, reason = "a table")]
fn withheld_by(reason: &WithheldReason) -> (&'static str, String) {
    match reason {
        WithheldReason::ConditionUnknown { condition, lacking, .. } => {
            ("where", lacks(format!("`{condition}` is unknown"), lacking))
        }
        WithheldReason::ArgumentUnknown { what, lacking } => {
            ("where", lacks(format!("{what} is unknown"), lacking))
        }
        WithheldReason::RequireUnknown { condition, lacking, .. } => {
            ("require", lacks(format!("`{condition}` is unknown"), lacking))
        }
        WithheldReason::GroupUnknown { what, per } => {
            (word_of(what), format!("`{per}` is unknown, which {what} counts apart by"))
        }
        WithheldReason::Limit { runs_max, window, per, .. } => {
            ("limit", format!("limit {runs_max} per {window}{} is used up", group(per)))
        }
        WithheldReason::Cooldown { span, per, .. } => {
            ("cooldown", format!("cooldown {span}{} is not over", group(per)))
        }
        WithheldReason::Concurrency { runs_max, per } => {
            ("concurrency", format!("concurrency {runs_max}{} is used up", group(per)))
        }
        WithheldReason::BlastRadius { entity, most, acted, window, per, .. } => (
            "blast_radius",
            format!(
                "blast radius {most} {entity} per {window}{} is used up: {acted} were acted on",
                group(per)
            ),
        ),
        WithheldReason::LiveCountUnknown { entity, per } => {
            ("blast_radius", format!("how many {entity} live{} is unknown", group(per)))
        }
        WithheldReason::Breaker { failures, window, per, .. } => {
            ("breaker", format!("{failures} runs failed in {window}{}", group(per)))
        }
        WithheldReason::Freeze { calendar } => ("freeze", format!("freeze {calendar:?}")),
        WithheldReason::Only { calendars } => ("only", format!("only {calendars}")),
        WithheldReason::CalendarUnknown { calendar } => {
            ("freeze", format!("the time zone of {calendar:?} is unknown"))
        }
        WithheldReason::Canary { wave, waves, .. } => {
            ("canary", format!("wave {wave} of {waves} has not passed and settled"))
        }
        WithheldReason::CanaryStopped { wave } => ("canary", format!("a run of wave {wave} did not pass")),
        WithheldReason::Storm { firings, window, .. } => {
            ("storm", format!("{firings} firings in {window} are a storm"))
        }
        WithheldReason::Disturbed { signal, policy, .. } => {
            ("disturbs", format!("a run of {policy} disturbs {signal}"))
        }
        WithheldReason::DisturbBudget { signal, used, .. } => {
            ("disturbs", format!("{signal} was disturbed for {used} of the last hour"))
        }
        WithheldReason::Topology { upstream, detector, .. } if detector.is_empty() => {
            ("topology", format!("waits whether {upstream}, which it depends on, fires too"))
        }
        WithheldReason::Topology { upstream, detector, .. } => {
            ("topology", format!("{detector} fires for {upstream}, which it depends on"))
        }
        WithheldReason::Approval { team } => ("approval", format!("waits for approval by {team}")),
        WithheldReason::Busy { policy } => ("busy", format!("a run of {policy} works on the same entity")),
        WithheldReason::NotRunnable { item, why } => {
            ("not runnable", format!("{item} cannot be run yet: {why}"))
        }
        WithheldReason::Paused => ("paused", "all starts are stopped".to_owned()),
    }
}

/// What is unknown, which fields it lacks, and what would give them.
fn lacks(what: String, lacking: &[Lacking]) -> String {
    let Some(first) = lacking.first() else { return what };
    let all: Vec<String> = lacking.iter().map(Lacking::to_string).collect();
    format!("{what}: {}; write `{}`", all.join(", "), first.given())
}

/// The word that a guard begins with.
fn word_of(guard: &str) -> &'static str {
    let words = heal_program::scenario::GUARD_WORDS;
    let guard = guard.replace("blast radius", "blast_radius");
    words.iter().copied().find(|word| guard.starts_with(word)).unwrap_or("limit")
}

fn group(per: &Labels) -> String {
    if per.is_empty() {
        return String::new();
    }
    let parts: Vec<String> = per.iter().map(|(label, value)| format!("{label} {value}")).collect();
    format!(" for {}", parts.join(", "))
}
