//! `heal simulate`: what a package would have done over a recording.

use std::path::Path;

use heal_impact::{ImpactError, Revision, simulate_revision};
use heal_report::{HtmlOptions, MarkdownOptions};
use heal_telemetry::Recording;

use crate::{
    arguments::{ReportFormat, SimulateArguments},
    output::{Done, Exit, Failure, write_message, write_result},
    sources::Package,
};

pub(crate) fn run(arguments: &SimulateArguments) -> Done {
    let package = Package::read(&arguments.path)?;
    let Some(compilation) = package.compile_aloud() else { return Ok(Exit::Findings) };
    let default = compilation.manifest.as_ref().and_then(|manifest| manifest.default_recording.as_deref());
    let default = default.map(|folder| package.root.join(folder));
    let recording = open_recording(arguments.recording.as_deref().or(default.as_deref()))?;
    let revision = Revision { name: package.root.display().to_string(), sources: package.sources };
    let simulated = match simulate_revision(&revision, &recording) {
        Ok(simulated) => simulated,
        Err(wrong) => return failed(&wrong),
    };
    let (report, telemetry) = simulated.report(&recording);
    write_result(&match arguments.format {
        ReportFormat::Text => report.to_text(),
        ReportFormat::Json => report.to_json()?,
        ReportFormat::Markdown => report.to_markdown(&MarkdownOptions::default()),
        ReportFormat::Html => report.to_html(&telemetry, &HtmlOptions::default()),
    })?;
    Ok(Exit::Nothing)
}

/// Opens the recording that was named, or the default one.
pub(crate) fn open_recording(folder: Option<&Path>) -> Result<Recording, Failure> {
    let none = "no recording: pass --recording DIR, or write `[recordings]` and `default = \"recordings/NAME\"` \
                into heal.toml";
    let folder = folder.ok_or_else(|| Failure(none.to_owned()))?;
    Recording::open(folder).map_err(|wrong| {
        let Failure(text) = Failure::from(wrong);
        Failure(format!("{}: {text}", folder.display()))
    })
}

/// Says why there is no impact.
pub(crate) fn failed(wrong: &ImpactError) -> Done {
    match wrong {
        ImpactError::DoesNotCompile(broken) => {
            write_message(&format!("{}\n{} does not compile", broken.diagnostics, broken.name));
            Ok(Exit::Findings)
        }
        ImpactError::Simulation(wrong) => Err(Failure(wrong.to_string())),
    }
}
