//! How texts are written.

use std::fmt::Write;

/// A text as it should be written, from how it was written: in double quotes, but raw or in three quotes if it was so.
/// Escapes stay as they are, because somebody chose them.
pub(crate) fn requoted(written: &str) -> String {
    if written.starts_with("'''") {
        return written.to_owned();
    }
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

/// Whether a text is a name, and so needs no quotes where one is expected.
pub(crate) fn is_name(text: &str) -> bool {
    let is_word = |one: char| one.is_ascii_alphanumeric() || one == '_';
    let is_literal = matches!(text, "true" | "false" | "null" | "in");
    !is_literal && text.chars().all(is_word) && text.starts_with(|one: char| !one.is_ascii_digit())
}
