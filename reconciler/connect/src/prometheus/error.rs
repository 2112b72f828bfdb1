//! What can go wrong between here and Prometheus.

use std::time::Duration;

use crate::SecretError;

/// Longest text of the other side that is shown, in characters.
const TEXT_CHARS_MAX: usize = 400;

/// Why a query has no answer. Whatever it asked for is missing then. No message holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum PrometheusError {
    /// The configured address.
    #[error("the address of Prometheus cannot be used: {what}")]
    Address {
        /// What is wrong with it.
        what: String,
    },
    /// No connection, or a broken one.
    #[error("Prometheus cannot be reached: {what}")]
    Unreachable {
        /// What the network says.
        what: String,
    },
    /// No answer in time.
    #[error("Prometheus did not answer within {after:?}: make the query cheaper, or its server faster")]
    TimedOut {
        /// The deadline.
        after: Duration,
    },
    /// 401 or 403.
    #[error("Prometheus denies access with status {status}: check the token or password")]
    Denied {
        /// The HTTP status.
        status: u16,
    },
    /// The query itself: 400, 422 and other 4xx.
    #[error("Prometheus refuses the query with status {status}: {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// It has trouble of its own: 429 and 5xx.
    #[error("Prometheus answers with status {status}: {message}")]
    Unavailable {
        /// The HTTP status.
        status: u16,
        /// What it says.
        message: String,
        /// How long it wants to be left alone: its `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// It is somewhere else.
    #[error("Prometheus is not at this address but at `{location}`: use that one")]
    Moved {
        /// Where.
        location: String,
    },
    /// More than anybody wants to read.
    #[error("the answer has more than {bytes_max} bytes: aggregate in the query")]
    TooLarge {
        /// The limit.
        bytes_max: usize,
    },
    /// Not what Prometheus answers.
    #[error("the answer is not one of Prometheus: {what}")]
    Malformed {
        /// What is wrong.
        what: String,
    },
    /// The secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A secret that no header can hold.
    #[error("the token or password for Prometheus holds characters that cannot be sent")]
    UnusableSecret,
}

impl PrometheusError {
    /// Whether it may work later without anybody doing anything.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            PrometheusError::Unreachable { .. }
            | PrometheusError::TimedOut { .. }
            | PrometheusError::Unavailable { .. }
            | PrometheusError::Malformed { .. } => true,
            PrometheusError::Address { .. }
            | PrometheusError::Denied { .. }
            | PrometheusError::Refused { .. }
            | PrometheusError::Moved { .. }
            | PrometheusError::TooLarge { .. }
            | PrometheusError::Secret(_)
            | PrometheusError::UnusableSecret => false,
        }
    }

    /// The innermost reason says most; the address is left out, because its query is long.
    pub(crate) fn unreachable(error: &reqwest::Error) -> PrometheusError {
        let mut reason: &dyn std::error::Error = error;
        while let Some(source) = reason.source() {
            reason = source;
        }
        let what = if std::ptr::addr_eq(reason, error) {
            "the connection broke".to_owned()
        } else {
            shown(&reason.to_string())
        };
        PrometheusError::Unreachable { what }
    }

    /// How long the other side wants to be left alone.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            PrometheusError::Unavailable { retry_after, .. } => *retry_after,
            PrometheusError::Address { .. }
            | PrometheusError::Unreachable { .. }
            | PrometheusError::TimedOut { .. }
            | PrometheusError::Denied { .. }
            | PrometheusError::Refused { .. }
            | PrometheusError::Moved { .. }
            | PrometheusError::TooLarge { .. }
            | PrometheusError::Malformed { .. }
            | PrometheusError::Secret(_)
            | PrometheusError::UnusableSecret => None,
        }
    }

    pub(crate) fn of_status(
        status: u16,
        location: Option<&str>,
        retry_after: Option<&str>,
        body: &[u8],
    ) -> PrometheusError {
        let message = message_of(body);
        // A date is of a clock that may be wrong, and is hardly ever sent: only seconds are read.
        let retry_after = retry_after.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        match (status, location) {
            (401 | 403, _) => PrometheusError::Denied { status },
            (300..=399, Some(location)) => PrometheusError::Moved { location: shown(location) },
            (408 | 425 | 429 | 500..=599, _) => PrometheusError::Unavailable { status, message, retry_after },
            (400..=499, _) => PrometheusError::Refused { status, message },
            (_, _) => PrometheusError::Malformed { what: format!("its status is {status}") },
        }
    }
}

/// The `error` of Prometheus' JSON, else the text itself: proxies answer in HTML.
fn message_of(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Said {
        error: String,
    }
    let said = serde_json::from_slice::<Said>(body).map(|said| said.error);
    let text = said.unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned());
    if text.trim().is_empty() { "it does not say why".to_owned() } else { shown(&text) }
}

/// Text of the other side on one line, without what could trouble a terminal, and short.
pub(crate) fn shown(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|character: char| character.is_whitespace() || character.is_control()).collect();
    let line = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(TEXT_CHARS_MAX) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}
