//! What all parts of reading share: the text, the places in it, and the diagnostics.

use std::collections::BTreeSet;

use heal_diagnostics::{Code, Diagnostic, FileId, TextRange};
use pest::{Parser, iterators::Pair};

use super::SYNTAX_ERRORS_MAX;
use super::children::Children;
use super::documentation::Documentation;
use super::grammar::{Grammar, Rule};
use crate::scan::{range, slice};
use crate::tree::{Name, ParsedFile, Path, Spanned};

/// Turns pairs into a tree.
pub(super) struct Reader<'text> {
    /// The file, for diagnostics.
    pub(super) file: FileId,
    /// Its text.
    pub(super) text: &'text str,
    /// Where the present item was looked for: pest sees the text from there on.
    pub(super) base: usize,
    /// All its comments, in order.
    pub(super) comments: &'text [TextRange],
    /// What was wrong so far, at least of the first [`super::SYNTAX_ERRORS_MAX`] errors.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// How many errors there are so far.
    pub(super) error_count: usize,
    /// The words of what could not be read at the level of items.
    pub(super) unread: BTreeSet<String>,
    /// Whether an error of the present item took a brace with it, so that the count of braces means nothing.
    pub(super) braces_lost: bool,
    /// Whether the present item was closed by the brace of a block in it.
    pub(super) is_closed_early: bool,
    /// Whether something unreadable stood between the head of the present item and its brace.
    pub(super) head_lost: bool,
    /// Whether that was its parameters.
    pub(super) parameters_lost: bool,
}

