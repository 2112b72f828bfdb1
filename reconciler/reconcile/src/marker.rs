//! The hidden first line of our comment, from which a restarted process learns what has been done.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::CommitId;

/// How the first line of each of our comments starts, in every version.
pub const MARKER_START: &str = "<!-- heal:impact:";
const VERSION: &str = "v1";

/// What a comment is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// Tip of the main branch at the time.
    pub base: CommitId,
    /// Tip of the branch at the time.
    pub head: CommitId,
    /// Digest of what the assessment rests on beside the commits.
    pub ground_digest: String,
    /// Digest of the text below the marker, as written.
    pub body_digest: String,
}

impl Marker {
    /// A marker for a text about `base` and `head`.
    #[must_use]
    pub fn new(base: &CommitId, head: &CommitId, ground: &str, text: &str) -> Marker {
        Marker {
            base: base.clone(),
            head: head.clone(),
            ground_digest: digest(ground),
            body_digest: digest(text),
        }
    }

    /// The line, without a line break.
    #[must_use]
    pub fn line(&self) -> String {
        let Marker { base, head, ground_digest, body_digest } = self;
        format!(
            "{MARKER_START}{VERSION} base={base} head={head} ground={ground_digest} body={body_digest} -->"
        )
    }

    /// Reads the marker of a comment. `None` when there is none, or one of another version.
    #[must_use]
    pub fn read(comment: &str) -> Option<Marker> {
        let line = comment.lines().next()?.trim();
        let fields =
            line.strip_prefix(MARKER_START)?.strip_suffix("-->")?.strip_prefix(VERSION)?.strip_prefix(' ')?;
        let field = |name: &str| {
            fields
                .split_whitespace()
                .find_map(|field| field.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
        };
        Some(Marker {
            base: CommitId::parse(&field("base")?).ok()?,
            head: CommitId::parse(&field("head")?).ok()?,
            ground_digest: field("ground")?,
            body_digest: field("body")?,
        })
    }
}

/// Whether a comment starts with our marker, of whatever version.
#[must_use]
pub fn is_ours(comment: &str) -> bool {
    comment.trim_start_matches('\u{feff}').trim_start().starts_with(MARKER_START)
}

/// The text of a comment below its marker.
pub(crate) fn text_below(comment: &str) -> &str {
    comment.split_once('\n').map_or("", |(_, rest)| rest)
}

/// A digest that a forge which rewrites line ends, trailing blanks or indentation leaves as it is.
pub(crate) fn digest(text: &str) -> String {
    let visible: String = text.chars().filter(|character| !character.is_whitespace()).collect();
    let mut digits = String::new();
    for byte in Sha256::digest(visible.as_bytes()).iter().take(8) {
        // Writing to a String cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{Marker, digest, is_ours, text_below};
    use crate::CommitId;

    fn marker() -> Marker {
        let commit = |digit: &str| CommitId::parse(&digit.repeat(40)).unwrap();
        Marker::new(&commit("a"), &commit("b"), "engine 1", "Some text.\n")
    }

    #[test]
    fn a_marker_is_read_back_as_it_was_written() {
        let comment = format!("{}\nSome text.\n", marker().line());
        assert_eq!(Marker::read(&comment), Some(marker()));
        assert_eq!(Marker::read(&comment.replace('\n', "\r\n")), Some(marker()));
        assert_eq!(digest(text_below(&comment)), marker().body_digest);
    }

    #[test]
    fn the_digest_sees_words_but_not_blanks() {
        assert_eq!(digest("a b\r\n  c"), digest("a b\nc\n"));
        assert_ne!(digest("a b"), digest("a c"));
    }

    #[test]
    fn quoted_later_and_foreign_markers_are_not_ours() {
        let line = marker().line();
        assert!(is_ours(&line) && is_ours("<!-- heal:impact:v9 -->"));
        for comment in
            [format!("> {line}"), format!("Look:\n{line}"), "<!-- other -->".to_owned(), String::new()]
        {
            assert!(!is_ours(&comment), "{comment}");
            assert_eq!(Marker::read(&comment), None);
        }
    }

    #[test]
    fn broken_and_newer_markers_are_ours_but_say_nothing() {
        let line = marker().line();
        for comment in [
            line.replace("v1", "v2"),
            line.replace("v1", "v10"),
            line.replace("base=a", "base=x"),
            line.replace("head=", "tail="),
        ] {
            assert!(is_ours(&comment));
            assert_eq!(Marker::read(&comment), None, "{comment}");
        }
    }
}
