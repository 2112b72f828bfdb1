//! What to write instead, where a mistake is a common one.

use heal_diagnostics::{Diagnostic, Safety, TextRange};

use super::errors::Stop;
use super::grammar::Rule;
use super::reader::Reader;
use super::suggest::nearest;
use super::words::{AN_ITEM, Words, block_of, words};
use crate::keywords::{EFFECTS, ITEM_KEYWORDS, QUALIFIERS, blocks_with, statements_of};
use crate::scan::slice;

/// What people write for an operator, and what it is called here.
const OPERATORS_ELSEWHERE: &[(&str, &str)] =
    &[("=", "=="), ("&", "&&"), ("|", "||"), ("and", "&&"), ("or", "||"), ("is", "=="), ("<>", "!=")];

/// Words that a part of a series in a test begins with.
const SEGMENTS: &[&str] = &["rising", "falling", "wave", "missing"];

/// Units that people may put a blank before.
const UNITS: &[&str] = &[
    "ns", "us", "ms", "s", "m", "h", "d", "B", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB", "bit",
    "Kbit", "Mbit", "Gbit",
];

impl Reader<'_> {
    /// Adds at most one hint to the diagnostic of a stop.
    pub(super) fn with_hints(&self, diagnostic: Diagnostic, stop: &Stop) -> Diagnostic {
        let found = slice(self.text, stop.found);
        if let Some(hinted) = self.operator_elsewhere(&diagnostic, stop) {
            return hinted;
        }
        let candidates = candidates(&stop.expected);
        // A word of the language was most likely meant, if in a wrong place.
        let is_known = blocks_with(found).next().is_some();
        if !is_known && let Some(word) = nearest(found, candidates.iter().map(String::as_str)) {
            let title = format!("write `{word}`");
            return diagnostic.with_help(format!("did you mean `{word}`?")).with_fix(
                title,
                Safety::Safe,
                stop.found,
                word,
            );
        }
        if let Some(hinted) = self.word_before(&diagnostic, stop) {
            return hinted;
        }
        if stop.expected.contains(&Rule::kw_then) && SEGMENTS.contains(&found) {
            let title = format!("write `then {found}`");
            return diagnostic.with_help("the parts of a series follow each other with `then`").with_fix(
                title,
                Safety::Unsafe,
                stop.found,
                format!("then {found}"),
            );
        }
        if stop.expected.contains(&Rule::operator)
            && let Some(hinted) = self.operator_hint(&diagnostic, stop)
        {
            return hinted;
        }
        if slice(self.text, stop.previous) == "not" && stop.strict == Rule::strict_test_statements {
            return diagnostic.with_fix("write `no`", Safety::Unsafe, stop.previous, "no");
        }
        if slice(self.text, stop.previous) == "not" {
            return diagnostic.with_fix("write `!`", Safety::Unsafe, stop.previous, "!");
        }
        if found == "null" {
            return diagnostic.with_help("there is no `null`; `x.or(0)` replaces what is unknown");
        }
        self.statement_hint(diagnostic, stop, found)
    }

    /// A misspelt word is taken for a name where one can stand; then what follows it is what does not fit.
    fn word_before(&self, diagnostic: &Diagnostic, stop: &Stop) -> Option<Diagnostic> {
        let words = match (stop.strict, stop.expected.as_slice()) {
            (Rule::strict_entity_statements, [Rule::colon]) => statements_of("entity"),
            (Rule::strict_test_statements, [Rule::equals]) => EFFECTS,
            _ => return None,
        };
        let word = nearest(slice(self.text, stop.previous), words.iter().copied())?;
        let diagnostic = diagnostic.clone().with_help(format!("did you mean `{word}`?"));
        Some(diagnostic.with_fix(format!("write `{word}`"), Safety::Unsafe, stop.previous, word))
    }

    /// `a and b`
    fn operator_elsewhere(&self, diagnostic: &Diagnostic, stop: &Stop) -> Option<Diagnostic> {
        let is_condition = stop.expected.contains(&Rule::operator) && !stop.expected.contains(&Rule::dots);
        let found = slice(self.text, stop.found);
        let (_, operator) = OPERATORS_ELSEWHERE.iter().find(|(elsewhere, _)| *elsewhere == found)?;
        let title = format!("write `{operator}`");
        is_condition.then(|| diagnostic.clone().with_fix(title, Safety::Unsafe, stop.found, *operator))
    }

    fn operator_hint(&self, diagnostic: &Diagnostic, stop: &Stop) -> Option<Diagnostic> {
        let found = slice(self.text, stop.found);
        let previous = slice(self.text, stop.previous);
        let diagnostic = diagnostic.clone();
        let is_number = previous.starts_with(|one: char| one.is_ascii_digit());
        let is_operand = found.starts_with(|one: char| one.is_alphanumeric() || one == '(');
        if is_number && previous.ends_with('%') && is_operand {
            return Some(
                diagnostic.with_help(
                    "`%` glued to a number is per cent; for a remainder put a blank before the `%`",
                ),
            );
        }
        if is_number && previous.ends_with(|one: char| one.is_ascii_digit()) && UNITS.contains(&found) {
            let glued = format!("{previous}{found}");
            let place = TextRange::new(stop.previous.start, stop.found.end);
            return Some(diagnostic.with_help("a unit is glued to its number").with_fix(
                format!("write `{glued}`"),
                Safety::Safe,
                place,
                glued,
            ));
        }
        None
    }

    /// `try restart escalate`, `on failure escalate`
    fn rung_without_word(&self, diagnostic: Diagnostic, stop: &Stop) -> Diagnostic {
        let diagnostic = diagnostic
            .with_help("the first rung of a ladder begins with `try`, each further one with `then`");
        let before = self.before(stop.found.start);
        let policy = before.rsplit("policy").next().unwrap_or(before);
        let word = if policy.split_whitespace().any(|word| word == "try") { "then" } else { "try" };
        // `on failure` is read as one more `on`.
        let failure = ["failure", "fail", "failed", "error"].contains(&slice(self.text, stop.previous));
        let (_, on) = self.found(stop.previous.start);
        let start = if failure && slice(self.text, on) == "on" { on.start } else { stop.found.start };
        let rung = format!("{word} escalate");
        let place = TextRange::new(start, stop.found.end);
        diagnostic.with_fix(format!("write `{rung}`"), Safety::Unsafe, place, rung)
    }

    fn statement_hint(&self, diagnostic: Diagnostic, stop: &Stop, found: &str) -> Diagnostic {
        let owners: Vec<String> = blocks_with(found).map(one).collect();
        if stop.expected.iter().any(|rule| matches!(words(*rule), Words::Main(AN_ITEM))) {
            if found == "}" {
                return diagnostic.with_help("there is one `}` too many, here or before");
            }
            return match either(&owners) {
                Some(owners) => diagnostic.with_help(format!("`{found}` stands in the braces of {owners}")),
                None => diagnostic.with_help(format!("items begin with {}", listed(ITEM_KEYWORDS))),
            };
        }
        let between = slice(self.text, TextRange::new(stop.previous.end, stop.found.start));
        if stop.expected.contains(&Rule::qualifier) && !between.contains('\n') {
            return diagnostic.with_help(format!("an expectation goes on with {}", listed(QUALIFIERS)));
        }
        let Some(block) = stop.expected.iter().find_map(|rule| block_of(*rule)) else { return diagnostic };
        if !found.starts_with(|one: char| one.is_alphabetic() || one == '_') {
            return diagnostic;
        }
        if block == "policy" && found == "escalate" {
            return self.rung_without_word(diagnostic, stop);
        }
        let help = match either(&owners) {
            Some(owners) => format!("`{found}` stands in the braces of {owners}, not of {}", one(block)),
            None if block == "entity" => "a field is written `name: type`".to_owned(),
            None => format!("the statements of {} are {}", one(block), listed(statements_of(block))),
        };
        diagnostic.with_help(help)
    }
}

/// The keywords that could have come.
fn candidates(expected: &[Rule]) -> Vec<String> {
    let mut all = Vec::new();
    for rule in expected {
        match words(*rule) {
            Words::Keyword(text) => all.push(text),
            Words::Main(text) if text == AN_ITEM => {
                all.extend(ITEM_KEYWORDS.iter().map(|&word| word.to_owned()))
            }
            Words::Main(_) | Words::Further(_) | Words::None => {}
        }
        let parts = if *rule == Rule::qualifier { QUALIFIERS } else { &[] };
        all.extend(parts.iter().map(|&word| word.to_owned()));
        let statements = block_of(*rule).map_or(&[] as &[&str], statements_of);
        all.extend(statements.iter().filter_map(|one| one.split(' ').next()).map(str::to_owned));
    }
    all
}

/// A kind of block with its article.
pub(super) fn one(block: &str) -> String {
    let block = if block == "steps" { "block of steps" } else { block };
    let article = if block.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {block}")
}

/// Texts joined by commas and `or`; none of none.
fn either(texts: &[String]) -> Option<String> {
    let (last, others) = texts.split_last()?;
    Some(if others.is_empty() { last.clone() } else { format!("{} or {last}", others.join(", ")) })
}

fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}
