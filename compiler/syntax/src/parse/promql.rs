//! What people write by habit of PromQL, and how it is written here.

use heal_diagnostics::{Diagnostic, Safety, TextRange};

use super::errors::Stop;
use super::grammar::Rule;
use super::reader::Reader;
use crate::scan::{find_bracket, range, slice, text_end};

/// Operators over the keys of a series that are called the same here.
const AGGREGATIONS: &[&str] = &["sum", "avg", "min", "max", "count", "stddev"];

impl Reader<'_> {
    /// The diagnostic of a stop in an expression of PromQL.
    pub(super) fn by_promql(&self, stop: &Stop) -> Option<Diagnostic> {
        if !stop.expected.contains(&Rule::operator) {
            return None;
        }
        match slice(self.text, stop.found) {
            "{" => self.selector(stop),
            "offset" => self.offset(stop),
            "by" | "without" => self.aggregation(stop),
            "unless" => Some(self.habit(stop.found, "there is no `unless`").with_help("write `&& !(...)`")),
            _ => None,
        }
    }

    /// `cpu{env="prod"}`
    fn selector(&self, stop: &Stop) -> Option<Diagnostic> {
        let closing = self.closing(stop.found)?;
        let written = slice(self.text, TextRange::new(stop.found.end, closing.start));
        let conditions: Vec<String> = written
            .split(',')
            .map(str::trim)
            .filter(|matcher| !matcher.is_empty())
            .map(condition)
            .collect::<Option<_>>()?;
        let conditions = conditions.join(" && ");
        if conditions.is_empty() {
            return None;
        }
        let place = TextRange::new(stop.found.start, closing.end);
        let message = "labels do not stand in braces behind a name";
        let help = format!(
            "choose in a policy, `where {conditions}`, or in the signal, behind what it is read `from`"
        );
        Some(self.habit(place, message).with_help(help))
    }

    /// `cpu offset 1h`
    fn offset(&self, stop: &Stop) -> Option<Diagnostic> {
        let (span, _) = self.found(stop.found.end);
        let written = slice(self.text, span);
        let diagnostic = self.habit(stop.found, "what a signal was before is read with `.lag`");
        let is_name =
            slice(self.text, stop.previous).starts_with(|one: char| one.is_alphabetic() || one == '_');
        let is_span = written.starts_with(|one: char| one.is_ascii_digit());
        if !is_name || !is_span {
            return Some(
                diagnostic
                    .with_help("such as `requests.lag(1h)`: a signal has a past, an expression has none"),
            );
        }
        let call = format!(".lag({written})");
        let place = TextRange::new(stop.previous.end, span.end);
        Some(diagnostic.with_fix(format!("write `{call}`"), Safety::Unsafe, place, call))
    }

    /// `sum by (zone) (errors)`, `sum(errors) by (zone)`
    fn aggregation(&self, stop: &Stop) -> Option<Diagnostic> {
        let is_by = slice(self.text, stop.found) == "by";
        let (list, names) = self.in_brackets(stop.found.end)?;
        let parts = if slice(self.text, stop.previous) == ")" {
            self.before_brackets(stop.previous.end).map(|(word, inner)| (word, inner, list.end))
        } else {
            self.in_brackets(list.end).map(|(whole, inner)| (stop.previous, inner, whole.end))
        };
        let (word, inner, end) = parts?;
        let function = slice(self.text, word);
        if !AGGREGATIONS.contains(&function) {
            return None;
        }
        let message =
            format!("`{function}` is called on what it reads, and says by what keys in its brackets");
        let diagnostic = self.habit(stop.found, message);
        if !is_by {
            let help = format!("the keys that remain are named: `.{function}(by: [...])`");
            return Some(diagnostic.with_help(help));
        }
        let is_simple = |one: char| one.is_alphanumeric() || matches!(one, '_' | '.');
        let read = if inner.chars().all(is_simple) { inner.to_owned() } else { format!("({inner})") };
        let text = format!("{read}.{function}(by: [{names}])");
        let place = TextRange::new(word.start, end);
        if inner.is_empty() || text.contains('\n') {
            return Some(diagnostic.with_help(format!("write it like `errors.{function}(by: [{names}])`")));
        }
        Some(diagnostic.with_fix(format!("write `{text}`"), Safety::Unsafe, place, text))
    }

    /// The round brackets that open at an offset, blanks before them aside, and what is in them.
    fn in_brackets(&self, offset: u32) -> Option<(TextRange, &str)> {
        let (opening, _) = self.found(offset);
        if slice(self.text, opening) != "(" {
            return None;
        }
        let closing = self.closing(opening)?;
        let inner = slice(self.text, TextRange::new(opening.end, closing.start)).trim();
        Some((TextRange::new(opening.start, closing.end), inner))
    }

    /// The word before the round brackets that close at an offset, and what is in them.
    fn before_brackets(&self, end: u32) -> Option<(TextRange, &str)> {
        let before = self.before(end);
        let from = (end as usize).checked_sub(before.len())?;
        // The nearest bracket that closes where these do.
        let (at, _) = before.rmatch_indices('(').find(|(at, _)| {
            let opening = range(from + at, from + at + 1);
            self.closing(opening).is_some_and(|closing| closing.end == end)
        })?;
        let opening = range(from + at, from + at + 1);
        let (_, word) = self.found(opening.start);
        let inner = slice(self.text, TextRange::new(opening.end, end.checked_sub(1)?)).trim();
        Some((word, inner))
    }

    /// Where the bracket closes that opens at a place, if it does near enough for one expression.
    fn closing(&self, opening: TextRange) -> Option<TextRange> {
        let (open, close) = match slice(self.text, opening) {
            "(" => ('(', ')'),
            "{" => ('{', '}'),
            _ => return None,
        };
        // What is looked at for each bracket does not grow with the file.
        let text = self.window(opening.start, opening.end);
        let (mut depth, mut at) = (1_usize, 1);
        loop {
            let end = find_bracket(text, close, at)?;
            match find_bracket(text, open, at) {
                Some(further) if further < end => (depth, at) = (depth + 1, further + 1),
                Some(_) | None if depth == 1 => {
                    let end = opening.start.checked_add(end)?;
                    return Some(TextRange::new(end, end.checked_add(1)?));
                }
                Some(_) | None => (depth, at) = (depth - 1, end + 1),
            }
        }
    }
}

