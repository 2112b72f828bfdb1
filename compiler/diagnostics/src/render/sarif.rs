//! SARIF 2.1.0.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::common::{fingerprints, json_text, name, span, uri, words};
use crate::{Code, Diagnostic, FileId, Files, Fix, Severity, TextRange, code_title, page, page_address};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    /// What a column counts.
    column_kind: &'static str,
    results: Vec<SarifResult>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    short_description: Message,
    help_uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<Help>,
}

#[derive(Serialize)]
struct Help {
    text: &'static str,
    markdown: &'static str,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: String,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<SarifFix>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifFix {
    description: Message,
    artifact_changes: Vec<ArtifactChange>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange {
    artifact_location: ArtifactLocation,
    replacements: Vec<Replacement>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: Message,
}

pub(super) fn render(files: &Files, diagnostics: &[&Diagnostic]) -> String {
    // The rules are those that something is said of, by code.
    let codes: BTreeSet<Code> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    let rules = codes.iter().map(|code| rule(*code)).collect();
    let results =
        diagnostics.iter().zip(fingerprints(files, diagnostics)).map(|(diagnostic, fingerprint)| {
            let rule_index = codes.range(..diagnostic.code).count();
            result(files, diagnostic, rule_index, fingerprint)
        });
    let driver = Driver {
        name: "heal",
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: crate::REPOSITORY,
        rules,
    };
    json_text(&Log {
        schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        version: "2.1.0",
        runs: [Run { tool: Tool { driver }, column_kind: "unicodeCodePoints", results: results.collect() }],
    })
}

fn rule(code: Code) -> Rule {
    Rule {
        id: code.to_string(),
        short_description: Message { text: code_title(code).unwrap_or_default().to_owned() },
        help_uri: page_address(code),
        help: page(code).map(|page| Help { text: page, markdown: page }),
    }
}

fn result(files: &Files, diagnostic: &Diagnostic, rule_index: usize, fingerprint: String) -> SarifResult {
    let primary = &diagnostic.primary;
    let related = diagnostic.secondary.iter().enumerate().map(|(at, label)| Location {
        id: Some(at + 1),
        message: Some(Message { text: label.text.clone() }),
        ..location(files, label.file, label.range)
    });
    SarifResult {
        rule_id: diagnostic.code.to_string(),
        rule_index,
        level: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        message: Message { text: words(diagnostic) },
        locations: [location(files, primary.file, primary.range)],
        related_locations: related.collect(),
        partial_fingerprints: BTreeMap::from([("healDiagnostic/v1", fingerprint)]),
        fixes: diagnostic.fixes.iter().filter_map(|fix| sarif_fix(files, fix)).collect(),
    }
}

/// A fix; none for one that changes nothing, for which SARIF has no form.
fn sarif_fix(files: &Files, fix: &Fix) -> Option<SarifFix> {
    let mut changes: BTreeMap<FileId, Vec<Replacement>> = BTreeMap::new();
    for edit in &fix.edits {
        changes.entry(edit.file).or_default().push(Replacement {
            deleted_region: region(files, edit.file, edit.range),
            inserted_content: Message { text: edit.text.clone() },
        });
    }
    let change =
        |(file, replacements)| ArtifactChange { artifact_location: artifact(files, file), replacements };
    let artifact_changes: Vec<ArtifactChange> = changes.into_iter().map(change).collect();
    (!artifact_changes.is_empty())
        .then(|| SarifFix { description: Message { text: fix.title.clone() }, artifact_changes })
}

fn location(files: &Files, file: FileId, range: TextRange) -> Location {
    let physical_location =
        PhysicalLocation { artifact_location: artifact(files, file), region: region(files, file, range) };
    Location { id: None, physical_location, message: None }
}

fn artifact(files: &Files, file: FileId) -> ArtifactLocation {
    ArtifactLocation { uri: uri(name(files, file)) }
}

fn region(files: &Files, file: FileId, range: TextRange) -> Region {
    let span = span(files, file, range);
    Region {
        start_line: span.start.line,
        start_column: span.start.column,
        end_line: span.end.line,
        end_column: span.end.column,
    }
}
