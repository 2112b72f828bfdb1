//! From sources to a program.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use heal_check::{Package, SourceUnit, check};
use heal_diagnostics::{Code, Diagnostic, FileId, Files, TextRange};
use heal_graph::{DependencyGraph, cycles, prove};
use heal_lint::{Day, lint, lint_texts, settle};
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

/// What compiling depends on besides the sources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CompileOptions {
    /// The day on which it is compiled, by which findings that are allowed until some day have expired; none: none has.
    pub today: Option<Day>,
}

/// A part of compiling, for whoever measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Texts to trees.
    Parse,
    /// Trees to the typed program.
    Check,
    /// The dependency graph and what is proved on it.
    Graph,
    /// The rules.
    Lint,
    /// The program that runs.
    Lower,
    /// All of it is done.
    Done,
}

/// Compiles a package. Equal sources give an equal compilation, whatever their order.
#[must_use]
pub fn compile(sources: &SourceSet) -> Compilation {
    compile_with(sources, CompileOptions::default())
}

/// Compiles a package on a given day.
#[must_use]
pub fn compile_with(sources: &SourceSet, options: CompileOptions) -> Compilation {
    Compiler::default().compile(sources, options, &mut |_| {})
}

/// The folder that would stand in the standard library's place.
const STANDARD_FOLDER: &str = "std/";

/// The name of the standard library's package.
const LIBRARY: &str = "std";

/// A compiler that remembers the trees of files, for a process that compiles again and again.
#[derive(Clone, Debug, Default)]
pub struct Compiler {
    /// The files of the last run by their paths.
    remembered: BTreeMap<String, Remembered>,
}

/// A file as it was parsed. Its id depends on which others there are, so what is said of it is about the first.
#[derive(Clone, Debug)]
struct Remembered {
    text: String,
    tree: Arc<ParsedFile>,
    diagnostics: Vec<Diagnostic>,
}

/// A file on its way.
struct Parsed {
    file: FileId,
    module: String,
    path: String,
    tree: Arc<ParsedFile>,
    /// Whether it came with the compiler.
    standard: bool,
}

/// The files so far.
#[derive(Default)]
struct Reading {
    files: Files,
    diagnostics: Vec<Diagnostic>,
    parsed: Vec<Parsed>,
    manifest: Option<Manifest>,
}

impl Compiler {
    /// Compiles a package; `begins` is called as each phase begins, in their order. The outcome is that of
    /// [`compile_with`], whatever was compiled before.
    pub fn compile(
        &mut self,
        sources: &SourceSet,
        options: CompileOptions,
        begins: &mut dyn FnMut(Phase),
    ) -> Compilation {
        begins(Phase::Parse);
        let Reading { files, mut diagnostics, parsed, manifest } = self.read_all(sources);
        let package = manifest.as_ref().map_or("package", |manifest| manifest.package.as_str());
        let (own, standard) = (Package::own(package), Package::standard());
        let units: Vec<SourceUnit<'_>> = parsed
            .iter()
            .map(|parsed| SourceUnit {
                file: parsed.file,
                package: if parsed.standard { &standard } else { &own },
                module: parsed.module.clone(),
                path: parsed.path.clone(),
                text: files.get(parsed.file).map_or("", |file| file.text()),
                tree: &parsed.tree,
            })
            .collect();
        begins(Phase::Check);
        let (typed, wrong) = check(package, &units);
        diagnostics.extend(wrong);
        begins(Phase::Graph);
        let graph = DependencyGraph::of(&typed);
        diagnostics.extend(cycles(&graph));
        begins(Phase::Lint);
        diagnostics.extend(lint_texts(&units));
        // Where something is wrong, what looks unused may be used by what could not be read.
        let is_sound = !diagnostics.iter().any(Diagnostic::is_error);
        if is_sound {
            diagnostics.extend(lint(&typed, &units));
            diagnostics.extend(prove(&typed));
        }
        let mut diagnostics = settle(&units, options.today, is_sound, diagnostics);
        diagnostics.sort_by(|left, right| {
            let place = |it: &Diagnostic| (it.primary.file, it.primary.range, it.code);
            place(left).cmp(&place(right)).then_with(|| left.message.cmp(&right.message))
        });
        diagnostics.dedup();
        begins(Phase::Lower);
        let compiles = !diagnostics.iter().any(Diagnostic::is_error);
        let program = compiles.then(|| heal_lower::lower(&typed));
        let tests = compiles.then(|| {
            let (program, scenarios) = heal_lower::lower_tests(&typed);
            Tests { program, scenarios }
        });
        begins(Phase::Done);
        Compilation { files, diagnostics, manifest, graph, program, tests }
    }

