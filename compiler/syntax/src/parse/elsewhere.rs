//! What people write by habit, from other languages or from prose, and how it is written here.
//!
//! Each is a diagnostic of its own in place of what the grammar expected: it says the rule, and has the exact rewrite
//! where there is one.

use heal_diagnostics::{Code, Diagnostic, Edit, Fix, Safety, TextRange};
use pest::Parser;

use super::errors::Stop;
use super::grammar::{Grammar, Rule};
use super::promql::matches_all;
use super::reader::Reader;
use super::words::block_read;
use crate::keywords::{long_unit, statements_of};
use crate::scan::slice;

/// How far before a mistake its statement is looked for, in bytes.
const LOOK_BACK_BYTES: usize = 400;

/// How often something is expected, in words, and how that is written.
const TIMES: &[(&str, &str)] =
    &[("once", "exactly 1"), ("twice", "exactly 2"), ("thrice", "exactly 3"), ("never", "exactly 0")];

impl Reader<'_> {
    /// The diagnostic of a stop, where what stands there is written by habit.
    #[expect(clippy::wildcard_enum_match_arm, reason = "a few of the strict rules have habits of their own")]
    pub(super) fn by_habit(&self, stop: &Stop) -> Option<Diagnostic> {
        self.by_mark(stop)
            .or_else(|| self.by_promql(stop))
            .or_else(|| self.turned_operator(stop))
            .or_else(|| self.pattern_operator(stop))
            .or_else(|| self.long_unit(stop))
            .or_else(|| self.parted_digits(stop))
            .or_else(|| self.by_synonym(stop))
            .or_else(|| self.by_form(stop))
            .or_else(|| self.everything_of(stop))
            .or_else(|| self.colon_after_keyword(stop))
            .or_else(|| match stop.strict {
                Rule::strict_plan_statements => {
                    self.verify_without_end(stop).or_else(|| self.verify_for(stop))
                }
                Rule::strict_signal_statements | Rule::strict_entity_statements => {
                    self.where_behind_reading(stop).or_else(|| self.other_than_equal(stop))
                }
                Rule::strict_event_statements => self.other_than_equal(stop),
                Rule::strict_action_statements | Rule::strict_channel_statements => {
                    self.command_line(stop).or_else(|| self.secret_written_out(stop))
                }
                Rule::strict_policy_statements => {
                    self.call_without_brackets(stop).or_else(|| self.two_detectors(stop))
                }
                Rule::strict_guard_statements => self
                    .approval_by(stop)
                    .or_else(|| self.approval_condition(stop))
                    .or_else(|| self.two_calendars(stop))
                    .or_else(|| self.storm_of_what(stop)),
                Rule::strict_test_statements => self.times_in_words(stop),
                _ => None,
            })
    }

    pub(super) fn habit(&self, place: TextRange, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(Code::SYNTAX, self.file, place, message)
    }

    /// `=>` and `=<`
    fn turned_operator(&self, stop: &Stop) -> Option<Diagnostic> {
        let place = TextRange::new(stop.found.start, stop.found.start.checked_add(2)?);
        let meant = match self.text.get(place.start as usize..place.end as usize)? {
            "=>" => ">=",
            "=<" => "<=",
            _ => return None,
        };
        if !stop.expected.contains(&Rule::operator) {
            return None;
        }
        let diagnostic = self.habit(place, format!("the operator is written `{meant}`"));
        Some(diagnostic.with_fix(format!("write `{meant}`"), Safety::Safe, place, meant))
    }

    /// `service =~ "a.*"`
    fn pattern_operator(&self, stop: &Stop) -> Option<Diagnostic> {
        let place = TextRange::new(stop.found.start, stop.found.start.checked_add(2)?);
        let written = self.text.get(place.start as usize..place.end as usize)?;
        if !matches!(written, "=~" | "!~") || !stop.expected.contains(&Rule::operator) {
            return None;
        }
        let diagnostic = self
            .habit(place, format!("there is no `{written}`: a pattern is matched by a function"))
            .with_help(
                "`x.matches(\"a.*\")` finds a pattern anywhere in a text: with `^` and `$` it is all of it",
            );
        let (pattern, _) = self.found(place.end);
        let Some(matches) = matches_all(slice(self.text, pattern)) else { return Some(diagnostic) };
        if written == "=~" {
            let call = format!(".{matches}");
            let whole = TextRange::new(stop.previous.end, pattern.end);
            return Some(diagnostic.with_fix(format!("write `{call}`"), Safety::Unsafe, whole, call));
        }
        let Some(name) = self.path_before(stop.previous.end) else { return Some(diagnostic) };
        let call = format!("!{}.{matches}", slice(self.text, name));
        let whole = TextRange::new(name.start, pattern.end);
        Some(diagnostic.with_fix(format!("write `{call}`"), Safety::Unsafe, whole, call))
    }

    /// The path that ends at an offset, `pod.name`, where nothing else is a part of what stands there.
    fn path_before(&self, end: u32) -> Option<TextRange> {
        let before = self.before(end);
        let rest = before.trim_end_matches(|one: char| one.is_alphanumeric() || matches!(one, '_' | '.'));
        let path = before.get(rest.len()..).filter(|_| !rest.is_empty())?;
        let is_name = path.starts_with(|one: char| one.is_alphabetic() || one == '_');
        let start = end.checked_sub(u32::try_from(path.len()).ok()?)?;
        is_name.then_some(TextRange::new(start, end))
    }

    /// `10,000`
    fn parted_digits(&self, stop: &Stop) -> Option<Diagnostic> {
        let (number, comma) = (slice(self.text, stop.previous), slice(self.text, stop.found));
        let (next, _) = self.found(stop.found.end);
        let more = slice(self.text, next);
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_glued = stop.previous.end == stop.found.start && stop.found.end == next.start;
        let is_part = is_digits(number) && number.len() <= 3 && is_digits(more) && more.len() == 3;
        if comma != "," || !is_glued || !is_part || !stop.expected.contains(&Rule::operator) {
            return None;
        }
        let text = format!("{number}{more}");
        let place = TextRange::new(stop.previous.start, next.end);
        let diagnostic = self.habit(place, "the digits of a number stand together");
        Some(diagnostic.with_fix(format!("write `{text}`"), Safety::Unsafe, place, text))
    }

    /// `use std.k8s.*`
    fn everything_of(&self, stop: &Stop) -> Option<Diagnostic> {
        let is_star = slice(self.text, stop.found) == "*" && slice(self.text, stop.previous) == ".";
        let line = self.before(stop.found.start).rsplit('\n').next().unwrap_or("");
        let path = line.trim_start().strip_prefix("use ")?.trim();
        if !is_star {
            return None;
        }
        let place = TextRange::new(stop.previous.start, stop.found.end);
        let diagnostic = self
            .habit(stop.found, "`use` brings a module, or names of it in braces, and never all of them")
            .with_help("write `use std.k8s`, and `k8s.Pod` for what is in it, or `use std.k8s.{Pod}`");
        // The library is no module itself.
        let module = path.trim_end_matches('.');
        if module.contains('.') {
            return Some(diagnostic.with_fix(format!("write `use {module}`"), Safety::Unsafe, place, ""));
        }
        Some(diagnostic)
    }

    /// `storm 20 in 5m`: what it counts is read as a question.
    fn storm_of_what(&self, stop: &Stop) -> Option<Diagnostic> {
        let written = self.before(stop.found.start).trim_end();
        let (_, statement) = written.rsplit_once("storm")?;
        let words: Vec<&str> = statement.split_whitespace().collect();
        let [count, "in", _] = words.as_slice() else { return None };
        if !count.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let end = stop.found.start.checked_sub(
            u32::try_from(self.before(stop.found.start).len() - written.len() + statement.len()).ok()?,
        )?;
        let start = end.checked_add(u32::try_from(statement.find(count)?).ok()?)?;
        let place = TextRange::new(start, start.checked_add(u32::try_from(count.len()).ok()?)?);
        let diagnostic = self
            .habit(place, format!("a storm is of firings: `storm {count} firings in ...`"))
            .with_help("it also says how long it holds: `storm 20 firings in 5m, open for 30m`");
        let after = TextRange::new(place.end, place.end);
        Some(diagnostic.with_fix("add `firings`", Safety::Unsafe, after, " firings"))
    }

    /// `5 minutes`
    fn long_unit(&self, stop: &Stop) -> Option<Diagnostic> {
        let number = slice(self.text, stop.previous);
        let unit = long_unit(slice(self.text, stop.found))?;
        let is_number = number.starts_with(|one: char| one.is_ascii_digit())
            && number.ends_with(|one: char| one.is_ascii_digit());
        if !is_number || !stop.expected.contains(&Rule::operator) {
            return None;
        }
        let glued = format!("{number}{unit}");
        let place = TextRange::new(stop.previous.start, stop.found.end);
        let diagnostic = self.habit(place, format!("a unit is short and glued to its number: `{glued}`"));
        Some(diagnostic.with_fix(format!("write `{glued}`"), Safety::Safe, place, glued))
    }

    /// `cooldown: 15m`
    fn colon_after_keyword(&self, stop: &Stop) -> Option<Diagnostic> {
        if slice(self.text, stop.found) != ":" {
            return None;
        }
        let word = slice(self.text, stop.previous);
        let block = block_read(stop.strict).filter(|block| *block != "entity")?;
        if !statements_of(block).contains(&word) {
            return None;
        }
        let diagnostic = self.habit(stop.found, format!("no `:` stands after `{word}`"));
        if let Some(bracketed) = self.one_in_brackets(word, stop) {
            let (place, name) = bracketed;
            let text = self.apart(place, name);
            return Some(diagnostic.with_fix(format!("write `on {name}`"), Safety::Safe, place, text));
        }
        let text = self.apart(stop.found, "");
        Some(diagnostic.with_fix("leave the `:` out", Safety::Safe, stop.found, text))
    }

    /// `on: [slow]`: the place from the colon to the bracket, and the name.
    fn one_in_brackets(&self, word: &str, stop: &Stop) -> Option<(TextRange, &str)> {
        let (opening, _) = self.found(stop.found.end);
        if word != "on" || slice(self.text, opening) != "[" {
            return None;
        }
        let rest = self.text.get(opening.end as usize..)?;
        let (name, _) = rest.split_once(']')?;
        let end = opening.end.checked_add(u32::try_from(name.len() + 1).ok()?)?;
        let name = name.trim();
        let is_name =
            !name.is_empty() && name.chars().all(|it| it.is_alphanumeric() || matches!(it, '_' | '.'));
        is_name.then_some((TextRange::new(stop.found.start, end), name))
    }

    /// `verify latency < 1s`, without `within`
    fn verify_without_end(&self, stop: &Stop) -> Option<Diagnostic> {
        let between = self.text.get(stop.previous.end as usize..stop.found.start as usize)?;
        let ends = between.contains('\n') || matches!(slice(self.text, stop.found), "" | "}");
        if !stop.expected.contains(&Rule::kw_within) || !ends {
            return None;
        }
        let place = TextRange::new(stop.previous.end, stop.previous.end);
        let diagnostic =
            self.habit(place, "`verify` does not say within what time its condition must come true");
        Some(diagnostic.with_fix("add `within 5m`", Safety::Unsafe, place, " within 5m"))
    }

    /// `verify latency < 1s for 5m`
    fn verify_for(&self, stop: &Stop) -> Option<Diagnostic> {
        if slice(self.text, stop.found) != "for" || !stop.expected.contains(&Rule::kw_within) {
            return None;
        }
        let message = "`verify` says within what time its condition must come true, and not for how long";
        let diagnostic = self.habit(stop.found, message);
        Some(diagnostic.with_fix("write `within`", Safety::Unsafe, stop.found, "within"))
    }

    /// `approval "sre" during("daily 22:00..06:00 UTC")`
    fn approval_condition(&self, stop: &Stop) -> Option<Diagnostic> {
        let word = slice(self.text, stop.found);
        let (place, text) = match word {
            "during" => (TextRange::new(stop.found.start, stop.found.start), "when "),
            "if" => (stop.found, "when"),
            "unless" => (stop.found, "when !"),
            _ => return None,
        };
        if !stop.expected.contains(&Rule::kw_when) {
            return None;
        }
        let diagnostic = self.habit(stop.found, "when somebody is asked stands behind `when`");
        Some(diagnostic.with_fix(format!("write `{}`", text.trim()), Safety::Unsafe, place, text))
    }

    /// `secret key = "abc"`
    fn secret_written_out(&self, stop: &Stop) -> Option<Diagnostic> {
        let is_text = slice(self.text, stop.found).starts_with(['"', '\'', '`']);
        let (_, name) = self.found(stop.previous.start);
        let (_, word) = self.found(name.start);
        if !is_text || slice(self.text, stop.previous) != "=" || slice(self.text, word) != "secret" {
            return None;
        }
        let message = "a secret is a reference, and never written out";
        let help = "say where it is found: `env(\"NAME\")` or `file(\"PATH\")`";
        Some(self.habit(stop.found, message).with_help(help))
    }

    /// `logs "sshd" count per 1m where user == "root"`
    fn where_behind_reading(&self, stop: &Stop) -> Option<Diagnostic> {
        if slice(self.text, stop.found) != "where" {
            return None;
        }
        let before = self.before(stop.found.start);
        let source = before.rfind("logs")?;
        let (reading, at) = ["count per", "value"]
            .into_iter()
            .filter_map(|words| before.rfind(words).map(|at| (words, at)))
            .max_by_key(|(_, at)| *at)?;
        if at < source || before.get(at..)?.contains(['{', '}']) {
            return None;
        }
        let diagnostic = self.habit(stop.found, format!("`where` comes before `{reading}`"));
        let rest = self.window(stop.found.start, stop.found.end);
        let Some(matchers) = Grammar::parse(Rule::matchers, rest).ok().and_then(|mut pairs| pairs.next())
        else {
            return Some(diagnostic.with_help(format!("write it before `{reading}`")));
        };
        let start = usize::try_from(stop.found.start).ok()?;
        let moved = self.trimmed(crate::scan::range(start, start + matchers.as_span().end()));
        let to = u32::try_from(start.checked_sub(before.len() - at)?).ok()?;
        let edit = |range: TextRange, text: String| Edit { file: self.file, range, text };
        let edits = vec![
            edit(TextRange::new(to, to), format!("{} ", slice(self.text, moved))),
            edit(TextRange::new(stop.previous.end, moved.end), String::new()),
        ];
        let mut diagnostic = diagnostic;
        diagnostic.fixes.push(Fix {
            title: format!("move it before `{reading}`"),
            safety: Safety::Safe,
            edits,
        });
        Some(diagnostic)
    }

    /// `where message.contains("x")`, `where level != "info"`
    fn other_than_equal(&self, stop: &Stop) -> Option<Diagnostic> {
        if stop.expected != [Rule::equal] {
            return None;
        }
        let (label, found) = (slice(self.text, stop.previous), self.describe_found(stop.found));
        let message = format!(
            "the `where` of a source only says what is equal: expected `==` after `{label}`, found {found}"
        );
        let diagnostic = self.habit(stop.found, message);
        if slice(self.text, stop.found) == "=" {
            return Some(diagnostic.with_fix("write `==`", Safety::Safe, stop.found, "=="));
        }
        let diagnostic = diagnostic.with_help(format!("write `{label} == \"text\"`"));
        Some(if self.before(stop.found.start).contains("logs") {
            diagnostic.with_help("for a part of a line, write a pattern after `match`")
        } else {
            diagnostic
        })
    }

    /// `command "systemctl restart x"`
    fn command_line(&self, stop: &Stop) -> Option<Diagnostic> {
        let text = slice(self.text, stop.found);
        if slice(self.text, stop.previous) != "command" || !text.starts_with(['"', '\'', '`']) {
            return None;
        }
        let message = "a command is a list of arguments, and never a line for a shell";
        let diagnostic = self.habit(stop.found, message);
        let line = text.get(1..text.len().checked_sub(1)?)?;
        let is_plain = |one: char| one.is_ascii_alphanumeric() || " _-./:=@%+,".contains(one);
        if line.trim().is_empty() || !line.chars().all(is_plain) {
            let help =
                "write each argument as a text of its own: `command [\"systemctl\", \"restart\", unit]`";
            return Some(diagnostic.with_help(help));
        }
        let arguments: Vec<String> = line.split_whitespace().map(|it| format!("\"{it}\"")).collect();
        let list = format!("[{}]", arguments.join(", "));
        Some(diagnostic.with_fix(format!("write `command {list}`"), Safety::Unsafe, stop.found, list))
    }

    /// `then page "dba"`
    fn call_without_brackets(&self, stop: &Stop) -> Option<Diagnostic> {
        let (name, text) = (slice(self.text, stop.previous), slice(self.text, stop.found));
        let word = self.word_before_place(stop.previous);
        let is_rung = matches!(word, "try" | "then" | "escalate");
        if !is_rung || !text.starts_with(['"', '\'', '`']) {
            return None;
        }
        if name == "escalate" {
            let help = format!("such as `escalate notify.page({text})`, with `use std.notify`");
            let message = "a channel stands after `escalate`, and in its brackets what it is told";
            return Some(self.habit(stop.found, message).with_help(help));
        }
        let place = TextRange::new(stop.previous.start, stop.found.end);
        let call =
            if word == "escalate" { format!("{name}({text})") } else { format!("escalate {name}({text})") };
        let diagnostic = self
            .habit(place, "a channel stands after `escalate`, with what it is told in brackets")
            .with_fix(format!("write `{call}`"), Safety::Unsafe, place, call);
        Some(diagnostic)
    }

    /// `on slow or failing`
    fn two_detectors(&self, stop: &Stop) -> Option<Diagnostic> {
        let found = slice(self.text, stop.found);
        if !matches!(found, "or" | "and" | "||" | "&&" | ",") || self.word_before_place(stop.previous) != "on"
        {
            return None;
        }
        let first = slice(self.text, stop.previous);
        let second = slice(self.text, self.found(stop.found.end).0);
        let operator = if matches!(found, "and" | "&&") { "&&" } else { "||" };
        let second = if second.starts_with(|one: char| one.is_alphabetic()) { second } else { "other" };
        let help = format!(
            "write one detector of the two, with `when {first} {operator} {second}`, or a policy for each"
        );
        Some(self.habit(stop.found, "a policy is `on` one detector").with_help(help))
    }

    /// `approval by "dba"`
    fn approval_by(&self, stop: &Stop) -> Option<Diagnostic> {
        let is_it =
            slice(self.text, stop.previous) == "by" && self.word_before_place(stop.previous) == "approval";
        if !is_it || !slice(self.text, stop.found).starts_with(['"', '\'', '`']) {
            return None;
        }
        let place = TextRange::new(stop.previous.start, stop.found.start);
        let diagnostic = self.habit(stop.previous, "the team stands right after `approval`");
        Some(diagnostic.with_fix("leave `by` out", Safety::Safe, place, ""))
    }

    /// `freeze "Sat..Sun UTC", "2026-12-24 UTC"`
    fn two_calendars(&self, stop: &Stop) -> Option<Diagnostic> {
        if slice(self.text, stop.found) != "," {
            return None;
        }
        let before = self.before(stop.found.start).trim_end();
        let quote = before.chars().next_back().filter(|one| matches!(one, '"' | '\'' | '`'))?;
        let opened = before.get(..before.len() - 1)?.rsplit_once(quote)?.0.trim_end();
        let word = ["freeze", "only"].into_iter().find(|word| opened.ends_with(word))?;
        let line = self.before(stop.found.start).rsplit('\n').next().unwrap_or("");
        let indent = line.get(..line.len() - line.trim_start().len()).unwrap_or("");
        let begins_line = line.trim_start().starts_with(word);
        let text = if begins_line { format!("\n{indent}{word}") } else { format!(" {word}") };
        let text = self.apart(stop.found, &text);
        let diagnostic = self.habit(stop.found, format!("`{word}` takes one calendar"));
        Some(diagnostic.with_fix(format!("write a second `{word}`"), Safety::Safe, stop.found, text))
    }

    /// `expect restart once`
    fn times_in_words(&self, stop: &Stop) -> Option<Diagnostic> {
        let word = slice(self.text, stop.found);
        let (_, meant) = TIMES.iter().find(|(times, _)| *times == word)?;
        if !stop.expected.contains(&Rule::qualifier) {
            return None;
        }
        let diagnostic = self.habit(stop.found, format!("`{word}` is written `{meant}`"));
        Some(diagnostic.with_fix(format!("write `{meant}`"), Safety::Safe, stop.found, *meant))
    }

    /// The text before a place, as far as its statement may reach.
    pub(super) fn before(&self, end: u32) -> &str {
        let before = self.text.get(..end as usize).unwrap_or("");
        let mut from = before.len().saturating_sub(LOOK_BACK_BYTES);
        while !before.is_char_boundary(from) {
            from += 1;
        }
        before.get(from..).unwrap_or(before)
    }

    /// A text that is put in a place, with a blank wherever it, or what stands beside the place, would become one word
    /// with the other: `limit:5` without its colon is `limit 5`.
    pub(super) fn apart(&self, place: TextRange, text: &str) -> String {
        let before = self.text.get(..place.start as usize).and_then(|before| before.chars().next_back());
        let after = self.text.get(place.end as usize..).and_then(|after| after.chars().next());
        let touch = |left: Option<char>, right: Option<char>| {
            left.zip(right).is_some_and(|(left, right)| !left.is_whitespace() && !right.is_whitespace())
        };
        let (Some(first), Some(last)) = (text.chars().next(), text.chars().next_back()) else {
            return if touch(before, after) { " ".to_owned() } else { String::new() };
        };
        let blank = |is_needed: bool| if is_needed { " " } else { "" };
        format!("{}{text}{}", blank(touch(before, Some(first))), blank(touch(Some(last), after)))
    }

    /// The word before a place, if it is one.
    pub(super) fn word_before_place(&self, place: TextRange) -> &str {
        slice(self.text, self.found(place.start).1)
    }
}
