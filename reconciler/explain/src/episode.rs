//! What policies did about one firing, course by course.

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::{
    ApprovalEnd, Candidate, CountedRun, DecidedBy, Engine, Ground, Hindrance, Labels, Phase, RecordedRun,
    RunEnd, TraceEvent, TraceKind, WithheldReason, key_of, why_skipped,
};
use heal_program::{Guard, Millis, Policy, PolicyIndex, Program, SemanticHash, Timestamp};
use heal_report::{withheld_id, withholding};

use crate::{
    AlsoTold, Assumption, Conduct, CourseTold, EventTold,
    guards::{Held, Withholding, of_run, readings_of},
    margins::{needed, parts_read},
    times::date_and_clock,
};

/// Engines of one course at the times at which something was held back or skipped: they know what guards had counted, and
/// what conditions read.
pub(crate) type Engines = BTreeMap<Timestamp, Engine>;

/// What is asked of a policy.
pub(crate) struct Asked<'a> {
    pub(crate) program: &'a Program,
    pub(crate) index: PolicyIndex,
    pub(crate) policy: &'a Policy,
    pub(crate) firing: SemanticHash,
    /// The id that was asked about.
    pub(crate) id: SemanticHash,
}

impl Asked<'_> {
    /// What the policy did.
    pub(crate) fn conduct(
        &self,
        passing: (&[TraceEvent], &Engines),
        failing: Option<(&[TraceEvent], &Engines)>,
        labels: &Labels,
    ) -> Conduct {
        let [passing, failing] = [Some(passing), failing].map(|course| course.map(|it| self.events(it)));
        let passing = passing.unwrap_or_default();
        let course = |assuming, events| CourseTold { assuming, events, standing: Vec::new() };
        let courses = match failing {
            Some(failing) if failing != passing => {
                vec![course(Assumption::Passing, passing), course(Assumption::Failing, failing)]
            }
            Some(_) | None => vec![course(Assumption::Whatever, passing)],
        };
        let (policy, shadow) = (self.policy.head.path.clone(), self.policy.shadow);
        Conduct { policy, labels: labels.clone(), shadow, courses }
    }

    fn events(&self, (trace, engines): (&[TraceEvent], &Engines)) -> Vec<EventTold> {
        let (names, ends) = (runs_of(trace), ends_of(trace));
        let mut told = Telling {
            asked: self,
            engines,
            names: &names,
            ends: &ends,
            runs: BTreeSet::new(),
            approvals: BTreeSet::new(),
            actions: BTreeMap::new(),
            events: Vec::new(),
        };
        trace.iter().for_each(|event| told.read(event));
        told.events
    }
}

/// A run's plan, and the key it was for.
type Named<'t> = BTreeMap<SemanticHash, (&'t str, &'t Labels)>;

fn runs_of(trace: &[TraceEvent]) -> Named<'_> {
    let mut names = Named::new();
    for event in trace {
        if let TraceKind::RunStarted { run, plan, labels, .. } = &event.kind {
            names.insert(*run, (plan, labels));
        }
    }
    names
}

fn ends_of(trace: &[TraceEvent]) -> BTreeMap<SemanticHash, Timestamp> {
    let end = |event: &TraceEvent| {
        let TraceKind::RunEnded { run, .. } = &event.kind else { return None };
        Some((*run, event.at))
    };
    trace.iter().filter_map(end).collect()
}

struct Telling<'t> {
    asked: &'t Asked<'t>,
    engines: &'t Engines,
    names: &'t Named<'t>,
    ends: &'t BTreeMap<SemanticHash, Timestamp>,
    runs: BTreeSet<SemanticHash>,
    approvals: BTreeSet<SemanticHash>,
    actions: BTreeMap<SemanticHash, String>,
    events: Vec<EventTold>,
}

