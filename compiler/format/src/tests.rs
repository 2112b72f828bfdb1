//! Tests of the formatter: text in, text out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod comments;
mod expressions;
mod items;
mod repository;
mod total;

use crate::format;

/// Every item, statement and kind of expression once, not in canonical form.
const FORMS: &str = include_str!("../../syntax/src/tests/forms.heal");

/// The same in canonical form.
const FORMATTED: &str = include_str!("tests/forms.heal");

/// Checks the canonical text of a text, and that it is its own.
#[track_caller]
fn check(text: &str, expected: &str) {
    let output = format(text).unwrap();
    assert!(output == expected, "got:\n{output}\nexpected:\n{expected}");
    assert_eq!(format(expected).unwrap(), expected, "formatted again");
}
