//! `heal check`: parse, types, graph, lints, proofs.

use std::collections::BTreeSet;

use heal_diagnostics::{
    Diagnostic, Files, render_github, render_gitlab, render_human, render_json, render_junit, render_rdjson,
    render_sarif,
};
use heal_driver::{Compilation, Day};

use crate::{
    arguments::{CheckArguments, CheckFormat},
    commands::bounds,
    output::{Done, Exit, colour, write_message, write_rendered, write_result},
    sources::{Package, today},
};

pub(crate) fn run(arguments: &CheckArguments) -> Done {
    if arguments.bounds {
        return bounds::run(arguments);
    }
    let mut checked = Checked::default();
    for path in &arguments.paths {
        let packages = Package::read_all(path)?;
        for package in &packages {
            checked.add(package, arguments.today.unwrap_or_else(today), packages.len() > 1);
        }
    }
    let Checked { files, diagnostics, names, well, elsewhere } = checked;
    match arguments.format {
        CheckFormat::Human => {
            well.iter().for_each(|line| write_message(line));
            if !diagnostics.is_empty() {
                write_rendered(&render_human(&files, &diagnostics, colour()));
            }
        }
        CheckFormat::Json => write_result(&render_json(&files, &diagnostics))?,
        CheckFormat::Sarif => write_result(&render_sarif(&files, &diagnostics))?,
        CheckFormat::Github => write_result(&render_github(&files, &diagnostics))?,
        CheckFormat::Gitlab => write_result(&render_gitlab(&files, &diagnostics))?,
        CheckFormat::Junit => write_result(&render_junit(&files, &names, &diagnostics))?,
        CheckFormat::Rdjson => write_result(&render_rdjson(&files, &diagnostics))?,
    }
    elsewhere.iter().for_each(|line| write_message(line));
    Ok(if diagnostics.is_empty() && elsewhere.is_empty() { Exit::Nothing } else { Exit::Findings })
}

/// What came of all paths together.
#[derive(Default)]
struct Checked {
    files: Files,
    diagnostics: Vec<Diagnostic>,
    /// The files that were asked for.
    names: BTreeSet<String>,
    /// A line for each package with nothing to report.
    well: Vec<String>,
    /// A line for each package of which one file was asked for, and which does not compile because of others.
    elsewhere: Vec<String>,
}

impl Checked {
    fn add(&mut self, package: &Package, today: Day, is_one_of_many: bool) {
        let compilation = package.compile(today);
        let only = package.only.as_deref().map(|name| package.path_from_here(name));
        let is_asked_for = |diagnostic: &Diagnostic| {
            let file = compilation.files.get(diagnostic.primary.file).map(|file| file.name());
            only.is_none() || only.as_deref() == file
        };
        let diagnostics: Vec<Diagnostic> =
            compilation.diagnostics.iter().filter(|it| is_asked_for(it)).cloned().collect();
        let errors = compilation.diagnostics.iter().filter(|it| it.is_error() && !is_asked_for(it));
        let wrong: BTreeSet<&str> =
            errors.filter_map(|it| Some(compilation.files.get(it.primary.file)?.name())).collect();
        if let Some(only) = only.as_ref().filter(|_| !wrong.is_empty()) {
            self.elsewhere.push(wrong_elsewhere(only, &wrong));
        } else if diagnostics.is_empty() {
            let which = if is_one_of_many { format!("{}: ", package.root.display()) } else { String::new() };
            self.well.push(format!("{which}{}", all_well(&compilation)));
        }
        let all = package.sources.files.keys().map(|name| package.path_from_here(name));
        self.names.extend(only.map_or_else(|| all.collect::<Vec<_>>(), |only| vec![only]));
        self.diagnostics.extend(self.files.absorb(compilation.files, diagnostics));
    }
}

/// Without a program nothing is proved of the file that was asked for, so it cannot be called well.
fn wrong_elsewhere(only: &str, wrong: &BTreeSet<&str>) -> String {
    const NAMED_MAX: usize = 5;
    let named: Vec<&str> = wrong.iter().take(NAMED_MAX).copied().collect();
    let more = wrong.len().saturating_sub(NAMED_MAX);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!(
        "`{only}` is only checked in part: its package has errors in {}{more}; `heal check` shows them",
        named.join(", ")
    )
}

/// `checked 4 policies, 4 plans, 4 detectors over 4 signals: nothing to report`
fn all_well(compilation: &Compilation) -> String {
    let Some(program) = &compilation.program else { return String::new() };
    let count =
        |count: usize, one: &str, more: &str| format!("{count} {}", if count == 1 { one } else { more });
    format!(
        "checked {}, {} and {} over {}: nothing to report",
        count(program.policies.len(), "policy", "policies"),
        count(program.plans.len(), "plan", "plans"),
        count(program.detectors.len(), "detector", "detectors"),
        count(program.signals.len(), "signal", "signals"),
    )
}
