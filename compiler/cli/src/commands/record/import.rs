//! Files of other tools, added to a recording.

use std::collections::BTreeMap;

use heal_import::{Imported, IncidentExportImport, IncidentSource, OpenMetricsImport, OtlpImport};
use heal_telemetry::{IncidentFile, IncidentImport, RecordingBuilder, is_recording};

use super::Said;
use crate::{
    arguments::{
        IntoArguments,
        import::{IncidentFormat, RecordIncidentsArguments, RecordOpenMetricsArguments, RecordOtlpArguments},
    },
    output::{Failure, show_command, write_message},
};

pub(super) fn from_openmetrics(arguments: RecordOpenMetricsArguments) -> Said {
    let RecordOpenMetricsArguments { file, labels, units, target } = arguments;
    let labels = labels.into_iter().collect();
    let import = OpenMetricsImport { labels, units: units.into_iter().collect() };
    let imported = import.read_file(&file)?;
    super::twice::check_units(&import, &file, &imported)?;
    add(imported, target, |builder| builder)
}

pub(super) fn from_otlp(arguments: RecordOtlpArguments) -> Said {
    let RecordOtlpArguments { file, labels, target } = arguments;
    let import = OtlpImport { renamed: labels.into_iter().collect() };
    add(import.read_file(&file)?, target, |builder| builder)
}

pub(super) fn from_incidents(arguments: RecordIncidentsArguments) -> Said {
    let RecordIncidentsArguments { file, format, labels, only, zone, target } = arguments;
    if !only.is_empty() && format != IncidentFormat::Github {
        return Err(Failure("`--only` chooses issues of GitHub: pass it with `--format github`".to_owned()));
    }
    let source = match format {
        IncidentFormat::Csv => None,
        IncidentFormat::Pagerduty => Some(IncidentSource::PagerDuty),
        IncidentFormat::Servicenow => Some(IncidentSource::ServiceNow),
        IncidentFormat::Github => Some(IncidentSource::GitHub),
    };
    let mut line_of = BTreeMap::new();
    let imported = match source {
        Some(source) => {
            let labels_from = labels.into_iter().map(|(from, to)| (to, from)).collect();
            IncidentExportImport { source, labels_from, only, zone }.read_file(&file)?
        }
        None if !labels.is_empty() => {
            return Err(Failure("a CSV of incidents has its labels in cells `label=value`".to_owned()));
        }
        None => {
            let IncidentFile { incidents, lines, remarks } =
                IncidentImport::default().read_file(&file, &zone)?;
            if incidents.is_empty() {
                return Err(Failure(format!("`{}`: has no incident", file.display())));
            }
            remarks.iter().for_each(|remark| write_message(remark));
            line_of = lines;
            Imported { incidents, ..Imported::default() }
        }
    };
    if !is_recording(&target.into) {
        return Err(Failure(format!(
            "{}: incidents of {} are added to a recording that has samples or events: record those first",
            target.into.display(),
            file.display()
        )));
    }
    add_told(imported, target, &line_of, |builder| builder)
}

/// Adds what was read to the recording, all of it or nothing, and says what was added.
pub(super) fn add(
    imported: Imported,
    target: IntoArguments,
    more: impl FnOnce(RecordingBuilder) -> RecordingBuilder,
) -> Said {
    add_told(imported, target, &BTreeMap::new(), more)
}

/// The same, with the line of each incident by its name, where it is known.
fn add_told(
    imported: Imported,
    target: IntoArguments,
    line_of: &BTreeMap<String, usize>,
    more: impl FnOnce(RecordingBuilder) -> RecordingBuilder,
) -> Said {
    let IntoArguments { into, recording, description, origin, replace } = target;
    let added = imported.describe();
    let incidents = imported.incidents.clone();
    let warnings = imported.warnings.clone();
    let outcomes = imported.outcomes.clone();
    let mut addition = more(imported.into_builder(recording.unwrap_or_default()));
    if let Some(text) = description {
        addition = addition.description(text);
    }
    if let Some(text) = origin {
        addition = addition.origin(text);
    }
    let recording = super::inventory::extended(&into, addition, replace)?;
    warnings.iter().for_each(|warning| write_message(&format!("warning: {warning}")));
    super::outcomes::warn(&recording, &outcomes);
    super::incidents::warn(&recording, &incidents, line_of);
    let has = format!("{} has {} now: {}", into.display(), super::counts(&recording), show_command(&into));
    Ok(Some(format!("{}\n{has}\n", added.join("\n"))))
}
