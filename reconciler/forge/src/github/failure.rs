//! Answers and errors of GitHub as errors of a port: what happened, what to do, and when to look again.

use std::error::Error;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use heal_reconcile::{PortError, one_line};

use super::api::Answer;
use super::models::Refusal;

const MESSAGE_CHARS_MAX: usize = 400;
/// How long to wait for a limit that does not say for how long it holds.
const LIMIT_WAIT: Duration = Duration::from_secs(60);
/// No answer makes us wait longer than this.
const LIMIT_WAIT_MAX: Duration = Duration::from_secs(6 * 3600);

/// An answer that is not a success.
pub(super) fn refused(answer: &Answer) -> PortError {
    let (doing, status) = (answer.doing, answer.status);
    let said = said(&answer.body);
    let place = &answer.place;
    if let Some(wait) = limit(answer, &said) {
        let message = format!(
            "could not {doing} at {place}: its limit of requests is reached for {} s; make the interval longer if this comes \
             often ({said})",
            wait.as_secs()
        );
        return PortError::Temporary { message, retry_after: Some(wait) };
    }
    match status {
        401 => PortError::denied(format!(
            "could not {doing} at {place}: the token is not accepted; check that it is whole and has not expired ({said})"
        )),
        403 => PortError::denied(format!(
            "could not {doing} at {place}: the token may not; give it `contents: read` and `pull requests: write`{} ({said})",
            needs(answer)
        )),
        404 => PortError::denied(format!(
            "could not {doing} at {place}: there is no such repository, or the token may not see it; check the owner, the name \
             and what the token may ({said})"
        )),
        300..=399 => PortError::denied(format!(
            "could not {doing} at {place}: it sends elsewhere (status {status}); correct the address of the API, the owner and \
             the name"
        )),
        408 | 500..=599 => {
            let message = format!("could not {doing} at {place}: status {status} ({said})");
            PortError::Temporary { message, retry_after: retry_after(answer) }
        }
        _ => PortError::rejected(format!("could not {doing} at {place}: status {status} ({said})")),
    }
}

/// No answer, or none that can be read.
pub(super) fn broken(doing: &str, place: &str, error: &dyn Error) -> PortError {
    PortError::temporary(format!("could not {doing} at {place}: {}", with_causes(error)))
}

/// Credentials that cannot even be used.
pub(super) fn unusable(place: &str, error: &dyn Error) -> PortError {
    PortError::denied(format!(
        "could not use the credentials for {place}: {}; correct them",
        with_causes(error)
    ))
}

fn with_causes(error: &dyn Error) -> String {
    let mut chain = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !chain.contains(&text) {
            chain = format!("{chain}: {text}");
        }
        next = cause.source();
    }
    one_line(&chain, MESSAGE_CHARS_MAX)
}

/// No answer in time.
pub(super) fn too_slow(doing: &str, place: &str, timeout: Duration) -> PortError {
    PortError::temporary(format!(
        "could not {doing} at {place}: no answer within {} s",
        timeout.as_secs_f32()
    ))
}

/// For how long a limit holds, when this answer is about one.
fn limit(answer: &Answer, said: &str) -> Option<Duration> {
    if !matches!(answer.status, 403 | 429) {
        return None;
    }
    let is_used_up = answer.header("x-ratelimit-remaining") == Some("0");
    let reset = answer.header("x-ratelimit-reset").and_then(|text| text.parse().ok()).filter(|_| is_used_up);
    let until_reset = reset.map(|seconds| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Duration::from_secs(seconds).saturating_sub(now).max(Duration::from_secs(1))
    });
    let is_told = answer.status == 429 || is_used_up || said.to_ascii_lowercase().contains("rate limit");
    let wait = retry_after(answer).or(until_reset).or(is_told.then_some(LIMIT_WAIT));
    wait.map(|wait| wait.min(LIMIT_WAIT_MAX))
}

fn retry_after(answer: &Answer) -> Option<Duration> {
    let seconds = answer.header("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LIMIT_WAIT_MAX))
}

/// The permission that GitHub names.
fn needs(answer: &Answer) -> String {
    let named = answer.header("x-accepted-github-permissions").filter(|named| !named.is_empty());
    named.map(|named| format!("; this request needs `{}`", one_line(named, 100))).unwrap_or_default()
}

/// What the answer says in words, on one line.
pub(super) fn said(body: &str) -> String {
    let refusal: Refusal = serde_json::from_str(body).unwrap_or_default();
    let mut text = if refusal.message.is_empty() { body.to_owned() } else { refusal.message };
    for error in &refusal.errors {
        let part = |name: &str| error.get(name).and_then(serde_json::Value::as_str);
        let words = part("message").or(error.as_str()).map(str::to_owned);
        let named = || Some(format!("{} {}", part("field")?, part("code")?));
        if let Some(words) = words.or_else(named) {
            text = format!("{text}: {words}");
        }
    }
    one_line(&text, MESSAGE_CHARS_MAX)
}
