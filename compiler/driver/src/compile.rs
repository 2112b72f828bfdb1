//! From sources to a program.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use heal_check::{Checked, Checks, PackageRole, SourceUnit, TakenOver, check};
use heal_diagnostics::{Code, Diagnostic, FileId, Files, SourceFile, TextRange};
use heal_graph::{DependencyGraph, Proofs, cycles};
use heal_lint::{Day, Lints, lint_text, settle};
use heal_lower::Lowering;
use heal_program::{Program, scenario::Scenario};
use heal_syntax::{ParsedFile, parse};

use crate::{
    Manifest, PackageFiles, SourceSet,
    packages::{LIBRARY, Packages, packages},
    standard_library::MODULES,
};

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
    Compiler::once().compile(sources, options, &mut |_| {})
}

/// The folder that would stand in the standard library's place.
const STANDARD_FOLDER: &str = "std/";

/// A compiler that remembers what it has read and checked, for a process that compiles again and again.
#[derive(Clone, Debug)]
pub struct Compiler {
    /// The files of the last run by their paths.
    remembered: BTreeMap<String, Remembered>,
    /// The stamp of the next text that is read.
    next_stamp: u64,
    /// What the passes over the checked package remember; none where nothing will be compiled again.
    passes: Option<Passes>,
}

impl Default for Compiler {
    fn default() -> Compiler {
        Compiler { remembered: BTreeMap::new(), next_stamp: 0, passes: Some(Passes::default()) }
    }
}

/// The passes with what they remember. Each takes over what the change of a package cannot reach.
#[derive(Clone, Debug, Default)]
struct Passes {
    checks: Checks,
    proofs: Proofs,
    texts: Texts,
    lints: Lints,
    lowering: Lowering,
}

/// What is found in the texts of files.
#[derive(Clone, Debug, Default)]
struct Texts {
    /// By the stamp of the text.
    found: BTreeMap<u64, Vec<Diagnostic>>,
}

impl Texts {
    fn lint(&mut self, units: &[SourceUnit<'_>], stamps: &[u64]) -> Vec<Diagnostic> {
        let mut before = std::mem::take(&mut self.found);
        let mut diagnostics = Vec::new();
        let stamped = units.iter().zip(stamps).filter(|(unit, _)| unit.package.role == PackageRole::Own);
        for (unit, stamp) in stamped {
            let found = before.remove(stamp).unwrap_or_else(|| lint_text(unit));
            diagnostics.extend(found.iter().cloned().map(|it| it.in_file(unit.file)));
            self.found.insert(*stamp, found);
        }
        diagnostics
    }
}

/// A file as it was parsed. Its id depends on which others there are, so what is said of it is about the first.
#[derive(Clone, Debug)]
struct Remembered {
    source: Arc<SourceFile>,
    tree: Arc<ParsedFile>,
    diagnostics: Vec<Diagnostic>,
    /// No other text has it.
    stamp: u64,
}

/// A file on its way.
struct Parsed {
    file: FileId,
    /// The name of its package.
    package: String,
    module: String,
    path: String,
    tree: Arc<ParsedFile>,
    stamp: u64,
}

/// The files so far.
#[derive(Default)]
struct Reading {
    files: Files,
    diagnostics: Vec<Diagnostic>,
    parsed: Vec<Parsed>,
    packages: Packages,
}

impl Compiler {
    /// One that remembers nothing, for a process that compiles once: what is remembered costs memory.
    #[must_use]
    pub fn once() -> Compiler {
        Compiler { passes: None, ..Compiler::default() }
    }

    /// Compiles a package; `begins` is called as each phase begins, in their order. The outcome is that of
    /// [`compile_with`], whatever was compiled before.
    pub fn compile(
        &mut self,
        sources: &SourceSet,
        options: CompileOptions,
        begins: &mut dyn FnMut(Phase),
    ) -> Compilation {
        begins(Phase::Parse);
        let Reading { files, mut diagnostics, parsed, packages } = self.read_all(sources);
        let Packages { manifest, by_name, own: name, .. } = packages;
        let (mut units, mut stamps) = (Vec::new(), Vec::new());
        for parsed in &parsed {
            let Some(package) = by_name.get(&parsed.package) else { continue };
            stamps.push(parsed.stamp);
            units.push(SourceUnit {
                file: parsed.file,
                package,
                module: parsed.module.clone(),
                path: parsed.path.clone(),
                text: files.get(parsed.file).map_or("", |file| file.text()),
                tree: &parsed.tree,
            });
        }
        begins(Phase::Check);
        let (mut once, mut passes_once, remembers) = (None, Passes::default(), self.passes.is_some());
        let passes = self.passes.as_mut().unwrap_or(&mut passes_once);
        let Passes { checks, proofs, texts, lints, lowering } = passes;
        let Checked { typed, diagnostics: wrong, taken } = match remembers {
            true => checks.check(&name, &units, &stamps),
            false => {
                let (typed, diagnostics) = check(&name, &units);
                Checked { typed: once.insert(typed), diagnostics, taken: TakenOver::default() }
            }
        };
        diagnostics.extend(wrong);
        begins(Phase::Graph);
        let graph = DependencyGraph::of(typed);
        diagnostics.extend(cycles(typed));
        // Where something is wrong, what looks unused may be used by what could not be read.
        let is_sound = !diagnostics.iter().any(Diagnostic::is_error);
        if is_sound {
            diagnostics.extend(proofs.prove(typed, &taken));
        }
        begins(Phase::Lint);
        match remembers {
            true => diagnostics.extend(texts.lint(&units, &stamps)),
            false => diagnostics.extend(own_units(&units).flat_map(lint_text)),
        }
        if is_sound {
            diagnostics.extend(lints.lint(typed, &units, options.today, &taken));
        }
        let diagnostics = settled(&units, options.today, is_sound, diagnostics);
        begins(Phase::Lower);
        let compiles = !diagnostics.iter().any(Diagnostic::is_error);
        let tests = compiles.then(|| {
            let (program, scenarios) = lowering.lower_tests(typed);
            Tests { program, scenarios }
        });
        let program = compiles.then(|| match remembers {
            true => lowering.lower(typed),
            false => heal_lower::lower(std::mem::take(typed)),
        });
        begins(Phase::Done);
        Compilation { files, diagnostics, manifest, graph, program, tests }
    }

