//! From sources to a program.

use std::collections::{BTreeMap, BTreeSet};

use heal_check::{Package, SourceUnit, check};
use heal_diagnostics::{Code, Diagnostic, FileId, Files, TextRange};
use heal_graph::{DependencyGraph, cycles, prove};
use heal_lint::lint;
use heal_program::{Program, scenario::Scenario};
use heal_syntax::{ParsedFile, parse, tree::ItemKind};

use crate::{Manifest, manifest::MANIFEST_FILE, standard_library::MODULES};

/// The files of a package: paths from its root, with `/`, and their texts. `heal.toml` is among them, if there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceSet {
    /// The files.
    pub files: BTreeMap<String, String>,
}

/// What came of compiling.
#[derive(Clone, Debug)]
pub struct Compilation {
    /// The files, for rendering.
    pub files: Files,
    /// What there is to say, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// What the package says about itself; none when it says nothing, or nothing readable.
    pub manifest: Option<Manifest>,
    /// How the items depend on each other, as far as they could be read.
    pub graph: DependencyGraph,
    /// The program; none when there are errors.
    pub program: Option<Program>,
    /// The tests; none when there are errors.
    pub tests: Option<Tests>,
}

/// The tests of a package.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tests {
    /// What they run: the package's program with whatever else they name.
    pub program: Program,
    /// In the order of files and places.
    pub scenarios: Vec<Scenario>,
}

impl Compilation {
    /// Whether there is no program.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.program.is_none()
    }
}

/// A file on its way.
struct Parsed {
    file: FileId,
    module: String,
    path: String,
    tree: ParsedFile,
}

/// Compiles a package. Equal sources give an equal compilation, whatever their order.
#[must_use]
pub fn compile(sources: &SourceSet) -> Compilation {
    let mut files = Files::default();
    let mut diagnostics = Vec::new();
    let mut parsed = Vec::new();
    let mut manifest = None;
    for (path, text) in &sources.files {
        if path == MANIFEST_FILE {
            match Manifest::read(files.add(path, text), text) {
                Ok(read) => manifest = Some(read),
                Err(wrong) => diagnostics.push(*wrong),
            }
        } else if path.ends_with(".heal") {
            let file = files.add(path, text);
            let (tree, wrong) = parse(file, text);
            diagnostics.extend(wrong);
            diagnostics.extend(reserved_folder(file, path));
            parsed.push(Parsed { file, module: module_of(path), path: path.clone(), tree });
        }
    }
    add_standard_library(&mut files, &mut parsed, &mut diagnostics);
    let package = manifest.as_ref().map_or("package", |manifest| manifest.package.as_str());
    let (own, standard) = (Package::own(package), Package::standard());
    let units: Vec<SourceUnit<'_>> = parsed
        .iter()
        .map(|parsed| SourceUnit {
            file: parsed.file,
            package: if parsed.module.starts_with("std.") { &standard } else { &own },
            module: parsed.module.clone(),
            path: parsed.path.clone(),
            text: files.get(parsed.file).map_or("", |file| file.text()),
            tree: &parsed.tree,
        })
        .collect();
    let (typed, wrong) = check(package, &units);
    diagnostics.extend(wrong);
    let graph = DependencyGraph::of(&typed);
    diagnostics.extend(cycles(&graph));
    // Where something is wrong, what looks unused may be used by what could not be read.
    if !diagnostics.iter().any(Diagnostic::is_error) {
        diagnostics.extend(lint(&typed));
        diagnostics.extend(prove(&typed));
    }
    diagnostics.sort_by(|left, right| {
        let place = |it: &Diagnostic| (it.primary.file, it.primary.range, it.code);
        place(left).cmp(&place(right)).then_with(|| left.message.cmp(&right.message))
    });
    diagnostics.dedup();
    let compiles = !diagnostics.iter().any(Diagnostic::is_error);
    let program = compiles.then(|| heal_lower::lower(&typed));
    let tests = compiles.then(|| {
        let (program, scenarios) = heal_lower::lower_tests(&typed);
        Tests { program, scenarios }
    });
    Compilation { files, diagnostics, manifest, graph, program, tests }
}

/// The module that a file belongs to: its folder, with dots.
fn module_of(path: &str) -> String {
    path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.replace('/', "."))
}

/// A folder `std` would stand in the standard library's place.
fn reserved_folder(file: FileId, path: &str) -> Option<Diagnostic> {
    let message = "the folder `std` is the standard library's";
    path.starts_with("std/").then(|| {
        Diagnostic::error(Code::UNKNOWN_MODULE, file, TextRange::default(), message)
            .with_help("rename the folder")
    })
}

/// Adds the modules of the standard library that something uses, and those that these use.
fn add_standard_library(files: &mut Files, parsed: &mut Vec<Parsed>, diagnostics: &mut Vec<Diagnostic>) {
    let mut added = BTreeSet::new();
    let mut from = 0;
    while from < parsed.len() {
        let used: BTreeSet<String> =
            parsed.iter().skip(from).flat_map(|file| standard_modules(&file.tree)).collect();
        from = parsed.len();
        for module in MODULES.iter().filter(|module| used.contains(module.name)) {
            if !added.insert(module.name) {
                continue;
            }
            let path = format!("std/{}.heal", module.name);
            let file = files.add(&path, module.text);
            let (tree, wrong) = parse(file, module.text);
            diagnostics.extend(wrong);
            parsed.push(Parsed { file, module: format!("std.{}", module.name), path, tree });
        }
    }
}

/// Names of the modules after `std.` that a file uses.
fn standard_modules(tree: &ParsedFile) -> impl Iterator<Item = String> {
    tree.items.iter().filter_map(|item| match &item.value.kind {
        ItemKind::Use(used) => match used.module.parts.as_slice() {
            [first, module, ..] if first.value == "std" => Some(module.value.clone()),
            [] | [_, ..] => None,
        },
        ItemKind::Param(_)
        | ItemKind::Entity(_)
        | ItemKind::Signal(_)
        | ItemKind::Detector(_)
        | ItemKind::Action(_)
        | ItemKind::Channel(_)
        | ItemKind::Plan(_)
        | ItemKind::Policy(_)
        | ItemKind::Let(_)
        | ItemKind::Function(_)
        | ItemKind::Event(_)
        | ItemKind::Source(_)
        | ItemKind::Topology(_)
        | ItemKind::SharedGuard(_)
        | ItemKind::Instance(_)
        | ItemKind::Test(_) => None,
    })
}
