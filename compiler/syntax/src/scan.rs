//! One walk over the text before it is parsed: its comments, and how deep its brackets nest.
//!
//! The grammar drops comments, because a comment that is a rule would turn up in every node and every message. Depth
//! is counted here because the parser, and every pass over its tree, recurses over brackets and nothing else.

use heal_diagnostics::TextRange;

use crate::tree::Comment;

/// Most bytes of a file.
pub const FILE_BYTES_MAX: usize = 1 << 20;

/// Most brackets, of all kinds, that are open at one place.
pub const BRACKET_DEPTH_MAX: usize = 64;

/// What the walk found.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// All comments, documentation included, in order.
    pub(crate) comments: Vec<TextRange>,
    /// The first bracket beyond [`BRACKET_DEPTH_MAX`].
    pub(crate) too_deep: Option<TextRange>,
}

/// All comments of a text, documentation included, in order, whether or not the rest of it can be read.
#[must_use]
pub fn comments(text: &str) -> Vec<Comment> {
    let ranges = scan(text).comments;
    ranges.into_iter().map(|range| Comment { text: slice(text, range).to_owned(), range }).collect()
}

/// Walks over a text.
pub(crate) fn scan(text: &str) -> Scan {
    let mut found = Scan::default();
    let mut open = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'"' | b'\'' => at = quoted_end(bytes, start, *byte),
            b'`' => at = raw_end(bytes, start),
            b'/' if bytes.get(at) == Some(&b'/') => {
                at = line_end(bytes, start);
                found.comments.push(range(start, at));
            }
            b'(' | b'[' | b'{' => {
                open.push(*byte);
                if open.len() > BRACKET_DEPTH_MAX && found.too_deep.is_none() {
                    found.too_deep = Some(range(start, at));
                }
            }
            b')' => close(&mut open, b'('),
            b']' => close(&mut open, b'['),
            b'}' => close(&mut open, b'{'),
            _ => {}
        }
    }
    found
}

/// A range from offsets in a text of at most [`FILE_BYTES_MAX`] bytes.
pub(crate) fn range(start: usize, end: usize) -> TextRange {
    TextRange::new(u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX))
}

/// The text of a range.
pub(crate) fn slice(text: &str, range: TextRange) -> &str {
    text.get(range.start as usize..range.end as usize).unwrap_or("")
}

/// The end of the text whose quote or backtick stands at `start`.
pub(crate) fn text_end(text: &str, start: usize) -> usize {
    match text.as_bytes().get(start) {
        Some(b'`') => raw_end(text.as_bytes(), start),
        Some(quote) => quoted_end(text.as_bytes(), start, *quote),
        None => start,
    }
}

/// Closes the innermost bracket of a kind and those forgotten inside it. A round or square bracket never closes a
/// brace: the grammar reads on by braces after an error, so their number must be right whatever stands between.
fn close(open: &mut Vec<u8>, kind: u8) {
    let of_kind = open.iter().rposition(|one| *one == kind || (*one == b'{' && kind != b'{'));
    if let Some(at) = of_kind
        && open.get(at) == Some(&kind)
    {
        open.truncate(at);
    }
}

/// The end of a comment: its line's, without a carriage return.
fn line_end(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or(&[]);
    let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let end = start + length;
    if end > start && bytes.get(end - 1) == Some(&b'\r') { end - 1 } else { end }
}

/// The end of a text in quotes that starts at `start`: after its quote, or at the end of its line.
fn quoted_end(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\n' => return at,
            b'\\' if bytes.get(at + 1).is_some_and(|next| *next != b'\n') => at += 2,
            b'\\' => return at,
            _ if *byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The end of a raw text that starts at `start`: after its backtick, or before a line that begins at the margin.
fn raw_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'`' => return at + 1,
            b'\n' if !matches!(bytes.get(at + 1), Some(b' ' | b'\t' | b'\r' | b'\n' | b'`')) => return at,
            _ => at += 1,
        }
    }
    bytes.len()
}
