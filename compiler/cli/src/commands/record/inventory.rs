//! `heal record inventory`: which entities lived when.

use std::{collections::BTreeMap, path::Path};

use heal_import::{InventoryImport, Lives};
use heal_program::Timestamp;
use heal_telemetry::{
    Inventory, MANIFEST_FILE, Manifest, Recording, RecordingBuilder, is_recording, merge_into,
};

use super::Said;
use crate::{
    arguments::{IntoArguments, import::RecordInventoryArguments},
    output::{Failure, write_message},
    recordings::open_recording,
};

/// The table of how many lived.
const INVENTORY_TABLE: &str = "inventory.parquet";

/// From when to when.
type Span = (Timestamp, Timestamp);

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
    if replace {
        return Ok(());
    }
    fn by_kind(rows: &[Inventory]) -> BTreeMap<&str, Vec<&Inventory>> {
        let mut by_kind: BTreeMap<&str, Vec<&Inventory>> = BTreeMap::new();
        rows.iter().for_each(|row| by_kind.entry(&row.entity).or_default().push(row));
        by_kind
    }
    let old = by_kind(&known.inventory);
    for (kind, rows) in by_kind(rows) {
        if old.get(kind).is_some_and(|old| *old != rows) {
            return Err(Failure(format!(
                "the recording has another inventory of `{kind}`, or has grown since it was counted: `--replace` puts this \
                 one in its place"
            )));
        }
    }
    Ok(())
}

/// From when to when a recording goes that has an inventory; none where there is none, or no recording.
pub(super) fn span_with_inventory(into: &Path) -> Option<Span> {
    let manifest = Manifest::from_bytes(&std::fs::read(into.join(MANIFEST_FILE)).ok()?).ok()?;
    let rows = manifest.files.get(INVENTORY_TABLE)?.rows;
    (rows > 0).then_some((manifest.start, manifest.end))
}

/// Warns where a recording with an inventory goes further now: beyond what was counted nobody knows how many live.
pub(super) fn warn_of_extended(before: Option<Span>, recording: &Recording) {
    let (Some((start, end)), from, to) = (before, recording.start(), recording.end()) else { return };
    if from < start || end < to {
        write_message(&format!(
            "warning: the recording, which has an inventory, went from {start} to {end} and goes from {from} to {to} now: \
             `heal record inventory FILE --replace` counts anew what lives"
        ));
    }
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
