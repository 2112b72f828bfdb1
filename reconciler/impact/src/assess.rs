//! Two trees of a repository to what a pull request says about them.

use std::collections::BTreeMap;

use heal_driver::{Manifest, SourceSet, compile};
use heal_reconcile::{Assessment, IMPACT_CHARS_MAX, Outcome, Side, Tree, is_policy};
use heal_report::{HtmlOptions, MarkdownOptions};
use heal_simulator::Options;
use heal_telemetry::{Recording, RecordingError};

use crate::{Comparison, ImpactError, Revision, compare};

/// What an assessment rests on beside the two trees.
#[derive(Clone, Debug, Default)]
pub struct Ground {
    /// A recording from elsewhere; none: the default one in the repository.
    pub recording: Option<Recording>,
    /// What the base is called.
    pub base_name: String,
    /// What the head is called.
    pub head_name: String,
}

/// Compares two trees over the ground's recording, or over the default one of the base; that of the head serves only where
/// the base names none. Equal trees and ground give an equal assessment.
#[must_use]
pub fn assess(base: &Tree, head: &Tree, ground: &Ground, options: &Options<'_>) -> Assessment {
    let of_tree = |tree: &Tree, name: &str| Revision {
        name: name.to_owned(),
        sources: sources_of(tree),
        environment: None,
    };
    let (base_revision, head_revision) = (of_tree(base, &ground.base_name), of_tree(head, &ground.head_name));
    let recording = match &ground.recording {
        Some(recording) => Ok(recording.clone()),
        None => match (recording_place(base, None), recording_place(head, None)) {
            (Err(nowhere), Err(_)) => Err(nowhere),
            (Err(_), Ok(_)) => recording_of(head, None),
            // A change does not choose what it is judged on, by making its base's recording one that cannot be opened either.
            (Ok(_), _) => recording_of(base, None),
        },
    };
    let recording = match recording {
        Ok(recording) => recording,
        Err(reason) => {
            return unknown_or_broken(&[(Side::Base, &base_revision), (Side::Head, &head_revision)], reason);
        }
    };
    match compare(&base_revision, &head_revision, &recording, options) {
        Ok(comparison) => impact(&comparison, ground).unwrap_or_else(|wrong| unknown(wrong.to_string())),
        Err(ImpactError::DoesNotCompile(broken)) => {
            let side = if broken.name == ground.base_name { Side::Base } else { Side::Head };
            does_not_compile(side, broken.diagnostics)
        }
        Err(wrong @ (ImpactError::Simulation(_) | ImpactError::Recording(_))) => unknown(wrong.to_string()),
    }
}

fn impact(comparison: &Comparison, ground: &Ground) -> Result<Assessment, RecordingError> {
    let options = MarkdownOptions {
        graph: Some(comparison.graph.clone()),
        // In a working tree of the head.
        explain: Some(format!("heal explain ID --base {}", ground.base_name)),
        bytes_max: Some(IMPACT_CHARS_MAX),
        ..MarkdownOptions::default()
    };
    let html = HtmlOptions {
        graph: Some(comparison.graph.clone()),
        explain: options.explain.clone(),
        ..HtmlOptions::default()
    };
    Ok(Assessment {
        headline: comparison.diff.headline.clone(),
        outcome: Outcome::Impact { markdown: comparison.diff.to_markdown(&options) },
        report_html: comparison.diff.to_html(&comparison.telemetry, &html)?.into_bytes(),
    })
}

/// Without a recording it can still be said whether both sides compile.
fn unknown_or_broken(sides: &[(Side, &Revision)], reason: String) -> Assessment {
    for (side, revision) in sides {
        let compilation = compile(&revision.sources);
        if compilation.has_errors() {
            let text = heal_diagnostics::render_human(&compilation.files, &compilation.diagnostics, false);
            return does_not_compile(*side, text);
        }
    }
    unknown(reason)
}

fn does_not_compile(side: Side, diagnostics: String) -> Assessment {
    let headline = match side {
        Side::Base => "the main branch does not compile",
        Side::Head => "this change does not compile",
    };
    let outcome = Outcome::DoesNotCompile { side, diagnostics };
    Assessment { headline: headline.to_owned(), outcome, report_html: Vec::new() }
}

fn unknown(reason: String) -> Assessment {
    let headline = format!("cannot know what this change would have done: {reason}");
    Assessment { headline, outcome: Outcome::Unknown { reason }, report_html: Vec::new() }
}

/// What to write where a package names no recording.
const NO_RECORDING: &str =
    "`heal.toml` names no recording: write `[recordings]` and `default = \"recordings/NAME\"`";

/// The folder of the recording that was made in an environment, else of the default one; `Err` says why there is none.
///
/// # Errors
/// When `heal.toml` names none.
pub fn recording_folder(manifest: &Manifest, environment: Option<&str>) -> Result<String, String> {
    let Some(name) = environment else {
        return manifest.default_recording.clone().ok_or_else(|| NO_RECORDING.to_owned());
    };
    manifest.environments.get(name).cloned().ok_or_else(|| {
        let known: Vec<&str> = manifest.environments.keys().map(String::as_str).collect();
        match known.is_empty() {
            true => format!("`heal.toml` has no `[environments.{name}]` with a `recording`"),
            false => format!("`heal.toml` has no environment `{name}`: it has {}", known.join(", ")),
        }
    })
}

/// The sources of the package at the root of a tree. Bytes that are not UTF-8 become replacement characters, at which the
/// compiler stops.
#[must_use]
pub fn sources_of(tree: &Tree) -> SourceSet {
    sources_in(tree, "")
}

/// The sources of the package in a folder of a tree, as [`sources_of`].
#[must_use]
pub fn sources_in(tree: &Tree, folder: &str) -> SourceSet {
    let policies = tree.iter().filter(|(path, _)| is_policy(path) && !path.starts_with("recordings/"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    SourceSet::of_tree(&policies.map(|(path, bytes)| (path.clone(), text(bytes))).collect(), folder)
}

/// Where the recording of a tree is: a folder in it, or an address.
///
/// # Errors
/// When `heal.toml` names none.
pub fn recording_place(tree: &Tree, environment: Option<&str>) -> Result<String, String> {
    let manifest = sources_of(tree).files.into_iter().filter(|(path, _)| path == "heal.toml").collect();
    let manifest = compile(&SourceSet::of(manifest)).manifest;
    manifest.ok_or_else(|| NO_RECORDING.to_owned()).and_then(|it| recording_folder(&it, environment))
}

/// The recording of a tree that was made in an environment, else its default one; `Err` says why there is none.
///
/// # Errors
/// When `heal.toml` names none, or the one that it names cannot be opened.
pub fn recording_of(tree: &Tree, environment: Option<&str>) -> Result<Recording, String> {
    let folder = recording_place(tree, environment)?;
    if folder.contains("://") {
        return Err(format!("the recording `{folder}` is not in the repository: `heal diff` reads it"));
    }
    let inside = format!("{folder}/");
    let files: BTreeMap<String, Vec<u8>> = tree
        .iter()
        .filter_map(|(path, bytes)| Some((path.strip_prefix(&inside)?.to_owned(), bytes.clone())))
        .collect();
    if files.is_empty() {
        return Err(format!("the repository has no recording in `{folder}`"));
    }
    Recording::open_from(&files)
        .map_err(|wrong| format!("the recording in `{folder}` cannot be used: {wrong}"))
}
