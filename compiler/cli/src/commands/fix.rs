//! `heal fix`: the exact rewrites that diagnostics offer.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use heal_diagnostics::{Allowed, Diagnostic, FileId, Files, Fix, Fixed, Safety, TextRange, apply_fixes};
use heal_driver::{Compilation, CompileOptions, Day, SourceSet, compile_with};

use crate::{
    arguments::FixArguments,
    output::{Done, Exit, Failure, write_message, write_result},
    sources::{Package, today},
    write::{difference, replace},
};

/// Most times in a row that a package is compiled again and has no fewer problems than ever before: fixes that go on making
/// work for each other end somewhere.
const IDLE_ROUNDS_MAX: usize = 16;

/// Most times that a package is compiled again at all: a file tells so many of its syntax errors at a time, and may be as
/// good as nothing else.
const ROUNDS_MAX: usize = 128;

pub(crate) fn run(arguments: &FixArguments) -> Done {
    let allowed = if arguments.also_unsafe { Allowed::Unsafe } else { Allowed::Safe };
    let today = arguments.today.unwrap_or_else(today);
    // Two paths of one package change the same files: the later one starts from what the earlier one left.
    let mut texts: BTreeMap<PathBuf, String> = BTreeMap::new();
    let (mut applied, mut left) = (0, Left::default());
    let packages: Result<Vec<Vec<Package>>, Failure> =
        arguments.paths.iter().map(|path| Package::read_all(path)).collect();
    for mut package in packages?.into_iter().flatten() {
        for (name, text) in &mut package.sources.files {
            if let Some(changed) = texts.get(&package.root.join(name)) {
                changed.clone_into(text);
            }
        }
        let mended = mend(&package, allowed, today);
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
fn mend(package: &Package, allowed: Allowed, today: Day) -> Mended {
    let options = CompileOptions { today: Some(today) };
    let mut sources = package.sources.clone();
    let mut compilation = compile_with(&sources, options);
    let (mut applied, mut refused) = (0, BTreeSet::new());
    let (mut fewest, mut idle_rounds) = (problems(&compilation), 0);
    for _ in 0..ROUNDS_MAX {
        let may_change = |file: FileId| {
            let name = compilation.files.get(file).map(|file| file.name());
            name.is_some_and(|name| {
                sources.files.contains_key(name) && package.only.as_deref().is_none_or(|only| only == name)
            })
        };
        let put_in = |diagnostics: &[Diagnostic]| {
            let fixed = apply_fixes(&compilation.files, diagnostics, allowed, may_change);
            let changed = changed(&sources, &compilation.files, &fixed);
            let again = compile_with(&changed, options);
            let worse = parses_worse(&compilation, &again, &fixed);
            (fixed, changed, again, worse)
        };
        let mut kept: Vec<Diagnostic> =
            compilation.diagnostics.iter().filter(|it| !refused.contains(&fix_of(it))).cloned().collect();
        let (mut fixed, mut text, mut again, worse) = put_in(&kept);
        // A fix that takes the text apart is a mistake of ours, and the user's text is worth more: each is tried alone.
        if worse {
            kept.retain(|one| {
                let (fixed, _, _, worse) = put_in(std::slice::from_ref(one));
                let is_refused = worse && !fixed.texts.is_empty();
                if is_refused {
                    refused.insert(fix_of(one));
                }
                !is_refused
            });
            let worse;
            (fixed, text, again, worse) = put_in(&kept);
            if worse {
                break;
            }
        }
        if fixed.texts.is_empty() {
            break;
        }
        applied += fixed.applied.len();
        (sources, compilation) = (text, again);
        let problems = problems(&compilation);
        idle_rounds = if problems < fewest { 0 } else { idle_rounds + 1 };
        fewest = fewest.min(problems);
        if idle_rounds >= IDLE_ROUNDS_MAX {
            break;
        }
    }
    for (_, title) in &refused {
        write_message(&format!(
            "left out, because the text could be read less well after it: {title}; please report it with the file"
        ));
    }
    Mended { sources, compilation, applied }
}

/// How many problems a package has, those included that nothing is told of.
fn problems(compilation: &Compilation) -> usize {
    compilation.diagnostics.iter().map(|it| 1 + it.more).sum()
}

/// What a diagnostic's fix is remembered by.
fn fix_of(diagnostic: &Diagnostic) -> (String, String) {
    let titles: Vec<&str> = diagnostic.fixes.iter().map(|fix| fix.title.as_str()).collect();
    (diagnostic.message.clone(), titles.join(", "))
}

/// The sources with the new texts.
fn changed(sources: &SourceSet, files: &Files, fixed: &Fixed) -> SourceSet {
    let mut changed = sources.clone();
    for (file, text) in &fixed.texts {
        if let Some(file) = files.get(*file) {
            changed.files.insert(file.name().to_owned(), text.clone());
        }
    }
    changed
}

/// Whether fixes took a text apart: a file has more syntax errors than before, or one right where something was written.
fn parses_worse(before: &Compilation, after: &Compilation, fixed: &Fixed) -> bool {
    fixed.texts.keys().any(|file| {
        let Some(name) = before.files.get(*file).map(|file| file.name()) else { return false };
        let errors = |compilation: &Compilation| -> (usize, Vec<TextRange>) {
            let of_file = syntax_errors(compilation);
            let of_file = of_file.filter(|it| self::name(&compilation.files, it).as_deref() == Some(name));
            let all: Vec<&Diagnostic> = of_file.collect();
            (all.iter().map(|it| 1 + it.more).sum(), all.iter().map(|it| it.primary.range).collect())
        };
        let ((old, _), (new, places)) = (errors(before), errors(after));
        let written = fixed.written.get(file).map(Vec::as_slice).unwrap_or_default();
        let touches = |error: &TextRange| {
            written.iter().any(|it| it.start < it.end && error.start <= it.end && it.start <= error.end)
        };
        new > old || places.iter().any(touches)
    })
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
            self.count += 1 + diagnostic.more;
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const TEXT: &str =
        "signal load: ratio { from metric \"load\" every 1m }\ndetector busy { when load => 1 }\n";

    /// Whether writing `text` at a place of the one `=` of [`TEXT`] makes it worse.
    fn is_worse(from: u32, to: u32, text: &str) -> bool {
        let of = |text: &str| {
            let files = BTreeMap::from([("a.heal".to_owned(), text.to_owned())]);
            compile_with(&SourceSet::of(files), CompileOptions::default())
        };
        let before = of(TEXT);
        let at = u32::try_from(TEXT.find("=>").unwrap()).unwrap();
        let (file, _) = before.files.iter().find(|(_, file)| file.name() == "a.heal").unwrap();
        let range = TextRange::new(at + from, at + to);
        let wrong = Diagnostic::error(heal_diagnostics::Code::SYNTAX, file, range, "odd");
        let wrong = wrong.with_fix("write", Safety::Safe, range, text);
        let fixed = apply_fixes(&before.files, &[wrong], Allowed::Safe, |_| true);
        let after = of(fixed.texts.values().next().unwrap());
        parses_worse(&before, &after, &fixed)
    }

    #[test]
    fn a_fix_after_which_the_text_is_read_less_well_is_noticed() {
        assert!(is_worse(0, 1, "=="), "an error stands right behind what was written");
        assert!(is_worse(0, 2, "}}"), "there are more errors than before");
        assert!(!is_worse(0, 2, ">="));
    }
}
