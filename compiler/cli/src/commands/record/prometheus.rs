//! `heal record prometheus`: from a server's past to a recording.

use std::time::{Duration, SystemTime};

use heal_connect::{
    Authentication, History, HistoryError, Prometheus, Recorded, SecretReference, Stretch, WorkFolder,
    alert_events, record_query, record_signal,
};
use heal_program::{Millis, Timestamp};
use heal_telemetry::{Overwrite, Recording, RecordingBuilder, is_recording};

use super::progress::ProgressLine;
use super::wanted::{Kind, Wanted, wanted};
use crate::{
    arguments::RecordPrometheusArguments,
    output::{Done, Exit, Failure, show_command, write_message},
    recordings::change,
};

pub(crate) fn run(mut arguments: RecordPrometheusArguments) -> Done {
    let place = arguments.target.into.clone();
    let work = change(&place, |folder| {
        arguments.target.into = folder;
        recorded(arguments)
    })?;
    let Some(work) = work else { return Ok(Exit::Findings) };
    // The recording is where it belongs.
    work.remove()?;
    Ok(Exit::Nothing)
}

/// What is to be said of the recording, and the folder that is needed until it is where it belongs.
fn recorded(arguments: RecordPrometheusArguments) -> Result<Option<(String, WorkFolder)>, Failure> {
    let known =
        is_recording(&arguments.target.into).then(|| Recording::open(&arguments.target.into)).transpose()?;
    let Some(wanted) = wanted(&arguments, known.as_ref())? else { return Ok(None) };
    let timeout = Duration::from_millis(arguments.timeout.0.unsigned_abs());
    let prometheus = Prometheus::new(&arguments.url, authentication(&arguments), timeout)?;
    let address = prometheus.address().to_owned();
    let history = History::new(prometheus, arguments.retries, arguments.points)?;
    let request = request(&arguments, &address);
    let work = WorkFolder::open(&arguments.target.into, &request, now(), arguments.restart)?;
    if work.is_resumed() {
        write_message(&format!("going on with what was begun at {}; `--restart` begins anew", work.begun()));
    }
    let range = range(&arguments, work.begun())?;
    let mut addition = RecordingBuilder::new("");
    let mut added = Vec::new();
    for (number, wanted) in wanted.iter().enumerate() {
        let stretch = Stretch::on_grid(&wanted.query, range, wanted.step).ok_or_else(|| {
            let (from, to) = range;
            Failure(format!("{}: there is no step of {} from {from} to {to}", wanted.path, wanted.step))
        })?;
        let (part, line) = record(&history, &work, (wanted, &stretch), &arguments, number)?;
        added.extend(line);
        addition = part.into_iter().fold(addition, |addition, part| addition.merge(part, false));
    }
    if added.is_empty() {
        let (from, to) = range;
        return Err(Failure(format!("there is nothing to record from {from} to {to}")));
    }
    addition = addition.name(arguments.target.recording.clone().unwrap_or_default());
    if let Some(text) = &arguments.target.description {
        addition = addition.description(text);
    }
    let has_origin = known.is_some_and(|known| !known.manifest.origin.is_empty());
    let origin =
        arguments.target.origin.clone().or_else(|| (!has_origin).then(|| format!("Prometheus at {address}")));
    addition = addition.origin(origin.unwrap_or_default());
    let recording = super::inventory::extended(&arguments.target.into, addition, arguments.target.replace)?;
    let (series, events) = (recording.manifest.series.len(), recording.events.len());
    let into = &arguments.target.into;
    let show = show_command(into);
    let now = format!("{} has {series} series and {events} events now: {show}", into.display());
    Ok(Some((format!("{}\n{now}\n", added.join("\n")), work)))
}

