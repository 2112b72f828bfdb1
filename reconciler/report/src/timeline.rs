//! One pass over a trace: what belongs together, by detector and by policy.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use heal_engine::{
    APPROVAL_TIMED_OUT, ApprovalEnd, DecidedBy, Labels, Lacking, RunEnd, TraceEvent, TraceKind,
    WithheldReason, why_skipped,
};
use heal_program::{Millis, SemanticHash, Severity, Timestamp};

use crate::{
    ActionRun, ApprovalRequest, Escalation, Firing, NotSimulated, Reading, Run, VerifiedBy, Withheld,
    Withholding, parts::Heard,
};

/// What a report says where people are told that nobody answered them. In a simulation nobody is asked, so that says nothing
/// of what people would have done.
const UNANSWERED: &str = "nobody answers a request for approval in a simulation, and its time was over";

/// How bad an event is: nobody says it, and people are told of it as of a warning.
pub(crate) const EVENT_SEVERITY: Severity = Severity::Warning;

/// The trace, sorted out.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    /// Firings by detector path, in order of start. Their readings have no text yet.
    pub(crate) firings: BTreeMap<String, Vec<Firing>>,
    /// When events happened, by their paths.
    pub(crate) happenings: BTreeMap<String, Vec<Happening>>,
    /// By policy path.
    pub(crate) policies: BTreeMap<String, Conduct>,
    /// What could not be simulated, sorted, nothing twice.
    pub(crate) not_simulated: BTreeSet<NotSimulated>,
    /// Pauses, swaps and what else is noted, a sentence each, with when.
    pub(crate) notes: Vec<(Timestamp, String)>,
    /// How many samples were dropped, by signal and why.
    pub(crate) dropped: BTreeMap<(String, String), u64>,
}

/// An event happened.
#[derive(Clone, Debug)]
pub(crate) struct Happening {
    id: SemanticHash,
    at: Timestamp,
    labels: Labels,
}

impl Happening {
    /// As a detection: an episode that begins and ends with it.
    pub(crate) fn firing(self) -> Firing {
        let Happening { id, at, labels } = self;
        Firing {
            id,
            labels,
            severity: EVENT_SEVERITY,
            pending_since: at,
            start: at,
            end: Some(at),
            ended: None,
            readings: Vec::new(),
            peaks: Vec::new(),
            incidents: Vec::new(),
        }
    }
}

/// What a policy did in one course, as it is read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conduct {
    pub(crate) runs: Vec<Run>,
    pub(crate) withheld: Vec<Withheld>,
    pub(crate) approvals: Vec<ApprovalRequest>,
    pub(crate) escalations: Vec<Escalation>,
}

/// What is told of a trace, event by event, and kept as a report reads it. Of most events little is kept, and a trace may be
/// far longer than what is said of it.
#[derive(Debug, Default)]
pub struct Account {
    timeline: Timeline,
    /// What may stand in no list.
    pub(crate) heard: Heard,
    /// Firings that have not ended: their places among those of their detector.
    open_firings: HashMap<SemanticHash, usize>,
    // All other ends are looked up by id once everything is read.
    run_ends: BTreeMap<SemanticHash, (Timestamp, String)>,
    /// What decided the verifications of runs beside their course.
    decided: BTreeMap<SemanticHash, VerifiedBy>,
    actions: BTreeMap<SemanticHash, Vec<ActionRun>>,
    action_ends: BTreeMap<SemanticHash, String>,
    approval_ends: BTreeMap<SemanticHash, (Timestamp, ApprovalEnd)>,
    withheld_seen: BTreeSet<(String, SemanticHash, u32, Withholding)>,
}

impl Extend<TraceEvent> for Account {
    fn extend<E: IntoIterator<Item = TraceEvent>>(&mut self, events: E) {
        events.into_iter().for_each(|event| self.read(event));
    }
}

impl FromIterator<TraceEvent> for Account {
    fn from_iter<E: IntoIterator<Item = TraceEvent>>(events: E) -> Account {
        let mut account = Account::default();
        account.extend(events);
        account
    }
}

