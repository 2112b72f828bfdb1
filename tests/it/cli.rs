//! `heal` as a person at a terminal runs it.

mod approvals;
mod check;
mod demo;
mod diff;
mod effects;
mod explain;
mod explain_happenings;
mod formats;
mod imported;
mod library;
mod outcomes;
mod packages;
mod record;
mod record_doubt;
mod record_files;
mod record_inventory;
mod record_mistakes;
mod tune;

use std::path::Path;

use heal_tests::{Output, TestFolder, binary, clean_command, run};

/// Runs `heal` in a folder.
fn heal(folder: &Path, arguments: &[&str]) -> Output {
    run(clean_command(binary("heal"), folder).args(arguments))
}

/// Runs `heal` with the words of a line, which must end with `code`; what it says, on either stream.
#[track_caller]
fn heal_says(folder: &TestFolder, line: &str, code: i32) -> String {
    let arguments: Vec<&str> = line.split_whitespace().collect();
    let ran = heal_ends(folder.path(), &arguments, code);
    ran.stdout + &ran.stderr
}

/// Runs `heal`, which must end with `code`.
#[track_caller]
fn heal_ends(folder: &Path, arguments: &[&str], code: i32) -> Output {
    let output = heal(folder, arguments);
    assert_eq!(output.code(), code, "heal {arguments:?}\n{}\n{}", output.stdout, output.stderr);
    output
}