    fn read_all(&mut self, sources: &SourceSet) -> Reading {
        let mut reading = Reading::default();
        let paths: BTreeSet<String> = sources.texts().map(|(path, _)| path).collect();
        self.remembered.retain(|path, _| path.starts_with(STANDARD_FOLDER) || paths.contains(path));
        reading.packages = packages(sources, &mut reading.files, &mut reading.diagnostics);
        let is_library = reading.packages.own == LIBRARY;
        for (path, text) in sources.files.iter().filter(|(path, _)| path.ends_with(".heal")) {
            let below = module_of(path);
            let (package, module) = match is_library {
                true => (LIBRARY.to_owned(), format!("{LIBRARY}.{below}")),
                // Its folder is the library's, as is said below: its items are those of the library.
                false if below.starts_with("std.") => (LIBRARY.to_owned(), below),
                false => (reading.packages.own.clone(), below),
            };
            let file = self.read(&mut reading, path, &package, module, text);
            reading.diagnostics.extend(reserved_folder(file, path));
        }
        for (name, folder) in reading.packages.found.clone() {
            let Some(PackageFiles::Here(files)) = sources.dependencies.get(&folder) else { continue };
            for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".heal")) {
                let module = module_of(&format!("{name}/{path}"));
                self.read(&mut reading, &format!("{folder}/{path}"), &name, module, text);
            }
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
        package: &str,
        module: String,
        text: &str,
    ) -> FileId {
        let known = self.remembered.remove(path).filter(|known| known.source.text() == text);
        let known = known.unwrap_or_else(|| {
            let (tree, diagnostics) = parse(FileId::default(), text);
            let source = Arc::new(SourceFile::new(path.to_owned(), text.to_owned()));
            self.next_stamp += 1;
            Remembered { source, tree: Arc::new(tree), diagnostics, stamp: self.next_stamp }
        });
        let file = reading.files.share(known.source.clone());
        reading.diagnostics.extend(known.diagnostics.iter().cloned().map(|it| it.in_file(file)));
        let (package, tree) = (package.to_owned(), known.tree.clone());
        let (path_of, stamp) = (path.to_owned(), known.stamp);
        reading.parsed.push(Parsed { file, package, module, path: path_of, tree, stamp });
        self.remembered.insert(path.to_owned(), known);
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
            // Where a name is none of a module, which one was meant is told from all of them.
            let is_misspelt = used.iter().any(|name| !MODULES.iter().any(|module| module.name == name));
            for module in MODULES.iter().filter(|module| is_misspelt || used.contains(module.name)) {
                if added.insert(module.name) {
                    let path = format!("{STANDARD_FOLDER}{}.heal", module.name);
                    self.read(reading, &path, LIBRARY, format!("{LIBRARY}.{}", module.name), module.text);
                }
            }
        }
    }
}

/// The files of the package itself.
fn own_units<'u, 'a>(units: &'u [SourceUnit<'a>]) -> impl Iterator<Item = &'u SourceUnit<'a>> {
    units.iter().filter(|unit| unit.package.role == PackageRole::Own)
}

/// What is left to say: without what is allowed or of others, by place.
fn settled(
    units: &[SourceUnit<'_>],
    today: Option<Day>,
    is_sound: bool,
    diagnostics: Vec<Diagnostic>,
) -> Vec<Diagnostic> {
    let mut diagnostics = settle(units, today, is_sound, diagnostics);
    // What looks wrong in a dependency is its owner's to look at: it is said where that package is checked.
    let dependencies = units.iter().filter(|unit| unit.package.role == PackageRole::Dependency);
    let of_others: BTreeSet<FileId> = dependencies.map(|unit| unit.file).collect();
    diagnostics.retain(|it| it.is_error() || !of_others.contains(&it.primary.file));
    diagnostics.sort_by(|left, right| {
        let place = |it: &Diagnostic| (it.primary.file, it.primary.range, it.code);
        place(left).cmp(&place(right)).then_with(|| left.message.cmp(&right.message))
    });
    diagnostics.dedup();
    diagnostics
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
    tree.uses().filter_map(|used| match used.module.parts.as_slice() {
        [first, module, ..] if first.value == "std" => Some(module.value.clone()),
        [] | [_, ..] => None,
    })
}
