//! The status for people.

use std::fmt::{Display, Write as _};

use super::{EngineStatus, PassStatus, Policies, ShadowAction, Status, Telemetry};

/// How many lines a list has at most.
const LINES_MAX: usize = 20;

/// The status as text, with a newline at its end.
#[must_use]
pub fn render(status: &Status) -> String {
    let mut text = String::new();
    policies(&mut text, &status.policies);
    telemetry(&mut text, &status.telemetry);
    engine(&mut text, &status.engine);
    match &status.pass {
        Some(pass) => self::pass(&mut text, pass),
        None => line(&mut text, "last pass", "none yet"),
    }
    list(&mut text, "errors", status.errors.iter().rev().map(|error| format!("{} {}", error.at, error.what)));
    line(&mut text, "heald", &status.tool_version);
    text
}

fn policies(text: &mut String, policies: &Policies) {
    match (&policies.commit, &policies.program) {
        (Some(commit), Some(program)) => {
            line(text, "commit", commit);
            line(text, "program", format!("{program} ({})", policies.package));
        }
        _ => line(text, "commit", "none yet: no policies run"),
    }
    if let Some(refused) = &policies.refused {
        line(text, "refused", format!("{} does not compile; the policies before it go on", refused.commit));
        list(text, "", refused.diagnostics.lines().map(str::to_owned));
    }
}

fn telemetry(text: &mut String, telemetry: &Telemetry) {
    let end = if telemetry.ended { ", replayed to its end" } else { "" };
    line(text, "telemetry", format!("{} {}{end}", telemetry.kind, telemetry.source));
    if telemetry.kind == "prometheus" {
        let last = telemetry.last_step.map_or("none".to_owned(), |step| step.to_string());
        let Telemetry { steps, samples, gaps, .. } = telemetry;
        line(text, "polled", format!("{steps} steps, {samples} samples, {gaps} gaps; last step {last}"));
    }
    list(text, "no samples", telemetry.failing.iter().map(|(signals, why)| format!("{signals}: {why}")));
    list(text, "findings", telemetry.findings.iter().cloned());
}

fn engine(text: &mut String, engine: &EngineStatus) {
    let now = engine.now.map_or("not begun".to_owned(), |now| format!("at {now}"));
    let EngineStatus { inputs, inputs_since_start, events_since_start, .. } = engine;
    let paused = if engine.paused { ", paused" } else { "" };
    line(
        text,
        "engine",
        format!(
            "{now}, {inputs} inputs ({inputs_since_start} since the start), {events_since_start} events{paused}"
        ),
    );
    list(
        text,
        "firing",
        engine
            .firings
            .iter()
            .map(|firing| format!("{} ({}) since {}", firing.detector, firing.key.join(", "), firing.since)),
    );
    line(text, "shadow actions", engine.shadow_actions_count);
    list(text, "", engine.shadow_actions.iter().map(action));
    list(text, "would have told", engine.shadow_messages.iter().map(action));
}

fn pass(text: &mut String, pass: &PassStatus) {
    let main = pass.main.as_deref().unwrap_or("no commit");
    line(text, "last pass", format!("{} in {} ms, main at {main}", pass.ended_at, pass.took_milliseconds));
    list(text, "it did", pass.actions.iter().cloned());
    list(text, "problems", pass.problems.iter().cloned());
    if let Some(error) = &pass.error {
        line(text, "it failed", error);
    }
    list(
        text,
        "pull requests",
        pass.pull_requests.iter().map(|request| {
            let assessed = if request.assessed { "impact written" } else { "impact not written yet" };
            format!("{} {} at {}, {assessed}", request.number, request.branch, request.head)
        }),
    );
}

fn action(action: &ShadowAction) -> String {
    format!("{} {} ({})", action.at, action.what, action.outcome.as_deref().unwrap_or("open"))
}

fn line(text: &mut String, name: &str, value: impl Display) {
    // Text from elsewhere must not trouble a terminal.
    let value: String = value
        .to_string()
        .chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    let _ = writeln!(text, "{name:<16} {value}");
}

fn list(text: &mut String, name: &str, values: impl Iterator<Item = String>) {
    let mut values = values.peekable();
    for (at, value) in values.by_ref().take(LINES_MAX).enumerate() {
        line(text, if at == 0 { name } else { "" }, &value);
    }
    let rest = values.count();
    if rest > 0 {
        line(text, "", format!("and {rest} more: see `heald status --json`"));
    }
}
