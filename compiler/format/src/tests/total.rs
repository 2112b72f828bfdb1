//! What holds for any text: no panic, no comment lost, nothing changed the second time.

use heal_syntax::comments;
use proptest::prelude::*;

use super::FORMS;
use crate::{FormatError, format};

/// The offsets between the tokens of a valid text, its comments and raw texts left out.
fn gaps(text: &str) -> Vec<usize> {
    let mut gaps = vec![0];
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let at = text.len() - rest.len();
        let is_word = |one: char| one.is_ascii_alphanumeric() || "_%./".contains(one);
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '"' | '\'' | '`' => 2 + rest[1..].find(first).unwrap(),
            _ if is_word(first) => rest.find(|one| !is_word(one)).unwrap_or(rest.len()),
            '-' if rest.starts_with("->") => 2,
            '=' | '<' | '>' | '!' | '&' | '|' => rest.find(|one| !"=<>!&|".contains(one)).unwrap(),
            _ => first.len_utf8(),
        };
        let is_comment = rest.starts_with("//");
        rest = &rest[length..];
        if !first.is_whitespace() && !is_comment {
            gaps.extend([at, at + length]);
        }
    }
    gaps
}

/// Checks what must hold for any text.
fn check_total(text: &str) -> Result<(), TestCaseError> {
    match format(text) {
        Ok(output) => prop_assert_eq!(format(&output).unwrap(), output),
        Err(FormatError::Syntax(diagnostics)) => prop_assert!(!diagnostics.is_empty()),
        Err(error @ FormatError::Defect { .. }) => prop_assert!(false, "{text:?}: {error:?}"),
    }
    Ok(())
}

const TOKENS: &[&str] = &[
    "detector d { when ",
    "policy p { guard { cooldown ",
    "param a: count = ",
    "plan p { require ",
    "test 't' { expect ",
    "test 't' { given ",
    "plan p { for each w in ",
    "plan p { step s = ",
    "channel c { body {",
    "detector d(a: signal count by (b)) { when ",
    "source s { event by (a) {",
    "event e { from ",
    "fn f(a: count = ",
    "undo { step s = ",
    "} ",
    "}\n",
    "{",
    "a: ",
    " at ",
    " then ",
    " = ",
    " exactly ",
    " plan ",
    " rising ",
    " missing ",
    " withheld ",
    " where ",
    " = {",
    " every ",
    "signal ",
    "source",
    " on ",
    " step ",
    "\"\"\"z\"\"\"",
    "r'\\'",
    "0x1F",
    "1h15m",
    " per ",
    " for ",
    "a",
    "limit",
    "plan",
    "when",
    "3",
    "250ms",
    "95%",
    "/s",
    ".5",
    "'x'",
    "\"y\"",
    "`z`",
    " + ",
    " - ",
    "-",
    "!",
    " % ",
    "/",
    " in ",
    " && ",
    " || ",
    " == ",
    " ? ",
    " : ",
    "(",
    ")",
    "[",
    "]",
    ", ",
    ".b",
    "// c\n",
    "/// d\n",
    "//! e\n",
    "\n",
    "\n\n",
    " ",
    "\r\n",
    "use a ",
];

proptest! {
    #[test]
    fn comments_survive_wherever_they_stand(places in proptest::collection::vec((any::<proptest::sample::Index>(), 0..4usize), 1..12)) {
        let gaps = gaps(FORMS);
        let mut places: Vec<_> = places.iter().map(|(place, kind)| (*place.get(&gaps), *kind)).collect();
        places.sort();
        let mut text = FORMS.to_owned();
        for (number, (at, kind)) in places.iter().enumerate().rev() {
            let (before, slashes) = [("", "//"), (" ", "///"), ("\n", "//!"), ("\n\n", "//")][*kind];
            let before = if text[..*at].ends_with('/') { " " } else { before };
            text.insert_str(*at, &format!("{before}{slashes} c{number}\n"));
        }
        let output = match format(&text) {
            Ok(output) => output,
            Err(error) => return Err(TestCaseError::fail(format!("{error:?}\n{text}"))),
        };
        let found: Vec<String> = comments(&output).into_iter().map(|one| one.text).collect();
        let inserted = found.iter().filter_map(|one| one.rsplit_once(" c")?.1.parse().ok());
        prop_assert_eq!(inserted.collect::<Vec<usize>>(), (0..places.len()).collect::<Vec<_>>());
        prop_assert_eq!(format(&output).unwrap(), output);
    }

    #[test]
    fn any_characters_are_formatted_or_refused(text in any::<String>()) {
        check_total(&text)?;
    }

    #[test]
    fn any_bytes_are_formatted_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        check_total(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn any_tokens_are_formatted_or_refused(tokens in proptest::collection::vec(proptest::sample::select(TOKENS), 0..24)) {
        check_total(&tokens.concat())?;
    }

    #[test]
    fn any_expression_keeps_its_meaning(tokens in proptest::collection::vec(proptest::sample::select(&TOKENS[40..]), 0..8)) {
        check_total(&format!("detector d {{ when {} }}", tokens.concat()))?;
    }
}
