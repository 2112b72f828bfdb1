//! What is laid out: lines and blocks, with the places they were written at.

use heal_diagnostics::TextRange;

/// A line, or a block with its head.
pub(crate) struct Node {
    /// Where it was written.
    pub(crate) range: TextRange,
    /// Its text: of a block, the head without its brace. It has several lines if a chain in it was broken.
    pub(crate) text: String,
    /// What stands in its braces; none for a line.
    pub(crate) body: Option<Vec<Node>>,
}

impl Node {
    /// A line.
    pub(crate) fn line(range: TextRange, text: String) -> Node {
        Node { range, text, body: None }
    }

    /// A block.
    pub(crate) fn block(range: TextRange, head: String, body: Vec<Node>) -> Node {
        Node { range, text: head, body: Some(body) }
    }
}
