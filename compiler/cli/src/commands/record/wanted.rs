//! What is to be recorded from Prometheus: queries of signals, queries of the user's, alerts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use heal_connect::ALERTS_QUERY;
use heal_program::{Millis, Signal, Source, Table};
use heal_simulator::unit_to_record;
use heal_telemetry::Recording;

use crate::{
    arguments::RecordPrometheusArguments,
    output::{Failure, write_message},
    sources::Package,
};

/// How far samples are apart where nothing says so.
const STEP_DEFAULT: Millis = Millis::from_minutes(1);

/// One thing to ask for.
pub(super) struct Wanted {
    /// What it is called in messages.
    pub(super) path: String,
    /// The name of its series in the recording.
    pub(super) name: String,
    pub(super) query: String,
    pub(super) step: Millis,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    /// A signal and the unit of what it reads.
    Signal(Box<Signal>, String),
    Query {
        unit: String,
    },
    Alerts,
}

/// Everything that is asked for. `None` when the package does not compile.
pub(super) fn wanted(
    arguments: &RecordPrometheusArguments,
    known: Option<&Recording>,
) -> Result<Option<Vec<Wanted>>, Failure> {
    let mut all = Vec::new();
    if arguments.package.is_some() || !arguments.signals.is_empty() {
        let package = arguments.package.as_deref().unwrap_or_else(|| Path::new("."));
        let Some(compilation) = Package::read(package)?.compile_aloud() else { return Ok(None) };
        let signals = compilation.program.map(|program| program.signals).unwrap_or_default();
        all = of_signals(arguments, &signals, known)?;
    }
    if let (Some(query), Some(name), Some(unit)) = (&arguments.query, &arguments.name, &arguments.unit) {
        all.push(Wanted {
            path: name.clone(),
            name: name.clone(),
            query: query.clone(),
            step: arguments.step.unwrap_or(STEP_DEFAULT),
            kind: Kind::Query { unit: unit.clone() },
        });
    }
    if arguments.alerts {
        all.push(Wanted {
            path: "alerts".to_owned(),
            name: String::new(),
            query: ALERTS_QUERY.to_owned(),
            step: arguments.step.unwrap_or(STEP_DEFAULT),
            kind: Kind::Alerts,
        });
    }
    Ok(Some(all))
}

fn of_signals(
    arguments: &RecordPrometheusArguments,
    signals: &Table<Signal>,
    known: Option<&Recording>,
) -> Result<Vec<Wanted>, Failure> {
    let chosen: BTreeSet<&str> = arguments.signals.iter().map(String::as_str).collect();
    let asks = |signal: &Signal| matches!(signal.source, Source::Prometheus { .. });
    for path in &chosen {
        let found = signals.iter().find(|signal| signal.head.path == *path);
        if !found.is_some_and(asks) {
            let paths = signals.iter().filter(|signal| asks(signal)).map(|signal| signal.head.path.as_str());
            let why = if found.is_some() { "does not ask Prometheus" } else { "is no signal" };
            let paths: Vec<&str> = paths.collect();
            let paths = if paths.is_empty() { "none".to_owned() } else { paths.join(", ") };
            return Err(Failure(format!("`{path}` {why}; those that do: {paths}")));
        }
    }
    let mut by_hash: BTreeMap<String, Wanted> = BTreeMap::new();
    for signal in signals.iter().filter(|it| chosen.is_empty() || chosen.contains(it.head.path.as_str())) {
        let path = &signal.head.path;
        let Source::Prometheus { query } = &signal.source else {
            write_message(&format!("`{path}` does not ask Prometheus, and is not recorded"));
            continue;
        };
        let unit = unit_to_record(signal).ok_or_else(|| {
            Failure(format!(
                "`{path}` does not say what its numbers are in: write it after its type, with `in`"
            ))
        })?;
        let hash = signal.source_hash().to_string();
        if let Some(same) = by_hash.get_mut(&hash) {
            if let Kind::Signal(_, other) = &same.kind
                && other != unit
            {
                return Err(Failure(format!(
                    "`{}` reads its query in `{other}`, and `{path}` reads the same one in `{unit}`: one of them is \
                     wrong, or record them one by one with `--signal`",
                    same.path
                )));
            }
            same.step = same.step.min(arguments.step.unwrap_or(signal.every));
            continue;
        }
        let wanted = Wanted {
            path: path.clone(),
            name: series_name(known, &hash, path),
            query: query.clone(),
            step: arguments.step.unwrap_or(signal.every),
            kind: Kind::Signal(Box::new(signal.clone()), unit.to_owned()),
        };
        by_hash.insert(hash, wanted);
    }
    if by_hash.is_empty() {
        return Err(Failure(
            "no signal of the package asks Prometheus, so there is nothing to record".to_owned(),
        ));
    }
    let mut all: Vec<Wanted> = by_hash.into_values().collect();
    all.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(all)
}

/// The name under which a signal's query is recorded: that by which a recording knows the query, else the signal's. Where
/// another query has that, as before the signal was changed, both are kept: a diff reads the one and the other.
pub(super) fn series_name(known: Option<&Recording>, hash: &str, path: &str) -> String {
    let Some(known) = known else { return path.to_owned() };
    if let Some(name) = known.manifest.signal_series(hash) {
        return name.to_owned();
    }
    let is_taken = known.manifest.signals.values().any(|name| name == path);
    let short: String = hash.chars().take(8).collect();
    if is_taken { format!("{path}.{short}") } else { path.to_owned() }
}