impl Telling<'_> {
    fn read(&mut self, event: &TraceEvent) {
        match &event.kind {
            TraceKind::RunStarted { .. }
            | TraceKind::RevertStarted { .. }
            | TraceKind::Verified { .. }
            | TraceKind::VerifyDecided { .. }
            | TraceKind::RunEnded { .. } => self.read_run(event),
            TraceKind::ActionStarted { .. } | TraceKind::ActionEnded { .. } => self.read_action(event),
            TraceKind::Chosen { .. }
            | TraceKind::Withheld { .. }
            | TraceKind::ApprovalRequested { .. }
            | TraceKind::ApprovalEnded { .. }
            | TraceKind::Escalated { .. } => self.read_decision(event),
            TraceKind::FiringStarted { .. }
            | TraceKind::FiringEnded { .. }
            | TraceKind::Happened { .. }
            | TraceKind::NotSimulated { .. }
            | TraceKind::Noted { .. }
            | TraceKind::SamplesDropped { .. }
            | TraceKind::ProgramSwapped { .. }
            | TraceKind::Paused { .. } => {}
        }
    }

    fn read_run(&mut self, TraceEvent { at, kind }: &TraceEvent) {
        let at = *at;
        let asked = self.asked;
        let is_ours = |policy: &String, firing: &SemanticHash| {
            *policy == asked.policy.head.path && *firing == asked.firing
        };
        if let TraceKind::RunStarted { run, firing, policy, plan, target, shadow, grounds, rung, .. } = kind
            && is_ours(policy, firing)
        {
            self.runs.insert(*run);
            let of = if target.is_empty() { String::new() } else { format!(" on {target}") };
            let shadow = if *shadow { " in shadow: nothing is done" } else { "" };
            let text = format!("runs {plan}{of}, rung {}{shadow}", rung.saturating_add(1));
            self.event(at, Some(*run), "run", text, because(grounds.iter().map(ground_text).collect()));
        } else if let TraceKind::RevertStarted { run, firing, policy, plan, .. } = kind
            && is_ours(policy, firing)
        {
            self.runs.insert(*run);
            self.event(at, Some(*run), "revert", format!("takes {plan} back"), nothing());
        } else if let TraceKind::Verified { run, condition, truth, values } = kind
            && self.runs.contains(run)
        {
            let came = truth.map_or_else(|| "is unknown".to_owned(), |truth| format!("is {truth}"));
            let needed = "true for two steps, and the detector no longer firing";
            let differ =
                if *truth == Some(true) { Vec::new() } else { vec![format!("`{condition}` {needed}")] };
            let ground = Withholding { because: readings_of(values), differ };
            self.event(at, Some(*run), "verify", format!("`verify {condition}` {came}"), ground);
        } else if let TraceKind::VerifyDecided { run, by, values } = kind
            && self.runs.contains(run)
        {
            let ground = Withholding { because: readings_of(values), differ: Vec::new() };
            self.event(at, Some(*run), "verify", decided_by(by), ground);
        } else if let TraceKind::RunEnded { run, end, firing, policy, plan, labels } = kind
            && (self.runs.contains(run) || is_ours(policy, firing))
        {
            let (text, needed) = run_end(end, plan);
            let ground = match end {
                RunEnd::Skipped { require } => {
                    self.skipped(at, (plan, require), labels).unwrap_or_else(|| differ(needed))
                }
                RunEnd::Passed
                | RunEnd::Failed { .. }
                | RunEnd::Inconclusive { .. }
                | RunEnd::Rejected
                | RunEnd::Shadow => differ(needed),
            };
            self.event(at, Some(*run), "run", text, ground);
        }
    }

    /// What a `require` that was false had read, and what would have made it true.
    fn skipped(&self, at: Timestamp, (plan, require): (&str, &str), labels: &Labels) -> Option<Withholding> {
        let engine = self.engines.get(&at)?;
        let node = self.asked.program.plans.iter().find(|it| it.head.path == plan)?;
        let condition = &node.requires.iter().find(|it| it.text == require)?.condition;
        let key = key_of(labels);
        engine.with_facts(self.asked.index, &key, Some(plan), |facts| {
            needed(self.asked.program, condition, facts)
        })?
    }

    fn read_action(&mut self, TraceEvent { at, kind }: &TraceEvent) {
        if let TraceKind::ActionStarted { action, run, summary, phase, attempt, .. } = kind
            && self.runs.contains(run)
        {
            let again =
                if *attempt > 0 { format!(", try {}", attempt.saturating_add(1)) } else { String::new() };
            self.actions.insert(*action, summary.clone());
            let text = format!("{}{summary}{again}", phase_text(*phase));
            self.event(*at, Some(*action), "action", text, nothing());
        } else if let TraceKind::ActionEnded { action, outcome } = kind
            && let Some(summary) = self.actions.get(action).cloned()
        {
            self.event(*at, Some(*action), "action", format!("{summary}: {outcome}"), nothing());
        }
    }

    fn read_decision(&mut self, TraceEvent { at, kind }: &TraceEvent) {
        let at = *at;
        let asked = self.asked;
        let is_ours = |policy: &String, firing: &SemanticHash| {
            *policy == asked.policy.head.path && *firing == asked.firing
        };
        if let TraceKind::Chosen { firing, policy, plan, among, .. } = kind
            && is_ours(policy, firing)
        {
            let arms = among.iter().map(|arm| arm_text(arm, arm.plan == *plan));
            let lines = arms.chain(std::iter::once(why_chosen(among, plan))).collect();
            self.event(at, None, "choice", format!("chooses {plan}"), because(lines));
        } else if let TraceKind::Withheld { firing, policy, plan, rung, labels, reason, target, by } = kind
            && is_ours(policy, firing)
        {
            let run = self.own_run(at, target);
            let told = self.withheld(at, (plan, labels), (reason, by), run);
            let also = self.also(at, (plan, labels, target), reason, run);
            let of = if target.is_empty() { String::new() } else { format!(" on {target}") };
            let why = self.why_held(reason, by);
            // Before anything is chosen a choice has no name.
            let what = if plan.is_empty() { "its choice" } else { plan.as_str() };
            let text = format!("withheld {what}{of}, rung {}: {why}", rung + 1);
            let id = withheld_id(policy, *firing, *rung, reason);
            self.event(at, Some(id), "withheld", text, told);
            if let Some(event) = self.events.last_mut() {
                event.also = also;
            }
        } else if let TraceKind::ApprovalRequested { approval, firing, policy, plan, team, until, .. } = kind
            && is_ours(policy, firing)
        {
            self.approvals.insert(*approval);
            let text = format!("asks {team} about {plan}, until {}", date_and_clock(*until));
            let needed = differ(vec![format!("no approval needed, or {team} agreed")]);
            self.event(at, Some(*approval), "approval", text, needed);
        } else if let TraceKind::ApprovalEnded { approval, end } = kind
            && self.approvals.contains(approval)
        {
            let (text, needed) = approval_end(end);
            let needed = differ(needed.into_iter().map(str::to_owned).collect());
            self.event(at, Some(*approval), "approval", text, needed);
        } else if let TraceKind::Escalated {
            escalation, firing, policy, channel, reason, under, shadow, ..
        } = kind
            && is_ours(policy, firing)
        {
            let whom = channel.as_deref().unwrap_or("the default channel");
            let shadow = if *shadow { " (in shadow: nobody is told)" } else { "" };
            let cause = under.map(|cause| format!("grouped under the firing {}", cause.short()));
            let text = format!("tells {whom}: {reason}{shadow}");
            self.event(at, Some(*escalation), "page", text, because(cause.into_iter().collect()));
        }
    }

    /// Why something was held back, and by whose guard.
    fn why_held(&self, reason: &WithheldReason, by: &str) -> String {
        let is_own = by.is_empty() || by == self.asked.policy.head.path;
        let whose = if is_own { String::new() } else { format!(" of `{by}`") };
        format!("{}{whose}", withholding(reason).1)
    }

    /// What else stood in the way of what was withheld for a reason.
    fn also(
        &self,
        at: Timestamp,
        (plan, labels, target): (&str, &Labels, &str),
        reason: &WithheldReason,
        own: Option<SemanticHash>,
    ) -> Vec<AlsoTold> {
        let Some(engine) = self.engines.get(&at) else {
            let text = "what else stood in the way is told of the first moments of an episode only";
            return vec![AlsoTold { text: text.to_owned(), because: Vec::new(), differ: Vec::new() }];
        };
        let is_first =
            |first: &Hindrance| matches!(first, Hindrance::Withheld { reason: it, .. } if it.is_like(reason));
        let found = engine.hindered().iter().find(|it| {
            let is_it = (it.at, it.firing, it.target.as_str()) == (at, self.asked.firing, target);
            is_it && it.policy == self.asked.policy.head.path && it.all.first().is_some_and(is_first)
        });
        let others = found.into_iter().flat_map(|it| it.all.iter().skip(1));
        others.map(|other| self.hindrance(at, (plan, labels), other, own)).collect()
    }

    fn hindrance(
        &self,
        at: Timestamp,
        (plan, labels): (&str, &Labels),
        hindrance: &Hindrance,
        own: Option<SemanticHash>,
    ) -> AlsoTold {
        let told = |text: String, Withholding { because, differ }| AlsoTold { text, because, differ };
        match hindrance {
            Hindrance::Withheld { reason, by } => {
                told(self.why_held(reason, by), self.withheld(at, (plan, labels), (reason, by), own))
            }
            Hindrance::RequireFalse { require } => {
                let ground = self.skipped(at, (plan, require), labels);
                let ground = ground.unwrap_or_else(|| differ(vec![format!("`require {require}` true")]));
                told(format!("it would have been skipped: {}", why_skipped(require)), ground)
            }
            Hindrance::Approval { team } => {
                let ground = differ(vec![format!("no approval needed, or {team} agreed")]);
                told(format!("{team} would have been asked"), ground)
            }
            Hindrance::NotAsked => {
                let text = "what hangs on that argument could not be asked: guards that count by it, what is required";
                told(text.to_owned(), nothing())
            }
        }
    }

    /// The run of this firing that goes on, where what is held back is one of its targets.
    fn own_run(&self, at: Timestamp, target: &str) -> Option<SemanticHash> {
        let is_open = |run: &&SemanticHash| self.ends.get(*run).is_none_or(|end| *end >= at);
        if target.is_empty() { None } else { self.runs.iter().find(is_open).copied() }
    }

    fn withheld(
        &self,
        at: Timestamp,
        (plan, labels): (&str, &Labels),
        (reason, by): (&WithheldReason, &str),
        own: Option<SemanticHash>,
    ) -> Withholding {
        let (asked, engine) = (self.asked, self.engines.get(&at));
        let guards = guards_of(asked.program, asked.policy);
        let standing = engine.map(|engine| engine.guard_standing(by)).unwrap_or_default();
        let opened = if let WithheldReason::Breaker { failures, window, per, .. } = reason {
            engine.and_then(|engine| engine.breaker_opened_by(by, (*failures, *window), per))
        } else {
            None
        };
        let name = |run: &CountedRun| self.name(run);
        let every = asked.policy.on.detector().and_then(|it| asked.program.detector(it)).map(|it| it.every);
        let held = Held {
            at,
            labels,
            guards: &guards,
            by,
            standing: &standing,
            opened,
            ends: self.ends,
            own,
            every: every.unwrap_or(Millis(1)),
            read: self.what_was_read(at, plan, labels, reason),
            name: &name,
        };
        held.told(reason)
    }

    /// What a condition that is unknown had read.
    fn what_was_read(
        &self,
        at: Timestamp,
        plan: &str,
        labels: &Labels,
        reason: &WithheldReason,
    ) -> Vec<String> {
        let node = self.asked.program.plans.iter().find(|it| it.head.path == plan);
        let (condition, plan) = if let WithheldReason::RequireUnknown { condition, .. } = reason {
            (node.and_then(|it| it.requires.iter().find(|it| it.text == *condition)), Some(plan))
        } else if let WithheldReason::ConditionUnknown { .. } = reason {
            (self.asked.policy.condition.as_ref(), None)
        } else {
            (None, None)
        };
        let condition = condition.map(|it| &it.condition);
        let (Some(engine), Some(condition)) = (self.engines.get(&at), condition) else { return Vec::new() };
        let key = key_of(labels);
        engine
            .with_facts(self.asked.index, &key, plan, |facts| {
                parts_read(self.asked.program, condition, facts)
            })
            .unwrap_or_default()
    }

    fn name(&self, run: &CountedRun) -> String {
        let none = Labels::new();
        let (plan, key) = self.names.get(&run.run).map_or((None, &none), |(plan, key)| (Some(*plan), *key));
        of_run(plan, run, key)
    }

    fn event(
        &mut self,
        at: Timestamp,
        id: Option<SemanticHash>,
        kind: &'static str,
        text: String,
        ground: Withholding,
    ) {
        let asked = id == Some(self.asked.id);
        let Withholding { because, differ } = ground;
        self.events.push(EventTold { at, id, asked, kind, text, because, differ, also: Vec::new() });
    }
}

