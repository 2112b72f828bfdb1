//! Wall time in whole milliseconds UTC.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use heal_program::{Millis, Timestamp};

/// What the clock of the machine says. It may go back; whoever needs otherwise holds it against its last answer.
pub(crate) fn wall_now() -> Timestamp {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)),
        Err(before) => Timestamp(i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |span| -span)),
    }
}

/// A span to sleep for: nothing when it is over already.
pub(crate) fn duration_of(span: Millis) -> Duration {
    Duration::from_millis(u64::try_from(span.0).unwrap_or(0))
}
