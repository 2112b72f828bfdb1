//! Tests of the parser as its users see it: text in, tree and diagnostics out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod elsewhere;
mod errors;
mod limits;
mod recovery;
mod show;
mod statements;
mod total;
mod valid;

use heal_diagnostics::{Diagnostic, FileId, SourceFile};

use crate::ParsedFile;

/// Every item, statement and kind of expression once.
const FORMS: &str = include_str!("tests/forms.heal");

/// Parses a text that has nothing wrong.
#[track_caller]
fn parse_valid(text: &str) -> ParsedFile {
    let (tree, diagnostics) = crate::parse(FileId(0), text);
    assert!(diagnostics.is_empty(), "{}", rendered(text, &diagnostics));
    tree
}

/// Diagnostics as lines: code, place, the exact text underlined, message, and what to do.
fn rendered(text: &str, diagnostics: &[Diagnostic]) -> String {
    let file = SourceFile::new(String::new(), text.to_owned());
    let mut out = String::new();
    for one in diagnostics {
        let at = file.position(one.primary.range.start);
        out += &format!("{} {at} `{}`: {}\n", one.code, file.slice(one.primary.range), one.message);
        for label in &one.secondary {
            out += &format!(
                "  at {} `{}`: {}\n",
                file.position(label.range.start),
                file.slice(label.range),
                label.text
            );
        }
        for help in &one.help {
            out += &format!("  help: {help}\n");
        }
        for fix in &one.fixes {
            for edit in &fix.edits {
                out += &format!("  fix: {} (`{}` -> `{}`)\n", fix.title, file.slice(edit.range), edit.text);
            }
        }
    }
    out
}

/// Checks the diagnostics of a text; both are indented as is convenient.
#[track_caller]
fn check(text: &str, expected: &str) {
    let (_, diagnostics) = crate::parse(FileId(0), text);
    let actual = rendered(text, &diagnostics);
    let expected = unindented(expected);
    assert_eq!(actual.trim_end(), expected.trim_end(), "\n---- actual\n{actual}");
}

/// A text without the indentation that its first line has.
fn unindented(text: &str) -> String {
    let text = text.trim_start_matches('\n');
    let indentation = text.len() - text.trim_start_matches(' ').len();
    let lines: Vec<&str> = text.lines().map(|line| line.get(indentation..).unwrap_or("")).collect();
    lines.join("\n")
}