/// What something was decided by.
fn because(because: Vec<String>) -> Withholding {
    Withholding { because, differ: Vec::new() }
}

/// What would have had to differ.
fn differ(differ: Vec<String>) -> Withholding {
    Withholding { because: Vec::new(), differ }
}

fn nothing() -> Withholding {
    Withholding::default()
}

/// The guards of a policy with their paths: its own, and those that it shares.
pub(crate) fn guards_of(program: &Program, policy: &Policy) -> Vec<(String, Guard)> {
    let own = (policy.head.path.clone(), policy.guard.clone());
    let shared = policy.guard.shared.iter().filter_map(|shared| program.shared_guard(*shared));
    std::iter::once(own).chain(shared.map(|it| (it.head.path.clone(), it.guard.clone()))).collect()
}

fn ground_text(ground: &Ground) -> String {
    let by = if ground.by.is_empty() { String::new() } else { format!(" of `{}`", ground.by) };
    format!("{}{by}: {}", ground.what, ground.reading)
}

fn arm_text(arm: &Candidate, chosen: bool) -> String {
    let tried = arm.passed.saturating_add(arm.failed);
    let unknown = match arm.inconclusive {
        0 => String::new(),
        count => format!(", {count} inconclusive and not counted"),
    };
    let out = if arm.out.is_empty() { String::new() } else { format!("; passed over: {}", arm.out) };
    let mark = if chosen { "; chosen" } else { "" };
    format!("{}: {} of {tried} passed{unknown}, index {:.3}{out}{mark}", arm.plan, arm.passed, arm.score)
}

