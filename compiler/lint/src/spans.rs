//! Spans of time as messages show them.

use heal_program::Millis;

/// A span in the largest unit that it is a whole number of.
pub(crate) fn shown(span: Millis) -> String {
    const UNITS: [(i64, &str); 4] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    let whole = UNITS.iter().find(|(unit, _)| span.0 >= *unit && span.0 % unit == 0);
    whole.map_or_else(|| format!("{}ms", span.0), |(unit, name)| format!("{}{name}", span.0 / unit))
}
