//! `heal simulate`: what a package would have done over a recording.

use heal_driver::Manifest;
use heal_impact::{ImpactError, Revision, recording_folder, report_revision};
use heal_report::{HtmlOptions, MarkdownOptions};

pub(crate) use crate::recordings::open_recording;

use crate::{
    arguments::{ReportFormat, SimulateArguments},
    output::{Done, Exit, Failure, write_message, write_pieces, write_result},
    recordings::from_root,
    sources::Package,
    verifying,
};

pub(crate) fn run(arguments: &SimulateArguments) -> Done {
    let package = Package::read(&arguments.path)?;
    let Some(compilation) = package.compile_aloud() else { return Ok(Exit::Findings) };
    let environment = arguments.environment.as_deref();
    let opened = match &arguments.recording {
        Some(folder) => verifying::open(folder, &arguments.simulation)?,
        None => {
            let place = folder_of(compilation.manifest.as_ref(), environment)?;
            verifying::open(&from_root(&package.root, &place), &arguments.simulation)?
        }
    };
    let revision = Revision {
        name: package.root.display().to_string(),
        sources: package.sources,
        environment: environment_of(arguments.recording.is_some(), environment),
    };
    let reported = match opened
        .simulated(&arguments.simulation, |options| report_revision(&revision, &opened.recording, options))?
    {
        Ok(reported) => reported,
        Err(wrong) => return failed(&wrong),
    };
    let (report, telemetry) = (&reported.report, &reported.telemetry);
    write_result(&match arguments.format {
        ReportFormat::Text => report.to_text(),
        ReportFormat::Json => {
            write_pieces(|out| report.write_json(out))?;
            return Ok(Exit::Nothing);
        }
        ReportFormat::Markdown => {
            let explain = Some(explain_command(arguments));
            report.to_markdown(&MarkdownOptions { explain, ..MarkdownOptions::default() })
        }
        ReportFormat::Html => {
            let explain = Some(explain_command(arguments));
            report.to_html(telemetry, &HtmlOptions { explain, ..HtmlOptions::default() })?
        }
    })?;
    Ok(Exit::Nothing)
}

/// What says why something happened, by its id.
fn explain_command(arguments: &SimulateArguments) -> String {
    let recording = arguments.recording.as_ref().map(|folder| format!(" --recording {}", folder.display()));
    let environment = arguments.environment.as_ref().map(|name| format!(" --environment {name}"));
    let options = [recording, environment].map(Option::unwrap_or_default).concat();
    format!("heal explain ID {}{options}", arguments.path.display())
}

/// Where a recording was made: as it was asked for, else nowhere that is known for one that the package does not name.
pub(crate) fn environment_of(is_foreign: bool, asked: Option<&str>) -> Option<String> {
    asked.map(str::to_owned).or_else(|| is_foreign.then(String::new))
}

/// Where the recording of an environment is, or the default one: in a store, or a folder from the package's root.
pub(crate) fn folder_of(manifest: Option<&Manifest>, environment: Option<&str>) -> Result<String, Failure> {
    let none = "no recording: pass --recording DIR, or write `[recordings]` and `default = \"recordings/NAME\"` \
                into heal.toml";
    let manifest = manifest.filter(|it| it.default_recording.is_some() || environment.is_some());
    let manifest = manifest.ok_or_else(|| Failure(none.to_owned()))?;
    recording_folder(manifest, environment).map_err(Failure)
}

/// Says why there is no impact.
pub(crate) fn failed(wrong: &ImpactError) -> Done {
    match wrong {
        ImpactError::DoesNotCompile(broken) => {
            write_message(&format!("{}\n{} does not compile", broken.diagnostics, broken.name));
            Ok(Exit::Findings)
        }
        ImpactError::Simulation(_) | ImpactError::Recording(_) => Err(Failure(wrong.to_string())),
    }
}
