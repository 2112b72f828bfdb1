//! The parser is total: whatever the text, it returns, and what it returns is within the text.

use heal_diagnostics::{Edit, FileId, TextRange};
use pest::Parser;
use proptest::prelude::*;

use super::FORMS;
use crate::parse;
use crate::parse::{Grammar, Rule};
use crate::scan::{blanked, scan, slice};

/// Checks what must hold for any text.
fn check(text: &str) -> Result<(), TestCaseError> {
    let (tree, diagnostics) = parse(FileId(0), text);
    let inside = |range: TextRange| {
        range.start <= range.end && text.get(range.start as usize..range.end as usize).is_some()
    };
    let mut last_end = 0;
    for item in &tree.items {
        prop_assert!(inside(item.range) && item.range.start >= last_end);
        last_end = item.range.end;
    }
    for one in &diagnostics {
        prop_assert!(inside(one.primary.range), "{one:?}");
        prop_assert!(one.secondary.iter().all(|label| inside(label.range)), "{one:?}");
        let edits = || one.fixes.iter().flat_map(|fix| &fix.edits);
        prop_assert!(edits().all(|edit| inside(edit.range)), "{one:?}");
        prop_assert!(edits().all(|edit| !glues(text, edit)), "two words become one: {one:?}");
        prop_assert!(one.message != "this cannot be read", "no tree for what the grammar took: {one:?}");
        prop_assert!(
            !one.message.starts_with("this cannot be read:"),
            "nothing was expected: {one:?} in {}",
            &text[text[..one.primary.range.start as usize].len().saturating_sub(100)..]
        );
    }
    let places: Vec<u32> = diagnostics.iter().map(|one| one.primary.range.start).collect();
    prop_assert!(places.is_sorted_by(|a, b| a < b));
    let is_whole = tree.unread.is_empty() && tree.items.iter().all(|one| !one.value.incomplete);
    prop_assert!(is_whole || !diagnostics.is_empty());
    Ok(())
}

/// Whether an edit makes one word of two, one of which it does not touch.
fn glues(text: &str, edit: &Edit) -> bool {
    let (before, after) = (&text[..edit.range.start as usize], &text[edit.range.end as usize..]);
    let is_word = |one: Option<char>| one.is_some_and(|one| one.is_alphanumeric() || one == '_');
    let left = is_word(before.chars().next_back());
    let right = is_word(after.chars().next());
    let was_left = is_word(text[edit.range.start as usize..].chars().next());
    let was_right = is_word(text[..edit.range.end as usize].chars().next_back());
    if edit.text.is_empty() {
        return left && right && !(was_left && was_right);
    }
    let (first, last) = (is_word(edit.text.chars().next()), is_word(edit.text.chars().next_back()));
    (left && first && !was_left) || (right && last && !was_right)
}

