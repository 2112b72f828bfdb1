//! Which comments document what.

use heal_diagnostics::TextRange;

use crate::scan::slice;
use crate::tree::{Comment, ParsedFile};

/// Deals out the comments of a file: documentation to the file and its items, the rest to the file's list.
pub(super) struct Documentation<'text> {
    text: &'text str,
    comments: &'text [TextRange],
    /// Where the last item ended; none before the first.
    last_end: Option<u32>,
}

impl<'text> Documentation<'text> {
    /// Nothing is dealt out yet.
    pub(super) fn new(text: &'text str, comments: &'text [TextRange]) -> Documentation<'text> {
        Documentation { text, comments, last_end: None }
    }

    /// The comments that document the item at `place`. Those before it that do not go into the tree.
    pub(super) fn before(&mut self, place: TextRange, tree: &mut ParsedFile) -> Vec<Comment> {
        let count = self.comments.partition_point(|comment| comment.start < place.start);
        let (before, after) = self.comments.split_at_checked(count).unwrap_or((&[], &[]));
        let mut lines = Vec::new();
        for range in before {
            let comment = Comment { text: slice(self.text, *range).to_owned(), range: *range };
            let is_between = self.last_end.is_none_or(|end| range.start >= end);
            if self.last_end.is_none() && comment.text.starts_with("//!") {
                tree.documentation.push(line(&comment));
            } else if is_between && is_documentation(&comment.text) && self.stands_alone(*range) {
                lines.push(comment);
            } else {
                tree.comments.push(comment);
            }
        }
        self.comments = after;
        self.last_end = Some(place.end);
        lines
    }

    /// Puts the comments after the last item, and none before it twice, into the tree.
    pub(super) fn rest(mut self, tree: &mut ParsedFile) {
        let lines = self.before(TextRange::new(u32::MAX, u32::MAX), tree);
        tree.comments.extend(lines);
        tree.comments.sort_by_key(|comment| comment.range);
    }

    fn stands_alone(&self, comment: TextRange) -> bool {
        let before = self.text.get(..comment.start as usize).unwrap_or("");
        let before = before.trim_end_matches([' ', '\t']);
        before.is_empty() || before.ends_with(['\n', '\u{FEFF}'])
    }
}

/// A line of documentation without its slashes and one leading blank.
pub(super) fn line(comment: &Comment) -> String {
    let line = comment.text.get(3..).unwrap_or("");
    line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned()
}

/// Whether a comment documents what follows: three slashes, not more.
fn is_documentation(text: &str) -> bool {
    text.starts_with("///") && !text.starts_with("////")
}
