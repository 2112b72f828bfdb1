//! Sizes: what no longer fits on a few screens is two things.

use super::assert_none;
use super::repository::{RepositoryFile, is_test_file, rust_files, without_inline_tests};

const FILE_LINES_MAX: usize = 800;
const FILE_LINES_MEDIAN_MAX: usize = 250;
const LIBRARY_LINES_MAX: usize = 120;
const FUNCTION_LINES_MAX: usize = 70;
/// For a function that says `#[allow(clippy::too_many_lines, reason = "…")]`, because it is a table, say.
const EXCUSED_FUNCTION_LINES_MAX: usize = 300;

#[test]
fn files_stay_small() {
    let mut problems = Vec::new();
    let mut counts = Vec::new();
    for file in files_with_code() {
        let lines = without_inline_tests(&file.text).lines().count();
        let allowed = if file.path.ends_with("/src/lib.rs") { LIBRARY_LINES_MAX } else { FILE_LINES_MAX };
        if lines > allowed {
            problems.push(format!("{} has {lines} lines, {allowed} are allowed", file.path));
        }
        counts.push(lines);
    }
    assert_none("files are too long:", &problems);
    counts.sort_unstable();
    let median = counts[counts.len() / 2];
    assert!(
        median <= FILE_LINES_MEDIAN_MAX,
        "the median file has {median} lines, {FILE_LINES_MEDIAN_MAX} are allowed"
    );
}

#[test]
fn functions_stay_small() {
    let mut problems = Vec::new();
    for file in files_with_code() {
        for function in functions(without_inline_tests(&file.text)) {
            let Function { name, line, lines, excused } = function;
            let allowed = if excused { EXCUSED_FUNCTION_LINES_MAX } else { FUNCTION_LINES_MAX };
            if lines > allowed {
                problems
                    .push(format!("{}:{line}: {name} has {lines} lines, {allowed} are allowed", file.path));
            }
        }
    }
    assert_none("functions are too long:", &problems);
}

#[test]
fn functions_are_measured_from_signature_to_closing_brace() {
    let text = "impl A {\n    pub(crate) async fn one(\n        a: u8,\n    ) -> u8 {\n        a\n    }\n\n    fn two();\n}\n\
                pub const fn three() {}\nfn four() {\n    let not_a = \"fn five() {\";\n}\n";
    let found: Vec<(String, usize, usize)> =
        functions(text).into_iter().map(|function| (function.name, function.line, function.lines)).collect();
    let expected = [("one", 2, 5), ("three", 10, 1), ("four", 11, 3)];
    assert_eq!(found, expected.map(|(name, line, lines)| (name.to_owned(), line, lines)));
}

fn files_with_code() -> Vec<RepositoryFile> {
    rust_files().into_iter().filter(|file| !is_test_file(&file.path)).collect()
}

struct Function {
    name: String,
    /// Where it starts, from 1.
    line: usize,
    lines: usize,
    /// Whether it says why it may be long.
    excused: bool,
}

/// The functions with a body. The text is formatted, so a function ends at the first line that is a closing brace as far
/// to the left as the function began.
fn functions(text: &str) -> Vec<Function> {
    let lines: Vec<&str> = text.lines().collect();
    let mut functions = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        let Some(name) = function_name(code) else { continue };
        let rest = lines[index..].iter();
        let end = rest
            .enumerate()
            .find_map(|(offset, line)| ends_function(line, indent, offset).map(|body| (offset, body)));
        if let Some((offset, true)) = end {
            let mut attributes =
                lines[..index].iter().rev().take_while(|line| line.trim_start().starts_with("#["));
            let excused = attributes.any(|line| line.contains("clippy::too_many_lines, reason = "));
            functions.push(Function { name: name.to_owned(), line: index + 1, lines: offset + 1, excused });
        }
    }
    functions
}

/// The name, when the line starts a function.
fn function_name(code: &str) -> Option<&str> {
    let (before, after) = code.split_once("fn ")?;
    let words = ["const", "async", "unsafe", "pub", "pub(crate)", "pub(super)"];
    if !before.split_whitespace().all(|word| words.contains(&word) || word.starts_with("pub(in")) {
        return None;
    }
    after.split(['(', '<']).next()
}

/// Whether the function that began at `indent` ends in this line, and if so, whether it had a body.
fn ends_function(line: &str, indent: usize, offset: usize) -> Option<bool> {
    let code = line.trim_start();
    let at_indent = line.len() - code.len() == indent;
    if at_indent && code.starts_with('}') {
        return Some(true);
    }
    let one_line = offset == 0 && code.ends_with('}');
    let no_body = at_indent && code.ends_with(';');
    (one_line || no_body).then_some(one_line)
}
