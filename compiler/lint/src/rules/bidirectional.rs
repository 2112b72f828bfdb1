//! Characters that change the order in which text is shown, or that are not shown at all.

use heal_check::SourceUnit;
use heal_diagnostics::{Code, Diagnostic, Safety, TextRange};

use crate::pieces::{Piece, PieceKind, pieces};

pub(crate) fn check(unit: &SourceUnit<'_>, found: &mut Vec<Diagnostic>) {
    // Nearly every file is plain: no need to look closer.
    if unit.text.is_ascii() {
        return;
    }
    for piece in pieces(unit.text) {
        for (at, one) in piece.text.char_indices() {
            let Some((code, name, what)) = meaning(one, piece.kind) else { continue };
            let start = piece.start + u32::try_from(at).unwrap_or(u32::MAX);
            let range = TextRange::new(start, start + u32::try_from(one.len_utf8()).unwrap_or(1));
            let message = format!("the character U+{:04X} ({name}) {what}", u32::from(one));
            found.push(
                Diagnostic::warning(code, unit.file, range, message).with_help(help(&piece)).with_fix(
                    "remove it",
                    safety(&piece),
                    range,
                    "",
                ),
            );
        }
    }
}

fn help(piece: &Piece<'_>) -> &'static str {
    match piece.kind {
        PieceKind::Comment => "remove it: what is read here should be what stands here",
        PieceKind::Text => "remove it: two texts that look alike would not be equal",
    }
}

/// In a comment nothing is changed by it; a text becomes another one.
fn safety(piece: &Piece<'_>) -> Safety {
    match piece.kind {
        PieceKind::Comment => Safety::Safe,
        PieceKind::Text => Safety::Unsafe,
    }
}

/// What is wrong with a character: the list of UAX #9's explicit formatting characters, and of characters without width.
/// Joiners belong to the writing of some languages, and are right in a comment.
fn meaning(one: char, kind: PieceKind) -> Option<(Code, &'static str, &'static str)> {
    const ORDER: &str = "changes the order in which text is shown";
    const UNSEEN: &str = "is not seen";
    let bidirectional = match one {
        '\u{61c}' => Some("Arabic letter mark"),
        '\u{200e}' => Some("left-to-right mark"),
        '\u{200f}' => Some("right-to-left mark"),
        '\u{202a}' => Some("left-to-right embedding"),
        '\u{202b}' => Some("right-to-left embedding"),
        '\u{202c}' => Some("pop directional formatting"),
        '\u{202d}' => Some("left-to-right override"),
        '\u{202e}' => Some("right-to-left override"),
        '\u{2066}' => Some("left-to-right isolate"),
        '\u{2067}' => Some("right-to-left isolate"),
        '\u{2068}' => Some("first strong isolate"),
        '\u{2069}' => Some("pop directional isolate"),
        _ => None,
    };
    let unseen = match (one, kind) {
        ('\u{ad}', PieceKind::Text) => Some("soft hyphen"),
        ('\u{200b}', _) => Some("zero width space"),
        ('\u{200c}', PieceKind::Text) => Some("zero width non-joiner"),
        ('\u{200d}', PieceKind::Text) => Some("zero width joiner"),
        ('\u{2060}', _) => Some("word joiner"),
        ('\u{feff}', _) => Some("zero width no-break space"),
        (_, _) => None,
    };
    bidirectional
        .map(|name| (Code::BIDIRECTIONAL, name, ORDER))
        .or(unseen.map(|name| (Code::INVISIBLE, name, UNSEEN)))
}