/// What one thing that is wanted adds to the recording, and the line that says so.
fn record(
    history: &History,
    work: &WorkFolder,
    (wanted, stretch): (&Wanted, &Stretch),
    arguments: &RecordPrometheusArguments,
    number: usize,
) -> Result<(Option<RecordingBuilder>, Option<String>), Failure> {
    let path = &wanted.path;
    let of = |error: HistoryError| Failure(format!("{path}: {error}"));
    let mut line = ProgressLine::new(path);
    let answer = history.fetch(stretch, work, &mut |progress| line.show(&progress));
    line.clear();
    let answer = match answer {
        Ok(answer) => answer,
        Err(error @ HistoryError::Empty { .. }) => {
            return match wanted.kind {
                Kind::Alerts => {
                    write_message(&format!("no alert fired from {} to {}", stretch.start, stretch.end));
                    Ok((None, None))
                }
                Kind::Signal(..) | Kind::Query { .. } if arguments.allow_empty => {
                    write_message(&format!("{path} is left out: {error}"));
                    Ok((None, None))
                }
                Kind::Signal(..) | Kind::Query { .. } => {
                    Err(Failure(format!("{path}: {error}; `--allow-empty` leaves out what has none")))
                }
            };
        }
        Err(error) => return Err(of(error)),
    };
    let step = wanted.step;
    let Recorded { series, findings } = match &wanted.kind {
        Kind::Alerts => {
            let events = alert_events(stretch, &answer);
            let text = format!("alerts: {} firings, looked for every {step}", events.len());
            return Ok((Some(RecordingBuilder::new("").events(events)), Some(text)));
        }
        Kind::Signal(signal, unit) => record_signal(signal, (&wanted.name, unit), step, answer),
        Kind::Query { unit } => record_query((&wanted.name, unit), step, answer).map_err(of)?,
    };
    findings.iter().for_each(|finding| write_message(&finding.to_string()));
    if series.is_empty() {
        let text = format!("{path}: nothing that Prometheus gives can be a sample of it");
        if !arguments.allow_empty {
            return Err(Failure(text));
        }
        write_message(&format!("{text}; it is left out"));
        return Ok((None, None));
    }
    let samples: usize = series.iter().map(|series| series.samples.len()).sum();
    let text = format!("{path}: {} series, {samples} samples, every {step}", series.len());
    let mut part = series.into_iter().fold(RecordingBuilder::new("part"), RecordingBuilder::series);
    if let Kind::Signal(signal, _) = &wanted.kind {
        part = part.signal(signal.source_hash().to_string(), &wanted.name);
    }
    // On disk, so that memory is needed for one of them only.
    let part = part.write(&work.join(&format!("part-{number}")), Overwrite::Refuse)?;
    Ok((Some(RecordingBuilder::from_recording(part)), Some(text)))
}

/// From when to when. Later than now there is nothing yet.
fn range(arguments: &RecordPrometheusArguments, now: Timestamp) -> Result<(Timestamp, Timestamp), Failure> {
    let to = arguments.to.unwrap_or(now).min(now);
    let from = arguments.from.unwrap_or_else(|| to.minus(arguments.since.unwrap_or(Millis::ZERO)));
    if from > to {
        return Err(Failure(format!("the range begins at {from}, after its end at {to}")));
    }
    Ok((from, to))
}

/// What tells one command from another: runs of the same one go on with each other's work.
fn request(arguments: &RecordPrometheusArguments, address: &str) -> String {
    let RecordPrometheusArguments { package, signals, query, alerts, from, since, to, step, .. } = arguments;
    format!("{address} {package:?} {signals:?} {query:?} {alerts} {from:?} {since:?} {to:?} {step:?}")
}

fn authentication(arguments: &RecordPrometheusArguments) -> Authentication {
    let RecordPrometheusArguments { token_file, token_env, user, password_file, .. } = arguments;
    if let Some(file) = token_file {
        return Authentication::Bearer(SecretReference::File(file.clone()));
    }
    if let Some(name) = token_env {
        return Authentication::Bearer(SecretReference::Environment(name.clone()));
    }
    match (user, password_file) {
        (Some(user), Some(file)) => {
            Authentication::Basic { user: user.clone(), password: SecretReference::File(file.clone()) }
        }
        (Some(_) | None, _) => Authentication::Nothing,
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
