//! Times, spans and keys as people say them. All times are UTC and say so.

use heal_engine::Labels;
use heal_program::{Millis, Timestamp};

/// `2026-10-12 03:14 UTC`, with seconds only where there are some.
pub(crate) fn instant(at: Timestamp) -> String {
    format!("{} UTC", date_and_clock(at))
}

/// `2026-10-12 03:14`, in a column whose heading names the zone.
pub(crate) fn date_and_clock(at: Timestamp) -> String {
    let text = at.to_string();
    let text = text.strip_suffix('Z').unwrap_or(&text).replace('T', " ");
    match text.strip_suffix(":00") {
        Some(short) if at.0.rem_euclid(60_000) == 0 => short.to_owned(),
        Some(_) | None => text,
    }
}

/// A span as it is written in the language, with all its parts: `1h15m`.
#[must_use]
pub fn exact(span: Millis) -> String {
    span.written()
}

/// `cart/a`; empty for no key.
#[must_use]
pub fn key_text(labels: &Labels) -> String {
    labels.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join("/")
}

/// `leaking` or `leaking for cart/a`.
#[must_use]
pub fn for_key(item: &str, labels: &Labels) -> String {
    if labels.is_empty() { item.to_owned() } else { format!("{item} for {}", key_text(labels)) }
}

/// `1 run`, `2 runs`.
#[must_use]
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_keep_all_their_parts_and_times_leave_out_what_is_zero() {
        let shown = |milliseconds: i64| exact(Millis(milliseconds));
        assert_eq!([0, 4_500_000, 93_784_005].map(shown), ["0s", "1h15m", "1d2h3m4s5ms"]);
        assert_eq!(shown(i64::MIN), "-106751991167d7h12m55s808ms");
        assert_eq!(instant(Timestamp(1_394_767_860_000)), "2014-03-14 03:31 UTC");
        assert_eq!(instant(Timestamp(1_394_767_867_000)), "2014-03-14 03:31:07 UTC");
    }
}
