//! Waiting for something to become true.

use std::thread;
use std::time::{Duration, Instant};

/// How long to sleep between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks until `condition` gives a value, and returns it. Panics with `what` when `timeout` has passed.
#[track_caller]
pub fn wait_until<T>(what: &str, timeout: Duration, mut condition: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(start.elapsed() < timeout, "waited {timeout:?} in vain for: {what}");
        thread::sleep(PAUSE);
    }
}
