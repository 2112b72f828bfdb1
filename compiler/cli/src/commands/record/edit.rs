//! New recordings out of old ones.

use std::path::Path;

use heal_telemetry::{EARLIEST, LATEST, Overwrite, Part, Recording, merge, slice};

use crate::{
    arguments::import::{RecordMergeArguments, RecordSliceArguments},
    output::{Done, Exit, Failure, write_result},
};

pub(super) fn merged(arguments: RecordMergeArguments) -> Done {
    let RecordMergeArguments { folders, into, replace } = arguments;
    told(&merge(&folders, &into, overwrite(replace))?, &into)
}

pub(super) fn sliced(arguments: RecordSliceArguments) -> Done {
    let RecordSliceArguments { folder, from, to, series, into, replace } = arguments;
    let part = Part { from: from.unwrap_or(EARLIEST), to: to.unwrap_or(LATEST), series };
    if part.to <= part.from {
        return Err(Failure("`--to` is not after `--from`: nothing lies between them".to_owned()));
    }
    told(&slice(&folder, &part, &into, overwrite(replace))?, &into)
}

fn overwrite(replace: bool) -> Overwrite {
    if replace { Overwrite::Replace } else { Overwrite::Refuse }
}

fn told(recording: &Recording, into: &Path) -> Done {
    write_result(&format!(
        "{into} has {} series, {} events and {} incidents, {} to {}: heal record show {into}\n",
        recording.series.len(),
        recording.events.len(),
        recording.incidents.len(),
        recording.start(),
        recording.end(),
        into = into.display()
    ))?;
    Ok(Exit::Nothing)
}
