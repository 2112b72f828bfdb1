//! Labels as text: canonical JSON in tables, `name{key="value"}` for people.

use std::borrow::Cow;

use crate::Labels;

/// Canonical JSON: an object of strings, sorted by name, without blanks.
pub(crate) fn labels_to_json(labels: &Labels) -> String {
    // A map of strings always has a JSON form.
    serde_json::to_string(labels).unwrap_or_default()
}

/// Reads labels, but only from their canonical form, so that equal labels are equal text to every reader.
pub(crate) fn labels_from_json(text: &str) -> Option<Labels> {
    let labels: Labels = serde_json::from_str(text).ok()?;
    (labels_to_json(&labels) == text).then_some(labels)
}

/// A series as people write it: `app.latency{service="checkout"}`, or the bare name when there are no labels.
#[must_use]
pub fn series_text(name: &str, labels: &Labels) -> String {
    if labels.is_empty() {
        return name.to_owned();
    }
    let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    format!("{name}{{{}}}", labels.join(", "))
}

/// A text from elsewhere as it may be shown on a terminal: control characters, and those that turn the direction of
/// writing, as escapes.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    let is_unsafe = |letter: char| {
        letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        if is_unsafe(letter) { shown.extend(letter.escape_default()) } else { shown.push(letter) }
    }
    Cow::Owned(shown)
}
