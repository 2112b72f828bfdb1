//! `heal check`: parse, types, graph, proofs.

use heal_diagnostics::{Diagnostic, render_human, render_json};

use crate::{
    arguments::{CheckArguments, CheckFormat},
    output::{Done, Exit, colour, write_message, write_result},
    sources::Package,
};

pub(crate) fn run(arguments: &CheckArguments) -> Done {
    let mut found = false;
    for path in &arguments.paths {
        let package = Package::read(path)?;
        let compilation = package.compile();
        let only = package.only.as_deref().map(|name| package.path_from_here(name));
        let is_asked_for = |diagnostic: &Diagnostic| {
            let file = compilation.files.get(diagnostic.primary.file).map(|file| file.name());
            only.is_none() || only.as_deref() == file
        };
        let diagnostics: Vec<Diagnostic> =
            compilation.diagnostics.iter().filter(|it| is_asked_for(it)).cloned().collect();
        found |= !diagnostics.is_empty();
        match arguments.format {
            CheckFormat::Json => write_result(&render_json(&compilation.files, &diagnostics))?,
            CheckFormat::Human if diagnostics.is_empty() => write_message(&all_well(&compilation)),
            CheckFormat::Human => write_message(&render_human(&compilation.files, &diagnostics, colour())),
        }
    }
    Ok(if found { Exit::Findings } else { Exit::Nothing })
}

/// `checked 4 policies, 4 plans, 4 detectors over 4 signals: nothing to report`
fn all_well(compilation: &heal_driver::Compilation) -> String {
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
