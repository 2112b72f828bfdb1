//! Results as JUnit XML: a suite each file, a case each test.

use std::collections::BTreeMap;

use heal_diagnostics::Files;

use super::human::failures_text;
use crate::{Failure, Outcome, TestResult};

/// All results as JUnit XML.
#[must_use]
pub fn render_junit(files: &Files, results: &[TestResult]) -> String {
    let mut suites: BTreeMap<&str, Vec<&TestResult>> = BTreeMap::new();
    for result in results {
        suites.entry(&result.origin.file).or_default().push(result);
    }
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let (tests, failed, defects) = counts(results.iter());
    out.push_str(&format!(
        "<testsuites name=\"heal\" tests=\"{tests}\" failures=\"{failed}\" errors=\"{defects}\" time=\"0\">\n"
    ));
    for (file, results) in suites {
        let (tests, failed, defects) = counts(results.iter().copied());
        out.push_str(&format!(
            "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failed}\" errors=\"{defects}\" \
             skipped=\"0\" time=\"0\">\n",
            escaped(file)
        ));
        for result in results {
            case(files, result, &mut out);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

/// How many there are, how many failed, and how many met a defect.
fn counts<'r>(results: impl Iterator<Item = &'r TestResult>) -> (usize, usize, usize) {
    results.fold((0, 0, 0), |(tests, failed, defects), result| {
        let defect = usize::from(is_defect(result));
        let wrong = usize::from(result.outcome() == Outcome::Failed) - defect;
        (tests + 1, failed + wrong, defects + defect)
    })
}

fn is_defect(result: &TestResult) -> bool {
    result.failures.iter().any(|failure| matches!(failure, Failure::Defect { .. }))
}

fn case(files: &Files, result: &TestResult, out: &mut String) {
    // The dialect that most readers share has no `file` and `line` on a case: they stand in the class name and the text.
    let class = result.origin.file.trim_end_matches(".heal").replace('/', ".");
    out.push_str(&format!(
        "    <testcase name=\"{}\" classname=\"{}\" time=\"0\"",
        escaped(&result.name),
        escaped(&class)
    ));
    if result.outcome() == Outcome::Passed {
        out.push_str("/>\n");
        return;
    }
    out.push_str(">\n");
    let message = result.failures.first().map(super::human::message).unwrap_or_default();
    let element = if is_defect(result) { "error" } else { "failure" };
    let kind = if is_defect(result) { "defect" } else { "expectation" };
    out.push_str(&format!(
        "      <{element} message=\"{}\" type=\"{kind}\">{}</{element}>\n",
        escaped(&message),
        escaped(&failures_text(files, result))
    ));
    out.push_str("    </testcase>\n");
}

/// A text as it may stand in XML 1.0, in an attribute or an element. What no XML may hold is left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(character),
            control if u32::from(control) < 0x20 || matches!(control, '\u{fffe}' | '\u{ffff}') => {
                escaped.push('\u{fffd}');
            }
            other => escaped.push(other),
        }
    }
    escaped
}
