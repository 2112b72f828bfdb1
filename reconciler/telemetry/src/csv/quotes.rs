//! Quotes that are broken: what the reader of rows would take, in silence, for one cell of many lines.

use super::Place;

/// So much of what stands behind a quote is shown.
const SHOWN_CHARACTERS_MAX: usize = 20;

/// A quote that opens a cell which ends nowhere, or not at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenQuote {
    /// The line in which it opens.
    pub line: usize,
    /// What is wrong, and what to do.
    pub reason: String,
}

impl BrokenQuote {
    /// Where it opens.
    pub(crate) fn place(&self) -> Place {
        Place { line: self.line, column: 0 }
    }
}

/// The first quote of a file that is broken: one that opens a cell and is not closed until the end of the file, or is closed
/// by one behind which the cell goes on. A quote within a cell that does not begin with one is a letter like others.
#[must_use]
pub fn broken_quote(bytes: &[u8]) -> Option<BrokenQuote> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut at = 0;
    loop {
        let opens = quote(bytes, at)?;
        let before = opens.checked_sub(1).and_then(|before| bytes.get(before));
        if !before.is_none_or(|before| matches!(before, b',' | b'\n' | b'\r')) {
            at = opens + 1;
            continue;
        }
        let Some(closes) = closing(bytes, opens + 1) else {
            let reason = "a `\"` opens a cell here, and none closes it until the end of the file: close it, or take it \
                          away; was the file cut off?";
            return Some(BrokenQuote { line: line(bytes, opens), reason: reason.to_owned() });
        };
        let rest = bytes.get(closes + 1..).unwrap_or_default();
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        at = closes + 1 + blanks;
        match bytes.get(at) {
            None | Some(b',' | b'\n' | b'\r') => {}
            Some(_) => return Some(behind(bytes, opens, closes, at)),
        }
    }
}

fn behind(bytes: &[u8], opens: usize, closes: usize, at: usize) -> BrokenQuote {
    let rest = bytes.get(at..).unwrap_or_default();
    let cell = rest.split(|byte| matches!(byte, b',' | b'\n' | b'\r')).next().unwrap_or_default();
    let text: String = String::from_utf8_lossy(cell).chars().take(SHOWN_CHARACTERS_MAX).collect();
    let (first, last) = (line(bytes, opens), line(bytes, closes));
    let where_to = if first == last { "here".to_owned() } else { format!("in line {last}") };
    let reason = format!(
        "a `\"` opens a cell, the next one closes it {where_to}, and `{}` stands behind it: take away the `\"` that is not \
         meant, or write one that is part of a quoted text as `\"\"`",
        text.trim_end()
    );
    BrokenQuote { line: first, reason }
}

fn quote(bytes: &[u8], from: usize) -> Option<usize> {
    bytes.get(from..)?.iter().position(|byte| *byte == b'"').map(|at| from + at)
}

/// The quote that closes a cell whose text begins at a place: one that is not doubled.
fn closing(bytes: &[u8], mut from: usize) -> Option<usize> {
    loop {
        let at = quote(bytes, from)?;
        if bytes.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        from = at + 2;
    }
}

/// The line of a place. As elsewhere, a carriage return alone ends none.
fn line(bytes: &[u8], at: usize) -> usize {
    1 + bytes.get(..at).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use ::csv::ReaderBuilder;
    use proptest::prelude::*;

    use super::broken_quote;

    #[track_caller]
    fn check(text: &str, expected: Option<(usize, &str)>) {
        let found = broken_quote(text.as_bytes());
        let is_same = match (&found, expected) {
            (None, None) => true,
            (Some(found), Some((line, part))) => found.line == line && found.reason.contains(part),
            (Some(_), None) | (None, Some(_)) => false,
        };
        assert!(is_same, "{text:?}: {found:?}");
    }

    #[test]
    fn quotes_that_close_at_the_end_of_their_cell_are_sound() {
        for text in [
            "",
            "a,b\n1,2\n",
            "a,\"b\"\r\n\"1\n2\",\"\"\n",
            "\u{feff}\"a\",\"b\"\n",
            "\"say \"\"yes\"\"\",1\n\"\"\"\"\n",
            "a\n5\" disk\n\"b\" ,1\n",
            "a,\"b\"",
            "a,\"b\"\t\r\n",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn a_quote_that_closes_nowhere_or_before_more_text_is_said_with_the_line_where_it_opens() {
        check("t,v\n1,\"2", Some((2, "none closes it until the end")));
        check("t,v\n\"1\n,2\n3,4\n", Some((2, "none closes it until the end")));
        check(
            "t,v\n1,\"a,2\n3,b,4\n5,\"c,6\n",
            Some((2, "the next one closes it in line 4, and `c` stands behind it")),
        );
        check("t,v\n\n1,\"a\"b\"c\"\n", Some((3, "closes it here, and `b\"c\"` stands behind it")));
        check("t,v\n1,\"2\"\"", Some((2, "none closes it until the end")));
    }

    proptest! {
        /// Where no quote is broken, the reader's cells written again are the same cells: it has joined none.
        #[test]
        fn what_is_sound_has_as_many_cells_as_separators(text in "[a\",\n]{0,24}") {
            if broken_quote(text.as_bytes()).is_none() {
                let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
                for record in reader.records() {
                    for cell in &record.unwrap_or_default() {
                        // A cell of several lines, or with a comma, was quoted as a whole.
                        let quoted = format!("\"{}\"", cell.replace('"', "\"\""));
                        prop_assert!(!cell.contains(['\n', ',']) || text.contains(&quoted), "{cell:?} of {text:?}");
                    }
                }
            }
        }
    }
}
