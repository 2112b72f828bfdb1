//! The status and the log lines of a service.

use heal_engine::{Effect, Operation, Request, TraceEvent};
use heal_journal::{EffectKind, EffectRecord};

use super::{Service, ServiceError, Source};
use crate::journalled_engine::TOOL_VERSION;
use crate::log::{self, Level};
use crate::status::{
    EngineStatus, FiringStatus, Policies, RefusedCommit, STATUS_VERSION, ShadowAction, Status, Telemetry,
};

/// How many shadow actions are shown.
const ACTIONS_MAX: u32 = 50;

impl Service {
    pub(super) fn status(&self) -> Result<Status, ServiceError> {
        Ok(Status {
            heald_status_version: STATUS_VERSION,
            tool_version: TOOL_VERSION.to_owned(),
            policies: self.policies()?,
            telemetry: self.telemetry(),
            engine: self.engine_status()?,
            pass: self.pass.clone(),
            errors: self.errors.clone(),
        })
    }

    fn policies(&self) -> Result<Policies, ServiceError> {
        let journal = self.engine.journal();
        let applied = journal.applied()?;
        // An older refusal is history once the main branch has something else.
        let main = self.pass.as_ref().and_then(|pass| pass.main.clone());
        let refused =
            journal.refused()?.filter(|refused| main.as_ref().is_none_or(|main| *main == refused.commit));
        let is_running = |commit: &str| applied.as_ref().is_some_and(|applied| applied.commit == commit);
        let refused = refused.filter(|refused| !is_running(&refused.commit));
        Ok(Policies {
            package: self.engine.engine().program().package.clone(),
            commit: applied.as_ref().map(|applied| applied.commit.clone()),
            program: applied.as_ref().map(|applied| applied.digest.clone()),
            applied_at: applied.as_ref().map(|applied| applied.at),
            refused: refused
                .map(|refused| RefusedCommit { commit: refused.commit, diagnostics: refused.diagnostics }),
        })
    }

    fn telemetry(&self) -> Telemetry {
        let mut findings = self.missing.clone();
        let telemetry = match &self.source {
            Source::Nothing => Telemetry { kind: "nothing".to_owned(), ..Telemetry::default() },
            Source::Recording { replay, ended } => {
                let recording = replay.recording();
                Telemetry {
                    kind: "recording".to_owned(),
                    source: format!("{} {}", recording.manifest.name, recording.digest()),
                    ended: *ended,
                    ..Telemetry::default()
                }
            }
            Source::Prometheus(polling) => {
                findings.extend(polling.findings.keys().cloned());
                let failing = polling.failing.iter().map(|(signals, why)| (signals.join(", "), why.clone()));
                Telemetry {
                    kind: "prometheus".to_owned(),
                    source: polling.prometheus.address().to_owned(),
                    last_step: (polling.steps_count > 0).then_some(polling.last_step),
                    steps: polling.steps_count,
                    samples: polling.samples_count,
                    gaps: polling.gaps_count,
                    failing: failing.collect(),
                    ..Telemetry::default()
                }
            }
        };
        findings.sort();
        Telemetry { findings, ..telemetry }
    }

    fn engine_status(&self) -> Result<EngineStatus, ServiceError> {
        let (engine, journal) = (self.engine.engine(), self.engine.journal());
        let firing = |(detector, key, since): (&str, &heal_engine::Key, _)| FiringStatus {
            detector: detector.to_owned(),
            key: key.clone(),
            since,
        };
        let shown = |kind| journal.effects(kind, ACTIONS_MAX);
        let mut messages = shown(EffectKind::Escalate)?;
        messages.extend(shown(EffectKind::Ask)?);
        messages.sort_by_key(|message| std::cmp::Reverse(message.asked.asked_at));
        messages.truncate(ACTIONS_MAX as usize);
        Ok(EngineStatus {
            now: self.engine.now(),
            inputs: journal.next_seq().saturating_sub(1),
            inputs_since_start: self.inputs_since_start(),
            events_since_start: self.events_count,
            paused: engine.is_paused(),
            firings: engine.firings().map(firing).collect(),
            shadow_actions_count: journal.effects_count(EffectKind::Act)?,
            shadow_actions: shown(EffectKind::Act)?.iter().map(action).collect(),
            shadow_messages: messages.iter().map(action).collect(),
        })
    }
}

/// A line for an event of the engine, with the engine's time.
pub(super) fn log_event(event: &TraceEvent) {
    let Ok(serde_json::Value::Object(mut fields)) = serde_json::to_value(&event.kind) else { return };
    let name = fields.remove("event").and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        other @ (serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::Array(_)
        | serde_json::Value::Object(_)) => other.to_string(),
    };
    let fields: Vec<(String, String)> = fields.into_iter().map(|(key, value)| (key, text(value))).collect();
    let mut shown: Vec<(&str, &dyn std::fmt::Display)> = vec![("engine_time", &event.at)];
    shown.extend(fields.iter().map(|(key, value)| (key.as_str(), value as &dyn std::fmt::Display)));
    log::event(Level::Info, &name, &shown);
}

fn action(record: &EffectRecord) -> ShadowAction {
    let effect: Option<Effect> = serde_json::from_str(&record.asked.json).ok();
    ShadowAction {
        id: record.asked.id.to_string(),
        at: record.asked.asked_at,
        what: effect.map_or_else(|| record.asked.kind.name().to_owned(), |effect| what(&effect.request)),
        outcome: record.outcome.clone(),
    }
}

/// `linux.restart_unit(host: web-1, unit: nginx): systemctl restart nginx on web-1`
fn what(request: &Request) -> String {
    match request {
        Request::Act { item, operation, arguments, .. } => {
            let arguments: Vec<String> =
                arguments.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            let operation = match operation {
                Operation::Command { arguments, on: Some(host) } => {
                    format!("{} on {host}", arguments.join(" "))
                }
                Operation::Command { arguments, on: None } => arguments.join(" "),
                Operation::Kubernetes { verb, target, .. } => format!("kubernetes {verb} {target}"),
                Operation::Http(request) => format!("http {} {}", request.method, request.url),
            };
            format!("{item}({}): {operation}", arguments.join(", "))
        }
        Request::Ask { team, summary, .. } => format!("ask {team}: {summary}"),
        Request::Escalate { channel, summary, .. } => {
            format!("tell {}: {summary}", channel.as_deref().unwrap_or("the default channel"))
        }
    }
}
