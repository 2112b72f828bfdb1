//! Forms that lack a little: brackets, a type, a span, or that have a sign too much.

use heal_diagnostics::{Diagnostic, Safety, TextRange};

use super::errors::Stop;
use super::grammar::Rule;
use super::reader::Reader;
use crate::keywords::ITEM_KEYWORDS;
use crate::scan::{range, slice};

impl Reader<'_> {
    /// The diagnostic of a stop at a form that lacks a little.
    pub(super) fn by_form(&self, stop: &Stop) -> Option<Diagnostic> {
        self.parted_percent(stop)
            .or_else(|| self.hyphen_in_name(stop))
            .or_else(|| self.colon_after_item(stop))
            .or_else(|| self.key_without_brackets(stop))
            .or_else(|| self.parameter_without_type(stop))
            .or_else(|| self.limit_without_span(stop))
    }

    /// `90 % for 5m`
    fn parted_percent(&self, stop: &Stop) -> Option<Diagnostic> {
        if slice(self.text, stop.previous) != "%" || !stop.expected.contains(&Rule::operand) {
            return None;
        }
        let (_, number) = self.found(stop.previous.start);
        let digits = slice(self.text, number);
        if !is_number(digits) {
            return None;
        }
        let place = TextRange::new(number.start, stop.previous.end);
        let text = format!("{digits}%");
        let diagnostic = self.habit(place, format!("a unit is glued to its number: `{text}`"));
        Some(diagnostic.with_fix(format!("write `{text}`"), Safety::Safe, place, text))
    }

    /// `detector high-wait {`
    fn hyphen_in_name(&self, stop: &Stop) -> Option<Diagnostic> {
        let is_head = ITEM_KEYWORDS.contains(&self.word_before_place(stop.previous));
        if slice(self.text, stop.found) != "-" || !is_head {
            return None;
        }
        let start = stop.previous.start as usize;
        let rest = self.text.get(start..)?;
        let is_part = |one: char| one.is_ascii_alphanumeric() || matches!(one, '_' | '-');
        let written = rest.get(..rest.find(|one| !is_part(one)).unwrap_or(rest.len()))?;
        let name = written.replace('-', "_");
        let place = range(start, start + written.len());
        let diagnostic = self.habit(place, "a name is made of letters, digits and `_`");
        Some(diagnostic.with_fix(format!("write `{name}`"), Safety::Unsafe, place, name))
    }

    /// `detector: slow`
    fn colon_after_item(&self, stop: &Stop) -> Option<Diagnostic> {
        let word = slice(self.text, stop.previous);
        if slice(self.text, stop.found) != ":" || !ITEM_KEYWORDS.contains(&word) {
            return None;
        }
        let diagnostic = self.habit(stop.found, format!("no `:` stands after `{word}`"));
        let text = self.apart(stop.found, "");
        Some(diagnostic.with_fix("leave the `:` out", Safety::Safe, stop.found, text))
    }

    /// `signal wait: duration by pool {`
    fn key_without_brackets(&self, stop: &Stop) -> Option<Diagnostic> {
        let is_key = slice(self.text, stop.previous) == "by" && stop.expected.contains(&Rule::paren_open);
        let rest = self.text.get(stop.found.start as usize..)?;
        let names = rest.split(['{', '\n']).next().unwrap_or(rest).trim_end();
        let is_name = |name: &str| {
            let name = name.trim();
            !name.is_empty() && name.chars().all(|one| one.is_alphanumeric() || one == '_')
        };
        if !is_key || !names.split(',').all(is_name) {
            return None;
        }
        let start = stop.found.start as usize;
        let place = range(start, start + names.len());
        let text = format!("({names})");
        let diagnostic = self.habit(place, format!("the fields of a key stand in brackets: `by {text}`"));
        Some(diagnostic.with_fix(format!("write `{text}`"), Safety::Safe, place, text))
    }

    /// `plan recycle(pod) {`
    fn parameter_without_type(&self, stop: &Stop) -> Option<Diagnostic> {
        let found = slice(self.text, stop.found);
        if stop.expected != [Rule::colon] || !matches!(found, ")" | ",") {
            return None;
        }
        let name = slice(self.text, stop.previous);
        let mut letters = name.chars();
        let type_: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        let message = format!("the parameter `{name}` does not say what it is");
        Some(
            self.habit(stop.previous, message)
                .with_help(format!("such as `{name}: {type_}`, of an entity or a type")),
        )
    }

    /// `limit 5`, `limit 5/h`
    fn limit_without_span(&self, stop: &Stop) -> Option<Diagnostic> {
        let number = slice(self.text, stop.previous);
        let is_limit =
            self.word_before_place(stop.previous) == "limit" && stop.expected.contains(&Rule::kw_per);
        if !is_limit {
            return None;
        }
        let (count, span) =
            number.split_once('/').map_or((number, None), |(count, unit)| (count, Some(unit)));
        if !is_number(count) {
            return None;
        }
        let text = format!("{count} per 1{}", span.unwrap_or("h"));
        let diagnostic = self.habit(stop.previous, format!("a limit says in what time: `limit {text}`"));
        Some(diagnostic.with_fix(format!("write `limit {text}`"), Safety::Unsafe, stop.previous, text))
    }
}

fn is_number(text: &str) -> bool {
    text.ends_with(|one: char| one.is_ascii_digit()) && text.starts_with(|one: char| one.is_ascii_digit())
}
