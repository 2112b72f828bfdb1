//! What was wrong at an error node: the place is read again by strict rules, and the answer put into words.

use heal_diagnostics::{Code, Diagnostic, TextRange};
use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};

use super::SYNTAX_ERRORS_MAX;
use super::grammar::{Grammar, Rule};
use super::reader::Reader;
use super::words::{Words, opened, words};
use crate::scan::{range, slice, text_end};

/// How far beyond an error its explanation looks.
const LOOK_AHEAD_BYTES: usize = 256;

/// Most characters of a token that a message shows.
const SHOWN_LENGTH_MAX: usize = 40;

/// Where reading stopped.
pub(super) struct Stop {
    /// The rule that was read.
    pub(super) strict: Rule,
    /// What could have come.
    pub(super) expected: Vec<Rule>,
    /// What came; empty at the end of the file.
    pub(super) found: TextRange,
    /// The token before; empty at the start of the file.
    pub(super) previous: TextRange,
}

impl Reader<'_> {
    /// Reports why `region` could not be read, by reading strictly from `from`, which is at or before it.
    pub(super) fn explain(&mut self, strict: Rule, from: u32, region: TextRange) {
        self.braces_lost |= slice(self.text, region).contains(['{', '}']);
        if self.error_count >= SYNTAX_ERRORS_MAX {
            self.error_count += 1;
            return;
        }
        let stop = self.stop(strict, from, region);
        let diagnostic = self.by_habit(&stop).unwrap_or_else(|| {
            let diagnostic = Diagnostic::error(Code::SYNTAX, self.file, stop.found, self.message(&stop));
            self.with_hints(diagnostic, &stop)
        });
        self.report(diagnostic);
    }

    fn stop(&self, strict: Rule, from: u32, region: TextRange) -> Stop {
        let rest = self.window(from, region.end);
        let (offset, expected) = match Grammar::parse(strict, rest) {
            Ok(_) => (0, Vec::new()),
            Err(error) => {
                let (InputLocation::Pos(at) | InputLocation::Span((at, _))) = error.location;
                match error.variant {
                    // What may not stand at a place is not what was expected there, but for types.
                    ErrorVariant::ParsingError { positives, negatives } if positives.is_empty() => {
                        let is_type =
                            negatives.iter().any(|rule| matches!(rule, Rule::field_start | Rule::by_start));
                        (at, if is_type { vec![Rule::type_name] } else { positives })
                    }
                    ErrorVariant::ParsingError { positives, .. } => (at, positives),
                    ErrorVariant::CustomError { .. } => (at, Vec::new()),
                }
            }
        };
        let expected = expected.into_iter().flat_map(opened).collect();
        let at = (from as usize + offset).max(region.start as usize);
        let (found, previous) = self.found(range(at, at).start);
        Stop { strict, expected, found, previous }
    }

    /// The text from an offset to a little beyond another. What pest does for an error costs as much as the text is
    /// long, so it must not see the rest of the file for each.
    pub(super) fn window(&self, from: u32, end: u32) -> &str {
        let rest = self.text.get(from as usize..).unwrap_or("");
        let mut length = (end.saturating_sub(from) as usize).saturating_add(LOOK_AHEAD_BYTES);
        while length < rest.len() && !rest.is_char_boundary(length) {
            length += 1;
        }
        rest.get(..length).unwrap_or(rest)
    }

    fn message(&self, stop: &Stop) -> String {
        let found = self.describe_found(stop.found);
        let expected = expected(&stop.expected);
        let after = self.describe_previous(stop.previous);
        match expected.split_last() {
            None => format!("this cannot be read: {found}"),
            Some((only, [])) => format!("expected {only}{after}, found {found}"),
            Some((last, others)) => format!("expected {} or {last}{after}, found {found}", others.join(", ")),
        }
    }

    pub(super) fn describe_found(&self, found: TextRange) -> String {
        let text = slice(self.text, found);
        match text.chars().next() {
            None => "the end of the file".to_owned(),
            Some(_) if text_end(text.as_bytes(), 0).is_some() => "a text".to_owned(),
            Some(one) if one.is_control() || one.is_whitespace() || is_invisible(one) => {
                format!("the character U+{:04X}", u32::from(one))
            }
            Some(_) => format!("`{}`", shortened(text)),
        }
    }

    fn describe_previous(&self, previous: TextRange) -> String {
        let text = slice(self.text, previous);
        match text.chars().next_back() {
            None => String::new(),
            Some('"' | '\'' | '`') => " after the text".to_owned(),
            Some(_) => format!(" after `{}`", shortened(text)),
        }
    }

    /// The token at an offset and the one before. At the end of the file, which may be lines below, the place right
    /// after the last token.
    pub(super) fn found(&self, offset: u32) -> (TextRange, TextRange) {
        let found = self.token_at(offset);
        let previous = self.token_before(found.start);
        let is_end = found.start == found.end;
        (if is_end { TextRange::new(previous.end, previous.end) } else { found }, previous)
    }

    /// The token at an offset, or the next one when blanks and comments stand there.
    fn token_at(&self, offset: u32) -> TextRange {
        let mut at = offset as usize;
        let rest = loop {
            let rest = self.text.get(at..).unwrap_or("");
            let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n', '\u{FEFF}']);
            at += rest.len() - trimmed.len();
            match trimmed.strip_prefix("//") {
                Some(comment) => at += 2 + comment.find('\n').unwrap_or(comment.len()),
                None => break trimmed,
            }
        };
        range(at, at + self.token_length(at, rest))
    }

    fn token_length(&self, at: usize, rest: &str) -> usize {
        let Some(first) = rest.chars().next() else { return 0 };
        if let Some(end) = text_end(self.text.as_bytes(), at) {
            return end - at;
        }
        if is_word(first) {
            let is_number = first.is_ascii_digit();
            let ends = |one: char| !(is_word(one) || is_number && matches!(one, '.' | '%'));
            return rest.find(ends).unwrap_or(rest.len());
        }
        let is_operator = OPERATORS.iter().any(|operator| rest.starts_with(operator));
        if is_operator { 2 } else { first.len_utf8() }
    }

    /// The token before an offset.
    fn token_before(&self, offset: u32) -> TextRange {
        let end = self.trimmed(TextRange::new(0, offset)).end as usize;
        let before = self.text.get(..end).unwrap_or("");
        let Some(last) = before.chars().next_back().filter(|one| *one != '\u{FEFF}') else {
            return range(0, 0);
        };
        if is_word(last) || last == '%' {
            let rest = before.trim_end_matches(|one| is_word(one) || matches!(one, '.' | '%'));
            let word = before.get(rest.len()..).unwrap_or("");
            let start = word.rfind("..").map_or(rest.len(), |dots| rest.len() + dots + 2);
            return range(rate_start(before, start).unwrap_or(start), end);
        }
        let is_operator = OPERATORS.iter().any(|operator| before.ends_with(operator));
        let length = if is_operator { 2 } else { last.len_utf8() };
        range(end - length, end)
    }
}

