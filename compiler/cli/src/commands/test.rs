//! `heal test`: the tests of packages.

use std::collections::BTreeMap;

use heal_diagnostics::Files;
use heal_driver::Compilation;
use heal_program::scenario::Scenario;
use heal_scenario::{
    Failure as Wrong, Outcome, TestResult, render_human, render_json, render_junit, run as run_test,
};
use heal_telemetry::Recording;

use crate::{
    arguments::{TestArguments, TestFormat},
    output::{Done, Exit, Failure, colour_of_results, write_message, write_result},
    sources::{Package, unreadable},
};

/// The folder of a package's recordings.
const RECORDINGS_FOLDER: &str = "recordings";

pub(crate) fn run(arguments: &TestArguments) -> Done {
    let mut results = Vec::new();
    let mut files = Files::default();
    let packages: Result<Vec<Vec<Package>>, Failure> =
        arguments.paths.iter().map(|path| Package::read_all(path)).collect();
    for package in packages?.iter().flatten() {
        let Some(compilation) = package.compile_aloud() else { return Ok(Exit::Findings) };
        results.extend(run_package(arguments, package, &compilation));
        for (_, file) in compilation.files.iter() {
            files.add(file.name(), file.text());
        }
    }
    if let (true, Some(filter)) = (results.is_empty(), &arguments.filter) {
        return Err(Failure(format!("no test has `{filter}` in its name")));
    }
    if let Some(path) = &arguments.junit {
        std::fs::write(path, render_junit(&files, &results)).map_err(|wrong| unreadable(path, &wrong))?;
    }
    match arguments.format {
        TestFormat::Json => write_result(&render_json(&results))?,
        TestFormat::Human if results.is_empty() => write_message("there are no tests here"),
        TestFormat::Human => write_result(&render_human(&files, &results, colour_of_results()))?,
    }
    if results.iter().flat_map(|it| &it.failures).any(|it| matches!(it, Wrong::Defect { .. })) {
        return Ok(Exit::Defect);
    }
    let failed = results.iter().any(|result| result.outcome() == Outcome::Failed);
    Ok(if failed { Exit::Findings } else { Exit::Nothing })
}

fn run_package(arguments: &TestArguments, package: &Package, compilation: &Compilation) -> Vec<TestResult> {
    let Some(tests) = &compilation.tests else { return Vec::new() };
    let is_asked_for = |scenario: &&Scenario| {
        let in_file = package.only.as_ref().is_none_or(|only| *only == scenario.origin.file);
        in_file && arguments.filter.as_ref().is_none_or(|filter| scenario.name.contains(filter.as_str()))
    };
    let mut recordings: BTreeMap<String, Result<Recording, String>> = BTreeMap::new();
    let mut results = Vec::new();
    for scenario in tests.scenarios.iter().filter(is_asked_for) {
        let recording = scenario.replay.as_ref().map(|name| {
            let open = || {
                let folder = package.root.join(RECORDINGS_FOLDER).join(name);
                Recording::open(&folder).map_err(|wrong| {
                    let Failure(text) = Failure::from(wrong);
                    format!("{}: {text}", folder.display())
                })
            };
            &*recordings.entry(name.clone()).or_insert_with(open)
        });
        let mut result = match recording {
            Some(Err(reason)) => {
                let mut result = run_test(&tests.program, scenario, None);
                result.failures = vec![Wrong::NoRecording { reason: reason.clone() }];
                result
            }
            Some(Ok(recording)) => run_test(&tests.program, scenario, Some(recording)),
            None => run_test(&tests.program, scenario, None),
        };
        result.rename_files(|name| package.path_from_here(name));
        results.push(result);
    }
    results
}