impl<'text> Reader<'text> {
    /// A reader of a text with its comments.
    pub(super) fn new(file: FileId, text: &'text str, comments: &'text [TextRange]) -> Reader<'text> {
        Reader {
            file,
            text,
            base: 0,
            comments,
            diagnostics: Vec::new(),
            error_count: 0,
            unread: BTreeSet::new(),
            braces_lost: false,
            is_closed_early: false,
            head_lost: false,
            parameters_lost: false,
        }
    }

    /// Reads a file. `reaches` is called with where each item begins, before it is read.
    pub(super) fn file(&mut self, reaches: &mut dyn FnMut(&mut Self, u32)) -> ParsedFile {
        let mut tree = ParsedFile::default();
        let mut documentation = Documentation::new(self.text, self.comments);
        // Where strict reading starts to explain an error between items: an item without a body may just be too short.
        let mut last_open_item = None;
        let mut broken_before = false;
        while let Some((pair, end)) = self.next_pair() {
            let place = self.range(&pair);
            reaches(self, place.start);
            let lines = documentation.before(place, &mut tree);
            if pair.as_rule() == Rule::unknown_item {
                // A brace too many after a broken item is most likely the same mistake, and so is what stands behind one
                // that has closed the item too early.
                let is_same = slice(self.text, place).starts_with('}') || self.is_closed_early;
                if !(broken_before && is_same) {
                    self.explain(Rule::strict_items, last_open_item.unwrap_or(place.start), place);
                    self.forget_truncated(last_open_item, place, &mut tree);
                }
                self.note_unread(place);
                tree.comments.extend(lines);
                (last_open_item, broken_before) = (None, true);
            } else {
                let errors_before = self.error_count;
                let has_body = self.item(pair, lines, &mut tree);
                last_open_item = if has_body { None } else { Some(place.start) };
                broken_before = self.error_count > errors_before;
            }
            self.base = end;
        }
        documentation.rest(&mut tree);
        tree.unread = std::mem::take(&mut self.unread);
        tree
    }

    /// The item, or what cannot be read, after what was read so far, and where it ends; none at the end of the file.
    fn next_pair(&self) -> Option<(Pair<'text, Rule>, usize)> {
        let rest = self.text.get(self.base..)?;
        let rule = if self.base == 0 { Rule::first_item } else { Rule::next_item };
        // What cannot be read is an item, too, of at least a character: only after the last one there is none.
        let outer = Grammar::parse(rule, rest).ok()?.next()?;
        let end = self.base + outer.as_span().end();
        Some((Children::of(outer).next()?, end))
    }

    /// Where a pair of the present item begins and ends in the text.
    pub(super) fn span(&self, pair: &Pair<'text, Rule>) -> (usize, usize) {
        let span = pair.as_span();
        (self.base + span.start(), self.base + span.end())
    }

    /// Takes back an item without a body if the error after it belongs to it.
    fn forget_truncated(&mut self, last_open_item: Option<u32>, error: TextRange, tree: &mut ParsedFile) {
        if last_open_item.is_some()
            && self.continues(error)
            && let Some(item) = tree.items.pop()
        {
            self.note_unread(item.range);
        }
    }

    /// The range of a pair, without the blanks and comments that pest may count to its end.
    pub(super) fn range(&self, pair: &Pair<'text, Rule>) -> TextRange {
        let (start, end) = self.span(pair);
        self.trimmed(range(start, end))
    }

    /// A range without the blanks and comments at its end.
    pub(super) fn trimmed(&self, mut place: TextRange) -> TextRange {
        loop {
            let bytes = self.text.as_bytes().get(place.start as usize..place.end as usize).unwrap_or(&[]);
            place.end = match bytes.iter().rposition(|byte| !matches!(byte, b' ' | b'\n' | b'\t' | b'\r')) {
                // There are blanks in other alphabets, too.
                Some(at) if !bytes.get(at).is_some_and(u8::is_ascii_graphic) => {
                    place.start + length(slice(self.text, place).trim_end())
                }
                Some(at) => range(0, place.start as usize + at + 1).end,
                None => place.start,
            };
            // A comment reaches to the end of its line, so it is the last that starts before the end or none is.
            let before = self.comments.partition_point(|comment| comment.start < place.end);
            let last = before.checked_sub(1).and_then(|at| self.comments.get(at));
            match last {
                Some(comment) if comment.end >= place.end && comment.start >= place.start => {
                    place.end = comment.start
                }
                Some(_) | None => return place,
            }
        }
    }

    /// Where a pair of the present item begins in the text.
    pub(super) fn start(&self, pair: &Pair<'text, Rule>) -> u32 {
        let start = self.base + pair.as_span().start();
        range(start, start).start
    }

    /// The range of a pair whose rule takes nothing along that stands behind it: of a name, a number, an operator.
    pub(super) fn exact_range(&self, pair: &Pair<'text, Rule>) -> TextRange {
        let (start, end) = self.span(pair);
        range(start, end)
    }

    /// A name as written.
    pub(super) fn name(&self, pair: &Pair<'text, Rule>) -> Name {
        Spanned { value: pair.as_str().to_owned(), range: self.exact_range(pair) }
    }

    /// The next child, which is a name.
    pub(super) fn next_name(&self, children: &mut Children<'text>) -> Option<Name> {
        let is_name = matches!(children.rule()?, Rule::name | Rule::plain_name | Rule::head_name);
        if is_name { children.next().map(|pair| self.name(&pair)) } else { None }
    }

    /// All names among the children that follow.
    pub(super) fn names(&self, children: Children<'text>) -> Vec<Name> {
        let mut names = Vec::with_capacity(children.listed_max());
        let pairs = children.filter(|pair| matches!(pair.as_rule(), Rule::name | Rule::plain_name));
        names.extend(pairs.map(|pair| self.name(&pair)));
        names
    }

    /// A path.
    pub(super) fn path(&self, pair: Pair<'text, Rule>) -> Path {
        Path { parts: self.names(Children::of(pair)) }
    }

    /// The next child, which is a path.
    pub(super) fn next_path(&self, children: &mut Children<'text>) -> Option<Path> {
        children.one(Rule::path).map(|pair| self.path(pair))
    }

    /// Reports an error.
    pub(super) fn error(&mut self, code: Code, place: TextRange, message: impl Into<String>) {
        self.report(Diagnostic::error(code, self.file, place, message));
    }

    /// Reports a diagnostic, or only counts it when there are enough.
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.report_if_shown(|| diagnostic);
    }

    /// The same of one that costs something to make: only what will be shown is made.
    pub(super) fn report_if_shown(&mut self, diagnostic: impl FnOnce() -> Diagnostic) {
        self.error_count += 1;
        if self.error_count <= SYNTAX_ERRORS_MAX {
            self.diagnostics.push(diagnostic());
        }
    }

    /// Keeps the words of a place that could not be read.
    pub(super) fn note_unread(&mut self, place: TextRange) {
        let words = slice(self.text, place).split(|one: char| !(one.is_ascii_alphanumeric() || one == '_'));
        self.unread.extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
    }
}

fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}
