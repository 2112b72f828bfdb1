//! One walk over the text before it is parsed: its comments, those of other languages, and how deep its
//! brackets nest.
//!
//! The grammar drops comments, because a comment that is a rule would turn up in every node and every message. Depth
//! is counted here because the parser, and every pass over its tree, recurses over brackets and nothing else.

use std::borrow::Cow;

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
    /// What other languages take for comments, `# so` and `/* so */`: no text of Heal has these marks elsewhere.
    pub(crate) comments_elsewhere: Vec<TextRange>,
    /// The first bracket beyond [`BRACKET_DEPTH_MAX`].
    pub(crate) too_deep: Option<TextRange>,
}

/// All comments of a text, documentation included, in order, whether or not the rest of it can be read.
#[must_use]
pub fn comments(text: &str) -> Vec<Comment> {
    let ranges = scan(text).comments;
    ranges.into_iter().map(|range| Comment { text: slice(text, range).to_owned(), range }).collect()
}

/// The offset of the first such bracket of a text at or after an offset, comments and texts left out.
#[must_use]
pub fn find_bracket(text: &str, bracket: char, from: u32) -> Option<u32> {
    let bytes = text.as_bytes();
    let mut at = from as usize;
    while let Some(byte) = bytes.get(at) {
        at = match byte {
            _ if char::from(*byte) == bracket => return Some(range(at, at).start),
            b'/' if bytes.get(at + 1) == Some(&b'/') => line_end(bytes, at),
            b'"' | b'\'' | b'`' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'0'..=b'9' => {
                text_end(bytes, at).unwrap_or_else(|| word_end(bytes, at).max(at + 1))
            }
            _ => at + 1,
        };
    }
    None
}

/// Walks over a text.
pub(crate) fn scan(text: &str) -> Scan {
    let mut found = Scan::default();
    let mut open = Vec::new();
    let mut is_closed_somewhere = true;
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'"' | b'\'' | b'`' => at = quoted_end(bytes, start, false),
            b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'0'..=b'9' => {
                at = text_end(bytes, start).unwrap_or_else(|| word_end(bytes, start));
            }
            b'/' if bytes.get(at) == Some(&b'/') => {
                at = line_end(bytes, start);
                found.comments.push(range(start, at));
            }
            b'#' => {
                at = line_end(bytes, start);
                found.comments_elsewhere.push(range(start, at));
            }
            b'/' if bytes.get(at) == Some(&b'*') => {
                let rest = if is_closed_somewhere { bytes.get(at + 1..).unwrap_or(&[]) } else { &[] };
                let length = rest.windows(2).position(|two| two == b"*/");
                // Looking again would cost the rest of the file for each.
                is_closed_somewhere &= length.is_some();
                at = length.map_or_else(|| line_end(bytes, start), |length| at + 1 + length + 2);
                found.comments_elsewhere.push(range(start, at));
            }
            // Brackets mean nothing more once there are too many: counting on would cost their number for each.
            _ if found.too_deep.is_some() => {}
            b'(' | b'[' | b'{' => {
                open.push(*byte);
                if open.len() > BRACKET_DEPTH_MAX {
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

/// A text with blanks in place of the bytes of ranges, so that all other places stay what they are.
pub(crate) fn blanked<'text>(text: &'text str, ranges: &[TextRange]) -> Cow<'text, str> {
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut blanked = String::with_capacity(text.len());
    let mut at = 0;
    for range in ranges {
        blanked.push_str(text.get(at..range.start as usize).unwrap_or(""));
        blanked.extend(slice(text, *range).bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        at = range.end as usize;
    }
    blanked.push_str(text.get(at..).unwrap_or(""));
    Cow::Owned(blanked)
}

/// A range from offsets in a text of at most [`FILE_BYTES_MAX`] bytes.
pub(crate) fn range(start: usize, end: usize) -> TextRange {
    TextRange::new(u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX))
}

/// The text of a range.
pub(crate) fn slice(text: &str, range: TextRange) -> &str {
    text.get(range.start as usize..range.end as usize).unwrap_or("")
}

/// The end of the text that starts at `start` with its quote or with the letters before it; none where none starts.
pub(crate) fn text_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    at += usize::from(matches!(bytes.get(at), Some(b'b' | b'B')));
    let is_verbatim = matches!(bytes.get(at), Some(b'r' | b'R'));
    at += usize::from(is_verbatim);
    match bytes.get(at)? {
        b'"' | b'\'' => Some(quoted_end(bytes, at, is_verbatim)),
        b'`' if at == start => Some(quoted_end(bytes, at, true)),
        _ => None,
    }
}

/// The end of the word or number that starts at `start`.
fn word_end(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or(&[]);
    let length = rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
    start + length.unwrap_or(rest.len())
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

/// The end of a text whose quote stands at `start`: after the quote that closes it, or where its line ends. A text in
/// backticks or three quotes ends before the first line that begins at the margin, if it was not closed.
fn quoted_end(bytes: &[u8], start: usize, is_verbatim: bool) -> usize {
    let quote = bytes.get(start).copied().unwrap_or(b'"');
    let closes = |at: usize| bytes.get(at) == Some(&quote);
    let is_raw = quote == b'`';
    let is_triple = !is_raw && closes(start + 1) && closes(start + 2);
    let has_escapes = !is_verbatim && !is_raw;
    let length = if is_triple { 3 } else { 1 };
    let ends = |at: usize| closes(at) && (!is_triple || (closes(at + 1) && closes(at + 2)));
    let mut at = start + length;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\n' if !is_raw && !is_triple => return at,
            b'\n' if is_margin(bytes.get(at + 1)) && !ends(at + 1) => return at,
            b'\\' if has_escapes && bytes.get(at + 1).is_some_and(|next| *next != b'\n') => at += 2,
            b'\\' if has_escapes => return at,
            _ if ends(at) => return at + length,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Whether a line that begins with this byte begins at the margin.
fn is_margin(byte: Option<&u8>) -> bool {
    !matches!(byte, Some(b' ' | b'\t' | b'\r' | b'\n'))
}
