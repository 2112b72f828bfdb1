//! Times of a test as people write them: spans since its start.

use heal_engine::Labels;
use heal_program::{Millis, Timestamp};

/// `1h15m` after the start; `0s` for the start itself.
pub(crate) fn since(start: Timestamp, at: Timestamp) -> String {
    exact(at.since(start))
}

/// A span with all its parts: `1d2h3m4s`.
pub(crate) fn exact(span: Millis) -> String {
    const UNITS: [(u64, &str); 5] =
        [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")];
    if span.0 == 0 {
        return "0s".to_owned();
    }
    let mut rest = span.0.unsigned_abs();
    let mut text = if span.0 < 0 { "-".to_owned() } else { String::new() };
    for (size, name) in UNITS {
        let count = rest / size;
        rest %= size;
        if count > 0 {
            text.push_str(&format!("{count}{name}"));
        }
    }
    text
}

/// `1h..2h`, or one time where both are equal.
pub(crate) fn stretch(from: Millis, to: Millis) -> String {
    if from == to { exact(from) } else { format!("{}..{}", exact(from), exact(to)) }
}

/// `cart/a`; empty for no key.
pub(crate) fn key_text(labels: &Labels) -> String {
    labels.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join("/")
}

/// `leaking` or `leaking for cart/a`.
pub(crate) fn for_key(item: &str, labels: &Labels) -> String {
    if labels.is_empty() { item.to_owned() } else { format!("{item} for {}", key_text(labels)) }
}

/// `1 firing`, `2 firings`.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_keep_all_their_parts() {
        let shown = |milliseconds: i64| exact(Millis(milliseconds));
        assert_eq!([0, 4_500_000, 93_784_005].map(shown), ["0s", "1h15m", "1d2h3m4s5ms"]);
        assert_eq!(shown(i64::MIN), "-106751991167d7h12m55s808ms");
    }
}
