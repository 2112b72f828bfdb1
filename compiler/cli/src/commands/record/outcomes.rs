//! What was really done, added to a recording.

use std::collections::BTreeSet;

use heal_diagnostics::nearest;
use heal_import::OutcomeImport;
use heal_program::Millis;
use heal_telemetry::{Outcome, Recording, is_recording};

use super::{Said, import::add};
use crate::{
    arguments::import::{Meant, RecordOutcomesArguments},
    output::{Failure, write_message},
};

pub(super) fn from_list(arguments: RecordOutcomesArguments) -> Said {
    let RecordOutcomesArguments { file, plans, outcomes, keys, columns, zone, target } = arguments;
    let words = outcomes.into_iter().map(|(Meant(verdict), word)| (verdict, word)).collect();
    let imported = OutcomeImport { columns, plans, words, keys, zone }.read_file(&file)?;
    if !is_recording(&target.into) {
        return Err(Failure(format!(
            "{}: outcomes of {} are added to a recording that has samples or events: record those first",
            target.into.display(),
            file.display()
        )));
    }
    add(imported, target, |builder| builder)
}

/// Warns of outcomes by which no simulation can go: most likely their year, zone or columns are others.
pub(super) fn warn(recording: &Recording, outcomes: &[Outcome]) {
    if outcomes.is_empty() {
        return;
    }
    let (start, end, of) = (recording.start(), recording.end(), outcomes.len());
    let away = |outcome: &Outcome| start.since(outcome.start).max(outcome.start.since(end));
    let outside: Vec<Millis> = outcomes.iter().map(away).filter(|away| *away > Millis::ZERO).collect();
    if let Some(nearest) = outside.iter().min() {
        let verb = if outside.len() == 1 { "lies" } else { "lie" };
        write_message(&format!(
            "warning: {} of {of} outcomes {verb} outside the recording, which is from {start} to {end}; the nearest by \
             {nearest}: is it the year, or the time zone?",
            outside.len()
        ));
    }
    let known = recording.labels();
    let fields: BTreeSet<&String> = outcomes.iter().flat_map(|outcome| outcome.labels.keys()).collect();
    for field in fields.into_iter().filter(|field| !known.contains(*field)) {
        let count = outcomes.iter().filter(|outcome| outcome.labels.contains_key(field)).count();
        let verb = if count == 1 { "has" } else { "have" };
        let near = nearest(field, known.iter().map(String::as_str));
        let near = near.map_or_else(String::new, |near| format!("; did you mean `--key {near}={field}`?"));
        write_message(&format!(
            "warning: {count} of {of} outcomes {verb} the key field `{field}`, which nothing recorded has: a run without it \
             is not the same. `--key` says which columns are key fields{near}"
        ));
    }
    let bare = outcomes.iter().filter(|outcome| outcome.labels.is_empty()).count();
    if bare > 0 && !known.is_empty() {
        let verb = if bare == 1 { "says" } else { "say" };
        write_message(&format!(
            "warning: {bare} of {of} outcomes {verb} nothing of what was run on: only runs without a key are the same"
        ));
    }
}