impl Account {
    fn read(&mut self, event: TraceEvent) {
        self.heard.hear(&event);
        let TraceEvent { at, kind } = event;
        match kind {
            TraceKind::FiringStarted {
                firing, detector, labels, severity, pending_since, values, ..
            } => {
                let readings = values.into_iter().map(|(expression, value)| reading(expression, value));
                let readings = readings.collect();
                let firings = self.timeline.firings.entry(detector).or_default();
                self.open_firings.insert(firing, firings.len());
                firings.push(Firing {
                    id: firing,
                    labels,
                    severity,
                    pending_since,
                    start: at,
                    end: None,
                    ended: None,
                    readings,
                    peaks: Vec::new(),
                    incidents: Vec::new(),
                });
            }
            TraceKind::FiringEnded { firing, detector, end, .. } => {
                let place = self.open_firings.remove(&firing);
                let firings = self.timeline.firings.get_mut(&detector);
                if let Some(firing) = place.and_then(|place| firings?.get_mut(place)) {
                    (firing.end, firing.ended) = (Some(at), Some(end));
                }
            }
            TraceKind::NotSimulated { item, reason, downstream } => {
                self.timeline.not_simulated.insert(NotSimulated { item, reason, downstream });
            }
            TraceKind::SamplesDropped { signal, count, reason } => {
                let total = self.timeline.dropped.entry((signal, reason)).or_default();
                *total = total.saturating_add(count);
            }
            TraceKind::ProgramSwapped { from, to, .. } => {
                let (from, to) = (from.short(), to.short());
                self.timeline.notes.push((at, format!("at {at} program {from} was replaced by {to}")));
            }
            TraceKind::Paused { paused, by } => {
                let what = if paused { "stopped all starts" } else { "let starts go on" };
                self.timeline.notes.push((at, format!("at {at} {by} {what}")));
            }
            TraceKind::Noted { item, note } => self.timeline.notes.push((at, format!("{item}: {note}"))),
            TraceKind::Happened { episode, item, labels, happened } => {
                let happening = Happening { id: episode, at: happened, labels };
                self.timeline.happenings.entry(item).or_default().push(happening);
            }
            // What stands between the beginning and the end of something is for whoever asks why.
            TraceKind::Chosen { .. } | TraceKind::Verified { .. } => {}
            TraceKind::RunStarted { .. }
            | TraceKind::RevertStarted { .. }
            | TraceKind::ActionStarted { .. }
            | TraceKind::ActionEnded { .. }
            | TraceKind::VerifyDecided { .. }
            | TraceKind::RunEnded { .. } => self.read_run(at, kind),
            TraceKind::Withheld { .. }
            | TraceKind::ApprovalRequested { .. }
            | TraceKind::ApprovalEnded { .. }
            | TraceKind::Escalated { .. } => self.read_decision(at, kind),
        }
    }

    fn read_run(&mut self, at: Timestamp, kind: TraceKind) {
        if let TraceKind::RunStarted { run, firing, policy, plan, rung, labels, .. } = kind {
            self.policy(policy).runs.push(Run {
                id: run,
                firing,
                plan,
                rung,
                labels,
                start: at,
                end: None,
                outcome: None,
                actions: Vec::new(),
                verified_by: Some(VerifiedBy::Course),
                is_revert: false,
            });
        } else if let TraceKind::RevertStarted { run, of, firing, policy, plan, labels } = kind {
            let runs = &mut self.policy(policy).runs;
            let rung = runs.iter().find(|run| run.id == of).map_or(0, |run| run.rung);
            runs.push(Run {
                id: run,
                firing,
                plan,
                rung,
                labels,
                start: at,
                end: None,
                outcome: None,
                actions: Vec::new(),
                verified_by: None,
                is_revert: true,
            });
        } else if let TraceKind::ActionStarted { action, run, item, step, summary, .. } = kind {
            let action = ActionRun { id: action, item, step, summary, at, outcome: None };
            self.actions.entry(run).or_default().push(action);
        } else if let TraceKind::ActionEnded { action, outcome } = kind {
            self.action_ends.insert(action, outcome);
        } else if let TraceKind::VerifyDecided { run, by, .. } = kind {
            self.decided.insert(run, verified_by(by));
        } else if let TraceKind::RunEnded { run, end, .. } = kind {
            self.run_ends.insert(run, (at, run_outcome(&end)));
        }
    }

