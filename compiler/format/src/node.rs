//! What is laid out: lines and blocks, with the places they were written at.

use heal_diagnostics::TextRange;

use crate::doc::Doc;

/// A line, or a block with its head.
pub(crate) struct Node {
    /// Where it was written.
    pub(crate) range: TextRange,
    /// Its text: of a block, the head without its brace.
    pub(crate) doc: Doc,
    /// What stands in its braces; none for a line.
    pub(crate) body: Option<Body>,
}

/// What stands in braces, or in the brackets of a list.
pub(crate) struct Body {
    /// The offset of the opening brace.
    pub(crate) open: u32,
    /// What opens and closes it.
    pub(crate) braces: (&'static str, &'static str),
    /// What stands between.
    pub(crate) nodes: Vec<Node>,
    /// The whole block on one line, for one that is written so if it fits.
    pub(crate) inline: Option<Doc>,
}

impl Node {
    /// A line.
    pub(crate) fn line(range: TextRange, doc: Doc) -> Node {
        Node { range, doc, body: None }
    }

    /// With a comma after it.
    pub(crate) fn with_comma(mut self) -> Node {
        match &mut self.body {
            Some(body) => {
                body.braces.1 = if body.braces.1 == "]" { "]," } else { "}," };
                body.inline = body.inline.take().map(|inline| inline.then(","));
            }
            None => self.doc = self.doc.then(","),
        }
        self
    }
}
