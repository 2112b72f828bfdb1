//! Results for programs, as `docs/schema/tests.v1.json` describes them.

use serde::Serialize;

use super::human::message;
use crate::{Failure, Outcome, TestResult, times::exact};

/// Version of the JSON form. A change that a reader of the version before would misread has the next one.
pub const JSON_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'r> {
    version: u32,
    passed: usize,
    failed: usize,
    tests: Vec<Test<'r>>,
}

#[derive(Serialize)]
struct Test<'r> {
    name: &'r str,
    module: &'r str,
    file: &'r str,
    line: u32,
    outcome: &'static str,
    /// RFC 3339, in the test's own time.
    start: String,
    end: String,
    expectations: usize,
    failures: Vec<Wrong<'r>>,
    /// The timeline as text, line by line.
    timeline: Vec<String>,
}

#[derive(Serialize)]
struct Wrong<'r> {
    kind: &'static str,
    file: &'r str,
    line: u32,
    /// In one sentence.
    message: String,
    /// The expectation as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    expectation: Option<&'r str>,
    /// Bytes of the file: the first, and the one after the last.
    range: [u32; 2],
    /// What happened, line by line.
    happened: Vec<&'r str>,
    moments: Vec<At<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'r str>,
}

#[derive(Serialize)]
struct At<'r> {
    /// RFC 3339, in the test's own time.
    at: String,
    /// The same as a span since the start.
    after: String,
    of: &'r str,
    why: &'r str,
    values: Vec<Value<'r>>,
}

#[derive(Serialize)]
struct Value<'r> {
    depth: u32,
    expression: &'r str,
    value: &'r str,
    known: bool,
}

/// All results as JSON.
#[must_use]
pub fn render_json(results: &[TestResult]) -> String {
    let failed = results.iter().filter(|it| it.outcome() == Outcome::Failed).count();
    let document = Document {
        version: JSON_VERSION,
        passed: results.len() - failed,
        failed,
        tests: results.iter().map(test).collect(),
    };
    // A tree of texts and numbers always has a JSON form.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn test(result: &TestResult) -> Test<'_> {
    Test {
        name: &result.name,
        module: &result.module,
        file: &result.origin.file,
        line: result.origin.line,
        outcome: match result.outcome() {
            Outcome::Passed => "passed",
            Outcome::Failed => "failed",
        },
        start: result.start.to_string(),
        end: result.end.to_string(),
        expectations: result.expectations,
        failures: result.failures.iter().map(|failure| wrong(result, failure)).collect(),
        timeline: result.timeline.as_ref().map(super::plot::lines).unwrap_or_default(),
    }
}

fn wrong<'r>(result: &'r TestResult, failure: &'r Failure) -> Wrong<'r> {
    let plain = |kind: &'static str, help: Option<&'r str>| Wrong {
        kind,
        file: &result.origin.file,
        line: result.origin.line,
        message: message(failure),
        expectation: None,
        range: [result.place.start, result.place.end],
        happened: Vec::new(),
        moments: Vec::new(),
        help,
    };
    match failure {
        Failure::Expectation { text, origin, place, expected: _, happened, moments } => Wrong {
            kind: "expectation",
            file: &origin.file,
            line: origin.line,
            message: message(failure),
            expectation: Some(text),
            range: [place.start, place.end],
            happened: happened.iter().map(String::as_str).collect(),
            moments: moments
                .iter()
                .map(|moment| At {
                    at: moment.at.to_string(),
                    after: exact(moment.at.since(result.start)),
                    of: &moment.of,
                    why: &moment.why,
                    values: moment
                        .readings
                        .iter()
                        .map(|reading| Value {
                            depth: reading.depth,
                            expression: &reading.text,
                            value: &reading.value,
                            known: reading.is_known,
                        })
                        .collect(),
                })
                .collect(),
            help: None,
        },
        Failure::NotGiven { origin, place, because, help, .. } => Wrong {
            file: &origin.file,
            line: origin.line,
            range: [place.start, place.end],
            happened: vec![because],
            ..plain("not_given", Some(help))
        },
        Failure::NotSimulated { .. } => plain("not_simulated", None),
        Failure::NoRecording { .. } => plain("no_recording", None),
        Failure::TooLong { .. } => plain("too_long", None),
        Failure::Defect { .. } => plain("defect", None),
    }
}
