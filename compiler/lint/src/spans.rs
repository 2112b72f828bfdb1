//! Spans of time as messages show them.

use heal_program::Millis;

/// A span as it is written.
pub(crate) fn shown(span: Millis) -> String {
    span.written()
}
