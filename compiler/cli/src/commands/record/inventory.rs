//! `heal record inventory`: which entities lived when, and what they were.

use std::{collections::BTreeMap, path::Path};

use heal_import::{InventoryImport, Lives};
use heal_program::Timestamp;
use heal_telemetry::{
    Inventory, LivedEntity, MANIFEST_FILE, Manifest, Recording, RecordingBuilder, is_recording, merge_into,
};

use super::Said;
use crate::{
    arguments::{IntoArguments, import::RecordInventoryArguments},
    output::{Failure, write_message},
    recordings::open_recording,
    sources::Package,
};

/// From when to when.
type Span = (Timestamp, Timestamp);

pub(super) fn from_inventory(arguments: RecordInventoryArguments) -> Said {
    let RecordInventoryArguments { file, package, entity, labels, keys, units, per, zone, target } =
        arguments;
    let fields = |text: &String| text.split(',').map(|field| field.trim().to_owned()).collect::<Vec<_>>();
    let per: Vec<Vec<String>> = per.iter().map(fields).collect();
    if per.iter().flatten().any(String::is_empty) {
        return Err(Failure(
            "`--per` names fields, and commas between them: `--per namespace,zone`".to_owned(),
        ));
    }
    let fields_from = labels.into_iter().map(|(from, to)| (to, from)).collect();
    let mut declared = Vec::new();
    if let Some(package) = package {
        let Some(compilation) = Package::read(&package)?.compile_aloud() else { return Ok(None) };
        declared =
            compilation.program.map(|program| program.entities.iter().cloned().collect()).unwrap_or_default();
        if declared.is_empty() {
            return Err(Failure(format!("{} declares no entity", package.display())));
        }
    }
    let import = InventoryImport { entity, fields_from, keys, units, declared, per, zone };
    let lives = import.read_file(&file)?;
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
    let lived = lives.lived(start, end);
    check_other(&known, (&counted.rows, &lived), replace)?;
    let mut addition =
        RecordingBuilder::new(recording.unwrap_or_default()).inventory(counted.rows.clone()).entities(lived);
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
    let (rows, lived) = (recording.inventory.len(), recording.entities.len());
    said.push(format!(
        "{into} has {rows} rows of inventory and {lived} of what lived now: heal record show {into}",
        into = into.display()
    ));
    Ok(Some(said.join("\n") + "\n"))
}

/// Refuses what would be mixed with another inventory of the same kind.
fn check_other(
    known: &Recording,
    (rows, lived): (&[Inventory], &[LivedEntity]),
    replace: bool,
) -> Result<(), Failure> {
    if replace {
        return Ok(());
    }
    let old = by_kind(&known.inventory, |row| &row.entity);
    let old_lived = by_kind(&known.entities, |row| &row.entity);
    let lived = by_kind(lived, |row| &row.entity);
    for (kind, rows) in by_kind(rows, |row| &row.entity) {
        // One of before entities were kept as they were only counts them.
        let is_other = old_lived.get(kind).is_some_and(|old| Some(old) != lived.get(kind));
        if is_other || old.get(kind).is_some_and(|old| *old != rows) {
            return Err(Failure(format!(
                "the recording has another inventory of `{kind}`, or has grown since it was counted: `--replace` puts this \
                 one in its place"
            )));
        }
    }
    Ok(())
}

fn by_kind<T>(rows: &[T], kind: impl Fn(&T) -> &str) -> BTreeMap<&str, Vec<&T>> {
    let mut by_kind: BTreeMap<&str, Vec<&T>> = BTreeMap::new();
    rows.iter().for_each(|row| by_kind.entry(kind(row)).or_default().push(row));
    by_kind
}

/// Adds to a recording, and warns where one with an inventory goes further now.
pub(super) fn extended(into: &Path, addition: RecordingBuilder, replace: bool) -> Result<Recording, Failure> {
    let before = span_with_inventory(into);
    let recording = merge_into(into, addition, replace)?;
    warn_of_extended(before, &recording);
    Ok(recording)
}

/// From when to when a recording goes that has an inventory; none where there is none, or no recording.
fn span_with_inventory(into: &Path) -> Option<Span> {
    let manifest = Manifest::from_bytes(&std::fs::read(into.join(MANIFEST_FILE)).ok()?).ok()?;
    (manifest.inventory_count() > 0).then_some((manifest.start, manifest.end))
}

/// Warns where a recording with an inventory goes further now: beyond what was counted nobody knows how many live.
fn warn_of_extended(before: Option<Span>, recording: &Recording) {
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
