//! The bodies of items: statements in braces, whatever is wrong between them.

use heal_diagnostics::{Code, Diagnostic, TextRange};
use pest::iterators::Pair;

use super::children::Children;
use super::errors::shortened;
use super::grammar::Rule;
use super::reader::Reader;
use crate::keywords::statements_of;
use crate::scan::slice;
use crate::tree::Spanned;

/// The rules of one kind of block.
pub(super) struct Block {
    /// What it is called in messages.
    pub(super) name: &'static str,
    /// A statement that could be read.
    pub(super) statement: Rule,
    /// The head, read strictly.
    pub(super) strict_head: Rule,
    /// The statements up to the closing brace, read strictly.
    pub(super) strict_statements: Rule,
    /// Whether it stands in a statement of an item, rather than being the item's.
    pub(super) is_nested: bool,
}

impl<'text> Reader<'text> {
    /// Reads the statements of a body. `item_start` is where its head begins, if it `has_head`.
    ///
    /// A statement that cannot be read is reported and left out; the others are returned.
    pub(super) fn body<T>(
        &mut self,
        block: &Block,
        item_start: u32,
        has_head: bool,
        body: Pair<'text, Rule>,
        read: fn(&mut Reader<'text>, Pair<'text, Rule>) -> Option<T>,
    ) -> Vec<Spanned<T>> {
        let children = Children::of(body);
        // All but the braces.
        let mut statements = Vec::with_capacity(children.len_max().saturating_sub(2));
        let mut opening = None;
        let mut last_good = None;
        for pair in children {
            let place = self.range(&pair);
            let rule = pair.as_rule();
            if rule == block.statement {
                let errors_before = self.error_count;
                match read(self, pair) {
                    Some(value) => statements.push(Spanned { value, range: place }),
                    None => self.unreadable(errors_before, place),
                }
                last_good = Some(place.start);
            } else if rule == Rule::open {
                opening = Some(place);
                if !has_head {
                    self.explain(block.strict_head, item_start, place);
                }
            } else if matches!(rule, Rule::bad_open | Rule::bad_steps_open) {
                self.explain(block.strict_head, item_start, place);
                self.note_unread(place);
                self.braces_lost = true;
                if !block.is_nested {
                    self.head_lost = place.start < place.end;
                    self.parameters_lost = slice(self.text, place).starts_with('(');
                }
            } else if rule == Rule::unclosed {
                self.unclosed(block, item_start, opening, place);
            } else if rule != Rule::close {
                if last_good.is_some() && self.continues(place) {
                    statements.pop();
                }
                self.explain(block.strict_statements, last_good.unwrap_or(place.start), place);
                last_good = None;
            }
        }
        statements
    }

    /// Whether an error belongs to what was read before it, as far as one can tell: it stands on the same line, or does
    /// not begin with a word. What was read then is a part of something else, and must not be taken for the whole.
    pub(super) fn continues(&self, error: TextRange) -> bool {
        let before = self.text.get(..error.start as usize).unwrap_or("");
        let before = before.trim_end_matches([' ', '\t', '\r']);
        let begins_line = before.is_empty() || before.ends_with('\n');
        let begins_with_word =
            slice(self.text, error).starts_with(|one: char| one.is_alphabetic() || one == '_');
        !(begins_line && begins_with_word)
    }

    /// Reports what passed the grammar and still has no tree, unless that was done already.
    pub(super) fn unreadable(&mut self, errors_before: usize, place: TextRange) {
        if self.error_count == errors_before {
            self.error(Code::SYNTAX, place, "this cannot be read");
        }
    }

    /// Reports a brace without its closing one, unless another error may have taken that away.
    fn unclosed(&mut self, block: &Block, start: u32, opening: Option<TextRange>, end: TextRange) {
        let Some(opening) = opening else { return };
        if self.braces_lost {
            return;
        }
        let message = format!("the brace of this {} is never closed", block.name);
        let found = self.found(end.start).0;
        let word = slice(self.text, found);
        if block.statement == Rule::step && statements_of("plan").contains(&word) {
            let message = format!("`{word}` does not stand in a {}: only steps do", block.name);
            let help = match word {
                "verify" => "a plan verifies all that it did: close the brace before its `verify`",
                _ => "close the brace before it: it says something of the whole plan",
            };
            let diagnostic = Diagnostic::error(Code::SYNTAX, self.file, found, message).with_help(help);
            self.report(diagnostic.with_secondary(self.file, opening, "the brace that is open here"));
            // That it names what the block goes over is no mistake of its own.
            let head = slice(self.text, TextRange::new(start, opening.start));
            let variable = head.split(" in ").next().and_then(|before| before.split_whitespace().last());
            self.unread.extend(variable.map(str::to_owned));
            (self.braces_lost, self.is_closed_early) = (true, true);
            return;
        }
        let before = match slice(self.text, found) {
            "" => "the file ends without its `}`".to_owned(),
            text => format!("its `}}` is missing before `{}`", shortened(text)),
        };
        let diagnostic = Diagnostic::error(Code::SYNTAX, self.file, opening, message);
        self.report(diagnostic.with_secondary(self.file, found, before));
        self.braces_lost = true;
    }
}
