//! Letters that look like Latin ones and are not.

use heal_check::SourceUnit;
use heal_diagnostics::{Code, Diagnostic, Safety, TextRange};

use crate::pieces::{Piece, PieceKind, pieces};

pub(crate) fn check(unit: &SourceUnit<'_>, found: &mut Vec<Diagnostic>) {
    if unit.text.is_ascii() {
        return;
    }
    for piece in pieces(unit.text) {
        for (start, word) in words(&piece) {
            let meant: String = word.chars().map(|one| latin(one).unwrap_or(one)).collect();
            if !is_suspicious(word, &meant, piece.kind) {
                continue;
            }
            let Some((at, odd)) = word.char_indices().find(|(_, one)| latin(*one).is_some()) else {
                continue;
            };
            let first = start + u32::try_from(at).unwrap_or(0);
            let range = TextRange::new(first, first + u32::try_from(odd.len_utf8()).unwrap_or(1));
            let whole = TextRange::new(start, start + u32::try_from(word.len()).unwrap_or(0));
            let like = latin(odd).unwrap_or(odd);
            let message =
                format!("`{odd}` (U+{:04X}) looks like `{like}` and is another letter", u32::from(odd));
            found.push(
                Diagnostic::warning(Code::LOOK_ALIKE, unit.file, range, message)
                    .with_help(format!("`{word}` and `{meant}` look alike and are not equal"))
                    .with_fix(format!("write `{meant}`"), Safety::Unsafe, whole, meant),
            );
        }
    }
}

/// Whether a word would be taken for another: it mixes Latin letters with others that look like them, or, where it is
/// compared, consists of such alone.
fn is_suspicious(word: &str, meant: &str, kind: PieceKind) -> bool {
    let mixes = word != meant && word.chars().any(|one| one.is_ascii_alphabetic());
    let is_disguise = meant.is_ascii() && word.chars().all(|one| latin(one).is_some());
    let is_styled = word.chars().any(is_full_width);
    mixes || is_styled || (kind == PieceKind::Text && is_disguise && word.chars().count() > 1)
}

/// The runs of letters of a piece, with their places.
fn words<'a>(piece: &Piece<'a>) -> impl Iterator<Item = (u32, &'a str)> {
    let (text, base) = (piece.text, piece.start);
    let mut rest = 0;
    std::iter::from_fn(move || {
        let from = rest + text.get(rest..)?.find(char::is_alphabetic)?;
        let tail = text.get(from..)?;
        let length = tail.find(|one: char| !one.is_alphabetic()).unwrap_or(tail.len());
        rest = from + length;
        Some((base + u32::try_from(from).ok()?, tail.get(..length)?))
    })
}

fn is_full_width(one: char) -> bool {
    matches!(one, '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}')
}

/// The Latin letter that a letter looks like: from Unicode's `confusables.txt` (UTS #39), those Cyrillic and Greek letters
/// that common fonts draw just like a Latin one, and the full-width forms.
fn latin(one: char) -> Option<char> {
    const ALIKE: [(char, char); 58] = [
        ('\u{391}', 'A'),
        ('\u{392}', 'B'),
        ('\u{395}', 'E'),
        ('\u{396}', 'Z'),
        ('\u{397}', 'H'),
        ('\u{399}', 'I'),
        ('\u{39a}', 'K'),
        ('\u{39c}', 'M'),
        ('\u{39d}', 'N'),
        ('\u{39f}', 'O'),
        ('\u{3a1}', 'P'),
        ('\u{3a4}', 'T'),
        ('\u{3a5}', 'Y'),
        ('\u{3a7}', 'X'),
        ('\u{3b1}', 'a'),
        ('\u{3b9}', 'i'),
        ('\u{3bd}', 'v'),
        ('\u{3bf}', 'o'),
        ('\u{3c1}', 'p'),
        ('\u{3f2}', 'c'),
        ('\u{3f3}', 'j'),
        ('\u{405}', 'S'),
        ('\u{406}', 'I'),
        ('\u{408}', 'J'),
        ('\u{410}', 'A'),
        ('\u{412}', 'B'),
        ('\u{415}', 'E'),
        ('\u{417}', '3'),
        ('\u{41a}', 'K'),
        ('\u{41c}', 'M'),
        ('\u{41d}', 'H'),
        ('\u{41e}', 'O'),
        ('\u{420}', 'P'),
        ('\u{421}', 'C'),
        ('\u{422}', 'T'),
        ('\u{423}', 'Y'),
        ('\u{425}', 'X'),
        ('\u{430}', 'a'),
        ('\u{433}', 'r'),
        ('\u{435}', 'e'),
        ('\u{43e}', 'o'),
        ('\u{440}', 'p'),
        ('\u{441}', 'c'),
        ('\u{443}', 'y'),
        ('\u{445}', 'x'),
        ('\u{455}', 's'),
        ('\u{456}', 'i'),
        ('\u{458}', 'j'),
        ('\u{475}', 'v'),
        ('\u{4ae}', 'Y'),
        ('\u{4af}', 'y'),
        ('\u{4bb}', 'h'),
        ('\u{4c0}', 'I'),
        ('\u{4cf}', 'l'),
        ('\u{501}', 'd'),
        ('\u{50c}', 'G'),
        ('\u{51b}', 'q'),
        ('\u{51d}', 'w'),
    ];
    if is_full_width(one) {
        return char::from_u32(u32::from(one) - 0xfee0);
    }
    let at = ALIKE.binary_search_by_key(&one, |(letter, _)| *letter).ok()?;
    ALIKE.get(at).map(|(_, latin)| *latin)
}