/// The offsets of a text where it may be cut.
fn boundary(text: &str, at: usize) -> usize {
    let mut at = at % (text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A piece of a text, near a place.
fn piece(text: &str, from: usize, length: usize) -> &str {
    let start = boundary(text, from);
    &text[start..boundary(text, (start + length).min(text.len()))]
}

/// The texts of the items of [`FORMS`].
fn items() -> Vec<&'static str> {
    let (tree, _) = parse(FileId(0), FORMS);
    tree.items.iter().map(|item| slice(FORMS, item.range)).collect()
}

const HEADS: &[&str] = &[
    "entity e by (a)",
    "signal s: count by (a)",
    "event e",
    "source s",
    "detector d(a: count)",
    "action a(b: C)",
    "channel c()",
    "plan p",
    "plan p { undo",
    "plan p { step s = a",
    "policy p",
    "policy p { guard",
    "guard shared g",
    "test 't'",
    "channel c { body",
];

const FRAGMENTS: &[&str] = &[
    "detector",
    "signal",
    "policy",
    "plan",
    "guard",
    "when",
    "for",
    "clear",
    "use",
    "pub",
    "param",
    "entity",
    "limit",
    "per",
    "try",
    "then",
    "escalate",
    "from",
    "prometheus",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ",",
    ":",
    "=",
    "==",
    "..",
    ".",
    "\"",
    "'",
    "`",
    "//",
    "///",
    "\n",
    " ",
    "a",
    "x.y",
    "3",
    "250ms",
    "95%",
    "+",
    "-",
    "!",
    "?",
    "\\",
    "é",
    "\r",
    "in",
    "true",
    "approval",
    "by",
    "step",
    "http",
    "POST",
    "command",
    "\u{FEFF}",
    "event",
    "source",
    "test",
    "let",
    "fn",
    "topology",
    "shared",
    "each",
    "given",
    "expect",
    "on",
    "undo",
    "always",
    "body",
    "secret",
    "retry",
    "after",
    "again every",
    "choose",
    "canary",
    "freeze",
    "breaker",
    "failures",
    "open for",
    "rising",
    "missing",
    "withheld",
    "exactly",
    "at",
    "->",
    "\"\"\"",
    "'''",
    "r\"",
    "b'",
    "null",
    "0x1F",
    "1h15m",
    ";",
    "=~",
    "!~",
    "=>",
    "/*",
    "*/",
    "#",
    "expr",
    "offset",
    "minutes",
    "once",
    "unless",
    "during",
    "severity",
    "10,000",
    "90 %",
];

proptest! {
    #[test]
    fn any_characters_are_read(text in any::<String>()) {
        check(&text)?;
    }

    #[test]
    fn any_bytes_that_are_text_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        check(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn any_tokens_are_read(tokens in proptest::collection::vec(proptest::sample::select(FRAGMENTS), 0..120), glue in any::<bool>()) {
        check(&tokens.join(if glue { "" } else { " " }))?;
    }

    #[test]
    fn a_mutated_item_is_read(
        item in any::<proptest::sample::Index>(),
        edits in proptest::collection::vec((any::<usize>(), 0..40usize, any::<usize>(), 0..40usize), 1..6),
        fragment in proptest::sample::select(FRAGMENTS),
    ) {
        let items = items();
        let mut text = items[item.index(items.len())].to_owned();
        for (at, removed, from, copied) in edits {
            let start = boundary(&text, at);
            let end = boundary(&text, (start + removed).min(text.len())).max(start);
            text.replace_range(start..end, &format!("{}{fragment}", piece(FORMS, from, copied)));
        }
        check(&format!("{text}\nuse a"))?;
    }

    #[test]
    fn any_tokens_in_a_block_are_read(
        head in proptest::sample::select(HEADS),
        tokens in proptest::collection::vec(proptest::sample::select(FRAGMENTS), 0..40),
    ) {
        check(&format!("{head} {{ {} }}", tokens.join(" ")))?;
        check(&format!("{head} {{{}}}", tokens.concat()))?;
    }

    #[test]
    fn an_item_that_lost_one_token_has_few_errors(item in any::<proptest::sample::Index>(), at in any::<usize>()) {
        let items = items();
        let mut text = format!("{}\nuse a", items[item.index(items.len())]);
        let start = boundary(&text, at);
        let lost = text[start..].chars().next();
        if let Some(lost) = lost.filter(|one| "{}()[],:.\"`".contains(*one)) {
            text.remove(start);
            let (_, diagnostics) = parse(FileId(0), &text);
            let told = super::rendered(&text, &diagnostics);
            prop_assert!(diagnostics.len() <= 2, "without {lost:?} at {start}:\n{text}\n{told}");
        }
    }

    #[test]
    fn the_scanner_sees_the_comments_that_the_grammar_skips(tokens in proptest::collection::vec(proptest::sample::select(FRAGMENTS), 0..80)) {
        // The grammar reads comments of other languages as blanks.
        let text = tokens.concat();
        let text = blanked(&text, &scan(&text).comments_elsewhere).into_owned();
        let pairs = Grammar::parse(Rule::tokens, &text).unwrap();
        let mut rest = text.clone();
        for token in pairs.flatten().filter(|pair| !matches!(pair.as_rule(), Rule::tokens | Rule::line)).collect::<Vec<_>>().into_iter().rev() {
            rest.replace_range(token.as_span().start()..token.as_span().end(), "");
        }
        let visible = |text: &str| text.chars().filter(|one| !" \n\r\u{FEFF}".contains(*one)).collect::<String>();
        let comments: String = scan(&text).comments.iter().map(|range| slice(&text, *range)).collect();
        prop_assert_eq!(visible(&rest), visible(&comments));
    }
}

#[test]
fn every_prefix_of_a_valid_item_is_read() {
    for item in items() {
        for (end, _) in item.char_indices() {
            check(&item[..end]).unwrap();
        }
    }
}
