//! Logs, added to a recording: as what was asked for, or as what a signal or event declares.

use std::path::Path;

use heal_import::{LogImport, LogTime, Reading};
use heal_program::{EventSource, LogReading, LogSource, Program, Source};

use super::{Said, import::add, recorded_as_lines};
use crate::{
    arguments::{IntoArguments, logs::RecordLogsArguments},
    output::Failure,
    sources::Package,
};

pub(super) fn from_logs(arguments: RecordLogsArguments) -> Said {
    let mut arguments = arguments;
    let program = match (&arguments.signal, &arguments.event) {
        (None, None) => None,
        (Some(_), _) | (_, Some(_)) => {
            let Some(compilation) = Package::read(&arguments.package)?.compile_aloud() else {
                return Ok(None);
            };
            compilation.program
        }
    };
    let time = LogTime {
        field: arguments.time.take(),
        format: arguments.time_format.take(),
        year: arguments.year,
        zone: arguments.zone,
    };
    let asked = match program {
        None => Asked::of_arguments(&mut arguments),
        Some(program) => Asked::declared(&program, &arguments)?,
    };
    let Asked { name, pattern, matching, labels_from, reading, source_hash } = asked;
    let RecordLogsArguments { file, labels, multiline, target, .. } = arguments;
    let labels = labels.into_iter().collect();
    let import =
        LogImport { name: name.clone(), pattern, matching, labels_from, labels, reading, time, multiline };
    let imported = import.read_file(&file)?;
    add(imported, target, |builder| match source_hash {
        Some(hash) => builder.signal(hash, name),
        None => builder,
    })
}

/// What is made of a log.
struct Asked {
    name: String,
    pattern: Option<String>,
    matching: Vec<(String, String)>,
    labels_from: Option<Vec<(String, String)>>,
    reading: Reading,
    /// The hash of what a signal reads.
    source_hash: Option<String>,
}

impl Asked {
    fn of_arguments(arguments: &mut RecordLogsArguments) -> Asked {
        let reading = match (arguments.per, arguments.value.take()) {
            (Some(per), _) => Reading::Count { per },
            (None, Some(field)) => Reading::Value { field, unit: arguments.unit.take().unwrap_or_default() },
            (None, None) => Reading::Event,
        };
        let by = std::mem::take(&mut arguments.by);
        Asked {
            name: arguments.name.take().unwrap_or_default(),
            pattern: arguments.pattern.take(),
            matching: std::mem::take(&mut arguments.matching),
            labels_from: (arguments.json || !by.is_empty()).then_some(by),
            reading,
            source_hash: None,
        }
    }

    /// What a signal or event says.
    fn declared(program: &Program, arguments: &RecordLogsArguments) -> Result<Asked, Failure> {
        let given = |key: &String| arguments.labels.iter().any(|(label, _)| label == key);
        let labels_from = |keys: &[String]| -> Vec<(String, String)> {
            keys.iter().filter(|key| !given(key)).map(|key| (key.clone(), key.clone())).collect()
        };
        if let Some(path) = &arguments.event {
            let known: Vec<&str> = program.events.iter().map(|it| it.head.path.as_str()).collect();
            let event = program.events.iter().find(|it| it.head.path == *path);
            let event = event.ok_or_else(|| unknown("event", path, &known))?;
            let EventSource::Logs(log) = &event.source else {
                return Err(no_log("event", path, &event.keys));
            };
            return Ok(Asked::of(path, log, labels_from(&event.keys), Reading::Event, None));
        }
        let path = arguments.signal.as_deref().unwrap_or_default();
        let known: Vec<&str> = program.signals.iter().map(|it| it.head.path.as_str()).collect();
        let signal = program.signals.iter().find(|it| it.head.path == path);
        let signal = signal.ok_or_else(|| unknown("signal", path, &known))?;
        let Source::Logs(log) = &signal.source else { return Err(no_log("signal", path, &signal.keys)) };
        let IntoArguments { into, .. } = &arguments.target;
        let (name, unit, hash) = recorded_as_lines(signal, Path::new(into))?;
        let reading = match &log.reading {
            LogReading::Count { per } => Reading::Count { per: *per },
            LogReading::Value { field } => Reading::Value { field: field.clone(), unit },
            LogReading::Event => Reading::Event,
        };
        Ok(Asked::of(&name, log, labels_from(&signal.keys), reading, Some(hash)))
    }

    fn of(
        name: &str,
        log: &LogSource,
        labels_from: Vec<(String, String)>,
        reading: Reading,
        source_hash: Option<String>,
    ) -> Asked {
        Asked {
            name: name.to_owned(),
            pattern: log.pattern.clone(),
            matching: log.matching.clone(),
            labels_from: Some(labels_from),
            reading,
            source_hash,
        }
    }
}

fn unknown(what: &str, path: &str, known: &[&str]) -> Failure {
    Failure(format!("there is no {what} `{path}`; there are: {}", known.join(", ")))
}

/// Another source does not say what it is in lines: whoever records does.
fn no_log(what: &str, path: &str, keys: &[String]) -> Failure {
    let by: String = keys.iter().map(|key| format!(" --by {key}")).collect();
    Failure(format!(
        "the {what} `{path}` is not `from logs`: say what it is in the lines, in place of `--{what} {path}`: \
         `--name NAME --json{by}`, or `--match` with a pattern"
    ))
}
