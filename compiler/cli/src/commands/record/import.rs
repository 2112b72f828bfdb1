//! Files of other tools, added to a recording.

use heal_import::{Imported, OpenMetricsImport};
use heal_telemetry::{RecordingBuilder, merge_into};

use crate::{
    arguments::import::{IntoArguments, RecordOpenMetricsArguments},
    output::{Done, Exit, Failure, write_result},
};

pub(super) fn from_openmetrics(arguments: RecordOpenMetricsArguments) -> Done {
    let RecordOpenMetricsArguments { file, labels, units, target } = arguments;
    let labels = labels.into_iter().collect();
    let import = OpenMetricsImport { labels, units: units.into_iter().collect() };
    add(import.read_file(&file)?, target, |builder| builder)
}

/// Adds what was read to the recording, all of it or nothing, and says what was added.
pub(super) fn add(
    imported: Imported,
    target: IntoArguments,
    more: impl FnOnce(RecordingBuilder) -> RecordingBuilder,
) -> Done {
    let IntoArguments { into, recording, description, origin, replace } = target;
    let added = imported.describe();
    let mut addition = more(imported.into_builder(recording.unwrap_or_default()));
    if let Some(text) = description {
        addition = addition.description(text);
    }
    if let Some(text) = origin {
        addition = addition.origin(text);
    }
    let recording = merge_into(&into, addition, replace).map_err(Failure::from)?;
    let has = format!(
        "{into} has {} series, {} events and {} incidents now: heal record show {into}",
        recording.series.len(),
        recording.events.len(),
        recording.incidents.len(),
        into = into.display()
    );
    write_result(&format!("{}\n{has}\n", added.join("\n")))?;
    Ok(Exit::Nothing)
}
