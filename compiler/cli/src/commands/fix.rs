//! `heal fix`: the exact rewrites that diagnostics offer.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use heal_diagnostics::{Allowed, Diagnostic, FileId, Files, Fix, Safety, apply_fixes};
use heal_driver::{Compilation, CompileOptions, Day, SourceSet, compile_with};

use crate::{
    arguments::FixArguments,
    output::{Done, Exit, Failure, write_message, write_result},
    sources::{Package, today},
    write::{difference, replace},
};

/// Most times that a package is compiled again: fixes that go on making work for each other end somewhere.
const ROUNDS_MAX: usize = 16;

pub(crate) fn run(arguments: &FixArguments) -> Done {
    let allowed = if arguments.also_unsafe { Allowed::Unsafe } else { Allowed::Safe };
    let today = arguments.today.unwrap_or_else(today);
    // Two paths of one package change the same files: the later one starts from what the earlier one left.
    let mut texts: BTreeMap<PathBuf, String> = BTreeMap::new();
    let (mut applied, mut left) = (0, Left::default());
    for path in &arguments.paths {
        let mut package = Package::read(path)?;
        for (name, text) in &mut package.sources.files {
            if let Some(changed) = texts.get(&package.root.join(name)) {
                changed.clone_into(text);
            }
        }
        let mended = mend(&package, allowed, today)?;
        applied += mended.applied;
        left.add(&package, &mended.compilation);
        for (name, text) in mended.sources.files {
            if package.sources.files.get(&name) != Some(&text) {
                texts.insert(package.root.join(name), text);
            }
        }
    }
    for (file, text) in &texts {
        if arguments.diff {
            write_result(&difference(file, &crate::sources::read_text(file)?, text))?;
        } else {
            replace(file, text)?;
        }
    }
    let verb = if arguments.diff { "would fix" } else { "fixed" };
    write_message(&summary(verb, applied, texts.len(), &left, arguments.also_unsafe));
    let is_open = left.count > 0 || (arguments.diff && !texts.is_empty());
    Ok(if is_open { Exit::Findings } else { Exit::Nothing })
}

/// A package with all fixes put in.
struct Mended {
    sources: SourceSet,
    compilation: Compilation,
    applied: usize,
}

/// Puts fixes in and compiles again until there are none left, or a bound is reached.
fn mend(package: &Package, allowed: Allowed, today: Day) -> Result<Mended, Failure> {
    let options = CompileOptions { today: Some(today) };
    let mut sources = package.sources.clone();
    let mut compilation = compile_with(&sources, options);
    let mut applied = 0;
    for _ in 0..ROUNDS_MAX {
        let files = &compilation.files;
        let may_change = |file: FileId| {
            let name = files.get(file).map(|file| file.name());
            name.is_some_and(|name| {
                sources.files.contains_key(name) && package.only.as_deref().is_none_or(|only| only == name)
            })
        };
        let fixed = apply_fixes(files, &compilation.diagnostics, allowed, may_change);
        if fixed.texts.is_empty() {
            break;
        }
        let mut changed = sources.clone();
        for (file, text) in fixed.texts {
            if let Some(file) = files.get(file) {
                changed.files.insert(file.name().to_owned(), text);
            }
        }
        let again = compile_with(&changed, options);
        // A fix that takes the text apart is a mistake of ours, and the user's text is worth more.
        if let Some(title) = new_syntax_error(&compilation, &again) {
            return Err(Failure(format!(
                "a fix would have broken the text, and nothing was changed: {title}; please report it with the file"
            )));
        }
        applied += fixed.applied.len();
        (sources, compilation) = (changed, again);
    }
    Ok(Mended { sources, compilation, applied })
}

/// The message of a syntax error in a file that had none before.
fn new_syntax_error<'a>(before: &Compilation, after: &'a Compilation) -> Option<&'a str> {
    let names = |compilation: &Compilation| -> BTreeSet<String> {
        syntax_errors(compilation).filter_map(|it| name(&compilation.files, it)).collect()
    };
    let broken = names(before);
    let mut new = syntax_errors(after);
    new.find(|it| name(&after.files, it).is_some_and(|name| !broken.contains(&name)))
        .map(|it| it.message.as_str())
}

fn syntax_errors(compilation: &Compilation) -> impl Iterator<Item = &Diagnostic> {
    compilation.diagnostics.iter().filter(|it| it.code == heal_diagnostics::Code::SYNTAX)
}

fn name(files: &Files, diagnostic: &Diagnostic) -> Option<String> {
    files.get(diagnostic.primary.file).map(|file| file.name().to_owned())
}

/// What is still to be said after the fixes.
#[derive(Default)]
struct Left {
    count: usize,
    /// Of these, how many have a fix that a person must look at.
    unsafe_fixes: usize,
}

impl Left {
    fn add(&mut self, package: &Package, compilation: &Compilation) {
        let is_asked_for =
            |it: &&Diagnostic| package.only.is_none() || package.only == name(&compilation.files, it);
        let has_unsafe = |fix: &Fix| fix.safety == Safety::Unsafe;
        for diagnostic in compilation.diagnostics.iter().filter(is_asked_for) {
            self.count += 1;
            self.unsafe_fixes += usize::from(diagnostic.fixes.iter().any(has_unsafe));
        }
    }
}

/// `fixed 3 problems in 2 files; 1 is left, 1 with a fix that a person must look at: heal fix --unsafe`
fn summary(verb: &str, applied: usize, files: usize, left: &Left, also_unsafe: bool) -> String {
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let mut text = format!("{verb} {} in {}", plural(applied, "problem"), plural(files, "file"));
    if left.count > 0 {
        text = format!("{text}; {} left", plural(left.count, "problem"));
    }
    if left.unsafe_fixes > 0 && !also_unsafe {
        let fixes = plural(left.unsafe_fixes, "fix").replace("fixs", "fixes");
        text = format!("{text}, {fixes} to look at with `heal fix --unsafe --diff`");
    }
    text
}
