//! Times of a test as people write them: spans since its start.

pub(crate) use heal_explain::{counted, exact, for_key, key_text};
use heal_program::{Millis, Timestamp};

/// `1h15m` after the start; `0s` for the start itself.
pub(crate) fn since(start: Timestamp, at: Timestamp) -> String {
    exact(at.since(start))
}

/// `1h..2h`, or one time where both are equal.
pub(crate) fn stretch(from: Millis, to: Millis) -> String {
    if from == to { exact(from) } else { format!("{}..{}", exact(from), exact(to)) }
}
