//! Spans of time in `heal.toml`: `15m`, `1h30m`, as in the language.

use heal_program::Millis;

use super::{Reader, Written};

/// The units of time, in milliseconds.
const UNITS: [(&str, i64); 6] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)];

/// Longest span that can be written: ten years.
const SPAN_MAX: i64 = 3_650 * 86_400_000;

impl Reader {
    /// A span of time, longer than nothing; one that is none is reported.
    pub(super) fn span(&mut self, Written { text, range }: Written) -> Option<Millis> {
        let span = parsed(&text);
        if span.is_none() {
            self.report(range, format!("`{text}` is no span of time"), "write it as `15m` or `1h30m`");
        }
        span
    }
}

/// The span that a text says, longer than nothing.
pub(super) fn parsed(text: &str) -> Option<Millis> {
    let mut total: i64 = 0;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let digits = rest.find(|it: char| !it.is_ascii_digit()).filter(|at| *at > 0)?;
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|it: char| it.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(*millis)?)?;
        rest = after;
    }
    (total > 0 && total <= SPAN_MAX).then_some(Millis(total))
}
