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

/// Words that the language reads as something else wherever a name could stand.
const NO_NAMES: [&str; 4] = ["false", "in", "null", "true"];

/// The name as which a policy can read a label that is called so elsewhere: this one, or with `_` for what no name has.
#[must_use]
pub fn label_name(text: &str) -> Cow<'_, str> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let is_first = |letter: char| letter.is_ascii_alphabetic() || letter == '_';
    if text.starts_with(is_first) && text.chars().all(is_letter) && !NO_NAMES.contains(&text) {
        return Cow::Borrowed(text);
    }
    let plain = text.chars().map(|letter| if is_letter(letter) { letter } else { '_' });
    // A digit cannot be first, and there is no name without a letter.
    let can_be_first = text.starts_with(|letter: char| !letter.is_ascii_digit()) && !NO_NAMES.contains(&text);
    let first = if can_be_first { "" } else { "_" };
    Cow::Owned(first.chars().chain(plain).collect())
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::label_name;

    #[test]
    fn what_no_name_has_is_an_underscore() {
        let cases = [
            ("service", "service"),
            ("_x9", "_x9"),
            ("Service", "Service"),
            ("interface-name", "interface_name"),
            ("größe", "gr__e"),
            ("9x", "_9x"),
            ("in", "_in"),
            ("", "_"),
            (" ", "_"),
        ];
        for (text, name) in cases {
            assert_eq!(label_name(text), name, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_name_stays_what_it_is(text in any::<String>()) {
            let name = label_name(&text).into_owned();
            prop_assert_eq!(label_name(&name), name.as_str());
        }
    }
}
