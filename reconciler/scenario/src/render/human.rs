//! Results for a terminal.

use heal_diagnostics::{Excerpt, Files, TextRange, render_excerpt};
use heal_program::{Origin, scenario::Place};

use super::plot;
use crate::{
    Failure, Moment, Outcome, TestResult,
    times::{counted, since},
};

/// Results for people: a line each, what is wrong with those that failed, and a closing line that counts.
#[must_use]
pub fn render_human(files: &Files, results: &[TestResult], colour: bool) -> String {
    let mut out = String::new();
    for result in results {
        out.push_str(&headline(result));
        out.push('\n');
        if result.outcome() == Outcome::Failed {
            out.push('\n');
            out.push_str(&wrong(files, result, colour));
            out.push('\n');
        }
    }
    let failed = results.iter().filter(|it| it.outcome() == Outcome::Failed).count();
    let passed = results.len() - failed;
    out.push_str(&match failed {
        0 => format!("{} passed\n", counted(passed, "test", "tests")),
        _ => format!("{} failed, {passed} passed\n", counted(failed, "test", "tests")),
    });
    out
}

/// All that is wrong with a test, without colour.
pub(super) fn failures_text(files: &Files, result: &TestResult) -> String {
    wrong(files, result, false)
}

fn wrong(files: &Files, result: &TestResult, colour: bool) -> String {
    let mut parts: Vec<String> =
        result.failures.iter().map(|failure| failure_text(files, result, failure, colour)).collect();
    if let Some(timeline) = &result.timeline {
        parts.push(plot::lines(timeline).join("\n") + "\n");
    }
    parts.join("\n")
}

/// What is wrong, in one sentence.
pub(super) fn message(failure: &Failure) -> String {
    match failure {
        Failure::Expectation { expected, .. } => format!("expected {expected}"),
        Failure::NotGiven { input, .. } => format!("the outcome hangs on `{input}`, which is not given"),
        Failure::NotSimulated { item, reason } => format!("not simulated: `{item}`: {reason}"),
        Failure::NoRecording { reason } => reason.clone(),
        Failure::TooLong { count, count_max, what } => {
            format!("the test takes {count} {what}, and {count_max} are most")
        }
        Failure::Defect { reason } => format!("this is a defect of Heal: {reason}"),
    }
}

/// `ok    recycles a leaking pod once  (checkout.heal:12)`
fn headline(result: &TestResult) -> String {
    let word = match result.outcome() {
        Outcome::Passed => "ok    ",
        Outcome::Failed => "FAILED",
    };
    format!("{word} {}  ({}:{})", result.name, result.origin.file, result.origin.line)
}

fn failure_text(files: &Files, result: &TestResult, failure: &Failure, colour: bool) -> String {
    let at = |title: String,
              origin: &Origin,
              place: Place,
              label: &str,
              notes: Vec<String>,
              help: Vec<String>| {
        let file = files.iter().find(|(_, file)| file.name() == origin.file).map(|(id, _)| id);
        let range = TextRange::new(place.start, place.end);
        render_excerpt(files, &Excerpt { title, file, range, label: label.to_owned(), notes, help }, colour)
    };
    let at_name = |title: String, notes: Vec<String>, help: Vec<String>| {
        at(title, &result.origin, result.place, "", notes, help)
    };
    let title = message(failure);
    match failure {
        Failure::Expectation { origin, place, happened, moments, .. } => {
            let (first, rest) = match happened.split_first() {
                Some((first, rest)) => (first.as_str(), rest.to_vec()),
                None => ("", Vec::new()),
            };
            let mut text = at(title, origin, *place, first, rest, Vec::new());
            for moment in moments {
                text.push('\n');
                text.push_str(&moment_text(result, moment));
            }
            text
        }
        Failure::NotGiven { origin, place, because, help, .. } => {
            at(title, origin, *place, because, Vec::new(), vec![help.clone()])
        }
        Failure::NotSimulated { .. } => at_name(title, Vec::new(), Vec::new()),
        Failure::NoRecording { .. } => {
            let help = "make it with `heal record`, into the folder `recordings` of the package".to_owned();
            at_name(title, Vec::new(), vec![help])
        }
        Failure::TooLong { .. } => {
            at_name(title, Vec::new(), vec!["let it run for a shorter time".to_owned()])
        }
        Failure::Defect { .. } => {
            at_name(title, Vec::new(), vec!["please report it with the test".to_owned()])
        }
    }
}

/// The values at a moment, each part below what it is a part of.
fn moment_text(result: &TestResult, moment: &Moment) -> String {
    let mut text = format!("  at {} {} {}\n", since(result.start, moment.at), moment.of, moment.why);
    let width = moment
        .readings
        .iter()
        .map(|reading| reading.text.chars().count() + 2 * reading.depth as usize)
        .max()
        .unwrap_or(0)
        .min(72);
    for reading in &moment.readings {
        let indent = "  ".repeat(reading.depth as usize);
        let length = reading.text.chars().count() + indent.len();
        let gap = " ".repeat(width.saturating_sub(length));
        text.push_str(&format!("    {indent}{}{gap}  {}\n", reading.text, reading.value));
    }
    text
}
