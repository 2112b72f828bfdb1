//! `heal record inventory`: which entities lived when.

use heal_import::{InventoryImport, Lives};
use heal_telemetry::{Inventory, Recording, RecordingBuilder, is_recording, merge_into};

use super::Said;
use crate::{
    arguments::{IntoArguments, import::RecordInventoryArguments},
    output::Failure,
    recordings::open_recording,
};

pub(super) fn from_inventory(arguments: RecordInventoryArguments) -> Said {
    let RecordInventoryArguments { file, entity, labels, keys, per, zone, target } = arguments;
    let fields = |text: &String| text.split(',').map(|field| field.trim().to_owned()).collect::<Vec<_>>();
    let per: Vec<Vec<String>> = per.iter().map(fields).collect();
    if per.iter().flatten().any(String::is_empty) {
        return Err(Failure(
            "`--per` names fields, and commas between them: `--per namespace,zone`".to_owned(),
        ));
    }
    let fields_from = labels.into_iter().map(|(from, to)| (to, from)).collect();
    let lives = InventoryImport { entity, fields_from, keys, per, zone }.read_file(&file)?;
    let IntoArguments { into, recording, description, origin, replace } = target;
    if !is_recording(&into) {
        return Err(Failure(format!(
            "{}: entities of {} are counted within what is recorded, and nothing is yet: record samples or events first",
            into.display(),
            file.display()
        )));
    }
    let known = open_recording(&into)?;
    let (start, end) = (known.start(), known.end());
    let counted = lives.counted(start, end);
    if counted.rows.is_empty() {
        return Err(Failure(format!(
            "{}: none of its entities lived within the recording, which is from {start} to {end}: is it the year, or the \
             time zone?",
            file.display()
        )));
    }
    check_other(&known, &counted.rows, replace)?;
    let mut addition = RecordingBuilder::new(recording.unwrap_or_default()).inventory(counted.rows.clone());
    if let Some(text) = description {
        addition = addition.description(text);
    }
    if let Some(text) = origin {
        addition = addition.origin(text);
    }
    drop(known);
    let recording = merge_into(&into, addition, replace).map_err(Failure::from)?;
    let mut said = said(&lives, &counted.rows);
    match counted.outside {
        0 => {}
        1 => said.push("1 did not live within the recording and was left out".to_owned()),
        outside => said.push(format!("{outside} did not live within the recording and were left out")),
    }
    let rows = recording.inventory.len();
    said.push(format!(
        "{into} has {rows} rows of inventory now: heal record show {into}",
        into = into.display()
    ));
    Ok(Some(said.join("\n") + "\n"))
}

/// Refuses what would be mixed with another inventory of the same kind.
fn check_other(known: &Recording, rows: &[Inventory], replace: bool) -> Result<(), Failure> {
    let of_kind = |rows: &[Inventory], kind: &str| -> Vec<Inventory> {
        rows.iter().filter(|row| row.entity == kind).cloned().collect()
    };
    for kind in rows.iter().map(|row| &row.entity) {
        let old = of_kind(&known.inventory, kind);
        if !replace && !old.is_empty() && old != of_kind(rows, kind) {
            return Err(Failure(format!(
                "the recording has another inventory of `{kind}`: `--replace` puts this one in its place"
            )));
        }
    }
    Ok(())
}

/// What was counted, a line for each kind.
fn said(lives: &Lives, rows: &[Inventory]) -> Vec<String> {
    let line = |kind: &String| {
        let over_all = || rows.iter().filter(|row| row.entity == *kind && row.group.is_empty());
        let least = over_all().map(|row| row.live).min().unwrap_or_default();
        let most = over_all().map(|row| row.live).max().unwrap_or_default();
        let live = if least == most { most.to_string() } else { format!("{least} to {most}") };
        format!("{kind}: {live} live")
    };
    let kinds = lives.kinds().filter(|kind| rows.iter().any(|row| row.entity == **kind));
    kinds.map(line).collect()
}
