//! What is said twice on a command line of `heal record`, and what is said of nothing.

use std::path::Path;

use heal_diagnostics::nearest;
use heal_import::{Imported, OpenMetricsImport, OutcomeColumn};
use heal_telemetry::Verdict;

use crate::{
    arguments::{RecordCommand, import::Meant},
    output::Failure,
};

/// Refuses two labels of one name, and two names for one attribute: only one of them could be meant.
pub(super) fn check(command: &RecordCommand) -> Result<(), Failure> {
    match command {
        RecordCommand::Csv(arguments) => {
            once("--label", &arguments.labels, |(name, _)| name)?;
            let labels = arguments.keys.iter().map(|key| (key.0.clone(), super::key_label(key)));
            let mut labels: Vec<(String, String)> = labels.collect();
            // Of a column that is named twice the reader of the file says so.
            labels.dedup();
            once("--key", &labels, |(_, label)| label)
        }
        RecordCommand::OpenMetrics(arguments) => {
            once("--label", &arguments.labels, |(name, _)| name)?;
            once("--unit", &arguments.units, |(metric, _)| metric)
        }
        RecordCommand::Logs(arguments) => {
            once("--label", &arguments.labels, |(name, _)| name)?;
            once("--by", &arguments.by, |(label, _)| label)
        }
        RecordCommand::Otlp(arguments) => {
            once("--label", &arguments.labels, |(from, _)| from)?;
            once("--label", &arguments.labels, |(_, to)| to)
        }
        RecordCommand::Incidents(arguments) => once("--label", &arguments.labels, |(_, to)| to),
        RecordCommand::Inventory(arguments) => {
            once("--unit", &arguments.units, |(field, _)| field)?;
            once("--label", &arguments.labels, |(from, _)| from)?;
            once("--label", &arguments.labels, |(_, to)| to)
        }
        RecordCommand::Outcomes(arguments) => {
            once("--plan", &arguments.plans, |(_, name)| name)?;
            once("--key", &arguments.keys, |(field, _)| field)?;
            let texts = |(column, name): &(OutcomeColumn, String)| (column.name().to_owned(), name.clone());
            let columns: Vec<(String, String)> = arguments.columns.iter().map(texts).collect();
            once("--column", &columns, |(what, _)| what)?;
            let texts = |(meant, word): &(Meant, String)| {
                (meant.0.map_or("skip", Verdict::word).to_owned(), word.clone())
            };
            let words: Vec<(String, String)> = arguments.outcomes.iter().map(texts).collect();
            once("--outcome", &words, |(_, word)| word)
        }
        RecordCommand::Prometheus(_)
        | RecordCommand::Ls { .. }
        | RecordCommand::Show { .. }
        | RecordCommand::Merge(_)
        | RecordCommand::Slice(_)
        | RecordCommand::Verify { .. } => Ok(()),
    }
}

fn once(
    option: &str,
    said: &[(String, String)],
    name: impl Fn(&(String, String)) -> &String,
) -> Result<(), Failure> {
    for (at, pair) in said.iter().enumerate() {
        if let Some(other) = said.iter().take(at).find(|other| name(other) == name(pair)) {
            return Err(Failure(format!(
                "`{option}` says `{}` twice, `{}={}` and `{}={}`: leave one of them out",
                name(pair),
                other.0,
                other.1,
                pair.0,
                pair.1
            )));
        }
    }
    Ok(())
}

/// Refuses the unit of a metric that a file does not have.
pub(super) fn check_units(
    import: &OpenMetricsImport,
    file: &Path,
    imported: &Imported,
) -> Result<(), Failure> {
    let unused = import.unused_units(imported);
    let Some(metric) = unused.first() else { return Ok(()) };
    let mut names: Vec<&str> = imported.series.iter().map(|series| series.name.as_str()).collect();
    names.dedup();
    let meant = match nearest(metric, names.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("it has `{}`", names.iter().take(20).copied().collect::<Vec<_>>().join("`, `")),
    };
    let unit = import.units.get(*metric).map_or("", String::as_str);
    Err(Failure(format!("`--unit {metric}={unit}`: {} has no metric of this name; {meant}", file.display())))
}