/// Why this arm: the index is the share that passed and what may still be learned; equal ones draw lots.
fn why_chosen(among: &[Candidate], plan: &str) -> String {
    let fit: Vec<&Candidate> = among.iter().filter(|arm| arm.out.is_empty()).collect();
    let Some(chosen) = fit.iter().find(|arm| arm.plan == plan) else {
        return "none could be chosen: it waits with the first that may yet do".to_owned();
    };
    let equal = fit.iter().filter(|arm| arm.score.total_cmp(&chosen.score).is_eq()).count();
    match (fit.len(), equal) {
        (1, _) => "the only one that could be chosen".to_owned(),
        (_, 1) => "the highest index of those that could be chosen".to_owned(),
        (_, equal) => {
            format!("{equal} have the highest index: drawn by a lot that policy, firing and plan decide")
        }
    }
}

fn phase_text(phase: Phase) -> &'static str {
    match phase {
        Phase::Step => "does ",
        Phase::Undo => "undoes: ",
        Phase::Always => "always: ",
        Phase::Revert => "takes back: ",
    }
}

fn run_end(end: &RunEnd, plan: &str) -> (String, Vec<String>) {
    match end {
        RunEnd::Passed => (format!("{plan} passed"), Vec::new()),
        RunEnd::Failed { reason } => (format!("{plan} failed: {reason}"), Vec::new()),
        RunEnd::Inconclusive { reason } => (
            format!("{plan} inconclusive: {reason}"),
            vec!["the outcome known: what nobody knows is neither repeated nor undone".to_owned()],
        ),
        RunEnd::Skipped { require } => {
            let text = format!("{plan} skipped: {}", why_skipped(require));
            (text, vec![format!("`require {require}` true")])
        }
        RunEnd::Rejected => (format!("{plan} rejected"), vec!["the approval granted".to_owned()]),
        RunEnd::Shadow => (
            format!("{plan} decided, and nothing done: the policy is in shadow"),
            vec!["the policy out of shadow".to_owned()],
        ),
    }
}

