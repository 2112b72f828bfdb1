//! The comments and texts of a file, found without its tree: also where it has errors.

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PieceKind {
    /// From `//` to the end of the line, documentation too.
    Comment,
    /// Between quotes or backticks.
    Text,
}

/// A comment or a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    pub(crate) kind: PieceKind,
    /// Its text, without what begins and ends it.
    pub(crate) text: &'a str,
    /// Offset of the first byte.
    pub(crate) start: u32,
}

/// The comments and texts of a file, in order. A quoted text ends with its line at the latest, as the grammar has it.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(begin) = text.get(at..).and_then(|rest| rest.find(['"', '\'', '`', '/'])) {
        let from = at + begin;
        let rest = text.get(from..).unwrap_or("");
        let (kind, opening, length) = match rest.chars().next() {
            Some('/') if rest.starts_with("//") => {
                (PieceKind::Comment, 2, rest.find('\n').unwrap_or(rest.len()) - 2)
            }
            Some('/') | None => {
                at = from + 1;
                continue;
            }
            Some(quote) => (PieceKind::Text, 1, quoted(rest.get(1..).unwrap_or(""), quote)),
        };
        let start = from + opening;
        if let (Some(text), Ok(start)) = (text.get(start..start + length), u32::try_from(start)) {
            pieces.push(Piece { kind, text, start });
        }
        // Over the end mark too, which may be the end of a line.
        at = start + length + usize::from(kind == PieceKind::Text);
        if !text.is_char_boundary(at) || at > text.len() {
            break;
        }
    }
    pieces
}

/// How long a text is whose opening quote is before `rest`.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, one) in rest.char_indices() {
        match one {
            '\n' if quote != '`' => return at,
            _ if escaped => escaped = false,
            '\\' if quote != '`' => escaped = true,
            _ if one == quote => return at,
            _ => {}
        }
    }
    rest.len()
}
