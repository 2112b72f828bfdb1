//! Lines, blank lines and comments.
//!
//! Comments wait in a queue and are written when the place they were written at is reached, so none is lost and none
//! overtakes another. One that stands inside of a line's text is written before that line; one inside of a block's head
//! is written after its brace.

mod file;

use heal_diagnostics::TextRange;
use heal_syntax::comments;
use heal_syntax::tree::Comment;

use crate::doc::INDENT;
use crate::format::COLUMNS_MAX;
use crate::node::{Body, Node};

/// The text of a file from its items and the comments of its text.
pub(crate) fn layout(text: &str, items: &[Node]) -> String {
    let mut printer = Printer { text, comments: comments(text), next: 0, out: String::new(), end: None };
    printer.file(items);
    if !printer.out.is_empty() {
        printer.out.push('\n');
    }
    printer.out
}

struct Printer<'a> {
    /// What the places of nodes are in.
    text: &'a str,
    /// All comments of the text.
    comments: Vec<Comment>,
    /// How many of them are written.
    next: usize,
    /// What is written.
    out: String,
    /// Where that which was written last ended; none at the beginning of a file or a block.
    end: Option<u32>,
}

impl Printer<'_> {
    /// Writes what stands in a block, between its braces. `close` is the offset after its closing brace.
    fn body(&mut self, nodes: &[Node], close: u32, indent: usize) {
        for (at, node) in nodes.iter().enumerate() {
            self.comments_before(node.range.start, indent);
            let is_apart = self.is_apart(node.range.start);
            self.node(node, is_apart, indent);
            let limit = nodes.get(at + 1).map_or(close, |next| next.range.start);
            self.trailing_comment(limit);
        }
        self.comments_before(close, indent);
    }

    /// Writes a line or a block, and the comments inside of it.
    fn node(&mut self, node: &Node, mut is_apart: bool, indent: usize) {
        if let Some(line) = self.inline(node, indent) {
            self.line(is_apart, indent, &line);
        } else if let Some(body) = &node.body {
            let opener = format!(" {}", body.braces.0);
            self.line(is_apart, indent, &node.doc.render(indent, opener.len()));
            self.block(body, node.range, indent);
        } else {
            for comment in self.take_before(node.range.end) {
                self.line(is_apart, indent, comment.text.trim_end());
                is_apart = false;
            }
            self.line(is_apart, indent, &node.doc.render(indent, 0));
        }
        self.end = Some(node.range.end);
    }

    /// A block on one line, if it may be written so, fits, and has no comment in it.
    fn inline(&self, node: &Node, indent: usize) -> Option<String> {
        let line = node.body.as_ref()?.inline.as_ref()?.flat();
        let fits = !line.contains('\n') && indent + line.chars().count() <= COLUMNS_MAX;
        let has_comment = self.peek().is_some_and(|comment| comment.start < node.range.end);
        if fits && !has_comment { Some(line) } else { None }
    }

    /// Writes the braces of a block and what is in them, after its head.
    fn block(&mut self, body: &Body, range: TextRange, indent: usize) {
        let (open, close) = body.braces;
        // A list of objects stands in an entry without a blank before its bracket when it is an element itself.
        if !self.out.ends_with([' ', '\n']) && !self.out.is_empty() {
            self.out.push(' ');
        }
        self.out.push_str(open);
        let is_empty = body.nodes.is_empty() && self.peek().is_none_or(|comment| comment.start >= range.end);
        if is_empty {
            self.out.push_str(close);
            return;
        }
        self.end = None;
        let mut head_comments = self.take_before(body.open).into_iter();
        if let Some(first) = head_comments.next() {
            self.trail(&first);
            for comment in head_comments {
                self.own_line(&comment, indent + INDENT);
            }
        } else {
            let limit = body.nodes.first().map_or(range.end, |first| first.range.start);
            self.end = Some(body.open + 1);
            if !self.trailing_comment(limit) {
                self.end = None;
            }
        }
        self.body(&body.nodes, range.end, indent + INDENT);
        self.line(false, indent, close);
    }

    /// Writes the comments that stand before an offset, each on its own line.
    fn comments_before(&mut self, offset: u32, indent: usize) {
        for comment in self.take_before(offset) {
            self.own_line(&comment, indent);
        }
    }

    fn own_line(&mut self, comment: &Comment, indent: usize) {
        let is_apart = self.is_apart(comment.range.start);
        self.line(is_apart, indent, comment.text.trim_end());
        self.end = Some(comment.range.end);
    }

    /// Writes the next comment on the present line if it was on that line, and before `limit`.
    fn trailing_comment(&mut self, limit: u32) -> bool {
        let Some(range) = self.peek().filter(|comment| comment.start < limit) else { return false };
        let between = self.slice(self.end.unwrap_or(range.start), range.start);
        if between.contains('\n') {
            return false;
        }
        for comment in self.take_before(range.end) {
            self.trail(&comment);
        }
        true
    }

    fn trail(&mut self, comment: &Comment) {
        self.out.push(' ');
        self.out.push_str(comment.text.trim_end());
        self.end = Some(comment.range.end);
    }

    /// Begins a line, after a blank one if it is apart, and writes it.
    fn line(&mut self, is_apart: bool, indent: usize, text: &str) {
        if !self.out.is_empty() {
            self.out.push_str(if is_apart { "\n\n" } else { "\n" });
        }
        self.out.push_str(&" ".repeat(indent));
        self.out.push_str(text);
    }

    /// Whether a blank line stands between what was written last and an offset.
    fn is_apart(&self, start: u32) -> bool {
        self.end.is_some_and(|end| self.has_blank_line(end, start))
    }

    fn has_blank_line(&self, from: u32, to: u32) -> bool {
        let mut lines = self.slice(from, to).split('\n');
        // What stands before the first line break and after the last is not a line.
        lines.next();
        lines.next_back();
        lines.any(|line| line.trim().is_empty())
    }

    fn slice(&self, from: u32, to: u32) -> &str {
        self.text.get(from as usize..to as usize).unwrap_or("")
    }

    /// Where the next comment stands.
    fn peek(&self) -> Option<TextRange> {
        self.comments.get(self.next).map(|comment| comment.range)
    }

    /// Takes the comments that begin before an offset from the queue.
    fn take_before(&mut self, offset: u32) -> Vec<Comment> {
        let waiting = self.comments.get(self.next..).unwrap_or(&[]);
        let taken: Vec<_> = waiting.iter().take_while(|one| one.range.start < offset).cloned().collect();
        self.next += taken.len();
        taken
    }
}
