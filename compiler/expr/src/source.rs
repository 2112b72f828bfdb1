//! The text that expressions were written in.

use heal_diagnostics::{FileId, TextRange};

/// A file and its text.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Which file.
    pub file: FileId,
    /// What it holds.
    pub text: &'a str,
}

impl<'a> Source<'a> {
    /// The text of a range as written; empty when the range is not one of this file.
    #[must_use]
    pub fn slice(self, range: TextRange) -> &'a str {
        self.text.get(range.start as usize..range.end as usize).unwrap_or("")
    }

    /// Where a part of a text stands in the file: `inner` counts from the beginning of what `literal`, quotes included,
    /// is written for. `None` where escapes make that unclear.
    #[must_use]
    pub fn inside(self, literal: TextRange, text: &str, inner: TextRange) -> Option<TextRange> {
        let written = self.slice(literal);
        let content = written.get(1..written.len().checked_sub(1)?)?;
        if content != text {
            return None;
        }
        let start = literal.start.checked_add(1)?;
        let at = |offset: u32| start.saturating_add(offset).min(literal.end.saturating_sub(1));
        // Something is underlined, also where what is wrong is the end.
        let (from, to) = (at(inner.start), at(inner.end));
        Some(if from < to {
            TextRange { start: from, end: to }
        } else {
            TextRange { start: from.saturating_sub(1), end: to }
        })
    }

    /// The text of a range on one line, for messages and explanations.
    #[must_use]
    pub fn line(self, range: TextRange) -> String {
        normalised(self.slice(range))
    }
}

/// `text` with comments left out and every run of blanks and line breaks made one blank. What stands between quotes
/// is kept as it is.
#[must_use]
pub fn normalised(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut blank = false;
    while let Some(character) = characters.next() {
        let comment = character == '/' && characters.peek() == Some(&'/');
        if comment {
            while characters.next_if(|next| *next != '\n').is_some() {}
        }
        if comment || character.is_whitespace() {
            blank = true;
            continue;
        }
        if blank && !result.is_empty() {
            result.push(' ');
        }
        blank = false;
        result.push(character);
        if matches!(character, '"' | '\'' | '`') {
            copy_quoted(character, &mut characters, &mut result);
        }
    }
    result
}

/// Copies up to and including the closing quote. Between backticks there are no escapes.
fn copy_quoted(quote: char, characters: &mut impl Iterator<Item = char>, result: &mut String) {
    while let Some(character) = characters.next() {
        result.push(character);
        if character == quote {
            return;
        }
        if character == '\\' && quote != '`' {
            result.extend(characters.next());
        }
    }
}
