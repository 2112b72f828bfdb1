//! Marks of other languages: comments that begin otherwise, semicolons, texts without quotes.

use heal_diagnostics::{Code, Diagnostic, FileId, Safety, TextRange};

use super::errors::Stop;
use super::grammar::Rule;
use super::reader::Reader;
use crate::scan::{range, slice};

/// The diagnostic of what is a comment in another language: `# why`, `/* why */`.
pub(super) fn comment_elsewhere(file: FileId, text: &str, whole: TextRange) -> Diagnostic {
    let written = slice(text, whole);
    // One that is never closed goes on where nobody knows.
    let (mark, words) = match written.strip_prefix("/*") {
        Some(words) => ("/*", words.strip_suffix("*/")),
        None => ("#", Some(written.trim_start_matches('#'))),
    };
    let start = whole.start as usize;
    let message = format!("a comment begins with `//`, and not with `{mark}`");
    let diagnostic = Diagnostic::error(Code::SYNTAX, file, range(start, start + mark.len()), message);
    let line = text.get(whole.end as usize..).unwrap_or("").split('\n').next().unwrap_or("");
    let is_one_line = !written.contains('\n') && line.trim().is_empty();
    let Some(words) = words.filter(|_| is_one_line) else {
        return diagnostic
            .with_help("a comment goes to the end of its line: begin each line of it with `//`");
    };
    let comment = format!("// {}", words.trim());
    diagnostic.with_fix("write `//`", Safety::Safe, whole, comment.trim_end())
}

impl Reader<'_> {
    /// The diagnostic of a stop at a mark of another language.
    pub(super) fn by_mark(&self, stop: &Stop) -> Option<Diagnostic> {
        self.semicolon(stop).or_else(|| self.bare_text(stop))
    }

    /// `severity critical;`
    fn semicolon(&self, stop: &Stop) -> Option<Diagnostic> {
        if slice(self.text, stop.found) != ";" {
            return None;
        }
        let diagnostic = self
            .habit(stop.found, "nothing stands between statements, or between items: the `;` is too much");
        let before = self.before(stop.found.start).chars().next_back();
        let after = self.text.get(stop.found.end as usize..).unwrap_or("");
        let is_number = before.is_some_and(|one| one.is_ascii_digit());
        if is_number && after.starts_with(|one: char| one.is_alphanumeric()) {
            return Some(
                diagnostic.with_help("a number stands together, with its unit: `1000`, `1.5`, `5m`"),
            );
        }
        // Without the sign what stands behind it would go on with what stands before: `a;-b`, `a;(b)`, `a;[b]`.
        let next = after.trim_start_matches(|one: char| one.is_whitespace() || one == ';').chars().next();
        let begins = |one: char| one.is_alphabetic() || matches!(one, '_' | '}' | '/');
        if !next.is_none_or(begins) {
            return Some(diagnostic.with_help("leave it out, and say what stands behind it on its own"));
        }
        let text = self.apart(stop.found, "");
        Some(diagnostic.with_fix("leave the `;` out", Safety::Safe, stop.found, text))
    }

    /// `where env == prod`
    fn bare_text(&self, stop: &Stop) -> Option<Diagnostic> {
        let word = slice(self.text, stop.found);
        if stop.expected != [Rule::text] || slice(self.text, stop.previous) != "==" {
            return None;
        }
        // `eu-west-1` is three tokens.
        let rest = self.text.get(stop.found.start as usize..)?;
        let is_part = |one: char| one.is_alphanumeric() || matches!(one, '_' | '-' | '.' | '/');
        let word = rest.get(..rest.find(|one| !is_part(one)).unwrap_or(rest.len())).unwrap_or(word);
        if word.is_empty() {
            return None;
        }
        let start = stop.found.start as usize;
        let place = range(start, start + word.len());
        let diagnostic = self.habit(place, format!("a text stands in quotes: `\"{word}\"`"));
        Some(diagnostic.with_fix(format!("write `\"{word}\"`"), Safety::Safe, place, format!("\"{word}\"")))
    }
}
