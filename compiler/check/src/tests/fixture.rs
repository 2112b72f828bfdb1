//! Fixtures: files in one text, with marks under what a diagnostic underlines.
//!
//! A line `--- std.k8s std/k8s.heal` begins a file: its module (`.` for the root) and its path. Without one the text
//! is `main.heal` of the root. `--- shared.slo shared:slo/a.heal` is a file of the package `shared`, which `demo` depends
//! on. A comment of carets marks the line above it: `//   ^^^ HEAL0203 the whole message`.

use heal_diagnostics::{Diagnostic, FileId, Files};
use heal_syntax::ParsedFile;

use crate::{Package, PackageRole, Reference, ReferenceKind, SourceUnit, TypedProgram, check as check_units};

/// Who names whom, by their paths; a test has none.
pub(super) fn references(typed: &TypedProgram) -> Vec<(&str, ReferenceKind, &str)> {
    let named = |it: &Reference| (it.from.map_or("", |from| typed.path(from)), it.kind, typed.path(it.to));
    typed.references.iter().map(named).collect()
}

/// Parses and checks the files of a fixture.
pub(super) fn compile(fixture: &str) -> (TypedProgram, Vec<Diagnostic>, Files) {
    let mut files = Files::default();
    let mut modules = Vec::new();
    for (module, path, text) in split(fixture) {
        files.add(path, text);
        modules.push(module);
    }
    let parsed: Vec<(FileId, ParsedFile, Vec<Diagnostic>)> = files
        .iter()
        .map(|(id, file)| {
            let (tree, diagnostics) = heal_syntax::parse(id, file.text());
            (id, tree, diagnostics)
        })
        .collect();
    let package_of = |path: &str, module: &str| match path.split_once(':') {
        Some((package, _)) => package.to_owned(),
        None if module.starts_with("std.") => "std".to_owned(),
        None => "demo".to_owned(),
    };
    let mut packages = vec![Package::own("demo"), Package::standard()];
    for ((_, file), module) in files.iter().zip(&modules) {
        let name = package_of(file.name(), module);
        if !packages.iter().any(|package| package.name == name) {
            packages[0].dependencies.insert(name.clone());
            packages.push(Package { role: PackageRole::Dependency, ..Package::own(name) });
        }
    }
    let units: Vec<SourceUnit<'_>> = parsed
        .iter()
        .zip(modules)
        .map(|((id, tree, _), module)| {
            let file = files.get(*id).unwrap();
            let name = package_of(file.name(), &module);
            let package = packages.iter().find(|package| package.name == name).unwrap();
            SourceUnit { file: *id, package, module, path: file.name().to_owned(), text: file.text(), tree }
        })
        .collect();
    let (typed, found) = check_units("demo", &units);
    let mut diagnostics: Vec<Diagnostic> = parsed.iter().flat_map(|(_, _, errors)| errors.clone()).collect();
    diagnostics.extend(found);
    (typed, diagnostics, files)
}

/// Holds the diagnostics of a fixture to its marks, and gives what it compiles to.
#[track_caller]
pub(super) fn check(fixture: &str) -> TypedProgram {
    let (typed, diagnostics, files) = compile(fixture);
    let mut found: Vec<String> = diagnostics
        .iter()
        .map(|diagnostic| {
            let file = files.get(diagnostic.primary.file).unwrap();
            let start = file.position(diagnostic.primary.range.start);
            let underlined = file.slice(diagnostic.primary.range);
            format!(
                "{}:{} `{underlined}` {} {}",
                file.name(),
                start.line,
                diagnostic.code,
                diagnostic.message
            )
        })
        .collect();
    let mut expected: Vec<String> =
        files.iter().flat_map(|(_, file)| marks(file.name(), file.text())).collect();
    found.sort();
    expected.sort();
    assert!(found == expected, "\nfound:\n{}\nexpected:\n{}", found.join("\n"), expected.join("\n"));
    typed
}

/// The only diagnostic of a fixture.
#[track_caller]
pub(super) fn only(fixture: &str) -> Diagnostic {
    let (_, mut diagnostics, _) = compile(fixture);
    assert_eq!(diagnostics.len(), 1, "{diagnostics:#?}");
    diagnostics.remove(0)
}

/// The text of a fixture of one file after the first fix of its only diagnostic.
#[track_caller]
pub(super) fn fixed(fixture: &str) -> String {
    let diagnostic = only(fixture);
    let edit = &diagnostic.fixes.first().expect("a fix").edits[0];
    let (start, end) = (edit.range.start as usize, edit.range.end as usize);
    format!("{}{}{}", &fixture[..start], edit.text, &fixture[end..])
}

fn split(fixture: &str) -> Vec<(String, String, String)> {
    let mut files: Vec<(String, String, String)> = Vec::new();
    for line in fixture.split_inclusive('\n') {
        if let Some(header) = line.strip_prefix("--- ") {
            let (module, path) = header.trim_end().split_once(' ').expect("a module and a path");
            files.push((module.trim_matches('.').to_owned(), path.to_owned(), String::new()));
            continue;
        }
        if files.is_empty() {
            files.push((String::new(), "main.heal".to_owned(), String::new()));
        }
        files.last_mut().unwrap().2.push_str(line);
    }
    files
}

fn marks(name: &str, text: &str) -> Vec<String> {
    let mut marks = Vec::new();
    let mut marked: (usize, &str) = (0, "");
    for (number, line) in (1..).zip(text.lines()) {
        let comment = line.trim_start().strip_prefix("//").map(str::trim_start);
        let Some(mark) = comment.filter(|comment| comment.starts_with('^')) else {
            marked = (number, line);
            continue;
        };
        let start = line.find('^').unwrap();
        let carets = mark.chars().take_while(|it| *it == '^').count();
        let underlined = marked.1.get(start..start + carets).unwrap_or("");
        let message = mark.trim_start_matches('^').trim();
        marks.push(format!("{name}:{} `{underlined}` {message}", marked.0));
    }
    marks
}
