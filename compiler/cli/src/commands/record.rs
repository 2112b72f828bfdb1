//! `heal record`: recordings from files and from Prometheus, and what they hold.

mod edit;
mod import;
mod incidents;
mod inventory;
mod logs;
mod outcomes;
mod progress;
mod prometheus;
mod twice;
mod wanted;

use std::path::Path;

use heal_program::{Signal, Source};
use heal_simulator::unit_to_record;
use heal_telemetry::{
    IncidentFile, IncidentImport, Labels, Recording, RecordingBuilder,
    csv::{Import, LocalZone, Table, UtcOffset},
    describe, describe_inspection, describe_json, describe_list, describe_series, inspect, is_recording,
    label_name, verify,
};

use crate::{
    arguments::{RecordArguments, RecordCommand, RecordCsvArguments, import::ShowFormat},
    output::{Done, Exit, Failure, show_command, write_message, write_result},
    recordings::{changed, list_recordings, open_as, open_recording},
    sources::Package,
};

pub(crate) fn run(arguments: RecordArguments) -> Done {
    twice::check(&arguments.command)?;
    match arguments.command {
        RecordCommand::Csv(mut arguments) => changed(&arguments.target.into.clone(), |folder| {
            arguments.target.into = folder;
            from_csv(*arguments)
        }),
        RecordCommand::Prometheus(arguments) => prometheus::run(*arguments),
        RecordCommand::OpenMetrics(mut arguments) => changed(&arguments.target.into.clone(), |folder| {
            arguments.target.into = folder;
            import::from_openmetrics(*arguments)
        }),
        RecordCommand::Logs(mut arguments) => changed(&arguments.target.into.clone(), |folder| {
            arguments.target.into = folder;
            logs::from_logs(*arguments)
        }),
        RecordCommand::Incidents(mut arguments) => changed(&arguments.target.into.clone(), |folder| {
            arguments.target.into = folder;
            import::from_incidents(*arguments)
        }),
        RecordCommand::Inventory(mut arguments) => changed(&arguments.target.into.clone(), |folder| {
            arguments.target.into = folder;
            inventory::from_inventory(*arguments)
        }),
        RecordCommand::Outcomes(mut arguments) => changed(&arguments.target.into.clone(), |folder| {
            arguments.target.into = folder;
            outcomes::from_list(*arguments)
        }),
        RecordCommand::Otlp(mut arguments) => changed(&arguments.target.into.clone(), |folder| {
            arguments.target.into = folder;
            import::from_otlp(*arguments)
        }),
        RecordCommand::Ls { folder } => {
            let listed = list_recordings(&folder)?;
            write_result(&describe_list(&listed))?;
            // What cannot be used is a finding, as a gate in CI needs it.
            let is_sound = listed.iter().all(|one| one.manifest.is_ok());
            Ok(if is_sound { Exit::Nothing } else { Exit::Findings })
        }
        RecordCommand::Show { folder, format } => {
            let recording = open_recording(&folder)?;
            let flaws = inspect(&recording)?;
            write_result(&match format {
                ShowFormat::Text => describe(&recording) + &describe_inspection(&recording, &flaws),
                ShowFormat::Json => describe_json(&recording, &flaws),
            })?;
            Ok(Exit::Nothing)
        }
        RecordCommand::Merge(mut arguments) => changed(&arguments.into.clone(), |folder| {
            arguments.into = folder;
            edit::merged(*arguments)
        }),
        RecordCommand::Slice(mut arguments) => changed(&arguments.into.clone(), |folder| {
            arguments.into = folder;
            edit::sliced(*arguments)
        }),
        RecordCommand::Verify { folder } => {
            let recording = open_as(&folder, verify)?;
            write_message(&format!("{}: every file is what the manifest says", recording.manifest.name));
            Ok(Exit::Nothing)
        }
    }
}

