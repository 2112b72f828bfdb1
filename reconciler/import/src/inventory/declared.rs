//! Entities as a package declares them: which fields are their key, which are numbers and in what, which lead to others.

use std::collections::{BTreeMap, BTreeSet};

use heal_program::{Dimension, Entity, Field, FieldKind, recorded_unit, short_name, signal_unit, unit_names};

use super::{InventoryImport, Life};
use crate::ImportError;

/// The keys of those that lived, by kind.
type Keys<'l> = BTreeMap<&'l str, BTreeSet<Vec<&'l str>>>;

/// Checks what is said of entities against what is declared, and gives them their units.
pub(super) fn typed(import: &InventoryImport, lives: &mut [Life]) -> Result<(), ImportError> {
    for (field, unit) in &import.units {
        if recorded_unit(unit).is_none() {
            return Err(ImportError::of_file("", format!("`{unit}`, which `{field}` is in, is no unit")));
        }
    }
    for life in lives.iter_mut() {
        let line = life.line;
        let units = units_of(import, life).map_err(|reason| ImportError::at_line("", line, reason))?;
        life.units = units;
    }
    let known = keys_of(import, lives);
    for life in lives.iter() {
        let Some(node) = import.declared(&life.entity) else { continue };
        for field in &node.fields {
            check_relation(import, &known, (node, field), life)
                .map_err(|reason| ImportError::at_line("", life.line, reason))?;
        }
    }
    Ok(())
}

impl InventoryImport {
    /// The declaration of a kind of entities, by its path or its last word.
    pub(super) fn declared(&self, kind: &str) -> Option<&Entity> {
        let by_path = self.declared.iter().find(|node| node.head.path == kind);
        by_path.or_else(|| self.declared.iter().find(|node| short_name(&node.head.path) == kind))
    }
}

/// The units of the numbers among its fields.
fn units_of(import: &InventoryImport, life: &Life) -> Result<heal_telemetry::Labels, String> {
    let mut units = heal_telemetry::Labels::new();
    for (field, unit) in &import.units {
        if life.fields.contains_key(field) {
            units.insert(field.clone(), unit.clone());
        }
    }
    if let Some(node) = import.declared(&life.entity) {
        let kind = short_name(&node.head.path);
        if let Some(lacking) = node.keys.iter().find(|field| !life.fields.contains_key(*field)) {
            return Err(format!("the {kind} has no `{lacking}`, which is of its key"));
        }
        for field in node.fields.iter().filter(|field| life.fields.contains_key(&field.name)) {
            let FieldKind::Quantity(dimension) = field.kind else {
                if units.contains_key(&field.name) {
                    return Err(format!("`{}` of {kind} is no number, and has no unit", field.name));
                }
                continue;
            };
            let unit = units.get(&field.name).map(String::as_str).or_else(|| unit_of(field, dimension));
            let unit =
                unit.ok_or_else(|| format!("say what `{0}` is in with `--unit {0}=UNIT`", field.name))?;
            let is_plain = unit == "1" && [Dimension::RATIO, Dimension::COUNT].contains(&dimension);
            if !is_plain && recorded_unit(unit).is_none_or(|unit| unit.dimension != dimension) {
                return Err(format!("`{unit}` is no unit of `{}` of {kind}", field.name));
            }
            units.insert(field.name.clone(), unit.to_owned());
        }
    } else if !import.declared.is_empty() {
        let kinds: Vec<&str> = import.declared.iter().map(|node| short_name(&node.head.path)).collect();
        return Err(format!("the package has no entity `{}`; it has `{}`", life.entity, kinds.join("`, `")));
    }
    for field in units.keys() {
        let text = life.fields.get(field).map_or("", String::as_str);
        if !text.parse::<f64>().is_ok_and(f64::is_finite) {
            return Err(format!("`{field}` of {} is a number, and `{text}` is none", life.entity));
        }
    }
    Ok(units)
}

/// What a field's numbers are in, as it is written.
fn unit_of(field: &Field, dimension: Dimension) -> Option<&'static str> {
    let is_same = |scale: f64, offset: f64| {
        scale.to_bits() == field.scale.to_bits() && offset.to_bits() == field.offset.to_bits()
    };
    if [Dimension::RATIO, Dimension::COUNT].contains(&dimension) && is_same(1.0, 0.0) {
        return Some("1");
    }
    unit_names(Some(dimension))
        .find(|name| signal_unit(name).is_some_and(|unit| is_same(unit.scale(), unit.offset())))
}

/// The keys of those of which the file says all key fields.
fn keys_of<'l>(import: &InventoryImport, lives: &'l [Life]) -> Keys<'l> {
    let mut keys = Keys::new();
    for life in lives {
        let Some(node) = import.declared(&life.entity) else { continue };
        let key = node.keys.iter().map(|field| life.fields.get(field).map(String::as_str));
        if let Some(key) = key.collect() {
            keys.entry(&life.entity).or_default().insert(key);
        }
    }
    keys
}

/// Refuses a relation to what the file has not, where it has others of that kind.
fn check_relation(
    import: &InventoryImport,
    known: &Keys<'_>,
    (node, field): (&Entity, &Field),
    life: &Life,
) -> Result<(), String> {
    let (to, Some(text)) = (
        match field.kind {
            FieldKind::Entity(to) | FieldKind::Entities(to) => to,
            FieldKind::Text | FieldKind::Quantity(_) => return Ok(()),
        },
        life.fields.get(&field.name),
    ) else {
        return Ok(());
    };
    let Some(target) = import.declared.get(to.at()) else { return Ok(()) };
    let kind = short_name(&target.head.path);
    let all = known.iter().filter(|(name, _)| **name == target.head.path || **name == kind);
    let all: Vec<_> = all.map(|(_, keys)| keys).collect();
    let Some((_, others)) = target.keys.split_last().filter(|_| !all.is_empty()) else { return Ok(()) };
    let others: Option<Vec<&str>> =
        others.iter().map(|field| life.fields.get(field).map(String::as_str)).collect();
    let Some(others) = others else { return Ok(()) };
    let is_many = matches!(field.kind, FieldKind::Entities(_));
    let texts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let texts: Vec<&str> = if is_many { texts.collect() } else { vec![text] };
    for text in texts {
        let key: Vec<&str> = others.iter().copied().chain([text]).collect();
        if !all.iter().any(|keys| keys.contains(&key)) {
            return Err(format!(
                "its `{}` is `{}`, and no {kind} of the file is that: `{}` of {} is told as `{}` of {kind}",
                field.name,
                key.join("/"),
                field.name,
                short_name(&node.head.path),
                target.keys.last().map_or("", String::as_str),
            ));
        }
    }
    Ok(())
}
