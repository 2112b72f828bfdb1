//! A world of minutes: one signal by service, sampled each minute, and a policy on it.

use std::collections::VecDeque;

use heal_program::*;

use crate::*;

pub(super) const MINUTE: i64 = 60_000;

pub(super) fn minutes(count: i64) -> Millis {
    Millis::from_minutes(count)
}

/// The condition `load > 10`.
pub(super) fn loaded() -> Expression {
    above(Expression::Signal(SignalIndex(0)), 10.0)
}

pub(super) fn above(left: Expression, right: f64) -> Expression {
    Expression::Binary(BinaryOperator::Greater, Box::new(left), Box::new(Expression::Number(right)))
}

pub(super) fn hash_of(text: &str) -> SemanticHash {
    SemanticHash::of([text.as_bytes()])
}

fn head(path: &str, meaning: &str) -> Head {
    Head { path: path.to_owned(), hash: hash_of(meaning), ..Head::default() }
}

pub(super) fn limit(runs_max: u32, window: Millis, per: &[&str]) -> Limit {
    Limit { runs_max, window, per: per.iter().map(|name| Per::Key((*name).to_owned())).collect() }
}

pub(super) fn guard() -> Guard {
    Guard { limits: vec![limit(100, minutes(60), &[])], ..Guard::default() }
}

pub(super) fn approval(on_timeout: OnTimeout) -> Option<Approval> {
    let asked = Asked::Team("sre".to_owned());
    Some(Approval { asked, quorum: 1, condition: None, timeout: minutes(5), on_timeout })
}

pub(super) fn run_plan(plan: u32) -> Rung {
    let service = Argument::EntityFromKey(EntityIndex(0), vec!["service".to_owned()]);
    Rung::Plan { plan: PlanIndex(plan), arguments: vec![service], again: None }
}

pub(super) fn escalate() -> Rung {
    Rung::Escalate { channel: None, arguments: Vec::new() }
}

fn plan(name: &str) -> Plan {
    let service = Parameter { name: "service".to_owned(), kind: FieldKind::Entity(EntityIndex(0)) };
    Plan {
        head: head(name, name),
        parameters: vec![service],
        steps: vec![Step {
            name: "do".to_owned(),
            arguments: vec![Argument::Entity("service".to_owned())],
            timeout: minutes(5),
            ..Step::default()
        }],
        ..Plan::default()
    }
}

/// `signal load by (service, zone)`, `detector busy`, plans `first` and `second`, `policy heal`.
pub(super) fn program(ladder: Vec<Rung>, guard: Guard) -> Program {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    Program {
        package: "test".to_owned(),
        entities: vec![Entity {
            head: head("Service", "Service"),
            keys: names(&["service"]),
            ..Entity::default()
        }]
        .into(),
        signals: vec![Signal {
            head: head("load", "load"),
            dimension: Dimension::RATIO,
            counter: false,
            scale: 1.0,
            offset: 0.0,
            unit: None,
            keys: names(&["service", "zone"]),
            source: Source::Metric { name: "load".to_owned(), matching: Vec::new() },
            every: minutes(1),
            stale_after: minutes(3),
            lateness: Millis::ZERO,
            keys_max: 3,
        }]
        .into(),
        detectors: vec![Detector {
            head: head("busy", "busy"),
            when: loaded(),
            hold: Millis::ZERO,
            clear: None,
            severity: Severity::Warning,
            keys: names(&["service", "zone"]),
            every: minutes(1),
            lateness: Millis::ZERO,
            when_text: "load > 10".to_owned(),
        }]
        .into(),
        actions: vec![Action {
            head: head("restart", "restart"),
            parameters: vec![Parameter {
                name: "service".to_owned(),
                kind: FieldKind::Entity(EntityIndex(0)),
            }],
            operation: heal_program::Operation::Kubernetes {
                verb: "restart".to_owned(),
                target: "service".to_owned(),
                options: Vec::new(),
            },
            risk: Risk::Low,
            idempotent: true,
            timeout: minutes(5),
            replaces: Vec::new(),
            undo: None,
            affects: None,
        }]
        .into(),
        plans: vec![plan("first"), plan("second")].into(),
        policies: vec![Policy {
            head: head("heal", "heal"),
            on: Trigger::Detector(DetectorIndex(0)),
            condition: None,
            ladder,
            guard,
            shadow: false,
        }]
        .into(),
        ..Program::default()
    }
}