/// Where the rate starts whose unit of time starts at `start`: that of `5` in `5MiB/s`.
fn rate_start(text: &str, start: usize) -> Option<usize> {
    let amount = text.get(..start)?.strip_suffix('/')?;
    let rest = amount.trim_end_matches(|one| is_word(one) || matches!(one, '.' | '%'));
    amount.get(rest.len()..)?.starts_with(|one: char| one.is_ascii_digit()).then_some(rest.len())
}

/// Operators of two characters.
const OPERATORS: &[&str] = &["||", "&&", "==", "!=", "<=", ">=", "..", "->"];

/// What was expected, in words: each once, and ways to go on with a name or a call only where nothing else is.
fn expected(rules: &[Rule]) -> Vec<String> {
    let mut main = Vec::new();
    let mut further = Vec::new();
    for rule in rules {
        let (list, text) = match words(*rule) {
            Words::Main(text) => (&mut main, text.to_owned()),
            Words::Keyword(text) => (&mut main, format!("`{text}`")),
            Words::Further(text) => (&mut further, text.to_owned()),
            Words::None => continue,
        };
        if !list.contains(&text) {
            list.push(text);
        }
    }
    if main.is_empty() { further } else { main }
}

/// A token, cut where it gets too long for a message.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN_LENGTH_MAX) {
        Some((at, _)) => format!("{}...", text.get(..at).unwrap_or("")),
        None => text.to_owned(),
    }
}

fn is_word(one: char) -> bool {
    one.is_alphanumeric() || one == '_'
}

/// Characters that show nothing and are not blanks to the language.
fn is_invisible(one: char) -> bool {
    matches!(one, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}
