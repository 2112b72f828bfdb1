//! Findings that are allowed for a time: `// heal: allow(HEAL0902) until 2027-01-31 because "renamed in January"`.
//!
//! At the end of a line it is about that line; on a line of its own about the item that begins in the next line, else
//! about that line. It names codes of warnings, a last day and a reason: a warning that is off for ever is a rule that
//! nobody has decided on.

use std::ops::Range;

use heal_check::SourceUnit;
use heal_diagnostics::{CODES, Code, Diagnostic, Safety, Severity, TextRange, read_code};
use heal_syntax::tree::Comment;

use crate::{Day, linted::is_external};

/// How it is written, for messages.
const FORM: &str = "write `// heal: allow(HEAL0902) until 2027-01-31 because \"why\"`";

/// Takes out what is allowed, and adds what is wrong with what allows: not written as it must be, expired, or about
/// nothing. Without `today` none has expired. `linted` says whether all rules have run: otherwise what one allows may
/// not have been found yet.
#[must_use]
pub fn settle(
    units: &[SourceUnit<'_>],
    today: Option<Day>,
    linted: bool,
    mut diagnostics: Vec<Diagnostic>,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for unit in units.iter().filter(|unit| !is_external(unit)) {
        for comment in &unit.tree.comments {
            match read(unit, comment) {
                None => {}
                Some(Err(wrong)) => found.push(*wrong),
                Some(Ok(allow)) if today.is_some_and(|today| today > allow.until) => {
                    found.push(expired(unit, comment, &allow));
                }
                Some(Ok(allow)) => {
                    let unused = take_out(unit, &allow, &mut diagnostics);
                    if linted {
                        found.extend(unused.iter().map(|code| idle(unit, comment, &allow, code)));
                    }
                }
            }
        }
    }
    diagnostics.extend(found);
    diagnostics
}

/// An allowance that is written as it must be.
struct Allow {
    codes: Vec<(Code, TextRange)>,
    until: Day,
    until_range: TextRange,
    /// What it is about.
    target: Range<u32>,
}

/// Removes what an allowance is about, and gives the codes of which there was none.
fn take_out(
    unit: &SourceUnit<'_>,
    allow: &Allow,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(Code, TextRange)> {
    let is_about = |diagnostic: &Diagnostic, code: Code| {
        let primary = &diagnostic.primary;
        diagnostic.code == code
            && diagnostic.severity == Severity::Warning
            && primary.file == unit.file
            && allow.target.contains(&primary.range.start)
    };
    let is_unused = |(code, _): &&(Code, TextRange)| !diagnostics.iter().any(|it| is_about(it, *code));
    let unused = allow.codes.iter().filter(is_unused).copied().collect();
    diagnostics.retain(|diagnostic| !allow.codes.iter().any(|(code, _)| is_about(diagnostic, *code)));
    unused
}

fn expired(unit: &SourceUnit<'_>, comment: &Comment, allow: &Allow) -> Diagnostic {
    let codes: Vec<String> = allow.codes.iter().map(|(code, _)| format!("`{code}`")).collect();
    let message = format!("{} was allowed here until {}", codes.join(", "), allow.until);
    Diagnostic::warning(Code::EXPIRED_ALLOWANCE, unit.file, allow.until_range, message)
        .with_help("mend what it allows, or decide again: until when, and why")
        .with_fix("remove it", Safety::Unsafe, removal(unit.text, comment), "")
}

fn idle(
    unit: &SourceUnit<'_>,
    comment: &Comment,
    allow: &Allow,
    (code, range): &(Code, TextRange),
) -> Diagnostic {
    let message = format!("`{code}` is allowed here, and nothing here has it");
    let diagnostic = Diagnostic::warning(Code::IDLE_ALLOWANCE, unit.file, *range, message);
    if allow.codes.len() > 1 {
        return diagnostic.with_help("take the code out of the list");
    }
    diagnostic.with_fix("remove it", Safety::Safe, removal(unit.text, comment), "")
}

/// A comment with the blanks before it, and with its line when nothing else is on it.
fn removal(text: &str, comment: &Comment) -> TextRange {
    let (start, end) = (comment.range.start as usize, comment.range.end as usize);
    let before = text.get(..start).unwrap_or("");
    let kept = before.trim_end_matches([' ', '\t']);
    let is_alone = kept.is_empty() || kept.ends_with('\n');
    let line_end = usize::from(is_alone && text.get(end..).is_some_and(|after| after.starts_with('\n')));
    TextRange::new(to_u32(kept.len()), to_u32(end + line_end))
}

/// The allowance of a comment: none when it is an ordinary one, an error when it is not written as it must be.
fn read(unit: &SourceUnit<'_>, comment: &Comment) -> Option<Result<Allow, Box<Diagnostic>>> {
    let body = comment.text.strip_prefix("//")?;
    let rest = body.trim_start().strip_prefix("heal:")?;
    let mut cursor = Cursor { unit, at: comment.range.end - to_u32(rest.len()), rest };
    Some(cursor.allow(comment).map_err(Box::new))
}

/// Where reading is in a comment.
struct Cursor<'a> {
    unit: &'a SourceUnit<'a>,
    rest: &'a str,
    at: u32,
}

impl<'a> Cursor<'a> {
    fn allow(&mut self, comment: &Comment) -> Result<Allow, Diagnostic> {
        self.word("allow", "only `allow` can follow `heal:`")?;
        self.word("(", "the codes stand in brackets")?;
        let mut codes = Vec::new();
        loop {
            let (text, range) = self.until([',', ')']);
            codes.push((self.code(text, range)?, range));
            if self.rest.starts_with(')') {
                break;
            }
            self.word(",", "the brackets are not closed")?;
        }
        self.word(")", "the brackets are not closed")?;
        self.word("until", "the last day is missing")?;
        let (text, until_range) = self.until([' ', '\t']);
        let until =
            Day::read(text).ok_or_else(|| self.wrong(until_range, &format!("`{text}` is not a day")))?;
        self.word("because", "the reason is missing")?;
        self.blanks();
        let reason = self.rest.trim();
        let quoted = reason.strip_prefix('"').and_then(|reason| reason.strip_suffix('"'));
        if quoted.is_none_or(|reason| reason.trim().is_empty()) {
            let range = TextRange::new(self.at, comment.range.end);
            return Err(self.wrong(range, "a reason is a text in quotes, and says something"));
        }
        Ok(Allow { codes, until, until_range, target: target(self.unit, comment) })
    }

    /// A code of a warning.
    fn code(&self, text: &str, range: TextRange) -> Result<Code, Diagnostic> {
        let code = read_code(text).filter(|code| CODES.iter().any(|info| info.code == *code));
        let Some(code) = code else { return Err(self.wrong(range, &format!("`{text}` is not a code"))) };
        if matches!(code, Code::BAD_ALLOWANCE | Code::EXPIRED_ALLOWANCE | Code::IDLE_ALLOWANCE) {
            return Err(self.wrong(range, &format!("`{code}` is about what is allowed, and cannot be")));
        }
        if code < Code::UNUSED_ITEM {
            return Err(self.wrong(range, &format!("`{code}` is an error, and only warnings can be allowed")));
        }
        Ok(code)
    }

    /// Goes over a word and the blanks before it.
    fn word(&mut self, word: &str, otherwise: &str) -> Result<(), Diagnostic> {
        self.blanks();
        if !self.rest.starts_with(word) {
            let found = self.rest.chars().next().map_or(0, char::len_utf8);
            return Err(self.wrong(TextRange::new(self.at, self.at + to_u32(found)), otherwise));
        }
        self.skip(word.len());
        Ok(())
    }

    /// The text before one of `ends`, without blanks around it.
    fn until(&mut self, ends: [char; 2]) -> (&'a str, TextRange) {
        self.blanks();
        let length = self.rest.find(ends).unwrap_or(self.rest.len());
        let text = self.rest.get(..length).unwrap_or("").trim_end();
        let range = TextRange::new(self.at, self.at + to_u32(text.len()));
        self.skip(length);
        (text, range)
    }

    fn blanks(&mut self) {
        self.skip(self.rest.len() - self.rest.trim_start().len());
    }

    fn skip(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or("");
        self.at += to_u32(length);
    }

    fn wrong(&self, range: TextRange, message: &str) -> Diagnostic {
        Diagnostic::warning(Code::BAD_ALLOWANCE, self.unit.file, range, message).with_help(FORM)
    }
}

/// What an allowance is about.
fn target(unit: &SourceUnit<'_>, comment: &Comment) -> Range<u32> {
    let text = unit.text;
    let (start, end) = (comment.range.start as usize, comment.range.end as usize);
    let line_start = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let is_alone = text.get(line_start..start).is_none_or(|before| before.trim().is_empty());
    if !is_alone {
        return to_u32(line_start)..comment.range.end;
    }
    let mut at = end;
    for line in text.get(end..).unwrap_or("").split_inclusive('\n') {
        let code = line.trim();
        if !code.is_empty() && !code.starts_with("//") {
            let line = to_u32(at)..to_u32(at + line.len());
            let item = unit.tree.items.iter().find(|item| line.contains(&item.range.start));
            return item.map_or(line, |item| item.range.start..item.range.end);
        }
        at += line.len();
    }
    comment.range.end..comment.range.end
}

fn to_u32(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