/// What a recording has, in a line.
fn counts(recording: &Recording) -> String {
    let (series, events, incidents) =
        (recording.series.len(), recording.events.len(), recording.incidents.len());
    match recording.outcomes.len() {
        0 => format!("{series} series, {events} events and {incidents} incidents"),
        1 => format!("{series} series, {events} events, {incidents} incidents and 1 outcome"),
        outcomes => {
            format!("{series} series, {events} events, {incidents} incidents and {outcomes} outcomes")
        }
    }
}

/// What a command says that has changed a recording; `None` when there were findings, which were said already.
type Said = Result<Option<String>, Failure>;

/// What the series in a file are recorded as.
struct Recorded {
    name: String,
    unit: String,
    unit_declared: bool,
    labels: Labels,
    /// The hash of what a signal reads, for those that read no series by its name.
    source_hash: Option<String>,
}

fn from_csv(arguments: RecordCsvArguments) -> Said {
    let Some(recorded) = recorded(&arguments)? else { return Ok(None) };
    let utc_offset: Option<UtcOffset> = match &arguments.utc_offset {
        Some(text) => Some(text.parse().map_err(|wrong| Failure(format!("--utc-offset: {wrong}")))?),
        None => None,
    };
    let zone: &dyn LocalZone = match &utc_offset {
        Some(offset) => offset,
        None => &arguments.zone,
    };
    let import = Import {
        name: recorded.name.clone(),
        labels: recorded.labels.clone(),
        unit: recorded.unit,
        unit_declared: recorded.unit_declared,
        time_column: arguments.time_column,
        value_columns: arguments.value_columns,
        key_columns: arguments.keys.iter().map(|(column, _)| column.clone()).collect(),
        key_labels: arguments
            .keys
            .iter()
            .filter_map(|(column, label)| Some((column.clone(), label.clone()?)))
            .collect(),
        time_format: None,
    };
    let Table { series: all, remarks } = import.read_file(&arguments.file, zone)?;
    let other = all.iter().find(|series| all.first().is_some_and(|first| first.name != series.name));
    if let (Some(signal), Some(other)) = (&arguments.signal, other) {
        return Err(Failure(format!(
            "{}: `{signal}` reads one column, and `{}` is another; name it with `--value-column`",
            arguments.file.display(),
            other.name.strip_prefix(&format!("{}.", recorded.name)).unwrap_or(&other.name)
        )));
    }
    let mut added: Vec<String> = all.iter().map(describe_series).collect();
    let mut told = IncidentFile::default();
    let mut addition = RecordingBuilder::new(arguments.target.recording.unwrap_or_default());
    for series in all {
        addition = addition.series(series);
    }
    if let Some(hash) = recorded.source_hash {
        addition = addition.signal(hash, &recorded.name);
    }
    if let Some(file) = &arguments.incidents {
        let series_file =
            arguments.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let labels = recorded.labels;
        let unlabelled = if arguments.label_incidents { labels.clone() } else { Labels::new() };
        let import = IncidentImport { series_file, name: recorded.name, labels, unlabelled };
        told = import.read_file(file, zone)?;
        added.push(incidents::said(&told.incidents, &import.labels));
        addition = addition.incidents(told.incidents.clone());
    }
    if let Some(text) = arguments.target.description {
        addition = addition.description(text);
    }
    if let Some(text) = arguments.target.origin {
        addition = addition.origin(text);
    }
    let recording = inventory::extended(&arguments.target.into, addition, arguments.target.replace)?;
    remarks.iter().chain(&told.remarks).for_each(|remark| write_message(remark));
    incidents::warn(&recording, &told.incidents, &told.lines);
    let all = recording.manifest.series.len();
    let into = &arguments.target.into;
    let now = format!("{} has {all} series now: {}", into.display(), show_command(into));
    Ok(Some(format!("{}\n{now}\n", added.join("\n"))))
}

