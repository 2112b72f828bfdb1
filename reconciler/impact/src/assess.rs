//! Two trees of a repository to what a pull request says about them.

use std::collections::BTreeMap;

use heal_driver::{SourceSet, compile};
use heal_reconcile::{Assessment, IMPACT_CHARS_MAX, Outcome, Side, Tree, is_policy};
use heal_report::{HtmlOptions, MarkdownOptions};
use heal_telemetry::Recording;

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

/// Compares two trees over the ground's recording, or over the default one of the base; one that only the head has
/// serves where the base has none. Equal trees and ground give an equal assessment.
#[must_use]
pub fn assess(base: &Tree, head: &Tree, ground: &Ground) -> Assessment {
    let of_tree = |tree: &Tree, name: &str| Revision { name: name.to_owned(), sources: sources_of(tree) };
    let (base_revision, head_revision) = (of_tree(base, &ground.base_name), of_tree(head, &ground.head_name));
    let recording = match &ground.recording {
        Some(recording) => Ok(recording.clone()),
        None => recording_of(base).or_else(|of_base| recording_of(head).map_err(|_| of_base)),
    };
    let recording = match recording {
        Ok(recording) => recording,
        Err(reason) => {
            return unknown_or_broken(&[(Side::Base, &base_revision), (Side::Head, &head_revision)], reason);
        }
    };
    match compare(&base_revision, &head_revision, &recording) {
        Ok(comparison) => impact(&comparison),
        Err(ImpactError::DoesNotCompile(broken)) => {
            let side = if broken.name == ground.base_name { Side::Base } else { Side::Head };
            does_not_compile(side, broken.diagnostics)
        }
        Err(ImpactError::Simulation(wrong)) => unknown(wrong.to_string()),
    }
}

fn impact(comparison: &Comparison) -> Assessment {
    let options = MarkdownOptions {
        graph: Some(comparison.graph.clone()),
        bytes_max: Some(IMPACT_CHARS_MAX),
        ..MarkdownOptions::default()
    };
    let html = HtmlOptions { graph: Some(comparison.graph.clone()), ..HtmlOptions::default() };
    Assessment {
        headline: comparison.diff.headline.clone(),
        outcome: Outcome::Impact { markdown: comparison.diff.to_markdown(&options) },
        report_html: comparison.diff.to_html(&comparison.telemetry, &html).into_bytes(),
    }
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

/// The policy sources of a tree. Bytes that are not UTF-8 become replacement characters, at which the compiler stops.
#[must_use]
pub fn sources_of(tree: &Tree) -> SourceSet {
    let policies = tree.iter().filter(|(path, _)| is_policy(path) && !path.starts_with("recordings/"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    SourceSet { files: policies.map(|(path, bytes)| (path.clone(), text(bytes))).collect() }
}

/// The default recording of a tree; `Err` says why there is none.
///
/// # Errors
/// When `heal.toml` names none, or the one that it names cannot be opened.
pub fn recording_of(tree: &Tree) -> Result<Recording, String> {
    let manifest = compile(&SourceSet {
        files: sources_of(tree).files.into_iter().filter(|(path, _)| path == "heal.toml").collect(),
    })
    .manifest;
    let folder = manifest
        .and_then(|manifest| manifest.default_recording)
        .ok_or("`heal.toml` names no recording: write `[recordings]` and `default = \"recordings/NAME\"`")?;
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
