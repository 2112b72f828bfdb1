//! New recordings out of old ones.

use std::path::Path;

use heal_telemetry::{EARLIEST, LATEST, Overwrite, Part, Recording, merge, slice};

use super::Said;
use crate::{
    arguments::import::{RecordMergeArguments, RecordSliceArguments},
    output::{Failure, show_command},
    recordings::open_recording,
};

pub(super) fn merged(arguments: RecordMergeArguments) -> Said {
    let RecordMergeArguments { folders, into, replace } = arguments;
    let recordings = folders.iter().map(|folder| open_recording(folder)).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(told(&merge(&recordings, &into, overwrite(replace))?, &into)))
}

pub(super) fn sliced(arguments: RecordSliceArguments) -> Said {
    let RecordSliceArguments { folder, from, to, series, into, replace } = arguments;
    let part = Part { from: from.unwrap_or(EARLIEST), to: to.unwrap_or(LATEST), series };
    if part.to <= part.from {
        return Err(Failure("`--to` is not after `--from`: nothing lies between them".to_owned()));
    }
    Ok(Some(told(&slice(&open_recording(&folder)?, &part, &into, overwrite(replace))?, &into)))
}

fn overwrite(replace: bool) -> Overwrite {
    if replace { Overwrite::Replace } else { Overwrite::Refuse }
}

fn told(recording: &Recording, into: &Path) -> String {
    format!(
        "{} has {}, {} to {}: {}\n",
        into.display(),
        super::counts(recording),
        recording.start(),
        recording.end(),
        show_command(into)
    )
}
