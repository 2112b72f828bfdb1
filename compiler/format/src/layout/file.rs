//! Items, and what stands between them.

use heal_syntax::tree::Comment;

use super::Printer;
use crate::doc::INDENT;
use crate::node::Node;

/// What an item follows: another, or the documentation of the file.
#[derive(Clone, Copy)]
struct Neighbour {
    is_line: bool,
    is_use: bool,
    is_documented: bool,
}

impl Neighbour {
    const FILE: Neighbour = Neighbour { is_line: true, is_use: false, is_documented: false };

    /// Whether this may stand right above `below`.
    fn may_touch(self, below: Neighbour) -> bool {
        let are_bare_lines = self.is_line && below.is_line && !self.is_documented && !below.is_documented;
        are_bare_lines || (self.is_use && below.is_use)
    }
}

impl Printer<'_> {
    /// Writes a file.
    pub(super) fn file(&mut self, items: &[Node]) {
        let mut above = None;
        for (at, item) in items.iter().enumerate() {
            above = Some(self.item(item, above));
            let limit = items.get(at + 1).map_or(u32::MAX, |next| next.range.start);
            self.trailing_comment(limit);
        }
        self.comments_before(u32::MAX, 0);
    }

    fn item(&mut self, item: &Node, above: Option<Neighbour>) -> Neighbour {
        let comments = self.take_before(item.range.start);
        let text = item.doc.flat();
        let text = text.strip_prefix("pub ").unwrap_or(&text);
        let this = Neighbour {
            is_line: item.body.is_none(),
            is_use: text.starts_with("use "),
            is_documented: comments.iter().any(is_documentation),
        };
        let blanks = self.blanks(item, &comments, this, above);
        for (comment, is_apart) in comments.iter().zip(&blanks) {
            self.line(*is_apart, 0, comment.text.trim_end());
        }
        let is_apart = blanks.last().copied().unwrap_or(false);
        if this.is_line && self.has_inner_documentation(item) {
            self.split_line(item, is_apart);
        } else {
            self.node(item, is_apart, 0);
        }
        this
    }

    /// Whether a blank line goes before each of the comments above an item, and before the item.
    fn blanks(
        &self,
        item: &Node,
        comments: &[Comment],
        this: Neighbour,
        above: Option<Neighbour>,
    ) -> Vec<bool> {
        let starts = comments.iter().map(|comment| comment.range.start).chain([item.range.start]);
        let mut end = self.end;
        let mut is_after_documentation = false;
        let mut blanks = Vec::new();
        for (at, start) in starts.enumerate() {
            let was_apart = end.is_some_and(|end| self.has_blank_line(end, start));
            blanks.push(was_apart && !is_after_documentation);
            let comment = comments.get(at);
            end = comment.map(|comment| comment.range.end);
            is_after_documentation = comment.is_some_and(is_documentation);
        }
        // The file's documentation is what the first item follows.
        let documentation = comments.iter().rposition(|comment| comment.text.starts_with("//!"));
        let (above, from) = match (above, documentation) {
            (Some(above), _) => (above, 0),
            (None, Some(last)) => (Neighbour::FILE, last + 1),
            (None, None) => return blanks,
        };
        let between = blanks.get_mut(from..).unwrap_or_default();
        if !above.may_touch(this)
            && !between.contains(&true)
            && let Some(first) = between.first_mut()
        {
            *first = true;
        }
        blanks
    }

    /// Whether a comment inside of an item would document it, or the file, if it stood before it.
    fn has_inner_documentation(&self, item: &Node) -> bool {
        let waiting = self.comments.get(self.next..).unwrap_or(&[]);
        let mut inside = waiting.iter().take_while(|comment| comment.range.start < item.range.end);
        inside.any(|comment| comment.text.starts_with("//!") || is_documentation(comment))
    }

    /// Writes an item of one line with its comments after its keyword.
    fn split_line(&mut self, item: &Node, is_apart: bool) {
        let text = item.doc.render(0, 0);
        let length = if text.starts_with("pub ") { "pub ".len() } else { 0 };
        let space = text.get(length..).and_then(|text| text.find(' ')).unwrap_or(0);
        let (keywords, rest) = text.split_at_checked(length + space).unwrap_or((&text, ""));
        self.line(is_apart, 0, keywords);
        for (at, comment) in self.take_before(item.range.end).iter().enumerate() {
            if at == 0 {
                self.trail(comment);
            } else {
                self.line(false, INDENT, comment.text.trim_end());
            }
        }
        self.line(false, INDENT, rest.trim_start());
        self.end = Some(item.range.end);
    }
}

fn is_documentation(comment: &Comment) -> bool {
    comment.text.starts_with("///") && !comment.text.starts_with("////")
}
