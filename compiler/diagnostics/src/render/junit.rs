//! `JUnit` XML, as Jenkins' `junit-10.xsd` describes it.

use std::fmt::Write;

use super::common::{name, span, words};
use crate::{Diagnostic, FileId, Files, Severity};

/// A suite a file: with a failed case for each of its diagnostics, or one that passed. Files of the standard library are
/// in it when something is said of them.
pub(super) fn render(files: &Files, diagnostics: &[&Diagnostic]) -> String {
    let mut suites = String::new();
    let mut cases = 0;
    let mut ids: Vec<FileId> = files.iter().map(|(id, _)| id).collect();
    ids.sort_by_key(|id| (name(files, *id), *id));
    for id in ids {
        let of_file: Vec<&Diagnostic> =
            diagnostics.iter().filter(|diagnostic| diagnostic.primary.file == id).copied().collect();
        if of_file.is_empty() && name(files, id).starts_with("std/") {
            continue;
        }
        suites.push_str(&suite(files, id, &of_file));
        cases += of_file.len().max(1);
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"heal check\" tests=\"{cases}\" failures=\"{}\" errors=\"0\">\n{suites}</testsuites>\n",
        diagnostics.len()
    )
}

fn suite(files: &Files, id: FileId, diagnostics: &[&Diagnostic]) -> String {
    let file = attribute(name(files, id));
    let mut cases = String::new();
    for diagnostic in diagnostics {
        let start = span(files, id, diagnostic.primary.range).start;
        let kind = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let code = diagnostic.code;
        // Writing into a text cannot fail.
        let _ = write!(
            cases,
            "    <testcase name=\"{code} at {start}\" classname=\"{file}\">\n      \
             <failure type=\"{kind}\" message=\"{}\">{}</failure>\n    </testcase>\n",
            attribute(&diagnostic.message),
            text(&format!("{}:{start}: {code}: {}", name(files, id), words(diagnostic))),
        );
    }
    if diagnostics.is_empty() {
        let _ = writeln!(cases, "    <testcase name=\"nothing to report\" classname=\"{file}\"/>");
    }
    format!(
        "  <testsuite name=\"{file}\" tests=\"{}\" failures=\"{}\" errors=\"0\">\n{cases}  </testsuite>\n",
        diagnostics.len().max(1),
        diagnostics.len()
    )
}

/// Text between tags. A character that XML cannot hold, even escaped, is replaced.
fn text(text: &str) -> String {
    let mut escaped = String::new();
    for one in text.chars() {
        match one {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\t' | '\n' => escaped.push(one),
            '\r' => escaped.push_str("&#13;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(one),
        }
    }
    escaped
}

/// The same between quotes, where a reader would make blanks of line ends.
fn attribute(value: &str) -> String {
    text(value).replace('"', "&quot;").replace('\n', "&#10;").replace('\t', "&#9;")
}
