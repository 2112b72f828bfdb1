//! One line per event on standard error: a time, a level, a name, and `key=value` pairs.

use std::fmt::{Display, Write as _};
use std::io::Write as _;

use crate::clock::wall_now;

/// Longest value, in characters.
const VALUE_CHARS_MAX: usize = 1_000;

/// How much an event matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// As it should be.
    Info,
    /// Somebody should look at it.
    Warning,
    /// Something does not work.
    Error,
}

/// Writes an event. Values never hold a secret: errors name where one is kept and not what it is.
pub(crate) fn event(level: Level, name: &str, fields: &[(&str, &dyn Display)]) {
    let level = match level {
        Level::Info => "info",
        Level::Warning => "warning",
        Level::Error => "error",
    };
    let mut line = format!("{} {level} {name}", wall_now());
    for (key, value) in fields {
        let _ = write!(line, " {key}={}", quoted(&value.to_string()));
    }
    line.push('\n');
    // One write, so that lines of two threads do not mix; and nobody to tell when it fails.
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// As it is where that can be read, else in quotes; always on one line, and without what could trouble a terminal.
fn quoted(text: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "-_./:@+,;%#()[]{}".contains(character);
    if !text.is_empty() && text.chars().all(is_plain) && text.chars().count() <= VALUE_CHARS_MAX {
        return text.to_owned();
    }
    let mut quoted = "\"".to_owned();
    for (count, character) in text.chars().enumerate() {
        if count == VALUE_CHARS_MAX {
            quoted.push('…');
            break;
        }
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            other if other.is_control() => quoted.extend(other.escape_unicode()),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn values_stay_on_their_line() {
        assert_eq!(quoted("heal/leaks"), "heal/leaks");
        assert_eq!(quoted(""), "\"\"");
        assert_eq!(quoted("two words"), "\"two words\"");
        assert_eq!(quoted("a\n\"b\"\\\u{1b}[2J"), "\"a\\n\\\"b\\\"\\\\\\u{1b}[2J\"");
        assert!(quoted(&"x".repeat(5_000)).ends_with("x…\""));
    }
}
