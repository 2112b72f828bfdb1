//! Texts: quotes and escapes.

use heal_diagnostics::{Code, Diagnostic, Safety, TextRange};
use pest::iterators::Pair;

use super::children::Children;
use super::grammar::Rule;
use super::reader::Reader;
use crate::scan::range;
use crate::tree::Spanned;

impl<'text> Reader<'text> {
    /// The next child, which is a text.
    pub(super) fn next_text(&mut self, children: &mut Children<'text>) -> Option<Spanned<String>> {
        children.one(Rule::text).map(|pair| self.text(&pair))
    }

    /// A text without its quotes, its escapes replaced.
    pub(super) fn text(&mut self, pair: &Pair<'text, Rule>) -> Spanned<String> {
        let (start, end) = self.span(pair);
        let place = range(start, end);
        let written = pair.as_str();
        let at = written.find(['"', '\'', '`']).unwrap_or(0);
        let (letters, quoted) = written.split_at_checked(at).unwrap_or(("", written));
        if letters.starts_with(['b', 'B']) {
            let letter = TextRange::new(place.start, place.start + 1);
            let diagnostic =
                Diagnostic::error(Code::BAD_LITERAL, self.file, letter, "there are no bytes in Heal");
            self.report(diagnostic.with_fix("write a text", Safety::Unsafe, letter, ""));
        }
        let is_verbatim = letters.ends_with(['r', 'R']) || quoted.starts_with('`');
        let quote = quote(quoted);
        let rest = quoted.get(quote.len()..).unwrap_or("");
        let inner = rest.strip_suffix(quote).filter(|inner| is_verbatim || !ends_escaped(inner));
        if inner.is_none() {
            self.unclosed_text(quote, place, at, rest);
        }
        let inner = inner.unwrap_or(rest);
        let value =
            if is_verbatim { inner.to_owned() } else { self.unescaped(inner, start + at + quote.len()) };
        Spanned { value, range: place }
    }

    fn unclosed_text(&mut self, quote: &str, place: TextRange, letters: usize, rest: &str) {
        self.braces_lost |= rest.contains(['{', '}']);
        let at = range(letters, letters + quote.len());
        let opening = TextRange::new(place.start + at.start, place.start + at.end);
        let end = self.trimmed(place).end;
        let end = TextRange::new(end, end);
        let title = match quote {
            "`" => "close it; no line of a raw text may begin at the margin".to_owned(),
            "\"" | "'" => format!("close it on the same line with {quote}"),
            _ => "close it; no line of a text may begin at the margin".to_owned(),
        };
        let message = format!("the text that begins here has no closing {quote}");
        let diagnostic = Diagnostic::error(Code::SYNTAX, self.file, opening, message);
        self.report(diagnostic.with_fix(title, Safety::Unsafe, end, quote));
    }

    /// Replaces escapes; one that means nothing is reported and left out. `start` is the offset of `inner`.
    fn unescaped(&mut self, inner: &str, start: usize) -> String {
        let mut value = String::with_capacity(inner.len());
        let mut rest = inner;
        while let Some(at) = rest.find('\\') {
            let (plain, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
            value.push_str(plain);
            let (length, meaning) = escape(tail);
            match meaning {
                Some(meaning) => value.push(meaning),
                None => {
                    let from = start + (inner.len() - tail.len());
                    let written = tail.get(..length).unwrap_or("");
                    let message = format!("`{written}` is not an escape");
                    let place = range(from, from + length);
                    let diagnostic = Diagnostic::error(Code::BAD_LITERAL, self.file, place, message);
                    self.report(
                        diagnostic.with_help("for a backslash write `\\\\`, or put the text in backticks"),
                    );
                }
            }
            rest = tail.get(length..).unwrap_or("");
        }
        value.push_str(rest);
        value
    }
}

/// What a text opens with.
fn quote(text: &str) -> &'static str {
    const QUOTES: &[&str] = &["\"\"\"", "'''", "\"", "'", "`"];
    QUOTES.iter().find(|quote| text.starts_with(**quote)).copied().unwrap_or("\"")
}

/// Whether a text ends in a backslash that escapes what follows.
fn ends_escaped(text: &str) -> bool {
    text.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

/// Length and meaning of the escape that `text` begins with.
fn escape(text: &str) -> (usize, Option<char>) {
    let Some(kind) = text.chars().nth(1) else { return (text.len(), None) };
    let simple = match kind {
        'a' => Some('\u{7}'),
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'v' => Some('\u{b}'),
        '\\' | '?' | '"' | '\'' | '`' => Some(kind),
        _ => None,
    };
    if simple.is_some() {
        return (2, simple);
    }
    let (skipped, digits, radix) = match kind {
        'x' | 'X' => (2, 2, 16),
        'u' => (2, 4, 16),
        'U' => (2, 8, 16),
        '0'..='3' => (1, 3, 8),
        _ => return (1 + kind.len_utf8(), None),
    };
    let body: String =
        text.chars().skip(skipped).take(digits).take_while(|one| one.is_digit(radix)).collect();
    let value = if body.len() == digits { u32::from_str_radix(&body, radix).ok() } else { None };
    (skipped + body.len(), value.and_then(char::from_u32))
}