    fn read_decision(&mut self, at: Timestamp, kind: TraceKind) {
        if let TraceKind::Withheld { firing, policy, plan, rung, labels, reason, .. } = kind {
            let id = withheld_id(&policy, firing, rung, &reason);
            let (guard, reason) = withholding(&reason);
            // The engine says it again whenever the reason changes; a person counts the rung once for each guard.
            if self.withheld_seen.insert((policy.clone(), firing, rung, guard)) {
                let held = Withheld { id, firing, plan, rung, labels, at, guard, reason };
                self.policy(policy).withheld.push(held);
            }
        } else if let TraceKind::ApprovalRequested { approval, firing, policy, plan, team, labels, until } =
            kind
        {
            self.policy(policy).approvals.push(ApprovalRequest {
                id: approval,
                firing,
                plan,
                team,
                labels,
                at,
                until,
                ended_at: None,
                outcome: None,
            });
        } else if let TraceKind::ApprovalEnded { approval, end } = kind {
            self.approval_ends.insert(approval, (at, end));
        } else if let TraceKind::Escalated { escalation, firing, policy, channel, labels, reason, .. } = kind
        {
            let reason = if reason == APPROVAL_TIMED_OUT { UNANSWERED.to_owned() } else { reason };
            self.policy(policy).escalations.push(Escalation {
                id: escalation,
                firing,
                channel,
                labels,
                at,
                reason,
            });
        }
    }

    fn policy(&mut self, path: String) -> &mut Conduct {
        self.timeline.policies.entry(path).or_default()
    }

    /// All that was told, sorted out.
    pub(crate) fn finish(mut self) -> Timeline {
        for firings in self.timeline.firings.values_mut() {
            firings.sort_by(|a, b| (a.start, &a.labels, a.id).cmp(&(b.start, &b.labels, b.id)));
        }
        for happenings in self.timeline.happenings.values_mut() {
            happenings.sort_by(|a, b| (a.at, &a.labels, a.id).cmp(&(b.at, &b.labels, b.id)));
            // What happens twice to one key at one time is one episode.
            happenings.dedup_by_key(|happening| happening.id);
        }
        for policy in self.timeline.policies.values_mut() {
            for run in &mut policy.runs {
                run.actions = self.actions.remove(&run.id).unwrap_or_default();
                for action in &mut run.actions {
                    action.outcome = self.action_ends.get(&action.id).cloned();
                }
                if let Some(decided) = self.decided.remove(&run.id) {
                    run.verified_by = Some(decided);
                }
                if let Some((at, outcome)) = self.run_ends.remove(&run.id) {
                    (run.end, run.outcome) = (Some(at), Some(outcome));
                }
            }
            for approval in &mut policy.approvals {
                if let Some((at, end)) = self.approval_ends.remove(&approval.id) {
                    let outcome = approval_outcome(&end, at.since(approval.at));
                    (approval.ended_at, approval.outcome) = (Some(at), Some(outcome));
                }
            }
        }
        self.timeline
    }
}

fn reading(expression: String, value: Option<f64>) -> Reading {
    // JSON has no form for what is not finite, and to a reader it is as good as unknown.
    let value = value.filter(|value| value.is_finite());
    Reading { expression, value, text: String::new(), counted: false }
}

fn verified_by(by: DecidedBy) -> VerifiedBy {
    match by {
        DecidedBy::Declared { affects } => VerifiedBy::Declared { affects },
        DecidedBy::Recorded(recorded) => VerifiedBy::Recorded(recorded),
    }
}

fn run_outcome(end: &RunEnd) -> String {
    match end {
        RunEnd::Passed => "passed".to_owned(),
        RunEnd::Failed { reason } => format!("failed: {reason}"),
        RunEnd::Inconclusive { reason } => format!("inconclusive: {reason}"),
        RunEnd::Skipped { require } => format!("skipped: {}", why_skipped(require)),
        RunEnd::Rejected => "rejected".to_owned(),
        RunEnd::Shadow => "shadow: nothing was done".to_owned(),
    }
}

fn approval_outcome(end: &ApprovalEnd, waited: Millis) -> String {
    match end {
        ApprovalEnd::Granted { by } => format!("granted by {by}"),
        ApprovalEnd::Refused { by } => format!("refused by {by}"),
        ApprovalEnd::TimedOut => format!(
            "nobody answers in a simulation: it would have waited for {waited}, and people are told then"
        ),
        ApprovalEnd::Lapsed => "lapsed: the firing ended first".to_owned(),
    }
}

/// The id of a withheld rung: of one firing, rung and kind of guard.
#[must_use]
pub fn withheld_id(policy: &str, firing: SemanticHash, rung: u32, reason: &WithheldReason) -> SemanticHash {
    let guard = withholding(reason).0.to_string();
    let parts: [&[u8]; 5] =
        [b"withheld", policy.as_bytes(), &firing.0, &rung.to_le_bytes(), guard.as_bytes()];
    SemanticHash::of(parts)
}