/// What a file is recorded as: what is said, or what a signal says. `None` when the signal's package does not compile.
fn recorded(arguments: &RecordCsvArguments) -> Result<Option<Recorded>, Failure> {
    let labels: Labels = arguments.labels.iter().cloned().collect();
    let keys: Vec<String> = arguments.keys.iter().map(key_label).collect();
    if let Some(twice) = keys.iter().find(|key| labels.contains_key(*key)) {
        return Err(Failure(format!(
            "`--key {twice}` reads the label `{twice}`, and `--label` says it: leave one out"
        )));
    }
    let Some(signal) = &arguments.signal else {
        return Ok(Some(Recorded {
            name: arguments.name.clone().unwrap_or_default(),
            unit: arguments.unit.clone().unwrap_or_default(),
            unit_declared: arguments.unit_declared,
            labels,
            source_hash: None,
        }));
    };
    let Some(compilation) = Package::read(&arguments.package)?.compile_aloud() else { return Ok(None) };
    let signals = compilation.program.map(|program| program.signals).unwrap_or_default();
    let Some(found) = signals.iter().find(|it| it.head.path == *signal) else {
        let known: Vec<&str> = signals.iter().map(|it| it.head.path.as_str()).collect();
        return Err(Failure(format!("there is no signal `{signal}`; there are: {}", known.join(", "))));
    };
    recorded_as(found, labels, &keys, &arguments.target.into).map(Some)
}

/// The label that the cells of a column are.
fn key_label((column, label): &(String, Option<String>)) -> String {
    label.clone().unwrap_or_else(|| label_name(column).into_owned())
}

/// How a signal is recorded: by the name that it reads, or under the hash of what it reads.
fn recorded_as(
    signal: &Signal,
    mut labels: Labels,
    columns: &[String],
    into: &Path,
) -> Result<Recorded, Failure> {
    let path = &signal.head.path;
    let is_said = |key: &&str| labels.contains_key(*key) || columns.iter().any(|column| column == key);
    let missing: Vec<&str> = signal.keys.iter().map(String::as_str).filter(|key| !is_said(key)).collect();
    if !missing.is_empty() {
        let labels: Vec<String> = missing.iter().map(|key| format!("--label {key}=...")).collect();
        return Err(Failure(format!(
            "`{path}` is by ({}): say which key the file holds, with {}, or with `--key` which column says it",
            signal.keys.join(", "),
            labels.join(" ")
        )));
    }
    let hash = signal.source_hash().to_string();
    let (name, source_hash) = match &signal.source {
        Source::Metric { name, matching } => {
            for (label, value) in matching {
                let other = labels.insert(label.clone(), value.clone()).filter(|other| other != value);
                if let Some(other) = other {
                    return Err(Failure(format!(
                        "`{path}` reads only series with `{label}` \"{value}\", and the label says \"{other}\""
                    )));
                }
            }
            (name.clone(), None)
        }
        Source::Prometheus { .. } | Source::Logs(_) => (name_of_query(path, &hash, into)?, Some(hash)),
    };
    Ok(Recorded { name, unit: unit_of(signal)?, unit_declared: true, labels, source_hash })
}

/// What a query is recorded as: another signal with the same one may have named it already.
fn name_of_query(path: &str, hash: &str, into: &Path) -> Result<String, Failure> {
    let known = is_recording(into).then(|| Recording::open(into)).transpose()?;
    Ok(wanted::series_name(known.as_ref(), hash, path))
}

/// How a signal that reads a log is recorded: the name of its series, their unit, and the hash that they are found by.
fn recorded_as_lines(signal: &Signal, into: &Path) -> Result<(String, String, String), Failure> {
    let hash = signal.source_hash().to_string();
    let name = name_of_query(&signal.head.path, &hash, into)?;
    Ok((name, unit_of(signal)?, hash))
}

fn unit_of(signal: &Signal) -> Result<String, Failure> {
    let unit = unit_to_record(signal).ok_or_else(|| {
        let path = &signal.head.path;
        Failure(format!("`{path}` does not say what its numbers are in: write it after its type, with `in`"))
    })?;
    Ok(unit.to_owned())
}