    fn read_all(&mut self, sources: &SourceSet) -> Reading {
        let mut reading = Reading::default();
        self.remembered
            .retain(|path, _| path.starts_with(STANDARD_FOLDER) || sources.files.contains_key(path));
        if let Some(text) = sources.files.get(MANIFEST_FILE) {
            match Manifest::read(reading.files.add(MANIFEST_FILE, text), text) {
                Ok(read) => reading.manifest = Some(read),
                Err(wrong) => reading.diagnostics.push(*wrong),
            }
        }
        let is_library = reading.manifest.as_ref().is_some_and(|manifest| manifest.package == LIBRARY);
        for (path, text) in sources.files.iter().filter(|(path, _)| path.ends_with(".heal")) {
            let module = if is_library { format!("{LIBRARY}.{}", module_of(path)) } else { module_of(path) };
            let file = self.read(&mut reading, path, module, text, false);
            reading.diagnostics.extend(reserved_folder(file, path));
        }
        // The library's own package is not met by the one that travels in the compiler.
        if !is_library {
            self.read_standard_library(&mut reading);
        }
        reading
    }

    /// Reads a file, or remembers what came of it.
    fn read(
        &mut self,
        reading: &mut Reading,
        path: &str,
        module: String,
        text: &str,
        standard: bool,
    ) -> FileId {
        let file = reading.files.add(path, text);
        if self.remembered.get(path).is_none_or(|known| known.text != text) {
            let (tree, diagnostics) = parse(FileId::default(), text);
            let new = Remembered { text: text.to_owned(), tree: Arc::new(tree), diagnostics };
            self.remembered.insert(path.to_owned(), new);
        }
        if let Some(known) = self.remembered.get(path) {
            reading.diagnostics.extend(known.diagnostics.iter().cloned().map(|it| it.in_file(file)));
            let tree = known.tree.clone();
            let is_library = reading.manifest.as_ref().is_some_and(|manifest| manifest.package == LIBRARY);
            let standard = standard || (!is_library && module.starts_with("std."));
            reading.parsed.push(Parsed { file, module, path: path.to_owned(), tree, standard });
        }
        file
    }

    /// Reads the modules of the standard library that something uses, and those that these use.
    fn read_standard_library(&mut self, reading: &mut Reading) {
        let mut added = BTreeSet::new();
        let mut from = 0;
        while from < reading.parsed.len() {
            let unread = reading.parsed.iter().skip(from);
            let used: BTreeSet<String> = unread.flat_map(|file| standard_modules(&file.tree)).collect();
            from = reading.parsed.len();
            for module in MODULES.iter().filter(|module| used.contains(module.name)) {
                if added.insert(module.name) {
                    let path = format!("{STANDARD_FOLDER}{}.heal", module.name);
                    self.read(reading, &path, format!("{LIBRARY}.{}", module.name), module.text, true);
                }
            }
        }
    }
}

/// The module that a file belongs to: its folder, with dots.
fn module_of(path: &str) -> String {
    path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.replace('/', "."))
}

/// A folder `std` would stand in the standard library's place.
fn reserved_folder(file: FileId, path: &str) -> Option<Diagnostic> {
    let message = "the folder `std` is the standard library's";
    path.starts_with(STANDARD_FOLDER).then(|| {
        Diagnostic::error(Code::UNKNOWN_MODULE, file, TextRange::default(), message)
            .with_help("rename the folder")
    })
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
