//! How texts are written.

use std::fmt::Write;

/// A text as it should be written, from how it was written: in double quotes, or raw if it was raw. Escapes stay as
/// they are, because somebody chose them.
pub(crate) fn requoted(written: &str) -> String {
    let inner = written.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    let Some(inner) = inner else { return written.to_owned() };
    let mut text = String::with_capacity(written.len());
    text.push('"');
    let mut characters = inner.chars();
    while let Some(one) = characters.next() {
        match one {
            '"' => text.push_str("\\\""),
            '\\' => match characters.next() {
                Some('\'') => text.push('\''),
                Some(escaped) => text.extend(['\\', escaped]),
                None => text.push('\\'),
            },
            _ => text.push(one),
        }
    }
    text.push('"');
    text
}

/// A value in double quotes, on one line.
pub(crate) fn quoted(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for one in value.chars() {
        match one {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            // Writing to a string cannot fail.
            _ if one.is_control() => drop(write!(text, "\\u{:04X}", u32::from(one))),
            _ => text.push(one),
        }
    }
    text.push('"');
    text
}
