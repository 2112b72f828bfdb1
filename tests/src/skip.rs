//! Skipping a test aloud.

use std::io::Write;

/// Ends a test that lacks a component, saying which and why: `skip!("prometheus", "it is not installed")`.
///
/// With `HEAL_TEST_NO_SKIP=1` it fails instead, so that a machine meant to have everything cannot quietly lose a part.
#[macro_export]
macro_rules! skip {
    ($what:expr, $why:expr) => {{
        $crate::say_skipped($what, $why);
        return;
    }};
}

/// Says that something is skipped. Panics when nothing may be.
pub fn say_skipped(what: &str, why: &str) {
    let line = format!("skipped: {what} because {why}");
    assert!(std::env::var_os("HEAL_TEST_NO_SKIP").is_none(), "nothing may be skipped here, but {line}");
    say_aloud(&line);
}

/// Writes past the test runner's capture, which hides what passing tests print.
pub(crate) fn say_aloud(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
