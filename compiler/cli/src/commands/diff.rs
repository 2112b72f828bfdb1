//! `heal diff`: what HEAD would have done differently from BASE.

use std::path::{Path, PathBuf};

use heal_driver::SourceSet;
use heal_git::GitRepository;
use heal_impact::{Comparison, Revision, compare, recording_of, recording_place, sources_in};
use heal_reconcile::{Repository, Tree};
use heal_report::{HtmlOptions, MarkdownOptions};
use heal_store::Address;
use heal_telemetry::Recording;

use crate::{
    arguments::{DiffArguments, ReportFormat},
    commands::simulate::{environment_of, failed, folder_of, open_recording},
    output::{Done, Exit, Failure, word, write_message, write_result},
    recordings::from_root,
    simulation::with_options,
    sources::Package,
};

/// One side, and the recording that it names.
pub(crate) struct Side {
    pub(crate) revision: Revision,
    pub(crate) recording: Result<Named, Failure>,
}

/// A recording that a side names, which is opened where it is needed.
pub(crate) type Named = Box<dyn FnOnce() -> Result<Recording, Failure>>;

/// What two sides are compared over. Only where the base names no recording does the one of the head serve: a change does not
/// choose what it is judged on.
pub(crate) fn recording_of_base(
    base: Result<Named, Failure>,
    head: Result<Named, Failure>,
) -> Result<Recording, Failure> {
    match base {
        Ok(open) => open(),
        Err(nowhere) => head.map_err(|_| nowhere)?(),
    }
}

pub(crate) fn run(arguments: &DiffArguments) -> Done {
    let side = |name: &str| read_side(name, arguments.environment.as_deref());
    let (mut base, head) = (side(&arguments.base)?, side(&arguments.head)?);
    base.revision.environment =
        environment_of(arguments.recording.is_some(), arguments.environment.as_deref());
    // The recording is part of the ground that a change is judged on: it is read from the base, as gates are.
    let recording = match &arguments.recording {
        Some(place) => open_recording(place)?,
        None => recording_of_base(base.recording, head.recording)?,
    };
    let comparison = match with_options(&arguments.simulation, |options| {
        compare(&base.revision, &head.revision, &recording, options)
    }) {
        Ok(comparison) => comparison,
        Err(wrong) => return failed(&wrong),
    };
    if !comparison.warnings.is_empty() {
        write_message(&comparison.warnings);
    }
    write_result(&render(&comparison, arguments)?)?;
    let broken = &comparison.diff.gates_broken;
    if arguments.gate && !broken.is_empty() {
        broken.iter().for_each(|it| write_message(&it.to_string()));
        if !comparison.owners.is_empty() {
            write_message(&format!("one of its owners may let it through: {}", comparison.owners.join(", ")));
        }
    }
    Ok(if arguments.gate && !broken.is_empty() { Exit::Findings } else { Exit::Nothing })
}

fn render(comparison: &Comparison, arguments: &DiffArguments) -> Result<String, Failure> {
    let graph = Some(comparison.graph.clone());
    let recording = arguments
        .recording
        .as_ref()
        .map(|folder| format!(" --recording {}", word(&folder.display().to_string())));
    let environment = arguments.environment.as_ref().map(|name| format!(" --environment {}", word(name)));
    let options = [recording, environment].map(Option::unwrap_or_default).concat();
    let reproduce = format!("heal diff {} {}{options}", word(&arguments.base), word(&arguments.head));
    let explain = Some(explain_command(arguments, &options));
    Ok(match arguments.format {
        ReportFormat::Text => comparison.diff.to_text(),
        ReportFormat::Json => comparison.diff.to_json()?,
        ReportFormat::Markdown => comparison.diff.to_markdown(&MarkdownOptions {
            graph,
            reproduce: Some(reproduce),
            explain,
            ..MarkdownOptions::default()
        }),
        ReportFormat::Html => {
            let options = HtmlOptions { graph, reproduce: Some(reproduce), explain };
            comparison.diff.to_html(&comparison.telemetry, &options)?
        }
    })
}

/// What says why something differs, by its id.
fn explain_command(arguments: &DiffArguments, options: &str) -> String {
    format!("heal explain ID {} --base {}{options}", word(&arguments.head), word(&arguments.base))
}

/// A folder, or else a revision of the repository that the current folder is in.
pub(crate) fn read_side(text: &str, environment: Option<&str>) -> Result<Side, Failure> {
    let folder = Path::new(text);
    if folder.is_dir() {
        let package = Package::read(folder)?;
        let manifest = heal_driver::compile(&package.sources).manifest;
        let (root, place) = (package.root, folder_of(manifest.as_ref(), environment));
        return Ok(Side {
            revision: Revision {
                name: text.to_owned(),
                sources: package.sources,
                environment: environment.map(str::to_owned),
            },
            recording: place
                .map(|place| -> Named { Box::new(move || open_recording(&from_root(&root, &place))) }),
        });
    }
    let (sources, tree) = read_revision(text)?;
    let environment_name = environment.map(str::to_owned);
    let revision = Revision { name: text.to_owned(), sources, environment: environment_name };
    let environment = environment.map(str::to_owned);
    let recording = recording_place(&tree, environment.as_deref()).map_err(Failure);
    let recording = recording.map(|place| -> Named {
        Box::new(move || match Address::is_meant(&place) {
            // A revision says where it is, and no revision holds it.
            true => open_recording(Path::new(&place)),
            false => recording_of(&tree, environment.as_deref()).map_err(Failure),
        })
    });
    Ok(Side { revision, recording })
}

/// The sources of a revision of the repository that the current folder is in, and its files below that folder.
pub(crate) fn read_revision(text: &str) -> Result<(SourceSet, Tree), Failure> {
    let (repository, inside) = enclosing_repository()?;
    let Some(commit) = repository.resolve(text)? else {
        return Err(Failure(format!("`{text}` is neither a folder nor a revision of this repository")));
    };
    // What the package depends on may stand anywhere in the repository.
    let whole = repository.tree(&commit)?;
    let (tree, folder) = below(&whole, &inside);
    let sources = sources_in(&whole, &folder);
    if !sources.files.keys().any(|path| path.ends_with(".heal")) {
        return Err(Failure(format!("`{text}` has no `.heal` file")));
    }
    Ok((sources, tree))
}

/// The repository that the current folder is in. Policies are at its root: that is what the reconciler watches.
pub(crate) fn enclosing_repository() -> Result<(GitRepository, PathBuf), Failure> {
    let here = std::env::current_dir()?;
    let root = here.ancestors().find(|folder| folder.join(".git").exists());
    let root = root.ok_or_else(|| {
        Failure("this folder is in no Git repository: name two folders, or run `git init` first".to_owned())
    })?;
    let inside = here.strip_prefix(root).map(Path::to_owned).unwrap_or_default();
    Ok((GitRepository::open(root)?, inside))
}

/// The part of a tree below a folder, when that folder is where the package is, and that folder; else the whole tree.
fn below(tree: &Tree, folder: &Path) -> (Tree, String) {
    let prefix: String = folder.iter().map(|part| format!("{}/", part.to_string_lossy())).collect();
    let part: Tree = tree
        .iter()
        .filter_map(|(path, bytes)| Some((path.strip_prefix(&prefix)?.to_owned(), bytes.clone())))
        .collect();
    if part.is_empty() {
        (tree.clone(), String::new())
    } else {
        (part, prefix.trim_end_matches('/').to_owned())
    }
}
