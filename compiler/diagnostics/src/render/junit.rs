//! `JUnit` XML, as Jenkins' `junit-10.xsd` describes it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use super::common::{name, span, words};
use crate::{Diagnostic, Files, Severity};

/// A suite a file: with a failed case for each of its diagnostics, or one that passed.
pub(super) fn render(files: &Files, checked: &BTreeSet<String>, diagnostics: &[&Diagnostic]) -> String {
    let mut by_name: BTreeMap<&str, Vec<&Diagnostic>> =
        checked.iter().map(|name| (name.as_str(), Vec::new())).collect();
    for diagnostic in diagnostics {
        by_name.entry(name(files, diagnostic.primary.file)).or_default().push(diagnostic);
    }
    let cases: usize = by_name.values().map(|of_file| of_file.len().max(1)).sum();
    let suites: String = by_name.iter().map(|(name, of_file)| suite(files, name, of_file)).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"heal check\" tests=\"{cases}\" failures=\"{}\" errors=\"0\">\n{suites}</testsuites>\n",
        diagnostics.len()
    )
}

fn suite(files: &Files, name: &str, diagnostics: &[&Diagnostic]) -> String {
    let file = attribute(name);
    let mut cases = String::new();
    for diagnostic in diagnostics {
        let start = span(files, diagnostic.primary.file, diagnostic.primary.range).start;
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
            text(&format!("{name}:{start}: {code}: {}", words(diagnostic))),
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