fn approval_end(end: &ApprovalEnd) -> (String, Option<&'static str>) {
    match end {
        ApprovalEnd::Granted { by } => (format!("granted by {by}"), None),
        ApprovalEnd::Refused { by } => (format!("refused by {by}"), Some("an answer that agrees")),
        ApprovalEnd::TimedOut => ("nobody answered in time".to_owned(), Some("an answer in time")),
        ApprovalEnd::Lapsed => {
            ("lapsed: the firing ended first".to_owned(), Some("an answer before the firing ended"))
        }
    }
}

/// What was really done, and what came of it: all that is written of it, for whoever looks it up.
fn recorded_text(recorded: &RecordedRun) -> String {
    let RecordedRun { item, labels, start, end, verdict, note, source, file } = recorded;
    let target: Vec<String> = labels.iter().map(|(field, value)| format!("{field}={value}")).collect();
    let target = if target.is_empty() { String::new() } else { format!(" for {}", target.join(", ")) };
    let end = end.map_or_else(|| "no end is recorded".to_owned(), |end| format!("until {end}"));
    let mut told = Vec::new();
    if !file.is_empty() {
        told.push(format!("from {file}"));
    }
    if !source.is_empty() {
        told.push(format!("id {source}"));
    }
    if !note.is_empty() {
        told.push(format!("note: {note}"));
    }
    let told = if told.is_empty() { String::new() } else { format!("; {}", told.join(", ")) };
    let by = if verdict.is_told() { "a recorded outcome" } else { "what was recorded after a run" };
    let outcome = verdict.text();
    format!("verify decided by {by}: `{item}` was really run{target} from {start}, {end}: {outcome}{told}")
}

/// Why a verify comes out as it does in either course.
fn decided_by(by: &DecidedBy) -> String {
    match by {
        DecidedBy::Declared { affects } if affects.is_empty() => {
            "verify decided by the recording: the run affects nothing".to_owned()
        }
        DecidedBy::Declared { affects } => {
            let names: Vec<String> = affects.iter().map(|path| format!("`{path}`")).collect();
            format!("verify decided by the recording: the run affects only {}", names.join(", "))
        }
        DecidedBy::Recorded(recorded) => recorded_text(recorded),
    }
}
