//! When a failed request is made again: always after the same pauses, so that two runs do the same, or later where the
//! server says so.

use std::time::Duration;

use super::piece::is_too_much;
use crate::PrometheusError;

/// The first pause; each further one is twice as long.
const PAUSE_MIN: Duration = Duration::from_millis(250);

/// The longest pause. A server that reads its log after a crash may need minutes, and should not be asked all the time.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// The longest time that a server is left alone because it says so. One that wants more is asked again after this.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(300);

/// How often an answer that is none is asked for again: it may have been cut off, but more likely it is another server.
const MALFORMED_RETRIES_MAX: u32 = 2;

/// How long to wait after so many failures, the last of which was `error`; none when it is not tried again.
pub(super) fn pause_after(failures: u32, error: &PrometheusError, retries_max: u32) -> Option<Duration> {
    // Less of it is asked for at once instead.
    if !error.is_temporary() || is_too_much(error) {
        return None;
    }
    let is_malformed = matches!(error, PrometheusError::Malformed { .. });
    let retries_max = if is_malformed { retries_max.min(MALFORMED_RETRIES_MAX) } else { retries_max };
    let doubled = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
    let wanted = error.retry_after().unwrap_or_default().min(RETRY_AFTER_MAX);
    (failures <= retries_max).then(|| PAUSE_MIN.saturating_mul(doubled).min(PAUSE_MAX).max(wanted))
}