/// An engine with a world around it.
pub(super) struct World {
    pub(super) engine: Engine,
    /// How actions are answered: the default is success at once, `None` is silence.
    pub(super) outcomes: VecDeque<Option<Outcome>>,
    pub(super) asked: Vec<EffectId>,
    pub(super) unanswered: Vec<EffectId>,
    /// What people were told.
    pub(super) told: Vec<Request>,
    events: Vec<TraceEvent>,
}

impl World {
    pub(super) fn new(program: Program) -> World {
        World {
            engine: Engine::new(program),
            outcomes: VecDeque::new(),
            asked: Vec::new(),
            unanswered: Vec::new(),
            told: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Tells one value a minute for a key from minute `from` on; `None` is a sample that never came.
    pub(super) fn feed(&mut self, key: &[&str], from: i64, values: &[Option<f64>]) {
        for (at, value) in values.iter().enumerate() {
            let at = from + i64::try_from(at).unwrap();
            if let Some(value) = value {
                self.sample(key, at, *value);
            }
            self.tick(at);
        }
    }

    pub(super) fn sample(&mut self, key: &[&str], minute: i64, value: f64) {
        let key = key.iter().map(|part| (*part).to_owned()).collect();
        let at = Timestamp(minute * MINUTE);
        let now = at.max(self.engine.state.now);
        self.engine.handle(now, Input::Sample { signal: SignalIndex(0), key, at, value }).unwrap();
    }

    /// Tells how many instances of `cart` are available.
    pub(super) fn available(&mut self, minute: i64, available: Option<f64>) {
        let Some(value) = available else { return };
        let at = Timestamp(minute * MINUTE);
        let (key, field) = (vec!["cart".to_owned()], "available".to_owned());
        self.tell(at, Input::Field { entity: EntityIndex(0), key, field, at, value });
    }

    pub(super) fn tick(&mut self, minute: i64) {
        let now = Timestamp(minute * MINUTE);
        self.tell(now, Input::Watermark { until: now });
    }

    pub(super) fn tell(&mut self, now: Timestamp, input: Input) {
        self.engine.handle(now, input).unwrap();
        while let Some(effect) = self.engine.poll_effect() {
            match effect.request {
                Request::Act { .. } => match self.outcomes.pop_front().unwrap_or(Some(Outcome::Succeeded)) {
                    Some(outcome) => {
                        self.engine.handle(now, Input::EffectResult { id: effect.id, outcome }).unwrap();
                    }
                    None => self.unanswered.push(effect.id),
                },
                Request::Ask { .. } => self.asked.push(effect.id),
                Request::Escalate { .. } => self.told.push(effect.request),
            }
        }
    }

    /// The trace so far, a line an event: minute, event, key.
    #[track_caller]
    pub(super) fn check(&mut self, expected: &[&str]) {
        self.events.extend(self.engine.drain_trace());
        let lines: Vec<String> = self.events.iter().map(line).collect();
        assert_eq!(lines, expected);
    }

    /// Every event, for comparing whole traces.
    pub(super) fn into_events(mut self) -> Vec<TraceEvent> {
        self.events.extend(self.engine.drain_trace());
        self.events
    }
}

pub(super) fn line(event: &TraceEvent) -> String {
    let minute = event.at.0 / MINUTE;
    let text = match &event.kind {
        TraceKind::FiringStarted { labels, .. } => format!("fires {}", label_values(labels)),
        TraceKind::FiringEnded { labels, end, .. } => {
            format!("{end:?} {}", label_values(labels)).to_lowercase()
        }
        TraceKind::RunStarted { plan, labels, .. } => format!("runs {plan} for {}", label_values(labels)),
        TraceKind::ActionStarted { summary, .. } => format!("acts {summary}"),
        TraceKind::ActionEnded { outcome, .. } => outcome.clone(),
        TraceKind::RunEnded { end: RunEnd::Passed, .. } => "passed".to_owned(),
        TraceKind::RunEnded { end: RunEnd::Failed { .. }, .. } => "run failed".to_owned(),
        TraceKind::RunEnded { end: RunEnd::Inconclusive { .. }, .. } => "inconclusive".to_owned(),
        TraceKind::RunEnded { end: RunEnd::Skipped { require }, .. } => format!("skipped: {require}"),
        TraceKind::RunEnded { end: RunEnd::Rejected, .. } => "rejected".to_owned(),
        TraceKind::Withheld { labels, reason, .. } => {
            let reason = match reason {
                WithheldReason::Limit { per, .. } => format!("limit [{}]", label_values(per)),
                WithheldReason::Cooldown { until, .. } => format!("cooldown until {}", until.0 / MINUTE),
                WithheldReason::RequireUnknown { why, .. } => format!("require {why}"),
                WithheldReason::ConditionUnknown { condition, .. } => format!("unknown {condition}"),
                WithheldReason::ArgumentUnknown { what, lacking } => {
                    let lacking: Vec<String> = lacking.iter().map(Lacking::to_string).collect();
                    format!("unknown {what}: {}", lacking.join(", "))
                }
                WithheldReason::Approval { team } => format!("approval {team}"),
                WithheldReason::Busy { policy } => format!("busy with {policy}"),
                WithheldReason::Paused => "paused".to_owned(),
                WithheldReason::GroupUnknown { what, per } => format!("{what} per unknown {per}"),
                WithheldReason::Concurrency { runs_max, per } => {
                    format!("concurrency {runs_max} [{}]", label_values(per))
                }
                WithheldReason::BlastRadius { most, acted, .. } => format!("blast radius {acted} of {most}"),
                WithheldReason::LiveCountUnknown { entity, .. } => format!("live {entity} unknown"),
                WithheldReason::Breaker { failures, .. } => format!("breaker {failures}"),
                WithheldReason::Freeze { calendar } => format!("freeze {calendar}"),
                WithheldReason::Only { calendars } => format!("only {calendars}"),
                WithheldReason::CalendarUnknown { calendar } => format!("unknown {calendar}"),
                WithheldReason::Canary { wave, waves, .. } => format!("canary {wave} of {waves}"),
                WithheldReason::CanaryStopped { wave } => format!("canary stopped at {wave}"),
                WithheldReason::Storm { firings, .. } => format!("storm {firings}"),
                WithheldReason::Disturbed { signal, policy, .. } => {
                    format!("{signal} disturbed by {policy}")
                }
                WithheldReason::DisturbBudget { signal, .. } => format!("{signal} disturbed too long"),
                WithheldReason::Topology { upstream, detector, .. } => {
                    format!("topology {upstream} {detector}")
                }
                WithheldReason::NotRunnable { item, why } => format!("{item} not runnable: {why}"),
            };
            format!("withheld for {}: {reason}", label_values(labels))
        }
        TraceKind::ApprovalRequested { team, until, .. } => format!("asks {team} until {}", until.0 / MINUTE),
        TraceKind::ApprovalEnded { end, .. } => format!("approval {end:?}"),
        TraceKind::Escalated { reason, labels, .. } => format!("tells of {}: {reason}", label_values(labels)),
        TraceKind::NotSimulated { item, .. } => format!("not simulated {item}"),
        TraceKind::SamplesDropped { count, reason, .. } => format!("{count} dropped: {reason}"),
        TraceKind::ProgramSwapped { kept, parked, .. } => {
            format!("swapped, kept {kept:?}, {} parked", parked.len())
        }
        TraceKind::Paused { paused, .. } => format!("paused {paused}"),
        TraceKind::RunEnded { end: RunEnd::Shadow, .. } => "in shadow".to_owned(),
        TraceKind::Happened { item, labels, .. } => format!("happens {item} {}", label_values(labels)),
        TraceKind::Chosen { plan, .. } => format!("chooses {plan}"),
        TraceKind::Verified { condition, truth, .. } => format!("verify {condition}: {truth:?}"),
        TraceKind::VerifyDecided { by, .. } => format!("decided by {by:?}"),
        TraceKind::RevertStarted { plan, .. } => format!("takes back {plan}"),
        TraceKind::Noted { item, note } => format!("note on {item}: {note}"),
    };
    format!("{minute} {text}")
}

/// `count` times the same value.
pub(super) fn steady(value: f64, count: usize) -> Vec<Option<f64>> {
    vec![Some(value); count]
}
