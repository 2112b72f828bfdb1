//! `heal record`: recordings from CSV, and what they hold.

use heal_telemetry::{
    IncidentImport, Labels, RecordingBuilder,
    csv::{Import, UtcOffset},
    describe, describe_list, list, merge_into, verify,
};

use crate::{
    arguments::{RecordArguments, RecordCommand, RecordCsvArguments},
    output::{Done, Exit, Failure, write_message, write_result},
};

pub(crate) fn run(arguments: RecordArguments) -> Done {
    match arguments.command {
        RecordCommand::Csv(arguments) => from_csv(*arguments),
        RecordCommand::Ls { folder } => {
            write_result(&describe_list(&list(&folder)?))?;
            Ok(Exit::Nothing)
        }
        RecordCommand::Show { folder } => {
            write_result(&describe(&heal_telemetry::Recording::open(&folder)?))?;
            Ok(Exit::Nothing)
        }
        RecordCommand::Verify { folder } => {
            let recording = verify(&folder)?;
            write_message(&format!("{}: every file is what the manifest says", recording.manifest.name));
            Ok(Exit::Nothing)
        }
    }
}

fn from_csv(arguments: RecordCsvArguments) -> Done {
    let utc_offset: UtcOffset = match &arguments.utc_offset {
        Some(text) => text.parse().map_err(|wrong| Failure(format!("--utc-offset: {wrong}")))?,
        None => UtcOffset::default(),
    };
    let labels: Labels = arguments.labels.into_iter().collect();
    let import = Import {
        name: arguments.name.clone(),
        labels: labels.clone(),
        unit: arguments.unit,
        unit_declared: arguments.unit_declared,
        time_column: arguments.time_column,
        value_columns: arguments.value_columns,
        time_format: None,
        utc_offset,
    };
    let mut addition = RecordingBuilder::new(arguments.recording.unwrap_or_default());
    for series in import.read_file(&arguments.file)? {
        addition = addition.series(series);
    }
    if let Some(file) = &arguments.incidents {
        let series_file =
            arguments.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let import = IncidentImport { utc_offset, series_file, name: arguments.name, labels };
        addition = addition.incidents(import.read_file(file)?);
    }
    if let Some(text) = arguments.description {
        addition = addition.description(text);
    }
    if let Some(text) = arguments.origin {
        addition = addition.origin(text);
    }
    let recording = merge_into(&arguments.into, addition, arguments.replace)?;
    write_result(&describe(&recording))?;
    Ok(Exit::Nothing)
}
