//! Findings that are allowed for a time: `// heal: allow(HEAL0902) until 2027-01-31 because "renamed in January"`.
//!
//! At the end of a line it is about that line; on a line of its own about the item that begins in the next line, else
//! about that line. It names codes of warnings, a last day and a reason: a warning that is off for ever is a rule that
//! nobody has decided on.

use std::{cell::OnceCell, collections::BTreeMap, ops::Range};

use heal_check::SourceUnit;
use heal_diagnostics::{CODES, Code, Diagnostic, FileId, Label, Safety, Severity, TextRange, read_code};
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
    let mut warnings = Warnings::of(&diagnostics);
    for unit in units.iter().filter(|unit| !is_external(unit)) {
        let code_lines = OnceCell::new();
        for comment in &unit.tree.comments {
            match read(unit, &code_lines, comment) {
                None => {}
                Some(Err(wrong)) => found.push(*wrong),
                Some(Ok(allow)) if today.is_some_and(|today| today > allow.until) => {
                    found.push(expired(unit, comment, &allow));
                }
                Some(Ok(allow)) => {
                    let unused = warnings.take_out(unit, &allow);
                    if linted {
                        found.extend(unused.iter().map(|code| idle(unit, comment, &allow, code)));
                    }
                }
            }
        }
    }
    let mut allowed = warnings.allowed.into_iter();
    diagnostics.retain(|_| !allowed.next().unwrap_or(false));
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

/// The warnings among diagnostics, by place: there may be as many allowances.
struct Warnings {
    /// By file, code and place; those of one place at their positions among the diagnostics.
    by_place: BTreeMap<(FileId, Code, u32), Vec<usize>>,
    /// Of each diagnostic whether it is allowed.
    allowed: Vec<bool>,
}

impl Warnings {
    fn of(diagnostics: &[Diagnostic]) -> Warnings {
        let mut by_place: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (at, diagnostic) in diagnostics.iter().enumerate() {
            if diagnostic.severity == Severity::Warning {
                let Label { file, range, .. } = &diagnostic.primary;
                by_place.entry((*file, diagnostic.code, range.start)).or_default().push(at);
            }
        }
        Warnings { by_place, allowed: vec![false; diagnostics.len()] }
    }

    /// Notes what an allowance is about, and gives the codes of which there is none.
    fn take_out(&mut self, unit: &SourceUnit<'_>, allow: &Allow) -> Vec<(Code, TextRange)> {
        let about: Vec<Vec<usize>> =
            allow.codes.iter().map(|(code, _)| self.left(unit, allow, *code)).collect();
        for at in about.iter().flatten() {
            if let Some(allowed) = self.allowed.get_mut(*at) {
                *allowed = true;
            }
        }
        let unused = allow.codes.iter().zip(&about).filter(|(_, about)| about.is_empty());
        unused.map(|(code, _)| *code).collect()
    }

    /// The warnings of a code that an allowance is about, without those that another one has taken out.
    fn left(&self, unit: &SourceUnit<'_>, allow: &Allow, code: Code) -> Vec<usize> {
        let Range { start, end } = allow.target;
        let places = (unit.file, code, start)..(unit.file, code, end.max(start));
        let positions = self.by_place.range(places).flat_map(|(_, positions)| positions);
        positions.filter(|at| self.allowed.get(**at) == Some(&false)).copied().collect()
    }
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
fn read(
    unit: &SourceUnit<'_>,
    code_lines: &CodeLines,
    comment: &Comment,
) -> Option<Result<Allow, Box<Diagnostic>>> {
    let body = comment.text.strip_prefix("//")?;
    let rest = body.trim_start().strip_prefix("heal:")?;
    let mut cursor = Cursor { unit, code_lines, at: comment.range.end - to_u32(rest.len()), rest };
    Some(cursor.allow(comment))
}

/// Where reading is in a comment.
struct Cursor<'a> {
    unit: &'a SourceUnit<'a>,
    code_lines: &'a CodeLines,
    rest: &'a str,
    at: u32,
}

impl<'a> Cursor<'a> {
    fn allow(&mut self, comment: &Comment) -> Result<Allow, Box<Diagnostic>> {
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
        Ok(Allow { codes, until, until_range, target: target(self.unit, self.code_lines, comment) })
    }

    /// A code of a warning.
    fn code(&self, text: &str, range: TextRange) -> Result<Code, Box<Diagnostic>> {
        let code = read_code(text).filter(|code| CODES.iter().any(|info| info.code == *code));
        let Some(code) = code else {
            return Err(self.wrong(range, &format!("`{text}` is not a code")));
        };
        if matches!(code, Code::BAD_ALLOWANCE | Code::EXPIRED_ALLOWANCE | Code::IDLE_ALLOWANCE) {
            return Err(self.wrong(range, &format!("`{code}` is about what is allowed, and cannot be")));
        }
        // What is proved of the graph is a warning, too, where it is not certain to fail.
        let is_proof = (Code::HEALING_LOOP..=Code::WITHHELD_ALWAYS).contains(&code);
        if code < Code::UNUSED_ITEM && !is_proof {
            return Err(self.wrong(range, &format!("`{code}` is an error, and only warnings can be allowed")));
        }
        Ok(code)
    }

    /// Goes over a word and the blanks before it.
    fn word(&mut self, word: &str, otherwise: &str) -> Result<(), Box<Diagnostic>> {
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

    fn wrong(&self, range: TextRange, message: &str) -> Box<Diagnostic> {
        Box::new(Diagnostic::warning(Code::BAD_ALLOWANCE, self.unit.file, range, message).with_help(FORM))
    }
}

/// The lines of a file with something besides comments on them; counted once it is known that they are asked for.
type CodeLines = OnceCell<Vec<Range<u32>>>;

fn code_lines(text: &str) -> Vec<Range<u32>> {
    let mut at = 0;
    let mut lines = Vec::new();
    for line in text.split_inclusive('\n') {
        let code = line.trim();
        if !code.is_empty() && !code.starts_with("//") {
            lines.push(to_u32(at)..to_u32(at + line.len()));
        }
        at += line.len();
    }
    lines
}

/// What an allowance is about.
fn target(unit: &SourceUnit<'_>, lines: &CodeLines, comment: &Comment) -> Range<u32> {
    let (start, end) = (comment.range.start, comment.range.end);
    let before = unit.text.get(..start as usize).unwrap_or("");
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let is_alone = before.get(line_start..).is_none_or(|before| before.trim().is_empty());
    if !is_alone {
        return to_u32(line_start)..end;
    }
    let lines = lines.get_or_init(|| code_lines(unit.text));
    let Some(line) = lines.get(lines.partition_point(|line| line.start < end)) else { return end..end };
    let items = &unit.tree.items;
    let item = items.get(items.partition_point(|item| item.range.start < line.start));
    let item = item.filter(|item| line.contains(&item.range.start));
    item.map_or(line.clone(), |item| item.range.start..item.range.end)
}

fn to_u32(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