/// What kind of guard held a rung back, and what exactly, in words.
#[must_use]
#[allow(clippy::too_many_lines, reason = "a table")]
pub fn withholding(reason: &WithheldReason) -> (Withholding, String) {
    match reason {
        WithheldReason::ConditionUnknown { condition, lacking, .. } => {
            (Withholding::ConditionUnknown, lacks(format!("`where {condition}` is unknown"), lacking))
        }
        WithheldReason::ArgumentUnknown { what, lacking } => {
            (Withholding::ConditionUnknown, lacks(format!("{what} is unknown"), lacking))
        }
        WithheldReason::RequireUnknown { condition, why, lacking, .. } if why == "not recorded" => (
            Withholding::RequireNotRecorded,
            lacks(format!("`require {condition}` reads what the recording does not hold"), lacking),
        ),
        WithheldReason::RequireUnknown { condition, why, lacking, .. } => {
            (Withholding::RequireUnknown, lacks(format!("`require {condition}` is {why}"), lacking))
        }
        WithheldReason::GroupUnknown { what, per } => {
            (Withholding::GroupUnknown, format!("`{per}` is unknown, which {what} counts apart by"))
        }
        WithheldReason::Limit { runs_max, window, per, .. } => {
            (Withholding::Limit, format!("limit {runs_max} per {window}{}", group(per)))
        }
        WithheldReason::Cooldown { span, until, per } => (
            Withholding::Cooldown,
            format!("cooldown {span}{}, until {}", group(per), crate::times::instant(*until)),
        ),
        WithheldReason::Concurrency { runs_max, per } => {
            (Withholding::Concurrency, format!("concurrency {runs_max}{}", group(per)))
        }
        WithheldReason::BlastRadius { entity, most, window, per, .. } => {
            (Withholding::BlastRadius, format!("blast radius {most} {entity} per {window}{}", group(per)))
        }
        WithheldReason::LiveCountUnknown { entity, per } => {
            (Withholding::LiveCountUnknown, format!("how many {entity} live{} is unknown", group(per)))
        }
        WithheldReason::Breaker { failures, window, per, .. } => {
            (Withholding::Breaker, format!("breaker {failures} failures per {window}{}", group(per)))
        }
        WithheldReason::Freeze { calendar } => (Withholding::Freeze, format!("freeze `{calendar}`")),
        WithheldReason::Only { calendars } => (Withholding::Only, format!("only during `{calendars}`")),
        WithheldReason::CalendarUnknown { calendar } => {
            (Withholding::CalendarUnknown, format!("the time zone of `{calendar}` is unknown"))
        }
        WithheldReason::Canary { wave, waves, .. } => {
            (Withholding::Canary, format!("wave {wave} of {waves} has not passed and settled"))
        }
        WithheldReason::CanaryStopped { wave } => {
            (Withholding::Canary, format!("a run of wave {wave} did not pass"))
        }
        WithheldReason::Storm { firings, window, .. } => {
            (Withholding::Storm, format!("storm: {firings} firings per {window}"))
        }
        WithheldReason::Disturbed { signal, policy, .. } => {
            (Withholding::Disturbed, format!("a run of {policy} disturbs {signal}"))
        }
        WithheldReason::DisturbBudget { signal, budget, .. } => {
            (Withholding::Disturbed, format!("{signal} has been disturbed for {budget} of the last hour"))
        }
        WithheldReason::Topology { upstream, detector, .. } if detector.is_empty() => {
            (Withholding::Topology, format!("waits whether {upstream}, which it depends on, fires too"))
        }
        WithheldReason::Topology { upstream, detector, .. } => {
            (Withholding::Topology, format!("{detector} fires for {upstream}, which it depends on"))
        }
        WithheldReason::Approval { team } => (Withholding::Approval, format!("waits for approval by {team}")),
        WithheldReason::Busy { policy } => {
            (Withholding::Busy, format!("a run of {policy} works on the same entity"))
        }
        WithheldReason::NotRunnable { item, why } => {
            (Withholding::NotRunnable, format!("{item} cannot be run yet: {why}"))
        }
        WithheldReason::Paused => (Withholding::Paused, "all starts are stopped".to_owned()),
    }
}

/// What is unknown, which fields it lacks, and how a person comes by them.
fn lacks(what: String, lacking: &[Lacking]) -> String {
    let Some(first) = lacking.first() else { return what };
    let all: Vec<String> = lacking.iter().map(Lacking::to_string).collect();
    format!(
        "{what}: {}; `heal record inventory` records what entities were, a test can give it: `{}`",
        all.join(", "),
        first.given()
    )
}

fn group(per: &Labels) -> String {
    if per.is_empty() {
        return String::new();
    }
    let parts: Vec<String> = per.iter().map(|(label, value)| format!("{label} {value}")).collect();
    format!(" for {}", parts.join(", "))
}