/// `env="prod"` as it is written here.
fn condition(matcher: &str) -> Option<String> {
    let (at, operator) = ["=~", "!~", "!=", "="]
        .into_iter()
        .filter_map(|operator| matcher.find(operator).map(|at| (at, operator)))
        .min_by_key(|(at, _)| *at)?;
    let label = matcher.get(..at)?.trim();
    let value = matcher.get(at + operator.len()..)?.trim();
    let is_label = !label.is_empty() && label.chars().all(|one| one.is_alphanumeric() || one == '_');
    let is_text = text_end(value.as_bytes(), 0) == Some(value.len());
    if !is_label || !is_text {
        return None;
    }
    Some(match operator {
        "=~" => format!("{label}.{}", matches_all(value)?),
        "!~" => format!("!{label}.{}", matches_all(value)?),
        "!=" => format!("{label} != {value}"),
        _ => format!("{label} == {value}"),
    })
}

/// The call that matches a pattern of PromQL, which is anchored at both ends, in the quotes that it is written in.
pub(super) fn matches_all(written: &str) -> Option<String> {
    if text_end(written.as_bytes(), 0) != Some(written.len()) {
        return None;
    }
    let quoted = written.trim_start_matches(['r', 'R']);
    let quote = quoted.chars().next().filter(|one| matches!(one, '"' | '\'' | '`'))?;
    let triple = quote.to_string().repeat(3);
    let quotes = if quote != '`' && quoted.len() >= 6 && quoted.starts_with(&triple) { 3 } else { 1 };
    let (opening, rest) = quoted.split_at_checked(quotes)?;
    let pattern = rest.strip_suffix(opening)?;
    let prefix = written.strip_suffix(quoted)?;
    Some(format!("matches({prefix}{opening}^(?:{pattern})${opening})"))
}
