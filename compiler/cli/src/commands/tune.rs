//! `heal tune`: values for params that would have cost less over a recording. It prints them, and edits nothing.

use std::path::Path;

use heal_impact::Revision;
use heal_tune::{Cost, Request, Shown, TuneError, tune};

use crate::{
    arguments::{TuneArguments, TuneFormat},
    commands::simulate::{folder_of, open_recording},
    output::{Done, Exit, Failure, write_message, write_result},
    recordings::from_root,
    simulation::{Words, with_progress},
    sources::Package,
};

/// The line of progress.
const TUNING: Words = Words { doing: "tuning", of: "of at most", what: "simulations" };

pub(crate) fn run(arguments: &TuneArguments) -> Done {
    let package = Package::read(&arguments.path)?;
    let Some(compilation) = package.compile_aloud() else { return Ok(Exit::Findings) };
    let environment = arguments.environment.as_deref();
    let recording = match &arguments.recording {
        Some(folder) => open_recording(folder)?,
        None => open_recording(&from_root(
            &package.root,
            &folder_of(compilation.manifest.as_ref(), environment)?,
        ))?,
    };
    let of_package = compilation.manifest.as_ref().map(|manifest| manifest.tune_cost).unwrap_or_default();
    let (cost, cost_from) = Cost::settled(&arguments.cost.unwrap_or_default(), &of_package);
    let made_in = compilation.manifest.as_ref().and_then(|manifest| manifest.environment.as_deref());
    let revision = Revision {
        name: package.root.display().to_string(),
        sources: package.sources.clone(),
        environment: arguments.environment.clone(),
    };
    let request = Request {
        revision: &revision,
        recording: &recording,
        environment: environment.or(made_in),
        params: &arguments.params,
        cost,
        cost_from,
        folds_max: arguments.folds,
        budget: arguments.budget,
    };
    let tuned = with_progress(&arguments.simulation, TUNING, |options| tune(&request, options));
    let tuning = match tuned {
        Ok(tuning) => tuning,
        Err(TuneError::DoesNotCompile { name, diagnostics }) => {
            write_message(&format!("{diagnostics}\n{name} does not compile"));
            return Ok(Exit::Findings);
        }
        Err(wrong) => return Err(Failure::from(wrong)),
    };
    write_result(&match arguments.format {
        TuneFormat::Json => tuning.to_json()?,
        TuneFormat::Text => {
            let path = |file: &str| package.path_from_here(file);
            tuning.to_text(Shown { path: &path, next: &next_command(arguments, &package.root) })
        }
    })?;
    Ok(Exit::Nothing)
}

/// What says all that a proposal changes, once it is applied: against what is committed, where something is.
fn next_command(arguments: &TuneArguments, root: &Path) -> String {
    let full = std::fs::canonicalize(root).unwrap_or_default();
    let is_here = std::env::current_dir().and_then(std::fs::canonicalize).is_ok_and(|here| here == full);
    let is_committed = full.ancestors().any(|folder| folder.join(".git").exists());
    let recording = arguments.recording.as_ref().map(|folder| {
        let there = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.clone());
        format!(" --recording {}", if is_here { folder } else { &there }.display())
    });
    let environment = arguments.environment.as_ref().map(|name| format!(" --environment {name}"));
    let options = [recording, environment].map(Option::unwrap_or_default).concat();
    let change = if is_here { String::new() } else { format!("cd {} && ", root.display()) };
    match is_committed {
        true => format!("{change}heal diff HEAD{options}"),
        false => format!("{change}heal diff FOLDER-AS-IT-WAS .{options}"),
    }
}
